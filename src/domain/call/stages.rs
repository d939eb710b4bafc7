//! How a call's time was spent: menu, waiting, ringing, talking, on hold. The stages follow each other without gaps.

use serde::{Deserialize, Serialize};

use super::{Call, Leg};

/// What was going on in a stretch of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StageKind {
    /// The caller is connected to us and to nobody else: a menu, a greeting, a call flow.
    Menu,
    /// Nobody is free.
    Wait,
    Ring,
    Talk,
    Hold,
    /// The caller leaves a message.
    Message,
}

impl StageKind {
    pub const EVERY: [Self; 6] = [Self::Menu, Self::Wait, Self::Ring, Self::Talk, Self::Hold, Self::Message];

    /// The word for it in style sheets.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Menu => "menu",
            Self::Wait => "wait",
            Self::Ring => "ring",
            Self::Talk => "talk",
            Self::Hold => "hold",
            Self::Message => "message",
        }
    }
}

/// A stretch of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    pub kind: StageKind,
    /// ms UTC.
    pub from: i64,
    pub ms: i64,
}

/// Makes stages from the times at which each began. Empty stages are left out, and neighbours of one kind become one.
#[must_use]
pub fn stages(began: impl IntoIterator<Item = (i64, StageKind)>, until: i64) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for (at, kind) in began {
        let at = at.min(until);
        let mut from = at;
        if let Some(last) = stages.last_mut() {
            last.ms = (at - last.from).max(0);
            from = last.from + last.ms;
        }
        stages.pop_if(|last| last.ms == 0);
        if stages.last().is_none_or(|last| last.kind != kind) {
            stages.push(Stage { kind, from, ms: 0 });
        }
    }
    if let Some(last) = stages.last_mut() {
        last.ms = (until - last.from).max(0);
    }
    stages.retain(|stage| stage.ms > 0);
    stages
}

impl Call {
    /// The stages as the platform's events tell them: until somebody was rung, until they answered, until the end. Times of
    /// the platform's clock; empty when it told none.
    #[must_use]
    pub fn stages(&self, now: i64) -> Vec<Stage> {
        let is_caller = |id: &String| self.callers.contains(id);
        let starts = |leg: &Leg| leg.started_at.or(leg.answered_time());
        let called: Vec<&Leg> = self.legs.iter().filter(|(id, _)| !is_caller(id)).map(|(_, leg)| leg).collect();
        let Some(first) = self.legs.values().filter_map(starts).min() else { return Vec::new() };
        let over = !self.legs.is_empty() && self.legs.values().all(Leg::is_over);
        let until = if over { self.legs.values().filter_map(|leg| leg.ended_at).max().unwrap_or(first) } else { now };
        let rang = called.iter().filter_map(|leg| starts(leg)).min();
        let talked = called.iter().filter_map(|leg| leg.answered_time()).min();
        let began = [(Some(first), StageKind::Menu), (rang, StageKind::Ring), (talked, StageKind::Talk)];
        stages(began.into_iter().filter_map(|(at, kind)| Some((at?, kind))), until)
    }

    /// Whether the caller or who was called ended the call, by whose leg ended first. `None` while it goes on, and when the
    /// platform's times do not tell.
    #[must_use]
    pub fn caller_hung_up(&self) -> Option<bool> {
        let of = |caller: bool| {
            let legs = self.legs.iter().filter(|(id, leg)| self.callers.contains(*id) == caller && leg.was_answered());
            legs.map(|(_, leg)| leg.ended_at).collect::<Option<Vec<i64>>>()?.into_iter().min()
        };
        let (caller, called) = (of(true)?, of(false)?);
        (caller != called).then_some(caller < called)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Reached;
    use super::*;

    fn leg(started: i64, answered: Option<i64>, ended: Option<i64>) -> Leg {
        let reached = if answered.is_some() { Reached::Answered } else { Reached::Ringing };
        Leg {
            started_at: Some(started),
            answered_at: answered,
            ended_at: ended,
            completed: ended.is_some(),
            reached,
            ..Leg::default()
        }
    }

    fn call(caller: Leg, called: Leg) -> Call {
        Call {
            legs: [("a".to_owned(), caller), ("b".to_owned(), called)].into(),
            callers: ["a".to_owned()].into(),
            ..Call::default()
        }
    }

    #[test]
    fn a_call_is_a_greeting_a_ring_and_a_talk() {
        let call = call(leg(0, Some(0), Some(60_000)), leg(5_000, Some(12_000), Some(60_100)));
        let told: Vec<(StageKind, i64)> = call.stages(99_000).iter().map(|stage| (stage.kind, stage.ms)).collect();
        assert_eq!(told, [(StageKind::Menu, 5_000), (StageKind::Ring, 7_000), (StageKind::Talk, 48_100)]);
        assert_eq!(call.caller_hung_up(), Some(true));
    }

    #[test]
    fn a_call_that_goes_on_grows_and_nobody_has_hung_up() {
        let call = call(leg(0, Some(0), None), leg(2_000, None, None));
        let told: Vec<(StageKind, i64)> = call.stages(10_000).iter().map(|stage| (stage.kind, stage.ms)).collect();
        assert_eq!(told, [(StageKind::Menu, 2_000), (StageKind::Ring, 8_000)]);
        assert_eq!(call.caller_hung_up(), None);
        assert_eq!(Call::default().stages(10_000), []);
    }

    proptest! {
        /// Whatever order the times come in, the stages follow each other and fill the call's time.
        #[test]
        fn stages_have_no_gaps(times in prop::collection::vec((0_i64..1_000, 0_usize..6), 0..12), until in 0_i64..1_500) {
            let mut times = times;
            times.sort_unstable();
            let first = times.first().map(|(at, _)| *at);
            let made = stages(times.into_iter().map(|(at, kind)| (at, StageKind::EVERY[kind])), until);
            prop_assert!(made.iter().all(|stage| stage.ms > 0));
            for pair in made.windows(2) {
                prop_assert_eq!(pair[0].from + pair[0].ms, pair[1].from);
                prop_assert_ne!(pair[0].kind, pair[1].kind);
            }
            let whole: i64 = made.iter().map(|stage| stage.ms).sum();
            prop_assert_eq!(whole, first.map_or(0, |first| (until - first).max(0)));
        }
    }
}
