//! `doctor`: the setup page's guide in the terminal.

use std::io::Write as _;

use anyhow::bail;
use clap::Args;

use super::offline;
use crate::config::Config;
use crate::domain::checklist::{CheckState, Guided, Standing};
use crate::domain::deployment::Platform;

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
    let guide = services.setup.guide().await?;
    write!(out, "{}", told(&guide))?;
    // What the operator skips is not asked for.
    let wanted = guide.iter().filter(|guided| guided.standing != Standing::Skipped);
    let wanted = wanted.flat_map(|guided| &guided.checks).collect::<Vec<_>>();
    let bad = wanted.iter().filter(|check| check.state == CheckState::Bad).count();
    if bad > 0 {
        bail!("{bad} of the checks failed");
    }
    if wanted.iter().any(|check| check.found.is_platform_away()) {
        bail!("the platform did not answer, so not everything could be checked");
    }
    Ok(())
}

/// The guide of the setup page, a line for each check under its step.
fn told(guide: &[Guided]) -> String {
    let mut text = String::new();
    let steps = guide.len();
    for (at, Guided { step, standing, checks }) in guide.iter().enumerate() {
        let standing_word = match standing {
            Standing::Done => "done",
            Standing::Skipped => "skipped at /admin/setup",
            Standing::Left => "to do",
            Standing::Waits => "waits",
        };
        text.push_str(&format!("\nStep {} of {steps}: {}: {standing_word}\n", at + 1, step.title()));
        for check in checks {
            let (name, _) = check.what.words();
            let mark = match check.state {
                CheckState::Good => "ok   ",
                _ if *standing == Standing::Skipped => "skip ",
                CheckState::Doubtful => "warn ",
                CheckState::Bad => "FAIL ",
                CheckState::Open => "  -  ",
            };
            let found = check.found.to_string().replace('\n', &format!("\n{:27}", ""));
            text.push_str(&format!("{mark} {name:20} {found}\n"));
            if let Some(fix) = check.fix().filter(|_| *standing != Standing::Skipped) {
                text.push_str(&format!("{:27}-> {fix}\n", ""));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::checklist::{Check, CheckKind, Found, Step, guide};

    #[test]
    fn the_guide_is_told_step_by_step_with_what_to_do() {
        let check = |what, state, found| Check::new(what, (state, found));
        let checks = [
            check(CheckKind::Business, CheckState::Good, Found::Text("Bluebird".into())),
            check(CheckKind::Credentials, CheckState::Bad, Found::Nothing),
            check(CheckKind::Users, CheckState::Open, Found::Unasked),
            check(CheckKind::Hours, CheckState::Open, Found::Hours(false)),
        ];
        let text = told(&guide(&checks, &[Step::Hours].into()));
        assert_eq!(
            text.lines().map(str::trim_end).collect::<Vec<_>>(),
            [
                "",
                "Step 1 of 4: Business: done",
                "ok    Business             Bluebird",
                "",
                "Step 2 of 4: Platform account: to do",
                "FAIL  API key and secret",
                "                           -> set VONAGE_API_KEY and VONAGE_API_SECRET, or enter them at /admin/setup",
                "",
                "Step 3 of 4: People: waits",
                "  -   Users                to be checked when what stands above is right",
                "",
                "Step 4 of 4: Opening hours: skipped at /admin/setup",
                "skip  Opening hours        always open: no hours are set",
            ]
        );
    }
}
