//! The pages of an agent's console: their signs of life, which of them holds the softphone, and its token.

use super::board::{Board, Done, is_elsewhere};
use super::controls::Controls;
use super::liveness::Liveness;
use super::presence::Presence;
use super::routing::Routing;
use crate::domain::account::AGENT_ACL;
use crate::domain::contact_center::desk::{Beat, Refusal, Softphone};
use crate::domain::contact_center::presence::{Happening, SILENCE_MS, State, Unable};
use crate::service::core::ServiceError;
use crate::store::AgentRow;
use crate::vonage::VonageError;
use crate::vonage::jwt::UserToken;

/// How long an agent's token lives, in seconds.
const TOKEN_SECONDS: u64 = 15 * 60;
const LONGEST_TAB: usize = 64;

/// The pages of consoles.
#[derive(Clone)]
pub(crate) struct Tabs {
    board: Board,
    routing: Routing,
    presence: Presence,
    controls: Controls,
    liveness: Liveness,
}

impl Tabs {
    pub(super) fn new(routing: Routing, presence: Presence, controls: Controls, liveness: Liveness) -> Self {
        Self { board: routing.board().clone(), routing, presence, controls, liveness }
    }

    /// A sign of life of one of an agent's tabs.
    pub(crate) async fn heartbeat(&self, account: &str, name: &str, tab: &str) -> Result<Beat, ServiceError> {
        let tab: String = tab.chars().take(LONGEST_TAB).collect();
        let agent = self.presence.known(account, name).await?;
        let now = self.board.now();
        let (holds, newcomer) = holder(&agent, &tab, now);
        let (kept, at) = if holds { (Some(tab.as_str()), now) } else { (agent.tab.as_deref(), agent.tab_at) };
        self.board.core.store.desk().beat_agent(name, now, kept, at).await?;
        self.presence.is_there(name, &agent.standing, holds && newcomer).await?;
        Ok(Beat { softphone: holds, version: *self.board.version.borrow() })
    }

    /// What an agent's console says of itself, together with a sign of life and before it: why it cannot take calls, or that
    /// it can. Only the tab that holds the softphone is heard. What rings at a console that cannot take it goes on to the
    /// next agent at once.
    pub(super) async fn console_reports(
        &self,
        account: &str,
        name: &str,
        tab: &str,
        unable: Option<Unable>,
    ) -> Result<(), ServiceError> {
        let tab: String = tab.chars().take(LONGEST_TAB).collect();
        let agent = self.presence.known(account, name).await?;
        let now = self.board.now();
        if !holder(&agent, &tab, now).0 {
            return Ok(());
        }
        // An app elsewhere takes what this console cannot.
        let unable = unable.filter(|_| !is_elsewhere(&agent, now));
        if agent.standing.unable != unable {
            self.board.may_happen(name, Happening::Reports(unable)).await?;
            if unable.is_none() {
                self.routing.assign_soon();
            }
            tracing::info!(
                agent = name,
                unable = unable.map_or("no", Unable::name),
                "a console can take calls, or not"
            );
        }
        if unable.is_some()
            && let Some(offer) = self.board.core.store.desk().offer_to(name).await?
            // Who talks goes on talking, though the news of it was lost.
            && self.liveness.taken_after_all(&offer).await? != Some(true)
        {
            self.controls.pass_on(&offer, Happening::Failed).await?;
        }
        Ok(())
    }

    /// An agent's console has not the leg that it should have. That ends nothing by itself: the platform is asked.
    pub(super) async fn leg_gone(&self, name: &str, leg: &str) -> Result<(), ServiceError> {
        let Some(call) = self.board.agent(name).await?.and_then(|agent| agent.call) else { return Ok(()) };
        if self.board.open_call(&call).await?.is_some_and(|loaded| loaded.call.legs().contains(&leg)) {
            self.board.watch.gone(&call, self.board.now());
        }
        Ok(())
    }

    /// A tab is closed.
    pub(super) async fn leave_desk(&self, name: &str, tab: &str) -> Result<(), ServiceError> {
        let Some(agent) = self.board.agent(name).await? else { return Ok(()) };
        if agent.tab.as_deref() != Some(tab) {
            return Ok(());
        }
        // Somebody who chose to be offline comes back as offline: their tab is remembered.
        let kept = (agent.standing.state == State::Offline).then_some(tab);
        self.board.core.store.desk().beat_agent(name, 0, kept, 0).await?;
        if !is_elsewhere(&agent, self.board.now()) {
            self.board.may_happen(name, Happening::Silent).await?;
        }
        Ok(())
    }

    /// A token for the softphone of this tab. The agent's user is made at the platform when it is not there.
    pub(super) async fn softphone(&self, account: &str, name: &str, tab: &str, take_over: bool) -> Done<Softphone> {
        let tab: String = tab.chars().take(LONGEST_TAB).collect();
        let agent = self.presence.known(account, name).await?;
        let now = self.board.now();
        let (holds, newcomer) = holder(&agent, &tab, now);
        if !holds && (!take_over || agent.standing.state.is_busy()) {
            return Err(Refusal::OtherTab.into());
        }
        self.board.core.store.desk().beat_agent(name, now, Some(&tab), now).await?;
        // The page's first sign of life may come after this; it is no newcomer then.
        self.presence.is_there(name, &agent.standing, holds && newcomer).await?;
        self.user_token(name).await.map_err(|error| {
            tracing::warn!(error = %error, "an agent gets no token");
            Refusal::Unavailable.into()
        })
    }

    async fn user_token(&self, name: &str) -> Result<Softphone, VonageError> {
        let core = &self.board.core;
        // On demand and every time: an agent whose user was deleted at the platform must not be locked out.
        core.vonage.create_user(name, name).await?;
        let now = self.board.now();
        let token = UserToken { name, paths: &AGENT_ACL, seconds: TOKEN_SECONDS };
        let token = core.vonage.application()?.user_token(&token, now / 1000, &core.random.id())?;
        let life = i64::try_from(TOKEN_SECONDS * 1000).unwrap_or(i64::MAX);
        let voice = core.settings.voice.clone();
        Ok(Softphone { user: name.to_owned(), token, expires_at: now + life, voice })
    }
}

/// Does this tab hold the softphone, and is it a newcomer who has just got it?
fn holder(row: &AgentRow, tab: &str, now: i64) -> (bool, bool) {
    let own = row.tab.as_deref() == Some(tab);
    let vacant = row.tab.is_none() || now - row.tab_at > SILENCE_MS;
    (own || vacant, !own && vacant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contact_center::presence::Standing;

    #[test]
    fn one_tab_holds_the_softphone_until_it_is_silent() {
        let mut row = AgentRow {
            name: "Jane".into(),
            account: "1".into(),
            standing: Standing::new(),
            since: 0,
            idle_since: 0,
            beat_at: 0,
            elsewhere_until: 0,
            elsewhere_at: 0,
            tab: None,
            tab_at: 0,
            call: None,
            wrap_until: None,
            created_at: 0,
            version: 1,
        };
        assert_eq!(holder(&row, "a", 100_000), (true, true));
        (row.tab, row.tab_at) = (Some("a".into()), 100_000);
        assert_eq!(holder(&row, "a", 110_000), (true, false));
        assert_eq!(holder(&row, "b", 110_000), (false, false));
        assert_eq!(holder(&row, "b", 100_001 + SILENCE_MS), (true, true));
    }
}
