//! What a console shows.

use std::collections::BTreeSet;

use super::routing::Kind;
use super::{Agent, ContactCenter, LoadedCall, ServiceError};
use crate::domain::contact_center::call::{DeskCall, Phase, Third};
use crate::domain::contact_center::desk::{
    ActiveCall, Badges, Consult, ConsultStage, Customer, Desk, History, HistoryResult, HistoryRow, HistoryShow,
    LastContact, Me, Notes, Offer, OfferKind, Outcome, PartyLine, Refusal, Role, Stage, Target, Teammate, Waiting,
    WrapUp,
};
use crate::domain::contact_center::hearing::{Hearing, Situation, Who};
use crate::domain::contact_center::presence::State;
use crate::domain::party::Party;
use crate::domain::phone::E164;
use crate::store::{DeskCallQuery, DeskCallRow, OfferRow};

/// Rows on a page of the history.
const PAGE: u32 = 50;

impl ContactCenter {
    /// Everything one agent's console shows.
    pub async fn desk(&self, account: &str, name: &str) -> Result<Desk, ServiceError> {
        // Before reading: what changes meanwhile makes another, newer picture.
        let version = *self.memory.version.borrow();
        if self.agent(name).await?.is_none() {
            self.make_agent(account, name).await?;
        }
        let now = self.core.clock.now_ms();
        let agents = self.agents().await?;
        let me = agents.iter().find(|agent| agent.row.name == name);
        let me = me.ok_or(ServiceError::Internal("an agent who was made is not there"))?;
        let offers = self.core.store.desk().open_offers().await?;
        let offer = match offers.iter().find(|offer| offer.agent == name) {
            Some(offer) => self.shown_offer(offer).await?,
            None => None,
        };
        let mine = match &me.row.call {
            Some(id) => self.load_call(id).await?.map(|loaded| loaded.call),
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
        let wrap_up = me.row.call.clone().filter(|_| resting).map(|call| WrapUp {
            call,
            not_reached: mine.as_ref().is_some_and(|call| call.result == Some(HistoryResult::NotReached)),
            lost: mine.as_ref().is_some_and(|call| call.lost),
            unconfirmed: mine
                .as_ref()
                .is_some_and(|call| call.is_ending() && call.problem == Some(Refusal::Unconfirmed)),
            since: me.row.since,
            until: me.row.wrap_until.unwrap_or(me.row.since),
        });
        let (missed, voicemails, callbacks, unfetched) = self.core.store.desk().badges().await?;
        let count = |n: i64| u32::try_from(n).unwrap_or_default();
        Ok(Desk {
            version,
            now,
            me: Me {
                name: name.to_owned(),
                state: me.standing.state,
                since: me.row.since,
                pending: me.standing.pending,
                misses: me.standing.misses,
                caller_id: self.caller_id(name).as_ref().map(E164::grouped),
            },
            offer,
            call,
            notes,
            wrap_up,
            waiting: self.queue(&offers).await?,
            team: self.team(name, &agents, now),
            badges: Badges {
                missed: count(missed),
                voicemails: count(voicemails),
                callbacks: count(callbacks),
                unfetched: count(unfetched),
            },
            handsets: self.core.settings.sandbox.as_ref().map(|sandbox| sandbox.handset_page_url.clone()),
        })
    }

    async fn shown_offer(&self, offer: &OfferRow) -> Result<Option<Offer>, ServiceError> {
        let Some(loaded) = self.load_call(&offer.call).await? else { return Ok(None) };
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
            called_at: loaded.call.queued_at.unwrap_or(loaded.call.created_at),
        }))
    }

    async fn customer(&self, call: &DeskCall) -> Result<Customer, ServiceError> {
        let store = &self.core.store;
        let (mut last_contact, mut earlier_calls) = (None, 0);
        let mut last: Option<DeskCallRow> = None;
        for customer in call.customer_spellings() {
            earlier_calls += store.desk().count_calls_with(&customer, call.created_at).await?;
            let newest = store.desk().calls_with(&customer, call.created_at, 1).await?.into_iter().next();
            last = last.into_iter().chain(newest).max_by_key(|row| row.created_at);
        }
        if let Some(row) = last {
            let before = LoadedCall::try_from(row)?.call;
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
            campaign: call.target.clone().filter(|_| call.line == "campaign"),
            page: call.page.clone(),
            last_contact,
            earlier_calls: u32::try_from(earlier_calls).unwrap_or(u32::MAX),
        })
    }

    async fn active(&self, call: &DeskCall, me: &str) -> Result<Option<ActiveCall>, ServiceError> {
        let Some(situation) = Situation::of(call, me) else { return Ok(None) };
        let hearing = Hearing::of(call);
        let customer_stage = match (call.customer_answered_at, call.phase) {
            (Some(_), _) if call.answered_at.is_some() => Stage::Talking,
            _ if call.outbound && call.customer_leg.is_some() => Stage::Ringing,
            _ => Stage::Connecting,
        };
        let stage = match call.phase {
            Phase::Talking => Stage::Talking,
            _ => customer_stage,
        };
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
        // This agent first, then the customer, then the others as they came.
        parties.sort_by_key(|party| match party.role {
            Role::Me => 0,
            Role::Customer => 1,
            Role::Colleague | Role::Third => 2,
        });
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
        let mut calls = Vec::new();
        for row in self.core.store.desk().open_calls().await? {
            let call = LoadedCall::try_from(row)?.call;
            if !call.outbound && super::unattended(call.phase) && !call.is_ending() {
                calls.push(call);
            }
        }
        calls.sort_by_key(|call| (call.queued_at.unwrap_or(call.created_at), call.id.clone()));
        let shown = calls.into_iter().zip(1..).map(|(call, position)| Waiting {
            who: Party::of(call.customer()),
            wanted: call.wanted.clone(),
            since: call.queued_at.unwrap_or(call.created_at),
            position,
            ringing_at: offers.iter().find(|offer| offer.call == call.id).map(|offer| offer.agent.clone()),
            call: call.id,
        });
        Ok(shown.collect())
    }

    /// The other agents. Who was invited is one of them once they were here; who is disabled is none any more.
    fn team(&self, me: &str, agents: &[Agent], now: i64) -> Vec<Teammate> {
        let directory = self.lines.directory();
        let others = agents.iter().filter(|agent| agent.row.name != me && directory.agents.contains(&agent.row.name));
        let mut team: Vec<Teammate> = others
            .map(|agent| Teammate {
                name: agent.row.name.clone(),
                state: agent.standing.state,
                since: agent.row.since,
                free: self.candidate(agent, now).is_free(),
            })
            .collect();
        team.sort_by(|one, other| one.name.cmp(&other.name));
        team
    }

    /// A page of earlier calls.
    pub async fn desk_history(
        &self,
        name: &str,
        show: HistoryShow,
        before: Option<String>,
    ) -> Result<History, ServiceError> {
        let query = DeskCallQuery {
            agent: (show == HistoryShow::Mine).then(|| name.to_owned()),
            missed: show == HistoryShow::Missed,
            callback: show == HistoryShow::Callbacks,
            before,
            limit: PAGE + 1,
        };
        let mut rows = self.core.store.desk().calls(&query).await?;
        let page = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let older = (rows.len() > page).then(|| rows[page - 1].id.clone());
        rows.truncate(page);
        let (now, running) = (self.core.clock.now_ms(), self.calls_out().await?);
        let mine = query.agent.as_deref();
        let row = |row| LoadedCall::try_from(row).map(|loaded| history_row(loaded, now, &running, mine));
        let rows = rows.into_iter().map(row).collect::<Result<_, _>>()?;
        Ok(History { rows, older })
    }

    /// The calls that agents are placing or talking in: by whom, to which number.
    pub(super) async fn calls_out(&self) -> Result<CallsOut, ServiceError> {
        let mut running = CallsOut::new();
        for row in self.core.store.desk().open_calls().await? {
            let call = LoadedCall::try_from(row)?.call;
            if let (true, Some(agent), Some(number)) = (call.outbound, call.agent, call.number) {
                running.insert((agent, number));
            }
        }
        Ok(running)
    }

    /// Marks every missed call as seen.
    pub async fn missed_seen(&self) -> Result<Outcome, ServiceError> {
        self.core.store.desk().calls_seen().await?;
        self.desk_changed();
        Ok(Outcome::Done)
    }

    /// An agent takes on calling a customer back, so that nobody else does.
    pub async fn claim(&self, name: &str, call: &str) -> Result<Outcome, ServiceError> {
        let (now, running) = (self.core.clock.now_ms(), self.calls_out().await?);
        let claimed = self
            .change_call(call, |call| {
                let free = call.is_owed() && claimed_by(call, now, &running).is_none_or(|by| by == name);
                free.then(|| (call.claimed_by, call.claimed_at) = (Some(name.to_owned()), Some(now)))
            })
            .await?;
        Ok(if claimed.is_some() { Outcome::Done } else { Outcome::Refused(Refusal::Gone) })
    }
}

/// Who calls whom, as agents' names and numbers.
pub(super) type CallsOut = BTreeSet<(String, String)>;

/// Who is calling a missed caller back, or has.
pub(super) fn claimed_by<'a>(call: &'a DeskCall, now: i64, running: &CallsOut) -> Option<&'a str> {
    let under_way = call.claimed_by.clone().zip(call.number.clone()).is_some_and(|claimed| running.contains(&claimed));
    call.claim(now, under_way).or(call.claimed_by.as_deref().filter(|_| !call.is_owed()))
}

fn party_of(third: &Third) -> Party {
    third.agent.clone().map_or_else(|| Party::of(third.number.as_deref()), Party::Name)
}

/// A line of the history; of `mine`, with the time that this agent talked.
fn history_row(loaded: LoadedCall, now: i64, running: &CallsOut, mine: Option<&str>) -> HistoryRow {
    let LoadedCall { row, call } = loaded;
    let own = mine.filter(|agent| call.took_part(agent));
    HistoryRow {
        at: call.created_at,
        outbound: call.outbound,
        who: Party::of(call.customer()),
        dial: call.number.clone(),
        page: call.page.clone(),
        agent: call.agent.clone(),
        result: call.result.filter(|_| call.is_over()).unwrap_or(HistoryResult::Running),
        talk_seconds: own.map_or_else(|| call.talk_seconds(), |agent| call.seconds_of(agent)),
        waited_seconds: call.waited_seconds(),
        disposition: call.disposition,
        note: Some(call.note.clone()).filter(|note| !note.is_empty()),
        claimed_by: claimed_by(&call, now, running).map(str::to_owned),
        tries: u32::try_from(call.tries.len()).unwrap_or(u32::MAX),
        returned: call.returned_at.is_some(),
        unseen: row.unseen,
        voicemail: call.voicemail.clone(),
        lost: call.lost,
        call: call.id,
    }
}
