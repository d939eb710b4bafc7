//! Which command, and what its failure looks like.

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{Parser, Subcommand};

use super::api_key::{self, ApiKeyCommand};
use super::config_file::{self, ConfigCommand};
use super::doctor::{self, Doctor};
use super::numbers::{self, NumbersCommand};
use super::serve;
use super::user::{self, UserCommand};
use crate::config::{Config, Database, Listen, LogFormat, reachable};
use crate::service::call_tracking::{self, Verified};
use crate::store::Store;
use crate::{telemetry, vonage};

/// Switchboard answers a business's telephone on the Vonage voice platform.
///
/// Without a command it serves; without Vonage credentials, and when nothing points to production, it serves a built-in
/// stand-in for the platform, which needs no account, no telephone and no internet. Options can also be given in the environment or in a file .env.
#[derive(Debug, Parser)]
#[command(name = "switchboard", version, args_conflicts_with_subcommands = true, max_term_width = 120)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the application (the default).
    Serve(Box<Config>),
    /// Bring the database up to date. `serve` does it too; this is for doing it beforehand.
    Migrate(Database),
    /// The account's numbers: which line each leads to, and renting them.
    #[command(subcommand)]
    Numbers(NumbersCommand),
    /// What you set up (business, hours, what agents choose from, call flows) as one file: to keep, compare and carry over.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Check everything that must be right before a call can come in, and say how to put it right.
    Doctor(Box<Doctor>),
    /// People who may sign in.
    #[command(subcommand)]
    User(UserCommand),
    /// Count every chart's figures again and compare them with what is kept: exit status 0 or 1. Safe beside a server.
    Verify(Database),
    /// Keys of your own systems for the JSON interfaces (`/api/openapi.json` describes them).
    #[command(subcommand)]
    ApiKey(ApiKeyCommand),
    /// Ask a running server whether it is alive: exit status 0 or 1, for containers.
    Healthcheck(Listen),
}

/// Reads `.env` and the command line, and runs the command.
#[must_use]
pub fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The whole chain in one line: what we did, and why it failed.
            let _ = writeln!(std::io::stderr(), "switchboard: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    // Before anything else, while there is one thread: this changes the process's environment.
    match dotenvy::dotenv() {
        Ok(_) => {}
        Err(error) if error.not_found() => {}
        Err(error) => bail!(".env: {error}"),
    }
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let done = match cli.command.unwrap_or(Command::Serve(Box::new(cli.config))) {
        Command::Serve(config) => {
            let config = config.noting_other_names(is_set);
            config.validate()?;
            let json = match config.server.log_format {
                LogFormat::Auto => None,
                format => Some(format == LogFormat::Json),
            };
            telemetry::start(&config.server.log, json)?;
            runtime.block_on(serve::serve(&config))
        }
        Command::Migrate(database) => runtime.block_on(migrate(&database)),
        Command::Config(command) => runtime.block_on(config_file::run(&command)),
        Command::Numbers(command) => runtime.block_on(numbers::run(&command)),
        Command::Doctor(doctor) => runtime.block_on(doctor::run(&doctor.noting_other_names(is_set))),
        Command::User(command) => runtime.block_on(user::run(&command)),
        Command::Verify(database) => runtime.block_on(verify(&database)),
        Command::ApiKey(command) => runtime.block_on(api_key::run(&command)),
        Command::Healthcheck(listen) => runtime.block_on(healthcheck(&listen)),
    };
    // A task that hangs must not keep the process: everything that has to be finished is.
    runtime.shutdown_timeout(Duration::from_millis(500));
    done
}

/// Whether a variable of the environment has a value.
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

async fn migrate(database: &Database) -> anyhow::Result<()> {
    let store = Store::open(database.database_url.expose()).await.context("opening the database")?;
    store.migrate().await.context("bringing the database up to date")?;
    store.close().await;
    writeln!(std::io::stdout(), "The database is up to date.")?;
    Ok(())
}

async fn verify(database: &Database) -> anyhow::Result<()> {
    let store = Store::open(database.database_url.expose()).await.context("opening the database (DATABASE_URL)")?;
    let verified = call_tracking::verify(&store).await.context("counting again")?;
    store.close().await;
    let Verified { calls, rows, differences, first } = verified;
    let mut out = std::io::stdout();
    for difference in first {
        writeln!(out, "differs: {difference}")?;
    }
    writeln!(out, "{calls} tracked calls and {rows} rows of the rollup compared, {differences} differences")?;
    if differences > 0 {
        bail!("what is kept is not what the calls say");
    }
    Ok(())
}

async fn healthcheck(listen: &Listen) -> anyhow::Result<()> {
    let url = format!("http://{}/healthz", reachable(listen.addr()));
    let answer = vonage::client::http()?.get(&url).timeout(Duration::from_secs(3)).send().await;
    let status = answer.map_err(reqwest::Error::without_url).with_context(|| format!("no answer from {url}"))?.status();
    if !status.is_success() {
        bail!("{url} answered {status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_every_option_is_explained() {
        let command = Cli::command();
        command.clone().debug_assert();
        for argument in
            command.get_arguments().filter(|argument| argument.get_id() != "help" && argument.get_id() != "version")
        {
            let name = argument.get_id();
            assert!(argument.get_help().is_some_and(|help| !help.to_string().is_empty()), "{name} has no help");
            assert!(argument.get_env().is_some(), "{name} has no environment variable");
        }
    }

    #[test]
    fn serving_is_the_default_and_takes_the_same_options() {
        let bare = Cli::parse_from(["switchboard", "--port", "4000"]);
        assert!(bare.command.is_none());
        assert_eq!(bare.config.listen.port, 4000);
        let named = Cli::parse_from(["switchboard", "serve", "--port", "4000", "--sandbox"]);
        assert!(
            matches!(named.command, Some(Command::Serve(config)) if config.listen.port == 4000 && config.sandbox.wanted)
        );
        assert!(Cli::try_parse_from(["switchboard", "--port", "1", "migrate"]).is_err());
    }

    /// The example must name every option, and name none that is not there.
    #[test]
    fn the_example_environment_names_every_option() {
        let text = include_str!("../../.env.example");
        let named: std::collections::BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.trim_start_matches("# ").split_once('=').map(|(name, _)| name))
            .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
            .collect();
        let command = Cli::command();
        let known =
            command.get_arguments().filter_map(|argument| argument.get_env()).map(|name| name.to_str().unwrap());
        assert_eq!(named, known.collect());
    }
}
