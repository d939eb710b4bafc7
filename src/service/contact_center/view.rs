//! What a console shows.

use tokio::sync::watch;

use super::board::Board;
use super::dialling::Dialling;
use super::finding::claimed_by;
use super::presence::Presence;
use super::ring_all::RINGS_ALL;
use super::routing::Kind;
use super::waiting::WaitingCallers;
use crate::domain::contact_center::call::{DeskCall, Phase, RingsAll, Third};
use crate::domain::contact_center::desk::{
    ActiveCall, Badges, Consult, ConsultStage, Customer, Desk, Floor, HistoryResult, LastContact, Me, Notes, Offer,
    OfferKind, Owed, PartyLine, Refusal, Role, Stage, Target, Teammate, Waiting, WrapUp,
};
use crate::domain::contact_center::hearing::{Hearing, Situation, Who};
use crate::domain::contact_center::presence::State;
use crate::domain::line::VISITOR_PREFIX;
use crate::domain::party::Party;
use crate::domain::phone::E164;
use crate::domain::queue::priority::turn;
use crate::service::core::ServiceError;
use crate::store::{AgentRow, DeskCallQuery, DeskCallRow, OfferRow};

/// What a console shows.
#[derive(Clone)]
pub struct View {
    pub(super) board: Board,
    presence: Presence,
    dialling: Dialling,
    pub(super) waiting: WaitingCallers,
}

impl View {
    pub(super) fn new(board: Board, presence: Presence, dialling: Dialling, waiting: WaitingCallers) -> Self {
        Self { board, presence, dialling, waiting }
    }

    /// Tells pages that show the contact centre when it changes. The value is the version of the newest change.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<i64> {
        self.board.changes()
    }

    /// Everything one agent's console shows.
    pub async fn desk(&self, account: &str, name: &str) -> Result<Desk, ServiceError> {
        // Before reading: what changes meanwhile makes another, newer picture.
        let version = *self.board.version.borrow();
        if self.board.agent(name).await?.is_none() {
            self.presence.make_agent(account, name).await?;
        }
        let now = self.board.now();
        let agents = self.board.agents().await?;
        let me = agents.iter().find(|agent| agent.name == name);
        let me = me.ok_or(ServiceError::Internal("an agent who was made is not there"))?;
        let offers = self.board.core.store.desk().open_offers().await?;
        let offer = match offers.iter().find(|offer| offer.agent == name) {
            Some(offer) => self.shown_offer(offer).await?,
            None => self.rings_at(me, now).await?,
        };
        let mine = match &me.call {
            Some(id) => self.board.load_call(id).await?.map(|loaded| loaded.call),
            None => None,
        };
        let in_call = mine.as_ref().filter(|call| me.standing.state.is_busy() && !call.is_over() && offer.is_none());
        let call = match in_call {
            Some(call) => self.active(call, name).await?,
            None => None,
        };
        let notes = mine.as_ref().filter(|_| offer.is_none()).map(|call| Notes {
            call: call.id.clone(),
            who: Party::of(call.customer()),
            text: call.note.clone(),
            disposition: call.disposition,
            saved_at: call.noted_at,
        });
        let resting = me.standing.state == State::WrapUp || me.standing.back_to == Some(State::WrapUp);
        let wrap_up = me.call.clone().filter(|_| resting).map(|call| WrapUp {
            call,
            not_reached: mine.as_ref().is_some_and(|call| call.result == Some(HistoryResult::NotReached)),
            lost: mine.as_ref().is_some_and(|call| call.lost),
            unconfirmed: mine
                .as_ref()
                .is_some_and(|call| call.is_ending() && call.problem == Some(Refusal::Unconfirmed)),
            since: me.since,
            until: me.wrap_until.unwrap_or(me.since),
        });
        Ok(Desk {
            version,
            now,
            me: Me {
                name: name.to_owned(),
                state: me.standing.state,
                since: me.since,
                pending: me.standing.pending,
                misses: me.standing.misses,
                caller_id: Some(self.dialling.caller_id(name, None).await?.grouped()),
            },
            offer,
            call,
            notes,
            wrap_up,
            waiting: self.queue(&offers).await?,
            team: self.team(name, &agents, now),
            badges: self.badges().await?,
            choices: self.board.settings().await?.choices(),
            in_sandbox: self.board.core.settings.sandbox.is_some(),
        })
    }

    /// The contact centre at this moment, for supervisors.
    pub async fn floor(&self) -> Result<Floor, ServiceError> {
        let offers = self.board.core.store.desk().open_offers().await?;
        let agents = self.board.agents().await?;
        Ok(Floor {
            waiting: self.queue(&offers).await?,
            team: self.team("", &agents, self.board.now()),
            badges: self.badges().await?,
            choices: self.board.settings().await?.choices(),
        })
    }

    /// Who asked to be called back and still is to be, the newest first, at most `limit`.
    pub async fn owed(&self, limit: u32) -> Result<Vec<Owed>, ServiceError> {
        let query = DeskCallQuery { callback: true, limit, ..DeskCallQuery::default() };
        let (now, running) = (self.board.now(), self.board.calls_out().await?);
        let rows = self.board.core.store.desk().calls(&query).await?;
        let owed = rows.into_iter().map(|row| Owed {
            who: Party::of(row.call.customer()),
            at: row.call.created_at,
            claimed_by: claimed_by(&row.call, now, &running).map(str::to_owned),
            call: row.conversation,
        });
        Ok(owed.collect())
    }

    async fn badges(&self) -> Result<Badges, ServiceError> {
        let (missed, voicemails, callbacks, unfetched) = self.board.core.store.desk().badges().await?;
        let count = |n: i64| u32::try_from(n).unwrap_or_default();
        Ok(Badges {
            missed: count(missed),
            voicemails: count(voicemails),
            callbacks: count(callbacks),
            unfetched: count(unfetched),
        })
    }

    async fn shown_offer(&self, offer: &OfferRow) -> Result<Option<Offer>, ServiceError> {
        let Some(loaded) = self.board.load_call(&offer.call).await? else { return Ok(None) };
        let by = offer.by_agent.clone().unwrap_or_default();
        Ok(Some(Offer {
            id: offer.id.clone(),
            call: offer.call.clone(),
            kind: match offer.kind.as_str() {
                kind if kind == Kind::Consult.name() => OfferKind::Consult(by),
                kind if kind == Kind::Add.name() => OfferKind::Add(by),
                _ if by.is_empty() || by == offer.agent => OfferKind::Call,
                _ => OfferKind::Transfer(by),
            },
            who: self.customer(&loaded.call).await?,
            since: offer.made_at,
            until: offer.expires_at,
            called_at: loaded.call.waits_since().unwrap_or(loaded.call.created_at),
        }))
    }

    /// A caller who rings at this agent and at others.
    async fn rings_at(&self, me: &AgentRow, now: i64) -> Result<Option<Offer>, ServiceError> {
        if !Board::candidate(me, now).is_free() {
            return Ok(None);
        }
        let row = self.waiting.row().await?;
        let is_rung = |rings: &RingsAll| rings.agents.contains(&me.name);
        let found = row.calls.iter().find_map(|call| Some((call, call.rings_all.as_ref().filter(|all| is_rung(all))?)));
        let Some((call, rings)) = found else { return Ok(None) };
        Ok(Some(Offer {
            id: format!("{RINGS_ALL}{}", call.id),
            call: call.id.clone(),
            kind: OfferKind::All(u32::try_from(rings.agents.len() - 1).unwrap_or(u32::MAX)),
            who: self.customer(call).await?,
            since: rings.since,
            until: rings.until,
            called_at: call.waits_since().unwrap_or(call.created_at),
        }))
    }

    async fn customer(&self, call: &DeskCall) -> Result<Customer, ServiceError> {
        let store = &self.board.core.store;
        let (mut last_contact, mut earlier_calls) = (None, 0);
        let mut last: Option<DeskCallRow> = None;
        for customer in call.customer_spellings() {
            earlier_calls += store.desk().count_calls_with(&customer, call.created_at).await?;
            let newest = store.desk().calls_with(&customer, call.created_at, 1).await?.into_iter().next();
            last = last.into_iter().chain(newest).max_by_key(|row| row.created_at);
        }
        if let Some(row) = last {
            let before = row.call;
            last_contact = Some(LastContact {
                at: before.created_at,
                agent: before.agent.clone(),
                disposition: before.disposition,
                note: Some(before.note).filter(|note| !note.is_empty()),
            });
        }
        Ok(Customer {
            party: Party::of(call.customer()),
            number: call.ours.as_deref().and_then(|ours| E164::parse(ours).ok()).as_ref().map(E164::grouped),
            line: call.line.clone(),
            line_name: self.board.lines.name_of(&call.line, call.target.as_deref()),
            queue: self.queue_name(call).await,
            is_first: call.precedence.is_first,
            campaign: self.campaign_of(call).await?,
            whisper: call
                .target
                .as_deref()
                .filter(|_| call.line == "campaign")
                .and_then(|id| self.board.lines.whisper_of(id)),
            page: call.page.clone(),
            last_contact,
            earlier_calls: u32::try_from(earlier_calls).unwrap_or(u32::MAX),
        })
    }

    /// The queue of a call, where there are several.
    async fn queue_name(&self, call: &DeskCall) -> Option<String> {
        let in_force = self.waiting.queues().current().await;
        let several = in_force.queues.len() > 1 && !call.outbound;
        several.then(|| in_force.of(call.queue.as_deref()).name.clone())
    }

    /// The campaign that brought a visitor to the support page.
    async fn campaign_of(&self, call: &DeskCall) -> Result<Option<String>, ServiceError> {
        let Some(visit) = call.user.as_deref().and_then(|user| user.strip_prefix(VISITOR_PREFIX)) else {
            return Ok(None);
        };
        let campaign = self.board.core.store.visitors().campaign_of_visit(visit).await?;
        Ok(campaign.map(|id| self.board.lines.campaign_name(&id)).filter(|name| !name.is_empty()))
    }

    async fn active(&self, call: &DeskCall, me: &str) -> Result<Option<ActiveCall>, ServiceError> {
        let Some(situation) = Situation::of(call, me) else { return Ok(None) };
        let customer_stage = match (call.customer_answered_at, call.phase) {
            (Some(_), _) if call.answered_at.is_some() => Stage::Talking,
            _ if call.outbound && call.customer_leg.is_some() => Stage::Ringing,
            _ => Stage::Connecting,
        };
        let stage = match call.phase {
            Phase::Talking => Stage::Talking,
            _ => customer_stage,
        };
        let parties = parties_of(call, me, situation, customer_stage);
        let consulted = call.consulted().filter(|third| !situation.guest || third.agent.as_deref() == Some(me));
        let consult = consulted.map(|third| Consult {
            target: match (&third.agent, &third.number) {
                _ if situation.guest => Target::Agent(call.agent.clone().unwrap_or_default()),
                (Some(agent), _) => Target::Agent(agent.clone()),
                (None, number) => Target::Number(Party::of(number.as_deref()).text()),
            },
            stage: match third.answered_at {
                None => ConsultStage::Ringing,
                Some(_) if situation.is_consulting() => ConsultStage::Talking,
                Some(_) => ConsultStage::Joined,
            },
            since: third.answered_at.unwrap_or(third.since),
            asked: situation.guest,
        });
        let muted = parties.iter().any(|party| party.role == Role::Me && party.muted);
        Ok(Some(ActiveCall {
            id: call.id.clone(),
            outbound: call.outbound,
            who: self.customer(call).await?,
            stage,
            started_at: call.created_at,
            answered_at: call.answered_at,
            held_since: call.held_since,
            muted,
            parties,
            situation,
            heir: call.heir().filter(|_| situation.asks_how_to_end()).map(party_of),
            consult,
            // What the owner asks for is shown to them.
            under_way: call.under_way.map(|(control, _)| control).filter(|_| !situation.guest),
            problem: call.problem.clone().filter(|_| !situation.guest),
        }))
    }

    async fn queue(&self, offers: &[OfferRow]) -> Result<Vec<Waiting>, ServiceError> {
        let mut calls = self.board.open_calls().await?;
        calls.retain(|call| !call.outbound && call.phase.is_unattended() && !call.is_ending());
        let in_force = self.waiting.queues().current().await;
        let several = in_force.queues.len() > 1;
        let queue = |call: &DeskCall| in_force.of(call.queue.as_deref());
        let since =
            |call: &DeskCall| DeskCall { queued_at: call.waits_since().or(Some(call.created_at)), ..call.clone() };
        calls = calls.iter().map(since).collect();
        calls.sort_by(|one, other| turn(one, queue(one).rank).cmp(&turn(other, queue(other).rank)));
        let shown = calls.into_iter().zip(1..).map(|(call, position)| Waiting {
            who: Party::of(call.customer()),
            queue: several.then(|| queue(&call).name.clone()),
            is_first: call.precedence.is_first,
            wanted: call.wanted.clone(),
            since: call.queued_at.unwrap_or(call.created_at),
            position,
            ringing_at: offers
                .iter()
                .find(|offer| offer.call == call.id)
                .map(|offer| offer.agent.clone())
                .or_else(|| call.rings_all.as_ref().map(|rings| rings.agents.join(", "))),
            call: call.id,
        });
        Ok(shown.collect())
    }

    /// Every agent except `me`, by name. An invited agent is listed from their first sign-in, a disabled one no more.
    fn team(&self, me: &str, agents: &[AgentRow], now: i64) -> Vec<Teammate> {
        let directory = self.board.lines.directory();
        let others = agents.iter().filter(|agent| agent.name != me && directory.agents.contains(&agent.name));
        let mut team: Vec<Teammate> = others
            .map(|agent| Teammate {
                name: agent.name.clone(),
                state: agent.standing.state,
                since: agent.since,
                free: Board::candidate(agent, now).is_free(),
            })
            .collect();
        team.sort_by(|one, other| one.name.cmp(&other.name));
        team
    }
}

/// Who is in a call, as an agent sees it: this agent first, then the customer, then the others as they came.
fn parties_of(call: &DeskCall, me: &str, situation: Situation, customer_stage: Stage) -> Vec<PartyLine> {
    let hearing = Hearing::of(call);
    let customer = PartyLine {
        leg: call.customer_leg.clone().unwrap_or_default(),
        role: Role::Customer,
        party: Party::of(call.customer()),
        stage: customer_stage,
        since: call.held_since.or(call.answered_at).unwrap_or(call.created_at),
        ear: hearing.ear(Who::Customer),
        muted: false,
    };
    let owner = PartyLine {
        leg: call.agent_leg.clone().unwrap_or_default(),
        role: if situation.guest { Role::Colleague } else { Role::Me },
        party: Party::Name(call.agent.clone().unwrap_or_default()),
        stage: if call.agent_leg.is_some() { Stage::Talking } else { Stage::Connecting },
        since: call.agent_answered_at.unwrap_or(call.created_at),
        ear: hearing.ear(Who::Owner),
        muted: call.agent_muted,
    };
    let thirds = call.thirds.iter().enumerate().map(|(at, third)| PartyLine {
        leg: third.leg.clone(),
        role: match &third.agent {
            Some(agent) if situation.guest && agent == me => Role::Me,
            Some(_) => Role::Colleague,
            None => Role::Third,
        },
        party: party_of(third),
        stage: if third.answered_at.is_some() { Stage::Talking } else { Stage::Ringing },
        since: third.answered_at.unwrap_or(third.since),
        ear: hearing.ear(Who::Third(at)),
        muted: third.muted,
    });
    let mut parties: Vec<PartyLine> = [customer, owner].into_iter().chain(thirds).collect();
    parties.sort_by_key(|party| match party.role {
        Role::Me => 0,
        Role::Customer => 1,
        Role::Colleague | Role::Third => 2,
    });
    parties
}

fn party_of(third: &Third) -> Party {
    third.agent.clone().map_or_else(|| Party::of(third.number.as_deref()), Party::Name)
}
