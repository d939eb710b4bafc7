//! A visitor's call as the page sees it: pure, so that every way it can go is in a table of tests.
//!
//! Three voices tell it what happens, in any order: the visitor, the Client SDK, and our server, whose live events come
//! from the platform's webhooks. None of them is relied on alone. What the page must do is returned as [`Effect`]s; the
//! [`driver`](super::driver) does it and answers with [`Input`]s.

use crate::api::click_to_call::{Care, Refusal};
use crate::browser::microphone::Problem;
use crate::domain::call::{Outcome, Phase};

/// Where the call is. Times are ms of the visitor's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    #[default]
    Idle,
    /// Microphone and session are being got, at the same time.
    Preparing {
        /// The browser is asking the visitor.
        asking: bool,
        microphone: bool,
        session: bool,
    },
    Denied(Problem),
    /// The SDK is placing the call. The server may be ahead of it.
    Placing {
        step: Step,
    },
    Live(Live),
    /// The call of the page before a reload, or of a lost session, is being brought back.
    Returning {
        since: Option<i64>,
    },
    /// The SDK says that it is over, before anybody talked. Why, the server knows in a moment.
    Closing {
        step: Step,
        /// What the SDK thinks.
        guess: End,
    },
    Over(End),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    pub step: Step,
    /// When talking began.
    pub since: Option<i64>,
    pub session_down: bool,
    pub media_down: bool,
}

/// How far a call is. Ordered: news that come late never turn it back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Step {
    #[default]
    Connecting,
    Ringing,
    Talking,
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Somebody hung up. How long they talked, if they did.
    Ended {
        seconds: Option<u32>,
    },
    /// Busy, or rejected: nobody can take the call now.
    Busy,
    NoAnswer,
    Failed(Why),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    Refused(Refusal),
    /// Scripts of the page could not be loaded.
    NotLoaded,
    /// The connection was lost and could not be brought back.
    Lost,
    /// The call was not put through.
    NotConnected,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    // The visitor
    Press,
    HangUp,
    // The browser
    MicrophoneAsked,
    MicrophoneGranted,
    MicrophoneRefused(Problem),
    // The way to a call
    SessionOpened,
    Placed,
    Failed(Why),
    /// The page was loaded during a call.
    Reloaded {
        since: Option<i64>,
    },
    Returned,
    NotReturned,
    // The SDK
    Leg(Step),
    /// The call is over: what the SDK guesses from its reason, should nobody have talked.
    HungUp {
        guess: End,
    },
    SessionDown,
    SessionBack,
    SessionGone,
    MediaDown,
    MediaBack,
    MediaGone,
    // The server
    Server(Phase),
    /// It did not say why the call ended.
    OutcomeMissing,
}

/// What the page must do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Get the microphone and a session.
    Prepare,
    Place,
    /// Bring the call back: session first, then audio.
    Return,
    /// Wait a moment for [`Input::Server`], then say [`Input::OutcomeMissing`].
    AwaitOutcome,
    /// Hang up, now.
    HangUp,
    /// Give everything back: hang up if the SDK does not notice by itself, end the session, forget the call.
    Release,
}

impl Stage {
    /// The value of the widget's `data-state`. **Stable**: browser tests and style sheets rely on it.
    ///
    /// `idle` `microphone` `denied` `connecting` `ringing` `talking` `reconnecting` `ended` `busy` `no-answer` `failed`
    #[must_use]
    pub fn name(&self) -> &'static str {
        let step = |step: &Step| match step {
            Step::Connecting => "connecting",
            Step::Ringing => "ringing",
            Step::Talking => "talking",
        };
        match self {
            Self::Idle => "idle",
            Self::Preparing { asking: true, .. } => "microphone",
            Self::Preparing { .. } => "connecting",
            Self::Denied(_) => "denied",
            Self::Placing { step: at } | Self::Closing { step: at, .. } => step(at),
            Self::Live(live) if live.session_down || live.media_down => "reconnecting",
            Self::Live(live) => step(&live.step),
            Self::Returning { .. } => "reconnecting",
            Self::Over(End::Ended { .. }) => "ended",
            Self::Over(End::Busy) => "busy",
            Self::Over(End::NoAnswer) => "no-answer",
            Self::Over(End::Failed(_)) => "failed",
        }
    }

    /// The value of the widget's `data-state`: [`Self::name`], and what the agents have to do with the call. **Stable** too.
    ///
    /// `waiting` `message` `on-hold` `call-back`
    #[must_use]
    pub fn shown(&self, care: Care) -> &'static str {
        let name = self.name();
        match (self, care) {
            (_, Care::None) => name,
            (Self::Over(End::Ended { .. }), Care::CallBack) => "call-back",
            (Self::Placing { .. } | Self::Live(_), _) if name != "reconnecting" => match care {
                Care::None => name,
                Care::Waiting { .. } => "waiting",
                Care::Message => "message",
                Care::CallBack => "call-back",
                Care::OnHold => "on-hold",
            },
            _ => name,
        }
    }

    /// There is a call, or there is about to be one.
    #[must_use]
    pub fn is_running(&self) -> bool {
        !matches!(self, Self::Idle | Self::Denied(_) | Self::Over(_))
    }

    /// There is nothing left to hang up: the visitor will be called back, and the call ends by itself when they were told.
    #[must_use]
    pub fn ends_by_itself(&self, care: Care) -> bool {
        self.is_running() && self.shown(care) == "call-back"
    }

    /// There is a call that leaving the page would end.
    #[must_use]
    pub fn is_call(&self) -> bool {
        matches!(self, Self::Placing { .. } | Self::Live(_) | Self::Returning { .. })
    }

    /// When talking began.
    #[must_use]
    pub fn since(&self) -> Option<i64> {
        match self {
            Self::Live(live) => live.since,
            Self::Returning { since } => *since,
            _ => None,
        }
    }

    /// What `input` makes of it, and what must be done.
    #[must_use]
    pub fn step(self, input: Input, now: i64) -> (Self, Vec<Effect>) {
        match input {
            Input::Press => self.press(),
            Input::HangUp => self.hang_up(now),
            Input::MicrophoneAsked
            | Input::MicrophoneGranted
            | Input::MicrophoneRefused(_)
            | Input::SessionOpened
            | Input::Placed
            | Input::Failed(_)
            | Input::Reloaded { .. }
            | Input::Returned
            | Input::NotReturned => self.on_the_way(input),
            Input::Leg(step) => (self.reached(step, now), vec![]),
            Input::HungUp { guess } => self.hung_up(guess, now),
            Input::SessionDown | Input::SessionBack | Input::MediaDown | Input::MediaBack => (self.link(input), vec![]),
            Input::SessionGone => self.session_gone(),
            Input::MediaGone => match self {
                Self::Live(_) => self.over(End::Failed(Why::Lost)),
                _ => (self, vec![]),
            },
            Input::Server(phase) => self.told(phase, now),
            Input::OutcomeMissing => match self {
                Self::Closing { guess, .. } => self.over(guess),
                _ => (self, vec![]),
            },
        }
    }

    fn press(self) -> (Self, Vec<Effect>) {
        if self.is_running() {
            return (self, vec![]);
        }
        (Self::Preparing { asking: false, microphone: false, session: false }, vec![Effect::Prepare])
    }

    fn hang_up(self, now: i64) -> (Self, Vec<Effect>) {
        match self {
            // Nothing was placed, so nothing ended.
            Self::Preparing { .. } => (Self::Idle, vec![Effect::Release]),
            Self::Placing { .. } | Self::Live(_) | Self::Returning { .. } | Self::Closing { .. } => {
                (Self::Over(End::Ended { seconds: self.seconds(now) }), vec![Effect::HangUp, Effect::Release])
            }
            Self::Idle | Self::Denied(_) | Self::Over(_) => (self, vec![]),
        }
    }

    fn on_the_way(self, input: Input) -> (Self, Vec<Effect>) {
        let begin = |asking, microphone, session| {
            if microphone && session {
                (Self::Placing { step: Step::Connecting }, vec![Effect::Place])
            } else {
                (Self::Preparing { asking, microphone, session }, vec![])
            }
        };
        match (self, input) {
            (Self::Preparing { microphone: false, session, .. }, Input::MicrophoneAsked) => begin(true, false, session),
            (Self::Preparing { session, .. }, Input::MicrophoneGranted) => begin(false, true, session),
            (Self::Preparing { .. }, Input::MicrophoneRefused(problem)) => {
                (Self::Denied(problem), vec![Effect::Release])
            }
            (Self::Preparing { asking, microphone, .. }, Input::SessionOpened) => begin(asking, microphone, true),
            (Self::Placing { step }, Input::Placed) => {
                (Self::Live(Live { step, since: None, session_down: false, media_down: false }), vec![])
            }
            (Self::Preparing { .. } | Self::Placing { .. }, Input::Failed(why)) => self.over(End::Failed(why)),
            (Self::Idle, Input::Reloaded { since }) => (Self::Returning { since }, vec![Effect::Return]),
            (Self::Returning { since }, Input::Returned) => {
                let step = if since.is_some() { Step::Talking } else { Step::Connecting };
                (Self::Live(Live { step, since, session_down: false, media_down: false }), vec![])
            }
            // Mostly it ended while the page was loading.
            (Self::Returning { .. }, Input::NotReturned | Input::Failed(_)) => self.over(End::Ended { seconds: None }),
            _ => (self, vec![]),
        }
    }

    fn reached(self, step: Step, now: i64) -> Self {
        match self {
            Self::Placing { step: at } => Self::Placing { step: at.max(step) },
            Self::Live(live) => {
                let step = live.step.max(step);
                let since = live.since.or((step == Step::Talking).then_some(now));
                Self::Live(Live { step, since, ..live })
            }
            Self::Returning { since } => Self::Returning { since: since.or((step == Step::Talking).then_some(now)) },
            other => other,
        }
    }

    fn hung_up(self, guess: End, now: i64) -> (Self, Vec<Effect>) {
        match self {
            Self::Live(Live { step: Step::Talking, .. }) | Self::Returning { since: Some(_) } => {
                self.over(End::Ended { seconds: self.seconds(now) })
            }
            Self::Placing { step } | Self::Live(Live { step, .. }) => {
                (Self::Closing { step, guess }, vec![Effect::AwaitOutcome])
            }
            Self::Returning { since: None } => {
                (Self::Closing { step: Step::Connecting, guess }, vec![Effect::AwaitOutcome])
            }
            other => (other, vec![]),
        }
    }

    fn link(self, input: Input) -> Self {
        let Self::Live(mut live) = self else { return self };
        match input {
            Input::SessionDown => live.session_down = true,
            Input::SessionBack => live.session_down = false,
            Input::MediaDown => live.media_down = true,
            _ => live.media_down = false,
        }
        Self::Live(live)
    }

    fn session_gone(self) -> (Self, Vec<Effect>) {
        match self {
            Self::Live(live) => (Self::Returning { since: live.since }, vec![Effect::Return]),
            Self::Preparing { .. } | Self::Placing { .. } => self.over(End::Failed(Why::NotConnected)),
            other => (other, vec![]),
        }
    }

    fn told(self, phase: Phase, now: i64) -> (Self, Vec<Effect>) {
        match phase {
            Phase::Connecting => (self, vec![]),
            Phase::Ringing => (self.reached(Step::Ringing, now), vec![]),
            Phase::Talking => (self.reached(Step::Talking, now), vec![]),
            Phase::Ended(outcome) => match self {
                Self::Placing { .. } | Self::Live(_) | Self::Returning { .. } | Self::Closing { .. } => {
                    self.over(self.end(outcome, now))
                }
                Self::Idle | Self::Preparing { .. } | Self::Denied(_) | Self::Over(_) => (self, vec![]),
            },
        }
    }

    fn over(self, end: End) -> (Self, Vec<Effect>) {
        (Self::Over(end), vec![Effect::Release])
    }

    fn end(&self, outcome: Outcome, now: i64) -> End {
        match outcome {
            Outcome::Answered | Outcome::Voicemail | Outcome::Abandoned | Outcome::LeftMessage | Outcome::CallBack => {
                End::Ended { seconds: self.seconds(now) }
            }
            Outcome::Busy | Outcome::Rejected => End::Busy,
            Outcome::NoAnswer => End::NoAnswer,
            Outcome::Failed => End::Failed(Why::NotConnected),
        }
    }

    /// How long they talked until now.
    fn seconds(&self, now: i64) -> Option<u32> {
        self.since().map(|since| u32::try_from((now - since).max(0) / 1000).unwrap_or(u32::MAX))
    }
}

/// Reads [`Phase::name`], as the live events write it.
#[must_use]
pub fn phase(word: &str) -> Option<Phase> {
    use Outcome::*;
    let ended = [Answered, Voicemail, Busy, Rejected, NoAnswer, Failed, Abandoned, LeftMessage, CallBack];
    let ended = ended.map(Phase::Ended);
    [Phase::Connecting, Phase::Ringing, Phase::Talking].into_iter().chain(ended).find(|phase| phase.name() == word)
}

/// What a hang-up reason of the SDK says, should the server say nothing.
#[must_use]
pub fn guess(reason: &str) -> End {
    match reason {
        "REMOTE_REJECT" => End::Busy,
        "REMOTE_NO_ANSWER_TIMEOUT" => End::NoAnswer,
        "MEDIA_TIMEOUT" => End::Failed(Why::NotConnected),
        _ => End::Ended { seconds: None },
    }
}

#[cfg(test)]
mod tests;
