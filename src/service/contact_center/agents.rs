//! Agents' presence, tokens for their softphones, their notes.

use super::{Agent, ContactCenter, ServiceError};
use crate::domain::account::AGENT_ACL;
use crate::domain::contact_center::desk::{Beat, Disposition, Outcome, Refusal, Softphone};
use crate::domain::contact_center::presence::{Happening, SILENCE_MS, Standing, State, Unable, Wish};
use crate::domain::contact_center::routing::elsewhere_is_there;
use crate::store::AgentRow;
use crate::vonage::jwt::UserToken;

/// How long an agent's token lives, in seconds.
const TOKEN_SECONDS: u64 = 15 * 60;
/// What wrap-up is made longer by, ms; and the longest that it may be from now.
const EXTENSION_MS: i64 = 30_000;
const LONGEST_WRAP_UP_MS: i64 = 15 * 60_000;
/// The longest notes, in characters.
const LONGEST_NOTE: usize = 4_000;
const LONGEST_TAB: usize = 64;

impl ContactCenter {
    /// Makes sure that an account which takes calls has its place among the agents.
    pub async fn make_agent(&self, account: &str, name: &str) -> Result<(), ServiceError> {
        let now = self.core.clock.now_ms();
        let row = AgentRow {
            name: name.to_owned(),
            account: account.to_owned(),
            standing: serde_json::to_string(&Standing::new()).unwrap_or_default(),
            since: now,
            idle_since: now,
            beat_at: 0,
            elsewhere_until: 0,
            elsewhere_at: 0,
            tab: None,
            tab_at: 0,
            call: None,
            wrap_until: None,
            created_at: now,
            version: 1,
        };
        if self.core.store.desk().insert_agent(&row).await? {
            self.desk_changed();
        }
        Ok(())
    }

    async fn known(&self, account: &str, name: &str) -> Result<Agent, ServiceError> {
        if let Some(agent) = self.agent(name).await? {
            return Ok(agent);
        }
        self.make_agent(account, name).await?;
        self.agent(name).await?.ok_or(ServiceError::Internal("an agent who was made is not there"))
    }

    /// A sign of life of one of an agent's tabs.
    pub async fn heartbeat(&self, account: &str, name: &str, tab: &str) -> Result<Beat, ServiceError> {
        let tab: String = tab.chars().take(LONGEST_TAB).collect();
        let agent = self.known(account, name).await?;
        let now = self.core.clock.now_ms();
        let (holds, newcomer) = holder(&agent.row, &tab, now);
        let (kept, at) = if holds { (Some(tab.as_str()), now) } else { (agent.row.tab.as_deref(), agent.row.tab_at) };
        self.core.store.desk().beat_agent(name, now, kept, at).await?;
        self.is_there(name, &agent.standing, holds && newcomer).await?;
        Ok(Beat { softphone: holds, version: *self.memory.version.borrow() })
    }

    /// A console gave a sign of life: who slept wakes, and who opens one is ready.
    async fn is_there(&self, name: &str, standing: &Standing, newcomer: bool) -> Result<(), ServiceError> {
        let happening = match standing.state {
            State::Offline if standing.back_to.is_some() => Happening::Heard,
            State::Offline if newcomer => Happening::Asked(Wish::Ready),
            State::Asleep | State::Reconnecting => Happening::Heard,
            _ => return Ok(()),
        };
        // Refused only if somebody changed it meanwhile; the next beat sees that.
        let _ = self.happens(name, happening).await?;
        self.assign_soon();
        Ok(())
    }

    /// What an agent's console says of itself, together with a sign of life and before it: why it cannot take calls, or that
    /// it can. Only the tab that holds the softphone is heard. What rings at a console that cannot take it goes on to the
    /// next agent at once.
    pub async fn console_reports(
        &self,
        account: &str,
        name: &str,
        tab: &str,
        unable: Option<Unable>,
    ) -> Result<(), ServiceError> {
        let tab: String = tab.chars().take(LONGEST_TAB).collect();
        let agent = self.known(account, name).await?;
        let now = self.core.clock.now_ms();
        if !holder(&agent.row, &tab, now).0 {
            return Ok(());
        }
        // An app elsewhere takes what this console cannot.
        let unable = unable.filter(|_| !elsewhere(&agent.row, now));
        if agent.standing.unable != unable {
            let _ = self.happens(name, Happening::Reports(unable)).await?;
            if unable.is_none() {
                self.assign_soon();
            }
            tracing::info!(
                agent = name,
                unable = unable.map_or("no", Unable::name),
                "a console can take calls, or not"
            );
        }
        if unable.is_some()
            && let Some(offer) = self.core.store.desk().offer_to(name).await?
            // Who talks goes on talking, though the news of it was lost.
            && self.taken_after_all(&offer).await? != Some(true)
        {
            self.pass_on(&offer, Happening::Failed).await?;
        }
        Ok(())
    }

    /// An agent's console has not the leg that it should have. That ends nothing by itself: the platform is asked.
    pub async fn leg_gone(&self, name: &str, leg: &str) -> Result<(), ServiceError> {
        let Some(call) = self.agent(name).await?.and_then(|agent| agent.row.call) else { return Ok(()) };
        if self
            .load_call(&call)
            .await?
            .is_some_and(|loaded| !loaded.call.is_over() && loaded.call.legs().contains(&leg))
        {
            self.memory.watch.gone(&call, self.core.clock.now_ms());
        }
        Ok(())
    }

    /// The call in which an agent talks, if any: neither one that rings nor the time for notes after one.
    pub async fn call_under_way(&self, name: &str) -> Result<Option<String>, ServiceError> {
        let Some(agent) = self.agent(name).await? else { return Ok(None) };
        let talks = |state: State| matches!(state, State::Talking | State::Hold);
        let standing = agent.standing;
        // Somebody whose console is silent is in the call that they come back to.
        let inside = talks(standing.state) || standing.back_to.is_some_and(talks);
        Ok(agent.row.call.filter(|_| inside))
    }

    /// A tab is closed.
    pub async fn leave_desk(&self, name: &str, tab: &str) -> Result<(), ServiceError> {
        let Some(agent) = self.agent(name).await? else { return Ok(()) };
        if agent.row.tab.as_deref() != Some(tab) {
            return Ok(());
        }
        // Somebody who chose to be offline comes back as offline: their tab is remembered.
        let kept = (agent.standing.state == State::Offline).then_some(tab);
        self.core.store.desk().beat_agent(name, 0, kept, 0).await?;
        if !elsewhere(&agent.row, self.core.clock.now_ms()) {
            let _ = self.happens(name, Happening::Silent).await?;
        }
        Ok(())
    }

    /// A token for the softphone of this tab. The agent's user is made at the platform when it is not there.
    pub async fn softphone(
        &self,
        account: &str,
        name: &str,
        tab: &str,
        take_over: bool,
    ) -> Result<Result<Softphone, Refusal>, ServiceError> {
        let tab: String = tab.chars().take(LONGEST_TAB).collect();
        let agent = self.known(account, name).await?;
        let now = self.core.clock.now_ms();
        let (holds, newcomer) = holder(&agent.row, &tab, now);
        if !holds && (!take_over || agent.standing.state.is_busy()) {
            return Ok(Err(Refusal::OtherTab));
        }
        self.core.store.desk().beat_agent(name, now, Some(&tab), now).await?;
        // The page's first sign of life may come after this; it is no newcomer then.
        self.is_there(name, &agent.standing, holds && newcomer).await?;
        match self.user_token(name).await {
            Ok(softphone) => Ok(Ok(softphone)),
            Err(error) => {
                tracing::warn!(error = %error, "an agent gets no token");
                Ok(Err(Refusal::Unavailable))
            }
        }
    }

    async fn user_token(&self, name: &str) -> Result<Softphone, crate::vonage::VonageError> {
        let core = &self.core;
        // On demand and every time: an agent whose user was deleted at the platform must not be locked out.
        core.vonage.create_user(name, name).await?;
        let now = core.clock.now_ms();
        let token = UserToken { name, paths: &AGENT_ACL, seconds: TOKEN_SECONDS };
        let token = core.vonage.application()?.user_token(&token, now / 1000, &core.random.id())?;
        let life = i64::try_from(TOKEN_SECONDS * 1000).unwrap_or(i64::MAX);
        let voice = core.settings.voice.clone();
        Ok(Softphone { user: name.to_owned(), token, expires_at: now + life, voice })
    }

    /// A softphone elsewhere (an app that asked `POST /api/jwt`) is signed in for this agent until `until`, ms UTC: calls
    /// may ring there, console or not, as long as it gives signs of life.
    pub async fn agent_signed_in_elsewhere(&self, account: &str, name: &str, until: i64) -> Result<(), ServiceError> {
        self.known(account, name).await?;
        self.core.store.desk().agent_elsewhere(name, until, self.core.clock.now_ms()).await?;
        self.is_back(name).await?;
        self.happens_if(name, |me| me.state == State::Offline, Happening::Asked(Wish::Ready)).await
    }

    /// The platform told of something that an agent's own client did: it is open. Nothing for anybody who is not signed in
    /// elsewhere.
    pub async fn agent_seen_elsewhere(&self, name: &str) -> Result<(), ServiceError> {
        if !self.lines.directory().agents.contains(name) {
            return Ok(());
        }
        let now = self.core.clock.now_ms();
        if self.core.store.desk().agent_seen_elsewhere(name, now, now).await? {
            self.is_back(name).await?;
        }
        Ok(())
    }

    async fn is_back(&self, name: &str) -> Result<(), ServiceError> {
        // Calls ring at the app, whatever a console cannot do.
        let _ = self.happens(name, Happening::Reports(None)).await?;
        // Agents who chose to be offline stay so.
        let went = |me: &Standing| match me.state {
            State::Asleep => true,
            State::Offline => me.back_to.is_some(),
            _ => false,
        };
        self.happens_if(name, went, Happening::Heard).await
    }

    async fn happens_if(
        &self,
        name: &str,
        is: impl Fn(&Standing) -> bool,
        happening: Happening,
    ) -> Result<(), ServiceError> {
        if self.agent(name).await?.is_some_and(|agent| is(&agent.standing)) {
            let _ = self.happens(name, happening).await?;
            self.assign_soon();
        }
        Ok(())
    }

    /// Sets what an agent wants to be: ready, or away with a reason. In a call it takes effect after it.
    pub async fn set_presence(&self, account: &str, name: &str, wish: Wish) -> Result<Outcome, ServiceError> {
        self.known(account, name).await?;
        let done = self.happens(name, Happening::Asked(wish)).await?;
        self.assign_soon();
        Ok(done.map_or_else(|illegal| Outcome::Refused(Refusal::NotNow { is: illegal.state }), |_| Outcome::Done))
    }

    /// Takes back what was to take effect after the call.
    pub async fn cancel_pending(&self, name: &str) -> Result<Outcome, ServiceError> {
        self.change_agent(name, |agent| {
            agent.pending.take()?;
            Some(())
        })
        .await
    }

    async fn change_agent(
        &self,
        name: &str,
        change: impl Fn(&mut Standing) -> Option<()>,
    ) -> Result<Outcome, ServiceError> {
        for _ in 0..super::ATTEMPTS {
            let Some(agent) = self.agent(name).await? else { return Ok(Outcome::Refused(Refusal::Gone)) };
            let mut next = agent.standing;
            if change(&mut next).is_none() {
                return Ok(Outcome::Refused(Refusal::Gone));
            }
            let mut draft = super::Draft::new(self.core.clock.now_ms());
            draft.put(&agent, next, None);
            if self.commit(&draft).await? {
                return Ok(Outcome::Done);
            }
        }
        Err(super::TOO_BUSY)
    }

    /// Keeps what an agent wrote about a call, and its disposition. Others who took part add to the notes.
    pub async fn save_notes(
        &self,
        name: &str,
        call: &str,
        text: &str,
        disposition: Option<Disposition>,
    ) -> Result<Outcome, ServiceError> {
        if text.chars().count() > LONGEST_NOTE || text.contains('\0') {
            return Ok(Outcome::Refused(Refusal::Invalid { field: "text".into() }));
        }
        let now = self.core.clock.now_ms();
        let saved = self
            .change_call(call, |call| {
                if call.agent.as_deref() != Some(name) {
                    return None;
                }
                call.write(name, text);
                (call.disposition, call.noted_at) = (disposition, Some(now));
                Some(())
            })
            .await?;
        if saved.is_some() {
            return Ok(Outcome::Done);
        }
        // A colleague's call, or one that was handed over meanwhile: what was typed is added. It may come late, after a time
        // without the server.
        let here = self.agent(name).await?.is_some_and(|me| me.row.call.as_deref() == Some(call));
        let added = self
            .change_call(call, |call| {
                if !here && !call.took_part(name) {
                    return None;
                }
                call.write(name, text);
                call.disposition = call.disposition.or(disposition);
                call.noted_at = Some(now);
                Some(())
            })
            .await?;
        if added.is_none() {
            return Ok(Outcome::Refused(Refusal::Gone));
        }
        Ok(Outcome::Done)
    }

    /// Gives an agent more time to finish the notes.
    pub async fn extend_wrap_up(&self, name: &str, call: &str) -> Result<Outcome, ServiceError> {
        for _ in 0..super::ATTEMPTS {
            let Some(agent) = self.agent(name).await? else { break };
            let (State::WrapUp, Some(until), Some(of)) =
                (agent.standing.state, agent.row.wrap_until, agent.row.call.as_deref())
            else {
                break;
            };
            if of != call {
                break;
            }
            let now = self.core.clock.now_ms();
            let mut draft = super::Draft::new(now);
            let mut longer = agent.clone();
            longer.row.wrap_until = Some((until + EXTENSION_MS).min(now + LONGEST_WRAP_UP_MS));
            draft.put(&longer, agent.standing, None);
            if self.commit(&draft).await? {
                return Ok(Outcome::Done);
            }
        }
        Ok(Outcome::Refused(Refusal::Gone))
    }

    /// Ends the wrap-up: the agent can be offered calls again.
    pub async fn finish_wrap_up(&self, name: &str, call: &str) -> Result<Outcome, ServiceError> {
        let agent = self.agent(name).await?;
        if agent.is_none_or(|agent| agent.row.call.as_deref() != Some(call) || agent.standing.state != State::WrapUp) {
            return Ok(Outcome::Refused(Refusal::Gone));
        }
        let done = self.happens(name, Happening::WrappedUp).await?;
        self.assign_soon();
        Ok(done.map_or_else(|illegal| Outcome::Refused(Refusal::NotNow { is: illegal.state }), |_| Outcome::Done))
    }
}

/// Does this tab hold the softphone, and is it a newcomer who has just got it?
fn holder(row: &AgentRow, tab: &str, now: i64) -> (bool, bool) {
    let own = row.tab.as_deref() == Some(tab);
    let vacant = row.tab.is_none() || now - row.tab_at > SILENCE_MS;
    (own || vacant, !own && vacant)
}

/// Whether a softphone elsewhere is there: signed in, and heard of lately.
pub(super) fn elsewhere(row: &AgentRow, now: i64) -> bool {
    elsewhere_is_there(row.elsewhere_until, row.elsewhere_at, now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tab_holds_the_softphone_until_it_is_silent() {
        let mut row = AgentRow {
            name: "Jane".into(),
            account: "1".into(),
            standing: String::new(),
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
