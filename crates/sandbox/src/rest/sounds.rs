//! Voice API v1: what is played into a leg (`talk`, `stream`, `dtmf`) and keys that it presses.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::answer::{Problem, alive, application};
use crate::account::{Application, Hook};
use crate::exchange::Exchange;
use crate::leg::Status;
use crate::media::mixer::{Audience, Playback, gain_of_level};
use crate::media::tone;
use crate::media::voice::{LONGEST_TEXT, Utterance, plain_text};

/// The body, when the caller may and the leg is answered.
fn asked(exchange: &Exchange, headers: &HeaderMap, uuid: &str, bytes: &[u8]) -> Result<(Application, Value), Problem> {
    let application = application(exchange, headers)?;
    if alive(exchange, &application, headers, uuid)? != Status::Answered {
        return Err(Problem::Bad);
    }
    let body = if bytes.is_empty() { Ok(json!({})) } else { serde_json::from_slice(bytes) };
    Ok((application, body.map_err(|_| Problem::invalid("body", "must be JSON"))?))
}

/// A number, or the same as text: the specification says text, programs send both.
fn level(body: &Value) -> Result<f64, Problem> {
    let level = match &body["level"] {
        Value::Null => Some(0.0),
        Value::String(text) => text.parse().ok(),
        other => other.as_f64(),
    };
    level.filter(|level| (-1.0..=1.0).contains(level)).ok_or_else(|| Problem::invalid("level", "must be from -1 to 1"))
}

fn times(body: &Value) -> Result<Option<u32>, Problem> {
    match &body["loop"] {
        Value::Null => Ok(Some(1)),
        value => match value.as_u64().and_then(|n| u32::try_from(n).ok()) {
            Some(0) => Ok(None),
            Some(times) => Ok(Some(times)),
            None => Err(Problem::invalid("loop", "must be a whole number")),
        },
    }
}

fn done(message: &str, uuid: &str) -> Json<Value> {
    Json(json!({ "message": message, "uuid": uuid }))
}

#[derive(Clone, Copy)]
enum Slot {
    Talk,
    Stream,
}

/// Plays to one leg, in place of what the same request played before.
fn play(exchange: &Exchange, uuid: &str, slot: Slot, playback: Option<Playback>) {
    let mut state = exchange.state();
    let Some(mixer) = state.mixer_of(uuid) else { return };
    let Some(leg) = state.legs.get_mut(uuid) else { return };
    let held = match slot {
        Slot::Talk => &mut leg.talk,
        Slot::Stream => &mut leg.stream,
    };
    if let Some(before) = held.take() {
        mixer.stop(before);
    }
    *held = playback.map(|playback| mixer.play(playback).id);
}

pub async fn talk(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(uuid): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Problem> {
    let (_, body) = asked(&exchange, &headers, &uuid, &bytes)?;
    let text = body["text"].as_str().filter(|text| !text.is_empty() && text.chars().count() <= LONGEST_TEXT);
    let text = text.ok_or_else(|| Problem::invalid("text", "is required, at most 1500 characters"))?.to_owned();
    let language = body["language"].as_str().unwrap_or("en-US").to_owned();
    let style = body["style"].as_u64().and_then(|style| u8::try_from(style).ok()).unwrap_or(0);
    let (gain, times) = (gain_of_level(level(&body)?), times(&body)?);
    let (task, leg) = (exchange.clone(), uuid.clone());
    exchange.spawn(async move {
        let audio = task.speaker.say(Utterance { text: &text, language: &language, style }).await;
        let to = Audience::Leg(leg.clone());
        let conversation = task.state().legs.get(&leg).map(|leg| leg.conversation.clone()).unwrap_or_default();
        task.show_said(&conversation, &leg, &to, &plain_text(&text));
        play(&task, &leg, Slot::Talk, Some(Playback { audio, times, gain, to }));
    });
    Ok(done("Talk started", &uuid))
}

pub async fn stop_talk(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(uuid): Path<String>,
) -> Result<Json<Value>, Problem> {
    asked(&exchange, &headers, &uuid, &[])?;
    play(&exchange, &uuid, Slot::Talk, None);
    Ok(done("Talk stopped", &uuid))
}

pub async fn stream(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(uuid): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Problem> {
    let (_, body) = asked(&exchange, &headers, &uuid, &bytes)?;
    let url = match body["stream_url"].as_array().map(Vec::as_slice) {
        Some([Value::String(url)]) if crate::account::is_web_url(url) => url.clone(),
        _ => return Err(Problem::invalid("stream_url", "must be an array of exactly one URL")),
    };
    let (gain, times) = (gain_of_level(level(&body)?), times(&body)?);
    let (task, leg) = (exchange.clone(), uuid.clone());
    exchange.spawn(async move {
        let conversation = task.state().legs.get(&leg).map(|leg| leg.conversation.clone()).unwrap_or_default();
        let audio = task.fetch_audio(&url, &conversation).await;
        let to = Audience::Leg(leg.clone());
        play(&task, &leg, Slot::Stream, Some(Playback { audio, times, gain, to }));
    });
    Ok(done("Stream started", &uuid))
}

pub async fn stop_stream(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(uuid): Path<String>,
) -> Result<Json<Value>, Problem> {
    asked(&exchange, &headers, &uuid, &[])?;
    play(&exchange, &uuid, Slot::Stream, None);
    Ok(done("Stream stopped", &uuid))
}

/// Lets a leg hear keys.
pub(super) fn play_keys(exchange: &Exchange, uuid: &str, keys: &str) {
    if let Some(mixer) = exchange.state().mixer_of(uuid) {
        let to = Audience::Leg(uuid.to_owned());
        mixer.play(Playback { to, ..Playback::once(tone::dtmf(keys)) });
    }
}

pub async fn dtmf(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(uuid): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Problem> {
    let (_, body) = asked(&exchange, &headers, &uuid, &bytes)?;
    let keys = body["digits"].as_str().unwrap_or_default();
    let known = |key: char| key.is_ascii_digit() || "*#p".contains(key);
    if keys.is_empty() || keys.len() > 100 || !keys.chars().all(known) {
        return Err(Problem::invalid("digits", "must be of 0-9, *, # and p"));
    }
    play_keys(&exchange, &uuid, keys);
    Ok(done("DTMF sent", &uuid))
}

pub async fn subscribe(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(uuid): Path<String>,
    bytes: Bytes,
) -> Result<StatusCode, Problem> {
    let (_, body) = asked(&exchange, &headers, &uuid, &bytes)?;
    let url = match body["event_url"].as_array().map(Vec::as_slice) {
        Some([Value::String(url)]) if crate::account::is_web_url(url) => url.clone(),
        _ => return Err(Problem::invalid("event_url", "must be an array of exactly one URL")),
    };
    if let Some(leg) = exchange.state().legs.get_mut(&uuid) {
        leg.keys_to = Some(Some(Hook::event(url, None)));
    }
    Ok(StatusCode::OK)
}

pub async fn unsubscribe(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(uuid): Path<String>,
) -> Result<StatusCode, Problem> {
    asked(&exchange, &headers, &uuid, &[])?;
    if let Some(leg) = exchange.state().legs.get_mut(&uuid) {
        leg.keys_to = None;
    }
    Ok(StatusCode::OK)
}
