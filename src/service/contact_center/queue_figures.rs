//! How each queue does: now, and today.

use super::board::Board;
use super::view::View;
use crate::domain::queue::Queue;
use crate::domain::queue::figures::{Figures, QueueState};
use crate::service::core::ServiceError;

impl View {
    /// Each queue at this moment, and what became of the callers who came since midnight where the business is.
    pub async fn queues(&self) -> Result<Vec<QueueState>, ServiceError> {
        let now = self.board.now();
        let row = self.waiting.row().await?;
        let directory = self.board.lines.directory();
        let agents = self.board.agents().await?;
        let agents: Vec<_> = agents.iter().filter(|agent| directory.agents.contains(&agent.name)).collect();
        let midnight = self.board.core.zone().midnight(now);
        let today = self.board.core.store.desk().calls_since(midnight).await?;
        let state = |queue: &Queue| {
            let members = agents.iter().filter(|agent| queue.member(&agent.name).is_some());
            let waiting = row.calls.iter().filter(|call| row.queue_of(call).id == queue.id);
            let mut figures = Figures::default();
            for row_of in &today {
                let call = &row_of.call;
                // Who only was in a menu never came to the agents.
                let came = call.came_at.is_some() || call.answered_at.is_some() || call.queued_at.is_some();
                if came && !call.outbound && row.queue_of(call).id == queue.id {
                    figures.count(call, queue.service_level_s);
                }
            }
            QueueState {
                id: queue.id.clone(),
                waiting: u32::try_from(waiting.clone().count()).unwrap_or(u32::MAX),
                longest_since: waiting.filter_map(|call| call.queued_at).min(),
                ready: u32::try_from(members.filter(|agent| Board::candidate(agent, now).is_free()).count())
                    .unwrap_or(u32::MAX),
                figures,
            }
        };
        Ok(row.in_force.queues().map(state).collect())
    }
}
