//! Recordings on the disk: stereo WAV files, written by one thread for all calls.
//!
//! A call hands over whole buffers and never waits: what the thread cannot take in time ends that recording, with its
//! reason, and the call goes on. Headers are brought up to date now and then, so that a recording that was cut off by
//! a crash can be played as far as it goes.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};
use hound::{SampleFormat, WavSpec};
use tokio::sync::oneshot;

/// Buffers that may wait for the disk, of all calls together: some 16 MB.
const WAITING: usize = 2_048;
/// Two channels of 16 bits.
pub const BLOCK: usize = 4;
/// What a file has before its samples.
pub const HEADER: usize = 44;
/// A header's sizes are 32 bits; a recording ends before they overflow.
const LONGEST: u64 = 4_000_000_000;
/// How long the thread leaves orders alone, so that it does many at once: waking it up for each would cost the processor
/// more than the writing.
const GATHER: Duration = Duration::from_millis(20);
/// Buffers between two updates of the header.
const TIDY: u32 = 64;

enum Order {
    Open { id: Arc<str>, rate: u32, path: PathBuf, opened: oneshot::Sender<std::io::Result<()>> },
    Write { id: Arc<str>, samples: Vec<u8> },
    Close { id: Arc<str>, closed: oneshot::Sender<std::io::Result<PathBuf>> },
}

/// The way to the writing thread. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    folder: PathBuf,
    orders: SyncSender<Order>,
}

/// A recording under way. Dropping it closes the file.
#[derive(Debug)]
pub struct Tape {
    id: Arc<str>,
    rate: u32,
    orders: SyncSender<Order>,
    /// Why nothing more is written.
    problem: Option<String>,
    bytes: u64,
}

/// A finished recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    pub milliseconds: i64,
    pub bytes: i64,
    pub sha256: String,
    pub problem: Option<String>,
}

impl Recorder {
    /// Starts the thread; it ends with the last handle.
    #[must_use]
    pub fn start(folder: &Path) -> Self {
        let (orders, inbox) = sync_channel(WAITING);
        // Without a thread every recording fails by itself, and says so.
        if let Err(error) = std::thread::Builder::new().name("recorder".into()).spawn(move || live(&inbox)) {
            tracing::error!(%error, "the recorder could not be started");
        }
        Self { folder: folder.to_owned(), orders }
    }

    /// Where a recording's file is.
    #[must_use]
    pub fn path(&self, id: &str) -> PathBuf {
        self.folder.join(format!("{id}.wav"))
    }

    /// Begins a recording. The id is ours: it becomes a file name.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub async fn open(&self, id: &str, rate: u32) -> std::io::Result<Tape> {
        let (opened, answer) = oneshot::channel();
        let path = self.path(id);
        let id: Arc<str> = id.into();
        let order = Order::Open { id: Arc::clone(&id), rate, path, opened };
        self.orders.try_send(order).map_err(|error| std::io::Error::other(refused(&error)))?;
        answer.await.map_err(|_| std::io::Error::other("the recorder has stopped"))??;
        Ok(Tape { id, rate, orders: self.orders.clone(), problem: None, bytes: 0 })
    }
}

fn refused(error: &TrySendError<Order>) -> &'static str {
    match error {
        TrySendError::Full(_) => "the disk is too slow for the recordings",
        TrySendError::Disconnected(_) => "the recorder has stopped",
    }
}

impl Tape {
    /// Adds pairs of samples. Never waits; when it cannot be done, the recording is over, and [`Tape::finish`] says why.
    pub fn write(&mut self, samples: Vec<u8>) {
        if self.problem.is_some() {
            return;
        }
        if self.bytes + samples.len() as u64 > LONGEST {
            self.problem = Some("the recording is as long as a WAV file can be".into());
            return;
        }
        let length = samples.len() as u64;
        match self.orders.try_send(Order::Write { id: Arc::clone(&self.id), samples }) {
            Ok(()) => self.bytes += length,
            Err(error) => self.problem = Some(refused(&error).into()),
        }
    }

    /// Writes the header and takes the file's hash.
    pub async fn finish(mut self) -> Finished {
        let (closed, answer) = oneshot::channel();
        let id = std::mem::take(&mut self.id);
        let (orders, order) = (self.orders.clone(), Order::Close { id, closed });
        // This one waits: the file must be closed however busy the disk is.
        let sent = tokio::task::spawn_blocking(move || orders.send(order).is_ok()).await;
        let closed = match (sent, answer.await) {
            (Ok(true), Ok(closed)) => closed,
            _ => Err(std::io::Error::other("the recorder has stopped")),
        };
        let hashed = match closed {
            Ok(path) => tokio::task::spawn_blocking(move || hash(&path))
                .await
                .unwrap_or_else(|_| Err(std::io::Error::other("hashing failed"))),
            Err(error) => Err(error),
        };
        match hashed {
            Ok((bytes, sha256)) => {
                let samples = bytes.saturating_sub(HEADER as u64) / BLOCK as u64;
                let milliseconds = i64::try_from(samples * 1_000 / u64::from(self.rate.max(1))).unwrap_or(i64::MAX);
                Finished {
                    milliseconds,
                    bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
                    sha256,
                    problem: self.problem.take(),
                }
            }
            Err(error) => Finished {
                milliseconds: 0,
                bytes: 0,
                sha256: String::new(),
                problem: Some(self.problem.take().unwrap_or_else(|| error.to_string())),
            },
        }
    }
}

impl Drop for Tape {
    fn drop(&mut self) {
        if !self.id.is_empty() {
            let (closed, _) = oneshot::channel();
            let _ = self.orders.try_send(Order::Close { id: std::mem::take(&mut self.id), closed });
        }
    }
}

/// A file that is being written.
struct Open {
    file: File,
    path: PathBuf,
    rate: u32,
    bytes: u64,
    since_tidy: u32,
    failed: Option<std::io::Error>,
}

fn live(inbox: &Receiver<Order>) {
    let mut open: HashMap<Arc<str>, Open> = HashMap::new();
    while let Ok(first) = inbox.recv() {
        for order in std::iter::once(first).chain(inbox.try_iter()) {
            carry_out(order, &mut open);
        }
        std::thread::sleep(GATHER);
    }
    for (_, tape) in open {
        let _ = tape.close();
    }
}

fn carry_out(order: Order, open: &mut HashMap<Arc<str>, Open>) {
    match order {
        Order::Open { id, rate, path, opened } => {
            let made = Open::create(path, rate);
            let answer = made.map(|made| drop(open.insert(id, made)));
            let _ = opened.send(answer);
        }
        Order::Write { id, samples } => {
            if let Some(tape) = open.get_mut(&id).filter(|tape| tape.failed.is_none())
                && let Err(error) = tape.write(&samples)
            {
                tape.failed = Some(error);
            }
        }
        Order::Close { id, closed } => {
            let answer = match open.remove(&id) {
                Some(tape) => tape.close(),
                None => Err(std::io::Error::other("there is no such recording")),
            };
            let _ = closed.send(answer);
        }
    }
}

impl Open {
    fn create(path: PathBuf, rate: u32) -> std::io::Result<Self> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let mut file = options.open(&path)?;
        file.write_all(&header(2, rate, 0))?;
        Ok(Self { file, path, rate, bytes: 0, since_tidy: 0, failed: None })
    }

    fn write(&mut self, samples: &[u8]) -> std::io::Result<()> {
        self.file.write_all(samples)?;
        self.bytes += samples.len() as u64;
        self.since_tidy += 1;
        if self.since_tidy >= TIDY {
            self.tidy()?;
        }
        Ok(())
    }

    fn tidy(&mut self) -> std::io::Result<()> {
        self.since_tidy = 0;
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header(2, self.rate, self.bytes))?;
        self.file.seek(SeekFrom::End(0)).map(drop)
    }

    fn close(mut self) -> std::io::Result<PathBuf> {
        self.tidy()?;
        match self.failed {
            Some(error) => Err(error),
            None => Ok(self.path),
        }
    }
}

/// The header of a WAV file of 16 bits with `bytes` of samples.
#[must_use]
pub fn header(channels: u16, rate: u32, bytes: u64) -> Vec<u8> {
    let spec = WavSpec { channels, sample_rate: rate, bits_per_sample: 16, sample_format: SampleFormat::Int };
    // hound's writer wants each sample by itself; the header alone it makes for a file without an end only.
    let mut header = spec.into_header_for_infinite_file();
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX - 36);
    header[4..8].copy_from_slice(&(bytes + 36).to_le_bytes());
    header[HEADER - 4..HEADER].copy_from_slice(&bytes.to_le_bytes());
    header
}

/// Length and SHA-256 of a file. By aws-lc, which has vector code for processors without an instruction for it: recordings
/// are hashed beside the calls of a busy line.
fn hash(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut bytes, mut buffer) = (Context::new(&SHA256), 0, vec![0; 64 << 10]);
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex::encode(hash.finish())));
        }
        bytes += read as u64;
        hash.update(&buffer[..read]);
    }
}

#[cfg(test)]
mod tests {
    use sha2::{Digest as _, Sha256};

    use super::*;

    #[tokio::test]
    async fn a_tape_is_a_file_that_others_can_read() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::start(&folder.path().join("made/when/needed"));
        let mut tape = recorder.open("a", 16_000).await.unwrap();
        let mut written = vec![];
        for n in 0..200_i16 {
            let pair: Vec<u8> = (0..320).flat_map(|_| [n, -n]).flat_map(i16::to_le_bytes).collect();
            written.extend((0..320).flat_map(|_| [n, -n]));
            tape.write(pair);
        }
        let finished = tape.finish().await;
        assert_eq!((finished.milliseconds, finished.problem.clone()), (4_000, None));
        let bytes = std::fs::read(recorder.path("a")).unwrap();
        assert_eq!(finished.bytes as usize, bytes.len());
        assert_eq!(finished.sha256, hex::encode(Sha256::digest(&bytes)));
        let mut reader = hound::WavReader::new(std::io::Cursor::new(bytes)).unwrap();
        assert_eq!((reader.spec().channels, reader.spec().sample_rate, reader.spec().bits_per_sample), (2, 16_000, 16));
        assert_eq!(reader.duration(), 200 * 320);
        let read: Vec<i16> = reader.samples::<i16>().map(Result::unwrap).collect();
        assert_eq!(read, written);
    }

    #[test]
    fn a_header_says_how_long_the_file_is() {
        for channels in [1, 2] {
            let file = [header(channels, 8_000, 640), vec![0; 640]].concat();
            assert_eq!(file.len(), HEADER + 640);
            let reader = hound::WavReader::new(std::io::Cursor::new(&file)).unwrap();
            assert_eq!((reader.spec().channels, reader.len()), (channels, 320));
            assert_eq!(u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize, file.len() - 8);
        }
        let endless = header(2, 8_000, u64::MAX);
        assert_eq!((&endless[4..8], &endless[40..]), (&[0xff; 4][..], &(u32::MAX - 36).to_le_bytes()[..]));
    }

    #[tokio::test]
    async fn a_recording_that_was_cut_off_can_be_played_as_far_as_it_goes() {
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::start(folder.path());
        let mut tape = recorder.open("a", 8_000).await.unwrap();
        for _ in 0..200 {
            tape.write(vec![1; 640]);
        }
        // Another recording's answer comes when what was ordered before it is done.
        let _other = recorder.open("b", 8_000).await.unwrap();
        let reader = hound::WavReader::open(recorder.path("a")).unwrap();
        assert_eq!(reader.duration(), 200 / TIDY * TIDY * 160, "as of the last time the header was written");
        drop(tape);
    }

    #[tokio::test]
    async fn a_disk_that_fails_is_said_so() {
        let recorder = Recorder::start(Path::new("/proc/no/such/folder"));
        assert!(recorder.open("a", 8_000).await.is_err());
        let folder = tempfile::tempdir().unwrap();
        let recorder = Recorder::start(folder.path());
        let mut tape = recorder.open("a", 8_000).await.unwrap();
        assert!(recorder.open("a", 8_000).await.is_err(), "a recording is never written over");
        tape.bytes = LONGEST;
        tape.write(vec![0; 640]);
        assert!(tape.finish().await.problem.unwrap().contains("as long as"));
    }
}
