//! Earlier calls, and which of them are still owed to their customers.

use super::board::{Board, Done};
use super::finding::{CallsOut, claimed_by};
use crate::domain::contact_center::desk::{History as Page, HistoryRow, HistoryShow, Refusal};
use crate::domain::party::Party;
use crate::service::core::ServiceError;
use crate::store::{DeskCallQuery, DeskCallRow};

/// Rows on a page of the history.
const PAGE: u32 = 50;

/// Earlier calls.
#[derive(Clone)]
pub(in crate::service) struct History {
    board: Board,
}

impl History {
    pub(super) fn new(board: Board) -> Self {
        Self { board }
    }

    /// A page of earlier calls.
    pub(in crate::service) async fn desk_history(
        &self,
        name: &str,
        show: HistoryShow,
        before: Option<String>,
    ) -> Result<Page, ServiceError> {
        let query = DeskCallQuery {
            agent: (show == HistoryShow::Mine).then(|| name.to_owned()),
            missed: show == HistoryShow::Missed,
            callback: show == HistoryShow::Callbacks,
            before,
            limit: PAGE + 1,
        };
        let mut rows = self.board.core.store.desk().calls(&query).await?;
        let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let older = (rows.len() > page).then(|| rows[page - 1].id.clone());
        rows.truncate(page);
        let (now, running) = (self.board.now(), self.board.calls_out().await?);
        let mine = query.agent.as_deref();
        let rows = rows.into_iter().map(|row| history_row(row, now, &running, mine)).collect();
        Ok(Page { rows, older })
    }

    /// Marks every missed call as seen.
    pub(super) async fn missed_seen(&self) -> Result<(), ServiceError> {
        self.board.core.store.desk().calls_seen().await?;
        self.board.changed();
        Ok(())
    }

    /// An agent takes on calling a customer back, so that nobody else does.
    pub(super) async fn claim(&self, name: &str, call: &str) -> Done {
        let (now, running) = (self.board.now(), self.board.calls_out().await?);
        let claimed = self
            .board
            .change_call(call, |call| {
                let free = call.is_owed() && claimed_by(call, now, &running).is_none_or(|by| by == name);
                free.then(|| (call.claimed_by, call.claimed_at) = (Some(name.to_owned()), Some(now)))
            })
            .await?;
        Ok(claimed.ok_or(Refusal::Gone)?)
    }
}

/// A row of the history; of `mine`, with the time that this agent talked.
fn history_row(row: DeskCallRow, now: i64, running: &CallsOut, mine: Option<&str>) -> HistoryRow {
    let DeskCallRow { call, unseen, .. } = row;
    let own = mine.filter(|agent| call.took_part(agent));
    HistoryRow {
        at: call.created_at,
        outbound: call.outbound,
        who: Party::of(call.customer()),
        dial: call.number.clone(),
        page: call.page.clone(),
        agent: call.agent.clone(),
        result: call.shown_result(),
        talk_seconds: own.map_or_else(|| call.talk_seconds(), |agent| call.seconds_of(agent)),
        waited_seconds: call.waited_seconds(),
        disposition: call.disposition,
        note: Some(call.note.clone()).filter(|note| !note.is_empty()),
        claimed_by: claimed_by(&call, now, running).map(str::to_owned),
        tries: u32::try_from(call.tries.len()).unwrap_or(u32::MAX),
        returned: call.returned_at.is_some(),
        unseen,
        voicemail: call.voicemail.clone(),
        lost: call.lost,
        call: call.id,
    }
}
