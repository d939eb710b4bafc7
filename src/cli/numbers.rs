//! `numbers`: numbers are rented beside a running server.

use std::io::Write as _;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::beside;
use super::platform::{self, Effects};
use crate::config::Config;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::service::private_calls;

#[derive(Debug, Subcommand)]
pub(super) enum NumbersCommand {
    /// Rent numbers that take calls and texts, link them, and lead them to a line. It costs money.
    Provision(Box<Provision>),
}

#[derive(Debug, Args)]
pub(super) struct Provision {
    /// Where: two letters, such as GB.
    #[arg(long, value_parser = country)]
    country: String,
    /// How many, 1 to 20.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=20))]
    count: u8,
    /// The line they lead to, such as private or campaign:spring.
    #[arg(long, default_value = "private", value_parser = line)]
    line: Line,
    #[command(flatten)]
    config: Config,
}

fn country(text: &str) -> Result<String, String> {
    let letters = text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic());
    if letters { Ok(text.to_ascii_uppercase()) } else { Err("a country is two letters, such as GB".to_owned()) }
}

fn line(text: &str) -> Result<Line, String> {
    let (name, target) = text.split_once(':').map_or((text, None), |(name, target)| (name, Some(target)));
    Line::parse(name, target).map_err(|error| error.to_string())
}

pub(super) async fn run(command: &NumbersCommand) -> anyhow::Result<()> {
    match command {
        NumbersCommand::Provision(provision) => rent(provision).await,
    }
}

async fn rent(provision: &Provision) -> anyhow::Result<()> {
    let client = platform::beside(&provision.config, &Effects::system()).await?;
    let beside = beside::open(&provision.config, client.clone()).await?;
    let done = async {
        let rented = private_calls::rent(&client, &provision.country, usize::from(provision.count))
            .await
            .context("looking for numbers")?;
        let mut out = std::io::stdout();
        for number in &rented.numbers {
            beside.services.add_number(&number.number, &number.country, &number.features, &provision.line).await?;
            writeln!(out, "{} leads to the line {}", number.number.international(), provision.line.name())?;
        }
        match rented.problem {
            Some(problem) => bail!("{problem} ({} of {} numbers rented)", rented.numbers.len(), provision.count),
            None => Ok(()),
        }
    };
    let done = done.await;
    beside.store.close().await;
    done
}

/// Two letters, such as `GB`; `None` for a number of no known country.
pub(super) fn country_of(number: &E164) -> Option<String> {
    private_calls::country_of(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_countries_by_their_numbers() {
        let country = |digits: &str| country_of(&E164::parse(digits).unwrap());
        assert_eq!(country("442079460000").as_deref(), Some("GB"));
        assert_eq!(country("14155550100").as_deref(), Some("US"));
        assert_eq!(country("8613800000000").as_deref(), Some("CN"));
    }

    #[test]
    fn reads_countries_and_lines() {
        assert_eq!(country("gb").as_deref(), Ok("GB"));
        assert!(country("GBR").is_err() && country("1!").is_err());
        assert_eq!(line("private"), Ok(Line::Private));
        assert_eq!(line("campaign:spring"), Ok(Line::Campaign("spring".into())));
        assert!(line("campaign").is_err());
    }
}
