//! What a visitor's page is told while the visitor waits for an agent, and what they may ask for there: to leave a message,
//! or to be called back. A page sees its own visit's call and nothing else.
//!
//! However many pages look, the queue is read once for each change of it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::{ContactCenter, LoadedCall, ServiceError};
use crate::domain::click_to_call::visitor_name;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::desk::{HistoryResult, Outcome, Refusal};
use crate::domain::contact_center::flows::{self, Waiter};
use crate::domain::contact_center::visitor::{Care, LATELY_MS, usual_wait};
use crate::service::rate::Shut;
use crate::store::DeskCallQuery;

/// How long what was read is good, ms: another node's changes are not reported here.
const FRESH_MS: i64 = 2_000;
/// How long callers wait changes slowly, ms.
const WAITS_MS: i64 = 15_000;
/// So many of the newest calls are looked at for how long callers wait.
const MOST_CALLS: u32 = 200;

/// The queue as it was read last.
#[derive(Default)]
pub(super) struct Queue {
    version: i64,
    read_at: i64,
    /// By the visitor's Client SDK user.
    cares: Arc<HashMap<String, Care>>,
    minutes: Option<u32>,
    minutes_at: i64,
}

impl ContactCenter {
    /// Where the call of a visit is with the agents. The one who asks must have shown that the visit is theirs.
    pub async fn visit_care(&self, visit: &str) -> Result<Care, ServiceError> {
        Ok(self.cares().await?.get(&visitor_name(visit)).copied().unwrap_or_default())
    }

    async fn cares(&self) -> Result<Arc<HashMap<String, Care>>, ServiceError> {
        let now = self.core.clock.now_ms();
        let fresh = |at: i64, ms: i64| (0..ms).contains(&(now - at));
        let mut queue = self.memory.queue.lock().await;
        // Before reading: what changes meanwhile is of a later version.
        let version = *self.memory.version.borrow();
        if queue.version == version && fresh(queue.read_at, FRESH_MS) {
            return Ok(Arc::clone(&queue.cares));
        }
        let rows = self.core.store.desk().open_calls().await?;
        let calls = rows.into_iter().map(|row| LoadedCall::try_from(row).map(|loaded| loaded.call));
        let calls = calls.collect::<Result<Vec<DeskCall>, ServiceError>>()?;
        let mut waiting: Vec<&DeskCall> = calls.iter().filter(|call| call.is_waiting()).collect();
        waiting.sort_by_key(|call| (call.queued_at, call.id.clone()));
        if !waiting.is_empty() && !fresh(queue.minutes_at, WAITS_MS) {
            (queue.minutes, queue.minutes_at) = (self.usual_minutes(now).await?, now);
        }
        let mut cares = HashMap::new();
        for call in &calls {
            let Some(user) = &call.user else { continue };
            let place = waiting.iter().position(|waits| waits.id == call.id);
            let place = place.and_then(|at| u32::try_from(at + 1).ok());
            // The newest call of a visit is the last one here.
            cares.insert(user.clone(), Care::of(call, place, queue.minutes));
        }
        (queue.version, queue.read_at, queue.cares) = (version, now, Arc::new(cares));
        Ok(Arc::clone(&queue.cares))
    }

    /// How long callers waited lately, in minutes.
    async fn usual_minutes(&self, now: i64) -> Result<Option<u32>, ServiceError> {
        let newest = DeskCallQuery { limit: MOST_CALLS, ..DeskCallQuery::default() };
        let mut waits = Vec::new();
        for row in self.core.store.desk().calls(&newest).await? {
            let call = LoadedCall::try_from(row)?.call;
            waits.extend(call.queued_ms().filter(|_| now - call.created_at <= LATELY_MS));
        }
        Ok(usual_wait(waits))
    }

    /// A visitor who waits leaves a message instead.
    pub async fn visit_message(&self, visit: &str, secret: &str) -> Result<Outcome, ServiceError> {
        let Some(waits) = self.waiting_visitor(visit, secret).await? else {
            return Ok(Outcome::Refused(Refusal::Gone));
        };
        let waits = self
            .change_call(&waits.id, |call| {
                call.is_waiting().then(|| {
                    call.phase = Phase::Message;
                    call.clone()
                })
            })
            .await?;
        // An agent is being rung for them, or they left.
        let Some(waits) = waits else { return Ok(Outcome::Refused(Refusal::Gone)) };
        if self.led_to(&waits, self.hooks().voicemail(Waiter::Visitor)).await {
            return Ok(Outcome::Done);
        }
        self.change_call(&waits.id, |call| {
            let stuck = call.phase == Phase::Message && call.result.is_none();
            stuck.then(|| call.phase = Phase::Waiting)
        })
        .await?;
        Ok(Outcome::Refused(Refusal::Unavailable))
    }

    /// A visitor who waits is called back instead, at the number that they write. It stands in the agents' list like that of
    /// any other caller; the visitor's call ends.
    pub async fn visit_call_back(
        &self,
        visit: &str,
        secret: &str,
        number: &str,
        client_ip: IpAddr,
    ) -> Result<Outcome, ServiceError> {
        let Some(waits) = self.waiting_visitor(visit, secret).await? else {
            return Ok(Outcome::Refused(Refusal::Gone));
        };
        let number = match self.callable(number) {
            // It would call the queue itself.
            Ok(number) if self.lines.is_ours(&number) => {
                return Ok(Outcome::Refused(Refusal::Invalid { field: "number".to_owned() }));
            }
            Ok(number) => number,
            Err(refusal) => return Ok(Outcome::Refused(refusal)),
        };
        if let Err(shut) = self.memory.call_backs.pass(client_ip) {
            let retry_after_s = match shut {
                Shut::ForYou { retry_after_s } => retry_after_s,
                Shut::ForAll => 60,
            };
            return Ok(Outcome::Refused(Refusal::TooMany { retry_after_s }));
        }
        let promised = self
            .change_call(&waits.id, |call| {
                call.is_waiting().then(|| {
                    (call.phase, call.result) = (Phase::Message, Some(HistoryResult::Callback));
                    call.number = Some(number.digits().to_owned());
                    call.clone()
                })
            })
            .await?;
        let Some(promised) = promised else { return Ok(Outcome::Refused(Refusal::Gone)) };
        tracing::info!(call.id = %promised.id, "a visitor is to be called back");
        // The promise stands whatever becomes of the call. Where nobody can be told of it, the music ends by itself.
        self.led_to(&promised, flows::call_back()).await;
        Ok(Outcome::Done)
    }

    /// The call of a visit that is in the queue, if the secret opens the visit.
    async fn waiting_visitor(&self, visit: &str, secret: &str) -> Result<Option<DeskCall>, ServiceError> {
        if self.visits.visit_opens(visit, secret).await?.is_none() {
            return Ok(None);
        }
        let row = self.core.store.desk().open_call_with(&visitor_name(visit)).await?;
        let call = row.map(LoadedCall::try_from).transpose()?.map(|loaded| loaded.call);
        Ok(call.filter(DeskCall::is_waiting))
    }

    /// Takes a caller out of the music and into a flow. Whether the platform did it.
    async fn led_to(&self, call: &DeskCall, flow: crate::domain::ncco::Ncco) -> bool {
        let Some(leg) = &call.customer_leg else { return false };
        match self.platform_of(call).transfer(leg, &self.dial.cleared(flow)).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(call.id = %call.id, error = %error, "a visitor could not be led out of the queue");
                self.memory.watch.doubt(&call.id, self.core.clock.now_ms());
                false
            }
        }
    }
}
