//! How long an agent was in which state: intervals without gaps, so that any window's times sum to the window exactly.

use std::collections::BTreeMap;

use super::presence::State;

/// A state and when it began, ms UTC. It lasts until the next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub state: State,
    pub since: i64,
}

/// How long an agent was in each state within `from..until`, ms. Before the first entry they were offline. The times
/// sum to `until - from`, whatever the entries are; of two entries at the same moment the later one counts.
///
/// `entries` must be in order of time.
#[must_use]
pub fn sums(entries: &[Entry], from: i64, until: i64) -> BTreeMap<State, i64> {
    let mut sums = BTreeMap::new();
    let (mut state, mut at) = (State::Offline, from);
    for entry in entries {
        let begins = entry.since.clamp(at, until.max(at));
        if begins > at {
            *sums.entry(state).or_default() += begins - at;
            at = begins;
        }
        state = entry.state;
    }
    if until > at {
        *sums.entry(state).or_default() += until - at;
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_what_lies_within_the_window() {
        let entries = [
            Entry { state: State::Ready, since: 100 },
            Entry { state: State::Ringing, since: 160 },
            Entry { state: State::Talking, since: 160 },
            Entry { state: State::WrapUp, since: 200 },
        ];
        let expected = [(State::Offline, 50), (State::Ready, 60), (State::Talking, 40), (State::WrapUp, 50)];
        assert_eq!(sums(&entries, 50, 250), BTreeMap::from(expected));
        assert_eq!(sums(&entries, 170, 180), BTreeMap::from([(State::Talking, 10)]));
        assert_eq!(sums(&[], 0, 10), BTreeMap::from([(State::Offline, 10)]));
        assert_eq!(sums(&entries, 10, 10), BTreeMap::new());
    }

    proptest! {
        #[test]
        fn the_times_sum_to_the_window(
            steps in proptest::collection::vec((0i64..5_000, 0usize..6), 0..40),
            from in 0i64..100_000,
            length in 0i64..100_000,
        ) {
            let states = [State::Ready, State::Ringing, State::Talking, State::Hold, State::WrapUp, State::Asleep];
            let mut at = 0;
            let entries: Vec<Entry> = steps.into_iter().map(|(after, which)| {
                at += after;
                Entry { state: states[which], since: at }
            }).collect();
            let sums = sums(&entries, from, from + length);
            prop_assert_eq!(sums.values().sum::<i64>(), length);
            prop_assert!(sums.values().all(|ms| *ms > 0));
        }
    }
}
