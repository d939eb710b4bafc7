//! Who may sign in, and what for.

use super::line::VISITOR_PREFIX;

/// The shortest secret that is taken for the real platform, in characters: what it protects costs money.
pub const SHORTEST_SECRET: usize = 16;

/// What somebody may do; each role may do all that the ones before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Takes and places calls in the console.
    #[default]
    Agent,
    /// Sees what the agents do, and the call log.
    Supervisor,
    /// Sets everything up: numbers, call flows, users, keys.
    Operator,
}

impl Role {
    pub const EVERY: [Self; 3] = [Self::Agent, Self::Supervisor, Self::Operator];

    /// The word for it in SQL, commands and forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Operator => "operator",
        }
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|role| role.name() == word)
    }

    /// Whether this role may do what `least` may.
    #[must_use]
    pub fn may(self, least: Self) -> bool {
        self >= least
    }

    /// Whether accounts of this role take calls: they have a user at the platform and appear to callers by their name.
    #[must_use]
    pub fn takes_calls(self) -> bool {
        matches!(self, Self::Agent | Self::Supervisor)
    }
}

/// The paths that an agent's token opens: all that any release of the Client SDK, for the web, iOS or Android, asks for.
///
/// Source: <https://developer.vonage.com/en/conversation/guides/jwt-acl>.
pub const AGENT_ACL: [&str; 11] = [
    "/*/users/**",
    "/*/conversations/**",
    "/*/sessions/**",
    "/*/devices/**",
    "/*/image/**",
    "/*/media/**",
    "/*/applications/**",
    "/*/push/**",
    "/*/knocking/**",
    "/*/legs/**",
    "/*/rtc/**",
];

/// Why a name cannot be an account's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum NameProblem {
    #[error("name: it must not be empty")]
    Empty,
    #[error("name: it has at most {LONGEST_NAME} characters")]
    Long,
    #[error("name: {0:?} is not allowed; letters, digits and . - _ @ + are")]
    Character(char),
    #[error("name: names that start with {VISITOR_PREFIX:?} are those of visitors")]
    Visitor,
}

/// The longest name of an account, in characters.
pub const LONGEST_NAME: usize = 64;
/// The longest display name, in characters.
pub const LONGEST_DISPLAY_NAME: usize = 80;

/// The name of an account, which is its Client SDK user's too: what callers' devices, webhooks and call flows call it. So
/// it is plain, and never looks like a visitor's.
///
/// # Errors
/// [`NameProblem`], in words for the person who typed it.
pub fn account_name(text: &str) -> Result<&str, NameProblem> {
    let name = text.trim();
    if name.is_empty() {
        return Err(NameProblem::Empty);
    }
    if let Some(odd) = name.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@' | '+'))) {
        return Err(NameProblem::Character(odd));
    }
    if name.len() > LONGEST_NAME {
        return Err(NameProblem::Long);
    }
    if name.to_ascii_lowercase().starts_with(VISITOR_PREFIX) {
        return Err(NameProblem::Visitor);
    }
    Ok(name)
}

/// What people read: anything that is text, without control characters, cut to its greatest length; the name when there
/// is none.
#[must_use]
pub fn display_name(text: &str, name: &str) -> String {
    let shown: String = text.trim().chars().filter(|c| !c.is_control()).take(LONGEST_DISPLAY_NAME).collect();
    if shown.is_empty() { name.to_owned() } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_may_what_the_lesser_may() {
        use Role::*;
        for role in Role::EVERY {
            assert_eq!(Role::parse(role.name()), Some(role));
            assert!(role.may(Agent) && role.may(role));
        }
        assert!(!Agent.may(Supervisor) && !Supervisor.may(Operator) && Operator.may(Supervisor));
        assert_eq!(Role::parse("admin"), None);
        assert_eq!(Role::EVERY.map(Role::takes_calls), [true, true, false]);
    }

    #[test]
    fn names_are_plain_and_nobody_is_called_like_a_visitor() {
        for good in ["Jane", " joe.bloggs@example.com ", "a-b_c+1", &"x".repeat(64)] {
            assert_eq!(account_name(good), Ok(good.trim()));
        }
        assert_eq!(account_name("  "), Err(NameProblem::Empty));
        assert_eq!(account_name("Jane Doe"), Err(NameProblem::Character(' ')));
        assert_eq!(account_name("a/b"), Err(NameProblem::Character('/')));
        assert_eq!(account_name(&"x".repeat(65)), Err(NameProblem::Long));
        assert_eq!(account_name("Visitor-7"), Err(NameProblem::Visitor));
        assert_eq!(display_name(" 简\u{7} ", "Jane"), "简");
        assert_eq!(display_name(" \n", "Jane"), "Jane");
    }
}
