//! The platform is asked whether calls still go on of which nothing is heard: webhooks get lost, and come while this
//! server is away. When, and what its word means, is decided by [`crate::domain::contact_center::liveness`].

use std::time::Duration;

use futures::future::join_all;

use super::board::Board;
use super::controls::Controls;
use super::events::LegEvents;
use super::legs::end_legs;
use super::routing::Routing;
use super::watch::Suspect;
use crate::domain::call::{Event, Status};
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::liveness::Word;
use crate::service::core::ServiceError;
use crate::store::OfferRow;
use crate::vonage::VonageError;
use crate::vonage::client::{CallFilter, CallResource, Client};

/// How long the platform may take to answer; it is asked again in any case.
const PATIENCE: Duration = Duration::from_secs(4);

/// Asks the platform about legs of which nothing is heard.
#[derive(Clone)]
pub(super) struct Liveness {
    board: Board,
    routing: Routing,
    controls: Controls,
    events: LegEvents,
}

impl Liveness {
    pub(super) fn new(routing: Routing, controls: Controls, events: LegEvents) -> Self {
        Self { board: routing.board().clone(), routing, controls, events }
    }

    /// Asks for the legs that are due, on a task of its own: the platform may be slow, and nobody waits for it.
    pub(super) fn check_soon(&self) {
        let liveness = self.clone();
        tokio::spawn(async move {
            // Another task is at it.
            let Ok(_one) = liveness.board.watch.asking.try_lock() else { return };
            if let Err(error) = liveness.check_legs().await {
                tracing::warn!(error = %error, "calls could not be checked");
            }
        });
    }

    async fn check_legs(&self) -> Result<(), ServiceError> {
        // Before reading: what changes meanwhile is heard of later than this.
        let now = self.board.now();
        let (calls, agents) = (self.board.open_calls().await?, self.board.agents().await?);
        let due = self.board.watch.due(now, &calls, &agents);
        for done in join_all(due.iter().map(|suspect| self.check(suspect))).await {
            done?;
        }
        Ok(())
    }

    async fn check(&self, suspect: &Suspect) -> Result<(), ServiceError> {
        let Suspect { leg, signs, .. } = suspect;
        let client = self.board.core.vonage.in_region(suspect.region.as_deref());
        let found = match tokio::time::timeout(PATIENCE, client.get_call(leg)).await {
            Ok(Ok(found)) => found,
            // The platform is away, or refuses us: that says nothing of the call.
            Ok(Err(error)) => {
                tracing::debug!(call.id = %suspect.call, error = %error, "a call could not be checked");
                return Ok(());
            }
            Err(_) => return Ok(()),
        };
        let watch = &self.board.watch;
        let word = match &found {
            Some(found) if found.is_over() => Word::Over,
            Some(_) => {
                watch.told(leg, true, self.board.now());
                Word::Lives
            }
            None => Word::Unknown { since: watch.told(leg, false, self.board.now()) },
        };
        if signs.is_over(word) {
            self.found_over(suspect, found.as_ref()).await?;
            watch.forget(leg);
        } else if word == Word::Lives && signs.ending.is_some() {
            tracing::info!(call.id = %suspect.call, "a leg of a call that was hung up lives, and is ended again");
            end_legs(&client, &[leg.as_str()]).await;
        }
        Ok(())
    }

    /// Before a caller is led away from an agent who rings: whether that agent has taken the call, and the news of it was
    /// lost. Then what the event would have said is so. `None` when the platform does not say.
    pub(super) async fn taken_after_all(&self, offer: &OfferRow) -> Result<Option<bool>, ServiceError> {
        let Some(loaded) = self.board.load_call(&offer.call).await? else { return Ok(Some(false)) };
        let client = self.board.platform_of(&loaded.call);
        let asked = tokio::time::timeout(PATIENCE, leg_of(&client, offer, &loaded.call.conversation)).await;
        let found = match asked {
            Ok(Ok(Some(found))) => found,
            // A leg that was never heard of, and is not in the conversation, was not answered.
            Ok(Ok(None)) if offer.leg.is_none() => return Ok(Some(false)),
            _ => return Ok(None),
        };
        if found.status != "answered" {
            return Ok(Some(false));
        }
        tracing::info!(call.id = %offer.call, agent = %offer.agent, "the platform was asked: an offer was taken");
        let event = self.board.core.write_down_leg(&loaded.call.conversation, &found.uuid, Some(&found)).await?;
        self.events.leg_changed(&Event { to: Some(offer.agent.clone()), ..event }, Status::Answered).await?;
        Ok(Some(true))
    }

    /// A leg is over, and nobody told. What follows is what would have followed the event.
    async fn found_over(&self, suspect: &Suspect, found: Option<&CallResource>) -> Result<(), ServiceError> {
        let id = suspect.call.as_str();
        if let Some(stray) = &suspect.stray {
            if stray.consulted {
                self.controls.resume_after_consult(id).await;
            }
            return Ok(());
        }
        let Some(loaded) = self.board.open_call(id).await? else { return Ok(()) };
        tracing::info!(call.id = id, known = found.is_some(), "the platform was asked: a leg of a call is over");
        let event = self.board.core.write_down_leg(&loaded.call.conversation, &suspect.leg, found).await?;
        let leg = Some(&suspect.leg);
        let last = loaded.call.legs() == [suspect.leg.as_str()] && (loaded.call.outbound || loaded.call.is_ending());
        if loaded.call.customer_leg.as_ref() == leg || last {
            if found.is_some() && loaded.call.is_ending() {
                return self.routing.end_desk_call(id).await;
            }
            return self.end_lost(id).await;
        }
        self.events.leg_changed(&event, Status::Completed).await
    }

    /// A call is over whose end was not told.
    pub(super) async fn end_lost(&self, id: &str) -> Result<(), ServiceError> {
        let end = |call: &mut DeskCall, now| {
            call.lost = true;
            call.end(now);
            true
        };
        self.routing.let_go(id, end).await.map(drop)
    }
}

/// The leg that rings at an agent, as the platform has it. When not even its ringing was told, it is looked for among the legs
/// of the caller's conversation.
async fn leg_of(client: &Client, offer: &OfferRow, conversation: &str) -> Result<Option<CallResource>, VonageError> {
    if let Some(leg) = &offer.leg {
        return client.get_call(leg).await;
    }
    let filter = CallFilter { conversation_uuid: Some(conversation.to_owned()), ..CallFilter::default() };
    let legs = client.list_calls(&filter).await?;
    Ok(legs.into_iter().find(|leg| leg.to["user"] == offer.agent.as_str() && !leg.is_over()))
}
