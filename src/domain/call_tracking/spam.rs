//! What is no real call: tagged, left out of the charts by default, and put back with a click.
//!
//! The rules see what the platform tells of a call, not its audio: a call that nobody said a word in is known by its
//! length. They are a function of the call and of how many calls the same telephone made just before, in whichever spelling
//! carriers passed its number on, so that the order in which events arrive makes no difference.

use serde::{Deserialize, Serialize};

/// A caller who leaves within this many seconds of ringing was no caller.
pub const SILENT_SECONDS: i64 = 2;
/// Two people who were connected for no longer than this did not talk.
pub const SHORT_SECONDS: i64 = 2;
/// How far back a burst is looked for, ms.
pub const BURST_MS: i64 = 10 * 60 * 1000;
/// The call that makes a burst of the ones before it in that time.
pub const BURST_CALLS: i64 = 6;

/// Why a call is taken for no real one. Ordered: of two reasons the first is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reason {
    /// The number was on the block list.
    Blocked,
    /// One of many calls in a few minutes.
    Burst,
    /// Gone before anybody could answer.
    Silent,
    /// Answered, and over at once.
    Short,
}

impl Reason {
    pub const EVERY: [Self; 4] = [Self::Blocked, Self::Burst, Self::Silent, Self::Short];

    /// The word for it in SQL, JSON and URLs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Burst => "burst",
            Self::Silent => "silent",
            Self::Short => "short",
        }
    }

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|reason| reason.name() == word)
    }
}

/// What the rules look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Suspect {
    pub blocked: bool,
    pub ended: bool,
    pub answered: bool,
    /// Seconds that two people were connected.
    pub talk_seconds: Option<i64>,
    /// Seconds from the caller's first to their last.
    pub seconds: Option<i64>,
    /// Calls of this caller in the [`BURST_MS`] up to this one, this one included; 1 for a withheld number.
    pub recent: i64,
}

/// Whether, and why, a call is taken for no real one.
#[must_use]
pub fn judge(call: Suspect) -> Option<Reason> {
    if call.blocked {
        return Some(Reason::Blocked);
    }
    if call.recent >= BURST_CALLS {
        return Some(Reason::Burst);
    }
    let within = |seconds: Option<i64>, limit| seconds.is_some_and(|seconds| seconds <= limit);
    match (call.ended, call.answered) {
        (true, false) if within(call.seconds, SILENT_SECONDS) => Some(Reason::Silent),
        (true, true) if within(call.talk_seconds, SHORT_SECONDS) => Some(Reason::Short),
        _ => None,
    }
}

/// What the operator said counts, whatever the rules say.
#[must_use]
pub fn is_spam(judged: Option<Reason>, said: Option<bool>) -> bool {
    said.unwrap_or(judged.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    const REAL: Suspect =
        Suspect { blocked: false, ended: true, answered: true, talk_seconds: Some(40), seconds: Some(52), recent: 1 };

    #[test]
    fn tells_what_is_no_call() {
        assert_eq!(judge(REAL), None);
        assert_eq!(judge(Suspect { talk_seconds: Some(2), ..REAL }), Some(Reason::Short));
        assert_eq!(judge(Suspect { talk_seconds: Some(3), ..REAL }), None);
        let missed = Suspect { answered: false, talk_seconds: None, ..REAL };
        assert_eq!(judge(missed), None, "somebody who waited for an answer is a lead");
        assert_eq!(judge(Suspect { seconds: Some(1), ..missed }), Some(Reason::Silent));
        assert_eq!(judge(Suspect { seconds: None, ..missed }), None);
        assert_eq!(judge(Suspect { seconds: Some(1), ended: false, ..missed }), None, "it may still become a call");
        assert_eq!(judge(Suspect { recent: 5, ..REAL }), None);
        assert_eq!(judge(Suspect { recent: 6, ..REAL }), Some(Reason::Burst));
        assert_eq!(judge(Suspect { blocked: true, recent: 9, ..REAL }), Some(Reason::Blocked));
    }

    #[test]
    fn the_operator_has_the_last_word() {
        assert!(is_spam(Some(Reason::Short), None));
        assert!(!is_spam(Some(Reason::Short), Some(false)));
        assert!(is_spam(None, Some(true)));
        assert!(!is_spam(None, None));
        assert_eq!(Reason::EVERY.map(|reason| Reason::parse(reason.name())), Reason::EVERY.map(Some));
    }
}
