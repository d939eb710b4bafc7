//! Can this console take a call? What the browser says of the microphone and how the softphone is linked, in one answer.
//! Pure.

use super::phone::{Link, Phone};
use crate::api::contact_center::{State, Unable};
use crate::browser::microphone::Problem;

/// A link that is away for less, ms, comes back while a call rings.
pub const PATIENCE_MS: i64 = 2_000;

/// What the browser lets this page do, by the Permissions API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Permission {
    Granted,
    /// It is going to ask the agent.
    Asks,
    Denied,
    /// It does not say.
    #[default]
    Unknown,
}

/// The microphone, as far as the browser tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Microphone {
    pub permission: Permission,
    there: bool,
    /// What went wrong when it was last asked for.
    failure: Option<Problem>,
}

impl Default for Microphone {
    /// Until the browser says otherwise nothing is wrong.
    fn default() -> Self {
        Self { permission: Permission::Unknown, there: true, failure: None }
    }
}

impl Microphone {
    /// From the browser's words: the permission's state, and the name of what went wrong, empty when nothing did.
    #[must_use]
    pub fn read(permission: &str, there: bool, failure: &str) -> Self {
        let permission = match permission {
            "granted" => Permission::Granted,
            "prompt" => Permission::Asks,
            "denied" => Permission::Denied,
            _ => Permission::Unknown,
        };
        let failure = (!failure.is_empty()).then(|| Problem::of_error_name(failure));
        Self { permission, there, failure }
    }

    /// Why there is no microphone to speak into. A denied permission is no reason by itself: what the browser says when it
    /// is asked is.
    #[must_use]
    pub fn problem(self) -> Option<Problem> {
        match self.failure {
            Some(Problem::Insecure) => Some(Problem::Insecure),
            _ if !self.there => Some(Problem::Missing),
            failure => failure,
        }
    }

    /// The browser would ask while a caller waits.
    #[must_use]
    pub fn asks(self) -> bool {
        self.permission == Permission::Asks && self.problem().is_none()
    }

    /// It may work again by itself, and looking costs no question.
    #[must_use]
    pub fn is_worth_a_look(self) -> bool {
        self.permission == Permission::Granted && self.problem().is_some()
    }
}

/// Why no call can be taken here now.
#[must_use]
pub fn unable(phone: &Phone, microphone: Microphone, now: i64) -> Option<Unable> {
    let problem = microphone.problem().map(|problem| match problem {
        Problem::Blocked | Problem::Insecure => Unable::MicrophoneBlocked,
        Problem::Missing => Unable::NoMicrophone,
        Problem::InUse | Problem::Other => Unable::MicrophoneFails,
    });
    problem.or_else(|| (lost_for(phone.link, now) >= PATIENCE_MS).then_some(Unable::NoPlatform))
}

/// How long the softphone has been without its session, ms. Another tab's is not ours to judge.
#[must_use]
pub fn lost_for(link: Link, now: i64) -> i64 {
    match link {
        Link::Opening { since } | Link::Down { since } => now - since,
        Link::Elsewhere | Link::Up => 0,
    }
}

/// What the server is told. While it shows an offer that was taken here already, nothing: it would lead the caller away.
#[must_use]
pub fn reported(unable: Option<Unable>, phone: &Phone, offered: bool) -> Option<Unable> {
    unable.filter(|_| !(offered && phone.lasting().is_some()))
}

/// What this console shows of its agent's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    State(State),
    /// The server is out of reach: whatever it thinks, no call comes here.
    NoServer,
}

impl Shown {
    /// The server's state, unless we know better: it hears a moment later what keeps calls out.
    #[must_use]
    pub fn of(state: State, unable: Option<Unable>, server_is_lost: bool) -> Self {
        match (state, unable) {
            (State::Ready | State::Unable(_), _) if server_is_lost => Self::NoServer,
            (State::Ready, Some(unable)) => Self::State(State::Unable(unable)),
            _ => Self::State(state),
        }
    }

    /// The state whose shape and colour it has.
    #[must_use]
    pub fn state(self) -> State {
        match self {
            Self::State(state) => state,
            Self::NoServer => State::Unable(Unable::NoPlatform),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::phone::Input;
    use super::*;

    fn phone(inputs: &[Input]) -> Phone {
        inputs.iter().fold(Phone::default(), |phone, input| phone.step(input.clone(), 1_000).0)
    }

    #[test]
    fn a_microphone_is_judged_by_what_it_does() {
        let works = Microphone::read("granted", true, "");
        assert_eq!((works.problem(), works.asks()), (None, false));
        let denied_and_works = Microphone::read("denied", true, "");
        assert_eq!(denied_and_works.problem(), None, "some browsers say so and give it all the same");
        assert_eq!(Microphone::read("denied", true, "NotAllowedError").problem(), Some(Problem::Blocked));
        assert_eq!(Microphone::read("granted", true, "NotReadableError").problem(), Some(Problem::InUse));
        assert_eq!(Microphone::read("granted", false, "").problem(), Some(Problem::Missing));
        assert_eq!(Microphone::read("", false, "Insecure").problem(), Some(Problem::Insecure));
        assert!(Microphone::read("granted", true, "NotReadableError").is_worth_a_look());
        assert!(!Microphone::read("prompt", true, "NotAllowedError").is_worth_a_look(), "it would ask again");
    }

    #[test]
    fn who_would_be_asked_is_able_and_who_said_no_is_not() {
        let asks = Microphone::read("prompt", true, "");
        assert!(asks.asks());
        let up = phone(&[Input::Gained, Input::Opened(None)]);
        assert_eq!(unable(&up, asks, 9_000), None);
        let refused = Microphone::read("prompt", true, "NotAllowedError");
        assert!(!refused.asks());
        assert_eq!(unable(&up, refused, 9_000), Some(Unable::MicrophoneBlocked));
    }

    #[test]
    fn a_link_has_two_seconds_to_come_back() {
        let opening = phone(&[Input::Gained]);
        assert_eq!(unable(&opening, Microphone::default(), 2_999), None);
        assert_eq!(unable(&opening, Microphone::default(), 3_000), Some(Unable::NoPlatform));
        let down = phone(&[Input::Gained, Input::Opened(None), Input::SessionDown]);
        assert_eq!(unable(&down, Microphone::default(), 2_999), None);
        assert_eq!(unable(&down, Microphone::default(), 3_000), Some(Unable::NoPlatform));
        assert_eq!(unable(&Phone::default(), Microphone::default(), 90_000), None, "another tab has the telephone");
    }

    #[test]
    fn a_call_that_was_taken_is_not_led_away() {
        let id = || "a".to_owned();
        let taken = [Input::Gained, Input::Opened(None), Input::Invited(id()), Input::Accept, Input::Answered(id())];
        let live = phone(&taken);
        assert_eq!(reported(Some(Unable::NoPlatform), &live, true), None, "its server hears of it late");
        assert_eq!(reported(Some(Unable::NoPlatform), &live, false), Some(Unable::NoPlatform));
        let answering = phone(&taken[..4]);
        assert_eq!(reported(Some(Unable::MicrophoneBlocked), &answering, true), Some(Unable::MicrophoneBlocked));
    }

    #[test]
    fn ready_is_never_shown_where_it_is_not_so() {
        let unable = Some(Unable::NoMicrophone);
        assert_eq!(Shown::of(State::Ready, None, false), Shown::State(State::Ready));
        assert_eq!(Shown::of(State::Ready, unable, false), Shown::State(State::Unable(Unable::NoMicrophone)));
        assert_eq!(Shown::of(State::Ready, None, true), Shown::NoServer);
        assert_eq!(Shown::of(State::Talking, unable, true), Shown::State(State::Talking), "the call goes on");
        let told = State::Unable(Unable::NoPlatform);
        assert_eq!(Shown::of(told, None, false), Shown::State(told), "until the server has heard that it is mended");
    }
}
