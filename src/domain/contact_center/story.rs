//! What happened to a call of the contact centre, written down as it happens: why somebody was rung cannot be found out
//! afterwards.

use serde::{Deserialize, Serialize};

use super::call::DeskCall;
use crate::domain::call::stages::{Stage, StageKind, stages};
use crate::domain::language::Language;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// ms UTC.
    pub at: i64,
    pub what: What,
}

/// Who else may be in a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Who {
    /// By name.
    Agent(String),
    /// Digits.
    Number(String),
}

/// Why it was this agent who was rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The caller asked for this agent.
    AskedFor,
    /// This agent had transferred the caller, and nobody answered.
    HandedOver,
    /// The agent who had been idle longest, of this many who were ready.
    LongestIdle(u32),
    /// The agent whose turn it was, of this many who were ready.
    InTurn(u32),
    /// The agent who had taken the fewest calls today, of this many who were ready.
    FewestCalls(u32),
    /// The agent with the highest skill, of this many who were ready.
    MostSkilled(u32),
    /// The first of this many at whom the caller rang to accept.
    FirstToAccept(u32),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// In the menu the caller chose somebody.
    Chose {
        agent: String,
    },
    /// A menu led the caller on.
    Led {
        way: Way,
    },
    /// The caller pressed no right key, as often as the menu asks.
    NoKey,
    /// Nobody was free.
    Queued,
    /// They did not stay in a queue.
    LeftQueue {
        /// By name.
        queue: String,
        why: WhyLeft,
    },
    Rang {
        agent: String,
        why: Why,
    },
    Declined {
        agent: String,
    },
    Missed {
        agent: String,
    },
    /// Their console could not take it.
    Unable {
        agent: String,
    },
    Joined {
        who: Who,
    },
    Left {
        who: Who,
    },
    Held,
    Resumed,
    /// An agent rings somebody: to consult them first, or to add them at once.
    Asked {
        who: Who,
        consults: bool,
    },
    HandedOver {
        by: String,
        to: Who,
    },
    /// The caller leaves a message.
    Message,
    /// The caller asks to be called back.
    CallBack,
    HungUp {
        by: String,
    },
    Ended,
}

/// Why a caller did not stay in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhyLeft {
    /// As many as there is room for waited already.
    Full,
    /// They waited as long as is allowed.
    TooLong,
    /// No member was signed in.
    Unattended,
}

/// Where a caller was led who chose no agent of their own: by a menu, or out of a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    AnyAgent,
    /// By name.
    Queue(String),
    /// Digits.
    Number(String),
    /// By name.
    Menu(String),
    /// By name.
    Flow(String),
    /// Something was said to them.
    Said,
    /// They are spoken to in another language.
    Language(Language),
    HungUp,
}

/// More moments than any real call has: a console that repeats itself must not fill the record.
const MOST: usize = 200;

impl DeskCall {
    /// Adds a moment, unless it only repeats the last one.
    pub fn tell(&mut self, at: i64, what: What) {
        if self.story.len() < MOST && self.story.last().is_none_or(|last| last.what != what) {
            self.story.push(Moment { at, what });
        }
    }

    /// How the call's time was spent, by our clock. Empty for a call that is older than stories.
    #[must_use]
    pub fn stages(&self, now: i64) -> Vec<Stage> {
        if self.story.is_empty() {
            return Vec::new();
        }
        let first = if self.outbound { StageKind::Ring } else { StageKind::Menu };
        let mut began = vec![(self.created_at, first)];
        let mut inside = 0_u32;
        for Moment { at, what } in &self.story {
            let kind = match what {
                What::Queued => StageKind::Wait,
                // When a telephone outside answers is not told.
                What::HandedOver { to: Who::Number(_), .. } | What::Led { way: Way::Number(_) } => StageKind::Talk,
                What::Rang { .. } | What::HandedOver { .. } => StageKind::Ring,
                What::Declined { .. } | What::Missed { .. } | What::Unable { .. } if inside == 0 => StageKind::Wait,
                What::Joined { .. } => {
                    inside += 1;
                    StageKind::Talk
                }
                What::Left { .. } => {
                    inside = inside.saturating_sub(1);
                    continue;
                }
                What::Held => StageKind::Hold,
                What::Resumed => StageKind::Talk,
                What::Message | What::CallBack => StageKind::Message,
                _ => continue,
            };
            // A colleague who is consulted joins while the customer is on hold.
            let on_hold = began.last().is_some_and(|(_, last)| *last == StageKind::Hold);
            if !(on_hold && matches!(what, What::Joined { .. })) {
                began.push((*at, kind));
            }
        }
        let until = self.hung_up_at.or(self.ended_at).unwrap_or(now);
        stages(began, until)
    }

    /// The agent who hung up, or the account that ended the call by hand.
    #[must_use]
    pub fn hung_up_by(&self) -> Option<&str> {
        self.story.iter().rev().find_map(|moment| match &moment.what {
            What::HungUp { by } => Some(by.as_str()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agent(name: &str) -> Who {
        Who::Agent(name.to_owned())
    }

    #[test]
    fn the_same_twice_is_one_and_there_is_an_end() {
        let mut call = DeskCall::default();
        call.tell(1, What::Queued);
        call.tell(2, What::Queued);
        assert_eq!(call.story.len(), 1);
        for at in 0..1_000 {
            call.tell(at, if at % 2 == 0 { What::Held } else { What::Resumed });
        }
        assert_eq!(call.story.len(), MOST);
    }

    #[test]
    fn stages_follow_the_story() {
        let mut call = DeskCall { created_at: 0, ended_at: Some(100_000), ..DeskCall::default() };
        let rang = |agent: &str| What::Rang { agent: agent.to_owned(), why: Why::LongestIdle(2) };
        call.tell(8_000, rang("Jane"));
        call.tell(14_000, What::Declined { agent: "Jane".into() });
        call.tell(14_000, rang("Joe"));
        call.tell(20_000, What::Joined { who: agent("Joe") });
        call.tell(50_000, What::Held);
        call.tell(55_000, What::Asked { who: agent("Jane"), consults: true });
        call.tell(60_000, What::Joined { who: agent("Jane") });
        call.tell(70_000, What::Left { who: agent("Jane") });
        call.tell(70_000, What::Resumed);
        call.tell(100_000, What::Ended);
        let told: Vec<(StageKind, i64)> = call.stages(1).iter().map(|stage| (stage.kind, stage.ms / 1_000)).collect();
        assert_eq!(
            told,
            [
                (StageKind::Menu, 8),
                (StageKind::Ring, 12),
                (StageKind::Talk, 30),
                (StageKind::Hold, 20),
                (StageKind::Talk, 30)
            ]
        );
        assert_eq!(call.hung_up_by(), None);
        call.tell(100_000, What::HungUp { by: "Joe".into() });
        assert_eq!(call.hung_up_by(), Some("Joe"));
    }
}
