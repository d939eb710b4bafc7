//! What callers of one line get while the business is closed, where it is not the same as for all.

use super::{HoursRefusal, InForce, OpeningHours, WhenClosedDraft};
use crate::domain::hours::closed::WhenClosed;
use crate::domain::hours::{Wrong, WrongField};
use crate::domain::line::Line;
use crate::domain::queue::STANDING;
use crate::service::fail::Fail;

impl InForce {
    /// What callers get who come by these lines: what is set for the first of them that has something of its own, else what
    /// is set for all.
    fn when(&self, lines: &[Line]) -> &WhenClosed {
        lines.iter().find_map(|line| self.by_line.get(&line.word())).unwrap_or(&self.when_closed)
    }

    /// Everything that callers may get.
    pub(super) fn every(&self) -> impl Iterator<Item = &WhenClosed> {
        self.by_line.values().chain([&self.when_closed])
    }
}

impl OpeningHours {
    /// What callers of a line get while it is closed: what is set for the line, else for the queue that it leads to, else for
    /// all.
    pub async fn when_closed(&self, line: &Line) -> WhenClosed {
        let in_force = self.current().await;
        // The queues are asked only where there is something of a line's own.
        if in_force.by_line.is_empty() {
            return in_force.when_closed.clone();
        }
        let queue = match line {
            Line::Support => self.queues.of_support(&*self.queues.current().await),
            Line::Campaign(id) if self.are_kept_by(line) => {
                Some(self.lines.queue_of_campaign(id).unwrap_or_else(|| STANDING.to_owned()))
            }
            _ => None,
        };
        let lines: Vec<Line> = [line.clone()].into_iter().chain(queue.map(Line::Queue)).collect();
        in_force.when(&lines).clone()
    }

    /// Sets what callers of a line get while it is closed; `None`: the same as all.
    ///
    /// # Errors
    /// Refused for the field that is wrong, among them `line`, where the line has no hours.
    pub async fn keep_when_closed_of(
        &self,
        line: &Line,
        draft: Option<&WhenClosedDraft>,
    ) -> Result<(), Fail<HoursRefusal>> {
        if !self.are_kept_by(line) {
            return Err(WrongField::new("line", Wrong::Unknown).into());
        }
        let when = draft.map(|draft| self.read_when_closed(draft)).transpose()?;
        self.core.store.hours().put_by_line(&line.word(), when.as_ref()).await?;
        Ok(())
    }
}
