//! The JSON interfaces: keys, refusals, the description.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;

use super::app::App;
use crate::service::Refusable as _;
use crate::web::api_key::ApiCaller;

async fn whoami(ApiCaller(key): ApiCaller) -> String {
    key.name
}

async fn asked(app: &App, authorization: Option<&str>) -> (StatusCode, String) {
    use tower::ServiceExt as _;
    let router = axum::Router::new().route("/whoami", get(whoami)).with_state(app.web.clone());
    let mut request = Request::get("/whoami");
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn a_key_opens_the_interfaces_until_it_is_revoked() {
    let app = App::start().await;
    let (key, secret) = app.services.accounts.create_api_key(" booking ").await.unwrap();
    assert!(secret.starts_with("sb_") && secret.len() == 46, "{secret}");
    assert_eq!(asked(&app, Some(&format!("Bearer {secret}"))).await, (StatusCode::OK, "booking".into()));
    assert_eq!(asked(&app, Some(&format!("bearer  {secret}"))).await.0, StatusCode::OK);
    assert!(app.services.accounts.api_keys().await.unwrap()[0].used_at.is_some());
    assert!(app.services.accounts.revoke_api_key(&key.id).await.unwrap());
    assert!(!app.services.accounts.revoke_api_key(&key.id).await.unwrap());
    assert_eq!(asked(&app, Some(&format!("Bearer {secret}"))).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn whoever_has_no_key_is_told_what_to_do() {
    let app = App::start().await;
    for (authorization, expected) in [
        (None, "api-key create"),
        (Some("Basic YTpi"), "must read"),
        (Some("Bearer "), "must read"),
        (Some("Bearer sb_wrong"), "not known"),
    ] {
        let (status, body) = asked(&app, authorization).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
        let problem: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(problem["code"], "unauthorized");
        assert!(problem["detail"].as_str().unwrap().contains(expected), "{authorization:?}: {problem}");
    }
    assert!(app.services.accounts.create_api_key("  ").await.refusable().unwrap().is_err());
}

#[tokio::test]
async fn the_description_is_public() {
    let app = App::start().await;
    let document = app.get("/api/openapi.json").await;
    assert_eq!(document.status, StatusCode::OK);
    assert_eq!(document.json()["openapi"], "3.1.0");
    assert_eq!(document.json()["servers"][0]["url"], "http://127.0.0.1:3000");
}
