//! What the pages of call tracking show.

use serde::{Deserialize, Serialize};

use crate::domain::call_tracking::campaign::Draft;
use crate::domain::call_tracking::erlang::Pool;
use crate::domain::call_tracking::report::Period;
use crate::domain::lost::Lost;
use crate::domain::trouble::Trouble;

pub const REPORT: &str = "/admin/tracking";
pub const CALLS: &str = "/admin/tracking/calls";
pub const CAMPAIGNS: &str = "/admin/campaigns";
pub const HOOKS: &str = "/admin/tracking/webhooks";

/// The fields of a page's query, as they stand in its address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    /// The first value of this name that is not blank.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.trim());
        found.filter(|value| !value.is_empty())
    }

    /// The same with another value; an empty one takes the field away.
    #[must_use]
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut fields: Vec<_> = self.0.iter().filter(|(known, _)| known != name).cloned().collect();
        if !value.is_empty() {
            fields.push((name.to_owned(), value.to_owned()));
        }
        Self(fields)
    }

    /// Only these.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let kept = self.0.iter().filter(|(name, value)| names.contains(&name.as_str()) && !value.trim().is_empty());
        Self(kept.cloned().collect())
    }
}

/// Something to choose in a filter.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Choices {
    /// Id and name.
    pub campaigns: Vec<(String, String)>,
    pub sources: Vec<String>,
    pub mediums: Vec<String>,
    /// Digits.
    pub numbers: Vec<String>,
}

/// What one filters by.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Filters {
    /// The name of the time zone.
    pub zone: String,
    /// Days since 1970-01-01 there.
    pub today: i64,
    pub choices: Choices,
    /// The field of the query that was wrong.
    pub wrong: Option<String>,
    /// Why, where that is known.
    pub why: Option<Trouble>,
}

/// The charts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    pub filters: Filters,
    pub period: Period,
    pub before: Option<Period>,
    /// Calls that are taken for spam and are not in the charts.
    pub left_out: i64,
    /// Name and state of each campaign's pool.
    pub pools: Vec<(String, Pool)>,
}

/// A tracked call in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallRow {
    pub id: String,
    pub campaign: String,
    pub number: String,
    pub caller: Option<String>,
    /// ms UTC
    pub at: i64,
    pub outcome: String,
    pub answered: bool,
    pub first: bool,
    pub talk_seconds: Option<i64>,
    pub price: Option<i64>,
    pub source: String,
    pub medium: String,
    pub term: String,
    pub landing: String,
    pub confidence: Option<i64>,
    pub candidates: i64,
    pub spam: bool,
    pub reason: Option<String>,
    pub said: Option<bool>,
}

/// Tracked calls, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    pub filters: Filters,
    pub calls: Vec<CallRow>,
    pub older: Option<String>,
    pub blocked: Vec<(String, String)>,
    /// What could not be put on the block list.
    pub refused: Option<NotBlocked>,
}

/// A caller who could not be put on the block list, as typed, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotBlocked {
    pub number: String,
    pub note: String,
    pub why: Trouble,
}

/// A number of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    pub number: String,
    pub pool: bool,
    /// ms UTC
    pub from: i64,
    pub until: Option<i64>,
}

/// A campaign.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaign {
    pub id: String,
    pub draft: Draft,
    pub archived: bool,
    pub numbers: Vec<Number>,
    pub pool: Option<Pool>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Campaigns {
    pub campaigns: Vec<Campaign>,
    /// What was typed into the form of a campaign and refused. Shown once.
    pub typed: Option<Draft>,
    /// The fields of it that were wrong, and why.
    pub wrong: Vec<(String, Trouble)>,
    /// Our numbers that no line has.
    pub free: Vec<String>,
    /// The queues whose agents can take a campaign's calls: the word of the destination, and the name.
    pub queues: Vec<(String, String)>,
    /// The script's address.
    pub script: String,
    /// The number that it replaces.
    pub support: String,
}

/// A message of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    pub id: String,
    pub url: String,
    pub call: String,
    /// When the call came, ms UTC; `None` when it is not there any more.
    pub called: Option<i64>,
    pub caller: Option<String>,
    pub state: String,
    pub tries: i64,
    /// ms UTC
    pub created: i64,
    pub next: i64,
    pub status: Option<i64>,
    pub error: Option<Lost>,
    pub took: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hooks {
    /// Id, address.
    pub hooks: Vec<(String, String)>,
    /// An address that was typed and refused. Shown once.
    pub typed: Option<String>,
    pub log: Vec<Told>,
    /// Of an address that was added just now: the address and its secret.
    pub secret: Option<(String, String)>,
}
