//! `GET /socket`: a call's audio. The platform is the client; the token in the address opens the socket once.
//!
//! The upgrade is Axum's; then the connection is taken out of HTTP and the socket runs on it directly, one task for each
//! call, so that a stuck one holds up nobody. What works on the audio are [`handler::Handler`]s: [`echo`], [`record`],
//! [`monitor`], [`relay`]. Memory for each call is bounded: what is not a whole message yet, and queues that end the
//! call, with a reason that is kept, when they are full.

mod call;
mod echo;
mod files;
mod handler;
pub(super) mod levels;
mod meters;
mod monitor;
mod outbox;
mod record;
mod relay;
mod socket;
mod wire;

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL,
    SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::upgrade::OnUpgrade;

use self::handler::Handler;
use self::wire::Wire;
use super::connections::Place;
use super::state::Web;
use crate::domain::audio_socket::Speaker;
use crate::service::AudioCall;

pub(super) use files::recording;
pub(super) use meters::stream as levels_stream;

/// The subprotocol that the platform's own module offers.
const PROTOCOL: &str = "WSBRIDGE";
/// What RFC 6455 appends to a client's key.
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// How long a client may take between the answer and the socket.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Checks the token before anything else is promised, then upgrades.
#[utoipa::path(
    get, path = "/socket", operation_id = "openAudioSocket", tag = "platform", security(()),
    summary = "A call's audio, as a WebSocket",
    params(("token" = String, Query, description = "opens the socket once; in the header as a bearer token too")),
    responses(
        (status = 101, description = "The socket is open: binary frames of audio, JSON in text frames."),
        (status = 400, description = "This is no handshake of a WebSocket.", body = String, content_type = "text/plain"),
        (status = 401, description = "The token opens no call.", body = String, content_type = "text/plain"),
        (status = 426, description = "This connection cannot become a WebSocket.", body = String, content_type = "text/plain"),
        (status = 503, description = "Not possible at the moment.", body = String, content_type = "text/plain"),
    ),
)]
pub(super) async fn open(State(web): State<Web>, mut request: Request) -> Response {
    let accept = match accept_of(request.headers()) {
        Ok(accept) => accept,
        Err(why) => return (StatusCode::BAD_REQUEST, format!("{why}\n")).into_response(),
    };
    let Some(upgrade) = request.extensions_mut().remove::<OnUpgrade>() else {
        return (StatusCode::UPGRADE_REQUIRED, "this connection cannot become a WebSocket\n").into_response();
    };
    let Some(token) = token_of(&request) else { return unknown() };
    if web.streams.stop.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the server is stopping\n").into_response();
    }
    let call = match web.services.audio.open_audio_call(&token).await {
        Ok(Some(call)) => call,
        Ok(None) => return unknown(),
        Err(error) => {
            tracing::error!(error = %error, "a call's audio socket could not be opened");
            return (StatusCode::SERVICE_UNAVAILABLE, "not available at the moment\n").into_response();
        }
    };
    let bridge = offers_bridge(request.headers());
    let tasks = web.streams.open.clone();
    // The socket keeps the connection's place.
    let busy = request.extensions().get::<Place>().map(Place::occupy);
    tasks.spawn(async move {
        let _busy = busy;
        match tokio::time::timeout(HANDSHAKE, upgrade).await {
            Ok(Ok(upgraded)) => attend(web, call, Wire::new(upgraded)).await,
            _ => tracing::warn!(call.conversation = %call.conversation, "an audio socket was not taken up"),
        }
    });
    let mut answer = Response::builder()
        .status(StatusCode::SWITCHING_PROTOCOLS)
        .header(CONNECTION, "upgrade")
        .header(UPGRADE, "websocket")
        .header(SEC_WEBSOCKET_ACCEPT, accept);
    if bridge {
        answer = answer.header(SEC_WEBSOCKET_PROTOCOL, PROTOCOL);
    }
    answer.body(Body::empty()).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// Wrong, used, too old, or none: a stranger does not learn which.
fn unknown() -> Response {
    (StatusCode::UNAUTHORIZED, "this address opens no call\n").into_response()
}

/// The token of the address; or of the header, for clients that were given it so.
fn token_of(request: &Request) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    let in_address = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "token");
    let in_address = in_address.map(|(_, token)| token.into_owned());
    let in_header = || {
        let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
        header.strip_prefix("Bearer ").map(str::to_owned)
    };
    in_address.or_else(in_header).filter(|token| (1..=256).contains(&token.len()))
}

/// Checks a handshake (RFC 6455, 4.2.1) and makes the answer's key.
fn accept_of(headers: &HeaderMap) -> Result<String, &'static str> {
    let says = |name: HeaderName, word: &str| {
        let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
        lines.flat_map(|line| line.split(',')).any(|part| part.trim().eq_ignore_ascii_case(word))
    };
    if !says(UPGRADE, "websocket") || !says(CONNECTION, "upgrade") {
        return Err("this is a WebSocket");
    }
    if !says(SEC_WEBSOCKET_VERSION, "13") {
        return Err("Sec-WebSocket-Version must be 13");
    }
    let key = headers.get(SEC_WEBSOCKET_KEY).map(|key| key.as_bytes()).unwrap_or_default();
    if STANDARD.decode(key).map_or(0, |key| key.len()) != 16 {
        return Err("Sec-WebSocket-Key must be 16 bytes in base64");
    }
    let digest =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA1_FOR_LEGACY_USE_ONLY, &[key, GUID.as_bytes()].concat());
    Ok(STANDARD.encode(digest))
}

fn offers_bridge(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|part| part.trim() == PROTOCOL)
}

/// Carries the call's audio until it is over, then records how it ended.
async fn attend(web: Web, call: AudioCall, wire: Wire) {
    let open = metrics::gauge!("audio_sockets_open");
    open.increment(1.0);
    tracing::info!(call.conversation = %call.conversation, audio.plan = %call.plan.target(), "an audio socket opened");
    // On the heap while it is wanted: what a future may need at any time, its task keeps as long as the call.
    let handlers = Box::pin(handlers(&web, &call)).await;
    let end = call::carry(wire, &call, handlers, &web.streams.stop).await;
    open.decrement(1.0);
    metrics::counter!("audio_frames_received_total").increment(end.frames_in);
    metrics::counter!("audio_frames_sent_total").increment(end.frames_out);
    metrics::counter!("audio_sockets_ended_total", "why" => end.ended.clone()).increment(1);
    tracing::info!(
        call.conversation = %call.conversation,
        audio.ended = %end.ended,
        audio.frames_in = end.frames_in,
        audio.frames_out = end.frames_out,
        "an audio socket closed"
    );
    if let Err(error) = Box::pin(web.services.audio.close_audio_call(&call, end)).await {
        tracing::error!(call.conversation = %call.conversation, error = %error, "the end of an audio socket could not be stored");
    }
}

/// What works on this call's audio: the speaker first, then who listens to both.
async fn handlers(web: &Web, call: &AudioCall) -> Vec<Box<dyn Handler>> {
    let mut handlers: Vec<Box<dyn Handler>> = Vec::with_capacity(3);
    match &call.plan.speaker {
        Speaker::Nobody => {}
        Speaker::Echo => handlers.push(Box::new(echo::Echo)),
        Speaker::Relay(name) => handlers.push(Box::new(relay::Relay::start(web.services.clone(), call, name))),
    }
    if call.plan.record {
        match record::Record::start(web.services.clone(), call).await {
            Ok(record) => handlers.push(Box::new(record)),
            // The call goes on; its page says that it was not recorded.
            Err(error) => {
                tracing::error!(call.conversation = %call.conversation, error = %error, "a call is not recorded")
            }
        }
    }
    handlers.push(Box::new(monitor::Monitor::new(web.levels.open(&call.conversation))));
    handlers
}
