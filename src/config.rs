//! The configuration: one struct whose `--help` is the manual, a section in each file beside this one.
//!
//! Every option is a flag and an environment variable; `.env` is read first. A flag wins over the environment, the
//! environment over `.env`. What is wrong is said with the option's name, before anything is started.

mod audio_sockets;
mod dialling;
mod metrics;
mod private_calls;
mod proxies;
mod sandbox;
mod secret;
mod server;
mod signs;
mod support;
#[cfg(test)]
mod tests;
mod vonage;

use clap::Args;

use crate::domain::account::SHORTEST_SECRET;
use crate::domain::dial_policy::DearKind;
use crate::domain::numbering;

pub use audio_sockets::AudioSockets;
pub use dialling::Dialling;
pub use metrics::MetricsAddr;
pub use private_calls::{NumberCheck, PrivateCalls};
pub use sandbox::Sandbox;
pub use secret::Secret;
pub use server::{Database, Listen, LogFormat, Server, reachable};
pub use support::{SANDBOX_DESTINATION_NUMBER, SANDBOX_SUPPORT_NUMBER, SupportLine};
pub use vonage::{RealPlatform, Vonage};

/// The options of `serve`.
#[derive(Debug, Clone, Args)]
pub struct Config {
    #[command(flatten)]
    pub listen: Listen,
    #[command(flatten)]
    pub database: Database,
    #[command(flatten)]
    pub server: Server,
    #[command(flatten)]
    pub support: SupportLine,
    #[command(flatten)]
    pub private_calls: PrivateCalls,
    #[command(flatten)]
    pub dialling: Dialling,
    #[command(flatten)]
    pub vonage: Vonage,
    #[command(flatten)]
    pub audio_sockets: AudioSockets,
    #[command(flatten)]
    pub sandbox: Sandbox,
    /// The account and application were entered on the setup page, and are in the database.
    #[arg(skip)]
    pub kept: bool,
    /// Variables that are set under names which are not read here, and what they are called here.
    #[arg(skip)]
    renamed: Vec<(&'static str, &'static str)>,
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

impl Config {
    /// Whether the sandbox stands in for the platform: when asked for, or when no Vonage credential is set at all.
    /// Whether it may, [`crate::domain::deployment::choose`] says.
    #[must_use]
    pub fn uses_sandbox(&self) -> bool {
        let any = [self.api_key(), self.api_secret(), self.application_id(), self.private_key()];
        let file = self.private_key_file().is_some();
        self.sandbox.wanted || !(file || any.iter().any(Option::is_some))
    }

    /// Checks what clap cannot: options that depend on each other.
    ///
    /// # Errors
    /// The first thing that is wrong, with the option's name and what to do.
    pub fn validate(&self) -> Result<(), ConfigError> {
        for (option, url, schemes) in [
            ("PUBLIC_URL", self.server.public_url.as_deref(), ["http", "https"]),
            ("SANDBOX_URL", self.sandbox.url.as_deref(), ["http", "https"]),
            ("VONAGE_API_URL", Some(self.vonage.api_url.as_str()), ["http", "https"]),
            ("VONAGE_REST_URL", Some(self.vonage.rest_url.as_str()), ["http", "https"]),
            ("VONAGE_CLIENT_API_URL", Some(self.vonage.client_api_url.as_str()), ["http", "https"]),
            ("VONAGE_CLIENT_WS_URL", Some(self.vonage.client_ws_url.as_str()), ["ws", "wss"]),
        ] {
            url.map_or(Ok(()), |url| check_url(option, url, schemes))?;
        }
        self.trusted_proxies()?;
        if let Some(country) = self.server.country.as_deref().and_then(given)
            && !numbering::is_country(&country.to_uppercase())
        {
            return Err(invalid("COUNTRY", format!("{country:?} is no country: two letters are needed, such as GB")));
        }
        for country in self.dialling.call_countries.iter().filter_map(|text| given(text)) {
            if !numbering::is_country(&country.to_uppercase()) {
                return Err(invalid("CALL_COUNTRIES", format!("{country:?} is no country: two letters are needed")));
            }
        }
        if let Some(word) =
            self.dialling.call_types.iter().filter_map(|text| given(text)).find(|word| DearKind::parse(word).is_none())
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
        if self.support.user.len() > 64 || !self.support.user.chars().all(is_plain) {
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
        if self.signature_secrets().next().is_none() && !self.vonage.allow_unsigned_webhooks {
            return Err(ConfigError::Missing {
                option: "VONAGE_SIGNATURE_SECRET",
                hint: "Without it nobody can tell the platform's webhooks from forged ones. It is in the dashboard under \
                       API settings. To go without all the same: --allow-unsigned-webhooks",
            });
        }
        let secrets = self.signature_secrets().map(|secret| ("VONAGE_SIGNATURE_SECRET", secret));
        let mobile = self.server.mobile_api_key.as_ref().map(Secret::expose).and_then(given);
        for (option, secret) in secrets.chain(mobile.map(|key| ("MOBILE_API_KEY", key))) {
            long_enough(option, secret)?;
        }
        self.support_number()?;
        self.destination_number().map(drop)
    }
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
