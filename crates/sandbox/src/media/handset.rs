//! The voice and the ear of a simulated phone.
//!
//! A handset speaks what it is told to ([`Voice`]) and, when somebody sits in front of its page, what their microphone
//! hears; it measures what it hears and passes it on to the page's speaker. It has one line at a time.

use std::sync::{Arc, Mutex};

use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::jitter::Jitter;
use super::measure::{self, Meter};
use super::pace::Pacer;
use super::{DEPTH, FRAME, Frame, LegEnd, Port, SILENCE, add, clip, lock, tone};

/// What a handset says by itself.
#[derive(Debug, Clone, Default)]
pub enum Voice {
    #[default]
    Silence,
    /// Until it is told something else. `hz` below 4,000, `level` is the amplitude, 0 to 1 of full scale.
    Tone { hz: f64, level: f64 },
    /// 8 kHz mono samples, once, then silence.
    Wav(Arc<[i16]>),
}

/// What a handset heard in the last second. Levels are 0 to 1 of full scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub rms: f64,
    pub peak: f64,
    /// The amplitude at each frequency asked for, as `(hz, level)`.
    pub tones: Vec<(f64, f64)>,
    /// 20 ms frames received since the line was connected.
    pub frames: u64,
}

/// A simulated phone's voice and ear. Cheap to clone; its task ends with the last handle.
#[derive(Debug, Clone)]
pub struct Handset {
    state: Arc<Mutex<State>>,
    lines: mpsc::Sender<LegEnd>,
    _task: Arc<DropGuard>,
}

#[derive(Debug, Default)]
struct State {
    voice: Voice,
    /// Samples of the voice that were said.
    said: usize,
    meter: Meter,
    browser: Option<Browser>,
}

/// The page in front of which somebody sits.
#[derive(Debug)]
struct Browser {
    microphone: mpsc::Receiver<Frame>,
    jitter: Jitter,
    speaker: mpsc::Sender<Frame>,
}

impl Handset {
    /// A silent handset and the port of its line. Needs a tokio runtime.
    #[must_use]
    pub fn new() -> (Self, Port) {
        let (port, end) = Port::pair();
        let (lines, new_lines) = mpsc::channel(4);
        let state = Arc::new(Mutex::new(State::default()));
        let stop = CancellationToken::new();
        tokio::spawn(stop.clone().run_until_cancelled_owned(live(state.clone(), end, new_lines)));
        (Self { state, lines, _task: Arc::new(stop.drop_guard()) }, port)
    }

    /// A fresh line for the next call: the port of the last one is dead from now on. The voice, the counter and the
    /// meter start from zero; a browser stays attached.
    #[must_use]
    pub fn next_line(&self) -> Port {
        let (port, end) = Port::pair();
        let mut state = lock(&self.state);
        state.meter = Meter::default();
        (state.voice, state.said) = (Voice::Silence, 0);
        // The task takes new lines every 20 ms; four at once are not calls any more, and the port is then dead.
        let _ = self.lines.try_send(end);
        port
    }

    /// Says this from now on, from its start.
    pub fn speak(&self, voice: Voice) {
        let mut state = lock(&self.state);
        (state.voice, state.said) = (voice, 0);
    }

    /// What was heard in the last second, with the level at each of `tones` (Hz).
    #[must_use]
    pub fn heard(&self, tones: &[f64]) -> Heard {
        let (last, frames) = {
            let state = lock(&self.state);
            (state.meter.last_second(), state.meter.frames())
        };
        Heard {
            rms: measure::rms(&last),
            peak: measure::peak(&last),
            tones: tones.iter().map(|&hz| (hz, measure::tone(&last, hz))).collect(),
            frames,
        }
    }

    /// Attaches a page: its microphone's frames go in, what the handset hears comes out. The page before it, if any,
    /// is detached: its channels close. Dropping either channel detaches.
    #[must_use]
    pub fn attach_browser(&self) -> (mpsc::Sender<Frame>, mpsc::Receiver<Frame>) {
        let (to_handset, microphone) = mpsc::channel(DEPTH);
        let (speaker, from_handset) = mpsc::channel(DEPTH);
        lock(&self.state).browser = Some(Browser { microphone, jitter: Jitter::default(), speaker });
        (to_handset, from_handset)
    }
}

async fn live(state: Arc<Mutex<State>>, mut line: LegEnd, mut lines: mpsc::Receiver<LegEnd>) {
    let mut pacer = Pacer::new();
    loop {
        tokio::select! {
            // A new line before anything of the old one.
            biased;
            Some(next) = lines.recv() => line = next,
            beat = pacer.beat() => {
                for _ in 0..beat.due {
                    let frame = lock(&state).speak();
                    // A mixer that does not take it, or none at all: nobody hears it.
                    let _ = line.to_mixer.try_send(frame);
                }
            }
            Some(frame) = line.from_mixer.recv() => lock(&state).hear(frame),
        }
    }
}

impl State {
    fn speak(&mut self) -> Frame {
        let mut sum = [0; FRAME];
        add(&mut sum, &self.voice_frame());
        if let Some(browser) = &mut self.browser {
            if browser.jitter.fill(&mut browser.microphone) {
                add(&mut sum, &browser.jitter.next().unwrap_or(SILENCE));
            } else {
                self.browser = None;
            }
        }
        clip(&sum)
    }

    fn voice_frame(&mut self) -> Frame {
        let start = self.said;
        let frame = match &self.voice {
            Voice::Silence => return SILENCE,
            Voice::Tone { hz, level } => std::array::from_fn(|n| tone::sine_at(*hz, *level, start + n)),
            Voice::Wav(audio) => std::array::from_fn(|n| audio.get(start + n).copied().unwrap_or(0)),
        };
        self.said += FRAME;
        frame
    }

    fn hear(&mut self, frame: Frame) {
        self.meter.push(&frame);
        let gone = |b: &mut Browser| matches!(b.speaker.try_send(frame), Err(mpsc::error::TrySendError::Closed(_)));
        if self.browser.as_mut().is_some_and(gone) {
            self.browser = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::until;
    use super::*;

    /// The next samples that a mixer would take from the port.
    async fn said(port: &mut Port, frames: usize) -> Vec<i16> {
        let mut said = Vec::new();
        while said.len() < frames * FRAME {
            said.extend(port.from_leg.recv().await.unwrap());
        }
        said
    }

    #[tokio::test]
    async fn speaks_tones_without_seams_and_recordings_once() {
        let (handset, mut port) = Handset::new();
        handset.speak(Voice::Tone { hz: 440.0, level: 0.5 });
        let tone = said(&mut port, 30).await;
        assert!((measure::tone(&tone, 440.0) - 0.5).abs() < 0.02, "{}", measure::tone(&tone, 440.0));
        assert!(measure::tone(&tone, 490.0) < 0.02, "a seam at every frame would be heard at 50 Hz beside the tone");
        handset.speak(Voice::Wav((1..=400).collect()));
        let heard = said(&mut port, 10).await;
        let start = heard.windows(2).position(|pair| pair == [1, 2]).unwrap();
        assert_eq!(heard[start..start + 400], (1..=400).collect::<Vec<i16>>());
        assert!(heard[start + 400..].iter().all(|s| *s == 0));
    }

    #[tokio::test]
    async fn hears_what_it_is_given() {
        let (handset, port) = Handset::new();
        for part in tone::sine(1000.0, 0.25, 8000).chunks_exact(FRAME) {
            port.to_leg.send(part.try_into().unwrap()).await.unwrap();
        }
        until("all is heard", || handset.heard(&[]).frames == 50).await;
        let heard = handset.heard(&[1000.0, 440.0]);
        assert_eq!(heard.frames, 50);
        assert!((heard.tones[0].1 - 0.25).abs() < 0.01 && heard.tones[1].1 < 0.01);
        assert!((heard.peak - 0.25).abs() < 0.01 && (heard.rms - 0.177).abs() < 0.01);
    }

    #[tokio::test]
    async fn a_person_talks_through_the_page() {
        let (handset, mut port) = Handset::new();
        let (microphone, mut speaker) = handset.attach_browser();
        port.to_leg.try_send([5; FRAME]).unwrap();
        for _ in 0..3 {
            microphone.try_send([9; FRAME]).unwrap();
        }
        let said = said(&mut port, 5).await;
        assert_eq!(said.iter().filter(|s| **s == 9).count(), 3 * FRAME);
        assert_eq!(speaker.recv().await, Some([5; FRAME]));

        let (_second, _) = handset.attach_browser();
        assert!(microphone.is_closed(), "the page before is detached");
        assert!(speaker.recv().await.is_none());
    }

    #[tokio::test]
    async fn a_page_that_goes_away_is_let_go() {
        let (handset, port) = Handset::new();
        let (microphone, speaker) = handset.attach_browser();
        drop(speaker);
        port.to_leg.try_send([5; FRAME]).unwrap();
        until("the microphone is let go", || microphone.is_closed()).await;
        let (microphone, mut speaker) = handset.attach_browser();
        drop(microphone);
        assert!(speaker.recv().await.is_none());
    }

    #[tokio::test]
    async fn the_next_line_starts_silent_and_the_last_is_dead() {
        let (handset, port) = Handset::new();
        handset.speak(Voice::Tone { hz: 440.0, level: 0.5 });
        port.to_leg.try_send([5; FRAME]).unwrap();
        until("something is heard", || handset.heard(&[]).frames == 1).await;
        let mut next = handset.next_line();
        until("the last line is dead", || port.to_leg.is_closed()).await;
        assert_eq!(measure::rms(&said(&mut next, 5).await), 0.0);
        assert_eq!(handset.heard(&[]).frames, 0);
        drop(handset);
        until("its task has ended", || next.to_leg.is_closed()).await;
    }
}
