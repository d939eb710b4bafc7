//! Numbers API, the part that an application needs to rent a number and to link it to itself
//! ("Numbers API reference"): `GET /account/numbers`, `GET /number/search`, `POST /number/buy`, `/number/update`,
//! `/number/cancel`.
//!
//! In the sandbox any number is for sale; it stops being a simulated handset when the account owns it. A search shows the
//! ranges that each country keeps for fiction, where it has such, so that no number shown is anybody's.

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
        .route("/number/search", get(search))
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
        "country": number.country, "msisdn": number.msisdn, "type": "mobile-lvn", "features": ["VOICE", "SMS"],
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

/// What is for sale: country, how the number begins, digits that follow, type, features, euros a month.
type Range = (&'static str, &'static str, usize, &'static str, &'static [&'static str], &'static str);

const RANGES: &[Range] = &[
    ("GB", "44207946", 4, "mobile-lvn", &["VOICE", "SMS"], "1.25"),
    ("GB", "441632960", 3, "landline", &["VOICE"], "2.98"),
    ("GB", "448081570", 3, "landline-toll-free", &["VOICE"], "9.00"),
    ("US", "1202555", 4, "mobile-lvn", &["VOICE", "SMS", "MMS"], "0.90"),
    ("US", "1800555", 4, "landline-toll-free", &["VOICE", "SMS"], "1.00"),
    ("CA", "1613555", 4, "mobile-lvn", &["VOICE", "SMS", "MMS"], "0.90"),
    ("AU", "6149157", 4, "mobile-lvn", &["VOICE", "SMS"], "3.00"),
    ("IE", "35315550", 3, "mobile-lvn", &["VOICE", "SMS"], "1.20"),
    ("FR", "3319900", 4, "mobile-lvn", &["VOICE", "SMS"], "2.90"),
    ("DE", "4930231250", 3, "mobile-lvn", &["VOICE", "SMS"], "1.50"),
    ("ES", "349005550", 3, "mobile-lvn", &["VOICE", "SMS"], "1.30"),
    ("IT", "39065550", 3, "mobile-lvn", &["VOICE", "SMS"], "1.50"),
    ("NL", "3120555", 4, "mobile-lvn", &["VOICE", "SMS"], "3.00"),
    ("SE", "4687009", 4, "mobile-lvn", &["VOICE", "SMS"], "1.10"),
    ("CN", "861055500", 3, "mobile-lvn", &["VOICE", "SMS"], "5.00"),
    ("HK", "8525550", 4, "mobile-lvn", &["VOICE", "SMS"], "4.00"),
    ("SG", "6565550", 3, "mobile-lvn", &["VOICE", "SMS"], "4.50"),
    ("JP", "81355500", 3, "mobile-lvn", &["VOICE", "SMS"], "4.50"),
    ("IN", "9111555", 4, "mobile-lvn", &["VOICE", "SMS"], "4.00"),
    ("BR", "55115550", 4, "mobile-lvn", &["VOICE", "SMS"], "2.00"),
];

#[derive(Debug, Deserialize)]
struct Search {
    country: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    features: Option<String>,
    pattern: Option<String>,
    search_pattern: Option<u8>,
    size: Option<usize>,
    index: Option<usize>,
}

/// The cheapest first; those that the account owns are not for sale.
async fn search(State(accounts): State<Accounts>, Query(wanted): Query<Search>) -> Response {
    let Some(country) = wanted.country.filter(|country| country.len() == 2) else {
        // The document has no refusal here but 401: without a country nothing is found.
        return Json(json!({})).into_response();
    };
    let owned: std::collections::HashSet<String> = accounts.numbers().into_iter().map(|number| number.msisdn).collect();
    let features: Vec<String> =
        wanted.features.iter().flat_map(|text| text.split(',')).map(str::to_uppercase).collect();
    let pattern = wanted.pattern.unwrap_or_default();
    let mut ranges: Vec<&Range> = RANGES
        .iter()
        .filter(|range| range.0.eq_ignore_ascii_case(&country))
        .filter(|range| wanted.kind.as_ref().is_none_or(|kind| kind == range.3))
        .filter(|range| features.iter().all(|feature| range.4.contains(&feature.as_str())))
        .collect();
    ranges.sort_by(|a, b| a.5.cmp(b.5));
    let fits = |msisdn: &String| match wanted.search_pattern {
        Some(1) => msisdn.contains(&pattern),
        Some(2) => msisdn.ends_with(&pattern),
        _ => msisdn.starts_with(&pattern),
    };
    let rows: Vec<(String, &Range)> = ranges
        .into_iter()
        .flat_map(|range| {
            let most = 10_usize.pow(u32::try_from(range.2).unwrap_or(3));
            // The first hundred are left to phones and to whoever types a number.
            (100..most).map(move |n| (format!("{}{n:0width$}", range.1, width = range.2), range))
        })
        .filter(|(msisdn, _)| !owned.contains(msisdn) && fits(msisdn))
        .collect();
    if rows.is_empty() {
        return Json(json!({})).into_response();
    }
    let size = wanted.size.unwrap_or(10).clamp(1, 100);
    let from = wanted.index.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(size);
    let shown: Vec<Value> = rows
        .iter()
        .skip(from)
        .take(size)
        .map(|(msisdn, (country, _, _, kind, features, cost))| {
            json!({ "country": country, "msisdn": msisdn, "type": kind, "features": features, "cost": cost,
                    "initialPrice": cost })
        })
        .collect();
    Json(json!({ "count": rows.len(), "numbers": shown })).into_response()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::Account;
    use crate::effects::fixed;
    use axum::body::Body;
    use axum::http::Request;
    use base64::Engine;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn ask(accounts: &Accounts, uri: &str, form: Option<&str>) -> (u16, Value) {
        let account = accounts.account();
        let basic =
            base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", account.api_key, account.api_secret));
        let request = Request::builder().uri(uri).header("authorization", format!("Basic {basic}"));
        let request = match form {
            Some(form) => request
                .method("POST")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(Body::from(form.to_owned())),
            None => request.body(Body::empty()),
        };
        let response = router(accounts.clone()).oneshot(request.unwrap()).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    #[tokio::test]
    async fn rent_link_find_and_give_back() {
        let effects = fixed::effects(1_700_000_000_000).0;
        let accounts = Accounts::new(Account::generated(&effects), effects);
        let (application, _) = accounts.create(&json!({"name": "One"})).await.unwrap();
        assert_eq!(ask(&accounts, "/account/numbers", None).await, (200, json!({})));
        let number = "country=GB&msisdn=447700900000";
        assert_eq!(
            ask(&accounts, "/number/buy", Some(number)).await,
            (200, json!({"error-code": "200", "error-code-label": "success"}))
        );
        assert_eq!(ask(&accounts, "/number/buy", Some(number)).await.0, 420, "already ours");
        let link = format!("{number}&app_id={}", application.id);
        assert_eq!(ask(&accounts, "/number/update", Some(&link)).await.0, 200);
        assert_eq!(ask(&accounts, "/number/update", Some(&format!("{number}&app_id=nobody"))).await.0, 420);
        let (_, found) = ask(&accounts, &format!("/account/numbers?application_id={}", application.id), None).await;
        assert_eq!((&found["count"], &found["numbers"][0]["msisdn"]), (&json!(1), &json!("447700900000")));
        assert_eq!(ask(&accounts, "/account/numbers?has_application=false", None).await.1, json!({}));
        assert_eq!(ask(&accounts, "/number/update", Some("country=GB&msisdn=1")).await.0, 420);
        assert_eq!(ask(&accounts, "/number/cancel", Some(number)).await.0, 200);
        assert!(accounts.numbers().is_empty());
    }

    #[tokio::test]
    async fn what_is_for_sale_is_found_by_country_feature_and_digits() {
        let effects = fixed::effects(0).0;
        let accounts = Accounts::new(Account::generated(&effects), effects);
        let (_, found) = ask(&accounts, "/number/search?country=GB&features=VOICE,SMS&size=2", None).await;
        assert_eq!((&found["count"], found["numbers"].as_array().unwrap().len()), (&json!(9_900), 2));
        assert_eq!(
            found["numbers"][0],
            json!({"country": "GB", "msisdn": "442079460100", "type": "mobile-lvn",
            "features": ["VOICE", "SMS"], "cost": "1.25", "initialPrice": "1.25"})
        );
        ask(&accounts, "/number/buy", Some("country=GB&msisdn=442079460100")).await;
        let (_, found) = ask(&accounts, "/number/search?country=gb&features=SMS&size=1", None).await;
        assert_eq!(found["numbers"][0]["msisdn"], "442079460101", "what is owned is not for sale");
        let (_, found) = ask(&accounts, "/number/search?country=US&pattern=0142&search_pattern=2", None).await;
        assert_eq!(found["numbers"][0]["msisdn"], "12025550142");
        assert_eq!(ask(&accounts, "/number/search?country=GB&features=MMS", None).await, (200, json!({})));
        assert_eq!(ask(&accounts, "/number/search?country=ZZ", None).await, (200, json!({})));
        assert_eq!(ask(&accounts, "/number/search", None).await, (200, json!({})), "the document has no other status");
    }

    #[tokio::test]
    async fn without_credentials_it_is_the_numbers_own_401() {
        let effects = fixed::effects(0).0;
        let accounts = Accounts::new(Account::generated(&effects), effects);
        let request = Request::get("/account/numbers").body(Body::empty()).unwrap();
        let response = router(accounts).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 401);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["error-code-label"], "authentication failed");
    }

    async fn plain(accounts: &Accounts, method: &str, uri: &str, kind: &str, body: &str) -> (u16, Value) {
        let request = Request::builder().method(method).uri(uri).header("content-type", kind);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = router(accounts.clone()).oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    #[tokio::test]
    async fn s2_s7_a_number_is_rented_by_query_by_form_and_by_a_form_that_is_called_json() {
        let effects = fixed::effects(0).0;
        let accounts = Accounts::new(Account::generated(&effects), effects);
        let account = accounts.account();
        let keys = format!("api_key={}&api_secret={}", account.api_key, account.api_secret);
        let form = "application/x-www-form-urlencoded";
        let query = format!("/number/buy?country=SE&msisdn=46850000001&{keys}");
        assert_eq!(plain(&accounts, "POST", &query, form, "").await.0, 200);
        let body = format!("country=SE&msisdn=46850000002&{keys}");
        assert_eq!(plain(&accounts, "POST", "/number/buy", form, &body).await.0, 200);
        let body = body.replace("0002", "0003");
        assert_eq!(plain(&accounts, "POST", "/number/buy", "application/json", &body).await.0, 200);
        assert_eq!(accounts.numbers().len(), 3);
        let (_, list) = plain(&accounts, "GET", &format!("/account/numbers?size=2&{keys}"), form, "").await;
        assert_eq!((&list["count"], list["numbers"].as_array().unwrap().len()), (&json!(3), 2));
        assert_eq!(plain(&accounts, "GET", "/account/numbers?api_key=a&api_secret=b", form, "").await.0, 401);
        assert_eq!(plain(&accounts, "POST", &query.replace("buy", "cancel"), form, "").await.0, 200);
        assert_eq!(plain(&accounts, "POST", &format!("/number/buy?{keys}"), form, "").await.0, 420, "which number?");
    }

    #[tokio::test]
    async fn s3_the_older_pair_links_and_sip_and_tel_outrank_the_application() {
        let effects = fixed::effects(0).0;
        let accounts = Accounts::new(Account::generated(&effects), effects);
        let one = accounts.create(&json!({"name": "One"})).await.unwrap().0.id;
        let number = "46850000009";
        accounts.own(number, "SE");
        let set = |more: String| {
            let accounts = accounts.clone();
            async move { ask(&accounts, "/number/update", Some(&format!("country=SE&msisdn={number}&{more}"))).await.0 }
        };
        let answers = || accounts.application_of(number).map(|application| application.id);
        assert_eq!(set(format!("voiceCallbackType=app&voiceCallbackValue={one}")).await, 200);
        assert_eq!(answers(), Some(one.clone()));
        let (_, list) = ask(&accounts, "/account/numbers", None).await;
        for (field, value) in [("app_id", &one), ("voiceCallbackValue", &one), ("voiceCallbackType", &"app".to_owned())]
        {
            assert_eq!(list["numbers"][0][field], **value, "{field}");
        }
        assert_eq!(set("voiceCallbackType=app&voiceCallbackValue=nobody".to_owned()).await, 420);
        assert_eq!(set("voiceCallbackType=pigeon&voiceCallbackValue=1".to_owned()).await, 420);
        assert_eq!(set("moHttpUrl=https://example.com".to_owned()).await, 200);
        assert_eq!(answers(), Some(one.clone()), "what is not said stays");

        assert_eq!(set("voiceCallbackType=sip&voiceCallbackValue=sip:desk@example.com".to_owned()).await, 200);
        let diverted = accounts.number(number).unwrap();
        assert_eq!(diverted.diverted, Some(("sip".into(), "sip:desk@example.com".into())));
        assert_eq!((answers(), diverted.app_id.clone()), (None, Some(one.clone())), "linked, but outranked");
        assert_eq!(set(format!("app_id={one}")).await, 200);
        assert_eq!(answers(), None, "still outranked");
        assert_eq!(set("voiceCallbackType=tel&voiceCallbackValue=46850000010".to_owned()).await, 200);
        assert_eq!(ask(&accounts, "/account/numbers", None).await.1["numbers"][0]["voiceCallbackType"], "tel");
        assert_eq!(set("voiceCallbackType=&voiceCallbackValue=".to_owned()).await, 200);
        assert_eq!(answers(), Some(one.clone()));
        assert_eq!(set("voiceCallbackType=app&voiceCallbackValue=".to_owned()).await, 200);
        assert_eq!(answers(), None);
    }
}
