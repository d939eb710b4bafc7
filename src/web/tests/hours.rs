//! Opening hours: the operator's forms, a calendar's file, and what the support page says and offers.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::json;

use super::app::{Answer, App};
use crate::api::hours::COPY;
use crate::domain::hours::{Day, Week};
use crate::domain::language::Texts;
use crate::service::WhenClosedDraft;
use crate::ui::language::words;

const HOURS: &str = "/admin/hours";

async fn post(app: &App, path: &str, fields: &[(&str, &str)], cookie: &str) -> Answer {
    post_from(app, HOURS, path, fields, cookie).await
}

async fn post_from(app: &App, page: &str, path: &str, fields: &[(&str, &str)], cookie: &str) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .header("referer", format!("http://127.0.0.1:3000{page}"))
        .header("cookie", cookie);
    app.send(request.body(Body::from(body)).unwrap()).await
}

async fn page(app: &App, path: &str, cookie: &str) -> String {
    let path = path.split('#').next().unwrap();
    let request = Request::get(path).header("accept", "text/html").header("cookie", cookie);
    app.send(request.body(Body::empty()).unwrap()).await.text()
}

async fn upload(app: &App, file: &[u8], cookie: &str) -> Answer {
    let mut body = b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.ics\"\r\n\r\n".to_vec();
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--x--\r\n");
    let request = Request::post("/admin/hours/import").header("content-type", "multipart/form-data; boundary=x");
    app.send(request.header("cookie", cookie).body(Body::from(body)).unwrap()).await
}

#[tokio::test]
async fn hours_are_set_without_javascript_and_nothing_that_was_typed_is_lost() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let wrong = [("0-0-from", "9:00"), ("0-0-until", "half past five"), ("0-1-from", ""), ("0-1-until", "")];
    let to = post(&app, "/api/hours-week", &wrong, &cookie).await.header("location").to_owned();
    assert!(to.starts_with(HOURS) && to.ends_with("#week"), "{to}");
    let shown = page(&app, &to, &cookie).await;
    assert!(shown.contains(words().hours_wrong_time) && shown.contains("half past five"), "{shown}");
    assert!(!app.services.hours.current().await.week.is_set());
    // One more interval, before anything is kept.
    let more = [("0-0-from", "9:00"), ("0-0-until", "12:00"), ("0-1-from", "13"), ("0-1-until", "15"), ("act", "0")];
    let to = post(&app, "/api/hours-week", &more, &cookie).await.header("location").to_owned();
    let shown = page(&app, &to, &cookie).await;
    assert!(shown.contains("0-2-from") && shown.contains("value=\"12:00\"") && shown.contains("value=\"15\""), "{to}");
    assert!(!app.services.hours.current().await.week.is_set());
    let good = [("0-0-from", "9:00"), ("0-0-until", "12:00"), ("0-1-from", "13"), ("0-1-until", "15")];
    post(&app, "/api/hours-week", &good, &cookie).await;
    assert_eq!(app.services.hours.current().await.week.0[0].intervals().len(), 2);
    let shown = page(&app, HOURS, &cookie).await;
    // It is Saturday.
    assert!(
        shown.contains(words().hours_done_saved) && shown.contains(&words().hours_opens("on Monday at 9:00")),
        "{shown}"
    );
}

#[tokio::test]
async fn mondays_hours_are_copied_without_javascript() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let typed = [
        ("0-0-from", "9:00"),
        ("0-0-until", "17:00"),
        // What is copied over needs not be right.
        ("1-0-from", "late"),
        ("5-0-from", "10"),
        ("5-0-until", "12"),
        ("act", COPY),
    ];
    let to = post(&app, "/api/hours-week", &typed, &cookie).await.header("location").to_owned();
    assert!(page(&app, &to, &cookie).await.contains(words().hours_done_copied), "{to}");
    let week = app.services.hours.current().await.week.clone();
    assert!(week.0[..5].iter().all(|day| *day == week.0[0] && day.intervals().len() == 1), "{week:?}");
    assert!(week.0[5] != week.0[0] && week.0[6].is_closed(), "{week:?}");
    let wrong = [("0-0-from", "never"), ("0-0-until", "18:00"), ("act", COPY)];
    let to = post(&app, "/api/hours-week", &wrong, &cookie).await.header("location").to_owned();
    assert!(page(&app, &to, &cookie).await.contains(words().hours_wrong_time), "{to}");
    assert_eq!(app.services.hours.current().await.week, week, "nothing was kept");
}

#[tokio::test]
async fn holidays_are_added_imported_and_deleted() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let add = [("date", "2026-12-24"), ("name", "Christmas Eve"), ("hours-0-from", "9"), ("hours-0-until", "13")];
    post(&app, "/api/hours-holiday-add", &add, &cookie).await;
    let to = post(&app, "/api/hours-holiday-add", &add, &cookie).await.header("location").to_owned();
    assert!(page(&app, &to, &cookie).await.contains(words().hours_wrong_taken));
    let file = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas\r\nRRULE:FREQ=YEARLY\r\n\
                END:VEVENT\r\nEND:VCALENDAR\r\n";
    assert_eq!(upload(&app, file.as_bytes(), &cookie).await.status, StatusCode::SEE_OTHER);
    let shown = page(&app, HOURS, &cookie).await;
    assert!(shown.contains(&words().hours_done_imported("1")) && shown.contains("9:00–13:00"), "{shown}");
    let held = app.services.hours.current().await;
    assert_eq!(held.holidays.len(), 2);
    let gone = [("id", held.holidays[0].id.as_str()), ("sure", "yes")];
    post(&app, "/api/hours-holiday-delete", &gone, &cookie).await;
    assert_eq!(app.services.hours.current().await.holidays.len(), 1);
}

#[tokio::test]
async fn a_hostile_file_is_refused_with_the_reason() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let words = words();
    let large = vec![b'x'; 300 << 10];
    let wrong_date = "BEGIN:VEVENT\nDTSTART:99990101\nSUMMARY:x\nEND:VEVENT";
    for (file, why) in [
        (b"".as_slice(), words.hours_file_none.to_owned()),
        (&large, words.hours_file_large("256")),
        (b"\xff\xfe", words.hours_file_text.to_owned()),
        (b"hello", words.hours_file_events.to_owned()),
        (wrong_date.as_bytes(), words.hours_file_date("2000", "2100", "2")),
    ] {
        assert_eq!(upload(&app, file, &cookie).await.header("location"), "/admin/hours#holidays");
        let shown = page(&app, HOURS, &cookie).await;
        assert!(shown.contains(&why) && shown.contains(words.hours_not_imported), "{why}: {shown}");
    }
    assert!(app.services.hours.current().await.holidays.is_empty());
    assert_eq!(upload(&app, b"x", "").await.status, StatusCode::UNAUTHORIZED);
    let nonsense = Request::post("/admin/hours/import").header("cookie", &cookie).body(Body::from("x")).unwrap();
    assert!(app.send(nonsense).await.status.is_client_error());
    let endless = vec![b'x'; 9 << 20];
    assert_eq!(upload(&app, &endless, &cookie).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn the_support_page_says_open_or_closed_and_offers_what_was_chosen() {
    let app = App::start().await;
    let words = words();
    let support = async || app.get("/").await.text();
    let html = support().await;
    assert!(!html.contains(words.support_open) && !html.contains(words.support_closed), "no hours are set");
    app.services.hours.keep_week(&Week::always()).await.unwrap();
    assert!(support().await.contains(words.support_open));
    app.services.hours.close(&Texts::new("Stock-taking", "盘点"), "2026-11-22T09:00").await.unwrap();
    let draft = |outcome: &str| WhenClosedDraft { outcome: outcome.into(), ..Default::default() };
    let html = support().await;
    assert!(html.contains("Stock-taking") && html.contains(&words.support_opens("tomorrow at 9:00")), "{html}");
    assert!(html.contains(words.faq_title_closed) && !html.contains("盘点"), "{html}");
    let chinese = Request::get("/").header("cookie", "language=zh-CN").body(Body::empty()).unwrap();
    let chinese = app.send(chinese).await.text();
    assert!(chinese.contains("盘点") && !chinese.contains("Stock-taking"), "{chinese}");
    assert!(!html.contains("action=\"/call-back\"") && html.contains("class=\"widget\""), "{html}");
    assert!(!html.contains("class=\"line dial\"") && !html.contains("class=\"other\""), "nobody would answer: {html}");
    app.services.hours.keep_when_closed(&draft("message")).await.unwrap();
    let html = support().await;
    assert!(html.contains(words.support_closed_message) && html.contains(words.faq_record_messages), "{html}");
    assert!(html.contains("class=\"line dial\""), "{html}");
    app.services.hours.keep_when_closed(&draft("call-back")).await.unwrap();
    assert!(support().await.contains("action=\"/call-back\""));
    let leaves = async |number: &str| {
        let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("number", number).finish();
        let request = Request::post("/call-back").header("content-type", "application/x-www-form-urlencoded");
        app.send(request.body(Body::from(body)).unwrap()).await
    };
    let refused = leaves("12 <34>").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let html = refused.text();
    assert!(html.contains(words.wait_bad_number) && html.contains("12 &lt;34&gt;"), "{html}");
    let noted = leaves("07700 900123").await;
    assert!(noted.status == StatusCode::OK && noted.text().contains(words.support_call_back_noted));
    let page = app.post("/api/support-page", None, "{}").await.json();
    assert_eq!(page["hours"]["offer"], "CallBack");
    assert!(!support().await.contains("900123"), "what was left is not for other visitors");
    // Who loads the answer again is on the support page.
    assert_eq!(app.get("/call-back").await.header("location"), "/");
    app.services.hours.open_again().await.unwrap();
    let late = leaves("07700 900124").await;
    assert!(late.text().contains(words.support_open_again), "{}", late.text());
}

#[tokio::test]
async fn the_overview_says_that_it_is_closed_and_opens_again() {
    let app = App::start().await;
    let (cookie, words) = (app.cookie().await, words());
    let open = page(&app, "/admin", &cookie).await;
    assert!(!open.contains("/api/hours-close") && !open.contains(words.overview_closed_until("").trim()), "{open}");
    app.services.hours.close(&Texts::new("Team day", ""), "2026-11-22T09:00").await.unwrap();
    let closed = page(&app, "/admin", &cookie).await;
    assert!(closed.contains(&words.overview_closed_by_hand("Team day")), "{closed}");
    assert!(closed.contains(&words.hours_opens("tomorrow at 9:00")) && closed.contains("/api/hours-close"), "{closed}");
    post(&app, "/api/hours-close", &[("open", "true")], &cookie).await;
    assert!(app.services.hours.state().await.is_none(), "no hours are set");
    let mut week = Week::default();
    week.0[0] = Day::all_day();
    app.services.hours.keep_week(&week).await.unwrap();
    let quiet = page(&app, "/admin", &cookie).await;
    assert!(quiet.contains(words.overview_closed_until("").trim()) && !quiet.contains("/api/hours-close"), "{quiet}");
}

#[tokio::test]
async fn where_calls_go_while_it_is_closed_is_told_to_nobody() {
    let app = App::start().await;
    app.services.hours.close(&Texts::default(), "").await.unwrap();
    let draft = WhenClosedDraft { outcome: "number".into(), number: "07700 900456".into(), ..Default::default() };
    app.services.hours.keep_when_closed(&draft).await.unwrap();
    let told = app.post("/api/support-page", None, "{}").await;
    assert!(!told.text().contains("900456") && !app.get("/").await.text().contains("900456"));
    let asked = json!({ "to": "442079460000", "from": "447700900999", "uuid": "u", "conversation_uuid": "CON-1" });
    let flow = app.post_signed("/webhooks/answer", asked.to_string()).await.json();
    assert_eq!(flow[1]["endpoint"][0]["number"], "447700900456", "{flow}");
}

#[tokio::test]
async fn what_was_typed_into_a_refused_form_stays() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    for (path, fields, kept) in [
        ("/api/hours-close", [("reason_en", "Fire drill"), ("until", "2020-01-01T10:00")], "value=\"Fire drill\""),
        ("/api/hours-holiday-add", [("date", ""), ("name", "Team day")], "value=\"Team day\""),
        ("/api/hours-when-closed", [("outcome", "number"), ("number", "12")], "value=\"12\""),
    ] {
        let refused = post(&app, path, &fields, &cookie).await;
        let shown = page(&app, refused.header("location"), &cookie).await;
        assert!(shown.contains(kept), "{path}: {shown}");
    }
}

#[tokio::test]
async fn a_line_gets_something_of_its_own_and_the_same_as_all_again() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let path = "/admin/hours/lines";
    let line = |outcome: &'static str, number: &'static str| {
        [("line", "support"), ("outcome", outcome), ("number", number), ("text_en", "We sleep.")]
    };
    let form = format!("{path}/support");
    let wrong = line("number", "12");
    let to = post_from(&app, &form, "/api/closed-line-save", &wrong, &cookie).await.header("location").to_owned();
    assert_eq!(to, form);
    let shown = page(&app, &to, &cookie).await;
    assert!(shown.contains("id=\"why-number\"") && shown.contains("value=\"12\""), "{shown}");
    assert!(shown.contains("We sleep."), "nothing is lost: {shown}");
    let to = post(&app, "/api/closed-line-save", &line("message", ""), &cookie).await.header("location").to_owned();
    assert_eq!(to, path);
    let shown = page(&app, &to, &cookie).await;
    assert!(shown.contains(words().hours_done_saved) && shown.contains(words().hours_message), "{shown}");
    assert_eq!(app.services.hours.current().await.by_line["support"].text.en, "We sleep.");
    post(&app, "/api/closed-line-save", &line("same", ""), &cookie).await;
    assert!(app.services.hours.current().await.by_line.is_empty());
    for strange in ["private", "queue:", "x", ""] {
        let fields = [("line", strange), ("outcome", "message")];
        let to = post(&app, "/api/closed-line-save", &fields, &cookie).await.header("location").to_owned();
        assert_eq!(to, path, "{strange}");
    }
    assert!(app.services.hours.current().await.by_line.is_empty());
}
