//! How loud both sides are, and how good the connection is, from the call's `RTCPeerConnection`.

use js_sys::{Array, Map};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::field;

#[wasm_bindgen]
extern "C" {
    type MediaStream;
    #[wasm_bindgen(constructor)]
    fn new(tracks: &Array) -> MediaStream;

    type AudioContext;
    #[wasm_bindgen(constructor, catch)]
    fn new() -> Result<AudioContext, JsValue>;
    #[wasm_bindgen(method, js_name = createMediaStreamSource)]
    fn create_media_stream_source(this: &AudioContext, stream: &MediaStream) -> Node;
    #[wasm_bindgen(method, js_name = createAnalyser)]
    fn create_analyser(this: &AudioContext) -> Analyser;
    #[wasm_bindgen(method, catch)]
    fn close(this: &AudioContext) -> Result<JsValue, JsValue>;

    type Node;
    #[wasm_bindgen(method)]
    fn connect(this: &Node, to: &Analyser);

    type Analyser;
    #[wasm_bindgen(method, setter, js_name = fftSize)]
    fn set_fft_size(this: &Analyser, size: u32);
    #[wasm_bindgen(method, js_name = getFloatTimeDomainData)]
    fn get_float_time_domain_data(this: &Analyser, out: &mut [f32]);

    type Peer;
    #[wasm_bindgen(method, js_name = getSenders)]
    fn get_senders(this: &Peer) -> Array;
    #[wasm_bindgen(method, js_name = getReceivers)]
    fn get_receivers(this: &Peer) -> Array;
    #[wasm_bindgen(method, catch, js_name = getStats)]
    fn get_stats(this: &Peer) -> Result<js_sys::Promise, JsValue>;
}

/// 43 ms at 48 kHz: shorter than a syllable, longer than the longest voice's period.
const WINDOW: usize = 2048;

/// Both sides' loudness, as one number from 0 to 100 each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Levels {
    pub mine: u8,
    pub theirs: u8,
}

/// Measures a running call. Keeps an audio context open until it is dropped.
pub struct Meter {
    context: AudioContext,
    mine: Option<Analyser>,
    theirs: Option<Analyser>,
    peer: JsValue,
}

impl Meter {
    /// `None` when the browser has no audio to measure with.
    #[must_use]
    pub fn new(peer: &JsValue) -> Option<Self> {
        let context = AudioContext::new().ok()?;
        let connection = peer.unchecked_ref::<Peer>();
        let analyser = |ends: Array| {
            let track = ends.iter().map(|end| field(&end, "track")).find(JsValue::is_object)?;
            let stream = MediaStream::new(&Array::of1(&track));
            let analyser = context.create_analyser();
            analyser.set_fft_size(WINDOW as u32);
            context.create_media_stream_source(&stream).connect(&analyser);
            Some(analyser)
        };
        let (mine, theirs) = (analyser(connection.get_senders()), analyser(connection.get_receivers()));
        Some(Self { context, mine, theirs, peer: peer.clone() })
    }

    /// Whether this meter measures that connection: the SDK makes a new one when it brings media back.
    #[must_use]
    pub fn is_of(&self, peer: &JsValue) -> bool {
        self.peer == *peer
    }

    #[must_use]
    pub fn levels(&self) -> Levels {
        let level = |analyser: &Option<Analyser>| {
            let Some(analyser) = analyser else { return 0 };
            let mut window = [0.0; WINDOW];
            analyser.get_float_time_domain_data(&mut window);
            bar(&window)
        };
        Levels { mine: level(&self.mine), theirs: level(&self.theirs) }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let _ = self.context.close();
    }
}

/// How full a bar is for these samples.
fn bar(samples: &[f32]) -> u8 {
    let energy: f32 = samples.iter().map(|sample| sample * sample).sum();
    fullness((energy / samples.len().max(1) as f32).sqrt())
}

/// How full a bar is for a root mean square: -60 dB and below is empty, -6 dB and above is full.
#[must_use]
pub fn fullness(rms: f32) -> u8 {
    let decibels = 20.0 * rms.max(1e-6).log10();
    // In range by construction, so the cast loses nothing but the fraction.
    ((decibels + 60.0) / 54.0 * 100.0).clamp(0.0, 100.0) as u8
}

/// What the network did to the audio we receive, since the call began.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Reception {
    pub received: f64,
    pub lost: f64,
    /// s.
    pub jitter: f64,
    /// s, there and back.
    pub round_trip: f64,
}

/// One word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quality {
    #[default]
    Unknown,
    Good,
    Fair,
    Poor,
}

impl Quality {
    /// The word for it in `data-quality`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Good => "good",
            Self::Fair => "fair",
            Self::Poor => "poor",
        }
    }
}

/// Judges the time between two readings. Bounds after ITU-T G.114 (delay) and the loss that PCMU without concealment
/// bears: 1 % is hardly heard, 5 % costs words.
#[must_use]
pub fn judge(before: Reception, now: Reception) -> Quality {
    let (received, lost) = (now.received - before.received, (now.lost - before.lost).max(0.0));
    if received + lost < 25.0 {
        // Less than half a second of audio.
        return Quality::Unknown;
    }
    let loss = lost / (received + lost);
    if loss > 0.05 || now.jitter > 0.06 || now.round_trip > 0.5 {
        Quality::Poor
    } else if loss > 0.01 || now.jitter > 0.03 || now.round_trip > 0.3 {
        Quality::Fair
    } else {
        Quality::Good
    }
}

/// Whether anything arrives at all. A side that says nothing sends its silence, so what counts is packets, not sound.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Arrival {
    received: f64,
    /// ms
    at: i64,
}

impl Arrival {
    /// From `now` on something should arrive.
    #[must_use]
    pub fn expected(now: i64) -> Self {
        Self { at: now, ..Self::default() }
    }

    /// After another reading.
    #[must_use]
    pub fn read(self, reception: Reception, now: i64) -> Self {
        // A new connection begins at zero, so a lower count is news too.
        let none = (reception.received - self.received).abs() < 0.5;
        if none { self } else { Self { received: reception.received, at: now } }
    }

    /// Nothing has arrived for [`DEAF_MS`].
    #[must_use]
    pub fn is_deaf(self, now: i64) -> bool {
        now - self.at >= DEAF_MS
    }
}

/// A silence longer than this is no pause, ms. With the time between two readings it is said within three seconds.
pub const DEAF_MS: i64 = 2_400;

/// Reads the connection's statistics (WebRTC Statistics: `inbound-rtp`, `candidate-pair`).
pub async fn reception(peer: JsValue) -> Option<Reception> {
    let report = JsFuture::from(peer.unchecked_ref::<Peer>().get_stats().ok()?).await.ok()?;
    let mut reception = Reception::default();
    let mut found = false;
    // A map by interface, not by class.
    report.unchecked_ref::<Map>().for_each(&mut |entry, _| {
        let number = |name: &str| field(&entry, name).as_f64().unwrap_or_default();
        match field(&entry, "type").as_string().as_deref() {
            Some("inbound-rtp") => {
                found = true;
                reception.received += number("packetsReceived");
                reception.lost += number("packetsLost");
                reception.jitter = number("jitter");
            }
            Some("candidate-pair") if field(&entry, "nominated").is_truthy() => {
                reception.round_trip = number("currentRoundTripTime");
            }
            _ => {}
        }
    });
    found.then_some(reception)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_follows_the_voice() {
        assert_eq!(bar(&[0.0; 64]), 0);
        assert_eq!(bar(&[]), 0);
        assert_eq!(bar(&[1.0; 64]), 100);
        let speech = bar(&[0.05; 64]);
        assert!((50..75).contains(&speech), "{speech}");
        assert!(bar(&[0.01; 64]) < speech);
    }

    #[test]
    fn what_does_not_arrive_is_noticed_and_silence_that_arrives_is_not() {
        let got = |received| Reception { received, ..Reception::default() };
        let mut arrival = Arrival::expected(1_000);
        assert!(!arrival.is_deaf(3_000));
        for (packets, at) in [(50.0, 1_500), (75.0, 2_000), (100.0, 2_500)] {
            arrival = arrival.read(got(packets), at);
        }
        // A quiet side goes on sending.
        arrival = arrival.read(got(125.0), 5_000);
        assert!(!arrival.is_deaf(5_000));
        for at in [5_500, 6_000, 6_500, 7_000] {
            arrival = arrival.read(got(125.0), at);
            assert!(!arrival.is_deaf(at), "{at}");
        }
        assert!(arrival.is_deaf(7_400), "no more than three seconds after the last packet");
        assert!(!arrival.read(got(3.0), 7_500).is_deaf(7_500), "brought back, counted from zero");
        assert!(Arrival::expected(0).is_deaf(DEAF_MS), "nothing at all");
    }

    #[test]
    fn judges_by_the_worst_of_three() {
        let before = Reception { received: 100.0, lost: 50.0, jitter: 0.0, round_trip: 0.0 };
        let after = |received, lost, jitter, round_trip| {
            judge(before, Reception { received: 100.0 + received, lost: 50.0 + lost, jitter, round_trip })
        };
        assert_eq!(after(100.0, 0.0, 0.01, 0.05), Quality::Good);
        assert_eq!(after(100.0, 2.0, 0.01, 0.05), Quality::Fair);
        assert_eq!(after(100.0, 0.0, 0.01, 0.4), Quality::Fair);
        assert_eq!(after(100.0, 10.0, 0.01, 0.05), Quality::Poor);
        assert_eq!(after(100.0, 0.0, 0.2, 0.05), Quality::Poor);
        assert_eq!(after(10.0, 0.0, 0.0, 0.0), Quality::Unknown);
        // A browser that brought media back counts from zero.
        assert_eq!(judge(before, Reception::default()), Quality::Unknown);
    }
}
