//! What is done once a second: consoles that fell silent, wrap-ups that end, offers that expired without an event.

use super::board::{Board, is_elsewhere};
use super::controls::Controls;
use super::liveness::Liveness;
use super::routing::Routing;
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::console_settings::Rules;
use crate::domain::contact_center::presence::{AwayReason, GONE_MS, Happening, LEFT_MS, SILENCE_MS, State};
use crate::domain::contact_center::routing::PAUSE_MS;
use crate::service::core::ServiceError;
use crate::store::AgentRow;

/// How long after its record says that a call ended it is closed, ms: its own events come first.
const FORGOTTEN_MS: i64 = 5_000;
/// An offer of which the platform does not say whether it was taken is given up so much later than it should have ended, ms.
const UNSURE_MS: i64 = 15_000;
/// A pause that ended so long ago was looked at already, ms: agents who become free later say so themselves.
const JUST_OVER_MS: i64 = 5_000;

/// How long somebody who is asleep is waited for: who reloads the page is back in seconds.
fn patience(agent: &AgentRow) -> i64 {
    // Whose page said that it was closed has no last sign of life.
    if agent.beat_at == 0 { LEFT_MS } else { GONE_MS - SILENCE_MS }
}

/// What happens by itself.
#[derive(Clone)]
pub struct Sweep {
    board: Board,
    pub(super) routing: Routing,
    controls: Controls,
    liveness: Liveness,
}

impl Sweep {
    pub(super) fn new(routing: Routing, controls: Controls, liveness: Liveness) -> Self {
        Self { board: routing.board().clone(), routing, controls, liveness }
    }

    /// To be called about once a second.
    pub async fn desk_upkeep(&self) -> Result<(), ServiceError> {
        let now = self.board.now();
        let rules = self.board.rules().await?;
        let mut free = false;
        for agent in self.board.agents().await? {
            let state = agent.standing.state;
            let silent = now - agent.beat_at > SILENCE_MS && !is_elsewhere(&agent, now);
            if silent && !matches!(state, State::Offline | State::Asleep | State::Reconnecting) {
                self.falls_silent(&agent.name).await?;
            } else if state == State::Asleep && silent && now - agent.since > patience(&agent) {
                // Refused when they came back meanwhile.
                self.board.may_happen(&agent.name, Happening::Gone).await?;
            } else if state == State::WrapUp && agent.wrap_until.is_none_or(|until| now >= until) {
                if self.writes_on(&agent, now, rules).await? {
                    continue;
                }
                // Refused when the agent was faster.
                self.board.may_happen(&agent.name, Happening::WrappedUp).await?;
                free = true;
            } else if state == State::Away(AwayReason::NO_ANSWER)
                && rules.returns_at(agent.since).is_some_and(|at| now >= at)
            {
                // Refused when the agent was faster.
                self.board.may_happen(&agent.name, Happening::Returned).await?;
                free = true;
            }
        }
        for offer in self.routing.expired_offers(now).await? {
            match self.liveness.taken_after_all(&offer).await? {
                Some(true) => continue,
                // They may be talking: the platform is asked once more in a second.
                None if now < offer.expires_at + UNSURE_MS => continue,
                _ => {}
            }
            self.controls.pass_on(&offer, Happening::Missed).await?;
        }
        for (call, told_at) in self.board.core.store.desk().forgotten_calls().await? {
            if now - told_at > FORGOTTEN_MS {
                self.routing.end_desk_call(&call).await?;
            }
        }
        let rings_again = |call: &DeskCall| {
            let over = PAUSE_MS..PAUSE_MS + JUST_OVER_MS;
            call.refused_at.values().any(|at| over.contains(&(now - at)))
        };
        let row = self.routing.waiting.row().await?;
        let over = self.routing.end_ringing_all(&row, now).await?;
        if free || over || row.calls.iter().any(rings_again) {
            self.routing.assign_soon();
        }
        if !row.calls.is_empty() {
            Box::pin(self.routing.lead_on_waiting()).await?;
        }
        self.liveness.check_soon();
        Ok(())
    }

    /// Whether wrap-up goes on after its time: a disposition has to be chosen. Somebody who has only an app, which has no place
    /// to choose it, is not kept.
    async fn writes_on(&self, agent: &AgentRow, now: i64, rules: Rules) -> Result<bool, ServiceError> {
        let at_console = now - agent.beat_at <= SILENCE_MS;
        Ok(at_console && self.board.lacks_disposition(agent, rules).await?)
    }

    /// No sign of life for too long. An agent who was being rung is not there: their caller goes on at once.
    async fn falls_silent(&self, name: &str) -> Result<(), ServiceError> {
        if let Some(offer) = self.board.core.store.desk().offer_to(name).await? {
            if self.liveness.taken_after_all(&offer).await? == Some(true) {
                return self.board.may_happen(name, Happening::Silent).await;
            }
            if self.routing.lose_offer(&offer, Happening::Withdrawn).await? {
                self.board.may_happen(name, Happening::Silent).await?;
                self.controls.after_offer(&offer).await?;
            }
            return Ok(());
        }
        self.board.may_happen(name, Happening::Silent).await
    }
}
