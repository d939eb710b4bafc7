//! The spool's files. Every function here may take as long as the disk likes, so they run on threads for that, one at a
//! time, and never while anything else is locked.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::store::Append;

const CURRENT: &str = "spool.jsonl";
const REFUSED: &str = "refused.jsonl";

/// How bytes come to the disk: a seam, so that tests have disks that are full or that hang.
pub(super) trait Medium: Send + Sync {
    /// Appends and syncs.
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()>;
}

/// A real disk.
pub(super) struct RealDisk;

impl Medium for RealDisk {
    fn write(&self, file: &mut File, bytes: &[u8]) -> io::Result<()> {
        file.write_all(bytes).and_then(|()| file.sync_data())
    }
}

pub(super) struct Disk {
    folder: PathBuf,
    medium: Arc<dyn Medium>,
    /// The greatest size of all files together but the refused.
    most: u64,
    bytes: u64,
    /// Open while something is being spooled, and how many of its bytes are surely on the disk.
    file: Option<(File, u64)>,
    /// The number of the next file that is taken aside.
    next: u64,
}

impl Disk {
    /// With what an earlier run left. A folder that cannot be read is reported when something has to be spooled.
    pub(super) fn open(folder: &Path, most: u64, medium: Arc<dyn Medium>) -> (Self, Vec<Append>) {
        let (mut bytes, mut found) = (0, Vec::new());
        for path in files(folder) {
            bytes += path.metadata().map(|meta| meta.len()).unwrap_or_default();
            found.extend(read(&path).map(|lines| lines.good).unwrap_or_default());
        }
        let next = files(folder).iter().filter_map(|path| number(path)).max().unwrap_or(0) + 1;
        (Self { folder: folder.to_owned(), medium, most, bytes, file: None, next }, found)
    }

    /// Whether there is a file to be merged or cleared away.
    pub(super) fn has_files(&self) -> bool {
        !files(&self.folder).is_empty()
    }

    /// Writes and syncs. After an error nothing of it counts as written.
    pub(super) fn write(&mut self, appends: &[Arc<Append>]) -> io::Result<()> {
        let mut lines = Vec::new();
        for append in appends {
            serde_json::to_writer(&mut lines, append.as_ref())?;
            lines.push(b'\n');
        }
        let size = lines.len() as u64;
        if self.bytes + size > self.most {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "the spool has reached its greatest size"));
        }
        let (mut file, good) = match self.file.take() {
            Some(open) => open,
            None => {
                // What a failed write left is not written to again: nobody knows what the kernel still has of it.
                self.set_aside()?;
                (self.create(CURRENT)?, 0)
            }
        };
        if let Err(error) = self.medium.write(&mut file, &lines) {
            // Back to what is surely there; a torn line would be skipped when merging, so failing here costs nothing.
            let _ = file.set_len(good);
            drop(file);
            if good == 0 {
                let _ = std::fs::remove_file(self.folder.join(CURRENT));
            }
            return Err(error);
        }
        self.file = Some((file, good + size));
        self.bytes += size;
        Ok(())
    }

    /// What was taken aside to be merged, oldest first; when that is nothing, what was being written, which is closed.
    pub(super) fn take_for_merge(&mut self) -> io::Result<Vec<PathBuf>> {
        let aside = taken_aside(&self.folder);
        if !aside.is_empty() {
            return Ok(aside);
        }
        self.file = None;
        self.set_aside()?;
        Ok(taken_aside(&self.folder))
    }

    fn set_aside(&mut self) -> io::Result<()> {
        let current = self.folder.join(CURRENT);
        match current.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
            Ok(meta) if meta.len() == 0 => std::fs::remove_file(&current)?,
            Ok(_) => {
                std::fs::rename(&current, self.folder.join(format!("merging-{:08}.jsonl", self.next)))?;
                self.next += 1;
            }
        }
        sync_folder(&self.folder)
    }

    /// Everything of a file is in the database, but for what was refused.
    pub(super) fn finish(&mut self, path: &Path, refused: &[String]) -> io::Result<()> {
        if !refused.is_empty() {
            let mut file = self.create(REFUSED)?;
            self.medium.write(&mut file, (refused.join("\n") + "\n").as_bytes())?;
        }
        let size = path.metadata().map(|meta| meta.len()).unwrap_or_default();
        std::fs::remove_file(path)?;
        self.bytes = self.bytes.saturating_sub(size);
        sync_folder(&self.folder)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        let mut folder = std::fs::DirBuilder::new();
        folder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        folder.create(&self.folder)?;
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(self.folder.join(name))?;
        // A file is only there after a crash if its folder was synced too.
        sync_folder(&self.folder)?;
        Ok(file)
    }
}

pub(super) struct Lines {
    pub good: Vec<Append>,
    pub bad: Vec<String>,
}

/// The webhooks in a file. A last line without its end was never acknowledged: the program died while writing it.
pub(super) fn read(path: &Path) -> io::Result<Lines> {
    let text = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let mut lines = Lines { good: Vec::new(), bad: Vec::new() };
    for line in text.split_inclusive('\n') {
        match serde_json::from_str(line) {
            Ok(append) => lines.good.push(append),
            Err(_) if line.ends_with('\n') && !line.trim().is_empty() => lines.bad.push(line.trim_end().to_owned()),
            Err(_) => {}
        }
    }
    Ok(lines)
}

/// The files taken aside, oldest first, and the one that is being written.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = taken_aside(folder);
    files.extend(Some(folder.join(CURRENT)).filter(|path| path.exists()));
    files
}

fn taken_aside(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| number(path).is_some()).collect();
    files.sort();
    files
}

fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix("merging-")?.strip_suffix(".jsonl")?.parse().ok()
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
