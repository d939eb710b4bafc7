//! Members of a conversation: the caller's own is shown, takes an invitation and leaves.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::{Caller, Who};
use super::refused::Refused;
use crate::effects::timestamp;
use crate::exchange::Exchange;
use crate::leg::{Direction, Ending, Status};

/// `members/me` or one of the caller's own member ids.
pub(super) async fn show_member(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path((cid, mid)): Path<(String, String)>,
) -> Result<Json<Value>, Refused> {
    let state = exchange.state();
    let own = state.legs.values().filter(|leg| leg.conversation == cid && leg.user_id() == Some(&caller.user.id));
    let own = own.filter(|leg| mid == "me" || leg.member == mid).max_by_key(|leg| leg.number);
    let leg = own.ok_or_else(Refused::member)?;
    let user = json!({ "id": caller.user.id, "name": caller.user.name, "display_name": caller.user.display_name() });
    Ok(Json(json!({
        "id": leg.member, "state": leg.member_state(), "_embedded": { "user": user }, "channel": { "type": "app" },
        "timestamp": { "invited": timestamp(leg.created_ms) },
    })))
}

pub(super) async fn join(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path((cid, mid)): Path<(String, String)>,
) -> Result<Json<Value>, Refused> {
    match exchange.own_member(&caller, &cid, &mid)? {
        (_, Status::Started | Status::Ringing) => Ok(Json(json!({ "id": mid, "state": "JOINED" }))),
        (_, Status::Answered) => {
            let detail = "The invitation has been answered.";
            Err(Refused::new(StatusCode::BAD_REQUEST, "conversation:error:member-already-joined", detail))
        }
        _ => Err(Refused::member()),
    }
}

#[derive(Deserialize)]
pub(super) struct Leaving {
    reason_code: Option<String>,
    reason_text: Option<String>,
}

/// Hangs up, or rejects an invitation. The body is empty on success: anything else is an error for the SDK.
pub(super) async fn leave(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path((cid, mid)): Path<(String, String)>,
    Query(leaving): Query<Leaving>,
) -> Result<Json<Value>, Refused> {
    let (leg, status) = exchange.own_member(&caller, &cid, &mid)?;
    let short = |text: Option<String>| text.map(|text| text.chars().take(256).collect::<String>());
    hang_up(&exchange, &caller, &leg, status, (short(leaving.reason_code), short(leaving.reason_text)))?;
    Ok(Json(json!({})))
}

/// Ends the caller's leg; an invitation that was not answered is rejected.
pub(super) fn hang_up(
    exchange: &Exchange,
    caller: &Caller,
    leg: &str,
    status: Status,
    (code, text): (Option<String>, Option<String>),
) -> Result<(), Refused> {
    let invited =
        exchange.own_leg(caller, leg, |leg| leg.direction == Direction::Outbound && status != Status::Answered)?;
    exchange.end(leg, if invited { Ending::declined() } else { Ending::sdk_hangup(code, text) });
    Ok(())
}
