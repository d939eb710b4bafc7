//! Pages that are read again when something changes: what tells them, and what they then get.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use jiff::tz::TimeZone;
use serde_json::json;
use tokio::time::timeout;
use tower::ServiceExt as _;

use super::app::{Answer, App, Choices, NOW};
use crate::domain::call_tracking::campaign::Draft;
use crate::domain::call_tracking::zone::Zone;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::ui::language::words;

const A: &str = "447700900001";
const B: &str = "447700900002";
/// On a machine that does three things at once.
const PATIENCE: Duration = Duration::from_secs(20);

/// What `/live/pages` tells.
struct Told(axum::body::BodyDataStream);

impl Told {
    async fn open(app: &App, cookie: &str) -> Self {
        let request = Request::get("/live/pages").header("cookie", cookie).body(Body::empty()).unwrap();
        let answer = app.router.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        Self(answer.into_body().into_data_stream())
    }

    /// Waits for the next event.
    async fn changed(&mut self) {
        use futures::StreamExt as _;
        let wait = async {
            loop {
                let bytes = self.0.next().await.expect("the stream ended").unwrap();
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if text.contains("event: changed") {
                    return;
                }
            }
        };
        timeout(PATIENCE, wait).await.expect("nothing was told");
    }
}

async fn page(app: &App, path: &str, cookie: &str, more: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path).header("accept", "text/html").header("cookie", cookie);
    for (name, value) in more {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

async fn form(app: &App, path: &str, body: &str, cookie: &str) -> Answer {
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .header("cookie", cookie);
    app.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

/// A caller asks for the support line.
async fn calls(app: &App) {
    let body = json!({ "to": "442079460000", "from": A, "uuid": "leg", "conversation_uuid": "CON-1" });
    assert_eq!(app.post_signed("/webhooks/answer", body.to_string()).await.status, StatusCode::OK);
}

async fn ends(app: &App) {
    let body = json!({ "from": A, "to": "442079460000", "uuid": "leg", "conversation_uuid": "CON-1",
                       "status": "completed", "direction": "inbound", "timestamp": "2026-11-21T04:05:06.000Z" });
    assert_eq!(app.post_signed("/webhooks/event", body.to_string()).await.status, StatusCode::OK);
}

/// The parts of a page that are kept true.
fn live(html: &str, part: &str) -> bool {
    html.contains(&format!("data-live=\"{part}\""))
}

#[tokio::test]
async fn b3_the_page_of_a_call_is_told_of_each_event_and_shows_it() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    calls(&app).await;
    let id = app.services.log.calls(Default::default()).await.unwrap().calls[0].id.clone();
    let path = format!("/admin/calls/{id}");
    let before = page(&app, &path, &cookie, &[]).await.text();
    assert!(live(&before, "state") && live(&before, "call"), "{before}");
    assert!(before.contains("data-stream=\"/live/pages\"") && before.contains("<noscript>"), "{before}");
    let mut told = Told::open(&app, &cookie).await;
    ends(&app).await;
    told.changed().await;
    let after = page(&app, &path, &cookie, &[("x-read-again", "1")]).await.text();
    assert!(after.matches("<time datetime").count() > before.matches("<time datetime").count(), "{after}");
    assert!(!after.contains("<noscript>"), "nothing goes on any more, so nothing is to be reloaded");
}

#[tokio::test]
async fn b3_a_private_conversation_is_told_of_what_is_tried_and_of_its_end() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    for number in ["442079460101", "442079460102"] {
        let number = E164::parse(number).unwrap();
        app.services.lines.add_number(&number, "GB", &["VOICE".into(), "SMS".into()], &Line::Private).await.unwrap();
    }
    let (_, key) = app.services.accounts.create_api_key("booking").await.unwrap();
    let open = json!({ "participants": [{ "number": A }, { "number": B }], "notify": false });
    let ask = |method: &str, path: String, body: String| {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {key}"))
            .header("content-type", "application/json");
        app.send(request.body(Body::from(body)).unwrap())
    };
    let opened = ask("POST", "/api/private-conversations".into(), open.to_string()).await.json();
    let (id, dials) = (opened["id"].as_str().unwrap(), opened["participants"][0]["dials"].as_str().unwrap());
    let path = format!("/admin/private-calls/{id}");
    let rows = |html: &str| html.matches("<tr").count();
    let before = page(&app, &path, &cookie, &[]).await.text();
    assert!(live(&before, "conversation") && before.contains("<noscript>"), "{before}");
    let mut told = Told::open(&app, &cookie).await;
    let call = json!({ "from": A, "to": dials, "uuid": "leg", "conversation_uuid": "CON-1" });
    app.post_signed("/webhooks/answer", call.to_string()).await;
    told.changed().await;
    let tried = page(&app, &path, &cookie, &[]).await.text();
    assert!(rows(&tried) > rows(&before), "{tried}");
    // Closed by another system: no webhook tells of it.
    let mut told = Told::open(&app, &cookie).await;
    let closed = ask("DELETE", format!("/api/private-conversations/{id}"), String::new()).await;
    assert!(closed.status.is_success(), "{}", closed.text());
    told.changed().await;
    assert!(!page(&app, &path, &cookie, &[]).await.text().contains("<noscript>"));
}

#[tokio::test]
async fn b3_a_campaign_is_told_of_a_number_that_it_gets() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let number = E164::parse("442079460103").unwrap();
    app.services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Unassigned).await.unwrap();
    let draft = Draft {
        name: "Spring".into(),
        destination: "07700 900000".into(),
        colour: "teal".into(),
        lease_minutes: "30".into(),
        ..Draft::default()
    };
    let campaign = app.services.tracking.save_campaign(None, &draft, false).await.unwrap();
    assert_eq!(campaign.draft().destination, "+447700900000", "a number in national form is understood");
    let id = campaign.id;
    let path = format!("/admin/campaigns/{id}");
    let before = page(&app, &path, &cookie, &[]).await.text();
    assert!(live(&before, "numbers") && live(&before, "pool"), "{before}");
    let mut told = Told::open(&app, &cookie).await;
    app.services.tracking.give_number("442079460103", Some((&id, false))).await.unwrap();
    told.changed().await;
    let after = page(&app, &path, &cookie, &[]).await.text();
    assert!(after.contains("data-key=\"442079460103-"), "{after}");
}

#[tokio::test]
async fn b3_what_is_said_once_is_not_for_a_page_that_is_read_again() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    calls(&app).await;
    let id = app.services.log.calls(Default::default()).await.unwrap().calls[0].id.clone();
    let path = format!("/admin/calls/{id}");
    // Without the confirmation it is refused, and the next page says so.
    assert_eq!(form(&app, "/api/call-end", &format!("id={id}"), &cookie).await.status, StatusCode::FOUND);
    let again = page(&app, &path, &cookie, &[("x-read-again", "1")]).await.text();
    let said = words().admin_confirm;
    assert!(!again.contains(said), "{again}");
    let shown = page(&app, &path, &cookie, &[]).await.text();
    assert!(shown.contains(said), "{shown}");
}

#[tokio::test]
async fn b19_every_page_has_the_businesss_times_and_names_the_zone_once() {
    let zone = Zone::new("Asia/Shanghai", &TimeZone::posix("CST-8").unwrap());
    let app = App::with(Choices { zone, ..Choices::default() }).await;
    let cookie = app.cookie().await;
    calls(&app).await;
    let id = app.services.log.calls(Default::default()).await.unwrap().calls[0].id.clone();
    let at = time::OffsetDateTime::from_unix_timestamp(NOW).unwrap();
    let utc = at.format(time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z")).unwrap();
    let there = at + Duration::from_secs(8 * 3600);
    let there = there
        .format(time::macros::format_description!(
            "[day padding:none] [month repr:short] [year], [hour]:[minute]:[second]"
        ))
        .unwrap();
    for path in ["/admin/calls".to_owned(), format!("/admin/calls/{id}"), "/admin/events".to_owned()] {
        let html = page(&app, &path, &cookie, &[]).await.text();
        assert!(html.contains(&format!("datetime=\"{utc}\" title=")), "{path}: {html}");
        assert!(html.contains(&format!(">{there}<")), "{path}: {html}");
        // Times name it for those who point at them; on the page it stands once.
        assert_eq!(html.matches("Times in Asia/Shanghai").count(), 1, "{path}: {html}");
    }
}
