//! One of several leaves a call, and the others go on with the customer.

use super::board::{Board, Done};
use super::controls::Controls;
use super::draft::Step;
use super::legs::{confirmed, end_legs, loud};
use super::routing::{Kind, Routing};
use crate::domain::contact_center::call::{DeskCall, Third};
use crate::domain::contact_center::desk::Refusal;
use crate::domain::contact_center::flows;
use crate::domain::contact_center::presence::Happening;
use crate::service::core::ServiceError;
use crate::store::DeskCallRow;
use crate::vonage::{Client, VonageError};

/// One of several leaves a call.
#[derive(Clone)]
pub(super) struct Leaving {
    board: Board,
    routing: Routing,
    controls: Controls,
}

impl Leaving {
    pub(super) fn new(routing: Routing, controls: Controls) -> Self {
        Self { board: routing.board().clone(), routing, controls }
    }

    /// The owner leaves. Customer and heir go to a room of their own, and the others with them; then the old conversation
    /// is the owner's alone.
    pub(super) async fn others_go_on(&self, agent: &str, loaded: &DeskCallRow) -> Done {
        let call = &loaded.call;
        let heir = call.heir().cloned().ok_or(Refusal::Gone)?;
        let customer = call.customer_leg.clone().ok_or(Refusal::Gone)?;
        let client = self.board.platform_of(call);
        self.call_off(call, &client).await?;
        let room = format!("desk-{}-{}", call.id, loaded.version);
        confirmed(&client, &customer, self.to_a_room(&client, call, &heir, &customer, &room).await).await?;
        let handed = self.out(agent, &call.id, |call, now| call.hand_to(&heir.leg, now)).await?;
        if handed == Some(false) {
            // The heir hung up in this very moment, and nobody of ours is with the customer.
            self.routing.reroute(&call.id).await?;
        }
        if let Some(own) = &call.agent_leg {
            for left in end_legs(&client, &[own]).await {
                self.board.watch.stray(&left, call, false, self.board.now());
            }
        }
        self.routing.assign_soon();
        Ok(())
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
        let (pair, others) =
            (self.board.dial.cleared(flows::room(room)), self.board.dial.cleared(flows::room_of_others(room)));
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
            if off_hold && let Err(error) = self.controls.quiet(call, client, customer).await {
                tracing::warn!(call.id = %call.id, error = %error, "a caller could not be put back on hold");
            }
            let back = self.board.dial.cleared(flows::join(&call.conversation));
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
        if let Some(offer) = self.board.open_offer_of(&call.id).await?.filter(|offer| Kind::is_helper(&offer.kind)) {
            self.routing.lose_offer(&offer, Happening::Withdrawn).await?;
        }
        let rings = call.thirds.iter().filter(|third| third.answered_at.is_none() && !third.leg.is_empty());
        let legs: Vec<&str> = rings.map(|third| third.leg.as_str()).collect();
        for left in end_legs(client, &legs).await {
            self.board.watch.stray(&left, call, false, self.board.now());
        }
        Ok(())
    }

    /// The agent is out of the call, which goes on without them as `change` says. `None` when it is over.
    pub(super) async fn out<T>(
        &self,
        agent: &str,
        call: &str,
        change: impl Fn(&mut DeskCall, i64) -> T,
    ) -> Result<Option<T>, ServiceError> {
        let change = &change;
        self.board
            .commit_with(|mut draft| async move {
                let Some(mut loaded) = self.board.open_call(call).await? else { return Ok(Step::Nothing(None)) };
                self.board.agent_leaves(&mut draft, Some(agent), call, true).await?;
                let done = change(&mut loaded.call, draft.now);
                draft.call(&loaded);
                draft.write(Some(done))
            })
            .await
    }

    /// A colleague who helped leaves alone.
    pub(super) async fn helper_leaves(&self, agent: &str, call: &DeskCall) -> Done {
        let gone = self.part_with(&call.id, |third| third.agent.as_deref() == Some(agent)).await?;
        let gone = gone.ok_or(Refusal::Gone)?;
        let legs: Vec<&str> = [gone.leg.as_str()].into_iter().filter(|leg| !leg.is_empty()).collect();
        let left = end_legs(&self.board.platform_of(call), &legs).await;
        if left.is_empty() {
            // Nobody may hear the customer who still hears us: only now they are taken off hold.
            if gone.consulted {
                self.controls.resume_after_consult(&call.id).await;
            }
            return Ok(());
        }
        for leg in &left {
            self.board.watch.stray(leg, call, gone.consulted, self.board.now());
        }
        Err(Refusal::Unconfirmed.into())
    }

    /// Somebody is out of the call who is no owner of it; an agent who talked has time for notes.
    pub(super) async fn part_with(
        &self,
        call: &str,
        who: impl Fn(&Third) -> bool,
    ) -> Result<Option<Third>, ServiceError> {
        let who = &who;
        let gone = self.board.commit_with(|mut draft| async move {
            let Some(mut loaded) = self.board.open_call(call).await? else { return Ok(Step::Nothing(None)) };
            let at = loaded.call.thirds.iter().position(who);
            let Some(gone) = at.and_then(|at| loaded.call.part_with(at, draft.now)) else {
                return Ok(Step::Nothing(None));
            };
            let talked = gone.answered_at.is_some();
            self.board.agent_leaves(&mut draft, gone.agent.as_deref(), call, talked).await?;
            self.board.owner_follows(&mut draft, &loaded.call).await?;
            draft.call(&loaded);
            draft.write(Some(gone))
        });
        let gone: Result<_, ServiceError> = gone.await;
        if matches!(gone, Ok(Some(_))) {
            self.routing.assign_soon();
        }
        gone
    }
}
