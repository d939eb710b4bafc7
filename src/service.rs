//! The use cases, a handle for each job: the only place that joins the database, the platform and the clock.
//!
//! | module            | use case                                                               |
//! |-------------------|------------------------------------------------------------------------|
//! | [`webhooks`]      | the platform asks what to do with a call, and reports its events       |
//! | [`click_to_call`] | a visitor gets a short-lived user and token                            |
//! | [`api_keys`]      | the operator's own systems show a key at the JSON interfaces            |
//! | [`accounts`]      | somebody signs in                                                      |
//! | [`invitations`]   | somebody gets an account, with a role, by a link that is good once     |
//! | [`call_tracking`] | which campaign makes the phone ring                                    |
//! | [`business`]      | the business profile, and its time zone                                |
//! | [`call_flows`]    | flows that the operator writes, and numbers that lead to them          |
//! | [`numbers`]       | numbers are found, rented, linked, given a line, released              |
//! | [`sdk`]           | existing web, iOS and Android clients get tokens for their users       |
//! | [`users`]         | the Client SDK users at the platform, kept in step with the accounts   |
//! | [`events`]        | every webhook as it came                                               |
//! | [`setup`]         | the account, its application, and what is still missing                |
//! | [`demo`]          | the sandbox's demo data is wiped                                       |
//! | [`dry_run`]       | what callers of a number would hear at any moment                      |
//! | [`calls`]         | the call log, one call's timeline                                      |
//! | [`dial_policy`] | what may be dialled, and how much of it                                 |
//! | [`hours`]         | when the business is open, and what a caller gets while it is not      |
//! | [`menus`]         | what callers hear in menus, and where their keys lead                  |
//! | [`spoken`]        | what callers hear from us, and the voices that say it                   |
//! | [`queues`]        | who takes a caller, and where those go who wait too long               |
//! | [`music`]         | what callers hear while they wait: files of the operator's own         |
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
//! Below them: [`core`](self::core) and [`settings`], which all of them work with, and [`shared`], what more than one job needs.
//! [`Services`] joins them. Which job holds which other is in `ARCHITECTURE.md`.
//!
//! Depends on `domain`, `store` and `vonage`. Knows nothing of HTTP: no status codes, no cookies.

pub mod accounts;
pub mod api_keys;
pub mod audio_socket;
pub mod business;
pub mod call_flows;
mod call_recordings;
pub mod call_tracking;
pub mod calls;
pub mod click_to_call;
pub mod clock;
mod clock_skew;
mod config_file;
pub mod contact_center;
mod core;
mod demo;
pub mod dial_policy;
pub mod dry_run;
pub mod engines;
mod error;
pub mod events;
mod fail;
mod flash;
pub mod hours;
pub mod invitations;
mod janitor;
mod leg_log;
pub mod lines;
pub mod live;
pub mod menus;
pub mod music;
mod number_check;
pub mod numbers;
mod once;
mod password;
pub mod peaks;
pub mod private_calls;
pub mod queues;
pub mod random;
mod rate;
mod received;
pub mod recorder;
mod rights;
pub mod sdk;
mod settings;
pub mod setup;
mod shared;
mod silent_calls;
pub mod spoken;
mod spool;
pub mod time_zone;
mod timeline;
pub mod users;
mod vault;
mod versioned;
pub mod webhooks;

#[cfg(test)]
mod tests;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::store::Store;
use crate::vonage;
use call_tracking::Hooks;
use private_calls::Texts;
use private_calls::answer::Masks;
use silent_calls::SilentCalls;
use spool::Spool;
use vault::Vault;
use webhooks::decision::Decisions;

use self::core::Core;
pub use self::core::ServiceError;
pub use crate::domain::click_to_call::VoiceEndpoints;
pub use crate::domain::numbering::country_of;
pub use crate::store::{LiveEvent, SESSION_ACCOUNT};
pub use crate::vonage::client::{NumberSearch, Place};
pub use accounts::{Account, Accounts, Denied, OneTimePassword, PasswordRefusal, SignInRefusal};
pub use api_keys::{ApiKey, ApiKeyInfo, KeyNameError, create_api_key};
pub use audio_socket::{Audio, AudioCall, AudioEnd};
pub use business::Business;
pub use call_flows::{CallFlow, CallFlows, FlowRefusal, Judged, TrialRefusal};
pub use call_tracking::Tracking;
pub use calls::{CallFilter, CallLog, CallPage, CallRow};
pub use click_to_call::{Refusal, Visit, Visits};
pub use clock::{Clock, SystemClock};
pub use clock_skew::ClockSkew;
pub use contact_center::ContactCenter;
pub use demo::DemoData;
pub use dial_policy::DialPolicy;
pub use dry_run::{DryRun, Imagined, Ran};
pub use engines::{AllowList, Engine, EngineRefusal};
pub use events::{EventFilter, EventPage};
pub use fail::{Fail, Refusable};
pub use flash::Flash;
pub use hours::{HoursRefusal, Imported, OpeningHours, WhenClosedDraft};
pub use invitations::{AddRefusal, Invitation, Member, NewMember, Team};
pub use lines::Lines;
pub use live::Live;
pub use menus::Menus;
pub use music::Music;
pub use numbers::{Linked, NumberRefusal, Numbers, OurNumber, Provisioned};
pub use private_calls::Private;
pub use queues::Queues;
pub use random::{Random, SystemRandom};
pub use received::{Method, NotStored, Received, Replayed, WebhookKind};
pub use rights::Rights;
pub use sdk::{NoOrigin, Sdk, SdkRefusal, SdkToken};
pub use settings::{
    AudioSettings, DeskSettings, DialSettings, Limits, OperatorSettings, Origin, PrivateLine, SandboxNotice, Settings,
    TrackingSettings,
};
pub use setup::{Kept, PlatformState, Setup, SetupRefusal, VaultKey};
pub use shared::Shared;
pub use spoken::SpokenTexts;
pub use timeline::{CallDetail, Direction, ReadWebhook, TimelineEntry};
pub use users::{PlatformUser, UserRefusal};
pub use webhooks::Webhooks;

/// The operator is told of an answer that has waited in memory for this long.
const WAITS_LONG: Duration = Duration::from_secs(1);

/// What [`Services::new`] joins.
pub struct Deps {
    pub store: Store,
    /// With an application, whose key mints the visitors' tokens.
    pub vonage: vonage::Client,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub settings: Settings,
}

/// The use cases, by job: `services.desk`, `services.private`, … and, below them, what the jobs share: `services.lines`,
/// `services.live`, … Cheap to clone.
#[derive(Clone)]
pub struct Services(Arc<Jobs>);

/// What each job offers. A job holds those whose help it needs, and no others.
pub struct Jobs {
    shared: Shared,
    pub team: Team,
    pub visits: Visits,
    pub desk: Arc<ContactCenter>,
    pub private: Private,
    pub tracking: Tracking,
    pub numbers: Numbers,
    pub audio: Audio,
    pub webhooks: Webhooks,
    pub setup: Setup,
    pub demo: DemoData,
    pub dry_run: DryRun,
    pub music: Music,
}

impl Deref for Services {
    type Target = Jobs;
    fn deref(&self) -> &Jobs {
        &self.0
    }
}

impl Deref for Jobs {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.shared
    }
}

impl std::fmt::Debug for Services {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Services").field("settings", self.settings()).finish_non_exhaustive()
    }
}

impl Services {
    /// Joins the parts. Starts nothing that outlives the value but the spool's writer; see [`Services::janitor`].
    #[must_use]
    pub fn new(deps: Deps) -> Self {
        let Deps { store, vonage, clock, random, settings } = deps;
        let business = business::in_force::InForce::new(&settings);
        let spoken = versioned::Versioned::new(spoken::InForce::default());
        let core = Arc::new(Core { store, vonage, clock, random, settings, business, spoken });
        let shared = Shared::new(&core);
        let spool = Arc::new(Spool::start(&core.settings.spool_dir, core.settings.limits.spool_size()));
        let vault = Arc::new(Vault::new(core.settings.operator.key.as_ref(), Arc::clone(&core.random)));
        let recorder = recorder::Recorder::start(&core.settings.audio.recordings_dir);

        let visits = Visits::new(&shared);
        let desk = Arc::new(ContactCenter::new(&shared, visits.clone()));
        let team = Team::new(&shared, Arc::clone(&desk), Sdk::new(&shared, Arc::clone(&desk)));
        let tracking = Tracking::new(&shared, Arc::clone(&desk), Hooks::new(&shared, Arc::clone(&vault)));
        let numbers = Numbers::new(&shared);
        let audio = Audio::new(&shared, recorder.clone());
        let masks = Masks::new(&shared);
        let texts = Texts::new(&shared, masks.clone());
        let private = Private::new(&shared, masks.clone(), texts.clone(), Arc::clone(&spool), recorder);
        let decisions =
            Decisions::new(&shared, Arc::clone(&desk), masks.clone(), audio.clone(), tracking.clone(), numbers.clone());
        let silent = SilentCalls::new(&shared, Arc::clone(&desk));
        let music = Music::new(Arc::clone(&core));
        let demo = DemoData::new(&shared, Arc::clone(&spool));
        let dry_run = DryRun::new(&shared);
        let webhooks = Webhooks::new(&shared, Arc::clone(&desk), masks, decisions, spool, silent);
        let setup = Setup::new(&shared, team.clone(), numbers.clone(), texts, vault);
        Self(Arc::new(Jobs {
            shared,
            team,
            visits,
            desk,
            private,
            tracking,
            numbers,
            audio,
            webhooks,
            setup,
            demo,
            dry_run,
            music,
        }))
    }

    /// What the operator configured.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.core.settings
    }

    /// The time, ms UTC: for those who show how long something has lasted.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.core.clock.now_ms()
    }

    /// Can we do our work? Asks the database, and whether the disk takes what the database does not.
    ///
    /// # Errors
    /// Why not, in words for the operator, without secrets.
    pub async fn ready(&self) -> Result<(), String> {
        let spool = self.webhooks.spool().status();
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
        self.core.store.ready().await
    }
}
