//! A caller is offered to the right agent, or waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::board::Board;
use super::dialling::Dialling;
use super::draft::Step;
use super::waiting::{Row, WaitingCallers, together};
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::flows::{Place, Waiter};
use crate::domain::contact_center::presence::Happening;
use crate::domain::contact_center::routing::{Candidate, RING_SECONDS};
use crate::domain::contact_center::story::{What, Why};
use crate::domain::language::{Language, Written};
use crate::domain::ncco::Ncco;
use crate::domain::queue::Strategy;
use crate::domain::queue::choice::{Caller, due, order_behind};
use crate::service::core::ServiceError;
use crate::store::{AgentRow, OfferRow};
use crate::vonage::{Client, VonageError};

/// Who was offered a call longer ago has been waiting for their turn as long as anybody, ms.
const TURNS_MS: i64 = 7 * 24 * 3_600_000;
/// How many callers can be transferred by REST at the same time.
const LANES: usize = 64;

/// Why a call rings at an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Call,
    Transfer,
    Consult,
    Add,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Transfer => "transfer",
            Self::Consult => "consult",
            Self::Add => "add",
        }
    }

    pub(super) fn is_helper(name: &str) -> bool {
        matches!(name, "consult" | "add")
    }
}

/// Who rings for a call.
pub(super) struct Reserved {
    pub(super) agent: String,
    /// Whom the caller asked for.
    pub(super) wanted: Option<String>,
    /// In which the caller is spoken to.
    pub(super) language: Option<Language>,
    /// For how long, in seconds.
    pub(super) ring_s: u32,
    /// Somebody else reserved them, and leads the caller there.
    pub(super) already: bool,
}

/// Who is led where at this moment.
struct Lanes {
    /// Waiting callers are being assigned; once more when somebody asked meanwhile.
    assigning: tokio::sync::Mutex<()>,
    again: AtomicBool,
    leading: [tokio::sync::Mutex<()>; LANES],
}

/// Offers callers to agents, and agents to callers.
#[derive(Clone)]
pub(in crate::service) struct Routing {
    board: Board,
    pub(super) dialling: Dialling,
    pub(super) waiting: WaitingCallers,
    lanes: Arc<Lanes>,
}

impl Routing {
    pub(super) fn new(board: Board, dialling: Dialling, waiting: WaitingCallers) -> Self {
        let lanes = Lanes {
            assigning: tokio::sync::Mutex::default(),
            again: AtomicBool::new(false),
            leading: std::array::from_fn(|_| tokio::sync::Mutex::default()),
        };
        Self { board, dialling, waiting, lanes: Arc::new(lanes) }
    }

    /// The rows that it works on.
    pub(super) fn board(&self) -> &Board {
        &self.board
    }

    /// To be held from deciding where a caller is led until the platform has done it: of two who lead the same caller the
    /// one who decided last must be the last that the platform hears.
    pub(super) async fn leads(&self, call: &str) -> tokio::sync::MutexGuard<'_, ()> {
        let lane = call.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        self.lanes.leading[lane % LANES].lock().await
    }

    /// Assigns waiting callers on a task of its own.
    pub(super) fn assign_soon(&self) {
        let routing = self.clone();
        tokio::spawn(async move {
            if let Err(error) = routing.assign_waiting().await {
                tracing::warn!(error = %error, "waiting callers could not be assigned");
            }
        });
    }

    fn take_again(&self) -> bool {
        self.lanes.again.swap(false, Ordering::AcqRel)
    }

    /// Those who exist and take calls, as routing looks at them; with what they did earlier where a queue goes by it.
    pub(super) async fn floor(&self, row: &Row, now: i64) -> Result<Vec<(Candidate, AgentRow)>, ServiceError> {
        let directory = self.board.lines.directory();
        let earlier: HashMap<String, (i64, i64)> = if row.in_force.queues().any(|queue| queue.strategy.needs_history())
        {
            let midnight = self.board.core.zone().midnight(now);
            self.board.core.store.desk().offers_since(now - TURNS_MS, midnight).await?
        } else {
            HashMap::new()
        };
        let agents = self.board.agents().await?.into_iter().filter(|agent| directory.agents.contains(&agent.name));
        let as_candidate = |agent: AgentRow| {
            let (offered_at, taken) = earlier.get(&agent.name).copied().unwrap_or_default();
            let taken = u32::try_from(taken).unwrap_or(u32::MAX);
            (Candidate { offered_at, taken, ..Board::candidate(&agent, now) }, agent)
        };
        Ok(agents.map(as_candidate).collect())
    }

    /// The agents who may be rung for a caller, the best first, without those who are due to callers before them. Agents who did
    /// not take this one are rung again after a pause, or at once when `again`.
    pub(super) fn ready(
        &self,
        row: &Row,
        call: &DeskCall,
        again: bool,
        floor: &[(Candidate, AgentRow)],
        now: i64,
    ) -> Vec<Candidate> {
        let candidates: Vec<Candidate> = floor.iter().map(|(candidate, _)| candidate.clone()).collect();
        let before = self.waiting.before(row, call, now);
        let before: Vec<Caller<'_>> = before.into_iter().map(|call| row.caller(call, false)).collect();
        let ready = order_behind(&before, &row.caller(call, again), &candidates, now);
        ready.into_iter().cloned().collect()
    }

    /// Reserves an agent for a call, whole or not at all: the agent rings, the offer is open, and the call knows. `None`
    /// when nobody is free. A call that rings already keeps its agent. Who did not take it is rung again after a pause, or
    /// at once when `again`.
    pub(super) async fn reserve(&self, id: &str, again: bool) -> Result<Option<Reserved>, ServiceError> {
        let reserved = self.board.commit_with(|mut draft| async move {
            let Some(mut loaded) = self.board.open_call(id).await?.filter(|loaded| !loaded.call.is_ending()) else {
                return Ok(Step::Nothing(None));
            };
            if let Some(offer) = self.board.open_offer_of(id).await? {
                let (wanted, language) = (loaded.call.wanted, loaded.call.language);
                let ring_s = u32::try_from((offer.expires_at - offer.made_at) / 1_000).unwrap_or(RING_SECONDS);
                let agent = offer.agent;
                return Ok(Step::Nothing(Some(Reserved { agent, wanted, language, ring_s, already: true })));
            }
            let row = self.waiting.row().await?;
            let floor = self.floor(&row, draft.now).await?;
            let ready = self.ready(&row, &loaded.call, again, &floor, draft.now);
            let caller = row.caller(&loaded.call, again);
            if !together(&caller, &ready, &floor, draft.now).is_empty() {
                // They ring together while the caller waits.
                return Ok(Step::Nothing(None));
            }
            let best = ready.first().map(|best| best.name.clone());
            let (ring_s, wrap_up_s) = (caller.queue.ring_s, caller.queue.wrap_up_s);
            let why = match (&best, &loaded.call.handed_by) {
                (Some(best), Some(by)) if best == by => Why::HandedOver,
                (Some(best), _) if caller.wanted == Some(best.as_str()) => Why::AskedFor,
                _ => why_of(caller.queue.strategy, u32::try_from(ready.len()).unwrap_or(u32::MAX)),
            };
            let Some(agent) = best else { return Ok(Step::Nothing(None)) };
            let taken = floor.iter().find(|(candidate, _)| candidate.name == agent);
            if taken.is_none_or(|(_, row)| draft.step(row, Happening::Offered, Some(id)).is_err()) {
                return Ok(Step::Again);
            }
            (loaded.call.phase, loaded.call.rings_all) = (Phase::Ringing, None);
            loaded.call.came_at.get_or_insert(draft.now);
            loaded.call.wrap_up_s = wrap_up_s;
            loaded.call.tell(draft.now, What::Rang { agent: agent.clone(), why });
            let offer = self.offer(id, &agent, Kind::Call, loaded.call.handed_by.as_deref(), draft.now);
            draft.change.offer = Some(OfferRow { expires_at: draft.now + i64::from(ring_s) * 1_000, ..offer });
            draft.call(&loaded);
            let (wanted, language) = (loaded.call.wanted, loaded.call.language);
            draft.write(Some(Reserved { agent, wanted, language, ring_s, already: false }))
        });
        let reserved = reserved.await;
        if let Ok(Some(Reserved { agent, already: false, .. })) = &reserved {
            tracing::info!(call.id = id, agent = agent.as_str(), "a call is offered");
        }
        reserved
    }

    pub(super) fn offer(&self, call: &str, agent: &str, kind: Kind, by: Option<&str>, now: i64) -> OfferRow {
        OfferRow {
            id: self.board.core.random.id(),
            call: call.to_owned(),
            agent: agent.to_owned(),
            kind: kind.name().to_owned(),
            by_agent: by.map(str::to_owned),
            leg: None,
            made_at: now,
            expires_at: now + i64::from(RING_SECONDS) * 1000,
        }
    }

    /// What a caller hears next: the agent who is now reserved for them, or the queue.
    pub(super) async fn next_flow(
        &self,
        id: &str,
        greeting: Option<Written<'_>>,
        again: bool,
    ) -> Result<Ncco, ServiceError> {
        // On the heap, each while it is wanted: together they would be a large part of every webhook's task.
        if let Some(reserved) = Box::pin(self.reserve(id, again)).await? {
            let hooks = self.board.hooks_in(reserved.language);
            return Ok(match greeting {
                Some(greeting) => {
                    let (wanted, ring_s) = (reserved.wanted.as_deref(), reserved.ring_s);
                    hooks.inbound(Some(greeting), wanted, &reserved.agent, ring_s)
                }
                None => hooks.connect(&reserved.agent, reserved.ring_s),
            });
        }
        Box::pin(self.wait_flow(id, greeting)).await
    }

    /// The queue, as it stands; or where it leads a caller who may not stay in it.
    pub(super) async fn wait_flow(&self, id: &str, greeting: Option<Written<'_>>) -> Result<Ncco, ServiceError> {
        let now = self.board.now();
        if let Some(why) = self.may_not_stay(id).await? {
            return Box::pin(self.leave_queue(id, why, greeting)).await;
        }
        let first = self
            .board
            .change_call(id, |call| {
                let first = call.in_queue_since.is_none();
                call.phase = Phase::Waiting;
                call.takes_place(now);
                call.waited_from.get_or_insert(now);
                call.came_at.get_or_insert(now);
                call.in_queue_since.get_or_insert(now);
                call.tell(now, What::Queued);
                Some((first, Waiter::of(call), call.language))
            })
            .await?;
        let (first, waiter, language) = first.unwrap_or((true, Waiter::Withheld, None));
        let row = self.waiting.row().await?;
        let queue = row.calls.iter().find(|call| call.id == id).map(|call| row.queue_of(call));
        let queue = queue.unwrap_or_else(|| row.in_force.of(None));
        let minutes = if queue.says_wait { self.waiting.usual_minutes(&queue.id).await? } else { None };
        // Who has been called away meanwhile is told of no better place than the last.
        let position = row.place(id).or_else(|| u32::try_from(row.size(queue).max(1)).ok()).unwrap_or(u32::MAX);
        let music = row.in_force.music_of(queue);
        let rings = queue.strategy == Strategy::RingAll && self.somebody_rings(&row, id, now).await?;
        let place = Place { position, minutes, first, rings, announce_s: queue.announce_s, music };
        self.assign_soon();
        Ok(self.board.hooks_in(language).wait(greeting, place, waiter))
    }

    /// Offers waiting callers to agents who are free, and takes them out of the music.
    pub async fn assign_waiting(&self) -> Result<(), ServiceError> {
        self.lanes.again.store(true, Ordering::Release);
        // The task that is at it looks once more.
        let Ok(_one) = self.lanes.assigning.try_lock() else { return Ok(()) };
        while self.take_again() {
            for call in self.due_callers().await? {
                let Some(leg) = call.customer_leg.clone() else { continue };
                let _lane = self.leads(&call.id).await;
                if Box::pin(self.ring_all(&call.id)).await? {
                    continue;
                }
                // An agent who did not take this call is asked again after a pause, not at once.
                let Some(Reserved { agent, ring_s, already: false, .. }) =
                    Box::pin(self.reserve(&call.id, false)).await?
                else {
                    // Nobody is free, or another task has just reserved an agent and leads the caller there.
                    continue;
                };
                let client = self.board.platform_of(&call);
                let flow = self.board.dial.cleared(self.board.hooks_in(call.language).connect(&agent, ring_s));
                if let Err(error) = client.transfer(&leg, &flow).await {
                    tracing::warn!(call.id = %call.id, error = %error, "a waiting caller could not be connected");
                    // The agent is free for the next caller. One who could not be led on before asks for no other round.
                    let known = self.waiting.is_stuck(&call.id);
                    self.lanes.again.fetch_or(!known, Ordering::AcqRel);
                    self.not_led_on(&call.id, &client, &leg, &error).await?;
                }
            }
        }
        Ok(())
    }

    /// Those who wait and are due an agent who is free.
    async fn due_callers(&self) -> Result<Vec<DeskCall>, ServiceError> {
        let (now, row) = (self.board.now(), self.waiting.row().await?);
        let floor: Vec<Candidate> = self.floor(&row, now).await?.into_iter().map(|(candidate, _)| candidate).collect();
        // Their first answer may still be on its way, and a flow that has not begun cannot be replaced.
        let can_be_led = |call: &&DeskCall| call.customer_leg.is_some() && call.customer_answered_at.is_some();
        let mut calls: Vec<&DeskCall> = row.calls.iter().filter(can_be_led).collect();
        calls.sort_by_key(|call| self.waiting.is_stuck(&call.id));
        let callers: Vec<Caller<'_>> = calls.iter().map(|call| row.caller(call, false)).collect();
        let due = due(&callers, &floor, now);
        Ok(calls.into_iter().zip(due).filter(|(_, agents)| !agents.is_empty()).map(|(call, _)| call.clone()).collect())
    }

    /// The customer goes on with what comes next, out of whatever they are in.
    pub(super) async fn reroute(&self, id: &str) -> Result<(), ServiceError> {
        let Some(loaded) = self.board.open_call(id).await? else { return Ok(()) };
        let Some(leg) = loaded.call.customer_leg.clone() else { return Ok(()) };
        let _lane = self.leads(id).await;
        let flow = self.board.dial.cleared(self.next_flow(id, None, false).await?);
        let client = self.board.platform_of(&loaded.call);
        if let Err(error) = client.transfer(&leg, &flow).await {
            tracing::warn!(call.id = id, error = %error, "a caller could not be led on");
            self.not_led_on(id, &client, &leg, &error).await?;
        }
        Ok(())
    }

    /// The platform did not take a caller where they were to go. They are forgotten only when their leg itself says that
    /// it has ended; until then they wait, and the agents are tried again when their music is over.
    pub(super) async fn not_led_on(
        &self,
        id: &str,
        client: &Client,
        leg: &str,
        error: &VonageError,
    ) -> Result<(), ServiceError> {
        self.withdraw(id).await?;
        if error.is_not_found() && client.has_ended(leg).await {
            return self.end_desk_call(id).await;
        }
        let now = self.board.now();
        self.board.watch.doubt(id, now);
        self.board
            .change_call(id, |call| {
                if !matches!(call.phase, Phase::Ringing | Phase::Waiting) {
                    return None;
                }
                call.phase = Phase::Waiting;
                call.takes_place(now);
                Some(())
            })
            .await?;
        Ok(())
    }
}

/// Why the first of `ready` agents was rung.
fn why_of(strategy: Strategy, ready: u32) -> Why {
    match strategy {
        Strategy::LongestIdle => Why::LongestIdle(ready),
        Strategy::RoundRobin => Why::InTurn(ready),
        Strategy::FewestCalls => Why::FewestCalls(ready),
        Strategy::MostSkilled => Why::MostSkilled(ready),
        // The others are not there, or none of theirs is a console.
        Strategy::RingAll => Why::LongestIdle(ready),
    }
}
