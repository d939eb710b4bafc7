//! What the operator configured, as far as the use cases decide by it. Plain data: read from the environment by
//! [`crate::config`], and given to [`super::Services`] once, at the start.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::engines::AllowList;
use super::spool;
use super::vault::VaultKey;
use crate::domain::call_tracking::zone::Zone;
use crate::domain::click_to_call::{SupportLine, VoiceEndpoints};
use crate::domain::dial_policy::DearKind;
use crate::domain::line::Directory;
use crate::domain::private_calls::brake::Brake;
use crate::domain::region::Region;
use crate::vonage::Urls;

/// What the operator configured, as far as the use cases decide by it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The support line. Our other numbers and the agents come from the database: [`Lines::directory`].
    pub directory: Directory,
    pub support: SupportLine,
    pub dial: DialSettings,
    /// Where the business is, two letters: numbers that are written without a country code are of this country.
    pub country: String,
    pub private: PrivateLine,
    pub voice: VoiceEndpoints,
    pub desk: DeskSettings,
    /// `Some` when the platform is the sandbox: pages say so and link to the simulated handsets.
    pub sandbox: Option<SandboxNotice>,
    /// Where answers are kept that the database could not take in time. Made when it is missing.
    pub spool_dir: PathBuf,
    pub tracking: TrackingSettings,
    pub audio: AudioSettings,
    pub limits: Limits,
    pub operator: OperatorSettings,
}

/// The platform is the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SandboxNotice {
    /// The page with the simulated handsets.
    pub handset_page_url: String,
}

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
    /// How much of it asking for what the operator set may take, before what was read last is in force.
    pub settings_deadline: Duration,
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

#[cfg(test)]
impl Limits {
    /// For tests of what is decided, not of how fast: they run many at a time, beside builds.
    pub(crate) fn be_patient(&mut self) {
        let ample = Duration::from_secs(20);
        (self.answer_deadline, self.decide_deadline) = (3 * ample, ample);
        (self.commit_deadline, self.event_deadline) = (ample, ample);
    }
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
            settings_deadline: Duration::from_millis(200),
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
    pub(super) fn spool_size(&self) -> spool::Size {
        spool::Size { disk: self.spool_bytes, memory: self.spool_memory, memory_bytes: self.spool_memory_bytes }
    }

    /// How long an answer may wait for its commit when deciding took `decided`: the spool's time is always left.
    #[must_use]
    pub fn commit_time(&self, decided: Duration) -> Duration {
        self.commit_deadline.min(self.answer_deadline.saturating_sub(self.spool_deadline + decided))
    }
}

/// What the operator allows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DialSettings {
    /// Two letters each; empty: the countries of our own numbers and the business's own.
    pub countries: Vec<String>,
    /// Dear kinds that may be dialled all the same.
    pub kinds: BTreeSet<DearKind>,
    /// Telephone calls that one line may place in a minute; 0 is no limit.
    pub line_calls_per_minute: u32,
    /// Telephone calls of a day, over every line; 0 is no limit.
    pub calls_per_day: u32,
    /// Euros of 24 hours; 0 is no limit.
    pub spend_per_day: u32,
    /// Texts of a day; 0 is no limit.
    pub texts_per_day: u32,
}

impl DialSettings {
    /// Whether calls are counted at all.
    pub(super) fn limits_calls(&self) -> bool {
        self.line_calls_per_minute > 0 || self.calls_per_day > 0 || self.spend_per_day > 0
    }
}

/// How private calls are set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateLine {
    /// Where the platform reaches us, without a slash at the end: keys that callers press go there.
    pub public_url: String,
    /// How long a person does not get a number again that they had, ms. 0 is off: the least recently used one comes first
    /// anyway.
    pub cool_off_ms: i64,
    /// How long after its end a conversation still says who it was, ms.
    pub retention_ms: i64,
    pub numbers: NumberSource,
    /// How many texts are passed on.
    pub brake: Brake,
}

impl Default for PrivateLine {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:3000".into(),
            cool_off_ms: 0,
            retention_ms: 90 * 24 * 60 * 60 * 1000,
            numbers: NumberSource::default(),
            brake: Brake::default(),
        }
    }
}

/// What the operator configured.
#[derive(Debug, Clone, Default)]
pub struct TrackingSettings {
    /// Where the business is.
    pub zone: Arc<Zone>,
    /// The address under which the platform reaches us, without a slash at the end.
    pub public_url: String,
}

/// What the operator configured for audio sockets.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AudioSettings {
    /// Where the platform connects to: `wss://calls.example.com/socket`.
    pub socket_url: String,
    /// Where recordings are kept. Made when it is missing.
    pub recordings_dir: PathBuf,
    /// Whom the relay may connect to.
    pub engines: AllowList,
}

impl AudioSettings {
    /// The socket's address under our public one.
    #[must_use]
    pub fn socket_url(public_url: &str) -> String {
        let host = public_url.strip_prefix("https://").map(|host| format!("wss://{host}"));
        let host = host.or_else(|| public_url.strip_prefix("http://").map(|host| format!("ws://{host}")));
        format!("{}/socket", host.unwrap_or_default().trim_end_matches('/'))
    }
}

/// What the operator configured for the contact centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskSettings {
    /// Our address as the platform reaches it, without a slash at the end.
    pub public_url: String,
    /// The support line rings the agents, and not the configured telephone.
    pub support_rings_agents: bool,
    /// Calls that one agent may place in a minute, in an hour and in 24 hours.
    pub dials_per_minute: u32,
    pub dials_per_hour: u32,
    pub dials_per_day: u32,
    /// Where callers' messages are kept. Made when it is missing.
    pub voicemails_dir: std::path::PathBuf,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:3000".into(),
            support_rings_agents: false,
            dials_per_minute: 10,
            dials_per_hour: 100,
            dials_per_day: 400,
            voicemails_dir: "data/voicemails".into(),
        }
    }
}

/// What the operator's use cases are configured with.
#[derive(Clone)]
pub struct OperatorSettings {
    /// Our address in people's browsers and in webhooks, without a slash at the end.
    pub public_url: String,
    /// Secrets in the database are encrypted under it.
    pub key: Option<VaultKey>,
    /// `MOBILE_API_KEY`: then the key cannot be changed in the browser.
    pub mobile_api_key: Option<String>,
    /// The real platform's hosts, also while the sandbox runs.
    pub real: Urls,
    /// Where the credentials in force come from.
    pub origin: Origin,
    /// Whether a signature secret is configured.
    pub signed: bool,
    /// `VONAGE_REGION`: where the application's calls are to live. `None` leaves that to the platform.
    pub region: Option<Region>,
}

impl Default for OperatorSettings {
    fn default() -> Self {
        Self {
            public_url: "http://127.0.0.1:3000".into(),
            key: None,
            mobile_api_key: None,
            real: Urls::default(),
            origin: Origin::Environment,
            signed: true,
            region: None,
        }
    }
}

impl std::fmt::Debug for OperatorSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OperatorSettings").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

/// Where the credentials in force come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    #[default]
    Environment,
    /// Entered on the setup page.
    Kept,
    Sandbox,
}

/// Who is asked about numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NumberSource {
    /// The numbering plans that this program brings along.
    Local,
    /// The platform's Number Insight; while it does not answer, the numbering plans.
    #[default]
    Insight,
}
