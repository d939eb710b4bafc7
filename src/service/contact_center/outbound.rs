//! An agent's softphone calls out, and the platform asks what to do with it.

use serde_json::Value;

use super::answers::Answers;
use super::board::Done;
use super::draft::Step;
use crate::domain::click_to_call::say;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::desk::Refusal;
use crate::domain::contact_center::presence::Happening;
use crate::domain::ncco::Ncco;
use crate::domain::phone::E164;
use crate::service::core::ServiceError;
use crate::service::fail::Fail;
use crate::service::received::Ask;

/// How long an intent is good, ms.
const INTENT_MS: i64 = 60_000;

impl Answers {
    /// An agent's browser calls: it is outbound, whatever line the number would have. A refusal is spoken.
    pub(in crate::service) async fn answer_outbound(&self, ask: &Ask<'_>, agent: &str) -> Result<Ncco, ServiceError> {
        match self.outbound(ask, agent).await {
            Ok(flow) => Ok(flow),
            Err(Fail::Refused(refusal)) => Ok(say(sorry(&refusal))),
            Err(Fail::Ours(error)) => Err(error),
        }
    }

    async fn outbound(&self, ask: &Ask<'_>, agent: &str) -> Done<Ncco> {
        let (answer, store) = (ask.answer, &self.board.core.store);
        let Some(conversation) = answer.conversation_uuid.clone() else {
            return Ok(say("The call cannot be placed: the platform named no conversation."));
        };
        let number = self.dialling.callable(answer.to.as_deref().unwrap_or_default())?;
        let from = self.dialling.caller_id(agent).ok_or(Refusal::NoCallerId)?;
        if let Some(leg) = &answer.uuid
            && store.desk().call_of_leg(leg).await?.is_some()
        {
            // Asked a second time: the same answer.
            return Ok(self.outbound_flow(&from, number));
        }
        let now = self.board.now();
        match answer.custom_data.get("intent").and_then(Value::as_str) {
            Some(intent) => {
                let after = now - INTENT_MS;
                if !store.desk().use_intent(intent, agent, number.digits(), &conversation, after).await? {
                    return Ok(say("This call was placed already. Please dial again."));
                }
            }
            // A softphone elsewhere dials without asking; its limits are the same.
            None => {
                self.dialling.may_dial(agent).await?;
                let intent = self.board.core.random.id();
                store.desk().insert_intent(&intent, agent, number.digits(), now, Some(&conversation)).await?;
            }
        }
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
            return Ok(say("You are in another call. Please end it first."));
        }
        self.presence.agent_seen_elsewhere(agent).await?;
        Ok(self.outbound_flow(&from, number))
    }

    /// What an agent's own call runs: the flow that the operator chose for it, or the usual one.
    fn outbound_flow(&self, from: &E164, number: E164) -> Ncco {
        self.flows.outbound(from, &number).unwrap_or_else(|| self.board.hooks().outbound(from, number))
    }
}

/// Why a call is not placed, spoken to the agent.
fn sorry(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::BadNumber { .. } => "This is not a telephone number. Please check it and dial again.",
        Refusal::Country { .. } => "Calls to this country are not allowed.",
        Refusal::Policy { .. } => "This number may not be called, or no more calls are allowed today.",
        Refusal::TooMany { .. } => "You have placed many calls. Please wait a little.",
        _ => "The call cannot be placed at the moment.",
    }
}
