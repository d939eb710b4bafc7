//! What a visitor's page is told while the visitor waits for an agent, and what they may ask for there: to leave a message,
//! or to be called back. A page sees its own visit's call and nothing else.
//!
//! However many pages look, the queue is read once for each change of it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use super::board::{Board, Done};
use super::dialling::Dialling;
use super::waiting::WaitingCallers;
use crate::domain::click_to_call::visitor_name;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::desk::{HistoryResult, Refusal};
use crate::domain::contact_center::flows::Waiter;
use crate::domain::contact_center::story::What;
use crate::domain::contact_center::visitor::Care;
use crate::domain::hours::closed::Outcome;
use crate::domain::line::Line;
use crate::domain::ncco::Ncco;
use crate::domain::phone::E164;
use crate::service::click_to_call::{Visits, page_to_keep};
use crate::service::core::ServiceError;
use crate::service::hours::OpeningHours;
use crate::service::rate::{Shut, VisitGate};
use crate::store::DeskCallQuery;

/// Calls back that visitors of one address may ask for in an hour, and all together: each makes an agent call a number
/// that nobody has proved to be theirs.
const CALL_BACKS_EACH: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);
const CALL_BACKS_IN_ALL: NonZeroU32 = NonZeroU32::MIN.saturating_add(199);
/// How long what was read is good, ms: another node's changes are not reported here.
const FRESH_MS: i64 = 2_000;
/// The number of newest call backs in which a number is looked for before it is noted again.
const MOST_CALLS: u32 = 200;

/// The queue as it was read last.
#[derive(Default)]
struct Queue {
    version: i64,
    read_at: i64,
    /// By the visitor's Client SDK user.
    cares: Arc<HashMap<String, Care>>,
}

/// Visitors who wait for an agent.
#[derive(Clone)]
pub struct Visitors {
    board: Board,
    dialling: Dialling,
    waiting: WaitingCallers,
    visits: Visits,
    hours: OpeningHours,
    queue: Arc<tokio::sync::Mutex<Queue>>,
    call_backs: Arc<VisitGate>,
}

impl Visitors {
    pub(super) fn new(
        board: Board,
        dialling: Dialling,
        waiting: WaitingCallers,
        visits: Visits,
        hours: OpeningHours,
    ) -> Self {
        let gate = VisitGate::hourly(CALL_BACKS_EACH, CALL_BACKS_IN_ALL, Arc::clone(&board.core.clock));
        Self { board, dialling, waiting, visits, hours, queue: Arc::default(), call_backs: Arc::new(gate) }
    }

    /// Forgets who came long ago.
    pub(in crate::service) fn forget(&self) {
        self.call_backs.forget();
    }

    /// Where the call of a visit is with the agents. The one who asks must have shown that the visit is theirs.
    pub async fn visit_care(&self, visit: &str) -> Result<Care, ServiceError> {
        Ok(self.cares().await?.get(&visitor_name(visit)).copied().unwrap_or_default())
    }

    async fn cares(&self) -> Result<Arc<HashMap<String, Care>>, ServiceError> {
        let now = self.board.now();
        let fresh = |at: i64, ms: i64| (0..ms).contains(&(now - at));
        let mut queue = self.queue.lock().await;
        // Before reading: what changes meanwhile is of a later version.
        let version = *self.board.version.borrow();
        if queue.version == version && fresh(queue.read_at, FRESH_MS) {
            return Ok(Arc::clone(&queue.cares));
        }
        let (calls, row) = (self.board.open_calls().await?, self.waiting.row().await?);
        let mut cares = HashMap::new();
        for call in &calls {
            let Some(user) = &call.user else { continue };
            let place = row.place(&call.id);
            let minutes = match place {
                Some(_) => self.waiting.usual_minutes(&row.queue_of(call).id).await?,
                None => None,
            };
            // The newest call of a visit is the last one here.
            cares.insert(user.clone(), Care::of(call, place, minutes));
        }
        (queue.version, queue.read_at, queue.cares) = (version, now, Arc::new(cares));
        Ok(Arc::clone(&queue.cares))
    }

    /// A visitor who waits leaves a message instead.
    pub async fn visit_message(&self, visit: &str, secret: &str) -> Done {
        let waits = self.waiting_visitor(visit, secret).await?;
        let now = self.board.now();
        let leaves = |call: &mut DeskCall| {
            call.is_waiting().then(|| {
                call.phase = Phase::Message;
                call.tell(now, What::Message);
                call.clone()
            })
        };
        // Refused when an agent is being rung for them, or they left.
        let waits = self.board.change_call(&waits.id, leaves).await?.ok_or(Refusal::Gone)?;
        if self.led_to(&waits, self.board.hooks_in(waits.language).voicemail(Waiter::Visitor)).await {
            return Ok(());
        }
        let stays = |call: &mut DeskCall| {
            let stuck = call.phase == Phase::Message && call.result.is_none();
            stuck.then(|| call.phase = Phase::Waiting)
        };
        self.board.change_call(&waits.id, stays).await?;
        Err(Refusal::Unavailable.into())
    }

    /// A visitor who waits is called back instead, at the number that they write. It stands in the agents' list like that of
    /// any other caller; the visitor's call ends.
    pub async fn visit_call_back(&self, visit: &str, secret: &str, number: &str, client_ip: IpAddr) -> Done {
        let waits = self.waiting_visitor(visit, secret).await?;
        let number = self.callable(number)?;
        self.pass(client_ip)?;
        let now = self.board.now();
        let promise = |call: &mut DeskCall| {
            call.is_waiting().then(|| {
                (call.phase, call.result) = (Phase::Message, Some(HistoryResult::Callback));
                call.tell(now, What::CallBack);
                call.number = Some(number.digits().to_owned());
                call.clone()
            })
        };
        let promised = self.board.change_call(&waits.id, promise).await?.ok_or(Refusal::Gone)?;
        tracing::info!(call.id = %promised.id, "a visitor is to be called back");
        // The promise stands whether or not the call ends well. Where nobody can be told of it, the music ends by itself.
        self.led_to(&promised, self.board.hooks_in(promised.language).call_back()).await;
        Ok(())
    }

    /// A visitor who finds us closed leaves their number, without a call: it stands in the agents' list like that of a caller
    /// who asked to be called back. A number that stands there already is not listed twice.
    pub async fn closed_call_back(&self, number: &str, page: Option<String>, client_ip: IpAddr) -> Done {
        let language = self.board.core.business.profile().default_language;
        let closed = self.hours.closed(&Line::Support, language).await;
        if closed.is_none_or(|closed| closed.outcome != Outcome::CallBack) {
            return Err(Refusal::Gone.into());
        }
        let number = self.callable(number)?;
        self.pass(client_ip)?;
        let owed = DeskCallQuery { callback: true, limit: MOST_CALLS, ..DeskCallQuery::default() };
        let owed = self.board.core.store.desk().calls(&owed).await?;
        if owed.iter().any(|row| row.call.number.as_deref() == Some(number.digits())) {
            return Ok(());
        }
        let (id, now) = (self.board.core.random.id(), self.board.now());
        let mut wish = DeskCall {
            // Of no platform's, so it is nobody else's.
            conversation: format!("page-{id}"),
            id,
            line: Line::Support.name().to_owned(),
            number: Some(number.digits().to_owned()),
            page: page.as_deref().map(page_to_keep),
            closed: Some(language),
            result: Some(HistoryResult::Callback),
            created_at: now,
            ..DeskCall::default()
        };
        wish.tell(now, What::CallBack);
        wish.end(now);
        self.board.begin(&wish).await?;
        tracing::info!(call.id = %wish.id, "a visitor is to be called back when we are open");
        Ok(())
    }

    /// A number that we may call.
    fn callable(&self, number: &str) -> Done<E164> {
        let number = self.dialling.callable(number)?;
        if self.board.lines.is_ours(&number) {
            // It would call the queue itself.
            return Err(Refusal::Invalid { field: "number".to_owned() }.into());
        }
        Ok(number)
    }

    fn pass(&self, client_ip: IpAddr) -> Done {
        let refusal = self.call_backs.pass(client_ip).map_err(|shut| Refusal::TooMany {
            retry_after_s: match shut {
                Shut::ForYou { retry_after_s } => retry_after_s,
                Shut::ForAll => 60,
            },
        });
        Ok(refusal?)
    }

    /// The call of a visit that is in the queue, if the secret opens the visit.
    async fn waiting_visitor(&self, visit: &str, secret: &str) -> Done<DeskCall> {
        self.visits.visit_opens(visit, secret).await?.ok_or(Refusal::Gone)?;
        let row = self.board.core.store.desk().open_call_with(&visitor_name(visit)).await?;
        Ok(row.map(|row| row.call).filter(DeskCall::is_waiting).ok_or(Refusal::Gone)?)
    }

    /// Takes a caller out of the music and into a flow. Whether the platform did it.
    async fn led_to(&self, call: &DeskCall, flow: Ncco) -> bool {
        let Some(leg) = &call.customer_leg else { return false };
        match self.board.platform_of(call).transfer(leg, &self.board.dial.cleared(flow)).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(call.id = %call.id, error = %error, "a visitor could not be led out of the queue");
                self.board.watch.doubt(&call.id, self.board.now());
                false
            }
        }
    }
}
