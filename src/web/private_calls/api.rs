//! The JSON interface of the operator's own systems.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::bodies::{Listing, Shown, ShownAttempt, ShownPage, ShownShortage, Wanted, WantedParticipant};
use crate::domain::private_calls::allocation::Unavailable;
use crate::domain::private_calls::{Language, Shortage};
use crate::service::Refusable as _;
use crate::service::private_calls::{NewConversation, NewParticipant, OpenRefusal};
use crate::web::api_key::ApiCaller;
use crate::web::openapi::parts::KeyRefusals;
use crate::web::problem::{PROBLEM_JSON, Problem, ProblemBody};
use crate::web::state::Web;

/// Opens a conversation: two people can call and text each other without seeing each other's numbers.
#[utoipa::path(
    post, path = "/api/private-conversations", operation_id = "openPrivateConversation",
    request_body = Wanted,
    params((
        "Idempotency-Key" = inline(Option<String>), Header, max_length = 120,
        description = "A request that is sent again with the same key opens nothing: it gets the conversation of the first.",
    )),
    responses(
        (status = 201, description = "The conversation is open. Tell each participant the number in `dials`, unless they were texted.", body = Shown),
        (status = 200, description = "The same request came before; this is the conversation that it opened.", body = Shown),
        (status = 400, description = "A field is wrong; `field` says which.", body = ProblemBody, content_type = PROBLEM_JSON),
        (
            status = 409, body = ProblemBody, content_type = PROBLEM_JSON,
            description = "`pool_too_small`: the pool has too few numbers; `shortages` says for whom and by how many.",
        ),
        KeyRefusals,
    ),
)]
pub(super) async fn open(
    ApiCaller(key): ApiCaller,
    State(web): State<Web>,
    request: Request,
) -> Result<Response, Problem> {
    let request_key = header(request.headers(), "idempotency-key");
    let Json(wanted) = Json::<Wanted>::from_request(request, &()).await.map_err(|error| unreadable(&error))?;
    let Ok([one, other]) = <[WantedParticipant; 2]>::try_from(wanted.participants) else {
        return Err(Problem::field("participants", "a conversation has exactly two participants"));
    };
    let language = match wanted.language.as_deref() {
        None => Language::default(),
        Some(tag) => Language::of_tag(tag).ok_or_else(|| Problem::field("language", "en or zh-CN"))?,
    };
    // What the asker sent, it may have back: it is the only place that shows numbers, and it does not come from us.
    let given = [&one, &other].map(|person| {
        let number = web.services.lines.read_number(&person.number);
        number.map(|number| number.digits().to_owned()).ok()
    });
    let participants = [one, other].map(|person| {
        let WantedParticipant { number, name, dials } = person;
        NewParticipant { number, name, dials }
    });
    let new = NewConversation {
        participants,
        reference: wanted.reference,
        expires_in: wanted.expires_in,
        idle_after: wanted.idle_after,
        pins: wanted.pin,
        notify: wanted.notify,
        language,
        // Another system's keys are none of this one's.
        request_key: request_key.map(|request| format!("{}/{request}", key.id)),
        by: format!("api {}", key.name),
    };
    match web.services.private.open_private_conversation(new).await.refusable().map_err(Problem::ours)? {
        Ok(opened) => {
            let status = if opened.known { StatusCode::OK } else { StatusCode::CREATED };
            let mut body = Shown::from(&opened.conversation);
            if !opened.known {
                for (participant, number) in body.participants.iter_mut().zip(given) {
                    participant.number = number;
                }
            }
            Ok((status, Json(body)).into_response())
        }
        Err(OpenRefusal::Field { field, reason }) => Err(Problem::field(field, reason.to_string())),
        Err(OpenRefusal::TooSmall(short)) => Err(too_small(&short)),
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn unreadable(error: &JsonRejection) -> Problem {
    // The message names the field and what was expected, and never a value but a short one.
    Problem::new(StatusCode::BAD_REQUEST, "unreadable", error.body_text())
}

fn too_small(short: &[Shortage]) -> Problem {
    let sentences: Vec<String> = short.iter().map(shortage).collect();
    let each = serde_json::json!(short.iter().map(ShownShortage::from).collect::<Vec<_>>());
    Problem::new(StatusCode::CONFLICT, "pool_too_small", sentences.join(" ")).with("shortages", each)
}

fn shortage(short: &Shortage) -> String {
    let who = format!("participants[{}]", short.side);
    let country = short.country.as_deref().unwrap_or("any country");
    match short.wanted {
        Some(Unavailable::NotInPool) => format!("The number that {who} is to dial is not in the pool."),
        Some(Unavailable::InUse) => format!("{who} dials that number in another open conversation."),
        Some(Unavailable::Cooling) => format!("{who} had that number a short while ago."),
        None => format!(
            "{who} has {} conversations open and {} numbers cooling off, and the pool has {}: rent {} more in {country}.",
            short.open, short.cooling, short.pool, short.missing
        ),
    }
}

/// Lists conversations, the newest first, a page at a time.
#[utoipa::path(
    get, path = "/api/private-conversations", operation_id = "listPrivateConversations", params(Listing),
    responses(
        (status = 200, description = "A page of conversations.", body = ShownPage),
        (status = 400, description = "A field is wrong; `field` says which.", body = ProblemBody, content_type = PROBLEM_JSON),
        KeyRefusals,
    ),
)]
pub(super) async fn list(
    ApiCaller(_): ApiCaller,
    State(web): State<Web>,
    Query(listing): Query<Listing>,
) -> Result<Json<ShownPage>, Problem> {
    let open = match listing.state.as_deref() {
        None | Some("all") => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(Problem::field("state", "open, closed or all")),
    };
    let (text, before) = (listing.reference.as_deref(), listing.before.as_deref());
    let page = web.services.private.private_conversations(open, text, before, listing.limit.unwrap_or(50)).await;
    Ok(Json(page.map_err(Problem::ours)?.into()))
}

/// Gives one conversation, with its last hundred attempts to call or text.
#[utoipa::path(
    get, path = "/api/private-conversations/{id}", operation_id = "getPrivateConversation",
    params(("id" = String, Path, description = "The id of the conversation.")),
    responses(
        (status = 200, description = "The conversation.", body = Shown),
        (status = 404, description = "No conversation has this id.", body = ProblemBody, content_type = PROBLEM_JSON),
        KeyRefusals,
    ),
)]
pub(super) async fn show(
    ApiCaller(_): ApiCaller,
    State(web): State<Web>,
    Path(id): Path<String>,
) -> Result<Json<Shown>, Problem> {
    let found = web.services.private.private_conversation(&id).await.map_err(Problem::ours)?;
    let found = found.ok_or_else(not_found)?;
    let attempts = web.services.private.private_attempts(Some(&id), 100).await.map_err(Problem::ours)?;
    let mut body = Shown::from(&found);
    body.attempts = Some(attempts.into_iter().map(ShownAttempt::from).collect());
    Ok(Json(body))
}

/// Closes a conversation: from now on its numbers reach nobody. Closing it again is no error.
#[utoipa::path(
    delete, path = "/api/private-conversations/{id}", operation_id = "closePrivateConversation",
    params(("id" = String, Path, description = "The id of the conversation.")),
    responses(
        (status = 200, description = "The conversation, which is closed now.", body = Shown),
        (status = 404, description = "No conversation has this id.", body = ProblemBody, content_type = PROBLEM_JSON),
        KeyRefusals,
    ),
)]
pub(super) async fn close(
    ApiCaller(key): ApiCaller,
    State(web): State<Web>,
    Path(id): Path<String>,
) -> Result<Json<Shown>, Problem> {
    let closed = web.services.private.close_private_conversation(&id, &format!("api {}", key.name)).await;
    let closed = closed.map_err(Problem::ours)?.ok_or_else(not_found)?;
    Ok(Json(Shown::from(&closed)))
}

fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "not_found", "there is no such conversation")
}
