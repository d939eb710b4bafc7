//! Server-sent events: who may listen, what they hear, and when it ends.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tokio::time::timeout;
use tower::ServiceExt as _;

use super::app::{App, Choices};
use crate::domain::account::Role;
use crate::service::NewMember;

/// Long enough for a loaded machine; nothing is measured.
const PATIENCE: Duration = Duration::from_secs(20);

struct Stream {
    body: Body,
    status: StatusCode,
}

impl Stream {
    async fn open(app: &App, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = app.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = response.status();
        Self { body: response.into_body(), status }
    }

    /// The next event as (event, id, data); `None` at the end.
    async fn next(&mut self) -> Option<(String, String, Value)> {
        let mut text = String::new();
        loop {
            let frame = timeout(PATIENCE, self.body.frame()).await.expect("nothing came")?;
            let Ok(data) = frame.unwrap().into_data() else { continue };
            text.push_str(std::str::from_utf8(&data).unwrap());
            if text.ends_with("\n\n") {
                // How long to wait before opening it again: no event to a page.
                if text.lines().all(|line| line.is_empty() || line.starts_with("retry:")) {
                    text.clear();
                    continue;
                }
                let field = |name: &str| {
                    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
                    line.trim_start_matches(':').trim().to_owned()
                };
                return Some((field("event"), field("id"), serde_json::from_str(&field("data")).unwrap_or_default()));
            }
        }
    }
}

async fn visit(app: &App) -> (String, String, String) {
    let visit = app.services.visits.start_visit([192, 0, 2, 7].into()).await.unwrap();
    (visit.id, visit.secret, visit.user)
}

async fn call(app: &App, user: &str, conversation: &str) {
    let body = json!({ "to": "442079460000", "from_user": user, "uuid": format!("{conversation}-leg"),
                       "conversation_uuid": conversation });
    assert_eq!(app.post_signed("/webhooks/answer", body.to_string()).await.status, StatusCode::OK);
}

async fn status(app: &App, conversation: &str, leg: &str, status: &str) {
    let direction = if leg == "leg" { "inbound" } else { "outbound" };
    let body = json!({ "from": "442079460000", "to": "447700900000", "uuid": format!("{conversation}-{leg}"),
        "conversation_uuid": conversation, "status": status, "direction": direction,
        "timestamp": "2026-11-21T04:00:00.000Z" });
    assert_eq!(app.post_signed("/webhooks/event", body.to_string()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_visitor_hears_of_their_own_call_and_resumes_where_they_were() {
    let app = App::start().await;
    let (id, secret, user) = visit(&app).await;
    let (_, _, stranger) = visit(&app).await;
    let path = format!("/live/visits/{id}?secret={secret}");
    let mut stream = Stream::open(&app, &path, &[]).await;
    assert_eq!(stream.status, StatusCode::OK);
    call(&app, &stranger, "CON-2").await;
    call(&app, &user, "CON-1").await;
    let (event, _, data) = stream.next().await.unwrap();
    assert_eq!(
        (event.as_str(), data["phase"].as_str(), data["over"].as_bool()),
        ("phase", Some("connecting"), Some(false))
    );
    status(&app, "CON-1", "callee", "ringing").await;
    let (_, ringing, data) = stream.next().await.unwrap();
    assert_eq!(data["phase"], "ringing");
    drop(stream);

    status(&app, "CON-1", "callee", "answered").await;
    let mut resumed = Stream::open(&app, &path, &[("last-event-id", &ringing)]).await;
    let (_, talking, data) = resumed.next().await.unwrap();
    assert_eq!(data["phase"], "talking");

    let mut knows = Stream::open(&app, &path, &[("last-event-id", &talking)]).await;
    status(&app, "CON-1", "callee", "completed").await;
    status(&app, "CON-1", "leg", "completed").await;
    loop {
        let (_, _, data) = knows.next().await.unwrap();
        assert_ne!(data["phase"], "talking", "what was known came again");
        if data["over"] == true {
            assert_eq!(data["phase"], "answered");
            break;
        }
    }
    call(&app, &user, "CON-3").await;
    let (_, _, data) = knows.next().await.unwrap();
    assert_eq!(data["phase"], "connecting", "a second call of the same visit");
}

#[tokio::test]
async fn nobody_hears_of_anothers_visit() {
    let app = App::start().await;
    let (id, secret, _) = visit(&app).await;
    let (other, _, _) = visit(&app).await;
    for path in [
        format!("/live/visits/{id}"),
        format!("/live/visits/{id}?secret="),
        format!("/live/visits/{id}?secret=wrong"),
        format!("/live/visits/{other}?secret={secret}"),
        format!("/live/visits/nobody?secret={secret}"),
    ] {
        assert_eq!(app.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

/// The next thing that a stream tells of the queue: id and data. The call's own phase is told too, in whichever order.
async fn care(stream: &mut Stream) -> (String, Value) {
    let told = async {
        loop {
            let (event, id, data) = stream.next().await.unwrap();
            if event == "care" {
                return (id, data);
            }
        }
    };
    timeout(PATIENCE, told).await.expect("no place was told")
}

#[tokio::test]
async fn a11_a_visitors_stream_tells_their_own_place_in_the_queue() {
    let app = App::with(Choices { support_agents: true, ..Choices::default() }).await;
    let mut streams = Vec::new();
    for n in 1..=2 {
        let (id, secret, user) = visit(&app).await;
        let mut stream = Stream::open(&app, &format!("/live/visits/{id}?secret={secret}"), &[]).await;
        call(&app, &user, &format!("CON-{n}")).await;
        let (id, data) = care(&mut stream).await;
        assert_eq!(data, json!({"care": "waiting", "place": n, "minutes": null}));
        assert_eq!(id, "", "a stream that is resumed is resumed where its phases were");
        streams.push(stream);
    }
    // The first leaves: the second is told, and hears nothing of the other.
    let new = NewMember { name: "Jane".into(), display_name: String::new(), role: Role::Agent };
    app.services.team.add_member(&new).await.unwrap();
    app.services.lines.reload_directory().await.unwrap();
    status(&app, "CON-1", "leg", "completed").await;
    let (_, data) = care(&mut streams[1]).await;
    assert_eq!(data, json!({"care": "waiting", "place": 1, "minutes": null}));
}

#[tokio::test]
async fn a11_what_a_visitor_asks_for_needs_the_visits_secret() {
    let app = App::with(Choices { support_agents: true, ..Choices::default() }).await;
    let (id, _, user) = visit(&app).await;
    let (_, others, _) = visit(&app).await;
    call(&app, &user, "CON-1").await;
    for secret in ["", "wrong", others.as_str()] {
        for (path, body) in [
            ("/api/visit-message", json!({"id": id, "secret": secret})),
            ("/api/visit-call-back", json!({"id": id, "secret": secret, "number": "07700 900123"})),
        ] {
            let answer = app.post(path, None, body.to_string()).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
            assert_eq!(answer.json(), json!({"Err": {"why": "gone"}}), "{path}");
        }
    }
}

#[tokio::test]
async fn the_call_log_is_for_operators() {
    let app = App::start().await;
    assert_eq!(app.get("/live/calls").await.status, StatusCode::UNAUTHORIZED);
    let forged = Stream::open(&app, "/live/calls", &[("cookie", "switchboard=AAAAAAAAAAAAAAAAAAAAAA")]).await;
    assert_eq!(forged.status, StatusCode::UNAUTHORIZED);
    let cookie = app.cookie().await;
    let mut stream = Stream::open(&app, "/live/calls", &[("cookie", &cookie)]).await;
    assert_eq!(stream.status, StatusCode::OK);
    let (_, _, user) = visit(&app).await;
    call(&app, &user, "CON-1").await;
    let (event, id, data) = stream.next().await.unwrap();
    assert_eq!((event.as_str(), data["phase"].as_str()), ("call", Some("connecting")));
    let mut resumed = Stream::open(&app, "/live/calls", &[("cookie", &cookie), ("last-event-id", &id)]).await;
    assert_eq!(resumed.next().await.unwrap().0, "stale");
}

#[tokio::test]
async fn every_webhook_is_told_also_one_that_changes_no_call() {
    let app = App::start().await;
    assert_eq!(app.get("/live/webhooks").await.status, StatusCode::UNAUTHORIZED);
    let cookie = app.cookie().await;
    let mut stream = Stream::open(&app, "/live/webhooks", &[("cookie", &cookie)]).await;
    assert_eq!(stream.status, StatusCode::OK);
    let unknown = json!({ "something": "new", "timestamp": "2026-11-21T04:00:00.000Z" });
    assert_eq!(app.post_signed("/webhooks/event", unknown.to_string()).await.status, StatusCode::OK);
    let (event, id, _) = stream.next().await.unwrap();
    assert_eq!((event.as_str(), id.as_str()), ("webhook", "1"));
    // What a page missed while it was away, it reads at once.
    let mut resumed = Stream::open(&app, "/live/webhooks", &[("cookie", &cookie), ("last-event-id", &id)]).await;
    assert_eq!(resumed.next().await.unwrap().0, "webhook");
}

#[tokio::test]
async fn an_operators_streams_end_with_the_session() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let mut streams = Vec::new();
    for path in ["/live/calls", "/live/webhooks", "/live/pages"] {
        streams.push(Stream::open(&app, path, &[("cookie", &cookie)]).await);
    }
    let request = Request::post("/api/sign-out")
        .header("cookie", &cookie)
        .header("content-type", "application/x-www-form-urlencoded");
    let out = app.send(request.body(Body::empty()).unwrap()).await;
    assert!(out.status.is_success() || out.status.is_redirection(), "{}", out.status);
    for stream in &mut streams {
        assert!(stream.next().await.is_none(), "one who signed out hears nothing any more");
    }
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let app = App::start().await;
    let (id, secret, _) = visit(&app).await;
    let mut stream = Stream::open(&app, &format!("/live/visits/{id}?secret={secret}"), &[]).await;
    app.streams.stop.cancel();
    assert!(stream.next().await.is_none());
    drop(stream);
    app.streams.open.close();
    timeout(PATIENCE, app.streams.open.wait()).await.expect("a stream is still counted as open");
}

#[tokio::test]
async fn one_client_cannot_take_every_seat() {
    let app = App::start().await;
    let (id, secret, _) = visit(&app).await;
    let path = format!("/live/visits/{id}?secret={secret}");
    let mut open = Vec::new();
    for _ in 0..64 {
        open.push(Stream::open(&app, &path, &[]).await);
    }
    assert!(open.iter().all(|stream| stream.status == StatusCode::OK));
    assert_eq!(Stream::open(&app, &path, &[]).await.status, StatusCode::TOO_MANY_REQUESTS);
    open.pop();
    assert_eq!(Stream::open(&app, &path, &[]).await.status, StatusCode::OK);
}

/// Every stream that an account may have.
const STREAMS: [&str; 5] = ["/live/calls", "/live/webhooks", "/live/pages", "/live/console", "/live/calls/CON-1/audio"];
const PASSWORD: &str = "a password of many letters";

/// A supervisor, who may have every stream: the account's id and the cookie of a session.
async fn supervisor(app: &App) -> (String, String) {
    let new = NewMember { name: "Sam".into(), display_name: String::new(), role: Role::Supervisor };
    let link = app.services.team.add_member(&new).await.unwrap();
    let token = link.path.split_once("token=").unwrap().1.to_owned();
    let account = app.services.team.accept_invitation(&token, PASSWORD).await.unwrap();
    let cookie = app.cookie_of(&account.id).await;
    (account.id, cookie)
}

async fn open_all(app: &App, cookie: &str) -> Vec<Stream> {
    let mut streams = Vec::new();
    for path in STREAMS {
        let stream = Stream::open(app, path, &[("cookie", cookie)]).await;
        assert_eq!(stream.status, StatusCode::OK, "{path}");
        streams.push(stream);
    }
    streams
}

/// Reads until the stream ends; what never ends runs into [`PATIENCE`], which is less than the stream would take to ask by
/// itself.
async fn ends(mut stream: Stream) {
    while stream.next().await.is_some() {}
}

#[tokio::test]
async fn f13_streams_end_at_once_when_the_right_to_them_does() {
    for what in ["disable", "delete", "everywhere", "password", "invitation", "sign-out"] {
        let app = App::start().await;
        let (id, cookie) = supervisor(&app).await;
        let another = app.cookie_of(&id).await;
        let streams = open_all(&app, &cookie).await;
        match what {
            "disable" => assert!(app.services.team.change_member(&id, Role::Supervisor, "Sam", true).await.unwrap()),
            "delete" => assert!(app.services.team.delete_member(&id).await.unwrap()),
            "everywhere" => app.services.accounts.sign_out_everywhere(&id).await.unwrap(),
            "password" => {
                let ip = [192, 0, 2, 1].into();
                app.services
                    .accounts
                    .change_password(&id, PASSWORD, "another password of many letters", ip)
                    .await
                    .unwrap();
            }
            "invitation" => {
                let link = app.services.team.invite(&id).await.unwrap().unwrap();
                app.services.team.accept_invitation(link.path.split_once("token=").unwrap().1, PASSWORD).await.unwrap();
            }
            _ => {
                let request = Request::post("/api/sign-out").header("cookie", &cookie);
                let request = request.header("content-type", "application/x-www-form-urlencoded");
                app.send(request.body(Body::empty()).unwrap()).await;
            }
        }
        for stream in streams {
            ends(stream).await;
        }
        // The account's other session ended with it, unless only the one was signed out.
        let other = Stream::open(&app, STREAMS[0], &[("cookie", &another)]).await;
        assert_eq!(other.status == StatusCode::OK, what == "sign-out", "{what}");
    }
}

#[tokio::test]
async fn f13_another_role_ends_the_streams_that_it_may_not_have_and_no_other() {
    let app = App::start().await;
    let (id, cookie) = supervisor(&app).await;
    let mut streams = open_all(&app, &cookie).await;
    let console = streams.remove(STREAMS.iter().position(|path| *path == "/live/console").unwrap());
    assert!(app.services.team.change_member(&id, Role::Agent, "Sam", false).await.unwrap());
    for stream in streams {
        ends(stream).await;
    }
    assert_eq!(app.streams.open.len(), 1, "an agent still has a console");
    let mut console = console;
    assert_eq!(console.next().await.unwrap().0, "desk");
    // An operator has none.
    assert!(app.services.team.change_member(&id, Role::Operator, "Sam", false).await.unwrap());
    ends(console).await;
}

#[tokio::test]
async fn f13_a_stream_on_which_much_happens_ends_too() {
    let app = App::start().await;
    let (id, cookie) = supervisor(&app).await;
    let mut stream = Stream::open(&app, "/live/calls", &[("cookie", &cookie)]).await;
    let (_, _, user) = visit(&app).await;
    assert!(app.services.team.change_member(&id, Role::Agent, "Sam", false).await.unwrap());
    for number in 0..20 {
        call(&app, &user, &format!("CON-{number}")).await;
    }
    assert!(stream.next().await.is_none(), "nothing of what came afterwards is told");
}

#[tokio::test]
async fn f13_a_request_that_began_before_brings_no_session_back() {
    use tower_sessions::SessionStore as _;
    let app = App::start().await;
    let (id, cookie) = supervisor(&app).await;
    let session: tower_sessions::session::Id = cookie.split_once('=').unwrap().1.parse().unwrap();
    let store = app.store.accounts().sessions(|| super::app::NOW * 1000);
    let mut under_way = store.load(&session).await.unwrap().unwrap();
    app.services.accounts.sign_out_everywhere(&id).await.unwrap();
    under_way.data.insert("used".into(), json!(super::app::NOW));
    store.save(&under_way).await.unwrap();
    assert_eq!(Stream::open(&app, "/live/calls", &[("cookie", &cookie)]).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn f10_a_hundred_agents_and_a_greedy_visitor_share_one_address() {
    let app = App::start().await;
    let mut open = Vec::new();
    let (id, secret, _) = visit(&app).await;
    let path = format!("/live/visits/{id}?secret={secret}");
    loop {
        let stream = Stream::open(&app, &path, &[]).await;
        if stream.status != StatusCode::OK {
            break;
        }
        open.push(stream);
    }
    for number in 0..100 {
        let new = NewMember { name: format!("agent-{number}"), display_name: String::new(), role: Role::Supervisor };
        app.services.team.add_member(&new).await.unwrap();
    }
    for member in app.services.team.members().await.unwrap() {
        let cookie = app.cookie_of(&member.account.id).await;
        for path in ["/live/console", "/live/calls"] {
            let stream = Stream::open(&app, path, &[("cookie", &cookie)]).await;
            assert_eq!(stream.status, StatusCode::OK, "{}: {path}", member.account.name);
            open.push(stream);
        }
    }
    let (id, secret, _) = visit(&app).await;
    let another = Stream::open(&app, &format!("/live/visits/{id}?secret={secret}"), &[]).await;
    assert_eq!(another.status, StatusCode::OK, "another visitor has seats of their own");
    assert!(open.len() > 200);
}

#[tokio::test]
async fn f21_every_stream_says_when_to_open_it_again() {
    let app = App::start().await;
    let (_, cookie) = supervisor(&app).await;
    let (id, secret, _) = visit(&app).await;
    let visit = format!("/live/visits/{id}?secret={secret}");
    for path in STREAMS.into_iter().chain([visit.as_str()]) {
        let mut stream = Stream::open(&app, path, &[("cookie", &cookie)]).await;
        let first = timeout(PATIENCE, stream.body.frame()).await.expect("nothing came").unwrap().unwrap();
        assert_eq!(first.into_data().unwrap(), "retry: 2000\n\n", "{path}");
    }
}
