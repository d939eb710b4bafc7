//! Queues: who takes a caller, in which order, what callers hear while they wait, and where they go when it takes too long.
//! Data of the operator's.
//!
//! | module     | what                                                                      |
//! |------------|---------------------------------------------------------------------------|
//! | `choice`   | whom a caller gets, and who of those who wait is next                     |
//! | `draft`    | a queue as somebody wrote it down, and what is wrong with it              |
//! | `figures`  | how a queue has done today                                                |
//! | `music`    | what may be uploaded for those who wait                                   |
//! | `priority` | whose call comes before other people's                                    |

pub mod choice;
pub mod draft;
pub mod figures;
pub mod music;
pub mod priority;

use serde::{Deserialize, Serialize};

use self::priority::Rank;
use super::contact_center::routing::RING_SECONDS;
use super::language::Texts;
use super::phone::E164;

/// The id of the default queue, for callers whom nothing leads to another one. It always exists.
pub const STANDING: &str = "agents";
/// What it is called before somebody changes it.
pub const STANDING_NAME: &str = "Agents";
/// The longest name, in characters.
pub const LONGEST_NAME: usize = 60;
/// The longest greeting, in characters: the platform speaks no more at once.
pub const LONGEST_GREETING: usize = 1_500;
/// The most queues.
pub const MOST_QUEUES: usize = 100;
/// The most numbers that come before others.
pub const MOST_FIRST: usize = 500;
/// Seconds for which an agent's console rings, at least and at most.
pub const RING_S: (u32, u32) = (5, 60);
/// Seconds between two announcements, at least and at most.
pub const ANNOUNCE_S: (u32, u32) = (15, 300);
/// Seconds until a caller is led on, at least and at most.
pub const MAX_WAIT_S: (u32, u32) = (10, 7_200);
/// How many callers may wait, at least and at most.
pub const MAX_SIZE: (u32, u32) = (1, 500);
/// Seconds of the service level's target, at least and at most.
pub const SERVICE_LEVEL_S: (u32, u32) = (1, 600);
/// The most agents at whom one caller rings at the same time.
pub const MOST_RUNG: usize = 5;
/// Which member is rung: of priority 1 before all others.
pub const PRIORITIES: (u8, u8) = (1, 9);
/// How well a member knows what the queue is about: 5 is best.
pub const SKILLS: (u8, u8) = (1, 5);

/// Who is rung of those members who are free and of the same priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Who has had nothing to do for longest.
    #[default]
    LongestIdle,
    /// In turn: who was offered a call the longest time ago.
    RoundRobin,
    /// Who has taken the fewest calls today.
    FewestCalls,
    /// Who has the highest skill; of those who are equal, the longest idle.
    MostSkilled,
    /// All of them ring at the same time, [`MOST_RUNG`] at most, and the first who accepts has the call.
    RingAll,
}

impl Strategy {
    pub const EVERY: [Self; 5] =
        [Self::LongestIdle, Self::RoundRobin, Self::FewestCalls, Self::MostSkilled, Self::RingAll];

    /// The word for it in forms and in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::LongestIdle => "longest-idle",
            Self::RoundRobin => "round-robin",
            Self::FewestCalls => "fewest-calls",
            Self::MostSkilled => "most-skilled",
            Self::RingAll => "ring-all",
        }
    }

    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|strategy| strategy.word() == word)
    }

    /// Whether it has to be known what agents did earlier today.
    #[must_use]
    pub fn needs_history(self) -> bool {
        matches!(self, Self::RoundRobin | Self::FewestCalls)
    }
}

/// An agent in a queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// By name.
    pub agent: String,
    /// See [`PRIORITIES`].
    pub priority: u8,
    /// See [`SKILLS`].
    pub skill: u8,
}

impl Member {
    /// As somebody is who was not set up in any other way.
    #[must_use]
    pub fn usual(agent: &str) -> Self {
        Self { agent: agent.to_owned(), priority: 1, skill: 3 }
    }
}

/// Where callers go who have waited too long, or for whom there is no room.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Overflow {
    /// They leave a message.
    #[default]
    Message,
    /// They are called back. Callers who hide their number leave a message.
    CallBack,
    /// To a telephone outside. If it does not answer, the caller leaves a message.
    Number(E164),
    /// To another queue, by id. A caller who has already been in it leaves a message.
    Queue(String),
}

impl Overflow {
    /// The word for it in forms.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::CallBack => "call-back",
            Self::Number(_) => "number",
            Self::Queue(_) => "queue",
        }
    }
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Queue {
    pub id: String,
    /// One queue has it.
    pub name: String,
    /// Every agent is a member, also those who join later; [`Self::members`] has the priority and skill of some.
    pub everybody: bool,
    pub members: Vec<Member>,
    pub strategy: Strategy,
    /// How long an agent's console rings, in seconds.
    pub ring_s: u32,
    /// Wrap-up after its calls, in seconds; `None`: as the rules of the console say.
    pub wrap_up_s: Option<u32>,
    /// Said when a caller comes, instead of the business's greeting. Empty for that one.
    pub greeting: Texts,
    /// What they hear while they wait and on hold, by id; `None`: the music that is built in.
    pub music: Option<String>,
    /// Seconds of music between two announcements; `None`: as long as the music is.
    pub announce_s: Option<u32>,
    /// Callers are told how long others waited lately.
    pub says_wait: bool,
    /// The longest wait, in seconds; then callers are led on. `None`: they wait until they are taken.
    pub max_wait_s: Option<u32>,
    /// The most callers who may wait; others are led on at once. `None`: there is no limit.
    pub max_size: Option<u32>,
    /// Callers are led on at once while no member is signed in.
    pub leaves_when_unattended: bool,
    pub overflow: Overflow,
    /// Whose callers come first, of queues that share agents.
    pub rank: Rank,
    /// The target of the service level: seconds within which callers should be answered.
    pub service_level_s: u32,
    /// The number of ours that is shown when its callers are called back or handed on; `None`: as for any call.
    pub shown_number: Option<E164>,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            everybody: false,
            members: Vec::new(),
            strategy: Strategy::default(),
            ring_s: RING_SECONDS,
            wrap_up_s: None,
            greeting: Texts::default(),
            music: None,
            announce_s: None,
            says_wait: false,
            max_wait_s: None,
            max_size: None,
            leaves_when_unattended: false,
            overflow: Overflow::default(),
            rank: Rank::default(),
            service_level_s: 20,
            shown_number: None,
        }
    }
}

impl Queue {
    /// The queue that is always there, as it is before somebody changes it.
    #[must_use]
    pub fn standing() -> Self {
        Self { id: STANDING.to_owned(), name: STANDING_NAME.to_owned(), everybody: true, ..Self::default() }
    }

    /// An agent's priority and skill here; `None` for agents who are not members.
    #[must_use]
    pub fn member(&self, agent: &str) -> Option<Member> {
        let listed = self.members.iter().find(|member| member.agent == agent).cloned();
        listed.or_else(|| self.everybody.then(|| Member::usual(agent)))
    }

    /// Whether another caller may wait, when `waiting` callers do.
    #[must_use]
    pub fn has_room(&self, waiting: usize) -> bool {
        self.max_size.is_none_or(|most| waiting < usize::try_from(most).unwrap_or(usize::MAX))
    }

    /// Where a caller is led who may not stay, and has left these queues already.
    #[must_use]
    pub fn overflow_for(&self, left: &[String], has_number: bool) -> Overflow {
        match &self.overflow {
            Overflow::Queue(next) if *next == self.id || left.contains(next) => Overflow::Message,
            Overflow::CallBack if !has_number => Overflow::Message,
            Overflow::Number(_) if left.contains(&self.id) => Overflow::Message,
            overflow => overflow.clone(),
        }
    }

    /// Whether somebody who has waited since then is to be led on; ms UTC.
    #[must_use]
    pub fn is_too_long(&self, since: i64, now: i64) -> bool {
        self.max_wait_s.is_some_and(|most| now - since >= i64::from(most) * 1_000)
    }
}

/// What is set for all queues.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    pub support: Support,
    /// Callers of these numbers come before others.
    pub first: Vec<E164>,
    /// Callers who gave up waiting earlier today come before others.
    pub gave_up_first: bool,
}

/// Where calls to the support line go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// As the program was started: to the telephone of `DESTINATION_PHONE_NUMBER`, or with `SUPPORT_AGENTS` to the agents.
    #[default]
    AsStarted,
    Telephone,
    /// By id.
    Queue(String),
}

impl Support {
    /// The queue that calls to the support line go to; `None` for the telephone. `agents`: see [`Self::AsStarted`].
    #[must_use]
    pub fn queue(&self, agents: bool) -> Option<&str> {
        match self {
            Self::AsStarted => agents.then_some(STANDING),
            Self::Telephone => None,
            Self::Queue(id) => Some(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_a_member_in_their_own_way() {
        let jane = Member { agent: "Jane".into(), priority: 2, skill: 5 };
        let queue = Queue { members: vec![jane.clone()], ..Queue::standing() };
        assert_eq!(queue.member("Jane"), Some(jane.clone()));
        assert_eq!(queue.member("Anna"), Some(Member::usual("Anna")));
        let closed = Queue { everybody: false, ..queue };
        assert_eq!((closed.member("Jane"), closed.member("Anna")), (Some(jane), None));
    }

    #[test]
    fn room_and_patience_have_an_end() {
        let queue = Queue { max_size: Some(2), max_wait_s: Some(60), ..Queue::standing() };
        assert!(queue.has_room(1) && !queue.has_room(2));
        assert!(!queue.is_too_long(1_000, 60_999) && queue.is_too_long(1_000, 61_000));
        assert!(Queue::standing().has_room(usize::MAX) && !Queue::standing().is_too_long(0, i64::MAX));
    }

    #[test]
    fn nobody_goes_round_in_circles_and_who_cannot_be_called_leaves_a_message() {
        let to = |overflow| Queue { id: "a".into(), overflow, ..Queue::standing() };
        let next = Overflow::Queue("b".into());
        assert_eq!(to(next.clone()).overflow_for(&["c".into()], true), next);
        assert_eq!(to(next).overflow_for(&["b".into()], true), Overflow::Message);
        assert_eq!(to(Overflow::Queue("a".into())).overflow_for(&[], true), Overflow::Message);
        let number = Overflow::Number(E164::parse("447700900123").unwrap());
        assert_eq!(to(number.clone()).overflow_for(&["b".into()], true), number);
        assert_eq!(to(number).overflow_for(&["a".into()], true), Overflow::Message, "it was tried");
        assert_eq!(to(Overflow::CallBack).overflow_for(&[], true), Overflow::CallBack);
        assert_eq!(to(Overflow::CallBack).overflow_for(&[], false), Overflow::Message);
    }

    #[test]
    fn the_support_line_leads_where_the_operator_says() {
        assert_eq!((Support::AsStarted.queue(true), Support::AsStarted.queue(false)), (Some(STANDING), None));
        assert_eq!(Support::Telephone.queue(true), None);
        assert_eq!(Support::Queue("sales".into()).queue(false), Some("sales"));
    }

    #[test]
    fn what_an_older_version_kept_is_read() {
        let queue: Queue = serde_json::from_str(r#"{"id":"a","name":"A"}"#).unwrap();
        assert_eq!(queue, Queue { id: "a".into(), name: "A".into(), ..Queue::default() });
    }
}
