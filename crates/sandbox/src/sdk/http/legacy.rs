//! What `nexmo-client` asks for otherwise than its successor: older paths, and a few other shapes. The socket's events and
//! the media are the same. The work is done by the modules beside this one.
//!
//! Version 9.5.1 without `enableInboundOffer`, which is its default, and all versions before 7 answer a call with an offer of
//! their own, which `POST …/rtc` takes and `rtc:answer` answers.

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde_json::{Value, json};

use super::actions::act;
use super::caller::{Caller, Who};
use super::conversations;
use super::knocking::{cancel_knock, knock};
use super::legs::make_leg;
use super::media::{answer, answer_later, answer_to, offer, replace};
use super::members::{hang_up, leave};
use super::refused::{Refused, read};
use crate::effects::timestamp;
use crate::exchange::Exchange;
use crate::leg::{Direction, Leg, Status};
use crate::sdk::events::loaded;

/// The older paths. Authentication is the mounting router's business.
pub(super) fn router() -> Router<Exchange> {
    Router::new()
        .route("/beta/legs", post(make_leg))
        .route("/beta/knocking", post(knock))
        .route("/beta/knocking/{knock}", delete(cancel_knock))
        .route("/beta/conversations/{cid}", get(show_conversation))
        .route("/beta/conversations/{cid}/events", post(act))
        .route("/beta/conversations/{cid}/rtc", post(bring_media))
        .route("/beta/conversations/{cid}/rtc/{leg}/answer", post(answer))
        .route("/beta/conversations/{cid}/members", post(join))
        .route("/beta/conversations/{cid}/members/{mid}", delete(leave))
        .route("/beta2/users/{user}/conversations", get(conversations::of_user_before))
        .route("/beta2/conversations/{cid}/events", get(events))
        .route("/beta2/conversations/{cid}/rtc/{leg}", delete(end))
        .route("/v0.3/conversations/{cid}/members", post(join))
}

async fn show_conversation(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(cid): Path<String>,
) -> Result<Json<Value>, Refused> {
    exchange.seen_by(&caller, &cid)?;
    let state = exchange.state();
    loaded(&exchange, &state, &caller.user.id, &cid);
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
    exchange.seen_by(&caller, &cid)?;
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
    let (member, _, status) = meant(&exchange, &caller, &cid, body["from"].as_str().or(body["member_id"].as_str()))?;
    match status {
        Status::Started | Status::Ringing => Ok(Json(json!({
            "id": member, "state": "JOINED", "member_id": member, "user_id": caller.user.id, "name": caller.user.name,
            "channel": { "type": "app" }, "timestamp": { "joined": exchange.effects.timestamp() },
            "_embedded": { "user": { "id": caller.user.id, "name": caller.user.name } },
        }))),
        _ => Err(Refused::member()),
    }
}

/// The caller's member that is meant, its leg and how that is: the one that is named, or else the last that is not over.
fn meant(
    exchange: &Exchange,
    caller: &Caller,
    cid: &str,
    named: Option<&str>,
) -> Result<(String, String, Status), Refused> {
    let last = || {
        let state = exchange.state();
        let own = |leg: &&Leg| leg.conversation == cid && leg.user_id() == Some(&caller.user.id);
        let here = state.legs.values().filter(own).filter(|leg| !leg.status.is_over());
        here.max_by_key(|leg| leg.number).map(|leg| leg.member.clone())
    };
    let member = named.map(str::to_owned).or_else(last).ok_or_else(Refused::member)?;
    let (leg, status) = exchange.own_member(caller, cid, &member)?;
    Ok((member, leg, status))
}

/// The browser's own offer: it answers an invitation, or brings the audio of a call that was knocked for without a leg.
async fn bring_media(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(cid): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let body = read(&bytes)?;
    let offer = offer(&body)?;
    let (_, leg, status) = meant(&exchange, &caller, &cid, body["from"].as_str())?;
    if status.is_over() {
        return Err(Refused::member());
    }
    let (rtc, invited) =
        exchange.own_leg(&caller, &leg, |leg| (leg.rtc.clone(), leg.direction == Direction::Outbound))?;
    let sdp = match rtc {
        Some(rtc) => replace(&rtc, offer).await?,
        None => {
            let (rtc, sdp, port) = answer_to(&exchange, offer).await?;
            if !exchange.give_media(&leg, rtc, port) {
                return Err(Refused::member());
            }
            sdp
        }
    };
    if invited && status == Status::Ringing && !exchange.answered(&leg) {
        return Err(Refused::member());
    }
    answer_later(&exchange, &leg, sdp);
    Ok(Json(json!({ "rtc_id": leg })))
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
