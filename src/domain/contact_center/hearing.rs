//! Who hears whom in a call. Everything that a console says about it, and everything that may be done in it, follows from
//! here: on the server, which refuses the rest, and in the browser, which does not show it.

use serde::{Deserialize, Serialize};

use super::call::{DeskCall, Phase};
use super::desk::{Control, Refusal};
use super::presence::Happening;

/// A party of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who {
    Customer,
    /// The agent whose call it is.
    Owner,
    /// By the place in [`DeskCall::thirds`].
    Third(usize),
}

/// What a party hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ear {
    /// Nothing of this call: not connected yet, or somewhere else.
    Nothing,
    /// Music, and nobody hears them: they are on hold.
    Music,
    /// Everybody who hears the others too.
    Others,
}

struct Part {
    who: Who,
    ear: Ear,
    muted: bool,
}

/// Who hears whom in a call.
pub struct Hearing {
    parts: Vec<Part>,
}

impl Hearing {
    #[must_use]
    pub fn of(call: &DeskCall) -> Self {
        let talks = call.phase == Phase::Talking;
        let ear = |there: bool| if there && talks { Ear::Others } else { Ear::Nothing };
        let customer = match ear(call.customer_leg.is_some() && call.answered_at.is_some()) {
            Ear::Others if call.held_since.is_some() => Ear::Music,
            ear => ear,
        };
        let mut parts = vec![
            Part { who: Who::Customer, ear: customer, muted: false },
            Part { who: Who::Owner, ear: ear(call.agent_leg.is_some()), muted: call.agent_muted },
        ];
        parts.extend(call.thirds.iter().enumerate().map(|(at, third)| Part {
            who: Who::Third(at),
            ear: ear(third.answered_at.is_some()),
            muted: third.muted,
        }));
        Self { parts }
    }

    fn part(&self, who: Who) -> Option<&Part> {
        self.parts.iter().find(|part| part.who == who)
    }

    pub fn all(&self) -> impl Iterator<Item = Who> {
        self.parts.iter().map(|part| part.who)
    }

    #[must_use]
    pub fn ear(&self, who: Who) -> Ear {
        self.part(who).map_or(Ear::Nothing, |part| part.ear)
    }

    #[must_use]
    pub fn is_muted(&self, who: Who) -> bool {
        self.part(who).is_some_and(|part| part.muted)
    }

    /// Whether one party hears another.
    #[must_use]
    pub fn hears(&self, ear: Who, voice: Who) -> bool {
        let there = |who| self.ear(who) == Ear::Others;
        ear != voice && there(ear) && there(voice) && !self.is_muted(voice)
    }

    /// Whether somebody besides customer and `who` is there.
    fn others(&self, who: Who) -> bool {
        self.all().any(|other| other != who && other != Who::Customer && self.ear(other) == Ear::Others)
    }

    /// What the owner's own state follows: they are on hold only while they have nobody to talk to. `None` when the owner
    /// is not in the call.
    #[must_use]
    pub fn of_owner(&self) -> Option<Happening> {
        if self.ear(Who::Owner) != Ear::Others {
            return None;
        }
        let waits = self.ear(Who::Customer) == Ear::Music && !self.others(Who::Owner);
        Some(if waits { Happening::Held } else { Happening::Resumed })
    }
}

/// Somebody who is asked before the customer is handed to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consulted {
    Rings,
    /// A colleague who has answered.
    Colleague,
    /// A telephone that has answered.
    Telephone,
}

/// How a call is for one of its agents: what they may do follows from this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Situation {
    /// It is a colleague's call, in which this agent helps.
    pub guest: bool,
    pub customer: Ear,
    pub consulted: Option<Consulted>,
    /// Somebody besides the customer and this agent is there.
    pub others: bool,
    /// Somebody who was called has not answered yet.
    pub rings: bool,
}

impl Situation {
    /// `None` when this agent has no part in the call.
    #[must_use]
    pub fn of(call: &DeskCall, agent: &str) -> Option<Self> {
        let own = call.thirds.iter().position(|third| third.agent.as_deref() == Some(agent));
        let (guest, who) = match own {
            _ if call.agent.as_deref() == Some(agent) => (false, Who::Owner),
            Some(at) => (true, Who::Third(at)),
            None => return None,
        };
        let hearing = Hearing::of(call);
        let consulted = call.consulted().map(|third| match (third.answered_at, &third.agent) {
            (None, _) => Consulted::Rings,
            (Some(_), Some(_)) => Consulted::Colleague,
            (Some(_), None) => Consulted::Telephone,
        });
        Some(Self {
            guest,
            customer: hearing.ear(Who::Customer),
            consulted,
            others: hearing.others(who),
            rings: call.thirds.iter().any(|third| third.answered_at.is_none()),
        })
    }

    /// The owner talks to somebody, or calls them, while the customer hears music.
    #[must_use]
    pub fn is_consulting(&self) -> bool {
        self.consulted.is_some() && self.customer == Ear::Music
    }

    /// The customer is on hold, and this agent has nobody to talk to.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.customer == Ear::Music && !self.others
    }

    /// Hanging up could mean two things: the others could go on without this agent.
    #[must_use]
    pub fn asks_how_to_end(&self) -> bool {
        !self.guest && allowed(Control::Leave, self)
    }
}

/// May an agent do this now?
#[must_use]
pub fn allowed(control: Control, at: &Situation) -> bool {
    refused(control, at).is_none()
}

/// Why an agent may not do this now; `None` when they may.
#[must_use]
pub fn refused(control: Control, at: &Situation) -> Option<Refusal> {
    let answered = matches!(at.consulted, Some(Consulted::Colleague | Consulted::Telephone));
    // A call that is only the customer's and this agent's.
    let several = at.others || at.rings || at.consulted.is_some();
    match control {
        Control::HangUp | Control::Mute | Control::Unmute => return None,
        Control::Leave if at.guest => return None,
        // Keys go to whom this agent talks to, and a telephone may want some before a person answers.
        Control::Keys if !at.guest && at.is_consulting() && at.consulted == Some(Consulted::Telephone) => return None,
        Control::Keys if at.guest && at.customer == Ear::Others => return None,
        _ if at.guest => return Some(Refusal::NotYours),
        _ if at.customer == Ear::Nothing => return Some(Refusal::NotConnected),
        _ => {}
    }
    let held = at.customer == Ear::Music;
    match control {
        // These end a consultation, each in its way.
        Control::Back if at.is_consulting() => None,
        Control::Join if at.is_consulting() && answered => None,
        Control::Complete if answered => None,
        Control::Join | Control::Complete if at.consulted == Some(Consulted::Rings) => Some(Refusal::NotConnected),
        Control::Back | Control::Join | Control::Complete => Some(Refusal::Gone),
        Control::Leave => (!at.others).then_some(Refusal::Gone),
        _ if at.is_consulting() => Some(Refusal::Consulting),
        // Somebody who is asked about the customer is not to be heard by them.
        Control::Hold | Control::Add if at.consulted == Some(Consulted::Rings) => Some(Refusal::Consulting),
        Control::Hold => held.then_some(Refusal::OnHold),
        Control::Resume => (!held).then_some(Refusal::Gone),
        Control::Keys | Control::Add if held => Some(Refusal::OnHold),
        Control::Add => at.rings.then_some(Refusal::Busy),
        Control::Transfer | Control::Consult => several.then_some(Refusal::Several),
        Control::Remove => (!several).then_some(Refusal::Gone),
        Control::Keys | Control::HangUp | Control::Mute | Control::Unmute => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::call::Third;
    use super::*;

    const JANE: Option<&str> = Some("Jane");

    fn third(agent: Option<&str>, consulted: bool, answered: bool) -> Third {
        Third {
            leg: "third".into(),
            agent: agent.map(str::to_owned),
            number: None,
            since: 5_000,
            answered_at: answered.then_some(6_000),
            consulted,
            muted: false,
        }
    }

    fn talking(held: bool, thirds: &[Third]) -> DeskCall {
        DeskCall {
            phase: Phase::Talking,
            agent: JANE.map(str::to_owned),
            agent_leg: Some("jane".into()),
            customer_leg: Some("customer".into()),
            answered_at: Some(1_000),
            held_since: held.then_some(2_000),
            thirds: thirds.to_vec(),
            ..DeskCall::default()
        }
    }

    /// Every stage of a call: its name, the call, and who looks at it.
    fn stages() -> Vec<(&'static str, DeskCall, &'static str)> {
        let joe = |answered| third(Some("Joe"), true, answered);
        let phone = |consulted| third(None, consulted, true);
        let ringing = DeskCall { phase: Phase::Ringing, answered_at: None, ..talking(false, &[]) };
        vec![
            ("calling out", ringing, "Jane"),
            ("two", talking(false, &[]), "Jane"),
            ("held", talking(true, &[]), "Jane"),
            ("asking", talking(true, &[joe(false)]), "Jane"),
            ("consulting", talking(true, &[joe(true)]), "Jane"),
            ("consulting a telephone", talking(true, &[phone(true)]), "Jane"),
            ("consulted", talking(true, &[joe(true)]), "Joe"),
            ("joined", talking(false, &[joe(true)]), "Jane"),
            ("joined, as a guest", talking(false, &[joe(true)]), "Joe"),
            ("adding", talking(false, &[third(None, false, false)]), "Jane"),
            ("added", talking(false, &[phone(false)]), "Jane"),
            ("added, on hold", talking(true, &[phone(false)]), "Jane"),
            ("added, as a guest", talking(false, &[third(Some("Joe"), false, true)]), "Joe"),
        ]
    }

    #[test]
    fn a9_every_control_at_every_stage() {
        use Control::*;
        // Hanging up and muting are always possible.
        let table: &[(&str, &[Control])] = &[
            ("calling out", &[]),
            ("two", &[Hold, Keys, Transfer, Consult, Add]),
            ("held", &[Resume, Transfer, Consult]),
            ("asking", &[Back]),
            ("consulting", &[Back, Join, Complete, Leave]),
            ("consulting a telephone", &[Back, Join, Complete, Leave, Keys]),
            ("consulted", &[Leave]),
            ("joined", &[Hold, Keys, Complete, Add, Remove, Leave]),
            ("joined, as a guest", &[Keys, Leave]),
            ("adding", &[Hold, Keys, Remove]),
            ("added", &[Hold, Keys, Add, Remove, Leave]),
            ("added, on hold", &[Resume, Remove, Leave]),
            ("added, as a guest", &[Keys, Leave]),
        ];
        let stages = stages();
        assert_eq!(table.len(), stages.len());
        for ((name, wanted), (stage, call, me)) in table.iter().zip(&stages) {
            assert_eq!(name, stage);
            let at = Situation::of(call, me).unwrap();
            for control in Control::EVERY {
                let always = matches!(control, HangUp | Mute | Unmute);
                assert_eq!(allowed(control, &at), always || wanted.contains(&control), "{name}: {control:?}");
            }
        }
        assert_eq!(Situation::of(&stages[1].1, "Joe"), None, "who is not in it can do nothing");
    }

    #[test]
    fn a9_hanging_up_asks_only_where_others_could_go_on() {
        let asks: Vec<&str> = stages()
            .iter()
            .filter(|(_, call, me)| Situation::of(call, me).unwrap().asks_how_to_end())
            .map(|(name, ..)| *name)
            .collect();
        assert_eq!(asks, ["consulting", "consulting a telephone", "joined", "added", "added, on hold"]);
    }

    #[test]
    fn a8_a_refusal_says_what_is_in_the_way() {
        let why = |stage: &str, control| {
            let stages = stages();
            let (_, call, me) = stages.iter().find(|(name, ..)| *name == stage).unwrap();
            refused(control, &Situation::of(call, me).unwrap())
        };
        for control in [Control::Hold, Control::Resume, Control::Transfer, Control::Add, Control::Remove] {
            assert_eq!(why("consulting", control), Some(Refusal::Consulting), "{control:?}");
            assert_eq!(why("consulted", control), Some(Refusal::NotYours), "{control:?}");
        }
        assert_eq!(why("asking", Control::Complete), Some(Refusal::NotConnected));
        assert_eq!(why("calling out", Control::Hold), Some(Refusal::NotConnected));
        assert_eq!(why("held", Control::Add), Some(Refusal::OnHold));
        assert_eq!(why("joined", Control::Transfer), Some(Refusal::Several));
    }

    #[test]
    fn b10_an_agent_is_on_hold_only_with_nobody_to_talk_to() {
        let states: Vec<(&str, Option<Happening>)> =
            stages().iter().map(|(name, call, _)| (*name, Hearing::of(call).of_owner())).collect();
        let held = ["held", "asking"];
        for (name, happening) in states {
            let wanted = match name {
                "calling out" => None,
                name if held.contains(&name) => Some(Happening::Held),
                _ => Some(Happening::Resumed),
            };
            assert_eq!(happening, wanted, "{name}");
        }
    }

    fn call() -> impl Strategy<Value = DeskCall> {
        let third = (any::<[bool; 3]>(), 0..3_usize).prop_map(|([agent, answered, muted], consulted)| Third {
            muted,
            ..third(agent.then_some("Joe"), consulted == 0, answered)
        });
        let phase = proptest::sample::select(
            &[Phase::Menu, Phase::Ringing, Phase::Waiting, Phase::Talking, Phase::Talking, Phase::Outside][..],
        );
        (any::<[bool; 5]>(), phase, proptest::collection::vec(third, 0..4)).prop_map(
            |([held, muted, owner, customer, answered], phase, thirds)| {
                let mut call = talking(held, &thirds);
                (call.phase, call.agent_muted) = (phase, muted);
                call.agent_leg = call.agent_leg.filter(|_| owner);
                call.customer_leg = call.customer_leg.filter(|_| customer);
                call.answered_at = call.answered_at.filter(|_| answered);
                for (at, third) in call.thirds.iter_mut().enumerate() {
                    third.agent = third.agent.take().map(|name| format!("{name}{at}"));
                }
                call
            },
        )
    }

    proptest! {
        /// Whatever the record of a call says.
        #[test]
        fn a8_who_hears_whom_is_consistent(call in call()) {
            let hearing = Hearing::of(&call);
            let all: Vec<Who> = hearing.all().collect();
            for &a in &all {
                prop_assert!(!hearing.hears(a, a));
                for &b in &all {
                    let both = hearing.ear(a) == Ear::Others && hearing.ear(b) == Ear::Others && a != b;
                    // Hearing is mutual but for those who are muted, and nobody hears a part of those who talk.
                    prop_assert_eq!(hearing.hears(a, b), both && !hearing.is_muted(b));
                    // Who hears music, or nothing, hears nobody and is heard by nobody.
                    if hearing.ear(a) != Ear::Others {
                        prop_assert!(!hearing.hears(a, b) && !hearing.hears(b, a));
                    }
                }
            }
            if call.held_since.is_some() {
                prop_assert!(all.iter().all(|who| !hearing.hears(Who::Customer, *who) && !hearing.hears(*who, Who::Customer)));
            }
            // An agent whose state is "on hold" hears nobody and is heard by nobody.
            if hearing.of_owner() == Some(Happening::Held) {
                prop_assert!(all.iter().all(|who| !hearing.hears(Who::Owner, *who) && !hearing.hears(*who, Who::Owner)));
            }
        }

        #[test]
        fn a8_what_may_be_done_follows_from_who_hears_whom(call in call(), control in proptest::sample::select(&Control::EVERY[..])) {
            let helpers = call.thirds.iter().filter_map(|third| third.agent.clone());
            for name in helpers.chain(["Jane".to_owned()]) {
                let at = Situation::of(&call, &name).unwrap();
                prop_assert_eq!(at.guest, name != "Jane");
                let may = allowed(control, &at);
                if at.is_consulting() && may {
                    let other = [
                        Control::Back, Control::Join, Control::Complete, Control::Leave, Control::HangUp, Control::Keys,
                        Control::Mute, Control::Unmute,
                    ];
                    prop_assert!(other.contains(&control), "{:?} in a consultation", control);
                }
                // From hold there is one way back.
                if at.customer == Ear::Music && !at.guest {
                    prop_assert!(allowed(Control::Resume, &at) != allowed(Control::Back, &at));
                }
                // Nobody is heard who was not heard before, but by those ways.
                if at.guest && may {
                    let own = [Control::Leave, Control::HangUp, Control::Keys, Control::Mute, Control::Unmute];
                    prop_assert!(own.contains(&control));
                }
                if control == Control::Keys && may && at.guest {
                    prop_assert_eq!(at.customer, Ear::Others);
                }
            }
        }
    }
}
