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
    /// The figures of the period: in all, by campaign, and by day, week or month. Days are counted from 1970-01-01.
    #[schema(value_type = Object)]
    period: Period,
    /// The same figures of the period to compare with; null when none was asked for.
    #[schema(value_type = Option<Object>)]
    before: Option<Period>,
    /// How many calls of the period are taken for spam and are not in the figures.
    left_out: i64,
}

/// A campaign with its numbers.
#[derive(Serialize, ToSchema)]
pub(super) struct Campaign {
    /// The id of the campaign.
    id: String,
    /// What you call the campaign.
    name: String,
    /// The `utm_source` of the visitors that it brings, such as `google`; empty for any.
    source: String,
    /// The `utm_medium` of the visitors that it brings, such as `cpc`; empty for any.
    medium: String,
    /// A path with which the address of a visitor's first page must begin; empty for any.
    landing: String,
    /// The name of its colour in the charts.
    colour: String,
    /// What it costs in all, in euros with two decimals, such as `1200.50`.
    cost: String,
    /// Its first day; null when it has none.
    #[schema(format = Date)]
    starts: Option<String>,
    /// Its last day; null when it has none.
    #[schema(format = Date)]
    ends: Option<String>,
    /// Who answers its calls: the digits of a number, or `agents`.
    destination: String,
    /// What the person who answers hears before the caller is put through.
    whisper: String,
    /// How many minutes a visitor of the web site keeps a number of the pool.
    lease_minutes: i64,
    /// The campaign is archived: it is given no more numbers.
    archived: bool,
    /// The numbers that it has now, as digits.
    numbers: Vec<String>,
    /// The numbers that it has and had, the newest first.
    history: Vec<CampaignNumber>,
    /// The state of its pool of numbers: size, numbers lent, load. It is null when it has no pool.
    #[schema(value_type = Option<Object>)]
    pool: Option<Pool>,
}

/// A number that is or was a campaign's.
#[derive(Serialize, ToSchema)]
pub(super) struct CampaignNumber {
    /// The digits of the number.
    number: String,
    /// The number is lent to visitors of the web site, one visitor at a time.
    pool: bool,
    /// When the campaign got it, in ms since 1970, UTC.
    from: i64,
    /// When the campaign lost it, in ms since 1970, UTC; null while it has it.
    until: Option<i64>,
}

/// Every campaign.
#[derive(Serialize, ToSchema)]
pub(super) struct Campaigns {
    /// The campaigns, by name, archived ones too.
    pub campaigns: Vec<Campaign>,
}

/// A campaign that is to be made: what is written down of it, and its numbers.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewCampaign {
    /// What you call the campaign.
    #[serde(default)]
    #[schema(required, max_length = 80, example = "Spring sale")]
    name: String,
    /// The `utm_source` of the visitors that it brings, such as `google`; empty for any.
    #[serde(default)]
    #[schema(example = "google")]
    source: String,
    /// The `utm_medium` of the visitors that it brings, such as `cpc`; empty for any.
    #[serde(default)]
    medium: String,
    /// A path with which the address of a visitor's first page must begin, such as `/spring`; empty for any.
    #[serde(default)]
    landing: String,
    /// The name of its colour in the charts. Without it the campaign gets the next free colour.
    #[serde(default)]
    colour: String,
    /// What it costs in all, in euros with at most two decimals.
    #[serde(default)]
    #[schema(example = "1200.50")]
    cost: String,
    /// Its first day. Without it the campaign runs at once.
    #[serde(default)]
    #[schema(format = Date)]
    starts: String,
    /// Its last day. Without it the campaign has no end.
    #[serde(default)]
    #[schema(format = Date)]
    ends: String,
    /// Who answers its calls: a number with its country code, or `agents`.
    #[serde(default)]
    #[schema(required, example = "+447700900000")]
    destination: String,
    /// What the person who answers hears before the caller is put through.
    #[serde(default)]
    whisper: String,
    /// How many minutes a visitor of the web site keeps a number of the pool, written as text; 30 without it.
    #[serde(default)]
    lease_minutes: String,
    /// The two letters of a country. The campaign gets a number of it that leads nowhere yet, or a newly rented one.
    #[schema(nullable = false, example = "GB")]
    pub country: Option<String>,
    /// Numbers of yours that the campaign gets.
    #[serde(default)]
    pub numbers: Vec<String>,
    /// Its numbers are lent to visitors of the web site, each to one visitor at a time.
    #[serde(default)]
    pub pool: bool,
}

/// The latest calls by the number that was dialled, the oldest first.
pub(super) type CallsByNumber = BTreeMap<String, Vec<SampleCall>>;

/// A call, as the tracking sample shows it.
#[derive(Serialize, ToSchema)]
pub(super) struct SampleCall {
    /// When the call came, in ms since 1970, UTC.
    pub timestamp: i64,
    /// The digits of the caller's number; null when it was withheld.
    pub from: Option<String>,
}

/// What a page of a web site says of its visitor.
#[derive(Deserialize, ToSchema)]
#[schema(as = Visit)]
pub(super) struct Said {
    /// The `visitor` of the answer before, which the page keeps; leave it out the first time.
    #[serde(default)]
    #[schema(nullable = false)]
    pub visitor: Option<String>,
    /// The address of the page.
    #[serde(default)]
    #[schema(example = "https://www.example.com/spring?utm_source=google")]
    pub page: String,
    /// The address of the page that the visitor came from; empty when the browser does not say it.
    #[serde(default)]
    pub referrer: String,
}

/// Which number the page is to show.
#[derive(Serialize, ToSchema)]
#[schema(as = Greeting)]
pub(super) struct Greeted {
    /// The visitor's id, to be sent the next time; null when no campaign brought the visitor.
    visitor: Option<String>,
    /// The digits of the number to show; null leaves the page as it is.
    number: Option<String>,
    /// The same number in groups, as people read it.
    written: Option<String>,
    /// Until when the number is this visitor's alone, in ms since 1970, UTC.
    until: Option<i64>,
    /// The digits of the numbers on the page that are to be replaced.
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
