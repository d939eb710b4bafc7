//! The body of an application's creation or change, checked field by field: every field that is wrong is named.

use std::time::Duration;

use serde_json::{Value, json};

use super::application::{Hook, Method, Voice};
use super::keys::public_key_der;
use super::{Invalid, Refusal};
use crate::regions::NAMES;

/// A request body that passed validation.
pub(super) struct Parsed {
    pub(super) name: String,
    pub(super) public_key: Option<String>,
    pub(super) voice: Option<Voice>,
    pub(super) rtc: bool,
    pub(super) capabilities: Value,
    pub(super) privacy: Value,
}

impl Parsed {
    pub(super) fn read(body: &Value) -> Result<Parsed, Refusal> {
        let mut wrong = Vec::new();
        let name = match body.get("name") {
            Some(Value::String(name)) if !name.trim().is_empty() => name.clone(),
            None | Some(Value::Null) => {
                wrong.push(Invalid::new("name", "is required"));
                String::new()
            }
            Some(_) => {
                wrong.push(Invalid::new("name", "must be a non-empty string"));
                String::new()
            }
        };
        let public_key = match body.pointer("/keys/public_key") {
            None | Some(Value::Null) => None,
            Some(Value::String(key)) if public_key_der(key).is_some() => Some(key.clone()),
            Some(_) => {
                wrong.push(Invalid::new("keys.public_key", "must be an RSA public key in PEM format"));
                None
            }
        };
        let mut capabilities = match body.get("capabilities") {
            None | Some(Value::Null) => json!({}),
            Some(value @ Value::Object(_)) => value.clone(),
            Some(_) => {
                wrong.push(Invalid::new("capabilities", "must be an object"));
                json!({})
            }
        };
        let voice = read_voice(&mut capabilities, &mut wrong);
        let rtc = capabilities.get("rtc").is_some_and(Value::is_object);
        if rtc {
            read_hook(&mut capabilities, "rtc", "event_url", Method::Post, 10_000, &mut wrong);
        }
        let privacy = body.get("privacy").filter(|p| p.is_object()).cloned().unwrap_or(json!({ "improve_ai": true }));
        match wrong.is_empty() {
            true => Ok(Parsed { name, public_key, voice, rtc, capabilities, privacy }),
            false => Err(Refusal::Invalid(wrong)),
        }
    }
}

/// Reads the voice capability and fills in its defaults.
fn read_voice(capabilities: &mut Value, wrong: &mut Vec<Invalid>) -> Option<Voice> {
    match capabilities.get("voice") {
        None | Some(Value::Null) => return None,
        Some(Value::Object(_)) => {}
        Some(_) => {
            wrong.push(Invalid::new("capabilities.voice", "must be an object"));
            return None;
        }
    }
    let answer = read_hook(capabilities, "voice", "answer_url", Method::Get, 5_000, wrong);
    let fallback = read_hook(capabilities, "voice", "fallback_answer_url", Method::Get, 5_000, wrong);
    let event = read_hook(capabilities, "voice", "event_url", Method::Post, 10_000, wrong);
    let signed = capabilities.pointer("/voice/signed_callbacks").cloned();
    let signed_callbacks = match signed {
        None | Some(Value::Null) => true,
        Some(Value::Bool(signed)) => signed,
        Some(_) => {
            wrong.push(Invalid::new("capabilities.voice.signed_callbacks", "must be a boolean"));
            true
        }
    };
    let region = capabilities.pointer("/voice/region").filter(|region| !region.is_null());
    if region.is_some_and(|region| !NAMES.iter().any(|name| region == name)) {
        let reason = format!("must be one of: {}", NAMES.join(", "));
        wrong.push(Invalid::new("capabilities.voice.region", reason));
    }
    if let Some(voice) = capabilities.get_mut("voice").and_then(Value::as_object_mut) {
        voice.insert("signed_callbacks".into(), signed_callbacks.into());
    }
    Some(Voice { answer, event, fallback, signed_callbacks })
}

/// Reads `capabilities.{capability}.webhooks.{name}`, fills in its method and checks its ranges.
fn read_hook(
    capabilities: &mut Value,
    capability: &str,
    name: &str,
    usual: Method,
    longest_socket_ms: u64,
    wrong: &mut Vec<Invalid>,
) -> Option<Hook> {
    let path = format!("capabilities.{capability}.webhooks.{name}");
    let hook = capabilities.get_mut(capability)?.get_mut("webhooks")?.get_mut(name)?;
    let Some(hook) = hook.as_object_mut() else {
        wrong.push(Invalid::new(path, "must be an object"));
        return None;
    };
    let before = wrong.len();
    let url = match hook.get("address").and_then(Value::as_str) {
        Some(url) if is_web_url(url) => url.to_owned(),
        // An empty address is how a webhook is switched off.
        Some("") => return None,
        _ => {
            wrong.push(Invalid::new(format!("{path}.address"), "must be a valid URL"));
            String::new()
        }
    };
    let method = match hook.get("http_method") {
        None | Some(Value::Null) => Some(usual),
        Some(method) => method.as_str().and_then(Method::parse),
    };
    if method.is_none() {
        wrong.push(Invalid::new(format!("{path}.http_method"), "must be one of: GET, POST"));
    }
    // The 2021 specification and several server SDKs say `connection_timeout`.
    let connect = hook.get("connect_timeout").or_else(|| hook.get("connection_timeout")).cloned();
    let connect = range(connect, 1_000, 300, 1_000, &format!("{path}.connect_timeout"), wrong);
    let socket = hook.get("socket_timeout").cloned();
    let socket = range(socket, longest_socket_ms, 1_000, longest_socket_ms, &format!("{path}.socket_timeout"), wrong);
    if wrong.len() > before {
        return None;
    }
    let method = method?;
    hook.insert("http_method".into(), method.as_str().into());
    Some(Hook {
        url,
        method,
        connect_timeout: Duration::from_millis(connect),
        socket_timeout: Duration::from_millis(socket),
    })
}

/// A time-out in milliseconds.
fn range(value: Option<Value>, usual: u64, least: u64, most: u64, name: &str, wrong: &mut Vec<Invalid>) -> u64 {
    match value {
        None | Some(Value::Null) => usual,
        Some(value) => value.as_u64().filter(|ms| (least..=most).contains(ms)).unwrap_or_else(|| {
            wrong.push(Invalid::new(name, format!("must be a number between {least} and {most}")));
            usual
        }),
    }
}

/// `http` or `https` with a host.
pub fn is_web_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
