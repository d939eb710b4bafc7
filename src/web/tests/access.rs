//! Who may open what: every page and every server function there is, and the console's one endpoint, for a stranger and for
//! each role that is too low. Both lists come from the program itself, so that a new page or function is refused or this test
//! fails.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use leptos::server_fn::axum::server_fn_paths;
use serde_json::json;

use super::app::{Answer, App};
use crate::api::business::{LOGO, PREVIEW};
use crate::api::call_flows::CHECK;
use crate::api::contact_center::CONSOLE;
use crate::api::queues::UPLOAD;
use crate::domain::account::Role;
use crate::service::NewMember;
use crate::web::pages;

/// For everybody: the support page's, and what signing in and out needs.
const OPEN: [&str; 16] = [
    "accept-invitation",
    "first-start",
    "invited",
    "language",
    "password",
    "sandbox-accounts",
    "sandbox-sign-in",
    "sign-in",
    "sign-out",
    "sign-out-everywhere",
    "support-page",
    "theme",
    "visits",
    "visit-call-back",
    "visit-message",
    "visit-renewals",
];
/// Says who asks, a stranger included.
const WHO: &str = "who";
/// For supervisors too; all others but the console's are the operator's alone.
const SUPERVISORS: [&str; 5] = ["call", "call-audio", "call-end", "call-list", "overview"];

/// Bodies of which every function can read one: a form, and everything that a JSON argument is called.
const BODIES: [&str; 7] = [
    "",
    "call=x&id=x&conversation=x&name=x",
    r#"{"id":"x","call":"x","offer":"x","leg":"x","tab":"x","number":"+447700900123","text":"","keys":"1","on":true,
        "take_over":true,"wish":{"wish":"ready"},"target":{"to":"agent","name":"Joe"},"disposition":null,"preset":null,"page":"x",
        "show":"mine","before":null,"asked":{"country":"","count":""},"query":{"show":"all","text":"","before":null}}"#,
    r#"{"query":{"kind":"","text":"","problems":false,"before":null}}"#,
    r#"{"query":{"country":"","features":"","pattern":"","page":1}}"#,
    r#"{"query":[]}"#,
    r#"{"hang-up":{"call":"x"}}"#,
];

/// Every server function, where consoles post their commands, and where the editor of call flows asks.
fn endpoints() -> Vec<&'static str> {
    server_fn_paths()
        .map(|(path, method)| {
            assert_eq!(method, axum::http::Method::POST, "{path}");
            path
        })
        .chain([CONSOLE, CHECK, LOGO, PREVIEW, UPLOAD])
        .collect()
}

async fn page(app: &App, path: &str, cookie: &str) -> Answer {
    let request = Request::get(path).header("accept", "text/html").header("cookie", cookie);
    app.send(request.body(Body::empty()).unwrap()).await
}

/// What a function says to the first body that it can read.
async fn ask(app: &App, path: &str, cookie: &str) -> Answer {
    let mut last = None;
    for body in BODIES {
        let kind = if body.starts_with('{') { "application/json" } else { "application/x-www-form-urlencoded" };
        let request = Request::post(path).header("content-type", kind).header("cookie", cookie);
        let answer = app.send(request.body(Body::from(body)).unwrap()).await;
        let unread = [StatusCode::BAD_REQUEST, StatusCode::UNSUPPORTED_MEDIA_TYPE].contains(&answer.status);
        last = Some(answer);
        if !unread {
            break;
        }
    }
    last.unwrap()
}

fn least(name: &str) -> Option<Role> {
    if OPEN.contains(&name) {
        None
    } else if SUPERVISORS.contains(&name) {
        Some(Role::Supervisor)
    } else if name.starts_with("console") || name == WHO {
        Some(Role::Agent)
    } else {
        Some(Role::Operator)
    }
}

async fn cookies(app: &App) -> Vec<(Role, String)> {
    let mut all = Vec::new();
    for (name, role) in [("Jane", Role::Agent), ("Sam", Role::Supervisor)] {
        let new = NewMember { name: name.into(), display_name: String::new(), role };
        let link = app.services.team.add_member(&new).await.unwrap();
        let token = link.path.split_once("token=").unwrap().1.to_owned();
        let account = app.services.team.accept_invitation(&token, "a password of many letters").await.unwrap();
        all.push((role, app.cookie_of(&account.id).await));
    }
    all
}

#[tokio::test]
async fn every_function_is_refused_without_the_role() {
    let app = App::start().await;
    let cookies = cookies(&app).await;
    let functions = endpoints();
    assert!(functions.len() > 60, "{}", functions.len());
    for known in OPEN.iter().chain(&SUPERVISORS) {
        assert!(functions.contains(&format!("/api/{known}").as_str()), "{known} is gone");
    }
    let mut unread = Vec::new();
    for path in functions {
        let name = path.trim_start_matches("/api/");
        let Some(least) = least(name) else { continue };
        let by_get = app.get(path).await.status;
        assert!(matches!(by_get, StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED), "{path} by GET: {by_get}");
        let stranger = ask(&app, path, "").await;
        if name == WHO {
            assert_eq!(stranger.text(), "null", "{path}");
            continue;
        }
        if stranger.status == StatusCode::BAD_REQUEST {
            unread.push(format!("{path}: {}", stranger.text()));
            continue;
        }
        assert_eq!(stranger.status, StatusCode::UNAUTHORIZED, "{path} for a stranger: {}", stranger.text());
        for (role, cookie) in cookies.iter().filter(|(role, _)| !role.may(least)) {
            let refused = ask(&app, path, cookie).await;
            assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path} for {role:?}: {}", refused.text());
        }
    }
    assert!(unread.is_empty(), "none of the bodies is theirs: {unread:#?}");
    assert!(app.services.team.sdk.mobile_key_since().await.unwrap().is_none(), "nothing was done");
    assert_eq!(app.services.team.members().await.unwrap().len(), 2);
}

/// What is opened beside pages and server functions, with the least role (`None`: those who take calls).
const STREAMS_AND_FILES: [(&str, Option<Role>); 9] = [
    ("/live/calls", Some(Role::Supervisor)),
    ("/live/webhooks", Some(Role::Supervisor)),
    ("/live/pages", Some(Role::Supervisor)),
    ("/live/calls/CON-x/audio", Some(Role::Supervisor)),
    ("/recordings/x", Some(Role::Supervisor)),
    ("/call-recordings/x", Some(Role::Supervisor)),
    ("/live/console", None),
    ("/console/voicemails/x", None),
    ("/admin/tracking/calls.csv", Some(Role::Operator)),
];

#[tokio::test]
async fn streams_and_files_give_one_answer_to_everybody_who_may_not() {
    let app = App::start().await;
    let first = app.services.accounts.first_start().await.unwrap().unwrap();
    let cookies = cookies(&app).await;
    let gone = app.cookie_of("an account that was deleted").await;
    let ip = std::net::IpAddr::from([192, 0, 2, 1]);
    let fresh = app.services.accounts.sign_in(&first.name, &first.password, ip).await.unwrap();
    let fresh = app.cookie_of(&fresh.id).await;
    let open = async |path: &str, cookie: &str| {
        let answer = page(&app, path, cookie).await;
        (answer.status, answer.text())
    };
    for (path, least) in STREAMS_AND_FILES {
        let sign_in = (StatusCode::UNAUTHORIZED, "please sign in\n".to_owned());
        assert_eq!(open(path, "").await, sign_in, "{path} for a stranger");
        assert_eq!(open(path, &gone).await, sign_in, "{path} for an account that is gone");
        let password = (StatusCode::FORBIDDEN, "please set your password\n".to_owned());
        assert_eq!(open(path, &fresh).await, password, "{path} with a password for one use");
        for (role, cookie) in cookies.iter().filter(|(role, _)| least.is_some_and(|least| !role.may(least))) {
            assert_eq!(page(&app, path, cookie).await.status, StatusCode::FORBIDDEN, "{path} for {role:?}");
        }
    }
    app.store.close().await;
    for (path, _) in STREAMS_AND_FILES {
        let (_, jane) = &cookies[0];
        let away = (StatusCode::SERVICE_UNAVAILABLE, "not available at the moment\n".to_owned());
        assert_eq!(open(path, jane).await, away, "{path} without a database");
    }
}

#[tokio::test]
async fn a_console_learns_why_nothing_is_done_for_it() {
    let app = App::start().await;
    let first = app.services.accounts.first_start().await.unwrap().unwrap();
    let cookies = cookies(&app).await;
    let ask = async |cookie: &str, body: &'static str| {
        let request = Request::post(CONSOLE).header("content-type", "application/json").header("cookie", cookie);
        let answer = app.send(request.body(Body::from(body)).unwrap()).await;
        (answer.status, answer.header("content-type").to_owned(), answer.json())
    };
    let json = || "application/json".to_owned();
    let ip = std::net::IpAddr::from([192, 0, 2, 1]);
    let account = app.services.accounts.sign_in(&first.name, &first.password, ip).await.unwrap();
    let (agent, operator) = (&cookies[0].1, &app.cookie_of(&account.id).await);
    let hold = r#"{"hold":{"call":"x","on":true}}"#;
    for (cookie, body, expected) in [
        ("", hold, (StatusCode::UNAUTHORIZED, json(), json!("SignIn"))),
        (operator, hold, (StatusCode::FORBIDDEN, json(), json!("ChangePassword"))),
        (agent, hold, (StatusCode::OK, json(), json!({"Granted": {"Refused": {"why": "gone"}}}))),
        (agent, "\"missed-seen\"", (StatusCode::OK, json(), json!({"Granted": "Done"}))),
    ] {
        assert_eq!(ask(cookie, body).await, expected, "{cookie} {body}");
    }
    app.services
        .accounts
        .change_password(&account.id, &first.password, "a password of many letters", ip)
        .await
        .unwrap();
    let operator = app.cookie_of(&account.id).await;
    let forbidden = (StatusCode::FORBIDDEN, json(), json!("Forbidden"));
    assert_eq!(ask(&operator, hold).await, forbidden, "operators take no calls");
}

#[tokio::test]
async fn every_page_is_refused_without_the_role() {
    let app = App::start().await;
    let cookies = cookies(&app).await;
    let mut seen = 0;
    for path in pages::paths() {
        let least = match path.as_str() {
            "/admin" => Role::Supervisor,
            // Of debug builds, for those who may see the overview.
            "/admin/parts" => Role::Supervisor,
            path if path.starts_with("/admin/calls") => Role::Supervisor,
            "/console" => Role::Agent,
            path if path.starts_with("/admin/") => Role::Operator,
            _ => continue,
        };
        seen += 1;
        let path = path.replace("{id}", "x");
        let stranger = page(&app, &path, "").await;
        assert!(stranger.header("location").starts_with("/login?next=/"), "{path} for a stranger: {}", stranger.status);
        for (role, cookie) in &cookies {
            let status = page(&app, &path, cookie).await.status;
            assert_eq!(status == StatusCode::FORBIDDEN, !role.may(least), "{path} for {role:?}: {status}");
        }
    }
    assert!(seen >= 20, "{seen}");
}

/// Bodies that no function can read, or that few can: by content type.
const MALFORMED: [(&str, &[u8]); 26] = [
    ("application/json", b""),
    ("application/json", b"{"),
    ("application/json", b"[]"),
    ("application/json", b"null"),
    ("application/json", b"\"x\""),
    ("application/json", b"{}"),
    ("application/json", br#"{"id":5,"query":5,"call":5,"number":5,"tab":5,"wish":5,"show":5,"offer":5}"#),
    ("application/json", br#"{"id":null,"query":null,"call":null,"number":null,"tab":null,"wish":null,"secret":null}"#),
    ("application/json", br#"{"id":{},"query":{"show":{}},"call":[],"number":{},"tab":[],"wish":{"wish":"x"}}"#),
    ("application/json", br#"{"id":"x","id":"y","call":"x","call":"y","query":{"kind":"x","kind":"y"}}"#),
    ("application/json", br#"{"id":"\u0000","call":"\u0000","secret":"\u0000","referrer":"\u0000","tab":"\u0000"}"#),
    ("application/json", br#"{"id":"\ud800","call":"\ud800","secret":"x","referrer":"\udfff"}"#),
    ("application/json", br#"{"query":{"page":-1,"before":1e99,"kind":"","text":"","problems":"perhaps"}}"#),
    ("application/json", b"{\"id\":\"\xff\xfe\"}"),
    ("application/json", b"\xef\xbb\xbf{}"),
    ("application/json", &[b'['; 5_000]),
    ("application/x-www-form-urlencoded", b"a[=1&]=2"),
    ("application/x-www-form-urlencoded", b"%FF=%FF&id=%FF&name=%FF&token=%C3%28"),
    ("application/x-www-form-urlencoded", b"id[x]=1&name[]=2&token[0]=3&number[a][b][c][d][e][f]=4"),
    ("application/x-www-form-urlencoded", b"archived=perhaps&pool=2&off=maybe&token=x"),
    ("application/x-www-form-urlencoded", b"id=%00&name=%00&token=%00&url=%00&number=%00"),
    ("application/x-www-form-urlencoded", b"id=x&id=y&name=x&name=y&token=x&token=y"),
    ("application/x-www-form-urlencoded", b"&&&==&%&%%%"),
    ("text/plain", b"{\"id\":\"x\"}"),
    ("multipart/form-data; boundary=x", b"--x\r\n\r\n--x--"),
    ("", b"\0\x01\x02"),
];

#[tokio::test]
async fn f17_no_body_of_a_server_function_makes_a_server_error() {
    let app = App::start().await;
    app.cookie().await;
    let account = app.services.team.members().await.unwrap()[0].account.id.clone();
    let (mut refused, mut functions) = (0, 0);
    for path in endpoints() {
        functions += 1;
        let signed_in = app.cookie_of(&account).await;
        for (kind, body) in MALFORMED {
            for accept in ["*/*", "text/html"] {
                for who in ["", "operator"] {
                    let cookie = if who.is_empty() { "" } else { signed_in.as_str() };
                    let request = Request::post(path).header("content-type", kind).header("cookie", cookie);
                    let request = request.header("accept", accept).header("referer", "http://127.0.0.1:3000/admin");
                    let answer = app.send(request.body(Body::from(body)).unwrap()).await;
                    let said = answer.text();
                    let sent = String::from_utf8_lossy(body);
                    assert!(!answer.status.is_server_error(), "{path} {kind} {sent}: {} {said}", answer.status);
                    assert!(!answer.header("location").contains("__err"), "{path} {kind} {sent}: sent back");
                    if [StatusCode::BAD_REQUEST, StatusCode::UNSUPPORTED_MEDIA_TYPE].contains(&answer.status) {
                        refused += 1;
                        let (field, reason) = said.strip_prefix("Args|").unwrap().split_once(": ").unwrap();
                        assert!(!field.is_empty() && !reason.is_empty(), "{path} {kind} {sent}: {said}");
                    }
                }
            }
        }
    }
    assert!(functions > 60 && refused > 2_000, "{functions} functions, {refused} refusals");
}

#[tokio::test]
async fn f17_a_refusal_names_the_field_to_strangers_too() {
    let app = App::start().await;
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    for (path, kind, body, field) in [
        ("visits", json, r#"{"referrer":7}"#, "referrer"),
        ("visit-renewals", json, r#"{"id":"x"}"#, "secret"),
        ("visit-renewals", json, r#"{"id":"x","secret":["y"]}"#, "secret"),
        ("call-list", json, r#"{"query":{"show":"all","text":5,"before":null}}"#, "query.text"),
        ("console", json, r#"{"presence":{"wish":{"wish":"sleep"}}}"#, "presence.wish"),
        ("console", json, r#"{"hold":{"call":"x","on":"yes"}}"#, "hold.on"),
        ("console", json, r#"{"hold":{"on":true}}"#, "hold.call"),
        ("console", json, r#"{"hold":{"call":"\u0000","on":true}}"#, "hold.call"),
        ("console", json, r#"{"jump":{"call":"x"}}"#, "jump"),
        ("console", json, r#""hold""#, "the body"),
        ("console", json, "", "the body"),
        ("sign-in", form, "name[first]=x&password=y", "name"),
        ("sign-in", form, "name=x&password=%00", "password"),
        ("save-campaign", form, "name=x&archived=perhaps", "archived"),
        ("invited", form, "", "token"),
        ("call", json, r#"{"id":"a\u0000b"}"#, "id"),
        ("call", json, "nonsense", "the body"),
    ] {
        let path = format!("/api/{path}");
        let request = Request::post(&path).header("content-type", kind).body(Body::from(body)).unwrap();
        let answer = app.send(request).await;
        let said = answer.text();
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path} {body}: {said}");
        let named = said.strip_prefix("Args|").and_then(|said| said.split_once(": ")).map(|(field, _)| field);
        assert!(
            named.is_some_and(|named| named
                .split(", ")
                .any(|named| named == field || named.starts_with(&format!("{field}.")))),
            "{path} {body}: {said}"
        );
    }
    let form = Request::post(CONSOLE).header("content-type", form).body(Body::from(r#""missed-seen""#)).unwrap();
    assert_eq!(app.send(form).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let page = app.get("/login?next=%00").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
}
