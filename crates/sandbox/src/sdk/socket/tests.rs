//! Sessions as the SDK sees them: pings, log-ins, what waits for a connection that is gone.

use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::SeqCst;

use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::packets::LARGEST_FRAME;
use super::sessions::{LONGEST_QUEUE, SESSIONS_PER_USER};
use super::*;
use crate::account::Account;
use crate::auth::testing::{sign, user_token};
use crate::effects::fixed;

const NOW: i64 = 1_795_226_880;

struct Platform {
    hub: Hub,
    clock: Arc<AtomicI64>,
    address: std::net::SocketAddr,
    application: String,
    key: String,
}

impl Platform {
    async fn start(kept: Duration) -> Platform {
        let (effects, clock) = fixed::effects(NOW * 1000);
        let accounts = Accounts::new(Account::generated(&effects), effects.clone());
        let (application, key) = accounts.create(&json!({"name": "One"})).await.unwrap();
        let hub = Hub::keeping(accounts, Trace::new(effects), kept);
        let users: Users =
            Arc::new(|_, name| ["Jane", "Joe"].contains(&name).then(|| format!("USR-{}", name.to_lowercase())));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = hub.router("/v2/rtc", users);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Platform { hub, clock, address, application: application.id, key: key.unwrap() }
    }

    fn token(&self, name: &str, life: i64) -> String {
        user_token(&self.application, &self.key, name, NOW, NOW + life)
    }

    /// Opens a socket and goes through the handshake; the first event is still to come.
    async fn connect(&self, token: &str, session: Option<&str>) -> Client {
        let session = session.map_or(String::new(), |id| format!("&session_id={id}"));
        let url = format!("ws://{}/v2/rtc/?token={token}{session}&EIO=4&transport=websocket", self.address);
        let mut client = Client { socket: connect_async(url).await.unwrap().0 };
        let open = client.hear().await;
        let open: Value = serde_json::from_str(open.strip_prefix('0').unwrap()).unwrap();
        assert_eq!((&open["pingInterval"], &open["pingTimeout"]), (&json!(25_000), &json!(20_000)));
        client.say("40").await;
        assert!(client.hear().await.starts_with("40{\"sid\":"));
        client
    }

    async fn log_in(&self, name: &str, session: Option<&str>) -> (Client, Value) {
        let mut client = self.connect(&self.token(name, 900), session).await;
        let (kind, event) = client.event().await;
        assert_eq!(kind, "session:success");
        (client, event["body"].clone())
    }

    async fn until(&self, what: &str, is: impl Fn(&Hub) -> bool) {
        for _ in 0..1_000 {
            if is(&self.hub) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("never: {what}");
    }
}

struct Client {
    socket: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
}

impl Client {
    async fn say(&mut self, text: &str) {
        self.socket.send(Frame::text(text)).await.unwrap();
    }

    /// The next text frame; "" when the connection is over.
    async fn hear(&mut self) -> String {
        loop {
            match tokio::time::timeout(Duration::from_secs(10), self.socket.next()).await.unwrap() {
                Some(Ok(Frame::Text(text))) => return text.to_string(),
                Some(Ok(Frame::Close(_)) | Err(_)) | None => return String::new(),
                Some(Ok(_)) => {}
            }
        }
    }

    async fn event(&mut self) -> (String, Value) {
        let text = self.hear().await;
        let packet: Value =
            serde_json::from_str(text.strip_prefix("42").unwrap_or_else(|| panic!("{text:?}"))).unwrap();
        (packet[0].as_str().unwrap().to_owned(), packet[1].clone())
    }
}

#[tokio::test]
async fn a_session_and_its_events() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let (mut first, body) = platform.log_in("Jane", None).await;
    assert_eq!((&body["user_id"], &body["name"]), (&json!("USR-jane"), &json!("Jane")));
    assert_eq!(body["api_key"], platform.hub.inner.accounts.account().api_key.as_str());
    assert!(body.get("pending_events").is_none());
    let (mut second, other) = platform.log_in("Jane", None).await;
    let (mut joe, _) = platform.log_in("Joe", None).await;
    assert_ne!(body["id"], other["id"]);
    assert_eq!(platform.hub.session(body["id"].as_str().unwrap()).unwrap().user_id, "USR-jane");

    assert_eq!(platform.hub.emit("USR-jane", "member:joined", json!({"id": 1})), 2);
    assert_eq!(first.event().await, ("member:joined".to_owned(), json!({"id": 1})));
    assert_eq!(second.event().await, ("member:joined".to_owned(), json!({"id": 1})));
    platform.hub.emit("USR-joe", "rtc:hangup", json!({"id": 2}));
    assert_eq!(joe.event().await.0, "rtc:hangup", "and not Jane's");
    assert_eq!(platform.hub.emit("USR-nobody", "x", json!({})), 0);
    assert!(platform.hub.emit_to_session(other["id"].as_str().unwrap(), "only:here", json!({})));
    assert_eq!(second.event().await.0, "only:here");
}

#[tokio::test]
async fn errors_instead_of_success() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let claims = |acl: Value| {
        let claims = json!({"application_id": platform.application, "iat": NOW, "exp": NOW + 60, "jti": "j", "sub": "Jane", "acl": acl});
        sign(&json!({"alg": "RS256"}), &claims, &platform.key)
    };
    let (_, joes) = platform.log_in("Joe", None).await;
    let joes = joes["id"].as_str().unwrap();
    let table = [
        (platform.token("Jane", 0), None, "system:error:expired-token"),
        ("rubbish".to_owned(), None, "system:error:invalid-token"),
        (String::new(), None, "system:error:invalid-token"),
        (platform.token("Nobody", 60), None, "user:error:invalid-user"),
        (claims(json!({"paths": {"/*/legs/**": {}}})), None, "system:error:permission"),
        (platform.token("Jane", 60), Some(joes), "session:error:invalid"),
        (platform.token("Jane", 60), Some("not-a-uuid"), "session:error:invalid"),
    ];
    for (token, session, expected) in table {
        let mut client = platform.connect(&token, session).await;
        assert_eq!(client.event().await.0, expected);
    }
    assert!(platform.hub.sessions_of("USR-jane").is_empty());
}

/// An SDK that reconnects hears no error: it waits for the end of its session, and then opens another one.
#[tokio::test]
async fn a_session_that_cannot_go_on_is_ended() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let old = "a381e615-6c43-43bc-85ce-8747e48efb03";
    let mut client = platform.connect(&platform.token("Nobody", 60), Some(old)).await;
    assert_eq!(client.event().await.0, "user:error:invalid-user");
    assert_eq!(client.hear().await, "41");
}

#[tokio::test]
async fn what_is_not_socket_io_is_refused() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let url = format!("ws://{}/v2/rtc/?token=x&EIO=2&transport=websocket", platform.address);
    assert!(connect_async(url).await.is_err());

    let url = format!("ws://{}/v2/rtc?token=x&EIO=4&transport=websocket", platform.address);
    let mut client = Client { socket: connect_async(url).await.unwrap().0 };
    client.hear().await;
    client.say("40/admin,").await;
    assert_eq!(client.hear().await, r#"44/admin,{"message":"Invalid namespace"}"#);
    client.say("nonsense").await;
    assert_eq!(client.hear().await, "", "closed");

    let (mut jane, _) = platform.log_in("Jane", None).await;
    let _ = jane.socket.send(Frame::text("x".repeat(LARGEST_FRAME + 1))).await;
    assert_eq!(jane.hear().await, "", "a frame too large ends the connection");
}

#[tokio::test]
async fn what_happens_while_away_is_pending_and_the_session_id_stays() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let (jane, body) = platform.log_in("Jane", None).await;
    let id = body["id"].as_str().unwrap();
    drop(jane);
    platform.until("lost", |hub| !hub.online("USR-jane")).await;
    assert_eq!(platform.hub.emit("USR-jane", "member:invited", json!({"id": 7})), 1);
    platform.hub.emit("USR-jane", "rtc:hangup", json!({"id": 8}));

    let (mut back, body) = platform.log_in("Jane", Some(id)).await;
    assert_eq!(body["id"], id);
    assert_eq!(body["pending_events"], json!([{"type": "member:invited", "id": 7}, {"type": "rtc:hangup", "id": 8}]));
    platform.hub.emit("USR-jane", "now", json!({}));
    assert_eq!(back.event().await.0, "now");
    let (_, again) = platform.log_in("Jane", Some(id)).await;
    assert!(again.get("pending_events").is_none(), "handed over once");
}

#[tokio::test]
async fn a_later_connection_takes_the_place_of_an_earlier_one() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let (mut old, body) = platform.log_in("Jane", None).await;
    let (mut new, _) = platform.log_in("Jane", body["id"].as_str()).await;
    assert_eq!(old.hear().await, "", "closed");
    platform.hub.emit("USR-jane", "hello", json!({}));
    assert_eq!(new.event().await.0, "hello");
    assert!(platform.hub.online("USR-jane"), "the old one's end does not end the new one's session");
}

#[tokio::test]
async fn a_session_that_does_not_come_back_is_forgotten() {
    let platform = Platform::start(Duration::from_millis(30)).await;
    let mut changes = platform.hub.changes();
    let (jane, body) = platform.log_in("Jane", None).await;
    drop(jane);
    let mut seen = Vec::new();
    while seen.last() != Some(&Change::Ended) {
        seen.push(tokio::time::timeout(Duration::from_secs(10), changes.recv()).await.unwrap().unwrap().change);
    }
    assert_eq!(seen, [Change::Opened, Change::Lost, Change::Ended]);
    assert!(platform.hub.session(body["id"].as_str().unwrap()).is_none());
    assert_eq!(platform.hub.emit("USR-jane", "x", json!({})), 0);
    // The page remembers its session id; it is given it again.
    let (_, again) = platform.log_in("Jane", body["id"].as_str()).await;
    assert_eq!(again["id"], body["id"]);
}

#[tokio::test]
async fn logging_out_is_answered_and_ends_the_session() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let (mut jane, _) = platform.log_in("Jane", None).await;
    jane.say(r#"43[]"#).await;
    jane.say(r#"42["custom:event",{}]"#).await;
    jane.say(r#"42["session:logout",{"tid":"t-1","body":{}}]"#).await;
    jane.say("41").await;
    let (kind, event) = jane.event().await;
    assert_eq!((kind.as_str(), &event["rid"]), ("session:logged-out", &json!("t-1")));
    platform.until("logged out", |hub| hub.sessions_of("USR-jane").is_empty()).await;
}

#[tokio::test]
async fn an_expired_token_ends_the_session_and_a_refresh_keeps_it() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let mut jane = platform.connect(&platform.token("Jane", 60), None).await;
    let id = jane.event().await.1["body"]["id"].as_str().unwrap().to_owned();
    let refresh = |token: &str| platform.hub.refresh(&id, token).map(|session| session.id);
    assert_eq!(refresh(&platform.token("Joe", 600)), Err(RefreshError::NotFound), "another user's");
    assert_eq!(refresh("rubbish"), Err(RefreshError::Auth(AuthError::Invalid)));
    assert_eq!(platform.hub.refresh("nobody", &platform.token("Jane", 60)).unwrap_err(), RefreshError::NotFound);
    assert_eq!(refresh(&platform.token("Jane", 600)), Ok(id.clone()));

    platform.clock.store((NOW + 120) * 1000, SeqCst);
    platform.hub.emit("USR-jane", "still", json!({}));
    assert_eq!(jane.event().await.0, "still");
    platform.clock.store((NOW + 601) * 1000, SeqCst);
    platform.hub.emit("USR-jane", "wake", json!({}));
    let mut last = jane.hear().await;
    if last.starts_with("42") {
        last = jane.hear().await;
    }
    assert_eq!(last, "41");
    assert!(platform.hub.session(&id).is_none());
}

#[tokio::test]
async fn deleting_a_user_ends_the_sessions() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let (mut jane, _) = platform.log_in("Jane", None).await;
    platform.hub.end_user("USR-jane");
    assert_eq!(jane.hear().await, "41");
    assert!(!platform.hub.online("USR-jane"));
}

#[tokio::test]
async fn sessions_are_limited() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let mut open = Vec::new();
    for _ in 0..SESSIONS_PER_USER {
        open.push(platform.log_in("Jane", None).await);
    }
    let mut one_more = platform.connect(&platform.token("Jane", 60), None).await;
    assert_eq!(one_more.event().await.0, "session:error:max-open-sessions");
}

#[tokio::test]
async fn a_client_that_does_not_read_is_cut_off_and_loses_nothing_that_was_queued() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let (jane, body) = platform.log_in("Jane", None).await;
    // More than the kernel's buffers hold, and Jane does not read.
    let bulk = "x".repeat(200_000);
    let mut sent = 0;
    while platform.hub.online("USR-jane") {
        platform.hub.emit("USR-jane", "bulk", json!({"n": sent, "bulk": bulk}));
        sent += 1;
        assert!(sent < 50_000, "never cut off");
        if sent % 16 == 0 {
            tokio::task::yield_now().await;
        }
    }
    drop(jane);
    platform.until("let go", |hub| !hub.online("USR-jane")).await;
    let sessions = lock(&platform.hub.inner.sessions);
    let held = &sessions.by_id[body["id"].as_str().unwrap()];
    assert!(held.pending.len() <= LONGEST_QUEUE, "{}", held.pending.len());
    assert_eq!(held.pending.back().unwrap()["n"], sent - 1);
}

#[tokio::test]
async fn s8_engine_io_3_logs_in_by_an_event_pings_itself_and_resumes_by_its_query() {
    let platform = Platform::start(KEPT_DISCONNECTED).await;
    let url = format!("ws://{}/v2/rtc/?EIO=3&transport=websocket", platform.address);
    let mut client = Client { socket: connect_async(&url).await.unwrap().0 };
    assert!(client.hear().await.starts_with("0{"));
    assert_eq!(client.hear().await, "40", "the main namespace is open without being asked for");
    client.say("2").await;
    assert_eq!(client.hear().await, "3");
    client.say(r#"42["session:login",{"tid":"t-0","body":{"token":"rubbish"}}]"#).await;
    let (kind, refused) = client.event().await;
    assert_eq!((kind.as_str(), &refused["rid"]), ("system:error:invalid-token", &json!("t-0")));
    let login = json!(["session:login", {"tid": "t-1", "body": {"token": platform.token("Jane", 900)}}]);
    client.say(&format!("42{login}")).await;
    let (kind, event) = client.event().await;
    assert_eq!((kind.as_str(), &event["rid"]), ("session:success", &json!("t-1")), "on the same connection");
    assert_eq!(event["body"]["name"], "Jane");
    client.say("2").await;
    assert_eq!(client.hear().await, "3");
    platform.hub.emit("USR-jane", "member:invited", json!({"id": 3}));
    assert_eq!(client.event().await, ("member:invited".to_owned(), json!({"id": 3})));

    let id = event["body"]["id"].as_str().unwrap().to_owned();
    drop(client);
    platform.until("lost", |hub| !hub.online("USR-jane")).await;
    let url = format!("{url}&session_id={id}&token={}", platform.token("Jane", 900));
    let mut again = Client { socket: connect_async(url).await.unwrap().0 };
    again.hear().await;
    assert_eq!(again.hear().await, "40");
    assert_eq!(again.event().await.1["body"]["id"], *id);
    again.say(r#"42["session:logout",{"tid":"t-2","body":{}}]"#).await;
    assert_eq!(again.event().await.1["rid"], "t-2");
    platform.until("logged out", |hub| hub.sessions_of("USR-jane").is_empty()).await;
}
