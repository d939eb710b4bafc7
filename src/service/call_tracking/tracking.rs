//! Calls to campaigns' numbers are answered, and counted. What an answer needs is in memory: it must not wait for a query.

use std::sync::Arc;

use super::hooks::Hooks;
use crate::domain::call_tracking::campaign::{self, Campaign};
use crate::domain::call_tracking::track::Track;
use crate::domain::line::{Caller, Line, VISITOR_PREFIX};
use crate::domain::ncco::Ncco;
use crate::domain::outgoing::Cleared;
use crate::domain::spoken::Text;
use crate::service::contact_center::ContactCenter;
use crate::service::core::{Core, ServiceError};
use crate::service::dial_policy::DialPolicy;
use crate::service::lines::Lines;
use crate::service::live::Live;
use crate::service::rate::VisitGate;
use crate::service::received::Ask;
use crate::service::settings::Limits;
use crate::service::shared::Shared;
use crate::service::time_zone;
use crate::store::Store;
use crate::store::call_tracking::verify::Verified;

/// Call tracking.
#[derive(Clone)]
pub struct Tracking {
    pub(super) core: Arc<Core>,
    pub(super) lines: Lines,
    pub(super) dial: DialPolicy,
    pub(super) live: Live,
    pub(super) desk: Arc<ContactCenter>,
    pub hooks: Hooks,
    /// Of visitors of the operator's own web site, who ask for a number.
    pub(super) greetings: Arc<VisitGate>,
}

impl Tracking {
    pub(in crate::service) fn new(shared: &Shared, desk: Arc<ContactCenter>, hooks: Hooks) -> Self {
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
        let Some(Track::Number { campaign: id, blocked, .. }) = track else { return Ok(self.not_in_use(ask)) };
        if *blocked {
            return Ok(self.not_in_use(ask));
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

    fn not_in_use(&self, ask: &Ask<'_>) -> Ncco {
        self.core.speech(Some(ask.language)).only(Text::NotInUse)
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

/// Recomputes every chart's figures from the calls and compares them with what is kept.
pub async fn verify(store: &Store) -> Result<Verified, ServiceError> {
    let name = store.tracking().counted_zone().await?.unwrap_or_default();
    let zone = time_zone::zone(&name).unwrap_or_default();
    Ok(store.tracking().verify(&zone).await?)
}
