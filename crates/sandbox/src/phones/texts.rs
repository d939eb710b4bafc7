//! Texts that a phone gets and sends.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::PhoneError;
use super::control_api::{Refused, bad, body, now, number};
use super::phone::Sms;
use crate::exchange::Exchange;
use crate::rest::texts::tell;

impl Exchange {
    /// A text arrives: on the phone's screen, or nowhere when the account owns the number.
    pub fn text_phone(&self, from: &str, to: &str, text: &str) {
        if self.accounts.number(to).is_none() {
            let at = self.effects.timestamp();
            self.state().phone(to).texted(Sms { from: from.into(), to: to.into(), text: text.into(), at });
        }
        self.trace.note(None, format!("A text from {from} to {to}: {text}"));
    }

    /// A phone sends a text to a number of the account: the application that the number is linked to gets it at its
    /// inbound URL. The platform's id of it.
    ///
    /// # Errors
    /// [`PhoneError::NotOurs`], [`PhoneError::Owned`].
    pub fn send_text(&self, number: &str, to: &str, text: &str) -> Result<String, PhoneError> {
        if self.accounts.number(number).is_some() {
            return Err(PhoneError::Owned);
        }
        self.accounts.number(to).ok_or(PhoneError::NotOurs)?;
        let (id, at) = (self.effects.uuid(), self.effects.timestamp());
        let sms = Sms { from: number.into(), to: to.into(), text: text.into(), at: at.clone() };
        self.state().phone(number).texted(sms);
        match self.accounts.linked(to) {
            Some(application) => {
                let inbound = json!({
                    "channel": "sms", "message_type": "text", "message_uuid": id, "to": to, "from": number,
                    "timestamp": at, "text": text,
                    "sms": { "num_messages": "1", "keyword": text.split_whitespace().next().map(str::to_uppercase) },
                    "usage": { "currency": "EUR", "price": "0.0057" }, "origin": { "network_code": "23410" },
                });
                // One phone's texts come in the order in which it sent them.
                tell(self, &application, "inbound_url", &format!("{number}-{to}"), inbound);
            }
            None => self.trace.note(None, "No application is linked to the number that was written to."),
        }
        Ok(id)
    }
}

/// `POST /phones/{number}/sms` `{"to", "text"}`.
pub(super) async fn send(
    State(exchange): State<Exchange>,
    Path(path): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let number = number(&exchange, &path)?;
    let body = body(&bytes)?;
    let field = |name: &str| body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let to = field("to").ok_or_else(|| bad("to is required"))?;
    let text = field("text").ok_or_else(|| bad("text is required"))?;
    let id = exchange.send_text(&number, to.trim_start_matches('+'), text)?;
    let mut phone = now(&exchange, &number);
    phone["message_uuid"] = id.into();
    Ok(Json(phone))
}
