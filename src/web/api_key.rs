//! Who calls a JSON interface: `Authorization: Bearer sb_…`.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};

use super::problem::Problem;
use super::state::Web;
use crate::service::ApiKey;

/// The system that made the request. As an argument of a handler it keeps everybody else out, with 401 and a reason.
#[derive(Debug, Clone)]
pub(super) struct ApiCaller(pub ApiKey);

impl FromRequestParts<Web> for ApiCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let key = bearer(parts)?;
        match web.services.accounts.api_key(key).await {
            Ok(Some(key)) => Ok(Self(key)),
            Ok(None) => Err(unauthorized("the key is not known, or was revoked")),
            Err(error) => Err(Problem::ours(error)),
        }
    }
}

fn bearer(parts: &Parts) -> Result<&str, Problem> {
    let Some(value) = parts.headers.get(header::AUTHORIZATION) else {
        return Err(unauthorized(
            "send the header \"Authorization: Bearer KEY\"; a key is made by \"switchboard api-key create --name NAME\"",
        ));
    };
    let (scheme, key) = value.to_str().ok().and_then(|text| text.split_once(' ')).unwrap_or_default();
    if !scheme.eq_ignore_ascii_case("bearer") || key.trim().is_empty() {
        return Err(unauthorized("the header must read \"Authorization: Bearer KEY\""));
    }
    Ok(key.trim())
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
}
