//! The part of a dry run in which keys are sent to us: our menus answer them.

use std::collections::{BTreeMap, HashSet};

use super::{Branch, Keys, Leads, Walk, What};
use crate::domain::contact_center::flows::HAND_OVER_SECONDS;
use crate::domain::contact_center::routing::RING_SECONDS;
use crate::domain::menu::{Action, MAIN, Menu, Names, Next, Visited, spoken};
use crate::domain::queue::{Queue, STANDING};
use crate::domain::spoken::{Speech, Text};

/// Our own menus, which answer keys that are sent to us.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Menus {
    /// Where keys are sent to reach them.
    pub url: String,
    pub all: Vec<Menu>,
    /// The names of the operator's call flows, by id.
    pub flows: BTreeMap<String, String>,
    /// The queues, by id.
    pub queues: BTreeMap<String, Queue>,
    pub agents: HashSet<String>,
    /// What callers hear, in their language.
    pub speech: Speech,
}

impl Names for Menus {
    fn is_agent(&self, name: &str) -> bool {
        self.agents.contains(name)
    }

    fn menu(&self, id: &str) -> Option<&str> {
        self.all.iter().find(|menu| menu.id == id).map(|menu| menu.name.as_str())
    }

    fn queue(&self, id: &str) -> Option<&str> {
        self.queues.get(id).map(|queue| queue.name.as_str())
    }

    fn flow(&self, id: &str) -> Option<&str> {
        self.flows.get(id).map(String::as_str)
    }
}

impl Menus {
    fn find(&self, id: &str) -> Menu {
        self.all.iter().find(|menu| menu.id == id).cloned().unwrap_or_else(Menu::missing)
    }

    /// The queue that a flow connects to by its name, by id; the one that is always there for a name that no queue has.
    pub(super) fn queue_named(&self, name: &str) -> Option<String> {
        let found = self.queues.values().find(|queue| queue.name.to_lowercase() == name.to_lowercase());
        Some(found.or_else(|| self.queues.get(STANDING))?.id.clone())
    }

    fn leads(&self, action: &Action) -> Leads {
        let named = |name: Option<&str>, leads: fn(String) -> Leads| {
            name.map_or(Leads::AnyAgent, |name| leads(name.to_owned()))
        };
        match action {
            Action::AnyAgent => Leads::AnyAgent,
            Action::Queue(id) => named(self.queue(id), Leads::Queue),
            Action::Agent(name) => Leads::Agent(name.clone()),
            Action::Number(number) => Leads::Number(number.grouped()),
            Action::Menu(id) => named(self.menu(id), Leads::Menu),
            Action::Flow(id) => named(self.flow(id), Leads::Flow),
            Action::Message => Leads::Message,
            Action::CallBack => Leads::CallBack,
            Action::Say(text) => Leads::Says(text.clone()),
            Action::Repeat => Leads::Again,
            Action::Language(language) => Leads::Speaks(*language),
            Action::HangUp => Leads::HangsUp,
        }
    }

    /// Where the keys of a menu lead; those of this dry run are `pressed`.
    fn branches(&self, menu: &Menu, pressed: &str) -> Vec<Branch> {
        let chosen = menu.action(pressed).is_some();
        let keys = menu.keys.iter().map(|(key, action)| {
            let sign = String::from(*key);
            Branch { taken: sign == pressed, to: self.leads(action), keys: Keys::These(sign) }
        });
        let extensions = menu.extensions.iter().map(|(dialled, action)| {
            let digits = dialled.digits().to_owned();
            Branch { taken: digits == pressed, to: self.leads(action), keys: Keys::These(digits) }
        });
        let wrong = |pressed: &str| match menu.next(pressed, 0) {
            Next::Over(action) | Next::Does(action) => self.leads(action),
            Next::Again => Leads::Again,
        };
        let rest = [
            // A star after a digit is never a right one.
            Branch { keys: Keys::Others, to: wrong("0*"), taken: !chosen && !pressed.is_empty() },
            Branch { keys: Keys::Nothing, to: wrong(""), taken: pressed.is_empty() },
        ];
        keys.chain(extensions).chain(rest).collect()
    }
}

impl Walk<'_> {
    /// What [`MAIN`] does when it is asked about the first keys.
    pub(super) fn main_branches(&self, pressed: &str) -> Vec<Branch> {
        self.menus.branches(&self.menus.find(MAIN), pressed)
    }

    /// Keys were sent to us.
    pub(super) fn asks_us(&mut self, first: &str) {
        self.keys = self.keys.get(first.len()..).unwrap_or_default();
        self.in_menu(MAIN, first.to_owned());
    }

    /// Somebody dials the number of a menu.
    pub(super) fn comes_to_menu(&mut self, id: &str) {
        let menu = self.menus.find(id);
        let speech = &self.menus.speech;
        let greeting = menu.greeting.written(speech.language);
        if !greeting.text.is_empty() {
            self.talk(&speech.written(greeting));
        }
        let pressed = self.hears_menu(&menu, speech);
        self.in_menu(id, pressed);
    }

    /// `pressed` was pressed in a menu. The menus go on with the keys that are left, one choice at a time.
    fn in_menu(&mut self, id: &str, mut pressed: String) {
        // It is we who answer.
        self.asked = false;
        let mut menu = self.menus.find(id);
        let (mut visited, begun) = (Visited::begin(id), menu.clone());
        let mut speech = self.menus.speech.clone();
        loop {
            let action = match menu.next(&pressed, 0) {
                Next::Does(action) | Next::Over(action) => action.clone(),
                Next::Again => {
                    let then = self.menus.leads(&menu.after);
                    self.step(What::AsksAgain { tries: menu.tries, then });
                    return;
                }
            };
            let action = match action {
                // It was deleted.
                Action::Menu(id) if self.menus.all.iter().all(|menu| menu.id != id) => Some(Action::AnyAgent),
                Action::Menu(id) if visited.enter(&id) => {
                    menu = self.menus.find(&id);
                    self.says(menu.greeting.get(speech.language).to_owned());
                    None
                }
                Action::Language(language) => {
                    speech = speech.within(language);
                    None
                }
                Action::Menu(_) => Some(begun.way_out()),
                Action::Say(text) => {
                    self.says(text);
                    None
                }
                Action::Repeat => None,
                action => Some(action),
            };
            if let Some(action) = action {
                return self.leaves_menus(action, &speech);
            }
            pressed = self.hears_menu(&menu, &speech);
        }
    }

    /// The menu is said; what the caller presses then.
    fn hears_menu(&mut self, menu: &Menu, speech: &Speech) -> String {
        for prompt in spoken::prompts(menu, self.menus, speech) {
            self.says(prompt.text);
        }
        let dialled = menu.dialled_first(self.keys);
        let pressed = dialled.to_owned();
        self.keys = &self.keys[dialled.len()..];
        let branches = self.menus.branches(menu, &pressed);
        let url = Some(self.menus.url.clone());
        let (seconds, digits) = (menu.waits_s(), menu.longest());
        // Fewer than the most count when no more come.
        let waits = pressed.chars().count() < digits as usize;
        self.step(What::Listens { seconds, digits, url, keys: pressed.clone(), branches });
        self.takes(if waits { seconds } else { 1 });
        pressed
    }

    fn leaves_menus(&mut self, action: Action, speech: &Speech) {
        match action {
            Action::Agent(name) => {
                if !self.rings(name, RING_SECONDS) {
                    self.queue(STANDING, None, speech);
                }
            }
            Action::Number(number) => {
                if !self.rings(number.grouped(), HAND_OVER_SECONDS) {
                    self.queue(STANDING, None, speech);
                }
            }
            Action::Flow(id) if self.menus.flow(&id).is_some() => {
                let flow = self.menus.flow(&id).unwrap_or_default().to_owned();
                self.step(What::Runs { flow });
            }
            Action::Message => {
                self.step(What::Records { until_done: true });
                self.ends();
            }
            Action::CallBack => {
                self.step(What::CallsBack);
                self.ends();
            }
            Action::HangUp => {
                self.says(speech.text(Text::Goodbye, &[]));
                self.ends();
            }
            Action::Queue(id) => self.queue(&id, None, speech),
            Action::AnyAgent
            | Action::Flow(_)
            | Action::Menu(_)
            | Action::Say(_)
            | Action::Repeat
            | Action::Language(_) => self.queue(STANDING, None, speech),
        }
    }

    fn says(&mut self, text: String) {
        if !text.is_empty() {
            self.step(What::Says { text, times: 1 });
            self.takes(1);
        }
    }
}
