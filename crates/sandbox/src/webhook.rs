//! The webhook sender: asks the application's URLs the way the platform is documented to.
//!
//! Signed HS256 with a `payload_hash`; the application's time-outs; one retry; the fallback URL; events of one call in
//! order. Faults asked for by JSON are applied here and every attempt is in the trace. What the documentation leaves
//! open is decided so: each attempt has a signature of its own (its own `jti`), because a retry with the first one's would be thrown
//! away by an application that guards against replays; `custom_data` and `original_request` of a GET are JSON texts.
//!
//! This is the sender and whom it asks in which order. [`queue`] keeps the events of a call in order, [`delivery`] makes the
//! requests, [`payloads`] and [`signing`] are what is in them.
//!
//! Depends on `account`, `effects`, `faults` and `trace`.

mod delivery;
mod payloads;
mod queue;
mod signing;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, oneshot};

use super::account::{Accounts, Application, Hook};
use super::effects::Effects;
use super::faults::Faults;
use super::trace::Trace;
use delivery::Answered;
use payloads::syntax_error;
use queue::Job;
use signing::{payload_hash, sign};

/// Between an attempt and its retry.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// Says what is wrong with an NCCO, if anything.
pub type Check = fn(&[Value]) -> Result<(), String>;

/// Why an application gave no usable answer, in the words that the fallback URL gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    ConnectionClosed,
    ConnectionReset,
    SocketTimeout,
    InvalidNcco,
    InvalidResponseCode,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Reason::ConnectionClosed => "Connection closed.",
            Reason::ConnectionReset => "Connection reset.",
            Reason::SocketTimeout => "Socket timeout.",
            Reason::InvalidNcco => "Invalid NCCO.",
            Reason::InvalidResponseCode => "Invalid response code.",
        }
    }
}

/// Neither the URL nor the fallback gave a usable answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {detail}", reason.as_str())]
pub struct Failure {
    pub reason: Reason,
    /// For people: a status, what is wrong with the NCCO.
    pub detail: String,
}

/// What the application said to an event.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventReply {
    /// A new call flow, checked.
    pub ncco: Option<Vec<Value>>,
    /// Did the application take the event (2xx)?
    pub delivered: bool,
}

/// The sender. Cheap to clone.
#[derive(Clone)]
pub struct Sender {
    inner: Arc<Inner>,
}

struct Inner {
    accounts: Accounts,
    effects: Effects,
    trace: Trace,
    faults: Faults,
    check: Check,
    retry_after: Duration,
    /// By connect time-out: it is a property of the client, and applications differ (300 to 1000 ms).
    clients: Mutex<HashMap<u64, reqwest::Client>>,
    queues: Mutex<HashMap<String, mpsc::Sender<Job>>>,
}

/// One webhook to deliver.
struct Message {
    application: Application,
    hook: Hook,
    webhook: &'static str,
    label: String,
    conversation: String,
    body: Map<String, Value>,
}

impl Sender {
    /// `check` is the call-flow engine's own validation: an NCCO that it refuses counts as a failed answer.
    pub fn new(accounts: Accounts, trace: Trace, faults: Faults, check: Check) -> Sender {
        Sender::with_retry_after(accounts, trace, faults, check, RETRY_AFTER)
    }

    fn with_retry_after(
        accounts: Accounts,
        trace: Trace,
        faults: Faults,
        check: Check,
        retry_after: Duration,
    ) -> Sender {
        let effects = accounts.effects().clone();
        let (clients, queues) = (Mutex::default(), Mutex::default());
        Sender { inner: Arc::new(Inner { accounts, effects, trace, faults, check, retry_after, clients, queues }) }
    }

    /// Asks for the NCCO of a call: `hook` when the call has its own answer URL, otherwise the application's.
    /// `params` are the documented parameters; `custom_data` is a JSON value.
    pub async fn answer(
        &self,
        application: &Application,
        hook: Option<Hook>,
        conversation: &str,
        params: Map<String, Value>,
    ) -> Result<Vec<Value>, Failure> {
        let hook = hook.or_else(|| application.voice.as_ref().and_then(|voice| voice.answer.clone()));
        let Some(hook) = hook else {
            let detail = "the application has no answer URL".to_owned();
            self.inner.trace.note(Some(conversation), format!("No NCCO: {detail}."));
            return Err(Failure { reason: Reason::InvalidNcco, detail });
        };
        let message = Message {
            application: application.clone(),
            hook,
            webhook: "answer",
            label: "answer".into(),
            conversation: conversation.to_owned(),
            body: params,
        };
        let plan = self.inner.faults.webhook("answer", "answer");
        tokio::time::sleep(plan.delay).await;
        let failure = match self.inner.deliver_planned(&message, &plan, &ANSWER_RETRIES).await {
            Ok(answered) => match self.inner.ncco(&answered) {
                Ok(ncco) => return Ok(ncco),
                Err(failure) => {
                    let error = syntax_error(conversation, &self.inner.effects.timestamp());
                    self.event(application, None, conversation, error);
                    failure
                }
            },
            Err(failure) => failure,
        };
        self.inner.fallback(&message, "answer", failure).await
    }

    /// What a WebSocket handshake is signed with: as a webhook without a body.
    pub fn bearer(&self, application: &Application) -> String {
        let accounts = &self.inner.accounts;
        let (now, id) = (accounts.effects().now_s(), accounts.effects().uuid());
        format!("Bearer {}", sign(accounts.account(), &application.id, now, &id, &payload_hash(b"")))
    }

    /// Sends an event in the background, after those sent before it for the same call. To `hook` when the call or the
    /// action has its own event URL, otherwise to the application's; to nobody when there is none.
    pub fn event(&self, application: &Application, hook: Option<Hook>, conversation: &str, body: Value) {
        self.queue(application, hook, conversation, body, None);
    }

    /// As [`Sender::event`], and waits for the application's answer, for events that may be answered with an NCCO
    /// (`input`, `notify`, synchronous `connect`). When the application fails, its fallback URL is asked.
    pub async fn event_and_wait(
        &self,
        application: &Application,
        hook: Option<Hook>,
        conversation: &str,
        body: Value,
    ) -> EventReply {
        let (reply, answered) = oneshot::channel();
        self.queue(application, hook, conversation, body, Some(reply));
        answered.await.unwrap_or_default()
    }
}

/// Which HTTP statuses of an answer are worth a second attempt.
const ANSWER_RETRIES: [u16; 3] = [429, 503, 504];

impl Inner {
    /// Asks the application's fallback URL for an NCCO in place of `failed`.
    async fn fallback(&self, failed: &Message, kind: &str, failure: Failure) -> Result<Vec<Value>, Failure> {
        let hook = failed.application.voice.as_ref().and_then(|voice| voice.fallback.clone());
        let Some(hook) = hook else {
            self.trace.note(Some(&failed.conversation), format!("No NCCO: {failure}"));
            return Err(failure);
        };
        let mut body = failed.body.clone();
        body.insert("reason".into(), failure.reason.as_str().into());
        body.insert("original_request".into(), json!({ "url": failed.hook.url, "type": kind }));
        let message = Message {
            application: failed.application.clone(),
            hook,
            webhook: "fallback",
            label: kind.to_owned(),
            conversation: failed.conversation.clone(),
            body,
        };
        let plan = self.faults.webhook("fallback", kind);
        tokio::time::sleep(plan.delay).await;
        let answered = self.deliver_planned(&message, &plan, &ANSWER_RETRIES).await;
        let ncco = answered.and_then(|answered| self.ncco(&answered));
        if let Err(failure) = &ncco {
            self.trace.note(Some(&failed.conversation), format!("No NCCO from the fallback URL either: {failure}"));
        }
        ncco
    }

    /// The NCCO in an answer.
    fn ncco(&self, answered: &Answered) -> Result<Vec<Value>, Failure> {
        let refuse = |detail: String| Err(Failure { reason: Reason::InvalidNcco, detail });
        if !answered.json {
            return refuse("the answer's Content-Type must be application/json".into());
        }
        match answered.flow() {
            Some(actions) => match (self.check)(&actions) {
                Ok(()) => Ok(actions),
                Err(why) => refuse(why),
            },
            None => refuse("the answer is not a JSON array of actions".into()),
        }
    }
}
