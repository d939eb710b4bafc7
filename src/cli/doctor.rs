//! `doctor`: the setup page's checklist in the terminal.

use std::io::Write as _;

use anyhow::bail;
use clap::Args;

use super::beside;
use crate::config::Config;
use crate::service::CheckState;

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Bring the application's webhooks at Vonage to what they should be first.
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    config: Config,
}

/// Prints a line for each check; fails when one of them is bad.
pub(super) async fn run(doctor: &Doctor) -> anyhow::Result<()> {
    let (beside, _) = beside::with_platform(&doctor.config).await?;
    let done = check(&beside.services, doctor.repair).await;
    beside.store.close().await;
    done
}

async fn check(services: &crate::service::Services, repair: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    if repair {
        services.repair_application().await?;
        writeln!(out, "The application was repaired.")?;
    }
    let mut bad = 0;
    for check in services.checklist().await {
        let (name, fix) = check.what.words();
        let (mark, advise) = match check.state {
            CheckState::Good => ("ok   ", false),
            CheckState::Doubtful => ("warn ", true),
            CheckState::Bad => ("FAIL ", true),
            CheckState::Open => ("  -  ", true),
        };
        bad += usize::from(check.state == CheckState::Bad);
        writeln!(out, "{mark} {name:20} {}", check.found.to_string().replace('\n', &format!("\n{:27}", "")))?;
        if advise {
            writeln!(out, "{:27}-> {fix}", "")?;
        }
    }
    if bad > 0 {
        bail!("{bad} of the checks failed");
    }
    Ok(())
}
