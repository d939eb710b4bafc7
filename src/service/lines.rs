//! Which number leads where. What is in force is kept in memory: an answer webhook must not wait for a query, nor fail
//! because the database does.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use super::accounts::Accounts;
use super::core::{Core, ServiceError};
use super::live::Live;
use crate::domain::account::Role;
use crate::domain::call_tracking::campaign::{Campaign, Destination};
use crate::domain::language::Language;
use crate::domain::line::{Directory, Line};
use crate::domain::numbering;
use crate::domain::phone::{E164, PhoneError};
use crate::domain::queue::{STANDING, STANDING_NAME};
use crate::store::NumberRow;
use crate::store::call_tracking::campaigns::AssignedRow;

/// The operator's call flows.
#[derive(Debug, Default)]
pub(super) struct Flows {
    /// By id.
    by_id: HashMap<String, Flow>,
    /// The id of the one that agents' own calls run; `None` for the usual one.
    outbound: Option<String>,
}

#[derive(Debug)]
struct Flow {
    name: String,
    text: String,
}

impl Flows {
    /// What people call it.
    pub(super) fn name(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(|flow| flow.name.as_str())
    }

    /// Ids and names.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_id.iter().map(|(id, flow)| (id.as_str(), flow.name.as_str()))
    }

    pub(super) fn text(&self, id: &str) -> Option<&str> {
        self.by_id.get(id).map(|flow| flow.text.as_str())
    }

    /// The id and the text of the flow that agents' own calls run.
    pub(super) fn outbound(&self) -> Option<(&str, &str)> {
        let id = self.outbound.as_deref()?;
        Some((id, self.text(id)?))
    }
}

/// The name, among the settings in the database, of the flow that agents' own calls run.
pub(super) const OUTBOUND_FLOW: &str = "outbound-flow";

/// The campaign of calls that dialled no campaign's number, from applications set up by the tracking sample.
pub const OTHER: &str = "other";

/// Campaigns, their numbers and the block list, as the database has them.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// By name; archived ones too.
    pub(super) campaigns: Vec<Campaign>,
    /// Every assignment, past ones too.
    pub(super) numbers: Vec<AssignedRow>,
    pub(super) blocked: HashSet<String>,
}

impl Known {
    pub(super) fn campaign(&self, id: &str) -> Option<&Campaign> {
        self.campaigns.iter().find(|campaign| campaign.id == id)
    }

    /// The numbers that are a campaign's now.
    pub(super) fn numbers_of<'a>(&'a self, campaign: &'a str) -> impl Iterator<Item = &'a AssignedRow> {
        self.numbers.iter().filter(move |row| row.until_at.is_none() && row.campaign == campaign)
    }
}

/// What is in force: what was configured, and what the database adds to it.
struct InForce {
    directory: RwLock<Arc<Directory>>,
    /// Campaigns and the block list.
    campaigns: RwLock<Arc<Known>>,
    /// The operator's call flows.
    flows: RwLock<Arc<Flows>>,
    /// What the menus are called, by id.
    menus: RwLock<Arc<HashMap<String, String>>>,
    /// What the queues are called, by id.
    queues: RwLock<Arc<HashMap<String, String>>>,
}

impl InForce {
    fn new(configured: &Directory) -> Self {
        Self {
            directory: RwLock::new(Arc::new(configured.clone())),
            campaigns: RwLock::default(),
            flows: RwLock::default(),
            menus: RwLock::default(),
            queues: RwLock::default(),
        }
    }
}

/// What leads where, as it is in force.
#[derive(Clone)]
pub struct Lines {
    core: Arc<Core>,
    live: Live,
    accounts: Accounts,
    in_force: Arc<InForce>,
}

impl Lines {
    pub(super) fn new(core: Arc<Core>, live: Live, accounts: Accounts) -> Self {
        Self { live, accounts, in_force: Arc::new(InForce::new(&core.settings.directory)), core }
    }

    /// What is in force now.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.in_force.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads our numbers and agents again. At the start, after every change, and by the janitor, for another node or a
    /// command may have changed them.
    ///
    /// # Errors
    /// When the database fails; what was in force stays.
    pub async fn reload_directory(&self) -> Result<(), ServiceError> {
        let mut directory = self.core.settings.directory.clone();
        for row in self.core.store.numbers().all().await? {
            match (E164::parse(&row.number), Line::parse(&row.line, row.target.as_deref())) {
                (Ok(number), Ok(line)) => {
                    if let Some(language) = row.language.as_deref().and_then(Language::of_tag) {
                        directory.languages.insert(number.clone(), language);
                    }
                    if !row.takes_calls() {
                        directory.voiceless.insert(number.clone());
                    }
                    directory.numbers.insert(number, line);
                }
                // Written by a newer version: its callers hear that the number is not in use.
                _ => tracing::warn!(line = row.line, "a number leads to a line that this version does not know"),
            }
        }
        directory.agents = self.call_takers().await?;
        self.reload_campaigns().await?;
        let open = self.core.store.audio().open_numbers().await?;
        directory.open = open.iter().filter_map(|number| E164::parse(number).ok()).collect();
        self.reload_flows().await?;
        self.reload_menus().await?;
        self.reload_queues().await?;
        *self.in_force.directory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
        Ok(())
    }

    /// Leads a number of ours to a line. Whether there is such a number.
    pub async fn assign_number(&self, number: &E164, line: &Line) -> Result<bool, ServiceError> {
        let core = &self.core;
        let now = core.clock.now_ms();
        let found = core.store.numbers().assign(number.digits(), line.name(), line.target(), now).await?;
        self.reload_directory().await?;
        Ok(found)
    }

    /// Says in which language callers of a number of ours are spoken to. Whether there is such a number.
    pub(super) async fn set_language(&self, number: &E164, language: Option<Language>) -> Result<bool, ServiceError> {
        let found = self.core.store.numbers().set_language(number.digits(), language.map(Language::tag)).await?;
        self.reload_directory().await?;
        Ok(found)
    }

    /// Leads numbers of ours (digits) to lines, all of them or none.
    pub(super) async fn assign_numbers(&self, lines: &[(String, Line)]) -> Result<(), ServiceError> {
        let led = lines.iter().map(|(number, line)| (number.as_str(), line.name(), line.target())).collect::<Vec<_>>();
        self.core.store.numbers().assign_all(&led, self.core.clock.now_ms()).await?;
        self.reload_directory().await
    }

    /// Takes a number of the account's into the directory; the line of one that is known stays.
    pub async fn add_number(
        &self,
        number: &E164,
        country: &str,
        features: &[String],
        line: &Line,
    ) -> Result<(), ServiceError> {
        let now = self.core.clock.now_ms();
        let row = NumberRow {
            number: number.digits().to_owned(),
            country: country.to_owned(),
            features: features.join(","),
            line: line.name().to_owned(),
            target: line.target().map(str::to_owned),
            reserved: false,
            created_at: now,
            assigned_at: now,
            used_at: None,
            language: None,
        };
        self.core.store.numbers().put(&row).await?;
        self.reload_directory().await
    }

    /// Reads a number that somebody wrote into a field. What comes from the platform or the database has its country
    /// code, and is read by [`E164::parse`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_number(&self, text: &str) -> Result<E164, PhoneError> {
        numbering::read(text, Some(&self.core.settings.country))
    }

    /// Reads one of our numbers. Lists, links and interfaces give it as its digits, which are no question then; anything
    /// else is read as people write it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_own_number(&self, text: &str) -> Result<E164, PhoneError> {
        let text = text.trim();
        let known = |number: &E164| {
            self.is_ours(number) || self.known_campaigns().numbers.iter().any(|row| row.number == number.digits())
        };
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        match E164::parse(text) {
            Ok(number) if digits && known(&number) => Ok(number),
            _ => self.read_number(text),
        }
    }

    /// Reads the number of somebody who called, from the call log or as somebody writes it. Callers show numbers that no
    /// plan has: those are blocked and forgotten too.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_caller(&self, text: &str) -> Result<E164, PhoneError> {
        self.read_number(text).or_else(|error| match error {
            PhoneError::Incomplete(_) | PhoneError::NoCountry => E164::parse(text),
            error => Err(error),
        })
    }

    /// Digits that find a number in the call log, from a number or a part of one as people say it; `None` when the text is
    /// none.
    #[must_use]
    pub fn search_number(&self, text: &str) -> Option<String> {
        numbering::search(text, Some(&self.core.settings.country))
    }

    pub(super) fn known_campaigns(&self) -> Arc<Known> {
        Arc::clone(&self.in_force.campaigns.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads campaigns, their numbers and the block list again.
    ///
    /// # Errors
    /// When the database fails; what was in force stays.
    pub(super) async fn reload_campaigns(&self) -> Result<(), ServiceError> {
        let store = &self.core.store;
        let known = Known {
            campaigns: store.tracking().campaigns().await?,
            numbers: store.tracking().campaign_numbers().await?,
            blocked: store.tracking().blocked_numbers().await?,
        };
        let changed = *self.known_campaigns() != known;
        *self.in_force.campaigns.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(known);
        if changed {
            self.live.page_changed();
        }
        Ok(())
    }

    /// Which day it is where the business is.
    #[must_use]
    pub fn today(&self) -> i64 {
        self.core.zone().day_and_hour(self.core.clock.now_ms()).0
    }

    /// Whether the agents take a campaign's calls.
    pub(super) fn campaign_rings_agents(&self, id: &str) -> bool {
        let number = &self.core.settings.support.number;
        self.known_campaigns().campaign(id).is_some_and(|campaign| campaign.ncco(number, None).is_none())
    }

    /// The queue that a campaign's calls come to, by id, if it is not the one that is always there.
    pub(super) fn queue_of_campaign(&self, id: &str) -> Option<String> {
        match &self.known_campaigns().campaign(id)?.destination {
            Destination::Queue(queue) => Some(queue.clone()),
            Destination::Agents | Destination::Phone(_) => None,
        }
    }

    /// What the person who takes a campaign's call is to know first; `None` for nothing.
    pub(super) fn whisper_of(&self, id: &str) -> Option<String> {
        Some(self.known_campaigns().campaign(id)?.whisper.clone()).filter(|whisper| !whisper.is_empty())
    }

    /// The campaigns whose calls come to a queue, by name.
    pub(super) fn campaigns_of_queue(&self, id: &str) -> Vec<String> {
        let known = self.known_campaigns();
        let leads = known.campaigns.iter().filter(|campaign| campaign.destination == Destination::Queue(id.to_owned()));
        leads.map(|campaign| campaign.name.clone()).collect()
    }

    /// The numbers that lead to a line, by number.
    pub(super) fn numbers_of(&self, line: &Line) -> Vec<E164> {
        let directory = self.directory();
        let mut numbers: Vec<E164> =
            directory.numbers.iter().filter(|(_, led)| *led == line).map(|(number, _)| number.clone()).collect();
        numbers.sort();
        numbers
    }

    /// Whether calls to a number come to us.
    pub(super) fn is_ours(&self, number: &E164) -> bool {
        let directory = self.directory();
        *number == directory.support || directory.numbers.contains_key(number)
    }

    /// The call flows in force.
    pub(super) fn flows(&self) -> Arc<Flows> {
        Arc::clone(&self.in_force.flows.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads the flows again, together with the directory.
    pub(super) async fn reload_flows(&self) -> Result<(), ServiceError> {
        let rows = self.core.store.flows().all().await?.into_iter();
        let by_id = rows.map(|row| (row.id, Flow { name: row.name, text: row.ncco })).collect();
        let flows = Flows { by_id, outbound: self.core.store.settings().find(OUTBOUND_FLOW).await? };
        *self.in_force.flows.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(flows);
        Ok(())
    }

    /// Reads the names of the menus again.
    pub(super) async fn reload_menus(&self) -> Result<(), ServiceError> {
        let names = self.core.store.menus().names().await?;
        *self.in_force.menus.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
        Ok(())
    }

    /// Reads the names of the queues again.
    pub(super) async fn reload_queues(&self) -> Result<(), ServiceError> {
        let names = self.core.store.queues().names().await?;
        *self.in_force.queues.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(names);
        Ok(())
    }

    /// Ids and names of the queues; the one that is always there may be missing.
    pub(super) fn queues(&self) -> Arc<HashMap<String, String>> {
        Arc::clone(&self.in_force.queues.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The id of the queue of this name, in whatever letters.
    pub(super) fn queue_named(&self, name: &str) -> Option<String> {
        let name = name.to_lowercase();
        let queues = self.queues();
        let found = queues.iter().find(|(_, known)| known.to_lowercase() == name).map(|(id, _)| id.clone());
        found.or_else(|| (name == STANDING_NAME.to_lowercase()).then(|| STANDING.to_owned()))
    }

    /// The names of everybody who takes calls.
    pub(super) async fn call_takers(&self) -> Result<HashSet<String>, ServiceError> {
        let rows = self.core.store.accounts().all().await?;
        let takers = rows.into_iter().filter(|row| self.accounts.exists(row));
        Ok(takers.filter(|row| Role::parse(&row.role).is_some_and(Role::takes_calls)).map(|row| row.name).collect())
    }

    /// What people call the line of a call: the name of its campaign, call flow, menu or queue.
    pub(super) fn name_of(&self, line: &str, target: Option<&str>) -> Option<String> {
        let target = target?;
        match line {
            "campaign" => self.known_campaigns().campaign(target).map(|campaign| campaign.name.clone()),
            "custom" => self.flows().name(target).map(str::to_owned),
            "queue" => self.queues().get(target).cloned(),
            "ivr" => self.in_force.menus.read().unwrap_or_else(PoisonError::into_inner).get(target).cloned(),
            _ => None,
        }
    }

    /// What lines of this name lead to, as [`Self::name_of`] calls it: ids and names.
    pub(super) fn targets(&self, line: &str) -> Vec<(String, String)> {
        let owned = |(id, name): (&String, &String)| (id.clone(), name.clone());
        match line {
            "campaign" => self.known_campaigns().campaigns.iter().map(|one| owned((&one.id, &one.name))).collect(),
            "custom" => self.flows().names().map(|(id, name)| (id.to_owned(), name.to_owned())).collect(),
            "ivr" => self.in_force.menus.read().unwrap_or_else(PoisonError::into_inner).iter().map(owned).collect(),
            "queue" => self.queues().iter().map(owned).collect(),
            _ => Vec::new(),
        }
    }

    /// The name of a campaign; empty for calls that are none's.
    #[must_use]
    pub fn campaign_name(&self, id: &str) -> String {
        self.known_campaigns().campaign(id).map(|campaign| campaign.name.clone()).unwrap_or_default()
    }
}
