//! Who is calling what, and so what they get.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use serde_json::Value;

use crate::domain::call::Event;
use crate::domain::call_tracking::track::Track;
use crate::domain::contact_center::flows;
use crate::domain::hours::closed::Outcome;
use crate::domain::language::Language;
use crate::domain::line::{Caller, Line, VISITOR_PREFIX, choose};
use crate::domain::ncco::Ncco;
use crate::domain::outgoing::Cleared;
use crate::domain::party::caller_number;
use crate::domain::phone::{E164, mask};
use crate::domain::spoken::{Speech, Text};
use crate::service::audio_socket::Audio;
use crate::service::call_flows::CallFlows;
use crate::service::call_tracking::Tracking;
use crate::service::contact_center::ContactCenter;
use crate::service::core::{Core, ServiceError};
use crate::service::dial_policy::DialPolicy;
use crate::service::hours::Closed;
use crate::service::lines::{Lines, OTHER};
use crate::service::numbers::Numbers;
use crate::service::private_calls::answer::Masks;
use crate::service::received::{Ask, Received, WebhookKind};
use crate::service::shared::Shared;
use crate::store::Append;
use crate::vonage::Webhook;

/// How long a caller waits for what can be done without.
const A_LITTLE: Duration = Duration::from_millis(200);
/// How often we look whether another node has stored what it decides.
const OTHER_NODE: Duration = Duration::from_millis(20);

/// What we do with a caller.
#[derive(Debug, Clone)]
pub(in crate::service) struct Decision {
    /// [`Line::name`]; `apology` when we could not decide.
    pub(super) line: &'static str,
    pub(super) ncco: Cleared,
    pub(super) problem: Option<String>,
    /// The campaign that the call is counted for, if any.
    pub(super) track: Option<Track>,
}

impl Decision {
    fn apology(speech: &Speech, problem: impl Into<String>) -> Self {
        let ncco = Cleared::spoken(Text::Apology, speech);
        Self { line: "apology", ncco, problem: Some(problem.into()), track: None }
    }
}

/// Who is calling what, and so what they get.
#[derive(Clone)]
pub struct Decisions {
    core: Arc<Core>,
    lines: Lines,
    dial: DialPolicy,
    desk: Arc<ContactCenter>,
    masks: Masks,
    audio: Audio,
    flows: CallFlows,
    tracking: Tracking,
    numbers: Numbers,
    /// Which node this is, for [`crate::store::Store::claim_decision`]. New at each start.
    node: Arc<str>,
}

impl Decisions {
    pub(in crate::service) fn new(
        shared: &Shared,
        desk: Arc<ContactCenter>,
        masks: Masks,
        audio: Audio,
        tracking: Tracking,
        numbers: Numbers,
    ) -> Self {
        Self {
            lines: shared.lines.clone(),
            dial: shared.dial.clone(),
            desk,
            masks,
            audio,
            flows: shared.flows.clone(),
            tracking,
            numbers,
            node: shared.core.random.id().into(),
            core: Arc::clone(&shared.core),
        }
    }

    /// Keeps a recording that a call flow made.
    pub(super) async fn keep_call_recording(&self, received: &Received) -> Result<(), ServiceError> {
        self.audio.keep_call_recording(received).await
    }

    /// Decides about a caller within its deadline; what fails is an apology.
    pub(super) async fn decide_in_time(&self, received: &Received, key: &str) -> Decision {
        let deciding = AssertUnwindSafe(self.decide(received, key)).catch_unwind();
        match tokio::time::timeout(self.core.settings.limits.decide_deadline, deciding).await {
            Ok(Ok(decision)) => decision,
            Ok(Err(_)) => Decision::apology(&self.core.speech(None), "deciding panicked"),
            Err(_) => Decision::apology(&self.core.speech(None), "deciding took too long"),
        }
    }

    /// In which language a caller is spoken to: a visitor in that of their page, others in the one that was chosen for the
    /// number that they dialled; where neither is known, in that of the business.
    async fn language_of(&self, caller: &Caller, dialled: Option<&E164>) -> Language {
        let known = match caller {
            Caller::User(user) => match user.strip_prefix(VISITOR_PREFIX) {
                Some(visit) => self.language_of_visit(visit).await,
                None => None,
            },
            Caller::Phone(_) => dialled.and_then(|dialled| self.lines.directory().languages.get(dialled).copied()),
        };
        known.unwrap_or_else(|| self.core.business.profile().default_language)
    }

    async fn language_of_visit(&self, visit: &str) -> Option<Language> {
        // No visitor is kept from calling because it is not known.
        let read = tokio::time::timeout(A_LITTLE, self.core.store.visits().language(visit)).await;
        let tag = read.ok()?.inspect_err(|error| tracing::warn!(%error, "the language of a visit could not be read"));
        Language::of_tag(&tag.ok()??)
    }

    /// Whether deciding about a call of this line does something that must not be done twice.
    async fn reserves(&self, line: &Line) -> bool {
        match line {
            Line::Agent(_) | Line::Queue(_) | Line::Ivr(_) | Line::Outbound(_) => true,
            Line::Support => self.desk.answers.support_rings_agents().await,
            Line::Custom(id) => self.flows.rings_an_agent(id),
            Line::Campaign(id) => self.lines.campaign_rings_agents(id),
            _ => false,
        }
    }

    /// The heart of the house: who is calling what, and so what they get.
    async fn decide(&self, received: &Received, key: &str) -> Decision {
        let sorry = |why: String| Decision::apology(&self.core.speech(None), why);
        let answer = match &received.parsed {
            Ok(Webhook::Answer(answer)) => answer,
            Ok(Webhook::Event(_)) => return sorry("an event came to the answer URL".to_owned()),
            Err(unreadable) => return sorry(unreadable.reason.clone()),
        };
        if answer.failed.as_deref() == Some("event") {
            // The call was under way: starting it over would ring the destination a second time.
            return sorry(answer.reason.clone().unwrap_or_else(|| "an event webhook failed".into()));
        }
        let caller = match &answer.from_user {
            Some(user) => Caller::User(user.clone()),
            None => Caller::Phone(caller_number(answer.from.as_deref())),
        };
        let dialled = answer.to.as_deref().and_then(|to| E164::parse(to).ok());
        let (language, ()) = tokio::join!(self.language_of(&caller, dialled.as_ref()), self.core.look_at_speech());
        let ask = Ask { caller, dialled, language, answer };
        let line = match (&received.line, &ask.caller) {
            (Some(line), Caller::Phone(_)) => line.clone(),
            // A browser user never chooses where a call goes.
            _ => match choose(&self.lines.directory(), &ask.caller, ask.dialled.as_ref()) {
                Line::Unassigned if received.kind == WebhookKind::TrackCall => Line::Campaign(OTHER.to_owned()),
                line => line,
            },
        };
        if let (Caller::Phone(_), Some(dialled)) = (&ask.caller, &ask.dialled) {
            self.numbers.number_used(dialled);
        }
        let track = self.tracking.track_of(&line, &ask);
        let closed = match &track {
            // Who is not put through hears the same by day and by night.
            Some(Track::Number { blocked: true, .. }) => None,
            _ => Box::pin(self.desk.answers.closed(&line, language)).await,
        };
        let apology = || Cleared::spoken(Text::Apology, &self.core.speech(Some(language)));
        if closed.as_ref().is_some_and(Closed::makes_a_call) || (closed.is_none() && self.reserves(&line).await) {
            match Box::pin(self.claim_decision(key)).await {
                Ok(None) => {}
                Ok(Some(known)) => {
                    let ncco = self.returned_before(known).unwrap_or_else(apology);
                    return Decision { line: line.name(), ncco, problem: None, track };
                }
                Err(error) => {
                    let problem = Some(error.to_string());
                    return Decision { line: line.name(), ncco: apology(), problem, track };
                }
            }
        }
        match self.flow_of(&ask, &line, track.as_ref(), closed).await {
            Ok(ncco) => {
                let (ncco, refused) = self.dial.guarded(&line, ncco, key).await;
                Decision { line: line.name(), ncco, problem: refused.or_else(|| answer.reason.clone()), track }
            }
            Err(error) => Decision { line: line.name(), ncco: apology(), problem: Some(error.to_string()), track },
        }
    }

    /// A flow of the operator's. Where it connects to an agent, they are offered the call.
    async fn answer_custom(&self, id: &str, line: &Line, ask: &Ask<'_>) -> Result<Ncco, ServiceError> {
        let flow = self.flows.answer_custom(id, ask).await?;
        self.desk.answers.answer_flow(ask, line, flow).await
    }

    /// What a line answers a caller with.
    async fn flow_of(
        &self,
        ask: &Ask<'_>,
        line: &Line,
        track: Option<&Track>,
        closed: Option<Closed>,
    ) -> Result<Ncco, ServiceError> {
        // On the heap, each only when it is wanted: together they would make every webhook's task twelve kilobytes.
        if let Some(closed) = closed {
            return Box::pin(self.flow_while_closed(ask, line, closed)).await;
        }
        match line {
            Line::Support => Box::pin(self.desk.answers.answer_support(ask)).await,
            Line::Agent(agent) => Box::pin(self.desk.answers.answer_agent(ask, agent)).await,
            Line::Queue(_) => Box::pin(self.desk.answers.answer_by_agents(ask, line)).await,
            Line::Ivr(menu) => Box::pin(self.desk.answers.answer_ivr(ask, menu)).await,
            Line::Outbound(agent) => Box::pin(self.desk.answers.answer_outbound(ask, agent)).await,
            Line::Campaign(_) => Box::pin(self.tracking.answer_campaign(ask, track)).await,
            Line::AudioSocket(target) => Box::pin(self.audio.answer_audio_socket(ask, target)).await,
            Line::Custom(id) => Box::pin(self.answer_custom(id, line, ask)).await,
            Line::Private => Box::pin(self.masks.answer_private(ask)).await,
            Line::Unassigned => Ok(self.core.speech(Some(ask.language)).only(Text::NotInUse)),
        }
    }

    /// What a caller gets who comes while the business is closed.
    async fn flow_while_closed(&self, ask: &Ask<'_>, line: &Line, closed: Closed) -> Result<Ncco, ServiceError> {
        let Closed { said, outcome } = closed;
        match outcome {
            Outcome::HangUp => Ok(flows::closed::say(&said)),
            Outcome::Message => self.desk.answers.answer_with_message(ask, line, &said).await,
            Outcome::CallBack => self.desk.answers.answer_with_call_back(ask, line, &said).await,
            Outcome::Flow(id) => self.answer_custom(&id, line, ask).await,
            Outcome::Number(digits) => {
                let from = ask.dialled.as_ref().filter(|_| matches!(ask.caller, Caller::Phone(_)));
                let from = from.unwrap_or(&self.core.settings.support.number);
                // It is checked by the dial policy like every flow: what was entered may be forbidden by now.
                Ok(match E164::parse(&digits) {
                    Ok(number) => flows::closed::connect(&said, from, number),
                    Err(_) => flows::closed::say(&said),
                })
            }
        }
    }

    /// Claims the decision about a webhook among all nodes. `None`: it is ours. Otherwise the call flow (if any) that
    /// was stored with it, waited for while another node decides.
    pub(super) async fn claim_decision(&self, key: &str) -> Result<Option<Option<String>>, ServiceError> {
        let (store, limits) = (&self.core.store, &self.core.settings.limits);
        let lease = limits.event_deadline.max(limits.answer_deadline) * 2;
        let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        loop {
            let now = self.core.clock.now_ms();
            let ours = store.webhooks().claim_decision(key, &self.node, now, now - lease).await?;
            // Read after claiming: what another node stored before is there.
            if let Some(known) = store.webhooks().reply_to(key).await? {
                return Ok(Some(known));
            }
            if ours {
                return Ok(None);
            }
            tokio::time::sleep(OTHER_NODE).await;
        }
    }

    /// The call flow that was returned the first time, if the rules of today let it out again.
    pub(super) fn returned_before(&self, json: Option<String>) -> Option<Cleared> {
        stored_flow(json).map(|flow| self.dial.cleared(flow))
    }
}

/// The call flow that was returned the first time.
fn stored_flow(json: Option<String>) -> Option<Ncco> {
    let value: Value = serde_json::from_str(&json?).ok()?;
    Ncco::parse(&value).ok()
}

/// Says that a call was answered, with the numbers masked.
pub(super) fn log_decision(append: &Append, decision: &Decision) {
    let Some(Event { from, to, .. }) = &append.event else {
        tracing::warn!(webhook.id = %append.id, problem = ?decision.problem, "an answer webhook could not be read");
        return;
    };
    tracing::info!(
        call.conversation = append.conversation.as_deref().unwrap_or_default(),
        call.from = from.as_deref().map(mask),
        call.to = to.as_deref().map(mask),
        call.line = decision.line,
        "a call was answered"
    );
}
