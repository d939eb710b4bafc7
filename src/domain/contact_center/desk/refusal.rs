//! Why something that an agent asked for did not happen.

use serde::{Deserialize, Serialize};

use crate::domain::contact_center::presence::{State, Unable};
use crate::domain::dial_policy::Rule;
use crate::domain::phone::PhoneError;

/// Why not. Each has its words in the tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Refusal {
    /// The state machine says no: what is, and what was asked for.
    NotNow {
        is: State,
    },
    /// There is no such call, offer or party any more.
    Gone,
    /// A colleague was faster.
    TakenBy {
        name: String,
    },
    /// Something else that was asked for is under way.
    Busy,
    /// The call is a colleague's.
    NotYours,
    /// The other side has not answered.
    NotConnected,
    /// A colleague is being asked while the customer hears music: that comes to its end first.
    Consulting,
    /// The customer is on hold.
    OnHold,
    /// More than two are in the call.
    Several,
    /// The colleague is not free.
    NotFree {
        name: String,
    },
    /// Somebody who was called into the call did not take it. `consulted`: the customer was on hold for them.
    NotTaken {
        name: String,
        declined: bool,
        consulted: bool,
    },
    /// Not a number.
    BadNumber {
        reason: PhoneError,
    },
    /// The country is not on the list of those that may be called.
    Country {
        country: String,
    },
    TooMany {
        retry_after_s: u64,
    },
    /// The dial policy forbids it, for another reason than the country.
    Policy {
        rule: Rule,
    },
    /// The number that was chosen to be shown is not ours, or cannot be shown.
    NotOurs {
        /// As people write it.
        number: String,
    },
    /// Another tab holds the softphone.
    OtherTab,
    /// The agent's console cannot take or place calls.
    Unable {
        unable: Unable,
    },
    /// The call's disposition has to be chosen first.
    NoDisposition,
    /// The operator no longer offers this away reason.
    NotOffered,
    /// Text is too long, a key is no key: `field` says which.
    Invalid {
        field: String,
    },
    /// The platform does not know the call where we asked for it. It may be going on all the same.
    Unreached,
    /// This agent is out of the call, and the platform did not confirm that it has ended. It is tried again.
    Unconfirmed,
    /// The platform or our database did not do it.
    Unavailable,
}

impl Refusal {
    /// What was chosen or typed cannot be: who did it is told in the answer. Anything else is also shown on the call.
    #[must_use]
    pub fn is_of_choice(&self) -> bool {
        matches!(
            self,
            Self::BadNumber { .. }
                | Self::Country { .. }
                | Self::Policy { .. }
                | Self::TooMany { .. }
                | Self::NotFree { .. }
                | Self::Invalid { .. }
                | Self::NoDisposition
                | Self::NotOffered
                | Self::NotOurs { .. }
        )
    }
}

impl From<Rule> for Refusal {
    fn from(rule: Rule) -> Self {
        match rule {
            Rule::Country(country) => Self::Country { country },
            rule => Self::Policy { rule },
        }
    }
}
