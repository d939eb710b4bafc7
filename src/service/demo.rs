//! The sandbox's demo data is wiped, so that somebody can begin with their own business; who may sign in stays. What goes is
//! said by [`crate::store::personal`].

use std::path::Path;
use std::sync::Arc;

use super::business::{Business, EXAMPLE};
use super::core::{Core, ServiceError};
use super::fail::Fail;
use super::lines::Lines;
use super::live::Live;
use super::menus::Menus;
use super::shared::Shared;
use super::spool::Spool;
use crate::domain::phone::E164;
use crate::domain::trouble::Trouble;
use crate::store::Wiped;
use crate::store::personal::Folder;

/// Visits whose users are deleted at the platform in one go.
const USERS: u32 = 500;
/// The longest life of a visit's token, ms.
const EVERY_VISIT: i64 = 24 * 60 * 60 * 1000;

/// The sandbox's demo data.
#[derive(Clone)]
pub struct DemoData {
    core: Arc<Core>,
    lines: Lines,
    business: Business,
    menus: Menus,
    live: Live,
    spool: Arc<Spool>,
}

impl DemoData {
    pub(super) fn new(shared: &Shared, spool: Arc<Spool>) -> Self {
        Self {
            core: Arc::clone(&shared.core),
            lines: shared.lines.clone(),
            business: shared.business.clone(),
            menus: shared.menus.clone(),
            live: shared.live.clone(),
            spool,
        }
    }

    /// Whether the business is still the example's.
    #[must_use]
    pub fn is_example(&self) -> bool {
        self.business.profile().name == EXAMPLE
    }

    /// Deletes it: rows, files, and what was rented and made in the sandbox. How many rows that were.
    ///
    /// # Errors
    /// Refused when the platform is not the sandbox, or calls are under way; nothing is changed then. Or the database or a
    /// file fails: to wipe again finishes it.
    pub async fn wipe(&self) -> Result<u64, Fail<Trouble>> {
        let core = &self.core;
        if core.settings.sandbox.is_none() {
            return Err(Fail::Refused(Trouble::SandboxOnly));
        }
        // What waits for the database would come after the wipe.
        self.spool.merge(&core.store).await.map_err(ServiceError::from)?;
        match core.store.erasure().under_way().await.map_err(ServiceError::from)? {
            0 => {}
            calls => return Err(Fail::Refused(Trouble::CallsUnderWay(calls))),
        }
        self.clear_platform().await?;
        let wiped = core.store.wipe_demo(self.is_example(), core.clock.now_ms()).await.map_err(ServiceError::from)?;
        let rows = match wiped {
            Wiped::Done(rows) => rows,
            Wiped::UnderWay(calls) => return Err(Fail::Refused(Trouble::CallsUnderWay(calls))),
        };
        self.menus.begin_again().await?;
        self.business.reload().await?;
        self.lines.reload_directory().await?;
        self.clear_folders().await.map_err(|_| ServiceError::Internal("a file of the demo could not be deleted"))?;
        if let Err(error) = core.store.erasure().scrub(&[]).await {
            tracing::warn!(%error, "the database's file was not built again after the wipe");
        }
        self.live.page_changed();
        tracing::info!(rows, "the sandbox's demo data was wiped");
        Ok(rows)
    }

    /// What was rented and made at the platform. What it does not give back ends with the sandbox.
    async fn clear_platform(&self) -> Result<(), ServiceError> {
        let core = &self.core;
        for row in core.store.numbers().all().await? {
            let Ok(number) = E164::parse(&row.number) else { continue };
            if number == core.settings.support.number {
                continue;
            }
            if let Err(error) = core.vonage.cancel_number(&number, &row.country).await {
                tracing::info!(number = number.masked(), %error, "a number of the demo was not given back");
            }
        }
        let now = core.clock.now_ms();
        for visit in core.store.visits().stale(now + EVERY_VISIT, now + EVERY_VISIT, USERS).await? {
            if let Some(user) = &visit.user_id
                && let Err(error) = core.vonage.delete_user(user).await
            {
                tracing::info!(%error, "a visitor's user of the demo was not deleted");
            }
        }
        Ok(())
    }

    async fn clear_folders(&self) -> std::io::Result<()> {
        let recordings = &self.core.settings.audio.recordings_dir;
        for folder in Folder::EVERY {
            match folder {
                Folder::Recordings => empty(recordings).await?,
                Folder::Voicemails => empty(&self.core.settings.desk.voicemails_dir).await?,
                // The rest is in the database by now.
                Folder::Spool => match tokio::fs::remove_file(self.core.settings.spool_dir.join("refused.jsonl")).await
                {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                },
            }
        }
        Ok(())
    }
}

/// Deletes what is in a folder. One that is not there is empty.
async fn empty(folder: &Path) -> std::io::Result<()> {
    let mut entries = match tokio::fs::read_dir(folder).await {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    while let Some(entry) = entries.next_entry().await? {
        let path = entry.path();
        if entry.file_type().await?.is_dir() {
            tokio::fs::remove_dir_all(path).await?;
        } else {
            tokio::fs::remove_file(path).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
