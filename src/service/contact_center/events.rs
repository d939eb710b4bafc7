//! What follows from the platform's events about a leg.

use super::board::Board;
use super::controls::Controls;
use super::draft::{Draft, Step};
use super::presence::Presence;
use super::routing::{Kind, Routing};
use super::voicemail::Voicemails;
use crate::domain::call::{Event, Fact, Status};
use crate::domain::contact_center::call::{DeskCall, Phase, Third};
use crate::domain::contact_center::desk::{Control, Refusal};
use crate::domain::contact_center::presence::Happening;
use crate::domain::party::Party;
use crate::service::core::ServiceError;
use crate::service::received::Received;
use crate::store::{DeskCallRow, OfferRow};
use crate::vonage::Webhook;

/// What follows from the platform's events about a leg.
#[derive(Clone)]
pub struct LegEvents {
    board: Board,
    routing: Routing,
    presence: Presence,
    controls: Controls,
    voicemails: Voicemails,
}

/// What is to be done when the rows are written.
enum Then {
    Nothing,
    /// Somebody may be free for those who wait.
    Assign,
    /// The call is over for everybody.
    End(String),
    /// An agent took the offer.
    Taken(String),
    /// An agent did not take the offer.
    Lost(OfferRow, Happening),
    /// Nobody is consulted any more in this call.
    Resume(String),
}

impl LegEvents {
    pub(super) fn new(presence: Presence, controls: Controls, voicemails: Voicemails, routing: Routing) -> Self {
        Self { board: routing.board().clone(), routing, presence, controls, voicemails }
    }

    /// Takes in what an event says, after it is durable. Doubled and late events change nothing.
    pub(in crate::service) async fn desk_event(&self, received: &Received) -> Result<(), ServiceError> {
        let Ok(Webhook::Event(event)) = &received.parsed else { return Ok(()) };
        match &event.fact {
            Fact::Moved { to } => {
                let Some(leg) = &event.leg else { return Ok(()) };
                let Some(row) = self.board.core.store.desk().call_of_leg(leg).await? else { return Ok(()) };
                let moves = |call: &mut DeskCall| {
                    let moved = call.customer_leg.as_ref() == Some(leg) && call.conversation != *to;
                    moved.then(|| call.conversation.clone_from(to))
                };
                self.board.change_call(&row.id, moves).await.map(drop)
            }
            Fact::Noted { .. } if event.is_of_recording() => self.voicemails.message_left(event, received).await,
            Fact::Status(change) => self.leg_changed(event, change.status).await,
            _ => Ok(()),
        }
    }

    /// A leg of a call of ours is in another state.
    pub(super) async fn leg_changed(&self, event: &Event, status: Status) -> Result<(), ServiceError> {
        let Some(leg) = &event.leg else { return Ok(()) };
        let then = self.board.commit_with(|draft| self.follow(event, leg, status, draft)).await?;
        match then {
            Then::Nothing => {}
            Then::Assign => self.routing.assign_soon(),
            Then::End(call) => self.routing.end_desk_call(&call).await?,
            Then::Taken(agent) => self.presence.agent_seen_elsewhere(&agent).await?,
            Then::Resume(call) => self.controls.resume_after_consult(&call).await,
            Then::Lost(offer, happening) => {
                self.routing.lose_offer(&offer, happening).await?;
                if offer.kind == Kind::Consult.name() {
                    self.controls.resume_after_consult(&offer.call).await;
                }
            }
        }
        Ok(())
    }

    async fn follow(
        &self,
        event: &Event,
        leg: &str,
        status: Status,
        mut draft: Draft,
    ) -> Result<Step<Then>, ServiceError> {
        let Some(mut loaded) = self.board.call_of(event).await?.filter(|loaded| !loaded.call.is_over()) else {
            return Ok(Step::Nothing(Then::Nothing));
        };
        let call = &mut loaded.call;
        self.board.watch.heard(&call.id, draft.now);
        // The telephone that an agent calls is known by its number at first. The agent's own leg bears it too.
        let agents = call.agent_leg.as_deref() == Some(leg);
        if call.outbound && !agents && call.customer_leg.is_none() && event.to.is_some() && event.to == call.number {
            call.customer_leg = Some(leg.to_owned());
            draft.leg(leg, &call.id);
        }
        if call.customer_leg.as_deref() == Some(leg) {
            self.customer_changed(loaded, draft, status).await
        } else if let Some(offer) = self.board.offer_of_event(call, event).await? {
            self.offered_changed(loaded, draft, offer, leg, status).await
        } else if agents && ends(status) {
            self.owner_gone(loaded, draft).await
        } else if agents {
            Ok(Step::Nothing(Then::Nothing))
        } else {
            self.third_changed(loaded, draft, event, leg, status).await
        }
    }

    /// The customer's leg.
    async fn customer_changed(
        &self,
        mut loaded: DeskCallRow,
        mut draft: Draft,
        status: Status,
    ) -> Result<Step<Then>, ServiceError> {
        let call = &mut loaded.call;
        if ends(status) {
            return Ok(Step::Nothing(Then::End(loaded.id)));
        }
        if status == Status::Answered && call.customer_answered_at.is_none() {
            call.customer_answered_at = Some(draft.now);
            if call.outbound {
                call.answered_at = Some(draft.now);
                call.phase = Phase::Talking;
                if let Some(agent) = call.agent.clone() {
                    call.comes(&agent, draft.now);
                }
                self.board.agent_steps(&mut draft, call.agent.as_deref(), Happening::Answered, &call.id).await?;
            }
        } else if draft.change.legs.is_empty() {
            return Ok(Step::Nothing(Then::Nothing));
        }
        draft.call(&loaded);
        draft.write(if loaded.call.is_waiting() { Then::Assign } else { Then::Nothing })
    }

    /// The leg of an agent who is being offered the call.
    async fn offered_changed(
        &self,
        mut loaded: DeskCallRow,
        mut draft: Draft,
        offer: OfferRow,
        leg: &str,
        status: Status,
    ) -> Result<Step<Then>, ServiceError> {
        let helper = Kind::is_helper(&offer.kind);
        let lost = |happening| Ok(Step::Nothing(Then::Lost(offer.clone(), happening)));
        match status {
            Status::Answered => {
                self.take(&mut draft, &mut loaded.call, &offer, leg).await?;
                draft.leg(leg, &loaded.id);
                draft.close(&offer.id, "answered");
                draft.call(&loaded);
                draft.write(Then::Taken(offer.agent))
            }
            Status::Started | Status::Ringing => {
                draft.leg(leg, &loaded.id);
                self.board.core.store.desk().offer_rings(&offer.id, leg).await?;
                draft.write(Then::Nothing)
            }
            Status::Cancelled => lost(Happening::Withdrawn),
            Status::Rejected | Status::Busy if helper => lost(Happening::Declined),
            _ if ends(status) && helper => lost(Happening::Missed),
            _ => Ok(Step::Nothing(Then::Nothing)),
        }
    }

    /// The leg of the agent whose call it is has ended.
    async fn owner_gone(&self, mut loaded: DeskCallRow, mut draft: Draft) -> Result<Step<Then>, ServiceError> {
        let call = &mut loaded.call;
        call.agent_leg = None;
        // An agent whose outgoing call nobody took is told by their own leg, before or after the other's.
        let alone = call.outbound && call.customer_leg.is_none();
        if let Some(agent) = call.agent.clone() {
            call.goes(&agent, draft.now);
        }
        self.board.agent_leaves(&mut draft, call.agent.as_deref(), &call.id, true).await?;
        // Hung up before the other side was heard of: nobody else is in it.
        let over = alone || (call.is_ending() && call.legs().is_empty());
        draft.call(&loaded);
        draft.write(if over { Then::End(loaded.id) } else { Then::Assign })
    }

    /// A colleague or telephone that was added or consulted.
    async fn third_changed(
        &self,
        mut loaded: DeskCallRow,
        mut draft: Draft,
        event: &Event,
        leg: &str,
        status: Status,
    ) -> Result<Step<Then>, ServiceError> {
        let call = &mut loaded.call;
        let to = event.to.as_deref();
        // The telephone outside that a menu led them to.
        let outside = call.phase == Phase::Outside && to.is_some() && call.handed_to.as_deref() == to;
        if outside && status == Status::Answered && call.answered_at.is_none() {
            call.answered_at = Some(draft.now);
            draft.call(&loaded);
            return draft.write(Then::Nothing);
        }
        let known =
            |third: &Third| third.leg == leg || (third.leg.is_empty() && to.is_some() && third.number.as_deref() == to);
        let Some(at) = call.thirds.iter().position(known) else { return Ok(Step::Nothing(Then::Nothing)) };
        leg.clone_into(&mut call.thirds[at].leg);
        draft.leg(leg, &call.id);
        let mut consult_ended = false;
        if ends(status) {
            let Some(gone) = call.part_with(at, draft.now) else { return Ok(Step::Nothing(Then::Nothing)) };
            consult_ended = gone.consulted;
            let talked = gone.answered_at.is_some();
            // The owner withdrew this one, and needs no notice.
            let called_off = matches!(call.under_way, Some((Control::Back | Control::Remove, _)));
            if !talked && gone.agent.is_none() && !called_off {
                call.problem = Some(Refusal::NotTaken {
                    name: Party::of(gone.number.as_deref()).text(),
                    declined: matches!(status, Status::Rejected | Status::Busy),
                    consulted: gone.consulted,
                });
            }
            self.board.agent_leaves(&mut draft, gone.agent.as_deref(), &call.id, talked).await?;
            self.board.owner_follows(&mut draft, call).await?;
        } else if status == Status::Answered {
            call.answers(at, leg, draft.now);
            self.board.owner_follows(&mut draft, call).await?;
        }
        let resumes = consult_ended && call.held_since.is_some();
        draft.call(&loaded);
        draft.write(if resumes { Then::Resume(loaded.id) } else { Then::Nothing })
    }

    /// The call is an agent's now.
    async fn take(
        &self,
        draft: &mut Draft,
        call: &mut DeskCall,
        offer: &OfferRow,
        leg: &str,
    ) -> Result<(), ServiceError> {
        let now = draft.now;
        let third = call.thirds.iter().position(|third| third.agent.as_deref() == Some(offer.agent.as_str()));
        if let Some(at) = third.filter(|_| Kind::is_helper(&offer.kind)) {
            call.answers(at, leg, now);
            self.board.owner_follows(draft, call).await?;
        } else {
            call.comes(&offer.agent, now);
            call.agent = Some(offer.agent.clone());
            call.agent_leg = Some(leg.to_owned());
            call.agent_answered_at = Some(now);
            call.answered_at.get_or_insert(now);
            (call.phase, call.queued_at, call.handed_by) = (Phase::Talking, None, None);
            (call.agent_muted, call.under_way) = (false, None);
        }
        self.board.agent_steps(draft, Some(&offer.agent), Happening::Answered, &call.id).await
    }
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
