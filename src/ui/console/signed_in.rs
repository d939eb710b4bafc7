//! Whether somebody is still signed in: pure.

use crate::api::Access;

/// Whether the server still knows who this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignedIn {
    #[default]
    Yes,
    /// The session is over.
    Over,
    /// There is one, of an account that may not use a console, or not yet.
    Closed,
}

impl SignedIn {
    /// What an answer of the server's says. `None`: there is nothing to stay for on this page.
    #[must_use]
    pub fn of<T>(answer: &Access<T>, in_call: bool) -> Option<Self> {
        match answer {
            Access::Granted(_) => Some(Self::Yes),
            Access::SignIn => Some(Self::Over),
            Access::ChangePassword | Access::Forbidden => in_call.then_some(Self::Closed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a5_nobody_leaves_the_page_of_a_call_because_the_session_ended() {
        let refusals = [Access::SignIn, Access::ChangePassword, Access::Forbidden];
        for refusal in &refusals {
            assert!(SignedIn::of::<()>(refusal, true).is_some(), "{refusal:?}");
        }
        assert_eq!(SignedIn::of::<()>(&Access::SignIn, false), Some(SignedIn::Over), "what was typed is kept");
        assert_eq!(SignedIn::of::<()>(&Access::Forbidden, false), None);
        assert_eq!(SignedIn::of(&Access::Granted(()), true), Some(SignedIn::Yes));
    }
}
