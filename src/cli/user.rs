//! `user`: accounts, made beside a running server.

use std::io::Write as _;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::offline;
use crate::config::Config;
use crate::domain::account::Role;
use crate::service::NewMember;

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Make an account and print its invitation: a link that is good once, for a week.
    Add(Box<Add>),
    /// Print a new link for an account, for a password that was forgotten. The link before is worth nothing.
    Invite(Box<Invite>),
    /// List everybody: name, role, state.
    List(Box<Config>),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// What they sign in with; for agents the name that call flows use, such as Jane.
    #[arg(long)]
    name: String,
    /// What people read; the name when it is not given.
    #[arg(long, default_value = "")]
    display_name: String,
    /// agent, supervisor or operator.
    #[arg(long, value_parser = role, default_value = "agent")]
    role: Role,
    #[command(flatten)]
    config: Config,
}

#[derive(Debug, Args)]
pub(super) struct Invite {
    /// Whom to invite.
    #[arg(long)]
    name: String,
    #[command(flatten)]
    config: Config,
}

fn role(word: &str) -> Result<Role, String> {
    Role::parse(word).ok_or_else(|| "the roles are agent, supervisor and operator".to_owned())
}

pub(super) async fn run(command: &UserCommand) -> anyhow::Result<()> {
    let config = match command {
        UserCommand::Add(add) => &add.config,
        UserCommand::Invite(invite) => &invite.config,
        UserCommand::List(config) => config,
    };
    let offline = offline::open(config, offline::without_platform(config)?).await?;
    let done = with(&offline.services, config, command).await;
    offline.store.close().await;
    done
}

async fn with(services: &crate::service::Services, config: &Config, command: &UserCommand) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    let url = |path: &str| format!("{}{path}", config.public_url(config.listen.addr()));
    match command {
        UserCommand::Add(add) => {
            let new = NewMember { name: add.name.clone(), display_name: add.display_name.clone(), role: add.role };
            let link = services.team.add_member(&new).await?;
            writeln!(
                out,
                "{} may sign in as {}, once a password is set. This link is good once, for a week:",
                link.name,
                add.role.name()
            )?;
            writeln!(out, "{}", url(&link.path))?;
        }
        UserCommand::Invite(invite) => {
            let members = services.team.members().await?;
            let found = members.iter().find(|member| member.account.name.eq_ignore_ascii_case(invite.name.trim()));
            let Some(member) = found else { bail!("there is nobody called {:?}", invite.name) };
            let Some(link) = services.team.invite(&member.account.id).await? else {
                bail!("{} is of the sandbox and has no password", member.account.name);
            };
            writeln!(out, "This link is good once, for a week:\n{}", url(&link.path))?;
        }
        UserCommand::List(_) => {
            for member in services.team.members().await? {
                let state = match (member.disabled, member.demo, member.waiting) {
                    (true, _, _) => "disabled",
                    (_, true, _) => "of the sandbox",
                    (_, _, true) => "invited",
                    _ => "active",
                };
                writeln!(out, "{:20} {:12} {state}", member.account.name, member.account.role.name())?;
            }
        }
    }
    Ok(())
}
