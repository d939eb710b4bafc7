//! `api-key`: keys for the JSON interfaces, made beside a running server.

use std::io::Write as _;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use crate::config::Database;
use crate::service::{Clock, Random, SystemClock, SystemRandom, create_api_key};
use crate::store::Store;

#[derive(Debug, Subcommand)]
pub(super) enum ApiKeyCommand {
    /// Make a key. It is printed once, as the last word; only a hash of it is kept.
    Create(Create),
    /// List the keys: id, name, last use.
    List(Database),
    /// End a key at once.
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// What the key is for, such as the name of the system that will use it.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    database: Database,
}

#[derive(Debug, Args)]
pub(super) struct Revoke {
    /// The key's id, as `api-key list` prints it.
    id: String,
    #[command(flatten)]
    database: Database,
}

pub(super) async fn run(command: &ApiKeyCommand) -> anyhow::Result<()> {
    let database = match command {
        ApiKeyCommand::Create(create) => &create.database,
        ApiKeyCommand::List(database) => database,
        ApiKeyCommand::Revoke(revoke) => &revoke.database,
    };
    let store = Store::open(database.database_url.expose()).await.context("opening the database (DATABASE_URL)")?;
    store.migrate().await.context("bringing the database up to date")?;
    let done = with(&store, command).await;
    store.close().await;
    done
}

async fn with(store: &Store, command: &ApiKeyCommand) -> anyhow::Result<()> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let mut out = std::io::stdout();
    match command {
        ApiKeyCommand::Create(create) => {
            let (key, secret) = create_api_key(store, &clock, &random, &create.name).await?;
            writeln!(out, "The key {:?} ({}) is shown this once: {secret}", key.name, key.id)?;
        }
        ApiKeyCommand::List(_) => {
            let keys = store.accounts().api_keys().await?;
            if keys.is_empty() {
                writeln!(out, "There is no key yet. Make one: switchboard api-key create --name NAME")?;
            }
            for key in keys {
                let state = match (key.revoked_at, key.used_at) {
                    (Some(_), _) => "revoked".to_owned(),
                    (None, None) => "never used".to_owned(),
                    (None, Some(at)) => format!("last used {} s ago", (clock.now_ms() - at).max(0) / 1000),
                };
                writeln!(out, "{}  {}  {state}", key.id, key.name)?;
            }
        }
        ApiKeyCommand::Revoke(revoke) => {
            if !store.accounts().revoke_api_key(&revoke.id, clock.now_ms()).await? {
                bail!("there is no such key that is still good: {}", revoke.id);
            }
            writeln!(out, "The key {} is revoked.", revoke.id)?;
        }
    }
    Ok(())
}
