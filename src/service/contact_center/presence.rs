//! Agents' presence: who is there, and what they want to be.

use super::board::{Board, Done};
use super::routing::Routing;
use crate::domain::contact_center::desk::Refusal;
use crate::domain::contact_center::presence::{Happening, Standing, State, Wish};
use crate::service::core::ServiceError;
use crate::store::AgentRow;

/// Agents' presence.
#[derive(Clone)]
pub struct Presence {
    board: Board,
    routing: Routing,
}

impl Presence {
    pub(super) fn new(routing: Routing) -> Self {
        Self { board: routing.board().clone(), routing }
    }

    /// Makes sure that an account which takes calls has its place among the agents.
    pub async fn make_agent(&self, account: &str, name: &str) -> Result<(), ServiceError> {
        let now = self.board.now();
        let row = AgentRow {
            name: name.to_owned(),
            account: account.to_owned(),
            standing: Standing::new(),
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
        if self.board.core.store.desk().insert_agent(&row).await? {
            self.board.changed();
        }
        Ok(())
    }

    /// The agent of an account, made when they are not there.
    pub(super) async fn known(&self, account: &str, name: &str) -> Result<AgentRow, ServiceError> {
        if let Some(agent) = self.board.agent(name).await? {
            return Ok(agent);
        }
        self.make_agent(account, name).await?;
        self.board.agent(name).await?.ok_or(ServiceError::Internal("an agent who was made is not there"))
    }

    /// A console gave a sign of life: who slept wakes, and who opens one is ready.
    pub(super) async fn is_there(&self, name: &str, standing: &Standing, newcomer: bool) -> Result<(), ServiceError> {
        let happening = match standing.state {
            State::Offline if standing.back_to.is_some() => Happening::Heard,
            State::Offline if newcomer => Happening::Asked(Wish::Ready),
            State::Asleep | State::Reconnecting => Happening::Heard,
            _ => return Ok(()),
        };
        // Refused only if somebody changed it meanwhile; the next beat sees that.
        self.board.may_happen(name, happening).await?;
        self.routing.assign_soon();
        Ok(())
    }

    /// The call in which an agent talks, if any: neither one that rings nor the time for notes after one.
    pub async fn call_under_way(&self, name: &str) -> Result<Option<String>, ServiceError> {
        let Some(agent) = self.board.agent(name).await? else { return Ok(None) };
        let talks = |state: State| matches!(state, State::Talking | State::Hold);
        let standing = agent.standing;
        // Somebody whose console is silent is in the call that they come back to.
        let inside = talks(standing.state) || standing.back_to.is_some_and(talks);
        Ok(agent.call.filter(|_| inside))
    }

    /// A softphone elsewhere (an app that asked `POST /api/jwt`) is signed in for this agent until `until`, ms UTC: calls
    /// may ring there, console or not, as long as it gives signs of life.
    pub async fn agent_signed_in_elsewhere(&self, account: &str, name: &str, until: i64) -> Result<(), ServiceError> {
        self.known(account, name).await?;
        self.board.core.store.desk().agent_elsewhere(name, until, self.board.now()).await?;
        self.is_back(name).await?;
        self.happens_if(name, |me| me.state == State::Offline, Happening::Asked(Wish::Ready)).await
    }

    /// The platform told of something that an agent's own client did: it is open. Nothing for anybody who is not signed in
    /// elsewhere.
    pub async fn agent_seen_elsewhere(&self, name: &str) -> Result<(), ServiceError> {
        if !self.board.lines.directory().agents.contains(name) {
            return Ok(());
        }
        let now = self.board.now();
        if self.board.core.store.desk().agent_seen_elsewhere(name, now, now).await? {
            self.is_back(name).await?;
        }
        Ok(())
    }

    async fn is_back(&self, name: &str) -> Result<(), ServiceError> {
        // Calls ring at the app, whatever a console cannot do.
        self.board.may_happen(name, Happening::Reports(None)).await?;
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
        if self.board.agent(name).await?.is_some_and(|agent| is(&agent.standing)) {
            self.board.may_happen(name, happening).await?;
            self.routing.assign_soon();
        }
        Ok(())
    }

    /// Sets what an agent wants to be: ready, or away with a reason. In a call it takes effect after it.
    pub(super) async fn set_presence(&self, account: &str, name: &str, wish: Wish) -> Done {
        self.known(account, name).await?;
        if let Wish::Away(reason) = wish
            && !self.board.settings().await?.offers_away(reason)
        {
            return Err(Refusal::NotOffered.into());
        }
        let done = self.board.asks(name, Happening::Asked(wish)).await;
        self.routing.assign_soon();
        done
    }

    /// Takes back what was to take effect after the call.
    pub(super) async fn cancel_pending(&self, name: &str) -> Done {
        self.board
            .commit_with(|mut draft| async move {
                let agent = self.board.agent(name).await?.ok_or(Refusal::Gone)?;
                let mut next = agent.standing;
                next.pending.take().ok_or(Refusal::Gone)?;
                draft.put(&agent, next, None);
                draft.write(())
            })
            .await
    }
}
