//! One str0m agent and its sockets. A leg has one at a time.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};
use std::task::Poll;
use std::time::Instant;

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::crypto::CryptoProvider;
use str0m::format::Codec;
use str0m::media::{Direction, Frequency, MediaKind, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};
use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

use super::{RtcError, RtcNet};

static CRYPTO: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| Arc::new(str0m::crypto::from_feature_flags()));

#[derive(Debug)]
pub(super) struct Transport {
    rtc: Rtc,
    sockets: Vec<(SocketAddr, UdpSocket)>,
    /// The media line that carries the audio, once it is known.
    audio: Option<Mid>,
    /// The offer that has no answer yet.
    pending: Option<SdpPendingOffer>,
}

/// What a leg learns from its transport.
pub(super) enum Happened {
    Connected,
    /// µ-law bytes, usually 160.
    Audio(Arc<[u8]>),
}

/// Where a datagram came from and to which socket.
pub(super) struct Arrival {
    pub(super) length: usize,
    source: SocketAddr,
    destination: SocketAddr,
}

impl Transport {
    pub(super) async fn answering(net: &RtcNet, offer: &str) -> Result<(Self, String), RtcError> {
        let offer = SdpOffer::from_sdp_string(offer).map_err(refused)?;
        let mut transport = Self::bind(net).await?;
        let answer = transport.rtc.sdp_api().accept_offer(offer).map_err(refused)?.to_sdp_string();
        // A media line that is refused has port 0.
        if !answer.lines().any(|line| line.starts_with("m=audio ") && !line.starts_with("m=audio 0 ")) {
            return Err(RtcError::NoPcmu);
        }
        Ok((transport, answer))
    }

    pub(super) async fn offering(net: &RtcNet) -> Result<(Self, String), RtcError> {
        let mut transport = Self::bind(net).await?;
        let mut changes = transport.rtc.sdp_api();
        // The browser plays the stream that the description names.
        let (stream, track) = (Some("sandbox".to_owned()), Some("audio".to_owned()));
        let mid = changes.add_media(MediaKind::Audio, Direction::SendRecv, stream, track, None);
        let (offer, pending) = changes.apply().ok_or(RtcError::NoPcmu)?;
        transport.audio = Some(mid);
        transport.pending = Some(pending);
        Ok((transport, offer.to_sdp_string()))
    }

    pub(super) fn accept_answer(&mut self, answer: &str) -> Result<(), RtcError> {
        let answer = SdpAnswer::from_sdp_string(answer).map_err(refused)?;
        let pending = self.pending.take().ok_or(RtcError::NoOffer)?;
        self.rtc.sdp_api().accept_answer(pending, answer).map_err(refused)
    }

    pub(super) fn awaits_answer(&self) -> bool {
        self.pending.is_some()
    }

    async fn bind(net: &RtcNet) -> Result<Self, RtcError> {
        let config = RtcConfig::new().set_crypto_provider(CRYPTO.clone()).set_ice_lite(true);
        let mut rtc = config.clear_codecs().enable_pcmu(true, false).build(now());
        let mut sockets = Vec::new();
        let mut problem = String::new();
        for &addr in &net.addrs {
            // A socket for each address, not one for all: an answer has to come from the address that was asked.
            let bound = UdpSocket::bind((addr, 0)).await.and_then(|socket| Ok((socket.local_addr()?, socket)));
            match bound {
                Ok((local, socket)) => match Candidate::host(local, "udp") {
                    Ok(candidate) => {
                        rtc.add_local_candidate(candidate);
                        sockets.push((local, socket));
                    }
                    Err(error) => problem = error.to_string(),
                },
                Err(error) => problem = error.to_string(),
            }
            if !problem.is_empty() {
                tracing::warn!(sandbox.media.addr = %addr, sandbox.media.error = problem, "a media address is not usable");
            }
        }
        if sockets.is_empty() {
            return Err(RtcError::Bind(problem));
        }
        Ok(Self { rtc, sockets, audio: None, pending: None })
    }

    /// Sends what there is to send and reports what happened. Returns when [`Transport::tick`] is due.
    pub(super) fn drain(&mut self, mut happened: impl FnMut(Happened)) -> Result<Instant, str0m::RtcError> {
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(due) => return Ok(due),
                Output::Transmit(packet) => {
                    if let Some((_, socket)) = self.sockets.iter().find(|(local, _)| *local == packet.source) {
                        // A full socket buffer drops the packet, as a network would.
                        let _ = socket.try_send_to(&packet.contents, packet.destination);
                    }
                }
                Output::Event(Event::Connected) => happened(Happened::Connected),
                Output::Event(Event::MediaAdded(media)) if media.kind == MediaKind::Audio => {
                    self.audio.get_or_insert(media.mid);
                }
                Output::Event(Event::MediaData(data)) => happened(Happened::Audio(data.data)),
                Output::Event(_) => {}
            }
        }
    }

    /// Waits for a datagram on any socket. Cancel safe.
    pub(super) async fn receive(&self, buffer: &mut [u8]) -> io::Result<Arrival> {
        poll_fn(|cx| {
            for (destination, socket) in &self.sockets {
                let mut into = ReadBuf::new(buffer);
                if let Poll::Ready(received) = socket.poll_recv_from(cx, &mut into) {
                    let length = into.filled().len();
                    let destination = *destination;
                    return Poll::Ready(received.map(|source| Arrival { length, source, destination }));
                }
            }
            Poll::Pending
        })
        .await
    }

    /// Hands a datagram to the agent. False when it is not for a media transport.
    pub(super) fn take(&mut self, arrival: &Arrival, bytes: &[u8]) -> Result<bool, str0m::RtcError> {
        let Ok(contents) = bytes.try_into() else { return Ok(false) };
        let (source, destination) = (arrival.source, arrival.destination);
        let input = Input::Receive(now(), Receive { proto: Protocol::Udp, source, destination, contents });
        let accepted = self.rtc.accepts(&input);
        if accepted {
            self.rtc.handle_input(input)?;
        }
        Ok(accepted)
    }

    pub(super) fn tick(&mut self) -> Result<(), str0m::RtcError> {
        self.rtc.handle_input(Input::Timeout(now()))
    }

    /// Sends µ-law bytes at `rtp_time` (samples). False when there is no way to.
    pub(super) fn send(&mut self, bytes: &[u8], rtp_time: u64, after_pause: bool) -> Result<bool, str0m::RtcError> {
        let Some(writer) = self.audio.and_then(|mid| self.rtc.writer(mid)) else { return Ok(false) };
        let Some(pt) = writer.payload_params().find(|p| p.spec().codec == Codec::PCMU).map(|p| p.pt()) else {
            return Ok(false);
        };
        let time = MediaTime::new(rtp_time, Frequency::EIGHT_KHZ);
        writer.start_of_talkspurt(after_pause).write(pt, now(), time, bytes)?;
        Ok(true)
    }

    /// Says goodbye to the browser.
    pub(super) fn close(&mut self) {
        let closed = self.rtc.close().and_then(|()| self.drain(|_| {}).map(|_| ()));
        if let Err(error) = closed {
            tracing::debug!(sandbox.media.error = %error, "a transport did not close in order");
        }
    }
}

fn refused(error: impl std::fmt::Display) -> RtcError {
    RtcError::Sdp(error.to_string())
}

/// The clock of the network, which str0m wants as an argument.
#[expect(clippy::disallowed_methods, reason = "RTP, ICE and DTLS run in real time; a stepped clock would lose calls")]
pub(super) fn now() -> Instant {
    Instant::now()
}
