//! What an agent does in a call: each asks the platform, and what it confirms is written down.
//! To hand it over, or to bring others into it, is [`super::handing_over`]'s.

use super::board::{Board, Done};
use super::draft::Step;
use super::legs::{confirmed, loud};
use super::ring_all::RINGS_ALL;
use super::routing::{Kind, Routing};
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::desk::{Control, Refusal};
use crate::domain::contact_center::hearing::{self, Consulted, Ear, Situation};
use crate::domain::contact_center::presence::Happening;
use crate::service::core::ServiceError;
use crate::service::fail::Fail;
use crate::store::{DeskCallRow, OfferRow};
use crate::vonage::{Client, VonageError};

/// Nothing takes longer: a request that is repeated after this is heard.
const UNDER_WAY_MS: i64 = 6_000;

/// What an agent does in a call.
#[derive(Clone)]
pub(in crate::service) struct Controls {
    board: Board,
    routing: Routing,
}

impl Controls {
    pub(super) fn new(routing: Routing) -> Self {
        Self { board: routing.board().clone(), routing }
    }

    /// Puts the customer on hold with music, or takes them off hold.
    pub(super) async fn hold(&self, agent: &str, call: &str, on: bool) -> Done {
        let loaded = self.mine(agent, call).await?;
        // Asked twice: it is so already.
        let wanted = if on { Ear::Music } else { Ear::Others };
        let so = |at: Situation| !at.guest && !at.is_consulting() && at.customer == wanted;
        if Situation::of(&loaded.call, agent).is_some_and(so) {
            return Ok(());
        }
        let control = if on { Control::Hold } else { Control::Resume };
        self.control(agent, call, control, async |loaded| {
            let leg = loaded.call.customer_leg.clone().ok_or(Refusal::Gone)?;
            let client = self.board.platform_of(&loaded.call);
            let done = if on { self.quiet(&loaded.call, &client, &leg).await } else { loud(&client, &leg).await };
            confirmed(&client, &leg, done).await?;
            Ok(self.held_changed(call, on).await?)
        })
        .await
    }

    /// Mutes or unmutes an agent at the platform.
    pub(super) async fn mute(&self, agent: &str, call: &str, on: bool) -> Done {
        let control = if on { Control::Mute } else { Control::Unmute };
        self.control(agent, call, control, async |loaded| {
            let helps = loaded.call.thirds.iter().find(|third| third.agent.as_deref() == Some(agent));
            let leg = if loaded.call.agent.as_deref() == Some(agent) {
                loaded.call.agent_leg.clone()
            } else {
                helps.map(|third| third.leg.clone())
            };
            let leg = leg.filter(|leg| !leg.is_empty()).ok_or(Refusal::Gone)?;
            let client = self.board.platform_of(&loaded.call);
            confirmed(&client, &leg, client.mute(&leg, on).await).await?;
            let muted = self.board.change_call(call, |call| call.mute(agent, on).then_some(())).await?;
            Ok(muted.ok_or(Refusal::Gone)?)
        })
        .await
    }

    /// Sends DTMF to the customer's side, or to a telephone that is consulted.
    pub(super) async fn send_keys(&self, agent: &str, call: &str, keys: &str) -> Done {
        let good = |c: char| matches!(c, '0'..='9' | '*' | '#' | 'p');
        if keys.is_empty() || keys.len() > 32 || !keys.chars().all(good) {
            return Err(Refusal::Invalid { field: "keys".into() }.into());
        }
        let loaded = self.mine(agent, call).await?;
        let at = Situation::of(&loaded.call, agent).ok_or(Refusal::Gone)?;
        if let Some(refusal) = hearing::refused(Control::Keys, &at) {
            return Err(refusal.into());
        }
        // To whom the agent talks.
        let telephone = at.is_consulting() && at.consulted == Some(Consulted::Telephone);
        let leg = match loaded.call.consulted() {
            Some(third) if telephone => Some(third.leg.clone()),
            _ => loaded.call.customer_leg.clone(),
        };
        let leg = leg.ok_or(Refusal::Gone)?;
        let client = self.board.platform_of(&loaded.call);
        confirmed(&client, &leg, client.send_dtmf(&leg, keys).await).await
    }

    /// Declines what rings at an agent; the caller goes on to the next.
    pub(super) async fn decline_offer(&self, agent: &str, offer: &str) -> Done {
        if let Some(call) = offer.strip_prefix(RINGS_ALL) {
            return self.routing.declines_among_all(agent, call).await;
        }
        let open = self.board.core.store.desk().offer_to(agent).await?;
        let open = open.filter(|open| open.id == offer).ok_or(Refusal::Gone)?;
        let declined = self.pass_on(&open, Happening::Declined).await?;
        Ok(declined.then_some(()).ok_or(Refusal::Gone)?)
    }

    /// Takes a caller who rings at several.
    pub(super) async fn take(&self, agent: &str, call: &str) -> Done {
        self.routing.take(agent, call).await
    }

    /// What rings at an agent is not taken there, and goes on to the next. False when it was closed already.
    pub(super) async fn pass_on(&self, open: &OfferRow, happening: Happening) -> Result<bool, ServiceError> {
        if !self.routing.lose_offer(open, happening).await? {
            return Ok(false);
        }
        self.after_offer(open).await?;
        Ok(true)
    }

    /// An offer was closed that nobody took: its caller goes on to the next; a colleague who was called rings no more, and
    /// the customer who was put on hold for them is not any longer.
    pub(super) async fn after_offer(&self, closed: &OfferRow) -> Result<(), ServiceError> {
        if !Kind::is_helper(&closed.kind) {
            return self.routing.reroute(&closed.call).await;
        }
        if let Some(leg) = &closed.leg
            && let Some(loaded) = self.board.load_call(&closed.call).await?
            && let Err(error) = self.board.platform_of(&loaded.call).hang_up(leg).await
        {
            tracing::warn!(error = %error, "a leg that nobody took could not be ended");
        }
        if closed.kind == Kind::Consult.name() {
            self.resume_after_consult(&closed.call).await;
        }
        Ok(())
    }

    /// The agent's own call, or one they help with.
    pub(super) async fn mine(&self, agent: &str, call: &str) -> Done<DeskCallRow> {
        let me = self.board.agent_in(Some(agent), call).await?.ok_or(Refusal::Gone)?;
        if !me.standing.state.is_busy() {
            return Err(Refusal::NotNow { is: me.standing.state }.into());
        }
        Ok(self.board.open_call(call).await?.ok_or(Refusal::Gone)?)
    }

    /// One thing at a time, and only what may be done now: marks what is asked for as under way, does it, and takes the
    /// mark off.
    pub(super) async fn control(
        &self,
        agent: &str,
        call: &str,
        control: Control,
        act: impl AsyncFnOnce(DeskCallRow) -> Done,
    ) -> Done {
        let marked = self.board.commit_with(|mut draft| async move {
            let mut loaded = self.mine(agent, call).await?;
            let at = Situation::of(&loaded.call, agent).ok_or(Refusal::Gone)?;
            if let Some(refusal) = hearing::refused(control, &at) {
                return Err(refusal.into());
            }
            if loaded.call.under_way.is_some_and(|(_, since)| draft.now - since < UNDER_WAY_MS) {
                return Err(Refusal::Busy.into());
            }
            (loaded.call.under_way, loaded.call.problem) = (Some((control, draft.now)), None);
            draft.call(&loaded);
            draft.write((loaded, !at.guest))
        });
        let marked: Done<_> = marked.await;
        let (loaded, owner) = marked?;
        let done = act(loaded).await;
        let problem = match &done {
            Ok(()) => None,
            Err(Fail::Refused(refusal)) => Some(refusal.clone()),
            Err(Fail::Ours(_)) => Some(Refusal::Unavailable),
        };
        if matches!(problem, Some(Refusal::Gone | Refusal::Unreached | Refusal::Unavailable)) {
            self.board.watch.doubt(call, self.board.now());
        }
        let lasting = problem.filter(|problem| !problem.is_of_choice());
        let unmark = |call: &mut DeskCall| {
            // What a helper asked for in vain is told to them alone.
            call.under_way = None;
            // What was told meanwhile stands: a colleague may decline while they are still being called.
            if let Some(problem) = lasting.clone().filter(|_| owner) {
                call.problem = Some(problem);
            }
            Some(())
        };
        self.board.change_call(call, unmark).await?;
        done
    }

    /// The customer is on hold, or no more.
    pub(super) async fn held_changed(&self, call: &str, on: bool) -> Result<(), ServiceError> {
        self.board
            .commit_with(|mut draft| async move {
                let Some(mut loaded) = self.board.open_call(call).await? else { return Ok(Step::Nothing(())) };
                loaded.call.hold(on, draft.now);
                self.board.owner_follows(&mut draft, &loaded.call).await?;
                draft.call(&loaded);
                draft.write(())
            })
            .await
    }

    /// On hold: hears their queue's music, and neither hears nor is heard.
    pub(super) async fn quiet(&self, call: &DeskCall, vonage: &Client, leg: &str) -> Result<(), VonageError> {
        let queues = self.routing.waiting.queues().known();
        let music = self.board.hooks().music(queues.music_of(queues.of(call.queue.as_deref())));
        let quiet = async {
            // First the ears: not a word of what is said next may reach them.
            vonage.earmuff(leg, true).await?;
            vonage.mute(leg, true).await?;
            vonage.start_stream(leg, &music, 0).await
        };
        let done = quiet.await;
        if done.is_err()
            && let Err(error) = loud(vonage, leg).await
        {
            tracing::warn!(error = %error, "a caller who was put on hold in part could not be taken off it");
        }
        done
    }

    /// Nobody is consulted any more: the customer is taken off hold.
    pub(super) async fn resume_after_consult(&self, call: &str) {
        if let Err(error) = self.resume(call).await {
            tracing::warn!(call.id = call, error = %error, "a caller could not be taken off hold");
        }
    }

    async fn resume(&self, id: &str) -> Result<(), ServiceError> {
        let Some(DeskCallRow { call, .. }) = self.board.open_call(id).await? else { return Ok(()) };
        let alone = call.consulted().is_none() && call.agent_leg.is_some() && call.held_since.is_some();
        let Some(leg) = call.customer_leg.as_deref().filter(|_| alone) else { return Ok(()) };
        match loud(&self.board.platform_of(&call), leg).await {
            Ok(()) => self.held_changed(id, false).await,
            Err(error) => {
                tracing::warn!(call.id = id, error = %error, "a caller could not be taken off hold");
                Ok(())
            }
        }
    }
}
