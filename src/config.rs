//! The configuration: one struct whose `--help` is the manual.
//!
//! Every option is a flag and an environment variable; `.env` is read first. A flag wins over the environment, the
//! environment over `.env`. What is wrong is said with the option's name, before anything is started.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use clap::Args;
use ipnet::IpNet;

mod metrics;
mod proxies;
mod signs;

pub use metrics::MetricsAddr;

use crate::domain::account::SHORTEST_SECRET;
use crate::domain::click_to_call::GREETING;
use crate::domain::dial_policy::DearKind;
use crate::domain::numbering;
use crate::domain::phone::E164;
use crate::domain::private_calls::brake::Brake;
use crate::domain::region::Region;

/// The support number in the sandbox when none is configured: of the range that Ofcom keeps for fiction.
pub const SANDBOX_SUPPORT_NUMBER: &str = "442079460000";
/// The telephone that rings in the sandbox when none is configured: of the same kind.
pub const SANDBOX_DESTINATION_NUMBER: &str = "447700900000";

/// The platform's hosts where the region is its choice.
const API_URL: &str = "https://api.nexmo.com";
const CLIENT_API_URL: &str = "https://api-us.vonage.com";
const CLIENT_WS_URL: &str = "wss://ws-us.vonage.com";

/// A value that must not be shown: keys, secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The value itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Where to listen.
#[derive(Debug, Clone, Args)]
pub struct Listen {
    /// The address to listen on. Use 0.0.0.0 in a container or behind a reverse proxy on another machine.
    #[arg(long, env = "HOST", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST), help_heading = "Server")]
    pub host: IpAddr,
    /// The port to listen on; 0 takes a free one.
    #[arg(long, env = "PORT", default_value_t = 3000, help_heading = "Server")]
    pub port: u16,
}

impl Listen {
    /// The address and the port together.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        SocketAddr::new(self.host, self.port)
    }
}

/// Which database.
#[derive(Debug, Clone, Args)]
pub struct Database {
    /// The database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME. The folder of a SQLite file is created.
    #[arg(
        long,
        env = "DATABASE_URL",
        default_value = "sqlite:data/switchboard.db",
        hide_env_values = true,
        help_heading = "Server"
    )]
    pub database_url: Secret,
}

/// The options of `serve`.
#[derive(Debug, Clone, Args)]
pub struct Config {
    #[command(flatten)]
    pub listen: Listen,
    #[command(flatten)]
    pub database: Database,
    /// The address under which browsers and the platform reach this server, such as https://calls.example.com.
    /// Without it: http://127.0.0.1:PORT. With https, cookies are Secure and HSTS is sent.
    #[arg(long, env = "PUBLIC_URL", help_heading = "Server")]
    pub public_url: Option<String>,
    /// The folder for what is not in the database: calls that wait for a database that is away, the sandbox's key.
    #[arg(long, env = "DATA_DIR", default_value = "data", help_heading = "Server")]
    pub data_dir: PathBuf,
    /// How many megabytes of answers may wait in memory while neither the database nor the disk takes them (a full
    /// disk, one that hangs). They are written as soon as there is room, and lost if the process ends before.
    #[arg(long, env = "SPOOL_MEMORY_MB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65_536), help_heading = "Server")]
    pub spool_memory_mb: u32,
    /// Secrets in the database are encrypted under this key: 64 hexadecimal digits, or a text of at least 32 characters.
    /// Without it a key is made and kept in DATA_DIR, readable by nobody else.
    #[arg(long, env = "ENCRYPTION_KEY", hide_env_values = true, help_heading = "Server")]
    pub encryption_key: Option<Secret>,
    /// The key that web, iOS and Android clients send to POST /api/jwt. Without it one is made at /admin/sdk.
    #[arg(long, env = "MOBILE_API_KEY", hide_env_values = true, help_heading = "Server")]
    pub mobile_api_key: Option<Secret>,
    /// Reverse proxies whose X-Forwarded-For (or else Forwarded) is believed: addresses and networks such as
    /// 172.16.0.0/12, separated by commas. Headers from other addresses are ignored.
    #[arg(long, env = "TRUSTED_PROXIES", value_delimiter = ',', help_heading = "Server")]
    pub trusted_proxies: Vec<String>,
    /// Where metrics and the reasons of /readyz are told without a key, such as 127.0.0.1:3002; off for nowhere. Without
    /// it 127.0.0.1:3002 if that is free. At the public address they need an API key.
    #[arg(long, env = "METRICS_ADDR", default_value = "", hide_default_value = true, help_heading = "Server")]
    pub metrics_addr: MetricsAddr,
    /// How many connections may be open at once; fewer where the system allows fewer open files.
    #[arg(long, env = "MAX_CONNECTIONS", default_value_t = 16_384, value_parser = clap::value_parser!(u32).range(64..), help_heading = "Server")]
    pub max_connections: u32,
    /// How many of them one address may hold (of IPv6, one /64). Trusted proxies and this machine may hold all.
    #[arg(long, env = "MAX_CONNECTIONS_PER_ADDRESS", default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(8..), help_heading = "Server")]
    pub max_connections_per_address: u32,
    /// Where the business is, such as Europe/London: all times on all pages are its times, and a call counts for its day
    /// and hour in the charts.
    #[arg(long, env = "TIME_ZONE", default_value = "UTC", help_heading = "Server")]
    pub time_zone: String,
    /// What to log, such as info or switchboard=debug,info.
    #[arg(long, env = "LOG", default_value = "info", help_heading = "Server")]
    pub log: String,
    /// How to log: pretty for people, json for machines, auto for pretty on a terminal and json otherwise.
    #[arg(long, env = "LOG_FORMAT", value_enum, default_value_t = LogFormat::Auto, help_heading = "Server")]
    pub log_format: LogFormat,

    /// The country of the business, two letters, such as GB: numbers that are written without a country code, in every
    /// field, are of this country. Without it: the country of SUPPORT_PHONE_NUMBER.
    // Not `--country`, which is where `numbers provision` looks for numbers.
    #[arg(
        id = "home_country",
        long = "home-country",
        env = "COUNTRY",
        value_name = "COUNTRY",
        help_heading = "Server"
    )]
    pub country: Option<String>,
    /// The number of the support line: the caller that the destination sees. With country code, unless COUNTRY is set.
    #[arg(long, env = "SUPPORT_PHONE_NUMBER", help_heading = "Support line")]
    pub support_phone_number: Option<String>,
    /// The telephone that rings when a visitor calls the support line.
    #[arg(long, env = "DESTINATION_PHONE_NUMBER", help_heading = "Support line")]
    pub destination_phone_number: Option<String>,
    /// What a caller hears before the destination rings; empty for nothing.
    #[arg(long, env = "SUPPORT_GREETING", default_value = GREETING, help_heading = "Support line")]
    pub support_greeting: String,

    /// How many minutes a person of private calls does not get a number again that they had. Without it the number that
    /// they have not had for the longest time comes first, which is enough unless numbers are scarce.
    #[arg(long, env = "PRIVATE_COOL_OFF_MINUTES", default_value_t = 0, help_heading = "Private calls")]
    pub private_cool_off_minutes: u32,
    /// How many days after its end a private conversation still says who it was; then numbers, names and texts go.
    #[arg(long, env = "PRIVATE_RETENTION_DAYS", default_value_t = 90, help_heading = "Private calls")]
    pub private_retention_days: u32,
    /// How often a minute the two of a private conversation may text each other, so that two machines do not answer each
    /// other for ever; 0 is no limit.
    #[arg(long, env = "PRIVATE_TEXTS_PER_MINUTE", default_value_t = Brake::default().a_minute, help_heading = "Private calls")]
    pub private_texts_per_minute: u32,
    /// How often an hour somebody may text the same words to a masking number; 0 is no limit.
    #[arg(long, env = "PRIVATE_SAME_TEXTS_PER_HOUR", default_value_t = Brake::default().same_an_hour, help_heading = "Private calls")]
    pub private_same_texts_per_hour: u32,
    /// How many days webhooks, calls, notes, voicemails and recordings are kept; 0 keeps them until somebody asks to be
    /// forgotten. Charts of call tracking stay, without the callers.
    #[arg(long, env = "RETENTION_DAYS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=36_500), help_heading = "Server")]
    pub retention_days: u32,
    /// Who says whether a number is one: the platform's Number Insight (which ends in February 2027), or the numbering
    /// plans that this program brings along.
    #[arg(long, env = "NUMBER_CHECK", value_enum, default_value_t = NumberCheck::Insight, help_heading = "Private calls")]
    pub number_check: NumberCheck,
    /// The name by which pages written against the click-to-call sample ask for a visitor's token, at GET /auth/USER.
    /// Everybody who asks gets a user of their own. Empty switches the address off.
    #[arg(long, env = "SUPPORT_USER", default_value = "supportuser", help_heading = "Support line")]
    pub support_user: String,

    /// The support line rings the agents, the longest idle first, and not the telephone above.
    #[arg(long, env = "SUPPORT_AGENTS", help_heading = "Support line")]
    pub support_agents: bool,
    /// The countries that may be called, by agents, private calls, campaigns and call flows: two letters each, separated by
    /// commas. Those that share a code and its rates count as one (GB with Jersey, Guernsey and the Isle of Man; US with
    /// Canada, Puerto Rico and the Virgin Islands). Without it: those of our numbers, and COUNTRY.
    #[arg(long, env = "CALL_COUNTRIES", value_delimiter = ',', help_heading = "What may be dialled")]
    pub call_countries: Vec<String>,
    /// Types of numbers that may be called although they are dear, separated by commas: premium, shared-cost, personal,
    /// uan, pager, voicemail, satellite. None, unless named here.
    #[arg(long, env = "CALL_TYPES", value_delimiter = ',', help_heading = "What may be dialled")]
    pub call_types: Vec<String>,
    /// How many calls one agent may place in a minute.
    #[arg(long, env = "AGENT_CALLS_PER_MINUTE", default_value_t = 10, help_heading = "What may be dialled")]
    pub agent_calls_per_minute: u32,
    /// How many calls one agent may place in an hour.
    #[arg(long, env = "AGENT_CALLS_PER_HOUR", default_value_t = 100, help_heading = "What may be dialled")]
    pub agent_calls_per_hour: u32,
    /// How many calls one agent may place in 24 hours.
    #[arg(long, env = "AGENT_CALLS_PER_DAY", default_value_t = 400, help_heading = "What may be dialled")]
    pub agent_calls_per_day: u32,
    /// How many telephone calls one line (the support line, a campaign, the private calls, …) may place in a minute; 0 for
    /// no limit.
    #[arg(long, env = "LINE_CALLS_PER_MINUTE", default_value_t = 0, help_heading = "What may be dialled")]
    pub line_calls_per_minute: u32,
    /// How many telephone calls all lines together may place in a day of TIME_ZONE; 0 for no limit. Callers of the support
    /// line and of campaigns are among them: when it is reached, they hear that the call cannot be placed.
    #[arg(long, env = "CALLS_PER_DAY", default_value_t = 0, help_heading = "What may be dialled")]
    pub calls_per_day: u32,
    /// How many texts (those of private conversations that are passed on, invitations, and what senders are told) may be
    /// sent in a day of TIME_ZONE; 0 for no limit.
    #[arg(long, env = "TEXTS_PER_DAY", default_value_t = 0, help_heading = "What may be dialled")]
    pub texts_per_day: u32,
    /// How many euros calls may cost in 24 hours, as far as the platform has told their prices: a call under way is not
    /// ended. 0 for no limit.
    #[arg(long, env = "SPEND_PER_DAY", default_value_t = 0, help_heading = "What may be dialled")]
    pub spend_per_day: u32,

    /// The account's API key.
    #[arg(long, env = "VONAGE_API_KEY", help_heading = "Vonage")]
    pub vonage_api_key: Option<String>,
    /// The account's API secret.
    #[arg(long, env = "VONAGE_API_SECRET", hide_env_values = true, help_heading = "Vonage")]
    pub vonage_api_secret: Option<Secret>,
    /// The application's id.
    #[arg(long, env = "VONAGE_APPLICATION_ID", help_heading = "Vonage")]
    pub vonage_application_id: Option<String>,
    /// The application's private key, PEM. Line ends may be written as \n.
    #[arg(long, env = "VONAGE_PRIVATE_KEY", hide_env_values = true, help_heading = "Vonage")]
    pub vonage_private_key: Option<Secret>,
    /// A file with the application's private key, PEM.
    #[arg(long, env = "VONAGE_PRIVATE_KEY_FILE", help_heading = "Vonage", conflicts_with = "vonage_private_key")]
    pub vonage_private_key_file: Option<PathBuf>,
    /// The account's signature secret, with which the platform signs webhooks. While it is exchanged: the new and the
    /// old one, separated by a comma.
    #[arg(
        long,
        env = "VONAGE_SIGNATURE_SECRET",
        hide_env_values = true,
        value_delimiter = ',',
        help_heading = "Vonage"
    )]
    pub vonage_signature_secret: Vec<Secret>,
    /// Serve the real platform without checking that webhooks come from it. Anybody can then forge calls and their
    /// records.
    #[arg(long, env = "ALLOW_UNSIGNED_WEBHOOKS", help_heading = "Vonage")]
    pub allow_unsigned_webhooks: bool,
    /// Also refuse a GET webhook whose parameters do not give the signed hash. How the platform hashes nested ones is
    /// not documented, so this is a warning otherwise: a call is worth more than a doubt, and each signature is good only
    /// once, so one that was used cannot carry another call. POST is always strict, and is what we ask the platform for.
    #[arg(long, env = "STRICT_WEBHOOK_HASH", help_heading = "Vonage")]
    pub strict_webhook_hash: bool,
    /// The platform's host for voice, users and applications.
    #[arg(long, env = "VONAGE_API_URL", default_value = API_URL, help_heading = "Vonage")]
    pub vonage_api_url: String,
    /// The platform's host for numbers and messages.
    #[arg(long, env = "VONAGE_REST_URL", default_value = "https://rest.nexmo.com", help_heading = "Vonage")]
    pub vonage_rest_url: String,
    /// Where the application's calls live: na-east, na-west, eu-west, eu-east, apac-sng or apac-australia. It is set at the
    /// platform (a new application, or Repair), users are made there, and browsers use its hosts unless VONAGE_API_URL,
    /// VONAGE_CLIENT_API_URL or VONAGE_CLIENT_WS_URL say otherwise. Without it the platform chooses. Whatever this says,
    /// a call that is under way is controlled where the platform says that it lives.
    #[arg(long, env = "VONAGE_REGION", value_parser = Region::parse, help_heading = "Vonage")]
    pub vonage_region: Option<Region>,
    /// The host that the Client SDK in browsers talks to. It must be in the region in which the users are created.
    #[arg(long, env = "VONAGE_CLIENT_API_URL", default_value = CLIENT_API_URL, help_heading = "Vonage")]
    pub vonage_client_api_url: String,
    /// The WebSocket host of the Client SDK in browsers.
    #[arg(long, env = "VONAGE_CLIENT_WS_URL", default_value = CLIENT_WS_URL, help_heading = "Vonage")]
    pub vonage_client_ws_url: String,

    /// Engines that the relay of an audio socket may connect to, separated by commas: wss://engine.example.com, or by
    /// its address ws://10.1.2.3:9000. None, unless named here.
    #[arg(long, env = "AUDIO_ENGINES_ALLOWED", value_delimiter = ',', help_heading = "Audio sockets")]
    pub audio_engines_allowed: Vec<String>,

    /// Serve the built-in stand-in for the platform; an account's key and secrets become its account's. Without
    /// credentials it is served anyway, unless an address, a variable or the database points to production.
    #[arg(long, env = "SANDBOX", help_heading = "Sandbox")]
    pub sandbox: bool,
    /// With --sandbox: although the id or the private key of a real application is set too.
    #[arg(long, env = "SANDBOX_WITH_CREDENTIALS", help_heading = "Sandbox")]
    pub sandbox_with_credentials: bool,
    /// Where the sandbox listens; port 0 takes a free one.
    #[arg(long, env = "SANDBOX_ADDR", default_value_t = SocketAddr::from((Ipv4Addr::LOCALHOST, 3001)), help_heading = "Sandbox")]
    pub sandbox_addr: SocketAddr,
    /// The address under which browsers reach the sandbox. Without it: http:// and SANDBOX_ADDR.
    #[arg(long, env = "SANDBOX_URL", help_heading = "Sandbox")]
    pub sandbox_url: Option<String>,
    /// The addresses at which browsers reach the sandbox's audio, separated by commas. Without it: SANDBOX_ADDR's.
    #[arg(long, env = "SANDBOX_MEDIA_ADDRS", value_delimiter = ',', help_heading = "Sandbox")]
    pub sandbox_media_addrs: Vec<IpAddr>,

    /// Let the sandbox take requests that the platform's references do not document, and more of them than the platform
    /// takes in a second. Without it the sandbox is strict.
    #[arg(long, env = "SANDBOX_LENIENT", help_heading = "Sandbox")]
    pub sandbox_lenient: bool,
    /// A file to which the sandbox writes each request of its REST APIs, a line of JSON, to check them elsewhere. They
    /// have telephone numbers and texts in them, and no keys.
    #[arg(long, env = "SANDBOX_REQUESTS", help_heading = "Sandbox")]
    pub sandbox_requests: Option<PathBuf>,

    /// The account and application were entered on the setup page, and are in the database.
    #[arg(skip)]
    pub kept: bool,
    /// Variables that are set under names which are not read here, and what they are called here.
    #[arg(skip)]
    renamed: Vec<(&'static str, &'static str)>,
}

/// Who says whether a number is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum NumberCheck {
    Insight,
    Local,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    Auto,
    Pretty,
    Json,
}

/// Why the configuration cannot be used. Each names its option.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("{option} is not set. {hint}")]
    Missing { option: &'static str, hint: &'static str },
    #[error("{option}: {reason}")]
    Invalid { option: &'static str, reason: String },
}

fn invalid(option: &'static str, reason: impl Into<String>) -> ConfigError {
    ConfigError::Invalid { option, reason: reason.into() }
}

/// What it takes to use the real platform.
#[derive(Debug, Clone)]
pub struct RealPlatform {
    pub api_key: String,
    pub api_secret: Secret,
    /// The application's id and its private key, PEM; `None` until it is created on the setup page.
    pub application: Option<(String, Secret)>,
}

impl Config {
    /// Whether the sandbox stands in for the platform: when asked for, or when no Vonage credential is set at all.
    /// Whether it may, [`crate::domain::deployment::choose`] says.
    #[must_use]
    pub fn uses_sandbox(&self) -> bool {
        let any = [self.api_key(), self.api_secret(), self.application_id(), self.private_key()];
        let file = self.private_key_file().is_some();
        self.sandbox || !(file || any.iter().any(Option::is_some))
    }

    // Blank is not set: compose files and CI pass variables on that have no value.
    fn api_key(&self) -> Option<&str> {
        self.vonage_api_key.as_deref().and_then(given)
    }
    fn api_secret(&self) -> Option<&str> {
        self.vonage_api_secret.as_ref().map(Secret::expose).and_then(given)
    }
    fn application_id(&self) -> Option<&str> {
        self.vonage_application_id.as_deref().and_then(given)
    }
    fn private_key(&self) -> Option<&str> {
        self.vonage_private_key.as_ref().map(Secret::expose).and_then(given)
    }
    fn private_key_file(&self) -> Option<&Path> {
        self.vonage_private_key_file.as_deref().filter(|file| !file.as_os_str().is_empty())
    }

    /// An account, and nothing of an application: it is to be created on the setup page.
    #[must_use]
    pub fn is_being_set_up(&self) -> bool {
        let account = self.api_key().is_some() && self.api_secret().is_some();
        account && self.application_id().is_none() && self.private_key().is_none() && self.private_key_file().is_none()
    }

    /// The account that the sandbox is given: its key, its secret and its signature secret, as far as they are set.
    #[must_use]
    pub fn account(&self) -> (Option<&str>, Option<&str>, Option<&str>) {
        (self.api_key(), self.api_secret(), self.signature_secrets().next())
    }

    /// The signature secrets that webhooks may be signed with.
    pub fn signature_secrets(&self) -> impl Iterator<Item = &str> {
        self.vonage_signature_secret.iter().map(Secret::expose).filter_map(given)
    }

    /// The dear kinds of numbers that may be called.
    #[must_use]
    pub fn call_kinds(&self) -> std::collections::BTreeSet<DearKind> {
        self.call_types.iter().filter_map(|word| DearKind::parse(word)).collect()
    }

    /// Checks what clap cannot: options that depend on each other.
    ///
    /// # Errors
    /// The first thing that is wrong, with the option's name and what to do.
    pub fn validate(&self) -> Result<(), ConfigError> {
        for (option, url, schemes) in [
            ("PUBLIC_URL", self.public_url.as_deref(), ["http", "https"]),
            ("SANDBOX_URL", self.sandbox_url.as_deref(), ["http", "https"]),
            ("VONAGE_API_URL", Some(self.vonage_api_url.as_str()), ["http", "https"]),
            ("VONAGE_REST_URL", Some(self.vonage_rest_url.as_str()), ["http", "https"]),
            ("VONAGE_CLIENT_API_URL", Some(self.vonage_client_api_url.as_str()), ["http", "https"]),
            ("VONAGE_CLIENT_WS_URL", Some(self.vonage_client_ws_url.as_str()), ["ws", "wss"]),
        ] {
            url.map_or(Ok(()), |url| check_url(option, url, schemes))?;
        }
        self.trusted_proxies()?;
        if let Some(country) = self.country.as_deref().and_then(given)
            && !numbering::is_country(&country.to_uppercase())
        {
            return Err(invalid("COUNTRY", format!("{country:?} is no country: two letters are needed, such as GB")));
        }
        for country in self.call_countries.iter().filter_map(|text| given(text)) {
            if !numbering::is_country(&country.to_uppercase()) {
                return Err(invalid("CALL_COUNTRIES", format!("{country:?} is no country: two letters are needed")));
            }
        }
        if let Some(word) =
            self.call_types.iter().filter_map(|text| given(text)).find(|word| DearKind::parse(word).is_none())
        {
            let known = DearKind::EVERY.map(DearKind::name).join(", ");
            return Err(invalid("CALL_TYPES", format!("{word:?} is not one of {known}")));
        }
        // What is missing is said where it is needed.
        for number in [self.support_number(), self.destination_number()] {
            if let Err(error @ ConfigError::Invalid { .. }) = number {
                return Err(error);
            }
        }
        if self.support_user.len() > 64 || !self.support_user.chars().all(is_plain) {
            let reason = "at most 64 letters, digits, dots, dashes and underscores; empty for none";
            return Err(invalid("SUPPORT_USER", reason));
        }
        if self.uses_sandbox() {
            return Ok(());
        }
        let real = self.real_platform()?;
        if real.application.is_none() || self.kept {
            // The setup page says what is missing, and webhooks are refused until it is there.
            return Ok(());
        }
        if self.signature_secrets().next().is_none() && !self.allow_unsigned_webhooks {
            return Err(ConfigError::Missing {
                option: "VONAGE_SIGNATURE_SECRET",
                hint: "Without it nobody can tell the platform's webhooks from forged ones. It is in the dashboard under \
                       API settings. To go without all the same: --allow-unsigned-webhooks",
            });
        }
        let secrets = self.signature_secrets().map(|secret| ("VONAGE_SIGNATURE_SECRET", secret));
        let mobile = self.mobile_api_key.as_ref().map(Secret::expose).and_then(given);
        for (option, secret) in secrets.chain(mobile.map(|key| ("MOBILE_API_KEY", key))) {
            long_enough(option, secret)?;
        }
        self.support_number()?;
        self.destination_number().map(drop)
    }

    /// The networks of reverse proxies that are believed.
    ///
    /// # Errors
    /// Names what is no network.
    pub fn trusted_proxies(&self) -> Result<Vec<IpNet>, ConfigError> {
        let read = |text: &str| proxies::network(text).map_err(|reason| invalid("TRUSTED_PROXIES", reason));
        self.trusted_proxies.iter().filter_map(|text| given(text)).map(read).collect()
    }

    /// The number of the support line.
    ///
    /// # Errors
    /// When none is configured and the platform is real.
    pub fn support_number(&self) -> Result<E164, ConfigError> {
        let hint = "It is a number of your Vonage account, such as 442079460000";
        let home = self.country.as_deref().and_then(given).map(str::to_uppercase);
        self.number(&self.support_phone_number, home.as_deref(), "SUPPORT_PHONE_NUMBER", SANDBOX_SUPPORT_NUMBER, hint)
    }

    /// The telephone behind the support line.
    ///
    /// # Errors
    /// When none is configured and the platform is real.
    pub fn destination_number(&self) -> Result<E164, ConfigError> {
        let hint = "It is the telephone that rings when a visitor calls, such as 447700900000";
        let home = self.home_country();
        let (given, option) = (&self.destination_phone_number, "DESTINATION_PHONE_NUMBER");
        self.number(given, Some(&home), option, SANDBOX_DESTINATION_NUMBER, hint)
    }

    /// The country of the business, two letters: configured, or that of the support line.
    #[must_use]
    pub fn home_country(&self) -> String {
        let support = || self.support_number().ok().and_then(|number| numbering::country_of(&number));
        let configured = self.country.as_deref().and_then(given).map(str::to_uppercase);
        // Without either, numbers need their country code, as the sandbox's own have.
        configured.or_else(support).unwrap_or_else(|| "GB".to_owned())
    }

    fn number(
        &self,
        configured: &Option<String>,
        home: Option<&str>,
        option: &'static str,
        fictional: &str,
        hint: &'static str,
    ) -> Result<E164, ConfigError> {
        match configured.as_deref().and_then(given) {
            Some(text) => numbering::read(text, home).map_err(|error| invalid(option, error.to_string())),
            // While it is being set up there may be none yet.
            None if self.uses_sandbox() || self.kept || self.is_being_set_up() => {
                E164::parse(fictional).map_err(|error| invalid(option, error.to_string()))
            }
            None => Err(ConfigError::Missing { option, hint }),
        }
    }

    /// The credentials of the real platform.
    ///
    /// # Errors
    /// Names the one that is missing, or the key file that cannot be read.
    pub fn real_platform(&self) -> Result<RealPlatform, ConfigError> {
        let missing = |option, hint| ConfigError::Missing { option, hint };
        let everything = "The real platform needs all of VONAGE_API_KEY, VONAGE_API_SECRET, VONAGE_APPLICATION_ID and a \
                          private key; with the first two alone the application is created at /admin/setup; with none \
                          of them the sandbox is served";
        let private_key = match (self.private_key(), self.private_key_file()) {
            _ if self.is_being_set_up() => None,
            (Some(key), _) => Some(Secret::from(key)),
            (None, Some(file)) => Some(read_key(file)?),
            (None, None) => return Err(missing("VONAGE_PRIVATE_KEY or VONAGE_PRIVATE_KEY_FILE", everything)),
        };
        let needed = |option, value: Option<&str>| value.map(str::to_owned).ok_or_else(|| missing(option, everything));
        Ok(RealPlatform {
            api_key: needed("VONAGE_API_KEY", self.api_key())?,
            api_secret: Secret(needed("VONAGE_API_SECRET", self.api_secret())?),
            application: match private_key {
                Some(key) => Some((needed("VONAGE_APPLICATION_ID", self.application_id())?, key)),
                None => None,
            },
        })
    }

    /// Where users and calls that we place ourselves are, when it is not `VONAGE_API_URL`.
    #[must_use]
    pub fn home_region_url(&self) -> Option<String> {
        self.vonage_region.filter(|_| self.vonage_api_url == API_URL).map(Region::api_url)
    }

    /// The host of the Client SDK in browsers.
    #[must_use]
    pub fn client_api_url(&self) -> String {
        let regional = self.vonage_region.filter(|_| self.vonage_client_api_url == CLIENT_API_URL);
        regional.map_or_else(|| self.vonage_client_api_url.clone(), Region::api_url)
    }

    /// The host of its socket.
    #[must_use]
    pub fn client_ws_url(&self) -> String {
        let regional = self.vonage_region.filter(|_| self.vonage_client_ws_url == CLIENT_WS_URL);
        regional.map_or_else(|| self.vonage_client_ws_url.clone(), Region::websocket_url)
    }

    /// The address under which we are reached, without a slash at the end. `listening` is where we really listen.
    #[must_use]
    pub fn public_url(&self, listening: SocketAddr) -> String {
        match &self.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", reachable(listening)),
        }
    }

    /// Where recordings of audio sockets are kept.
    #[must_use]
    pub fn recordings_dir(&self) -> PathBuf {
        self.data_dir.join("recordings")
    }

    /// Where callers' messages are kept.
    #[must_use]
    pub fn voicemails_dir(&self) -> PathBuf {
        self.data_dir.join("voicemails")
    }

    /// Where calls wait for a database that is away.
    #[must_use]
    pub fn spool_dir(&self) -> PathBuf {
        self.data_dir.join("spool")
    }
}

/// An address that a browser on this machine can open: nobody can connect to 0.0.0.0.
#[must_use]
pub fn reachable(listening: SocketAddr) -> SocketAddr {
    if listening.ip().is_unspecified() {
        return SocketAddr::from((Ipv4Addr::LOCALHOST, listening.port()));
    }
    listening
}

/// A text that is set to something.
fn given(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty()).then_some(text)
}

/// A secret that stands between strangers and calls that the operator pays for must not be guessed. The sandbox's may be.
fn long_enough(option: &'static str, secret: &str) -> Result<(), ConfigError> {
    if secret.chars().count() < SHORTEST_SECRET {
        return Err(invalid(
            option,
            format!("must have at least {SHORTEST_SECRET} characters, so that nobody guesses it"),
        ));
    }
    Ok(())
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

fn check_url(option: &'static str, text: &str, schemes: [&str; 2]) -> Result<(), ConfigError> {
    let url = url::Url::parse(text).map_err(|error| invalid(option, format!("{text:?} is no URL: {error}")))?;
    if !schemes.contains(&url.scheme()) {
        return Err(invalid(option, format!("it must start with {}:// or {}://", schemes[0], schemes[1])));
    }
    if !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some() {
        return Err(invalid(option, "it must be an address only, without a path"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(invalid(option, "it must not carry a user or password"));
    }
    Ok(())
}

fn read_key(file: &Path) -> Result<Secret, ConfigError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| invalid("VONAGE_PRIVATE_KEY_FILE", format!("{}: {error}", file.display())))?;
    Ok(Secret(text))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        config: Config,
    }

    pub(super) fn config(arguments: &[&str]) -> Config {
        Line::try_parse_from([&["switchboard"], arguments].concat()).unwrap().config
    }

    pub(super) const REAL: [&str; 10] = [
        "--vonage-api-key=abcd1234",
        "--vonage-api-secret=s3cret",
        "--vonage-application-id=aaaaaaaa-bbbb",
        "--vonage-private-key=KEY",
        "--vonage-signature-secret=a-new-signature-secret,an-old-signature-secret",
        "--support-phone-number=442079460000",
        "--destination-phone-number=+44 7700 900000",
        "--public-url=https://calls.example.com/",
        "--host=0.0.0.0",
        "--port=8080",
    ];

    fn without(option: &str) -> ConfigError {
        let arguments: Vec<&str> = REAL.into_iter().filter(|argument| !argument.starts_with(option)).collect();
        config(&arguments).validate().unwrap_err()
    }

    #[test]
    fn p1_a_region_gives_every_host_that_is_not_set() {
        let hosts = |more: &[&str]| {
            let config = config(more);
            (config.home_region_url(), config.client_api_url(), config.client_ws_url())
        };
        let usual = (None, CLIENT_API_URL.to_owned(), CLIENT_WS_URL.to_owned());
        assert_eq!(hosts(&[]), usual);
        let api = "https://api-eu-4.vonage.com".to_owned();
        let frankfurt = (Some(api.clone()), api.clone(), "wss://ws-eu-4.vonage.com".to_owned());
        assert_eq!(hosts(&["--vonage-region=EU-East"]), frankfurt);
        let own = [
            "--vonage-region=eu-east",
            "--vonage-api-url=http://127.0.0.1:1",
            "--vonage-client-api-url=https://sdk.example",
        ];
        assert_eq!(hosts(&own), (None, "https://sdk.example".to_owned(), frankfurt.2));
    }

    #[test]
    fn bare_switchboard_serves_the_sandbox_with_fictional_numbers() {
        let config = config(&[]);
        assert!(config.uses_sandbox());
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.support_number().unwrap().digits(), SANDBOX_SUPPORT_NUMBER);
        assert_eq!(config.destination_number().unwrap().digits(), SANDBOX_DESTINATION_NUMBER);
        assert_eq!(config.public_url(config.listen.addr()), "http://127.0.0.1:3000");
        assert_eq!(config.sandbox_addr.to_string(), "127.0.0.1:3001");
    }

    #[test]
    fn the_real_platform_needs_everything_and_says_what_is_missing() {
        let config = config(&REAL);
        assert!(!config.uses_sandbox());
        assert_eq!(config.validate(), Ok(()));
        assert_eq!(config.public_url(config.listen.addr()), "https://calls.example.com");
        assert_eq!(config.vonage_signature_secret.len(), 2);
        for (option, name) in [
            ("--vonage-api-key", "VONAGE_API_KEY"),
            ("--vonage-api-secret", "VONAGE_API_SECRET"),
            ("--vonage-application-id", "VONAGE_APPLICATION_ID"),
            ("--vonage-private-key", "VONAGE_PRIVATE_KEY or VONAGE_PRIVATE_KEY_FILE"),
            ("--vonage-signature-secret", "VONAGE_SIGNATURE_SECRET"),
            ("--support-phone-number", "SUPPORT_PHONE_NUMBER"),
            ("--destination-phone-number", "DESTINATION_PHONE_NUMBER"),
        ] {
            assert!(without(option).to_string().starts_with(&format!("{name} is not set.")), "{option}");
        }
    }

    #[test]
    fn blank_is_not_set() {
        let config = config(&[
            "--vonage-api-key=",
            "--vonage-api-secret= ",
            "--vonage-private-key=",
            "--vonage-application-id=",
        ]);
        assert!(config.uses_sandbox());
        assert_eq!(config.account(), (None, None, None));
    }

    #[test]
    fn unsigned_webhooks_must_be_allowed_in_so_many_words() {
        let arguments: Vec<&str> = REAL.into_iter().filter(|a| !a.starts_with("--vonage-signature")).collect();
        assert!(config(&arguments).validate().is_err());
        assert!(config(&[&arguments[..], &["--vonage-signature-secret= "]].concat()).validate().is_err());
        assert_eq!(config(&[&arguments[..], &["--allow-unsigned-webhooks"]].concat()).validate(), Ok(()));
    }

    #[test]
    fn says_which_address_is_wrong() {
        for (argument, expected) in [
            ("--public-url=calls.example.com", "PUBLIC_URL: "),
            ("--public-url=ftp://calls.example.com", "PUBLIC_URL: it must start with http:// or https://"),
            ("--public-url=https://example.com/calls", "PUBLIC_URL: it must be an address only"),
            ("--vonage-api-url=https://a:b@example.com", "VONAGE_API_URL: it must not carry"),
            ("--vonage-client-ws-url=https://example.com", "VONAGE_CLIENT_WS_URL: it must start with ws://"),
            ("--support-user=a/b", "SUPPORT_USER: "),
        ] {
            let error = config(&[argument]).validate().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{argument}: {error}");
        }
        for (argument, expected) in [
            ("--support-phone-number=12", "SUPPORT_PHONE_NUMBER: a number with"),
            (
                "--destination-phone-number=+44 20 7946 0000 x3",
                "DESTINATION_PHONE_NUMBER: the number has an extension (3)",
            ),
            ("--destination-phone-number=2025550123", "DESTINATION_PHONE_NUMBER: do you mean +1 202-555-0123"),
            ("--call-countries=GB,England", "CALL_COUNTRIES: \"England\" is no country"),
            ("--call-types=premium,cheap", "CALL_TYPES: \"cheap\" is not one of premium,"),
            ("--home-country=England", "COUNTRY: \"England\" is no country"),
        ] {
            let error = config(&[argument]).validate().unwrap_err().to_string();
            assert!(error.starts_with(expected), "{argument}: {error}");
        }
    }

    #[test]
    fn case_1_b5_configured_numbers_are_read_as_people_write_them() {
        let written = config(&["--support-phone-number=+49 (0)30 901820", "--destination-phone-number=0171 / 2345678"]);
        assert_eq!(written.home_country(), "DE");
        assert_eq!(written.support_number().unwrap().digits(), "4930901820");
        assert_eq!(written.destination_number().unwrap().digits(), "491712345678");
        let national = config(&["--home-country=us", "--support-phone-number=(202) 555-0123"]);
        assert_eq!(national.support_number().unwrap().digits(), "12025550123");
        assert_eq!(national.home_country(), "US");
        assert!(config(&["--support-phone-number=030 901820"]).validate().is_err(), "of which country?");
    }

    #[test]
    fn case_18_trusted_proxies_are_addresses_and_networks_and_the_wrong_one_is_named() {
        let read = |argument: &str| config(&[argument]).trusted_proxies().map(|nets| nets.len());
        assert_eq!(read("--trusted-proxies=172.16.0.0/12, fd00::/8,192.0.2.1,"), Ok(3));
        assert_eq!(read("--trusted-proxies="), Ok(0));
        let error = config(&["--trusted-proxies=10.0.0.0/8,lb.internal"]).validate().unwrap_err().to_string();
        assert!(error.starts_with("TRUSTED_PROXIES: \"lb.internal\" is neither"), "{error}");
    }

    #[test]
    fn f19_the_public_support_user_can_be_switched_off() {
        let config = config(&["--support-user="]);
        assert_eq!((config.validate(), config.support_user.as_str()), (Ok(()), ""));
    }

    #[test]
    fn f21_secrets_that_can_be_guessed_are_refused_by_their_options_name() {
        let short = |argument: &'static str| {
            let name = argument.split('=').next().unwrap();
            let others = REAL.into_iter().filter(|argument| !argument.starts_with(name));
            let arguments: Vec<&str> = others.chain([argument]).collect();
            config(&arguments).validate().map_err(|error| error.to_string())
        };
        for (argument, option) in [
            ("--vonage-signature-secret=x", "VONAGE_SIGNATURE_SECRET: "),
            ("--vonage-signature-secret=a-new-signature-secret,short", "VONAGE_SIGNATURE_SECRET: "),
            ("--mobile-api-key=fifteen letters", "MOBILE_API_KEY: "),
        ] {
            let error = short(argument).unwrap_err();
            assert!(error.starts_with(option) && error.contains("16 characters"), "{argument}: {error}");
            assert!(!error.contains("fifteen"), "no secret is shown: {error}");
        }
        assert_eq!(short("--mobile-api-key=sixteen letters."), Ok(()));
        assert_eq!(short("--mobile-api-key= "), Ok(()), "blank is not set");
    }

    #[test]
    fn asking_for_the_sandbox_wins_over_credentials() {
        let config = config(&[&REAL[..], &["--sandbox"]].concat());
        assert!(config.uses_sandbox());
        assert_eq!(config.validate(), Ok(()));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", config(&REAL));
        for secret in ["s3cret", "KEY", "a-new-signature-secret", "an-old-signature-secret"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
