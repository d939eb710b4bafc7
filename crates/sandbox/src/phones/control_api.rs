//! The JSON interface of the simulated phones: what the handset page and the browser tests call.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::PhoneError;
use super::audio::audio;
use super::texts;
use crate::exchange::Exchange;
use crate::leg::Ending;
use crate::media::handset::Voice;
use crate::media::wav;
use crate::ncco::is_number;

/// How loud a tone is that nobody gave a level.
const USUAL_LEVEL: f64 = 0.3;

/// `GET /phones`, `GET /phones/{number}[/heard]`, `POST /phones/{number}/dial|answer|reject|hangup|dtmf|voice|sms`,
/// `GET /phones/{number}/audio` (WebSocket), `GET /calls.json`.
pub fn router(exchange: Exchange) -> Router {
    Router::new()
        .route("/phones", get(list))
        .route("/phones/{number}", get(show))
        .route("/phones/{number}/heard", get(heard))
        .route("/phones/{number}/dial", post(dial))
        .route("/phones/{number}/answer", post(answer))
        .route("/phones/{number}/reject", post(reject))
        .route("/phones/{number}/hangup", post(hangup))
        .route("/phones/{number}/dtmf", post(dtmf))
        .route("/phones/{number}/voice", post(voice))
        .route("/phones/{number}/sms", post(texts::send))
        .route("/phones/{number}/audio", get(audio))
        .route("/calls.json", get(calls))
        .with_state(exchange)
}

/// Why a request was refused, in JSON.
pub(super) struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(json!({ "error": self.1 }))).into_response()
    }
}

impl From<PhoneError> for Refused {
    fn from(error: PhoneError) -> Refused {
        let status = match error {
            PhoneError::NotOurs | PhoneError::Owned => StatusCode::UNPROCESSABLE_ENTITY,
            _ => StatusCode::CONFLICT,
        };
        Refused(status, error.to_string())
    }
}

pub(super) fn bad(why: impl Into<String>) -> Refused {
    Refused(StatusCode::BAD_REQUEST, why.into())
}

/// A phone's number, as it is written in paths: digits, a leading `+` is tolerated.
pub(super) fn number(exchange: &Exchange, text: &str) -> Result<String, Refused> {
    let digits = text.trim_start_matches('+');
    if !is_number(digits) {
        return Err(bad("a phone number has 7 to 15 digits"));
    }
    if exchange.accounts.number(digits).is_some() {
        return Err(PhoneError::Owned.into());
    }
    Ok(digits.to_owned())
}

/// The body: JSON, or nothing.
pub(super) fn body(bytes: &[u8]) -> Result<Value, Refused> {
    if bytes.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(bytes).map_err(|error| bad(format!("not understood: {error}")))
}

/// `"silence"`, `{"tone": 440}`, `{"tone": 440, "level": 0.3}`, `{"wav_base64": "…"}`.
fn read_voice(value: &Value) -> Result<Voice, Refused> {
    if value == "silence" {
        return Ok(Voice::Silence);
    }
    if let Some(hz) = value.get("tone").and_then(Value::as_f64) {
        let level = value.get("level").and_then(Value::as_f64).unwrap_or(USUAL_LEVEL);
        if !(20.0..4_000.0).contains(&hz) || !(0.0..=1.0).contains(&level) {
            return Err(bad("tone must be from 20 to 4000 Hz, level from 0 to 1"));
        }
        return Ok(Voice::Tone { hz, level });
    }
    if let Some(text) = value.get("wav_base64").and_then(Value::as_str) {
        let bytes = STANDARD.decode(text).map_err(|error| bad(format!("wav_base64: {error}")))?;
        let samples = wav::read(&bytes).map_err(|error| bad(format!("wav_base64: {error}")))?;
        return Ok(Voice::Wav(samples.into()));
    }
    Err(bad("voice must be \"silence\", {\"tone\": hz} or {\"wav_base64\": …}"))
}

async fn list(State(exchange): State<Exchange>) -> Json<Vec<Value>> {
    let state = exchange.state();
    Json(state.phones.iter().map(|(number, phone)| phone.to_json(number, &[])).collect())
}

#[derive(Deserialize)]
struct Tones {
    #[serde(default)]
    tones: String,
}

impl Tones {
    fn read(&self) -> Vec<f64> {
        let tones = self.tones.split(',').filter_map(|hz| hz.trim().parse().ok());
        tones.filter(|hz: &f64| (20.0..4_000.0).contains(hz)).take(16).collect()
    }
}

async fn show(
    State(exchange): State<Exchange>,
    Path(text): Path<String>,
    Query(tones): Query<Tones>,
) -> Result<Json<Value>, Refused> {
    let number = number(&exchange, &text)?;
    Ok(Json(exchange.state().phone(&number).to_json(&number, &tones.read())))
}

async fn heard(
    State(exchange): State<Exchange>,
    Path(text): Path<String>,
    Query(tones): Query<Tones>,
) -> Result<Json<Value>, Refused> {
    let number = number(&exchange, &text)?;
    Ok(Json(exchange.state().phone(&number).heard(&tones.read())))
}

async fn dial(
    State(exchange): State<Exchange>,
    Path(text): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let number = number(&exchange, &text)?;
    let body = body(&bytes)?;
    let to = body.get("to").and_then(Value::as_str).ok_or_else(|| bad("to is required"))?;
    let withheld = body.get("withheld").and_then(Value::as_bool).unwrap_or(false);
    let shown = if withheld { "anonymous" } else { number.as_str() };
    let leg = exchange.dial_showing(&number, to.trim_start_matches('+'), shown)?;
    let mut phone = now(&exchange, &number);
    phone["leg"] = leg.into();
    Ok(Json(phone))
}

pub(super) fn now(exchange: &Exchange, number: &str) -> Value {
    exchange.state().phone(number).to_json(number, &[])
}

async fn answer(
    State(exchange): State<Exchange>,
    Path(text): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let number = number(&exchange, &text)?;
    let body = body(&bytes)?;
    let voice = body.get("voice").map(read_voice).transpose()?;
    exchange.answer_phone(&number, voice)?;
    Ok(Json(now(&exchange, &number)))
}

async fn reject(
    State(exchange): State<Exchange>,
    Path(text): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let number = number(&exchange, &text)?;
    let ending = match body(&bytes)?.get("how").and_then(Value::as_str) {
        None | Some("declined") => Ending::declined(),
        Some("busy") => Ending::busy(),
        Some(_) => return Err(bad("how must be declined or busy")),
    };
    exchange.reject_phone(&number, ending)?;
    Ok(Json(now(&exchange, &number)))
}

async fn hangup(State(exchange): State<Exchange>, Path(text): Path<String>) -> Result<Json<Value>, Refused> {
    let number = number(&exchange, &text)?;
    exchange.hang_up_phone(&number)?;
    Ok(Json(now(&exchange, &number)))
}

async fn dtmf(
    State(exchange): State<Exchange>,
    Path(text): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let number = number(&exchange, &text)?;
    let body = body(&bytes)?;
    let digits = body.get("digits").and_then(Value::as_str).ok_or_else(|| bad("digits is required"))?;
    exchange.press_phone(&number, digits)?;
    Ok(Json(now(&exchange, &number)))
}

async fn voice(
    State(exchange): State<Exchange>,
    Path(text): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let number = number(&exchange, &text)?;
    let body = body(&bytes)?;
    // Both `{"tone": 440}` and `{"voice": {"tone": 440}}`: the second is how `answer` has it.
    let voice = read_voice(body.get("voice").unwrap_or(&body))?;
    exchange.speak_phone(&number, voice);
    Ok(Json(now(&exchange, &number)))
}

async fn calls(State(exchange): State<Exchange>) -> Json<Value> {
    Json(exchange.overview())
}
