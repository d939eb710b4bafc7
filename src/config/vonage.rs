//! The platform: the account's credentials, its application's, and its hosts.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{Config, ConfigError, Secret, given, invalid};
use crate::domain::region::Region;

/// The platform's hosts where the region is its choice.
const API_URL: &str = "https://api.nexmo.com";
pub(super) const CLIENT_API_URL: &str = "https://api-us.vonage.com";
pub(super) const CLIENT_WS_URL: &str = "wss://ws-us.vonage.com";

/// The platform.
#[derive(Debug, Clone, Args)]
pub struct Vonage {
    /// The account's API key.
    #[arg(id = "VONAGE_API_KEY", long = "vonage-api-key", env = "VONAGE_API_KEY", help_heading = "Vonage")]
    pub api_key: Option<String>,
    /// The account's API secret.
    #[arg(
        id = "VONAGE_API_SECRET",
        long = "vonage-api-secret",
        env = "VONAGE_API_SECRET",
        hide_env_values = true,
        help_heading = "Vonage"
    )]
    pub api_secret: Option<Secret>,
    /// The application's id.
    #[arg(
        id = "VONAGE_APPLICATION_ID",
        long = "vonage-application-id",
        env = "VONAGE_APPLICATION_ID",
        help_heading = "Vonage"
    )]
    pub application_id: Option<String>,
    /// The application's private key, PEM. Line ends may be written as \n.
    #[arg(
        id = "VONAGE_PRIVATE_KEY",
        long = "vonage-private-key",
        env = "VONAGE_PRIVATE_KEY",
        hide_env_values = true,
        help_heading = "Vonage"
    )]
    pub private_key: Option<Secret>,
    /// A file with the application's private key, PEM.
    #[arg(
        id = "VONAGE_PRIVATE_KEY_FILE",
        long = "vonage-private-key-file",
        env = "VONAGE_PRIVATE_KEY_FILE",
        help_heading = "Vonage",
        conflicts_with = "VONAGE_PRIVATE_KEY"
    )]
    pub private_key_file: Option<PathBuf>,
    /// The account's signature secret, with which the platform signs webhooks. While it is exchanged: the new and the
    /// old one, separated by a comma.
    #[arg(
        id = "VONAGE_SIGNATURE_SECRET",
        long = "vonage-signature-secret",
        env = "VONAGE_SIGNATURE_SECRET",
        hide_env_values = true,
        value_delimiter = ',',
        help_heading = "Vonage"
    )]
    pub signature_secret: Vec<Secret>,
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
    #[arg(id = "VONAGE_API_URL", long = "vonage-api-url", env = "VONAGE_API_URL", default_value = API_URL, help_heading = "Vonage")]
    pub api_url: String,
    /// The platform's host for numbers and messages.
    #[arg(
        id = "VONAGE_REST_URL",
        long = "vonage-rest-url",
        env = "VONAGE_REST_URL",
        default_value = "https://rest.nexmo.com",
        help_heading = "Vonage"
    )]
    pub rest_url: String,
    /// Where the application's calls live: na-east, na-west, eu-west, eu-east, apac-sng or apac-australia. It is set at the
    /// platform (a new application, or Repair), users are made there, and browsers use its hosts unless VONAGE_API_URL,
    /// VONAGE_CLIENT_API_URL or VONAGE_CLIENT_WS_URL say otherwise. Without it the platform chooses. Whatever this says,
    /// a call that is under way is controlled where the platform says that it lives.
    #[arg(id = "VONAGE_REGION", long = "vonage-region", env = "VONAGE_REGION", value_parser = Region::parse, help_heading = "Vonage")]
    pub region: Option<Region>,
    /// The host that the Client SDK in browsers talks to. It must be in the region in which the users are created.
    #[arg(id = "VONAGE_CLIENT_API_URL", long = "vonage-client-api-url", env = "VONAGE_CLIENT_API_URL", default_value = CLIENT_API_URL, help_heading = "Vonage")]
    pub client_api_url: String,
    /// The WebSocket host of the Client SDK in browsers.
    #[arg(id = "VONAGE_CLIENT_WS_URL", long = "vonage-client-ws-url", env = "VONAGE_CLIENT_WS_URL", default_value = CLIENT_WS_URL, help_heading = "Vonage")]
    pub client_ws_url: String,
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
    // Blank is not set: compose files and CI pass variables on that have no value.
    pub(super) fn api_key(&self) -> Option<&str> {
        self.vonage.api_key.as_deref().and_then(given)
    }
    pub(super) fn api_secret(&self) -> Option<&str> {
        self.vonage.api_secret.as_ref().map(Secret::expose).and_then(given)
    }
    pub(super) fn application_id(&self) -> Option<&str> {
        self.vonage.application_id.as_deref().and_then(given)
    }
    pub(super) fn private_key(&self) -> Option<&str> {
        self.vonage.private_key.as_ref().map(Secret::expose).and_then(given)
    }
    pub(super) fn private_key_file(&self) -> Option<&Path> {
        self.vonage.private_key_file.as_deref().filter(|file| !file.as_os_str().is_empty())
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
        self.vonage.signature_secret.iter().map(Secret::expose).filter_map(given)
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
            api_secret: Secret::from(needed("VONAGE_API_SECRET", self.api_secret())?),
            application: match private_key {
                Some(key) => Some((needed("VONAGE_APPLICATION_ID", self.application_id())?, key)),
                None => None,
            },
        })
    }

    /// Where users and calls that we place ourselves are, when it is not `VONAGE_API_URL`.
    #[must_use]
    pub fn home_region_url(&self) -> Option<String> {
        self.vonage.region.filter(|_| self.vonage.api_url == API_URL).map(Region::api_url)
    }

    /// The host of the Client SDK in browsers.
    #[must_use]
    pub fn client_api_url(&self) -> String {
        let regional = self.vonage.region.filter(|_| self.vonage.client_api_url == CLIENT_API_URL);
        regional.map_or_else(|| self.vonage.client_api_url.clone(), Region::api_url)
    }

    /// The host of its socket.
    #[must_use]
    pub fn client_ws_url(&self) -> String {
        let regional = self.vonage.region.filter(|_| self.vonage.client_ws_url == CLIENT_WS_URL);
        regional.map_or_else(|| self.vonage.client_ws_url.clone(), Region::websocket_url)
    }
}

fn read_key(file: &Path) -> Result<Secret, ConfigError> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| invalid("VONAGE_PRIVATE_KEY_FILE", format!("{}: {error}", file.display())))?;
    Ok(Secret::from(text))
}
