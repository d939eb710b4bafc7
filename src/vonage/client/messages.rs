//! Messages API: texts by SMS. Its webhooks are signed as the voice ones are, which those of the older SMS API are not.

use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use super::Client;
use super::send::{Auth, Request};
use crate::domain::outgoing::Diallable;
use crate::domain::phone::E164;
use crate::vonage::error::VonageError;

/// The longest text that the API takes at once, in characters.
pub const LONGEST_TEXT: usize = 1_000;

#[derive(Deserialize)]
struct Accepted {
    message_uuid: String,
}

impl Client {
    /// Sends a text; the platform's id of it. Never repeated: a text that comes twice is worse than one that the sender
    /// is told about.
    ///
    /// # Errors
    /// Any [`VonageError`]; [`VonageError::Ambiguous`] when no answer came.
    pub async fn send_text(&self, from: &E164, to: &Diallable, text: &str) -> Result<String, VonageError> {
        let url = format!("{}/v1/messages", self.urls.api);
        let body = json!({
            "channel": "sms", "message_type": "text", "from": from.digits(), "to": to.digits(), "text": text,
            // Chinese needs another encoding than English; the platform finds out which.
            "sms": { "encoding_type": "auto" },
        });
        let accepted: Accepted = self.json(Request::new(Method::POST, url, Auth::Bearer).json(body)).await?;
        Ok(accepted.message_uuid)
    }
}
