//! One call's socket, from the first message to the last: reads frames, lets the handlers work on them, sends what they
//! say.
//!
//! Written as one poll and not with channels between tasks: a frame is read, handled and written in one go, in one
//! wake-up, with nothing allocated on the way but what the socket library reads into.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Bytes;
use futures::future::poll_fn;
use futures::{SinkExt as _, StreamExt as _};
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;
use tokio_websockets::{CloseCode, Config, Error, Limits, Message, ServerBuilder, WebSocketStream};

use super::handler::{End, Handler, ToCall};
use super::wire::Wire;
use crate::domain::audio_socket::message::{self, Told};
use crate::domain::audio_socket::{LIMIT_SECONDS, Rate};
use crate::service::{AudioCall, AudioEnd};

/// The largest message that is read; a frame has at most 960 bytes.
const LARGEST: usize = 4 << 10;
/// Messages handled before other calls of the same thread get their turn.
const AT_ONCE: usize = 32;
/// How often is looked whether anything came.
const LOOK: Duration = Duration::from_secs(10);
/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);
/// The platform ends the call first.
const LIMIT: Duration = Duration::from_secs(LIMIT_SECONDS as u64 + 60);
/// Keys that are kept with the call.
const MOST_KEYS: usize = 200;

struct Call<'a> {
    socket: WebSocketStream<Wire>,
    call: &'a AudioCall,
    handlers: Vec<Box<dyn Handler>>,
    out: ToCall,
    unflushed: bool,
    /// The first message came.
    begun: bool,
    frames: u64,
    keys: String,
}

/// Carries a call's audio until it is over, and lets every handler end.
pub(super) async fn carry(
    wire: Wire,
    call: &AudioCall,
    handlers: Vec<Box<dyn Handler>>,
    stop: &CancellationToken,
) -> AudioEnd {
    let socket = ServerBuilder::new()
        .config(Config::default().frame_size(LARGEST))
        .limits(Limits::default().max_payload_len(Some(LARGEST)))
        .serve(wire);
    let (out, keys) = (ToCall::default(), String::new());
    let mut carried = Call { socket, call, handlers, out, unflushed: false, begun: false, frames: 0, keys };
    let mut stopped = std::pin::pin!(stop.cancelled());
    let mut look = interval_at(Instant::now() + LOOK, LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (began, mut seen) = (Instant::now(), 0);
    let end = loop {
        tokio::select! {
            biased;
            () = &mut stopped => break End::Stopped,
            end = poll_fn(|cx| carried.poll(cx)) => break end,
            _ = look.tick() => {
                if began.elapsed() >= LIMIT {
                    break End::Limit;
                }
                if carried.frames == seen {
                    break End::Silent;
                }
                seen = carried.frames;
            }
        }
    };
    Box::pin(carried.finish(end)).await
}

impl Call<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        for _ in 0..AT_ONCE {
            if self.send(cx).is_err() {
                return Poll::Ready(End::Lost);
            }
            if self.out.is_full() {
                return Poll::Ready(End::Slow);
            }
            match self.socket.poll_next_unpin(cx) {
                Poll::Ready(Some(Ok(message))) => {
                    if let Some(end) = self.take(message) {
                        return Poll::Ready(end);
                    }
                }
                Poll::Ready(Some(Err(Error::Io(_)))) => return Poll::Ready(End::Lost),
                Poll::Ready(Some(Err(_))) => return Poll::Ready(End::Stranger),
                Poll::Ready(None) => return Poll::Ready(End::Closed),
                Poll::Pending => {
                    if let Poll::Ready(end) = self.poll_handlers(cx) {
                        return Poll::Ready(end);
                    }
                    return if self.send(cx).is_err() { Poll::Ready(End::Lost) } else { Poll::Pending };
                }
            }
        }
        // More is there; others first.
        if let Poll::Ready(end) = self.poll_handlers(cx) {
            return Poll::Ready(end);
        }
        if self.send(cx).is_err() {
            return Poll::Ready(End::Lost);
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    /// Sends what waits, as far as the connection takes it.
    fn send(&mut self, cx: &mut Context<'_>) -> Result<(), Error> {
        while !self.out.queue.is_empty() {
            match self.socket.poll_ready_unpin(cx) {
                Poll::Pending => return Ok(()),
                Poll::Ready(ready) => ready?,
            }
            if let Some(message) = self.out.queue.pop_front() {
                self.socket.start_send_unpin(message)?;
                self.unflushed = true;
            }
        }
        if self.unflushed {
            match self.socket.poll_flush_unpin(cx) {
                Poll::Pending => {}
                Poll::Ready(flushed) => {
                    flushed?;
                    self.unflushed = false;
                }
            }
        }
        Ok(())
    }

    fn take(&mut self, message: Message) -> Option<End> {
        if message.is_binary() {
            let frame: Bytes = message.into_payload().into();
            self.frame(&frame);
            return None;
        }
        if message.is_close() {
            return Some(End::Closed);
        }
        let text = message.as_text()?;
        self.text(text)
    }

    fn frame(&mut self, frame: &Bytes) {
        self.frames += 1;
        self.out.playout.tick();
        for handler in &mut self.handlers {
            handler.heard(frame, &mut self.out);
        }
        self.tell();
    }

    fn text(&mut self, text: &str) -> Option<End> {
        let told = message::read(text);
        match &told {
            Told::Connected { content_type, headers } if !self.begun => {
                let ours = headers.get("call").and_then(|call| call.as_str()).unwrap_or_default();
                if ours != self.call.conversation || Rate::of_content_type(content_type) != Some(self.call.plan.rate) {
                    return Some(End::Stranger);
                }
                self.begun = true;
            }
            Told::Key { digit, .. } if self.keys.len() < MOST_KEYS => self.keys.push(*digit),
            _ => {}
        }
        for handler in &mut self.handlers {
            handler.told(&told, text);
        }
        None
    }

    fn poll_handlers(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        let mut end = Poll::Pending;
        for handler in &mut self.handlers {
            if end.is_pending() {
                end = handler.poll(cx, &mut self.out);
            }
        }
        self.tell();
        end
    }

    /// Tells everybody what was said.
    fn tell(&mut self) {
        if std::mem::take(&mut self.out.cleared) {
            for handler in &mut self.handlers {
                handler.cleared();
            }
        }
        if self.out.fresh.is_empty() {
            return;
        }
        for frame in self.out.fresh.drain(..) {
            for handler in &mut self.handlers {
                handler.said(&frame);
            }
        }
    }

    /// Says goodbye where there is somebody to say it to, and ends the handlers.
    async fn finish(mut self, end: End) -> AudioEnd {
        if !matches!(end, End::Closed | End::Lost) {
            let code = CloseCode::try_from(end.code()).unwrap_or(CloseCode::NORMAL_CLOSURE);
            let goodbye = async {
                self.socket.send(Message::close(Some(code), end.name())).await?;
                // The other side's own goodbye: a connection that is cut off while it writes may lose ours.
                while let Some(message) = self.socket.next().await {
                    message?;
                }
                Ok::<_, Error>(())
            };
            let _ = tokio::time::timeout(GOODBYE, goodbye).await;
        } else if end == End::Closed {
            let _ = tokio::time::timeout(GOODBYE, self.socket.close()).await;
        }
        drop(self.socket);
        let ending: Vec<Pin<Box<dyn Future<Output = ()> + Send>>> =
            self.handlers.into_iter().map(|handler| handler.end()).collect();
        futures::future::join_all(ending).await;
        AudioEnd { ended: end.name().to_owned(), frames_in: self.frames, frames_out: self.out.frames, keys: self.keys }
    }
}
