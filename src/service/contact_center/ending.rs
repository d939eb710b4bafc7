//! A call is hung up. An agent who hangs up has left it at once, whatever the platform answers. The call is over when the
//! platform says so; until then [`super::liveness`] asks it again and again to end the legs.

use std::time::Duration;

use futures::future::join_all;

use super::{ContactCenter, ServiceError};
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::desk::{Outcome, Refusal};
use crate::service::{Account, CallDetail};
use crate::vonage::Client;

/// How long an agent who hung up waits for the platform. It is asked again in any case.
const PATIENCE: Duration = Duration::from_secs(5);

impl ContactCenter {
    /// The agent is out of the call; if it was theirs, it is ended for everybody. See [`Self::leave_call`] for the other way.
    pub async fn hang_up(&self, agent: &str, call: &str) -> Result<Outcome, ServiceError> {
        let mut loaded = match self.mine(agent, call).await? {
            Ok(loaded) => loaded,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        if let Some(offer) = self.core.store.desk().offer_to(agent).await?.filter(|offer| offer.call == call) {
            if self.taken_after_all(&offer).await? != Some(true) {
                // Nothing was taken yet: hanging up is to decline.
                return self.decline_offer(agent, &offer.id).await;
            }
            // They talk, and the news of it is on its way. What follows is about a call that is theirs.
            match self.mine(agent, call).await? {
                Ok(taken) => loaded = taken,
                Err(refusal) => return Ok(Outcome::Refused(refusal)),
            }
        }
        if loaded.call.agent.as_deref() != Some(agent) {
            return self.helper_leaves(agent, &loaded.call).await;
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
    pub async fn open_desk_call_of(&self, logged: &CallDetail) -> Result<Option<DeskCall>, ServiceError> {
        self.open_desk_call_in(&logged.row.conversation, logged.record.legs.keys().map(String::as_str)).await
    }

    /// The same, by the conversation and the legs of the log's record.
    pub(in crate::service) async fn open_desk_call_in(
        &self,
        conversation: &str,
        legs: impl Iterator<Item = &str>,
    ) -> Result<Option<DeskCall>, ServiceError> {
        let store = &self.core.store;
        let mut row = store.desk().call_in(conversation).await?;
        for leg in legs {
            if row.is_some() {
                break;
            }
            row = store.desk().call_of_leg(leg).await?;
        }
        let call = row.map(super::LoadedCall::try_from).transpose()?.map(|loaded| loaded.call);
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
            self.memory.watch.stray(leg, call, false, self.core.clock.now_ms());
        }
        let told = self
            .change_call(&call.id, |call| {
                // It may have ended by itself meanwhile.
                call.is_ending().then(|| call.problem = Some(Refusal::Unconfirmed))
            })
            .await?;
        Ok(told.map_or(Outcome::Done, |()| Outcome::Refused(Refusal::Unconfirmed)))
    }
}

fn hung_up(call: &mut DeskCall, now: i64) {
    call.hung_up_at.get_or_insert(now);
    (call.under_way, call.problem) = (None, None);
    call.all_go(now);
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
