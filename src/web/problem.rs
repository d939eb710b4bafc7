//! What a machine is told when its request cannot be served: RFC 9457, `application/problem+json`.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// The media type of every refusal.
pub(super) const PROBLEM_JSON: &str = "application/problem+json";

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

/// What is sent of a [`Problem`].
#[derive(Serialize, ToSchema)]
#[schema(as = Problem, description = "What is wrong with a request (RFC 9457). Some problems have more fields.")]
pub(super) struct ProblemBody {
    /// Always `about:blank`: the `code` says which problem it is.
    #[serde(rename = "type")]
    #[schema(value_type = String)]
    kind: &'static str,
    /// The name of the status.
    #[schema(value_type = String)]
    title: &'static str,
    /// The status of the answer.
    status: u16,
    /// A word for the problem that programs can compare. It does not change.
    #[schema(value_type = String)]
    code: &'static str,
    /// What is wrong and what to do about it, in a sentence for people.
    detail: String,
    /// The field or parameter of the request that is wrong, such as `participants[1].number`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    field: Option<String>,
    #[serde(flatten)]
    more: Map<String, Value>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, code, detail, field, more } = self;
        let title = status.canonical_reason().unwrap_or("Error");
        let body = ProblemBody { kind: "about:blank", title, status: status.as_u16(), code, detail, field, more };
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"switchboard\""));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
        }
        response
    }
}
