//! Application API v2: `/v2/applications`, Basic authentication, errors in RFC 7807's form, but as `application/json`
//! ("Application API reference").

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::account::{Accounts, Invalid, Refusal};
use crate::auth::{problem, unauthorized, verify_basic};

/// `GET|POST /v2/applications`, `GET|PUT|DELETE /v2/applications/{id}`.
pub fn router(accounts: Accounts) -> Router {
    let routes = Router::new()
        .route("/v2/applications", get(list).post(create))
        .route("/v2/applications/{id}", get(show).put(update).delete(delete))
        .method_not_allowed_fallback(wrong_verb);
    routes.layer(axum::middleware::from_fn_with_state(accounts.clone(), authenticate)).with_state(accounts)
}

async fn authenticate(
    State(accounts): State<Accounts>,
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> Response {
    let mut response = match verify_basic(accounts.account(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(_) => unauthorized(Some(accounts.effects())),
    };
    // This API's errors have another content type than those of the others.
    if response.status().is_client_error() || response.status().is_server_error() {
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    }
    response
}

async fn wrong_verb(State(accounts): State<Accounts>) -> Response {
    problem(
        StatusCode::METHOD_NOT_ALLOWED,
        "https://developer.vonage.com/api-errors#wrong-verb",
        "Invalid HTTP Method",
        "The HTTP method you provided is not supported by this endpoint.",
        Some(accounts.effects().hex(16)),
    )
}

#[derive(Debug, Deserialize)]
struct Page {
    page_size: Option<String>,
    page: Option<String>,
}

async fn list(State(accounts): State<Accounts>, Query(page): Query<Page>) -> Response {
    let mut wrong = Vec::new();
    let mut read = |name: &str, text: Option<String>, usual: usize, most: usize| match text {
        None => usual,
        Some(text) => text.parse().ok().filter(|n| (1..=most).contains(n)).unwrap_or_else(|| {
            wrong.push(Invalid::new(name, format!("must be a number between 1 and {most}")));
            usual
        }),
    };
    let size = read("page_size", page.page_size, 10, 100);
    let page = read("page", page.page, 1, usize::MAX);
    if !wrong.is_empty() {
        return invalid(&accounts, "https://developer.vonage.com/api-errors/application#list-validation", wrong);
    }
    let all = accounts.list();
    let pages = all.len().div_ceil(size).max(1);
    let shown: Vec<Value> =
        all.iter().skip(size.saturating_mul(page - 1)).take(size).map(|application| application.to_json()).collect();
    let link = |page: usize| json!({ "href": format!("/v2/applications?page_size={size}&page={page}") });
    let mut links = json!({ "self": link(page), "first": link(1), "last": link(pages) });
    if page > 1 {
        links["prev"] = link(page - 1);
    }
    if page < pages {
        links["next"] = link(page + 1);
    }
    Json(json!({
        "page_size": size, "page": page, "total_items": all.len(), "total_pages": pages,
        "_embedded": { "applications": shown }, "_links": links,
    }))
    .into_response()
}

async fn create(State(accounts): State<Accounts>, headers: HeaderMap, body: Bytes) -> Response {
    let body = match read_json(&accounts, &headers, &body) {
        Ok(body) => body,
        Err(refusal) => return *refusal,
    };
    match accounts.create(&body).await {
        Ok((application, private_key)) => {
            let mut json = application.to_json();
            if let Some(private_key) = private_key {
                json["keys"]["private_key"] = private_key.into();
            }
            (StatusCode::CREATED, Json(json)).into_response()
        }
        Err(refusal) => refused(&accounts, "", refusal),
    }
}

async fn show(State(accounts): State<Accounts>, Path(id): Path<String>) -> Response {
    match accounts.get(&id) {
        Some(application) => Json(application.to_json()).into_response(),
        None => refused(&accounts, &id, Refusal::NotFound),
    }
}

async fn update(State(accounts): State<Accounts>, Path(id): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let body = match read_json(&accounts, &headers, &body) {
        Ok(body) => body,
        Err(refusal) => return *refusal,
    };
    match accounts.update(&id, &body) {
        Ok(application) => Json(application.to_json()).into_response(),
        Err(refusal) => refused(&accounts, &id, refusal),
    }
}

async fn delete(State(accounts): State<Accounts>, Path(id): Path<String>) -> Response {
    match accounts.delete(&id) {
        true => StatusCode::NO_CONTENT.into_response(),
        false => refused(&accounts, &id, Refusal::NotFound),
    }
}

/// The response is boxed because it is the rare case and large.
fn read_json(accounts: &Accounts, headers: &HeaderMap, body: &[u8]) -> Result<Value, Box<Response>> {
    let json = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.trim().to_ascii_lowercase().starts_with("application/json"));
    if !json {
        return Err(Box::new(problem(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "https://developer.vonage.com/api-errors#content-type-header",
            "Invalid Content-Type header",
            "Invalid Content-Type header: application/json is required.",
            Some(accounts.effects().hex(16)),
        )));
    }
    serde_json::from_slice::<Value>(body).ok().filter(Value::is_object).ok_or_else(|| {
        Box::new(problem(
            StatusCode::BAD_REQUEST,
            "https://developer.vonage.com/api-errors#invalid-json",
            "Invalid JSON",
            "Unexpected character in input, or the body is not an object.",
            Some(accounts.effects().hex(16)),
        ))
    })
}

fn refused(accounts: &Accounts, id: &str, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Invalid(wrong) => {
            invalid(accounts, "https://developer.vonage.com/api-errors/application#payload-validation", wrong)
        }
        Refusal::NotFound => problem(
            StatusCode::NOT_FOUND,
            "https://developer.vonage.com/api-errors#not-found",
            "Not Found",
            &format!("ID '{id}' does not exist, or you do not have access"),
            Some(accounts.effects().hex(16)),
        ),
        Refusal::KeyGeneration => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "https://developer.vonage.com/api-errors#internal-error",
            "Internal Error",
            "There was an error processing your request in the Platform.",
            Some(accounts.effects().hex(16)),
        ),
    }
}

fn invalid(accounts: &Accounts, kind: &str, wrong: Vec<Invalid>) -> Response {
    let parameters: Vec<Value> = wrong.into_iter().map(|w| json!({ "name": w.name, "reason": w.reason })).collect();
    let body = json!({
        "type": kind,
        "title": "Bad Request",
        "detail": "The request failed due to validation errors",
        "invalid_parameters": parameters,
        "instance": accounts.effects().hex(16),
    });
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
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

    fn accounts() -> Accounts {
        let effects = fixed::effects(1_700_000_000_000).0;
        Accounts::new(Account::generated(&effects), effects)
    }

    async fn ask(accounts: &Accounts, method: &str, uri: &str, body: Option<Value>) -> (StatusCode, Value) {
        let account = accounts.account();
        let basic =
            base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", account.api_key, account.api_secret));
        let mut request = Request::builder().method(method).uri(uri).header("authorization", format!("Basic {basic}"));
        if body.is_some() {
            request = request.header("content-type", "application/json; charset=utf-8");
        }
        let body = body.map_or(Body::empty(), |json| Body::from(json.to_string()));
        let response = router(accounts.clone()).oneshot(request.body(body).unwrap()).await.unwrap();
        let status = response.status();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    #[tokio::test]
    async fn the_life_of_an_application() {
        let accounts = accounts();
        let body = json!({"name": "Mine", "capabilities": {"voice": {"webhooks": {
            "answer_url": {"address": "http://127.0.0.1:3000/webhooks/answer", "http_method": "POST"}}}, "rtc": {}}});
        let (status, created) = ask(&accounts, "POST", "/v2/applications", Some(body)).await;
        assert_eq!(status, 201);
        assert!(created["keys"]["private_key"].as_str().unwrap().contains("BEGIN PRIVATE KEY"));
        let uri = format!("/v2/applications/{}", created["id"].as_str().unwrap());

        let (status, shown) = ask(&accounts, "GET", &uri, None).await;
        assert_eq!(status, 200);
        assert_eq!(shown["keys"], json!({"public_key": created["keys"]["public_key"]}), "the private key, once only");
        assert_eq!(shown["capabilities"]["voice"]["signed_callbacks"], true);

        let (status, changed) = ask(&accounts, "PUT", &uri, Some(json!({"name": "Ours"}))).await;
        assert_eq!((status.as_u16(), &changed["name"]), (200, &json!("Ours")));
        assert_eq!(ask(&accounts, "PUT", &uri, Some(json!({}))).await.0, 400, "name is required");

        assert_eq!(ask(&accounts, "DELETE", &uri, None).await.0, 204);
        let (status, gone) = ask(&accounts, "GET", &uri, None).await;
        assert_eq!(status, 404);
        assert_eq!(gone["type"], "https://developer.vonage.com/api-errors#not-found");
    }

    #[tokio::test]
    async fn pages() {
        let accounts = accounts();
        let key = accounts.create(&json!({"name": "0"})).await.unwrap().0.public_key_pem;
        for n in 1..5 {
            accounts.create(&json!({"name": n.to_string(), "keys": {"public_key": key}})).await.unwrap();
        }
        let (_, page) = ask(&accounts, "GET", "/v2/applications?page_size=2&page=3", None).await;
        assert_eq!((&page["total_items"], &page["total_pages"]), (&json!(5), &json!(3)));
        assert_eq!(page["_embedded"]["applications"].as_array().unwrap().len(), 1);
        assert_eq!(page["_links"]["last"]["href"], "/v2/applications?page_size=2&page=3");
        let (status, wrong) = ask(&accounts, "GET", "/v2/applications?page_size=0", None).await;
        assert_eq!(status, 400);
        assert_eq!(wrong["type"], "https://developer.vonage.com/api-errors/application#list-validation");
    }

    #[tokio::test]
    async fn refuses_as_documented() {
        let accounts = accounts();
        let bad = json!({"name": "x", "capabilities": {"voice": {"webhooks": {"answer_url":
            {"address": "https://example.com", "http_method": "PATCH"}}}}});
        let (status, error) = ask(&accounts, "POST", "/v2/applications", Some(bad)).await;
        assert_eq!(status, 400);
        assert_eq!(
            error["invalid_parameters"],
            json!([{"name": "capabilities.voice.webhooks.answer_url.http_method", "reason": "must be one of: GET, POST"}])
        );
        assert_eq!(ask(&accounts, "POST", "/v2/applications", None).await.0, 415);
        assert_eq!(ask(&accounts, "PATCH", "/v2/applications", None).await.0, 405);
        let request = Request::get("/v2/applications").body(Body::empty()).unwrap();
        let response = router(accounts).oneshot(request).await.unwrap();
        assert_eq!(response.status(), 401);
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(serde_json::from_slice::<Value>(&body).unwrap()["title"], "Invalid credentials supplied");
    }
}
