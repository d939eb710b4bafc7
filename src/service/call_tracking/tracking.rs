//! Calls to campaigns' numbers are answered, and counted. What an answer needs is in memory: it must not wait for a query.

use std::sync::Arc;

use jiff::tz::TimeZoneDatabase;

use super::hooks::Hooks;
use crate::domain::call_tracking::campaign::{self, Campaign};
use crate::domain::call_tracking::track::Track;
use crate::domain::call_tracking::zone::{Zone, ZoneError};
use crate::domain::click_to_call::{NOT_IN_USE, say};
use crate::domain::line::{Caller, Line, VISITOR_PREFIX};
use crate::domain::ncco::Ncco;
use crate::domain::outgoing::Cleared;
use crate::service::contact_center::ContactCenter;
use crate::service::core::{Core, ServiceError};
use crate::service::dial_policy::DialPolicy;
use crate::service::lines::Lines;
use crate::service::live::Live;
use crate::service::rate::VisitGate;
use crate::service::received::Ask;
use crate::service::settings::Limits;
use crate::service::shared::Shared;
use crate::store::Store;
use crate::store::call_tracking::verify::Verified;

/// Call tracking.
#[derive(Clone)]
pub struct Tracking {
    pub(super) core: Arc<Core>,
    pub(super) lines: Lines,
    pub(super) dial: DialPolicy,
    pub(super) live: Live,
    pub(super) desk: ContactCenter,
    pub hooks: Hooks,
    /// Of visitors of the operator's own web site, who ask for a number.
    pub(super) greetings: Arc<VisitGate>,
}

impl Tracking {
    pub(in crate::service) fn new(shared: &Shared, desk: ContactCenter, hooks: Hooks) -> Self {
        // A page view each; many share an office's address.
        let most = Limits { visits_per_minute_per_ip: 120, visits_per_minute: 12_000, ..shared.core.settings.limits };
        let greetings = VisitGate::new(&most, Arc::clone(&shared.core.clock));
        Self {
            core: Arc::clone(&shared.core),
            lines: shared.lines.clone(),
            dial: shared.dial.clone(),
            live: shared.live.clone(),
            desk,
            hooks,
            greetings: Arc::new(greetings),
        }
    }

    /// What a call that takes this line is to be counted for.
    pub(in crate::service) fn track_of(&self, line: &Line, ask: &Ask<'_>) -> Option<Track> {
        match (line, &ask.caller) {
            (Line::Campaign(id), caller) => {
                let known = self.lines.known_campaigns();
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
                (!self.lines.known_campaigns().campaigns.is_empty()).then_some(Track::Visit { visit })
            }
            _ => None,
        }
    }

    /// A call to a campaign's number. An ended campaign's number still rings: it is printed on something.
    ///
    /// # Errors
    /// When the agents are to take it and the database fails.
    pub(in crate::service) async fn answer_campaign(
        &self,
        ask: &Ask<'_>,
        track: Option<&Track>,
    ) -> Result<Ncco, ServiceError> {
        let Some(Track::Number { campaign: id, blocked, .. }) = track else { return Ok(say(NOT_IN_USE)) };
        if *blocked {
            return Ok(say(NOT_IN_USE));
        }
        let support = &self.core.settings.support;
        let tracked = ask.dialled.as_ref().unwrap_or(&support.number);
        let known = self.lines.known_campaigns();
        let Some(found) = known.campaign(id) else {
            return Ok(campaign::connect(tracked, &support.destination, None));
        };
        let whisper = format!("{}/webhooks/whisper/{}", self.core.settings.tracking.public_url, found.id);
        match found.ncco(tracked, Some(whisper)) {
            Some(flow) => Ok(flow),
            None => self.desk.answers.answer_by_agents(ask, &Line::Campaign(id.clone())).await,
        }
    }

    /// The whisper: what the person who answers a campaign's call hears before the caller is put through.
    #[must_use]
    pub fn whisper(&self, campaign: &str) -> Cleared {
        self.dial
            .cleared(self.lines.known_campaigns().campaign(campaign).map(Campaign::whisper_flow).unwrap_or_default())
    }

    /// Forgets who came long ago.
    pub(in crate::service) fn forget(&self) {
        self.greetings.forget();
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
    // First: a call that is counted meanwhile counts for a day of this zone, whether or not the recount sees it.
    store.set_zone(Arc::clone(zone));
    if counted.as_deref() != Some(zone.name()) {
        // None on the first start, and after an upgrade that changed what is counted.
        if let Some(before) = counted {
            tracing::info!(zone = zone.name(), before, "tracked calls are counted again, in another time zone");
        }
        store.tracking().recount(zone).await?;
    }
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
