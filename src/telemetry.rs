//! Logs: pretty for people at a terminal, JSON for machines. Depends on nothing of ours.
//!
//! What may be logged: ids, states, durations. Never a secret, never a whole telephone number, never a query string.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};

/// Chatty libraries are held down unless the operator names them.
const QUIET: &str = "hyper=warn,h2=warn,rustls=warn,sqlx=warn,str0m=warn,tower_sessions=warn,leptos=warn";

/// Why logging could not be started.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    #[error("LOG: {0}")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("logging was started before: {0}")]
    Again(#[from] TryInitError),
}

/// Starts logging to standard error, so that standard output stays for what commands print.
///
/// `filter` is in `tracing`'s own language (`switchboard=debug,info`); `json` `None` decides by whether standard error is
/// a terminal.
///
/// # Errors
/// When the filter cannot be read, or something else logs already.
pub fn start(filter: &str, json: Option<bool>) -> Result<(), TelemetryError> {
    let filter = EnvFilter::builder().parse(format!("{QUIET},{filter}"))?;
    let terminal = std::io::stderr().is_terminal();
    let registry = tracing_subscriber::registry().with(filter);
    if json.unwrap_or(!terminal) {
        let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(std::io::stderr);
        registry.with(lines).try_init()?;
    } else {
        let lines =
            tracing_subscriber::fmt::layer().with_target(false).with_ansi(terminal).with_writer(std::io::stderr);
        registry.with(lines).try_init()?;
    }
    Ok(())
}
