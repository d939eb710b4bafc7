//! A browser's leg: WebRTC with PCMU audio, answered or offered by the sandbox.
//!
//! The Client SDK hides its own candidates, so the browser has to find the sandbox: every leg is an ICE-lite agent on
//! UDP sockets of its own, one for each address of [`RtcNet`], and the browser becomes a peer-reflexive candidate.
//! Each leg is one task. Only the modules in here know str0m; its API changes with every release.

mod leg;
mod transport;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::Port;
use leg::{Leg, Order};
use transport::Transport;

/// Where browsers find the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RtcNet {
    addrs: Vec<IpAddr>,
    /// Silence of the network after which a leg is lost.
    patience: Duration,
}

/// The SDK's own reconnect takes up to 9 s.
const PATIENCE: Duration = Duration::from_secs(20);

impl Default for RtcNet {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl RtcNet {
    /// Addresses of this machine, best first; without any, 127.0.0.1. A browser on another machine, and some on this
    /// one, need an address of the local network.
    #[must_use]
    pub fn new(mut addrs: Vec<IpAddr>) -> Self {
        if addrs.is_empty() {
            addrs.push(Ipv4Addr::LOCALHOST.into());
        }
        Self { addrs, patience: PATIENCE }
    }
}

/// Whether audio flows. A leg starts `New`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaState {
    /// The transport is not up yet; also again after [`RtcLeg::reoffer`].
    New,
    /// ICE and DTLS are done: audio flows.
    Connected,
    /// Nothing was received for 20 s, or the transport failed. Only a `reoffer` helps.
    Lost,
}

/// RTP that a leg carried, over all its transports.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RtcStats {
    pub packets_in: u64,
    /// Payload only.
    pub bytes_in: u64,
    pub packets_out: u64,
    /// Payload only.
    pub bytes_out: u64,
}

/// Why a leg cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum RtcError {
    #[error("none of the media addresses can be used: {0}")]
    Bind(String),
    #[error("the session description was refused: {0}")]
    Sdp(String),
    #[error("the other side does not offer PCMU audio")]
    NoPcmu,
    #[error("an answer was not expected")]
    NoOffer,
    #[error("the leg has ended")]
    Ended,
}

/// A browser's leg. Cheap to clone; with the last handle the leg is closed.
#[derive(Debug, Clone)]
pub struct RtcLeg {
    net: RtcNet,
    orders: mpsc::Sender<Order>,
    state: watch::Receiver<MediaState>,
    counters: Arc<Counters>,
    hung_up: CancellationToken,
}

impl RtcLeg {
    /// A leg for a browser's offer: the leg, the answer (SDP) and its port. Returns before the media is connected.
    ///
    /// # Errors
    /// [`RtcError::Sdp`] or [`RtcError::NoPcmu`] for the offer, [`RtcError::Bind`] for the machine.
    pub async fn answer(net: &RtcNet, offer_sdp: &str) -> Result<(Self, String, Port), RtcError> {
        let (transport, answer) = Transport::answering(net, offer_sdp).await?;
        let (leg, port) = Self::start(net, transport);
        Ok((leg, answer, port))
    }

    /// A leg that offers, for an invitation: the leg, the offer (SDP) and its port. It waits for
    /// [`accept_answer`](Self::accept_answer) for as long as it has to.
    ///
    /// # Errors
    /// [`RtcError::Bind`].
    pub async fn offer(net: &RtcNet) -> Result<(Self, String, Port), RtcError> {
        let (transport, offer) = Transport::offering(net).await?;
        let (leg, port) = Self::start(net, transport);
        Ok((leg, offer, port))
    }

    /// The browser's answer to the offer.
    ///
    /// # Errors
    /// [`RtcError::NoOffer`] when there is none open, [`RtcError::Sdp`], [`RtcError::Ended`].
    pub async fn accept_answer(&self, answer_sdp: &str) -> Result<(), RtcError> {
        let (reply, result) = oneshot::channel();
        let order = Order::Answer { sdp: answer_sdp.to_owned(), reply };
        self.orders.send(order).await.map_err(|_| RtcError::Ended)?;
        result.await.map_err(|_| RtcError::Ended)?
    }

    /// A media reconnect: the old transport is thrown away, a new one answers; the port, and with it the leg's place in
    /// its conversation, stays. Returns the answer (SDP). On an error the old transport goes on.
    ///
    /// # Errors
    /// As [`answer`](Self::answer), and [`RtcError::Ended`].
    pub async fn reoffer(&self, offer_sdp: &str) -> Result<String, RtcError> {
        if self.hung_up.is_cancelled() {
            return Err(RtcError::Ended);
        }
        let (transport, answer) = Transport::answering(&self.net, offer_sdp).await?;
        let order = Order::Replace(Box::new(transport));
        self.orders.send(order).await.map_err(|_| RtcError::Ended)?;
        Ok(answer)
    }

    /// Whether audio flows, now and from now on. The sender goes away when the leg has ended.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<MediaState> {
        self.state.clone()
    }

    /// What was carried so far.
    #[must_use]
    pub fn stats(&self) -> RtcStats {
        self.counters.read()
    }

    /// Ends the leg: audio stops at once, the transport a second later. The browser must hear of the hang-up first,
    /// or it takes the end of the transport for a network failure and reconnects.
    pub fn close(&self) {
        self.hung_up.cancel();
    }

    fn start(net: &RtcNet, transport: Transport) -> (Self, Port) {
        let (port, end) = Port::pair();
        let (orders, new_orders) = mpsc::channel(4);
        let (state_sender, state) = watch::channel(MediaState::New);
        let counters = Arc::new(Counters::default());
        let hung_up = CancellationToken::new();
        let leg = Leg::new(transport, end, state_sender, counters.clone(), net.patience);
        tokio::spawn(leg.live(new_orders, hung_up.clone()));
        (Self { net: net.clone(), orders, state, counters, hung_up }, port)
    }
}

#[derive(Debug, Default)]
struct Counters {
    packets_in: AtomicU64,
    bytes_in: AtomicU64,
    packets_out: AtomicU64,
    bytes_out: AtomicU64,
}

impl Counters {
    fn received(&self, bytes: usize) {
        self.packets_in.fetch_add(1, Ordering::Relaxed);
        self.bytes_in.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn sent(&self, bytes: usize) {
        self.packets_out.fetch_add(1, Ordering::Relaxed);
        self.bytes_out.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    fn read(&self) -> RtcStats {
        RtcStats {
            packets_in: self.packets_in.load(Ordering::Relaxed),
            bytes_in: self.bytes_in.load(Ordering::Relaxed),
            packets_out: self.packets_out.load(Ordering::Relaxed),
            bytes_out: self.bytes_out.load(Ordering::Relaxed),
        }
    }
}
