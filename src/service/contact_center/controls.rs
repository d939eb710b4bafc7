//! What an agent does in a call: each asks the platform, and what it confirms is written down.
//! To hand it over, or to bring others into it, is [`super::handing_over`]'s.

use super::routing::Kind;
use super::{ATTEMPTS, ContactCenter, Draft, LoadedCall, ServiceError, TOO_BUSY};
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::desk::{Control, Outcome, Refusal};
use crate::domain::contact_center::hearing::{self, Consulted, Ear, Situation};
use crate::domain::contact_center::presence::Happening;
use crate::domain::phone::E164;
use crate::store::OfferRow;
use crate::vonage::{Client, VonageError};

/// Nothing takes longer: a request that is repeated after this is heard.
const UNDER_WAY_MS: i64 = 6_000;

pub(super) type Done = Result<Result<(), Refusal>, ServiceError>;

fn outcome(done: Result<(), Refusal>) -> Outcome {
    match done {
        Ok(()) => Outcome::Done,
        Err(refusal) => Outcome::Refused(refusal),
    }
}

/// What an agent is told. A 404 alone does not say that a call is over: the platform gives it for calls that live in
/// another region too, so the leg itself is asked for.
pub(super) async fn refused(client: &Client, leg: &str, error: &VonageError) -> Refusal {
    tracing::warn!(error = %error, "the platform did not do what an agent asked for");
    if !error.is_not_found() {
        Refusal::Unavailable
    } else if client.has_ended(leg).await {
        Refusal::Gone
    } else {
        Refusal::Unreached
    }
}

impl ContactCenter {
    /// Puts the customer on hold with music, or takes them off hold.
    pub async fn hold(&self, agent: &str, call: &str, on: bool) -> Result<Outcome, ServiceError> {
        let control = if on { Control::Hold } else { Control::Resume };
        // Asked twice: it is so already.
        let wanted = if on { Ear::Music } else { Ear::Others };
        let so = |at: Situation| !at.guest && !at.is_consulting() && at.customer == wanted;
        if self.mine(agent, call).await?.is_ok_and(|loaded| Situation::of(&loaded.call, agent).is_some_and(so)) {
            return Ok(Outcome::Done);
        }
        self.control(agent, call, control, async |loaded| {
            let Some(leg) = loaded.call.customer_leg.clone() else { return Ok(Err(Refusal::Gone)) };
            let client = self.platform_of(&loaded.call);
            let done = if on { self.quiet(&client, &leg).await } else { loud(&client, &leg).await };
            match done {
                Ok(()) => self.held_changed(call, on).await.map(Ok),
                Err(error) => Ok(Err(refused(&client, &leg, &error).await)),
            }
        })
        .await
    }

    /// Mutes or unmutes an agent at the platform.
    pub async fn mute(&self, agent: &str, call: &str, on: bool) -> Result<Outcome, ServiceError> {
        let control = if on { Control::Mute } else { Control::Unmute };
        self.control(agent, call, control, async |loaded| {
            let helps = loaded.call.thirds.iter().find(|third| third.agent.as_deref() == Some(agent));
            let leg = if loaded.call.agent.as_deref() == Some(agent) {
                loaded.call.agent_leg.clone()
            } else {
                helps.map(|third| third.leg.clone())
            };
            let Some(leg) = leg.filter(|leg| !leg.is_empty()) else { return Ok(Err(Refusal::Gone)) };
            let client = self.platform_of(&loaded.call);
            if let Err(error) = client.mute(&leg, on).await {
                return Ok(Err(refused(&client, &leg, &error).await));
            }
            let done = self.change_call(call, |call| call.mute(agent, on).then_some(())).await?;
            Ok(done.ok_or(Refusal::Gone))
        })
        .await
    }

    /// Sends DTMF to the customer's side, or to a telephone that is consulted.
    pub async fn send_keys(&self, agent: &str, call: &str, keys: &str) -> Result<Outcome, ServiceError> {
        let good = |c: char| matches!(c, '0'..='9' | '*' | '#' | 'p');
        if keys.is_empty() || keys.len() > 32 || !keys.chars().all(good) {
            return Ok(Outcome::Refused(Refusal::Invalid { field: "keys".into() }));
        }
        let loaded = match self.mine(agent, call).await? {
            Ok(loaded) => loaded,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        let Some(at) = Situation::of(&loaded.call, agent) else { return Ok(Outcome::Refused(Refusal::Gone)) };
        if let Some(refusal) = hearing::refused(Control::Keys, &at) {
            return Ok(Outcome::Refused(refusal));
        }
        let client = self.platform_of(&loaded.call);
        // To whom the agent talks.
        let telephone = at.is_consulting() && at.consulted == Some(Consulted::Telephone);
        let leg = match loaded.call.consulted() {
            Some(third) if telephone => Some(third.leg.clone()),
            _ => loaded.call.customer_leg.clone(),
        };
        let Some(leg) = leg else { return Ok(Outcome::Refused(Refusal::Gone)) };
        match client.send_dtmf(&leg, keys).await {
            Ok(()) => Ok(Outcome::Done),
            Err(error) => Ok(Outcome::Refused(refused(&client, &leg, &error).await)),
        }
    }

    /// Declines what rings at an agent; the caller goes on to the next.
    pub async fn decline_offer(&self, agent: &str, offer: &str) -> Result<Outcome, ServiceError> {
        let Some(open) = self.core.store.desk().offer_to(agent).await?.filter(|open| open.id == offer) else {
            return Ok(Outcome::Refused(Refusal::Gone));
        };
        if !self.pass_on(&open, Happening::Declined).await? {
            return Ok(Outcome::Refused(Refusal::Gone));
        }
        Ok(Outcome::Done)
    }

    /// What rings at an agent is not taken there, and goes on to the next. False when it was closed already.
    pub(super) async fn pass_on(&self, open: &OfferRow, happening: Happening) -> Result<bool, ServiceError> {
        if !self.lose_offer(open, happening).await? {
            return Ok(false);
        }
        self.after_offer(open).await?;
        Ok(true)
    }

    /// An offer was closed that nobody took: its caller goes on to the next; a colleague who was called rings no more, and
    /// the customer who was put on hold for them is not any longer.
    pub(super) async fn after_offer(&self, closed: &OfferRow) -> Result<(), ServiceError> {
        if !Kind::is_helper(&closed.kind) {
            return self.reroute(&closed.call).await;
        }
        if let Some(leg) = &closed.leg
            && let Some(loaded) = self.load_call(&closed.call).await?
            && let Err(error) = self.platform_of(&loaded.call).hang_up(leg).await
        {
            tracing::warn!(error = %error, "a leg that nobody took could not be ended");
        }
        if closed.kind == Kind::Consult.name() {
            self.resume_after_consult(&closed.call).await;
        }
        Ok(())
    }

    /// The agent's own call, or one they help with.
    pub(super) async fn mine(&self, agent: &str, call: &str) -> Result<Result<LoadedCall, Refusal>, ServiceError> {
        let Some(me) = self.agent(agent).await? else { return Ok(Err(Refusal::Gone)) };
        if me.row.call.as_deref() != Some(call) {
            return Ok(Err(Refusal::Gone));
        }
        if !me.standing.state.is_busy() {
            return Ok(Err(Refusal::NotNow { is: me.standing.state }));
        }
        Ok(self.load_call(call).await?.filter(|loaded| !loaded.call.is_over()).ok_or(Refusal::Gone))
    }

    /// One thing at a time, and only what may be done now: marks what is asked for as under way, does it, and takes the
    /// mark off.
    pub(super) async fn control(
        &self,
        agent: &str,
        call: &str,
        control: Control,
        act: impl AsyncFnOnce(LoadedCall) -> Done,
    ) -> Result<Outcome, ServiceError> {
        if let Err(refusal) = self.mine(agent, call).await? {
            return Ok(Outcome::Refused(refusal));
        }
        let now = self.core.clock.now_ms();
        let (mut refusal, mut owner) = (Refusal::Gone, false);
        let marked = self
            .change_call(call, |call| {
                let at = Situation::of(call, agent).filter(|_| !call.is_over())?;
                let busy = call.under_way.is_some_and(|(_, since)| now - since < UNDER_WAY_MS);
                if let Some(why) = hearing::refused(control, &at).or(busy.then_some(Refusal::Busy)) {
                    refusal = why;
                    return None;
                }
                owner = !at.guest;
                (call.under_way, call.problem) = (Some((control, now)), None);
                Some(())
            })
            .await?;
        let loaded = match marked {
            Some(()) => self.load_call(call).await?.filter(|loaded| !loaded.call.is_over()),
            None => None,
        };
        let Some(loaded) = loaded else { return Ok(Outcome::Refused(refusal)) };
        let done = act(loaded).await;
        let problem = match &done {
            Ok(Ok(())) => None,
            Ok(Err(refusal)) => Some(refusal.clone()),
            Err(_) => Some(Refusal::Unavailable),
        };
        if matches!(problem, Some(Refusal::Gone | Refusal::Unreached | Refusal::Unavailable)) {
            self.memory.watch.doubt(call, self.core.clock.now_ms());
        }
        let lasting = problem.filter(|problem| !problem.is_of_choice());
        self.change_call(call, |call| {
            // What a helper asked for in vain is told to them alone.
            (call.under_way, call.problem) = (None, lasting.clone().filter(|_| owner));
            Some(())
        })
        .await?;
        done.map(outcome)
    }

    pub(super) async fn held_changed(&self, call: &str, on: bool) -> Result<(), ServiceError> {
        for _ in 0..ATTEMPTS {
            let now = self.core.clock.now_ms();
            let Some(mut loaded) = self.load_call(call).await?.filter(|loaded| !loaded.call.is_over()) else {
                return Ok(());
            };
            let mut draft = Draft::new(now);
            loaded.call.hold(on, now);
            self.owner_follows(&mut draft, &loaded.call).await?;
            draft.call(&loaded);
            if self.commit(&draft).await? {
                return Ok(());
            }
        }
        Err(TOO_BUSY)
    }

    /// On hold: hears music, and neither hears nor is heard.
    pub(super) async fn quiet(&self, vonage: &Client, leg: &str) -> Result<(), VonageError> {
        let quiet = async {
            // First the ears: not a word of what is said next may reach them.
            vonage.earmuff(leg, true).await?;
            vonage.mute(leg, true).await?;
            vonage.start_stream(leg, &self.hooks().music(), 0).await
        };
        let done = quiet.await;
        if done.is_err()
            && let Err(error) = loud(vonage, leg).await
        {
            tracing::warn!(error = %error, "a caller who was put on hold in part could not be taken off it");
        }
        done
    }

    /// Caller ID for outgoing legs of this call.
    pub(super) fn shown_number(&self, call: &DeskCall) -> Option<E164> {
        let directory = self.lines.directory();
        let ours = call.ours.as_deref().and_then(|ours| E164::parse(ours).ok());
        let ours = ours.filter(|ours| directory.numbers.contains_key(ours) || *ours == directory.support);
        ours.or_else(|| self.caller_id(call.agent.as_deref().unwrap_or_default()))
    }
}

/// Off hold.
pub(super) async fn loud(vonage: &Client, leg: &str) -> Result<(), VonageError> {
    if let Err(error) = vonage.stop_stream(leg).await
        && !error.is_not_found()
    {
        return Err(error);
    }
    vonage.mute(leg, false).await?;
    vonage.earmuff(leg, false).await
}
