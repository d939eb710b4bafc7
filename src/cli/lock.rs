//! One server for each DATA_DIR: two would rename and delete each other's side files, and lose calls with them.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};

const NAME: &str = "switchboard.lock";

/// The folder is ours for as long as this value lives. The kernel takes the lock away when the process ends, however it
/// ends, so a file that was left behind blocks nobody.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Makes the folder when it is missing, and locks it. Commands beside a server take no lock.
    ///
    /// # Errors
    /// When another server has it, with its process id and what to do; when the file cannot be made or locked.
    pub(super) fn take(folder: &Path) -> anyhow::Result<Self> {
        let shown = folder.display();
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).with_context(|| format!("DATA_DIR: making {shown}"))?;
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file =
            options.open(folder.join(NAME)).with_context(|| format!("DATA_DIR: opening {NAME} in {shown}"))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Who it is helps, and is not worth failing for.
                let _ = file.read_to_string(&mut holder);
                let holder: String = holder.chars().filter(char::is_ascii_digit).take(10).collect();
                let process = if holder.is_empty() { String::new() } else { format!(" (process {holder})") };
                bail!(
                    "another switchboard{process} is serving with DATA_DIR={shown}, and two with one folder would lose \
                     calls. Stop that one first and wait until it has ended, or give this one a folder of its own with \
                     DATA_DIR (and, with SQLite, a DATABASE_URL of its own)"
                );
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| {
                    format!("DATA_DIR: {shown} cannot be locked; use a folder on a disk that supports file locks")
                });
            }
        }
        // For people only: the lock is what counts, also when a full disk does not take this line.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f1_a_folder_is_locked_once_and_free_again_when_its_server_ended() {
        let folder = tempfile::tempdir().unwrap();
        let made = folder.path().join("new/data");
        let first = FolderLock::take(&made).unwrap();
        let refused = FolderLock::take(&made).unwrap_err().to_string();
        assert!(refused.contains(&format!("process {}", std::process::id())), "{refused}");
        assert!(refused.contains("DATA_DIR"), "{refused}");
        drop(first);
        FolderLock::take(&made).unwrap();
        // What a process that was killed leaves behind blocks nobody.
        std::fs::write(made.join(NAME), "not a number").unwrap();
        FolderLock::take(&made).unwrap();
    }

    #[test]
    fn f1_a_folder_that_cannot_be_made_is_said_by_its_option() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let refused = format!("{:#}", FolderLock::take(&folder.path().join("file/data")).unwrap_err());
        assert!(refused.starts_with("DATA_DIR: making"), "{refused}");
    }
}
