//! What an agent is doing: a state machine in one table. The server owns it; a browser asks, the table decides.

use serde::{Deserialize, Serialize};

/// What an agent is doing now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "state", content = "reason", rename_all = "kebab-case")]
pub enum State {
    /// Not signed in at a console.
    Offline,
    /// Takes calls.
    Ready,
    /// A call is offered, or their own call is being placed.
    Ringing,
    Talking,
    /// In a call whose customer is on hold.
    Hold,
    /// After a call: notes, and the next one waits.
    WrapUp,
    Away(AwayReason),
    /// The console was open and gives no sign of life.
    Asleep,
    /// In a call whose console gives no sign of life: it may come back.
    Reconnecting,
}

/// Why an agent takes no calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AwayReason {
    Break,
    Lunch,
    Meeting,
    Training,
    /// Set by us: calls were offered and not taken.
    NoAnswer,
}

impl AwayReason {
    /// What an agent may choose.
    pub const CHOICES: [Self; 4] = [Self::Break, Self::Lunch, Self::Meeting, Self::Training];

    /// The word for it in SQL, JSON and URLs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Break => "break",
            Self::Lunch => "lunch",
            Self::Meeting => "meeting",
            Self::Training => "training",
            Self::NoAnswer => "no-answer",
        }
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let all = [Self::Break, Self::Lunch, Self::Meeting, Self::Training, Self::NoAnswer];
        all.into_iter().find(|reason| reason.name() == word)
    }
}

impl State {
    /// The word for it in SQL, JSON and class names, without the reason.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Ready => "ready",
            Self::Ringing => "ringing",
            Self::Talking => "talking",
            Self::Hold => "hold",
            Self::WrapUp => "wrap-up",
            Self::Away(_) => "away",
            Self::Asleep => "asleep",
            Self::Reconnecting => "reconnecting",
        }
    }

    /// Reads what [`Self::name`] and [`AwayReason::name`] wrote.
    #[must_use]
    pub fn parse(name: &str, reason: Option<&str>) -> Option<Self> {
        Some(match name {
            "offline" => Self::Offline,
            "ready" => Self::Ready,
            "ringing" => Self::Ringing,
            "talking" => Self::Talking,
            "hold" => Self::Hold,
            "wrap-up" => Self::WrapUp,
            "away" => Self::Away(AwayReason::parse(reason?)?),
            "asleep" => Self::Asleep,
            "reconnecting" => Self::Reconnecting,
            _ => return None,
        })
    }

    /// The reason of [`State::Away`].
    #[must_use]
    pub fn reason(self) -> Option<AwayReason> {
        if let Self::Away(reason) = self { Some(reason) } else { None }
    }

    /// Is the agent in a call, or being offered one?
    #[must_use]
    pub fn is_busy(self) -> bool {
        matches!(self, Self::Ringing | Self::Talking | Self::Hold | Self::Reconnecting)
    }
}

/// What an agent may ask for. Everything else happens to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "wish", content = "reason", rename_all = "kebab-case")]
pub enum Wish {
    Ready,
    Away(AwayReason),
    Offline,
}

impl Wish {
    /// The state that is asked for.
    #[must_use]
    pub fn state(self) -> State {
        match self {
            Self::Ready => State::Ready,
            Self::Away(reason) => State::Away(reason),
            Self::Offline => State::Offline,
        }
    }

    /// The wish for a state that can be wished for.
    #[must_use]
    pub fn of(state: State) -> Option<Self> {
        match state {
            State::Ready => Some(Self::Ready),
            State::Away(reason) => Some(Self::Away(reason)),
            State::Offline => Some(Self::Offline),
            _ => None,
        }
    }
}
