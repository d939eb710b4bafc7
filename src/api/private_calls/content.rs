//! The content of the pages of private calls, and the outcomes of their forms.

use serde::{Deserialize, Serialize};

use crate::domain::rent::Rent;
use crate::domain::trouble::Trouble;

/// The pages.
pub const HOME: &str = "/admin/private-calls";
pub const NUMBERS: &str = "/admin/private-calls/numbers";
pub const PROOF: &str = "/admin/private-calls/proof";
pub const FORGET: &str = "/admin/private-calls/forget";

/// The outcome of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    Opened {
        id: String,
    },
    Closed,
    /// Fields are wrong: which, and why. The form is filled in again.
    Fields {
        wrong: Vec<(String, Trouble)>,
        form: Box<Form>,
    },
    TooSmall {
        shortages: Vec<Short>,
        form: Box<Form>,
    },
    Rented {
        numbers: Vec<String>,
        problem: Option<Trouble>,
    },
    Adopted,
    Reserved,
    Returned,
    Released {
        number: String,
    },
    InUse {
        open: u64,
    },
    Erased {
        conversations: u64,
        closed: u64,
        attempts: u64,
        texts: u64,
        calls: u64,
        webhooks: u64,
        desk: u64,
        notes: u64,
        recordings: u64,
        tracked: u64,
        other: u64,
        stays: u64,
    },
    /// It was not done.
    Not {
        why: Trouble,
    },
    /// No number was rented; the fields keep what was typed.
    NotRented {
        country: String,
        count: String,
        why: Trouble,
    },
    /// Nobody was forgotten: this is no number.
    NotErased {
        number: String,
        why: Trouble,
    },
}

impl Said {
    #[must_use]
    pub fn is_good(&self) -> bool {
        match self {
            Self::Opened { .. }
            | Self::Closed
            | Self::Adopted
            | Self::Reserved
            | Self::Returned
            | Self::Released { .. }
            | Self::Erased { .. } => true,
            Self::Rented { problem, .. } => problem.is_none(),
            Self::Fields { .. }
            | Self::TooSmall { .. }
            | Self::InUse { .. }
            | Self::Not { .. }
            | Self::NotRented { .. }
            | Self::NotErased { .. } => false,
        }
    }
}

/// What was filled in, to be filled in again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub first: String,
    pub first_name: String,
    pub second: String,
    pub second_name: String,
    pub reference: String,
    pub life: String,
    pub rest: String,
    pub language: String,
    pub pins: bool,
    pub notify: bool,
}

/// For whom the pool is too small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Short {
    pub side: usize,
    pub country: Option<String>,
    pub open: usize,
    pub pool: usize,
    pub missing: usize,
}

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub id: String,
    pub reference: Option<String>,
    pub people: Vec<Person>,
    pub created_at: i64,
    pub created_by: String,
    pub ends_at: Option<i64>,
    pub used_at: Option<i64>,
    pub closed_at: Option<i64>,
    /// closed, expired, idle, erased
    pub closed_because: Option<String>,
    pub closed_by: Option<String>,
}

/// One of the two; never their number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub masked: Option<String>,
    pub name: Option<String>,
    pub country: Option<String>,
    pub dials: String,
    pub pin: Option<String>,
    pub invited: String,
    pub problem: Option<String>,
}

/// An attempt to call or text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    pub at: i64,
    pub kind: String,
    pub side: Option<usize>,
    pub caller: Option<String>,
    pub dialled: String,
    pub outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    pub rows: Vec<Row>,
    pub next: Option<String>,
    pub open: u64,
    pub people: u64,
    pub pool: u64,
    pub headroom: i64,
}

/// Which conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// open, closed, all
    pub show: String,
    pub text: String,
    pub before: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub row: Row,
    pub tried: Vec<Tried>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolNumber {
    /// E.164 with its `+`.
    pub number: String,
    pub country: String,
    pub features: Vec<String>,
    pub reserved: bool,
    pub open: u64,
    pub used_at: Option<i64>,
    pub idle: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    pub numbers: Vec<PoolNumber>,
    /// Ours, and leading nowhere.
    pub unassigned: Vec<String>,
    /// What renting the numbers that were asked for would cost, or why the platform could not be asked.
    pub rent: Option<Result<Rent, Trouble>>,
}

/// Numbers that may be rented: two letters, and how many. Without a country none are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RentQuery {
    pub country: String,
    pub count: String,
}

impl RentQuery {
    /// The most numbers that are rented at once.
    pub const MOST: usize = 20;

    /// How many numbers are meant.
    #[must_use]
    pub fn numbers(&self) -> usize {
        self.count.trim().parse().unwrap_or(1_usize).clamp(1, Self::MOST)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Country {
    pub country: String,
    pub numbers: u64,
    pub reserved: u64,
    pub busiest: u64,
    pub headroom: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    pub at: i64,
    pub by: String,
    pub conversations: u64,
    pub attempts: u64,
    pub texts: u64,
    pub calls: u64,
    pub webhooks: u64,
    /// Calls of the contact centre, notes, recordings, tracked calls and what else there was.
    pub more: u64,
    pub stays: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub pool: u64,
    pub reserved: u64,
    pub open: u64,
    pub people: u64,
    pub closed: u64,
    pub busiest: Option<(String, Option<String>, u64)>,
    pub headroom: i64,
    pub missing: u64,
    pub countries: Vec<Country>,
}

/// Who was forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forgotten {
    pub erased: Vec<Erased>,
    /// How many days after their end conversations are forgotten by themselves.
    pub retention_days: i64,
}
