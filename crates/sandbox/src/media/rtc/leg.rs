//! The task of one leg: between its transport and its port.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::transport::{Happened, Transport};
use super::{Counters, MediaState, RtcError};
use crate::media::jitter::Framer;
use crate::media::{FRAME, FRAME_TIME, Frame, LegEnd, g711};

/// How long the transport outlives the hang-up.
const LINGER: Duration = Duration::from_secs(1);
/// A break in what the mixer sends that is a pause, not lateness: the RTP clock then follows the time.
const PAUSE: Duration = Duration::from_millis(100);
/// Larger than any datagram of a media transport.
const DATAGRAM: usize = 2_000;

#[derive(Debug)]
pub(super) enum Order {
    Answer { sdp: String, reply: oneshot::Sender<Result<(), RtcError>> },
    Replace(Box<Transport>),
}

#[derive(Debug)]
pub(super) struct Leg {
    transport: Transport,
    end: LegEnd,
    state: watch::Sender<MediaState>,
    counters: Arc<Counters>,
    patience: Duration,
    framer: Framer,
    /// When the other side was last heard, or could first be.
    last_heard: Instant,
    last_sent: Option<Instant>,
    rtp_time: u64,
    /// When the transport goes away; audio has stopped by then.
    until: Option<Instant>,
}

impl Leg {
    pub(super) fn new(
        transport: Transport,
        end: LegEnd,
        state: watch::Sender<MediaState>,
        counters: Arc<Counters>,
        patience: Duration,
    ) -> Self {
        let now = Instant::now();
        Self {
            transport,
            end,
            state,
            counters,
            patience,
            framer: Framer::default(),
            last_heard: now,
            last_sent: None,
            rtp_time: 0,
            until: None,
        }
    }

    /// Until it is hung up or nobody holds it any more.
    pub(super) async fn live(mut self, mut orders: mpsc::Receiver<Order>, hung_up: CancellationToken) {
        let mut buffer = [0; DATAGRAM];
        loop {
            let due = self.drain();
            let now = Instant::now();
            if self.until.is_some_and(|until| now >= until) {
                self.transport.close();
                return;
            }
            let deaf_at = self.deaf_at();
            if deaf_at.is_some_and(|at| now >= at) {
                tracing::debug!("a media leg heard nothing for too long");
                self.state.send_replace(MediaState::Lost);
                continue;
            }
            let wake = [due, deaf_at, self.until].into_iter().flatten().min().unwrap_or(now + self.patience);
            tokio::select! {
                () = hung_up.cancelled(), if self.until.is_none() => self.until = Some(now + LINGER),
                order = orders.recv(), if self.until.is_none() => match order {
                    Some(order) => self.obey(order),
                    None => self.until = Some(now + LINGER),
                },
                received = self.transport.receive(&mut buffer) => match received {
                    Ok(arrival) => {
                        let taken = self.transport.take(&arrival, &buffer[..arrival.length]);
                        if self.checked(taken).unwrap_or(false) {
                            self.last_heard = Instant::now();
                        }
                    }
                    // The kernel reports other hosts' refusals here; the pause keeps a broken socket from spinning.
                    Err(_) => tokio::time::sleep(FRAME_TIME).await,
                },
                Some(frame) = self.end.from_mixer.recv() => self.send(&frame),
                () = tokio::time::sleep_until(wake) => {
                    let ticked = self.transport.tick();
                    self.checked(ticked);
                }
            }
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Answer { sdp, reply } => {
                let result = self.transport.accept_answer(&sdp);
                self.last_heard = Instant::now();
                // The one who asked may have given up.
                let _ = reply.send(result);
            }
            Order::Replace(transport) => {
                self.transport.close();
                self.transport = *transport;
                self.last_heard = Instant::now();
                self.state.send_replace(MediaState::New);
            }
        }
    }

    /// When this leg is to be given up, unless something is heard.
    fn deaf_at(&self) -> Option<Instant> {
        let waiting = !self.transport.awaits_answer() && *self.state.borrow() != MediaState::Lost;
        waiting.then(|| self.last_heard + self.patience)
    }

    /// Sends and reports what is due; returns when the transport wants to be woken.
    fn drain(&mut self) -> Option<Instant> {
        let Self { transport, end, state, counters, framer, until, .. } = self;
        let drained = transport.drain(|happened| match happened {
            Happened::Connected => {
                state.send_replace(MediaState::Connected);
            }
            Happened::Audio(bytes) => {
                counters.received(bytes.len());
                if until.is_none() {
                    let samples = bytes.iter().map(|&b| g711::decode(b));
                    // A conversation that does not listen: the frame is lost, as it is too late for it.
                    framer.push(samples, |frame| {
                        let _ = end.to_mixer.try_send(frame);
                    });
                }
            }
        });
        self.checked(drained).map(Instant::from_std)
    }

    fn send(&mut self, frame: &Frame) {
        if *self.state.borrow() != MediaState::Connected || self.until.is_some() {
            return;
        }
        let now = Instant::now();
        let gap = self.last_sent.map_or(Duration::ZERO, |last| now - last);
        let after_pause = self.last_sent.is_none() || gap > PAUSE;
        if gap > PAUSE {
            let missed = u64::try_from(gap.as_millis() / FRAME_TIME.as_millis()).unwrap_or(0);
            self.rtp_time += missed.saturating_sub(1) * FRAME as u64;
        }
        self.last_sent = Some(now);
        let sent = self.transport.send(&frame.map(g711::encode), self.rtp_time, after_pause);
        self.rtp_time += FRAME as u64;
        if self.checked(sent).unwrap_or(false) {
            self.counters.sent(FRAME);
        }
    }

    /// A transport that fails is lost; the leg stays for the SDK's reconnect.
    fn checked<T>(&mut self, result: Result<T, str0m::RtcError>) -> Option<T> {
        result
            .inspect_err(|error| {
                tracing::debug!(sandbox.media.error = %error, "a media transport failed");
                self.state.send_replace(MediaState::Lost);
            })
            .ok()
    }
}
