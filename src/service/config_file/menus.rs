//! The menus of a configuration's file: other menus, queues and call flows are meant by their names, for ids are each system's own.

use super::Parts;
use super::queues::{id_in_file as queue_in_file, meant};
use crate::domain::config_file::ConfigFile;
use crate::domain::menu::draft::Known;
use crate::domain::menu::{Action, MAIN, MOST_MENUS, Menu, Names};
use crate::domain::phone::E164;
use crate::domain::queue::Queue;
use crate::domain::trouble::{FieldError, Trouble};
use crate::service::Services;
use crate::service::call_flows::same_name;
use crate::service::core::ServiceError;

/// Ids and names.
type Named = [(String, String)];

/// The menu with each menu, queue and call flow that it leads to as `find` says; what is not found is any agent, as for callers.
fn leading(mut menu: Menu, find: impl Fn(&Action) -> Option<Action>) -> Menu {
    for action in menu.keys.values_mut().chain(menu.extensions.values_mut()).chain([&mut menu.after]) {
        if matches!(action, Action::Queue(_) | Action::Menu(_) | Action::Flow(_)) {
            *action = find(action).unwrap_or(Action::AnyAgent);
        }
    }
    menu
}

/// What is written in the file, of which nothing is kept yet: ids are names here.
struct Written<'a> {
    services: &'a Services,
    /// Names of all there will be.
    menus: Vec<&'a str>,
    flows: Vec<&'a str>,
    queues: Vec<&'a Queue>,
}

impl Names for Written<'_> {
    /// Accounts are not in the file: callers get somebody else until there is one.
    fn is_agent(&self, _name: &str) -> bool {
        true
    }

    fn menu(&self, id: &str) -> Option<&str> {
        self.menus.iter().copied().find(|name| same_name(name, id))
    }

    fn queue(&self, id: &str) -> Option<&str> {
        meant(self.queues.iter().copied(), id).map(|queue| queue.name.as_str())
    }

    fn flow(&self, id: &str) -> Option<&str> {
        self.flows.iter().copied().find(|name| same_name(name, id))
    }
}

impl Known for Written<'_> {
    fn number(&self, text: &str) -> Result<E164, Trouble> {
        self.services.dial.read_destination(text)
    }

    fn is_taken(&self, _name: &str) -> bool {
        false
    }
}

impl Parts<'_> {
    /// The menus as a file has them.
    pub(super) async fn exported_menus(&self, flows: &Named) -> Result<Vec<Menu>, ServiceError> {
        let in_force = self.menus.read().await?;
        let name_of = |id: &str| in_force.find(id).map(|menu| menu.name.clone());
        let queues = self.queues.read().await?;
        let named = |action: &Action| match action {
            Action::Queue(id) => queues.find(id).map(queue_in_file).map(Action::Queue),
            Action::Menu(id) => name_of(id).map(Action::Menu),
            Action::Flow(id) => flows.iter().find(|(known, _)| known == id).map(|(_, name)| Action::Flow(name.clone())),
            _ => None,
        };
        let exported = in_force.menus.iter().map(|row| {
            let menu = leading(row.menu.clone(), named);
            Menu { id: id_in_file(&menu), ..menu }
        });
        Ok(exported.collect())
    }

    /// What is wrong with the menus of a file. `flows` are the names of all flows that there will be.
    pub(super) async fn menu_problems(
        &self,
        file: &ConfigFile,
        flows: &[&String],
    ) -> Result<Vec<FieldError>, ServiceError> {
        let in_force = self.menus.read().await?;
        let there = in_force.menus.iter().map(|row| row.menu.name.as_str());
        let of_the_file = file.menus.iter().map(|menu| menu.name.as_str());
        let queues = self.queues.read().await?;
        let queues_of_the_file = file.queues.iter().flat_map(|part| &part.queues);
        let written = Written {
            services: self.0,
            queues: queues.queues().chain(queues_of_the_file).collect(),
            menus: there.clone().chain(of_the_file).collect(),
            flows: flows.iter().map(|name| name.as_str()).collect(),
        };
        let mut wrong = Vec::new();
        for (index, menu) in file.menus.iter().enumerate() {
            let at = |field: &str| format!("menus.{}.{field}", menu.name);
            let earlier = &file.menus[..index];
            let twice =
                earlier.iter().any(|other| same_name(&other.name, &menu.name) || menu.id == MAIN && other.id == MAIN);
            // The main menu is another one than a menu of its name.
            let others = in_force.menus.iter().filter(|row| same_name(&row.menu.name, &menu.name));
            let taken = others.into_iter().any(|row| (row.menu.id == MAIN) != (menu.id == MAIN));
            if twice || taken {
                wrong.push(FieldError { field: at("name"), reason: Trouble::Taken(menu.name.clone()) });
            }
            if let Err(fields) = Menu::read(&menu.id, &menu.draft(), &written) {
                wrong.extend(fields.into_iter().map(|field| FieldError { field: at(&field.field), ..field }));
            }
        }
        let new = file.menus.iter().filter(|menu| !there.clone().any(|name| same_name(name, &menu.name)));
        if in_force.menus.len() + new.filter(|menu| menu.id != MAIN).count() > MOST_MENUS {
            wrong.push(FieldError { field: "menus".to_owned(), reason: Trouble::TooMany(MOST_MENUS) });
        }
        Ok(wrong)
    }

    /// Takes the menus of a file over, all at once. `flows` are those that there are by now.
    pub(super) async fn keep_menus(&self, menus: &[Menu], flows: &Named) -> Result<(), ServiceError> {
        if menus.is_empty() {
            return Ok(());
        }
        // A system that was never started has no main menu yet, and would not get one any more.
        self.menus.first_start().await?;
        let in_force = self.menus.read().await?;
        let known = in_force.menus.iter().map(|row| (row.menu.id.clone(), row.menu.name.clone())).collect::<Vec<_>>();
        let id_of =
            |all: &Named, name: &str| all.iter().find(|(_, known)| same_name(known, name)).map(|(id, _)| id.clone());
        let ids: Vec<(String, String)> = menus
            .iter()
            .map(|menu| {
                let kept = if menu.id == MAIN { Some(MAIN.to_owned()) } else { id_of(&known, &menu.name) };
                (kept.unwrap_or_else(|| self.core.random.id()), menu.name.clone())
            })
            .collect();
        let queues = self.queues.read().await?;
        let found = |action: &Action| match action {
            Action::Queue(word) => meant(queues.queues(), word).map(|queue| Action::Queue(queue.id.clone())),
            Action::Menu(name) => id_of(&ids, name).or_else(|| id_of(&known, name)).map(Action::Menu),
            Action::Flow(name) => id_of(flows, name).map(Action::Flow),
            _ => None,
        };
        let menus =
            menus.iter().zip(&ids).map(|(menu, (id, _))| Menu { id: id.clone(), ..leading(menu.clone(), found) });
        self.menus.keep_all(&menus.collect::<Vec<_>>()).await
    }
}

/// What stands in a file for the id of a menu.
fn id_in_file(menu: &Menu) -> String {
    if menu.id == MAIN { MAIN.to_owned() } else { menu.name.clone() }
}
