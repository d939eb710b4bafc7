//! Click to call: a visitor presses "Call now" on the support page and talks from the browser.
//!
//! The decisions: what the caller hears, whom the call reaches, and what a visitor's token may do.

use super::line::VISITOR_PREFIX;
use super::ncco::{Action, Ncco};
use super::phone::E164;

/// What a caller of the support line hears first, unless the operator says otherwise.
pub const GREETING: &str = "Thank you for calling Acme support. Transferring you now.";

/// What a caller hears when we cannot decide: the database is gone, the request makes no sense, a handler panicked.
pub const APOLOGY: &str = "We are sorry, we cannot take your call at the moment. Please try again in a few minutes.";

/// What the telephone hears that the operator has called to see whether calls work.
pub const TEST_CALL: &str = "This is a test call from Switchboard. If you hear this, calls work.";

/// What a caller of a number without a line hears.
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

/// What the operator set up for the support line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SupportLine {
    pub greeting: String,
    /// Shown to the destination as the caller.
    pub number: E164,
    /// The telephone that rings.
    pub destination: E164,
}

impl SupportLine {
    /// The call flow of the support line: greet, then ring the destination from the support number.
    #[must_use]
    pub fn ncco(&self) -> Ncco {
        let connect = Action::connect_phone(&self.number, self.destination.clone(), LIMIT_SECONDS);
        if self.greeting.trim().is_empty() {
            return Ncco(vec![connect]);
        }
        Ncco(vec![Action::talk(self.greeting.as_str()), connect])
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

    #[test]
    fn greets_and_rings_the_destination_from_the_support_number() {
        let line = SupportLine {
            greeting: GREETING.into(),
            number: E164::parse("442079460000").unwrap(),
            destination: E164::parse("447700900000").unwrap(),
        };
        assert_eq!(
            line.ncco().to_json(),
            r#"[{"action":"talk","text":"Thank you for calling Acme support. Transferring you now."},{"action":"connect","endpoint":[{"type":"phone","number":"447700900000"}],"from":"442079460000","limit":1800}]"#
        );
        assert_eq!(line.ncco().check(), vec![]);
        assert_eq!(say(APOLOGY).check(), vec![]);
        assert_eq!(say(NOT_IN_USE).check(), vec![]);
    }

    proptest! {
        #[test]
        fn any_greeting_makes_a_valid_flow(greeting in "\\PC{0,200}") {
            let number = E164::parse("442079460000").unwrap();
            let line = SupportLine { greeting, destination: number.clone(), number };
            prop_assert_eq!(line.ncco().check(), vec![]);
        }
    }
}
