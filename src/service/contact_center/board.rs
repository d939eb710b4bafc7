//! The contact centre's rows: read, changed, and written whole or not at all. Every other handle of it works on this one.

use std::sync::Arc;

use tokio::sync::watch;

use super::draft::{Draft, Step};
use super::watch::Watch;
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::console_settings::{ConsoleSettings, Rules};
use crate::domain::contact_center::desk::Refusal;
use crate::domain::contact_center::flows::Hooks;
use crate::domain::contact_center::hearing::Hearing;
use crate::domain::contact_center::presence::{Happening, Illegal, SILENCE_MS, Standing, State};
use crate::domain::contact_center::routing::{Candidate, elsewhere_is_there};
use crate::domain::dial_policy::Rule;
use crate::domain::language::Language;
use crate::service::core::{Core, ServiceError};
use crate::service::dial_policy::DialPolicy;
use crate::service::fail::Fail;
use crate::service::lines::Lines;
use crate::service::shared::Shared;
use crate::service::versioned::{Version, Versioned};
use crate::store::{AgentRow, DeskCallRow, OfferRow};
use crate::vonage::{Answer, Client};

/// What an agent or a visitor asked for: done, or refused.
pub(in crate::service) type Done<T = ()> = Result<T, Fail<Refusal>>;

/// How often a change is decided again after another writer was faster.
const ATTEMPTS: usize = 50;

impl Version for ConsoleSettings {
    fn version(&self) -> i64 {
        self.version
    }
}

/// The contact centre's rows, and who hears that they changed.
#[derive(Clone)]
pub(in crate::service) struct Board {
    pub(super) core: Arc<Core>,
    pub(super) lines: Lines,
    pub(super) dial: DialPolicy,
    /// The version of the newest change; those who wait are woken.
    pub(super) version: Arc<watch::Sender<i64>>,
    pub(super) watch: Arc<Watch>,
    /// What the operator set for the console, as it was read last.
    settings: Versioned<ConsoleSettings>,
}

impl Board {
    pub(super) fn new(shared: &Shared) -> Self {
        let now = shared.core.clock.now_ms();
        Self {
            core: Arc::clone(&shared.core),
            lines: shared.lines.clone(),
            dial: shared.dial.clone(),
            version: Arc::new(watch::channel(now).0),
            watch: Arc::new(Watch::new(now)),
            // Of no version that a database has.
            settings: Versioned::new(ConsoleSettings { version: 0, ..ConsoleSettings::default() }),
        }
    }

    /// Tells pages that show the contact centre when it changes. The value is the version of the newest change.
    pub(super) fn changes(&self) -> watch::Receiver<i64> {
        self.version.subscribe()
    }

    pub(super) fn changed(&self) {
        let now = self.now();
        self.version.send_modify(|version| *version = now.max(*version + 1));
    }

    /// The time, ms UTC.
    pub(super) fn now(&self) -> i64 {
        self.core.clock.now_ms()
    }

    /// The platform where a call lives.
    pub(super) fn platform_of(&self, call: &DeskCall) -> Client {
        self.core.vonage.in_region(call.region.as_deref())
    }

    /// Where the platform says that a call lives, if that is the platform at all.
    pub(super) fn region_of(&self, answer: &Answer) -> Option<String> {
        self.core.vonage.region_of(answer.region_url.as_deref()?)
    }

    /// Our addresses, and what is said in the language of the business.
    pub(super) fn hooks(&self) -> Hooks {
        self.hooks_in(None)
    }

    /// The same for a caller of this language.
    pub(super) fn hooks_in(&self, language: Option<Language>) -> Hooks {
        let base = self.core.settings.desk.public_url.trim_end_matches('/').to_owned();
        Hooks { base, speech: self.core.speech(language) }
    }

    /// Decides and writes; decides again when another writer was faster.
    ///
    /// # Errors
    /// Those of `decide`, and our own when another writer is faster every time.
    pub(super) async fn commit_with<T, E, F>(&self, decide: impl Fn(Draft) -> F) -> Result<T, E>
    where
        E: From<ServiceError>,
        // Not `AsyncFn`: futures of such closures are not known to be `Send` where they run on a task.
        F: Future<Output = Result<Step<T>, E>>,
    {
        for _ in 0..ATTEMPTS {
            let rules = self.rules().await?;
            match decide(Draft::new(self.now(), rules)).await? {
                Step::Nothing(value) => return Ok(value),
                Step::Write(draft, value) => {
                    if self.commit(&draft).await? {
                        return Ok(value);
                    }
                }
                Step::Again => {}
            }
        }
        Err(ServiceError::Internal("the contact centre changes too fast").into())
    }

    /// What the operator set for the console: as it is in the database, which is read again when another version is there.
    pub(super) async fn settings(&self) -> Result<Arc<ConsoleSettings>, ServiceError> {
        let store = self.core.store.desk();
        self.settings.current(store.console_version(), store.console_settings()).await
    }

    pub(super) async fn rules(&self) -> Result<Rules, ServiceError> {
        Ok(self.settings().await?.rules)
    }

    /// Whether an agent in wrap-up has still to choose the disposition of their call.
    pub(super) async fn lacks_disposition(&self, agent: &AgentRow, rules: Rules) -> Result<bool, ServiceError> {
        let Some(id) = agent.call.as_deref().filter(|_| agent.standing.state == State::WrapUp) else {
            return Ok(false);
        };
        if !rules.disposition_required {
            return Ok(false);
        }
        let owned = |call: &DeskCall| call.agent.as_deref() == Some(agent.name.as_str());
        let lacks = |call: DeskCall| rules.lacks_disposition(owned(&call), call.disposition);
        Ok(self.load_call(id).await?.is_some_and(|loaded| lacks(loaded.call)))
    }

    /// Writes a call that begins; one that another request wrote meanwhile stays as it is.
    pub(super) async fn begin(&self, call: &DeskCall) -> Result<(), ServiceError> {
        let mut draft = Draft::new(call.created_at, self.rules().await?);
        draft.new_call(call);
        self.commit(&draft).await.map(drop)
    }

    /// Writes all of it, or nothing because another writer was faster.
    async fn commit(&self, draft: &Draft) -> Result<bool, ServiceError> {
        let done = self.core.store.desk().change(&draft.change).await?;
        if done {
            self.changed();
        }
        Ok(done)
    }

    pub(super) async fn agents(&self) -> Result<Vec<AgentRow>, ServiceError> {
        Ok(self.core.store.desk().agents().await?)
    }

    pub(super) async fn agent(&self, name: &str) -> Result<Option<AgentRow>, ServiceError> {
        Ok(self.core.store.desk().agent(name).await?)
    }

    /// The agent, if they are in this call.
    pub(super) async fn agent_in(&self, name: Option<&str>, call: &str) -> Result<Option<AgentRow>, ServiceError> {
        let Some(name) = name else { return Ok(None) };
        Ok(self.agent(name).await?.filter(|agent| agent.call.as_deref() == Some(call)))
    }

    pub(super) async fn load_call(&self, id: &str) -> Result<Option<DeskCallRow>, ServiceError> {
        Ok(self.core.store.desk().call(id).await?)
    }

    /// The call, if it is not over.
    pub(super) async fn open_call(&self, id: &str) -> Result<Option<DeskCallRow>, ServiceError> {
        Ok(self.load_call(id).await?.filter(|loaded| !loaded.call.is_over()))
    }

    /// Calls that are not over, the oldest first.
    pub(super) async fn open_calls(&self) -> Result<Vec<DeskCall>, ServiceError> {
        Ok(self.core.store.desk().open_calls().await?.into_iter().map(|row| row.call).collect())
    }

    pub(super) async fn open_offer_of(&self, call: &str) -> Result<Option<OfferRow>, ServiceError> {
        Ok(self.core.store.desk().open_offers().await?.into_iter().find(|offer| offer.call == call))
    }

    /// Reads a call, changes it, writes it; the call log learns what the caller left by that. What `change` returns, or
    /// `None` when there is no such call or `change` wants nothing.
    pub(super) async fn change_call<T>(
        &self,
        id: &str,
        change: impl Fn(&mut DeskCall) -> Option<T>,
    ) -> Result<Option<T>, ServiceError> {
        let change = &change;
        let changed: Result<_, ServiceError> = self
            .commit_with(|mut draft| async move {
                let Some(mut loaded) = self.load_call(id).await? else { return Ok(Step::Nothing(None)) };
                let before = loaded.call.clone();
                let Some(done) = change(&mut loaded.call) else { return Ok(Step::Nothing(None)) };
                draft.call(&loaded);
                let left = loaded.call.newly_left(&before).map(|left| (loaded.call.conversation.clone(), left));
                draft.write(Some((done, left)))
            })
            .await;
        let Some((done, left)) = changed? else { return Ok(None) };
        if let Some((conversation, left)) = left {
            self.core.write_down_left(&conversation, left).await;
        }
        Ok(Some(done))
    }

    /// Something happens to an agent that concerns no call.
    ///
    /// # Errors
    /// Refused when the table says no.
    pub(super) async fn happens(&self, name: &str, happening: Happening) -> Result<Standing, Fail<Illegal>> {
        self.commit_with(|mut draft| async move {
            let Some(agent) = self.agent(name).await? else {
                return Err(Fail::Refused(Illegal { state: State::Offline, happening }));
            };
            match draft.step(&agent, happening, None).map_err(Fail::Refused)? {
                next if next == agent.standing => Ok(Step::Nothing(next)),
                next => draft.write(next),
            }
        })
        .await
    }

    /// The same where an agent asks for it, which they may not while their call lacks the disposition that it has to have.
    pub(super) async fn asks(&self, name: &str, happening: Happening) -> Done {
        self.commit_with(|mut draft| async move {
            let agent = self.agent(name).await?.ok_or(Refusal::Gone)?;
            let next = draft.step(&agent, happening, None).map_err(Refusal::from)?;
            if next == agent.standing {
                return Ok(Step::Nothing(()));
            }
            if next.state != State::WrapUp && self.lacks_disposition(&agent, draft.rules).await? {
                return Err(Refusal::NoDisposition.into());
            }
            draft.write(())
        })
        .await
    }

    /// The same where it does not matter whether the table says no: somebody changed it meanwhile.
    pub(super) async fn may_happen(&self, name: &str, happening: Happening) -> Result<(), ServiceError> {
        match self.happens(name, happening).await {
            Err(Fail::Ours(error)) => Err(error),
            Ok(_) | Err(Fail::Refused(_)) => Ok(()),
        }
    }

    /// Something happens to an agent in a call; what the table does not know is not told.
    pub(super) async fn agent_steps(
        &self,
        draft: &mut Draft,
        name: Option<&str>,
        happening: Happening,
        call: &str,
    ) -> Result<(), ServiceError> {
        let Some(name) = name else { return Ok(()) };
        if let Some(agent) = self.agent(name).await?
            && let Err(illegal) = draft.step(&agent, happening, Some(call))
        {
            tracing::warn!(agent = name, error = %illegal, "an agent is not where the platform says");
        }
        Ok(())
    }

    /// An agent who is in a call is out of it.
    pub(super) async fn agent_leaves(
        &self,
        draft: &mut Draft,
        name: Option<&str>,
        call: &str,
        notes: bool,
    ) -> Result<(), ServiceError> {
        if let Some(agent) = self.agent_in(name, call).await? {
            // The queue of the call may have a wrap-up of its own.
            let own = self.load_call(call).await?.and_then(|loaded| loaded.call.wrap_up_s);
            draft.rules.wrap_up_s = own.unwrap_or(draft.rules.wrap_up_s);
            draft.release(&agent, Happening::Ended, notes);
        }
        Ok(())
    }

    /// Whether the owner talks, or waits with the customer on hold, follows from who is in the call.
    pub(super) async fn owner_follows(&self, draft: &mut Draft, call: &DeskCall) -> Result<(), ServiceError> {
        let Some(happening) = Hearing::of(call).of_owner() else { return Ok(()) };
        let Some(owner) = self.agent_in(call.agent.as_deref(), &call.id).await? else { return Ok(()) };
        // An owner whose part in it is over meanwhile says so themselves.
        if owner.standing.step(happening, draft.rules).is_ok_and(|next| next != owner.standing) {
            let _ = draft.step(&owner, happening, Some(&call.id));
        }
        Ok(())
    }

    /// An agent as routing looks at them.
    pub(super) fn candidate(agent: &AgentRow, now: i64) -> Candidate {
        Candidate {
            name: agent.name.clone(),
            standing: agent.standing,
            alive: agent.beat_at >= now - SILENCE_MS || is_elsewhere(agent, now),
            engaged: agent.call.is_some(),
            idle_since: agent.idle_since,
            offered_at: 0,
            taken: 0,
        }
    }
}

/// Whether a softphone elsewhere is there: signed in, and heard of lately.
pub(super) fn is_elsewhere(agent: &AgentRow, now: i64) -> bool {
    elsewhere_is_there(agent.elsewhere_until, agent.elsewhere_at, now)
}

impl From<Refusal> for Fail<Refusal> {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Fail<Rule>> for Fail<Refusal> {
    fn from(fail: Fail<Rule>) -> Self {
        fail.map(Refusal::from)
    }
}

/// The state machine says no.
impl From<Illegal> for Refusal {
    fn from(illegal: Illegal) -> Self {
        Self::NotNow { is: illegal.state }
    }
}
