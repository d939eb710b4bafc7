//! The arithmetic of a conversation: one beat, without clock or task.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::oneshot;

use super::hearing::{Ears, Reach};
use super::playback::{Audience, Finish, Playback, PlaybackId};
use crate::media::jitter::Jitter;
use crate::media::recording::{Recording, Tape};
use crate::media::{FRAME, Frame, Port, SILENCE, add, clip, lock, measure};

/// Playbacks that may sound at once.
const MOST_PLAYBACKS: usize = 64;
/// RMS of a frame below which nobody would say that somebody speaks: -44 dB of full scale, above a microphone's hiss.
const QUIET: f64 = 0.006;

#[derive(Debug, Default)]
pub(super) struct Mix {
    legs: BTreeMap<String, Leg>,
    playbacks: Vec<Active>,
    tapes: Vec<Weak<Mutex<Tape>>>,
    last_id: u64,
}

#[derive(Debug)]
struct Leg {
    port: Port,
    jitter: Jitter,
    ears: Ears,
    reach: Reach,
    quiet_beats: u64,
    /// What it says in this beat, silence if it is muted.
    voice: Frame,
}

#[derive(Debug)]
struct Active {
    id: PlaybackId,
    playback: Playback,
    at: usize,
    played: u32,
    done: oneshot::Sender<Finish>,
    frame: Frame,
}

impl Mix {
    pub(super) fn join(&mut self, name: String, port: Port) {
        let leg = Leg {
            port,
            jitter: Jitter::default(),
            ears: Ears::default(),
            reach: Reach::default(),
            quiet_beats: 0,
            voice: SILENCE,
        };
        self.legs.insert(name, leg);
    }

    pub(super) fn leave(&mut self, name: &str) -> Option<Port> {
        let leg = self.legs.remove(name)?;
        self.end_where(|active| active.playback.to == Audience::Leg(name.to_owned()), Finish::Stopped);
        Some(leg.port)
    }

    pub(super) fn set(&mut self, name: &str, ears: Ears) -> bool {
        self.legs.get_mut(name).map(|leg| leg.ears = ears).is_some()
    }

    pub(super) fn reach(&mut self, name: &str, reach: Reach) -> bool {
        self.legs.get_mut(name).map(|leg| leg.reach = reach).is_some()
    }

    pub(super) fn legs(&self) -> Vec<String> {
        self.legs.keys().cloned().collect()
    }

    pub(super) fn quiet_beats(&self, name: &str) -> u64 {
        self.legs.get(name).map_or(0, |leg| leg.quiet_beats)
    }

    pub(super) fn play(&mut self, playback: Playback, open: bool) -> (PlaybackId, oneshot::Receiver<Finish>) {
        let (done, receiver) = oneshot::channel();
        self.last_id += 1;
        let id = PlaybackId(self.last_id);
        if open && self.playbacks.len() < MOST_PLAYBACKS {
            self.playbacks.push(Active { id, playback, at: 0, played: 0, done, frame: SILENCE });
        }
        (id, receiver)
    }

    pub(super) fn stop(&mut self, id: PlaybackId) {
        self.end_where(|active| active.id == id, Finish::Stopped);
    }

    pub(super) fn record(&mut self, recording: &Recording) {
        self.tapes.push(Arc::downgrade(recording.tape()));
    }

    /// Beats that were missed: nobody heard anything, but a recording keeps its length.
    pub(super) fn lose(&mut self, beats: u64) {
        self.each_tape(|tape| tape.silence(beats));
    }

    /// One beat: takes a frame from each leg, gives each leg what it hears.
    pub(super) fn beat(&mut self) {
        for leg in self.legs.values_mut() {
            leg.listen();
        }
        let over: Vec<PlaybackId> = self.playbacks.iter_mut().filter_map(|a| (!a.advance()).then_some(a.id)).collect();
        for (name, leg) in &self.legs {
            let heard = clip(&self.heard_by(name, leg));
            // A leg that does not take its audio loses this frame, nobody else does.
            let _ = leg.port.to_leg.try_send(heard);
        }
        self.tape();
        self.end_where(|active| over.contains(&active.id), Finish::Complete);
    }

    fn heard_by(&self, name: &str, hearer: &Leg) -> [i32; FRAME] {
        let mut sum = [0; FRAME];
        // Earmuffed is deaf to the others, and to what is played to all; what is played into this leg alone is heard:
        // that is how somebody on hold hears music.
        let deaf = hearer.ears.earmuffed;
        for (other, leg) in self.legs.iter().filter(|_| !deaf) {
            if other != name && allows(&hearer.reach.can_hear, other) && allows(&leg.reach.can_speak, name) {
                add(&mut sum, &leg.voice);
            }
        }
        for active in &self.playbacks {
            let hears = match &active.playback.to {
                Audience::All => !deaf,
                Audience::Leg(only) => only == name,
                Audience::Others(except) => !deaf && except != name,
            };
            if hears {
                add(&mut sum, &active.frame);
            }
        }
        sum
    }

    fn tape(&mut self) {
        if self.tapes.is_empty() {
            return;
        }
        let mut sum = [0; FRAME];
        self.legs.values().for_each(|leg| add(&mut sum, &leg.voice));
        self.playbacks.iter().for_each(|active| add(&mut sum, &active.frame));
        let mixed = clip(&sum);
        let voices: Vec<(&str, &Frame)> = self.legs.iter().map(|(name, leg)| (name.as_str(), &leg.voice)).collect();
        self.tapes.retain(|tape| tape.upgrade().is_some_and(|tape| lock(&tape).beat(&mixed, &voices)));
    }

    fn each_tape(&mut self, mut act: impl FnMut(&mut Tape)) {
        self.tapes.retain(|tape| tape.upgrade().map(|tape| act(&mut lock(&tape))).is_some());
    }

    fn end_where(&mut self, which: impl Fn(&Active) -> bool, finish: Finish) {
        for active in self.playbacks.extract_if(.., |active| which(active)) {
            // Nobody has to wait for the end.
            let _ = active.done.send(finish);
        }
    }
}

impl Leg {
    fn listen(&mut self) {
        self.jitter.fill(&mut self.port.from_leg);
        let delivered = self.jitter.next().unwrap_or(SILENCE);
        self.voice = if self.ears.muted { SILENCE } else { delivered };
        self.quiet_beats = if measure::rms(&self.voice) < QUIET { self.quiet_beats + 1 } else { 0 };
    }
}

impl Active {
    /// Prepares this beat's frame. False when it is the last.
    fn advance(&mut self) -> bool {
        self.frame = SILENCE;
        let audio = &self.playback.audio;
        if audio.is_empty() || self.playback.times == Some(0) {
            return false;
        }
        for sample in &mut self.frame {
            *sample = (f32::from(audio[self.at]) * self.playback.gain) as i16;
            self.at += 1;
            if self.at == audio.len() {
                self.at = 0;
                self.played = self.played.saturating_add(1);
                if self.playback.times.is_some_and(|times| self.played >= times) {
                    return false;
                }
            }
        }
        true
    }
}

fn allows(list: &Option<Vec<String>>, name: &str) -> bool {
    list.as_ref().is_none_or(|names| names.iter().any(|n| n == name))
}
