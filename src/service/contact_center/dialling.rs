//! An agent calls out: to which countries, how often, from which number, and each intent at most once.

use serde_json::Value;

use super::{ATTEMPTS, ContactCenter, Draft, ServiceError, TOO_BUSY};
use crate::domain::click_to_call::say;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::desk::{DialContext, DialOutcome, NumberCheck, Refusal};
use crate::domain::contact_center::presence::Happening;
use crate::domain::line::Line;
use crate::domain::ncco::Ncco;
use crate::domain::phone::E164;
use crate::service::country_of;
use crate::service::webhooks::Ask;

/// How long an intent is good, ms.
const INTENT_MS: i64 = 60_000;

impl ContactCenter {
    /// Is this a number, and may it be called?
    #[must_use]
    pub fn check_number(&self, text: &str) -> NumberCheck {
        let number = self.lines.read_number(text).ok();
        NumberCheck {
            shown: number.as_ref().map(E164::grouped),
            country: number.as_ref().and_then(country_of),
            refusal: self.callable(text).err(),
        }
    }

    /// Allows an agent one call to a number.
    pub async fn dial(&self, agent: &str, text: &str) -> Result<DialOutcome, ServiceError> {
        let number = match self.callable(text) {
            Ok(number) => number,
            Err(refusal) => return Ok(DialOutcome::Refused(refusal)),
        };
        if self.caller_id(agent).is_none() {
            return Ok(DialOutcome::Refused(Refusal::NoCallerId));
        }
        let Some(me) = self.agent(agent).await? else { return Ok(DialOutcome::Refused(Refusal::Gone)) };
        if let Some(unable) = me.standing.unable {
            return Ok(DialOutcome::Refused(Refusal::Unable { unable }));
        }
        if me.standing.step(Happening::Dials).is_err() {
            return Ok(DialOutcome::Refused(Refusal::NotNow { is: me.standing.state }));
        }
        if let Err(refusal) = self.may_dial(agent).await? {
            return Ok(DialOutcome::Refused(refusal));
        }
        if let Err(rule) = self.dial.has_room().await? {
            return Ok(DialOutcome::Refused(rule.into()));
        }
        let intent = self.core.random.id();
        self.core.store.desk().insert_intent(&intent, agent, number.digits(), self.core.clock.now_ms(), None).await?;
        let context = DialContext { to: number.digits().to_owned(), intent };
        Ok(DialOutcome::Go { context, shown: number.grouped() })
    }

    /// The number, if it is one that may be called.
    pub(in crate::service) fn callable(&self, text: &str) -> Result<E164, Refusal> {
        let number = self.lines.read_number(text).map_err(|reason| Refusal::BadNumber { reason })?;
        match self.dial.may_be_dialled(&number) {
            Ok(()) => Ok(number),
            Err(rule) => Err(rule.into()),
        }
    }

    /// The number shown to those whom an agent calls: their own, else the support line's.
    pub(super) fn caller_id(&self, agent: &str) -> Option<E164> {
        let directory = self.lines.directory();
        let own = |line: &Line| *line == Line::Agent(agent.to_owned());
        let mut own: Vec<&E164> =
            directory.numbers.iter().filter(|(_, line)| own(line)).map(|(number, _)| number).collect();
        own.sort();
        Some(own.first().map_or_else(|| directory.support.clone(), |number| (*number).clone()))
    }

    /// Does the agent place calls too fast?
    pub(super) async fn may_dial(&self, agent: &str) -> Result<Result<(), Refusal>, ServiceError> {
        let (settings, now) = (&self.core.settings.desk, self.core.clock.now_ms());
        for (window, most) in [
            (60_000, settings.dials_per_minute),
            (3_600_000, settings.dials_per_hour),
            (86_400_000, settings.dials_per_day),
        ] {
            let (count, first) = self.core.store.desk().count_intents(agent, now - window).await?;
            if count >= i64::from(most) {
                let wait = first.map_or(window, |first| first + window - now).max(1_000);
                return Ok(Err(Refusal::TooMany { retry_after_s: u64::try_from(wait / 1_000).unwrap_or(60) }));
            }
        }
        Ok(Ok(()))
    }

    /// An agent's browser calls: it is outbound, whatever line the number would have.
    pub(in crate::service) async fn answer_outbound(&self, ask: &Ask<'_>, agent: &str) -> Result<Ncco, ServiceError> {
        let (answer, store) = (ask.answer, &self.core.store);
        let Some(conversation) = answer.conversation_uuid.clone() else {
            return Ok(say("The call cannot be placed: the platform named no conversation."));
        };
        let wanted = answer.to.clone().unwrap_or_default();
        let number = match self.callable(&wanted) {
            Ok(number) => number,
            Err(refusal) => return Ok(say(sorry(&refusal))),
        };
        let Some(from) = self.caller_id(agent) else { return Ok(say(sorry(&Refusal::NoCallerId))) };
        if let Some(leg) = &answer.uuid
            && store.desk().call_of_leg(leg).await?.is_some()
        {
            // Asked a second time: the same answer.
            return Ok(self.hooks().outbound(&from, number));
        }
        let now = self.core.clock.now_ms();
        match answer.custom_data.get("intent").and_then(Value::as_str) {
            Some(intent) => {
                let after = now - INTENT_MS;
                if !store.desk().use_intent(intent, agent, number.digits(), &conversation, after).await? {
                    return Ok(say("This call was placed already. Please dial again."));
                }
            }
            // A softphone elsewhere dials without asking; its limits are the same.
            None => {
                if let Err(refusal) = self.may_dial(agent).await? {
                    return Ok(say(sorry(&refusal)));
                }
                let intent = self.core.random.id();
                store.desk().insert_intent(&intent, agent, number.digits(), now, Some(&conversation)).await?;
            }
        }
        if self.agent(agent).await?.is_none()
            && let Some(account) = store.accounts().named(agent).await?
        {
            self.make_agent(&account.id, agent).await?;
        }
        for _ in 0..ATTEMPTS {
            let Some(me) = self.agent(agent).await? else { return Ok(say(sorry(&Refusal::Gone))) };
            let call = DeskCall {
                id: self.core.random.id(),
                outbound: true,
                line: "outbound".into(),
                target: Some(agent.to_owned()),
                ours: Some(from.digits().to_owned()),
                number: Some(number.digits().to_owned()),
                conversation: conversation.clone(),
                region: self.region_of(answer),
                phase: Phase::Ringing,
                agent: Some(agent.to_owned()),
                agent_leg: answer.uuid.clone(),
                created_at: now,
                ..DeskCall::default()
            };
            let mut draft = Draft::new(now);
            if draft.step(&me, Happening::Dials, Some(&call.id)).is_err() {
                return Ok(say("You are in another call. Please end it first."));
            }
            draft.new_call(&call);
            if self.commit(&draft).await? {
                self.agent_seen_elsewhere(agent).await?;
                return Ok(self.hooks().outbound(&from, number));
            }
        }
        Err(TOO_BUSY)
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
