//! What the Client SDK is told over its socket, as `@vonage/client-sdk` 2.3.1 reads it.
//!
//! A field that is missing makes the SDK drop the whole event in silence, so every event is built here, in one place.
//! The functions take the locked state: events leave in the order of the changes.
//!
//! One pause is made on purpose. `member:joined` of an own call, `member:invited` and `rtc:transfer` let the SDK fetch the
//! conversation; `nexmo-client` 9.5.1 fetches it a second time for any other event that comes meanwhile, and then has
//! forgotten its call. So what follows waits until the conversation was fetched ([`loaded`]), or [`LOADED_WITHIN`].

use std::time::Duration;

use serde_json::{Value, json};

use crate::effects::timestamp;
use crate::exchange::{Exchange, State};
use crate::leg::{Direction, Ending, Leg, Party};

/// How long events wait for an SDK that does not fetch the conversation.
const LOADED_WITHIN: Duration = Duration::from_secs(1);
/// Between the answer to that fetch and what waited for it: they travel on different connections.
const AFTER_LOADING: Duration = Duration::from_millis(100);

/// What follows for the leg's user waits.
fn hold(exchange: &Exchange, state: &mut State, leg: &str) {
    let Some(found) = state.legs.get_mut(leg) else { return };
    found.held.get_or_insert_default();
    release_after(exchange, leg, LOADED_WITHIN);
}

fn release_after(exchange: &Exchange, leg: &str, pause: Duration) {
    let (task, leg) = (exchange.clone(), leg.to_owned());
    exchange.spawn(async move {
        tokio::time::sleep(pause).await;
        release(&task, &mut task.state(), &leg);
    });
}

/// Sends what waited.
fn release(exchange: &Exchange, state: &mut State, leg: &str) {
    let Some(found) = state.legs.get_mut(leg) else { return };
    let held = found.held.take().unwrap_or_default();
    let Some(user) = found.user_id() else { return };
    for (kind, event) in held {
        exchange.hub.emit(user, &kind, event);
    }
}

/// The SDK of a user has fetched the conversation.
pub fn loaded(exchange: &Exchange, state: &State, user: &str, conversation: &str) {
    let legs = state.conversations.get(conversation).map(|c| c.legs.as_slice()).unwrap_or_default();
    let waits =
        |leg: &&String| state.legs.get(*leg).is_some_and(|leg| leg.user_id() == Some(user) && leg.held.is_some());
    for leg in legs.iter().filter(waits) {
        release_after(exchange, leg, AFTER_LOADING);
    }
}

/// Tells a user what happened in a conversation, behind what waits there.
fn tell(exchange: &Exchange, state: &mut State, user: &str, conversation: &str, kind: &str, event: Value) {
    let legs = state.conversations.get(conversation).map(|c| c.legs.as_slice()).unwrap_or_default();
    for leg in legs {
        let own = state.legs.get_mut(leg).filter(|leg| leg.user_id() == Some(user));
        if let Some(held) = own.and_then(|leg| leg.held.as_mut()) {
            return held.push((kind.to_owned(), event));
        }
    }
    exchange.hub.emit(user, kind, event);
}

/// The channel of a leg: its id is the SDK's call id.
fn channel(leg: &Leg) -> Value {
    let kind = if matches!(leg.party, Party::App { .. }) { "app" } else { "phone" };
    let mut channel = json!({
        "id": leg.id, "type": kind, "leg_ids": [leg.id], "from": leg.from.to_json(), "to": leg.to.to_json(),
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

/// Tells all sessions of the leg's own user, after what waited for it.
fn to_own(exchange: &Exchange, state: &mut State, leg: &str, kind: &str, body: Value) {
    let Some(user) = state.legs.get(leg).and_then(|leg| leg.user_id()).map(str::to_owned) else { return };
    release(exchange, state, leg);
    if let Some(mut event) = event(exchange, state, leg, body) {
        let knock = state.legs.get(leg).and_then(|leg| leg.knock.as_ref());
        if let Some(reference) = knock.and_then(|knock| knock.client_ref.clone()) {
            event["client_ref"] = reference.into();
        }
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
    // Who was invited has the conversation already.
    let own_call = found.direction == Direction::Inbound;
    to_own(exchange, state, leg, "member:joined", body);
    if own_call {
        hold(exchange, state, leg);
    }
}

/// `member:invited`, to all sessions of the user or to one.
pub fn invite(exchange: &Exchange, state: &mut State, leg: &str, session: Option<&str>) {
    let Some(found) = state.legs.get(leg) else { return };
    let (Some(offer), Some(user_id)) = (found.offer.clone(), found.user_id().map(str::to_owned)) else { return };
    let name = state.conversations.get(&found.conversation).map(|c| c.name.clone()).unwrap_or_default();
    let body = json!({
        "timestamp": { "invited": timestamp(found.created_ms) },
        "conversation": { "conversation_id": found.conversation, "name": name },
        // No member: a call flow did. `nexmo-client` takes only such an invitation for a call.
        "member_id": found.member, "invited_by": null, "user": user(state, found),
        "media": audio_settings(found), "channel": channel(found), "sdp": offer,
    });
    release(exchange, state, leg);
    let Some(event) = event(exchange, state, leg, body) else { return };
    match session {
        Some(session) => {
            exchange.hub.emit_to_session(session, "member:invited", event);
        }
        None => {
            exchange.hub.emit(&user_id, "member:invited", event);
        }
    }
    hold(exchange, state, leg);
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
        tell(exchange, state, &user, &conversation, "leg:status:update", event.clone());
    }
}

/// `member:media`, for everybody in the call: this member's audio is on. `nexmo-client` takes a call for answered by it;
/// what else the platform puts into it is not published.
pub fn media(exchange: &Exchange, state: &mut State, leg: &str) {
    let Some(found) = state.legs.get(leg) else { return };
    let (member, body) = (found.member.clone(), json!({ "audio": true, "channel": channel(found) }));
    broadcast(exchange, state, leg, &member, "member:media", &body);
}

/// `sip:ringing` and `sip:hangup` of a telephone, for the users in the call: by them `nexmo-client` tells that it rings, that
/// it is busy and that it was not answered. The later SDK skips them.
pub fn sip(exchange: &Exchange, state: &mut State, leg: &str, kind: &str, ending: Option<&Ending>) {
    let Some(found) = state.legs.get(leg).filter(|leg| leg.phone().is_some()) else { return };
    let (member, mut body) = (found.member.clone(), json!({ "channel": channel(found) }));
    if let Some(ending) = ending {
        body["reason"] = json!({ "sip_code": ending.sip_code, "code": ending.code, "text": ending.text });
    }
    broadcast(exchange, state, leg, &member, kind, &body);
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
        tell(exchange, state, &user, &conversation, kind, event.clone());
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
    hold(exchange, state, leg);
}

/// `rtc:answer`: the answer to a media reconnect.
pub fn media_answer(exchange: &Exchange, state: &mut State, leg: &str, sdp: &str) {
    to_own(exchange, state, leg, "rtc:answer", json!({ "rtc_id": leg, "answer": sdp }));
}
