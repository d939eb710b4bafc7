//! A call is hung up. An agent who hangs up has left it at once, whatever the platform answers. The call is over when the
//! platform says so; until then [`super::liveness`] asks it again and again to end the legs.

use std::time::Duration;

use futures::future::join_all;

use super::{ATTEMPTS, Draft, ServiceError, Services, TOO_BUSY, release};
use crate::domain::contact_center::call::{DeskCall, Third};
use crate::domain::contact_center::desk::{Outcome, Refusal};
use crate::domain::contact_center::presence::Happening;
use crate::service::{Account, CallDetail};
use crate::vonage::Client;

/// How long an agent who hung up waits for the platform. It is asked again in any case.
const PATIENCE: Duration = Duration::from_secs(5);

impl Services {
    /// The agent is out of the call; if it was theirs, it is ended for everybody.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hang_up(&self, agent: &str, call: &str) -> Result<Outcome, ServiceError> {
        let mut held = match self.mine(agent, call).await? {
            Ok(held) => held,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        if let Some(offer) = self.inner.store.offer_to(agent).await?.filter(|offer| offer.call == call) {
            if self.taken_after_all(&offer).await? != Some(true) {
                // Nothing was taken yet: hanging up is to decline.
                return self.decline_offer(agent, &offer.id).await;
            }
            // They talk, and the news of it is on its way. What follows is about a call that is theirs.
            match self.mine(agent, call).await? {
                Ok(taken) => held = taken,
                Err(refusal) => return Ok(Outcome::Refused(refusal)),
            }
        }
        if held.call.agent.as_deref() != Some(agent) {
            return self.helper_hangs_up(agent, &held.call).await;
        }
        let mine = |call: &mut DeskCall, now| {
            let mine = call.agent.as_deref() == Some(agent);
            if mine {
                hung_up(call, now);
            }
            mine
        };
        match self.let_go(call, mine).await? {
            Some(call) => self.end_all_legs(&call).await,
            // Handed over, or over, in this very moment.
            None => Ok(Outcome::Refused(Refusal::Gone)),
        }
    }

    /// Ends a stuck call and releases every agent in it. `by` is the account that asks for it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_call_by_hand(&self, by: &Account, call: &str) -> Result<Outcome, ServiceError> {
        let ended = |call: &mut DeskCall, now| {
            hung_up(call, now);
            true
        };
        let Some(call) = self.let_go(call, ended).await? else { return Ok(Outcome::Refused(Refusal::Gone)) };
        tracing::info!(account = %by.name, role = by.role.name(), call.id = %call.id, "a call is ended by hand");
        self.end_all_legs(&call).await
    }

    /// The call of the contact centre that goes on and is this one of the call log, if any.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_desk_call_of(&self, logged: &CallDetail) -> Result<Option<DeskCall>, ServiceError> {
        self.open_desk_call_in(&logged.row.conversation, logged.record.legs.keys().map(String::as_str)).await
    }

    /// The same, by the conversation and the legs of the log's record.
    pub(in crate::service) async fn open_desk_call_in(
        &self,
        conversation: &str,
        legs: impl Iterator<Item = &str>,
    ) -> Result<Option<DeskCall>, ServiceError> {
        let store = &self.inner.store;
        let mut row = store.desk_call_in(conversation).await?;
        for leg in legs {
            if row.is_some() {
                break;
            }
            row = store.desk_call_of_leg(leg).await?;
        }
        let call = row.map(super::Held::try_from).transpose()?.map(|held| held.call);
        Ok(call.filter(|call| !call.is_over()))
    }

    /// Asks the platform to end a call that was hung up.
    async fn end_all_legs(&self, call: &DeskCall) -> Result<Outcome, ServiceError> {
        let legs = call.legs();
        if legs.is_empty() {
            // There is nothing that the platform could be asked about.
            self.end_lost(&call.id).await?;
            return Ok(Outcome::Done);
        }
        let left = end_legs(&self.platform_of(call), &legs).await;
        if left.is_empty() {
            return Ok(Outcome::Done);
        }
        for leg in left.iter().filter(|leg| call.customer_leg.as_ref() != Some(*leg)) {
            // The call is over with the customer's leg, and this one may go on.
            self.inner.desk.watch.stray(leg, call, false, self.inner.clock.now_ms());
        }
        let told = self
            .change_call(&call.id, |call| {
                // It may have ended by itself meanwhile.
                call.is_ending().then(|| call.problem = Some(Refusal::Unconfirmed))
            })
            .await?;
        Ok(told.map_or(Outcome::Done, |()| Outcome::Refused(Refusal::Unconfirmed)))
    }

    /// A colleague who was asked for help leaves alone, and needs no time for notes.
    async fn helper_hangs_up(&self, agent: &str, call: &DeskCall) -> Result<Outcome, ServiceError> {
        let Some(gone) = self.helper_leaves(agent, &call.id).await? else {
            return Ok(Outcome::Refused(Refusal::Gone));
        };
        let legs: Vec<&str> = [gone.leg.as_str()].into_iter().filter(|leg| !leg.is_empty()).collect();
        let left = end_legs(&self.platform_of(call), &legs).await;
        if left.is_empty() {
            // Nobody may hear the customer who still hears us: only now they are taken off hold.
            if gone.consulted {
                self.resume_after_consult(&call.id).await;
            }
            return Ok(Outcome::Done);
        }
        for leg in &left {
            self.inner.desk.watch.stray(leg, call, gone.consulted, self.inner.clock.now_ms());
        }
        Ok(Outcome::Refused(Refusal::Unconfirmed))
    }

    async fn helper_leaves(&self, agent: &str, call: &str) -> Result<Option<Third>, ServiceError> {
        for _ in 0..ATTEMPTS {
            let Some(mut held) = self.held(call).await?.filter(|held| !held.call.is_over()) else { return Ok(None) };
            let at = held.call.thirds.iter().position(|third| third.agent.as_deref() == Some(agent));
            let Some(at) = at else { return Ok(None) };
            let gone = held.call.thirds.remove(at);
            held.call.joined &= held.call.consulted().is_some();
            let mut draft = Draft::new(self.inner.clock.now_ms());
            if let Some(me) = self.agent_in(Some(agent), call).await? {
                release(&mut draft, &me, Happening::Ended, false);
            }
            draft.call(&held);
            if self.commit(&draft).await? {
                self.assign_soon();
                return Ok(Some(gone));
            }
        }
        Err(TOO_BUSY)
    }
}

fn hung_up(call: &mut DeskCall, now: i64) {
    call.hung_up_at.get_or_insert(now);
    (call.under_way, call.problem) = (None, None);
}

/// Ends legs, all at once: each is tried, whatever becomes of the others. Those that the platform did not confirm.
pub(super) async fn end_legs(client: &Client, legs: &[&str]) -> Vec<String> {
    let each = legs.iter().map(|leg| async move {
        match tokio::time::timeout(PATIENCE, client.hang_up(leg)).await {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => tracing::warn!(error = %error, "the platform did not confirm that a leg has ended"),
            Err(_) => tracing::warn!("the platform did not say in time whether a leg has ended"),
        }
        Some((*leg).to_owned())
    });
    join_all(each).await.into_iter().flatten().collect()
}
