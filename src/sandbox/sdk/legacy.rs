//! What `nexmo-client` 9.5.1 asks for otherwise than its successor: older paths, and a few other shapes. The socket, its
//! events and the media are the same. Depends on [`super::http`], which does the work.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::http::{Refused, Who, act, answer, cancel_knock, hang_up, knock, leave, make_leg, read};
use crate::sandbox::effects::timestamp;
use crate::sandbox::exchange::Exchange;
use crate::sandbox::leg::Status;

/// The older paths. Authentication is the mounting router's business.
pub fn router() -> Router<Exchange> {
    Router::new()
        .route("/beta/legs", post(make_leg))
        .route("/beta/knocking", post(knock))
        .route("/beta/knocking/{knock}", delete(cancel_knock))
        .route("/beta/conversations/{cid}", get(show_conversation))
        .route("/beta/conversations/{cid}/events", post(act))
        .route("/beta/conversations/{cid}/rtc/{leg}/answer", post(answer))
        .route("/beta/conversations/{cid}/members/{mid}", delete(leave))
        .route("/beta2/conversations/{cid}/events", get(events))
        .route("/beta2/conversations/{cid}/rtc/{leg}", delete(end))
        .route("/v0.3/conversations/{cid}/members", post(join))
}

async fn show_conversation(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(cid): Path<String>,
) -> Result<Json<Value>, Refused> {
    if !exchange.seen_by(&caller, &cid) {
        return Err(Refused::conversation());
    }
    let state = exchange.state();
    let conversation = state.conversations.get(&cid).ok_or_else(Refused::conversation)?;
    let members = conversation.legs.iter().filter_map(|leg| state.legs.get(leg)).filter_map(|leg| {
        let user = state.users.get(leg.user_id()?)?;
        Some(json!({
            "member_id": leg.member, "user_id": user.id, "name": user.name,
            "state": if leg.joined { "JOINED" } else { "INVITED" },
            "channel": { "type": "app", "id": leg.id, "leg_ids": [leg.id] },
            "timestamp": { "invited": timestamp(leg.created_ms) },
        }))
    });
    Ok(Json(json!({
        "uuid": cid, "name": conversation.name, "timestamp": { "created": timestamp(conversation.created_ms) },
        "sequence_number": conversation.last_event(), "members": members.collect::<Vec<_>>(),
    })))
}

/// What was missed. Every event reached the socket, so nothing was.
async fn events(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(cid): Path<String>,
) -> Result<Json<Value>, Refused> {
    if !exchange.seen_by(&caller, &cid) {
        return Err(Refused::conversation());
    }
    Ok(Json(json!({ "page_size": 0, "_embedded": { "data": { "events": [] } }, "_links": {} })))
}

/// An invitation is taken with a POST that names the member in its body.
async fn join(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(cid): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let body = read(&bytes)?;
    let member = body["from"].as_str().or_else(|| body["member_id"].as_str()).unwrap_or_default();
    match exchange.own_member(&caller, &cid, member)? {
        (_, Status::Started | Status::Ringing) => Ok(Json(json!({
            "id": member, "state": "JOINED",
            "_embedded": { "user": { "id": caller.user.id, "name": caller.user.name } },
        }))),
        _ => Err(Refused::member()),
    }
}

/// Hangs up by the leg; the member is deleted afterwards, and is gone by then.
async fn end(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path((_, leg)): Path<(String, String)>,
) -> Result<Json<Value>, Refused> {
    let status = exchange.own_leg(&caller, &leg, |leg| leg.status)?;
    hang_up(&exchange, &caller, &leg, status, (None, None))?;
    Ok(Json(json!({})))
}
