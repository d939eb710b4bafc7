//! `config`: what the operator set up, as one file.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::offline;
use crate::config::Config;
use crate::domain::config_file::ConfigFile;
use crate::service::{Refusable as _, Services};

/// The longest file that is read, bytes: a logo and a thousand holidays are a fraction of it.
const LONGEST: u64 = 4 << 20;

#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Write business profile, hours, what agents choose from, spoken texts, queues, call flows, menus and where numbers lead
    /// to standard output, as JSON.
    Export(Box<Config>),
    /// Take over such a file, after all of it was checked. What changes is told, and what is left out: numbers that are not
    /// yours, lines to people and campaigns that are not there. The same file again changes nothing.
    Import(Box<Import>),
}

#[derive(Debug, Args)]
pub(super) struct Import {
    /// The file; - for standard input.
    file: PathBuf,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    config: Config,
}

pub(super) async fn run(command: &ConfigCommand) -> anyhow::Result<()> {
    let config = match command {
        ConfigCommand::Export(config) => config,
        ConfigCommand::Import(import) => &import.config,
    };
    let (offline, _) = offline::with_platform(config).await?;
    let done = match command {
        ConfigCommand::Export(_) => export(&offline.services, &mut std::io::stdout().lock()).await,
        ConfigCommand::Import(given) => match read(&given.file) {
            Ok(file) => import(&offline.services, &file, given.dry_run, &mut std::io::stdout().lock()).await,
            Err(error) => Err(error),
        },
    };
    offline.store.close().await;
    done
}

/// Writes what is set up.
pub(super) async fn export(services: &Services, out: &mut impl std::io::Write) -> anyhow::Result<()> {
    let file = services.export_config().await?;
    writeln!(out, "{}", serde_json::to_string_pretty(&file)?)?;
    Ok(())
}

/// Takes a file over, and tells what is different.
pub(super) async fn import(
    services: &Services,
    file: &ConfigFile,
    dry_run: bool,
    out: &mut impl std::io::Write,
) -> anyhow::Result<()> {
    let (_, left_out) = services.left_out_of_config(file).await?;
    let done = if dry_run { services.compare_config(file).await } else { services.import_config(file).await };
    let differences = match done.refusable()? {
        Ok(differences) => differences,
        Err(wrong) => {
            for problem in &wrong {
                writeln!(out, "{problem}")?;
            }
            bail!("the file was not imported: {} of its fields cannot be used", wrong.len());
        }
    };
    for difference in &differences {
        writeln!(out, "{difference}")?;
    }
    for problem in &left_out {
        writeln!(out, "! {problem}; left out")?;
    }
    let done = if dry_run { "would change" } else { "changed" };
    writeln!(out, "{} values {done}", differences.len())?;
    Ok(())
}

fn read(path: &Path) -> anyhow::Result<ConfigFile> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(LONGEST).read_to_string(&mut text).context("reading standard input")?;
    } else {
        let file = std::fs::File::open(path).with_context(|| format!("opening {}", path.display()))?;
        file.take(LONGEST).read_to_string(&mut text).with_context(|| format!("reading {}", path.display()))?;
    }
    serde_json::from_str(&text).with_context(|| format!("{} is not a configuration of ours", path.display()))
}
