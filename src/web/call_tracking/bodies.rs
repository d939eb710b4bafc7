//! What the interfaces of call tracking take and give.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::call_tracking::campaign::{Draft, money};
use crate::domain::call_tracking::erlang::Pool;
use crate::domain::call_tracking::report::Period;
use crate::domain::call_tracking::zone::date_text;
use crate::domain::phone::grouped;
use crate::service::call_tracking::{Assigned, CampaignView, Greeting, TrackingReport};

/// The figures of the charts.
#[derive(Serialize, ToSchema)]
#[schema(as = TrackingReport)]
pub(super) struct Report {
    /// sums by campaign, and by day, week or month
    #[schema(value_type = Object)]
    period: Period,
    /// the same of the period to compare with
    #[schema(value_type = Option<Object>)]
    before: Option<Period>,
    /// How many calls of the period are taken for spam and are not in the figures.
    left_out: i64,
}

/// A campaign with its numbers.
#[derive(Serialize, ToSchema)]
pub(super) struct Campaign {
    id: String,
    name: String,
    source: String,
    medium: String,
    /// a path with which the first page must begin
    landing: String,
    colour: String,
    /// in all: 1200.50
    cost: String,
    /// the first day: 2026-11-21
    starts: Option<String>,
    /// the last day
    ends: Option<String>,
    /// a number, or `agents`
    destination: String,
    /// what the person who answers hears first
    whisper: String,
    /// how long a visitor keeps a number of the pool
    lease_minutes: i64,
    archived: bool,
    /// those that it has now
    numbers: Vec<String>,
    /// those that it has and had, the newest first
    history: Vec<CampaignNumber>,
    /// how its pool does; null when it has none
    #[schema(value_type = Option<Object>)]
    pool: Option<Pool>,
}

/// A number that is or was a campaign's.
#[derive(Serialize, ToSchema)]
pub(super) struct CampaignNumber {
    number: String,
    /// lent to visitors of the web site
    pool: bool,
    from: i64,
    /// null while it is the campaign's
    until: Option<i64>,
}

#[derive(Serialize, ToSchema)]
pub(super) struct Campaigns {
    pub campaigns: Vec<Campaign>,
}

/// A campaign that is to be made: what is written down of it, and its numbers.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewCampaign {
    #[serde(default)]
    #[schema(required)]
    name: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    medium: String,
    /// a path with which the first page must begin
    #[serde(default)]
    landing: String,
    #[serde(default)]
    colour: String,
    /// in all: 1200.50
    #[serde(default)]
    cost: String,
    /// the first day: 2026-11-21
    #[serde(default)]
    starts: String,
    /// the last day
    #[serde(default)]
    ends: String,
    /// a number, or `agents`
    #[serde(default)]
    #[schema(required)]
    destination: String,
    /// what the person who answers hears first
    #[serde(default)]
    whisper: String,
    /// how long a visitor keeps a number of the pool: a number as text
    #[serde(default)]
    lease_minutes: String,
    /// give it a free number of this country (two letters)
    #[schema(nullable = false)]
    pub country: Option<String>,
    /// or these numbers of yours
    #[serde(default)]
    pub numbers: Vec<String>,
    /// its numbers are lent to visitors of the web site, one to each
    #[serde(default)]
    pub pool: bool,
}

/// The latest calls by the number that was dialled, the oldest first.
pub(super) type CallsByNumber = BTreeMap<String, Vec<SampleCall>>;

#[derive(Serialize, ToSchema)]
pub(super) struct SampleCall {
    pub timestamp: i64,
    /// null when the number was withheld
    pub from: Option<String>,
}

/// What a page of a web site says of its visitor.
#[derive(Deserialize, ToSchema)]
#[schema(as = Visit)]
pub(super) struct Said {
    /// `visitor` of the answer before
    #[serde(default)]
    #[schema(nullable = false)]
    pub visitor: Option<String>,
    /// the page's address
    #[serde(default)]
    pub page: String,
    /// where the visitor came from
    #[serde(default)]
    pub referrer: String,
}

/// Which number the page is to show.
#[derive(Serialize, ToSchema)]
#[schema(as = Greeting)]
pub(super) struct Greeted {
    /// to be sent the next time; null when no campaign brought the visitor
    visitor: Option<String>,
    /// digits; null leaves the page as it is
    number: Option<String>,
    /// the same as people read it
    written: Option<String>,
    /// until when it is this visitor's alone
    until: Option<i64>,
    /// the numbers that are to be replaced: digits
    replaces: Vec<String>,
}

impl From<TrackingReport> for Report {
    fn from(report: TrackingReport) -> Self {
        Self { period: report.period, before: report.before, left_out: report.left_out }
    }
}

impl From<&CampaignView> for Campaign {
    fn from(CampaignView { campaign, numbers, pool }: &CampaignView) -> Self {
        let now = numbers.iter().filter(|number| number.until.is_none());
        Self {
            id: campaign.id.clone(),
            name: campaign.name.clone(),
            source: campaign.source.clone(),
            medium: campaign.medium.clone(),
            landing: campaign.landing.clone(),
            colour: campaign.colour.clone(),
            cost: money(campaign.cost),
            starts: campaign.starts.map(date_text),
            ends: campaign.ends.map(date_text),
            destination: campaign.destination.text(),
            whisper: campaign.whisper.clone(),
            lease_minutes: campaign.lease_minutes,
            archived: campaign.archived,
            numbers: now.map(|number| number.number.clone()).collect(),
            history: numbers.iter().map(CampaignNumber::from).collect(),
            pool: *pool,
        }
    }
}

impl From<&Assigned> for CampaignNumber {
    fn from(number: &Assigned) -> Self {
        Self { number: number.number.clone(), pool: number.pool, from: number.from, until: number.until }
    }
}

impl NewCampaign {
    /// What is written down of it.
    pub(super) fn draft(&self) -> Draft {
        Draft {
            name: self.name.clone(),
            source: self.source.clone(),
            medium: self.medium.clone(),
            landing: self.landing.clone(),
            colour: self.colour.clone(),
            cost: self.cost.clone(),
            starts: self.starts.clone(),
            ends: self.ends.clone(),
            destination: self.destination.clone(),
            whisper: self.whisper.clone(),
            lease_minutes: self.lease_minutes.clone(),
        }
    }
}

impl From<Greeting> for Greeted {
    fn from(greeting: Greeting) -> Self {
        let Greeting { visitor, number, until, replaces } = greeting;
        Self { visitor, written: number.as_deref().map(grouped), number, until, replaces }
    }
}
