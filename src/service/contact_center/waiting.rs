//! Callers who wait: whose turn it is, which place each has, and how long it usually takes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::board::Board;
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::presence::{SILENCE_MS, State};
use crate::domain::contact_center::routing::Candidate;
use crate::domain::contact_center::visitor::{LATELY_MS, usual_wait};
use crate::domain::queue::Queue;
use crate::domain::queue::choice::{Caller, rung};
use crate::domain::queue::priority::turn;
use crate::service::core::ServiceError;
use crate::service::queues::{InForce, Queues};
use crate::store::{AgentRow, DeskCallQuery};

/// How long callers wait changes slowly, ms.
const WAITS_MS: i64 = 15_000;
/// The number of newest calls from which the usual wait is reckoned.
const MOST_CALLS: u32 = 200;
/// For this time, in ms, nobody waits behind a caller whom the platform did not lead on.
const STUCK_MS: i64 = 30_000;

/// When it was looked up, and what was found.
type Usual = (i64, Option<u32>);

/// Callers who wait.
#[derive(Clone)]
pub(super) struct WaitingCallers {
    board: Board,
    queues: Queues,
    /// How many minutes callers of each queue waited lately.
    usual: Arc<Mutex<HashMap<String, Usual>>>,
}

/// Everybody who waits at this moment, the next first.
pub(super) struct Row {
    pub(super) in_force: Arc<InForce>,
    pub(super) calls: Vec<DeskCall>,
}

impl Row {
    /// The queue of a caller.
    pub(super) fn queue_of(&self, call: &DeskCall) -> &Queue {
        self.in_force.of(call.queue.as_deref())
    }

    /// How many wait in a queue.
    pub(super) fn size(&self, queue: &Queue) -> usize {
        self.calls.iter().filter(|call| self.queue_of(call).id == queue.id).count()
    }

    /// The place of a caller in their queue; 1 is next. `None` for who does not wait.
    pub(super) fn place(&self, id: &str) -> Option<u32> {
        let at = self.calls.iter().position(|call| call.id == id)?;
        let queue = &self.queue_of(&self.calls[at]).id;
        let before = self.calls[..at].iter().filter(|call| self.queue_of(call).id == *queue).count();
        u32::try_from(before + 1).ok()
    }

    /// A caller as the choice of an agent looks at them.
    pub(super) fn caller<'a>(&'a self, call: &'a DeskCall, again: bool) -> Caller<'a> {
        Caller {
            queue: self.queue_of(call),
            wanted: call.handed_by.as_deref().or(call.wanted.as_deref()),
            tried: &call.tried,
            refused_at: &call.refused_at,
            again,
        }
    }
}

impl WaitingCallers {
    pub(super) fn new(board: Board, queues: Queues) -> Self {
        Self { board, queues, usual: Arc::default() }
    }

    /// The queues, as they are set.
    pub(super) fn queues(&self) -> &Queues {
        &self.queues
    }

    /// Everybody who waits at this moment, the next first.
    pub(super) async fn row(&self) -> Result<Row, ServiceError> {
        let in_force = self.queues.current().await;
        let mut calls = self.board.open_calls().await?;
        calls.retain(DeskCall::is_waiting);
        let rank = |call: &DeskCall| in_force.of(call.queue.as_deref()).rank;
        calls.sort_by(|one, other| turn(one, rank(one)).cmp(&turn(other, rank(other))));
        Ok(Row { in_force, calls })
    }

    /// Those who are to be given to agents before this caller, who waits or has just come. Whose first answer may still be
    /// on its way cannot be led anywhere yet, and whom the platform did not lead on may be gone: neither is waited for.
    pub(super) fn before<'a>(&self, row: &'a Row, call: &DeskCall, now: i64) -> Vec<&'a DeskCall> {
        let comes = DeskCall { queued_at: call.waits_since().or(Some(now)), ..call.clone() };
        let own = turn(&comes, row.queue_of(call).rank);
        let earlier = row.calls.iter().filter(|other| other.id != call.id);
        let earlier = earlier.take_while(|other| turn(other, row.queue_of(other).rank) < own);
        let can_be_led = |other: &&DeskCall| {
            let here = other.customer_leg.is_some() && other.customer_answered_at.is_some();
            here && !self.is_stuck(&other.id)
        };
        earlier.filter(can_be_led).collect()
    }

    /// Whether the platform did not lead a caller on a moment ago: nobody waits behind them.
    pub(super) fn is_stuck(&self, call: &str) -> bool {
        self.board.watch.is_doubted(call, self.board.now() - STUCK_MS)
    }

    /// How many minutes callers of a queue waited lately. `None` when too few did.
    pub(super) async fn usual_minutes(&self, queue: &str) -> Result<Option<u32>, ServiceError> {
        let now = self.board.now();
        let known = self.usual.lock().unwrap_or_else(PoisonError::into_inner).get(queue).copied();
        if let Some((at, minutes)) = known
            && (0..WAITS_MS).contains(&(now - at))
        {
            return Ok(minutes);
        }
        let in_force = self.queues.current().await;
        let newest = DeskCallQuery { limit: MOST_CALLS, ..DeskCallQuery::default() };
        let mut waits = Vec::new();
        for row in self.board.core.store.desk().calls(&newest).await? {
            let call = row.call;
            let counts = now - call.created_at <= LATELY_MS && in_force.of(call.queue.as_deref()).id == queue;
            waits.extend(call.queued_ms().filter(|_| counts));
        }
        let minutes = usual_wait(waits);
        self.usual.lock().unwrap_or_else(PoisonError::into_inner).insert(queue.to_owned(), (now, minutes));
        Ok(minutes)
    }

    /// Whether no member of a queue is signed in, of these agents.
    pub(super) fn is_unattended(&self, queue: &Queue, agents: &[AgentRow]) -> bool {
        let directory = self.board.lines.directory();
        let there = |state: State| !matches!(state, State::Offline | State::Asleep);
        let is_member =
            |agent: &&AgentRow| directory.agents.contains(&agent.name) && queue.member(&agent.name).is_some();
        let mut members = agents.iter().filter(is_member);
        !members.any(|agent| there(agent.standing.state))
    }
}

/// At whom a caller rings together, of those who may be rung, the best first: the first who ring at once and have a console
/// open. Nobody, where that is fewer than two.
pub(super) fn together(
    caller: &Caller<'_>,
    ready: &[Candidate],
    floor: &[(Candidate, AgentRow)],
    now: i64,
) -> Vec<String> {
    let at_console = |name: &str| floor.iter().any(|(_, row)| row.name == name && now - row.beat_at <= SILENCE_MS);
    let rung = rung(caller, &ready.iter().collect::<Vec<_>>()).into_iter().map(|agent| agent.name.clone());
    let here: Vec<String> = rung.filter(|name| at_console(name)).collect();
    if here.len() > 1 { here } else { Vec::new() }
}
