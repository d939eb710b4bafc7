//! `doctor`: the setup page's checklist in the terminal.

use std::io::Write as _;

use anyhow::bail;
use clap::Args;

use super::offline;
use crate::config::Config;
use crate::domain::deployment::Platform;
use crate::service::CheckState;

const PLATFORM: &str = "Platform";

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// Bring the application's webhooks at Vonage to what they should be first.
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    config: Config,
}

impl Doctor {
    #[cfg(test)]
    pub(super) fn of(config: Config) -> Self {
        Self { repair: false, config }
    }

    pub(super) fn noting_other_names(self, is_set: impl Fn(&str) -> bool) -> Self {
        Self { config: self.config.noting_other_names(is_set), ..self }
    }
}

/// Prints a line for each check; fails when one of them is bad.
pub(super) async fn run(doctor: &Doctor) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    match offline::chosen(&doctor.config).await {
        Ok(Platform::Real) => writeln!(out, "ok    {PLATFORM:20} real calls, at {}", doctor.config.vonage.api_url)?,
        Ok(Platform::Sandbox) => {
            writeln!(
                out,
                "warn  {PLATFORM:20} the sandbox: no call is real, and people on this machine sign in with one click"
            )?;
            writeln!(out, "{:27}-> set VONAGE_API_KEY and VONAGE_API_SECRET to go live", "")?;
        }
        Err(error) => {
            // Which platform the rest would be asked of cannot be said.
            writeln!(out, "FAIL  {PLATFORM:20} {error:#}")?;
            bail!("serve would not start");
        }
    }
    let (offline, _) = offline::with_platform(&doctor.config).await?;
    let done = check(&offline.services, doctor.repair).await;
    offline.store.close().await;
    done
}

async fn check(services: &crate::service::Services, repair: bool) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    if repair {
        services.setup.repair_application().await?;
        writeln!(out, "The application was repaired.")?;
    }
    let (mut bad, mut away) = (0, false);
    for check in services.setup.checklist().await {
        let (name, _) = check.what.words();
        let mark = match check.state {
            CheckState::Good => "ok   ",
            CheckState::Doubtful => "warn ",
            CheckState::Bad => "FAIL ",
            CheckState::Open => "  -  ",
        };
        bad += usize::from(check.state == CheckState::Bad);
        away |= check.found.is_platform_away();
        writeln!(out, "{mark} {name:20} {}", check.found.to_string().replace('\n', &format!("\n{:27}", "")))?;
        if let Some(fix) = check.fix() {
            writeln!(out, "{:27}-> {fix}", "")?;
        }
    }
    if bad > 0 {
        bail!("{bad} of the checks failed");
    }
    if away {
        bail!("the platform did not answer, so not everything could be checked");
    }
    Ok(())
}
