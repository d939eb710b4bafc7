//! The audio socket over real connections. The platform's side and the engine's are another library than ours, so that
//! two readings of the protocol meet.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use futures::{SinkExt as _, StreamExt as _};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, accept_async, connect_async};
use tower::ServiceExt as _;

use super::app::{App, Choices};
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::service::Refusable as _;

const NUMBER: &str = "442079460007";
/// Long enough for a loaded machine; nothing is measured.
const PATIENCE: Duration = Duration::from_secs(30);

type Wire = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The application on a port, with one audio-socket number.
struct Served {
    app: App,
    address: String,
}

impl Served {
    async fn start(target: &str) -> Self {
        Self::with(target, Choices::default()).await
    }

    async fn with(target: &str, choices: Choices) -> Self {
        let app = App::with(choices).await;
        let number = E164::parse(NUMBER).unwrap();
        let line = Line::AudioSocket(target.to_owned());
        app.services.lines.add_number(&number, "GB", &["VOICE".to_owned()], &line).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = app.router.clone();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { app, address }
    }

    /// A caller dials the number; what they are told to do.
    async fn flow(&self, conversation: &str) -> Value {
        let body = json!({ "to": NUMBER, "from": "447700900123", "uuid": format!("{conversation}-leg"),
                           "conversation_uuid": conversation });
        let answer = self.app.post_signed("/webhooks/answer", body.to_string()).await;
        assert_eq!(answer.status, StatusCode::OK);
        answer.json()
    }

    /// The address of the socket of a caller's flow, on the port where we really are.
    async fn address(&self, conversation: &str) -> String {
        let flow = self.flow(conversation).await;
        let connect = flow.as_array().unwrap().last().unwrap();
        let uri = connect["endpoint"][0]["uri"].as_str().unwrap_or_else(|| panic!("{flow}"));
        uri.replace("ws://127.0.0.1:3000", &format!("ws://{}", self.address))
    }

    /// An open call, whose first message was sent.
    async fn call(&self, conversation: &str) -> Wire {
        let (mut wire, _) = connect_async(self.address(conversation).await).await.unwrap();
        // With the platform's blank in front.
        let first = json!({ "event": "websocket:connected", "content-type": "audio/l16;rate=16000",
                            "call": conversation, "leg": format!("{conversation}-leg") });
        wire.send(Message::text(format!(" {first}"))).await.unwrap();
        wire
    }

    /// What is kept of the call's socket, as soon as it is closed.
    async fn closed(&self, conversation: &str) -> crate::store::AudioSocketRow {
        for _ in 0..600 {
            let (sockets, _) = self.app.services.audio.audio_of(conversation).await.unwrap();
            if let Some(socket) = sockets.into_iter().next().filter(|socket| socket.closed_at.is_some()) {
                return socket;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the socket of {conversation} did not close");
    }
}

/// A frame that says which one it is.
fn frame(number: u32) -> Vec<u8> {
    let mut bytes = vec![0; 640];
    bytes[..4].copy_from_slice(&number.to_le_bytes());
    bytes
}

async fn next(wire: &mut Wire) -> Message {
    timeout(PATIENCE, wire.next()).await.expect("nothing came").expect("the socket ended").unwrap()
}

#[tokio::test]
async fn the_call_flow_is_the_tutorials_and_its_token_opens_once() {
    let served = Served::start("echo").await;
    let flow = served.flow("CON-1").await;
    assert_eq!(flow[0], json!({ "action": "talk", "text": "Please wait while we connect you to the echo server" }));
    let endpoint = &flow[1]["endpoint"][0];
    assert_eq!(endpoint["type"], "websocket");
    assert_eq!(endpoint["content-type"], "audio/l16;rate=16000");
    assert_eq!(endpoint["headers"], json!({ "call": "CON-1", "leg": "CON-1-leg" }));
    assert_eq!(flow[1]["from"], NUMBER);

    let refused = |address: String| async move {
        match connect_async(address).await {
            Err(Error::Http(answer)) => answer.status().as_u16(),
            other => panic!("{other:?}"),
        }
    };
    let plain = format!("ws://{}/socket", served.address);
    for stranger in [plain.clone(), format!("{plain}?token="), format!("{plain}?token=guessed")] {
        assert_eq!(refused(stranger.clone()).await, 401, "{stranger}");
    }
    let address = served.address("CON-2").await;
    let (mut wire, answer) = connect_async(&address).await.unwrap();
    assert_eq!(answer.status().as_u16(), 101);
    assert_eq!(refused(address.clone()).await, 401, "used while it is open");
    wire.close(None).await.unwrap();
    while let Some(Ok(_)) = wire.next().await {}
    assert_eq!(served.closed("CON-2").await.ended.as_deref(), Some("closed"));
    assert_eq!(refused(address).await, 401, "and after");
    // Without an upgrade there is nothing to see, and the token is not used up by asking.
    let third = served.address("CON-3").await;
    let (_, query) = third.split_once('?').unwrap();
    let asked = served.app.get(&format!("/socket?{query}")).await;
    assert_eq!(asked.status, StatusCode::BAD_REQUEST);
    assert!(connect_async(&third).await.is_ok());
}

#[tokio::test]
async fn the_bridges_subprotocol_is_taken_up() {
    use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
    let served = Served::start("echo").await;
    let mut request = served.address("CON-1").await.into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "WSBRIDGE".parse().unwrap());
    let (_, answer) = connect_async(request).await.unwrap();
    assert_eq!(answer.headers()["sec-websocket-protocol"], "WSBRIDGE");
}

#[tokio::test]
async fn every_frame_comes_back_whole_once_and_in_order() {
    let served = Served::start("echo").await;
    let (mut out, mut back) = served.call("CON-1").await.split();
    let sending = tokio::spawn(async move {
        for number in 0..5_000 {
            out.send(Message::binary(frame(number))).await.unwrap();
        }
        for key in ["1", "2", "#"] {
            let pressed = json!({ "event": "websocket:dtmf", "digit": key, "duration": 260 });
            out.send(Message::text(pressed.to_string())).await.unwrap();
        }
        out
    });
    for number in 0..5_000 {
        let came = timeout(PATIENCE, back.next()).await.unwrap().unwrap().unwrap();
        assert_eq!(came.into_data(), frame(number));
    }
    let mut out = sending.await.unwrap();
    out.send(Message::Ping(b"still there?".to_vec().into())).await.unwrap();
    let pong = timeout(PATIENCE, back.next()).await.unwrap().unwrap().unwrap();
    assert!(pong.is_pong());
    out.close().await.unwrap();
    let kept = served.closed("CON-1").await;
    assert_eq!((kept.frames_in, kept.frames_out, kept.keys.as_str()), (5_000, 5_000, "12#"));
}

#[tokio::test]
async fn another_calls_first_message_ends_the_socket() {
    let served = Served::start("echo").await;
    for (conversation, first) in [
        ("CON-1", json!({ "event": "websocket:connected", "content-type": "audio/l16;rate=16000", "call": "CON-9" })),
        ("CON-2", json!({ "event": "websocket:connected", "content-type": "audio/l16;rate=8000", "call": "CON-2" })),
    ] {
        let (mut wire, _) = connect_async(served.address(conversation).await).await.unwrap();
        wire.send(Message::text(first.to_string())).await.unwrap();
        match next(&mut wire).await {
            Message::Close(Some(close)) => assert_eq!(u16::from(close.code), 1008, "{close:?}"),
            other => panic!("{other:?}"),
        }
        drop(wire);
        assert_eq!(served.closed(conversation).await.ended.as_deref(), Some("stranger"));
    }
}

/// A platform that sends and never reads: nothing is lost until the buffer is full, then the socket ends and says so.
/// Meanwhile another call is served as if nothing were.
#[tokio::test]
async fn a_stuck_call_ends_by_itself_and_delays_no_other() {
    let served = Served::start("echo").await;
    let mut stuck = served.call("CON-1").await;
    let sending = tokio::spawn(async move {
        let mut sent = 0_u32;
        // The buffers of two sockets and ours hold far less than this.
        while sent < 200_000 && stuck.feed(Message::binary(frame(sent))).await.is_ok() {
            sent += 1;
            if sent.is_multiple_of(64) && stuck.flush().await.is_err() {
                break;
            }
        }
        sent
    });
    let mut other = served.call("CON-2").await;
    for number in 0..200 {
        other.send(Message::binary(frame(number))).await.unwrap();
        assert_eq!(next(&mut other).await.into_data(), frame(number), "at its turn, whatever the other does");
    }
    let sent = timeout(PATIENCE, sending).await.unwrap().unwrap();
    assert!(sent < 200_000, "the server gave up");
    let kept = served.closed("CON-1").await;
    assert_eq!(kept.ended.as_deref(), Some("slow"));
    assert!(kept.frames_in > 3_072, "{kept:?}");
    assert_eq!(kept.frames_in, kept.frames_out, "what was read was echoed or waited");
}

#[tokio::test]
async fn both_sides_are_recorded_and_operators_can_play_it() {
    let served = Served::start("echo+record").await;
    assert_eq!(served.flow("CON-0").await[0]["text"], "This call is recorded.");
    let mut wire = served.call("CON-1").await;
    // Every sample tells its place: whatever is written in pieces must be in order, across their edges too.
    for frame in 0..100_i16 {
        let samples = (0..320).map(|at| frame * 320 + at);
        wire.send(Message::binary(samples.flat_map(i16::to_le_bytes).collect::<Vec<u8>>())).await.unwrap();
        next(&mut wire).await;
    }
    wire.close(None).await.unwrap();
    drop(wire);
    served.closed("CON-1").await;
    let (_, recordings) = served.app.services.audio.audio_of("CON-1").await.unwrap();
    let [recording] = recordings.as_slice() else { panic!("{recordings:?}") };
    assert_eq!((recording.rate, recording.milliseconds, recording.problem.clone()), (16_000, Some(2_000), None));

    let path = format!("/recordings/{}", recording.id);
    assert_eq!(served.app.get(&path).await.status, StatusCode::UNAUTHORIZED, "not for strangers");
    let cookie = served.app.cookie().await;
    let get = |range: Option<&str>| {
        // What browsers send; audio is sent as it is.
        let mut request =
            Request::get(&path).header(header::COOKIE, &cookie).header(header::ACCEPT_ENCODING, "gzip, br");
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        served.app.send(request.body(Body::empty()).unwrap())
    };
    let whole = get(None).await;
    assert_eq!((whole.status, whole.header("content-type")), (StatusCode::OK, "audio/wav"));
    assert_eq!((whole.header("content-encoding"), whole.header("content-length")), ("", "128044"));
    assert_eq!(recording.sha256.as_deref(), Some(hex::encode(Sha256::digest(&whole.body)).as_str()));
    let reader = hound::WavReader::new(std::io::Cursor::new(&whole.body)).unwrap();
    assert_eq!((reader.spec().channels, reader.spec().sample_rate, reader.duration()), (2, 16_000, 32_000));
    let samples: Vec<i16> = reader.into_samples::<i16>().map(Result::unwrap).collect();
    let (left, right): (Vec<i16>, Vec<i16>) = samples.chunks(2).map(|pair| (pair[0], pair[1])).unzip();
    assert!(left.iter().copied().eq(0..32_000), "the caller is on the left");
    assert!(right[..320].iter().all(|sample| *sample == 0), "the echo is heard a frame later");
    assert!(right[320..].iter().copied().eq(0..31_680));
    let part = get(Some("bytes=44-143")).await;
    assert_eq!((part.status, part.body.len()), (StatusCode::PARTIAL_CONTENT, 100));
    assert_eq!(part.body, whole.body[44..144]);
    assert_eq!(get(Some("bytes=999999999-")).await.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert!(served.app.services.audio.delete_recording(&recording.id).await.unwrap());
    assert_eq!(get(None).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_page_sees_levels_twenty_times_a_second_of_audio() {
    let served = Served::start("echo").await;
    let path = "/live/calls/CON-1/audio";
    assert_eq!(served.app.get(path).await.status, StatusCode::UNAUTHORIZED);
    let cookie = served.app.cookie().await;
    let request = Request::get(path).header(header::COOKIE, &cookie).body(Body::empty()).unwrap();
    // The page may be there before the call's socket is.
    let mut page = served.app.router.clone().oneshot(request).await.unwrap().into_body();
    let mut wire = served.call("CON-1").await;
    let talking = tokio::spawn(async move {
        for _ in 0..500 {
            wire.send(Message::binary([0x00, 0x40].repeat(320))).await.unwrap();
            next(&mut wire).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        wire.close(None).await.unwrap();
        while let Some(Ok(_)) = wire.next().await {}
    });
    let (mut windows, mut over) = (Vec::<Value>::new(), false);
    while !over {
        let piece = timeout(PATIENCE, page.frame()).await.unwrap().unwrap().unwrap().into_data().unwrap();
        let text = String::from_utf8(piece.to_vec()).unwrap();
        over = text.contains("event: over");
        windows.extend(text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data: ")?).ok()));
    }
    talking.await.unwrap();
    let windows: Vec<&Value> = windows.iter().filter(|window| window["number"].is_u64()).collect();
    assert!(windows.len() > 100, "{} windows of 10 s of audio", windows.len());
    let last = windows.last().unwrap();
    assert_eq!(last["number"], 200, "500 frames are ten seconds");
    for side in ["caller", "ours"] {
        assert!((last[side]["rms"].as_f64().unwrap() - 0.5).abs() < 0.01, "{last}");
    }
}

#[tokio::test]
async fn stopping_says_goodbye_and_waits_for_the_sockets() {
    let served = Served::start("echo+record").await;
    let mut wire = served.call("CON-1").await;
    wire.send(Message::binary(frame(1))).await.unwrap();
    next(&mut wire).await;
    let streams = &served.app.streams;
    streams.stop.cancel();
    match next(&mut wire).await {
        Message::Close(Some(close)) => assert_eq!((u16::from(close.code), close.reason.as_str()), (1001, "stopped")),
        other => panic!("{other:?}"),
    }
    streams.open.close();
    timeout(PATIENCE, streams.open.wait()).await.expect("the socket's task ended");
    let (sockets, recordings) = served.app.services.audio.audio_of("CON-1").await.unwrap();
    assert_eq!(sockets[0].ended.as_deref(), Some("stopped"));
    assert!(recordings[0].sha256.is_some(), "what was recorded is kept");
    let address = served.address("CON-2").await;
    assert!(connect_async(address).await.is_err(), "no new ones");
}

/// The token says which call it is. What the first message says is checked only where it says something else.
#[tokio::test]
async fn case_39_the_first_message_may_be_of_another_shape_late_or_missing() {
    let served = Served::start("echo").await;
    let plain = "audio/l16;rate=16000";
    let firsts = [
        Some(
            json!({ "event": "websocket:connected", "content-type": plain, "headers": { "call": "CON-0", "leg": "CON-0-leg" } }),
        ),
        Some(
            json!({ "event": "websocket:connected", "content-type": "Audio/L16; rate=16000;channels=1", "call": "CON-1" }),
        ),
        Some(json!({ "event": "websocket:connected", "content-type": plain })),
        Some(json!({ "event": "websocket:connected", "leg": "CON-3-leg" })),
        None,
    ];
    for (at, first) in firsts.into_iter().enumerate() {
        let (mut wire, _) = connect_async(served.address(&format!("CON-{at}")).await).await.unwrap();
        // Audio may overtake the first message.
        wire.send(Message::binary(frame(1))).await.unwrap();
        assert_eq!(next(&mut wire).await.into_data(), frame(1), "{at}");
        if let Some(first) = first {
            wire.send(Message::text(first.to_string())).await.unwrap();
        }
        wire.send(Message::binary(frame(2))).await.unwrap();
        assert_eq!(next(&mut wire).await.into_data(), frame(2), "{at}");
    }
    for (at, first) in [
        json!({ "event": "websocket:connected", "content-type": plain, "headers": { "call": "CON-other" } }),
        json!({ "event": "websocket:connected", "content-type": "audio/l16;rate=8000", "call": "CON-11" }),
        json!({ "event": "websocket:connected", "content-type": "audio/l16;rate=16000;channels=2", "call": "CON-12" }),
    ]
    .into_iter()
    .enumerate()
    {
        let (mut wire, _) = connect_async(served.address(&format!("CON-1{at}")).await).await.unwrap();
        wire.send(Message::text(first.to_string())).await.unwrap();
        let end = next(&mut wire).await;
        assert!(matches!(&end, Message::Close(Some(close)) if u16::from(close.code) == 1008), "{first}: {end:?}");
    }
}

/// An engine on a port of its own.
struct Engine {
    listener: TcpListener,
}

impl Engine {
    async fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        (Self { listener }, url)
    }

    async fn accept(&self) -> WebSocketStream<TcpStream> {
        let (tcp, _) = timeout(PATIENCE, self.listener.accept()).await.expect("nobody connects").unwrap();
        let mut engine = accept_async(tcp).await.unwrap();
        let first = engine.next().await.unwrap().unwrap();
        let first: Value = serde_json::from_str(first.to_text().unwrap()).unwrap();
        assert_eq!((&first["event"], &first["call"]), (&json!("websocket:connected"), &json!("CON-1")));
        assert_eq!(first["content-type"], "audio/l16;rate=16000");
        engine
    }
}

#[tokio::test]
async fn a_relay_carries_both_ways_survives_a_break_and_ends_with_the_engine() {
    let (engine, url) = Engine::start().await;
    let served = Served::with("relay=bot", Choices { engines: url.clone(), ..Choices::default() }).await;
    let apology = served.flow("CON-0").await;
    assert_eq!(apology.as_array().unwrap().len(), 1, "no engine, no connect: {apology}");
    served.app.services.audio.put_engine("bot", &format!("{url}/v1")).await.unwrap();

    let mut wire = served.call("CON-1").await;
    let mut bot = engine.accept().await;
    for number in 0..10 {
        wire.send(Message::binary(frame(number))).await.unwrap();
        assert_eq!(timeout(PATIENCE, bot.next()).await.unwrap().unwrap().unwrap().into_data(), frame(number));
    }
    // Two frames and a half in one message, then the rest: the platform gets frames.
    let speech: Vec<u8> = (0..1_920_u32).map(|n| n as u8).collect();
    bot.send(Message::binary(speech[..1_600].to_vec())).await.unwrap();
    bot.send(Message::binary(speech[1_600..].to_vec())).await.unwrap();
    bot.send(Message::text(json!({ "action": "notify", "payload": { "turn": 1 } }).to_string())).await.unwrap();
    for part in speech.chunks(640) {
        assert_eq!(next(&mut wire).await.into_data(), part);
    }
    assert!(next(&mut wire).await.to_text().unwrap().contains(r#""turn":1"#));
    wire.send(Message::text(r#" {"event":"websocket:notify","payload":{"turn":1}}"#)).await.unwrap();
    let told = timeout(PATIENCE, bot.next()).await.unwrap().unwrap().unwrap();
    assert!(told.to_text().unwrap().contains("websocket:notify"));

    // The engine's process dies; another takes its place.
    drop(bot);
    let mut bot = engine.accept().await;
    wire.send(Message::binary(frame(77))).await.unwrap();
    assert_eq!(timeout(PATIENCE, bot.next()).await.unwrap().unwrap().unwrap().into_data(), frame(77));
    bot.close(None).await.unwrap();
    while let Some(Ok(_)) = timeout(PATIENCE, bot.next()).await.unwrap() {}
    // The caller's side goes on until what the engine said was heard: a frame of theirs is a frame of ours.
    let end = loop {
        wire.send(Message::binary(frame(78))).await.unwrap();
        if let Ok(message) = timeout(Duration::from_millis(50), wire.next()).await {
            break message.unwrap().unwrap();
        }
    };
    assert!(matches!(end, Message::Close(_)), "{end:?}");
    drop(wire);
    assert_eq!(served.closed("CON-1").await.ended.as_deref(), Some("engine-done"));
}

#[tokio::test]
async fn an_engine_that_nobody_allowed_is_never_connected_to() {
    let (engine, url) = Engine::start().await;
    let served = Served::start("relay=bot").await;
    let refusal = served.app.services.audio.put_engine("bot", &url).await.refusable().unwrap().unwrap_err();
    assert!(refusal.to_string().contains("AUDIO_ENGINES_ALLOWED"), "{refusal}");
    assert_eq!(served.flow("CON-1").await.as_array().unwrap().len(), 1);
    assert!(timeout(Duration::from_millis(300), engine.listener.accept()).await.is_err());
}

#[tokio::test]
async fn an_engine_that_is_not_there_ends_the_socket_after_some_tries() {
    let (engine, url) = Engine::start().await;
    let served = Served::with("relay=bot", Choices { engines: url.clone(), ..Choices::default() }).await;
    served.app.services.audio.put_engine("bot", &url).await.unwrap();
    drop(engine);
    let mut wire = served.call("CON-1").await;
    let end = loop {
        wire.send(Message::binary(frame(0))).await.unwrap();
        match timeout(Duration::from_millis(50), wire.next()).await {
            Ok(Some(Ok(message))) => break message,
            Ok(other) => panic!("{other:?}"),
            Err(_) => {}
        }
    };
    assert!(matches!(&end, Message::Close(Some(close)) if u16::from(close.code) == 1011), "{end:?}");
    drop(wire);
    assert_eq!(served.closed("CON-1").await.ended.as_deref(), Some("engine-lost"));
}
