//! `GET /number/search`: the numbers that can be rented, from ranges that each country keeps for fiction.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::Accounts;

/// What is for sale: country, how the number begins, digits that follow, type, features, euros a month.
type Range = (&'static str, &'static str, usize, &'static str, &'static [&'static str], &'static str);

const RANGES: &[Range] = &[
    ("GB", "44207946", 4, "landline", &["VOICE", "SMS"], "1.25"),
    ("GB", "441632960", 3, "landline", &["VOICE"], "2.98"),
    ("GB", "448081570", 3, "landline-toll-free", &["VOICE"], "9.00"),
    ("US", "1202555", 4, "mobile-lvn", &["VOICE", "SMS", "MMS"], "0.90"),
    ("US", "1800555", 4, "landline-toll-free", &["VOICE", "SMS"], "1.00"),
    ("CA", "1613555", 4, "landline", &["VOICE", "SMS", "MMS"], "0.90"),
    ("AU", "6149157", 4, "landline", &["VOICE", "SMS"], "3.00"),
    ("IE", "35315550", 3, "landline", &["VOICE", "SMS"], "1.20"),
    ("FR", "3319900", 4, "landline", &["VOICE", "SMS"], "2.90"),
    ("DE", "4930231250", 3, "landline", &["VOICE", "SMS"], "1.50"),
    ("ES", "349005550", 3, "mobile-lvn", &["VOICE", "SMS"], "1.30"),
    ("IT", "39065550", 3, "landline", &["VOICE", "SMS"], "1.50"),
    ("NL", "3120555", 4, "landline", &["VOICE", "SMS"], "3.00"),
    ("SE", "4687009", 4, "landline", &["VOICE", "SMS"], "1.10"),
    ("CN", "861055500", 3, "landline", &["VOICE", "SMS"], "5.00"),
    ("HK", "8525550", 4, "mobile-lvn", &["VOICE", "SMS"], "4.00"),
    ("SG", "6565550", 3, "mobile-lvn", &["VOICE", "SMS"], "4.50"),
    ("JP", "81355500", 3, "landline", &["VOICE", "SMS"], "4.50"),
    ("IN", "9111555", 4, "landline", &["VOICE", "SMS"], "4.00"),
    ("BR", "55115550", 4, "landline", &["VOICE", "SMS"], "2.00"),
];

#[derive(Debug, Deserialize)]
pub(super) struct Search {
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
pub(super) async fn search(State(accounts): State<Accounts>, Query(wanted): Query<Search>) -> Response {
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
            // The first hundred are reserved for simulated phones and for numbers typed by hand.
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
