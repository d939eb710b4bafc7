//! One webhook over HTTP: the time-outs, the second attempt, and what of it is traced.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use super::payloads::query;
use super::signing::{payload_hash, payload_hash_of_query, sign};
use super::{Failure, Inner, Message, Reason};
use crate::account::Method;
use crate::effects::lock;
use crate::faults::Plan;
use crate::trace::{Attempt, Happening, Outcome};

/// Answers are read up to here.
const LARGEST_ANSWER: usize = 1 << 20;

/// The application answered 2xx with this.
pub(super) struct Answered {
    pub(super) json: bool,
    body: Vec<u8>,
}

impl Answered {
    /// The actions, when the body is a JSON array.
    pub(super) fn flow(&self) -> Option<Vec<Value>> {
        serde_json::from_slice(&self.body).ok()
    }
}

impl Inner {
    /// Sends a message, and at the same moment its double when a fault wants one. The first one's answer counts, as it
    /// would at the platform.
    pub(super) async fn deliver_planned(
        &self,
        message: &Message,
        plan: &Plan,
        retries: &[u16],
    ) -> Result<Answered, Failure> {
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

    /// Traces a message that is not sent.
    pub(super) fn drop_message(&self, message: &Message, attempt: u32, faults: Vec<&'static str>) {
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

/// What an error of the HTTP client says, in the words of the fallback URL.
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
