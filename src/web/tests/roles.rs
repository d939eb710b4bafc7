//! Who may do what: roles, invitations and the sandbox's accounts, over HTTP.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::app::{Answer, App};
use crate::domain::account::Role;
use crate::service::NewMember;

const PASSWORD: &str = "a password of many letters";

/// A form as a browser posts it.
async fn form(app: &App, path: &str, fields: &[(&str, &str)], cookie: Option<&str>) -> Answer {
    let body: String = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let mut request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html,*/*")
        .header("host", "127.0.0.1:3000")
        .header("origin", "http://127.0.0.1:3000");
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    app.send(request.body(Body::from(body)).unwrap()).await
}

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

async fn page(app: &App, path: &str, cookie: &str) -> Answer {
    let request = Request::get(path).header("cookie", cookie).header("accept", "text/html");
    app.send(request.body(Body::empty()).unwrap()).await
}

/// An account of a role, signed in by its invitation.
async fn signed_in(app: &App, name: &str, role: Role) -> (Answer, String) {
    let new = NewMember { name: name.into(), display_name: String::new(), role };
    let link = app.services.team.add_member(&new).await.unwrap();
    let opened = app.get(&link.path).await;
    assert!(opened.text().contains(name), "the page says whose invitation it is");
    let token = link.path.split_once("token=").unwrap().1;
    let fields = [("token", token), ("new", PASSWORD), ("repeated", PASSWORD)];
    let answer = form(app, "/api/accept-invitation", &fields, None).await;
    let cookie = cookie(&answer);
    (answer, cookie)
}

#[tokio::test]
async fn a_sign_in_leads_where_the_role_works() {
    let app = App::start().await;
    for (name, role, home) in
        [("Jane", Role::Agent, "/console"), ("Sam", Role::Supervisor, "/admin"), ("Op", Role::Operator, "/admin")]
    {
        let (answer, _) = signed_in(&app, name, role).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::FOUND, home));
        let answer = form(&app, "/api/sign-in", &[("name", name), ("password", PASSWORD)], None).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::FOUND, home));
    }
}

#[tokio::test]
async fn an_agent_sees_no_call_log_and_a_supervisor_does() {
    let app = App::start().await;
    let (_, jane) = signed_in(&app, "Jane", Role::Agent).await;
    let (_, sam) = signed_in(&app, "Sam", Role::Supervisor).await;
    assert_eq!(page(&app, "/admin/calls", &jane).await.status, StatusCode::FORBIDDEN);
    for stream in ["/live/calls", "/live/webhooks", "/live/pages"] {
        assert_eq!(page(&app, stream, &jane).await.status, StatusCode::FORBIDDEN);
    }
    let log = page(&app, "/admin/calls", &sam).await;
    assert_eq!(log.status, StatusCode::OK);
    assert!(log.text().contains("/console") && !log.text().contains("/admin/setup"), "only ways that are open");
    let ask = |cookie: String| {
        let request =
            Request::post("/api/call-list").header("cookie", cookie).header("content-type", "application/json");
        app.send(request.body(Body::from(r#"{"query":{"show":"all","text":"","before":null}}"#)).unwrap())
    };
    let refused = ask(jane).await;
    assert_eq!((refused.status, refused.text().as_str()), (StatusCode::FORBIDDEN, "\"Forbidden\""));
    let refused = ask(String::new()).await;
    assert_eq!((refused.status, refused.text().as_str()), (StatusCode::UNAUTHORIZED, "\"SignIn\""));
    assert_eq!(ask(sam).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_link_is_good_once_and_says_so_the_second_time() {
    let app = App::start().await;
    let new = NewMember { name: "Jane".into(), display_name: String::new(), role: Role::Agent };
    let link = app.services.team.add_member(&new).await.unwrap();
    let token = link.path.split_once("token=").unwrap().1;
    let take = |new: &'static str, repeated: &'static str| {
        let fields = [("token", token), ("new", new), ("repeated", repeated)];
        let app = &app;
        async move { form(app, "/api/accept-invitation", &fields, None).await.header("location").to_owned() }
    };
    assert_eq!(take(PASSWORD, "another").await, format!("/login/invitation?problem=differs&token={token}"));
    assert_eq!(take("short", "short").await, format!("/login/invitation?problem=short&token={token}"));
    assert_eq!(take(PASSWORD, PASSWORD).await, "/console");
    assert_eq!(take(PASSWORD, PASSWORD).await, format!("/login/invitation?problem=link&token={token}"));
    assert!(!app.get(&link.path).await.text().contains("new-password"), "no form for a link that is used up");
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session() {
    let app = App::start().await;
    let (_, first) = signed_in(&app, "Sam", Role::Supervisor).await;
    let second = cookie(&form(&app, "/api/sign-in", &[("name", "sam"), ("password", PASSWORD)], None).await);
    assert_eq!(page(&app, "/admin/calls", &first).await.status, StatusCode::OK);
    let out = form(&app, "/api/sign-out-everywhere", &[], Some(&second)).await;
    assert_eq!(out.header("location"), "/login?signed-out");
    for cookie in [first, second] {
        assert_eq!(page(&app, "/admin/calls", &cookie).await.header("location"), "/login?next=/admin/calls");
    }
}

#[tokio::test]
async fn one_click_signs_in_in_the_sandbox_and_nowhere_else() {
    let real = App::start().await;
    real.services.team.first_sandbox_start().await.unwrap();
    assert!(!real.get("/login").await.text().contains("sandbox-sign-in"));
    let answer = form(&real, "/api/sandbox-sign-in", &[("name", "Olivia")], None).await;
    assert_eq!((answer.header("location"), answer.header("set-cookie")), ("/login?problem=wrong", ""));

    let app = App::sandboxed().await;
    app.services.team.first_sandbox_start().await.unwrap();
    let login = app.get("/login").await.text();
    assert!(["Jane", "Joe", "Olivia"].iter().all(|name| login.contains(&format!("value=\"{name}\""))), "{login}");
    for (name, home) in [("Jane", "/console"), ("Joe", "/console"), ("Olivia", "/admin")] {
        let answer = form(&app, "/api/sandbox-sign-in", &[("name", name)], None).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::FOUND, home));
    }
    let (_, _) = signed_in(&app, "Sam", Role::Supervisor).await;
    let answer = form(&app, "/api/sandbox-sign-in", &[("name", "Sam")], None).await;
    assert_eq!(answer.header("location"), "/login?problem=wrong", "an account with a password needs it");
}
