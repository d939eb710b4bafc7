//! Numbers API, the part that an application needs to rent a number and to link it to itself
//! ("Numbers API reference"): `GET /account/numbers`, `GET /number/search`, `POST /number/buy`, `/number/update`,
//! `/number/cancel`.
//!
//! In the sandbox any number is for sale; it stops being a simulated handset when the account owns it. A search ([`for_sale`])
//! shows the ranges that each country keeps for fiction, where it has such, so that no number shown is anybody's.

mod for_sale;
#[cfg(test)]
mod tests;

use axum::extract::{FromRequest, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::asked::Asked;
use crate::account::{Accounts, OwnedNumber};

/// Fields of an update that are kept only to be shown again.
const KEPT: [&str; 4] = ["moHttpUrl", "moSmppSysType", "messagesCallbackType", "messagesCallbackValue"];

pub fn router(accounts: Accounts) -> Router {
    Router::new()
        .route("/account/numbers", get(list))
        .route("/number/search", get(for_sale::search))
        .route("/number/buy", post(buy))
        .route("/number/cancel", post(cancel))
        .route("/number/update", post(update))
        .layer(axum::middleware::from_fn_with_state(accounts.clone(), authenticate))
        .with_state(accounts)
}

async fn authenticate(
    State(accounts): State<Accounts>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let (head, body) = request.into_parts();
    let whole = axum::extract::Request::from_parts(head.clone(), body);
    let asked = match Asked::from_request(whole, &()).await {
        Ok(asked) => asked,
        Err(refused) => return refused,
    };
    if asked.verify(accounts.account()).is_err() {
        return outcome(401, "authentication failed");
    }
    // The body has been read: what it says goes on beside the request.
    let mut request = axum::extract::Request::from_parts(head, axum::body::Body::empty());
    request.extensions_mut().insert(asked);
    next.run(request).await
}

/// The API's own way to say how it went: an HTTP status and the same again in the body, as text.
fn outcome(code: u16, label: &str) -> Response {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(json!({ "error-code": code.to_string(), "error-code-label": label }))).into_response()
}

#[derive(Debug, Deserialize)]
struct Wanted {
    application_id: Option<String>,
    has_application: Option<bool>,
    country: Option<String>,
    pattern: Option<String>,
    search_pattern: Option<u8>,
    size: Option<usize>,
    index: Option<usize>,
}

impl Wanted {
    fn takes(&self, number: &OwnedNumber) -> bool {
        self.application_id.as_ref().is_none_or(|id| number.app_id.as_ref() == Some(id))
            && self.has_application.is_none_or(|has| number.app_id.is_some() == has)
            && self.country.as_ref().is_none_or(|country| number.country.eq_ignore_ascii_case(country))
            && self.pattern.as_ref().is_none_or(|pattern| match self.search_pattern {
                Some(1) => number.msisdn.contains(pattern),
                Some(2) => number.msisdn.ends_with(pattern),
                _ => number.msisdn.starts_with(pattern),
            })
    }
}

async fn list(State(accounts): State<Accounts>, Query(wanted): Query<Wanted>) -> Response {
    let found: Vec<OwnedNumber> = accounts.numbers().into_iter().filter(|number| wanted.takes(number)).collect();
    if found.is_empty() {
        // The recorded answer of the platform when nothing is found.
        return Json(json!({})).into_response();
    }
    let size = wanted.size.unwrap_or(10).clamp(1, 100);
    let from = wanted.index.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(size);
    let shown: Vec<Value> = found.iter().skip(from).take(size).map(row).collect();
    Json(json!({ "count": found.len(), "numbers": shown })).into_response()
}

fn row(number: &OwnedNumber) -> Value {
    let mut row = json!({
        "country": number.country, "msisdn": number.msisdn, "type": "landline", "features": ["VOICE", "SMS"],
    });
    if let Some(row) = row.as_object_mut() {
        row.extend(number.other.clone());
        if let Some(id) = &number.app_id {
            row.insert("app_id".into(), id.as_str().into());
            row.insert("voiceCallbackType".into(), "app".into());
            row.insert("voiceCallbackValue".into(), id.as_str().into());
        }
        if let Some((kind, value)) = &number.diverted {
            row.insert("voiceCallbackType".into(), kind.as_str().into());
            row.insert("voiceCallbackValue".into(), value.as_str().into());
        }
        if let Some(url) = &number.voice_status_callback {
            row.insert("voiceStatusCallback".into(), url.as_str().into());
        }
    }
    row
}

/// `country` and `msisdn`, both required.
fn named(asked: &Asked) -> Option<(&str, &str)> {
    let text = |name: &str| asked.text(name).map(str::trim).filter(|text| !text.is_empty());
    let (country, msisdn) = (text("country")?, text("msisdn")?);
    let digits = (5..=15).contains(&msisdn.len()) && msisdn.bytes().all(|b| b.is_ascii_digit());
    (country.len() == 2 && digits).then_some((country, msisdn))
}

async fn buy(State(accounts): State<Accounts>, Extension(asked): Extension<Asked>) -> Response {
    let Some((country, msisdn)) = named(&asked) else { return outcome(420, "method failed") };
    match accounts.own(msisdn, country) {
        true => outcome(200, "success"),
        false => outcome(420, "method failed"),
    }
}

async fn cancel(State(accounts): State<Accounts>, Extension(asked): Extension<Asked>) -> Response {
    match named(&asked).is_some_and(|(_, msisdn)| accounts.disown(msisdn)) {
        true => outcome(200, "success"),
        false => outcome(420, "method failed"),
    }
}

/// Where an update sends the calls of a number: `app_id`, or the older pair `voiceCallbackType` and
/// `voiceCallbackValue`, of which `app` is another way to say `app_id`, and `sip` and `tel` outrank the application.
struct Route {
    /// None: as it was. An empty id unlinks.
    application: Option<String>,
    /// None: as it was.
    diverted: Option<Option<(String, String)>>,
}

impl Route {
    /// None: the pair is not one of the documented ones.
    fn read(asked: &Asked, before: &OwnedNumber) -> Option<Route> {
        let (kind, value) = (asked.text("voiceCallbackType"), asked.text("voiceCallbackValue"));
        let application = asked.text("app_id").map(str::to_owned);
        let was = match (&before.diverted, &before.app_id) {
            (Some((kind, _)), _) => Some(kind.as_str()),
            (None, Some(_)) => Some("app"),
            (None, None) => None,
        };
        match (kind.or(was.filter(|_| value.is_some())), value) {
            (None, None) => Some(Route { application, diverted: None }),
            // `app` of the pair and an `app_id` that differs: the newer field counts.
            (Some("app"), value) => {
                Some(Route { application: application.or(value.map(str::to_owned)), diverted: Some(None) })
            }
            (Some("sip" | "tel"), Some("")) => Some(Route { application, diverted: Some(None) }),
            (Some(kind @ ("sip" | "tel")), Some(value)) => {
                Some(Route { application, diverted: Some(Some((kind.to_owned(), value.to_owned()))) })
            }
            (Some("") | None, None | Some("")) => Some(Route {
                application: application.or((was == Some("app")).then(String::new)),
                diverted: Some(None),
            }),
            _ => None,
        }
    }
}

async fn update(State(accounts): State<Accounts>, Extension(asked): Extension<Asked>) -> Response {
    let Some((_, msisdn)) = named(&asked) else { return outcome(420, "method failed") };
    let Some(before) = accounts.number(msisdn) else { return outcome(420, "method failed") };
    let Some(route) = Route::read(&asked, &before) else { return outcome(420, "method failed") };
    if route.application.as_ref().is_some_and(|id| !id.is_empty() && accounts.get(id).is_none()) {
        return outcome(420, "Invalid app_id");
    }
    let text = |name: &str| asked.text(name).map(str::to_owned);
    let changed = accounts.change_number(msisdn, |number| {
        if let Some(id) = route.application {
            number.app_id = Some(id).filter(|id| !id.is_empty());
        }
        if let Some(diverted) = route.diverted {
            number.diverted = diverted;
        }
        if let Some(url) = text("voiceStatusCallback") {
            number.voice_status_callback = Some(url).filter(|url| !url.is_empty());
        }
        for name in KEPT {
            match text(name) {
                Some(value) if value.is_empty() => {
                    number.other.remove(name);
                }
                Some(value) => {
                    number.other.insert(name.to_owned(), value.into());
                }
                None => {}
            }
        }
    });
    match changed {
        true => outcome(200, "success"),
        false => outcome(420, "method failed"),
    }
}
