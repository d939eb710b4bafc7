//! A disk that is full, and one that hangs.

use std::fs::File;
use std::sync::atomic::AtomicUsize;
use std::sync::mpsc as std_mpsc;

use super::*;
use crate::domain::call::Status as Step;
use crate::store::testing::{Database, append, on_both, status};

const ROOMY: Size = Size { disk: 1 << 20, memory: 1_000, memory_bytes: 1 << 20 };

fn answer(number: usize) -> Append {
    let event = status(&format!("CON-{number}"), "caller", Step::Ringing, 1_000 + number as i64);
    Append { ncco: Some(format!("[{number}]")), ..append(&event) }
}

/// A disk whose writes fail or hang as a test wants it.
#[derive(Default)]
struct BadDisk {
    full: AtomicBool,
    tries: AtomicUsize,
    /// Each write waits for a word on this, while there is one.
    hangs: Mutex<Option<std_mpsc::Receiver<()>>>,
}

impl Medium for BadDisk {
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        if let Some(hangs) = self.hangs.lock().unwrap().take() {
            // The sender goes when the disk is well again.
            let _ = hangs.recv();
        }
        if self.full.load(Ordering::SeqCst) {
            // Half a line, as a real disk leaves it.
            let _ = RealDisk.write(file, &bytes[..bytes.len() / 2]);
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        RealDisk.write(file, bytes)
    }
}

async fn until(what: &str, mut so: impl FnMut() -> bool) {
    let waited = timeout(Duration::from_secs(30), async {
        while !so() {
            sleep(Duration::from_millis(20)).await;
        }
    });
    assert!(waited.await.is_ok(), "never: {what}");
}

fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

on_both!(
    f6_what_a_full_disk_does_not_take_waits_in_memory_and_is_stored_when_there_is_room,
    f6_what_the_disk_does_not_take_the_database_gets,
);

async fn f6_what_a_full_disk_does_not_take_waits_in_memory_and_is_stored_when_there_is_room(db: Database) {
    let folder = db.folder.path().join("spool");
    let disk = Arc::new(BadDisk::default());
    let spool = Spool::start_on(&folder, ROOMY, disk.clone());
    assert_eq!(spool.push(answer(0)).await, Ok(Kept::Durably));
    disk.full.store(true, Ordering::SeqCst);
    for number in 1..=40 {
        assert_eq!(spool.push(answer(number)).await, Ok(Kept::InMemory));
    }
    assert_eq!(
        spool.known(&answer(7).dedupe, None),
        Some(Ok(Some("[7]".into()))),
        "the same question, the same answer"
    );
    let how = spool.status();
    assert_eq!((how.spooled, how.in_memory, how.lost_lately), (41, 40, false));
    assert!(how.failing.is_some() && how.in_memory_bytes > 40 * 100, "{how:?}");
    disk.full.store(false, Ordering::SeqCst);
    until("written", || spool.status().in_memory == 0).await;
    assert_eq!(spool.status().failing, None);
    assert_eq!(spool.merge(&db.store).await.unwrap(), 41);
    assert_eq!(db.store.webhooks().count().await.unwrap(), 41);
    assert_eq!(spool.status(), Status::default());
    assert_eq!(names(&folder), [""; 0]);
}

async fn f6_what_the_disk_does_not_take_the_database_gets(db: Database) {
    let disk = Arc::new(BadDisk::default());
    disk.full.store(true, Ordering::SeqCst);
    let spool = Spool::start_on(&db.folder.path().join("spool"), ROOMY, disk);
    for number in 0..5 {
        assert_eq!(spool.push(answer(number)).await, Ok(Kept::InMemory));
    }
    assert_eq!(spool.merge_all(&db.store).await.unwrap(), 5);
    assert_eq!(db.store.webhooks().count().await.unwrap(), 5);
    assert_eq!((spool.status().in_memory, spool.status().spooled), (0, 0));
}

#[tokio::test]
async fn f6_the_memory_has_limits_in_number_and_in_bytes_and_says_when_they_are_reached() {
    let folder = tempfile::tempdir().unwrap();
    let disk = Arc::new(BadDisk::default());
    disk.full.store(true, Ordering::SeqCst);
    let three = Spool::start_on(&folder.path().join("a"), Size { memory: 3, ..ROOMY }, disk.clone());
    for number in 0..3 {
        assert_eq!(three.push(answer(number)).await, Ok(Kept::InMemory));
    }
    assert!(!three.status().lost_lately);
    assert_eq!(three.push(answer(3)).await, Err(Full));
    assert!(three.status().lost_lately);
    assert_eq!(three.known(&answer(3).dedupe, None), None, "what is kept nowhere is not known");
    assert_eq!(three.complaint(), Some((3, 1)));
    assert_eq!(three.complaint(), None, "once a minute");
    let long = Append { raw: "x".repeat(10_000), ..answer(0) };
    let small = Spool::start_on(&folder.path().join("b"), Size { memory_bytes: 15_000, ..ROOMY }, disk);
    assert_eq!(small.push(long.clone()).await, Ok(Kept::InMemory));
    assert_eq!(small.push(Append { dedupe: "other".into(), ..long }).await, Err(Full));
    assert_eq!(small.push(answer(1)).await, Ok(Kept::InMemory));
}

#[tokio::test]
async fn f7_a_full_disk_is_tried_now_and_then_and_leaves_no_files() {
    let db = Database::sqlite().await;
    let folder = db.folder.path().join("spool");
    let disk = Arc::new(BadDisk::default());
    disk.full.store(true, Ordering::SeqCst);
    let spool = Spool::start_on(&folder, ROOMY, disk.clone());
    for number in 0..500 {
        assert_eq!(spool.push(answer(number)).await, Ok(Kept::InMemory));
    }
    assert!(disk.tries.load(Ordering::SeqCst) < 20, "not one for each answer");
    until("tried again", || disk.tries.load(Ordering::SeqCst) >= 2).await;
    until("no file left", || names(&folder).is_empty()).await;
    // What an earlier run left is cleared away, though nothing waits.
    let folder = db.folder.path().join("earlier");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("merging-00000003.jsonl"), "").unwrap();
    std::fs::write(folder.join("merging-00000004.jsonl"), "").unwrap();
    let again = Spool::start(&folder, ROOMY);
    assert!(again.has_files());
    assert_eq!(again.merge(&db.store).await.unwrap(), 0);
    assert!(!again.has_files());
    assert_eq!(names(&folder), [""; 0]);
}

#[tokio::test]
async fn f7_a_database_that_is_away_makes_no_file_for_each_try() {
    let db = Database::sqlite().await;
    let folder = db.folder.path().join("spool");
    let spool = Spool::start(&folder, ROOMY);
    db.store.close().await;
    for number in 0..6 {
        assert_eq!(spool.push(answer(number)).await, Ok(Kept::Durably));
        assert!(spool.merge(&db.store).await.is_err());
        assert!(spool.has_files());
    }
    assert_eq!(names(&folder), ["merging-00000001.jsonl", "spool.jsonl"]);
    assert_eq!(spool.merge(&db.again().await).await.unwrap(), 6);
    assert_eq!(names(&folder), [""; 0]);
}

/// On one thread: whatever waited for the disk would stop everything here.
#[tokio::test(flavor = "current_thread")]
async fn f3_a_disk_that_hangs_holds_up_nobody() {
    let db = Database::sqlite().await;
    let folder = db.folder.path().join("spool");
    let disk = Arc::new(BadDisk::default());
    let (well, hangs) = std_mpsc::channel();
    *disk.hangs.lock().unwrap() = Some(hangs);
    let spool = Spool::start_on(&folder, ROOMY, disk.clone());
    let first = tokio::spawn({
        let spool = spool.clone();
        async move { spool.push(answer(0)).await }
    });
    until("the disk hangs", || disk.tries.load(Ordering::SeqCst) == 1).await;
    // The merge waits for the disk, and what follows waits for neither.
    let merging = tokio::spawn({
        let (spool, store) = (spool.clone(), db.store.clone());
        async move { spool.merge(&store).await }
    });
    assert_eq!(spool.known(&answer(0).dedupe, None), Some(Ok(Some("[0]".into()))));
    assert_eq!(spool.status().in_memory, 1);
    assert_eq!(first.await.unwrap(), Ok(Kept::InMemory), "nobody waits for it longer than that");
    assert_eq!(spool.push(answer(1)).await, Ok(Kept::InMemory));
    assert_eq!(spool.status().failing.as_deref(), Some("the disk does not answer"));
    assert!(!merging.is_finished());
    drop(well);
    until("written", || spool.status().in_memory == 0).await;
    merging.await.unwrap().unwrap();
    spool.merge(&db.store).await.unwrap();
    assert_eq!(db.store.webhooks().count().await.unwrap(), 2);
    assert_eq!(spool.status(), Status::default());
}
