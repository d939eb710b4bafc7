//! What follows from the platform's events about a leg.

use std::time::Duration;

use futures::future::join_all;

use super::{ATTEMPTS, ContactCenter, Draft, LoadedCall, ServiceError, TOO_BUSY, release};
use crate::domain::call::{Event, Fact, Status};
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::hearing::Hearing;
use crate::domain::contact_center::presence::Happening;
use crate::service::webhooks::Received;
use crate::store::OfferRow;
use crate::vonage::Webhook;

/// How long the platform may take to say where a caller is: it waits for our reply meanwhile.
const WHERE: Duration = Duration::from_millis(400);

impl ContactCenter {
    /// The call that an event is about: by its leg, by its conversation, or by the agent who is being rung.
    pub(super) async fn call_of(&self, event: &Event) -> Result<Option<LoadedCall>, ServiceError> {
        let store = &self.core.store;
        if let Some(leg) = &event.leg
            && let Some(row) = store.desk().call_of_leg(leg).await?
        {
            return LoadedCall::try_from(row).map(Some);
        }
        if let Some(row) = store.desk().call_in(&event.conversation).await? {
            return LoadedCall::try_from(row).map(Some);
        }
        // Their conversation is new: a waiting caller was taken to them, or we called them.
        let Some(to) = &event.to else { return Ok(None) };
        let offered = match store.desk().offer_to(to).await? {
            Some(offer) => self.load_call(&offer.call).await?,
            None => None,
        };
        // What rang at an agent may be of an offer that is over, and then says nothing about the next one.
        let from = event.from.as_deref().filter(|_| self.lines.directory().agents.contains(to));
        let Some(from) = from.filter(|from| !offered.as_ref().is_some_and(|loaded| is_from(&loaded.call, from))) else {
            return Ok(offered);
        };
        Ok(self.call_from(from).await?.or(offered))
    }

    /// The newest call of a customer.
    async fn call_from(&self, from: &str) -> Result<Option<LoadedCall>, ServiceError> {
        if let Some(open) = self.newest_open(|call| !call.outbound && is_from(call, from)).await? {
            return Ok(Some(open));
        }
        let ended = self.core.store.desk().calls_with(from, i64::MAX, 1).await?;
        ended.into_iter().next().map(LoadedCall::try_from).transpose()
    }

    /// The call whose caller was handed to a telephone, when that is not known by its leg: it may be busy at once, before
    /// the platform has told where the caller went. Several callers may have been handed to the same telephone, so the
    /// platform is asked which of them is in the conversation of the event.
    pub(super) async fn handed_to(&self, event: &Event) -> Result<Option<LoadedCall>, ServiceError> {
        let Some(telephone) = event.to.as_deref() else { return Ok(None) };
        let mut handed = Vec::new();
        for row in self.core.store.desk().open_calls().await? {
            let loaded = LoadedCall::try_from(row)?;
            if loaded.call.phase == Phase::Outside && loaded.call.handed_to.as_deref() == Some(telephone) {
                handed.push(loaded);
            }
        }
        let is_there = async |call: &DeskCall| {
            let (client, leg) = (self.platform_of(call), call.customer_leg.as_deref()?);
            match tokio::time::timeout(WHERE, client.get_call(leg)).await {
                Ok(Ok(found)) => found.map(|found| found.conversation_uuid == event.conversation),
                Ok(Err(_)) | Err(_) => None,
            }
        };
        let there = join_all(handed.iter().map(|loaded| is_there(&loaded.call))).await;
        // Of whom the platform does not say where they are, it may be the one.
        let at = there.iter().position(|there| *there == Some(true)).or(there.iter().position(Option::is_none));
        Ok(at.map(|at| handed.swap_remove(at)))
    }

    async fn newest_open(&self, wanted: impl Fn(&DeskCall) -> bool) -> Result<Option<LoadedCall>, ServiceError> {
        let mut newest: Option<LoadedCall> = None;
        for row in self.core.store.desk().open_calls().await? {
            let loaded = LoadedCall::try_from(row)?;
            let newer = newest.as_ref().is_none_or(|other| other.call.created_at < loaded.call.created_at);
            if newer && wanted(&loaded.call) {
                newest = Some(loaded);
            }
        }
        Ok(newest)
    }

    /// The open offer that an event of a ringing leg is about.
    pub(super) async fn offer_of_event(
        &self,
        call: &DeskCall,
        event: &Event,
    ) -> Result<Option<OfferRow>, ServiceError> {
        let Some(to) = &event.to else { return Ok(None) };
        let offer = self.core.store.desk().offer_to(to).await?.filter(|offer| offer.call == call.id);
        // The leg of an offer that is over says nothing about the next one.
        let Some(offer) = offer else { return Ok(None) };
        let earlier = match (&offer.leg, &event.leg) {
            (Some(rings), Some(told)) => rings != told,
            (None, Some(told)) => self.core.store.desk().call_of_leg(told).await?.is_some(),
            _ => false,
        };
        Ok(Some(offer).filter(|_| !earlier))
    }

    /// Takes in what an event says, after it is durable. Doubled and late events change nothing.
    pub(in crate::service) async fn desk_event(&self, received: &Received) -> Result<(), ServiceError> {
        let Ok(Webhook::Event(event)) = &received.parsed else { return Ok(()) };
        match &event.fact {
            Fact::Moved { to } => {
                let Some(leg) = &event.leg else { return Ok(()) };
                let Some(row) = self.core.store.desk().call_of_leg(leg).await? else { return Ok(()) };
                self.change_call(&row.id, |call| {
                    let moved = call.customer_leg.as_ref() == Some(leg) && call.conversation != *to;
                    moved.then(|| call.conversation.clone_from(to))
                })
                .await?;
                Ok(())
            }
            Fact::Noted { kind } if kind == "record" => self.message_left(event, received).await,
            Fact::Status(change) => self.leg_changed(event, change.status).await,
            _ => Ok(()),
        }
    }

    pub(super) async fn leg_changed(&self, event: &Event, status: Status) -> Result<(), ServiceError> {
        let Some(leg) = event.leg.clone() else { return Ok(()) };
        for _ in 0..ATTEMPTS {
            let Some(mut loaded) = self.call_of(event).await?.filter(|loaded| !loaded.call.is_over()) else {
                return Ok(());
            };
            let now = self.core.clock.now_ms();
            self.memory.watch.heard(&loaded.call.id, now);
            let mut draft = Draft::new(now);
            let call = &mut loaded.call;
            // The telephone that an agent calls is known by its number at first. The agent's own leg bears it too.
            let agents = call.agent_leg.as_ref() == Some(&leg);
            if call.outbound && !agents && call.customer_leg.is_none() && event.to.is_some() && event.to == call.number
            {
                call.customer_leg = Some(leg.clone());
                draft.leg(&leg, &call.id);
            }
            let done = if call.customer_leg.as_ref() == Some(&leg) {
                self.customer_changed(loaded, draft, status).await?
            } else if let Some(offer) = self.offer_of_event(call, event).await? {
                self.offered_changed(loaded, draft, &offer, &leg, status).await?
            } else if call.agent_leg.as_ref() == Some(&leg) {
                !ends(status) || self.owner_gone(loaded, draft).await?
            } else {
                self.third_changed(loaded, draft, event, &leg, status).await?
            };
            if done {
                return Ok(());
            }
        }
        Err(TOO_BUSY)
    }

    /// The customer's leg. Whether it is done: not when somebody else was faster.
    async fn customer_changed(
        &self,
        mut loaded: LoadedCall,
        mut draft: Draft,
        status: Status,
    ) -> Result<bool, ServiceError> {
        let call = &mut loaded.call;
        if ends(status) {
            self.end_desk_call(&call.id).await?;
            return Ok(true);
        }
        if status == Status::Answered && call.customer_answered_at.is_none() {
            call.customer_answered_at = Some(draft.now);
            if call.outbound {
                call.answered_at = Some(draft.now);
                call.phase = Phase::Talking;
                if let Some(agent) = call.agent.clone() {
                    call.comes(&agent, draft.now);
                }
                self.agent_steps(&mut draft, call.agent.as_deref(), Happening::Answered, &call.id).await?;
            }
        } else if draft.change.legs.is_empty() {
            return Ok(true);
        }
        let waits = call.is_waiting();
        draft.call(&loaded);
        let done = self.commit(&draft).await?;
        if done && waits {
            self.assign_soon();
        }
        Ok(done)
    }

    /// The leg of an agent who is being offered the call. Whether it is done: not when somebody else was faster.
    async fn offered_changed(
        &self,
        mut loaded: LoadedCall,
        mut draft: Draft,
        offer: &OfferRow,
        leg: &str,
        status: Status,
    ) -> Result<bool, ServiceError> {
        let call = &mut loaded.call;
        let now = draft.now;
        let helper = super::routing::Kind::is_helper(&offer.kind);
        let happening = match status {
            Status::Answered => {
                self.take(&mut draft, call, offer, leg, now).await?;
                draft.leg(leg, &call.id);
                draft.close(&offer.id, "answered");
                draft.call(&loaded);
                if !self.commit(&draft).await? {
                    return Ok(false);
                }
                self.agent_seen_elsewhere(&offer.agent).await?;
                return Ok(true);
            }
            Status::Started | Status::Ringing => {
                draft.leg(leg, &call.id);
                self.core.store.desk().offer_rings(&offer.id, leg).await?;
                self.commit(&draft).await?;
                return Ok(true);
            }
            Status::Cancelled => Happening::Withdrawn,
            Status::Rejected | Status::Busy if helper => Happening::Declined,
            _ if ends(status) && helper => Happening::Missed,
            _ => return Ok(true),
        };
        self.lose_offer(offer, happening).await?;
        self.helper_gone(offer).await?;
        Ok(true)
    }

    /// The leg of the agent whose call it is has ended. Whether it is done: not when somebody else was faster.
    async fn owner_gone(&self, mut loaded: LoadedCall, mut draft: Draft) -> Result<bool, ServiceError> {
        let call = &mut loaded.call;
        call.agent_leg = None;
        let (id, agent) = (call.id.clone(), call.agent.clone());
        // An agent whose outgoing call nobody took is told by their own leg, before or after the other's.
        let alone = call.outbound && call.customer_leg.is_none();
        if let Some(agent) = &agent {
            call.goes(agent, draft.now);
        }
        self.agent_leaves(&mut draft, agent.as_deref(), &id).await?;
        draft.call(&loaded);
        if !self.commit(&draft).await? {
            return Ok(false);
        }
        self.assign_soon();
        // Hung up before the other side was heard of: nobody else is in it.
        if alone || (loaded.call.is_ending() && loaded.call.legs().is_empty()) {
            self.end_desk_call(&id).await?;
        }
        Ok(true)
    }

    /// A colleague or telephone that was added or consulted. Whether it is done: not when somebody else was faster.
    async fn third_changed(
        &self,
        mut loaded: LoadedCall,
        mut draft: Draft,
        event: &Event,
        leg: &str,
        status: Status,
    ) -> Result<bool, ServiceError> {
        let call = &mut loaded.call;
        let to = event.to.as_deref();
        let known = |third: &crate::domain::contact_center::call::Third| {
            third.leg == leg || (third.leg.is_empty() && to.is_some() && third.number.as_deref() == to)
        };
        let Some(at) = call.thirds.iter().position(known) else { return Ok(true) };
        leg.clone_into(&mut call.thirds[at].leg);
        draft.leg(leg, &call.id);
        let now = draft.now;
        let mut consult_ended = false;
        if ends(status) {
            let Some(gone) = call.part_with(at, now) else { return Ok(true) };
            consult_ended = gone.consulted;
            if let Some(agent) = self.agent_in(gone.agent.as_deref(), &call.id).await? {
                release(&mut draft, &agent, Happening::Ended, gone.answered_at.is_some());
            }
            self.owner_follows(&mut draft, call).await?;
        } else if status == Status::Answered {
            call.answers(at, leg, now);
            self.owner_follows(&mut draft, call).await?;
        } else if draft.change.legs.is_empty() {
            return Ok(true);
        }
        let (id, holds) = (call.id.clone(), call.held_since.is_some());
        draft.call(&loaded);
        let committed = self.commit(&draft).await?;
        if committed && consult_ended && holds {
            self.resume_after_consult(&id).await;
        }
        Ok(committed)
    }

    /// A colleague who was asked for help does not come: back to the caller.
    async fn helper_gone(&self, offer: &OfferRow) -> Result<(), ServiceError> {
        if offer.kind == super::routing::Kind::Consult.name() {
            self.resume_after_consult(&offer.call).await;
        }
        Ok(())
    }

    /// The call is an agent's now.
    async fn take(
        &self,
        draft: &mut Draft,
        call: &mut DeskCall,
        offer: &OfferRow,
        leg: &str,
        now: i64,
    ) -> Result<(), ServiceError> {
        let third = call.thirds.iter().position(|third| third.agent.as_deref() == Some(offer.agent.as_str()));
        if let Some(at) = third.filter(|_| super::routing::Kind::is_helper(&offer.kind)) {
            call.answers(at, leg, now);
            self.owner_follows(draft, call).await?;
        } else {
            call.comes(&offer.agent, now);
            call.agent = Some(offer.agent.clone());
            call.agent_leg = Some(leg.to_owned());
            call.agent_answered_at = Some(now);
            call.answered_at.get_or_insert(now);
            (call.phase, call.queued_at, call.handed_by) = (Phase::Talking, None, None);
            (call.agent_muted, call.under_way) = (false, None);
        }
        self.agent_steps(draft, Some(&offer.agent), Happening::Answered, &call.id).await
    }

    /// Whether the owner talks, or waits with the customer on hold, follows from who is in the call.
    pub(super) async fn owner_follows(&self, draft: &mut Draft, call: &DeskCall) -> Result<(), ServiceError> {
        let Some(happening) = Hearing::of(call).of_owner() else { return Ok(()) };
        let Some(owner) = self.agent_in(call.agent.as_deref(), &call.id).await? else { return Ok(()) };
        // An owner whose part in it is over meanwhile says so themselves.
        if owner.standing.step(happening).is_ok_and(|next| next != owner.standing) {
            let _ = draft.step(&owner, happening, Some(&call.id));
        }
        Ok(())
    }

    /// Something happens to an agent in a call; what the table does not know is not told.
    async fn agent_steps(
        &self,
        draft: &mut Draft,
        name: Option<&str>,
        happening: Happening,
        call: &str,
    ) -> Result<(), ServiceError> {
        let Some(name) = name else { return Ok(()) };
        if let Some(agent) = self.agent(name).await?
            && let Err(illegal) = draft.step(&agent, happening, Some(call))
        {
            tracing::warn!(agent = name, error = %illegal, "an agent is not where the platform says");
        }
        Ok(())
    }

    pub(super) async fn agent_in(&self, name: Option<&str>, call: &str) -> Result<Option<super::Agent>, ServiceError> {
        let Some(name) = name else { return Ok(None) };
        Ok(self.agent(name).await?.filter(|agent| agent.row.call.as_deref() == Some(call)))
    }

    async fn agent_leaves(&self, draft: &mut Draft, name: Option<&str>, call: &str) -> Result<(), ServiceError> {
        if let Some(agent) = self.agent_in(name, call).await? {
            release(draft, &agent, Happening::Ended, true);
        }
        Ok(())
    }
}

/// Whether who calls as `from` is the customer of a call.
fn is_from(call: &DeskCall, from: &str) -> bool {
    call.user.as_deref() == Some(from) || call.customer_spellings().iter().any(|spelling| spelling == from)
}

/// Nothing more will be heard on a leg.
fn ends(status: Status) -> bool {
    matches!(
        status,
        Status::Busy
            | Status::Cancelled
            | Status::Unanswered
            | Status::Rejected
            | Status::Failed
            | Status::Timeout
            | Status::Completed
            | Status::Disconnected
    )
}
