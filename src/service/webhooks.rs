//! The platform asks what to do with a call ([`Self::answer`]) and reports its events ([`Self::event`]).
//!
//! The promise: a sender that gets a 2xx from us can forget the webhook, for it is on the disk; and a caller always
//! hears something. So an answer is committed before it is returned; when the database does not take it in time it goes
//! to the spool, a synced file beside the database; and when the disk does not take that, it waits in memory, within a
//! limit. Whatever fails, the caller still gets a call flow. Events can wait: the platform repeats what is refused.
//!
//! What is delivered twice at once is decided once ([`super::once`], [`Decisions::claim_decision`]): both deliveries get the same
//! answer, and nobody is rung twice.

mod append;
pub(super) mod decision;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt as _;

use super::shared::Shared;
use super::spool::{Full, Kept, Spool};

use super::contact_center::ContactCenter;
use super::core::{Core, ServiceError};
use super::dial_policy::DialPolicy;
use super::lines::Lines;
use super::once::Once;
use super::private_calls::answer::Masks;
use super::received::{NotStored, Received, Replayed, WebhookKind, key_of};
use super::silent_calls::SilentCalls;
use crate::domain::line::Line;
use crate::domain::outgoing::Cleared;
use crate::domain::spoken::Text;
use crate::store::{Appended, StoreError};
use crate::vonage::webhook::Keys;
use crate::vonage::{Unreadable, Webhook};

use decision::{Decision, Decisions, log_decision};

/// Who decides about events of calls that agents take.
const DESK: &str = "contact-centre";

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

    fn apology(core: &Core) -> Self {
        Self { ncco: Cleared::spoken(Text::Apology, &core.speech(None)), problem: None, by: DESK }
    }
}

/// What the platform asks and reports.
#[derive(Clone)]
pub struct Webhooks {
    core: Arc<Core>,
    lines: Lines,
    dial: DialPolicy,
    desk: Arc<ContactCenter>,
    masks: Masks,
    decisions: Decisions,
    spool: Arc<Spool>,
    pub silent: SilentCalls,
    /// What is being decided about callers, and about events that ask how to go on.
    answers: Arc<Once<Decision>>,
    pub(super) replies: Arc<Once<Option<Reply>>>,
}

impl Webhooks {
    pub(super) fn new(
        shared: &Shared,
        desk: Arc<ContactCenter>,
        masks: Masks,
        decisions: Decisions,
        spool: Arc<Spool>,
        silent: SilentCalls,
    ) -> Self {
        Self {
            core: Arc::clone(&shared.core),
            lines: shared.lines.clone(),
            dial: shared.dial.clone(),
            desk,
            masks,
            decisions,
            spool,
            silent,
            answers: Arc::default(),
            replies: Arc::default(),
        }
    }

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
                Ok(Cleared::spoken(Text::Apology, &self.core.speech(None)))
            }
        }
    }

    async fn answer_or_panic(&self, received: Received) -> Result<Cleared, Replayed> {
        let (key, begun) = (key_of(&received), tokio::time::Instant::now());
        let part = self.answers.join(&key);
        let decision = part.decide(self.decisions.decide_in_time(&received, &key)).await;
        let append = self.append_of(received, key.clone(), Some(&decision));
        if let Some(spooled) = self.spool.known(&append.dedupe, append.jti.as_deref()) {
            return Ok(self.decisions.returned_before(spooled?).unwrap_or(decision.ncco));
        }
        let limits = &self.core.settings.limits;
        let time = limits.commit_time(begun.elapsed());
        let stored = tokio::time::timeout(time, self.core.store.append(append.clone())).await;
        let why = match stored {
            Ok(Ok(Appended::New)) => {
                log_decision(&append, &decision);
                return Ok(decision.ncco);
            }
            Ok(Ok(Appended::Known { ncco })) => {
                return Ok(self.decisions.returned_before(ncco).unwrap_or(decision.ncco));
            }
            Ok(Ok(Appended::Replayed)) => return Err(Replayed),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the commit took too long".to_owned(),
        };
        let conversation = append.conversation.clone().unwrap_or_default();
        let pushed = tokio::time::timeout(limits.spool_deadline, self.spool.push(append)).await;
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
        let Some((waiting, lost)) = self.spool.complaint() else { return };
        let disk = self.spool.status().failing.unwrap_or_else(|| "it does not answer".to_owned());
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
        let private = self.masks.private_listens(&received);
        let asks = private || (desk && self.desk.answers.desk_may_reply(&received));
        let key = key_of(&received);
        // Held until the reply is stored: a second delivery finds it here or in the database.
        let mut part = asks.then(|| self.replies.join(&key));
        let reply = match &part {
            Some(part) => part.decide(Box::pin(self.reply_once(&received, &key))).await,
            None => None,
        };
        let records = matches!(&received.parsed, Ok(Webhook::Event(event)) if event.is_of_recording());
        let copy = (desk || private || records).then(|| received.clone());
        let stored = self.store_event(received, key.clone(), reply.as_ref().map(|reply| (reply.by, reply))).await;
        match stored {
            Ok(Appended::New) => {
                drop(part);
                if let Some(received) = &copy {
                    Box::pin(self.hears(received, desk)).await;
                }
                Ok(reply.map(|reply| reply.ncco))
            }
            Ok(Appended::Known { ncco }) => Ok(self.decisions.returned_before(ncco)),
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
        let mut part = self.replies.join(&key);
        let deciding = async {
            if let Some(known) = self.decisions.claim_decision(&key).await? {
                return Ok(Some(self.repeated_reply(known).unwrap_or_else(|| Reply::apology(&self.core))));
            }
            self.core.look_at_speech().await;
            let flow = match &keys {
                Ok(keys) => self.masks.private_pin(keys).await?,
                Err(unreadable) => return Err(ServiceError::Flow(unreadable.reason.clone())),
            };
            Ok(Some(Reply::of(Line::Private.name(), self.dial.guarded(&Line::Private, flow, &key).await)))
        };
        let reply = part.decide(Box::pin(async { self.decided(deciding).await.flatten() })).await;
        let reply = reply.unwrap_or_else(|| Reply::apology(&self.core));
        match self.store_event(received, key.clone(), Some(("private", &reply))).await {
            Ok(Appended::New) => Ok(reply.ncco),
            Ok(Appended::Known { ncco }) => Ok(self.decisions.returned_before(ncco).unwrap_or(reply.ncco)),
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
        let deadline = self.core.settings.limits.event_deadline;
        match tokio::time::timeout(deadline, self.core.store.append(append)).await {
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
            if let Some(known) = self.decisions.claim_decision(key).await? {
                return Ok(self.repeated_reply(known));
            }
            self.core.look_at_speech().await;
            if self.desk_listens(received)
                && let Some(flow) = self.desk.answers.desk_reply(received).await?
            {
                return Ok(Some(Reply::of(DESK, self.dial.guarded_reply(DESK, flow, key).await)));
            }
            match self.masks.private_reply(received).await? {
                Some(flow) => {
                    Ok(Some(Reply::of(Line::Private.name(), self.dial.guarded(&Line::Private, flow, key).await)))
                }
                None => Ok(None),
            }
        };
        self.decided(deciding).await.unwrap_or_else(|| Some(Reply::apology(&self.core)))
    }

    fn repeated_reply(&self, json: Option<String>) -> Option<Reply> {
        self.decisions.returned_before(json).map(|ncco| Reply { ncco, problem: None, by: DESK })
    }

    /// What is decided about an event; `None` when that fails or takes too long.
    async fn decided<T>(&self, deciding: impl Future<Output = Result<T, ServiceError>>) -> Option<T> {
        let deadline = self.core.settings.limits.event_deadline;
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

    /// Whether an event may concern the contact centre.
    fn desk_listens(&self, received: &Received) -> bool {
        received.kind == WebhookKind::Dtmf
            || !self.lines.directory().agents.is_empty()
            || self.desk.answers.may_take_wishes()
            // Menus and queues make calls of the contact centre's without any agent.
            || self.lines.directory().numbers.values().any(|line| matches!(line, Line::Ivr(_) | Line::Queue(_)))
    }

    /// What is done about an event that is stored: by the contact centre, if it listens, and for private calls. Whatever
    /// fails here for the contact centre is found again by its upkeep.
    async fn hears(&self, received: &Received, desk: bool) {
        let all = async {
            if desk {
                self.desk.events.desk_event(received).await?;
            }
            self.masks.private_hears(received).await?;
            // After the contact centre, which takes callers' messages for itself.
            self.decisions.keep_call_recording(received).await
        };
        let hearing = AssertUnwindSafe(all).catch_unwind();
        match tokio::time::timeout(self.core.settings.limits.event_deadline, hearing).await {
            Ok(Ok(Ok(()))) => {}
            Ok(Ok(Err(error))) => tracing::error!(error = %error, "what follows an event could not be done"),
            Ok(Err(_)) | Err(_) => tracing::error!("taking in an event failed or took too long"),
        }
    }

    /// Where answers are kept that the database could not take in time.
    pub(super) fn spool(&self) -> &Spool {
        &self.spool
    }
}
