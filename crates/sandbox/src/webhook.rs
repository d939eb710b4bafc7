//! The webhook sender: asks the application's URLs the way the platform is documented to.
//!
//! Signed HS256 with a `payload_hash`; the application's time-outs; one retry; the fallback URL; events of one call in
//! order. Faults asked for by JSON are applied here and every attempt is in the trace. What the documentation leaves
//! open is decided so: each attempt is signed anew (its own `jti`), because a retry with the first one's would be thrown
//! away by an application that guards against replays; `custom_data` and `original_request` of a GET are JSON texts.
//!
//! Depends on `account`, `effects`, `faults` and `trace`.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::account::{Account, Accounts, Application, Hook, Method};
use super::effects::{Effects, lock};
use super::faults::{Faults, Plan};
use super::trace::{Attempt, Happening, Outcome, Trace};

/// Between an attempt and its retry.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// How long a reordered event waits for one to overtake it.
const OVERTAKEN_WITHIN: Duration = Duration::from_secs(1);
/// Events that may wait for one call. More are dropped: the application is not reading.
const LONGEST_QUEUE: usize = 1_000;
/// Answers are read up to here.
const LARGEST_ANSWER: usize = 1 << 20;

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

struct Job {
    message: Message,
    plan: Plan,
    due: Instant,
    reply: Option<oneshot::Sender<EventReply>>,
}

/// The application answered 2xx with this.
struct Answered {
    json: bool,
    body: Vec<u8>,
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
                    self.event(application, None, conversation, self.inner.syntax_error(conversation));
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

    fn queue(
        &self,
        application: &Application,
        hook: Option<Hook>,
        conversation: &str,
        body: Value,
        reply: Option<oneshot::Sender<EventReply>>,
    ) {
        let hook = hook.or_else(|| application.voice.as_ref().and_then(|voice| voice.event.clone()));
        let (Some(hook), Value::Object(body)) = (hook, body) else { return };
        let label = label(&body);
        let plan = self.inner.faults.webhook("event", &label);
        let due = Instant::now() + plan.delay;
        let message = Message {
            application: application.clone(),
            hook,
            webhook: "event",
            label,
            conversation: conversation.to_owned(),
            body,
        };
        let mut job = Job { message, plan, due, reply };
        let mut queues = lock(&self.inner.queues);
        if let Some(queue) = queues.get(conversation) {
            match queue.try_send(job) {
                Ok(()) => return,
                Err(mpsc::error::TrySendError::Full(lost)) => {
                    drop(queues);
                    self.inner.drop_message(&lost.message, 1, Vec::new());
                    return;
                }
                // The worker is gone without having said so (its runtime ended, or it panicked): start another.
                Err(mpsc::error::TrySendError::Closed(back)) => job = back,
            }
        }
        let (queue, jobs) = mpsc::channel(LONGEST_QUEUE);
        let _ = queue.try_send(job);
        queues.insert(conversation.to_owned(), queue);
        tokio::spawn(work(self.inner.clone(), conversation.to_owned(), jobs));
    }
}

/// What an event is called: its status, or the field that tells it apart.
fn label(body: &Map<String, Value>) -> String {
    if let Some(status) = body.get("status").and_then(Value::as_str) {
        return status.to_owned();
    }
    let telling = [
        ("recording_url", "record"),
        ("conversation_uuid_from", "transfer"),
        ("payload", "notify"),
        ("dtmf", "input"),
        ("speech", "input"),
        ("reason", "error"),
    ];
    let kind = telling.iter().find(|(field, _)| body.contains_key(*field)).map(|(_, name)| *name);
    kind.or_else(|| body.get("type").and_then(Value::as_str)).unwrap_or("event").to_owned()
}

/// Delivers the events of one call, one after the other, and ends when none is left.
async fn work(inner: Arc<Inner>, conversation: String, mut jobs: mpsc::Receiver<Job>) {
    let mut held: Option<Job> = None;
    loop {
        let job = match jobs.try_recv() {
            Ok(job) => job,
            Err(_) if held.is_some() => match tokio::time::timeout(OVERTAKEN_WITHIN, jobs.recv()).await {
                Ok(Some(job)) => job,
                _ => {
                    if let Some(job) = held.take() {
                        inner.deliver_event(job).await;
                    }
                    continue;
                }
            },
            Err(_) => {
                // Under the lock nobody can queue, so an empty queue stays empty until it is forgotten.
                let mut queues = lock(&inner.queues);
                match jobs.try_recv() {
                    Ok(job) => job,
                    Err(_) => {
                        queues.remove(&conversation);
                        return;
                    }
                }
            }
        };
        if job.plan.reorder && held.is_none() {
            held = Some(job);
            continue;
        }
        inner.deliver_event(job).await;
        if let Some(late) = held.take() {
            inner.deliver_event(late).await;
        }
    }
}

/// Which HTTP statuses are worth a second attempt.
const ANSWER_RETRIES: [u16; 3] = [429, 503, 504];
const EVENT_RETRIES: [u16; 4] = [429, 502, 503, 504];

impl Inner {
    async fn deliver_event(&self, job: Job) {
        tokio::time::sleep_until(job.due).await;
        let outcome = self.deliver_planned(&job.message, &job.plan, &EVENT_RETRIES).await;
        let Some(reply) = job.reply else { return };
        let answer = match outcome {
            Ok(answered) => match answered.flow() {
                None => EventReply { ncco: None, delivered: true },
                Some(_) => match self.ncco(&answered) {
                    Ok(ncco) => EventReply { ncco: Some(ncco), delivered: true },
                    Err(failure) => {
                        EventReply { ncco: self.fallback(&job.message, "event", failure).await.ok(), delivered: true }
                    }
                },
            },
            Err(failure) => {
                EventReply { ncco: self.fallback(&job.message, "event", failure).await.ok(), delivered: false }
            }
        };
        let _ = reply.send(answer);
    }

    /// The documented error event: sent for every NCCO that is refused, even if the fallback URL saves the call.
    fn syntax_error(&self, conversation: &str) -> Value {
        json!({
            "reason": "Syntax error in NCCO. Invalid value type or action.", "conversation_uuid": conversation,
            "timestamp": self.effects.timestamp(),
        })
    }

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

    /// Sends a message, and at the same moment its double when a fault wants one. The first one's answer counts, as it
    /// would at the platform.
    async fn deliver_planned(&self, message: &Message, plan: &Plan, retries: &[u16]) -> Result<Answered, Failure> {
        let first = self.deliver(message, plan, retries);
        if !plan.duplicate {
            return first.await;
        }
        let (outcome, _) = tokio::join!(first, self.deliver(message, plan, retries));
        outcome
    }

    /// Sends a message, a second time when the documentation says so.
    async fn deliver(&self, message: &Message, plan: &Plan, retries: &[u16]) -> Result<Answered, Failure> {
        if plan.drop {
            self.drop_message(message, 1, plan.names());
            return Err(Failure { reason: Reason::SocketTimeout, detail: "dropped by a fault".into() });
        }
        for attempt in 1..=2 {
            let last = attempt == 2;
            match self.attempt(message, attempt, plan.names()).await {
                Ok(answered) => return Ok(answered),
                Err((failure, status)) => {
                    let again = status.is_none_or(|status| retries.contains(&status));
                    if last || !again {
                        return Err(failure);
                    }
                }
            }
            tokio::time::sleep(self.retry_after).await;
        }
        Err(Failure { reason: Reason::ConnectionClosed, detail: String::new() })
    }

    fn drop_message(&self, message: &Message, attempt: u32, faults: Vec<&'static str>) {
        self.record(message, attempt, faults, false, Outcome::Dropped, None, Duration::ZERO, None);
    }

    /// One request. An error comes with the status when there was one.
    async fn attempt(
        &self,
        message: &Message,
        attempt: u32,
        faults: Vec<&'static str>,
    ) -> Result<Answered, (Failure, Option<u16>)> {
        let started = Instant::now();
        let signed = message.application.signed_callbacks();
        let whole = message.hook.connect_timeout + message.hook.socket_timeout;
        let sent = tokio::time::timeout(whole, self.send(message, signed)).await;
        let took = started.elapsed();
        let record = |outcome, status, reply: Option<&[u8]>| {
            self.record(message, attempt, faults.clone(), signed, outcome, status, took, reply);
        };
        match sent {
            Err(_) => {
                record(Outcome::TimedOut, None, None);
                Err((Failure { reason: Reason::SocketTimeout, detail: format!("no answer in {whole:?}") }, None))
            }
            Ok(Err(failure)) => {
                let outcome = match failure.reason {
                    Reason::SocketTimeout => Outcome::TimedOut,
                    _ => Outcome::Unreachable,
                };
                record(outcome, None, None);
                Err((failure, None))
            }
            Ok(Ok((status, answered))) if (200..300).contains(&status) => {
                let usable = message.webhook == "event" || self.ncco(&answered).is_ok();
                record(if usable { Outcome::Delivered } else { Outcome::Unusable }, Some(status), Some(&answered.body));
                Ok(answered)
            }
            Ok(Ok((status, answered))) => {
                record(Outcome::Refused, Some(status), Some(&answered.body));
                Err((Failure { reason: Reason::InvalidResponseCode, detail: format!("HTTP {status}") }, Some(status)))
            }
        }
    }

    async fn send(&self, message: &Message, signed: bool) -> Result<(u16, Answered), Failure> {
        let mut url = url::Url::parse(&message.hook.url)
            .map_err(|error| Failure { reason: Reason::ConnectionClosed, detail: error.to_string() })?;
        let client = self.client(message.hook.connect_timeout)?;
        let account = self.accounts.account();
        let application = &message.application.id;
        let (request, hash) = match message.hook.method {
            Method::Get => {
                let pairs = query(&message.body);
                url.query_pairs_mut().extend_pairs(&pairs);
                (client.get(url), payload_hash_of_query(&pairs))
            }
            Method::Post => {
                let body = Value::Object(message.body.clone()).to_string();
                let hash = payload_hash(body.as_bytes());
                (client.post(url).header("content-type", "application/json").body(body), hash)
            }
        };
        let request = match signed {
            true => {
                let token = sign(account, application, self.effects.now_s(), &self.effects.uuid(), &hash);
                request.header("authorization", format!("Bearer {token}"))
            }
            false => request,
        };
        let mut response = request.send().await.map_err(failure)?;
        let status = response.status().as_u16();
        let json =
            response.headers().get("content-type").and_then(|value| value.to_str().ok()).is_some_and(|value| {
                value.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json")
            });
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failure)? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_ANSWER {
                let detail = format!("the answer is larger than {LARGEST_ANSWER} bytes");
                return Err(Failure { reason: Reason::ConnectionClosed, detail });
            }
        }
        Ok((status, Answered { json, body }))
    }

    fn client(&self, connect_timeout: Duration) -> Result<reqwest::Client, Failure> {
        let mut clients = lock(&self.clients);
        let key = u64::try_from(connect_timeout.as_millis()).unwrap_or(u64::MAX);
        if let Some(client) = clients.get(&key) {
            return Ok(client.clone());
        }
        let client = reqwest::Client::builder()
            .connect_timeout(connect_timeout)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .user_agent("switchboard-sandbox")
            .build()
            .map_err(failure)?;
        clients.insert(key, client.clone());
        Ok(client)
    }

    fn record(
        &self,
        message: &Message,
        attempt: u32,
        faults: Vec<&'static str>,
        signed: bool,
        outcome: Outcome,
        status: Option<u16>,
        took: Duration,
        reply: Option<&[u8]>,
    ) {
        let attempt = Attempt {
            webhook: message.webhook,
            label: message.label.clone(),
            method: message.hook.method.as_str(),
            url: message.hook.url.clone(),
            signed,
            attempt,
            outcome,
            status,
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            faults,
            body: Value::Object(message.body.clone()),
            reply: reply.and_then(|bytes| serde_json::from_slice(bytes).ok()),
        };
        self.trace.record(Some(&message.conversation), Happening::Webhook(attempt));
    }
}

impl Answered {
    /// The actions, when the body is a JSON array.
    fn flow(&self) -> Option<Vec<Value>> {
        serde_json::from_slice(&self.body).ok()
    }
}

fn failure(error: reqwest::Error) -> Failure {
    // reqwest's own text may carry the URL and with it the caller's number.
    let error = error.without_url();
    let mut cause: &dyn std::error::Error = &error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let reset =
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionReset);
    let reason = match () {
        () if error.is_timeout() && !error.is_connect() => Reason::SocketTimeout,
        () if reset => Reason::ConnectionReset,
        () => Reason::ConnectionClosed,
    };
    Failure { reason, detail: cause.to_string() }
}

/// The parameters of a GET webhook: texts as they are, everything else as JSON text, nulls left out.
fn query(body: &Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    body.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

/// `payload_hash` of a POST: SHA-256 of the body's bytes, lower-case hex.
fn payload_hash(body: &[u8]) -> String {
    hex::encode(digest::digest(&digest::SHA256, body))
}

/// `payload_hash` of a GET: the parameters, in their order, as a compact JSON object of texts.
fn payload_hash_of_query(pairs: &[(String, String)]) -> String {
    let members =
        pairs.iter().map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), Value::from(value.as_str())));
    payload_hash(format!("{{{}}}", members.collect::<Vec<_>>().join(",")).as_bytes())
}

/// The `Authorization` token of a webhook ("Signed webhooks"): HS256 with the account's signature secret.
fn sign(account: &Account, application: &str, iat: i64, jti: &str, payload_hash: &str) -> String {
    let claims = json!({
        "iat": iat, "jti": jti, "iss": "Vonage", "payload_hash": payload_hash,
        "api_key": account.api_key, "application_id": application,
    });
    let head = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let signed = format!("{head}.{}", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, account.signature_secret.as_bytes());
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

#[cfg(test)]
#[path = "webhook_tests.rs"]
mod tests;
