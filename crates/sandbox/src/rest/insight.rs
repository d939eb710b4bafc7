//! Number Insight Basic: `GET|POST /ni/basic/json`. Always 200, with a status of its own.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

use super::asked::Asked;
use crate::account::Accounts;

pub fn router(accounts: Accounts) -> Router {
    Router::new().route("/ni/basic/json", get(basic).post(basic)).with_state(accounts)
}

async fn basic(State(accounts): State<Accounts>, asked: Asked) -> Json<Value> {
    let status = |status: u8, message: &str| Json(json!({ "status": status, "status_message": message }));
    if asked.verify(accounts.account()).is_err() {
        return status(4, "Invalid credentials");
    }
    let Some(number) = asked.text("number") else { return status(3, "Missing number") };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let strange = number.chars().any(|c| !(c.is_ascii_digit() || "+-() ".contains(c)));
    if strange || !(7..=15).contains(&digits.len()) || digits.starts_with('0') {
        return status(3, "Invalid number");
    }
    let parsed = phonenumber::parse(None, format!("+{digits}")).ok();
    let country = parsed.as_ref().and_then(country);
    let Some((parsed, country)) = parsed.zip(country) else { return status(3, "Invalid number") };
    let (three, name) = super::countries::named(&country).unwrap_or_default();
    Json(json!({
        "status": 0, "status_message": "Success", "request_id": accounts.effects().uuid(),
        "international_format_number": digits,
        "national_format_number": parsed.format().mode(phonenumber::Mode::National).to_string(),
        "country_code": country, "country_code_iso3": three, "country_name": name, "country_prefix": parsed.code().value().to_string(),
    }))
}

/// Two letters. Numbers in no range that is in use, such as those kept for fiction, are of the code's main country.
fn country(number: &phonenumber::PhoneNumber) -> Option<String> {
    if let Some(id) = number.country().id() {
        return Some(id.as_ref().to_owned());
    }
    let plans = phonenumber::metadata::DATABASE.by_code(&number.country().code())?;
    let plan = plans.iter().find(|plan| plan.is_main_country_for_code()).or(plans.first())?;
    Some(plan.id().to_owned())
}
