//! The business profile: who the pages and the voices speak for. What is in force is kept in memory: neither a page nor an
//! answer waits for a query because of it.

pub(super) mod in_force;
pub mod logo;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use self::in_force::{Current, unwritten};
use self::logo::Logo;
use super::core::{Core, ServiceError};
use super::fail::Fail;
use super::lines::Lines;
use super::time_zone;
use crate::domain::business::{Draft, Known, Profile, QuestionDraft};
use crate::domain::call_tracking::zone::Zone;
use crate::domain::phone::{E164, PhoneError};
use crate::domain::trouble::{FieldError, Trouble};
use crate::store::Store;

/// The name of the profile among the settings in the database; its value is JSON.
const PROFILE: &str = "business";
/// The business of the sandbox's example, until somebody writes their own.
pub const EXAMPLE: &str = "Acme";
/// The name of the logo; its value is base64.
const LOGO: &str = "business-logo";

/// The profile in the database; `None` when none was saved. One that cannot be read is not none: an empty one in its place
/// would be saved over it.
async fn saved(store: &Store) -> Result<Option<Profile>, ServiceError> {
    let Some(text) = store.settings().find(PROFILE).await? else { return Ok(None) };
    match serde_json::from_str(&text) {
        Ok(profile) => Ok(Some(profile)),
        Err(error) => {
            tracing::error!(%error, "the business profile in the database cannot be read");
            Err(ServiceError::Internal("the business profile in the database cannot be read"))
        }
    }
}

/// Keeps a profile that nobody wrote, such as the sandbox's example, where none is saved yet.
///
/// # Errors
/// When the database fails.
pub async fn begin_with(store: &Store, profile: &Profile, now: i64) -> Result<(), ServiceError> {
    if store.settings().find(PROFILE).await?.is_none() {
        store.settings().put(PROFILE, &json(profile)?, now).await?;
    }
    Ok(())
}

/// The time zone of the profile in the database, if one is saved: calls count for its days from the first one on.
///
/// # Errors
/// When the database fails.
pub async fn saved_zone(store: &Store) -> Result<Option<Zone>, ServiceError> {
    Ok(saved(store).await?.and_then(|profile| zone_of(&profile)))
}

fn zone_of(profile: &Profile) -> Option<Zone> {
    let zone = time_zone::zone(&profile.time_zone);
    zone.inspect_err(|error| tracing::error!(%error, "the time zone of the business profile")).ok()
}

fn json(profile: &Profile) -> Result<String, ServiceError> {
    serde_json::to_string(profile).map_err(|_| ServiceError::Internal("a business profile is not JSON"))
}

/// What is known outside of the domain of what is written in a profile.
struct Outside<'a>(&'a Lines);

impl Known for Outside<'_> {
    fn time_zone(&self, name: &str) -> Option<String> {
        time_zone::zone(name).ok().map(|zone| zone.name().to_owned()).filter(|_| !name.trim().is_empty())
    }

    fn number(&self, text: &str) -> Result<E164, PhoneError> {
        self.0.read_own_number(text)
    }
}

/// The business profile.
#[derive(Clone)]
pub struct Business {
    core: Arc<Core>,
    lines: Lines,
    /// Held while the profile is read and put in force: of two who read, the one who read last must put last.
    reading: Arc<tokio::sync::Mutex<()>>,
}

impl Business {
    pub(super) fn new(core: Arc<Core>, lines: Lines) -> Self {
        Self { core, lines, reading: Arc::default() }
    }

    /// The profile in force.
    #[must_use]
    pub fn profile(&self) -> Arc<Profile> {
        self.core.business.profile()
    }

    /// The time zone of the business.
    #[must_use]
    pub fn zone(&self) -> Arc<Zone> {
        self.core.business.zone()
    }

    #[must_use]
    pub fn logo(&self) -> Option<Arc<Logo>> {
        self.core.business.current().logo
    }

    /// Reads profile and logo again: at the start, and after every change.
    ///
    /// # Errors
    /// When the database fails, or the profile cannot be read; what was in force stays.
    pub async fn reload(&self) -> Result<(), ServiceError> {
        let _reading = self.reading.lock().await;
        self.read().await
    }

    /// The same for the janitor: another node or a command may have changed them, which is seen here up to two seconds
    /// later. Not while they are being read, and on a task of its own: after a change of the time zone all calls are counted
    /// again, which may take longer than the janitor waits.
    ///
    /// # Errors
    /// When the database fails, or the profile cannot be read; what was in force stays.
    pub(super) async fn look_again(&self) -> Result<(), ServiceError> {
        let Ok(reading) = Arc::clone(&self.reading).try_lock_owned() else { return Ok(()) };
        let business = self.clone();
        let read = tokio::spawn(async move {
            let _reading = reading;
            business.read().await
        });
        read.await.unwrap_or(Err(ServiceError::Internal("reading the business profile panicked")))
    }

    async fn read(&self) -> Result<(), ServiceError> {
        let core = &self.core;
        let profile = saved(&core.store).await?.unwrap_or_else(|| unwritten(&core.settings));
        let known = self.logo();
        let logo = match core.store.settings().find(LOGO).await? {
            // It is decoded and checked once, not with every look of the janitor.
            Some(text) => match known.filter(|logo| logo.text() == text) {
                Some(logo) => Some(logo),
                None => STANDARD.decode(text).ok().and_then(|bytes| Logo::read(bytes).ok()).map(Arc::new),
            },
            None => None,
        };
        let before = self.zone();
        let zone = if profile.time_zone == before.name() {
            before
        } else {
            let zone = zone_of(&profile).map_or_else(|| Arc::clone(&core.settings.tracking.zone), Arc::new);
            time_zone::count_in(&core.store, &zone).await?;
            zone
        };
        core.business.put(Current { profile: Arc::new(profile), zone, logo });
        Ok(())
    }

    /// What can be read of what is being written.
    #[must_use]
    pub fn preview(&self, draft: &Draft, questions: &[QuestionDraft]) -> Profile {
        Profile::preview(draft, questions, &Outside(&self.lines))
    }

    /// What is wrong with what somebody wrote down.
    #[must_use]
    pub fn problems(&self, draft: &Draft, questions: &[QuestionDraft]) -> Vec<FieldError> {
        Profile::read(draft, questions, &Outside(&self.lines)).err().unwrap_or_default()
    }

    /// Keeps what somebody wrote down. It is in force when this returns.
    ///
    /// # Errors
    /// Every field that is wrong; or when the database fails.
    pub async fn save(&self, draft: &Draft, questions: &[QuestionDraft]) -> Result<(), Fail<Vec<FieldError>>> {
        let profile = Profile::read(draft, questions, &Outside(&self.lines)).map_err(Fail::Refused)?;
        let now = self.core.clock.now_ms();
        self.core.store.settings().put(PROFILE, &json(&profile)?, now).await?;
        tracing::info!(zone = profile.time_zone, "the business profile was saved");
        Ok(self.reload().await?)
    }

    /// Keeps a picture as the logo, or takes it away (`None`).
    ///
    /// # Errors
    /// Why it cannot be one; nothing is changed then. Or when the database fails.
    pub async fn save_logo(&self, picture: Option<Vec<u8>>) -> Result<(), Fail<Trouble>> {
        match picture {
            Some(bytes) => {
                let logo = Logo::read(bytes).map_err(Fail::Refused)?;
                self.core.store.settings().put(LOGO, logo.text(), self.core.clock.now_ms()).await?;
            }
            None => {
                self.core.store.settings().delete(LOGO).await?;
            }
        }
        Ok(self.reload().await?)
    }
}
