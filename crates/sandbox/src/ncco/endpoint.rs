//! Whom a call goes to: the endpoint of `connect`, and `to` of the REST API.

use serde_json::{Map, Value};

use super::fields::{Fields, Wrong};
use crate::leg::Endpoint;
use crate::media::socket::rate;

/// Bytes of the headers of a WebSocket.
const LONGEST_HEADERS: usize = 512;

/// Reads an endpoint.
pub(super) fn endpoint(endpoint: &Fields<'_>) -> Result<Endpoint, Wrong> {
    match endpoint.required_text("type")?.as_str() {
        "phone" => {
            let number = endpoint.required_text("number")?;
            if !is_number(&number) {
                return Err(Wrong("number must be 7 to 15 digits".into()));
            }
            Ok(Endpoint::Phone(number))
        }
        "app" => Ok(Endpoint::App(endpoint.required_text("user")?)),
        kind @ ("websocket" | "sip" | "vbc") => {
            let field = if kind == "vbc" { "extension" } else { "uri" };
            let address = endpoint.required_text(field)?;
            let headers = endpoint.object("headers")?;
            if kind == "websocket" {
                websocket(endpoint, &address, headers)?;
            }
            Ok(Endpoint::Other(Value::Object(endpoint.raw().clone())))
        }
        other => Err(Wrong(format!("type \"{other}\" is not known"))),
    }
}

fn websocket(endpoint: &Fields<'_>, uri: &str, headers: Option<&Map<String, Value>>) -> Result<(), Wrong> {
    if !["ws://", "wss://"].iter().any(|scheme| uri.starts_with(scheme)) {
        return Err(Wrong("uri must start with wss:// or ws://".into()));
    }
    if rate(&endpoint.required_text("content-type")?).is_none() {
        return Err(Wrong("content-type must be audio/l16;rate= with 8000, 16000 or 24000".into()));
    }
    if headers.is_some_and(|headers| serde_json::to_string(headers).is_ok_and(|text| text.len() > LONGEST_HEADERS)) {
        return Err(Wrong(format!("headers may have at most {LONGEST_HEADERS} bytes")));
    }
    let Some(authorization) = endpoint.object("authorization")? else { return Ok(()) };
    let authorization = Fields::new(authorization);
    let within = |Wrong(why)| Wrong(format!("authorization.{why}"));
    match authorization.required_text("type").map_err(within)?.as_str() {
        "vonage" => Ok(()),
        "custom" => authorization.required_text("value").map(drop).map_err(within),
        _ => Err(Wrong("authorization.type must be vonage or custom".into())),
    }
}

/// Reads the callee of a REST request.
///
/// # Errors
/// What is wrong, naming the field.
pub fn read_endpoint(value: &Value) -> Result<Endpoint, String> {
    let fields = value.as_object().ok_or_else(|| "must be an object".to_owned())?;
    endpoint(&Fields::new(fields)).map_err(|Wrong(why)| why)
}

/// 7 to 15 digits: E.164 without `+`.
pub fn is_number(text: &str) -> bool {
    (7..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}
