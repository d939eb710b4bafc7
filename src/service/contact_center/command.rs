//! What a console asks for, and what does it.

use super::after_call::AfterCall;
use super::board::Done;
use super::controls::Controls;
use super::dialling::Dialling;
use super::ending::Ending;
use super::handing_over::HandingOver;
use super::history::History;
use super::presence::Presence;
use super::tabs::Tabs;
use super::voicemail::Voicemails;
use crate::domain::contact_center::command::{Command, Reply};
use crate::service::accounts::Account;
use crate::service::core::ServiceError;
use crate::service::fail::Fail;

/// What consoles ask for.
#[derive(Clone)]
pub struct Consoles {
    pub(crate) tabs: Tabs,
    pub(super) presence: Presence,
    pub(super) controls: Controls,
    pub(super) ending: Ending,
    pub(super) handing_over: HandingOver,
    pub(in crate::service) dialling: Dialling,
    pub(super) after_call: AfterCall,
    pub(in crate::service) history: History,
    pub(super) voicemails: Voicemails,
}

impl Consoles {
    /// Does what an agent's console asks for. Whether they may ask at all is the caller's to know.
    ///
    /// # Errors
    /// When the database or the disk fails.
    pub async fn run(&self, agent: &Account, command: Command) -> Result<Reply, ServiceError> {
        match self.command(agent, command).await {
            Ok(reply) => Ok(reply),
            Err(Fail::Refused(refusal)) => Ok(Reply::Refused(refusal)),
            Err(Fail::Ours(error)) => Err(error),
        }
    }

    async fn command(&self, agent: &Account, command: Command) -> Done<Reply> {
        let (account, agent) = (agent.id.as_str(), agent.name.as_str());
        Ok(match command {
            Command::Heartbeat { tab, gone, unable } => {
                if let Some(leg) = gone {
                    self.tabs.leg_gone(agent, &leg).await?;
                }
                self.tabs.console_reports(account, agent, &tab, unable).await?;
                Reply::Beat(self.tabs.heartbeat(account, agent, &tab).await?)
            }
            Command::Softphone { tab, take_over } => {
                Reply::Softphone(self.tabs.softphone(account, agent, &tab, take_over).await?)
            }
            Command::CloseTab { tab } => {
                self.tabs.leave_desk(agent, &tab).await?;
                Reply::Done
            }

            Command::Presence { wish } => self.presence.set_presence(account, agent, wish).await?.into(),
            Command::CancelPending => self.presence.cancel_pending(agent).await?.into(),

            Command::Take { call } => self.controls.take(agent, &call).await?.into(),
            Command::Decline { offer } => self.controls.decline_offer(agent, &offer).await?.into(),
            Command::Hold { call, on } => self.controls.hold(agent, &call, on).await?.into(),
            Command::Mute { call, on } => self.controls.mute(agent, &call, on).await?.into(),
            Command::Keys { call, keys } => self.controls.send_keys(agent, &call, &keys).await?.into(),
            Command::HangUp { call } => self.ending.hang_up(agent, &call).await?.into(),
            Command::Leave { call } => self.ending.leave_call(agent, &call).await?.into(),
            Command::Transfer { call, target } => self.handing_over.transfer(agent, &call, &target).await?.into(),
            Command::Consult { call, target } => self.handing_over.consult(agent, &call, &target).await?.into(),
            Command::Complete { call } => self.handing_over.complete_transfer(agent, &call).await?.into(),
            Command::Back { call } => self.handing_over.back_to_caller(agent, &call).await?.into(),
            Command::Join { call } => self.handing_over.join_all(agent, &call).await?.into(),
            Command::Add { call, target } => self.handing_over.add_party(agent, &call, &target).await?.into(),
            Command::Remove { call, leg } => self.handing_over.remove_party(agent, &call, &leg).await?.into(),

            Command::CheckNumber { number } => Reply::Number(self.dialling.check_number(agent, &number).await?),
            Command::Dial(dial) => self.dialling.dial(agent, &dial).await?.into(),
            Command::Numbers => Reply::Numbers(self.dialling.numbers()),

            Command::Notes { call, text, disposition } => {
                self.after_call.save_notes(agent, &call, &text, disposition).await?.into()
            }
            Command::ExtendWrapUp { call } => self.after_call.extend_wrap_up(agent, &call).await?.into(),
            Command::FinishWrapUp { call } => self.after_call.finish_wrap_up(agent, &call).await?.into(),

            Command::History { show, before } => Reply::History(self.history.desk_history(agent, show, before).await?),
            Command::MissedSeen => self.history.missed_seen().await?.into(),
            Command::Claim { call } => self.history.claim(agent, &call).await?.into(),
            Command::Voicemails => Reply::Voicemails(self.voicemails.voicemails().await?),
            Command::VoicemailHeard { id } => self.voicemails.voicemail_heard(agent, &id).await?.into(),
            Command::VoicemailRetry { id } => self.voicemails.voicemail_retry(&id).await?.into(),
            Command::VoicemailDelete { id } => self.voicemails.voicemail_deleted(agent, &id).await?.into(),
        })
    }
}
