//! The conversations that a user is or was in: `GET /v0.3/users/{id}/conversations`, as `getConversations` of
//! `@vonage/client-sdk` 2.3.1 reads it, and `GET /beta2/users/{id}/conversations`, which `nexmo-client` asks for as it
//! logs in. Pages are by cursor. And one
//! of them: `GET /v0.3/conversations/{id}`.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::caller::Who;
use super::legs::media_state;
use super::refused::Refused;
use crate::effects::timestamp;
use crate::exchange::{Exchange, State as World};
use crate::leg::Leg;
use crate::sdk::events;

/// How late a new conversation is shown. Its arrival makes the SDK look again: the cure for a `member:joined` that came
/// too early all the same.
const SHOW_LATE: Duration = Duration::from_millis(300);
/// How long a conversation is new.
const NEW_MS: i64 = 3_000;

#[derive(Debug, Deserialize)]
pub(super) struct Page {
    order: Option<String>,
    page_size: Option<usize>,
    /// The number of the last leg of the page before.
    cursor: Option<String>,
}

/// A user sees its own conversations and nobody else's. `user` is `me`, the user's id or its name.
pub(super) async fn of_user(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(user): Path<String>,
    Query(page): Query<Page>,
) -> Result<Json<Value>, Refused> {
    if !["me", caller.user.id.as_str(), caller.user.name.as_str()].contains(&user.as_str()) {
        return Err(Refused::user());
    }
    let size = page.page_size.unwrap_or(10);
    if !(1..=100).contains(&size) {
        return Err(Refused::invalid("page_size must be between 1 and 100."));
    }
    let cursor: Option<u64> = match page.cursor.as_deref().filter(|cursor| !cursor.is_empty()) {
        Some(cursor) => Some(cursor.parse().map_err(|_| Refused::invalid("cursor is not valid."))?),
        None => None,
    };
    let descending = page.order.as_deref().is_some_and(|order| order.eq_ignore_ascii_case("desc"));
    let state = exchange.state();
    let mut legs: Vec<&Leg> = state.legs.values().filter(|leg| leg.user_id() == Some(&caller.user.id)).collect();
    // Of several legs in one conversation the last one is the member.
    legs.sort_by_key(|leg| std::cmp::Reverse(leg.number));
    let mut seen = std::collections::HashSet::new();
    legs.retain(|leg| seen.insert(leg.conversation.as_str()));
    if !descending {
        legs.reverse();
    }
    legs.retain(|leg| cursor.is_none_or(|c| if descending { leg.number < c } else { leg.number > c }));
    let more = legs.len() > size;
    legs.truncate(size);
    let rows: Vec<Value> = legs.iter().filter_map(|leg| row(&state, leg)).collect();
    let path = format!("{}/v0.3/users/{}/conversations?page_size={size}", exchange.public_url, caller.user.id);
    let order = if descending { "desc" } else { "asc" };
    let mut links = json!({ "self": { "href": format!("{path}&order={order}") } });
    if let Some(last) = legs.last().filter(|_| more) {
        links["next"] = json!({ "href": format!("{path}&order={order}&cursor={}", last.number) });
    }
    Ok(Json(json!({ "page_size": size, "_embedded": { "conversations": rows }, "_links": links })))
}

/// As `nexmo-client` reads it: the conversations in which the user talks. One that rings is left to its `member:invited`,
/// which comes again to every new session.
pub(super) async fn of_user_before(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(user): Path<String>,
) -> Result<Json<Value>, Refused> {
    if user != caller.user.id {
        return Err(Refused::user());
    }
    let state = exchange.state();
    let mut legs: Vec<&Leg> = state.legs.values().filter(|leg| leg.user_id() == Some(&caller.user.id)).collect();
    legs.retain(|leg| leg.member_state() == "JOINED");
    legs.sort_by_key(|leg| leg.number);
    let rows: Vec<Value> = legs
        .iter()
        .filter_map(|leg| state.conversations.get(&leg.conversation))
        .map(|conversation| {
            json!({
                "id": conversation.id, "uuid": conversation.id, "name": conversation.name,
                "timestamp": { "created": timestamp(conversation.created_ms) },
                "sequence_number": conversation.last_event(),
            })
        })
        .collect();
    let this = format!("{}/beta2/users/{user}/conversations", exchange.public_url);
    Ok(Json(json!({
        "page_size": rows.len(), "_embedded": { "data": { "conversations": rows } }, "_links": { "self": { "href": this } },
    })))
}

fn row(state: &World, leg: &Leg) -> Option<Value> {
    let conversation = state.conversations.get(&leg.conversation)?;
    let active = if conversation.legs.is_empty() { "INACTIVE" } else { "ACTIVE" };
    Some(json!({
        "id": conversation.id, "name": conversation.name, "state": active,
        "timestamp": { "created": timestamp(conversation.created_ms) },
        "_embedded": { "member": { "id": leg.member, "state": leg.member_state() } },
    }))
}

pub(super) async fn show(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(cid): Path<String>,
) -> Result<Json<Value>, Refused> {
    exchange.seen_by(&caller, &cid)?;
    let created = exchange.state().conversations.get(&cid).map(|c| c.created_ms).ok_or_else(Refused::conversation)?;
    if exchange.effects.now_ms() - created < NEW_MS {
        tokio::time::sleep(SHOW_LATE).await;
    }
    let state = exchange.state();
    events::loaded(&exchange, &state, &caller.user.id, &cid);
    let conversation = state.conversations.get(&cid).ok_or_else(Refused::conversation)?;
    let active = if conversation.legs.is_empty() { "INACTIVE" } else { "ACTIVE" };
    let mut own = conversation.legs.iter().filter_map(|leg| state.legs.get(leg));
    let own = own.rfind(|leg| leg.user_id() == Some(&caller.user.id));
    let mut body = json!({
        "id": cid, "name": conversation.name, "state": active, "timestamp": { "created": timestamp(created) },
    });
    if let Some(own) = own {
        body["media_state"] = media_state(own);
    }
    Ok(Json(body))
}
