//! A call is hung up. An agent who hangs up has left it at once, whatever the platform answers. The call is over when the
//! platform says so; until then [`super::liveness`] asks it again and again to end the legs.

use super::board::{Board, Done};
use super::controls::Controls;
use super::leaving::Leaving;
use super::legs::end_legs;
use super::liveness::Liveness;
use super::routing::Routing;
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::desk::{Control, Refusal};
use crate::domain::contact_center::story::What;
use crate::service::accounts::Account;
use crate::service::core::ServiceError;
use crate::service::timeline::CallDetail;

/// Ends calls.
#[derive(Clone)]
pub struct Ending {
    board: Board,
    routing: Routing,
    controls: Controls,
    leaving: Leaving,
    liveness: Liveness,
}

impl Ending {
    pub(super) fn new(routing: Routing, controls: Controls, leaving: Leaving, liveness: Liveness) -> Self {
        Self { board: routing.board().clone(), routing, controls, leaving, liveness }
    }

    /// The agent is out of a call that goes on: a helper leaves the owner with the customer, the owner leaves it to those
    /// who are there.
    pub(super) async fn leave_call(&self, agent: &str, call: &str) -> Done {
        let loaded = self.controls.mine(agent, call).await?;
        if loaded.call.agent.as_deref() != Some(agent) {
            // For a helper both are the same.
            return self.hang_up(agent, call).await;
        }
        let leave = async |loaded| self.leaving.others_go_on(agent, &loaded).await;
        self.controls.control(agent, call, Control::Leave, leave).await
    }

    /// The agent is out of the call; if it was theirs, it is ended for everybody.
    ///
    /// # Errors
    /// [`Refusal::Unconfirmed`] when the platform did not confirm the end of the call, which is tried again.
    pub async fn hang_up(&self, agent: &str, call: &str) -> Done {
        let mut loaded = self.controls.mine(agent, call).await?;
        if let Some(offer) = self.board.core.store.desk().offer_to(agent).await?.filter(|offer| offer.call == call) {
            if self.liveness.taken_after_all(&offer).await? != Some(true) {
                // Nothing was taken yet: hanging up is to decline.
                return self.controls.decline_offer(agent, &offer.id).await;
            }
            // They talk, and the news of it is on its way. What follows is about a call that is theirs.
            loaded = self.controls.mine(agent, call).await?;
        }
        if loaded.call.agent.as_deref() != Some(agent) {
            return self.leaving.helper_leaves(agent, &loaded.call).await;
        }
        let mine = |call: &mut DeskCall, now| {
            let mine = call.agent.as_deref() == Some(agent);
            if mine {
                hung_up(call, agent, now);
            }
            mine
        };
        // Refused when it was handed over, or was over, in this very moment.
        let call = self.routing.let_go(call, mine).await?.ok_or(Refusal::Gone)?;
        self.end_all_legs(&call).await
    }

    /// Ends a stuck call and releases every agent in it. `by` is the account that asks for it.
    pub async fn end_call_by_hand(&self, by: &Account, call: &str) -> Done {
        let ended = |call: &mut DeskCall, now| {
            hung_up(call, &by.display_name, now);
            true
        };
        let call = self.routing.let_go(call, ended).await?.ok_or(Refusal::Gone)?;
        tracing::info!(account = %by.name, role = by.role.name(), call.id = %call.id, "a call is ended by hand");
        self.end_all_legs(&call).await
    }

    /// The call of the contact centre that goes on and is this one of the call log, if any.
    pub async fn open_desk_call_of(&self, logged: &CallDetail) -> Result<Option<DeskCall>, ServiceError> {
        Ok(self.desk_call_of(logged).await?.filter(|call| !call.is_over()))
    }

    /// The call of the contact centre that is this one of the call log, if any.
    pub async fn desk_call_of(&self, logged: &CallDetail) -> Result<Option<DeskCall>, ServiceError> {
        self.desk_call_in(&logged.row.conversation, logged.record.legs.keys().map(String::as_str)).await
    }

    /// The same, by the conversation and the legs of the log's record.
    pub(in crate::service) async fn open_desk_call_in(
        &self,
        conversation: &str,
        legs: impl Iterator<Item = &str>,
    ) -> Result<Option<DeskCall>, ServiceError> {
        Ok(self.desk_call_in(conversation, legs).await?.filter(|call| !call.is_over()))
    }

    async fn desk_call_in(
        &self,
        conversation: &str,
        legs: impl Iterator<Item = &str>,
    ) -> Result<Option<DeskCall>, ServiceError> {
        let store = &self.board.core.store;
        let mut row = store.desk().call_in(conversation).await?;
        for leg in legs {
            if row.is_some() {
                break;
            }
            row = store.desk().call_of_leg(leg).await?;
        }
        Ok(row.map(|row| row.call))
    }

    /// Asks the platform to end a call that was hung up.
    async fn end_all_legs(&self, call: &DeskCall) -> Done {
        let legs = call.legs();
        if legs.is_empty() {
            // There is nothing that the platform could be asked about.
            return Ok(self.liveness.end_lost(&call.id).await?);
        }
        let left = end_legs(&self.board.platform_of(call), &legs).await;
        if left.is_empty() {
            return Ok(());
        }
        for leg in left.iter().filter(|leg| call.customer_leg.as_ref() != Some(*leg)) {
            // The call is over with the customer's leg, and this one may go on.
            self.board.watch.stray(leg, call, false, self.board.now());
        }
        // It may have ended by itself meanwhile.
        let unconfirmed = |call: &mut DeskCall| call.is_ending().then(|| call.problem = Some(Refusal::Unconfirmed));
        match self.board.change_call(&call.id, unconfirmed).await? {
            Some(()) => Err(Refusal::Unconfirmed.into()),
            None => Ok(()),
        }
    }
}

fn hung_up(call: &mut DeskCall, by: &str, now: i64) {
    if call.hung_up_at.is_none() {
        call.tell(now, What::HungUp { by: by.to_owned() });
    }
    call.hung_up_at.get_or_insert(now);
    (call.under_way, call.problem) = (None, None);
    call.all_go(now);
}
