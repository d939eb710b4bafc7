//! The Client SDK's HTTP calls, as `@vonage/client-sdk` 2.3.1 makes them.
//!
//! Timing that the SDK depends on: `member:joined` comes after the answer to the knock (they travel on different
//! connections), a conversation that is new is shown a little late, and a refusal is a documented error body.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{conversations, events, legacy};
use crate::auth::{AuthError, bearer, verify_user};
use crate::effects::timestamp;
use crate::exchange::{Exchange, NewLeg, User};
use crate::flow::{self, Source};
use crate::leg::{Direction, Ending, Endpoint, Knock, Leg, Party, Status};
use crate::media::Port;
use crate::media::mixer::{Audience, Playback, gain_of_level};
use crate::media::rtc::RtcLeg;
use crate::media::voice::{LONGEST_TEXT, Utterance, plain_text};

/// Between the answer to a knock and `member:joined`. Earlier the SDK may not know the knock yet, and would find out
/// only after ten seconds.
const JOIN_AFTER: Duration = Duration::from_millis(150);
/// How late a new conversation is shown. Its arrival makes the SDK look again: the cure for a `member:joined` that came
/// too early all the same.
const SHOW_LATE: Duration = Duration::from_millis(300);
/// How long a conversation is new.
const NEW_MS: i64 = 3_000;
/// Socket events that belong after an HTTP answer are sent this much later.
const AFTER_ANSWER: Duration = Duration::from_millis(50);
/// A leg that nobody knocked with is forgotten; the SDK itself waits ten seconds.
const KNOCK_WITHIN: Duration = Duration::from_secs(30);
/// Legs of one user that may be open at once.
const MOST_LEGS: usize = 10;

/// All routes of the SDK but the socket. `prefix` of an `apiUrl` is the mounting router's business.
pub fn router(exchange: Exchange) -> Router {
    Router::new()
        .route("/v0.3/legs", post(make_leg))
        .route("/v0.3/legs/{leg}", get(show_leg))
        .route("/v0.3/knocking", post(knock))
        .route("/v0.3/knocking/{knock}", delete(cancel_knock))
        .route("/v0.3/users/{user}", get(show_user))
        .route("/v0.3/users/{user}/conversations", get(conversations::of_user))
        .route("/v0.3/conversations/{cid}", get(show_conversation))
        .route("/v0.3/conversations/{cid}/legs", get(show_legs))
        .route("/v0.3/conversations/{cid}/events", post(act))
        .route("/v0.3/conversations/{cid}/members/{mid}", put(join).get(show_member))
        .route("/v0.3/conversations/{cid}/rtc/{leg}/answer", post(answer))
        .route("/v0.3/conversations/{cid}/rtc/{leg}/offer", post(reconnect))
        .route("/v0.2/conversations/{cid}/members/{mid}", delete(leave))
        .merge(legacy::router())
        .layer(axum::middleware::from_fn_with_state(exchange.clone(), authenticate))
        .route("/v0.2/sessions/{session}", put(refresh))
        .route("/v2/rtc/metrics", post(metrics))
        .method_not_allowed_fallback(wrong_verb)
        .fallback(nothing_here)
        .with_state(exchange)
}

/// Why a request was refused. The SDK shows `code` and `detail` to the application.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    code: &'static str,
    detail: String,
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Refused {
        Refused { status, code, detail: detail.into() }
    }

    pub(super) fn conversation() -> Refused {
        let detail = "Conversation does not exist, or you do not have access.";
        Refused::new(StatusCode::NOT_FOUND, "conversation:error:not-found", detail)
    }

    pub(super) fn member() -> Refused {
        let detail = "Member does not exist, or you do not have access.";
        Refused::new(StatusCode::NOT_FOUND, "conversation:error:member-not-found", detail)
    }

    pub(super) fn user() -> Refused {
        let detail = "User does not exist, or you do not have access.";
        Refused::new(StatusCode::NOT_FOUND, "user:error:not-found", detail)
    }

    fn leg() -> Refused {
        Refused::new(StatusCode::NOT_FOUND, "leg:error:not-found", "Leg does not exist, or you do not have access.")
    }

    pub(super) fn invalid(detail: impl Into<String>) -> Refused {
        Refused::new(StatusCode::BAD_REQUEST, "http:error:validation-fail", detail)
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = json!({
            "title": self.status.canonical_reason().unwrap_or("Error"), "code": self.code, "detail": self.detail,
            "type": format!("https://developer.vonage.com/api/conversation#{}", self.code), "instance": "",
        });
        (self.status, Json(body)).into_response()
    }
}

/// Who asks: put into the request by [`authenticate`].
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) user: User,
}

/// Verifies the token, its ACL for this very path, and that the user exists.
async fn authenticate(State(exchange): State<Exchange>, mut request: Request, next: Next) -> Response {
    let claims = bearer(request.headers())
        .ok_or(AuthError::Invalid)
        .and_then(|jwt| verify_user(&exchange.accounts, jwt, exchange.effects.now_s()));
    let claims = match claims {
        Ok(claims) => claims,
        Err(error) => return error.into_response(),
    };
    if !claims.allows(request.method().as_str(), request.uri().path()) {
        return AuthError::Permission.into_response();
    }
    let user = exchange.state().user(&claims.application_id, &claims.sub).cloned();
    let Some(user) = user else { return Refused::user().into_response() };
    request.extensions_mut().insert(Caller { user });
    next.run(request).await
}

pub(super) type Who = axum::Extension<Caller>;

pub(super) fn read(bytes: &[u8]) -> Result<Value, Refused> {
    serde_json::from_slice(bytes).map_err(|_| Refused::invalid("The body must be JSON."))
}

/// The browser's offer in a body.
pub(super) fn offer(body: &Value) -> Result<&str, Refused> {
    let offer = body.pointer("/body/offer/sdp").and_then(Value::as_str);
    offer.ok_or_else(|| Refused::invalid("body.offer.sdp is required."))
}

impl Exchange {
    /// A leg of the caller, in any state.
    pub(super) fn own_leg<T>(&self, caller: &Caller, leg: &str, look: impl FnOnce(&Leg) -> T) -> Result<T, Refused> {
        let state = self.state();
        let found = state.legs.get(leg).filter(|leg| leg.user_id() == Some(&caller.user.id));
        found.map(look).ok_or_else(Refused::leg)
    }

    /// The caller's leg that is the member of a conversation.
    pub(super) fn own_member(&self, caller: &Caller, cid: &str, mid: &str) -> Result<(String, Status), Refused> {
        let state = self.state();
        let own = |leg: &&Leg| leg.conversation == cid && leg.member == mid && leg.user_id() == Some(&caller.user.id);
        state.legs.values().find(own).map(|leg| (leg.id.clone(), leg.status)).ok_or_else(Refused::member)
    }

    /// Refuses conversations in which the caller never had a leg.
    pub(super) fn seen_by(&self, caller: &Caller, cid: &str) -> Result<(), Refused> {
        let seen = |leg: &Leg| leg.conversation == cid && leg.user_id() == Some(&caller.user.id);
        if self.state().legs.values().any(seen) { Ok(()) } else { Err(Refused::conversation()) }
    }
}

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

/// A transport for the offer of a browser, and the answer to it.
pub(super) async fn answer_to(exchange: &Exchange, offer: &str) -> Result<(RtcLeg, String, Port), Refused> {
    let made = RtcLeg::answer(&exchange.net, offer).await;
    made.map_err(|error| Refused::new(StatusCode::BAD_REQUEST, "rtc:error:invalid-offer", error.to_string()))
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
fn caller_leg(exchange: &Exchange, caller: &Caller, media: Option<(RtcLeg, Port)>) -> Result<String, Refused> {
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

pub(super) async fn knock(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let body = read(&bytes)?;
    let leg = match body.pointer("/channel/id").and_then(Value::as_str) {
        Some(leg) => leg.to_owned(),
        // The SDK before version 7 knocks without a leg, and brings its audio when it has joined.
        None => caller_leg(&exchange, &caller, None)?,
    };
    let to = body.pointer("/channel/to/number").and_then(Value::as_str).unwrap_or_default().to_owned();
    let custom_data = body.pointer("/properties/custom_data").cloned().unwrap_or_else(|| json!({}));
    let id = exchange.id("KNO");
    let client_ref = body["client_ref"].as_str().map(str::to_owned);
    let application = exchange.accounts.get(&caller.user.application).ok_or_else(Refused::leg)?;
    {
        let mut state = exchange.state();
        let own = |leg: &&mut Leg| leg.user_id() == Some(&caller.user.id) && leg.status == Status::Started;
        let found = state.legs.get_mut(&leg).filter(own).ok_or_else(Refused::leg)?;
        if found.knock.is_some() {
            return Err(Refused::invalid("This leg has knocked already."));
        }
        found.knock = Some(Knock { id: id.clone(), custom_data, client_ref });
        found.to = Endpoint::Phone(to);
    }
    // Joined first, the flow after it: the SDK gives ten seconds, and the answer webhook may take them all.
    let task = exchange.clone();
    exchange.spawn(async move {
        tokio::time::sleep(JOIN_AFTER).await;
        if task.state().legs.get(&leg).is_none_or(|leg| leg.status.is_over()) {
            return;
        }
        task.started(&leg);
        events::joined(&task, &mut task.state(), &leg);
        task.state().join_audio(&leg);
        task.ringing(&leg);
        flow::start(&task, &leg, application, Source::Url(None), true);
    });
    Ok(Json(json!({ "id": id })))
}

pub(super) async fn cancel_knock(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refused> {
    let leg = {
        let state = exchange.state();
        let of_caller = state.legs.values().filter(|leg| leg.user_id() == Some(&caller.user.id));
        let mut knocked = of_caller.filter(|leg| leg.knock.as_ref().is_some_and(|knock| knock.id == id));
        knocked.next().map(|leg| leg.id.clone()).ok_or_else(Refused::leg)?
    };
    exchange.end(&leg, Ending::own_hangup());
    Ok(Json(json!({})))
}

async fn show_user(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refused> {
    let state = exchange.state();
    let user = if id == "me" { Some(&caller.user) } else { state.user(&caller.user.application, &id) };
    let user = user.ok_or_else(Refused::user)?;
    Ok(Json(user.to_json(&exchange.public_url)))
}

fn media_state(leg: &Leg) -> Value {
    json!({
        "mute": leg.ears.muted, "earmuff": leg.ears.earmuffed, "play_stream": leg.stream.is_some(),
        "tts": leg.talk.is_some(), "recording": false, "transcribing": false,
    })
}

async fn show_conversation(
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

fn leg_json(leg: &Leg) -> Value {
    json!({
        "id": leg.id, "conversation_id": leg.conversation, "status": leg.status.as_str(),
        "start_time": leg.answered_ms.map(timestamp).unwrap_or_default(),
        "end_time": leg.ended_ms.map(timestamp).unwrap_or_default(),
        "direction": leg.direction.as_str(), "type": if leg.user_id().is_some() { "app" } else { "phone" },
        "from": leg.from.to_json(), "to": leg.to.to_json(), "media_state": media_state(leg),
    })
}

async fn show_leg(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(leg): Path<String>,
) -> Result<Json<Value>, Refused> {
    exchange.own_leg(&caller, &leg, leg_json).map(Json)
}

async fn show_legs(
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

/// `members/me` or one of the caller's own member ids.
async fn show_member(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path((cid, mid)): Path<(String, String)>,
) -> Result<Json<Value>, Refused> {
    let state = exchange.state();
    let own = state.legs.values().filter(|leg| leg.conversation == cid && leg.user_id() == Some(&caller.user.id));
    let own = own.filter(|leg| mid == "me" || leg.member == mid).max_by_key(|leg| leg.number);
    let leg = own.ok_or_else(Refused::member)?;
    let user = json!({ "id": caller.user.id, "name": caller.user.name, "display_name": caller.user.display_name() });
    Ok(Json(json!({
        "id": leg.member, "state": leg.member_state(), "_embedded": { "user": user }, "channel": { "type": "app" },
        "timestamp": { "invited": timestamp(leg.created_ms) },
    })))
}

async fn join(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path((cid, mid)): Path<(String, String)>,
) -> Result<Json<Value>, Refused> {
    match exchange.own_member(&caller, &cid, &mid)? {
        (_, Status::Started | Status::Ringing) => Ok(Json(json!({ "id": mid, "state": "JOINED" }))),
        (_, Status::Answered) => {
            let detail = "The invitation has been answered.";
            Err(Refused::new(StatusCode::BAD_REQUEST, "conversation:error:member-already-joined", detail))
        }
        _ => Err(Refused::member()),
    }
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
async fn reconnect(
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

#[derive(Deserialize)]
pub(super) struct Leaving {
    reason_code: Option<String>,
    reason_text: Option<String>,
}

/// Hangs up, or rejects an invitation. The body is empty on success: anything else is an error for the SDK.
pub(super) async fn leave(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path((cid, mid)): Path<(String, String)>,
    Query(leaving): Query<Leaving>,
) -> Result<Json<Value>, Refused> {
    let (leg, status) = exchange.own_member(&caller, &cid, &mid)?;
    let short = |text: Option<String>| text.map(|text| text.chars().take(256).collect::<String>());
    hang_up(&exchange, &caller, &leg, status, (short(leaving.reason_code), short(leaving.reason_text)))?;
    Ok(Json(json!({})))
}

/// Ends the caller's leg; an invitation that was not answered is rejected.
pub(super) fn hang_up(
    exchange: &Exchange,
    caller: &Caller,
    leg: &str,
    status: Status,
    (code, text): (Option<String>, Option<String>),
) -> Result<(), Refused> {
    let invited =
        exchange.own_leg(caller, leg, |leg| leg.direction == Direction::Outbound && status != Status::Answered)?;
    exchange.end(leg, if invited { Ending::declined() } else { Ending::sdk_hangup(code, text) });
    Ok(())
}

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

/// What is not there says so in a body that the SDK can read: without one it reports a failure of its own to parse.
async fn nothing_here(request: Request) -> Refused {
    let detail = format!("The sandbox has no {} {}.", request.method(), request.uri().path());
    Refused::new(StatusCode::NOT_FOUND, "http:error:not-found", detail)
}

async fn wrong_verb(request: Request) -> Refused {
    let detail = format!("The sandbox does not take {} at {}.", request.method(), request.uri().path());
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, "http:error:method-not-allowed", detail)
}

async fn refresh(
    State(exchange): State<Exchange>,
    Path(session): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Response> {
    use super::socket::RefreshError;
    let jwt = bearer(&headers).ok_or_else(|| AuthError::Invalid.into_response())?;
    match exchange.hub.refresh(&session, jwt) {
        Ok(session) => Ok(Json(json!({ "session_id": session.id }))),
        Err(RefreshError::Auth(error)) => Err(error.into_response()),
        Err(error @ RefreshError::NotFound) => {
            Err(Refused::new(StatusCode::NOT_FOUND, "session:error:not-found", error.to_string()).into_response())
        }
    }
}

/// The SDK reports how long a reconnection took. Nobody here wants to know, but it wants an answer.
async fn metrics(State(exchange): State<Exchange>, headers: HeaderMap) -> Result<Json<Value>, AuthError> {
    let jwt = bearer(&headers).ok_or(AuthError::Invalid)?;
    verify_user(&exchange.accounts, jwt, exchange.effects.now_s())?;
    Ok(Json(json!({})))
}
