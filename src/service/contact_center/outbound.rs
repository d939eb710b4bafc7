//! An agent's softphone calls out, and the platform asks what to do with it.

use serde_json::Value;

use super::answers::Answers;
use super::board::Done;
use super::draft::Step;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::desk::Refusal;
use crate::domain::contact_center::presence::Happening;
use crate::domain::ncco::Ncco;
use crate::domain::phone::E164;
use crate::domain::spoken::Text;
use crate::service::core::ServiceError;
use crate::service::fail::Fail;
use crate::service::received::Ask;
use crate::store::NewIntent;

/// How long an intent is good, ms.
const INTENT_MS: i64 = 60_000;

impl Answers {
    /// An agent's browser calls: it is outbound, whatever line the number would have. A refusal is spoken.
    pub(in crate::service) async fn answer_outbound(&self, ask: &Ask<'_>, agent: &str) -> Result<Ncco, ServiceError> {
        match self.outbound(ask, agent).await {
            Ok(flow) => Ok(flow),
            Err(Fail::Refused(refusal)) => Ok(self.said(sorry(&refusal))),
            Err(Fail::Ours(error)) => Err(error),
        }
    }

    async fn outbound(&self, ask: &Ask<'_>, agent: &str) -> Done<Ncco> {
        let (answer, store) = (ask.answer, &self.board.core.store);
        let Some(conversation) = answer.conversation_uuid.clone() else {
            tracing::error!("an agent's call came without a conversation");
            return Ok(self.said(Text::SoftphoneUnable));
        };
        let number = self.dialling.callable(answer.to.as_deref().unwrap_or_default())?;
        if let Some(leg) = &answer.uuid
            && let Some(placed) = store.desk().call_of_leg(leg).await?
        {
            // Asked a second time: the same answer.
            let from = self.dialling.decided_before(agent, &number, placed.call.ours.as_deref()).await?;
            return Ok(self.outbound_flow(&from, number));
        }
        let now = self.board.now();
        let from = match answer.custom_data.get("intent").and_then(Value::as_str) {
            Some(intent) => {
                let after = now - INTENT_MS;
                let used = store.desk().use_intent(intent, agent, number.digits(), &conversation, after).await?;
                let Some(shown) = used else { return Ok(self.said(Text::SoftphoneAgain)) };
                self.dialling.decided_before(agent, &number, shown.as_deref()).await?
            }
            // A softphone elsewhere dials without asking; its limits are the same.
            None => {
                self.dialling.may_dial(agent).await?;
                let intent = self.board.core.random.id();
                let from = self.dialling.caller_id(agent, Some(&number)).await?;
                let new = NewIntent {
                    id: &intent,
                    agent,
                    number: number.digits(),
                    shown: Some(from.digits()),
                    made_at: now,
                    used_by: Some(&conversation),
                };
                store.desk().insert_intent(new).await?;
                from
            }
        };
        if self.board.agent(agent).await?.is_none()
            && let Some(account) = store.accounts().named(agent).await?
        {
            self.presence.make_agent(&account.id, agent).await?;
        }
        let (from_number, to_number, conversation) = (&from, &number, &conversation);
        let placed = self.board.commit_with(|mut draft| async move {
            let me = self.board.agent(agent).await?.ok_or(Refusal::Gone)?;
            let call = DeskCall {
                id: self.board.core.random.id(),
                outbound: true,
                line: "outbound".into(),
                target: Some(agent.to_owned()),
                ours: Some(from_number.digits().to_owned()),
                number: Some(to_number.digits().to_owned()),
                conversation: conversation.clone(),
                region: self.board.region_of(answer),
                phase: Phase::Ringing,
                agent: Some(agent.to_owned()),
                agent_leg: answer.uuid.clone(),
                created_at: now,
                ..DeskCall::default()
            };
            if draft.step(&me, Happening::Dials, Some(&call.id)).is_err() {
                return Ok(Step::Nothing(false));
            }
            draft.new_call(&call);
            draft.write(true)
        });
        let placed: Done<bool> = placed.await;
        if !placed? {
            return Ok(self.said(Text::SoftphoneBusy));
        }
        self.presence.agent_seen_elsewhere(agent).await?;
        Ok(self.outbound_flow(&from, number))
    }

    /// Agents hear the language of the business.
    fn said(&self, text: Text) -> Ncco {
        self.board.core.speech(None).only(text)
    }

    /// What an agent's own call runs: the flow that the operator chose for it, or the usual one.
    fn outbound_flow(&self, from: &E164, number: E164) -> Ncco {
        self.flows.outbound(from, &number).unwrap_or_else(|| self.board.hooks().outbound(from, number))
    }
}

/// Why a call is not placed, spoken to the agent.
fn sorry(refusal: &Refusal) -> Text {
    match refusal {
        Refusal::BadNumber { .. } => Text::SoftphoneNumber,
        Refusal::Country { .. } => Text::SoftphoneCountry,
        Refusal::Policy { .. } => Text::SoftphonePolicy,
        Refusal::TooMany { .. } => Text::SoftphoneTooMany,
        _ => Text::SoftphoneUnable,
    }
}
