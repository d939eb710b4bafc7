//! Menus: what callers hear, and where the keys of their telephone lead.
//!
//! What is in force is [`Versioned`]. While the database does not answer, what was read last is in force.

mod in_force;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use self::in_force::Desk;
use super::core::{Core, ServiceError};
use super::dial_policy::DialPolicy;
use super::fail::Fail;
use super::lines::Lines;
use super::versioned::Versioned;
use crate::domain::call_flows;
use crate::domain::language::Language;
use crate::domain::line::Line;
use crate::domain::menu::draft::Draft;
use crate::domain::menu::spoken::prompt;
use crate::domain::menu::{Action, MAIN, MOST_MENUS, Menu};
use crate::domain::phone::E164;
use crate::domain::queue::Queue;
use crate::domain::trouble::{FieldError, Trouble};

pub(super) use self::in_force::House;
pub use self::in_force::InForce;

/// What leads to a menu.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Uses {
    pub numbers: Vec<E164>,
    /// Other menus, by name.
    pub menus: Vec<String>,
}

/// The menus.
#[derive(Clone)]
pub struct Menus {
    core: Arc<Core>,
    lines: Lines,
    dial: DialPolicy,
    in_force: Versioned<InForce>,
}

impl Menus {
    pub(super) fn new(core: Arc<Core>, lines: Lines, dial: DialPolicy) -> Self {
        Self { core, lines, dial, in_force: Versioned::new(InForce::default()) }
    }

    /// What is in force now.
    pub async fn current(&self) -> Arc<InForce> {
        let store = self.core.store.menus();
        let read = async { store.read().await.map(|(version, menus)| InForce { version, menus }) };
        self.in_force
            .current_or_known("menus", self.core.settings.limits.settings_deadline, store.version(), read)
            .await
    }

    /// The same for the operator, who is told when it cannot be read.
    pub(super) async fn read(&self) -> Result<Arc<InForce>, ServiceError> {
        let store = self.core.store.menus();
        let read = async { store.read().await.map(|(version, menus)| InForce { version, menus }) };
        self.in_force.current(store.version(), read).await
    }

    /// The language of the business: in it callers are spoken to of whom no other is known.
    #[must_use]
    pub fn language(&self) -> Language {
        self.core.business.profile().default_language
    }

    /// The menus in force, and what they lead to, by name.
    pub(super) async fn house(&self) -> House {
        House::new(&self.lines, self.current().await)
    }

    /// On a database that has had no menus: makes the one that call flows send keys to, and those that numbers lead to, with
    /// a key for each agent.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn first_start(&self) -> Result<(), ServiceError> {
        if self.core.store.menus().version().await? != 0 {
            return Ok(());
        }
        let agents = self.agents().await?;
        let mut ids = BTreeSet::from([MAIN.to_owned()]);
        for line in self.lines.directory().numbers.values() {
            if let Line::Ivr(id) = line {
                ids.insert(id.clone());
            }
        }
        let menus: Vec<Menu> = ids.iter().map(|id| Menu::of_agents(id, &agents)).collect();
        self.core.store.menus().begin(&menus, self.core.clock.now_ms()).await?;
        self.lines.reload_menus().await
    }

    /// The main menu as a first start makes it, when the others are deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn begin_again(&self) -> Result<(), ServiceError> {
        let menu = Menu::of_agents(MAIN, &self.agents().await?);
        let (store, now) = (self.core.store.menus(), self.core.clock.now_ms());
        if !store.update(&menu, now).await? {
            store.insert(&menu, now).await?;
        }
        self.lines.reload_menus().await
    }

    /// Agents who have been here, in the order in which their accounts were made.
    async fn agents(&self) -> Result<Vec<String>, ServiceError> {
        let directory = self.lines.directory();
        let agents = self.core.store.desk().agents().await?;
        let here: HashSet<String> = agents.into_iter().map(|agent| agent.name).collect();
        let mut accounts = self.core.store.accounts().all().await?;
        accounts.sort_by(|one, other| (one.created_at, &one.name).cmp(&(other.created_at, &other.name)));
        let names = accounts.into_iter().map(|account| account.name);
        Ok(names.filter(|name| directory.agents.contains(name) && here.contains(name)).collect())
    }

    /// What callers hear of the keys of a menu for which no prompt is written.
    pub async fn usual_prompt(&self, menu: &Menu) -> String {
        prompt(menu, &self.house().await, self.language())
    }

    /// Makes a menu (`id` is `None`) or changes one, and puts it in force. Its id.
    ///
    /// # Errors
    /// Refused with every field that is wrong; nothing is kept then.
    pub async fn keep(&self, id: Option<&str>, draft: &Draft) -> Result<String, Fail<Vec<FieldError>>> {
        let refused = |reason| Fail::Refused(vec![FieldError { field: "name".to_owned(), reason }]);
        let in_force = self.read().await?;
        match id {
            Some(id) if in_force.find(id).is_none() => return Err(refused(Trouble::Missing)),
            None if in_force.menus.len() >= MOST_MENUS => return Err(refused(Trouble::TooMany(MOST_MENUS))),
            _ => {}
        }
        let house = House::new(&self.lines, in_force);
        let desk = Desk { house, dial: &self.dial, own: id };
        let new = id.map_or_else(|| self.core.random.id(), str::to_owned);
        let menu = Menu::read(&new, draft, &desk).map_err(Fail::Refused)?;
        let (store, now) = (self.core.store.menus(), self.core.clock.now_ms());
        let kept = if id.is_some() { store.update(&menu, now).await? } else { store.insert(&menu, now).await? };
        if !kept {
            // Somebody else was faster.
            return Err(refused(Trouble::Taken(menu.name)));
        }
        self.lines.reload_menus().await?;
        Ok(new)
    }

    /// Makes and changes menus, all of them or none. They are right: nothing is checked.
    ///
    /// # Errors
    /// When the database fails, or another menu got one of the names meanwhile.
    pub(super) async fn keep_all(&self, menus: &[Menu]) -> Result<(), ServiceError> {
        if !self.core.store.menus().put_all(menus, self.core.clock.now_ms()).await? {
            return Err(ServiceError::Internal("a menu's name is another menu's by now"));
        }
        self.lines.reload_menus().await
    }

    /// What leads to a menu.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn uses(&self, id: &str) -> Result<Uses, ServiceError> {
        let (in_force, action) = (self.read().await?, Action::Menu(id.to_owned()));
        let own = in_force.find(id).map(|menu| menu.name.clone());
        let mut menus = in_force.leading_to(&action);
        menus.retain(|name| Some(name) != own.as_ref());
        Ok(Uses { numbers: self.lines.numbers_of(&Line::Ivr(id.to_owned())), menus })
    }

    /// The menus that lead there, by name.
    pub(super) async fn leading_to(&self, action: &Action) -> Result<Vec<String>, ServiceError> {
        Ok(self.read().await?.leading_to(action))
    }

    /// Deletes a menu that no number and no other menu leads to.
    ///
    /// # Errors
    /// Refused when something leads to it, it is the main one, or it is not there.
    pub async fn delete(&self, id: &str) -> Result<(), Fail<Trouble>> {
        if id == MAIN {
            return Err(Fail::Refused(Trouble::MainMenu));
        }
        let Uses { numbers, menus } = self.uses(id).await?;
        if !numbers.is_empty() {
            return Err(Fail::Refused(Trouble::FlowUsed(numbers.iter().map(E164::grouped).collect())));
        }
        if !menus.is_empty() {
            return Err(Fail::Refused(Trouble::InMenus(menus)));
        }
        if !self.core.store.menus().delete(id).await? {
            return Err(Fail::Refused(Trouble::Missing));
        }
        Ok(self.lines.reload_menus().await?)
    }

    /// What a dry run of a call flow needs, whose keys are sent to `url`.
    pub(super) async fn for_a_dry_run(
        &self,
        url: String,
        queues: BTreeMap<String, Queue>,
        language: Option<Language>,
    ) -> call_flows::Menus {
        let flows = self.lines.flows();
        call_flows::Menus {
            url,
            all: self.current().await.menus.iter().map(|row| row.menu.clone()).collect(),
            queues,
            flows: flows.names().map(|(id, name)| (id.to_owned(), name.to_owned())).collect(),
            agents: self.lines.directory().agents.clone(),
            speech: self.core.speech(language),
        }
    }
}

#[cfg(test)]
mod tests;
