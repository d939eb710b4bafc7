//! Music on hold of the operator's own: an uploaded WAV or MP3 becomes what the platform plays, and lies in DATA_DIR as a
//! file by its id. What leads to it names the id.

mod decode;
#[cfg(test)]
pub(super) mod tests;

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use super::core::{Core, ServiceError};
use super::fail::Fail;
use super::recorder;
use crate::domain::form::wrong_name;
use crate::domain::queue::music::{LONGEST_NAME, MOST};
use crate::domain::trouble::{FieldError, Trouble};
use crate::store::MusicRow;

pub use self::decode::RATE;

/// The operator's music.
#[derive(Clone)]
pub struct Music {
    core: Arc<Core>,
}

impl Music {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Every piece, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list(&self) -> Result<Vec<MusicRow>, ServiceError> {
        Ok(self.core.store.music().all().await?)
    }

    /// Keeps a WAV or MP3 as it will be played: 16 bits, one channel, [`RATE`]. Its id.
    ///
    /// # Errors
    /// Refused with every field that is wrong, `name` or `file`; nothing is kept then. Or the database or the disk fails.
    pub async fn add(&self, name: &str, file: Vec<u8>) -> Result<String, Fail<Vec<FieldError>>> {
        let core = &self.core;
        let name = name.trim();
        let known = self.list().await?;
        let mut wrong = Vec::new();
        let mut refuse = |field: &str, reason| wrong.push(FieldError { field: field.to_owned(), reason });
        let is_taken = |name: &str| known.iter().any(|row| row.name.to_lowercase() == name.to_lowercase());
        if let Some(why) = wrong_name(name, LONGEST_NAME, is_taken) {
            refuse("name", why);
        }
        if known.len() >= MOST {
            refuse("file", Trouble::TooMany(MOST));
        }
        let decoded = tokio::task::spawn_blocking(|| decode::decode(file)).await;
        let samples = match decoded.map_err(|_| ServiceError::Internal("decoding music died"))? {
            Ok(samples) => samples,
            Err(why) => {
                refuse("file", why);
                Vec::new()
            }
        };
        if !wrong.is_empty() {
            return Err(Fail::Refused(wrong));
        }
        let id = core.random.id();
        let seconds = i64::try_from(samples.len() / RATE as usize).unwrap_or(i64::MAX);
        let path = self.path(&id);
        let written = tokio::task::spawn_blocking(move || write(&path, &samples)).await;
        let failed = |_| ServiceError::Internal("music could not be written to DATA_DIR");
        written.map_err(|_| ServiceError::Internal("writing music died"))?.map_err(failed)?;
        let row = MusicRow { id: id.clone(), name: name.to_owned(), seconds, created_at: core.clock.now_ms() };
        if !core.store.music().insert(&row).await? {
            // Somebody else was faster.
            self.delete_file(&id).await;
            return Err(Fail::Refused(vec![FieldError { field: "name".to_owned(), reason: Trouble::Taken(row.name) }]));
        }
        Ok(id)
    }

    /// Deletes a piece. Whether it was there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete(&self, id: &str) -> Result<bool, ServiceError> {
        let found = self.core.store.music().delete(id).await?;
        if found {
            self.delete_file(id).await;
        }
        Ok(found)
    }

    /// The WAV of a piece; `None` when there is none.
    ///
    /// # Errors
    /// When the database or the disk fails.
    pub async fn file(&self, id: &str) -> Result<Option<Vec<u8>>, ServiceError> {
        // What is not in the table never becomes a path.
        let Some(row) = self.list().await?.into_iter().find(|row| row.id == id) else { return Ok(None) };
        match tokio::fs::read(self.path(&row.id)).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(_) => Err(ServiceError::Internal("music could not be read from DATA_DIR")),
        }
    }

    /// Beside the recordings.
    fn path(&self, id: &str) -> PathBuf {
        let beside = self.core.settings.audio.recordings_dir.parent().unwrap_or(std::path::Path::new("."));
        beside.join("music").join(format!("{id}.wav"))
    }

    async fn delete_file(&self, id: &str) {
        if let Err(error) = tokio::fs::remove_file(self.path(id)).await {
            tracing::warn!(%error, "a file of deleted music stays");
        }
    }
}

/// Whole or not at all.
fn write(path: &std::path::Path, samples: &[i16]) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let part = path.with_extension("part");
    let mut file = std::fs::File::create(&part)?;
    let mut bytes = recorder::header(1, RATE, samples.len() as u64 * 2);
    bytes.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file.write_all(&bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)
}
