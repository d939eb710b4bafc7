//! The business profile: what is written is on the pages at once, what cannot be used is refused at its field, and a logo
//! that is no picture leaves no trace.

use axum::body::Body;
use axum::http::{Request, StatusCode};

use super::app::{Answer, App};
use crate::api::business::{BUSINESS, LOGO, PREVIEW, logo_path};
use crate::domain::click_to_call::GREETING;
use crate::domain::language::Language;
use crate::ui::language::words;

/// A form that can be saved.
const BLUEBIRD: [(&str, &str); 14] = [
    ("name", "Bluebird Bikes"),
    ("short_name", "Bluebird"),
    ("colour", "#ffe000"),
    ("time_zone", "europe/berlin"),
    ("english", "on"),
    ("default_language", "en"),
    ("lead_en", "Ask us about <bikes>."),
    ("notice_en", "We keep calls\r\nfor a month."),
    ("greeting_en", "Welcome to Bluebird."),
    ("numbers", "+49 30 901820, +44 20 7946 0000"),
    ("questions[0][question_en]", "Do you repair?"),
    ("questions[0][question_zh]", ""),
    ("questions[0][answer_en]", "We do."),
    ("questions[0][answer_zh]", ""),
];

async fn post(app: &App, path: &str, cookie: &str, fields: &[(&str, &str)]) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .header("cookie", cookie);
    app.send(request.body(Body::from(body)).unwrap()).await
}

async fn upload(app: &App, cookie: &str, field: &str, picture: &[u8]) -> Answer {
    let head = format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a.svg\"\r\n\r\n");
    let body = [head.as_bytes(), picture, b"\r\n--x--\r\n"].concat();
    let request =
        Request::post(LOGO).header("content-type", "multipart/form-data; boundary=x").header("cookie", cookie);
    app.send(request.body(Body::from(body)).unwrap()).await
}

async fn page(app: &App, path: &str, cookie: &str, language: &str) -> String {
    let request =
        Request::get(path).header("accept", "text/html").header("accept-language", language).header("cookie", cookie);
    app.send(request.body(Body::empty()).unwrap()).await.text()
}

#[tokio::test]
async fn what_is_written_is_in_force_at_once() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let before = page(&app, "/", "", "zh-CN").await;
    assert!(before.contains("lang=\"zh-CN\"") && before.contains("<title>客服中心</title>"), "{before}");
    assert_eq!(app.services.business.profile().greeting_in(Language::English).text, GREETING);

    let saved = post(&app, "/api/save-business", &cookie, &BLUEBIRD).await;
    assert_eq!((saved.status, saved.header("location")), (StatusCode::FOUND, BUSINESS), "{}", saved.text());
    // Only English is offered now.
    let support = page(&app, "/", "", "zh-CN").await;
    for wanted in [
        "lang=\"en\"",
        "<title>Bluebird Bikes support</title>",
        "Ask us about &lt;bikes&gt;.",
        "We keep calls\nfor a month.",
        "Do you repair?",
        "+49 30 901820",
    ] {
        assert!(support.contains(wanted), "{wanted}: {support}");
    }
    assert!(!support.contains("name=\"language\""), "one language is no choice: {support}");
    // The yellow is too pale for light pages.
    assert!(support.contains("--accent:light-dark(#") && !support.contains("light-dark(#ffe000"), "{support}");
    assert!(support.contains(",#ffe000)"), "{support}");
    assert_eq!(app.services.business.profile().greeting_in(Language::English).text, "Welcome to Bluebird.");
    assert_eq!(app.services.business.zone().name(), "Europe/Berlin");
    let form = page(&app, BUSINESS, &cookie, "en").await;
    assert!(form.contains("value=\"Bluebird Bikes\"") && form.contains("value=\"Europe/Berlin\""), "{form}");
    let login = page(&app, "/login", "", "en").await;
    assert!(login.contains("<span>Bluebird<"), "{login}");
}

#[tokio::test]
async fn what_cannot_be_used_is_said_at_its_field_and_nothing_is_lost() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let mut fields = BLUEBIRD.to_vec();
    fields[0].1 = " ";
    fields[3].1 = "Atlantis";
    fields[9].1 = "12";
    fields[12].1 = "";
    let refused = post(&app, "/api/save-business", &cookie, &fields).await;
    assert_eq!(refused.status, StatusCode::FOUND, "{}", refused.text());
    let form = page(&app, BUSINESS, &cookie, "en").await;
    for wanted in ["id=\"why-name\"", "id=\"why-time_zone\"", "id=\"why-numbers\"", "why-questions[0][answer_en]"] {
        assert!(form.contains(wanted), "{wanted}: {form}");
    }
    assert!(form.contains("value=\"Atlantis\"") && form.contains("value=\"Do you repair?\""), "{form}");
    assert_eq!(app.services.business.profile().name, "");
    let preview = post(&app, PREVIEW, &cookie, &fields).await.text();
    assert!(preview.contains("Do you repair?") && preview.contains("Ask us about &lt;bikes&gt;"), "{preview}");
    assert_eq!(app.services.business.profile().name, "", "a preview keeps nothing");
}

#[tokio::test]
async fn a_logo_is_a_picture_and_nothing_else() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let good = br#"<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z"/></svg>"#;
    assert_eq!(upload(&app, &cookie, "logo", good).await.status, StatusCode::SEE_OTHER);
    let kept = app.services.business.logo().unwrap();
    let address = logo_path(&kept.version);
    assert!(page(&app, "/", "", "en").await.contains(&format!("src=\"{address}\"")));
    let picture = app.get(&address).await;
    assert_eq!((picture.header("content-type"), picture.body.as_slice()), ("image/svg+xml", good.as_slice()));
    assert!(picture.header("content-security-policy").contains("sandbox"), "{:?}", picture.headers);
    assert!(picture.header("cache-control").contains("immutable"));
    assert_eq!(app.get(&logo_path("0000000000000000")).await.status, StatusCode::NOT_FOUND);

    let script = br#"<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"#;
    for hostile in [script.as_slice(), b"", b"GIF89a", &vec![b'a'; 100_000], &vec![b'a'; 400_000]] {
        assert_eq!(upload(&app, &cookie, "logo", hostile).await.status, StatusCode::SEE_OTHER);
        let said = page(&app, BUSINESS, &cookie, "en").await;
        assert!(said.contains("id=\"why-logo\""), "{said}");
        assert_eq!(app.services.business.logo().unwrap(), kept, "what was there stays");
    }
    assert_eq!(upload(&app, &cookie, "picture", good).await.status, StatusCode::SEE_OTHER);
    assert!(page(&app, BUSINESS, &cookie, "en").await.contains("id=\"why-logo\""), "a form without the file");
    assert_eq!(upload(&app, "", "logo", good).await.status, StatusCode::UNAUTHORIZED);
    let request = Request::post(LOGO).header("content-type", "text/plain").header("cookie", &cookie);
    let unread = app.send(request.body(Body::from("x")).unwrap()).await;
    assert_eq!(unread.status, StatusCode::BAD_REQUEST, "{}", unread.text());

    post(&app, "/api/remove-logo", &cookie, &[]).await;
    assert!(app.services.business.logo().is_none());
    assert_eq!(app.get(&address).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn visitors_are_not_told_of_the_platforms_user_unless_they_ask() {
    let app = App::start().await;
    let said = words().support_logged_in("supportuser");
    assert!(!page(&app, "/", "", "en").await.contains(&said));
    assert!(page(&app, "/?user", "", "en").await.contains(&said));
}
