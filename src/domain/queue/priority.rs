//! Whose call comes before other people's: by the queue, by the caller's number, by what happened to them today. Pure.

use std::cmp::Reverse;

use serde::{Deserialize, Serialize};

use crate::domain::contact_center::call::{DeskCall, Precedence};

/// Whose callers come first, of queues that share agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rank {
    Low,
    #[default]
    Normal,
    High,
}

impl Rank {
    pub const EVERY: [Self; 3] = [Self::High, Self::Normal, Self::Low];

    /// The word for it in forms and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|rank| rank.word() == word)
    }

    fn points(self) -> i8 {
        match self {
            Self::Low => -1,
            Self::Normal => 0,
            Self::High => 1,
        }
    }
}

/// Comes before lower ones. A number that comes first counts for more than a queue of a high rank, and that for as much as to
/// have given up.
fn points(caller: Precedence, queue: Rank) -> i8 {
    queue.points() + 3 * i8::from(caller.is_first) + i8::from(caller.gave_up)
}

/// In which order those who wait are given to agents: the smaller first. The same for everybody who counts places.
#[must_use]
pub fn turn(call: &DeskCall, queue: Rank) -> (Reverse<i8>, Option<i64>, &str) {
    (Reverse(points(call.precedence, queue)), call.queued_at, &call.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_who_come_first_then_the_queues_then_the_longest_waiting() {
        let call = |id: &str, queued_at, is_first, gave_up| DeskCall {
            id: id.to_owned(),
            queued_at: Some(queued_at),
            precedence: Precedence { is_first, gave_up },
            ..DeskCall::default()
        };
        let mut waiting = [
            (call("late", 9, false, false), Rank::Normal),
            (call("early", 1, false, false), Rank::Normal),
            (call("low", 0, false, false), Rank::Low),
            (call("again", 8, false, true), Rank::Normal),
            (call("high", 7, false, false), Rank::High),
            (call("first, low", 9, true, false), Rank::Low),
        ];
        waiting.sort_by(|(one, its), (other, theirs)| turn(one, *its).cmp(&turn(other, *theirs)));
        let names: Vec<&str> = waiting.iter().map(|(call, _)| call.id.as_str()).collect();
        assert_eq!(names, ["first, low", "high", "again", "early", "late", "low"]);
    }

    #[test]
    fn the_words_are_read_back() {
        for rank in Rank::EVERY {
            assert_eq!(Rank::of_word(rank.word()), Some(rank));
            assert_eq!(serde_json::to_string(&rank).unwrap(), format!("\"{}\"", rank.word()));
        }
        assert_eq!(Rank::of_word("top"), None);
    }
}
