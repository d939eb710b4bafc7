//! After a call: notes, disposition, and the time for them.

use super::board::{Board, Done};
use super::routing::Routing;
use crate::domain::contact_center::desk::{Disposition, Refusal};
use crate::domain::contact_center::presence::{Happening, State};

/// The longest that wrap-up may be from now, ms.
const LONGEST_WRAP_UP_MS: i64 = 15 * 60_000;
/// The longest notes, in characters.
const LONGEST_NOTE: usize = 4_000;

/// Notes, disposition and wrap-up.
#[derive(Clone)]
pub(super) struct AfterCall {
    board: Board,
    routing: Routing,
}

impl AfterCall {
    pub(super) fn new(routing: Routing) -> Self {
        Self { board: routing.board().clone(), routing }
    }

    /// Keeps what an agent wrote about a call, and its disposition. Others who took part add to the notes. What was written is
    /// kept also when the disposition is refused because it is no longer offered.
    pub(super) async fn save_notes(
        &self,
        name: &str,
        call: &str,
        text: &str,
        disposition: Option<Disposition>,
    ) -> Done {
        if text.chars().count() > LONGEST_NOTE || text.contains('\0') {
            return Err(Refusal::Invalid { field: "text".into() }.into());
        }
        let now = self.board.now();
        let offered = match disposition {
            Some(disposition) => self.board.settings().await?.offers_disposition(disposition),
            None => true,
        };
        let saved = self
            .board
            .change_call(call, |call| {
                if call.agent.as_deref() != Some(name) {
                    return None;
                }
                call.write(name, text);
                call.noted_at = Some(now);
                // One that was chosen before it was archived stays.
                let allowed = offered || call.disposition == disposition;
                if allowed {
                    call.disposition = disposition;
                }
                Some(allowed)
            })
            .await?;
        if let Some(allowed) = saved {
            return if allowed { Ok(()) } else { Err(Refusal::NotOffered.into()) };
        }
        // A colleague's call, or one that was handed over meanwhile: what was typed is added. It may come late, after a time
        // without the server.
        let here = self.board.agent(name).await?.is_some_and(|me| me.call.as_deref() == Some(call));
        let added = self
            .board
            .change_call(call, |call| {
                if !here && !call.took_part(name) {
                    return None;
                }
                call.write(name, text);
                call.disposition = call.disposition.or(disposition.filter(|_| offered));
                call.noted_at = Some(now);
                Some(())
            })
            .await?;
        Ok(added.ok_or(Refusal::Gone)?)
    }

    /// Gives an agent more time to finish the notes.
    pub(super) async fn extend_wrap_up(&self, name: &str, call: &str) -> Done {
        self.board
            .commit_with(|mut draft| async move {
                let mut agent = self.board.agent_in(Some(name), call).await?.ok_or(Refusal::Gone)?;
                let (State::WrapUp, Some(until)) = (agent.standing.state, agent.wrap_until) else {
                    return Err(Refusal::Gone.into());
                };
                agent.wrap_until = Some((until + draft.rules.extension_ms()).min(draft.now + LONGEST_WRAP_UP_MS));
                draft.put(&agent, agent.standing, None);
                draft.write(())
            })
            .await
    }

    /// Ends the wrap-up: the agent can be offered calls again. Refused while a disposition is missing that has to be chosen.
    pub(super) async fn finish_wrap_up(&self, name: &str, call: &str) -> Done {
        let agent = self.board.agent_in(Some(name), call).await?;
        agent.filter(|agent| agent.standing.state == State::WrapUp).ok_or(Refusal::Gone)?;
        let done = self.board.asks(name, Happening::WrappedUp).await;
        self.routing.assign_soon();
        done
    }
}
