//! One call's socket, from the first message to the last: reads frames, lets the handlers work on them, sends what they
//! say.
//!
//! Written as one poll and not with channels between tasks: a frame is read, handled and written in one go, in one
//! wake-up.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

use super::handler::{End, Handler, ToCall};
use super::socket::{Broken, Got, Socket};
use super::wire::Wire;
use crate::domain::audio_socket::message::{self, Told};
use crate::domain::audio_socket::{LIMIT_SECONDS, Rate};
use crate::service::{AudioCall, AudioEnd};

/// Reads before other calls of the same thread get their turn.
const AT_ONCE: usize = 8;
/// How often is looked whether anything came.
const LOOK: Duration = Duration::from_secs(10);
/// How long the goodbye may take.
const GOODBYE: Duration = Duration::from_millis(500);
/// The platform ends the call first.
const LIMIT: Duration = Duration::from_secs(LIMIT_SECONDS as u64 + 60);
/// Keys that are kept with the call.
const MOST_KEYS: usize = 200;

struct Call<'a> {
    socket: Socket<Wire>,
    work: Work<'a>,
}

/// What is done with what comes.
struct Work<'a> {
    call: &'a AudioCall,
    handlers: Vec<Box<dyn Handler>>,
    out: ToCall,
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
    let (out, keys) = (ToCall::default(), String::new());
    let work = Work { call, handlers, out, begun: false, frames: 0, keys };
    let mut carried = Call { socket: Socket::new(wire), work };
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
                if carried.work.frames == seen {
                    break End::Silent;
                }
                seen = carried.work.frames;
            }
        }
    };
    Box::pin(carried.finish(end)).await
}

impl Call<'_> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        let Self { socket, work } = self;
        for _ in 0..AT_ONCE {
            if let Poll::Ready(Err(broken)) = socket.poll_send(cx, &mut work.out.outbox) {
                return Poll::Ready(broken.into());
            }
            if work.out.is_full() {
                return Poll::Ready(End::Slow);
            }
            match socket.poll_read(cx, |got| work.take(&got)) {
                Poll::Ready(Ok(None)) => {}
                Poll::Ready(Ok(Some(end))) => return Poll::Ready(end),
                Poll::Ready(Err(broken)) => return Poll::Ready(broken.into()),
                Poll::Pending => return self.rest(cx),
            }
        }
        // More is there; others first.
        cx.waker().wake_by_ref();
        self.rest(cx)
    }

    /// What has to be done beside what comes.
    fn rest(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        if let Poll::Ready(end) = self.work.poll(cx) {
            return Poll::Ready(end);
        }
        match self.socket.poll_send(cx, &mut self.work.out.outbox) {
            Poll::Ready(Err(broken)) => Poll::Ready(broken.into()),
            _ => Poll::Pending,
        }
    }

    /// Says goodbye where there is somebody to say it to, and ends the handlers.
    async fn finish(self, end: End) -> AudioEnd {
        let Self { mut socket, mut work } = self;
        if end != End::Lost {
            work.out.outbox.goodbye(end.code(), end.name());
            let goodbye = poll_fn(|cx| {
                let sent = ready!(socket.poll_send(cx, &mut work.out.outbox));
                // The other side's own goodbye: a connection that is cut off while it writes may lose ours.
                while end != End::Closed && sent.is_ok() {
                    let theirs = socket.poll_read(cx, |got| (got == Got::Closed).then_some(()));
                    if !matches!(ready!(theirs), Ok(None)) {
                        break;
                    }
                }
                socket.poll_shutdown(cx)
            });
            let _ = tokio::time::timeout(GOODBYE, goodbye).await;
        }
        drop(socket);
        let ending: Vec<Pin<Box<dyn Future<Output = ()> + Send>>> =
            work.handlers.into_iter().map(|handler| handler.end()).collect();
        futures::future::join_all(ending).await;
        AudioEnd { ended: end.name().to_owned(), frames_in: work.frames, frames_out: work.out.frames, keys: work.keys }
    }
}

impl Work<'_> {
    fn take(&mut self, got: &Got<'_>) -> Option<End> {
        match got {
            Got::Audio(frame) => self.frame(frame),
            Got::Text(text) => return self.text(text),
            Got::Ping(payload) => self.out.outbox.pong(payload),
            Got::Closed => return Some(End::Closed),
        }
        None
    }

    fn frame(&mut self, frame: &[u8]) {
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
                // The token of the address said already which call it is: only another call, or audio of another kind,
                // is a stranger.
                let call = headers.get("call").and_then(|call| call.as_str());
                let other_call = call.is_some_and(|call| call != self.call.conversation);
                let other_audio =
                    !content_type.is_empty() && Rate::of_content_type(content_type) != Some(self.call.plan.rate);
                if other_call || other_audio {
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

    /// Lets the handlers do what is their own.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<End> {
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
        for frame in self.out.fresh() {
            for handler in &mut self.handlers {
                handler.said(frame);
            }
        }
        self.out.told();
    }
}

impl From<Broken> for End {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Closed => Self::Closed,
            Broken::Lost => Self::Lost,
            Broken::Stranger => Self::Stranger,
        }
    }
}
