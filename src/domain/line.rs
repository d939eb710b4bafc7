//! What happens when a number is called: one enum, and one function that chooses.
//!
//! Every job of Switchboard is a [`Line`]; a number has one line. The rule that prevents toll fraud lives here: a call
//! from a browser visitor reaches the support line and nothing else, whatever its `to` says.

use super::phone::E164;

/// The Client SDK names of visitors start with this; see [`super::click_to_call::visitor_name`].
pub const VISITOR_PREFIX: &str = "visitor-";

/// What answers a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Click to call: greet, then ring the configured destination.
    Support,
    /// Nothing is set up for this number: say so, politely, and hang up.
    Unassigned,
}

impl Line {
    /// The word for it in SQL, URLs and the call record.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Unassigned => "unassigned",
        }
    }
}

/// Who is calling, as the answer webhook says (`vonage.md` 2.2: `from_user` and `from` never stand together).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A Client SDK user, by name.
    User(String),
    /// A telephone, or whatever the supplier passed through: it may be withheld or malformed.
    Phone(Option<E164>),
}

/// Which numbers lead where. What the operator configured, not what a caller says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directory {
    /// The number of the support line (`SUPPORT_PHONE_NUMBER`).
    pub support: E164,
    /// The public support user of the sample's contract (`GET /auth/{user}`), who is a visitor too.
    pub support_user: String,
}

/// Chooses the line that takes a call.
#[must_use]
pub fn choose(directory: &Directory, caller: &Caller, dialled: Option<&E164>) -> Line {
    match caller {
        Caller::User(name) if name.starts_with(VISITOR_PREFIX) || *name == directory.support_user => Line::Support,
        Caller::User(_) => Line::Unassigned,
        Caller::Phone(_) if dialled == Some(&directory.support) => Line::Support,
        Caller::Phone(_) => Line::Unassigned,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn directory() -> Directory {
        Directory { support: E164::parse("442079460000").unwrap(), support_user: "supportuser".into() }
    }

    proptest! {
        /// Toll fraud: a visitor's token cannot reach any number but the support line.
        #[test]
        fn a_visitor_reaches_the_support_line_whatever_is_dialled(digits in "[1-9][0-9]{6,14}", suffix in "[a-z0-9]{1,20}") {
            let dialled = E164::parse(&digits).unwrap();
            for name in [format!("{VISITOR_PREFIX}{suffix}"), "supportuser".to_owned()] {
                prop_assert_eq!(choose(&directory(), &Caller::User(name), Some(&dialled)), Line::Support);
            }
        }

        #[test]
        fn an_unknown_user_reaches_nobody(name in "[a-uw-z][a-z]{0,12}", digits in "[1-9][0-9]{6,14}") {
            prop_assume!(name != "supportuser");
            let dialled = E164::parse(&digits).unwrap();
            prop_assert_eq!(choose(&directory(), &Caller::User(name), Some(&dialled)), Line::Unassigned);
        }
    }

    #[test]
    fn a_telephone_reaches_the_line_of_the_number_it_dialled() {
        let support = directory().support;
        let other = E164::parse("442079460001").unwrap();
        let withheld = Caller::Phone(None);
        assert_eq!(choose(&directory(), &withheld, Some(&support)), Line::Support);
        assert_eq!(choose(&directory(), &withheld, Some(&other)), Line::Unassigned);
        assert_eq!(choose(&directory(), &withheld, None), Line::Unassigned);
    }
}
