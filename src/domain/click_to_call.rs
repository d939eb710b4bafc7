//! Click to call: a visitor presses "Call now" on the support page and talks from the browser.
//!
//! The decisions: what the caller hears, whom the call reaches, and what a visitor's token may do.

use serde::{Deserialize, Serialize};

use super::audio_socket::{Plan, Speaker};
use super::line::{Line, VISITOR_PREFIX};
use super::ncco::{Action, Ncco, Talk};
use super::phone::E164;

/// What a caller of the support line hears first, unless the operator says otherwise.
pub const GREETING: &str = "Thank you for calling. Transferring you now.";

/// How such a greeting ends. It is left out for callers whom nobody is free for.
pub const TRANSFERRING: &str = "Transferring you now.";

/// What a caller hears by default when we cannot decide: the database is gone, the request makes no sense, a handler
/// panicked.
pub const APOLOGY: &str = "We are sorry, we cannot take your call at the moment. Please try again in a few minutes.";

/// What the telephone hears by default that the operator has called to see whether calls work.
pub const TEST_CALL: &str = "This is a test call from Switchboard. If you hear this, calls work.";

/// What a caller of a number without a line hears by default.
pub const NOT_IN_USE: &str = "This number is not in use. Please check the number and call again.";

/// How long a visitor's token lives, in seconds.
pub const TOKEN_SECONDS: u64 = 15 * 60;

/// The longest a support call may last, in seconds: a forgotten tab must not cost a day of telephone.
pub const LIMIT_SECONDS: u32 = 30 * 60;

/// The paths that a visitor's token opens: the least that a call from the browser needs.
///
/// Source: <https://developer.vonage.com/en/conversation/guides/jwt-acl>.
pub const VISITOR_ACL: [&str; 6] =
    ["/*/sessions/**", "/*/users/**", "/*/conversations/**", "/*/knocking/**", "/*/legs/**", "/*/rtc/**"];

/// The Client SDK's settings (`VonageClient.setConfig`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct VoiceEndpoints {
    /// `VONAGE_CLIENT_API_URL`, such as `https://api-eu.vonage.com`.
    pub api_url: String,
    /// `VONAGE_CLIENT_WS_URL`, such as `https://ws-eu.vonage.com`. An origin: the SDK takes a path for a socket.io namespace.
    pub websocket_url: String,
    /// The path of the socket, where it is not the SDK's own; empty otherwise.
    pub websocket_path: String,
}

/// What the operator set up for the support line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportLine {
    /// What callers hear first until a business profile is saved.
    pub greeting: String,
    /// Shown to the destination as the caller.
    pub number: E164,
    /// The telephone that rings.
    pub destination: E164,
}

impl SupportLine {
    /// The call flow of the support line: greet, then ring the destination from the support number.
    #[must_use]
    pub fn ncco(&self, greeting: Talk) -> Ncco {
        let connect = Action::connect_phone(&self.number, self.destination.clone(), LIMIT_SECONDS);
        if greeting.text.trim().is_empty() {
            return Ncco(vec![connect]);
        }
        Ncco(vec![Action::Talk(greeting), connect])
    }
}

/// Whether what is said in a call is kept. Callers are told before they call, so it must be what is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recorded {
    No,
    /// Only the message that a caller leaves when no agent is free.
    Messages,
    /// It cannot be known from here: the operator wrote the call flow, or another system gets the audio.
    Maybe,
    Yes,
}

impl Recorded {
    /// Calls that this line takes. `agents` says whether the support line, or the campaign, rings the agents.
    #[must_use]
    pub fn on(line: &Line, agents: bool) -> Self {
        match line {
            Line::Support | Line::Campaign(_) if !agents => Self::No,
            Line::Support | Line::Campaign(_) | Line::Agent(_) | Line::Queue(_) | Line::Ivr(_) => Self::Messages,
            Line::Custom(_) => Self::Maybe,
            Line::AudioSocket(target) => match Plan::parse(target) {
                Ok(plan) if plan.record => Self::Yes,
                Ok(Plan { speaker: Speaker::Echo | Speaker::Nobody, .. }) => Self::No,
                // An engine of somebody else's gets the audio; and a plan that makes no sense promises nothing.
                Ok(_) | Err(_) => Self::Maybe,
            },
            Line::Outbound(_) | Line::Private | Line::Unassigned => Self::No,
        }
    }

    /// What is true of calls that go either way.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (one, other) if one == other => one,
            (Self::No | Self::Messages, Self::No | Self::Messages) => Self::Messages,
            _ => Self::Maybe,
        }
    }
}

/// A flow that only says something and then ends the call.
#[must_use]
pub fn say(text: &str) -> Ncco {
    Ncco(vec![Action::talk(text)])
}

/// The Client SDK name of a visit's user. One user per visit: a shared one would let any visitor hear of, and hang up,
/// every other visitor's call.
#[must_use]
pub fn visitor_name(visit: &str) -> String {
    format!("{VISITOR_PREFIX}{visit}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::language::Language;

    fn english(text: &str) -> Talk {
        Talk::new(text, Language::English)
    }

    #[test]
    fn greets_and_rings_the_destination_from_the_support_number() {
        let line = SupportLine {
            greeting: GREETING.into(),
            number: E164::parse("442079460000").unwrap(),
            destination: E164::parse("447700900000").unwrap(),
        };
        assert_eq!(
            line.ncco(english(GREETING)).to_json(),
            r#"[{"action":"talk","text":"Thank you for calling. Transferring you now."},{"action":"connect","endpoint":[{"type":"phone","number":"447700900000"}],"from":"442079460000","limit":1800}]"#
        );
        assert_eq!(line.ncco(english(GREETING)).check(), vec![]);
        assert_eq!(say(APOLOGY).check(), vec![]);
        assert_eq!(say(NOT_IN_USE).check(), vec![]);
    }

    #[test]
    fn a12_what_is_said_of_recording_is_what_is_configured() {
        let socket = |target: &str| Recorded::on(&Line::AudioSocket(target.into()), false);
        assert_eq!(socket("echo"), Recorded::No);
        assert_eq!(socket("monitor"), Recorded::No);
        assert_eq!(socket("echo+record"), Recorded::Yes);
        assert_eq!(socket("record@8000"), Recorded::Yes);
        assert_eq!(socket("relay=bot"), Recorded::Maybe);
        assert_eq!(socket("nonsense"), Recorded::Maybe);
        assert_eq!(Recorded::on(&Line::Support, false), Recorded::No);
        assert_eq!(Recorded::on(&Line::Support, true), Recorded::Messages, "callers may leave one");
        assert_eq!(Recorded::on(&Line::Agent("Jane".into()), false), Recorded::Messages);
        assert_eq!(Recorded::on(&Line::Custom("1".into()), true), Recorded::Maybe, "it may hold a record action");
        assert_eq!(Recorded::on(&Line::Private, true), Recorded::No);
    }

    #[test]
    fn a12_of_two_ways_neither_is_denied() {
        use Recorded::{Maybe, Messages, No, Yes};
        let every = [No, Messages, Maybe, Yes];
        for one in every {
            assert_eq!(one.or(one), one);
            for other in every {
                assert_eq!(one.or(other), other.or(one));
                let denied = |said: Recorded| said == No;
                assert!(!denied(one.or(other)) || (denied(one) && denied(other)), "{one:?} or {other:?}");
            }
        }
        assert_eq!((No.or(Messages), No.or(Yes), Messages.or(Maybe)), (Messages, Maybe, Maybe));
    }

    #[test]
    fn the_usual_greeting_ends_as_it_is_cut() {
        assert!(GREETING.ends_with(TRANSFERRING));
    }

    proptest! {
        #[test]
        fn any_greeting_makes_a_valid_flow(greeting in "\\PC{0,200}") {
            let number = E164::parse("442079460000").unwrap();
            let line = SupportLine { greeting: String::new(), destination: number.clone(), number };
            prop_assert_eq!(line.ncco(english(&greeting)).check(), vec![]);
        }
    }
}
