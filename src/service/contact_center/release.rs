//! Everybody is out of a call: it is over, or goes on without any of them.

use super::draft::Step;
use super::routing::Routing;
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::presence::Happening;
use crate::service::core::ServiceError;

/// How many earlier calls of a customer are looked at for promises to call back.
const MOST_OWED: u32 = 50;

impl Routing {
    /// The call is over for everybody: those who were in it, or were being rung for it, are free.
    pub(super) async fn end_desk_call(&self, id: &str) -> Result<(), ServiceError> {
        let end = |call: &mut DeskCall, now| {
            call.end(now);
            true
        };
        self.let_go(id, end).await.map(drop)
    }

    /// Everybody is out of a call, which goes on as `change` says; false: nothing after all. The call as it is then,
    /// or `None` when it was over, or nothing was wanted.
    pub(super) async fn let_go(
        &self,
        id: &str,
        change: impl Fn(&mut DeskCall, i64) -> bool,
    ) -> Result<Option<DeskCall>, ServiceError> {
        let (board, change) = (self.board(), &change);
        let left = board.commit_with(|mut draft| async move {
            let Some(mut loaded) = board.open_call(id).await? else { return Ok(Step::Nothing(None)) };
            let offer = board.open_offer_of(id).await?;
            draft.rules.wrap_up_s = loaded.call.wrap_up_s.unwrap_or(draft.rules.wrap_up_s);
            for agent in board.agents().await? {
                if agent.call.as_deref() != Some(id) {
                    continue;
                }
                let rung = offer.as_ref().is_some_and(|offer| offer.agent == agent.name);
                let owner = loaded.call.agent.as_deref() == Some(agent.name.as_str());
                let notes = owner || loaded.call.took_part(&agent.name);
                draft.release(&agent, if rung { Happening::Withdrawn } else { Happening::Ended }, notes);
            }
            if let Some(offer) = &offer {
                draft.close(&offer.id, "withdrawn");
            }
            if !change(&mut loaded.call, draft.now) {
                return Ok(Step::Nothing(None));
            }
            draft.call(&loaded);
            draft.write(Some(loaded.call))
        });
        let left: Result<_, ServiceError> = left.await;
        let Some(call) = left? else { return Ok(None) };
        self.assign_soon();
        if call.is_over() {
            self.settle_call_backs(&call).await?;
        }
        Ok(Some(call))
    }

    /// A call is over: what was promised to its customer before is kept, or stands with one try more.
    async fn settle_call_backs(&self, later: &DeskCall) -> Result<(), ServiceError> {
        let (board, now) = (self.board(), self.board().now());
        for customer in later.customer_spellings() {
            for row in board.core.store.desk().calls_with(&customer, later.created_at, MOST_OWED).await? {
                if row.missed {
                    board.change_call(&row.id, |call| call.settle(later, now).then_some(())).await?;
                }
            }
        }
        Ok(())
    }
}
