//! In front of the REST APIs: strict mode, and the log of requests, to check them against the
//! platform's published documents.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::effects::Effects;
use super::strict::{Asked, Limits, refused, throttled};

/// What stands in front. Cheap to clone.
#[derive(Clone)]
pub struct Front {
    inner: Arc<Inner>,
}

struct Inner {
    strict: bool,
    /// A line of JSON is added for each request.
    log: Option<PathBuf>,
    limits: Limits,
    effects: Effects,
    largest: usize,
}

impl Front {
    pub fn new(strict: bool, log: Option<PathBuf>, largest: usize, effects: Effects) -> Front {
        Front { inner: Arc::new(Inner { strict, log, limits: Limits::default(), effects, largest }) }
    }
}

/// The middleware.
pub async fn pass(State(Front { inner }): State<Front>, request: Request, next: Next) -> Response {
    if !inner.strict && inner.log.is_none() {
        return next.run(request).await;
    }
    let (head, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, inner.largest).await else { return StatusCode::PAYLOAD_TOO_LARGE.into_response() };
    let (method, path) = (head.method.as_str().to_owned(), head.uri.path().to_owned());
    let query = head.uri.query().unwrap_or_default().to_owned();
    let headers = head.headers.clone();
    let answered = async {
        if inner.strict {
            if !inner.limits.take(&method, &path, inner.effects.now_ms()) {
                return throttled(&inner.effects.hex(16));
            }
            let content_type = text(&headers, header::CONTENT_TYPE).to_ascii_lowercase();
            let asked =
                Asked { method: &method, path: &path, query: &query, content_type: &content_type, body: &bytes };
            if let Some(wrong) = asked.wrong() {
                inner.limits.give_back(&method, &path);
                return refused(&path, &wrong, inner.effects.hex(16));
            }
        }
        let response = next.run(Request::from_parts(head, Body::from(bytes.clone()))).await;
        if inner.strict && !response.status().is_success() {
            inner.limits.give_back(&method, &path);
        }
        response
    };
    let response = answered.await;
    if let Some(log) = &inner.log {
        let line = line(&method, &path, &query, &headers, &bytes, response.status());
        if let Err(error) = append(log, &line).await {
            tracing::warn!(%error, "sandbox.requests.not_written");
        }
    }
    response
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> String {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// Of the credentials only how they were given.
fn line(method: &str, path: &str, query: &str, headers: &HeaderMap, body: &Bytes, status: StatusCode) -> String {
    let authorization = text(headers, header::AUTHORIZATION);
    let scheme = authorization.split(' ').next().unwrap_or_default().to_ascii_lowercase();
    let line = json!({
        "method": method, "path": path, "query": query, "authorization": scheme,
        "content_type": text(headers, header::CONTENT_TYPE), "accept": text(headers, header::ACCEPT),
        "agent": text(headers, header::USER_AGENT), "body": String::from_utf8_lossy(body), "status": status.as_u16(),
    });
    format!("{line}\n")
}

async fn append(log: &PathBuf, line: &str) -> std::io::Result<()> {
    let mut file = tokio::fs::OpenOptions::new().create(true).append(true).open(log).await?;
    file.write_all(line.as_bytes()).await?;
    file.flush().await
}
