//! `numbers`: the account's numbers, beside a running server.

use std::io::Write as _;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::offline;
use crate::config::Config;
use crate::domain::line::Line;
use crate::service::{Linked, NumberRefusal, Services};

#[derive(Debug, Subcommand)]
pub(super) enum NumbersCommand {
    /// List the account's numbers, and where each leads.
    List(Box<Config>),
    /// Lead a number to a line, such as: numbers line 442079460000 agent:Jane
    Line(Box<LineOf>),
    /// Link a number of the account's to the application, so that its calls come here.
    Link(Box<LinkOf>),
    /// Rent numbers, which costs money, link them to the application and lead them to a line.
    Provision(Box<Provision>),
}

#[derive(Debug, Args)]
pub(super) struct LineOf {
    /// The number, as people write it.
    number: String,
    /// support, private, unassigned, or with a name: agent:NAME, ivr:NAME, custom:ID, campaign:ID, audio-socket:NAME.
    line: String,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Args)]
pub(super) struct LinkOf {
    /// The number, as people write it.
    number: String,
    /// Take it although another application has it: its calls stop coming there.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Args)]
pub(super) struct Provision {
    /// Two letters, such as GB.
    #[arg(long)]
    country: String,
    /// How many.
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1000), default_value_t = 1)]
    count: u16,
    /// Where they lead, as for `numbers line`.
    #[arg(long, default_value = "private")]
    line: String,
    #[command(flatten)]
    config: Config,
}

/// `name` or `name:target`.
fn line_of(text: &str) -> anyhow::Result<Line> {
    let (name, target) = text.split_once(':').map_or((text, None), |(name, target)| (name, Some(target)));
    Line::parse(name.trim(), target.map(str::trim)).context("LINE")
}

pub(super) async fn run(command: &NumbersCommand) -> anyhow::Result<()> {
    let config = match command {
        NumbersCommand::List(config) => config,
        NumbersCommand::Line(line) => &line.config,
        NumbersCommand::Link(link) => &link.config,
        NumbersCommand::Provision(provision) => &provision.config,
    };
    let (offline, _) = offline::with_platform(config).await?;
    let done = with(&offline.services, command).await;
    offline.store.close().await;
    done
}

async fn with(services: &Services, command: &NumbersCommand) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    match command {
        NumbersCommand::List(_) => {
            for number in services.numbers.our_numbers().await? {
                let linked = match number.linked {
                    Linked::Ours => "linked",
                    Linked::Other => "linked to another application",
                    Linked::No => "not linked",
                    Linked::Gone => "no longer the account's",
                };
                let forwarded = number.forwarding.map_or_else(String::new, |kind| {
                    format!("; forwarded by {}, which outranks the application", kind.name().to_uppercase())
                });
                let target = number.line.target().map(|target| format!(":{target}")).unwrap_or_default();
                let features = number.features.join(",");
                writeln!(
                    out,
                    "{:16} {} {features:14} {}{target}  ({linked}{forwarded})",
                    number.number.digits(),
                    number.country,
                    number.line.name()
                )?;
            }
        }
        NumbersCommand::Line(wanted) => {
            let number = services.lines.read_own_number(&wanted.number).context("NUMBER")?;
            services.numbers.lead_number(&number, &line_of(&wanted.line)?).await?;
            writeln!(out, "{} leads to {}.", number.international(), wanted.line)?;
        }
        NumbersCommand::Link(wanted) => {
            let number = services.lines.read_own_number(&wanted.number).context("NUMBER")?;
            match services.numbers.link_number(&number, wanted.force).await {
                Err(refused @ NumberRefusal::Elsewhere { .. }) => {
                    return Err(refused).context("use --force to take it");
                }
                other => other?,
            }
            writeln!(out, "{} is linked: its calls come here.", number.international())?;
        }
        NumbersCommand::Provision(wanted) => {
            let line = line_of(&wanted.line)?;
            let rented = services.numbers.provision_numbers(&wanted.country, usize::from(wanted.count), &line).await?;
            for number in &rented.numbers {
                writeln!(out, "{}", number.digits())?;
            }
            if let Some(problem) = rented.problem {
                let (rented, wanted) = (rented.numbers.len(), wanted.count);
                return Err(problem).with_context(|| format!("{rented} of {wanted} numbers were rented"));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_with_or_without_a_name() {
        assert_eq!(line_of("private").unwrap(), Line::Private);
        assert_eq!(line_of("agent:Jane").unwrap(), Line::Agent("Jane".into()));
        assert!(format!("{:#}", line_of("agent").unwrap_err()).starts_with("LINE: the line agent needs"));
        assert!(line_of("nothing").is_err());
    }
}
