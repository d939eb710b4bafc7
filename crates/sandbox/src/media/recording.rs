//! What was said in a conversation, kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{FRAME, FRAME_TIME, Frame, RATE, lock};

/// The longest recording; what comes later is left out. The platform allows two hours, which at 16 kB a second would
/// be 115 MB of memory for each track.
pub const LONGEST: Duration = Duration::from_secs(30 * 60);
/// The platform's limit for the channels of a recording.
pub const MOST_TRACKS: usize = 32;

/// What is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tracks {
    /// One track: every leg and every playback.
    Mixed,
    /// A track for each leg, its own voice only, all of the same length; at most [`MOST_TRACKS`].
    PerLeg,
}

/// A recording under way. Dropping it discards it.
#[derive(Debug)]
pub struct Recording {
    tape: Arc<Mutex<Tape>>,
}

/// A finished recording: 8 kHz mono samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAudio {
    /// `Tracks::Mixed`: one, without a name. `Tracks::PerLeg`: the legs in the order in which they were first there.
    pub tracks: Vec<(Option<String>, Vec<i16>)>,
    /// It was cut at [`LONGEST`], or there were too many legs.
    pub truncated: bool,
}

impl RecordedAudio {
    /// A WAV file with a channel for each track.
    #[must_use]
    pub fn wav(&self) -> Vec<u8> {
        let channels: Vec<&[i16]> = self.tracks.iter().map(|(_, samples)| samples.as_slice()).collect();
        super::wav::write(&channels)
    }

    /// How long it is.
    #[must_use]
    pub fn duration(&self) -> Duration {
        let samples = self.tracks.first().map_or(0, |(_, samples)| samples.len());
        Duration::from_millis(samples as u64 * 1000 / u64::from(RATE))
    }
}

impl Recording {
    pub(super) fn new(tracks: Tracks) -> Self {
        let tape = Tape { tracks, order: Vec::new(), audio: BTreeMap::new(), length: 0, truncated: false };
        Self { tape: Arc::new(Mutex::new(tape)) }
    }

    pub(super) fn tape(&self) -> &Arc<Mutex<Tape>> {
        &self.tape
    }

    /// How long it is by now.
    #[must_use]
    pub fn duration(&self) -> Duration {
        FRAME_TIME.saturating_mul(u32::try_from(lock(&self.tape).length / FRAME).unwrap_or(u32::MAX))
    }

    /// Ends it. It may have ended before, with the conversation.
    #[must_use]
    pub fn stop(self) -> RecordedAudio {
        lock(&self.tape).take()
    }
}

#[derive(Debug)]
pub(super) struct Tape {
    tracks: Tracks,
    order: Vec<String>,
    audio: BTreeMap<String, Vec<i16>>,
    /// Samples so far; a track that is shorter ends in silence.
    length: usize,
    truncated: bool,
}

/// The one track of `Tracks::Mixed`.
const MIXED: &str = "";

impl Tape {
    /// Keeps one beat. False when no more fits.
    pub(super) fn beat(&mut self, mixed: &Frame, voices: &[(&str, &Frame)]) -> bool {
        if self.length + FRAME > super::samples(LONGEST) {
            self.truncated = true;
            return false;
        }
        match self.tracks {
            Tracks::Mixed => self.append(MIXED, mixed),
            Tracks::PerLeg => voices.iter().for_each(|(name, voice)| self.append(name, voice)),
        }
        self.length += FRAME;
        true
    }

    /// Beats in which nothing was mixed.
    pub(super) fn silence(&mut self, beats: u64) {
        let most = super::samples(LONGEST) - self.length;
        self.length += usize::try_from(beats).unwrap_or(most).saturating_mul(FRAME).min(most);
    }

    fn append(&mut self, name: &str, frame: &Frame) {
        if !self.audio.contains_key(name) {
            if self.order.len() == MOST_TRACKS {
                self.truncated = true;
                return;
            }
            self.order.push(name.to_owned());
            self.audio.insert(name.to_owned(), Vec::new());
        }
        if let Some(track) = self.audio.get_mut(name) {
            track.resize(self.length, 0);
            track.extend_from_slice(frame);
        }
    }

    fn take(&mut self) -> RecordedAudio {
        if self.tracks == Tracks::Mixed && self.order.is_empty() {
            self.order.push(MIXED.to_owned());
        }
        let tracks = std::mem::take(&mut self.order).into_iter().map(|name| {
            let mut samples = self.audio.remove(&name).unwrap_or_default();
            samples.resize(self.length, 0);
            ((name != MIXED).then_some(name), samples)
        });
        RecordedAudio { tracks: tracks.collect(), truncated: self.truncated }
    }
}
