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
use crate::app::{FlowSeen, flow_checked};
use crate::domain::call_flows::drawing::act::done;
use crate::domain::call_flows::{Outcome, change};

/// `POST /api/call-flow-check`: the problems of a text with their places, its dry run and its drawing, in the language of the
/// request. What was done at the drawing is done to the text first, and the answer says how it changes. Nothing is saved.
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
    let done = done(&asked.text, &asked.act, &asked.drawn);
    let change = change(&asked.text, &done.text);
    match web.services.flows.judged(&done.text, &pressed(&asked.keys), outcome).await {
        Ok(judged) => {
            let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
            let languages = (text(header::COOKIE), text(header::ACCEPT_LANGUAGE));
            let seen = FlowSeen {
                text: done.text.clone(),
                unsaved: asked.unsaved || change.is_some(),
                change,
                focus: done.focus.clone(),
                problems: judged.problems,
                steps: judged.steps,
                picture: web.services.flows.picture_of(done).await,
            };
            Json(flow_checked(languages, seen)).into_response()
        }
        Err(error) => {
            tracing::error!(error = %error, "a call flow could not be judged");
            (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
        }
    }
}
