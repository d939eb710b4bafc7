//! The guide to the first call: its steps, the checks that belong to each, what they find, and which steps are left. As text
//! it is English, for the terminal; pages have words of their own.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::trouble::Trouble;

/// What was found of one thing that must be right before a call can come in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
pub enum Found {
    #[error("")]
    Nothing,
    /// The platform was not asked, or did not say: something that stands above in the list must be right first.
    #[error("to be checked when what stands above is right")]
    Unasked,
    /// Addresses, ids, names: the same in every language. May have several lines.
    #[error("{0}")]
    Text(String),
    /// The application names no region: calls live where the platform puts them.
    #[error("the platform's choice")]
    AnyRegion,
    /// Numbers that are linked to our application and have a line, of all.
    #[error("{good} of {all} linked")]
    Numbers { good: usize, all: usize },
    /// Those who take calls and have a user at the platform, of all who take calls.
    #[error("{have} of {all} at the platform")]
    Users { have: usize, all: usize },
    /// How many agents may take the calls of callers who wait.
    #[error("{0} may take calls")]
    Takers(usize),
    /// Whether opening hours are set; without them it is always open.
    #[error("{}", if *.0 { "set" } else { "always open: no hours are set" })]
    Hours(bool),
    /// Whether a secret is set; never the secret.
    #[error("{}", if *.0 { "set" } else { "not set" })]
    Secret(bool),
    /// The newest answered call: its id in the log, the platform's id, when it came, ms UTC.
    #[error("{conversation}")]
    Call { id: String, conversation: String, at: i64 },
    /// Seconds that our clock is behind the platform's; negative when it is ahead.
    #[error("{} s {} the platform's", .behind.abs(), if *.behind < 0 { "ahead of" } else { "behind" })]
    Clock { behind: i64 },
    #[error(transparent)]
    Trouble(#[from] Trouble),
}

impl Found {
    /// The platform did not answer, or was busy: what was to be found is not known.
    #[must_use]
    pub fn is_platform_away(&self) -> bool {
        matches!(self, Self::Trouble(trouble) if trouble.is_platform_away())
    }
}

/// A step of the guide. In this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Step {
    Business,
    /// The account at the platform and its application.
    Account,
    Number,
    People,
    Queue,
    Hours,
    TestCall,
}

impl Step {
    pub const EVERY: [Self; 7] =
        [Self::Business, Self::Account, Self::Number, Self::People, Self::Queue, Self::Hours, Self::TestCall];

    /// As forms and the database have it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Account => "account",
            Self::Number => "number",
            Self::People => "people",
            Self::Queue => "queue",
            Self::Hours => "hours",
            Self::TestCall => "test-call",
        }
    }

    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|step| step.name() == name)
    }

    /// For the terminal.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Business => "Business",
            Self::Account => "Platform account",
            Self::Number => "Number",
            Self::People => "People",
            Self::Queue => "Queue",
            Self::Hours => "Opening hours",
            Self::TestCall => "Test call",
        }
    }
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CheckKind {
    /// The business profile.
    Business,
    PublicUrl,
    Credentials,
    Application,
    Webhooks,
    /// Where its calls live.
    Region,
    Signature,
    /// How far our clock is from the platform's.
    Clock,
    /// Listed only when texts come in a format in which they cannot be taken.
    Texts,
    Numbers,
    /// Numbers whose calls go elsewhere before the application is asked.
    Forwarding,
    Users,
    /// Who takes the calls of callers who wait.
    Queue,
    /// When the business is open.
    Hours,
    TestCall,
}

impl CheckKind {
    /// The step that it belongs to.
    #[must_use]
    pub fn step(self) -> Step {
        match self {
            Self::Business => Step::Business,
            Self::PublicUrl
            | Self::Credentials
            | Self::Application
            | Self::Webhooks
            | Self::Region
            | Self::Signature
            | Self::Clock
            | Self::Texts => Step::Account,
            Self::Numbers | Self::Forwarding => Step::Number,
            Self::Users => Step::People,
            Self::Queue => Step::Queue,
            Self::Hours => Step::Hours,
            Self::TestCall => Step::TestCall,
        }
    }

    /// What it is called, and how to put it right: for the terminal. The pages have their own words.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Business => ("Business", "write its name at /admin/business"),
            Self::PublicUrl => ("Public address", "set PUBLIC_URL to an https address that the platform can reach"),
            Self::Credentials => {
                ("API key and secret", "set VONAGE_API_KEY and VONAGE_API_SECRET, or enter them at /admin/setup")
            }
            Self::Application => {
                ("Application", "create it at /admin/setup, or set VONAGE_APPLICATION_ID and its private key")
            }
            Self::Webhooks => ("Webhooks", "press Repair at /admin/setup, or run: switchboard doctor --repair"),
            Self::Region => (
                "Region",
                "run: switchboard doctor --repair, which sets what VONAGE_REGION says; or set VONAGE_REGION to the application's region",
            ),
            Self::Signature => ("Signature secret", "set VONAGE_SIGNATURE_SECRET from the dashboard's API settings"),
            Self::Clock => {
                ("Clock", "let the machine keep its clock right (NTP): the platform refuses what is minutes off")
            }
            Self::Texts => (
                "Text messages",
                "in the dashboard's API settings, set Default SMS Setting to Messages API: texts come unsigned",
            ),
            Self::Numbers => (
                "Numbers",
                "rent one at /admin/numbers, or: switchboard numbers provision --country GB --count 1 --line support",
            ),
            Self::Forwarding => (
                "Forwarded numbers",
                "the number's own forwarding outranks the application: remove it in the dashboard under Numbers",
            ),
            Self::Users => ("Users", "switchboard user add --name Jane --role agent"),
            Self::Queue => ("Queue", "give each queue a member who takes calls, at /admin/queues"),
            Self::Hours => ("Opening hours", "set them at /admin/hours"),
            Self::TestCall => ("Test call", "call one of your numbers"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckState {
    Good,
    /// Works, but should not stay so.
    Doubtful,
    Bad,
    /// Not done yet; or it cannot be said before something else is good.
    Open,
}

/// One line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    pub what: CheckKind,
    pub state: CheckState,
    pub found: Found,
}

impl Check {
    #[must_use]
    pub fn new(what: CheckKind, (state, found): (CheckState, Found)) -> Self {
        Self { what, state, found }
    }

    /// Whether there is something that the operator can do about it.
    #[must_use]
    pub fn can_be_mended(&self) -> bool {
        self.state != CheckState::Good && self.found != Found::Unasked && !self.found.is_platform_away()
    }

    /// How to put it right: for the terminal. `None` where there is nothing to be done about this line.
    #[must_use]
    pub fn fix(&self) -> Option<&'static str> {
        match &self.found {
            _ if self.state == CheckState::Good => None,
            Found::Unasked => None,
            found if found.is_platform_away() => Some(
                "nothing here is known to be wrong: try again in a few minutes, and look at this machine's connection \
                 and at the platform's status page",
            ),
            _ => Some(self.what.words().1),
        }
    }
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    Done,
    /// The operator does not want it, and it is not done.
    Skipped,
    /// There is something to do.
    Left,
    /// Nothing can be done about it now: another step comes first, or the platform does not answer.
    Waits,
}

/// A step with its checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guided {
    pub step: Step,
    pub standing: Standing,
    /// In the order in which they were made. Never empty.
    pub checks: Vec<Check>,
}

/// The guide: every step that has checks, in order.
#[must_use]
pub fn guide(checks: &[Check], skipped: &BTreeSet<Step>) -> Vec<Guided> {
    let of = |step| checks.iter().filter(|check| check.what.step() == step).cloned().collect::<Vec<_>>();
    let steps = Step::EVERY.map(|step| (step, of(step)));
    let steps = steps.into_iter().filter(|(_, checks)| !checks.is_empty());
    let stand = |step, checks: &[Check]| match () {
        () if checks.iter().all(|check| check.state == CheckState::Good) => Standing::Done,
        () if skipped.contains(&step) => Standing::Skipped,
        () if checks.iter().any(Check::can_be_mended) => Standing::Left,
        () => Standing::Waits,
    };
    steps.map(|(step, checks)| Guided { step, standing: stand(step, &checks), checks }).collect()
}
