//! The use cases: the only place that joins the database, the platform and the clock.
//!
//! | module            | use case                                                               |
//! |-------------------|------------------------------------------------------------------------|
//! | [`webhooks`]      | the platform asks what to do with a call, and reports its events       |
//! | [`click_to_call`] | a visitor gets a short-lived user and token                            |
//! | [`api_keys`]      | the operator's own systems show a key at the JSON interfaces            |
//! | [`accounts`]      | somebody signs in                                                      |
//! | [`invitations`]   | somebody gets an account, with a role, by a link that is good once     |
//! | [`call_tracking`] | which campaign makes the phone ring                                    |
//! | [`call_flows`]    | flows that the operator writes, and numbers that lead to them          |
//! | [`numbers`]       | numbers are found, rented, linked, given a line, released              |
//! | [`sdk`]           | existing web, iOS and Android clients get tokens for their users       |
//! | [`users`]         | the Client SDK users at the platform, kept in step with the accounts   |
//! | [`events`]        | every webhook as it came                                               |
//! | [`setup`]         | the account, its application, and what is still missing                |
//! | [`calls`]         | the call log, one call's timeline                                      |
//! | [`dial_policy`] | what may be dialled, and how much of it                                 |
//! | [`contact_center`] | agents, whom a caller reaches, what is done in a call                   |
//! | [`lines`]         | which number leads where                                               |
//! | [`audio_socket`]  | a call's audio goes to a socket; tokens, recordings                    |
//! | [`engines`]       | whom the relay may connect to                                          |
//! | [`recorder`]      | recordings on the disk                                                 |
//! | [`private_calls`] | two people talk and text, and neither sees the other's number            |
//! | [`silent_calls`]  | calls without an agent whose end nobody told                           |
//! | [`live`]          | who hears at once that a call changed                                  |
//! | [`rights`]        | who hears at once that an account may do less                          |
//! | [`janitor`]       | what is done again and again: merge the spool, delete what is stale    |
//!
//! Depends on `domain`, `store` and `vonage`. Knows nothing of HTTP: no status codes, no cookies.

pub mod accounts;
pub mod api_keys;
pub mod audio_socket;
pub mod call_flows;
pub mod call_tracking;
pub mod calls;
pub mod click_to_call;
pub mod clock;
mod clock_skew;
pub mod contact_center;
pub mod dial_policy;
pub mod engines;
pub mod events;
mod flash;
pub mod invitations;
mod janitor;
pub mod lines;
pub mod live;
mod number_check;
pub mod numbers;
mod once;
mod password;
pub mod private_calls;
pub mod random;
mod rate;
pub mod recorder;
mod rights;
pub mod sdk;
pub mod setup;
mod silent_calls;
mod spool;
pub mod users;
mod vault;
pub mod webhooks;

#[cfg(test)]
mod tests;

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::click_to_call::SupportLine;
use crate::domain::line::Directory;
use crate::domain::numbering;
use crate::domain::phone::{E164, PhoneError};
use crate::store::Store;
use crate::vonage;

pub use crate::domain::click_to_call::VoiceEndpoints;
pub use crate::domain::numbering::country_of;
pub use crate::store::{LiveEvent, SESSION_ACCOUNT};
pub use crate::vonage::client::{NumberSearch, Place};
pub use accounts::{Account, Denied, OneTimePassword, PasswordRefusal, SignInRefusal};
pub use api_keys::{ApiKey, ApiKeyInfo, KeyNameError, create_api_key};
pub use audio_socket::{AudioCall, AudioEnd, AudioSettings};
pub use call_flows::{CallFlow, FlowRefusal, TrialRefusal};
pub use calls::{CallDetail, CallFilter, CallPage, CallRow, Direction, TimelineEntry};
pub use click_to_call::{Refusal, Visit};
pub use clock::{Clock, SystemClock};
pub use contact_center::DeskSettings;
pub use dial_policy::DialSettings;
pub use engines::{AllowList, Engine, EngineRefusal};
pub use events::{EventFilter, EventPage};
pub use invitations::{AddRefusal, Invitation, Member, NewMember};
pub use numbers::{Linked, NumberRefusal, OurNumber, Provisioned};
pub use random::{Random, SystemRandom};
pub use sdk::{SdkRefusal, SdkToken};
pub use setup::{Check, CheckKind, CheckState, Kept, OperatorSettings, Origin, PlatformState, SetupRefusal, VaultKey};
pub use users::{PlatformUser, UserRefusal};
pub use webhooks::{Method, NotStored, Received, Replayed, WebhookKind};

/// Our own fault: the database is gone or does not do what it must. What a visitor or an operator did wrong is never
/// this, but a value of its own.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// Hashing failed, a task died: a defect of ours.
    #[error("{0}")]
    Internal(&'static str),
    /// A call flow cannot be run for this caller.
    #[error("{0}")]
    Flow(String),
}

impl From<ServiceError> for crate::domain::trouble::Trouble {
    fn from(error: ServiceError) -> Self {
        tracing::error!(error = %error, "an operator's request failed");
        Self::Ours
    }
}

/// What the operator configured, as far as the use cases decide by it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The support line. Our other numbers and the agents come from the database: [`Services::directory`].
    pub directory: Directory,
    pub support: SupportLine,
    pub dial: dial_policy::DialSettings,
    /// Where the business is, two letters: numbers that are written without a country code are of this country.
    pub country: String,
    pub private: private_calls::PrivateLine,
    pub voice: VoiceEndpoints,
    pub desk: DeskSettings,
    /// `Some` when the platform is the sandbox: pages say so and link to the simulated handsets.
    pub sandbox: Option<SandboxNotice>,
    /// Where answers are kept that the database could not take in time. Made when it is missing.
    pub spool_dir: PathBuf,
    pub tracking: call_tracking::TrackingSettings,
    pub audio: audio_socket::AudioSettings,
    pub limits: Limits,
    pub operator: OperatorSettings,
}

/// The platform is the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxNotice {
    /// The page with the simulated handsets.
    pub handset_page_url: String,
}

/// Calls back that visitors of one address may ask for in an hour, and all together: each makes an agent call a number
/// that nobody has proved to be theirs.
const CALL_BACKS_EACH: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);
const CALL_BACKS_IN_ALL: NonZeroU32 = NonZeroU32::MIN.saturating_add(199);

/// The operator is told of an answer that has waited in memory for this long.
const WAITS_LONG: Duration = Duration::from_secs(1);

/// Limits that hold whatever a peer does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Visits that one address (an IPv4 address, an IPv6 /64) may start in a minute.
    pub visits_per_minute_per_ip: u32,
    /// Visits that all together may start in a minute.
    pub visits_per_minute: u32,
    /// Visits whose token is still valid, at once.
    pub open_visits: u32,
    /// How long an answer may take in all: a caller hears something within a second.
    pub answer_deadline: Duration,
    /// How much of it deciding may take before the caller hears an apology. What it does not take is the commit's.
    pub decide_deadline: Duration,
    /// How much of it counting a telephone call may take, where a call may go uncounted.
    pub count_deadline: Duration,
    /// How long an answer may wait for its commit before it goes to the spool, see [`Limits::commit_time`].
    pub commit_deadline: Duration,
    /// How long it may wait for the spool before it goes out unwritten.
    pub spool_deadline: Duration,
    /// How long an event may wait for its commit before it is refused.
    pub event_deadline: Duration,
    /// The greatest size of the spool's files in bytes.
    pub spool_bytes: u64,
    /// How long webhooks, calls and what belongs to them are kept, ms; 0 keeps them.
    pub retention_ms: i64,
    /// How many answers may wait in memory for a disk that takes nothing, and their bytes. What is beyond goes out
    /// all the same, and is kept nowhere.
    pub spool_memory: usize,
    pub spool_memory_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            visits_per_minute_per_ip: 6,
            visits_per_minute: 120,
            open_visits: 1_000,
            answer_deadline: Duration::from_millis(900),
            decide_deadline: Duration::from_millis(740),
            count_deadline: Duration::from_millis(400),
            commit_deadline: Duration::from_millis(300),
            spool_deadline: Duration::from_millis(150),
            event_deadline: Duration::from_millis(1_500),
            spool_bytes: 64 << 20,
            retention_ms: 0,
            spool_memory: 50_000,
            spool_memory_bytes: 64 << 20,
        }
    }
}

impl Limits {
    fn spool_size(&self) -> spool::Size {
        spool::Size { disk: self.spool_bytes, memory: self.spool_memory, memory_bytes: self.spool_memory_bytes }
    }

    /// How long an answer may wait for its commit when deciding took `decided`: the spool's time is always left.
    #[must_use]
    pub fn commit_time(&self, decided: Duration) -> Duration {
        self.commit_deadline.min(self.answer_deadline.saturating_sub(self.spool_deadline + decided))
    }
}

/// What [`Services::new`] joins.
pub struct Deps {
    pub store: Store,
    /// With an application, whose key mints the visitors' tokens.
    pub vonage: vonage::Client,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub settings: Settings,
}

/// The use cases. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    vonage: vonage::Client,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    settings: Settings,
    /// What is in force: the configured directory and what the database adds to it.
    directory: std::sync::RwLock<Arc<Directory>>,
    /// Campaigns and the block list, as the database has them.
    campaigns: std::sync::RwLock<Arc<call_tracking::Known>>,
    /// The operator's call flows, in force with it.
    flows: std::sync::RwLock<call_flows::Flows>,
    /// When numbers of ours were called, until [`Services::keep_used_numbers`].
    used_numbers: std::sync::Mutex<std::collections::HashMap<E164, i64>>,
    /// What is shown to somebody once.
    flash: flash::Flash,
    vault: vault::Vault,
    /// The application that was made while we run.
    adopted: std::sync::RwLock<Option<Arc<setup::Adopted>>>,
    spool: spool::Spool,
    clock_watch: clock_skew::Watch,
    /// What is being decided about callers, and about events that ask how to go on.
    answers: once::Once<webhooks::Decision>,
    replies: once::Once<Option<webhooks::Reply>>,
    /// Which node this is, for [`crate::store::Webhooks::claim_decision`]. New at each start.
    node: String,
    recorder: recorder::Recorder,
    visits: rate::VisitGate,
    desk: contact_center::Shared,
    /// Counts what pages show and no webhook told, see [`Services::page_changes`].
    shown: tokio::sync::watch::Sender<u64>,
    silent: silent_calls::Watch,
    rights: rights::Rights,
    dials: dial_policy::Dials,
    /// Of visitors of the operator's own web site, who ask for a number.
    greetings: rate::VisitGate,
    /// Of visitors who ask to be called back.
    call_backs: rate::VisitGate,
    hasher: password::Hasher,
    gather: private_calls::Gather,
    number_check: Arc<dyn number_check::NumberCheck>,
    /// Keys the hashes of addresses. New at each start, so that they cannot be compared for longer than that.
    salt: [u8; 32],
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

impl Services {
    /// Joins the parts. Starts nothing that outlives the value but the spool's writer; see [`Services::janitor`].
    #[must_use]
    pub fn new(deps: Deps) -> Self {
        let Deps { store, vonage, clock, random, settings } = deps;
        let mut salt = [0; 32];
        random.bytes(&mut salt);
        let inner = Inner {
            directory: std::sync::RwLock::new(Arc::new(settings.directory.clone())),
            campaigns: std::sync::RwLock::default(),
            used_numbers: std::sync::Mutex::default(),
            flows: std::sync::RwLock::default(),
            flash: flash::Flash::default(),
            adopted: std::sync::RwLock::default(),
            vault: vault::Vault::new(settings.operator.key.as_ref(), Arc::clone(&random)),
            spool: spool::Spool::start(&settings.spool_dir, settings.limits.spool_size()),
            clock_watch: clock_skew::Watch::default(),
            recorder: recorder::Recorder::start(&settings.audio.recordings_dir),
            rights: rights::Rights::default(),
            dials: dial_policy::Dials::default(),
            answers: once::Once::default(),
            replies: once::Once::default(),
            node: random.id(),
            desk: contact_center::Shared::new(clock.now_ms(), &settings.desk),
            shown: tokio::sync::watch::channel(0).0,
            silent: silent_calls::Watch::new(clock.now_ms()),
            visits: rate::VisitGate::new(&settings.limits, Arc::clone(&clock)),
            // A page view each; many share an office's address.
            greetings: rate::VisitGate::new(
                &Limits { visits_per_minute_per_ip: 120, visits_per_minute: 12_000, ..settings.limits },
                Arc::clone(&clock),
            ),
            call_backs: rate::VisitGate::hourly(CALL_BACKS_EACH, CALL_BACKS_IN_ALL, Arc::clone(&clock)),
            hasher: password::Hasher::new(Arc::clone(&random)),
            gather: private_calls::Gather::default(),
            number_check: match settings.private.numbers {
                private_calls::NumberSource::Local => Arc::new(number_check::Local),
                private_calls::NumberSource::Insight => Arc::new(number_check::ByInsight(vonage.clone())),
            },
            store,
            vonage,
            clock,
            random,
            settings,
            salt,
        };
        Self { inner: Arc::new(inner) }
    }

    /// What the operator configured.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// Reads a number that somebody wrote into a field. What comes from the platform or the database has its country
    /// code, and is read by [`E164::parse`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_number(&self, text: &str) -> Result<E164, PhoneError> {
        numbering::read(text, Some(&self.inner.settings.country))
    }

    /// Reads one of our numbers. Lists, links and interfaces give it as its digits, which are no question then; anything
    /// else is read as people write it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_own_number(&self, text: &str) -> Result<E164, PhoneError> {
        let text = text.trim();
        let known = |number: &E164| {
            self.is_ours(number) || self.known_campaigns().numbers.iter().any(|row| row.number == number.digits())
        };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match E164::parse(text) {
            Ok(number) if digits && known(&number) => Ok(number),
            _ => self.read_number(text),
        }
    }

    /// Reads the number of somebody who called, from the call log or as somebody writes it. Callers show numbers that no
    /// plan has: those are blocked and forgotten too.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_caller(&self, text: &str) -> Result<E164, PhoneError> {
        self.read_number(text).or_else(|error| match error {
            PhoneError::Incomplete(_) | PhoneError::NoCountry => E164::parse(text),
            error => Err(error),
        })
    }

    /// Digits that find a number in the call log, from a number or a part of one as people say it; `None` when the text is
    /// none.
    #[must_use]
    pub fn search_number(&self, text: &str) -> Option<String> {
        numbering::search(text, Some(&self.inner.settings.country))
    }

    /// The time, ms UTC: for those who show how long something has lasted.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.inner.clock.now_ms()
    }

    /// Can we do our work? Asks the database, and whether the disk takes what the database does not.
    ///
    /// # Errors
    /// Why not, in words for the operator, without secrets.
    pub async fn ready(&self) -> Result<(), String> {
        let spool = self.inner.spool.status();
        if spool.lost_lately {
            return Err(
                "answers went out in the last minute that are not on record: neither the database nor the disk \
                        takes them, and the memory kept for them is full (SPOOL_MEMORY_MB)"
                    .to_owned(),
            );
        }
        if spool.in_memory > 0 && spool.oldest > WAITS_LONG {
            let why = spool.failing.unwrap_or_else(|| "it does not answer".to_owned());
            return Err(format!("{} answers are in memory only, for the disk takes nothing: {why}", spool.in_memory));
        }
        self.inner.store.ready().await
    }
}
