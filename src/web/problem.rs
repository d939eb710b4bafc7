//! What a machine is told when its request cannot be served: RFC 9457, `application/problem+json`.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

/// A refusal that says what is wrong, of which field, and what to do.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Problem {
    pub status: StatusCode,
    /// A word that programs can compare; it does not change.
    pub code: &'static str,
    /// A sentence for the person who reads the log.
    pub detail: String,
    /// The field of the body or the parameter that is wrong, such as `participants[1].number`.
    pub field: Option<String>,
    /// More members, for programs.
    pub more: Map<String, Value>,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, detail: detail.into(), field: None, more: Map::new() }
    }

    /// A field of the request is wrong: 400.
    pub(super) fn field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { field: Some(field.into()), ..Self::new(StatusCode::BAD_REQUEST, "invalid_field", detail) }
    }

    /// Our own fault: the log says what.
    pub(super) fn ours(what: impl std::fmt::Display) -> Self {
        tracing::error!(error = %what, "a request of an interface failed");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "this is not possible at the moment; try again")
    }

    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.more.insert(name.to_owned(), value.into());
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, detail, field, mut more } = self;
        more.insert("type".into(), json!("about:blank"));
        more.insert("title".into(), json!(status.canonical_reason().unwrap_or("Error")));
        more.insert("status".into(), json!(status.as_u16()));
        more.insert("code".into(), json!(code));
        more.insert("detail".into(), json!(detail));
        if let Some(field) = field {
            more.insert("field".into(), json!(field));
        }
        let mut response = (status, Value::Object(more).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"switchboard\""));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
