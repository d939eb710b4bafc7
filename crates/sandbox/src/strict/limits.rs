//! How many requests of the Voice API are taken in a second ("What are the Voice API limits?").

use std::collections::VecDeque;
use std::sync::Mutex;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::effects::lock;

/// Calls that may be made in a second.
const MOST_CALLS: usize = 3;
/// Other requests of the Voice API.
const MOST_OTHERS: usize = 15;
const SECOND_MS: i64 = 1_000;

/// What was asked for in the last second.
#[derive(Default)]
pub struct Limits {
    calls: Mutex<VecDeque<i64>>,
    others: Mutex<VecDeque<i64>>,
}

impl Limits {
    /// Whether a request is within the limits. One that is not does not count, as nothing is queued.
    pub fn take(&self, method: &str, path: &str, now_ms: i64) -> bool {
        if path != "/v1/calls" && !path.starts_with("/v1/calls/") {
            return true;
        }
        let (taken, most) = if method == "POST" { (&self.calls, MOST_CALLS) } else { (&self.others, MOST_OTHERS) };
        let mut taken = lock(taken);
        while taken.front().is_some_and(|at| now_ms - at >= SECOND_MS) {
            taken.pop_front();
        }
        let within = taken.len() < most;
        if within {
            taken.push_back(now_ms);
        }
        within
    }

    /// No call was made after all: what is limited is calls, not attempts.
    pub fn give_back(&self, method: &str, path: &str) {
        if method == "POST" && path == "/v1/calls" {
            lock(&self.calls).pop_back();
        }
    }
}

/// 429 in the platform's general error format. Without `Retry-After`, because the Voice reference names none.
pub fn throttled(instance: &str) -> Response {
    let body = json!({
        "type": "https://developer.vonage.com/api-errors#throttled", "title": "Rate Limit Hit",
        "detail": "Please wait, then retry your request", "instance": instance,
    });
    (StatusCode::TOO_MANY_REQUESTS, Json(body)).into_response()
}
