//! How many calls there were and how they went.

use serde::{Deserialize, Serialize};

use super::{Outcome, Phase};

/// The calls of a period, counted by outcome. A failed call is counted in `calls` only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallCount {
    pub calls: u64,
    pub answered: u64,
    /// [`Outcome::is_missed`].
    pub missed: u64,
    /// Still in progress.
    pub running: u64,
}

impl CallCount {
    /// Adds calls of one phase.
    pub fn add(&mut self, phase: Phase, calls: u64) {
        self.calls += calls;
        match phase {
            Phase::Connecting | Phase::Ringing | Phase::Talking => self.running += calls,
            Phase::Ended(Outcome::Answered) => self.answered += calls,
            Phase::Ended(outcome) if outcome.is_missed() => self.missed += calls,
            Phase::Ended(_) => {}
        }
    }

    /// Calls that were answered, in percent of those that have ended; `None` when none has.
    #[must_use]
    pub fn answered_percent(self) -> Option<u64> {
        let ended = self.calls.saturating_sub(self.running);
        (self.answered * 100 + ended / 2).checked_div(ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_is_counted_once() {
        use Outcome::{Abandoned, Answered, Busy, CallBack, Failed, LeftMessage, NoAnswer, Rejected, Voicemail};
        let mut count = CallCount::default();
        for phase in [Phase::Connecting, Phase::Ringing, Phase::Talking] {
            count.add(phase, 1);
        }
        for outcome in [Answered, Voicemail, Busy, Rejected, NoAnswer, Failed, Abandoned, LeftMessage, CallBack] {
            count.add(Phase::Ended(outcome), 10);
        }
        assert_eq!(count, CallCount { calls: 93, answered: 10, missed: 70, running: 3 });
        assert_eq!(count.answered_percent(), Some(11), "10 of 90");
        assert_eq!(CallCount { calls: 3, running: 3, ..CallCount::default() }.answered_percent(), None);
    }
}
