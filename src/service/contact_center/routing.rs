//! A caller is offered to the right agent, or waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::board::Board;
use super::draft::Step;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::flows::Waiter;
use crate::domain::contact_center::presence::Happening;
use crate::domain::contact_center::routing::{Candidate, RING_SECONDS, may_ring_again, order};
use crate::domain::contact_center::story::{What, Why};
use crate::domain::ncco::Ncco;
use crate::service::core::ServiceError;
use crate::store::{AgentRow, OfferRow};
use crate::vonage::{Client, VonageError};

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
    /// Somebody else reserved them, and leads the caller there.
    already: bool,
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
    lanes: Arc<Lanes>,
}

impl Routing {
    pub(super) fn new(board: Board) -> Self {
        let lanes = Lanes {
            assigning: tokio::sync::Mutex::default(),
            again: AtomicBool::new(false),
            leading: std::array::from_fn(|_| tokio::sync::Mutex::default()),
        };
        Self { board, lanes: Arc::new(lanes) }
    }

    /// The rows that it works on.
    pub(super) fn board(&self) -> &Board {
        &self.board
    }

    /// To be held from deciding where a caller is led until the platform has done it: of two who lead the same caller the
    /// one who decided last must be the last that the platform hears.
    async fn leads(&self, call: &str) -> tokio::sync::MutexGuard<'_, ()> {
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

    /// Those who exist and take calls, as routing looks at them.
    async fn floor(&self, now: i64) -> Result<Vec<(Candidate, AgentRow)>, ServiceError> {
        let directory = self.board.lines.directory();
        let agents = self.board.agents().await?.into_iter().filter(|agent| directory.agents.contains(&agent.name));
        Ok(agents.map(|agent| (Board::candidate(&agent, now), agent)).collect())
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
                let wanted = loaded.call.wanted;
                return Ok(Step::Nothing(Some(Reserved { agent: offer.agent, wanted, already: true })));
            }
            let floor = self.floor(draft.now).await?;
            let candidates: Vec<Candidate> = floor.iter().map(|(candidate, _)| candidate.clone()).collect();
            let wanted = loaded.call.handed_by.clone().or_else(|| loaded.call.wanted.clone());
            let (tried, refused_at) = (&loaded.call.tried, &loaded.call.refused_at);
            let rings_again = |agent: &Candidate| {
                again || may_ring_again(refused_at.get(&agent.name).copied(), agent.idle_since, draft.now)
            };
            let ready = order(&candidates, wanted.as_deref(), tried, rings_again);
            let best = ready.first().map(|best| best.name.clone());
            let why = match (&best, &loaded.call.handed_by) {
                (Some(best), Some(by)) if best == by => Why::HandedOver,
                (Some(best), _) if wanted.as_ref() == Some(best) => Why::AskedFor,
                _ => Why::LongestIdle(u32::try_from(ready.len()).unwrap_or(u32::MAX)),
            };
            let Some(agent) = best else { return Ok(Step::Nothing(None)) };
            let taken = floor.iter().find(|(candidate, _)| candidate.name == agent);
            if taken.is_none_or(|(_, row)| draft.step(row, Happening::Offered, Some(id)).is_err()) {
                return Ok(Step::Again);
            }
            loaded.call.phase = Phase::Ringing;
            loaded.call.tell(draft.now, What::Rang { agent: agent.clone(), why });
            draft.change.offer = Some(self.offer(id, &agent, Kind::Call, loaded.call.handed_by.as_deref(), draft.now));
            draft.call(&loaded);
            draft.write(Some(Reserved { agent, wanted: loaded.call.wanted, already: false }))
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
    pub(super) async fn next_flow(&self, id: &str, greeting: Option<&str>, again: bool) -> Result<Ncco, ServiceError> {
        if let Some(reserved) = self.reserve(id, again).await? {
            return Ok(match greeting {
                Some(greeting) => {
                    self.board.hooks().inbound(Some(greeting), reserved.wanted.as_deref(), &reserved.agent)
                }
                None => self.board.hooks().connect(&reserved.agent),
            });
        }
        self.wait_flow(id, greeting).await
    }

    /// The queue, as it stands.
    pub(super) async fn wait_flow(&self, id: &str, greeting: Option<&str>) -> Result<Ncco, ServiceError> {
        let now = self.board.now();
        let first = self
            .board
            .change_call(id, |call| {
                let first = call.queued_at.is_none();
                call.phase = Phase::Waiting;
                call.queued_at.get_or_insert(now);
                call.waited_from.get_or_insert(now);
                call.tell(now, What::Queued);
                Some((first, Waiter::of(call)))
            })
            .await?;
        let (first, waiter) = first.unwrap_or((true, Waiter::Withheld));
        let position = self.position(id).await?;
        self.assign_soon();
        Ok(self.board.hooks().wait(greeting, position, first, waiter))
    }

    /// The place in the queue; 1 is next.
    async fn position(&self, id: &str) -> Result<u32, ServiceError> {
        let waiting = self.waiting_calls().await?;
        let at = waiting.iter().position(|call| call.id == id).unwrap_or(waiting.len().saturating_sub(1));
        Ok(u32::try_from(at + 1).unwrap_or(u32::MAX))
    }

    /// Callers in the queue, the longest waiting first.
    pub(super) async fn waiting_calls(&self) -> Result<Vec<DeskCall>, ServiceError> {
        let mut calls = self.board.open_calls().await?;
        calls.retain(DeskCall::is_waiting);
        calls.sort_by_key(|call| (call.queued_at, call.id.clone()));
        Ok(calls)
    }

    /// Offers waiting callers to agents who are free, and takes them out of the music.
    pub async fn assign_waiting(&self) -> Result<(), ServiceError> {
        self.lanes.again.store(true, Ordering::Release);
        // The task that is at it looks once more.
        let Ok(_one) = self.lanes.assigning.try_lock() else { return Ok(()) };
        while self.take_again() {
            for call in self.waiting_calls().await? {
                // Their first answer may still be on its way, and a flow that has not begun cannot be replaced.
                let Some(leg) = call.customer_leg.clone().filter(|_| call.customer_answered_at.is_some()) else {
                    continue;
                };
                let _lane = self.leads(&call.id).await;
                // An agent who did not take this call is asked again after a pause, not at once.
                let Some(Reserved { agent, already: false, .. }) = self.reserve(&call.id, false).await? else {
                    // Nobody is free, or another task has just reserved an agent and leads the caller there.
                    continue;
                };
                let client = self.board.platform_of(&call);
                if let Err(error) =
                    client.transfer(&leg, &self.board.dial.cleared(self.board.hooks().connect(&agent))).await
                {
                    tracing::warn!(call.id = %call.id, error = %error, "a waiting caller could not be connected");
                    self.not_led_on(&call.id, &client, &leg, &error).await?;
                }
            }
        }
        Ok(())
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
    async fn not_led_on(&self, id: &str, client: &Client, leg: &str, error: &VonageError) -> Result<(), ServiceError> {
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
                call.queued_at.get_or_insert(now);
                Some(())
            })
            .await?;
        Ok(())
    }
}
