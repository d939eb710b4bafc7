//! WebSocket legs, as an application sees them that is written with another library.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

use super::tones::{TONES, speak_and_listen, tones_heard};
use super::world::{SUPPORT, World, was_told};

const CALLER: &str = "447700900001";
const PATIENCE: Duration = Duration::from_secs(30);

struct App {
    listener: TcpListener,
    uri: String,
}

impl App {
    async fn start() -> App {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let uri = format!("ws://{}/socket?x=1", listener.local_addr().unwrap());
        App { listener, uri }
    }

    fn connect(&self, rate: u32) -> Value {
        json!({"action": "connect", "endpoint": [{"type": "websocket", "uri": self.uri,
            "content-type": format!("audio/l16;rate={rate}"), "headers": {"caller-id": CALLER, "nested": {"n": [1]}}}]})
    }

    /// The socket, and its first message.
    async fn accept(&self) -> (WebSocketStream<TcpStream>, Value) {
        let (tcp, _) = tokio::time::timeout(PATIENCE, self.listener.accept()).await.expect("nobody connects").unwrap();
        let mut wire = accept_async(tcp).await.unwrap();
        let first = wire.next().await.unwrap().unwrap().into_text().unwrap();
        assert!(first.starts_with(' '), "texts begin with a blank");
        (wire, serde_json::from_str(first.trim()).unwrap())
    }
}

async fn next(wire: &mut WebSocketStream<TcpStream>) -> Message {
    tokio::time::timeout(PATIENCE, wire.next()).await.expect("nothing came").expect("it ended").unwrap()
}

async fn next_text(wire: &mut WebSocketStream<TcpStream>) -> Value {
    loop {
        if let Message::Text(text) = next(wire).await {
            return serde_json::from_str(text.trim()).unwrap();
        }
    }
}

#[tokio::test]
async fn an_applications_echo_is_heard_back_at_every_rate() {
    for rate in [8_000, 16_000, 24_000] {
        let world = World::start().await;
        let app = App::start().await;
        world.answers("/answer", [json!([app.connect(rate)])]);
        world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
        let (mut wire, first) = app.accept().await;
        assert_eq!(first["event"], "websocket:connected");
        assert_eq!(first["content-type"], format!("audio/l16;rate={rate}"));
        assert_eq!((&first["caller-id"], &first["nested"]), (&json!(CALLER), &json!({"n": [1]})));
        let echo = tokio::spawn(async move {
            let mut sizes = std::collections::BTreeSet::new();
            while let Some(Ok(message)) = wire.next().await {
                if message.is_binary() {
                    sizes.insert(message.len());
                    if wire.send(message).await.is_err() {
                        break;
                    }
                }
            }
            sizes
        });
        world.phone_in(CALLER, "talking").await;
        let heard = speak_and_listen(&world.url, CALLER, 3).await;
        assert!(tones_heard(&heard) > TONES / 2, "{rate}: {} of {TONES}", tones_heard(&heard));
        world.phone(CALLER, "hangup", json!({})).await;
        let sizes = tokio::time::timeout(PATIENCE, echo).await.expect("the socket closes with the call").unwrap();
        assert_eq!(sizes.into_iter().collect::<Vec<_>>(), [rate as usize / 50 * 2]);
    }
}

#[tokio::test]
async fn an_application_that_closes_is_told_so_and_may_go_on() {
    for (answer, said) in
        [(json!([{"action": "talk", "text": "From the event."}]), "From the event."), (json!(null), "What followed.")]
    {
        let world = World::start().await;
        let app = App::start().await;
        world.answers("/event", [answer]);
        world.answers("/answer", [json!([app.connect(16_000), {"action": "talk", "text": "What followed."}])]);
        world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
        let (mut wire, _) = app.accept().await;
        world.phone_in(CALLER, "talking").await;
        wire.close(None).await.unwrap();
        let told = world.told("/event", |body| body["status"] == "disconnected").await;
        assert_eq!((&told["to"], &told["headers"]["caller-id"]), (&json!(app.uri), &json!(CALLER)));
        assert!(told.get("direction").is_none());
        world.phone_when(CALLER, "told", |phone| was_told(phone, said)).await;
        world.phone_in(CALLER, "idle").await;
        let leg = told["uuid"].as_str().unwrap();
        world.told("/event", |body| body["uuid"] == *leg && body["status"] == "completed").await;
        assert_eq!(world.statuses(leg), ["started", "answered", "disconnected", "completed"]);
    }
}

#[tokio::test]
async fn an_application_that_is_not_there_is_a_failure_that_can_be_answered() {
    let world = World::start().await;
    let app = App::start().await;
    let mut connect = app.connect(16_000);
    connect["eventType"] = "synchronous".into();
    connect["eventUrl"] = json!([format!("{}/failed", world.app_url)]);
    drop(app);
    world.answers("/failed", [json!([{"action": "talk", "text": "The echo is away."}])]);
    world.answers("/answer", [json!([connect])]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    let told = world.told("/failed", |body| body["status"] == "failed").await;
    assert_eq!(told["headers"]["caller-id"], CALLER);
    world.phone_when(CALLER, "told", |phone| was_told(phone, "The echo is away.")).await;
    world.phone_in(CALLER, "idle").await;
}

#[tokio::test]
async fn an_application_that_takes_the_connection_and_says_nothing_is_unanswered() {
    let world = World::start().await;
    let app = App::start().await;
    // The system takes connections for it; nobody reads them.
    let mute = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut connect = app.connect(16_000);
    connect["endpoint"][0]["uri"] = format!("ws://{}/socket", mute.local_addr().unwrap()).into();
    connect["eventType"] = "synchronous".into();
    connect["eventUrl"] = json!([format!("{}/failed", world.app_url)]);
    world.answers("/failed", [json!([{"action": "talk", "text": "The echo is asleep."}])]);
    world.answers("/answer", [json!([connect])]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    let told = world.told("/failed", |body| body["status"] == "unanswered").await;
    assert_eq!(told["headers"]["caller-id"], CALLER);
    world.phone_when(CALLER, "told", |phone| was_told(phone, "The echo is asleep.")).await;
    world.phone_in(CALLER, "idle").await;
}

#[tokio::test]
async fn keys_marks_and_clear_cross_the_socket() {
    let world = World::start().await;
    let app = App::start().await;
    world.answers("/answer", [json!([app.connect(16_000)])]);
    world.phone(CALLER, "dial", json!({"to": SUPPORT})).await;
    let (mut wire, _) = app.accept().await;
    world.phone_in(CALLER, "talking").await;
    world.phone(CALLER, "dtmf", json!({"digits": "5#"})).await;
    for digit in ["5", "#"] {
        let key = next_text(&mut wire).await;
        assert_eq!((&key["event"], &key["digit"]), (&json!("websocket:dtmf"), &json!(digit)));
        assert!(key["duration"].is_u64());
    }
    // Half a second, then a mark: it comes when the audio was played, not before.
    for _ in 0..25 {
        wire.send(Message::binary(vec![0; 640])).await.unwrap();
    }
    wire.send(Message::text(json!({"action": "notify", "payload": {"n": 1}}).to_string())).await.unwrap();
    let mut frames = 0;
    loop {
        match next(&mut wire).await {
            Message::Binary(_) => frames += 1,
            Message::Text(text) => {
                assert!(text.contains("websocket:notify") && text.contains(r#""n":1"#), "{text}");
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(frames >= 15, "the caller's frames are the clock: {frames} came before the mark");
    // A minute and more at once: what does not fit is lost, and the trace says so. Then it is all dropped.
    for _ in 0..3_200 {
        wire.send(Message::binary(vec![0; 640])).await.unwrap();
    }
    wire.send(Message::text(r#"{"action":"clear"}"#)).await.unwrap();
    assert_eq!(next_text(&mut wire).await["event"], "websocket:cleared");
    let (_, calls) = world.ask("GET", "/calls.json", "", Value::Null).await;
    let legs = calls["legs"].as_array().unwrap();
    let media = legs.iter().map(|leg| &leg["media"]).find(|media| media["frames_lost"].is_u64()).unwrap();
    assert!(media["frames_lost"].as_u64().unwrap() > 0, "{media}");
    let (_, trace) = world.ask("GET", "/trace.json", "", Value::Null).await;
    assert!(trace.to_string().contains("Audio buffer overrun"), "a person can see why");
}

#[tokio::test]
async fn an_endpoint_that_makes_no_sense_is_refused() {
    let world = World::start().await;
    for (field, value) in [
        ("uri", json!("https://example.com")),
        ("content-type", json!("audio/l16;rate=44100")),
        ("headers", json!({"x": "y".repeat(600)})),
        ("authorization", json!({"type": "custom"})),
    ] {
        let mut endpoint = json!({"type": "websocket", "uri": "wss://x", "content-type": "audio/l16;rate=16000"});
        endpoint[field] = value;
        let body = json!({"to": [{"type": "phone", "number": CALLER}], "from": {"type": "phone", "number": SUPPORT},
            "ncco": [{"action": "connect", "endpoint": [endpoint]}]});
        let (status, answer) = world.rest("POST", "/v1/calls", body).await;
        assert_eq!(status, 400, "{field}: {answer}");
        assert!(answer.to_string().contains(field), "{answer}");
    }
}
