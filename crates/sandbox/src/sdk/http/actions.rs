//! What is done during a call: mute, earmuff, keys, and texts that are spoken.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::caller::Who;
use super::refused::{Refused, read};
use crate::exchange::Exchange;
use crate::media::mixer::{Audience, Playback, gain_of_level};
use crate::media::voice::{LONGEST_TEXT, Utterance, plain_text};
use crate::sdk::events;

/// Mute, earmuff, keys and texts during a call.
pub(super) async fn act(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(cid): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let body = read(&bytes)?;
    let from = body["from"].as_str().unwrap_or_default();
    let (own, status) = exchange.own_member(&caller, &cid, from)?;
    if status.is_over() {
        return Err(Refused::member());
    }
    let kind = body["type"].as_str().unwrap_or_default();
    let asked = body.get("body").cloned().unwrap_or_default();
    // The leg meant: the caller's own, or another in the same conversation.
    let meant = asked["rtc_id"].as_str().unwrap_or(&own).to_owned();
    let here = exchange.state().legs.get(&meant).is_some_and(|leg| leg.conversation == cid);
    if !here {
        return Err(Refused::leg());
    }
    let mut extra = json!({});
    match kind {
        "audio:mute:on" => drop(exchange.set_ears(&meant, |ears| ears.muted = true)),
        "audio:mute:off" => drop(exchange.set_ears(&meant, |ears| ears.muted = false)),
        "audio:earmuff:on" => drop(exchange.set_ears(&meant, |ears| ears.earmuffed = true)),
        "audio:earmuff:off" => drop(exchange.set_ears(&meant, |ears| ears.earmuffed = false)),
        "audio:dtmf" => {
            exchange.press(&own, asked["digit"].as_str().unwrap_or_default());
        }
        "audio:say" => extra = say(&exchange, &own, from, &asked)?,
        _ => return Err(Refused::invalid("type is not known.")),
    }
    // The number of the event that told of it: an own one would leave a gap in what the sockets see.
    let number = exchange.state().conversations.get(&cid).map(|c| c.last_event()).unwrap_or_default();
    Ok(Json(json!({
        "id": number, "type": kind, "from": from, "timestamp": exchange.effects.timestamp(), "body": extra,
    })))
}

/// Speaks into the conversation.
fn say(exchange: &Exchange, leg: &str, member: &str, asked: &Value) -> Result<Value, Refused> {
    let text = asked["text"].as_str().filter(|text| !text.is_empty() && text.chars().count() <= LONGEST_TEXT);
    let text = text.ok_or_else(|| Refused::invalid("body.text is required, at most 1500 characters."))?.to_owned();
    let level = asked["level"].as_f64().unwrap_or(0.0).clamp(-1.0, 1.0);
    let times = match asked["loop"].as_u64().unwrap_or(1) {
        0 => None,
        times => u32::try_from(times).ok(),
    };
    let said = json!({
        "say_id": exchange.effects.uuid(), "text": text, "level": asked["level"].as_i64().unwrap_or(0),
        "loop": asked["loop"].as_i64().unwrap_or(1), "queue": asked["queue"].as_bool().unwrap_or(false),
        "ssml": asked["ssml"].as_bool().unwrap_or(false),
    });
    events::broadcast(exchange, &mut exchange.state(), leg, member, "audio:say", &said);
    let (task, leg, member) = (exchange.clone(), leg.to_owned(), member.to_owned());
    let done = json!({ "say_id": said["say_id"] });
    exchange.spawn(async move {
        let audio = task.speaker.say(Utterance { text: &text, language: "en-US", style: 0 }).await;
        let conversation = task.state().legs.get(&leg).map(|leg| leg.conversation.clone()).unwrap_or_default();
        task.show_said(&conversation, &leg, &Audience::All, &plain_text(&text));
        let mixer = task.state().mixer_of(&leg);
        let Some(mixer) = mixer else { return };
        let playback = Playback { audio, times, gain: gain_of_level(level), to: Audience::All };
        mixer.play(playback).done.await;
        events::broadcast(&task, &mut task.state(), &leg, &member, "audio:say:done", &done);
    });
    Ok(said)
}
