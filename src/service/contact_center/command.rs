//! What a console asks for, and what does it.

use super::{ContactCenter, ServiceError};
use crate::domain::contact_center::command::{Command, Reply};
use crate::service::Account;

impl ContactCenter {
    /// Does what an agent's console asks for. Whether they may ask at all is the caller's to know.
    ///
    /// # Errors
    /// When the database or the disk fails.
    pub async fn run(&self, agent: &Account, command: Command) -> Result<Reply, ServiceError> {
        let (account, agent) = (agent.id.as_str(), agent.name.as_str());
        Ok(match command {
            Command::Heartbeat { tab, gone, unable } => {
                if let Some(leg) = gone {
                    self.leg_gone(agent, &leg).await?;
                }
                self.console_reports(account, agent, &tab, unable).await?;
                Reply::Beat(self.heartbeat(account, agent, &tab).await?)
            }
            Command::Softphone { tab, take_over } => {
                self.softphone(account, agent, &tab, take_over).await?.map_or_else(Reply::Refused, Reply::Softphone)
            }
            Command::CloseTab { tab } => {
                self.leave_desk(agent, &tab).await?;
                Reply::Done
            }

            Command::Presence { wish } => self.set_presence(account, agent, wish).await?.into(),
            Command::CancelPending => self.cancel_pending(agent).await?.into(),

            Command::Decline { offer } => self.decline_offer(agent, &offer).await?.into(),
            Command::Hold { call, on } => self.hold(agent, &call, on).await?.into(),
            Command::Mute { call, on } => self.mute(agent, &call, on).await?.into(),
            Command::Keys { call, keys } => self.send_keys(agent, &call, &keys).await?.into(),
            Command::HangUp { call } => self.hang_up(agent, &call).await?.into(),
            Command::Leave { call } => self.leave_call(agent, &call).await?.into(),
            Command::Transfer { call, target } => self.transfer(agent, &call, &target).await?.into(),
            Command::Consult { call, target } => self.consult(agent, &call, &target).await?.into(),
            Command::Complete { call } => self.complete_transfer(agent, &call).await?.into(),
            Command::Back { call } => self.back_to_caller(agent, &call).await?.into(),
            Command::Join { call } => self.join_all(agent, &call).await?.into(),
            Command::Add { call, target } => self.add_party(agent, &call, &target).await?.into(),
            Command::Remove { call, leg } => self.remove_party(agent, &call, &leg).await?.into(),

            Command::CheckNumber { number } => Reply::Number(self.check_number(&number)),
            Command::Dial { number } => self.dial(agent, &number).await?.into(),

            Command::Notes { call, text, disposition } => {
                self.save_notes(agent, &call, &text, disposition).await?.into()
            }
            Command::ExtendWrapUp { call } => self.extend_wrap_up(agent, &call).await?.into(),
            Command::FinishWrapUp { call } => self.finish_wrap_up(agent, &call).await?.into(),

            Command::History { show, before } => Reply::History(self.desk_history(agent, show, before).await?),
            Command::MissedSeen => self.missed_seen().await?.into(),
            Command::Claim { call } => self.claim(agent, &call).await?.into(),
            Command::Voicemails => Reply::Voicemails(self.voicemails().await?),
            Command::VoicemailHeard { id } => self.voicemail_heard(agent, &id).await?.into(),
            Command::VoicemailRetry { id } => self.voicemail_retry(&id).await?.into(),
            Command::VoicemailDelete { id } => self.voicemail_deleted(agent, &id).await?.into(),
        })
    }
}
