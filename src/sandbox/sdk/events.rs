//! What the Client SDK is told over its socket, as `@vonage/client-sdk` 2.3.1 reads it.
//!
//! A field that is missing makes the SDK drop the whole event in silence, so every event is built here, in one place.
//! The functions take the locked state: events leave in the order of the changes.

use serde_json::{Value, json};

use crate::sandbox::effects::timestamp;
use crate::sandbox::exchange::{Exchange, State};
use crate::sandbox::leg::{Direction, Ending, Leg, Party};

/// The channel of a leg: its id is the SDK's call id.
fn channel(leg: &Leg) -> Value {
    let mut channel = json!({
        "id": leg.id, "type": "app", "leg_ids": [leg.id], "from": leg.from.to_json(), "to": leg.to.to_json(),
    });
    if let Some(knock) = &leg.knock {
        channel["knocking_id"] = knock.id.clone().into();
    }
    channel
}

fn audio_settings(leg: &Leg) -> Value {
    json!({ "audio_settings": { "enabled": true, "earmuffed": leg.ears.earmuffed, "muted": leg.ears.muted } })
}

/// A user as events show it. A user that was deleted meanwhile keeps its id.
fn user(state: &State, leg: &Leg) -> Value {
    let id = leg.user_id().unwrap_or("USR-system");
    let (name, display_name) =
        state.users.get(id).map_or(("server", "server"), |user| (user.name.as_str(), user.display_name()));
    json!({ "id": id, "user_id": id, "name": name, "display_name": display_name, "media": audio_settings(leg) })
}

/// Wraps a body into an event of the leg's conversation and numbers it.
fn event(exchange: &Exchange, state: &mut State, leg: &str, body: Value) -> Option<Value> {
    let found = state.legs.get(leg)?;
    let from_user = user(state, found);
    let (cid, member, application) = (found.conversation.clone(), found.member.clone(), found.application.clone());
    let id = state.conversations.get_mut(&cid)?.next_event();
    Some(json!({
        "id": id, "cid": cid, "from": member, "timestamp": exchange.effects.timestamp(), "application_id": application,
        "body": body,
        "_embedded": {
            "from_user": { "id": from_user["id"], "name": from_user["name"], "display_name": from_user["display_name"] },
            "from_member": { "id": member },
        },
    }))
}

/// Tells all sessions of the leg's own user.
fn to_own(exchange: &Exchange, state: &mut State, leg: &str, kind: &str, body: Value) {
    let Some(user) = state.legs.get(leg).and_then(|leg| leg.user_id()).map(str::to_owned) else { return };
    if let Some(event) = event(exchange, state, leg, body) {
        exchange.hub.emit(&user, kind, event);
    }
}

/// The users with a leg in the conversation.
fn users_in(state: &State, conversation: &str) -> Vec<String> {
    let legs = state.conversations.get(conversation).map(|c| c.legs.as_slice()).unwrap_or_default();
    let mut users: Vec<String> =
        legs.iter().filter_map(|leg| state.legs.get(leg)?.user_id().map(str::to_owned)).collect();
    users.sort();
    users.dedup();
    users
}

/// `member:joined`: resolves `serverCall` and `answer`; cancels the invitation in the user's other sessions.
pub fn joined(exchange: &Exchange, state: &mut State, leg: &str) {
    let Some(found) = state.legs.get_mut(leg).filter(|leg| !leg.joined && leg.user_id().is_some()) else { return };
    found.joined = true;
    let Some(found) = state.legs.get(leg) else { return };
    let body = json!({
        "timestamp": { "joined": exchange.effects.timestamp() }, "member_id": found.member, "user": user(state, found),
        "channel": channel(found), "media": audio_settings(found),
    });
    to_own(exchange, state, leg, "member:joined", body);
}

/// `member:invited`, to all sessions of the user or to one.
pub fn invite(exchange: &Exchange, state: &mut State, leg: &str, session: Option<&str>) {
    let Some(found) = state.legs.get(leg) else { return };
    let (Some(offer), Some(user_id)) = (found.offer.clone(), found.user_id().map(str::to_owned)) else { return };
    let name = state.conversations.get(&found.conversation).map(|c| c.name.clone()).unwrap_or_default();
    let body = json!({
        "timestamp": { "invited": timestamp(found.created_ms) },
        "conversation": { "conversation_id": found.conversation, "name": name },
        "member_id": found.member, "invited_by": "Server", "user": user(state, found),
        "media": audio_settings(found), "channel": channel(found), "sdp": offer,
    });
    let Some(event) = event(exchange, state, leg, body) else { return };
    match session {
        Some(session) => {
            exchange.hub.emit_to_session(session, "member:invited", event);
        }
        None => {
            exchange.hub.emit(&user_id, "member:invited", event);
        }
    }
}

/// `member:left` and `rtc:hangup` for the leg's own user. Never before `member:joined` when the SDK has knocked: its
/// promise would never settle.
pub fn hangup(exchange: &Exchange, state: &mut State, leg: &str, ending: &Ending) {
    let Some(found) = state.legs.get(leg) else { return };
    let inbound = found.direction == Direction::Inbound;
    if inbound && found.knock.is_none() {
        return;
    }
    if inbound {
        joined(exchange, state, leg);
    }
    let Some(found) = state.legs.get(leg) else { return };
    let mut left = json!({
        "timestamp": { "left": exchange.effects.timestamp() }, "member_id": found.member, "user": user(state, found),
        "channel": channel(found),
    });
    if let Some((code, text)) = &ending.left {
        left["reason"] = json!({ "code": code, "text": text });
    }
    let stats = found.rtc.as_ref().map(|rtc| rtc.stats()).unwrap_or_default();
    let gone = json!({
        "channel": channel(found),
        "bandwidth": { "bytes_in": stats.bytes_in, "bytes_out": stats.bytes_out,
                       "byte_in": stats.bytes_in, "byte_out": stats.bytes_out },
        "reason": { "text": ending.text, "code": ending.code, "sip_code": ending.sip_code },
        "quality": {
            "mos_score": 4.5, "quality_percentage": 100.0, "jitter_min_var": 0.0, "jitter_max_var": 0.0,
            "jitter_loss_rate": 0.0, "jitter_burst_rate": 0.0, "flaw_total": 0, "packet_cnt": stats.packets_in,
            "packet_loss_perc": 0.0,
        },
        "direction": found.direction.as_str(),
    });
    to_own(exchange, state, leg, "member:left", left);
    to_own(exchange, state, leg, "rtc:hangup", gone);
}

/// `leg:status:update` for everybody else in the call. The SDK knows `ringing`, `answered` and `completed` only.
pub fn leg_status(exchange: &Exchange, state: &mut State, leg: &str, status: &str) {
    let Some(found) = state.legs.get(leg) else { return };
    let kind = match found.party {
        Party::App { .. } => "app",
        _ => "phone",
    };
    let history: Vec<Value> = found
        .history
        .iter()
        .map(|(status, at)| json!({ "status": status.as_str(), "date": timestamp(*at) }))
        .filter(|entry| ["ringing", "answered", "completed"].iter().any(|known| entry["status"] == *known))
        .collect();
    let body = json!({
        "direction": found.direction.as_str(), "leg_id": leg, "status": status, "type": kind, "statusHistory": history,
    });
    let (own, conversation) = (found.user_id().map(str::to_owned), found.conversation.clone());
    let others: Vec<String> =
        users_in(state, &conversation).into_iter().filter(|user| Some(user) != own.as_ref()).collect();
    if others.is_empty() {
        return;
    }
    let Some(event) = event(exchange, state, leg, body) else { return };
    for user in others {
        exchange.hub.emit(&user, "leg:status:update", event.clone());
    }
}

/// An event of the call for everybody in it: mute, earmuff, keys, texts. `from` is the member that caused it.
pub fn broadcast(exchange: &Exchange, state: &mut State, leg: &str, from: &str, kind: &str, body: &Value) {
    let Some(conversation) = state.legs.get(leg).map(|leg| leg.conversation.clone()) else { return };
    let users = users_in(state, &conversation);
    if users.is_empty() {
        return;
    }
    let Some(mut event) = event(exchange, state, leg, body.clone()) else { return };
    event["from"] = from.into();
    for user in users {
        exchange.hub.emit(&user, kind, event.clone());
    }
}

/// `rtc:transfer`: the leg's user goes on in another conversation as another member.
pub fn transfer(exchange: &Exchange, state: &mut State, leg: &str, from: &str, old_member: &str) {
    let Some(found) = state.legs.get(leg).filter(|leg| leg.joined) else { return };
    let Some(user_id) = found.user_id() else { return };
    let body = json!({
        "was_member": old_member, "user_id": user_id, "transferred_from": from, "channel": channel(found),
    });
    to_own(exchange, state, leg, "rtc:transfer", body);
}

/// `rtc:answer`: the answer to a media reconnect.
pub fn media_answer(exchange: &Exchange, state: &mut State, leg: &str, sdp: &str) {
    to_own(exchange, state, leg, "rtc:answer", json!({ "rtc_id": leg, "answer": sdp }));
}
