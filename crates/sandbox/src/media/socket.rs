//! A WebSocket leg: the platform's side of a call's audio out and back ("Voice API: WebSockets").
//!
//! The sandbox is the client: it connects, says in a first text message what the call is, sends a frame each 20 ms, and
//! keeps what comes back until the caller's ear is ready for it. Frames go and come as the application's content type
//! has them; inside everything is 8 kHz.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::http::header::{AUTHORIZATION, HeaderName, HeaderValue};
use futures::{SinkExt, StreamExt};
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_websockets::{ClientBuilder, CloseCode, Limits, MaybeTlsStream, Message, WebSocketStream};

use super::convert::{Down, Up};
use super::pace::Pacer;
use super::{Frame, LegEnd, RATE};

/// Messages that are kept for the caller: about a minute. More are lost.
pub const BUFFER: usize = 3_072;
/// How long an application may take to accept the socket.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);
/// The largest message that is read.
const LARGEST: usize = 64 << 10;

/// Where to connect, and as what.
#[derive(Debug, Clone)]
pub struct Target {
    pub uri: String,
    pub content_type: String,
    /// Of the first message.
    pub headers: Map<String, Value>,
    pub authorization: Option<String>,
}

/// The rate of a content type: 8, 16 or 24 kHz.
#[must_use]
pub fn rate(content_type: &str) -> Option<u32> {
    match content_type {
        "audio/l16;rate=8000" => Some(8_000),
        "audio/l16;rate=16000" => Some(16_000),
        "audio/l16;rate=24000" => Some(24_000),
        _ => None,
    }
}

/// What went over a socket, and what was lost.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Frames to the application.
    pub sent: AtomicU64,
    /// Frames of the application.
    pub received: AtomicU64,
    /// Frames that did not fit the buffer.
    pub lost: AtomicU64,
    /// Frames that wait for the caller now.
    pub waiting: AtomicU64,
}

impl Traffic {
    /// For people and tests.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        json!({
            "frames_out": read(&self.sent), "frames_in": read(&self.received), "frames_lost": read(&self.lost),
            "frames_waiting": read(&self.waiting),
        })
    }
}

/// The leg's end of a running socket. The socket closes when the last one is dropped.
#[derive(Debug, Clone)]
pub struct SocketLeg {
    keys: mpsc::Sender<char>,
    pub traffic: Arc<Traffic>,
    stop: CancellationToken,
}

impl SocketLeg {
    /// The caller pressed a key.
    pub fn press(&self, key: char) {
        // The queue is full: more keys are dropped.
        let _ = self.keys.try_send(key);
    }

    /// The call is over.
    pub fn close(&self) {
        self.stop.cancel();
    }
}

/// Why there is no socket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoSocket {
    #[error("the application did not answer")]
    Timeout,
    #[error("{0}")]
    Refused(String),
}

/// How a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// The application closed it, or lost it.
    ByApplication(String),
    /// [`SocketLeg::close`], or the call's audio is gone.
    ByUs,
    /// The application does not read: what is sent would pile up without end.
    Stuck,
}

type Wire = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A socket that was accepted and has not carried anything yet.
pub struct Socket {
    wire: Wire,
    target: Target,
    times: usize,
    keys: mpsc::Receiver<char>,
    traffic: Arc<Traffic>,
    stop: CancellationToken,
}

impl Socket {
    /// Connects, and sends the first message.
    ///
    /// # Errors
    /// [`NoSocket`].
    pub async fn open(target: Target) -> Result<(Socket, SocketLeg), NoSocket> {
        let refused = |error: &dyn std::fmt::Display| NoSocket::Refused(error.to_string());
        let times = rate(&target.content_type).ok_or_else(|| refused(&"unknown content-type"))? / RATE;
        let opening = async {
            let mut builder = ClientBuilder::new()
                .uri(&target.uri)
                .map_err(|error| refused(&error))?
                .limits(Limits::default().max_payload_len(Some(LARGEST)))
                .add_header(HeaderName::from_static("sec-websocket-protocol"), HeaderValue::from_static("WSBRIDGE"))
                .map_err(|error| refused(&error))?;
            if let Some(value) = &target.authorization {
                let value = HeaderValue::from_str(value).map_err(|error| refused(&error))?;
                builder = builder.add_header(AUTHORIZATION, value).map_err(|error| refused(&error))?;
            }
            let (mut wire, _) = builder.connect().await.map_err(|error| refused(&error))?;
            if let MaybeTlsStream::Plain(tcp) = wire.get_ref() {
                let _ = tcp.set_nodelay(true);
            }
            let mut first = target.headers.clone();
            first.insert("event".into(), "websocket:connected".into());
            first.insert("content-type".into(), target.content_type.clone().into());
            wire.send(text(&Value::Object(first))).await.map_err(|error| refused(&error))?;
            Ok(wire)
        };
        let wire = tokio::time::timeout(HANDSHAKE, opening).await.map_err(|_| NoSocket::Timeout)??;
        let (to_keys, keys) = mpsc::channel(64);
        let (traffic, stop) = (Arc::new(Traffic::default()), CancellationToken::new());
        let leg = SocketLeg { keys: to_keys, traffic: traffic.clone(), stop: stop.clone() };
        Ok((Socket { wire, target, times: times as usize, keys, traffic, stop }, leg))
    }

    /// Carries audio until one side ends it. `note` is told what a person should know.
    pub async fn carry(self, mut end: LegEnd, note: impl Fn(String)) -> Closed {
        let Socket { wire, target, times, mut keys, traffic, stop } = self;
        let (mut out, mut incoming) = wire.split();
        // What the application does not read in time waits here; a minute of it is the end.
        let (to_wire, mut outbox) = mpsc::channel::<Message>(BUFFER);
        let writing = async move {
            while let Some(message) = outbox.recv().await {
                if let Err(error) = out.send(message).await {
                    return Some(error.to_string());
                }
                // What is waiting goes out in one piece.
            }
            let goodbye = Message::close(Some(CloseCode::NORMAL_CLOSURE), "");
            let _ = tokio::time::timeout(GOODBYE, out.send(goodbye)).await;
            None
        };
        let mut play = Play::new(times, traffic.clone());
        let mut up = Up::new(times);
        let carrying = async {
            let mut pacer = Pacer::new();
            loop {
                let message = tokio::select! {
                    () = stop.cancelled() => return Closed::ByUs,
                    frame = end.from_mixer.recv() => {
                        let Some(frame) = frame else { return Closed::ByUs };
                        traffic.sent.fetch_add(1, Ordering::Relaxed);
                        Message::binary(up.frame(&frame))
                    }
                    beat = pacer.beat() => {
                        // What could not be played in time is played later: the application's audio is not lost.
                        for _ in 0..beat.due {
                            for message in play.beat(&end.to_mixer) {
                                let _ = to_wire.try_send(message);
                            }
                        }
                        continue;
                    }
                    Some(key) = keys.recv() => {
                        text(&json!({ "event": "websocket:dtmf", "digit": key.to_string(), "duration": 260 }))
                    }
                    message = incoming.next() => {
                        let message = match message {
                            Some(Ok(message)) => message,
                            Some(Err(error)) => return Closed::ByApplication(error.to_string()),
                            None => return Closed::ByApplication("the connection ended".into()),
                        };
                        if let Some((code, reason)) = message.as_close() {
                            let code = u16::from(code);
                            return Closed::ByApplication(format!("{code} {reason}").trim_end().to_owned());
                        }
                        if message.is_binary() {
                            if let Some(complaint) = play.receive(message.as_payload()) {
                                note(complaint);
                            }
                            continue;
                        }
                        match message.as_text().and_then(|text| play.told(text)) {
                            Some(answer) => answer,
                            None => continue,
                        }
                    }
                };
                if to_wire.try_send(message).is_err() {
                    return Closed::Stuck;
                }
            }
        };
        let mut writing = std::pin::pin!(writing);
        let closed = tokio::select! {
            closed = carrying => closed,
            failed = &mut writing => return Closed::ByApplication(failed.unwrap_or_default()),
        };
        drop(to_wire);
        if closed == Closed::ByUs {
            // The last frames and the goodbye; an application that does not read them does without.
            let _ = tokio::time::timeout(GOODBYE, writing).await;
        }
        tracing::debug!(socket.uri = %target.uri.split('?').next().unwrap_or_default(), ?closed, "sandbox.socket.closed");
        closed
    }
}

/// The platform's texts begin with a blank: a trap that applications must know.
fn text(value: &Value) -> Message {
    Message::text(format!(" {value}"))
}

/// What waits for the caller's ear.
enum Waiting {
    Audio(Box<Frame>),
    /// A `notify`: answered when everything before it was played.
    Mark(Value),
}

struct Play {
    down: Down,
    bytes: usize,
    queue: VecDeque<Waiting>,
    frames: usize,
    traffic: Arc<Traffic>,
    complained: (bool, bool),
}

impl Play {
    fn new(times: usize, traffic: Arc<Traffic>) -> Play {
        let bytes = super::FRAME * 2 * times;
        Play { down: Down::new(times), bytes, queue: VecDeque::new(), frames: 0, traffic, complained: (false, false) }
    }

    /// A binary message. What a person should know is said once.
    fn receive(&mut self, bytes: &[u8]) -> Option<String> {
        self.traffic.received.fetch_add(1, Ordering::Relaxed);
        if self.frames >= BUFFER {
            self.traffic.lost.fetch_add(1, Ordering::Relaxed);
            let complaint = || format!("Audio buffer overrun: {BUFFER} messages wait, what comes now is lost.");
            return (!std::mem::replace(&mut self.complained.0, true)).then(complaint);
        }
        // A longer message is cut to its first frame, as the platform does.
        self.queue.push_back(Waiting::Audio(Box::new(self.down.frame(&bytes[..bytes.len().min(self.bytes)]))));
        self.frames += 1;
        self.traffic.waiting.store(self.frames as u64, Ordering::Relaxed);
        let complaint = || format!("A message of {} bytes came; a frame has {}.", bytes.len(), self.bytes);
        (bytes.len() != self.bytes && !std::mem::replace(&mut self.complained.1, true)).then(complaint)
    }

    /// A text of the application's; the answer, if there is one now.
    fn told(&mut self, said: &str) -> Option<Message> {
        let value: Value = serde_json::from_str(said).ok()?;
        match value["action"].as_str()? {
            "clear" => {
                self.queue.clear();
                self.frames = 0;
                self.traffic.waiting.store(0, Ordering::Relaxed);
                Some(text(&json!({ "event": "websocket:cleared" })))
            }
            "notify" if self.frames == 0 => Some(played(&value["payload"])),
            "notify" => {
                // Marks cost memory too.
                if self.queue.len() < 2 * BUFFER {
                    self.queue.push_back(Waiting::Mark(value["payload"].clone()));
                }
                None
            }
            _ => None,
        }
    }

    /// One beat: a frame for the mixer, and answers to what was played by it.
    fn beat(&mut self, to_mixer: &mpsc::Sender<Frame>) -> Vec<Message> {
        if let Some(Waiting::Audio(_)) = self.queue.front()
            && let Some(Waiting::Audio(frame)) = self.queue.pop_front()
        {
            self.frames -= 1;
            self.traffic.waiting.store(self.frames as u64, Ordering::Relaxed);
            let _ = to_mixer.try_send(*frame);
        }
        let mut answers = Vec::new();
        while let Some(Waiting::Mark(_)) = self.queue.front() {
            if let Some(Waiting::Mark(payload)) = self.queue.pop_front() {
                answers.push(played(&payload));
            }
        }
        answers
    }
}

fn played(payload: &Value) -> Message {
    text(&json!({ "event": "websocket:notify", "payload": payload }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn play() -> (Play, Arc<Traffic>) {
        let traffic = Arc::new(Traffic::default());
        (Play::new(2, traffic.clone()), traffic)
    }

    #[test]
    fn what_does_not_fit_the_buffer_is_lost_and_said_once() {
        let (mut play, traffic) = play();
        let complaints: Vec<String> = (0..BUFFER + 10).filter_map(|_| play.receive(&[0; 640])).collect();
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("overrun"));
        assert_eq!(traffic.lost.load(Ordering::Relaxed), 10);
        assert_eq!(traffic.waiting.load(Ordering::Relaxed), BUFFER as u64);
    }

    #[test]
    fn a_mark_is_told_when_everything_before_it_was_played() {
        let (mut play, _) = play();
        let (to_mixer, mut mixer) = mpsc::channel(10);
        assert!(play.told(r#"{"action":"notify","payload":{"n":0}}"#).is_some(), "nothing is queued");
        play.receive(&[0; 640]);
        play.receive(&[0; 640]);
        assert!(play.told(r#"{"action":"notify","payload":{"n":1}}"#).is_none());
        play.receive(&[0; 640]);
        assert!(play.beat(&to_mixer).is_empty());
        let answers = play.beat(&to_mixer);
        assert_eq!(answers.len(), 1);
        let answer = answers[0].as_text().unwrap();
        assert!(answer.starts_with(' ') && answer.contains(r#"{"n":1}"#), "{answer}");
        assert!(play.beat(&to_mixer).is_empty());
        assert_eq!(std::iter::from_fn(|| mixer.try_recv().ok()).count(), 3);
    }

    #[test]
    fn clear_drops_what_waits() {
        let (mut play, traffic) = play();
        let (to_mixer, mut mixer) = mpsc::channel(10);
        play.receive(&[0; 640]);
        assert!(play.told(" {\"action\":\"clear\"}").unwrap().as_text().unwrap().contains("websocket:cleared"));
        play.beat(&to_mixer);
        assert!(mixer.try_recv().is_err());
        assert_eq!(traffic.waiting.load(Ordering::Relaxed), 0);
        for nonsense in ["", "{", "[]", r#"{"action":"dance"}"#, r#"{"event":"websocket:connected"}"#] {
            assert!(play.told(nonsense).is_none(), "{nonsense}");
        }
    }

    #[test]
    fn a_longer_message_is_cut_and_an_odd_one_is_said_once() {
        let (mut play, _) = play();
        assert!(play.receive(&[0; 1_280]).unwrap().contains("1280"));
        assert!(play.receive(&[0; 10]).is_none());
        assert_eq!(play.frames, 2);
    }
}
