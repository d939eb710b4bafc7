//! Queues: what the operator set of them, and what leads to them.
//!
//! What is in force is [`Versioned`]. While the database does not answer, what was read last is in force.

mod in_force;

use std::sync::Arc;

use self::in_force::{Desk, possible_members};
use super::core::{Core, ServiceError};
use super::dial_policy::DialPolicy;
use super::fail::Fail;
use super::lines::Lines;
use super::menus::Menus;
use super::versioned::Versioned;
use crate::domain::call_flows::unknown_users;
use crate::domain::contact_center::operator_flow::QUEUE;
use crate::domain::line::Line;
use crate::domain::menu::Action;
use crate::domain::phone::E164;
use crate::domain::queue::draft::{Draft, RulesDraft};
use crate::domain::queue::{MOST_QUEUES, Overflow, Queue, Rules, STANDING};
use crate::domain::trouble::{FieldError, Trouble};

pub use self::in_force::InForce;

/// What leads to a queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    /// The support line does.
    pub support: bool,
    pub numbers: Vec<E164>,
    /// Menus, by name.
    pub menus: Vec<String>,
    /// Call flows that connect to it, by name.
    pub flows: Vec<String>,
    /// Campaigns, by name.
    pub campaigns: Vec<String>,
    /// Other queues that overflow into it, by name.
    pub queues: Vec<String>,
}

impl Uses {
    /// Nothing leads to it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Everything but the support line, by its name.
    #[must_use]
    pub fn names(self) -> Vec<String> {
        let numbers = self.numbers.iter().map(E164::grouped).collect();
        [numbers, self.menus, self.flows, self.campaigns, self.queues].concat()
    }
}

/// The queues.
#[derive(Clone)]
pub struct Queues {
    core: Arc<Core>,
    lines: Lines,
    dial: DialPolicy,
    menus: Menus,
    in_force: Versioned<InForce>,
}

impl Queues {
    pub(super) fn new(core: Arc<Core>, lines: Lines, dial: DialPolicy, menus: Menus) -> Self {
        Self { core, lines, dial, menus, in_force: Versioned::new(InForce::default()) }
    }

    /// What is in force now.
    pub async fn current(&self) -> Arc<InForce> {
        let version = self.core.store.queues().version();
        self.in_force
            .current_or_known("queues", self.core.settings.limits.settings_deadline, version, self.read_kept())
            .await
    }

    /// The same for the operator, who is told when it cannot be read.
    pub(super) async fn read(&self) -> Result<Arc<InForce>, ServiceError> {
        let version = self.core.store.queues().version();
        self.in_force.current(version, self.read_kept()).await
    }

    /// The version first: what is changed meanwhile is read again.
    async fn read_kept(&self) -> crate::store::Result<InForce> {
        let kept = self.core.store.queues().read().await?;
        Ok(InForce::new(kept, self.core.store.music().all().await?))
    }

    /// What was read last: for what must not wait for the database.
    pub(super) fn known(&self) -> Arc<InForce> {
        self.in_force.known()
    }

    /// The queue that calls to the support line go to; `None` where they ring a telephone.
    pub(super) fn of_support(&self, in_force: &InForce) -> Option<String> {
        in_force.rules.support.queue(self.core.settings.desk.support_rings_agents).map(str::to_owned)
    }

    /// Whether agents take the calls to the support line.
    #[must_use]
    pub fn support_rings_agents(&self) -> bool {
        self.of_support(&self.known()).is_some()
    }

    /// Makes a queue (`id` is `None`) or changes one, and puts it in force. Its id.
    ///
    /// # Errors
    /// Refused with every field that is wrong; nothing is kept then.
    pub async fn keep(&self, id: Option<&str>, draft: &Draft) -> Result<String, Fail<Vec<FieldError>>> {
        let refused = |reason| Fail::Refused(vec![FieldError { field: "name".to_owned(), reason }]);
        let in_force = self.read().await?;
        match id {
            Some(id) if in_force.find(id).is_none() => return Err(refused(Trouble::Missing)),
            None if in_force.queues.len() >= MOST_QUEUES => return Err(refused(Trouble::TooMany(MOST_QUEUES))),
            _ => {}
        }
        let desk = Desk { in_force, lines: &self.lines, dial: &self.dial, own: id };
        let new = id.map_or_else(|| self.core.random.id(), str::to_owned);
        let queue = Queue::read(&new, draft, &desk).map_err(Fail::Refused)?;
        let (store, now) = (self.core.store.queues(), self.core.clock.now_ms());
        let kept = match id {
            None => store.insert(&queue, now).await?,
            // It has no row before it is changed for the first time.
            Some(STANDING) => store.update(&queue, now).await? || store.insert(&queue, now).await?,
            Some(_) => store.update(&queue, now).await?,
        };
        if !kept {
            // Somebody else was faster.
            return Err(refused(Trouble::Taken(queue.name)));
        }
        self.reload().await?;
        Ok(new)
    }

    /// Keeps the rules of all queues.
    ///
    /// # Errors
    /// Refused with every field that is wrong; nothing is kept then.
    pub async fn keep_rules(&self, draft: &RulesDraft) -> Result<(), Fail<Vec<FieldError>>> {
        let in_force = self.read().await?;
        let known = Desk { in_force, lines: &self.lines, dial: &self.dial, own: None };
        let rules = Rules::read(draft, &known).map_err(Fail::Refused)?;
        self.core.store.queues().keep_rules(&rules).await?;
        Ok(self.reload().await?)
    }

    /// Makes and changes queues, and keeps the rules, all of it or nothing. They are right: nothing is checked.
    ///
    /// # Errors
    /// When the database fails, or another queue got one of the names meanwhile.
    pub(super) async fn keep_all(&self, queues: &[Queue], rules: &Rules) -> Result<(), ServiceError> {
        if !self.core.store.queues().put_all(queues, rules, self.core.clock.now_ms()).await? {
            return Err(ServiceError::Internal("a queue's name is another queue's by now"));
        }
        self.reload().await
    }

    async fn reload(&self) -> Result<(), ServiceError> {
        self.read().await?;
        self.lines.reload_queues().await
    }

    /// Who can be a member of a queue, by name: everybody who takes calls, and those who are members already and take none at
    /// present.
    #[must_use]
    pub fn possible_members(&self, queue: Option<&Queue>) -> Vec<String> {
        possible_members(&self.lines, queue)
    }

    /// What leads to a queue.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn uses(&self, id: &str) -> Result<Uses, ServiceError> {
        let in_force = self.read().await?;
        let leads = |queue: &&Queue| queue.overflow == Overflow::Queue(id.to_owned());
        let flows = match in_force.find(id) {
            Some(queue) => self.flows_that_name(&queue.name).await?,
            None => Vec::new(),
        };
        Ok(Uses {
            support: self.of_support(&in_force).as_deref() == Some(id),
            numbers: self.lines.numbers_of(&Line::Queue(id.to_owned())),
            menus: self.menus.leading_to(&Action::Queue(id.to_owned())).await?,
            flows,
            campaigns: self.lines.campaigns_of_queue(id),
            queues: in_force.queues().filter(leads).map(|queue| queue.name.clone()).collect(),
        })
    }

    /// The call flows that connect to `queue:NAME`, by name.
    async fn flows_that_name(&self, queue: &str) -> Result<Vec<String>, ServiceError> {
        let names = |user: &str| {
            user.strip_prefix(QUEUE).is_some_and(|name| name.trim().to_lowercase() == queue.to_lowercase())
        };
        let flows = self.core.store.flows().all().await?.into_iter();
        let naming = flows.filter(|flow| !unknown_users(&flow.ncco, &|user| !names(user)).is_empty());
        Ok(naming.map(|flow| flow.name).collect())
    }

    /// Deletes a queue that nothing leads to. Callers who wait in it come to the one that is always there.
    ///
    /// # Errors
    /// Refused when something leads to it, it is the one that is always there, or it is gone.
    pub async fn delete(&self, id: &str) -> Result<(), Fail<Trouble>> {
        if id == STANDING {
            return Err(Fail::Refused(Trouble::StandingQueue));
        }
        let uses = self.uses(id).await?;
        if uses.support {
            return Err(Fail::Refused(Trouble::QueueOfSupport));
        }
        if !uses.is_empty() {
            return Err(Fail::Refused(Trouble::QueueUsed(uses.names())));
        }
        if !self.core.store.queues().delete(id).await? {
            return Err(Fail::Refused(Trouble::Missing));
        }
        Ok(self.reload().await?)
    }
}

#[cfg(test)]
mod tests;
