//! The call's audio goes to an engine of the operator's (a bot, a transcription) and the engine's to the caller.
//!
//! The engine speaks as the platform does: a first text message, frames, and `clear` and `notify` in text. A task of its
//! own keeps the connection, and opens it again when it breaks. Back-pressure both ways: what the caller's ear cannot
//! take is not read from the engine, so the engine waits; what the engine does not take waits here up to the length of
//! the platform's own buffer, and then the socket ends with that reason. When the caller talks over the engine, what it
//! said and was not heard yet is dropped, here and at the platform, and the engine is told.

use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_websockets::{ClientBuilder, CloseCode, Connector, Limits, MaybeTlsStream, Message, WebSocketStream};

use super::handler::{End, Handler, ToCall};
use crate::domain::audio_socket::PLAYOUT_LIMIT;
use crate::domain::audio_socket::message::{self, Asked, Told};
use crate::domain::audio_socket::meter::loudness;
use crate::domain::audio_socket::playout::BargeIn;
use crate::service::{AudioCall, Services};

/// How long an engine may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Waits before each further try; when none is left, the engine is lost. A connection that lived starts with the first wait again.
const TRIES: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(250),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
];
/// A connection that lived so long was one.
const LIVED: Duration = Duration::from_secs(10);
/// The engine's messages that are read ahead of the caller's ear, beside what the platform keeps.
const AHEAD: usize = 16;
/// The largest message of an engine.
const LARGEST: usize = 64 << 10;
const GOODBYE: Duration = Duration::from_millis(500);

enum ToEngine {
    Frame(Bytes),
    Text(String),
}

enum FromEngine {
    Audio(Bytes),
    Asked(Asked),
    Over(End),
}

pub(super) struct Relay {
    to_engine: mpsc::Sender<ToEngine>,
    from_engine: mpsc::Receiver<FromEngine>,
    /// What came of the engine's audio and is no whole frame yet.
    rest: Vec<u8>,
    frame_bytes: usize,
    barge_in: BargeIn,
    end: Option<End>,
    task: AbortHandle,
}

impl Relay {
    /// Begins to connect. The call's audio waits for it.
    pub(super) fn start(services: Services, call: &AudioCall, engine: &str) -> Self {
        let (to_engine, outbox) = mpsc::channel(PLAYOUT_LIMIT);
        let (inbox, from_engine) = mpsc::channel(AHEAD);
        let first = json!({
            "event": "websocket:connected", "content-type": call.plan.rate.content_type(),
            "call": call.conversation, "leg": call.leg,
        });
        let link = Link { services, engine: engine.to_owned(), first: first.to_string(), outbox, inbox };
        let task = tokio::spawn(link.keep()).abort_handle();
        let frame_bytes = call.plan.rate.frame_bytes();
        Self { to_engine, from_engine, rest: Vec::new(), frame_bytes, barge_in: BargeIn::default(), end: None, task }
    }

    fn send(&mut self, message: ToEngine) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.to_engine.try_send(message) {
            self.end = Some(End::EngineSlow);
        }
    }

    /// Engines send what they like; the platform wants one frame in each message.
    fn cut(&mut self, audio: &[u8], call: &mut ToCall) {
        if self.rest.is_empty() && audio.len() == self.frame_bytes {
            return call.say(audio);
        }
        self.rest.extend_from_slice(audio);
        let whole = self.rest.len() / self.frame_bytes * self.frame_bytes;
        for frame in self.rest[..whole].chunks_exact(self.frame_bytes) {
            call.say(frame);
        }
        self.rest.drain(..whole);
    }
}

impl Relay {
    /// Is something of the engine's still to be heard? The last piece of a frame is filled up with silence.
    fn is_still_speaking(&mut self, call: &mut ToCall) -> bool {
        if !self.rest.is_empty() {
            self.rest.resize(self.frame_bytes, 0);
            call.say(&std::mem::take(&mut self.rest));
        }
        call.playout.ahead() > 0
    }
}

impl Handler for Relay {
    fn heard(&mut self, frame: &[u8], call: &mut ToCall) {
        if self.barge_in.heard(loudness(frame), call.playout.ahead() > 0) {
            // What the engine sent and we have not read is of the same breath.
            while let Ok(unheard) = self.from_engine.try_recv() {
                if let FromEngine::Over(end) = unheard {
                    self.end = Some(end);
                }
            }
            self.rest.clear();
            call.clear();
            self.send(ToEngine::Text(json!({ "event": "switchboard:barge-in" }).to_string()));
        }
        self.send(ToEngine::Frame(Bytes::copy_from_slice(frame)));
    }

    fn told(&mut self, told: &Told, text: &str) {
        if !matches!(told, Told::Connected { .. } | Told::Other) {
            self.send(ToEngine::Text(text.trim().to_owned()));
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>, call: &mut ToCall) -> Poll<End> {
        // A message of the engine's may hold several frames: as many as the largest one can must fit.
        let most = LARGEST / self.frame_bytes + 1;
        while self.end.is_none() && call.room() >= most {
            match self.from_engine.poll_recv(cx) {
                Poll::Ready(Some(FromEngine::Audio(audio))) => self.cut(&audio, call),
                Poll::Ready(Some(FromEngine::Asked(Asked::Clear))) => {
                    self.rest.clear();
                    call.clear();
                }
                Poll::Ready(Some(FromEngine::Asked(Asked::Notify(payload)))) => call.notify(&payload),
                Poll::Ready(Some(FromEngine::Asked(Asked::Other))) => {}
                Poll::Ready(Some(FromEngine::Over(end))) => self.end = Some(end),
                Poll::Ready(None) => self.end = Some(End::EngineLost),
                Poll::Pending => return Poll::Pending,
            }
        }
        // Without room the caller's next frame asks again. So it does until the caller heard the last of what the engine
        // said: engines send faster than it is spoken, and say goodbye when they have sent it.
        let Some(end) = self.end else { return Poll::Pending };
        let spoke_last = matches!(end, End::EngineDone | End::EngineLost);
        if spoke_last && self.is_still_speaking(call) { Poll::Pending } else { Poll::Ready(end) }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // The task sees that its channels are gone and says goodbye; should it be stuck, it is ended.
        let task = self.task.clone();
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                tokio::time::sleep(2 * GOODBYE).await;
                task.abort();
            });
        }
    }
}

type Engine = WebSocketStream<MaybeTlsStream<TcpStream>>;

struct Link {
    services: Services,
    engine: String,
    first: String,
    outbox: mpsc::Receiver<ToEngine>,
    inbox: mpsc::Sender<FromEngine>,
}

/// How one connection ended.
enum Broke {
    /// The call is over.
    Call,
    /// The engine said goodbye.
    Done,
    /// It broke.
    Lost,
}

impl Link {
    /// Connects, again and again, until the call or the engine ends.
    async fn keep(mut self) {
        let mut failures = 0;
        while let Some(wait) = TRIES.get(failures) {
            tokio::time::sleep(*wait).await;
            if self.inbox.is_closed() {
                return;
            }
            let began = tokio::time::Instant::now();
            match tokio::time::timeout(CONNECT, self.connect()).await {
                Ok(Ok(socket)) => match self.carry(socket).await {
                    Broke::Call => return,
                    Broke::Done => {
                        let _ = self.inbox.send(FromEngine::Over(End::EngineDone)).await;
                        return;
                    }
                    Broke::Lost => tracing::warn!(engine = %self.engine, "the connection to an engine broke"),
                },
                Ok(Err(why)) => tracing::warn!(engine = %self.engine, why, "an engine cannot be reached"),
                Err(_) => tracing::warn!(engine = %self.engine, "an engine does not answer"),
            }
            failures = if began.elapsed() >= LIVED { 1 } else { failures + 1 };
        }
        let _ = self.inbox.send(FromEngine::Over(End::EngineLost)).await;
    }

    /// Looks the engine up and checks it each time: the allow list may have changed.
    async fn connect(&self) -> Result<Engine, String> {
        let say = |error: &dyn std::fmt::Display| error.to_string();
        let engine = self.services.audio.engine(&self.engine).await.map_err(|fail| say(&fail))?;
        let address = engine.address().await.map_err(|refusal| say(&refusal))?;
        let tcp = TcpStream::connect(address).await.map_err(|error| say(&error))?;
        let _ = tcp.set_nodelay(true);
        let stream = match engine.tls_name() {
            Some(name) => {
                let connector = Connector::new().map_err(|error| say(&error))?;
                connector.wrap(&name, tcp).await.map_err(|error| say(&error))?
            }
            None => MaybeTlsStream::Plain(tcp),
        };
        let builder = ClientBuilder::new()
            .uri(engine.url.as_str())
            .map_err(|error| say(&error))?
            .limits(Limits::default().max_payload_len(Some(LARGEST)));
        let (mut socket, _) = builder.connect_on(stream).await.map_err(|error| say(&error))?;
        socket.send(Message::text(self.first.clone())).await.map_err(|error| say(&error))?;
        Ok(socket)
    }

    async fn carry(&mut self, socket: Engine) -> Broke {
        let (mut out, mut incoming) = socket.split();
        let (outbox, inbox) = (&mut self.outbox, &self.inbox);
        let writing = async {
            while let Some(message) = outbox.recv().await {
                let message = match message {
                    ToEngine::Frame(frame) => Message::binary(frame),
                    ToEngine::Text(text) => Message::text(text),
                };
                if out.send(message).await.is_err() {
                    return Broke::Lost;
                }
            }
            let goodbye = Message::close(Some(CloseCode::NORMAL_CLOSURE), "");
            let _ = tokio::time::timeout(GOODBYE, out.send(goodbye)).await;
            Broke::Call
        };
        let reading = async {
            while let Some(message) = incoming.next().await {
                let Ok(message) = message else { return Broke::Lost };
                let news = if let Some((code, _)) = message.as_close() {
                    // An engine that goes away or fails may come back; one that is done is done.
                    let done = [CloseCode::NORMAL_CLOSURE, CloseCode::NO_STATUS_RECEIVED].contains(&code);
                    return if done { Broke::Done } else { Broke::Lost };
                } else if message.is_binary() {
                    FromEngine::Audio(message.into_payload().into())
                } else if let Some(text) = message.as_text() {
                    FromEngine::Asked(message::asked(text))
                } else {
                    continue;
                };
                // Waits while the caller's ear is full: then the engine's connection is not read.
                if inbox.send(news).await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
            Broke::Lost
        };
        tokio::select! {
            broke = writing => broke,
            broke = reading => broke,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay(frame_bytes: usize) -> (Relay, mpsc::Receiver<ToEngine>, mpsc::Sender<FromEngine>) {
        let (to_engine, outbox) = mpsc::channel(PLAYOUT_LIMIT);
        let (inbox, from_engine) = mpsc::channel(AHEAD);
        let task = tokio::spawn(async {}).abort_handle();
        let barge_in = BargeIn::default();
        (Relay { to_engine, from_engine, rest: Vec::new(), frame_bytes, barge_in, end: None, task }, outbox, inbox)
    }

    fn loud(bytes: usize) -> Bytes {
        [0x00_u8, 0x40].repeat(bytes / 2).into()
    }

    #[tokio::test]
    async fn any_cut_of_the_engines_audio_becomes_frames_in_order() {
        let (mut relay, _outbox, _inbox) = relay(640);
        let audio: Vec<u8> = (0..6_400_u32).map(|n| n as u8).collect();
        let mut call = ToCall::default();
        for piece in audio.chunks(1_000) {
            relay.cut(piece, &mut call);
        }
        let said: Vec<&[u8]> = call.fresh().collect();
        assert_eq!(said.concat(), audio);
        assert!(said.iter().all(|frame| frame.len() == 640));
    }

    #[tokio::test]
    async fn an_engine_that_does_not_read_is_the_end_when_the_buffer_is_full() {
        let (mut relay, mut outbox, _inbox) = relay(640);
        let mut call = ToCall::default();
        for _ in 0..PLAYOUT_LIMIT {
            relay.heard(&[0; 640], &mut call);
        }
        assert_eq!(relay.end, None, "nothing is lost until the buffer is full");
        relay.heard(&[0; 640], &mut call);
        assert_eq!(relay.end, Some(End::EngineSlow));
        let mut kept = 0;
        while outbox.try_recv().is_ok() {
            kept += 1;
        }
        assert_eq!(kept, PLAYOUT_LIMIT);
    }

    #[tokio::test]
    async fn a_caller_who_talks_over_the_engine_silences_it() {
        let (mut relay, mut outbox, inbox) = relay(640);
        let mut call = ToCall::default();
        for _ in 0..100 {
            relay.cut(&loud(640), &mut call);
        }
        assert!(inbox.try_send(FromEngine::Audio(loud(640))).is_ok());
        for _ in 0..20 {
            call.playout.tick();
            relay.heard(&loud(640), &mut call);
        }
        assert!(call.cleared && call.playout.ahead() == 0);
        assert_eq!(call.outbox.len(), 1, "what was said is dropped");
        assert_eq!(call.outbox.texts(), [message::clear()]);
        let mut told = 0;
        while let Ok(message) = outbox.try_recv() {
            told += usize::from(matches!(message, ToEngine::Text(text) if text.contains("barge-in")));
        }
        assert_eq!(told, 1);
    }

    #[tokio::test]
    async fn case_15_what_a_bot_said_before_it_hung_up_is_heard_to_its_end() {
        let (mut relay, _outbox, inbox) = relay(640);
        let mut call = ToCall::default();
        // Three frames and a piece of one, all at once, then goodbye.
        assert!(inbox.try_send(FromEngine::Audio(loud(3 * 640 + 100))).is_ok());
        assert!(inbox.try_send(FromEngine::Over(End::EngineDone)).is_ok());
        for left in (1..=4).rev() {
            let polled = futures::future::poll_fn(|cx| Poll::Ready(relay.poll(cx, &mut call))).await;
            assert!(polled.is_pending(), "{left} frames are still to be heard");
            assert_eq!(call.playout.ahead(), left);
            relay.heard(&[0; 640], &mut call);
            call.playout.tick();
        }
        assert_eq!(call.frames, 4, "the piece is filled up to a frame");
        let polled = futures::future::poll_fn(|cx| Poll::Ready(relay.poll(cx, &mut call))).await;
        assert_eq!(polled, Poll::Ready(End::EngineDone));
    }

    #[tokio::test]
    async fn an_engine_that_is_far_ahead_is_not_read() {
        let (mut relay, _outbox, inbox) = relay(640);
        let mut call = ToCall::default();
        while call.room() > 0 {
            relay.cut(&loud(640), &mut call);
        }
        assert!(inbox.try_send(FromEngine::Audio(loud(640))).is_ok());
        let said = call.frames;
        let polled = futures::future::poll_fn(|cx| Poll::Ready(relay.poll(cx, &mut call))).await;
        assert!(polled.is_pending());
        assert_eq!(call.frames, said, "it waits in the engine's own connection");
    }
}
