//! The real program on disks that misbehave: two programs on one folder, a disk that hangs, a disk that is full.
//!
//! The disks are mounted for the test, which wants root and, for the one that hangs, a loop device. Where that is not to be
//! had the tests say so and do nothing. The long versions run with `make soak`.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;

use crate::durability::{answer_within, missing};
use crate::support::Program;

/// How long the platform waits for an answer; a busy machine of a test must not be measured more strictly.
const PLATFORM_WAITS: Duration = Duration::from_secs(5);

/// A file system of the test's own.
struct Mount {
    at: PathBuf,
    /// Goes after the mount.
    _folder: TempDir,
}

impl Mount {
    /// `None`, loudly, where it cannot be mounted.
    fn ext4() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let image = folder.path().join("image");
        std::fs::File::create(&image).unwrap().set_len(96 << 20).unwrap();
        run("mkfs.ext4", &["-q", "-F", &image.display().to_string()])?;
        Self::at(folder, |at| vec!["-o".into(), "loop".into(), image.display().to_string(), at])
    }

    fn tmpfs(megabytes: u32) -> Option<Self> {
        let size = format!("size={megabytes}m,mode=0700");
        Self::at(tempfile::tempdir().unwrap(), |at| {
            vec!["-t".into(), "tmpfs".into(), "-o".into(), size, "tmpfs".into(), at]
        })
    }

    fn at(folder: TempDir, arguments: impl FnOnce(String) -> Vec<String>) -> Option<Self> {
        let at = folder.path().join("disk");
        std::fs::create_dir(&at).unwrap();
        let arguments = arguments(at.display().to_string());
        run("mount", &arguments.iter().map(String::as_str).collect::<Vec<_>>())?;
        Some(Self { at, _folder: folder })
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

/// The file system hangs for as long as this lives.
struct Frozen(PathBuf);

impl Frozen {
    fn freeze(at: &Path) -> Option<Self> {
        run("fsfreeze", &["-f", &at.display().to_string()])?;
        Some(Self(at.to_owned()))
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = Command::new("fsfreeze").arg("-u").arg(&self.0).status();
    }
}

/// `None`, with the reason on standard error, when the command does not do it here.
fn run(command: &str, arguments: &[&str]) -> Option<()> {
    let why = match Command::new(command).args(arguments).stdin(Stdio::null()).output() {
        Ok(Output { status, .. }) if status.success() => return Some(()),
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => error.to_string(),
    };
    #[expect(clippy::print_stderr, reason = "a test that cannot run says why")]
    {
        eprintln!("SKIPPED: {command} {}: {why} (this test wants root and a loop device)", arguments.join(" "));
    }
    None
}

/// Calls that come in all the time, and those that were answered.
struct Callers {
    stop: Arc<AtomicBool>,
    answered: Arc<Mutex<BTreeSet<usize>>>,
    /// Those that heard nothing in time.
    unanswered: Arc<Mutex<BTreeSet<usize>>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Callers {
    fn call(program: &Program, limit: Duration) -> Self {
        let next = Arc::new(AtomicUsize::new(0));
        let mut callers =
            Self { stop: Arc::default(), answered: Arc::default(), unanswered: Arc::default(), tasks: Vec::new() };
        for _ in 0..8 {
            let (url, client) = (format!("{}/webhooks/answer", program.url), program.client.clone());
            let (next, stop) = (next.clone(), callers.stop.clone());
            let (answered, unanswered) = (callers.answered.clone(), callers.unanswered.clone());
            callers.tasks.push(tokio::spawn(async move {
                while !stop.load(Ordering::Relaxed) {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let heard = answer_within(&client, &url, n, limit).await;
                    if heard { &answered } else { &unanswered }.lock().unwrap().insert(n);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }));
        }
        callers
    }

    fn answered(&self) -> usize {
        self.answered.lock().unwrap().len()
    }

    /// Which were answered; fails when one was not.
    async fn end(self) -> Vec<usize> {
        self.stop.store(true, Ordering::Relaxed);
        for task in self.tasks {
            task.await.unwrap();
        }
        let unanswered = self.unanswered.lock().unwrap().clone();
        assert!(unanswered.is_empty(), "calls that heard nothing in time: {unanswered:?}");
        self.answered.lock().unwrap().iter().copied().collect()
    }
}

async fn on_record(folder: &Path, answered: Vec<usize>) {
    let url = format!("sqlite:{}", folder.join("switchboard.db").display());
    let mut database = SqliteConnection::connect(&url).await.unwrap();
    let (mut lost, all) = (answered.clone(), answered.len());
    for _ in 0..600 {
        lost = missing(&mut database, lost).await;
        if lost.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("of {all} answered calls {} are lost: {lost:?}", lost.len());
}

async fn readiness(program: &Program) -> u16 {
    let asked = program.client.get(format!("{}/readyz", program.url)).timeout(Duration::from_secs(10)).send().await;
    asked.map_or(0, |answer| answer.status().as_u16())
}

async fn until_ready(program: &Program, wanted: u16) {
    for _ in 0..300 {
        if readiness(program).await == wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("/readyz never said {wanted}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f1_a_second_server_with_the_same_folder_stops_and_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::serve(folder.path()).await;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_switchboard"));
        let database = format!("sqlite:{}", folder.path().join("switchboard.db").display());
        command.args(arguments).args(["--database-url", &database, "--data-dir"]).arg(folder.path());
        command.current_dir(folder.path());
        tokio::task::spawn_blocking(move || command.output().unwrap())
    };
    let second = command(&["serve", "--sandbox", "--sandbox-addr", "127.0.0.1:0", "--port", "0"]);
    let second = tokio::time::timeout(Duration::from_secs(60), second).await;
    let second = second.unwrap_or_else(|_| panic!("the second goes on")).unwrap();
    let said = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success());
    for words in ["another switchboard (process ", "DATA_DIR=", "Stop that one first"] {
        assert!(said.contains(words), "{said}");
    }
    // The first is none the worse, and commands beside it go on working.
    assert_eq!(readiness(&program).await, 200);
    assert!(!program.api_key(folder.path()).is_empty());
    let listed = command(&["numbers", "list"]).await.unwrap();
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    // A server that was killed leaves no lock behind.
    program.kill();
    drop(Program::serve(folder.path()).await);
}

/// `limit` for each answer, while the disk hangs for `time`.
async fn hangs(time: Duration, limit: Duration) {
    let Some(disk) = Mount::ext4() else { return };
    let program = Program::serve(&disk.at).await;
    let callers = Callers::call(&program, limit);
    while callers.answered() < 50 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let Some(frozen) = Frozen::freeze(&disk.at) else { return };
    let before = callers.answered();
    let end = tokio::time::Instant::now() + time;
    let mut alive = 0;
    while tokio::time::Instant::now() < end {
        let health = program.client.get(format!("{}/healthz", program.url)).timeout(limit).send().await;
        assert!(health.is_ok_and(|answer| answer.status().is_success()), "/healthz while the disk hangs");
        alive += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_ne!(readiness(&program).await, 200, "ready while nothing can be written");
    let during = callers.answered() - before;
    drop(frozen);
    assert!(during > 20 && alive > 3, "{during} answers and {alive} signs of life: this proves nothing");
    let answered = callers.end().await;
    on_record(&disk.at, answered).await;
    until_ready(&program, 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f3_a_disk_that_hangs_costs_no_caller_and_no_call() {
    hangs(Duration::from_secs(4), PLATFORM_WAITS).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: make soak"]
async fn soak_a_disk_that_hangs_for_ten_seconds_delays_no_answer_by_more_than_one() {
    for _ in 0..3 {
        hangs(Duration::from_secs(10), Duration::from_secs(1)).await;
    }
}

/// The disk is full until `calls` were answered, `times` times.
async fn full(calls: usize, times: usize) {
    let Some(disk) = Mount::tmpfs(24) else { return };
    let program = Program::serve(&disk.at).await;
    let callers = Callers::call(&program, PLATFORM_WAITS);
    for _ in 0..times {
        let ballast = disk.at.join("ballast");
        let mut file = std::fs::File::create(&ballast).unwrap();
        let block = vec![0; 64 << 10];
        while file.write_all(&block).is_ok() {}
        while file.write_all(&block[..512]).is_ok() {}
        drop(file);
        let before = callers.answered();
        let ended = async {
            while callers.answered() < before + calls {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(120), ended).await.is_ok(), "callers are not answered");
        until_ready(&program, 503).await;
        let spool = std::fs::read_dir(disk.at.join("spool"));
        let left: Vec<_> = spool.into_iter().flatten().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.len() < 20, "a file for each failure: {}", left.len());
        std::fs::remove_file(&ballast).unwrap();
        until_ready(&program, 200).await;
    }
    on_record(&disk.at, callers.end().await).await;
    for _ in 0..100 {
        let spool = std::fs::read_dir(disk.at.join("spool"));
        let left: Vec<_> = spool.into_iter().flatten().map(|entry| entry.unwrap().file_name()).collect();
        if left.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("files were left in the spool");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f6_f7_a_full_disk_costs_no_caller_and_no_call_and_leaves_no_files() {
    full(150, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: make soak"]
async fn soak_a_disk_that_is_full_again_and_again() {
    full(2_000, 5).await;
}
