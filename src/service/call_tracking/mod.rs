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

use jiff::tz::TimeZoneDatabase;

use super::webhooks::Ask;
use super::{ServiceError, Services};
use crate::domain::call_tracking::campaign::{self, Campaign};
use crate::domain::call_tracking::track::Track;
use crate::domain::call_tracking::zone::{Zone, ZoneError};
use crate::domain::click_to_call::{NOT_IN_USE, say};
use crate::domain::line::{Caller, Line, VISITOR_PREFIX};
use crate::domain::ncco::Ncco;
use crate::domain::outgoing::Cleared;
use crate::store::Store;
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

    /// Reads campaigns, their numbers and the block list again.
    ///
    /// # Errors
    /// When the database fails; what was in force stays.
    pub(in crate::service) async fn reload_campaigns(&self) -> Result<(), ServiceError> {
        let store = &self.inner.store;
        let known = Known {
            campaigns: store.tracking().campaigns().await?,
            numbers: store.tracking().campaign_numbers().await?,
            blocked: store.tracking().blocked_numbers().await?,
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

/// The time zone of this name: from the machine's data, which its updates keep right, else from the program's own. Machines
/// have none at all, or only the newer names: `US/Eastern`, `PRC` and `GB` are no longer in Debian's package.
///
/// # Errors
/// [`ZoneError`] when there is none of this name.
pub fn zone(name: &str) -> Result<Zone, ZoneError> {
    let name = name.trim();
    if matches!(name, "" | "UTC" | "Etc/UTC" | "Z") {
        return Ok(Zone::utc());
    }
    let found = jiff::tz::db().get(name).or_else(|_| TimeZoneDatabase::bundled().get(name));
    match found {
        // As the database spells it, however the operator did: `europe/london` is the zone that was counted in before.
        Ok(rules) if !rules.is_unknown() => Ok(Zone::new(rules.iana_name().unwrap_or(name), &rules)),
        _ => {
            Err(ZoneError { name: name.to_owned(), reason: "there is none of this name; write it like Europe/London" })
        }
    }
}

/// Counts calls in this zone from now on, and recounts earlier ones if they were counted in another zone.
pub async fn count_in(store: &Store, zone: &Arc<Zone>) -> Result<(), ServiceError> {
    let counted = store.tracking().counted_zone().await?;
    if counted.as_deref() != Some(zone.name()) {
        // None on the first start, and after an upgrade that changed what is counted.
        if let Some(before) = counted {
            tracing::info!(zone = zone.name(), before, "tracked calls are counted anew, in another time zone");
        }
        store.tracking().recount(zone).await?;
    }
    store.set_zone(Arc::clone(zone));
    Ok(())
}

/// Recomputes every chart's figures from the calls and compares them with what is kept.
pub async fn verify(store: &Store) -> Result<Verified, ServiceError> {
    let name = store.tracking().counted_zone().await?.unwrap_or_default();
    let zone = zone(&name).unwrap_or_default();
    Ok(store.tracking().verify(&zone).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_names_old_and_new() {
        let summer = 1_784_548_800;
        for (name, offset) in [
            ("Europe/London", 3600),
            ("GB", 3600),
            ("US/Eastern", -4 * 3600),
            ("PRC", 8 * 3600),
            ("Asia/Kolkata", 19_800),
            ("Etc/GMT+5", -5 * 3600),
            ("UTC", 0),
            ("", 0),
        ] {
            assert_eq!(zone(name).unwrap().offset_at(summer), offset, "{name}");
        }
        // On a machine without zone files.
        for name in ["US/Eastern", "PRC", "GB"] {
            let rules = TimeZoneDatabase::bundled().get(name).unwrap();
            let (bundled, found) = (Zone::new(name, &rules), zone(name).unwrap());
            assert_eq!((bundled.name(), bundled.offset_at(summer)), (found.name(), found.offset_at(summer)));
        }
        assert_eq!(zone(" europe/london ").unwrap().name(), "Europe/London");
    }

    #[test]
    fn what_is_no_zone_is_said() {
        for name in ["Europe/Londn", "CET-1CEST", "/etc/passwd", "../../etc/passwd", "Etc/Unknown", "Europe", "\0"] {
            let error = zone(name).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{name:?} is no time zone: there is none of this name; write it like Europe/London")
            );
        }
    }
}
