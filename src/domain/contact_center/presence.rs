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
    pub fn reason(self) -> Option<&'static str> {
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
}

/// An agent without a heartbeat for this long is silent, ms.
pub const SILENCE_MS: i64 = 15_000;
/// An agent who is silent for this long is offline, ms.
pub const GONE_MS: i64 = 120_000;
/// A page that was closed and is not back after this long was not reloaded, ms.
pub const LEFT_MS: i64 = 15_000;
/// Offers not taken in a row, after which an agent is away.
pub const MOST_MISSES: u32 = 2;

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

    /// The next standing.
    ///
    /// # Errors
    /// [`Illegal`]: the table has no such step, and nothing changes.
    pub fn step(self, happening: Happening) -> Result<Self, Illegal> {
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
                if next.misses >= MOST_MISSES {
                    next.state = State::Away(AwayReason::NoAnswer);
                    (next.misses, next.pending) = (0, None);
                }
            }
            Happening::Answered | Happening::Declined => next.misses = 0,
            Happening::Reports(unable) => next.unable = unable,
            Happening::Silent => next.unable = None,
            // Whoever says something is there.
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
mod tests {
    use proptest::prelude::*;

    use super::*;

    const STATES: [State; 17] = [
        State::Offline,
        State::Ready,
        State::Ringing,
        State::Talking,
        State::Hold,
        State::WrapUp,
        State::Away(AwayReason::Break),
        State::Away(AwayReason::Lunch),
        State::Away(AwayReason::Meeting),
        State::Away(AwayReason::Training),
        State::Away(AwayReason::NoAnswer),
        State::Asleep,
        State::Reconnecting,
        State::Unable(Unable::MicrophoneBlocked),
        State::Unable(Unable::NoMicrophone),
        State::Unable(Unable::MicrophoneFails),
        State::Unable(Unable::NoPlatform),
    ];

    fn at(state: State) -> Standing {
        let unable = if let State::Unable(unable) = state { Some(unable) } else { None };
        Standing { state, unable, ..Standing::new() }
    }

    fn happening() -> impl Strategy<Value = Happening> {
        use Happening::*;
        prop_oneof![
            Just(Asked(Wish::Ready)),
            Just(Asked(Wish::Away(AwayReason::Lunch))),
            Just(Asked(Wish::Offline)),
            Just(Offered),
            Just(Dials),
            Just(Answered),
            Just(Missed),
            Just(Declined),
            Just(Withdrawn),
            Just(Failed),
            Just(Held),
            Just(Resumed),
            Just(Ended),
            Just(WrappedUp),
            Just(Silent),
            Just(Heard),
            Just(Gone),
            Just(Reports(None)),
            Just(Reports(Some(Unable::MicrophoneBlocked))),
            Just(Reports(Some(Unable::NoPlatform))),
        ]
    }

    #[test]
    fn a_state_is_its_name_and_its_reason() {
        for state in STATES {
            assert_eq!(State::parse(state.name(), state.reason()), Some(state));
        }
        assert_eq!(State::parse("unable", Some("lunch")), None);
        assert_eq!(State::parse("away", None), None);
        assert_eq!(State::parse("away", Some("holiday")), None);
        assert_eq!(State::parse("dancing", None), None);
    }

    #[test]
    fn only_a_ready_agent_is_offered_a_call() {
        for state in STATES {
            assert_eq!(at(state).step(Happening::Offered).is_ok(), state == State::Ready, "{state:?}");
        }
        let leaving = Standing { pending: Some(Wish::Offline), ..at(State::Ready) };
        assert!(!leaving.takes_calls());
    }

    #[test]
    fn a_break_asked_for_in_a_call_comes_after_its_notes() {
        let lunch = Wish::Away(AwayReason::Lunch);
        let mut me = at(State::Talking).step(Happening::Asked(lunch)).unwrap();
        assert_eq!((me.state, me.pending), (State::Talking, Some(lunch)));
        me = me.step(Happening::Ended).unwrap();
        assert_eq!((me.state, me.pending), (State::WrapUp, Some(lunch)));
        me = me.step(Happening::WrappedUp).unwrap();
        assert_eq!((me.state, me.pending), (State::Away(AwayReason::Lunch), None));
    }

    #[test]
    fn two_misses_in_a_row_are_away_and_one_answer_forgives() {
        let ring = |me: Standing| me.step(Happening::Offered).unwrap();
        let once = ring(at(State::Ready)).step(Happening::Missed).unwrap();
        assert_eq!((once.state, once.misses), (State::Ready, 1));
        let twice = ring(once).step(Happening::Missed).unwrap();
        assert_eq!((twice.state, twice.misses), (State::Away(AwayReason::NoAnswer), 0));
        let answered = ring(once).step(Happening::Answered).unwrap();
        assert_eq!(answered.misses, 0);
        assert_eq!(ring(once).step(Happening::Withdrawn).unwrap().misses, 1, "a caller who left proves nothing");
    }

    #[test]
    fn a_reload_in_a_call_comes_back_to_the_call() {
        let gone = at(State::Talking).step(Happening::Silent).unwrap();
        assert_eq!(gone.state, State::Reconnecting);
        assert_eq!(gone.step(Happening::Heard).unwrap().state, State::Talking);
        let held = gone.step(Happening::Held).unwrap();
        assert_eq!(held.step(Happening::Heard).unwrap().state, State::Hold);
        let over = gone.step(Happening::Ended).unwrap();
        assert_eq!(over.state, State::Asleep);
        assert_eq!(over.step(Happening::Offered), Err(Illegal { state: State::Asleep, happening: Happening::Offered }));
    }

    #[test]
    fn whoever_sleeps_wakes_to_what_they_were() {
        for state in [State::Ready, State::Away(AwayReason::Break), State::WrapUp] {
            let asleep = at(state).step(Happening::Silent).unwrap();
            assert_eq!(asleep.state, State::Asleep);
            assert_eq!(asleep.step(Happening::Heard).unwrap(), at(state));
        }
    }

    #[test]
    fn b18_who_is_gone_is_offline_and_comes_back_to_what_they_were() {
        for state in [State::Ready, State::Away(AwayReason::Lunch), State::WrapUp] {
            let gone = at(state).step(Happening::Silent).unwrap().step(Happening::Gone).unwrap();
            assert_eq!(gone.state, State::Offline);
            assert!(!gone.takes_calls());
            assert_eq!(gone.step(Happening::Silent).unwrap(), gone, "silence is nothing new");
            assert_eq!(gone.step(Happening::Heard).unwrap(), at(state));
        }
        // Who chose to be offline stays so, whatever is heard of them.
        let chose = at(State::Ready).step(Happening::Asked(Wish::Offline)).unwrap();
        assert_eq!(chose.step(Happening::Heard).unwrap(), chose);
        let gone = at(State::Ready).step(Happening::Silent).unwrap().step(Happening::Gone).unwrap();
        let chose = gone.step(Happening::Asked(Wish::Offline)).unwrap();
        assert_eq!(chose.step(Happening::Heard).unwrap(), chose);
        // Only who is asleep can be gone: calls have their own life.
        for state in [State::Ready, State::Talking, State::Reconnecting, State::Ringing] {
            assert!(at(state).step(Happening::Gone).is_err(), "{state:?}");
        }
    }

    #[test]
    fn a_console_that_cannot_take_calls_is_never_offered_one_and_comes_back_by_itself() {
        let blocked = Happening::Reports(Some(Unable::MicrophoneBlocked));
        let me = at(State::Ready).step(blocked).unwrap();
        assert_eq!((me.state, me.takes_calls()), (State::Unable(Unable::MicrophoneBlocked), false));
        assert!(me.step(Happening::Offered).is_err());
        // Choosing ready does not make a microphone.
        assert_eq!(me.step(Happening::Asked(Wish::Ready)).unwrap().state, State::Unable(Unable::MicrophoneBlocked));
        let other = me.step(Happening::Reports(Some(Unable::NoPlatform))).unwrap();
        assert_eq!(other.state, State::Unable(Unable::NoPlatform));
        assert_eq!(other.step(Happening::Reports(None)).unwrap(), at(State::Ready));
        // A break is a break, and what is wrong is known when it is over.
        let lunch = me.step(Happening::Asked(Wish::Away(AwayReason::Lunch))).unwrap();
        assert_eq!(lunch.state, State::Away(AwayReason::Lunch));
        assert_eq!(lunch.step(Happening::Asked(Wish::Ready)).unwrap().state, me.state);
        assert_eq!(lunch.step(Happening::Reports(None)).unwrap().state, State::Away(AwayReason::Lunch));
    }

    #[test]
    fn what_rings_at_a_console_that_cannot_take_it_is_no_miss() {
        let gone = Happening::Reports(Some(Unable::NoPlatform));
        let ringing = at(State::Ready).step(Happening::Offered).unwrap().step(gone).unwrap();
        assert_eq!(ringing.state, State::Ringing, "until it is told what becomes of the offer");
        let after = ringing.step(Happening::Failed).unwrap();
        assert_eq!((after.state, after.misses), (State::Unable(Unable::NoPlatform), 0));
        let wrapping = at(State::Talking).step(gone).unwrap().step(Happening::Ended).unwrap();
        assert_eq!(wrapping.state, State::WrapUp);
        assert_eq!(wrapping.step(Happening::WrappedUp).unwrap().state, State::Unable(Unable::NoPlatform));
    }

    #[test]
    fn a_silent_console_says_nothing_of_the_next_one() {
        let asleep = at(State::Unable(Unable::NoMicrophone)).step(Happening::Silent).unwrap();
        assert_eq!((asleep.state, asleep.back_to), (State::Asleep, Some(State::Ready)));
        assert_eq!(asleep.step(Happening::Heard).unwrap(), at(State::Ready));
        // The next one says what it is before it wakes the agent.
        let blocked = asleep.step(Happening::Reports(Some(Unable::MicrophoneBlocked))).unwrap();
        assert_eq!(blocked.step(Happening::Heard).unwrap().state, State::Unable(Unable::MicrophoneBlocked));
    }

    #[test]
    fn a_standing_of_before_is_read() {
        let text = r#"{"state":{"state":"ready"},"back_to":null,"pending":null,"misses":1}"#;
        let read: Standing = serde_json::from_str(text).unwrap();
        assert_eq!(read, Standing { misses: 1, ..at(State::Ready) });
    }

    #[test]
    fn a_refusal_says_what_is_and_what_was_asked() {
        let refused = at(State::Offline).step(Happening::Held).unwrap_err();
        assert_eq!(refused.to_string(), "an agent who is offline cannot do this: Held");
    }

    proptest! {
        /// Whatever happens, in whatever order.
        #[test]
        fn the_table_keeps_its_promises(happenings in proptest::collection::vec(happening(), 1..60)) {
            let mut me = Standing::new();
            for happening in happenings {
                let before = me;
                match me.step(happening) {
                    Ok(next) => me = next,
                    Err(illegal) => {
                        prop_assert_eq!(illegal, Illegal { state: before.state, happening });
                        continue;
                    }
                }
                // Only who is silent, or gone, has something to come back to.
                let silent = me.state == State::Reconnecting
                    || matches!(me.state, State::Asleep | State::Offline) && me.back_to.is_some();
                prop_assert_eq!(me.back_to.is_some(), silent, "{:?} {:?}", before, happening);
                prop_assert!(me.misses < MOST_MISSES);
                // Nobody is offered a call but from ready, and nobody sleeps into one.
                if happening == Happening::Offered {
                    prop_assert_eq!(before.state, State::Ready);
                }
                if matches!(before.state, State::Asleep | State::Offline) && happening != Happening::Dials {
                    prop_assert!(!me.state.is_busy(), "{:?} {:?}", before, happening);
                }
                // Ready means that the console can take a call; what keeps calls out is shown for as long as it is so.
                prop_assert!(me.state != State::Ready || me.unable.is_none(), "{:?} {:?}", before, happening);
                if let State::Unable(unable) = me.state {
                    prop_assert_eq!(me.unable, Some(unable));
                    prop_assert!(!me.takes_calls() && me.step(Happening::Offered).is_err());
                    prop_assert_eq!(me.step(Happening::Reports(None)).map(|next| next.state), Ok(State::Ready));
                }
                if let Happening::Reports(unable) = happening {
                    let same = Standing { unable, ..before };
                    let shown = matches!(before.state, State::Ready | State::Unable(_));
                    prop_assert!(shown || me == same, "in the middle of something a report changes nothing else");
                }
                // A wish is granted or remembered, never lost.
                if let Happening::Asked(wish) = happening {
                    let granted = me.state == wish.state() || (wish == Wish::Ready && me.unable.is_some());
                    prop_assert!(granted || me.pending == Some(wish) || before.state == State::WrapUp);
                }
            }
        }
    }
}
