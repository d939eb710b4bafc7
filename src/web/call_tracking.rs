//! Call tracking over HTTP: the operator's own systems (with a key), the operator's own web site (`/track.js`), the CSV.

mod bodies;
pub(super) mod filters;

use axum::Json;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Extension, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::{StreamExt as _, stream};
use std::collections::HashMap;
use tower_http::cors::{Any, CorsLayer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::bodies::{CallsByNumber, Campaign, Campaigns, Greeted, NewCampaign, Report, Said, SampleCall};
use self::filters::{CallFilters, ReportFilters};
use super::api_key::ApiCaller;
use super::guard::{Operator, SignedIn};
use super::openapi::parts::KeyRefusals;
use super::peer::ClientIp;
use super::problem::{PROBLEM_JSON, Problem, ProblemBody};
use super::state::Web;
use super::{assets, webhooks};
use crate::domain::call_tracking::campaign::FieldError;
use crate::domain::line::Line;
use crate::service::call_tracking::{CallsAsk, Csv, CsvFor, Hello, ReportAsk, TrackedPage};
use crate::service::{NumberRefusal, Refusable as _};

/// What a page of a web site sends us is an address or two.
const HELLO_LIMIT: usize = 8 << 10;
/// So many calls does the tracking sample's list hold.
const SAMPLE: u32 = 5_000;

/// For the operator's own systems.
pub(super) fn interfaces() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(calls))
        .routes(routes!(csv_api))
        .routes(routes!(report))
        .routes(routes!(campaigns, create_campaign))
        .routes(routes!(tracked_calls))
}

/// For pages of the operator's own web site: any origin, no cookies.
pub(super) fn sites() -> OpenApiRouter<Web> {
    let any = CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::POST]).allow_headers(Any);
    OpenApiRouter::new()
        .route("/track.js", get(script))
        .routes(routes!(greet))
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

/// Lists tracked calls, the newest first, a page at a time.
#[utoipa::path(
    get, path = "/api/calls", operation_id = "listTrackedCalls", params(CallFilters),
    responses(
        (status = 200, description = "A page of calls.", body = TrackedPage),
        (status = 400, description = "A parameter is wrong; `field` says which.", body = ProblemBody, content_type = PROBLEM_JSON),
        KeyRefusals,
    ),
)]
async fn calls(State(web): State<Web>, _: ApiCaller, Query(fields): Fields) -> Result<Json<TrackedPage>, Problem> {
    let page = web.services.tracking.tracked_calls(&asked(&web, &fields)?).await;
    Ok(Json(page.map_err(Problem::ours)?))
}

/// Gives the figures of the call-tracking report: in all, by campaign, over time, by hour and by weekday.
#[utoipa::path(
    get, path = "/api/report", operation_id = "getTrackingReport", params(ReportFilters),
    responses(
        (status = 200, description = "The figures of the period and of the one to compare with.", body = Report),
        (status = 400, description = "A parameter is wrong; `field` says which.", body = ProblemBody, content_type = PROBLEM_JSON),
        KeyRefusals,
    ),
)]
async fn report(State(web): State<Web>, _: ApiCaller, Query(fields): Fields) -> Result<Json<Report>, Problem> {
    let ask = ReportAsk::read(|name| fields.get(name).cloned(), &web.services.lines)?;
    let report = web.services.tracking.tracking_report(&ask).await.map_err(Problem::ours)?;
    Ok(Json(report.into()))
}

/// Exports all tracked calls that fit as CSV, the oldest first.
#[utoipa::path(
    get, path = "/api/calls.csv", operation_id = "exportTrackedCalls", params(CallFilters),
    responses(
        (status = 200, description = "A line of column names, then a line for each call.", body = String, content_type = "text/csv"),
        (status = 400, description = "A parameter is wrong; `field` says which.", body = ProblemBody, content_type = PROBLEM_JSON),
        KeyRefusals,
    ),
)]
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

/// Lists every campaign with its numbers.
#[utoipa::path(
    get, path = "/api/campaigns", operation_id = "listCampaigns",
    responses((status = 200, description = "The campaigns.", body = Campaigns), KeyRefusals),
)]
async fn campaigns(State(web): State<Web>, _: ApiCaller) -> Result<Json<Campaigns>, Problem> {
    let campaigns = web.services.tracking.campaigns().await.map_err(Problem::ours)?;
    Ok(Json(Campaigns { campaigns: campaigns.iter().map(Campaign::from).collect() }))
}

/// Makes a campaign and gives it numbers.
#[utoipa::path(
    post, path = "/api/campaigns", operation_id = "createCampaign", request_body = NewCampaign,
    responses(
        (status = 201, description = "The campaign that was made.", body = Campaign),
        (
            status = 400, body = ProblemBody, content_type = PROBLEM_JSON,
            description = "A field is wrong; `field` says which. Where the campaign was made all the same, `id` is its id.",
        ),
        KeyRefusals,
    ),
)]
async fn create_campaign(State(web): State<Web>, _: ApiCaller, body: String) -> Result<Response, Problem> {
    let new: NewCampaign = serde_json::from_str(&body)
        .map_err(|error| Problem::new(StatusCode::BAD_REQUEST, "invalid_json", format!("the body: {error}")))?;
    let services = &web.services;
    let mut numbers = new.numbers.clone();
    let campaign =
        services.tracking.save_campaign(None, &new.draft(), false).await.refusable().map_err(Problem::ours)??;
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
    let made = all.iter().find(|view| view.campaign.id == campaign.id).map(Campaign::from);
    Ok((StatusCode::CREATED, Json(made)).into_response())
}

/// Lists the latest calls by the number that was dialled, in the form of the tracking sample.
#[utoipa::path(
    get, path = "/tracked-calls", operation_id = "listCallsByNumber",
    responses((status = 200, description = "The calls of each number, the oldest first. The digits of the number are the name of the field.", body = inline(CallsByNumber)), KeyRefusals),
)]
async fn tracked_calls(State(web): State<Web>, _: ApiCaller) -> Result<Json<CallsByNumber>, Problem> {
    let mut calls = web.services.tracking.calls_by_number(SAMPLE).await.map_err(Problem::ours)?;
    // The sample appends, so the oldest is first.
    calls.reverse();
    let mut numbers = CallsByNumber::new();
    for (number, timestamp, from) in calls {
        numbers.entry(number).or_default().push(SampleCall { timestamp, from });
    }
    Ok(Json(numbers))
}

/// `POST /track`: a page of the operator's site asks which number to show. The body is JSON as plain text, so that no
/// browser asks us first whether it may.
#[utoipa::path(
    post, path = "/track", operation_id = "greetVisitor", security(()),
    summary = "Says which number a page of your web site is to show to a visitor.",
    request_body(content = Said, content_type = "text/plain"),
    responses(
        (status = 200, description = "The number to show.", body = Greeted),
        (status = 400, description = "The body cannot be read.", body = String, content_type = "text/plain"),
        (status = 429, description = "Too many requests from this address.", body = String, content_type = "text/plain"),
        (status = 503, description = "Not possible at the moment.", body = String, content_type = "text/plain"),
    ),
)]
async fn greet(State(web): State<Web>, Extension(ClientIp(ip)): Extension<ClientIp>, body: String) -> Response {
    let Ok(Said { visitor, page, referrer }) = serde_json::from_str(&body) else {
        return (StatusCode::BAD_REQUEST, "the body is {\"page\", \"referrer\", \"visitor\"?}\n").into_response();
    };
    match web.services.tracking.greet(ip, &Hello { visitor, page, referrer }).await {
        Ok(Some(greeting)) => Json(Greeted::from(greeting)).into_response(),
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
#[utoipa::path(
    method(get, post), path = "/webhooks/whisper/{campaign}", operation_id = "whisperWebhook", tag = "platform",
    security(()), summary = "What the person who answers a campaign's call hears first",
    params(("campaign" = String, Path)),
    responses((status = 200, description = "The call flow (NCCO).", body = Vec<Object>)),
)]
pub(super) async fn whisper(State(web): State<Web>, Path(campaign): Path<String>) -> Response {
    webhooks::call_flow(&web.services.tracking.whisper(&campaign))
}
