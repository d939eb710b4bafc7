//! Users API v1.

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer;
use crate::account::Application;
use crate::exchange::{Exchange, User};

/// `GET|POST /v1/users`, `GET|PATCH|DELETE /v1/users/{id or name}`.
pub fn router(exchange: Exchange) -> Router {
    Router::new()
        .route("/v1/users", get(list).post(create))
        .route("/v1/users/{user}", get(show).patch(update).delete(delete))
        .with_state(exchange)
}

/// Why a request was refused: the conversation service's form of an error.
pub(super) struct Problem {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    detail: &'static str,
    invalid: Option<(&'static str, String)>,
}

impl Problem {
    fn invalid(name: &'static str, reason: impl Into<String>) -> Problem {
        let (code, title) = ("http:error:validation-fail", "Bad request.");
        let detail = "Input validation failure.";
        Problem { status: StatusCode::BAD_REQUEST, code, title, detail, invalid: Some((name, reason.into())) }
    }

    fn plain(status: StatusCode, code: &'static str, title: &'static str, detail: &'static str) -> Problem {
        Problem { status, code, title, detail, invalid: None }
    }

    pub(super) fn not_found() -> Problem {
        let detail = "User does not exist, or you do not have access.";
        Problem::plain(StatusCode::NOT_FOUND, "user:error:not-found", "Not found.", detail)
    }

    pub(super) fn duplicate() -> Problem {
        let detail = "A user with this name already exists.";
        Problem::plain(StatusCode::BAD_REQUEST, "user:error:duplicate-name", "Bad request.", detail)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "title": self.title, "type": format!("https://developer.vonage.com/api/conversation#{}", self.code),
            "code": self.code, "detail": self.detail, "instance": "",
        });
        if let Some((name, reason)) = self.invalid {
            body["invalid_parameters"] = json!([{ "name": name, "reason": reason }]);
        }
        (self.status, [(header::CONTENT_TYPE, "application/problem+json")], Json(body)).into_response()
    }
}

pub(super) fn application(exchange: &Exchange, headers: &HeaderMap) -> Result<Application, Problem> {
    answer::application(exchange, headers).map_err(|_| {
        let detail = "You did not provide a valid token. Please provide a valid token.";
        Problem::plain(StatusCode::UNAUTHORIZED, "system:error:invalid-token", "Unauthorized.", detail)
    })
}

/// The name and the fields that are kept as they are.
pub(super) fn read(bytes: &[u8]) -> Result<(Option<String>, Map<String, Value>), Problem> {
    let body: Value = if bytes.is_empty() { Ok(json!({})) } else { serde_json::from_slice(bytes) }
        .map_err(|error| Problem::invalid("body", error.to_string()))?;
    let Value::Object(mut body) = body else { return Err(Problem::invalid("body", "must be an object")) };
    let name = match body.remove("name") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(Problem::invalid("name", "\"name\" must be a string")),
    };
    if let Some(name) = &name
        && (name.is_empty() || name == "me" || name.starts_with("USR-") || name.chars().count() > 255)
    {
        let detail = "The user name is invalid.";
        return Err(Problem::plain(StatusCode::BAD_REQUEST, "user:error:invalid-user-name", "Bad request.", detail));
    }
    let mut fields = Map::new();
    for (field, object) in [("display_name", false), ("image_url", false), ("properties", true), ("channels", true)] {
        match body.remove(field) {
            None | Some(Value::Null) => {}
            Some(value) if value.is_object() == object && (object || value.is_string()) => {
                fields.insert(field.to_owned(), value);
            }
            Some(_) => {
                let kind = if object { "an object" } else { "a string" };
                return Err(Problem::invalid(field, format!("\"{field}\" must be {kind}")));
            }
        }
    }
    Ok((name, fields))
}

async fn create(State(exchange): State<Exchange>, headers: HeaderMap, bytes: Bytes) -> Result<Response, Problem> {
    let application = application(&exchange, &headers)?;
    let (name, fields) = read(&bytes)?;
    let user = exchange.create_user(&application.id, name, fields).map_err(|_| Problem::duplicate())?;
    Ok((StatusCode::CREATED, Json(user.to_json(&exchange.public_url))).into_response())
}

#[derive(Deserialize)]
struct Wanted {
    page_size: Option<usize>,
    order: Option<String>,
    cursor: Option<String>,
    name: Option<String>,
}

async fn list(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    let application = application(&exchange, &headers)?;
    let size = wanted.page_size.unwrap_or(10);
    if !(1..=100).contains(&size) {
        return Err(Problem::invalid("page_size", "\"page_size\" must be between 1 and 100"));
    }
    // The cursor is the number of the last user of the page before.
    let cursor: Option<u64> = match wanted.cursor.as_deref() {
        None | Some("") => None,
        Some(cursor) => Some(cursor.parse().map_err(|_| Problem::invalid("cursor", "\"cursor\" is not valid"))?),
    };
    let descending = match wanted.order.as_deref() {
        None | Some("asc" | "ASC") => false,
        Some("desc" | "DESC") => true,
        Some(_) => return Err(Problem::invalid("order", "\"order\" must be asc or desc")),
    };
    let after = |user: &&User| cursor.is_none_or(|c| if descending { user.number < c } else { user.number > c });
    let state = exchange.state();
    let mut users: Vec<&User> = state
        .users
        .values()
        .filter(|user| user.application == application.id)
        .filter(|user| wanted.name.as_ref().is_none_or(|name| user.name == *name))
        .filter(after)
        .collect();
    users.sort_by_key(|user| user.number);
    if descending {
        users.reverse();
    }
    let more = users.len() > size;
    users.truncate(size);
    let base = &exchange.public_url;
    let page: Vec<Value> = users
        .iter()
        .map(|user| {
            json!({ "id": user.id, "name": user.name, "display_name": user.display_name(),
                    "_links": { "self": { "href": format!("{base}/v1/users/{}", user.id) } } })
        })
        .collect();
    let order = if descending { "desc" } else { "asc" };
    let link = |cursor: &str| json!({ "href": format!("{base}/v1/users?order={order}&page_size={size}{cursor}") });
    let this = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
    let mut links = json!({ "first": link(""), "self": link(&this) });
    if let Some(last) = users.last().filter(|_| more) {
        links["next"] = link(&format!("&cursor={}", last.number));
    }
    Ok(Json(json!({ "page_size": size, "_embedded": { "users": page }, "_links": links })))
}

async fn show(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let application = application(&exchange, &headers)?;
    let state = exchange.state();
    let user = state.user(&application.id, &user).ok_or_else(Problem::not_found)?;
    Ok(Json(user.to_json(&exchange.public_url)))
}

pub(super) async fn update(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(user): Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Problem> {
    let application = application(&exchange, &headers)?;
    let (name, fields) = read(&bytes)?;
    let mut state = exchange.state();
    let id = state.user(&application.id, &user).map(|user| user.id.clone()).ok_or_else(Problem::not_found)?;
    if let Some(name) = &name
        && state.user(&application.id, name).is_some_and(|other| other.id != id)
    {
        return Err(Problem::duplicate());
    }
    let user = state.users.get_mut(&id).ok_or_else(Problem::not_found)?;
    user.name = name.unwrap_or_else(|| user.name.clone());
    user.fields.extend(fields);
    Ok(Json(user.to_json(&exchange.public_url)))
}

pub(super) async fn delete(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(user): Path<String>,
) -> Result<StatusCode, Problem> {
    let application = application(&exchange, &headers)?;
    match exchange.delete_user(&application.id, &user) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::not_found()),
    }
}
