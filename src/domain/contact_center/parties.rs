//! The parties of a call, and how it changes when one of them comes, goes, is put on hold or takes it over. Who hears whom
//! then is [`super::hearing`]'s.

use serde::{Deserialize, Serialize};

use super::call::{DeskCall, Phase, Third};
use super::story::{What, Who};

/// An agent's time in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participation {
    pub agent: String,
    pub since: i64,
    /// `None` while they are in it.
    pub until: Option<i64>,
}

impl DeskCall {
    /// An agent is in the call from now on.
    pub fn comes(&mut self, agent: &str, now: i64) {
        if !self.talked.iter().any(|part| part.agent == agent && part.until.is_none()) {
            self.talked.push(Participation { agent: agent.to_owned(), since: now, until: None });
            self.tell(now, What::Joined { who: Who::Agent(agent.to_owned()) });
        }
    }

    /// An agent is out of the call.
    pub fn goes(&mut self, agent: &str, now: i64) {
        if self.talked.iter().any(|part| part.agent == agent && part.until.is_none()) {
            self.tell(now, What::Left { who: Who::Agent(agent.to_owned()) });
        }
        self.end_parts(now, |part| part.agent == agent);
    }

    /// Every agent is out of the call.
    pub fn all_go(&mut self, now: i64) {
        self.end_parts(now, |_| true);
    }

    fn end_parts(&mut self, now: i64, of: impl Fn(&Participation) -> bool) {
        for part in self.talked.iter_mut().filter(|part| part.until.is_none() && of(part)) {
            part.until = Some(now.max(part.since));
        }
    }

    /// Whether an agent has talked in the call.
    #[must_use]
    pub fn took_part(&self, agent: &str) -> bool {
        self.talked.iter().any(|part| part.agent == agent)
    }

    /// Seconds that an agent was in the call; `None` when they never were, or are now.
    #[must_use]
    pub fn seconds_of(&self, agent: &str) -> Option<u32> {
        let mut ms = None;
        for part in self.talked.iter().filter(|part| part.agent == agent) {
            ms = Some(ms.unwrap_or(0) + part.until? - part.since);
        }
        u32::try_from(ms?.max(0) / 1000).ok()
    }

    /// The customer is put on hold, or taken off it.
    pub fn hold(&mut self, on: bool, now: i64) {
        if on != self.held_since.is_some() {
            self.tell(now, if on { What::Held } else { What::Resumed });
        }
        self.held_since = on.then(|| self.held_since.unwrap_or(now));
    }

    /// An agent of the call is muted, or heard again. False when they are not in it.
    pub fn mute(&mut self, agent: &str, on: bool) -> bool {
        if self.agent.as_deref() == Some(agent) {
            self.agent_muted = on;
            return true;
        }
        let third = self.thirds.iter_mut().find(|third| third.agent.as_deref() == Some(agent));
        third.map(|third| third.muted = on).is_some()
    }

    /// Somebody who was called answers.
    pub fn answers(&mut self, at: usize, leg: &str, now: i64) {
        let Some(third) = self.thirds.get_mut(at) else { return };
        leg.clone_into(&mut third.leg);
        let again = third.answered_at.is_some();
        third.answered_at.get_or_insert(now);
        if let Some(agent) = third.agent.clone() {
            self.comes(&agent, now);
        } else if let Some(number) = third.number.clone().filter(|_| !again) {
            self.tell(now, What::Joined { who: Who::Number(number) });
        }
    }

    /// Somebody who was called, or who had answered, is out of the call.
    pub fn part_with(&mut self, at: usize, now: i64) -> Option<Third> {
        let gone = (at < self.thirds.len()).then(|| self.thirds.remove(at))?;
        if let Some(agent) = &gone.agent {
            self.goes(agent, now);
        } else if let Some(number) = gone.number.clone().filter(|_| gone.answered_at.is_some()) {
            self.tell(now, What::Left { who: Who::Number(number) });
        }
        Some(gone)
    }

    /// Those besides customer and owner who are in the call.
    pub fn there(&self) -> impl Iterator<Item = &Third> {
        self.thirds.iter().filter(|third| third.answered_at.is_some())
    }

    /// Who goes on with the customer when the owner leaves: a colleague before a telephone, and of two the one who was
    /// consulted.
    #[must_use]
    pub fn heir(&self) -> Option<&Third> {
        self.there().min_by_key(|third| (third.agent.is_none(), !third.consulted))
    }

    /// The owner leaves, and the call is that third's. False when they have gone meanwhile: then the customer waits, and
    /// whose call it was is asked first.
    pub fn hand_to(&mut self, leg: &str, now: i64) -> bool {
        if let Some(owner) = self.agent.clone() {
            self.goes(&owner, now);
        }
        self.agent_leg = None;
        self.hold(false, now);
        let Some(at) = self.thirds.iter().position(|third| third.leg == leg && third.answered_at.is_some()) else {
            (self.phase, self.queued_at) = (Phase::Waiting, Some(now));
            self.handed_by.clone_from(&self.agent);
            self.thirds.clear();
            return false;
        };
        let heir = self.thirds.remove(at);
        if heir.agent.is_none() {
            // Nobody of ours is in it any more.
            self.phase = Phase::Outside;
            self.thirds.clear();
            return true;
        }
        (self.agent, self.agent_leg) = (heir.agent, Some(heir.leg));
        (self.agent_answered_at, self.agent_muted) = (heir.answered_at, heir.muted);
        self.phase = Phase::Talking;
        for third in &mut self.thirds {
            third.consulted = false;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::desk::Control;
    use super::super::hearing::{Ear, Hearing, Situation, Who, allowed};
    use super::*;

    fn third(leg: &str, agent: Option<&str>, consulted: bool, answered_at: Option<i64>) -> Third {
        Third {
            leg: leg.into(),
            agent: agent.map(str::to_owned),
            number: agent.is_none().then(|| "447700900456".into()),
            since: 5_000,
            answered_at,
            consulted,
            muted: false,
        }
    }

    fn talking() -> DeskCall {
        let mut call = DeskCall {
            phase: Phase::Talking,
            agent: Some("Jane".into()),
            agent_leg: Some("jane".into()),
            agent_answered_at: Some(1_000),
            customer_leg: Some("customer".into()),
            answered_at: Some(1_000),
            ..DeskCall::default()
        };
        call.comes("Jane", 1_000);
        call
    }

    #[test]
    fn every_agent_of_a_call_has_their_own_time_in_it() {
        let mut call = talking();
        call.thirds.push(third("joe", Some("Joe"), true, None));
        assert!(!call.took_part("Joe"), "it only rings");
        call.answers(0, "joe", 8_000);
        call.answers(0, "joe", 9_000);
        assert!(call.took_part("Joe") && call.seconds_of("Joe").is_none());
        assert!(call.hand_to("joe", 20_000));
        assert_eq!((call.seconds_of("Jane"), call.seconds_of("Joe")), (Some(19), None));
        assert_eq!((call.agent.as_deref(), call.agent_leg.as_deref()), (Some("Joe"), Some("joe")));
        // Jane is asked in her turn, and again.
        for (from, until) in [(30_000, 31_000), (40_000, 42_000)] {
            call.thirds.push(third("jane", Some("Jane"), true, None));
            call.answers(0, "jane", from);
            assert!(call.part_with(0, until).is_some());
        }
        assert_eq!(call.seconds_of("Jane"), Some(22));
        call.end(50_000);
        assert_eq!((call.seconds_of("Jane"), call.seconds_of("Joe")), (Some(22), Some(42)));
        assert_eq!(call.seconds_of("Mary"), None);
    }

    #[test]
    fn a_call_goes_to_a_colleague_before_a_telephone_and_to_nobody_who_only_rings() {
        let mut call = talking();
        assert_eq!(call.heir(), None);
        call.thirds.push(third("rings", Some("Mary"), false, None));
        assert_eq!(call.heir(), None);
        call.thirds.push(third("phone", None, true, Some(7_000)));
        assert_eq!(call.heir().map(|heir| heir.leg.as_str()), Some("phone"));
        call.thirds.push(third("joe", Some("Joe"), false, Some(8_000)));
        assert_eq!(call.heir().map(|heir| heir.leg.as_str()), Some("joe"));
        let mut outside = call.clone();
        assert!(outside.hand_to("phone", 9_000));
        assert_eq!((outside.phase, outside.agent.as_deref()), (Phase::Outside, Some("Jane")));
        assert_eq!((outside.agent_leg.clone(), outside.legs()), (None, vec!["customer"]));
        // They hang up in the moment in which they are to have the call.
        assert!(!call.hand_to("gone", 9_000));
        assert!(call.is_waiting() && call.handed_by.as_deref() == Some("Jane"));
    }

    #[derive(Debug, Clone, Copy)]
    enum Step {
        Does(Control),
        /// Of the thirds, by number.
        Answers(usize),
        Leaves(usize),
        MutesColleague(bool),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            6 => proptest::sample::select(&Control::EVERY[..]).prop_map(Step::Does),
            3 => (0..3_usize).prop_map(Step::Answers),
            1 => (0..3_usize).prop_map(Step::Leaves),
            1 => any::<bool>().prop_map(Step::MutesColleague),
        ]
    }

    /// What the service does with a call, once the platform has done it.
    fn does(call: &mut DeskCall, control: Control, now: i64, names: &mut impl Iterator<Item = String>) {
        let consulted = call.thirds.iter().position(|third| third.consulted);
        match control {
            Control::Hold => call.hold(true, now),
            Control::Resume | Control::Join => call.hold(false, now),
            Control::Mute | Control::Unmute => {
                let owner = call.agent.clone().unwrap();
                assert!(call.mute(&owner, control == Control::Mute));
            }
            Control::Consult | Control::Add => {
                let name = names.next().unwrap();
                // Every third of them is a telephone.
                let agent = (now % 3 != 0).then_some(name.as_str());
                if control == Control::Consult {
                    call.hold(true, now);
                }
                call.thirds.push(third(&name, agent, control == Control::Consult, None));
            }
            Control::Back => {
                call.part_with(consulted.unwrap(), now);
                call.hold(false, now);
            }
            Control::Remove => {
                call.part_with(0, now);
            }
            Control::Complete | Control::Leave => {
                let heir = call.heir().unwrap().leg.clone();
                // Telephones that still ring are cancelled.
                call.thirds.retain(|third| third.answered_at.is_some());
                assert!(call.hand_to(&heir, now));
            }
            Control::HangUp => call.end(now),
            Control::Transfer | Control::Keys => {}
        }
    }

    proptest! {
        /// Whatever is done in whatever order, as far as it is allowed.
        #[test]
        fn a8_what_is_so_is_always_consistent(steps in proptest::collection::vec(step(), 0..60)) {
            let mut call = talking();
            let mut names = (0..).map(|n| format!("agent{n}"));
            for (now, step) in (2_000..).step_by(1_000).zip(steps) {
                let owner = call.agent.clone().unwrap();
                match step {
                    Step::Does(control) => {
                        let at = Situation::of(&call, &owner).unwrap();
                        if allowed(control, &at) {
                            does(&mut call, control, now, &mut names);
                        }
                    }
                    Step::Answers(at) if at < call.thirds.len() => {
                        let leg = call.thirds[at].leg.clone();
                        call.answers(at, &leg, now);
                    }
                    Step::Leaves(at) => {
                        if call.part_with(at, now).is_some_and(|gone| gone.consulted) {
                            call.hold(false, now);
                        }
                    }
                    Step::MutesColleague(on) => {
                        let name = call.there().find_map(|third| third.agent.clone());
                        if let Some(name) = name {
                            prop_assert!(call.mute(&name, on));
                        }
                    }
                    Step::Answers(_) => {}
                }
                if call.is_over() || call.phase == Phase::Outside {
                    // Nobody of ours is in it.
                    prop_assert!(call.talked.iter().all(|part| part.until.is_some()));
                    break;
                }
                let hearing = Hearing::of(&call);
                // Nobody but the customer is ever on hold, and nobody is asked about customers who listen.
                prop_assert!(hearing.all().all(|who| who == Who::Customer || hearing.ear(who) != Ear::Music));
                prop_assert!(call.thirds.iter().filter(|third| third.consulted).count() <= 1);
                if call.consulted().is_some_and(|third| third.answered_at.is_none()) {
                    prop_assert_eq!(hearing.ear(Who::Customer), Ear::Music);
                }
                // Who is in the call now is who has an open part in it.
                let mut inside: Vec<&str> = call.there().filter_map(|third| third.agent.as_deref()).collect();
                inside.push(call.agent.as_deref().unwrap());
                inside.sort_unstable();
                let open = call.talked.iter().filter(|part| part.until.is_none());
                let mut open: Vec<&str> = open.map(|part| part.agent.as_str()).collect();
                open.sort_unstable();
                prop_assert_eq!(inside, open);
            }
        }
    }
}
