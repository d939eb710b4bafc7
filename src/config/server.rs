//! Where we listen, under which address we are reached, and what is kept where.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use clap::Args;
use ipnet::IpNet;

use super::{Config, ConfigError, MetricsAddr, Secret, given, invalid, proxies};
use crate::domain::numbering;

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

/// The server itself.
#[derive(Debug, Clone, Args)]
pub struct Server {
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
    /// Where the business is, such as Europe/London, until a business profile is saved at /admin/business: all times on all
    /// pages are its times, and a call counts for its day and hour in the charts.
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
    /// How many days webhooks, calls, notes, voicemails and recordings are kept; 0 keeps them until somebody asks to be
    /// forgotten. Charts of call tracking stay, without the callers.
    #[arg(long, env = "RETENTION_DAYS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=36_500), help_heading = "Server")]
    pub retention_days: u32,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    Auto,
    Pretty,
    Json,
}

impl Config {
    /// The networks of reverse proxies that are believed.
    ///
    /// # Errors
    /// Names what is no network.
    pub fn trusted_proxies(&self) -> Result<Vec<IpNet>, ConfigError> {
        let read = |text: &str| proxies::network(text).map_err(|reason| invalid("TRUSTED_PROXIES", reason));
        self.server.trusted_proxies.iter().filter_map(|text| given(text)).map(read).collect()
    }

    /// The country of the business, two letters: configured, or that of the support line.
    #[must_use]
    pub fn home_country(&self) -> String {
        let support = || self.support_number().ok().and_then(|number| numbering::country_of(&number));
        let configured = self.server.country.as_deref().and_then(given).map(str::to_uppercase);
        // Without either, numbers need their country code, as the sandbox's own have.
        configured.or_else(support).unwrap_or_else(|| "GB".to_owned())
    }

    /// The address under which we are reached, without a slash at the end. `listening` is where we really listen.
    #[must_use]
    pub fn public_url(&self, listening: SocketAddr) -> String {
        match &self.server.public_url {
            Some(url) => url.trim_end_matches('/').to_owned(),
            None => format!("http://{}", reachable(listening)),
        }
    }

    /// Where recordings of audio sockets are kept.
    #[must_use]
    pub fn recordings_dir(&self) -> PathBuf {
        self.server.data_dir.join("recordings")
    }

    /// Where callers' messages are kept.
    #[must_use]
    pub fn voicemails_dir(&self) -> PathBuf {
        self.server.data_dir.join("voicemails")
    }

    /// Where calls wait for a database that is away.
    #[must_use]
    pub fn spool_dir(&self) -> PathBuf {
        self.server.data_dir.join("spool")
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
