//! A call is handed over, or a colleague or a telephone joins it: transfer, consultation, third parties.
//!
//! Customer and agent are together in the conversation of a `connect`, which is over as soon as one of its two is gone.
//! So a colleague who is consulted *comes into* that conversation, while the customer is taken out of it by ear and
//! mouth (mute, earmuff, music into their leg alone); and when the colleague takes over, first they and then the customer
//! go to a room of their own, and the old conversation ends with the agent.

use super::board::{Board, Done};
use super::controls::Controls;
use super::dialling::Dialling;
use super::draft::Step;
use super::leaving::Leaving;
use super::legs::{confirmed, loud, refused};
use super::routing::{Kind, Routing};
use crate::domain::contact_center::call::{Phase, Third};
use crate::domain::contact_center::desk::{Control, Refusal, Target};
use crate::domain::contact_center::flows::{self, HAND_OVER_SECONDS, LIMIT_SECONDS};
use crate::domain::contact_center::presence::Happening;
use crate::domain::contact_center::routing::RING_SECONDS;
use crate::domain::contact_center::story::{What, Who};
use crate::domain::outgoing::Diallable;
use crate::service::core::ServiceError;
use crate::store::{NewIntent, OfferRow};
use crate::vonage::client::{Callee, NewCall};
use crate::vonage::{Client, VonageError};

/// Hands calls over, and brings others into them.
#[derive(Clone)]
pub(super) struct HandingOver {
    board: Board,
    routing: Routing,
    controls: Controls,
    leaving: Leaving,
    dialling: Dialling,
}

impl HandingOver {
    pub(super) fn new(routing: Routing, controls: Controls, leaving: Leaving, dialling: Dialling) -> Self {
        Self { board: routing.board().clone(), routing, controls, leaving, dialling }
    }

    /// Blind transfer.
    pub(super) async fn transfer(&self, agent: &str, call: &str, target: &Target) -> Done {
        self.controls
            .control(agent, call, Control::Transfer, async |loaded| {
                let leg = loaded.call.customer_leg.clone().ok_or(Refusal::Gone)?;
                let (flow, outside) = match target {
                    Target::Agent(name) => {
                        self.reserve_for(agent, call, name, Kind::Transfer).await?;
                        (self.board.hooks_in(loaded.call.language).connect(name, RING_SECONDS), None)
                    }
                    Target::Number(text) => {
                        let number = self.dialling.callable(text)?;
                        let from = self.dialling.shown_number(&loaded.call, Some(&number)).await?;
                        self.board.dial.take_call("outbound").await?;
                        let outside = number.digits().to_owned();
                        (self.board.hooks().hand_over(&from, number), Some(outside))
                    }
                };
                let to = match (target, &outside) {
                    (Target::Agent(name), _) => Who::Agent(name.clone()),
                    (Target::Number(text), digits) => Who::Number(digits.clone().unwrap_or_else(|| text.clone())),
                };
                let client = self.board.platform_of(&loaded.call);
                let moved = async {
                    if loaded.call.held_since.is_some() {
                        loud(&client, &leg).await?;
                    }
                    client.transfer(&leg, &self.board.dial.cleared(flow)).await
                };
                if let Err(error) = moved.await {
                    if outside.is_none() {
                        self.routing.withdraw(call).await?;
                    }
                    return Err(refused(&client, &leg, &error).await.into());
                }
                self.leaving
                    .out(agent, call, |call, now| {
                        call.goes(agent, now);
                        call.phase = if outside.is_none() { Phase::Ringing } else { Phase::Outside };
                        call.handed_to.clone_from(&outside);
                        call.handed_by = Some(agent.to_owned());
                        call.tell(now, What::HandedOver { by: agent.to_owned(), to: to.clone() });
                        (call.agent_leg, call.held_since) = (None, None);
                        call.tried.clear();
                    })
                    .await?;
                Ok(())
            })
            .await
    }

    /// Warm transfer, first step.
    pub(super) async fn consult(&self, agent: &str, call: &str, target: &Target) -> Done {
        // Nobody is put on hold for a number that cannot be called.
        if let Target::Number(text) = target {
            self.dialling.callable(text)?;
        }
        self.controls
            .control(agent, call, Control::Consult, async |loaded| {
                let leg = loaded.call.customer_leg.clone().ok_or(Refusal::Gone)?;
                if loaded.call.held_since.is_none() {
                    let client = self.board.platform_of(&loaded.call);
                    confirmed(&client, &leg, self.controls.quiet(&loaded.call, &client, &leg).await).await?;
                    self.controls.held_changed(call, true).await?;
                }
                let added = self.add(agent, call, target, Kind::Consult).await;
                if added.is_err() {
                    self.controls.resume_after_consult(call).await;
                }
                added
            })
            .await
    }

    /// Warm transfer, last step.
    pub(super) async fn complete_transfer(&self, agent: &str, call: &str) -> Done {
        let complete = async |loaded| self.leaving.others_go_on(agent, &loaded).await;
        self.controls.control(agent, call, Control::Complete, complete).await
    }

    /// Warm transfer given up.
    pub(super) async fn back_to_caller(&self, agent: &str, call: &str) -> Done {
        self.controls
            .control(agent, call, Control::Back, async |loaded| {
                let third = loaded.call.consulted().cloned().ok_or(Refusal::Gone)?;
                let offer = self.board.open_offer_of(call).await?;
                if let Some(offer) = offer.filter(|offer| Kind::is_helper(&offer.kind)) {
                    self.routing.lose_offer(&offer, Happening::Withdrawn).await?;
                }
                let client = self.board.platform_of(&loaded.call);
                if !third.leg.is_empty() {
                    confirmed(&client, &third.leg, client.hang_up(&third.leg).await).await?;
                }
                // Before the customer is taken off hold: nobody is in the call who is not.
                self.leaving.part_with(call, |other| other.consulted).await?;
                if let Some(leg) = loaded.call.customer_leg.clone().filter(|_| loaded.call.held_since.is_some()) {
                    confirmed(&client, &leg, loud(&client, &leg).await).await?;
                    self.controls.held_changed(call, false).await?;
                }
                Ok(())
            })
            .await
    }

    /// All three together.
    pub(super) async fn join_all(&self, agent: &str, call: &str) -> Done {
        self.controls
            .control(agent, call, Control::Join, async |loaded| {
                let leg = loaded.call.customer_leg.clone().ok_or(Refusal::Gone)?;
                let client = self.board.platform_of(&loaded.call);
                confirmed(&client, &leg, loud(&client, &leg).await).await?;
                Ok(self.controls.held_changed(call, false).await?)
            })
            .await
    }

    /// Adds a third party.
    pub(super) async fn add_party(&self, agent: &str, call: &str, target: &Target) -> Done {
        let add = async |_| self.add(agent, call, target, Kind::Add).await;
        self.controls.control(agent, call, Control::Add, add).await
    }

    /// Hangs up a party that was added.
    pub(super) async fn remove_party(&self, agent: &str, call: &str, leg: &str) -> Done {
        self.controls
            .control(agent, call, Control::Remove, async |loaded| {
                let third = loaded.call.thirds.iter().find(|third| third.leg == leg && !leg.is_empty());
                let third = third.ok_or(Refusal::Gone)?;
                // Removing somebody while their telephone rings is not reported as *did not answer*.
                let offer = self.board.open_offer_of(call).await?;
                let rings =
                    |offer: &OfferRow| Kind::is_helper(&offer.kind) && third.agent.as_ref() == Some(&offer.agent);
                if let Some(offer) = offer.filter(rings) {
                    self.routing.lose_offer(&offer, Happening::Withdrawn).await?;
                }
                let client = self.board.platform_of(&loaded.call);
                confirmed(&client, leg, client.hang_up(leg).await).await?;
                self.leaving.part_with(call, |third| third.leg == leg).await?;
                Ok(())
            })
            .await
    }

    /// Reserves this very colleague.
    async fn reserve_for(&self, by: &str, call: &str, name: &str, kind: Kind) -> Done {
        let not_free = || Refusal::NotFree { name: name.to_owned() };
        if name == by || !self.board.lines.directory().agents.contains(name) {
            return Err(not_free().into());
        }
        self.board
            .commit_with(|mut draft| async move {
                let agent = self.board.agent(name).await?.ok_or_else(not_free)?;
                let mut loaded = self.board.open_call(call).await?.ok_or_else(not_free)?;
                if !Board::candidate(&agent, draft.now).is_free() {
                    return Err(not_free().into());
                }
                if self.board.open_offer_of(call).await?.is_some() {
                    return Err(Refusal::Busy.into());
                }
                draft.step(&agent, Happening::Offered, Some(call)).map_err(|_| not_free())?;
                draft.change.offer = Some(self.routing.offer(call, name, kind, Some(by), draft.now));
                if Kind::is_helper(kind.name()) {
                    loaded.call.thirds.push(called(Some(name), None, kind, draft.now));
                    let who = Who::Agent(name.to_owned());
                    loaded.call.tell(draft.now, What::Asked { who, consults: kind == Kind::Consult });
                }
                draft.call(&loaded);
                draft.write(())
            })
            .await
    }

    /// Calls somebody into the conversation of a call. Dialled once, whatever the platform says.
    async fn add(&self, agent: &str, call: &str, target: &Target, kind: Kind) -> Done {
        let loaded = self.board.load_call(call).await?.ok_or(Refusal::Gone)?;
        let callee = match target {
            Target::Agent(_) => None,
            Target::Number(text) => Some(self.dialling.callable(text)?),
        };
        let from = self.dialling.shown_number(&loaded.call, callee.as_ref()).await?;
        let client = self.board.platform_of(&loaded.call);
        let customer = loaded.call.customer_leg.as_deref().unwrap_or("-");
        let conversation = conversation_of(&client, customer).await?;
        let (to, ringing) = match target {
            Target::Agent(name) => {
                self.reserve_for(agent, call, name, kind).await?;
                (Callee::App(name.clone()), RING_SECONDS)
            }
            Target::Number(text) => (Callee::Phone(self.telephone(agent, call, text, kind).await?), HAND_OVER_SECONDS),
        };
        let new = NewCall {
            to: to.clone(),
            from,
            ncco: self.board.dial.cleared(flows::join(&conversation)),
            ringing_seconds: Some(ringing),
            limit_seconds: Some(LIMIT_SECONDS),
        };
        // In the call's own region: legs of different regions cannot be in one conversation.
        let error = match client.create_call(&new).await {
            Ok(created) => {
                let wanted = self.third_rings(call, &to, &created.uuid).await?;
                if !wanted && let Err(error) = client.hang_up(&created.uuid).await {
                    tracing::warn!(call.id = call, %error, "somebody who is not wanted any more could not be hung up");
                }
                // In the log it is a leg of this call from now on, also when nobody takes it.
                self.board.core.write_down_third(&created.uuid, &created.conversation_uuid, &conversation).await;
                return Ok(());
            }
            Err(error) => error,
        };
        // When it is not known whether it rings, its events tell; nobody is dialled twice.
        if !matches!(error, VonageError::Ambiguous { .. }) {
            self.routing.withdraw(call).await?;
            self.board
                .change_call(call, |call| {
                    call.thirds.retain(|third| !(third.leg.is_empty() && is_target(third, &to)));
                    Some(())
                })
                .await?;
        }
        Err(refused(&client, customer, &error).await.into())
    }

    /// A telephone that is called into a call: allowed, counted, and written down before it rings.
    async fn telephone(&self, agent: &str, call: &str, text: &str, kind: Kind) -> Done<Diallable> {
        let number = self.dialling.callable(text)?;
        self.dialling.may_dial(agent).await?;
        let number = self.board.dial.take_call_to(&number, "outbound").await?;
        let (now, intent) = (self.board.now(), self.board.core.random.id());
        let new =
            NewIntent { id: &intent, agent, number: number.digits(), shown: None, made_at: now, used_by: Some(call) };
        self.board.core.store.desk().insert_intent(new).await?;
        let third = called(None, Some(number.digits()), kind, now);
        self.board
            .change_call(call, |call| {
                call.thirds.push(third.clone());
                let who = Who::Number(number.digits().to_owned());
                call.tell(now, What::Asked { who, consults: kind == Kind::Consult });
                Some(())
            })
            .await?;
        Ok(number)
    }

    /// The leg of somebody who was called is known. Their answer may have been told before we knew whose it was. False when
    /// the call ended, or they were taken back, while the platform was asked.
    async fn third_rings(&self, call: &str, to: &Callee, leg: &str) -> Result<bool, ServiceError> {
        if let Some(offer) = self.board.open_offer_of(call).await?.filter(|offer| Kind::is_helper(&offer.kind)) {
            self.board.core.store.desk().offer_rings(&offer.id, leg).await?;
        }
        self.board
            .commit_with(|mut draft| async move {
                let Some(mut loaded) = self.board.load_call(call).await? else { return Ok(Step::Nothing(false)) };
                draft.leg(leg, call);
                let goes_on = !loaded.call.is_over() && !loaded.call.is_ending();
                // They may even have the call by now.
                let has_it = loaded.call.agent_leg.as_deref() == Some(leg);
                let mut thirds = loaded.call.thirds.iter_mut();
                let is_it = |third: &Third| third.leg == leg || third.leg.is_empty() && is_target(third, to);
                let third = thirds.find(|third| is_it(third));
                let wanted = goes_on && (has_it || third.is_some());
                if let Some(third) = third {
                    leg.clone_into(&mut third.leg);
                }
                draft.call(&loaded);
                draft.write(wanted)
            })
            .await
    }
}

/// Where the customer is. Asked, not remembered: events tell of moves in any order.
async fn conversation_of(client: &Client, customer: &str) -> Done<String> {
    let found = confirmed(client, customer, client.get_call(customer).await).await?;
    let leg = found.ok_or(Refusal::Unreached)?;
    if leg.is_over() || leg.conversation_uuid.is_empty() {
        return Err(Refusal::Gone.into());
    }
    Ok(leg.conversation_uuid)
}

/// Somebody who is called into a call and has not answered.
fn called(agent: Option<&str>, number: Option<&str>, kind: Kind, now: i64) -> Third {
    Third {
        leg: String::new(),
        agent: agent.map(str::to_owned),
        number: number.map(str::to_owned),
        since: now,
        answered_at: None,
        consulted: kind == Kind::Consult,
        muted: false,
    }
}

fn is_target(third: &Third, to: &Callee) -> bool {
    match to {
        Callee::App(name) => third.agent.as_ref() == Some(name),
        Callee::Phone(number) => third.number.as_deref() == Some(number.digits()),
    }
}
