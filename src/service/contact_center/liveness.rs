//! The platform is asked whether calls still go on of which nothing is heard: webhooks get lost, and come while this
//! server is away. When, and what its word means, is decided by [`crate::domain::contact_center::liveness`].
//!
//! Everything here is in memory. A server that starts has heard of none of the calls that it finds, and asks.

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ending::end_legs;
use super::{Agent, ContactCenter, LoadedCall, ServiceError};
use crate::domain::call::{Event, Status};
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::liveness::{MOST_AT_ONCE, SIGN_MS, Signs, Word};
use crate::domain::contact_center::presence::{SILENCE_MS, State};
use crate::store::OfferRow;
use crate::vonage::VonageError;
use crate::vonage::client::{CallFilter, CallResource, Client};
use futures::future::join_all;

/// How long the platform may take to answer; it is asked again in any case.
const PATIENCE: Duration = Duration::from_secs(4);
/// A console says so every five seconds: an older word does not count, ms.
const CONSOLE_MS: i64 = 15_000;
/// How long it is tried to end a leg that was left behind, ms: no leg lasts longer than two hours.
const STRAY_MS: i64 = 2 * 3_600_000;

/// What was heard of calls, and what the platform said of their legs.
pub(super) struct Watch {
    started_at: i64,
    /// The platform is being asked.
    asking: tokio::sync::Mutex<()>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// By leg.
    legs: HashMap<String, Seen>,
    strays: HashMap<String, Stray>,
    /// When something was last heard of a call.
    heard: HashMap<String, i64>,
    /// When the platform did not do what was asked for a call.
    doubts: HashMap<String, i64>,
    /// When a console said that its leg of a call is gone: first and last.
    gone: HashMap<String, (i64, i64)>,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    asked_at: i64,
    lives_at: Option<i64>,
    unknown_since: Option<i64>,
}

/// The leg of somebody who is out of a call, while the platform has not confirmed that it has ended.
#[derive(Clone)]
struct Stray {
    call: String,
    region: Option<String>,
    since: i64,
    /// The customer is on hold for it.
    consulted: bool,
}

/// A leg to be asked for.
struct Suspect {
    leg: String,
    call: String,
    region: Option<String>,
    signs: Signs,
    stray: Option<Stray>,
}

impl Watch {
    pub(super) fn new(now: i64) -> Self {
        Self { started_at: now, asking: tokio::sync::Mutex::default(), known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The platform told something of a call.
    pub(super) fn heard(&self, call: &str, now: i64) {
        self.known().heard.insert(call.to_owned(), now);
    }

    /// The platform did not do something for a call: it may be over.
    pub(super) fn doubt(&self, call: &str, now: i64) {
        self.known().doubts.insert(call.to_owned(), now);
    }

    /// A console has not the leg of a call that it should have.
    pub(super) fn gone(&self, call: &str, now: i64) {
        let mut known = self.known();
        let times = known.gone.entry(call.to_owned()).or_insert((now, now));
        if now - times.1 > CONSOLE_MS {
            times.0 = now;
        }
        times.1 = now;
    }

    /// A leg is to be ended although its call does not stand for it any more.
    pub(super) fn stray(&self, leg: &str, call: &DeskCall, consulted: bool, now: i64) {
        let stray = Stray { call: call.id.clone(), region: call.region.clone(), since: now, consulted };
        self.known().strays.insert(leg.to_owned(), stray);
    }

    /// Which legs are to be asked for now, those first that have waited longest; and forgets what is over.
    fn due(&self, now: i64, calls: &[DeskCall], agents: &[Agent]) -> Vec<Suspect> {
        let mut known = self.known();
        let mut due = Vec::new();
        for call in calls {
            for leg in call.legs() {
                let signs = known.signs(now, self.started_at, call, leg, agents);
                if signs.is_due() {
                    let (leg, call, region) = (leg.to_owned(), call.id.clone(), call.region.clone());
                    due.push(Suspect { leg, call, region, signs, stray: None });
                }
            }
        }
        let open: HashSet<&str> = calls.iter().map(|call| call.id.as_str()).collect();
        let held: HashSet<&str> = calls.iter().flat_map(DeskCall::legs).collect();
        known.strays.retain(|leg, stray| now - stray.since < STRAY_MS || held.contains(leg.as_str()));
        for (leg, stray) in known.strays.iter().filter(|(leg, _)| !held.contains(leg.as_str())) {
            let signs = known.stray_signs(now, leg, stray);
            if signs.is_due() {
                let (leg, call, region) = (leg.clone(), stray.call.clone(), stray.region.clone());
                due.push(Suspect { leg, call, region, signs, stray: Some(stray.clone()) });
            }
        }
        let Known { legs, strays, heard, doubts, gone } = &mut *known;
        legs.retain(|leg, _| held.contains(leg.as_str()) || strays.contains_key(leg));
        heard.retain(|call, _| open.contains(call.as_str()));
        doubts.retain(|call, _| open.contains(call.as_str()));
        gone.retain(|call, _| open.contains(call.as_str()));
        due.sort_by_key(|suspect| std::cmp::Reverse(suspect.signs.asked.unwrap_or(i64::MAX)));
        due.truncate(MOST_AT_ONCE);
        for suspect in &due {
            legs.entry(suspect.leg.clone()).or_default().asked_at = now;
        }
        due
    }

    /// What the platform says of a leg; `known` is false where it does not know it.
    fn told(&self, leg: &str, known: bool, now: i64) -> i64 {
        let mut all = self.known();
        let seen = all.legs.entry(leg.to_owned()).or_default();
        if known {
            (seen.lives_at, seen.unknown_since) = (Some(now), None);
            return 0;
        }
        now - *seen.unknown_since.get_or_insert(now)
    }

    fn forget(&self, leg: &str) {
        let mut known = self.known();
        known.legs.remove(leg);
        known.strays.remove(leg);
    }
}

impl Known {
    fn signs(&self, now: i64, started_at: i64, call: &DeskCall, leg: &str, agents: &[Agent]) -> Signs {
        let seen = self.legs.get(leg);
        let lives_at = seen.and_then(|seen| seen.lives_at);
        let heard_at = self.heard.get(&call.id).copied().unwrap_or(call.created_at);
        let mut inside = agents.iter().filter(|agent| agent.row.call.as_deref() == Some(call.id.as_str()));
        let bound =
            |agent: &Agent| agent.standing.state.is_busy() || agent.standing.back_to.is_some_and(State::is_busy);
        let silent = |agent: &Agent| matches!(agent.standing.state, State::Reconnecting | State::Asleep);
        let beats = |agent: &Agent| now - agent.row.beat_at <= SILENCE_MS;
        let sign = |at: i64| now - at >= SIGN_MS;
        let gone = self.gone.get(&call.id).is_some_and(|(first, last)| sign(*first) && now - last < CONSOLE_MS);
        let doubt = self.doubts.get(&call.id).is_some_and(|at| sign(*at) && lives_at.is_none_or(|lives| lives < *at));
        let away = heard_at < started_at && lives_at.is_none();
        Signs {
            heard: now - heard_at.max(call.hung_up_at.unwrap_or(0)),
            asked: seen.filter(|seen| seen.asked_at > 0).map(|seen| now - seen.asked_at),
            contradicted: gone || away || inside.clone().any(|agent| bound(agent) && silent(agent)),
            doubted: doubt || seen.is_some_and(|seen| seen.unknown_since.is_some()),
            ending: call.hung_up_at.map(|at| now - at),
            bound: inside.clone().any(bound),
            watched: inside.any(|agent| bound(agent) && beats(agent)),
            known: lives_at.is_some(),
        }
    }

    fn stray_signs(&self, now: i64, leg: &str, stray: &Stray) -> Signs {
        let seen = self.legs.get(leg);
        Signs {
            heard: now - stray.since,
            asked: seen.filter(|seen| seen.asked_at > 0).map(|seen| now - seen.asked_at),
            contradicted: false,
            doubted: false,
            ending: Some(now - stray.since),
            bound: false,
            watched: false,
            known: seen.is_some_and(|seen| seen.lives_at.is_some()),
        }
    }
}

impl ContactCenter {
    /// Asks for the legs that are due, on a task of its own: the platform may be slow, and nobody waits for it.
    pub(super) fn check_soon(&self) {
        let desk = self.clone();
        tokio::spawn(async move {
            // Another task is at it.
            let Ok(_one) = desk.memory.watch.asking.try_lock() else { return };
            if let Err(error) = desk.check_legs().await {
                tracing::warn!(error = %error, "calls could not be checked");
            }
        });
    }

    async fn check_legs(&self) -> Result<(), ServiceError> {
        // Before reading: what changes meanwhile is heard of later than this.
        let now = self.core.clock.now_ms();
        let (rows, agents) = (self.core.store.desk().open_calls().await?, self.agents().await?);
        let mut calls = Vec::new();
        for row in rows {
            calls.push(LoadedCall::try_from(row)?.call);
        }
        let due = self.memory.watch.due(now, &calls, &agents);
        for done in join_all(due.iter().map(|suspect| self.check(suspect))).await {
            done?;
        }
        Ok(())
    }

    async fn check(&self, suspect: &Suspect) -> Result<(), ServiceError> {
        let Suspect { leg, signs, .. } = suspect;
        let client = self.core.vonage.in_region(suspect.region.as_deref());
        let found = match tokio::time::timeout(PATIENCE, client.get_call(leg)).await {
            Ok(Ok(found)) => found,
            // The platform is away, or refuses us: that says nothing of the call.
            Ok(Err(error)) => {
                tracing::debug!(call.id = %suspect.call, error = %error, "a call could not be checked");
                return Ok(());
            }
            Err(_) => return Ok(()),
        };
        let watch = &self.memory.watch;
        let word = match &found {
            Some(found) if found.is_over() => Word::Over,
            Some(_) => {
                watch.told(leg, true, self.core.clock.now_ms());
                Word::Lives
            }
            None => Word::Unknown { since: watch.told(leg, false, self.core.clock.now_ms()) },
        };
        if signs.is_over(word) {
            self.found_over(suspect, found.as_ref()).await?;
            watch.forget(leg);
        } else if word == Word::Lives && signs.ending.is_some() {
            tracing::info!(call.id = %suspect.call, "a leg of a call that was hung up lives, and is ended again");
            end_legs(&client, &[leg.as_str()]).await;
        }
        Ok(())
    }

    /// Before a caller is led away from an agent who rings: whether that agent has taken the call, and the news of it was
    /// lost. Then what the event would have said is so. `None` when the platform does not say.
    pub(super) async fn taken_after_all(&self, offer: &OfferRow) -> Result<Option<bool>, ServiceError> {
        let Some(loaded) = self.load_call(&offer.call).await? else { return Ok(Some(false)) };
        let client = self.platform_of(&loaded.call);
        let asked = tokio::time::timeout(PATIENCE, leg_of(&client, offer, &loaded.call.conversation)).await;
        let found = match asked {
            Ok(Ok(Some(found))) => found,
            // A leg that was never heard of, and is not in the conversation, was not answered.
            Ok(Ok(None)) if offer.leg.is_none() => return Ok(Some(false)),
            _ => return Ok(None),
        };
        if found.status != "answered" {
            return Ok(Some(false));
        }
        tracing::info!(call.id = %offer.call, agent = %offer.agent, "the platform was asked: an offer was taken");
        let event = self.core.write_down_leg(&loaded.call.conversation, &found.uuid, Some(&found)).await?;
        self.leg_changed(&Event { to: Some(offer.agent.clone()), ..event }, Status::Answered).await?;
        Ok(Some(true))
    }

    /// A leg is over, and nobody told. What follows is what would have followed the event.
    async fn found_over(&self, suspect: &Suspect, found: Option<&CallResource>) -> Result<(), ServiceError> {
        let id = suspect.call.as_str();
        if let Some(stray) = &suspect.stray {
            if stray.consulted {
                self.resume_after_consult(id).await;
            }
            return Ok(());
        }
        let Some(loaded) = self.load_call(id).await?.filter(|loaded| !loaded.call.is_over()) else { return Ok(()) };
        tracing::info!(call.id = id, known = found.is_some(), "the platform was asked: a leg of a call is over");
        let event = self.core.write_down_leg(&loaded.call.conversation, &suspect.leg, found).await?;
        let leg = Some(&suspect.leg);
        let last = loaded.call.legs() == [suspect.leg.as_str()] && (loaded.call.outbound || loaded.call.is_ending());
        if loaded.call.customer_leg.as_ref() == leg || last {
            if found.is_some() && loaded.call.is_ending() {
                return self.end_desk_call(id).await;
            }
            return self.end_lost(id).await;
        }
        self.leg_changed(&event, Status::Completed).await
    }

    /// A call is over whose end was not told.
    pub(super) async fn end_lost(&self, id: &str) -> Result<(), ServiceError> {
        let end = |call: &mut DeskCall, now| {
            call.lost = true;
            call.end(now);
            true
        };
        self.let_go(id, end).await.map(drop)
    }
}

/// The leg that rings at an agent, as the platform has it. When not even its ringing was told, it is looked for among the legs
/// of the caller's conversation.
async fn leg_of(client: &Client, offer: &OfferRow, conversation: &str) -> Result<Option<CallResource>, VonageError> {
    if let Some(leg) = &offer.leg {
        return client.get_call(leg).await;
    }
    let filter = CallFilter { conversation_uuid: Some(conversation.to_owned()), ..CallFilter::default() };
    let legs = client.list_calls(&filter).await?;
    Ok(legs.into_iter().find(|leg| leg.to["user"] == offer.agent.as_str() && !leg.is_over()))
}
