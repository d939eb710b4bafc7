//! What older server libraries ask for: Application API v1 (`/v1/applications`), the beta of the Users API
//! (`/beta/users`) and the account's balance (`GET /account/get-balance`).
//!
//! The first two have been replaced by `/v2/applications` and `/v1/users`, and are no longer described by the platform.
//! They are here so that software that was written for them runs: the same applications and users as those of today,
//! in the older shapes. Depends on `asked`, `users` and `account`.

use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use super::asked::Asked;
use super::users::{self, Problem};
use crate::account::{Application, Refusal};
use crate::exchange::{Exchange, User};

/// Euros. Nothing is ever taken from it.
const BALANCE: f64 = 15.53;

pub fn router(exchange: Exchange) -> Router {
    Router::new()
        .route("/account/get-balance", get(balance))
        .route("/v1/applications", get(list).post(create))
        .route("/v1/applications/{id}", get(show).put(update).delete(delete))
        .route("/beta/users", get(list_users).post(create_user))
        .route("/beta/users/{user}", get(show_user).put(update_user).delete(users::delete))
        .with_state(exchange)
}

async fn balance(State(exchange): State<Exchange>, asked: Asked) -> Response {
    match asked.verify(exchange.accounts.account()) {
        Ok(()) => Json(json!({ "value": BALANCE, "autoReload": false })).into_response(),
        Err(_) => {
            let body = json!({ "error-code": "401", "error-code-label": "authentication failed" });
            (StatusCode::UNAUTHORIZED, Json(body)).into_response()
        }
    }
}

/// Why a request of the Application API v1 was refused.
struct Refused(StatusCode, Value);

impl Refused {
    fn plain(status: StatusCode, kind: &str) -> Refused {
        let title = status.canonical_reason().unwrap_or_default();
        Refused(status, json!({ "type": kind, "error_title": title }))
    }

    fn invalid(fields: Map<String, Value>) -> Refused {
        let mut refused = Refused::plain(StatusCode::BAD_REQUEST, "VALIDATION");
        refused.1["invalid_parameters"] = fields.into();
        refused
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Refused {
        match refusal {
            Refusal::NotFound => Refused::plain(StatusCode::NOT_FOUND, "NOT_FOUND"),
            Refusal::KeyGeneration => Refused::plain(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"),
            Refusal::Invalid(wrong) => {
                Refused::invalid(wrong.into_iter().map(|field| (field.name, field.reason.into())).collect())
            }
        }
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, Json(self.1)).into_response()
    }
}

fn verify(exchange: &Exchange, asked: &Asked) -> Result<(), Refused> {
    let refused = |_| Refused::plain(StatusCode::UNAUTHORIZED, "UNAUTHORIZED");
    asked.verify(exchange.accounts.account()).map_err(refused)
}

/// An application as version 1 shows it.
fn application(application: &Application) -> Value {
    let hook = |name: &str| {
        let hook = application.capabilities.pointer(&format!("/voice/webhooks/{name}"))?;
        Some(json!({ "endpoint_type": name, "endpoint": hook["address"], "http_method": hook["http_method"] }))
    };
    let hooks: Vec<Value> = ["answer_url", "event_url"].into_iter().filter_map(hook).collect();
    json!({
        "id": application.id, "name": application.name, "voice": { "webhooks": hooks },
        "keys": { "public_key": application.public_key_pem },
        "_links": { "self": { "href": format!("/v1/applications/{}", application.id) } },
    })
}

/// The same application in the terms of version 2, which replaces what it has. Capabilities that version 1 does not know
/// stay.
fn as_version_2(asked: &Asked, mut capabilities: Value) -> Result<Value, Refused> {
    let mut wrong = Map::new();
    for name in ["name", "type", "answer_url", "event_url"] {
        if asked.text(name).is_none_or(str::is_empty) {
            wrong.insert(name.to_owned(), "Is required.".into());
        }
    }
    if asked.text("type").is_some_and(|kind| !kind.is_empty() && kind != "voice") {
        wrong.insert("type".to_owned(), "Must be voice.".into());
    }
    if !wrong.is_empty() {
        return Err(Refused::invalid(wrong));
    }
    for (name, method) in [("answer_url", "answer_method"), ("event_url", "event_method")] {
        let mut hook = json!({ "address": asked.text(name) });
        if let Some(method) = asked.text(method) {
            hook["http_method"] = method.into();
        }
        capabilities["voice"]["webhooks"][name] = hook;
    }
    let mut body = json!({ "name": asked.text("name"), "capabilities": capabilities });
    if let Some(key) = asked.text("public_key") {
        body["keys"] = json!({ "public_key": key });
    }
    Ok(body)
}

async fn create(State(exchange): State<Exchange>, asked: Asked) -> Result<Response, Refused> {
    verify(&exchange, &asked)?;
    let (made, private_key) = exchange.accounts.create(&as_version_2(&asked, json!({}))?).await?;
    let mut body = application(&made);
    if let Some(private_key) = private_key {
        body["keys"]["private_key"] = private_key.into();
    }
    Ok((StatusCode::CREATED, Json(body)).into_response())
}

async fn list(State(exchange): State<Exchange>, asked: Asked) -> Result<Json<Value>, Refused> {
    verify(&exchange, &asked)?;
    let number = |name: &str, usual: usize| asked.text(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let (size, index) = (number("page_size", 10).clamp(1, 100), number("page_index", 1).max(1));
    let all = exchange.accounts.list();
    let page = all.iter().skip(size.saturating_mul(index - 1)).take(size).map(application);
    let link = |index: usize| json!({ "href": format!("/v1/applications?page_size={size}&page_index={index}") });
    Ok(Json(json!({
        "count": all.len(), "page_size": size, "page_index": index,
        "_embedded": { "applications": page.collect::<Vec<_>>() },
        "_links": { "self": link(index), "first": link(1), "last": link(all.len().div_ceil(size).max(1)) },
    })))
}

async fn show(State(exchange): State<Exchange>, Path(id): Path<String>, asked: Asked) -> Result<Json<Value>, Refused> {
    verify(&exchange, &asked)?;
    Ok(Json(application(&exchange.accounts.get(&id).ok_or(Refusal::NotFound)?)))
}

async fn update(
    State(exchange): State<Exchange>,
    Path(id): Path<String>,
    asked: Asked,
) -> Result<Json<Value>, Refused> {
    verify(&exchange, &asked)?;
    let before = exchange.accounts.get(&id).ok_or(Refusal::NotFound)?;
    let body = as_version_2(&asked, before.capabilities)?;
    Ok(Json(application(&exchange.accounts.update(&id, &body)?)))
}

async fn delete(State(exchange): State<Exchange>, Path(id): Path<String>, asked: Asked) -> Result<StatusCode, Refused> {
    verify(&exchange, &asked)?;
    match exchange.accounts.delete(&id) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Refusal::NotFound.into()),
    }
}

fn href(exchange: &Exchange, user: &User) -> String {
    format!("{}/beta/users/{}", exchange.public_url, user.id)
}

async fn create_user(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Problem> {
    let application = users::application(&exchange, &headers)?;
    let (name, fields) = users::read(&bytes)?;
    let user = exchange.create_user(&application.id, name, fields).map_err(|_| Problem::duplicate())?;
    Ok(Json(json!({ "id": user.id, "href": href(&exchange, &user) })))
}

/// All of them: this version has no pages.
async fn list_users(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Query(wanted): Query<HashMap<String, String>>,
) -> Result<Json<Value>, Problem> {
    let application = users::application(&exchange, &headers)?;
    let state = exchange.state();
    let of_this = |user: &&User| user.application == application.id;
    let named = |user: &&User| wanted.get("name").is_none_or(|name| user.name == *name);
    let mut users: Vec<&User> = state.users.values().filter(of_this).filter(named).collect();
    users.sort_by_key(|user| user.number);
    let rows: Vec<Value> =
        users.iter().map(|user| json!({ "id": user.id, "name": user.name, "href": href(&exchange, user) })).collect();
    Ok(Json(rows.into()))
}

async fn show_user(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(user): Path<String>,
) -> Result<Json<Value>, Problem> {
    let application = users::application(&exchange, &headers)?;
    let state = exchange.state();
    let user = state.user(&application.id, &user).ok_or_else(Problem::not_found)?;
    let mut body = user.to_json(&exchange.public_url);
    body["user_id"] = user.id.clone().into();
    body["href"] = href(&exchange, user).into();
    Ok(Json(body))
}

/// As today's, by its older verb.
async fn update_user(
    state: State<Exchange>,
    headers: HeaderMap,
    path: Path<String>,
    bytes: Bytes,
) -> Result<Json<Value>, Problem> {
    let exchange = state.0.clone();
    let Json(user) = users::update(state, headers, path, bytes).await?;
    let id = user["id"].as_str().unwrap_or_default();
    Ok(Json(json!({ "id": id, "href": format!("{}/beta/users/{id}", exchange.public_url) })))
}
