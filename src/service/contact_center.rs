//! The contact centre: who is there, who gets which call, and what is done in a call.
//!
//! | module       | use case                                                                    |
//! |--------------|-----------------------------------------------------------------------------|
//! | [`command`]  | what a console asks for, and what does it                                    |
//! | [`agents`]   | an agent is there, wants a break, gets a token for the softphone             |
//! | [`routing`]  | a caller is offered to the right agent, or waits                             |
//! | [`answers`]  | the platform asks what to do with a caller, or with one whose agent is away  |
//! | [`events`]   | what follows from the platform's events about a leg                          |
//! | [`controls`] | hold, mute, keys, decline                                                    |
//! | [`handing_over`] | transfer, consult, add                                                   |
//! | [`leaving`]  | one of several leaves a call, and the others go on                           |
//! | [`ending`]   | a call is hung up, by an agent or by hand, and ended until that is confirmed |
//! | [`liveness`] | the platform is asked whether calls still go on of which nothing is heard    |
//! | [`dialling`] | an agent calls out                                                           |
//! | [`view`]     | what a console shows                                                         |
//! | [`voicemail`]| messages are fetched, kept, played                                           |
//! | [`visitors`] | what a visitor's page is told in the queue, and what it may ask for          |
//! | [`sweep`]    | what happens by itself: sleep, the end of wrap-up, offers nobody took        |
//!
//! Every change reads rows, decides by `domain::contact_center`, and writes all of it in one transaction that fails when
//! somebody else was faster; then it is decided again. So two nodes, or two webhooks at once, cannot both win.

mod agents;
mod answers;
mod command;
mod controls;
mod dialling;
mod ending;
mod events;
mod handing_over;
mod leaving;
mod liveness;
mod routing;
mod sweep;
#[cfg(test)]
mod tests;
mod view;
mod visitors;
mod voicemail;

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use super::core::{Core, ServiceError};
use super::dial_policy::DialPolicy;
use super::lines::Lines;
use super::rate::VisitGate;
use super::shared::Shared;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::desk::HistoryResult;
use crate::domain::contact_center::flows::Hooks;
use crate::domain::contact_center::presence::{Happening, Illegal, Standing, State};
use crate::domain::contact_center::routing::WRAP_UP_MS;
use crate::service::click_to_call::Visits;
use crate::store::{AgentRow, AgentStateRow, DeskCallRow, DeskChange, StoreError};
use crate::vonage::Client;

pub use voicemail::Audio;

/// Calls back that visitors of one address may ask for in an hour, and all together: each makes an agent call a number
/// that nobody has proved to be theirs.
const CALL_BACKS_EACH: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);
const CALL_BACKS_IN_ALL: NonZeroU32 = NonZeroU32::MIN.saturating_add(199);

/// So many callers are led somewhere by REST at once.
const LANES: usize = 64;

/// What the contact centre keeps in memory: nothing that matters.
struct Memory {
    /// The version of the newest change; those who wait are woken.
    version: watch::Sender<i64>,
    /// Waiting callers are being assigned; once more when somebody asked meanwhile.
    assigning: tokio::sync::Mutex<()>,
    again: AtomicBool,
    leading: [tokio::sync::Mutex<()>; LANES],
    watch: liveness::Watch,
    /// What visitors' pages are told.
    queue: tokio::sync::Mutex<visitors::Queue>,
    /// Messages are being fetched.
    fetching: tokio::sync::Mutex<()>,
    messages: voicemail::Folder,
    /// Of visitors who ask to be called back.
    call_backs: VisitGate,
}

impl Memory {
    fn new(core: &Core) -> Self {
        let now = core.clock.now_ms();
        Self {
            version: watch::channel(now).0,
            assigning: tokio::sync::Mutex::default(),
            again: AtomicBool::new(false),
            leading: std::array::from_fn(|_| tokio::sync::Mutex::default()),
            watch: liveness::Watch::new(now),
            queue: tokio::sync::Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
            messages: voicemail::Folder::new(&core.settings.desk.voicemails_dir),
            call_backs: VisitGate::hourly(CALL_BACKS_EACH, CALL_BACKS_IN_ALL, Arc::clone(&core.clock)),
        }
    }
}

/// An agent, as read.
#[derive(Debug, Clone)]
struct Agent {
    row: AgentRow,
    standing: Standing,
}

impl TryFrom<AgentRow> for Agent {
    type Error = ServiceError;
    fn try_from(row: AgentRow) -> Result<Self, ServiceError> {
        let standing = serde_json::from_str(&row.standing).map_err(|_| StoreError::Unreadable("agent's standing"))?;
        Ok(Self { row, standing })
    }
}

/// A call, as read.
#[derive(Debug, Clone)]
struct LoadedCall {
    row: DeskCallRow,
    call: DeskCall,
}

impl TryFrom<DeskCallRow> for LoadedCall {
    type Error = ServiceError;
    fn try_from(row: DeskCallRow) -> Result<Self, ServiceError> {
        let call =
            serde_json::from_str(&row.record).map_err(|_| StoreError::Unreadable("call of the contact centre"))?;
        Ok(Self { row, call })
    }
}

/// A change that is being put together.
struct Draft {
    change: DeskChange,
    now: i64,
}

impl Draft {
    fn new(now: i64) -> Self {
        Self { change: DeskChange::default(), now }
    }

    /// Something happens to an agent, in connection with a call or not.
    fn step(&mut self, agent: &Agent, happening: Happening, call: Option<&str>) -> Result<Standing, Illegal> {
        let next = agent.standing.step(happening)?;
        self.put(agent, next, call);
        Ok(next)
    }

    fn put(&mut self, agent: &Agent, next: Standing, call: Option<&str>) {
        let before = agent.standing.state;
        let mut row = agent.row.clone();
        row.standing = serde_json::to_string(&next).unwrap_or_default();
        row.version += 1;
        let engaged = |state: State| state.is_busy() || state == State::WrapUp;
        let keeps = engaged(next.state) || next.back_to.is_some_and(engaged);
        row.call = if keeps { call.map(str::to_owned).or(row.call) } else { None };
        row.wrap_until = match next.state {
            State::WrapUp if before == State::WrapUp => row.wrap_until,
            State::WrapUp => Some(self.now + WRAP_UP_MS),
            _ => None,
        };
        if next.state != before {
            row.since = self.now;
            if next.state == State::Ready && before != State::Ringing {
                row.idle_since = self.now;
            }
            let line = AgentStateRow {
                state: next.state.name().to_owned(),
                reason: next.state.reason().map(str::to_owned),
                since: self.now,
                call: row.call.clone(),
            };
            self.change.ledger.push((row.name.clone(), line));
        }
        self.change.agents.push(row);
    }

    /// A call as it will be written.
    fn call(&mut self, loaded: &LoadedCall) {
        self.change.calls.push(row_of(&loaded.call, Some(&loaded.row)));
        self.takers(&loaded.call);
    }

    /// Those in whose history a call is.
    fn takers(&mut self, call: &DeskCall) {
        let talked = call.talked.iter().map(|part| &part.agent);
        let agents: BTreeSet<&String> = call.agent.iter().chain(talked).collect();
        self.change.takers.extend(agents.into_iter().map(|agent| (agent.clone(), call.id.clone())));
    }

    fn new_call(&mut self, call: &DeskCall) {
        self.change.new_calls.push(row_of(call, None));
        self.takers(call);
        self.change
            .legs
            .extend(call.customer_leg.iter().chain(&call.agent_leg).map(|leg| (leg.clone(), call.id.clone())));
    }

    fn leg(&mut self, leg: &str, call: &str) {
        self.change.legs.push((leg.to_owned(), call.to_owned()));
    }

    fn close(&mut self, offer: &str, outcome: &'static str) {
        self.change.closed.push((offer.to_owned(), outcome, self.now));
    }
}

fn row_of(call: &DeskCall, before: Option<&DeskCallRow>) -> DeskCallRow {
    let missed = call.is_over() && call.is_missed();
    DeskCallRow {
        id: call.id.clone(),
        conversation: call.conversation.clone(),
        record: serde_json::to_string(call).unwrap_or_default(),
        ended: call.is_over(),
        agent: call.agent.clone(),
        customer: call.customer().map(str::to_owned),
        unseen: call.claimed_by.is_none()
            && (missed && before.is_none_or(|before| !before.missed) || before.is_some_and(|before| before.unseen)),
        missed,
        callback: call.is_owed() && call.result == Some(HistoryResult::Callback),
        created_at: call.created_at,
        version: before.map_or(1, |before| before.version + 1),
    }
}

/// Somebody else was faster so often that something is wrong.
const TOO_BUSY: ServiceError = ServiceError::Internal("the contact centre changes too fast");
/// How often a change is tried again after another writer was faster.
const ATTEMPTS: usize = 50;
/// How many earlier calls of a customer are looked at for promises to call back.
const MOST_OWED: u32 = 50;

/// The contact centre.
#[derive(Clone)]
pub struct ContactCenter {
    core: Arc<Core>,
    lines: Lines,
    dial: DialPolicy,
    visits: Visits,
    memory: Arc<Memory>,
}

impl ContactCenter {
    pub(super) fn new(shared: &Shared, visits: Visits) -> Self {
        Self {
            lines: shared.lines.clone(),
            dial: shared.dial.clone(),
            visits,
            memory: Arc::new(Memory::new(&shared.core)),
            core: Arc::clone(&shared.core),
        }
    }

    /// Tells pages that show the contact centre when it changes. The value is the version of the newest change.
    #[must_use]
    pub fn desk_changes(&self) -> watch::Receiver<i64> {
        self.memory.version.subscribe()
    }

    fn desk_changed(&self) {
        let now = self.core.clock.now_ms();
        self.memory.version.send_modify(|version| *version = now.max(*version + 1));
    }

    /// To be held from deciding where a caller is led until the platform has done it: of two who lead the same caller the
    /// one who decided last must be the last that the platform hears.
    async fn leads(&self, call: &str) -> tokio::sync::MutexGuard<'_, ()> {
        let lane = call.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
        self.memory.leading[lane % LANES].lock().await
    }

    /// The platform where a call lives.
    fn platform_of(&self, call: &DeskCall) -> Client {
        self.core.vonage.in_region(call.region.as_deref())
    }

    fn hooks(&self) -> Hooks {
        Hooks { base: self.core.settings.desk.public_url.trim_end_matches('/').to_owned() }
    }

    /// Does all of it, or nothing because somebody else was faster.
    async fn commit(&self, draft: &Draft) -> Result<bool, ServiceError> {
        let done = self.core.store.desk().change(&draft.change).await?;
        if done {
            self.desk_changed();
        }
        Ok(done)
    }

    async fn agents(&self) -> Result<Vec<Agent>, ServiceError> {
        self.core.store.desk().agents().await?.into_iter().map(Agent::try_from).collect()
    }

    async fn agent(&self, name: &str) -> Result<Option<Agent>, ServiceError> {
        self.core.store.desk().agent(name).await?.map(Agent::try_from).transpose()
    }

    async fn load_call(&self, id: &str) -> Result<Option<LoadedCall>, ServiceError> {
        self.core.store.desk().call(id).await?.map(LoadedCall::try_from).transpose()
    }

    /// Reads a call, changes it, writes it; again when somebody else was faster. What `change` returns, or `None` when
    /// there is no such call or `change` wants nothing.
    async fn change_call<T>(
        &self,
        id: &str,
        mut change: impl FnMut(&mut DeskCall) -> Option<T>,
    ) -> Result<Option<T>, ServiceError> {
        for _ in 0..ATTEMPTS {
            let Some(mut loaded) = self.load_call(id).await? else { return Ok(None) };
            let Some(done) = change(&mut loaded.call) else { return Ok(None) };
            let mut draft = Draft::new(self.core.clock.now_ms());
            draft.call(&loaded);
            if self.commit(&draft).await? {
                return Ok(Some(done));
            }
        }
        Err(TOO_BUSY)
    }

    /// Something happens to an agent that concerns no call. `Err` inside when the table says no.
    async fn happens(&self, name: &str, happening: Happening) -> Result<Result<Standing, Illegal>, ServiceError> {
        for _ in 0..ATTEMPTS {
            let Some(agent) = self.agent(name).await? else {
                return Ok(Err(Illegal { state: State::Offline, happening }));
            };
            let mut draft = Draft::new(self.core.clock.now_ms());
            let next = match draft.step(&agent, happening, None) {
                Ok(next) if next == agent.standing => return Ok(Ok(next)),
                Ok(next) => next,
                Err(illegal) => return Ok(Err(illegal)),
            };
            if self.commit(&draft).await? {
                return Ok(Ok(next));
            }
        }
        Err(TOO_BUSY)
    }

    /// The call is over for everybody: those who were in it, or were being rung for it, are free.
    async fn end_desk_call(&self, id: &str) -> Result<(), ServiceError> {
        let end = |call: &mut DeskCall, now| {
            call.end(now);
            true
        };
        self.let_go(id, end).await.map(drop)
    }

    /// Everybody is out of a call, and `change` says what becomes of it; false: nothing after all. The call as it is then,
    /// or `None` when it was over, or nothing was wanted.
    async fn let_go(
        &self,
        id: &str,
        mut change: impl FnMut(&mut DeskCall, i64) -> bool,
    ) -> Result<Option<DeskCall>, ServiceError> {
        for _ in 0..ATTEMPTS {
            let Some(mut loaded) = self.load_call(id).await?.filter(|loaded| !loaded.call.is_over()) else {
                return Ok(None);
            };
            let now = self.core.clock.now_ms();
            let mut draft = Draft::new(now);
            let offer = self.core.store.desk().open_offers().await?.into_iter().find(|offer| offer.call == id);
            for agent in self.agents().await? {
                if agent.row.call.as_deref() != Some(id) {
                    continue;
                }
                let rung = offer.as_ref().is_some_and(|offer| offer.agent == agent.row.name);
                let owner = loaded.call.agent.as_deref() == Some(agent.row.name.as_str());
                let notes = owner || loaded.call.took_part(&agent.row.name);
                release(&mut draft, &agent, if rung { Happening::Withdrawn } else { Happening::Ended }, notes);
            }
            if let Some(offer) = &offer {
                draft.close(&offer.id, "withdrawn");
            }
            if !change(&mut loaded.call, now) {
                return Ok(None);
            }
            draft.call(&loaded);
            if self.commit(&draft).await? {
                self.assign_soon();
                if loaded.call.is_over() {
                    self.settle_call_backs(&loaded.call).await?;
                }
                return Ok(Some(loaded.call));
            }
        }
        Err(TOO_BUSY)
    }

    /// A call is over: what was promised to its customer before is kept, or stands with one try more.
    async fn settle_call_backs(&self, later: &DeskCall) -> Result<(), ServiceError> {
        let now = self.core.clock.now_ms();
        for customer in later.customer_spellings() {
            for row in self.core.store.desk().calls_with(&customer, later.created_at, MOST_OWED).await? {
                if row.missed {
                    self.change_call(&row.id, |call| call.settle(later, now).then_some(())).await?;
                }
            }
        }
        Ok(())
    }

    /// Assigns waiting callers on a task of its own.
    fn assign_soon(&self) {
        let desk = self.clone();
        tokio::spawn(async move {
            if let Err(error) = desk.assign_waiting().await {
                tracing::warn!(error = %error, "waiting callers could not be assigned");
            }
        });
    }

    fn take_again(&self) -> bool {
        self.memory.again.swap(false, Ordering::AcqRel)
    }

    /// Forgets who came long ago.
    pub(super) fn forget(&self) {
        self.memory.call_backs.forget();
    }
}

/// An agent leaves a call. Those who did not talk in it need no time for notes.
fn release(draft: &mut Draft, agent: &Agent, happening: Happening, notes: bool) {
    let Ok(mut next) = agent.standing.step(happening) else { return };
    if !notes && next.state == State::WrapUp {
        next = next.step(Happening::WrappedUp).unwrap_or(next);
    }
    draft.put(agent, next, None);
}

/// Phases in which the customer is with us and no agent is.
fn unattended(phase: Phase) -> bool {
    matches!(phase, Phase::Menu | Phase::Waiting | Phase::Ringing)
}
