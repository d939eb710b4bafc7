//! Pages, tokens, health, files: what each route answers, to whom.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::app::{APPLICATION, App, NOW, claims};
use crate::domain::click_to_call::VISITOR_ACL;

#[tokio::test]
async fn the_support_page_is_whole_html() {
    let app = App::start().await;
    let page = app.get("/").await;
    assert_eq!((page.status, page.header("content-type")), (StatusCode::OK, "text/html; charset=utf-8"));
    assert!(page.text().contains("</html>"));
}

#[tokio::test]
async fn a_page_that_is_not_there_is_404_for_people_and_machines() {
    let app = App::start().await;
    let request = Request::get("/no/such/page").header("accept", "text/html,*/*").body(Body::empty()).unwrap();
    let page = app.send(request).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.text().contains("<html"));
    let machine = app.get("/no/such/page").await;
    assert_eq!((machine.status, machine.text().as_str()), (StatusCode::NOT_FOUND, "there is nothing here\n"));
    for path in ["/..%2f..%2fetc/passwd", "/pkg/../Cargo.toml", "/.env", "/api/no_such_function"] {
        assert_eq!(app.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(app.post("/no/such/page", None, "").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn f19_by_the_public_support_users_name_each_gets_a_short_token_of_least_rights_for_a_user_of_their_own() {
    let app = App::start().await;
    let answer = app.get("/auth/supportuser").await;
    assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, "application/json"));
    let token = answer.json();
    let claims = claims(token.as_str().unwrap());
    let user = claims["sub"].as_str().unwrap();
    assert_eq!(claims["application_id"], APPLICATION);
    assert!(user.starts_with("visitor-") && user.len() > 20, "{user}");
    let another = app.get("/auth/supportuser").await.json();
    assert_ne!(super::app::claims(another.as_str().unwrap())["sub"], user);
    assert!(claims["exp"].as_i64().unwrap() - NOW <= 15 * 60);
    let paths: Vec<&String> = claims["acl"]["paths"].as_object().unwrap().keys().collect();
    assert!(paths.iter().all(|path| VISITOR_ACL.contains(&path.as_str())), "{paths:?}");
    for name in ["jane", "visitor-1", "SupportUser", "supportuser%20", "..", "%00"] {
        assert_eq!(app.get(&format!("/auth/{name}")).await.status, StatusCode::NOT_FOUND, "{name}");
    }
    assert_eq!(app.post("/auth/supportuser", None, "").await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn tokens_are_limited_per_client_and_it_says_how_long_to_wait() {
    let app = App::start().await;
    let mut last = app.get("/auth/supportuser").await;
    for _ in 0..50 {
        if last.status != StatusCode::OK {
            break;
        }
        last = app.get("/auth/supportuser").await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0));
}

#[tokio::test]
async fn health_tells_machines_what_they_need_and_strangers_nothing() {
    let app = App::start().await;
    assert_eq!(app.get("/healthz").await.text(), "ok\n");
    assert_eq!(app.get("/readyz").await.text(), "ready\n");
    app.store.close().await;
    assert_eq!(app.get("/healthz").await.status, StatusCode::OK);
    let ready = app.get("/readyz").await;
    assert_eq!((ready.status, ready.text().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"));
}

#[tokio::test]
async fn what_is_too_long_for_a_page_is_refused() {
    let app = App::start().await;
    let request = Request::post("/api/anything").header("content-length", (1 << 20).to_string());
    let answer = app.send(request.body(Body::from(vec![b'x'; 1 << 20])).unwrap()).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}
