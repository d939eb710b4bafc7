//! The menus as they were read, and what they lead to: agents, call flows and one another.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::line::Directory;
use crate::domain::menu::draft::Known;
use crate::domain::menu::{Action, MAIN, Menu, Names};
use crate::domain::phone::E164;
use crate::domain::queue::{STANDING, STANDING_NAME};
use crate::domain::trouble::Trouble;
use crate::service::dial_policy::DialPolicy;
use crate::service::lines::{Flows, Lines};
use crate::service::versioned::Version;
use crate::store::MenuRow;

/// The menus as they were read.
#[derive(Debug, Default)]
pub struct InForce {
    /// 0: nothing was made yet.
    pub(super) version: i64,
    /// By name.
    pub menus: Vec<MenuRow>,
}

impl Version for InForce {
    fn version(&self) -> i64 {
        self.version
    }
}

impl InForce {
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Menu> {
        self.menus.iter().map(|row| &row.menu).find(|menu| menu.id == id)
    }

    /// The menus that lead there, by name.
    pub(super) fn leading_to(&self, action: &Action) -> Vec<String> {
        let leading = self.menus.iter().filter(|row| row.menu.actions().any(|other| other == action));
        leading.map(|row| row.menu.name.clone()).collect()
    }
}

/// What menus lead to.
#[derive(Debug)]
pub(in crate::service) struct House {
    pub(in crate::service) menus: Arc<InForce>,
    flows: Arc<Flows>,
    queues: Arc<HashMap<String, String>>,
    directory: Arc<Directory>,
}

impl House {
    pub(super) fn new(lines: &Lines, menus: Arc<InForce>) -> Self {
        Self { menus, flows: lines.flows(), queues: lines.queues(), directory: lines.directory() }
    }
}

impl Names for House {
    fn is_agent(&self, name: &str) -> bool {
        self.directory.agents.contains(name)
    }

    fn menu(&self, id: &str) -> Option<&str> {
        self.menus.find(id).map(|menu| menu.name.as_str())
    }

    fn queue(&self, id: &str) -> Option<&str> {
        let name = self.queues.get(id).map(String::as_str);
        name.or_else(|| (id == STANDING).then_some(STANDING_NAME))
    }

    fn flow(&self, id: &str) -> Option<&str> {
        self.flows.name(id)
    }
}

/// The same for somebody who writes a menu.
pub(super) struct Desk<'a> {
    pub(super) house: House,
    pub(super) dial: &'a DialPolicy,
    /// The id of the menu that is changed; `None` for a new one.
    pub(super) own: Option<&'a str>,
}

impl Names for Desk<'_> {
    fn is_agent(&self, name: &str) -> bool {
        self.house.is_agent(name)
    }

    fn menu(&self, id: &str) -> Option<&str> {
        self.house.menu(id)
    }

    fn queue(&self, id: &str) -> Option<&str> {
        self.house.queue(id)
    }

    fn flow(&self, id: &str) -> Option<&str> {
        self.house.flow(id)
    }
}

impl Known for Desk<'_> {
    fn number(&self, text: &str) -> Result<E164, Trouble> {
        self.dial.read_destination(text)
    }

    fn is_taken(&self, name: &str) -> bool {
        let mut others = self.house.menus.menus.iter().filter(|row| Some(row.menu.id.as_str()) != self.own);
        // The main menu's id means it in a configuration's file, where the others are meant by their names.
        let is_id = name == MAIN && self.own != Some(MAIN);
        is_id || others.any(|row| row.menu.name.to_lowercase() == name.to_lowercase())
    }
}
