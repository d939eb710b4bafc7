//! Calls of the log of which nothing is heard: the webhook that told their end may be lost, and then they would stand as
//! going on for ever. The platform is asked about them, slowly; here is decided when, and what its word means. Pure.
//!
//! Calls that agents have are asked about by [`super::contact_center::liveness`], faster: there somebody waits for the answer.
//! For these nobody does.

pub use super::contact_center::liveness::Word;

/// A call of which something was heard lately needs no asking, ms.
pub const QUIET_MS: i64 = 5 * 60_000;
/// The same when nothing was heard of it since this server started, ms: its end may have come while no server was there.
pub const QUIET_SINCE_START_MS: i64 = 30_000;
/// Between two questions about a call that goes on, ms.
pub const CALM_MS: i64 = 5 * 60_000;
/// Between two questions about a call that the platform did not know, or that is being ended, ms.
pub const AGAIN_MS: i64 = 60_000;
/// Legs that are asked about at once, and how long until the next ones are, ms. So the platform gets thirty questions a
/// minute at most; it takes fifteen a second, which callers need.
pub const MOST_AT_ONCE: usize = 5;
pub const ROUND_MS: i64 = 10_000;

/// What is known of a call, apart from the platform's word. Ages are in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Silence {
    /// Since something was last heard of it.
    pub heard: i64,
    /// Nothing was heard of it since this server started.
    pub before_start: bool,
    /// Since the platform was last asked about it; `None`: never since this server started.
    pub asked: Option<i64>,
    /// The platform did not know one of its legs when it was last asked.
    pub unknown: bool,
    /// Somebody ended it by hand, and the platform has not confirmed that.
    pub ending: bool,
}

impl Silence {
    /// Is the platform to be asked now?
    #[must_use]
    pub fn is_due(&self) -> bool {
        let quiet = if self.before_start { QUIET_SINCE_START_MS } else { QUIET_MS };
        let every = if self.unknown || self.ending { AGAIN_MS } else { CALM_MS };
        (self.ending || self.heard >= quiet) && self.asked.is_none_or(|asked| asked >= every)
    }
}

/// Is a leg over, of which the platform says this? One that is unknown where its call lives is, when that is said twice:
/// a single answer may be a moment's inconsistency.
#[must_use]
pub fn is_over(word: Word) -> bool {
    match word {
        Word::Lives => false,
        Word::Over => true,
        Word::Unknown { since } => since >= AGAIN_MS,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUIET: Silence = Silence { heard: QUIET_MS, before_start: false, asked: None, unknown: false, ending: false };

    #[test]
    fn a_silent_call_is_asked_about_now_and_then() {
        assert!(QUIET.is_due());
        assert!(!Silence { heard: QUIET_MS - 1, ..QUIET }.is_due(), "its events come");
        let asked = |ms| Silence { asked: Some(ms), heard: 10 * QUIET_MS, ..QUIET };
        assert!(!asked(CALM_MS - 1).is_due() && asked(CALM_MS).is_due());
        let found = Silence { heard: QUIET_SINCE_START_MS, before_start: true, ..QUIET };
        assert!(found.is_due(), "a server that starts does not wait for long");
        let doubtful = Silence { unknown: true, ..asked(AGAIN_MS) };
        assert!(doubtful.is_due() && !Silence { asked: Some(AGAIN_MS - 1), ..doubtful }.is_due());
        let ended = Silence { ending: true, heard: 0, asked: Some(AGAIN_MS), ..QUIET };
        assert!(ended.is_due(), "who ended it by hand is not left waiting for silence");
    }

    #[test]
    fn unknown_is_over_when_it_is_said_twice() {
        assert!(!is_over(Word::Lives) && is_over(Word::Over));
        assert!(!is_over(Word::Unknown { since: 0 }) && !is_over(Word::Unknown { since: AGAIN_MS - 1 }));
        assert!(is_over(Word::Unknown { since: AGAIN_MS }));
    }

    #[test]
    fn the_platform_is_asked_no_more_than_thirty_times_a_minute() {
        assert!(MOST_AT_ONCE as i64 * (60_000 / ROUND_MS) <= 30);
    }

    proptest! {
        #[test]
        fn asking_is_never_hasty_and_never_forgotten(
            heard in 0..2_000_000_i64,
            asked in proptest::option::of(0..2_000_000_i64),
            [before_start, unknown, ending] in proptest::array::uniform3(any::<bool>()),
            more in 0..1_000_000_i64,
        ) {
            let call = Silence { heard, before_start, asked, unknown, ending };
            if call.is_due() {
                prop_assert!(asked.is_none_or(|asked| asked >= AGAIN_MS));
                prop_assert!(ending || heard >= QUIET_SINCE_START_MS);
                // What is due stays due until it is asked.
                let later = Silence { heard: heard + more, asked: asked.map(|asked| asked + more), ..call };
                prop_assert!(later.is_due());
            }
            if heard >= QUIET_MS && asked.is_none_or(|asked| asked >= CALM_MS) {
                prop_assert!(call.is_due());
            }
        }
    }
}
