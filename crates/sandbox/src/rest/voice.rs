//! Voice API v1: calls.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Problem, alive, application};
use crate::account::{Application, Hook, Method};
use crate::exchange::{Exchange, Outgoing};
use crate::flow::{self, Source};
use crate::leg::{Ending, Endpoint, Status};
use crate::ncco;
use crate::regions;

/// `GET|POST /v1/calls`, `GET|PUT /v1/calls/{uuid}`.
pub fn router(exchange: Exchange) -> Router {
    Router::new()
        .route("/v1/calls", get(list).post(create))
        .route("/v1/calls/{uuid}", get(show).put(modify))
        .route("/v1/calls/{uuid}/talk", put(super::sounds::talk).delete(super::sounds::stop_talk))
        .route("/v1/calls/{uuid}/stream", put(super::sounds::stream).delete(super::sounds::stop_stream))
        .route("/v1/calls/{uuid}/dtmf", put(super::sounds::dtmf))
        .route("/v1/calls/{uuid}/input/dtmf", put(super::sounds::subscribe).delete(super::sounds::unsubscribe))
        .with_state(exchange)
}

/// The fields of a new call.
struct NewCall {
    to: Endpoint,
    dtmf_answer: Option<String>,
    from: Endpoint,
    source: Source,
    hook: Option<Hook>,
    length_s: u64,
    ringing_s: u64,
}

/// An array of one URL; a string is refused, as the platform does.
fn one_url(body: &Value, field: &str) -> Result<Option<String>, Problem> {
    match &body[field] {
        Value::Null => Ok(None),
        Value::Array(urls) => match urls.as_slice() {
            [Value::String(url)] if crate::account::is_web_url(url) => Ok(Some(url.clone())),
            _ => Err(Problem::invalid(field, "must be an array of exactly one URL")),
        },
        _ => Err(Problem::invalid(field, "Invalid type parameter provided")),
    }
}

fn method(body: &Value, field: &str) -> Result<Option<Method>, Problem> {
    match &body[field] {
        Value::Null => Ok(None),
        value => {
            let method = value.as_str().and_then(Method::parse);
            method.map(Some).ok_or_else(|| Problem::invalid(field, "must be GET or POST"))
        }
    }
}

fn seconds(body: &Value, field: &str, usual: u64, most: u64) -> Result<u64, Problem> {
    match &body[field] {
        Value::Null => Ok(usual),
        value => {
            let seconds = value.as_u64().filter(|s| (1..=most).contains(s));
            seconds.ok_or_else(|| Problem::invalid(field, format!("must be from 1 to {most}")))
        }
    }
}

fn read_new(exchange: &Exchange, application: &Application, body: &Value) -> Result<NewCall, Problem> {
    let to = match body["to"].as_array().map(Vec::as_slice) {
        Some([to]) => ncco::read_endpoint(to).map_err(|why| Problem::invalid("to", why))?,
        _ => return Err(Problem::invalid("to", "must be an array of exactly one endpoint")),
    };
    let random = body["random_from_number"].as_bool().unwrap_or(false);
    let from = match (&body["from"], random) {
        (Value::Null, true) => {
            let linked = exchange.accounts.numbers();
            let linked = linked.iter().find(|number| number.app_id.as_deref() == Some(&application.id));
            Endpoint::Phone(linked.map_or_else(|| "unknown".to_owned(), |number| number.msisdn.clone()))
        }
        (Value::Null, false) => return Err(Problem::invalid("from", "is required")),
        (_, true) => return Err(Problem::invalid("random_from_number", "excludes from")),
        (from, false) => {
            let number = from["number"].as_str().filter(|n| !n.is_empty());
            let number = number.ok_or_else(|| Problem::invalid("from", "must have a number"))?;
            let digits = number.trim_start_matches('+');
            if !ncco::is_number(digits) && !number.starts_with("sip:") {
                return Err(Problem::invalid("from", "the number must have 7 to 15 digits"));
            }
            // Only a number of the account is shown to phones.
            let shown = exchange.accounts.number(number).is_some() || !matches!(to, Endpoint::Phone(_));
            Endpoint::Phone(if shown { number.to_owned() } else { "unknown".to_owned() })
        }
    };
    let source = match (&body["ncco"], one_url(body, "answer_url")?) {
        (Value::Array(actions), None) => {
            if actions.is_empty() {
                return Err(Problem::invalid("ncco", "must have at least one action"));
            }
            ncco::check(actions).map_err(|why| Problem::invalid("ncco", why))?;
            Source::Inline(actions.clone())
        }
        (Value::Null, Some(url)) => Source::Url(Some(Hook::answer(url, method(body, "answer_method")?))),
        (Value::Null, None) => return Err(Problem::invalid("answer_url", "is required when there is no ncco")),
        (_, Some(_)) => return Err(Problem::invalid("answer_url", "excludes ncco")),
        _ => return Err(Problem::invalid("ncco", "must be an array")),
    };
    let event_method = method(body, "event_method")?;
    let hook = one_url(body, "event_url")?.map(|url| Hook::event(url, event_method));
    if hook.is_none() && application.voice.as_ref().is_none_or(|voice| voice.event.is_none()) {
        return Err(Problem::invalid("event_url", "is required: the application has none"));
    }
    Ok(NewCall {
        dtmf_answer: body["to"][0]["dtmfAnswer"].as_str().map(str::to_owned),
        to,
        from,
        source,
        hook,
        length_s: seconds(body, "length_timer", 7_200, 86_400)?,
        ringing_s: seconds(body, "ringing_timer", 60, 120)?,
    })
}

async fn create(State(exchange): State<Exchange>, headers: HeaderMap, bytes: Bytes) -> Result<Response, Problem> {
    let application = application(&exchange, &headers)?;
    let body: Value = serde_json::from_slice(&bytes).map_err(|_| Problem::invalid("body", "must be JSON"))?;
    let new = read_new(&exchange, &application, &body)?;
    // A call lives where it was made.
    let conversation = exchange.open_conversation_in(&application.id, regions::asked(&headers));
    let leg = exchange
        .place(Outgoing {
            application: application.clone(),
            conversation: conversation.clone(),
            to: new.to,
            from: new.from,
            hook: new.hook,
            lead: true,
            whisper: false,
            failure: None,
            closing: None,
        })
        .await;
    let created = json!({
        "uuid": leg, "status": "started", "direction": "outbound", "conversation_uuid": conversation,
    });
    let (length, ringing) = (new.length_s, new.ringing_s);
    let (source, keys) = (new.source, new.dtmf_answer);
    exchange.spawn(attend(exchange.clone(), leg, application, source, keys, ringing, length));
    Ok((StatusCode::CREATED, Json(created)).into_response())
}

/// Waits for the answer, runs the flow, and ends the call when its time is over.
async fn attend(
    exchange: Exchange,
    leg: String,
    application: Application,
    source: Source,
    keys: Option<String>,
    ringing_s: u64,
    length_s: u64,
) {
    let Some(mut seen) = exchange.watch(&leg) else { return };
    let ringing = std::time::Duration::from_secs(ringing_s);
    let decided = seen.wait_for(|seen| !matches!(seen.status, Status::Started | Status::Ringing));
    let decided = match tokio::time::timeout(ringing, decided).await {
        Ok(Ok(seen)) => seen.status,
        _ => {
            exchange.end(&leg, Ending::ring_timer());
            return;
        }
    };
    if decided != Status::Answered {
        return;
    }
    if let Some(keys) = keys {
        super::sounds::play_keys(&exchange, &leg, &keys);
    }
    flow::start(&exchange, &leg, application, source, false);
    let over = seen.wait_for(|seen| seen.status.is_over());
    if tokio::time::timeout(std::time::Duration::from_secs(length_s), over).await.is_err() {
        exchange.end(&leg, Ending::length_timer());
    }
}

#[derive(Deserialize)]
struct Wanted {
    status: Option<String>,
    date_start: Option<String>,
    date_end: Option<String>,
    page_size: Option<usize>,
    record_index: Option<usize>,
    order: Option<String>,
    conversation_uuid: Option<String>,
}

/// A time as clients write it: ISO 8601, with a time zone or without (UTC).
fn time_ms(field: &str, text: &str) -> Result<i64, Problem> {
    use time::format_description::well_known::Rfc3339;
    let text = text.replace(' ', "T");
    let parsed = time::OffsetDateTime::parse(&text, &Rfc3339)
        .or_else(|_| time::OffsetDateTime::parse(&format!("{text}Z"), &Rfc3339))
        .or_else(|_| time::OffsetDateTime::parse(&format!("{text}T00:00:00Z"), &Rfc3339));
    let parsed = parsed.map_err(|_| Problem::invalid(field, "must be an ISO 8601 time"))?;
    Ok(i64::try_from(parsed.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX))
}

async fn list(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    let application = application(&exchange, &headers)?;
    let start = wanted.date_start.as_deref().map(|t| time_ms("date_start", t)).transpose()?;
    let end = wanted.date_end.as_deref().map(|t| time_ms("date_end", t)).transpose()?;
    let size = wanted.page_size.unwrap_or(10);
    if !(1..=100).contains(&size) {
        return Err(Problem::invalid("page_size", "must be from 1 to 100"));
    }
    let index = wanted.record_index.unwrap_or(0);
    let region = regions::asked(&headers);
    let mut calls = exchange.legs_of(&application.id, |leg| {
        leg.region == region
            && wanted.status.as_deref().is_none_or(|status| leg.status.as_str() == status)
            && wanted.conversation_uuid.as_deref().is_none_or(|id| leg.conversation == id)
            && start.is_none_or(|start| leg.created_ms >= start)
            && end.is_none_or(|end| leg.created_ms <= end)
    });
    match wanted.order.as_deref() {
        None | Some("asc") => {}
        Some("desc") => calls.reverse(),
        Some(_) => return Err(Problem::invalid("order", "must be asc or desc")),
    }
    let count = calls.len();
    let link = |index: usize| json!({ "href": format!("/v1/calls?page_size={size}&record_index={index}") });
    let mut links = json!({ "self": link(index), "first": { "href": format!("/v1/calls?page_size={size}") },
                            "last": link(count.saturating_sub(1) / size * size) });
    if index + size < count {
        links["next"] = link(index + size);
    }
    if index > 0 {
        links["prev"] = link(index.saturating_sub(size));
    }
    let page: Vec<Value> = calls.into_iter().skip(index).take(size).collect();
    Ok(Json(json!({
        "page_size": size, "record_index": index, "count": count, "_embedded": { "calls": page }, "_links": links,
    })))
}

async fn show(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(uuid): Path<String>,
) -> Result<Json<Value>, Problem> {
    let application = application(&exchange, &headers)?;
    let region = regions::asked(&headers);
    exchange
        .legs_of(&application.id, |leg| leg.id == uuid && leg.region == region)
        .pop()
        .map(Json)
        .ok_or(Problem::NotFound)
}

async fn modify(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(uuid): Path<String>,
    bytes: Bytes,
) -> Result<StatusCode, Problem> {
    let application = application(&exchange, &headers)?;
    let body: Value = serde_json::from_slice(&bytes).map_err(|_| Problem::invalid("body", "must be JSON"))?;
    let status = alive(&exchange, &application, &headers, &uuid)?;
    match body["action"].as_str() {
        Some("hangup") => exchange.end(&uuid, Ending::remote_hangup()),
        Some("mute") => drop(exchange.set_ears(&uuid, |ears| ears.muted = true)),
        Some("unmute") => drop(exchange.set_ears(&uuid, |ears| ears.muted = false)),
        Some("earmuff") => drop(exchange.set_ears(&uuid, |ears| ears.earmuffed = true)),
        Some("unearmuff") => drop(exchange.set_ears(&uuid, |ears| ears.earmuffed = false)),
        Some("transfer") => {
            if status != Status::Answered {
                return Err(Problem::Bad);
            }
            let destination = &body["destination"];
            let source = match (&destination["ncco"], one_url(destination, "url")?) {
                (Value::Array(actions), None) => {
                    ncco::check(actions).map_err(|why| Problem::invalid("destination.ncco", why))?;
                    Source::Inline(actions.clone())
                }
                (Value::Null, Some(url)) => Source::Url(Some(Hook::answer(url, None))),
                _ => return Err(Problem::invalid("destination", "must have either url or ncco")),
            };
            transfer(&exchange, &uuid, application, source);
        }
        _ => return Err(Problem::invalid("action", "is not known")),
    }
    Ok(StatusCode::NO_CONTENT)
}

/// The leg leaves its conversation and leads one of its own. If it led the old one, that one is over: its `connect`
/// cannot go on with one party.
fn transfer(exchange: &Exchange, leg: &str, application: Application, source: Source) {
    let (old, led) = {
        let mut state = exchange.state();
        let Some(found) = state.legs.get_mut(leg) else { return };
        let (old, flow) = (found.conversation.clone(), found.flow.take());
        if let Some(flow) = flow {
            flow.cancel();
        }
        let led = state.conversations.get_mut(&old).is_some_and(|conversation| {
            let led = conversation.lead.as_deref() == Some(leg);
            if led {
                conversation.lead = None;
            }
            led
        });
        (old, led)
    };
    let new = exchange.open_conversation_in(&application.id, &exchange.region_of(leg));
    exchange.move_leg(leg, &new, true);
    if let Some(conversation) = exchange.state().conversations.get_mut(&new) {
        conversation.lead = Some(leg.to_owned());
    }
    if led {
        exchange.abandon(&old);
    }
    flow::start(exchange, leg, application, source, false);
}
