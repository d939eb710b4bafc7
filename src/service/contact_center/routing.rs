//! A caller is offered to the right agent, or waits.

use std::sync::atomic::Ordering;

use super::{ATTEMPTS, Agent, ContactCenter, Draft, LoadedCall, ServiceError, TOO_BUSY, release};
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::flows::Waiter;
use crate::domain::contact_center::presence::{Happening, SILENCE_MS};
use crate::domain::contact_center::routing::{Candidate, RING_GRACE_MS, RING_SECONDS, may_ring_again, order};
use crate::domain::ncco::Ncco;
use crate::store::OfferRow;
use crate::vonage::{Client, VonageError};

/// Why a call rings at an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Call,
    Transfer,
    Consult,
    Add,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Transfer => "transfer",
            Self::Consult => "consult",
            Self::Add => "add",
        }
    }

    pub(super) fn is_helper(name: &str) -> bool {
        matches!(name, "consult" | "add")
    }
}

/// Who rings for a call.
pub(super) struct Reserved {
    pub(super) agent: String,
    /// Whom the caller asked for.
    pub(super) wanted: Option<String>,
    /// Somebody else reserved them, and leads the caller there.
    already: bool,
}

impl ContactCenter {
    pub(super) fn candidate(&self, agent: &Agent, now: i64) -> Candidate {
        let (row, alive_since) = (&agent.row, now - SILENCE_MS);
        Candidate {
            name: row.name.clone(),
            standing: agent.standing,
            alive: row.beat_at >= alive_since || super::agents::elsewhere(row, now),
            engaged: row.call.is_some(),
            idle_since: row.idle_since,
        }
    }

    /// Those who exist and take calls, as routing looks at them.
    async fn floor(&self, now: i64) -> Result<Vec<(Candidate, Agent)>, ServiceError> {
        let directory = self.lines.directory();
        let agents = self.agents().await?.into_iter().filter(|agent| directory.agents.contains(&agent.row.name));
        Ok(agents.map(|agent| (self.candidate(&agent, now), agent)).collect())
    }

    /// Reserves an agent for a call, whole or not at all: the agent rings, the offer is open, and the call knows. `None`
    /// when nobody is free. A call that rings already keeps its agent. Who did not take it is rung again after a pause, or
    /// at once when `again`.
    pub(super) async fn reserve(&self, id: &str, again: bool) -> Result<Option<Reserved>, ServiceError> {
        for _ in 0..ATTEMPTS {
            let now = self.core.clock.now_ms();
            let Some(mut loaded) = self.load_call(id).await? else { return Ok(None) };
            if loaded.call.is_over() || loaded.call.is_ending() {
                return Ok(None);
            }
            if let Some(offer) = self.open_offer_of(id).await? {
                return Ok(Some(Reserved { agent: offer.agent, wanted: loaded.call.wanted, already: true }));
            }
            let floor = self.floor(now).await?;
            let candidates: Vec<Candidate> = floor.iter().map(|(candidate, _)| candidate.clone()).collect();
            let wanted = loaded.call.handed_by.clone().or_else(|| loaded.call.wanted.clone());
            let (tried, refused_at) = (&loaded.call.tried, &loaded.call.refused_at);
            let rings_again = |agent: &Candidate| {
                again || may_ring_again(refused_at.get(&agent.name).copied(), agent.idle_since, now)
            };
            let best = order(&candidates, wanted.as_deref(), tried, rings_again).first().map(|best| best.name.clone());
            let Some(best) = best else { return Ok(None) };
            let Some((_, agent)) = floor.into_iter().find(|(candidate, _)| candidate.name == best) else { continue };
            let mut draft = Draft::new(now);
            if draft.step(&agent, Happening::Offered, Some(id)).is_err() {
                continue;
            }
            loaded.call.phase = Phase::Ringing;
            draft.change.offer = Some(self.offer(id, &best, Kind::Call, loaded.call.handed_by.as_deref(), now));
            draft.call(&loaded);
            if self.commit(&draft).await? {
                tracing::info!(call.id = id, agent = best, "a call is offered");
                return Ok(Some(Reserved { agent: best, wanted: loaded.call.wanted, already: false }));
            }
        }
        Err(TOO_BUSY)
    }

    pub(super) fn offer(&self, call: &str, agent: &str, kind: Kind, by: Option<&str>, now: i64) -> OfferRow {
        OfferRow {
            id: self.core.random.id(),
            call: call.to_owned(),
            agent: agent.to_owned(),
            kind: kind.name().to_owned(),
            by_agent: by.map(str::to_owned),
            leg: None,
            made_at: now,
            expires_at: now + i64::from(RING_SECONDS) * 1000,
        }
    }

    pub(super) async fn open_offer_of(&self, call: &str) -> Result<Option<OfferRow>, ServiceError> {
        Ok(self.core.store.desk().open_offers().await?.into_iter().find(|offer| offer.call == call))
    }

    /// What a caller hears next: the agent who is now reserved for them, or the queue.
    pub(super) async fn next_flow(&self, id: &str, greeting: Option<&str>, again: bool) -> Result<Ncco, ServiceError> {
        if let Some(reserved) = self.reserve(id, again).await? {
            return Ok(match greeting {
                Some(greeting) => self.hooks().inbound(Some(greeting), reserved.wanted.as_deref(), &reserved.agent),
                None => self.hooks().connect(&reserved.agent),
            });
        }
        self.wait_flow(id, greeting).await
    }

    /// The queue, as it stands.
    pub(super) async fn wait_flow(&self, id: &str, greeting: Option<&str>) -> Result<Ncco, ServiceError> {
        let now = self.core.clock.now_ms();
        let first = self
            .change_call(id, |call| {
                let first = call.queued_at.is_none();
                call.phase = Phase::Waiting;
                call.queued_at.get_or_insert(now);
                call.waited_from.get_or_insert(now);
                Some((first, Waiter::of(call)))
            })
            .await?;
        let (first, waiter) = first.unwrap_or((true, Waiter::Withheld));
        let position = self.position(id).await?;
        self.assign_soon();
        Ok(self.hooks().wait(greeting, position, first, waiter))
    }

    /// The place in the queue; 1 is next.
    async fn position(&self, id: &str) -> Result<u32, ServiceError> {
        let waiting = self.waiting_calls().await?;
        let at = waiting.iter().position(|call| call.id == id).unwrap_or(waiting.len().saturating_sub(1));
        Ok(u32::try_from(at + 1).unwrap_or(u32::MAX))
    }

    /// Callers in the queue, the longest waiting first.
    pub(super) async fn waiting_calls(&self) -> Result<Vec<DeskCall>, ServiceError> {
        let rows = self.core.store.desk().open_calls().await?;
        let mut calls = Vec::new();
        for row in rows {
            let loaded = LoadedCall::try_from(row)?;
            if loaded.call.is_waiting() {
                calls.push(loaded.call);
            }
        }
        calls.sort_by_key(|call| (call.queued_at, call.id.clone()));
        Ok(calls)
    }

    /// Offers waiting callers to agents who are free, and takes them out of the music.
    pub async fn assign_waiting(&self) -> Result<(), ServiceError> {
        self.memory.again.store(true, Ordering::Release);
        // The task that is at it looks once more.
        let Ok(_one) = self.memory.assigning.try_lock() else { return Ok(()) };
        while self.take_again() {
            for call in self.waiting_calls().await? {
                // Their first answer may still be on its way, and a flow that has not begun cannot be replaced.
                let Some(leg) = call.customer_leg.clone().filter(|_| call.customer_answered_at.is_some()) else {
                    continue;
                };
                let _lane = self.leads(&call.id).await;
                // An agent who did not take this call is asked again after a pause, not at once.
                let Some(Reserved { agent, already: false, .. }) = self.reserve(&call.id, false).await? else {
                    // Nobody is free, or another task has just reserved an agent and leads the caller there.
                    continue;
                };
                let client = self.platform_of(&call);
                if let Err(error) = client.transfer(&leg, &self.dial.cleared(self.hooks().connect(&agent))).await {
                    tracing::warn!(call.id = %call.id, error = %error, "a waiting caller could not be connected");
                    self.not_led_on(&call.id, &client, &leg, &error).await?;
                }
            }
        }
        Ok(())
    }

    /// Withdraws a call's open offer. It does not count as declined or missed.
    pub(super) async fn withdraw(&self, call: &str) -> Result<(), ServiceError> {
        for _ in 0..ATTEMPTS {
            let Some(offer) = self.open_offer_of(call).await? else { return Ok(()) };
            let mut draft = Draft::new(self.core.clock.now_ms());
            if let Some(agent) = self.agent(&offer.agent).await? {
                release(&mut draft, &agent, Happening::Withdrawn, false);
            }
            draft.close(&offer.id, "withdrawn");
            if self.commit(&draft).await? {
                return Ok(());
            }
        }
        Err(TOO_BUSY)
    }

    /// An offer was not taken: the agent is free or, after the second, away; the call knows that they were tried. False
    /// when the offer was closed already.
    pub(super) async fn lose_offer(&self, offer: &OfferRow, happening: Happening) -> Result<bool, ServiceError> {
        let outcome = match happening {
            Happening::Declined => "declined",
            Happening::Missed => "missed",
            Happening::Failed => "unable",
            _ => "withdrawn",
        };
        for _ in 0..ATTEMPTS {
            if self.open_offer_of(&offer.call).await?.is_none_or(|open| open.id != offer.id) {
                return Ok(false);
            }
            let Some(mut loaded) = self.load_call(&offer.call).await? else { return Ok(false) };
            let mut draft = Draft::new(self.core.clock.now_ms());
            if let Some(agent) = self.agent(&offer.agent).await? {
                release(&mut draft, &agent, happening, false);
            }
            draft.close(&offer.id, outcome);
            if Kind::is_helper(&offer.kind) {
                loaded.call.thirds.retain(|third| third.agent.as_deref() != Some(offer.agent.as_str()));
            } else if !matches!(happening, Happening::Withdrawn | Happening::Failed) {
                loaded.call.tried.push(offer.agent.clone());
                loaded.call.refused_at.insert(offer.agent.clone(), draft.now);
            }
            draft.call(&loaded);
            if self.commit(&draft).await? {
                tracing::info!(call.id = %offer.call, agent = %offer.agent, outcome, "an offer was not taken");
                if happening == Happening::Missed {
                    // An app that does not answer may be closed. A console says by itself that it is there.
                    self.core.store.desk().agent_seen_elsewhere(&offer.agent, 0, draft.now).await?;
                }
                return Ok(true);
            }
        }
        Err(TOO_BUSY)
    }

    /// Offers that the platform forgot to tell about.
    pub(super) async fn expired_offers(&self, now: i64) -> Result<Vec<OfferRow>, ServiceError> {
        let open = self.core.store.desk().open_offers().await?;
        Ok(open.into_iter().filter(|offer| now > offer.expires_at + RING_GRACE_MS).collect())
    }

    /// The customer goes on with what comes next, out of whatever they are in.
    pub(super) async fn reroute(&self, id: &str) -> Result<(), ServiceError> {
        let Some(loaded) = self.load_call(id).await?.filter(|loaded| !loaded.call.is_over()) else { return Ok(()) };
        let Some(leg) = loaded.call.customer_leg.clone() else { return Ok(()) };
        let _lane = self.leads(id).await;
        let flow = self.dial.cleared(self.next_flow(id, None, false).await?);
        let client = self.platform_of(&loaded.call);
        if let Err(error) = client.transfer(&leg, &flow).await {
            tracing::warn!(call.id = id, error = %error, "a caller could not be led on");
            self.not_led_on(id, &client, &leg, &error).await?;
        }
        Ok(())
    }

    /// The platform did not take a caller where they were to go. They are forgotten only when their leg itself says that
    /// it has ended; until then they wait, and the agents are tried again when their music is over.
    async fn not_led_on(&self, id: &str, client: &Client, leg: &str, error: &VonageError) -> Result<(), ServiceError> {
        self.withdraw(id).await?;
        if error.is_not_found() && client.has_ended(leg).await {
            return self.end_desk_call(id).await;
        }
        let now = self.core.clock.now_ms();
        self.memory.watch.doubt(id, now);
        self.change_call(id, |call| {
            if !matches!(call.phase, Phase::Ringing | Phase::Waiting) {
                return None;
            }
            call.phase = Phase::Waiting;
            call.queued_at.get_or_insert(now);
            Some(())
        })
        .await?;
        Ok(())
    }
}
