//! Call tracking: which campaign makes the phone ring.
//!
//! | module       | use case                                                                    |
//! |--------------|-----------------------------------------------------------------------------|
//! | [`manage`]   | campaigns, their numbers, the block list, what is spam                      |
//! | [`report`]   | charts, lists, the CSV                                                      |
//! | [`visitors`] | a visitor of the operator's web site is shown a number                      |
//! | [`hooks`]    | ended calls are told to the operator's own systems                          |
//! | [`outward`]  | to addresses of the public internet only                                    |
//!
//! This module answers the calls. What it needs for that is in memory: an answer must not wait for a query.

pub mod hooks;
pub mod manage;
pub mod outward;
pub mod report;
pub mod visitors;

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use super::webhooks::Ask;
use super::{ServiceError, Services};
use crate::domain::call_tracking::campaign::{self, Campaign};
use crate::domain::call_tracking::zone::{Zone, ZoneError};
use crate::domain::click_to_call::{NOT_IN_USE, say};
use crate::domain::line::{Caller, Line, VISITOR_PREFIX};
use crate::domain::ncco::Ncco;
use crate::domain::outgoing::Cleared;
use crate::store::Store;
use crate::store::call_tracking::Track;
use crate::store::call_tracking::campaigns::AssignedRow;

pub use crate::store::call_tracking::csv::CsvFor;
pub use crate::store::call_tracking::verify::Verified;
pub use hooks::{Delivery, Hook, HookError};
pub use manage::{Assigned, Blocked, CampaignView};
pub use report::{CallsAsk, Csv, ReportAsk, TrackedCall, TrackedPage, TrackingReport, Versus};
pub use visitors::{Greeting, Hello};

/// What the operator configured.
#[derive(Debug, Clone, Default)]
pub struct TrackingSettings {
    /// Where the business is.
    pub zone: Arc<Zone>,
    /// The address under which the platform reaches us, without a slash at the end.
    pub public_url: String,
}

/// The campaign of calls that dialled no campaign's number, from applications set up by the tracking sample.
pub const OTHER: &str = "other";

/// What the database knows, kept in memory.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// By name; archived ones too.
    pub(super) campaigns: Vec<Campaign>,
    /// Every assignment, past ones too.
    pub(super) numbers: Vec<AssignedRow>,
    pub(super) blocked: HashSet<String>,
}

impl Known {
    pub(super) fn campaign(&self, id: &str) -> Option<&Campaign> {
        self.campaigns.iter().find(|campaign| campaign.id == id)
    }

    /// The numbers that are a campaign's now.
    pub(super) fn numbers_of<'a>(&'a self, campaign: &'a str) -> impl Iterator<Item = &'a AssignedRow> {
        self.numbers.iter().filter(move |row| row.until_at.is_none() && row.campaign == campaign)
    }
}

impl Services {
    pub(super) fn known_campaigns(&self) -> Arc<Known> {
        Arc::clone(&self.inner.campaigns.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads campaigns, their numbers and the block list anew.
    ///
    /// # Errors
    /// When the database fails; what was in force stays.
    pub(in crate::service) async fn reload_campaigns(&self) -> Result<(), ServiceError> {
        let store = &self.inner.store;
        let known = Known {
            campaigns: store.campaigns().await?,
            numbers: store.campaign_numbers().await?,
            blocked: store.blocked_numbers().await?,
        };
        let changed = *self.known_campaigns() != known;
        *self.inner.campaigns.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        if changed {
            self.page_changed();
        }
        Ok(())
    }

    /// Which day it is where the business is.
    #[must_use]
    pub fn today(&self) -> i64 {
        self.inner.settings.tracking.zone.day_and_hour(self.inner.clock.now_ms()).0
    }

    /// What a call that takes this line is to be counted for.
    pub(super) fn track_of(&self, line: &Line, ask: &Ask<'_>) -> Option<Track> {
        match (line, &ask.caller) {
            (Line::Campaign(id), caller) => {
                let known = self.known_campaigns();
                let campaign = known.campaign(id);
                let blocked = match caller {
                    Caller::Phone(Some(number)) => {
                        number.spellings().iter().any(|number| known.blocked.contains(number.digits()))
                    }
                    _ => false,
                };
                Some(Track::Number {
                    campaign: id.clone(),
                    number: ask.dialled.as_ref().map(|number| number.digits().to_owned()).unwrap_or_default(),
                    source: campaign.map(|campaign| campaign.source.clone()).unwrap_or_default(),
                    medium: campaign.map(|campaign| campaign.medium.clone()).unwrap_or_default(),
                    blocked,
                })
            }
            // Whether a campaign brought the visit is looked up where the call is stored: an answer is not kept waiting.
            (Line::Support, Caller::User(name)) => {
                let visit = name.strip_prefix(VISITOR_PREFIX)?.to_owned();
                (!self.known_campaigns().campaigns.is_empty()).then_some(Track::Visit { visit })
            }
            _ => None,
        }
    }

    /// A call to a campaign's number. An ended campaign's number still rings: it is printed on something.
    ///
    /// # Errors
    /// When the agents are to take it and the database fails.
    pub(super) async fn answer_campaign(&self, ask: &Ask<'_>, track: Option<&Track>) -> Result<Ncco, ServiceError> {
        let Some(Track::Number { campaign: id, blocked, .. }) = track else { return Ok(say(NOT_IN_USE)) };
        if *blocked {
            return Ok(say(NOT_IN_USE));
        }
        let support = &self.inner.settings.support;
        let tracked = ask.dialled.as_ref().unwrap_or(&support.number);
        let known = self.known_campaigns();
        let Some(found) = known.campaign(id) else {
            return Ok(campaign::connect(tracked, &support.destination, None));
        };
        let whisper = format!("{}/webhooks/whisper/{}", self.inner.settings.tracking.public_url, found.id);
        match found.ncco(tracked, Some(whisper)) {
            Some(flow) => Ok(flow),
            None => self.answer_by_agents(ask, &Line::Campaign(id.clone())).await,
        }
    }

    /// Whether the agents take a campaign's calls.
    pub(super) fn campaign_rings_agents(&self, id: &str) -> bool {
        let number = &self.inner.settings.support.number;
        self.known_campaigns().campaign(id).is_some_and(|campaign| campaign.ncco(number, None).is_none())
    }

    /// What whoever answers a campaign's call hears before the caller is put through.
    #[must_use]
    pub fn whisper(&self, campaign: &str) -> Cleared {
        self.cleared(self.known_campaigns().campaign(campaign).map(Campaign::whisper_flow).unwrap_or_default())
    }
}

/// The rules in force at the end of every zone's data (IANA tz 2026), for machines that have no such data.
const RULES: &str = include_str!("zones.txt");

/// The time zone of this name: from the machine's data, which its updates keep right, else from our own table.
///
/// # Errors
/// [`ZoneError`] when there is none of this name.
pub fn zone(name: &str) -> Result<Zone, ZoneError> {
    let name = name.trim();
    if matches!(name, "" | "UTC" | "Etc/UTC" | "Z") {
        return Ok(Zone::utc());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    let error = |reason| ZoneError { name: name.to_owned(), reason };
    if name.starts_with('/') || !name.chars().all(plain) {
        return Err(error("write it like Europe/London"));
    }
    if let Ok(bytes) = std::fs::read(std::path::Path::new("/usr/share/zoneinfo").join(name)) {
        return Zone::from_tzif(name, &bytes);
    }
    let rule = RULES.lines().find_map(|line| line.split_once(' ').filter(|(known, _)| *known == name));
    match rule {
        Some((_, rule)) => Zone::from_rule(name, rule),
        None => Err(error("there is none of this name; write it like Europe/London")),
    }
}

/// Counts calls in this zone from now on, and those of before anew if they were counted in another one.
///
/// # Errors
/// When the database fails.
pub async fn count_in(store: &Store, zone: &Arc<Zone>) -> Result<(), ServiceError> {
    let counted = store.counted_zone().await?;
    if counted.as_deref() != Some(zone.name()) {
        // None on the first start, and after an upgrade that changed what is counted.
        if let Some(before) = counted {
            tracing::info!(zone = zone.name(), before, "tracked calls are counted anew, in another time zone");
        }
        store.recount(zone).await?;
    }
    store.set_zone(Arc::clone(zone));
    Ok(())
}

/// Computes every chart's figures anew from the calls and compares them with what is kept.
///
/// # Errors
/// When the database fails.
pub async fn verify(store: &Store) -> Result<Verified, ServiceError> {
    let name = store.counted_zone().await?.unwrap_or_default();
    let zone = zone(&name).unwrap_or_default();
    Ok(store.verify_tracking(&zone).await?)
}
