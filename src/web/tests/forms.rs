//! Forms that are posted plainly, and the pages that they lead to.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::app::{Answer, App};

/// Posts a form as a browser without JavaScript does. Where it leads.
pub(super) async fn form(app: &App, at: &str, fields: &[(&str, &str)], cookie: &str) -> String {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(at)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html,*/*")
        .header("cookie", cookie);
    let answer = app.send(request.body(Body::from(body)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FOUND, "{at}: {}", answer.text());
    answer.header("location").to_owned()
}

/// Asks for a page.
pub(super) async fn get(app: &App, at: &str, cookie: &str) -> Answer {
    let request = Request::get(at).header("accept", "text/html").header("cookie", cookie);
    app.send(request.body(Body::empty()).unwrap()).await
}

/// A page that is there.
pub(super) async fn page(app: &App, at: &str, cookie: &str) -> String {
    let answer = get(app, at, cookie).await;
    assert_eq!(answer.status, StatusCode::OK, "{at}");
    answer.text()
}
