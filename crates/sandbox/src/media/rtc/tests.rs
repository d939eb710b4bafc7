//! Legs against a second str0m agent that behaves as a browser does: full ICE, DTLS client, its own candidate hidden.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, Frequency, MediaKind, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};
use tokio::net::UdpSocket;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::transport::now;
use super::*;
use crate::media::handset::{Handset, Voice};
use crate::media::measure::Meter;
use crate::media::mixer::Mixer;
use crate::media::{Frame, g711, lock, measure, tone, until};

struct Browser {
    rtc: Rtc,
    socket: UdpSocket,
    local: SocketAddr,
    audio: Option<Mid>,
    pending: Option<SdpPendingOffer>,
}

/// A browser whose task runs; it ends when this is dropped.
struct Running {
    heard: Arc<Mutex<Meter>>,
    closed: Arc<Mutex<bool>>,
    _stop: DropGuard,
}

impl Browser {
    async fn new() -> Self {
        let crypto = Arc::new(str0m::crypto::from_feature_flags());
        let config = RtcConfig::new().set_crypto_provider(crypto).clear_codecs();
        let mut rtc = config.enable_pcmu(true, false).enable_opus(true, false).build(now());
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let local = socket.local_addr().unwrap();
        rtc.add_local_candidate(Candidate::host(local, "udp").unwrap());
        Self { rtc, socket, local, audio: None, pending: None }
    }

    /// The offer as the Client SDK sends it: with the dummy candidate instead of a real one.
    fn offer(&mut self) -> String {
        let mut changes = self.rtc.sdp_api();
        self.audio = Some(changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None));
        let (offer, pending) = changes.apply().unwrap();
        self.pending = Some(pending);
        hide_candidates(&offer.to_sdp_string())
    }

    fn take_answer(&mut self, answer: &str) {
        assert!(answer.contains("a=ice-lite") && answer.contains("a=candidate:"), "{answer}");
        assert!(answer.lines().any(|l| l.starts_with("m=audio ") && l.ends_with(" 0")), "only PCMU:\n{answer}");
        let pending = self.pending.take().unwrap();
        self.rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(answer).unwrap()).unwrap();
    }

    fn answer(&mut self, offer: &str) -> String {
        let offer = SdpOffer::from_sdp_string(offer).unwrap();
        hide_candidates(&self.rtc.sdp_api().accept_offer(offer).unwrap().to_sdp_string())
    }

    /// Plays a tone and measures what it hears, until it is dropped.
    fn run(mut self, hz: f64) -> Running {
        let stop = CancellationToken::new();
        let heard = Arc::new(Mutex::new(Meter::default()));
        let closed = Arc::new(Mutex::new(false));
        let running = Running { heard: heard.clone(), closed: closed.clone(), _stop: stop.clone().drop_guard() };
        tokio::spawn(stop.run_until_cancelled_owned(async move {
            let mut buffer = [0; 2000];
            let mut timer = tokio::time::interval(Duration::from_millis(20));
            let mut n = 0;
            loop {
                let due = loop {
                    match self.rtc.poll_output().unwrap() {
                        Output::Timeout(due) => break due,
                        Output::Transmit(packet) => {
                            let _ = self.socket.try_send_to(&packet.contents, packet.destination);
                        }
                        Output::Event(Event::MediaAdded(media)) => self.audio = Some(media.mid),
                        Output::Event(Event::MediaData(data)) => {
                            let frame: Vec<i16> = data.data.iter().map(|b| g711::decode(*b)).collect();
                            lock(&heard).push(&Frame::try_from(frame).unwrap());
                        }
                        Output::Event(Event::Closed) => *lock(&closed) = true,
                        Output::Event(_) => {}
                    }
                };
                tokio::select! {
                    received = self.socket.recv_from(&mut buffer) => {
                        let (length, source) = received.unwrap();
                        let contents = buffer[..length].try_into().unwrap();
                        let receive = Receive { proto: Protocol::Udp, source, destination: self.local, contents };
                        self.rtc.handle_input(Input::Receive(now(), receive)).unwrap();
                    }
                    () = tokio::time::sleep_until(due.into()) => self.rtc.handle_input(Input::Timeout(now())).unwrap(),
                    _ = timer.tick() => {
                        let frame: Frame = std::array::from_fn(|i| tone::sine_at(hz, 0.4, n * 160 + i));
                        if let Some(writer) = self.audio.and_then(|mid| self.rtc.writer(mid)) {
                            let pcmu = writer.payload_params().find(|p| p.spec().codec == Codec::PCMU).map(|p| p.pt());
                            if let Some(pt) = pcmu {
                                let time = MediaTime::new(n as u64 * 160, Frequency::EIGHT_KHZ);
                                writer.write(pt, now(), time, frame.map(g711::encode)).unwrap();
                            }
                        }
                        n += 1;
                    }
                }
            }
        }));
        running
    }
}

impl Running {
    fn level(&self, hz: f64) -> f64 {
        measure::tone(&lock(&self.heard).last_second(), hz)
    }
}

fn hide_candidates(sdp: &str) -> String {
    let dummy = "a=candidate:1176891032 1 udp 2122260223 0.0.0.0 9 typ host generation 0 network-id 1 network-cost 50";
    let lines = sdp.lines().map(|line| if line.starts_with("a=candidate:") { dummy } else { line });
    lines.map(|line| format!("{line}\r\n")).collect()
}

async fn reaches(leg: &RtcLeg, wanted: MediaState) {
    let mut state = leg.state();
    let reached = tokio::time::timeout(Duration::from_secs(30), state.wait_for(|s| *s == wanted)).await;
    assert!(reached.is_ok(), "never {wanted:?}");
}

/// The tones of a browser (440 Hz) and of a handset (1,000 Hz) find their way through a mixer.
async fn both_ways(handset: &Handset, browser: &Running) {
    until("the handset hears the browser", || handset.heard(&[440.0]).tones[0].1 > 0.3).await;
    until("the browser hears the handset", || browser.level(1000.0) > 0.15).await;
    assert!(browser.level(440.0) < 0.05, "nobody hears himself");
}

fn room_with_handset() -> (Mixer, Handset) {
    let mixer = Mixer::start();
    let (handset, port) = Handset::new();
    mixer.join("phone", port);
    handset.speak(Voice::Tone { hz: 1000.0, level: 0.2 });
    (mixer, handset)
}

#[tokio::test]
async fn a_browsers_offer_is_answered_and_reconnected() {
    let (mixer, handset) = room_with_handset();
    let mut browser = Browser::new().await;
    let (leg, answer, port) = RtcLeg::answer(&RtcNet::default(), &browser.offer()).await.unwrap();
    mixer.join("browser", port);
    assert_eq!(*leg.state().borrow(), MediaState::New);
    browser.take_answer(&answer);
    let browser = browser.run(440.0);
    reaches(&leg, MediaState::Connected).await;
    both_ways(&handset, &browser).await;
    let stats = leg.stats();
    assert!(stats.packets_in > 10 && stats.packets_out > 10, "{stats:?}");
    assert_eq!((stats.bytes_in, stats.bytes_out), (stats.packets_in * 160, stats.packets_out * 160));

    // The page is reloaded: another browser, the same leg, the same place in the conversation.
    drop(browser);
    let mut browser = Browser::new().await;
    assert!(matches!(leg.reoffer("v=0 nonsense").await, Err(RtcError::Sdp(_))));
    let answer = leg.reoffer(&browser.offer()).await.unwrap();
    browser.take_answer(&answer);
    until("the old transport is forgotten", || handset.heard(&[440.0]).tones[0].1 < 0.01).await;
    let browser = browser.run(440.0);
    reaches(&leg, MediaState::Connected).await;
    both_ways(&handset, &browser).await;

    // Hung up: silent at once, gone soon after.
    leg.close();
    until("the leg has ended", || leg.state().has_changed().is_err()).await;
    until("the browser was told", || *lock(&browser.closed)).await;
    assert!(matches!(leg.reoffer("").await, Err(RtcError::Ended)));
    assert!(matches!(leg.accept_answer("").await, Err(RtcError::Ended)));
}

#[tokio::test]
async fn an_offer_is_answered_by_the_browser() {
    let (mixer, handset) = room_with_handset();
    let (leg, offer, port) = RtcLeg::offer(&RtcNet::default()).await.unwrap();
    mixer.join("browser", port);
    let mut browser = Browser::new().await;
    let answer = browser.answer(&offer);
    assert!(matches!(leg.accept_answer("nonsense").await, Err(RtcError::Sdp(_))), "a bad answer does not use it up");
    leg.accept_answer(&answer).await.unwrap();
    assert!(matches!(leg.accept_answer(&answer).await, Err(RtcError::NoOffer)));
    let browser = browser.run(440.0);
    reaches(&leg, MediaState::Connected).await;
    both_ways(&handset, &browser).await;
}

#[tokio::test]
async fn a_browser_that_vanishes_is_lost_and_may_come_back() {
    let net = RtcNet { patience: Duration::from_secs(3), ..RtcNet::default() };
    let (mixer, handset) = room_with_handset();
    let mut browser = Browser::new().await;
    let (leg, answer, port) = RtcLeg::answer(&net, &browser.offer()).await.unwrap();
    mixer.join("browser", port);
    browser.take_answer(&answer);
    let browser = browser.run(440.0);
    reaches(&leg, MediaState::Connected).await;
    drop(browser);
    reaches(&leg, MediaState::Lost).await;
    let mut browser = Browser::new().await;
    let answer = leg.reoffer(&browser.offer()).await.unwrap();
    browser.take_answer(&answer);
    let browser = browser.run(440.0);
    reaches(&leg, MediaState::Connected).await;
    both_ways(&handset, &browser).await;
}

#[tokio::test]
async fn an_invitation_may_ring_for_long() {
    let net = RtcNet { patience: Duration::from_millis(50), ..RtcNet::default() };
    let (leg, _offer, _port) = RtcLeg::offer(&net).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(*leg.state().borrow(), MediaState::New);
}

#[tokio::test]
async fn several_addresses_are_all_offered_and_a_wrong_one_is_left_out() {
    let second: IpAddr = Ipv4Addr::new(127, 0, 0, 2).into();
    let foreign: IpAddr = Ipv4Addr::new(192, 0, 2, 1).into();
    let net = RtcNet::new(vec![foreign, Ipv4Addr::LOCALHOST.into(), second]);
    let (_leg, offer, _port) = RtcLeg::offer(&net).await.unwrap();
    let candidates: Vec<&str> = offer.lines().filter(|l| l.starts_with("a=candidate:")).collect();
    assert_eq!(candidates.len(), 2, "{offer}");
    assert!(candidates[0].contains(" 127.0.0.1 ") && candidates[1].contains(" 127.0.0.2 "), "{candidates:?}");
    let nowhere = RtcLeg::offer(&RtcNet::new(vec![foreign])).await;
    assert!(matches!(nowhere, Err(RtcError::Bind(_))));
}

#[tokio::test]
async fn descriptions_that_cannot_be_used_are_refused() {
    let net = RtcNet::default();
    for bad in ["", "hello", "v=0\r\n", "{\"type\":\"offer\"}"] {
        assert!(matches!(RtcLeg::answer(&net, bad).await, Err(RtcError::Sdp(_))), "{bad:?}");
    }
    let only_opus = {
        let mut rtc = RtcConfig::new().clear_codecs().enable_opus(true, false).build(now());
        let mut changes = rtc.sdp_api();
        changes.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        changes.apply().unwrap().0.to_sdp_string()
    };
    assert!(matches!(RtcLeg::answer(&net, &only_opus).await, Err(RtcError::NoPcmu)));
}

#[tokio::test]
async fn a_captured_offer_of_chromium_is_answered() {
    let offer = include_str!("chromium_offer.sdp").replace("\r\n", "\n").replace('\n', "\r\n");
    let (_leg, answer, _port) = RtcLeg::answer(&RtcNet::default(), &offer).await.unwrap();
    for line in ["a=ice-lite", "a=rtpmap:0 PCMU/8000", "a=sendrecv", "a=setup:passive", "a=rtcp-mux"] {
        assert!(answer.lines().any(|l| l == line), "no {line} in\n{answer}");
    }
}
