//! What a visitor's page is told while agents have, or are to have, the visitor's call. Pure.

use serde::{Deserialize, Serialize};

use super::call::{DeskCall, Phase};
use super::desk::HistoryResult;

/// With fewer callers than this nothing is said about how long it takes: it would be an invention.
const ENOUGH: usize = 3;
/// Callers of so long ago say something about now, ms.
pub const LATELY_MS: i64 = 60 * 60 * 1000;
/// A longer wait is not told as a figure: nobody plans by it.
const MOST_MINUTES: u32 = 120;

/// Where a visitor's call is, as far as the agents are concerned. On the wire `{"care":"waiting","place":2,"minutes":4}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "care", rename_all = "kebab-case")]
pub enum Care {
    /// Nothing that the call's own phase does not say.
    #[default]
    None,
    /// All agents are busy.
    Waiting {
        /// The place in the queue; 1 is next.
        place: u32,
        /// How long callers waited lately. `None` when too few did.
        minutes: Option<u32>,
    },
    /// The visitor leaves a message.
    Message,
    /// The visitor was promised a call back.
    CallBack,
    /// An agent has the visitor on hold.
    OnHold,
}

impl Care {
    /// `place` is the caller's in the queue, if they are in it.
    #[must_use]
    pub fn of(call: &DeskCall, place: Option<u32>, minutes: Option<u32>) -> Self {
        match (call.phase, place) {
            (Phase::Waiting, Some(place)) if call.is_waiting() => Self::Waiting { place, minutes },
            (Phase::Message, _) if call.result == Some(HistoryResult::Callback) => Self::CallBack,
            (Phase::Message, _) => Self::Message,
            (Phase::Talking, _) if call.held_since.is_some() && !call.is_ending() => Self::OnHold,
            _ => Self::None,
        }
    }

    /// What a page goes on to show when it is told `news`: a promise stands until the next call.
    #[must_use]
    pub fn then(self, news: Self) -> Self {
        if self == Self::CallBack { self } else { news }
    }
}

/// How long callers waited lately, in whole minutes: as long as the one in the middle, of those who were in the queue and
/// reached an agent (ms each). `None` when too few did.
#[must_use]
pub fn usual_wait(mut waits: Vec<i64>) -> Option<u32> {
    if waits.len() < ENOUGH {
        return None;
    }
    waits.sort_unstable();
    let middle = waits.get(waits.len() / 2)?;
    let minutes = u32::try_from(middle.max(&1).saturating_add(59_999) / 60_000).ok()?;
    (minutes <= MOST_MINUTES).then_some(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a11_a_page_is_told_where_the_call_is() {
        let waits = DeskCall { phase: Phase::Waiting, ..DeskCall::default() };
        assert_eq!(Care::of(&waits, Some(2), Some(4)), Care::Waiting { place: 2, minutes: Some(4) });
        let rings = DeskCall { phase: Phase::Ringing, ..waits.clone() };
        assert_eq!(Care::of(&rings, None, None), Care::None);
        let held = DeskCall { phase: Phase::Talking, held_since: Some(1), ..waits.clone() };
        assert_eq!(Care::of(&held, None, None), Care::OnHold);
        assert_eq!(Care::of(&DeskCall { held_since: None, ..held.clone() }, None, None), Care::None);
        assert_eq!(Care::of(&DeskCall { hung_up_at: Some(2), ..held }, None, None), Care::None);
        let leaves = DeskCall { phase: Phase::Message, ..waits };
        assert_eq!(Care::of(&leaves, None, None), Care::Message);
        let promised = DeskCall { result: Some(HistoryResult::Callback), ..leaves };
        assert_eq!(Care::of(&promised, None, None), Care::CallBack);
    }

    #[test]
    fn a11_a_promise_is_shown_until_the_next_call() {
        let waits = Care::Waiting { place: 1, minutes: None };
        assert_eq!(Care::None.then(waits), waits);
        assert_eq!(waits.then(Care::None), Care::None);
        assert_eq!(Care::CallBack.then(Care::None), Care::CallBack);
    }

    #[test]
    fn a11_the_wire_is_what_the_page_reads() {
        let text = |care: Care| serde_json::to_string(&care).unwrap();
        assert_eq!(text(Care::Waiting { place: 2, minutes: Some(4) }), r#"{"care":"waiting","place":2,"minutes":4}"#);
        assert_eq!(text(Care::OnHold), r#"{"care":"on-hold"}"#);
        for care in [Care::None, Care::Waiting { place: 1, minutes: None }, Care::Message, Care::CallBack] {
            assert_eq!(serde_json::from_str::<Care>(&text(care)).unwrap(), care);
        }
    }

    #[test]
    fn a11_a_wait_is_told_only_where_callers_waited() {
        let minute = 60_000;
        assert_eq!(usual_wait(vec![]), None);
        assert_eq!(usual_wait(vec![minute, minute]), None, "two are no rule");
        assert_eq!(usual_wait(vec![9 * minute, minute / 2, 3 * minute]), Some(3));
        assert_eq!(usual_wait(vec![1, 2, 3]), Some(1), "less than a minute is a minute");
        assert_eq!(usual_wait(vec![61_000; 5]), Some(2), "rounded up");
        assert_eq!(usual_wait(vec![500 * minute; 5]), None);
    }
}
