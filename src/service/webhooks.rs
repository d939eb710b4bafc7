//! The platform asks what to do with a call ([`Services::answer`]) and tells what became of it ([`Services::event`]).
//!
//! The promise: whoever gets a 2xx from us can forget the webhook, for it is on the disk; and a caller always hears
//! something. So an answer is committed before it is returned; when the database does not take it in time it goes to the
//! spool, a synced file beside the database; and when the disk does not take that, it waits in memory, within a limit.
//! Whatever fails, the caller still gets a call flow.
//! Events can wait: the platform repeats what is refused.
//!
//! What is delivered twice at once is decided once ([`super::once`], [`Services::claim_decision`]): both deliveries get the same
//! answer, and nobody is rung twice.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::call_tracking::OTHER;
use super::spool::{Full, Kept};
use super::{ServiceError, Services};
use crate::domain::call::{Event, Fact};
use crate::domain::click_to_call::{APOLOGY, NOT_IN_USE, say};
use crate::domain::line::{Caller, Line, choose};
use crate::domain::ncco::Ncco;
use crate::domain::outgoing::Cleared;
use crate::domain::party::caller_number;
use crate::domain::phone::{E164, mask};
use crate::store::call_tracking::Track;
use crate::store::{Append, Appended, StoreError};
use crate::vonage::webhook::Keys;
use crate::vonage::{Answer, Unreadable, Verified, Webhook};

/// How often we look whether another node has stored what it decides.
const OTHER_NODE: Duration = Duration::from_millis(20);

/// Who decides about events of calls that agents take.
const DESK: &str = "contact-centre";

/// Which of our URLs was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookKind {
    Answer,
    /// An answer, asked for where the tracking sample has its URL: the call is a campaign's, whatever it dialled.
    TrackCall,
    Event,
    /// The answer URL failed; the caller is still there.
    Fallback,
    Dtmf,
    Recording,
}

impl WebhookKind {
    /// The word for it in SQL and in timelines.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answer | Self::TrackCall => "answer",
            Self::Event => "event",
            Self::Fallback => "fallback",
            Self::Dtmf => "dtmf",
            Self::Recording => "recording",
        }
    }
}

/// How it came, and so what [`Received::raw`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// A query string.
    Get,
    /// A body.
    Post,
}

impl Method {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
        }
    }
}

/// A webhook that passed the edge: its signature is good, or signatures are not asked for.
#[derive(Debug, Clone)]
pub struct Received {
    pub kind: WebhookKind,
    pub method: Method,
    /// The body, or the query string as it was encoded. Whoever makes text of bytes does it so that nothing is lost.
    pub raw: String,
    /// The line that the URL stands for, whatever was dialled: the answer URLs of the older samples.
    pub line: Option<Line>,
    /// `None` where webhooks are taken unsigned.
    pub verified: Option<Verified>,
    /// What could be read of it; for [`WebhookKind::Answer`] and [`WebhookKind::Fallback`] an [`Answer`], else an event.
    pub parsed: Result<Webhook, Unreadable>,
}

/// The signature was used before: this is not the platform. Not to be answered with a 2xx.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature was used before")]
pub struct Replayed;

/// An event must not be acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotStored {
    /// The platform should send it again: 503.
    #[error("the webhook could not be stored: {0}")]
    Unavailable(String),
    #[error(transparent)]
    Replayed(#[from] Replayed),
}

/// A caller who waits for an answer; what each job's `answer_…` decides by.
#[derive(Debug)]
pub struct Ask<'a> {
    pub caller: Caller,
    /// What was dialled, when it is a number.
    pub dialled: Option<E164>,
    /// All that the platform said.
    pub answer: &'a Answer,
}

/// What we do with a caller.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    /// [`Line::name`]; `apology` when we could not decide.
    line: &'static str,
    ncco: Cleared,
    problem: Option<String>,
    /// The campaign that the call is counted for, if any.
    track: Option<Track>,
}

/// How an event is answered that asks how to go on.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) ncco: Cleared,
    problem: Option<String>,
    /// Who decided it, for the timeline.
    by: &'static str,
}

impl Reply {
    fn of(by: &'static str, (ncco, problem): (Cleared, Option<String>)) -> Self {
        Self { ncco, problem, by }
    }

    fn apology() -> Self {
        Self { ncco: Cleared::saying(APOLOGY), problem: None, by: DESK }
    }
}

impl Decision {
    fn apology(problem: impl Into<String>) -> Self {
        Self { line: "apology", ncco: Cleared::saying(APOLOGY), problem: Some(problem.into()), track: None }
    }
}

impl Services {
    /// Decides what a caller gets, makes that durable, and returns it. Takes at most
    /// [`answer_deadline`](super::Limits::answer_deadline), whatever breaks: what deciding does not take is the
    /// commit's. The same question asked again, also at the same time, gets the same answer.
    ///
    /// Serves [`WebhookKind::Answer`], [`WebhookKind::TrackCall`] and [`WebhookKind::Fallback`].
    ///
    /// # Errors
    /// [`Replayed`] only: somebody repeats a webhook that they recorded.
    pub async fn answer(&self, received: Received) -> Result<Cleared, Replayed> {
        // A defect of ours must not cost a caller: the worst they hear is an apology.
        match AssertUnwindSafe(self.answer_or_panic(received)).catch_unwind().await {
            Ok(answered) => answered,
            Err(_) => {
                tracing::error!("answering a webhook panicked; the caller hears an apology");
                Ok(Cleared::saying(APOLOGY))
            }
        }
    }

    async fn answer_or_panic(&self, received: Received) -> Result<Cleared, Replayed> {
        let (key, begun) = (key_of(&received), tokio::time::Instant::now());
        let part = self.inner.answers.join(&key);
        let decision = part.decide(self.decide_in_time(&received, &key)).await;
        let append = self.append_of(received, key.clone(), Some(&decision));
        if let Some(spooled) = self.inner.spool.known(&append.dedupe, append.jti.as_deref()) {
            return Ok(self.returned_before(spooled?).unwrap_or(decision.ncco));
        }
        let limits = &self.inner.settings.limits;
        let time = limits.commit_time(begun.elapsed());
        let stored = tokio::time::timeout(time, self.inner.store.append(append.clone())).await;
        let why = match stored {
            Ok(Ok(Appended::New)) => {
                log_decision(&append, &decision);
                return Ok(decision.ncco);
            }
            Ok(Ok(Appended::Known { ncco })) => return Ok(self.returned_before(ncco).unwrap_or(decision.ncco)),
            Ok(Ok(Appended::Replayed)) => return Err(Replayed),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the commit took too long".to_owned(),
        };
        let conversation = append.conversation.clone().unwrap_or_default();
        let pushed = tokio::time::timeout(limits.spool_deadline, self.inner.spool.push(append)).await;
        self.log_spooled(&conversation, &why, pushed.unwrap_or(Ok(Kept::InMemory)));
        Ok(decision.ncco)
    }

    /// Says what happened to an answer that the database did not take in time. A disk that takes nothing fails for every
    /// caller, so that is said once a minute; the metrics count them all.
    fn log_spooled(&self, conversation: &str, why: &str, kept: Result<Kept, Full>) {
        let place = match kept {
            Ok(Kept::Durably) => "disk",
            Ok(Kept::InMemory) => "memory",
            Err(Full) => "nowhere",
        };
        metrics::counter!("spooled_answers_total", "kept" => place).increment(1);
        if kept == Ok(Kept::Durably) {
            return tracing::warn!(call.conversation = %conversation, error = %why, "an answer was spooled");
        }
        let Some((waiting, lost)) = self.inner.spool.complaint() else { return };
        let disk = self.inner.spool.status().failing.unwrap_or_else(|| "it does not answer".to_owned());
        match kept {
            Ok(_) => tracing::error!(
                answers.waiting = waiting, database = %why, disk = %disk,
                "answers are kept in memory until the disk or the database takes them; do not restart"
            ),
            Err(full) => tracing::error!(
                answers.waiting = waiting, answers.lost = lost, database = %why, disk = %disk,
                "answers go out that are not on record: {full} (SPOOL_MEMORY_MB)"
            ),
        }
    }

    /// Stores what the platform tells. Some events ask how to go on (keys, a callee who does not answer): then the call
    /// flow is stored with the event, and the same event gets the same flow again.
    ///
    /// # Errors
    /// [`NotStored`] when it must not be acknowledged.
    pub async fn event(&self, received: Received) -> Result<Option<Cleared>, NotStored> {
        let desk = self.desk_listens(&received);
        let private = self.private_listens(&received);
        let asks = private || (desk && self.desk_may_reply(&received));
        let key = key_of(&received);
        // Held until the reply is stored: a second delivery finds it here or in the database.
        let mut part = asks.then(|| self.inner.replies.join(&key));
        let reply = match &part {
            Some(part) => part.decide(Box::pin(self.reply_once(&received, &key))).await,
            None => None,
        };
        let copy = (desk || private).then(|| received.clone());
        let stored = self.store_event(received, key.clone(), reply.as_ref().map(|reply| (reply.by, reply))).await;
        match stored {
            Ok(Appended::New) => {
                drop(part);
                if let Some(received) = &copy {
                    Box::pin(self.hears(received, desk)).await;
                }
                Ok(reply.map(|reply| reply.ncco))
            }
            Ok(Appended::Known { ncco }) => Ok(self.returned_before(ncco)),
            Ok(Appended::Replayed) => Err(Replayed.into()),
            Err(error) => {
                part.iter_mut().for_each(super::once::Part::hold);
                Err(error)
            }
        }
    }

    /// Keys that somebody entered where a private call's flow asks for a PIN. The caller hears something in any case;
    /// a second delivery of the same keys hears the same and is not a second try.
    pub async fn pin(&self, received: Received, keys: Result<Keys, Unreadable>) -> Result<Cleared, Replayed> {
        let key = key_of(&received);
        let mut part = self.inner.replies.join(&key);
        let deciding = async {
            if let Some(known) = self.claim_decision(&key).await? {
                return Ok(Some(self.repeated_reply(known).unwrap_or_else(Reply::apology)));
            }
            let flow = match &keys {
                Ok(keys) => self.private_pin(keys).await?,
                Err(unreadable) => return Err(ServiceError::Flow(unreadable.reason.clone())),
            };
            Ok(Some(Reply::of(Line::Private.name(), self.guarded(&Line::Private, flow, &key).await)))
        };
        let reply = part.decide(Box::pin(async { self.decided(deciding).await.flatten() })).await;
        let reply = reply.unwrap_or_else(Reply::apology);
        match self.store_event(received, key.clone(), Some(("private", &reply))).await {
            Ok(Appended::New) => Ok(reply.ncco),
            Ok(Appended::Known { ncco }) => Ok(self.returned_before(ncco).unwrap_or(reply.ncco)),
            Ok(Appended::Replayed) => Err(Replayed),
            Err(error) => {
                part.hold();
                tracing::warn!(error = %error, "keys for a PIN were not stored");
                Ok(reply.ncco)
            }
        }
    }

    async fn store_event(
        &self,
        received: Received,
        key: String,
        reply: Option<(&str, &Reply)>,
    ) -> Result<Appended, NotStored> {
        let mut append = self.append_of(received, key, None);
        if let Some((by, reply)) = reply {
            append.decision = Some(by.to_owned());
            append.ncco = Some(reply.ncco.to_json());
            append.problem = append.problem.or_else(|| reply.problem.clone());
        }
        let deadline = self.inner.settings.limits.event_deadline;
        match tokio::time::timeout(deadline, self.inner.store.append(append)).await {
            Ok(Ok(appended)) => Ok(appended),
            Ok(Err(error)) => {
                if matches!(error, StoreError::Refused(_)) {
                    tracing::error!(error = %error, "the database refuses an event");
                }
                Err(NotStored::Unavailable(error.to_string()))
            }
            Err(_) => Err(NotStored::Unavailable("the commit took too long".into())),
        }
    }

    /// What an event is answered with: decided once, for deciding rings somebody.
    pub(super) async fn reply_once(&self, received: &Received, key: &str) -> Option<Reply> {
        let deciding = async {
            if let Some(known) = self.claim_decision(key).await? {
                return Ok(self.repeated_reply(known));
            }
            if self.desk_listens(received)
                && let Some(flow) = self.desk_reply(received).await?
            {
                return Ok(Some(Reply::of(DESK, self.guarded_reply(DESK, flow, key).await)));
            }
            match self.private_reply(received).await? {
                Some(flow) => Ok(Some(Reply::of(Line::Private.name(), self.guarded(&Line::Private, flow, key).await))),
                None => Ok(None),
            }
        };
        self.decided(deciding).await.unwrap_or_else(|| Some(Reply::apology()))
    }

    /// The call flow that was returned the first time, if the rules of today let it out again.
    fn returned_before(&self, json: Option<String>) -> Option<Cleared> {
        stored_flow(json).map(|flow| self.cleared(flow))
    }

    fn repeated_reply(&self, json: Option<String>) -> Option<Reply> {
        self.returned_before(json).map(|ncco| Reply { ncco, problem: None, by: DESK })
    }

    /// What is decided about an event; `None` when that fails or takes too long.
    async fn decided<T>(&self, deciding: impl Future<Output = Result<T, ServiceError>>) -> Option<T> {
        let deadline = self.inner.settings.limits.event_deadline;
        match tokio::time::timeout(deadline, AssertUnwindSafe(deciding).catch_unwind()).await {
            Ok(Ok(Ok(decided))) => Some(decided),
            Ok(Ok(Err(error))) => {
                tracing::error!(error = %error, "an event could not be decided");
                None
            }
            Ok(Err(_)) | Err(_) => {
                tracing::error!("deciding about an event failed or took too long");
                None
            }
        }
    }

    /// Claims the decision about a webhook among all nodes. `None`: it is ours. Otherwise the call flow (if any) that
    /// was stored with it, waited for while another node decides.
    async fn claim_decision(&self, key: &str) -> Result<Option<Option<String>>, ServiceError> {
        let (store, limits) = (&self.inner.store, &self.inner.settings.limits);
        let lease = limits.event_deadline.max(limits.answer_deadline) * 2;
        let lease = i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        loop {
            let now = self.inner.clock.now_ms();
            let ours = store.claim_decision(key, &self.inner.node, now, now - lease).await?;
            // Read after claiming: what another node stored before is there.
            if let Some(known) = store.reply_to(key).await? {
                return Ok(Some(known));
            }
            if ours {
                return Ok(None);
            }
            tokio::time::sleep(OTHER_NODE).await;
        }
    }

    /// Whether an event may concern the contact centre.
    fn desk_listens(&self, received: &Received) -> bool {
        received.kind == WebhookKind::Dtmf || !self.directory().agents.is_empty()
    }

    /// What is done about an event that is stored: by the contact centre, if it listens, and for private calls. Whatever
    /// fails here for the contact centre is found again by its upkeep.
    async fn hears(&self, received: &Received, desk: bool) {
        let all = async {
            if desk {
                self.desk_event(received).await?;
            }
            self.private_hears(received).await
        };
        let hearing = AssertUnwindSafe(all).catch_unwind();
        match tokio::time::timeout(self.inner.settings.limits.event_deadline, hearing).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::error!(error = %error, "what follows an event could not be done"),
            Ok(Err(_)) | Err(_) => tracing::error!("taking in an event failed or took too long"),
        }
    }

    async fn decide_in_time(&self, received: &Received, key: &str) -> Decision {
        let deciding = AssertUnwindSafe(self.decide(received, key)).catch_unwind();
        match tokio::time::timeout(self.inner.settings.limits.decide_deadline, deciding).await {
            Ok(Ok(decision)) => decision,
            Ok(Err(_)) => Decision::apology("deciding panicked"),
            Err(_) => Decision::apology("deciding took too long"),
        }
    }

    /// Whether deciding about a call of this line does something that must not be done twice.
    fn reserves(&self, line: &Line) -> bool {
        match line {
            Line::Agent(_) | Line::Ivr(_) | Line::Outbound(_) => true,
            Line::Support => self.inner.settings.desk.support_rings_agents,
            Line::Campaign(id) => self.campaign_rings_agents(id),
            _ => false,
        }
    }

    /// The heart of the house: who is calling what, and so what they get.
    async fn decide(&self, received: &Received, key: &str) -> Decision {
        let answer = match &received.parsed {
            Ok(Webhook::Answer(answer)) => answer,
            Ok(Webhook::Event(_)) => return Decision::apology("an event came to the answer URL"),
            Err(unreadable) => return Decision::apology(unreadable.reason.clone()),
        };
        if answer.failed.as_deref() == Some("event") {
            // The call was under way: beginning it anew would ring the destination a second time.
            return Decision::apology(answer.reason.clone().unwrap_or_else(|| "an event webhook failed".into()));
        }
        let ask = Ask {
            caller: match &answer.from_user {
                Some(user) => Caller::User(user.clone()),
                None => Caller::Phone(caller_number(answer.from.as_deref())),
            },
            dialled: answer.to.as_deref().and_then(|to| E164::parse(to).ok()),
            answer,
        };
        let line = match (&received.line, &ask.caller) {
            (Some(line), Caller::Phone(_)) => line.clone(),
            // A browser user never chooses where a call goes.
            _ => match choose(&self.directory(), &ask.caller, ask.dialled.as_ref()) {
                Line::Unassigned if received.kind == WebhookKind::TrackCall => Line::Campaign(OTHER.to_owned()),
                line => line,
            },
        };
        if let (Caller::Phone(_), Some(dialled)) = (&ask.caller, &ask.dialled) {
            self.number_used(dialled);
        }
        let track = self.track_of(&line, &ask);
        if self.reserves(&line) {
            match Box::pin(self.claim_decision(key)).await {
                Ok(None) => {}
                Ok(Some(known)) => {
                    let ncco = self.returned_before(known).unwrap_or_else(|| Cleared::saying(APOLOGY));
                    return Decision { line: line.name(), ncco, problem: None, track };
                }
                Err(error) => {
                    let problem = Some(error.to_string());
                    return Decision { line: line.name(), ncco: Cleared::saying(APOLOGY), problem, track };
                }
            }
        }
        // On the heap, each only when it is wanted: together they would make every webhook's task twelve kilobytes.
        let flow = match &line {
            Line::Support => Box::pin(self.answer_support(&ask)).await,
            Line::Agent(agent) => Box::pin(self.answer_agent(&ask, agent)).await,
            Line::Ivr(menu) => Box::pin(self.answer_ivr(&ask, menu)).await,
            Line::Outbound(agent) => Box::pin(self.answer_outbound(&ask, agent)).await,
            Line::Campaign(_) => Box::pin(self.answer_campaign(&ask, track.as_ref())).await,
            Line::AudioSocket(target) => Box::pin(self.answer_audio_socket(&ask, target)).await,
            Line::Custom(id) => Box::pin(self.answer_custom(id, &ask)).await,
            Line::Private => Box::pin(self.answer_private(&ask)).await,
            _ => Ok(say(NOT_IN_USE)),
        };
        match flow {
            Ok(ncco) => {
                let (ncco, refused) = self.guarded(&line, ncco, key).await;
                Decision { line: line.name(), ncco, problem: refused.or_else(|| answer.reason.clone()), track }
            }
            Err(error) => {
                let error: ServiceError = error;
                Decision { line: line.name(), ncco: Cleared::saying(APOLOGY), problem: Some(error.to_string()), track }
            }
        }
    }

    fn append_of(&self, received: Received, dedupe: String, decision: Option<&Decision>) -> Append {
        let Received { kind, method, raw, line: _, verified, parsed } = received;
        let signed = verified.is_some();
        let unreadable = parsed.as_ref().err().map(|unreadable| unreadable.reason.clone());
        let (conversation, leg, event) = match parsed {
            Ok(Webhook::Answer(answer)) => {
                let region = answer.region_url.as_deref().and_then(|told| self.inner.vonage.region_of(told));
                if region.is_none() && answer.region_url.is_some() {
                    tracing::warn!("a webhook names a region that is no address of the platform's; it is not used");
                }
                asked(answer, decision, region)
            }
            Ok(Webhook::Event(event)) => (Some(event.conversation.clone()), event.leg.clone(), Some(event)),
            Err(_) => (None, None, None),
        };
        Append {
            id: self.inner.random.id(),
            dedupe,
            signed_at: verified.as_ref().map(|verified| verified.iat.saturating_mul(1000)),
            // The time is signed too. Before the id it keeps the keys of the replay cache in the order of their coming,
            // and with that on few pages.
            jti: verified.map(|verified| short(format!("{:010}-{}", verified.iat, verified.jti))),
            kind: kind.name().to_owned(),
            method: method.name().to_owned(),
            received_at: self.inner.clock.now_ms(),
            signed,
            conversation,
            leg,
            // PostgreSQL takes no NUL; its picture is the only thing that is not kept as it came.
            raw: if raw.contains('\0') { raw.replace('\0', "\u{2400}") } else { raw },
            decision: decision.map(|decision| decision.line.to_owned()),
            problem: decision.and_then(|decision| decision.problem.clone()).or(unreadable),
            ncco: decision.map(|decision| decision.ncco.to_json()),
            event,
            track: decision.and_then(|decision| decision.track.clone()),
            spooled: false,
        }
    }
}

/// What makes two deliveries the same webhook. The platform signs a retry anew, so it is what the webhook says; and the
/// question what to do with a leg is the same question even when something around it, such as the region, changed.
pub(super) fn key_of(received: &Received) -> String {
    let kind = received.kind.name();
    match &received.parsed {
        Ok(Webhook::Answer(Answer { conversation_uuid: Some(conversation), uuid: Some(leg), .. })) => {
            digest(&[kind, conversation, leg])
        }
        _ => digest(&[kind, received.method.name(), &received.raw]),
    }
}

/// What an answer webhook says about the call, once it is decided.
fn asked(
    answer: Answer,
    decision: Option<&Decision>,
    region: Option<String>,
) -> (Option<String>, Option<String>, Option<Event>) {
    let (conversation, leg) = (answer.conversation_uuid, answer.uuid);
    let event = match (&conversation, decision) {
        (Some(conversation), Some(decision)) => Some(Event {
            conversation: conversation.clone(),
            leg: leg.clone(),
            from: answer.from,
            to: answer.to,
            direction: None,
            at: None,
            fact: Fact::Asked { line: decision.line.to_owned(), user: answer.from_user, region },
        }),
        _ => None,
    };
    (conversation, leg, event)
}

/// The call flow that was returned the first time.
fn stored_flow(json: Option<String>) -> Option<Ncco> {
    let value: Value = serde_json::from_str(&json?).ok()?;
    Ncco::parse(&value).ok()
}

/// SHA-256 of the parts, each with its length, as hex.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex::encode(hash.finalize())
}

/// Ids of signatures are short; one that is not is told apart by its hash.
fn short(id: String) -> String {
    if id.len() <= 128 && !id.contains('\0') { id } else { digest(&[&id]) }
}

fn log_decision(append: &Append, decision: &Decision) {
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
