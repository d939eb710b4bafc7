//! One of several leaves a call, and the others go on with the customer.

use super::controls::{Done, loud, refused};
use super::ending::end_legs;
use super::routing::Kind;
use super::{ATTEMPTS, ContactCenter, Draft, LoadedCall, ServiceError, TOO_BUSY, release};
use crate::domain::contact_center::call::{DeskCall, Third};
use crate::domain::contact_center::desk::{Control, Outcome, Refusal};
use crate::domain::contact_center::flows;
use crate::domain::contact_center::presence::Happening;
use crate::vonage::{Client, VonageError};

impl ContactCenter {
    /// The agent is out of a call that goes on: a helper leaves the owner with the customer, the owner leaves it to those
    /// who are there.
    pub async fn leave_call(&self, agent: &str, call: &str) -> Result<Outcome, ServiceError> {
        let loaded = match self.mine(agent, call).await? {
            Ok(loaded) => loaded,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        if loaded.call.agent.as_deref() != Some(agent) {
            // For a helper both are the same.
            return self.hang_up(agent, call).await;
        }
        self.control(agent, call, Control::Leave, async |loaded| self.others_go_on(agent, &loaded).await).await
    }

    /// The owner leaves. Customer and heir go to a room of their own, and the others with them; then the old conversation
    /// is the owner's alone.
    pub(super) async fn others_go_on(&self, agent: &str, loaded: &LoadedCall) -> Done {
        let call = &loaded.call;
        let (Some(heir), Some(customer)) = (call.heir().cloned(), call.customer_leg.clone()) else {
            return Ok(Err(Refusal::Gone));
        };
        let client = self.platform_of(call);
        self.call_off(call, &client).await?;
        let room = format!("desk-{}-{}", call.id, loaded.row.version);
        if let Err(error) = self.to_a_room(&client, call, &heir, &customer, &room).await {
            return Ok(Err(refused(&client, &customer, &error).await));
        }
        let handed = self.out(agent, &call.id, |call, now| call.hand_to(&heir.leg, now)).await?;
        if handed == Some(false) {
            // The heir hung up in this very moment, and nobody of ours is with the customer.
            self.reroute(&call.id).await?;
        }
        if let Some(own) = &call.agent_leg {
            for left in end_legs(&client, &[own]).await {
                self.memory.watch.stray(&left, call, false, self.core.clock.now_ms());
            }
        }
        self.assign_soon();
        Ok(Ok(()))
    }

    /// Leads everybody but the owner to a room. When that fails halfway, those who were led there are brought back, so that
    /// all is as it was.
    async fn to_a_room(
        &self,
        client: &Client,
        call: &DeskCall,
        heir: &Third,
        customer: &str,
        room: &str,
    ) -> Result<(), VonageError> {
        let (pair, others) = (self.dial.cleared(flows::room(room)), self.dial.cleared(flows::room_of_others(room)));
        let (mut led, mut off_hold) = (Vec::new(), false);
        let moved = async {
            for third in call.there() {
                client.transfer(&third.leg, if third.leg == heir.leg { &pair } else { &others }).await?;
                led.push(third.leg.as_str());
            }
            if call.held_since.is_some() {
                off_hold = true;
                loud(client, customer).await?;
            }
            client.transfer(customer, &pair).await
        }
        .await;
        if moved.is_err() {
            if off_hold && let Err(error) = self.quiet(client, customer).await {
                tracing::warn!(call.id = %call.id, error = %error, "a caller could not be put back on hold");
            }
            let back = self.dial.cleared(flows::join(&call.conversation));
            for leg in led {
                if let Err(error) = client.transfer(leg, &back).await {
                    tracing::warn!(call.id = %call.id, error = %error, "somebody could not be brought back into a call");
                }
            }
        }
        moved
    }

    /// Those who were called and have not answered are called no more.
    async fn call_off(&self, call: &DeskCall, client: &Client) -> Result<(), ServiceError> {
        if let Some(offer) = self.open_offer_of(&call.id).await?.filter(|offer| Kind::is_helper(&offer.kind)) {
            self.lose_offer(&offer, Happening::Withdrawn).await?;
        }
        let rings = call.thirds.iter().filter(|third| third.answered_at.is_none() && !third.leg.is_empty());
        let legs: Vec<&str> = rings.map(|third| third.leg.as_str()).collect();
        for left in end_legs(client, &legs).await {
            self.memory.watch.stray(&left, call, false, self.core.clock.now_ms());
        }
        Ok(())
    }

    /// The agent is out of the call, which goes on without them as `change` says. `None` when it is over.
    pub(super) async fn out<T>(
        &self,
        agent: &str,
        call: &str,
        mut change: impl FnMut(&mut DeskCall, i64) -> T,
    ) -> Result<Option<T>, ServiceError> {
        for _ in 0..ATTEMPTS {
            let Some(mut loaded) = self.load_call(call).await?.filter(|loaded| !loaded.call.is_over()) else {
                return Ok(None);
            };
            let mut draft = Draft::new(self.core.clock.now_ms());
            if let Some(me) = self.agent_in(Some(agent), call).await? {
                release(&mut draft, &me, Happening::Ended, true);
            }
            let done = change(&mut loaded.call, draft.now);
            draft.call(&loaded);
            if self.commit(&draft).await? {
                return Ok(Some(done));
            }
        }
        Err(TOO_BUSY)
    }

    /// A colleague who helped leaves alone.
    pub(super) async fn helper_leaves(&self, agent: &str, call: &DeskCall) -> Result<Outcome, ServiceError> {
        let Some(gone) = self.part_with(&call.id, |third| third.agent.as_deref() == Some(agent)).await? else {
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
            self.memory.watch.stray(leg, call, gone.consulted, self.core.clock.now_ms());
        }
        Ok(Outcome::Refused(Refusal::Unconfirmed))
    }

    /// Somebody is out of the call who is no owner of it; an agent who talked has time for notes.
    pub(super) async fn part_with(
        &self,
        call: &str,
        who: impl Fn(&Third) -> bool,
    ) -> Result<Option<Third>, ServiceError> {
        for _ in 0..ATTEMPTS {
            let Some(mut loaded) = self.load_call(call).await?.filter(|loaded| !loaded.call.is_over()) else {
                return Ok(None);
            };
            let mut draft = Draft::new(self.core.clock.now_ms());
            let at = loaded.call.thirds.iter().position(&who);
            let Some(gone) = at.and_then(|at| loaded.call.part_with(at, draft.now)) else { return Ok(None) };
            if let Some(agent) = self.agent_in(gone.agent.as_deref(), call).await? {
                release(&mut draft, &agent, Happening::Ended, gone.answered_at.is_some());
            }
            self.owner_follows(&mut draft, &loaded.call).await?;
            draft.call(&loaded);
            if self.commit(&draft).await? {
                self.assign_soon();
                return Ok(Some(gone));
            }
        }
        Err(TOO_BUSY)
    }
}
