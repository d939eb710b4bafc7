//! How a request is sent: who signs it, what may be repeated, and what an answer means.

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::Client;
use crate::domain::lost::Lost;
use crate::vonage::error::VonageError;

/// How often a request that may be repeated is sent, at most.
const ATTEMPTS: u32 = 3;
/// The first wait; it doubles.
const BACKOFF: Duration = Duration::from_millis(200);
/// The period of the platform's limits ("What are the Voice API limits?").
const LIMIT_PERIOD: Duration = Duration::from_secs(1);
/// A platform that asks for a longer wait than this gets it from our caller, not from a sleeping task.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// No JSON answer that we read is longer.
const MAX_ANSWER: usize = 4 << 20;

/// How a request proves who we are.
#[derive(Clone, Copy)]
pub(super) enum Auth {
    /// A fresh application token.
    Bearer,
    /// API key and secret.
    Basic,
}

/// Whether sending a request twice does the same as sending it once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    Safe,
    Never,
}

pub(super) enum Body {
    None,
    Json(Value),
    Form(Vec<(&'static str, String)>),
}

pub(super) struct Request {
    pub method: Method,
    pub url: String,
    pub auth: Auth,
    pub query: Vec<(&'static str, String)>,
    pub body: Body,
    pub repeat: Repeat,
    /// Bytes of the longest answer that is read.
    pub most: usize,
}

impl Request {
    pub(super) fn new(method: Method, url: String, auth: Auth) -> Self {
        let repeat = if method == Method::POST { Repeat::Never } else { Repeat::Safe };
        Self { method, url, auth, query: Vec::new(), body: Body::None, repeat, most: MAX_ANSWER }
    }
    pub(super) fn json(mut self, body: Value) -> Self {
        self.body = Body::Json(body);
        self
    }
    pub(super) fn form(mut self, fields: Vec<(&'static str, String)>) -> Self {
        self.body = Body::Form(fields);
        self
    }
    pub(super) fn query(mut self, query: Vec<(&'static str, String)>) -> Self {
        self.query = query;
        self
    }
    /// A POST that finds its own earlier effect when it is repeated.
    pub(super) fn repeatable(mut self) -> Self {
        self.repeat = Repeat::Safe;
        self
    }
}

impl Client {
    /// Sends and reads the JSON answer.
    pub(super) async fn json<T: DeserializeOwned>(&self, request: Request) -> Result<T, VonageError> {
        let bytes = self.send(request).await?;
        // serde's message names fields and positions, not contents.
        serde_json::from_slice(&bytes).map_err(|error| VonageError::Unreadable { what: error.to_string() })
    }

    /// Sends, repeating what may be repeated; the body of the 2xx answer.
    pub(super) async fn send(&self, request: Request) -> Result<Vec<u8>, VonageError> {
        let mut wait = BACKOFF;
        for attempt in 1..=ATTEMPTS {
            let error = match self.attempt(&request).await {
                Ok(body) => return Ok(body),
                Err(error) => error,
            };
            if request.repeat == Repeat::Never || attempt == ATTEMPTS || !error.is_temporary() {
                return Err(error);
            }
            let pause = pause_after(&error, wait);
            if pause > LONGEST_WAIT {
                return Err(error);
            }
            tracing::debug!(attempt, pause.ms = pause.as_millis() as u64, error = %error, "repeating a request");
            tokio::time::sleep(pause).await;
            wait *= 2;
        }
        Err(VonageError::Unavailable { reason: Lost::Other("no attempt was made".into()) })
    }

    async fn attempt(&self, request: &Request) -> Result<Vec<u8>, VonageError> {
        let mut builder = self.http.request(request.method.clone(), &request.url).query(&request.query);
        builder = match request.auth {
            Auth::Bearer => builder.bearer_auth(self.bearer()?),
            Auth::Basic => {
                let credentials = self.credentials();
                builder.basic_auth(&credentials.api_key, Some(&credentials.api_secret))
            }
        };
        builder = match &request.body {
            Body::None => builder,
            Body::Json(value) => builder.json(value),
            Body::Form(fields) => builder.form(fields),
        };
        let lost = |error: reqwest::Error| without_answer(&error, request.repeat);
        let sent = (self.now)();
        let response = builder.send().await.map_err(lost)?;
        self.clock.told(sent, (self.now)(), response.headers());
        let status = response.status();
        if status.is_success() {
            return read(response, request.repeat, request.most).await;
        }
        let retry_after = retry_after(&response);
        let body = read(response, Repeat::Safe, MAX_ANSWER).await.unwrap_or_default();
        Err(refusal(status, retry_after, &body, request.repeat))
    }
}

/// How long to wait after a failure: what the platform asks for, at least our own doubling wait.
pub(super) fn pause_after(error: &VonageError, wait: Duration) -> Duration {
    match error {
        VonageError::RateLimited { retry_after: Some(asked) } => (*asked).max(wait),
        // Its limits are per second, and not every API of it says when to come back.
        VonageError::RateLimited { retry_after: None } => wait.max(LIMIT_PERIOD),
        _ => wait,
    }
}

/// Why no answer came.
#[must_use]
pub fn why_unanswered(error: &reqwest::Error) -> Lost {
    if error.is_timeout() {
        Lost::NoAnswer
    } else if error.is_connect() {
        Lost::NoConnection
    } else {
        Lost::Broken
    }
}

/// No answer came. Unless the connection was never made, the request may have been carried out.
fn without_answer(error: &reqwest::Error, repeat: Repeat) -> VonageError {
    let reason = why_unanswered(error);
    if repeat == Repeat::Never && !error.is_connect() {
        VonageError::Ambiguous { reason }
    } else {
        VonageError::Unavailable { reason }
    }
}

async fn read(mut response: Response, repeat: Repeat, most: usize) -> Result<Vec<u8>, VonageError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| without_answer(&error, repeat))? {
        if body.len() + chunk.len() > most {
            return Err(VonageError::Unreadable { what: "it is too long".into() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `Retry-After` in seconds. Its other form, a date, is not used by this platform.
fn retry_after(response: &Response) -> Option<Duration> {
    let value = response.headers().get(reqwest::header::RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// What an answer other than 2xx means. The platform has four shapes of error bodies, so each field is looked for under
/// all of its names, and the status decides.
fn refusal(status: StatusCode, retry_after: Option<Duration>, body: &[u8], repeat: Repeat) -> VonageError {
    if status == StatusCode::TOO_MANY_REQUESTS {
        return VonageError::RateLimited { retry_after };
    }
    if status.is_server_error() {
        let reason = Lost::Status(status.as_u16());
        // A gateway's 502 or 504 says nothing about what happened behind it.
        return match repeat {
            Repeat::Never if status != StatusCode::SERVICE_UNAVAILABLE => VonageError::Ambiguous { reason },
            _ => VonageError::Unavailable { reason },
        };
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let first = |names: &[&str]| {
        let found = names.iter().find_map(|name| body.get(name).and_then(Value::as_str));
        found.unwrap_or_default().chars().filter(|c| !c.is_control()).take(300).collect::<String>()
    };
    VonageError::Refused {
        status: status.as_u16(),
        code: first(&["code", "error-code", "type"]),
        detail: first(&["detail", "error-code-label", "error_title", "title", "message"]),
    }
}
