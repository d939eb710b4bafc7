//! What is to be said of a call flow while it is typed: the editor's script asks.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::arguments;
use super::guard::{Operator, SignedIn};
use super::state::Web;
use crate::api::call_flows::{FlowCheck, pressed};
use crate::app::flow_checked;
use crate::domain::call_flows::Outcome;

/// `POST /api/call-flow-check`: the problems of a text with their places, and its dry run, in the language of the request.
/// Nothing is saved.
pub(super) async fn check(
    State(web): State<Web>,
    _who: SignedIn<Operator>,
    headers: HeaderMap,
    sent: Bytes,
) -> Response {
    let asked: FlowCheck = match arguments::json(&headers, &sent) {
        Ok(asked) => asked,
        Err(refused) => return *refused,
    };
    let outcome = Outcome::parse(&asked.outcome);
    match web.services.flows.judged(&asked.text, &pressed(&asked.keys), outcome).await {
        Ok(judged) => {
            let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
            let languages = (text(header::COOKIE), text(header::ACCEPT_LANGUAGE));
            Json(flow_checked(languages, &asked, judged.problems, judged.steps)).into_response()
        }
        Err(error) => {
            tracing::error!(error = %error, "a call flow could not be judged");
            (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
        }
    }
}
