//! An agent's softphone, as a browser has it: the Client SDK's wire, and audio over WebRTC.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use str0m::change::SdpOffer;
use str0m::format::Codec;
use str0m::media::{Frequency, MediaTime, Mid};
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc, RtcConfig};
use switchboard_sandbox::media::measure::{Meter, tone};
use switchboard_sandbox::media::{Frame, g711};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Samples of a frame, and of a second.
const FRAME: usize = 160;
const RATE: usize = 8_000;

/// A call that rings, or goes on.
#[derive(Debug, Clone)]
pub struct Leg {
    /// Who calls, in digits.
    pub from: String,
    conversation: String,
    id: String,
    offer: String,
}

struct Talk {
    leg: Leg,
    since: Instant,
    heard: Arc<Mutex<Meter>>,
    audio: tokio::task::JoinHandle<()>,
}

impl Drop for Talk {
    fn drop(&mut self) {
        self.audio.abort();
    }
}

#[derive(Default)]
struct State {
    ringing: Option<Leg>,
    talk: Option<Talk>,
}

/// With a session at the platform. What happens to its legs is noticed by itself.
pub struct Softphone {
    platform: String,
    token: String,
    session: String,
    hz: usize,
    http: reqwest::Client,
    state: Arc<Mutex<State>>,
    wire: tokio::task::JoinHandle<()>,
}

impl Drop for Softphone {
    fn drop(&mut self) {
        self.wire.abort();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// The next event; answers the wire's pings.
async fn next(socket: &mut Socket) -> Option<(String, Value)> {
    loop {
        let Message::Text(text) = socket.next().await?.ok()? else { continue };
        if text.as_str() == "2" {
            socket.send(Message::text("3")).await.ok()?;
        } else if let Some(packet) = text.strip_prefix("42") {
            return serde_json::from_str(packet).ok();
        }
    }
}

impl Softphone {
    /// Signs in at the platform. Says a tone of `hz` in its calls.
    pub async fn open(platform: &str, token: String, hz: usize, http: reqwest::Client) -> Self {
        let socket = platform.replacen("http", "ws", 1);
        let url = format!("{socket}/v2/rtc/?token={token}&EIO=4&transport=websocket");
        let (mut socket, _) = connect_async(url).await.unwrap();
        socket.send(Message::text("40")).await.unwrap();
        let session = loop {
            let (kind, event) = next(&mut socket).await.unwrap();
            if kind == "session:success" {
                break text(&event["body"]["id"]);
            }
        };
        let state = Arc::new(Mutex::new(State::default()));
        let wire = tokio::spawn(listen(socket, Arc::clone(&state)));
        Self { platform: platform.to_owned(), token, session, hz, http, state, wire }
    }

    pub fn ringing(&self) -> Option<Leg> {
        locked(&self.state).ringing.clone()
    }

    /// Whom it talks to, and for how long.
    pub fn talks_to(&self) -> Option<(String, Duration)> {
        locked(&self.state).talk.as_ref().map(|talk| (talk.leg.from.clone(), talk.since.elapsed()))
    }

    /// How loud a tone is that it hears.
    pub fn hears(&self, hz: f64) -> f64 {
        let heard = locked(&self.state).talk.as_ref().map(|talk| Arc::clone(&talk.heard));
        heard.map_or(0.0, |heard| tone(&locked(&heard).last_second(), hz))
    }

    /// Takes what rings. False when it rings no more.
    pub async fn answer(&self, leg: Leg) -> bool {
        let crypto = Arc::new(str0m::crypto::from_feature_flags());
        let config = RtcConfig::new().set_crypto_provider(crypto).clear_codecs();
        let mut rtc = config.enable_pcmu(true, false).build(Instant::now().into_std());
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let local = socket.local_addr().unwrap();
        rtc.add_local_candidate(Candidate::host(local, "udp").unwrap());
        let offer = SdpOffer::from_sdp_string(&leg.offer).unwrap();
        let answer = rtc.sdp_api().accept_offer(offer).unwrap().to_sdp_string();
        let heard = Arc::new(Mutex::new(Meter::default()));
        let audio = tokio::spawn(talk(rtc, socket, local, self.hz, Arc::clone(&heard)));
        let (path, talk) = (
            format!("/v0.3/conversations/{}/rtc/{}/answer", leg.conversation, leg.id),
            Talk { leg, since: Instant::now(), heard, audio },
        );
        {
            let mut state = locked(&self.state);
            (state.ringing, state.talk) = (None, Some(talk));
        }
        let body = json!({"originating_session": self.session, "body": {"answer": answer}});
        let request = self.http.post(format!("{}{path}", self.platform)).bearer_auth(&self.token).json(&body);
        let taken = request.send().await.is_ok_and(|answer| answer.status().is_success());
        if !taken {
            locked(&self.state).talk = None;
        }
        taken
    }
}

/// Follows what the platform tells of the softphone's legs.
async fn listen(mut socket: Socket, state: Arc<Mutex<State>>) {
    while let Some((kind, event)) = next(&mut socket).await {
        let channel = &event["body"]["channel"];
        let id = text(&channel["id"]);
        let mut state = locked(&state);
        match kind.as_str() {
            "member:invited" => {
                let (from, offer) = (text(&channel["from"]["number"]), text(&event["body"]["sdp"]));
                state.ringing = Some(Leg { from, conversation: text(&event["cid"]), id, offer });
            }
            "rtc:hangup" => {
                state.ringing.take_if(|leg| leg.id == id);
                state.talk.take_if(|talk| talk.leg.id == id);
            }
            _ => {}
        }
    }
}

/// A browser's audio: plays a tone, and listens.
async fn talk(mut rtc: Rtc, socket: UdpSocket, local: SocketAddr, hz: usize, heard: Arc<Mutex<Meter>>) {
    // A whole number of waves fits a second, so that it can be played again and again.
    let voice = switchboard_sandbox::media::tone::sine(hz as f64, 0.4, RATE);
    let (mut buffer, mut timer) = ([0; 2_000], tokio::time::interval(Duration::from_millis(20)));
    let (mut audio, mut n): (Option<Mid>, usize) = (None, 0);
    loop {
        let due = loop {
            match rtc.poll_output() {
                Ok(Output::Timeout(due)) => break due,
                Ok(Output::Transmit(packet)) => {
                    let _ = socket.try_send_to(&packet.contents, packet.destination);
                }
                Ok(Output::Event(Event::MediaAdded(media))) => audio = Some(media.mid),
                Ok(Output::Event(Event::MediaData(data))) => {
                    let frame: Vec<i16> = data.data.iter().map(|byte| g711::decode(*byte)).collect();
                    if let Ok(frame) = Frame::try_from(frame) {
                        locked(&heard).push(&frame);
                    }
                }
                Ok(Output::Event(_)) => {}
                Err(_) => return,
            }
        };
        let now = || Instant::now().into_std();
        let fed = tokio::select! {
            received = socket.recv_from(&mut buffer) => {
                let Ok((length, source)) = received else { return };
                let Ok(contents) = buffer[..length].try_into() else { continue };
                rtc.handle_input(Input::Receive(now(), Receive { proto: Protocol::Udp, source, destination: local, contents }))
            }
            () = tokio::time::sleep_until(due.into()) => rtc.handle_input(Input::Timeout(now())),
            _ = timer.tick() => {
                let from = n * FRAME % RATE;
                if let Some(writer) = audio.and_then(|mid| rtc.writer(mid)) {
                    let pcmu = writer.payload_params().find(|params| params.spec().codec == Codec::PCMU);
                    if let Some(pt) = pcmu.map(|params| params.pt()) {
                        let time = MediaTime::new((n * FRAME) as u64, Frequency::EIGHT_KHZ);
                        let frame: Vec<u8> = voice[from..from + FRAME].iter().map(|s| g711::encode(*s)).collect();
                        let _ = writer.write(pt, now(), time, frame);
                    }
                }
                n += 1;
                Ok(())
            }
        };
        if fed.is_err() {
            return;
        }
    }
}
