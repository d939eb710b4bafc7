//! Offers and answers: the browser's transport of a leg, first and after a reconnect.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::caller::Who;
use super::refused::{Refused, read};
use crate::exchange::Exchange;
use crate::leg::Status;
use crate::media::Port;
use crate::media::rtc::RtcLeg;
use crate::sdk::events;

/// Socket events that belong after an HTTP answer are sent this much later.
const AFTER_ANSWER: Duration = Duration::from_millis(50);

/// The browser's offer in a body.
pub(super) fn offer(body: &Value) -> Result<&str, Refused> {
    let offer = body.pointer("/body/offer/sdp").and_then(Value::as_str);
    offer.ok_or_else(|| Refused::invalid("body.offer.sdp is required."))
}

/// A transport for the offer of a browser, and the answer to it.
pub(super) async fn answer_to(exchange: &Exchange, offer: &str) -> Result<(RtcLeg, String, Port), Refused> {
    let made = RtcLeg::answer(&exchange.net, offer).await;
    made.map_err(|error| Refused::new(StatusCode::BAD_REQUEST, "rtc:error:invalid-offer", error.to_string()))
}

pub(super) async fn answer(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path((_, leg)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let body = read(&bytes)?;
    let sdp = body.pointer("/body/answer").and_then(Value::as_str);
    let sdp = sdp.ok_or_else(|| Refused::invalid("body.answer is required."))?;
    let (rtc, status) = exchange.own_leg(&caller, &leg, |leg| (leg.rtc.clone(), leg.status))?;
    let rtc = rtc.filter(|_| status == Status::Ringing).ok_or_else(Refused::leg)?;
    let accepted = rtc.accept_answer(sdp).await;
    accepted.map_err(|error| Refused::new(StatusCode::BAD_REQUEST, "rtc:error:invalid-answer", error.to_string()))?;
    if !exchange.answered(&leg) {
        return Err(Refused::leg());
    }
    let (task, id) = (exchange.clone(), leg.clone());
    exchange.spawn(async move {
        tokio::time::sleep(AFTER_ANSWER).await;
        events::joined(&task, &mut task.state(), &id);
    });
    Ok(Json(json!({ "id": leg })))
}

/// A media reconnect: after a loss of network, or after the page was loaded again.
pub(super) async fn reconnect(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path((_, leg)): Path<(String, String)>,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let body = read(&bytes)?;
    let offer = offer(&body)?;
    let rtc = exchange.own_leg(&caller, &leg, |leg| leg.rtc.clone())?.ok_or_else(Refused::leg)?;
    let answer = replace(&rtc, offer).await?;
    answer_later(&exchange, &leg, answer);
    Ok(Json(json!({ "id": leg })))
}

/// A new transport for a leg that has one: the answer to the browser's offer.
pub(super) async fn replace(rtc: &RtcLeg, offer: &str) -> Result<String, Refused> {
    let answer = rtc.reoffer(offer).await;
    answer.map_err(|error| Refused::new(StatusCode::BAD_REQUEST, "rtc:error:invalid-offer", error.to_string()))
}

/// `rtc:answer`, after the HTTP answer and after `member:joined` of a leg that was just answered.
pub(super) fn answer_later(exchange: &Exchange, leg: &str, answer: String) {
    let (task, leg) = (exchange.clone(), leg.to_owned());
    exchange.spawn(async move {
        tokio::time::sleep(AFTER_ANSWER).await;
        let mut state = task.state();
        if state.legs.get(&leg).is_some_and(|leg| leg.status == Status::Answered) {
            events::joined(&task, &mut state, &leg);
        }
        events::media_answer(&task, &mut state, &leg, &answer);
    });
}
