//! Is a call still going on? Webhooks may be lost, and this server may have been away while they came. So a leg of which
//! nothing was heard is asked for; here is decided when, and what the platform's word means. Pure.

/// Fresh news need no asking: the rest of them is on its way, ms.
pub const QUIET_MS: i64 = 3_000;
/// A sign is believed when it is so old, ms: the event that explains it may be about to come.
pub const SIGN_MS: i64 = 1_500;
/// Between two questions about a leg that something speaks against, ms.
pub const TIGHT_MS: i64 = 5_000;
/// The same when nobody at a console would notice that the leg is gone, ms.
pub const UNWATCHED_MS: i64 = 10_000;
/// The same when all is well, ms.
pub const CALM_MS: i64 = 60_000;
/// How long a leg must be unknown to the platform when something else says too that it is gone, ms: one answer may be a
/// moment's inconsistency.
pub const APART_MS: i64 = 4_000;
/// How long a leg must be unknown when no agent waits for the answer, ms.
pub const UNBOUND_MS: i64 = 30_000;
/// Legs that are asked for at once: the platform takes fifteen requests a second, and calls need most of them.
pub const MOST_AT_ONCE: usize = 4;

/// What is known of a leg, apart from the platform's word. Ages are in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signs {
    /// Since something was last heard of its call.
    pub heard: i64,
    /// Since the platform was last asked about it; `None`: never since this server started.
    pub asked: Option<i64>,
    /// Something says that it is gone: its agent gives no sign of life, their console has no such leg, or this server was
    /// away since the call was last heard of.
    pub contradicted: bool,
    /// The platform did not do what was asked for the call, or did not know the leg when it was last asked.
    pub doubted: bool,
    /// Since somebody hung up; `None` while nobody has.
    pub ending: Option<i64>,
    /// An agent cannot take another call while this one goes on.
    pub bound: bool,
    /// A console is open that would say that its leg is gone.
    pub watched: bool,
    /// The platform knew the leg before, where it is asked for: if it knows it no longer, it is no wrong region.
    pub known: bool,
}

/// What the platform says of a leg. An error says nothing, and is no word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    Lives,
    Over,
    /// There is no such leg, or not here; it was first said so many ms ago, without another word in between.
    Unknown {
        since: i64,
    },
}

impl Signs {
    fn tightened(&self) -> bool {
        self.contradicted || self.doubted || self.ending.is_some()
    }

    /// How long between two questions.
    #[must_use]
    pub fn interval(&self) -> i64 {
        match self.ending {
            // A call that does not end although it is hung up is asked for more and more seldom, but for ever.
            Some(ending) if !self.bound => (ending / 20).clamp(TIGHT_MS, CALM_MS),
            _ if self.tightened() => TIGHT_MS,
            _ if self.bound && !self.watched => UNWATCHED_MS,
            _ => CALM_MS,
        }
    }

    /// Is the platform to be asked now?
    #[must_use]
    pub fn is_due(&self) -> bool {
        let every = self.interval();
        // Once something speaks against the leg, nobody waits for a first answer.
        let quiet = if self.tightened() { QUIET_MS } else { every };
        self.heard >= quiet && self.asked.is_none_or(|asked| asked >= every)
    }

    /// Is a leg over, of which the platform says this?
    #[must_use]
    pub fn is_over(&self, word: Word) -> bool {
        match word {
            Word::Lives => false,
            Word::Over => true,
            Word::Unknown { since } => self.patience().is_some_and(|patience| since >= patience),
        }
    }

    /// How long a leg may be unknown before it is over. `None`: for ever, since it may live in a region that we do not know
    /// of, and nothing else speaks against it.
    fn patience(&self) -> Option<i64> {
        if self.contradicted && self.bound {
            Some(APART_MS)
        } else if self.contradicted || self.ending.is_some() || (self.known && !self.bound) {
            Some(UNBOUND_MS)
        } else {
            self.known.then_some(CALM_MS)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CALM: Signs = Signs {
        heard: CALM_MS,
        asked: None,
        contradicted: false,
        doubted: false,
        ending: None,
        bound: true,
        watched: true,
        known: false,
    };

    #[test]
    fn a_quiet_call_is_asked_for_now_and_then_and_a_doubtful_one_at_once() {
        assert!(CALM.is_due());
        assert!(!Signs { heard: CALM_MS - 1, ..CALM }.is_due());
        assert!(!Signs { asked: Some(CALM_MS - 1), heard: 10 * CALM_MS, ..CALM }.is_due());
        let gone = Signs { heard: QUIET_MS, contradicted: true, ..CALM };
        assert!(gone.is_due());
        assert!(!Signs { heard: QUIET_MS - 1, ..gone }.is_due(), "its own events come first");
        assert!(!Signs { asked: Some(TIGHT_MS - 1), ..gone }.is_due());
        assert!(Signs { asked: Some(TIGHT_MS), ..gone }.is_due());
        assert!(Signs { heard: UNWATCHED_MS, watched: false, ..CALM }.is_due());
    }

    #[test]
    fn a_leg_that_is_not_known_is_over_only_when_something_else_says_so() {
        let unknown = |since| Word::Unknown { since };
        assert!(!CALM.is_over(unknown(i64::MAX)), "it may live in another region");
        let known = Signs { known: true, ..CALM };
        assert!(!known.is_over(unknown(CALM_MS - 1)) && known.is_over(unknown(CALM_MS)));
        let gone = Signs { contradicted: true, ..CALM };
        assert!(!gone.is_over(unknown(0)), "one answer is a moment's");
        assert!(gone.is_over(unknown(APART_MS)));
        let waits = Signs { bound: false, ..CALM };
        assert!(!waits.is_over(unknown(i64::MAX)), "a caller who waits elsewhere is not forgotten");
        let hung_up = Signs { ending: Some(0), ..waits };
        assert!(!hung_up.is_over(unknown(UNBOUND_MS - 1)) && hung_up.is_over(unknown(UNBOUND_MS)));
    }

    #[test]
    fn two_answers_of_a_dead_call_are_soon_enough_for_its_agent() {
        // From the start of a server, or a console's word, to the second answer.
        let first = QUIET_MS.max(SIGN_MS);
        assert!(APART_MS <= TIGHT_MS && first + TIGHT_MS <= 10_000);
    }

    fn signs() -> impl Strategy<Value = Signs> {
        let age = || 0..200_000_i64;
        (age(), proptest::option::of(age()), proptest::option::of(age()), proptest::array::uniform5(any::<bool>()))
            .prop_map(|(heard, asked, ending, [contradicted, doubted, bound, watched, known])| Signs {
                heard,
                asked,
                contradicted,
                doubted,
                ending,
                bound,
                watched,
                known,
            })
    }

    proptest! {
        /// Whatever is known of a leg.
        #[test]
        fn asking_is_never_hasty_and_never_forgotten(signs in signs(), more in 0..100_000_i64) {
            // Never faster than tightly, never while news are fresh, and never slower than calmly.
            if signs.is_due() {
                prop_assert!(signs.heard >= QUIET_MS && signs.asked.is_none_or(|asked| asked >= TIGHT_MS));
            }
            if signs.heard >= CALM_MS && signs.asked.is_none_or(|asked| asked >= CALM_MS) {
                prop_assert!(signs.is_due());
            }
            // What is due stays due until it is asked.
            if signs.is_due() {
                let later = Signs { heard: signs.heard + more, asked: signs.asked.map(|asked| asked + more), ..signs };
                prop_assert!(later.is_due());
            }
            // Another sign against it never makes it less due.
            if signs.is_due() {
                let contradicted = Signs { contradicted: true, ..signs };
                prop_assert!(contradicted.is_due());
            }
            // An agent whose call something speaks against waits for no more than two answers.
            if signs.contradicted && signs.bound && signs.heard >= QUIET_MS {
                prop_assert!(signs.is_due() || signs.asked.is_some_and(|asked| asked < TIGHT_MS));
            }
        }

        #[test]
        fn an_answer_is_believed_as_far_as_it_goes(signs in signs(), since in 0..200_000_i64, more in 0..100_000_i64) {
            prop_assert!(!signs.is_over(Word::Lives));
            prop_assert!(signs.is_over(Word::Over));
            // One answer is never enough, and waiting longer never brings a leg back.
            let unknown = |since| signs.is_over(Word::Unknown { since });
            prop_assert!(!unknown(0));
            if unknown(since) {
                prop_assert!(since >= APART_MS);
                prop_assert!(unknown(since + more));
                let suspect = signs.contradicted || signs.known || signs.ending.is_some();
                prop_assert!(suspect);
            }
        }
    }
}
