//! Forgetting: a person who asks for it, and what was kept long enough. Which tables and folders hold people is listed in
//! [`crate::store::personal`].

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::conversations::Private;
use crate::domain::phone::E164;
use crate::domain::private_calls::RealNumber;
use crate::domain::spelling::{is_number, replace_numbers};
use crate::service::core::ServiceError;
use crate::store::{Files, Forgotten, StoreError, Traces};

/// Conversations that are made nameless in one sweep.
const AT_ONCE: u32 = 200;
/// How often the tables are gone through: a call that is going on writes the number again.
const PASSES: u32 = 3;

/// That somebody was forgotten; not who.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    pub id: String,
    pub at: i64,
    pub by: String,
    pub removed: Forgotten,
}

impl Private {
    /// Removes a person's number, in each of its spellings, from everything that we keep, with what was said and recorded of them, closes their open
    /// conversations, and says what was found. The rows stay without it, so that figures stay right.
    ///
    /// # Errors
    /// When the database or a file fails. What was removed stays removed; asking again finishes it.
    pub async fn forget_person(&self, number: &RealNumber, by: &str) -> Result<Erasure, ServiceError> {
        let core = &self.core;
        let (id, now) = (core.random.id(), core.clock.now_ms());
        let (token, digits) = (format!("erased-{id}"), number.reveal().digits());
        // What waits for the database is looked through in it.
        self.spool.merge(&core.store).await?;
        let spellings = number.reveal().spellings();
        let spellings: Vec<&str> = spellings.iter().map(E164::digits).collect();
        let mut removed = Forgotten::default();
        for spelling in &spellings {
            removed = removed.and(core.store.private().close_person(spelling, &token, now).await?);
        }
        let mut traces = Traces::default();
        for _ in 0..PASSES {
            let found = core.store.erasure().replace_number(digits, &token, &mut traces).await?;
            let done = found == Forgotten::default();
            removed = removed.and(found);
            if done {
                break;
            }
        }
        self.delete_files(&core.store.erasure().files_of(&traces).await?).await?;
        removed = removed.and(core.store.erasure().forget_traces(&traces).await?);
        removed.other += self.forget_refused(digits, &token).await?;
        removed.stays = core.store.erasure().settings_with(digits).await?;
        self.lines.reload_campaigns().await?;
        if !core.store.erasure().scrub(&spellings).await? && removed.stays == 0 {
            tracing::warn!(erasure.id = %id, "bytes of a forgotten number are still in the database's file: somebody reads it; \
                            forget the person again, or run VACUUM");
        }
        let report =
            serde_json::to_string(&removed).map_err(|_| ServiceError::Internal("a report cannot be written"))?;
        core.store.private().put_erasure(&id, now, by, &report).await?;
        tracing::info!(erasure.id = %id, erasure.by = by, "a person was forgotten");
        Ok(Erasure { id, at: now, by: by.to_owned(), removed })
    }

    /// Who was forgotten when: the reports, the newest first.
    pub async fn erasures(&self) -> Result<Vec<Erasure>, ServiceError> {
        let rows = self.core.store.private().erasures(50).await?;
        let erasure = |(id, at, by, report): (String, i64, String, String)| Erasure {
            id,
            at,
            by,
            removed: serde_json::from_str(&report).unwrap_or_default(),
        };
        Ok(rows.into_iter().map(erasure).collect())
    }

    /// Deletes what is older than `RETENTION_DAYS`, with its files. How much that was.
    pub(in crate::service) async fn sweep_old(&self, now: i64) -> Result<u64, StoreError> {
        let keep = self.core.settings.limits.retention_ms;
        if keep <= 0 {
            return Ok(0);
        }
        let store = &self.core.store;
        self.delete_files(&store.erasure().files_older(now - keep).await?).await?;
        store.erasure().forget_older(now - keep).await
    }

    /// Deletes the files of recordings and voicemails; one that is not there is deleted.
    async fn delete_files(&self, files: &Files) -> Result<(), StoreError> {
        for id in &files.recordings {
            delete(&self.recorder.path(id)).await?;
        }
        if files.voicemails.is_empty() {
            return Ok(());
        }
        // Their ids are the platform's words: they are compared with what is there, and never become a path.
        let ids: HashSet<&str> = files.voicemails.iter().map(String::as_str).collect();
        // A folder for each call, or none where nobody ever left a message.
        let Ok(mut calls) = tokio::fs::read_dir(self.voicemail_folder()).await else { return Ok(()) };
        while let Some(call) = calls.next_entry().await? {
            let Ok(mut messages) = tokio::fs::read_dir(call.path()).await else { continue };
            while let Some(message) = messages.next_entry().await? {
                let path = message.path();
                // The message, and one that is being written.
                let names = [path.file_name(), path.file_stem()];
                if names.into_iter().flatten().any(|name| name.to_str().is_some_and(|name| ids.contains(name))) {
                    delete(&path).await?;
                }
            }
            // Only when it is empty: others may have left messages in the same call.
            let _ = tokio::fs::remove_dir(call.path()).await;
        }
        Ok(())
    }

    /// Beside the recordings, by the name in the index.
    fn voicemail_folder(&self) -> PathBuf {
        let beside = self.core.settings.audio.recordings_dir.parent().unwrap_or(Path::new("."));
        beside.join(crate::store::personal::Folder::Voicemails.name())
    }

    /// Replaces a number in what the database once refused, which lies in the spool's folder for a person to look at. How
    /// many lines had it.
    async fn forget_refused(&self, number: &str, token: &str) -> Result<u64, StoreError> {
        let path = self.core.settings.spool_dir.join("refused.jsonl");
        let text = match tokio::fs::read_to_string(&path).await {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            // A spool that cannot be made holds nobody.
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(0),
            Err(error) => return Err(error.into()),
        };
        let mut lines = 0;
        let replaced: String = text
            .split_inclusive('\n')
            .map(|line| {
                let replaced = replace_numbers(line, |spelled| is_number(spelled, number).then(|| token.to_owned()));
                lines += u64::from(replaced != line);
                replaced
            })
            .collect();
        if lines > 0 {
            // In place: a file beside it would have other permissions, and a crash leaves one or the other number of bytes.
            tokio::fs::write(&path, replaced).await?;
        }
        Ok(lines)
    }

    /// Closes what has ended, and makes nameless what was closed long ago. How many of both.
    pub(in crate::service) async fn sweep_private(&self, now: i64) -> Result<u64, StoreError> {
        let store = &self.core.store;
        let mut swept = store.private().close_ended(now).await?;
        let (private, all) = (self.core.settings.private.retention_ms, self.core.settings.limits.retention_ms);
        let before = now - if all > 0 { private.min(all) } else { private };
        for (id, one, other) in store.private().to_forget(before, AT_ONCE).await? {
            let tokens = [0, 1].map(|side| format!("erased-{id}-{side}"));
            store.private().forget(&id, [&one, &other], [&tokens[0], &tokens[1]]).await?;
            swept += 1;
        }
        swept += store.private().forget_strangers(before).await?;
        if swept > 0 {
            self.live.page_changed();
        }
        Ok(swept)
    }
}

async fn delete(path: &Path) -> std::io::Result<()> {
    match tokio::fs::remove_file(path).await {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
