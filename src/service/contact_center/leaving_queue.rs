//! A caller may not stay in a queue: it is full, it takes too long, or no member is signed in. Then they are led where the
//! operator says.

use super::routing::Routing;
use super::waiting::Row;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::desk::HistoryResult;
use crate::domain::contact_center::flows::Waiter;
use crate::domain::contact_center::story::{Way, What, WhyLeft};
use crate::domain::language::Written;
use crate::domain::ncco::Ncco;
use crate::domain::queue::Overflow;
use crate::service::core::ServiceError;
use crate::store::AgentRow;

/// After this time, in ms, a caller who could not be led out of a queue is tried again.
const AGAIN_MS: i64 = 30_000;

impl Routing {
    /// Why a caller who waits, or is about to, may not stay in their queue; `None` for who may.
    pub(super) async fn may_not_stay(&self, id: &str) -> Result<Option<WhyLeft>, ServiceError> {
        let Some(loaded) = self.board().open_call(id).await? else { return Ok(None) };
        let row = self.waiting.row().await?;
        let floor = self.board().agents().await?;
        Ok(self.why_leave(&row, &loaded.call, &floor))
    }

    fn why_leave(&self, row: &Row, call: &DeskCall, agents: &[AgentRow]) -> Option<WhyLeft> {
        let queue = row.queue_of(call);
        let unattended = || queue.leaves_when_unattended && self.waiting.is_unattended(queue, agents);
        match call.in_queue_since {
            Some(since) if queue.is_too_long(since, self.board().now()) => Some(WhyLeft::TooLong),
            None if !queue.has_room(row.size(queue)) => Some(WhyLeft::Full),
            _ => unattended().then_some(WhyLeft::Unattended),
        }
    }

    /// Leads a caller out of their queue. What they hear.
    pub(super) async fn leave_queue(
        &self,
        id: &str,
        why: WhyLeft,
        greeting: Option<Written<'_>>,
    ) -> Result<Ncco, ServiceError> {
        let (board, now) = (self.board(), self.board().now());
        let in_force = self.waiting.queues().current().await;
        let dialled = |overflow: &Overflow| match overflow {
            // What was entered may be forbidden by now.
            Overflow::Number(number) => board.dial.may_be_dialled(number).is_ok(),
            Overflow::Queue(next) => in_force.find(next).is_some(),
            _ => true,
        };
        let leave = |call: &mut DeskCall| {
            let queue = in_force.of(call.queue.as_deref());
            let overflow = queue.overflow_for(&call.queues_left, call.number.is_some());
            let overflow = if dialled(&overflow) { overflow } else { Overflow::Message };
            call.queues_left.push(queue.id.clone());
            call.waited_from.get_or_insert(now);
            call.tell(now, What::LeftQueue { queue: queue.name.clone(), why });
            match &overflow {
                Overflow::Message => {
                    call.phase = Phase::Message;
                    call.tell(now, What::Message);
                }
                Overflow::CallBack => {
                    (call.phase, call.result) = (Phase::Message, Some(HistoryResult::Callback));
                    call.tell(now, What::CallBack);
                }
                Overflow::Number(number) => {
                    (call.phase, call.handed_to) = (Phase::Outside, Some(number.digits().to_owned()));
                    call.tell(now, What::Led { way: Way::Number(number.digits().to_owned()) });
                }
                Overflow::Queue(next) => {
                    let name = in_force.of(Some(next)).name.clone();
                    (call.queue, call.in_queue_since, call.rings_all) = (Some(next.clone()), None, None);
                    // They keep the place that they had by the time that they have waited.
                    call.takes_place(now);
                    call.tell(now, What::Led { way: Way::Queue(name) });
                }
            }
            Some((overflow, call.clone()))
        };
        let Some((overflow, call)) = board.change_call(id, leave).await? else {
            return Ok(board.hooks().moment());
        };
        let hooks = board.hooks_in(call.language);
        let flow = match overflow {
            // They may wait there, or be led on once more.
            Overflow::Queue(_) => return Box::pin(self.next_flow(id, greeting, false)).await,
            Overflow::Message => hooks.voicemail(Waiter::of(&call)),
            Overflow::CallBack => hooks.call_back(),
            Overflow::Number(number) => {
                let from = self.dialling.shown_number(&call, Some(&number)).await?;
                hooks.hand_over(&from, number)
            }
        };
        Ok(Ncco(hooks.leaves_queue(greeting, why).into_iter().chain(flow.0).collect()))
    }

    /// Leads on all callers who have waited too long, or in whose queue no member is signed in any more.
    pub(super) async fn lead_on_waiting(&self) -> Result<(), ServiceError> {
        let (row, agents) = (self.waiting.row().await?, self.board().agents().await?);
        for call in &row.calls {
            let (Some(leg), Some(_)) = (&call.customer_leg, call.customer_answered_at) else { continue };
            let now = self.board().now();
            if self.board().watch.is_doubted(&call.id, now - AGAIN_MS) {
                continue;
            }
            let Some(why) = self.why_leave(&row, call, &agents) else { continue };
            let _lane = self.leads(&call.id).await;
            // An agent may have been found meanwhile.
            if !self.board().open_call(&call.id).await?.is_some_and(|loaded| loaded.call.is_waiting()) {
                continue;
            }
            let flow = self.board().dial.cleared(Box::pin(self.leave_queue(&call.id, why, None)).await?);
            let client = self.board().platform_of(call);
            if let Err(error) = client.transfer(leg, &flow).await {
                tracing::warn!(call.id = %call.id, error = %error, "a caller could not be led out of a queue");
                self.stays(&call.id).await?;
                self.not_led_on(&call.id, &client, leg, &error).await?;
            }
        }
        Ok(())
    }

    /// A caller who could not be led out of a queue goes on waiting.
    async fn stays(&self, id: &str) -> Result<(), ServiceError> {
        let stays = |call: &mut DeskCall| {
            let left = matches!(call.phase, Phase::Message | Phase::Outside) && !call.is_ending();
            left.then(|| {
                (call.phase, call.result, call.handed_to) = (Phase::Waiting, None, None);
                call.queues_left.pop();
            })
        };
        self.board().change_call(id, stays).await.map(drop)
    }
}
