//! `POST /api/jwt` as existing clients use it.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use super::app::{APPLICATION, Answer, App, NOW, claims};
use crate::domain::account::Role;
use crate::service::NewMember;

async fn app() -> (App, String) {
    let app = App::start().await;
    let jane = NewMember { name: "Jane".into(), display_name: String::new(), role: Role::Agent };
    app.services.team.add_user(&jane).await.unwrap();
    let key = app.services.team.sdk.new_mobile_key().await.unwrap().unwrap();
    (app, key)
}

async fn ask(app: &App, path: &str, origin: Option<&str>, body: &Value) -> Answer {
    let mut request = Request::post(path).header("content-type", "application/json; charset=utf-8");
    if let Some(origin) = origin {
        request = request.header("origin", origin).header("sec-fetch-site", "cross-site");
    }
    app.send(request.body(Body::from(body.to_string())).unwrap()).await
}

#[tokio::test]
async fn an_existing_client_gets_what_it_expects() {
    let (app, key) = app().await;
    for path in ["/api/jwt", "//api/jwt"] {
        let answer = ask(&app, path, None, &json!({ "mobile_api_key": key, "user_name": "Jane" })).await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/json"), "{path}");
        let body = answer.json();
        let names: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(names, ["expires_at", "jwt", "user_id", "user_name"]);
        assert_eq!((body["user_id"].as_str(), body["user_name"].as_str()), (Some("USR-1"), Some("Jane")));
        assert!(body["expires_at"].as_str().unwrap().ends_with(".000Z"));
        let claims = claims(body["jwt"].as_str().unwrap());
        assert_eq!((claims["sub"].as_str(), claims["application_id"].as_str()), (Some("Jane"), Some(APPLICATION)));
        assert_eq!(claims["exp"].as_i64(), Some(NOW + 24 * 3600));
        assert!(claims["acl"]["paths"].as_object().unwrap().contains_key("/*/legs/**"));
    }
    let form = Request::post("/api/jwt").header("content-type", "application/x-www-form-urlencoded");
    let body = format!("mobile_api_key={key}&user_name=jane");
    assert_eq!(app.send(form.body(Body::from(body)).unwrap()).await.json()["user_name"], "Jane");
}

#[tokio::test]
async fn a_wrong_key_is_401_an_unknown_user_404_and_too_many_are_slowed_down() {
    let (app, key) = app().await;
    let status = async |body: Value| ask(&app, "/api/jwt", None, &body).await.status;
    assert_eq!(status(json!({ "mobile_api_key": key, "user_name": "Nobody" })).await, StatusCode::NOT_FOUND);
    assert_eq!(status(json!({ "mobile_api_key": key })).await, StatusCode::BAD_REQUEST);
    let late = json!({ "mobile_api_key": key, "user_name": "Jane", "expires_at": "2099-01-01T00:00:00Z" });
    assert_eq!(status(late).await, StatusCode::BAD_REQUEST);
    assert_eq!(status(json!({ "user_name": "Jane" })).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(json!({ "mobile_api_key": "", "user_name": "Jane" })).await, StatusCode::UNAUTHORIZED);
    assert_eq!(status(json!([])).await, StatusCode::BAD_REQUEST);
    let mut last = ask(&app, "/api/jwt", None, &json!({ "mobile_api_key": "x", "user_name": "Jane" })).await;
    assert_eq!(last.json(), json!({ "error": "mobile_api_key is wrong or missing" }));
    for _ in 0..20 {
        last = ask(&app, "/api/jwt", None, &json!({ "mobile_api_key": "x", "user_name": "Jane" })).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
}

#[tokio::test]
async fn the_queue_is_for_clients_with_the_key() {
    let (app, key) = app().await;
    let queue = async |key: &str| ask(&app, "/api/queue", None, &json!({ "mobile_api_key": key })).await;
    assert_eq!(queue(&key).await.json(), json!({ "conversations": [] }));
    assert_eq!(queue("wrong").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn only_named_origins_may_ask_from_their_pages() {
    let (app, key) = app().await;
    app.services.team.sdk.set_mobile_origins("https://app.example.com").await.unwrap();
    let body = json!({ "mobile_api_key": key, "user_name": "Jane" });
    let named = ask(&app, "/api/jwt", Some("https://app.example.com"), &body).await;
    assert_eq!(
        (named.status, named.header("access-control-allow-origin")),
        (StatusCode::OK, "https://app.example.com")
    );
    let other = ask(&app, "/api/jwt", Some("https://evil.example.com"), &body).await;
    assert_eq!(other.header("access-control-allow-origin"), "");
    let preflight = async |origin: &str| {
        let request = Request::builder().method(Method::OPTIONS).uri("/api/jwt").header("origin", origin);
        app.send(request.body(Body::empty()).unwrap()).await
    };
    let named = preflight("https://app.example.com").await;
    assert_eq!((named.status, named.header("access-control-allow-headers")), (StatusCode::NO_CONTENT, "content-type"));
    assert_eq!(preflight("https://evil.example.com").await.status, StatusCode::FORBIDDEN);
}
