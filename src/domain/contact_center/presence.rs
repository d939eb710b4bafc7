//! What an agent is doing: a state machine in one table. The server owns it; a browser asks, the table decides.

use serde::{Deserialize, Serialize};

use super::console_settings::Rules;
use super::word::Word;

/// What an agent is doing now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "state", content = "reason", rename_all = "kebab-case")]
pub enum State {
    /// Not signed in at a console.
    Offline,
    /// Takes calls.
    Ready,
    /// Would be ready, but their console cannot take a call. Ready again by itself when it can.
    Unable(Unable),
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

/// Why an agent takes no calls: what the operator lets agents choose
/// ([`super::console_settings::ConsoleSettings::away_reasons`]), and [`AwayReason::NO_ANSWER`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AwayReason(pub Word);

/// Why a console cannot take calls. It finds out by itself and says so with its signs of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unable {
    /// The browser, its settings or the operating system say no.
    MicrophoneBlocked,
    /// None is plugged in.
    NoMicrophone,
    /// There is one and it gives nothing: another program has it, for example.
    MicrophoneFails,
    /// The softphone has no session with the voice platform.
    NoPlatform,
}

impl Unable {
    pub const EVERY: [Self; 4] = [Self::MicrophoneBlocked, Self::NoMicrophone, Self::MicrophoneFails, Self::NoPlatform];

    /// The word for it in SQL, JSON and class names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::MicrophoneBlocked => "microphone-blocked",
            Self::NoMicrophone => "no-microphone",
            Self::MicrophoneFails => "microphone-fails",
            Self::NoPlatform => "no-platform",
        }
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|unable| unable.name() == word)
    }
}

impl AwayReason {
    pub const BREAK: Self = Self(Word::known("break"));
    pub const LUNCH: Self = Self(Word::known("lunch"));
    pub const MEETING: Self = Self(Word::known("meeting"));
    pub const TRAINING: Self = Self(Word::known("training"));
    /// Set by us, and never in the operator's list: calls were offered and not taken.
    pub const NO_ANSWER: Self = Self(Word::known("no-answer"));

    /// The word for it in SQL, JSON and URLs.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.text()
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Word::parse(word).ok().map(Self)
    }
}

impl State {
    /// The word for it in SQL, JSON and class names, without the reason.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Ready => "ready",
            Self::Unable(_) => "unable",
            Self::Ringing => "ringing",
            Self::Talking => "talking",
            Self::Hold => "hold",
            Self::WrapUp => "wrap-up",
            Self::Away(_) => "away",
            Self::Asleep => "asleep",
            Self::Reconnecting => "reconnecting",
        }
    }

    /// Reads what [`Self::name`] and [`Self::reason`] wrote.
    #[must_use]
    pub fn parse(name: &str, reason: Option<&str>) -> Option<Self> {
        Some(match name {
            "offline" => Self::Offline,
            "ready" => Self::Ready,
            "unable" => Self::Unable(Unable::parse(reason?)?),
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

    /// The word for the reason, in SQL: of [`State::Away`] and [`State::Unable`].
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Away(reason) => Some(reason.name()),
            Self::Unable(unable) => Some(unable.name()),
            _ => None,
        }
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

/// What happens to an agent, or what they ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Happening {
    Asked(Wish),
    /// A call is reserved for them and begins to ring.
    Offered,
    /// They place a call.
    Dials,
    /// The call is theirs: they hear the other side.
    Answered,
    /// What rang was not taken in time.
    Missed,
    /// They declined what rang.
    Declined,
    /// What rang stopped before they could take it: the caller left.
    Withdrawn,
    /// What rang could not be taken there: see [`Unable`].
    Failed,
    Held,
    Resumed,
    /// Their part in the call is over.
    Ended,
    /// Wrap-up is over, by them or by time.
    WrappedUp,
    /// No sign of life for [`SILENCE_MS`].
    Silent,
    /// A sign of life.
    Heard,
    /// Silent for [`GONE_MS`], or for [`LEFT_MS`] since their page was closed.
    Gone,
    /// Their console says whether it can take calls, or why not.
    Reports(Option<Unable>),
    /// They were away for not answering as long as [`Rules::return_minutes`] says.
    Returned,
}

/// An agent without a heartbeat for this long is silent, ms.
pub const SILENCE_MS: i64 = 15_000;
/// An agent who is silent for this long is offline, ms.
pub const GONE_MS: i64 = 120_000;
/// A page that was closed and is not back after this long was not reloaded, ms.
pub const LEFT_MS: i64 = 15_000;

/// Where an agent stands: the state, and what follows from the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Standing {
    pub state: State,
    /// While silent, or gone without saying so: what they come back to.
    pub back_to: Option<State>,
    /// What they asked for while it was not possible.
    pub pending: Option<Wish>,
    /// Offers not taken in a row.
    pub misses: u32,
    /// Why their console cannot take calls, as it said last, whatever they are doing. Nothing is known of a silent one.
    #[serde(default)]
    pub unable: Option<Unable>,
}

/// The table says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an agent who is {} cannot do this: {happening:?}", state.name())]
pub struct Illegal {
    pub state: State,
    pub happening: Happening,
}

/// What the table says for a state and a happening.
enum Row {
    /// Go there.
    To(State),
    /// Go to what is pending, or be ready.
    Free,
    /// Stay, and remember the wish.
    Later,
    /// Stay as it is: nothing new.
    Same,
    /// Be silent: asleep, or reconnecting when in a call.
    Sleep(State),
    /// Come back from silence.
    Wake,
    /// Come back, when they went without saying so.
    Return,
    Illegal,
}

impl Standing {
    /// Somebody who has just got an account.
    #[must_use]
    pub fn new() -> Self {
        Self { state: State::Offline, back_to: None, pending: None, misses: 0, unable: None }
    }

    /// The next standing, by the rules of now.
    ///
    /// # Errors
    /// [`Illegal`]: the table has no such step, and nothing changes.
    pub fn step(self, happening: Happening, rules: Rules) -> Result<Self, Illegal> {
        let mut next = self;
        match row(self.state, happening) {
            Row::Illegal => return Err(Illegal { state: self.state, happening }),
            Row::Same => {}
            Row::To(state) => next.state = state,
            Row::Free => next.state = next.pending.take().map_or(State::Ready, Wish::state),
            Row::Later => next.pending = if let Happening::Asked(wish) = happening { Some(wish) } else { self.pending },
            Row::Sleep(state) => {
                // A console that comes back says again what keeps calls out.
                next.back_to = Some(if let State::Unable(_) = self.state { State::Ready } else { self.state });
                next.state = state;
            }
            Row::Wake => next.state = self.back_to.unwrap_or(State::Ready),
            Row::Return => next.state = self.back_to.unwrap_or(self.state),
        }
        match happening {
            Happening::Missed => {
                next.misses = self.misses.saturating_add(1);
                if rules.misses > 0 && next.misses >= rules.misses {
                    next.state = State::Away(AwayReason::NO_ANSWER);
                    (next.misses, next.pending) = (0, None);
                }
            }
            Happening::Answered | Happening::Declined => next.misses = 0,
            Happening::Reports(unable) => next.unable = unable,
            Happening::Silent => next.unable = None,
            // An agent who says something is there.
            Happening::Asked(_) if !matches!(next.state, State::Ringing) => next.misses = 0,
            _ => {}
        }
        match self.state {
            // While reconnecting, the call goes on and is what there is to come back to.
            State::Reconnecting if next.state == State::Reconnecting => {
                next.back_to = match happening {
                    Happening::Answered | Happening::Resumed => Some(State::Talking),
                    Happening::Held => Some(State::Hold),
                    _ => self.back_to,
                };
            }
            // The call is over while they were gone: they come back to what comes after it.
            State::Reconnecting if next.state == State::Asleep => {
                next.back_to = Some(match happening {
                    Happening::Ended => State::WrapUp,
                    _ => next.pending.take().map_or(State::Ready, Wish::state),
                });
            }
            // Who went without saying so comes back to what they were; who chose to be offline stays offline.
            State::Offline | State::Asleep
                if next.state == State::Offline && !matches!(happening, Happening::Asked(_)) => {}
            _ if !matches!(next.state, State::Asleep | State::Reconnecting) => next.back_to = None,
            _ => {}
        }
        next.state = match (next.state, next.unable) {
            (State::Ready | State::Unable(_), Some(unable)) => State::Unable(unable),
            (State::Unable(_), None) => State::Ready,
            (state, _) => state,
        };
        Ok(next)
    }

    /// May a call be offered to them, as far as the table knows? One whose console cannot take it is not ready. Whether
    /// they are there is another question.
    #[must_use]
    pub fn takes_calls(self) -> bool {
        self.state == State::Ready && self.pending.is_none()
    }
}

impl Default for Standing {
    fn default() -> Self {
        Self::new()
    }
}

/// The table. A pair that is not here is illegal.
fn row(state: State, happening: Happening) -> Row {
    use Happening as H;
    use State as S;
    match (state, happening) {
        // A wish is granted at once unless a call, or its notes, come first.
        (S::Offline | S::Ready | S::Unable(_) | S::Away(_) | S::Asleep, H::Asked(wish)) => Row::To(wish.state()),
        (S::Away(AwayReason::NO_ANSWER), H::Returned) => Row::To(S::Ready),
        (S::WrapUp, H::Asked(Wish::Ready)) => Row::Free,
        (S::WrapUp | S::Ringing | S::Talking | S::Hold | S::Reconnecting, H::Asked(_)) => Row::Later,

        (S::Ready, H::Offered) => Row::To(S::Ringing),
        // Their browser places it, so it could after all.
        (S::Offline | S::Ready | S::Unable(_) | S::Away(_) | S::WrapUp, H::Dials) => Row::To(S::Ringing),
        // Answered at once, before we heard that it rang; or taken in the moment in which the console gave up.
        (S::Ready | S::Unable(_) | S::Ringing | S::Talking, H::Answered) => Row::To(S::Talking),
        (S::Ringing, H::Missed | H::Declined | H::Withdrawn | H::Failed) => Row::Free,
        (S::Talking | S::Hold, H::Held) => Row::To(S::Hold),
        (S::Talking | S::Hold, H::Resumed) => Row::To(S::Talking),
        (S::Talking | S::Hold | S::Ringing, H::Ended) => Row::To(S::WrapUp),
        (S::WrapUp, H::WrappedUp) => Row::Free,

        (S::Ready | S::Unable(_) | S::Away(_) | S::WrapUp, H::Silent) => Row::Sleep(S::Asleep),
        (S::Ringing | S::Talking | S::Hold, H::Silent) => Row::Sleep(S::Reconnecting),
        (S::Offline | S::Asleep | S::Reconnecting, H::Silent) => Row::Same,
        (S::Reconnecting | S::Asleep, H::Heard) => Row::Wake,
        (S::Offline, H::Heard) => Row::Return,
        (S::Asleep, H::Gone) => Row::To(S::Offline),
        (_, H::Heard | H::Reports(_)) => Row::Same,

        // In a call without a sign of life: the call has its own life.
        (S::Reconnecting, H::Answered | H::Held | H::Resumed) => Row::Same,
        (S::Reconnecting, H::Ended | H::Missed | H::Declined | H::Withdrawn | H::Failed) => Row::To(S::Asleep),
        (S::Asleep, H::WrappedUp) => Row::Same,
        _ => Row::Illegal,
    }
}

#[cfg(test)]
mod tests;
