//! A call is handed over, or a colleague or a telephone joins it: transfer, consultation, third parties.
//!
//! Customer and agent are together in the conversation of a `connect`, which is over as soon as one of its two is gone.
//! So a colleague who is consulted *comes into* that conversation, while the customer is taken out of it by ear and
//! mouth (mute, earmuff, music into their leg alone); and when the colleague takes over, first they and then the customer
//! go to a room of their own, and the old conversation ends with the agent.

use super::controls::{Done, loud, refused};
use super::routing::Kind;
use super::{ATTEMPTS, ContactCenter, Draft, ServiceError, TOO_BUSY};
use crate::domain::contact_center::call::{Phase, Third};
use crate::domain::contact_center::desk::{Control, Outcome, Refusal, Target};
use crate::domain::contact_center::flows::{self, HAND_OVER_SECONDS, LIMIT_SECONDS};
use crate::domain::contact_center::presence::Happening;
use crate::domain::contact_center::routing::RING_SECONDS;
use crate::vonage::VonageError;
use crate::vonage::client::{Callee, NewCall};

impl ContactCenter {
    /// Blind transfer.
    pub async fn transfer(&self, agent: &str, call: &str, target: &Target) -> Result<Outcome, ServiceError> {
        self.control(agent, call, Control::Transfer, async |loaded| {
            let Some(leg) = loaded.call.customer_leg.clone() else { return Ok(Err(Refusal::Gone)) };
            let (flow, outside) = match target {
                Target::Agent(name) => {
                    if let Err(refusal) = self.reserve_for(agent, call, name, Kind::Transfer).await? {
                        return Ok(Err(refusal));
                    }
                    (self.hooks().connect(name), None)
                }
                Target::Number(text) => match self.callable(text) {
                    Ok(number) => {
                        let Some(from) = self.shown_number(&loaded.call) else {
                            return Ok(Err(Refusal::NoCallerId));
                        };
                        if let Err(rule) = self.dial.take_call("outbound").await? {
                            return Ok(Err(rule.into()));
                        }
                        let outside = number.digits().to_owned();
                        (self.hooks().hand_over(&from, number), Some(outside))
                    }
                    Err(refusal) => return Ok(Err(refusal)),
                },
            };
            let client = self.platform_of(&loaded.call);
            let moved = async {
                if loaded.call.held_since.is_some() {
                    loud(&client, &leg).await?;
                }
                client.transfer(&leg, &self.dial.cleared(flow)).await
            };
            if let Err(error) = moved.await {
                if outside.is_none() {
                    self.withdraw(call).await?;
                }
                return Ok(Err(refused(&client, &leg, &error).await));
            }
            self.out(agent, call, |call, now| {
                call.goes(agent, now);
                call.phase = if outside.is_none() { Phase::Ringing } else { Phase::Outside };
                call.handed_to.clone_from(&outside);
                call.handed_by = Some(agent.to_owned());
                (call.agent_leg, call.held_since) = (None, None);
                call.tried.clear();
            })
            .await?;
            Ok(Ok(()))
        })
        .await
    }

    /// Warm transfer, first step.
    pub async fn consult(&self, agent: &str, call: &str, target: &Target) -> Result<Outcome, ServiceError> {
        self.control(agent, call, Control::Consult, async |loaded| {
            let Some(leg) = loaded.call.customer_leg.clone() else { return Ok(Err(Refusal::Gone)) };
            if loaded.call.held_since.is_none() {
                let client = self.platform_of(&loaded.call);
                if let Err(error) = self.quiet(&client, &leg).await {
                    return Ok(Err(refused(&client, &leg, &error).await));
                }
                self.held_changed(call, true).await?;
            }
            let added = self.add(agent, call, target, Kind::Consult).await?;
            if added.is_err() {
                self.resume_after_consult(call).await;
            }
            Ok(added)
        })
        .await
    }

    /// Warm transfer, last step.
    pub async fn complete_transfer(&self, agent: &str, call: &str) -> Result<Outcome, ServiceError> {
        self.control(agent, call, Control::Complete, async |loaded| self.others_go_on(agent, &loaded).await).await
    }

    /// Warm transfer given up.
    pub async fn back_to_caller(&self, agent: &str, call: &str) -> Result<Outcome, ServiceError> {
        self.control(agent, call, Control::Back, async |loaded| {
            let Some(third) = loaded.call.consulted().cloned() else { return Ok(Err(Refusal::Gone)) };
            if let Some(offer) = self.open_offer_of(call).await?.filter(|offer| Kind::is_helper(&offer.kind)) {
                self.lose_offer(&offer, Happening::Withdrawn).await?;
            }
            let client = self.platform_of(&loaded.call);
            if !third.leg.is_empty()
                && let Err(error) = client.hang_up(&third.leg).await
            {
                return Ok(Err(refused(&client, &third.leg, &error).await));
            }
            // Before the customer is taken off hold: nobody is in the call who is not.
            self.part_with(call, |other| other.consulted).await?;
            if let Some(leg) = loaded.call.customer_leg.clone().filter(|_| loaded.call.held_since.is_some()) {
                if let Err(error) = loud(&client, &leg).await {
                    return Ok(Err(refused(&client, &leg, &error).await));
                }
                self.held_changed(call, false).await?;
            }
            Ok(Ok(()))
        })
        .await
    }

    /// All three together.
    pub async fn join_all(&self, agent: &str, call: &str) -> Result<Outcome, ServiceError> {
        self.control(agent, call, Control::Join, async |loaded| {
            let Some(leg) = loaded.call.customer_leg.clone() else { return Ok(Err(Refusal::Gone)) };
            let client = self.platform_of(&loaded.call);
            if let Err(error) = loud(&client, &leg).await {
                return Ok(Err(refused(&client, &leg, &error).await));
            }
            self.held_changed(call, false).await.map(Ok)
        })
        .await
    }

    /// Adds a third party.
    pub async fn add_party(&self, agent: &str, call: &str, target: &Target) -> Result<Outcome, ServiceError> {
        self.control(agent, call, Control::Add, async |_| self.add(agent, call, target, Kind::Add).await).await
    }

    /// Hangs up a party that was added.
    pub async fn remove_party(&self, agent: &str, call: &str, leg: &str) -> Result<Outcome, ServiceError> {
        self.control(agent, call, Control::Remove, async |loaded| {
            let Some(third) = loaded.call.thirds.iter().find(|third| third.leg == leg && !leg.is_empty()) else {
                return Ok(Err(Refusal::Gone));
            };
            let client = self.platform_of(&loaded.call);
            if let Err(error) = client.hang_up(leg).await {
                return Ok(Err(refused(&client, leg, &error).await));
            }
            // What only rings is an offer, which its own event ends.
            if third.answered_at.is_some() {
                self.part_with(call, |third| third.leg == leg).await?;
            }
            Ok(Ok(()))
        })
        .await
    }

    /// Reserves this very colleague.
    async fn reserve_for(
        &self,
        by: &str,
        call: &str,
        name: &str,
        kind: Kind,
    ) -> Result<Result<(), Refusal>, ServiceError> {
        let not_free = || Ok(Err(Refusal::NotFree { name: name.to_owned() }));
        if name == by || !self.lines.directory().agents.contains(name) {
            return not_free();
        }
        for _ in 0..ATTEMPTS {
            let now = self.core.clock.now_ms();
            let (Some(agent), Some(mut loaded)) = (self.agent(name).await?, self.load_call(call).await?) else {
                return not_free();
            };
            if !self.candidate(&agent, now).is_free() || loaded.call.is_over() {
                return not_free();
            }
            if self.open_offer_of(call).await?.is_some() {
                return Ok(Err(Refusal::Busy));
            }
            let mut draft = Draft::new(now);
            if draft.step(&agent, Happening::Offered, Some(call)).is_err() {
                return not_free();
            }
            draft.change.offer = Some(self.offer(call, name, kind, Some(by), now));
            if Kind::is_helper(kind.name()) {
                loaded.call.thirds.push(Third {
                    leg: String::new(),
                    agent: Some(name.to_owned()),
                    number: None,
                    since: now,
                    answered_at: None,
                    consulted: kind == Kind::Consult,
                    muted: false,
                });
            }
            draft.call(&loaded);
            if self.commit(&draft).await? {
                return Ok(Ok(()));
            }
        }
        Err(TOO_BUSY)
    }

    /// Calls somebody into the conversation of a call. Dialled once, whatever the platform says.
    async fn add(&self, agent: &str, call: &str, target: &Target, kind: Kind) -> Done {
        let Some(loaded) = self.load_call(call).await? else { return Ok(Err(Refusal::Gone)) };
        let Some(from) = self.shown_number(&loaded.call) else { return Ok(Err(Refusal::NoCallerId)) };
        // Asked, not remembered: events tell of moves in any order.
        let client = self.platform_of(&loaded.call);
        let customer = loaded.call.customer_leg.as_deref().unwrap_or("-");
        let conversation = match client.get_call(customer).await {
            Ok(Some(leg)) if leg.is_over() || leg.conversation_uuid.is_empty() => return Ok(Err(Refusal::Gone)),
            Ok(Some(leg)) => leg.conversation_uuid,
            Ok(None) => return Ok(Err(Refusal::Unreached)),
            Err(error) => return Ok(Err(refused(&client, customer, &error).await)),
        };
        let (to, ringing) = match target {
            Target::Agent(name) => {
                if let Err(refusal) = self.reserve_for(agent, call, name, kind).await? {
                    return Ok(Err(refusal));
                }
                (Callee::App(name.clone()), RING_SECONDS)
            }
            Target::Number(text) => {
                let number = match self.callable(text) {
                    Ok(number) => number,
                    Err(refusal) => return Ok(Err(refusal)),
                };
                if let Err(refusal) = self.may_dial(agent).await? {
                    return Ok(Err(refusal));
                }
                let number = match self.dial.take_call_to(&number, "outbound").await? {
                    Ok(number) => number,
                    Err(rule) => return Ok(Err(rule.into())),
                };
                let now = self.core.clock.now_ms();
                let intent = self.core.random.id();
                self.core.store.desk().insert_intent(&intent, agent, number.digits(), now, Some(call)).await?;
                self.change_call(call, |call| {
                    call.thirds.push(Third {
                        leg: String::new(),
                        agent: None,
                        number: Some(number.digits().to_owned()),
                        since: now,
                        answered_at: None,
                        consulted: kind == Kind::Consult,
                        muted: false,
                    });
                    Some(())
                })
                .await?;
                (Callee::Phone(number), HAND_OVER_SECONDS)
            }
        };
        let new = NewCall {
            to: to.clone(),
            from,
            ncco: self.dial.cleared(flows::join(&conversation)),
            ringing_seconds: Some(ringing),
            limit_seconds: Some(LIMIT_SECONDS),
        };
        // In the call's own region: legs of different regions cannot be in one conversation.
        match client.create_call(&new).await {
            Ok(created) => {
                self.third_rings(call, &to, &created.uuid).await?;
                Ok(Ok(()))
            }
            Err(error) => {
                // When it is not known whether it rings, its events tell; nobody is dialled twice.
                if !matches!(error, VonageError::Ambiguous { .. }) {
                    self.withdraw(call).await?;
                    self.change_call(call, |call| {
                        call.thirds.retain(|third| !(third.leg.is_empty() && is_target(third, &to)));
                        Some(())
                    })
                    .await?;
                }
                Ok(Err(refused(&client, customer, &error).await))
            }
        }
    }

    /// The leg of somebody who was called is known. Their answer may have been told before we knew whose it was.
    async fn third_rings(&self, call: &str, to: &Callee, leg: &str) -> Result<(), ServiceError> {
        if let Some(offer) = self.open_offer_of(call).await?.filter(|offer| Kind::is_helper(&offer.kind)) {
            self.core.store.desk().offer_rings(&offer.id, leg).await?;
        }
        for _ in 0..ATTEMPTS {
            let Some(mut loaded) = self.load_call(call).await? else { return Ok(()) };
            let mut draft = Draft::new(self.core.clock.now_ms());
            draft.leg(leg, call);
            if let Some(third) =
                loaded.call.thirds.iter_mut().find(|third| third.leg.is_empty() && is_target(third, to))
            {
                leg.clone_into(&mut third.leg);
            }
            draft.call(&loaded);
            if self.commit(&draft).await? {
                return Ok(());
            }
        }
        Err(TOO_BUSY)
    }

    /// Nobody is consulted any more: the customer is taken off hold.
    pub(super) async fn resume_after_consult(&self, call: &str) {
        let resumed = async {
            let Some(loaded) = self.load_call(call).await?.filter(|loaded| !loaded.call.is_over()) else {
                return Ok(());
            };
            if loaded.call.consulted().is_some() || loaded.call.agent_leg.is_none() {
                return Ok(());
            }
            let client = self.platform_of(&loaded.call);
            let Some(leg) = loaded.call.customer_leg.filter(|_| loaded.call.held_since.is_some()) else {
                return Ok(());
            };
            match loud(&client, &leg).await {
                Ok(()) => self.held_changed(call, false).await,
                Err(error) => {
                    tracing::warn!(call.id = call, error = %error, "a caller could not be taken off hold");
                    Ok(())
                }
            }
        };
        if let Err(error) = resumed.await {
            tracing::warn!(call.id = call, error = %error, "a caller could not be taken off hold");
        }
    }
}

fn is_target(third: &Third, to: &Callee) -> bool {
    match to {
        Callee::App(name) => third.agent.as_ref() == Some(name),
        Callee::Phone(number) => third.number.as_deref() == Some(number.digits()),
    }
}
