//! A caller who rings at several agents at once, and the first of them who accepts.
//!
//! The platform's `connect` rings one endpoint, and a leg for each of five agents would make five calls of every one. So
//! nobody is reserved and no leg is made while they ring: the caller waits, and the consoles show a card and ring. The agent who
//! accepts first is reserved in the same way as an agent who is rung alone, in one transaction; only then is the caller led to them,
//! and their console, which has accepted, answers the platform's invitation by itself. An agent who has no console open, but
//! an app of their own, would see no card: they are rung alone, when fewer than two consoles are free.

use super::board::{Board, Done};
use super::draft::Step;
use super::routing::{Kind, Routing};
use super::waiting::{Row, together};
use crate::domain::contact_center::call::{DeskCall, Phase, RingsAll};
use crate::domain::contact_center::desk::Refusal;
use crate::domain::contact_center::presence::Happening;
use crate::domain::contact_center::story::{What, Why};
use crate::service::core::ServiceError;
use crate::store::OfferRow;

/// The id of what rings at several agents: this, and the call's.
pub(super) const RINGS_ALL: &str = "all:";

/// What taking a call comes to.
enum Taken {
    Reserved { leg: String, ring_s: u32, call: Box<DeskCall> },
    Refused(Refusal),
}

impl Routing {
    /// At whom a caller who waits would ring together now: several, or nobody.
    async fn would_ring(&self, row: &Row, call: &DeskCall, now: i64) -> Result<Vec<String>, ServiceError> {
        let floor = self.floor(row, now).await?;
        Ok(together(&row.caller(call, false), &self.ready(row, call, false, &floor, now), &floor, now))
    }

    /// Whether a caller who comes to a queue that rings all will ring at several.
    pub(super) async fn somebody_rings(&self, row: &Row, id: &str, now: i64) -> Result<bool, ServiceError> {
        let Some(call) = row.calls.iter().find(|call| call.id == id) else { return Ok(false) };
        Ok(!self.would_ring(row, call, now).await?.is_empty())
    }

    /// Has a caller who waits ring at several agents, also at those who have become free since it began. False where they
    /// are to be given to one.
    pub(super) async fn ring_all(&self, id: &str) -> Result<bool, ServiceError> {
        let row = self.waiting.row().await?;
        let now = self.board().now();
        let Some(call) = row.calls.iter().find(|call| call.id == id) else { return Ok(false) };
        let agents = self.would_ring(&row, call, now).await?;
        if agents.is_empty() {
            return Ok(false);
        }
        let until = now + i64::from(row.queue_of(call).ring_s) * 1_000;
        let rings = |call: &mut DeskCall| {
            if !call.is_waiting() {
                return None;
            }
            let (since, until) = call.rings_all.as_ref().map_or((now, until), |before| (before.since, before.until));
            let rings = RingsAll { since, until, agents: agents.clone() };
            (call.rings_all.as_ref() != Some(&rings)).then(|| call.rings_all = Some(rings))
        };
        self.board().change_call(id, rings).await?;
        Ok(true)
    }

    /// An agent accepts a caller who rings at several.
    pub(super) async fn take(&self, agent: &str, id: &str) -> Done {
        let _lane = self.leads(id).await;
        let board = self.board();
        let taken: Result<Taken, ServiceError> = board
            .commit_with(|mut draft| async move {
                let refused = |refusal| Ok(Step::Nothing(Taken::Refused(refusal)));
                let Some(mut loaded) = board.open_call(id).await?.filter(|loaded| !loaded.call.is_ending()) else {
                    return refused(Refusal::Gone);
                };
                let faster = board.open_offer_of(id).await?.map(|offer| offer.agent).or(loaded.call.agent.clone());
                if let Some(name) = faster {
                    return refused(if name == agent { Refusal::Busy } else { Refusal::TakenBy { name } });
                }
                let rings = loaded.call.rings_all.take().filter(|_| loaded.call.phase == Phase::Waiting);
                let rings = rings.filter(|rings| rings.agents.iter().any(|name| name == agent));
                let (Some(rings), Some(leg)) = (rings, loaded.call.customer_leg.clone()) else {
                    return refused(Refusal::Gone);
                };
                let Some(row) = board.agent(agent).await? else { return refused(Refusal::Gone) };
                if !Board::candidate(&row, draft.now).is_free() {
                    return refused(Refusal::NotNow { is: row.standing.state });
                }
                if draft.step(&row, Happening::Offered, Some(id)).is_err() {
                    return Ok(Step::Again);
                }
                let waiting = self.waiting.row().await?;
                let queue = waiting.queue_of(&loaded.call);
                let ring_s = queue.ring_s;
                loaded.call.phase = Phase::Ringing;
                loaded.call.wrap_up_s = queue.wrap_up_s;
                let why = Why::FirstToAccept(u32::try_from(rings.agents.len()).unwrap_or(u32::MAX));
                loaded.call.tell(draft.now, What::Rang { agent: agent.to_owned(), why });
                let offer = self.offer(id, agent, Kind::Call, loaded.call.handed_by.as_deref(), draft.now);
                draft.change.offer = Some(OfferRow { expires_at: draft.now + i64::from(ring_s) * 1_000, ..offer });
                draft.call(&loaded);
                draft.write(Taken::Reserved { leg, ring_s, call: Box::new(loaded.call) })
            })
            .await;
        let (leg, ring_s, call) = match taken? {
            Taken::Reserved { leg, ring_s, call } => (leg, ring_s, call),
            Taken::Refused(refusal) => return Err(refusal.into()),
        };
        tracing::info!(call.id = id, agent, "a call that rang at several is taken");
        let client = board.platform_of(&call);
        let flow = board.dial.cleared(board.hooks_in(call.language).connect(agent, ring_s));
        if let Err(error) = client.transfer(&leg, &flow).await {
            tracing::warn!(call.id = id, error = %error, "a caller could not be led to the agent who took them");
            self.not_led_on(id, &client, &leg, &error).await?;
            return Err(Refusal::Unavailable.into());
        }
        Ok(())
    }

    /// An agent declines a caller who rings at others too, and goes on ringing there.
    pub(super) async fn declines_among_all(&self, agent: &str, id: &str) -> Done {
        let now = self.board().now();
        let declines = |call: &mut DeskCall| {
            let rings = call.rings_all.as_mut()?;
            let before = rings.agents.len();
            rings.agents.retain(|name| name != agent);
            if rings.agents.len() == before {
                return None;
            }
            if rings.agents.is_empty() {
                call.rings_all = None;
            }
            call.tried.push(agent.to_owned());
            call.refused_at.insert(agent.to_owned(), now);
            call.tell(now, What::Declined { agent: agent.to_owned() });
            Some(())
        };
        self.board().change_call(id, declines).await?.ok_or(Refusal::Gone)?;
        self.assign_soon();
        Ok(())
    }

    /// Ends the ringing of callers whom nobody has accepted in time. It counts as no agent's miss: each of them could think that
    /// another would take it. Whether some were.
    pub(super) async fn end_ringing_all(&self, row: &Row, now: i64) -> Result<bool, ServiceError> {
        let late = |call: &&DeskCall| call.rings_all.as_ref().is_some_and(|rings| now >= rings.until);
        let late: Vec<&DeskCall> = row.calls.iter().filter(late).collect();
        if late.is_empty() {
            return Ok(false);
        }
        let agents = self.board().agents().await?;
        // An agent who was given another call meanwhile did not let this one ring.
        let rang =
            |name: &String| agents.iter().any(|agent| agent.name == *name && Board::candidate(agent, now).is_free());
        for call in late {
            let ends = |call: &mut DeskCall| {
                let rings = call.rings_all.take().filter(|rings| now >= rings.until)?;
                for agent in rings.agents.into_iter().filter(&rang) {
                    call.refused_at.insert(agent.clone(), now);
                    call.tell(now, What::Missed { agent: agent.clone() });
                    call.tried.push(agent);
                }
                Some(())
            };
            self.board().change_call(&call.id, ends).await?;
        }
        Ok(true)
    }
}
