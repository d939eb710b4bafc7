//! Legs: `POST /v0.3/legs`, which brings the browser's audio, and what is shown of them.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::caller::{Caller, Who};
use super::media::{answer_to, offer};
use super::refused::{Refused, read};
use crate::effects::timestamp;
use crate::exchange::{Exchange, NewLeg};
use crate::leg::{Direction, Endpoint, Leg, Party};
use crate::media::Port;
use crate::media::rtc::RtcLeg;

/// A leg that nobody knocked with is forgotten; the SDK itself waits ten seconds.
const KNOCK_WITHIN: Duration = Duration::from_secs(30);
/// Legs of one user that may be open at once.
const MOST_LEGS: usize = 10;

pub(super) async fn make_leg(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let body = read(&bytes)?;
    let offer = offer(&body)?;
    may_call(&exchange, &caller)?;
    let (rtc, sdp, port) = answer_to(&exchange, offer).await?;
    let leg = caller_leg(&exchange, &caller, Some((rtc, port)))?;
    let (task, unused) = (exchange.clone(), leg.clone());
    exchange.spawn(async move {
        tokio::time::sleep(KNOCK_WITHIN).await;
        if task.state().legs.get(&unused).is_some_and(|leg| leg.knock.is_none()) {
            task.discard(&unused);
        }
    });
    Ok(Json(json!({ "rtc_id": leg, "sdp": sdp })))
}

/// May the user have one more call?
fn may_call(exchange: &Exchange, caller: &Caller) -> Result<(), Refused> {
    let application = exchange.accounts.get(&caller.user.application);
    if application.is_none_or(|application| application.voice.is_none()) {
        let detail = "The application has no voice capability.";
        return Err(Refused::new(StatusCode::FORBIDDEN, "leg:error:forbidden", detail));
    }
    if exchange.state().legs_with(&Party::App { user_id: caller.user.id.clone() }).len() >= MOST_LEGS {
        let detail = "The user has too many calls.";
        return Err(Refused::new(StatusCode::TOO_MANY_REQUESTS, "leg:error:too-many", detail));
    }
    Ok(())
}

/// A leg for a call that the user makes, with its audio when that is there already.
pub(super) fn caller_leg(
    exchange: &Exchange,
    caller: &Caller,
    media: Option<(RtcLeg, Port)>,
) -> Result<String, Refused> {
    may_call(exchange, caller)?;
    let (rtc, port) = media.unzip();
    let application = caller.user.application.clone();
    let conversation = exchange.open_conversation(&application);
    Ok(exchange.new_leg(NewLeg {
        application,
        conversation,
        party: Party::App { user_id: caller.user.id.clone() },
        direction: Direction::Inbound,
        from: Endpoint::App(caller.user.name.clone()),
        to: Endpoint::Phone(String::new()),
        hook: None,
        rtc,
        port,
        offer: None,
        lead: true,
        whisper: false,
        failure: None,
        closing: None,
    }))
}

/// What plays and who hears, as the SDK reads it.
pub(super) fn media_state(leg: &Leg) -> Value {
    json!({
        "mute": leg.ears.muted, "earmuff": leg.ears.earmuffed, "play_stream": leg.stream.is_some(),
        "tts": leg.talk.is_some(), "recording": false, "transcribing": false,
    })
}

fn leg_json(leg: &Leg) -> Value {
    json!({
        "id": leg.id, "conversation_id": leg.conversation, "status": leg.status.as_str(),
        "start_time": leg.answered_ms.map(timestamp).unwrap_or_default(),
        "end_time": leg.ended_ms.map(timestamp).unwrap_or_default(),
        "direction": leg.direction.as_str(), "type": if leg.user_id().is_some() { "app" } else { "phone" },
        "from": leg.from.to_json(), "to": leg.to.to_json(), "media_state": media_state(leg),
    })
}

pub(super) async fn show_leg(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(leg): Path<String>,
) -> Result<Json<Value>, Refused> {
    exchange.own_leg(&caller, &leg, leg_json).map(Json)
}

pub(super) async fn show_legs(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(cid): Path<String>,
) -> Result<Json<Value>, Refused> {
    exchange.seen_by(&caller, &cid)?;
    let state = exchange.state();
    let mut legs: Vec<&Leg> = state.legs.values().filter(|leg| leg.conversation == cid).collect();
    legs.sort_by_key(|leg| leg.number);
    let legs: Vec<Value> = legs.into_iter().map(leg_json).collect();
    Ok(Json(json!({ "page_size": legs.len(), "_embedded": { "legs": legs }, "_links": {} })))
}
