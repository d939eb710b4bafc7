//! The operator's pages and functions: who may, what they show, what becomes of their forms.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::app::{Answer, App};

/// Every page of the operator's.
const PAGES: [&str; 20] = [
    "/admin",
    "/admin/numbers",
    "/admin/numbers?country=GB&features=VOICE",
    "/admin/flows",
    "/admin/flows/new?preset=ivr",
    "/admin/users",
    "/admin/events",
    "/admin/setup",
    "/admin/sdk",
    "/admin/events?kind=event&text=x&problems=1",
    "/admin/calls",
    "/admin/private-calls",
    "/admin/private-calls/numbers",
    "/admin/private-calls/proof",
    "/admin/audio-socket",
    "/admin/tracking",
    "/admin/tracking/calls",
    "/admin/tracking/webhooks",
    "/admin/campaigns",
    "/admin/campaigns/new",
];

async fn post(app: &App, path: &str, body: &str, cookie: Option<&str>) -> Answer {
    let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
    let mut request = Request::post(path).header("content-type", kind);
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    app.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn page(app: &App, path: &str, cookie: Option<&str>) -> Answer {
    let mut request = Request::get(path).header("accept", "text/html");
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_page_opens_for_the_operator_even_when_the_platform_says_nonsense() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    for path in PAGES {
        let page = page(&app, path, Some(&cookie)).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let text = page.text();
        assert!(text.contains("</html>") && text.contains("aria-current=\"page\""), "{path}");
    }
    assert_eq!(page(&app, "/admin/flows/no-such-flow", Some(&cookie)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_flow_is_written_checked_and_kept_without_javascript() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let form = async |fields: &[(&str, &str)]| {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        post(&app, "/api/call-flow-edit", &body, Some(&cookie)).await
    };
    let bad =
        [("id", "new"), ("name", "Menu"), ("preset", "ivr"), ("text", "[\n{\"action\":\"talk\"}]"), ("act", "save")];
    assert_eq!(form(&bad[..]).await.header("location"), "/admin/flows/new#problems");
    let text = page(&app, "/admin/flows/new", Some(&cookie)).await.text();
    assert!(text.contains("[0].text") && text.contains("Line 2"), "the problem is named");
    assert!(
        text.contains("{\"action\":\"talk\"}]") && text.contains("value=\"Menu\""),
        "nothing that was typed is lost"
    );
    let good = [("id", "new"), ("name", "Menu"), ("text", r#"[{"action":"talk","text":"Hi"}]"#), ("act", "save")];
    let kept = form(&good[..]).await;
    let [flow] = &app.services.flows.call_flows().await.unwrap()[..] else { panic!("{}", kept.text()) };
    assert_eq!(kept.header("location"), format!("/admin/flows/{}", flow.id));
    let walk =
        [("id", flow.id.as_str()), ("name", "Menu"), ("text", flow.text.as_str()), ("act", "walk"), ("keys", "1")];
    let to = form(&walk[..]).await.header("location").to_owned();
    assert!(page(&app, to.trim_end_matches("#walk"), Some(&cookie)).await.text().contains("The call ends."));
}

#[tokio::test]
async fn a_key_and_a_link_are_shown_once() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let made = post(&app, "/api/sdk-key", "", Some(&cookie)).await;
    assert_eq!(made.header("location"), "/admin/sdk");
    let shown = page(&app, "/admin/sdk", Some(&cookie)).await.text();
    assert!(shown.contains("class=\"key\""), "{shown}");
    assert!(!page(&app, "/admin/sdk", Some(&cookie)).await.text().contains("class=\"key\""));
    post(&app, "/api/user-add", "name=Jane&role=agent", Some(&cookie)).await;
    let link = "/login/invitation?token=";
    assert!(page(&app, "/admin/users", Some(&cookie)).await.text().contains(link));
    assert!(!page(&app, "/admin/users", Some(&cookie)).await.text().contains(link));
    let jane =
        app.services.team.members().await.unwrap().into_iter().find(|member| member.account.name == "Jane").unwrap();
    let change = async |act: &str| {
        let body = format!("id={}&act={act}", jane.account.id);
        post(&app, "/api/user-change", &body, Some(&cookie)).await
    };
    change("disable").await;
    assert!(page(&app, "/admin/users", Some(&cookie)).await.text().contains("badge danger"));
    let me = app
        .services
        .team
        .members()
        .await
        .unwrap()
        .into_iter()
        .find(|member| member.account.name == "operator")
        .unwrap();
    post(&app, "/api/user-change", &format!("id={}&act=delete", me.account.id), Some(&cookie)).await;
    assert!(app.services.accounts.account(&me.account.id).await.unwrap().is_some(), "nobody locks themselves out");
}

#[tokio::test]
async fn the_outcome_of_a_form_is_shown_once_and_on_its_own_page() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let refused = post(&app, "/api/audio-engine", "name=&url=wss%3A%2F%2Fengine.example.com", Some(&cookie)).await;
    let to = refused.header("location").to_owned();
    assert!(to.starts_with("/admin/audio-socket"), "{to}");
    let says = async |path: &str| page(&app, path, Some(&cookie)).await.text().contains("An engine’s name has");
    for path in ["/admin/users", "/admin/campaigns/new", "/admin/private-calls"] {
        assert!(!says(path).await, "{path} shows what another page is to show");
    }
    assert!(says(&to).await, "the page that the form leads to says why");
    assert!(!says(&to).await, "once");
}
