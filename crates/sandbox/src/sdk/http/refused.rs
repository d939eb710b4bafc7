//! Why a request was refused, in the body that the SDK reads.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Why a request was refused. The SDK shows `code` and `detail` to the application.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    code: &'static str,
    detail: String,
}

impl Refused {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Refused {
        Refused { status, code, detail: detail.into() }
    }

    pub(super) fn conversation() -> Refused {
        let detail = "Conversation does not exist, or you do not have access.";
        Refused::new(StatusCode::NOT_FOUND, "conversation:error:not-found", detail)
    }

    pub(super) fn member() -> Refused {
        let detail = "Member does not exist, or you do not have access.";
        Refused::new(StatusCode::NOT_FOUND, "conversation:error:member-not-found", detail)
    }

    pub(super) fn user() -> Refused {
        let detail = "User does not exist, or you do not have access.";
        Refused::new(StatusCode::NOT_FOUND, "user:error:not-found", detail)
    }

    pub(super) fn leg() -> Refused {
        Refused::new(StatusCode::NOT_FOUND, "leg:error:not-found", "Leg does not exist, or you do not have access.")
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Refused {
        Refused::new(StatusCode::BAD_REQUEST, "http:error:validation-fail", detail)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({
            "title": self.status.canonical_reason().unwrap_or("Error"), "code": self.code, "detail": self.detail,
            "type": format!("https://developer.vonage.com/api/conversation#{}", self.code), "instance": "",
        });
        (self.status, Json(body)).into_response()
    }
}

/// A request's body.
pub(super) fn read(bytes: &[u8]) -> Result<Value, Refused> {
    serde_json::from_slice(bytes).map_err(|_| Refused::invalid("The body must be JSON."))
}
