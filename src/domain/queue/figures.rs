//! How a queue has done: counted from its calls. Pure.

use serde::{Deserialize, Serialize};

use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::desk::HistoryResult;

/// Who gives up sooner has dialled the wrong number, ms.
const SHORT_MS: i64 = 5_000;

/// What became of the callers of a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Figures {
    /// Callers who are over, without those who hung up within five seconds.
    pub callers: u32,
    pub answered: u32,
    /// Answered within the time of the service level.
    pub in_time: u32,
    /// They hung up while they waited.
    pub gave_up: u32,
    /// They left a message, or asked to be called back.
    pub left_word: u32,
    /// How long those who were answered had waited, together, ms.
    pub waited_ms: i64,
}

impl Figures {
    /// Counts a call; its seconds are counted from when it came to the agents.
    pub fn count(&mut self, call: &DeskCall, service_level_s: u32) {
        let Some(ended) = call.ended_at else { return };
        let came = call.came_at.unwrap_or(call.created_at);
        let gave_up = call.result == Some(HistoryResult::Abandoned);
        if gave_up && ended - came < SHORT_MS {
            return;
        }
        self.callers += 1;
        if let Some(answered) = call.answered_at {
            let waited = (answered - came).max(0);
            self.answered += 1;
            self.waited_ms += waited;
            self.in_time += u32::from(waited <= i64::from(service_level_s) * 1_000);
        } else if gave_up {
            self.gave_up += 1;
        } else if matches!(call.result, Some(HistoryResult::Voicemail | HistoryResult::Callback)) {
            self.left_word += 1;
        }
    }

    /// The service level: how many of a hundred callers were answered in time. `None` without callers.
    #[must_use]
    pub fn service_level(&self) -> Option<u32> {
        (self.callers > 0).then(|| (self.in_time * 100 + self.callers / 2) / self.callers)
    }

    /// How long those who were answered waited on average, in seconds. `None` where nobody was.
    #[must_use]
    pub fn average_wait_s(&self) -> Option<u32> {
        let each = self.waited_ms.checked_div(i64::from(self.answered))?;
        u32::try_from((each + 500) / 1_000).ok()
    }
}

/// A queue at this moment, and today.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct QueueState {
    pub id: String,
    /// How many callers wait.
    pub waiting: u32,
    /// Since when the one who has waited longest does, ms UTC.
    pub longest_since: Option<i64>,
    /// How many members could take a call now.
    pub ready: u32,
    pub figures: Figures,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(answered: Option<i64>, ended: i64, result: HistoryResult) -> DeskCall {
        let call = DeskCall { created_at: 1_000, came_at: Some(10_000), ..DeskCall::default() };
        DeskCall { answered_at: answered, ended_at: Some(ended), result: Some(result), ..call }
    }

    #[test]
    fn the_service_level_is_of_all_callers_but_those_who_hung_up_at_once() {
        let mut figures = Figures::default();
        assert_eq!((figures.service_level(), figures.average_wait_s()), (None, None));
        for call in [
            call(Some(30_000), 90_000, HistoryResult::Answered),
            call(Some(30_001), 90_000, HistoryResult::Answered),
            call(None, 14_999, HistoryResult::Abandoned),
            call(None, 15_000, HistoryResult::Abandoned),
            call(None, 70_000, HistoryResult::Voicemail),
            DeskCall { ended_at: None, ..call(Some(11_000), 0, HistoryResult::Running) },
        ] {
            figures.count(&call, 20);
        }
        let counted = Figures { callers: 4, answered: 2, in_time: 1, gave_up: 1, left_word: 1, waited_ms: 40_001 };
        assert_eq!(figures, counted);
        assert_eq!((figures.service_level(), figures.average_wait_s()), (Some(25), Some(20)));
    }

    #[test]
    fn a_caller_who_was_in_no_menu_came_when_the_call_began() {
        let mut figures = Figures::default();
        let straight = DeskCall { came_at: None, ..call(Some(5_000), 9_000, HistoryResult::Answered) };
        figures.count(&straight, 20);
        assert_eq!(figures.waited_ms, 4_000);
    }
}
