//! Strict mode: what the references of the REST APIs do not document is refused, so that a misreading of ours has to be made
//! twice, and against the text. The handlers check values; the table in [`documented`] knows which fields there are, and [`Limits`] how many
//! requests a second.
//!
//! | API | reference |
//! |---|---|
//! | Voice | "Voice API", 1.10: create, list, modify, talk, stream, DTMF |
//! | Applications | "Application API", v2: capabilities |
//! | Users | "Users API", v1 |
//! | Numbers, SMS | "Numbers API", "SMS API"; key and secret may be parameters, as in their older versions |
//! | Number Insight, Messages | "Number Insight API", "Messages API", SMS channel |

mod documented;
mod limits;
#[cfg(test)]
mod tests;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use documented::Field::{Any, In, List, One};
use documented::{Field, KEYS, OPERATIONS, Operation};
pub use limits::{Limits, throttled};

fn is_at(pattern: &str, path: &str) -> bool {
    let (mut wanted, mut is) = (pattern.split('/'), path.split('/'));
    loop {
        match (wanted.next(), is.next()) {
            (None, None) => return true,
            (Some("*"), Some(segment)) if !segment.is_empty() => {}
            (Some(wanted), Some(is)) if wanted == is => {}
            _ => return false,
        }
    }
}

/// What is wrong with one field.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Like `from.number`.
    pub name: String,
    pub reason: String,
}

fn undocumented(name: String) -> Wrong {
    Wrong { name, reason: "is not documented (strict mode)".to_owned() }
}

fn look(fields: &[Field], value: &Value, at: &str) -> Option<Wrong> {
    let Value::Object(given) = value else { return None };
    given.iter().find_map(|(name, value)| {
        let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        match fields.iter().find(|field| field.name() == name) {
            None => Some(undocumented(at)),
            Some(Any(_)) => None,
            Some(One(_, known)) => {
                let fits = value.is_null() || value.as_str().is_some_and(|value| known.contains(&value));
                let reason = format!("must be one of: {} (strict mode)", known.join(", "));
                (!fits).then_some(Wrong { name: at, reason })
            }
            Some(In(_, inside)) => look(inside, value, &at),
            Some(List(_, inside)) => value.as_array().into_iter().flatten().find_map(|one| look(inside, one, &at)),
        }
    })
}

/// A request as far as strict mode looks at it.
pub struct Asked<'a> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub content_type: &'a str,
    pub body: &'a [u8],
}

impl Asked<'_> {
    /// The first thing that the reference does not know. Paths that the table does not have, and bodies that cannot be
    /// read, are the handlers' business.
    pub fn wrong(&self) -> Option<Wrong> {
        let Operation(.., query, body) =
            OPERATIONS.iter().find(|one| one.0 == self.method && is_at(one.1, self.path))?;
        let keyed = ["/account/", "/number/", "/ni/"].iter().any(|prefix| self.path.starts_with(prefix));
        let object = |text: &[u8]| -> Value {
            let pairs = url::form_urlencoded::parse(text).into_owned();
            let pairs = pairs.filter(|(name, _)| !(keyed && KEYS.contains(&name.as_str())));
            Value::Object(pairs.map(|(name, value)| (name, value.into())).collect())
        };
        look(query, &object(self.query.as_bytes()), "").or_else(|| {
            if self.body.is_empty() {
                return None;
            }
            // Whatever the label says: some clients send a form and call it JSON.
            let json = serde_json::from_slice::<Value>(self.body).ok().filter(Value::is_object);
            let form = keyed || self.content_type.contains("form-urlencoded");
            let mut value = json.or_else(|| form.then(|| object(self.body)))?;
            if keyed && let Some(fields) = value.as_object_mut() {
                fields.retain(|name, _| !KEYS.contains(&name.as_str()));
            }
            look(body, &value, "")
        })
    }
}

/// The refusal, in the form that each API has.
pub fn refused(path: &str, wrong: &Wrong, instance: String) -> Response {
    let Wrong { name, reason } = wrong;
    let invalid = json!([{ "name": name, "reason": reason }]);
    let (status, body) = if path.starts_with("/v2/applications") {
        let kind = "https://developer.vonage.com/api-errors/application#payload-validation";
        let detail = "The request failed due to validation errors";
        let body = json!({ "type": kind, "title": "Bad Request", "detail": detail, "invalid_parameters": invalid, "instance": instance });
        (400, body)
    } else if path.starts_with("/v1/users") {
        let kind = "https://developer.vonage.com/api/conversation#http:error:validation-fail";
        let body = json!({ "type": kind, "title": "Bad request.", "code": "http:error:validation-fail",
            "detail": "Input validation failure.", "instance": instance, "invalid_parameters": invalid });
        (400, body)
    } else if path.starts_with("/v1/messages") {
        let kind = "https://developer.vonage.com/api-errors/messages#1150";
        let body = json!({ "type": kind, "title": "Invalid params", "detail": "The value of one or more parameters is invalid.",
            "instance": instance, "invalid_parameters": invalid });
        (422, body)
    } else if path.starts_with("/ni/") {
        (200, json!({ "status": 3, "status_message": format!("{name} {reason}") }))
    } else if path.starts_with("/account/") || path.starts_with("/number/") {
        (420, json!({ "error-code": "420", "error-code-label": format!("{name} {reason}") }))
    } else {
        let body = json!({ "type": "BAD_REQUEST", "error_title": "Bad Request", "title": "Bad Request", "invalid_parameters": invalid });
        (400, body)
    };
    (StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST), Json(body)).into_response()
}
