//! Private calls over HTTP: the JSON interface of the operator's own systems, and the webhooks of texts and PINs.

use axum::Json;
use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Path, Query, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api_key::ApiCaller;
use super::problem::Problem;
use super::state::{Web, WebhookTrust};
use super::webhooks::{self, Refused, admit, call_flow};
use crate::domain::click_to_call::APOLOGY;
use crate::domain::outgoing::Cleared;
use crate::domain::private_calls::allocation::Unavailable;
use crate::domain::private_calls::{Language, Shortage};
use crate::service::private_calls::{Conversation, NewConversation, NewParticipant, OpenRefusal, Participant};
use crate::service::{Method, Received, Refusable as _, WebhookKind};
use crate::vonage::webhook::{self, Raw};

/// The platform calls these.
pub(super) fn platform() -> Router<Web> {
    Router::new()
        .route("/proxy-call", get(webhooks::proxy_call).post(webhooks::proxy_call))
        .route("/webhooks/private-pin", get(pin).post(pin))
        .route("/webhooks/inbound-sms", get(inbound_text).post(inbound_text))
        .route("/webhooks/sms-status", get(text_status).post(text_status))
}

/// The operator's own systems call these, with a key.
pub(super) fn interface() -> Router<Web> {
    Router::new()
        .route("/api/private-conversations", get(list).post(open))
        .route("/api/private-conversations/{id}", get(show).delete(close))
}

// ---------------------------------------------------------------- the JSON interface

/// The body of a request. `deny_unknown_fields`, because a misspelt `expires_in` would open a conversation for ever.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    participants: Vec<WantedParticipant>,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    expires_in: Option<i64>,
    #[serde(default)]
    idle_after: Option<i64>,
    #[serde(default)]
    pin: bool,
    #[serde(default = "yes")]
    notify: bool,
    #[serde(default)]
    language: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WantedParticipant {
    number: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    dials: Option<String>,
}

fn yes() -> bool {
    true
}

async fn open(ApiCaller(key): ApiCaller, State(web): State<Web>, request: Request) -> Result<Response, Problem> {
    let request_key = header(request.headers(), "idempotency-key");
    let Json(wanted) = Json::<Wanted>::from_request(request, &()).await.map_err(|error| unreadable(&error))?;
    let Ok([one, other]) = <[WantedParticipant; 2]>::try_from(wanted.participants) else {
        return Err(Problem::field("participants", "a conversation has exactly two participants"));
    };
    let language = match wanted.language.as_deref() {
        None => Language::default(),
        Some(tag) => Language::of_tag(tag).ok_or_else(|| Problem::field("language", "en or zh-CN"))?,
    };
    // What the asker sent, it may have back: it is the only place that shows numbers, and it does not come from us.
    let given = [&one, &other].map(|person| {
        let number = web.services.lines.read_number(&person.number);
        number.map(|number| number.digits().to_owned()).ok()
    });
    let participants = [one, other].map(|person| {
        let WantedParticipant { number, name, dials } = person;
        NewParticipant { number, name, dials }
    });
    let new = NewConversation {
        participants,
        reference: wanted.reference,
        expires_in: wanted.expires_in,
        idle_after: wanted.idle_after,
        pins: wanted.pin,
        notify: wanted.notify,
        language,
        // Another system's keys are none of this one's.
        request_key: request_key.map(|request| format!("{}/{request}", key.id)),
        by: format!("api {}", key.name),
    };
    match web.services.private.open_private_conversation(new).await.refusable().map_err(Problem::ours)? {
        Ok(opened) => {
            let status = if opened.known { StatusCode::OK } else { StatusCode::CREATED };
            let mut body = shown(&opened.conversation);
            if !opened.known {
                for (at, number) in given.into_iter().enumerate() {
                    body["participants"][at]["number"] = json!(number);
                }
            }
            Ok((status, Json(body)).into_response())
        }
        Err(OpenRefusal::Field { field, reason }) => Err(Problem::field(field, reason.to_string())),
        Err(OpenRefusal::TooSmall(short)) => Err(too_small(&short)),
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn unreadable(error: &JsonRejection) -> Problem {
    // The message names the field and what was expected, and never a value but a short one.
    Problem::new(StatusCode::BAD_REQUEST, "unreadable", error.body_text())
}

fn too_small(short: &[Shortage]) -> Problem {
    let sentences: Vec<String> = short.iter().map(shortage).collect();
    let each: Vec<Value> = short
        .iter()
        .map(|short| {
            json!({
                "participant": short.side, "country": short.country, "open": short.open, "cooling": short.cooling,
                "pool": short.pool, "missing": short.missing,
            })
        })
        .collect();
    Problem::new(StatusCode::CONFLICT, "pool_too_small", sentences.join(" ")).with("shortages", each)
}

fn shortage(short: &Shortage) -> String {
    let who = format!("participants[{}]", short.side);
    let country = short.country.as_deref().unwrap_or("any country");
    match short.wanted {
        Some(Unavailable::NotInPool) => format!("The number that {who} is to dial is not in the pool."),
        Some(Unavailable::InUse) => format!("{who} dials that number in another open conversation."),
        Some(Unavailable::Cooling) => format!("{who} had that number a short while ago."),
        None => format!(
            "{who} has {} conversations open and {} numbers cooling off, and the pool has {}: rent {} more in {country}.",
            short.open, short.cooling, short.pool, short.missing
        ),
    }
}

#[derive(Deserialize)]
struct Listing {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    before: Option<String>,
    #[serde(default)]
    limit: Option<u32>,
}

async fn list(
    ApiCaller(_): ApiCaller,
    State(web): State<Web>,
    Query(listing): Query<Listing>,
) -> Result<Json<Value>, Problem> {
    let open = match listing.state.as_deref() {
        None | Some("all") => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(Problem::field("state", "open, closed or all")),
    };
    let (text, before) = (listing.reference.as_deref(), listing.before.as_deref());
    let page = web.services.private.private_conversations(open, text, before, listing.limit.unwrap_or(50)).await;
    let page = page.map_err(Problem::ours)?;
    let conversations: Vec<Value> = page.conversations.iter().map(shown).collect();
    Ok(Json(json!({ "conversations": conversations, "next": page.next })))
}

async fn show(ApiCaller(_): ApiCaller, State(web): State<Web>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let found = web.services.private.private_conversation(&id).await.map_err(Problem::ours)?;
    let found = found.ok_or_else(not_found)?;
    let attempts = web.services.private.private_attempts(Some(&id), 100).await.map_err(Problem::ours)?;
    let attempts: Vec<Value> = attempts
        .iter()
        .map(|attempt| {
            json!({ "at": attempt.at, "participant": attempt.side, "kind": attempt.kind, "outcome": attempt.outcome })
        })
        .collect();
    let mut body = shown(&found);
    body["attempts"] = attempts.into();
    Ok(Json(body))
}

async fn close(
    ApiCaller(key): ApiCaller,
    State(web): State<Web>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    let closed = web.services.private.close_private_conversation(&id, &format!("api {}", key.name)).await;
    Ok(Json(shown(&closed.map_err(Problem::ours)?.ok_or_else(not_found)?)))
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "there is no such conversation")
}

/// A conversation as the interface shows it: people's own numbers masked.
fn shown(conversation: &Conversation) -> Value {
    let person = |person: &Participant| {
        json!({
            "number": person.masked(), "name": person.name, "country": person.country, "dials": person.dials,
            "pin": person.pin, "notified": person.invited, "problem": person.problem,
        })
    };
    let closed = conversation.closed.as_ref();
    json!({
        "id": conversation.id,
        "reference": conversation.reference,
        "state": if closed.is_some() { "closed" } else { "open" },
        "language": conversation.language.tag(),
        "created_at": conversation.created_at,
        "created_by": conversation.created_by,
        "expires_at": conversation.expires_at,
        "idle_after": conversation.idle_ms.map(|ms| ms / 1000),
        "ends_at": conversation.ends_at,
        "used_at": conversation.used_at,
        "closed_at": closed.map(|(at, ..)| at),
        "closed_because": closed.map(|(_, because, _)| because.name()),
        "closed_by": closed.map(|(_, _, by)| by),
        "participants": conversation.participants.iter().map(person).collect::<Vec<Value>>(),
    })
}

// ---------------------------------------------------------------- webhooks

/// Keys for a PIN: the flow that goes on. What came is kept as every event is; a caller hears something in any case.
async fn pin(State(web): State<Web>, RawQuery(query): RawQuery, request: Request) -> Response {
    let received = match admit(&web, WebhookKind::Dtmf, query.as_deref(), request).await {
        Ok(received) => received,
        Err(refused) => return refused.into_response(),
    };
    let keys = webhook::keys(raw(&received));
    let services = web.services.clone();
    match tokio::spawn(async move { services.webhooks.pin(received, keys).await }).await {
        Ok(Ok(ncco)) => call_flow(&ncco),
        Ok(Err(replayed)) => Refused::new(StatusCode::UNAUTHORIZED, replayed.to_string()).into_response(),
        Err(_) => call_flow(&Cleared::saying(APOLOGY)),
    }
}

/// A text for one of our numbers.
async fn inbound_text(State(web): State<Web>, RawQuery(query): RawQuery, request: Request) -> Response {
    let request = match unsigned_text(&web, query.as_deref(), request).await {
        Ok(request) => request,
        Err(refused) => return refused.into_response(),
    };
    let received = match admit(&web, WebhookKind::Event, query.as_deref(), request).await {
        Ok(received) => received,
        Err(refused) => return refused.into_response(),
    };
    match webhook::inbound_text(raw(&received)) {
        Ok(text) => match web.services.private.texts.inbound_text(text).await {
            Ok(()) => StatusCode::OK.into_response(),
            Err(error) => {
                tracing::warn!(error = %error, "a text was not stored; the platform will repeat it");
                Refused::new(StatusCode::SERVICE_UNAVAILABLE, "not stored, please repeat").into_response()
            }
        },
        // Nobody can do better with a repetition.
        Err(unreadable) => {
            tracing::warn!(reason = unreadable.reason, "an inbound text could not be read");
            StatusCode::OK.into_response()
        }
    }
}

/// An account that is set to the SMS API sends texts that bear no signature, and they are refused: the operator is told
/// which setting is to be changed. The request, as it came.
async fn unsigned_text(web: &Web, query: Option<&str>, request: Request) -> Result<Request, Refused> {
    let signed = request.headers().contains_key(axum::http::header::AUTHORIZATION);
    if signed || !matches!(web.trust, WebhookTrust::Signed(_)) {
        return Ok(request);
    }
    let (head, body) = request.into_parts();
    let body = super::webhooks::read(web, body).await?;
    let (method, raw) = if head.method == axum::http::Method::GET {
        (Method::Get, Raw::Query(query.unwrap_or_default()))
    } else {
        (Method::Post, Raw::Body(&body))
    };
    if webhook::is_sms_api(raw) {
        web.services.private.texts.unsigned_text(method).await;
    }
    Ok(Request::from_parts(head, body.into()))
}

/// The delivery state of a text that we sent.
async fn text_status(State(web): State<Web>, RawQuery(query): RawQuery, request: Request) -> Response {
    let received = match admit(&web, WebhookKind::Event, query.as_deref(), request).await {
        Ok(received) => received,
        Err(refused) => return refused.into_response(),
    };
    if let Ok(status) = webhook::text_status(raw(&received)) {
        web.services.private.texts.text_status(status).await;
    }
    StatusCode::OK.into_response()
}

fn raw(received: &Received) -> Raw<'_> {
    match received.method {
        Method::Get => Raw::Query(&received.raw),
        Method::Post => Raw::Body(received.raw.as_bytes()),
    }
}
