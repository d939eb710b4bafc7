//! The operator's pages and functions: who may, what they show, what becomes of their forms.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use serde_json::json;

use super::app::{Answer, App};
use crate::ui::language::words;

/// Every page of the operator's.
const PAGES: [&str; 39] = [
    "/admin/business",
    "/admin",
    "/admin/numbers",
    "/admin/numbers?country=GB&features=VOICE",
    "/admin/flows",
    "/admin/flows/new?preset=ivr",
    "/admin/hours",
    "/admin/hours/lines",
    "/admin/hours/lines/support",
    "/admin/menus",
    "/admin/queues",
    "/admin/queues/new",
    "/admin/queues/agents",
    "/admin/menus/new",
    "/admin/speech",
    "/admin/hours?rows=9.x.3",
    "/admin/numbers/dry-run",
    "/admin/numbers/dry-run?line=ivr%3Amain&at=2026-12-25T09%3A00&keys=1&outcome=busy&language=zh-CN",
    "/admin/users",
    "/admin/console-settings",
    "/admin/console-settings?edit=sale",
    "/admin/console-settings/away-reasons",
    "/admin/console-settings/rules",
    "/admin/console-settings/caller-id",
    "/admin/events",
    "/admin/setup",
    "/admin/sdk",
    "/admin/events?kind=event&text=x&problems=1",
    "/admin/calls",
    "/admin/private-calls",
    "/admin/private-calls/numbers",
    "/admin/private-calls/proof",
    "/admin/private-calls/forget",
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
}

#[tokio::test]
async fn a_page_about_something_that_does_not_exist_says_so_and_answers_404() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    for list in ["/admin/calls", "/admin/flows", "/admin/private-calls", "/admin/campaigns"] {
        let missing = page(&app, &format!("{list}/nothing-has-this-id"), Some(&cookie)).await;
        assert_eq!(missing.status, StatusCode::NOT_FOUND, "{list}");
        let text = missing.text();
        let told = text.split("class=\"missing\"").nth(1).unwrap_or_else(|| panic!("{list}: {text}"));
        assert!(told.contains(&format!("href=\"{list}\"")), "{list}: {text}");
    }
}

#[tokio::test]
async fn the_overview_counts_todays_calls_and_links_to_the_newest() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let figure = |text: &str, name: &str| {
        let rest = text.split(&format!(">{name}<")).nth(1).unwrap_or_else(|| panic!("{name}: {text}")).to_owned();
        let value: String = rest.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
        value.parse::<u32>().unwrap()
    };
    let empty = page(&app, "/admin", Some(&cookie)).await.text();
    assert_eq!(figure(&empty, words().overview_today), 0);
    assert!(empty.contains(words().calls_empty) && empty.contains(words().overview_waiting_empty), "{empty}");
    let told = json!({ "from": "447700900001", "to": "442079460000", "uuid": "leg", "conversation_uuid": "CON-1" });
    app.post_signed("/webhooks/answer", told.to_string()).await;
    let talks = page(&app, "/admin", Some(&cookie)).await.text();
    let figures = |text: &str| [words().overview_today, words().overview_running].map(|name| figure(text, name));
    assert_eq!(figures(&talks), [1, 1]);
    let call = &app.services.log.calls(Default::default()).await.unwrap().calls[0];
    assert!(talks.contains(&format!("href=\"/admin/calls/{}\"", call.id)), "{talks}");
    let over = json!({ "from": "447700900001", "to": "442079460000", "uuid": "leg", "conversation_uuid": "CON-1",
                       "status": "completed", "direction": "inbound", "timestamp": "2026-11-21T04:05:06.000Z" });
    app.post_signed("/webhooks/event", over.to_string()).await;
    assert_eq!(figures(&page(&app, "/admin", Some(&cookie)).await.text()), [1, 0]);
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
