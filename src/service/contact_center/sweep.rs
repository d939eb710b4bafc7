//! What is done once a second: consoles that fell silent, wrap-ups that end, offers that expired without an event.

use super::{ContactCenter, ServiceError};
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::presence::{GONE_MS, Happening, LEFT_MS, SILENCE_MS, State};
use crate::domain::contact_center::routing::PAUSE_MS;
use crate::store::AgentRow;

/// How long after its record says that a call ended it is closed, ms: its own events come first.
const FORGOTTEN_MS: i64 = 5_000;
/// An offer of which the platform does not say whether it was taken is given up so much later than it should have ended, ms.
const UNSURE_MS: i64 = 15_000;
/// A pause that ended so long ago was looked at already, ms: agents who become free later say so themselves.
const JUST_OVER_MS: i64 = 5_000;

/// How long somebody who is asleep is waited for: who reloads the page is back in seconds.
fn patience(row: &AgentRow) -> i64 {
    // Whose page said that it was closed has no last sign of life.
    if row.beat_at == 0 { LEFT_MS } else { GONE_MS - SILENCE_MS }
}

impl ContactCenter {
    /// To be called about once a second.
    pub async fn desk_upkeep(&self) -> Result<(), ServiceError> {
        let now = self.core.clock.now_ms();
        let mut free = false;
        for agent in self.agents().await? {
            let (row, state) = (&agent.row, agent.standing.state);
            let silent = now - row.beat_at > SILENCE_MS && !super::agents::elsewhere(row, now);
            if silent && !matches!(state, State::Offline | State::Asleep | State::Reconnecting) {
                self.falls_silent(&row.name).await?;
            } else if state == State::Asleep && silent && now - row.since > patience(row) {
                // Refused when they came back meanwhile.
                let _ = self.happens(&row.name, Happening::Gone).await?;
            } else if state == State::WrapUp && row.wrap_until.is_none_or(|until| now >= until) {
                // Refused when the agent was faster.
                let _ = self.happens(&row.name, Happening::WrappedUp).await?;
                free = true;
            }
        }
        for offer in self.expired_offers(now).await? {
            match self.taken_after_all(&offer).await? {
                Some(true) => continue,
                // They may be talking: the platform is asked once more in a second.
                None if now < offer.expires_at + UNSURE_MS => continue,
                _ => {}
            }
            self.pass_on(&offer, Happening::Missed).await?;
        }
        for (call, told_at) in self.core.store.desk().forgotten_calls().await? {
            if now - told_at > FORGOTTEN_MS {
                self.end_desk_call(&call).await?;
            }
        }
        let rings_again = |call: &DeskCall| {
            let over = PAUSE_MS..PAUSE_MS + JUST_OVER_MS;
            call.refused_at.values().any(|at| over.contains(&(now - at)))
        };
        if free || self.waiting_calls().await?.iter().any(rings_again) {
            self.assign_soon();
        }
        self.check_soon();
        Ok(())
    }

    /// No sign of life for too long. An agent who was being rung is not there: their caller goes on at once.
    async fn falls_silent(&self, name: &str) -> Result<(), ServiceError> {
        if let Some(offer) = self.core.store.desk().offer_to(name).await? {
            if self.taken_after_all(&offer).await? == Some(true) {
                let _ = self.happens(name, Happening::Silent).await?;
                return Ok(());
            }
            if self.lose_offer(&offer, Happening::Withdrawn).await? {
                let _ = self.happens(name, Happening::Silent).await?;
                self.after_offer(&offer).await?;
            }
            return Ok(());
        }
        let _ = self.happens(name, Happening::Silent).await?;
        Ok(())
    }
}
