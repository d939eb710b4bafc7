//! Texts: the Messages API (`POST /v1/messages`, channel `sms`) and the older SMS API (`POST /sms/json`).
//!
//! A text to a simulated phone is on its screen at once; the application hears `submitted` and `delivered` at its status
//! URL. A text to a number that is not E.164 is refused, one from a number that the account does not own too.

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::answer;
use super::asked::Asked;
use crate::account::Application;
use crate::auth::verify_basic;
use crate::exchange::Exchange;
use crate::ncco::is_number;

/// The longest text of the Messages API, in characters.
const LONGEST: usize = 1_000;

pub fn router(exchange: Exchange) -> Router {
    Router::new().route("/v1/messages", post(message)).route("/sms/json", post(sms)).with_state(exchange)
}

fn refused(exchange: &Exchange, code: &str, title: &str, field: &str, reason: &str) -> Response {
    let body = json!({
        "type": format!("https://developer.vonage.com/api-errors/messages#{code}"), "title": title, "detail": reason,
        "instance": exchange.effects.hex(16), "invalid_parameters": [{ "name": field, "reason": reason }],
    });
    (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
}

/// This API's own 401. Its schema requires `details` and describes `detail`, so it has both.
fn unauthorized(exchange: &Exchange) -> Response {
    let why = "Check that you're using the correct credentials, and that your account has this feature enabled";
    let body = json!({
        "type": "https://developer.vonage.com/api-errors/#unauthorized",
        "title": "You did not provide correct credentials.", "detail": why, "details": why,
        "instance": exchange.effects.hex(16),
    });
    (StatusCode::UNAUTHORIZED, Json(body)).into_response()
}

async fn message(State(exchange): State<Exchange>, headers: HeaderMap, bytes: Bytes) -> Response {
    // With the account's key and secret no application hears of it, as the reference says.
    let application = match answer::application(&exchange, &headers) {
        Ok(application) => Some(application),
        Err(_) if verify_basic(exchange.accounts.account(), &headers).is_ok() => None,
        Err(_) => return unauthorized(&exchange),
    };
    let invalid = |code, field: &str, reason: &str| refused(&exchange, code, "Invalid params", field, reason);
    let Ok(body) = serde_json::from_slice::<Value>(&bytes) else {
        return refused(&exchange, "1010", "Missing params", "body", "The body is no JSON.");
    };
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("channel") != "sms" || text("message_type") != "text" {
        return invalid("1020", "channel", "The sandbox sends text by SMS only.");
    }
    if text("text").is_empty() || text("text").chars().count() > LONGEST {
        return invalid("1020", "text", "The text must have 1 to 1000 characters.");
    }
    if !is_number(text("to")) {
        return invalid("1170", "to", "The receiver must be a number with its country code.");
    }
    if !may_send(&exchange, text("from")) {
        return invalid("1420", "from", "The sender must be a number of the account, or a name.");
    }
    let id = exchange.effects.uuid();
    exchange.text_phone(text("from"), text("to"), text("text"));
    if let Some(application) = application {
        for status in ["submitted", "delivered"] {
            let told = json!({
                "message_uuid": id, "to": text("to"), "from": text("from"), "status": status, "channel": "sms",
                "timestamp": exchange.effects.timestamp(), "usage": { "currency": "EUR", "price": "0.0333" },
                "client_ref": body.get("client_ref"), "sms": { "count_total": "1" },
            });
            tell(&exchange, &application, "status_url", &id, told);
        }
    }
    (StatusCode::ACCEPTED, Json(json!({ "message_uuid": id }))).into_response()
}

/// A number of the account's, or a name of up to eleven characters.
fn may_send(exchange: &Exchange, from: &str) -> bool {
    let name = (1..=11).contains(&from.len())
        && from.chars().any(|c| c.is_ascii_alphabetic())
        && from.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    name || exchange.accounts.number(from).is_some()
}

/// The older API: always 200, with a status of its own.
async fn sms(State(exchange): State<Exchange>, asked: Asked) -> Response {
    let text = |name: &str| asked.text(name).unwrap_or_default();
    let outcome = |message: Value| Json(json!({ "message-count": "1", "messages": [message] })).into_response();
    let wrong = |status: &str, why: &str| outcome(json!({ "status": status, "error-text": why }));
    if asked.verify(exchange.accounts.account()).is_err() {
        return wrong("4", "Bad Credentials");
    }
    for (name, label) in [("to", "Missing to param"), ("from", "Missing from param"), ("text", "Missing text param")] {
        if text(name).is_empty() {
            return wrong("2", label);
        }
    }
    let to = text("to").trim_start_matches('+');
    if !is_number(to) {
        return wrong("3", "to address is not numeric");
    }
    if !may_send(&exchange, text("from")) {
        return wrong("15", "Illegal Sender Address - rejected");
    }
    exchange.text_phone(text("from"), to, text("text"));
    outcome(json!({
        "to": to, "message-id": exchange.effects.hex(8).to_uppercase(), "status": "0", "remaining-balance": "15.53590000",
        "message-price": "0.03330000", "network": "23410", "client-ref": asked.get("client-ref"),
    }))
}

/// Posts to one of the application's URLs for messages, when it has it.
pub fn tell(exchange: &Exchange, application: &Application, url: &str, order: &str, body: Value) {
    if let Some(hook) = application.message_hook(url) {
        exchange.sender.event(application, Some(hook), &format!("text-{order}"), body);
    }
}
