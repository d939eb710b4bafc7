//! How far what we sent is ahead of the caller's ear, and when the caller talks over it.
//!
//! The platform plays one frame each 20 ms and keeps the others, up to a limit. It does not say how many it keeps, so
//! they are counted here: the caller's own frames, which come at the same pace, are the clock.

use super::PLAYOUT_LIMIT;

/// A caller is heard from here on, as a share of full scale (-34 dB).
const VOICE: f32 = 0.02;
/// So many of the last [`WINDOW`] frames must be voice for the caller to be talking: a cough is not a word.
const NEEDED: u32 = 8;
const WINDOW: u32 = 12;

/// Frames that the platform keeps for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Playout {
    ahead: usize,
}

impl Playout {
    /// We sent a frame.
    pub fn sent(&mut self) {
        self.ahead = (self.ahead + 1).min(PLAYOUT_LIMIT);
    }

    /// 20 ms passed.
    pub fn tick(&mut self) {
        self.ahead = self.ahead.saturating_sub(1);
    }

    /// The platform dropped what it had.
    pub fn cleared(&mut self) {
        self.ahead = 0;
    }

    /// Frames not yet heard.
    #[must_use]
    pub fn ahead(&self) -> usize {
        self.ahead
    }

    /// How many frames can be sent without losing one. A little is kept back: our count may be behind the truth.
    #[must_use]
    pub fn room(&self) -> usize {
        (PLAYOUT_LIMIT - 32).saturating_sub(self.ahead)
    }
}

/// Notices that the caller talks while something is being played to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BargeIn {
    /// The last frames, newest lowest: 1 where the caller was heard.
    heard: u32,
}

impl BargeIn {
    /// 20 ms of the caller's, this loud, while `playing`. True once for each time that the caller begins to talk over.
    pub fn heard(&mut self, level: f32, playing: bool) -> bool {
        if !playing {
            self.heard = 0;
            return false;
        }
        self.heard = ((self.heard << 1) | u32::from(level >= VOICE)) & ((1 << WINDOW) - 1);
        let talks = self.heard.count_ones() >= NEEDED;
        if talks {
            self.heard = 0;
        }
        talks
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_interrupts_and_a_cough_does_not() {
        let mut barge_in = BargeIn::default();
        let cough = [0.3, 0.3, 0.3, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        assert!(!cough.into_iter().any(|level| barge_in.heard(level, true)));
        let word = [0.1; 12].map(|level| barge_in.heard(level, true));
        assert_eq!(word.iter().filter(|talks| **talks).count(), 1);
        let mut nothing = BargeIn::default();
        assert!(![0.3; 50].into_iter().any(|level| nothing.heard(level, false)), "nothing to talk over");
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Sent,
        Tick,
        Cleared,
    }

    proptest! {
        /// A sender that sends only while there is room never has more at the platform than it keeps.
        #[test]
        fn with_room_nothing_is_lost(steps in prop::collection::vec(
            prop_oneof![8 => Just(Step::Sent), 2 => Just(Step::Tick), 1 => Just(Step::Cleared)], 0..6000)) {
            let (mut playout, mut kept) = (Playout::default(), 0_usize);
            for step in steps {
                match step {
                    Step::Sent if playout.room() > 0 => { playout.sent(); kept += 1; }
                    Step::Sent => {}
                    Step::Tick => { playout.tick(); kept = kept.saturating_sub(1); }
                    Step::Cleared => { playout.cleared(); kept = 0; }
                }
                prop_assert_eq!(playout.ahead(), kept);
                prop_assert!(kept <= PLAYOUT_LIMIT);
            }
        }
    }
}
