//! Call tracking over HTTP: the operator's own systems (with a key), the operator's own web site (`/track.js`), the CSV.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Extension, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use tower_http::cors::{Any, CorsLayer};

use super::api_key::ApiCaller;
use super::guard::{Operator, SignedIn};
use super::peer::ClientIp;
use super::problem::Problem;
use super::state::Web;
use super::{assets, webhooks};
use crate::domain::call_tracking::campaign::{Draft, FieldError, money};
use crate::domain::call_tracking::zone::date_text;
use crate::domain::line::Line;
use crate::domain::phone::grouped;
use crate::service::call_tracking::{CallsAsk, CampaignView, Csv, CsvFor, Hello, ReportAsk};
use crate::service::{NumberRefusal, Refusable as _};

/// What a page of a web site sends us is an address or two.
const HELLO_LIMIT: usize = 8 << 10;
/// So many calls does the tracking sample's list hold.
const SAMPLE: u32 = 5_000;

/// For the operator's own systems.
pub(super) fn interfaces() -> Router<Web> {
    Router::new()
        .route("/api/calls", get(calls))
        .route("/api/calls.csv", get(csv_api))
        .route("/api/report", get(report))
        .route("/api/campaigns", get(campaigns).post(create_campaign))
        .route("/tracked-calls", get(tracked_calls))
}

/// For pages of the operator's own web site: any origin, no cookies.
pub(super) fn sites() -> Router<Web> {
    let any = CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::POST]).allow_headers(Any);
    Router::new()
        .route("/track.js", get(script))
        .route("/track", post(greet))
        .layer(DefaultBodyLimit::max(HELLO_LIMIT))
        .layer(any)
}

type Fields = Query<HashMap<String, String>>;

fn asked(web: &Web, fields: &HashMap<String, String>) -> Result<CallsAsk, FieldError> {
    CallsAsk::read(|name| fields.get(name).cloned(), &web.services.lines)
}

impl From<FieldError> for Problem {
    fn from(error: FieldError) -> Self {
        Self::field(error.field, error.reason.to_string())
    }
}

/// `GET /api/calls`
async fn calls(State(web): State<Web>, _: ApiCaller, Query(fields): Fields) -> Result<Response, Problem> {
    let page = web.services.tracking.tracked_calls(&asked(&web, &fields)?).await.map_err(Problem::ours)?;
    Ok(Json(page).into_response())
}

/// `GET /api/report`
async fn report(State(web): State<Web>, _: ApiCaller, Query(fields): Fields) -> Result<Json<Value>, Problem> {
    let ask = ReportAsk::read(|name| fields.get(name).cloned(), &web.services.lines)?;
    let report = web.services.tracking.tracking_report(&ask).await.map_err(Problem::ours)?;
    Ok(Json(json!({ "period": report.period, "before": report.before })))
}

/// `GET /api/calls.csv`
async fn csv_api(State(web): State<Web>, _: ApiCaller, Query(fields): Fields) -> Result<Response, Problem> {
    Ok(streamed(web.services.tracking.tracked_csv(&asked(&web, &fields)?, CsvFor::Programs)))
}

/// The same for operators, from a link on the page.
pub(super) async fn csv_page(State(web): State<Web>, _: SignedIn<Operator>, Query(fields): Fields) -> Response {
    match asked(&web, &fields) {
        Ok(ask) => streamed(web.services.tracking.tracked_csv(&ask, CsvFor::People)),
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}

/// A piece at a time, as fast as the client takes it: memory does not grow with the file.
fn streamed(csv: Csv) -> Response {
    // Fused: compressing asks once more after the end.
    let pieces = stream::unfold(Some(csv), async |csv| {
        let mut csv = csv?;
        match csv.next().await {
            Ok(Some(piece)) => Some((Ok(piece), Some(csv))),
            Ok(None) => None,
            Err(error) => {
                // The client sees a broken transfer, not a short file.
                tracing::error!(error = %error, "a CSV broke off");
                Some((Err(error), None))
            }
        }
    });
    let mut response = Body::from_stream(pieces.fuse()).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8; header=present"));
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"calls.csv\""));
    response
}

/// `GET /api/campaigns`
async fn campaigns(State(web): State<Web>, _: ApiCaller) -> Result<Json<Value>, Problem> {
    let campaigns = web.services.tracking.campaigns().await.map_err(Problem::ours)?;
    Ok(Json(json!({ "campaigns": campaigns.iter().map(shape).collect::<Vec<_>>() })))
}

#[derive(Deserialize)]
struct NewCampaign {
    #[serde(flatten)]
    draft: Draft,
    /// Give it a free number of this country (two letters).
    country: Option<String>,
    /// Or these numbers of ours.
    #[serde(default)]
    numbers: Vec<String>,
    /// They are lent to visitors of the web site, one to each.
    #[serde(default)]
    pool: bool,
}

/// `POST /api/campaigns`
async fn create_campaign(State(web): State<Web>, _: ApiCaller, body: String) -> Result<Response, Problem> {
    let new: NewCampaign = serde_json::from_str(&body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "invalid_json", format!("the body: {error}")))?;
    let services = &web.services;
    let mut numbers = new.numbers;
    let campaign =
        services.tracking.save_campaign(None, &new.draft, false).await.refusable().map_err(Problem::ours)??;
    if let Some(country) = new.country.as_deref().map(str::trim).filter(|country| !country.is_empty()) {
        // One of ours that nobody needs, else a new one.
        let free = services.tracking.free_numbers().await.map_err(Problem::ours)?;
        let found = free.into_iter().find(|(number, of)| of.eq_ignore_ascii_case(country) && !numbers.contains(number));
        match found {
            Some((number, _)) => numbers.push(number),
            None => {
                let refused = |refusal: NumberRefusal| {
                    let detail = format!("the campaign was made, but no number of {country} was found: {refusal}");
                    Problem::field("country", detail).with("id", campaign.id.clone())
                };
                let rented =
                    services.numbers.provision_numbers(country, 1, &Line::Unassigned).await.map_err(refused)?;
                if let Some(problem) = rented.problem {
                    return Err(refused(problem));
                }
                numbers.extend(rented.numbers.into_iter().map(|number| number.digits().to_owned()));
            }
        }
    }
    for (at, number) in numbers.iter().enumerate() {
        let given = services.tracking.give_number(number, Some((&campaign.id, new.pool))).await;
        given.refusable().map_err(Problem::ours)?.map_err(|error| {
            Problem::field(format!("numbers[{at}]"), error.reason.to_string()).with("id", campaign.id.clone())
        })?;
    }
    let all = services.tracking.campaigns().await.map_err(Problem::ours)?;
    let made = all.iter().find(|view| view.campaign.id == campaign.id).map(shape).unwrap_or_default();
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

fn shape(view: &CampaignView) -> Value {
    let CampaignView { campaign, numbers, pool } = view;
    let now = numbers.iter().filter(|number| number.until.is_none());
    json!({
        "id": campaign.id,
        "name": campaign.name,
        "source": campaign.source,
        "medium": campaign.medium,
        "landing": campaign.landing,
        "colour": campaign.colour,
        "cost": money(campaign.cost),
        "starts": campaign.starts.map(date_text),
        "ends": campaign.ends.map(date_text),
        "destination": campaign.destination.text(),
        "whisper": campaign.whisper,
        "lease_minutes": campaign.lease_minutes,
        "archived": campaign.archived,
        "numbers": now.map(|number| number.number.as_str()).collect::<Vec<_>>(),
        "history": numbers.iter().map(|number| json!({
            "number": number.number, "pool": number.pool, "from": number.from, "until": number.until,
        })).collect::<Vec<_>>(),
        "pool": pool,
    })
}

/// `GET /tracked-calls`: what the tracking sample shows, `{number: [{timestamp, from}]}`, of the latest calls.
async fn tracked_calls(State(web): State<Web>, _: ApiCaller) -> Result<Json<Value>, Problem> {
    let mut numbers: Map<String, Value> = Map::new();
    let mut calls = web.services.tracking.calls_by_number(SAMPLE).await.map_err(Problem::ours)?;
    // The sample appends, so the oldest is first.
    calls.reverse();
    for (number, at, caller) in calls {
        let entry = json!({ "timestamp": at, "from": caller });
        if let Value::Array(entries) = numbers.entry(number).or_insert_with(|| json!([])) {
            entries.push(entry);
        }
    }
    Ok(Json(Value::Object(numbers)))
}

#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    visitor: Option<String>,
    #[serde(default)]
    page: String,
    #[serde(default)]
    referrer: String,
}

/// `POST /track`: a page of the operator's site asks which number to show. The body is JSON as plain text, so that no
/// browser asks us first whether it may.
async fn greet(State(web): State<Web>, Extension(ClientIp(ip)): Extension<ClientIp>, body: String) -> Response {
    let Ok(Said { visitor, page, referrer }) = serde_json::from_str(&body) else {
        return (StatusCode::BAD_REQUEST, "the body is {\"page\", \"referrer\", \"visitor\"?}\n").into_response();
    };
    match web.services.tracking.greet(ip, &Hello { visitor, page, referrer }).await {
        Ok(Some(greeting)) => Json(json!({
            "visitor": greeting.visitor,
            "number": greeting.number,
            "written": greeting.number.as_deref().map(grouped),
            "until": greeting.until,
            "replaces": greeting.replaces,
        }))
        .into_response(),
        Ok(None) => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "60")], "too many requests\n").into_response()
        }
        Err(error) => {
            tracing::error!(error = %error, "a visitor could not be greeted");
            (StatusCode::SERVICE_UNAVAILABLE, "not possible at the moment\n").into_response()
        }
    }
}

/// `GET /track.js`: a file of the site, but for pages of other sites. `?v=` with the beginning of its `ETag` pins it.
async fn script(headers: HeaderMap, request: Request) -> Response {
    let version = request.uri().query().and_then(assets::version_of);
    let Some(mut response) = assets::file("track.js", version, &headers) else {
        return (StatusCode::NOT_FOUND, "the site was not built\n").into_response();
    };
    let policy = HeaderName::from_static("cross-origin-resource-policy");
    response.headers_mut().insert(policy, HeaderValue::from_static("cross-origin"));
    response
}

/// The whisper of a campaign. Asked for by the platform, by an id that cannot be guessed.
pub(super) async fn whisper(State(web): State<Web>, Path(campaign): Path<String>) -> Response {
    webhooks::call_flow(&web.services.tracking.whisper(&campaign))
}
