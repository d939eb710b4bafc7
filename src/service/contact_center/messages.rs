//! The folder of callers' messages.
//!
//! ```text
//! voicemails/<call>/<message>        a message
//! voicemails/<call>/<message>.part   one that is being written
//! ```

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::store::VoicemailRow;

/// The messages' folder.
#[derive(Debug, Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The folder of a call. Ids of calls are ours; anything else has no folder.
    fn of(&self, call: &str) -> Option<PathBuf> {
        plain(call).then(|| self.0.join(call))
    }

    fn path(&self, row: &VoicemailRow) -> io::Result<PathBuf> {
        let folder = self.of(&row.call).filter(|_| plain(&row.id));
        Ok(folder.ok_or_else(|| io::Error::other("the message has no name for a file"))?.join(&row.id))
    }

    /// The files of a call's messages.
    pub(super) fn files(&self, call: &str) -> Vec<PathBuf> {
        let entries = self.of(call).and_then(|folder| std::fs::read_dir(folder).ok());
        entries.into_iter().flatten().flatten().map(|entry| entry.path()).collect()
    }

    /// Whole or not at all, and on the disk.
    pub(super) fn keep(&self, row: &VoicemailRow, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(row)?;
        let part = path.with_extension("part");
        let folder = path.parent().unwrap_or(&self.0);
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(&part).and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
        if let Err(error) = written.and_then(|()| std::fs::rename(&part, &path)) {
            // The next try writes it again.
            let _ = std::fs::remove_file(&part);
            return Err(error);
        }
        std::fs::File::open(folder)?.sync_all()?;
        std::fs::File::open(&self.0)?.sync_all()
    }

    pub(super) fn read(&self, row: &VoicemailRow) -> io::Result<Vec<u8>> {
        std::fs::read(self.path(row)?)
    }

    pub(super) fn delete_one(&self, row: &VoicemailRow) -> io::Result<()> {
        let path = self.path(row)?;
        for path in [path.with_extension("part"), path] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }

    pub(super) fn delete(&self, call: &str) -> io::Result<()> {
        let Some(folder) = self.of(call) else { return Ok(()) };
        match std::fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

/// A name that is a file's and never a path.
pub(super) fn plain(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// File access away from the tasks that answer callers.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(io::Error::other("file access panicked")))
}
