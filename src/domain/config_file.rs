//! What the operator set up, as one file: to keep it, to compare two systems, and to carry a test system over to a new one.
//!
//! What belongs to one system is not in it: accounts, keys, calls, and that it is closed just now. Of numbers it says where
//! each leads; those that a system does not own are left out when the file is imported there.

use std::collections::BTreeMap;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::business::Profile;
use super::call_flows::Preset;
use super::contact_center::caller_id::ShownNumbers;
use super::contact_center::console_settings::{Break, Entry, Outcome as DispositionMore, Rules};
use super::hours::closed::WhenClosed;
use super::hours::{Holiday, Week};
use super::menu::Menu;
use super::queue::{Queue, Rules as QueueRules};
use super::spoken::Spoken;

/// The format of the file. Another one is for what cannot be read by this version.
pub const FORMAT: u32 = 1;

/// The file. A part that is missing stays as it is when the file is imported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigFile {
    /// [`FORMAT`]
    pub switchboard: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub business: Option<Profile>,
    /// A PNG or SVG, as base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hours: Option<HoursPart>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console: Option<ConsolePart>,
    /// Which number those see whom agents call. A number that the system does not own is left out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "perhaps_with_known_fields")]
    pub shown_numbers: Option<ShownNumbers>,
    /// Voices and what callers hear. Texts that are not in the file are said as by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speech: Option<Spoken>,
    /// By name. Flows that are not in the file stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<FlowPart>,
    /// Queues, and what is set for all of them. Queues that are not in the file stay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queues: Option<QueuesPart>,
    /// By name, but for the main menu, whose id is `main`. Other menus and call flows are meant by their names. Menus that are
    /// not in the file stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub menus: Vec<Menu>,
    /// Where numbers lead, by their digits: `agent:Jane`, `queue:` with the name of a queue,
    /// `ivr:` with that of a menu, `custom:` with that of a call flow.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub numbers: BTreeMap<String, String>,
}

/// When the business is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoursPart {
    pub week: Week,
    /// By date. Holidays that are not in the file are deleted.
    pub holidays: Vec<Holiday>,
    /// A call flow is meant by its name.
    pub when_closed: WhenClosed,
    /// For callers of some lines, as [`ConfigFile::numbers`] names them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_line: BTreeMap<String, WhenClosed>,
}

/// Who takes which calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueuesPart {
    #[serde(deserialize_with = "known_fields")]
    pub rules: QueueRules,
    /// By name, but for the one that is always there, whose id is `agents`. Other queues are meant so too.
    #[serde(deserialize_with = "each_with_known_fields")]
    pub queues: Vec<Queue>,
}

/// What agents choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsolePart {
    pub dispositions: Vec<Entry<DispositionMore>>,
    pub away_reasons: Vec<Entry<Break>>,
    pub rules: Rules,
}

/// A call flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowPart {
    pub name: String,
    pub preset: Preset,
    /// As it was typed.
    pub ncco: String,
    /// Agents' own calls run it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub for_agents_calls: bool,
}

/// What this program does not know is a mistake in a file; in the database it may be a newer program's.
fn known_fields<'de, D: Deserializer<'de>, T: Default + Serialize + DeserializeOwned>(read: D) -> Result<T, D::Error> {
    of_known_fields(Value::deserialize(read)?).map_err(D::Error::custom)
}

fn perhaps_with_known_fields<'de, D, T>(read: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Serialize + DeserializeOwned,
{
    known_fields(read).map(Some)
}

fn each_with_known_fields<'de, D, T>(read: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Serialize + DeserializeOwned,
{
    Vec::deserialize(read)?.into_iter().map(|value| of_known_fields(value).map_err(D::Error::custom)).collect()
}

fn of_known_fields<T: Default + Serialize + DeserializeOwned>(value: Value) -> Result<T, serde_json::Error> {
    let known = serde_json::to_value(T::default())?;
    if let Some(field) = value.as_object().and_then(|fields| fields.keys().find(|field| known.get(field).is_none())) {
        return Err(serde_json::Error::custom(format!("unknown field `{field}`")));
    }
    serde_json::from_value(value)
}

/// Something that an import changes: where, what it was, and what it becomes. `None` is nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Such as `business.name`, or `flows.Welcome.ncco`.
    pub at: String,
    pub from: Option<String>,
    pub to: Option<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => write!(f, "~ {}: {from} -> {to}", self.at),
            (None, Some(to)) => write!(f, "+ {}: {to}", self.at),
            (Some(from), None) => write!(f, "- {}: {from}", self.at),
            (None, None) => write!(f, "= {}", self.at),
        }
    }
}

impl ConfigFile {
    /// What is different after a file is imported over this one.
    ///
    /// # Errors
    /// When one of the two is not JSON, which would be our own fault.
    pub fn differences(&self, file: &Self) -> Result<Vec<Difference>, serde_json::Error> {
        let (before, after) = (self.leaves()?, file.leaves()?);
        let mut all = Vec::new();
        for (at, to) in &after {
            let from = before.get(at);
            if from != Some(to) {
                all.push(Difference { at: at.clone(), from: from.cloned(), to: Some(to.clone()) });
            }
        }
        // What is not in the file goes only where the file says that its part is whole.
        let parts = [
            ("hours.", file.hours.is_some()),
            ("console.", file.console.is_some()),
            ("shown_numbers.", file.shown_numbers.is_some()),
            ("business.", file.business.is_some()),
            ("speech.", file.speech.is_some()),
            ("queues.rules.", file.queues.is_some()),
        ];
        let parts = parts.into_iter().filter(|(_, there)| *there).map(|(part, _)| part.to_owned());
        let menus = file.menus.iter().map(|menu| format!("menus.{}.", menu.name));
        let queues =
            file.queues.iter().flat_map(|part| &part.queues).map(|queue| format!("queues.queues.{}.", queue.id));
        let whole: Vec<String> = parts.chain(menus).chain(queues).collect();
        let gone = before.iter().filter(|(at, _)| !after.contains_key(*at));
        let gone = gone.filter(|(at, _)| whole.iter().any(|part| at.starts_with(part)));
        all.extend(gone.map(|(at, from)| Difference { at: at.clone(), from: Some(from.clone()), to: None }));
        all.sort_by(|one, other| one.at.cmp(&other.at));
        Ok(all)
    }

    /// Every value of the file by its place, as text. Flows, queues and menus are found by their names.
    fn leaves(&self) -> Result<BTreeMap<String, String>, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        let flows: serde_json::Map<String, Value> = self
            .flows
            .iter()
            .map(|flow| Ok((flow.name.clone(), serde_json::to_value(flow)?)))
            .collect::<Result<_, serde_json::Error>>()?;
        value["flows"] = Value::Object(flows);
        let menus = self.menus.iter().map(|menu| Ok((menu.name.clone(), serde_json::to_value(menu)?)));
        value["menus"] = Value::Object(menus.collect::<Result<_, serde_json::Error>>()?);
        if let Some(part) = &self.queues {
            let queues = part.queues.iter().map(|queue| Ok((queue.id.clone(), serde_json::to_value(queue)?)));
            value["queues"]["queues"] = Value::Object(queues.collect::<Result<_, serde_json::Error>>()?);
        }
        let mut leaves = BTreeMap::new();
        gather(&value, String::new(), &mut leaves);
        leaves.remove("switchboard");
        Ok(leaves)
    }
}

fn gather(value: &Value, at: String, leaves: &mut BTreeMap<String, String>) {
    let below = |key: &str| if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| gather(value, below(key), leaves)),
        Value::Array(all) if all.iter().any(|value| value.is_object() || value.is_array()) => {
            all.iter().enumerate().for_each(|(index, value)| gather(value, below(&index.to_string()), leaves));
        }
        value => {
            leaves.insert(at, value.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::menu::{Action, Key, MAIN};
    use crate::domain::queue::Member;

    fn file() -> ConfigFile {
        ConfigFile {
            switchboard: FORMAT,
            business: Some(Profile { name: "Acme".into(), ..Profile::new("UTC", "Hello") }),
            logo: None,
            hours: Some(HoursPart {
                week: Week::default(),
                holidays: Vec::new(),
                when_closed: WhenClosed::default(),
                by_line: BTreeMap::new(),
            }),
            console: None,
            shown_numbers: None,
            speech: None,
            flows: vec![FlowPart {
                name: "Welcome".into(),
                preset: Preset::Custom,
                ncco: "[]".into(),
                for_agents_calls: false,
            }],
            queues: Some(QueuesPart { rules: QueueRules::default(), queues: vec![Queue::standing()] }),
            menus: vec![Menu::of_agents(MAIN, &["Jane".to_owned(), "Joe".to_owned()])],
            numbers: [("442079460101".to_owned(), "agent:Jane".to_owned())].into(),
        }
    }

    #[test]
    fn a_file_reads_as_it_was_written_and_differs_in_nothing_from_itself() {
        let file = file();
        let text = serde_json::to_string_pretty(&file).unwrap();
        assert_eq!(serde_json::from_str::<ConfigFile>(&text).unwrap(), file);
        assert_eq!(file.differences(&file).unwrap(), []);
        let unknown = serde_json::from_str::<ConfigFile>(r#"{"switchboard": 1, "colour": "blue"}"#);
        assert!(unknown.unwrap_err().to_string().contains("colour"));
    }

    #[test]
    fn what_changes_is_told_by_its_place() {
        let before = file();
        let mut after = file();
        if let Some(business) = &mut after.business {
            business.name = "Bluebird".into();
        }
        after.flows[0].ncco = "[1]".into();
        after.menus[0].keys = Key::every().zip([Action::Agent("Anna".into())]).collect();
        after.numbers.insert("442079460101".into(), "support".into());
        after.flows.push(FlowPart { name: "New".into(), ..before.flows[0].clone() });
        let told: Vec<String> = before.differences(&after).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "~ business.name: \"Acme\" -> \"Bluebird\"",
                "+ flows.New.name: \"New\"",
                "+ flows.New.ncco: \"[]\"",
                "+ flows.New.preset: \"custom\"",
                "~ flows.Welcome.ncco: \"[]\" -> \"[1]\"",
                "~ menus.Main menu.keys.1.agent: \"Jane\" -> \"Anna\"",
                "- menus.Main menu.keys.2.agent: \"Joe\"",
                "~ numbers.442079460101: \"agent:Jane\" -> \"support\"",
            ]
        );
    }

    #[test]
    fn queues_are_compared_by_name_and_what_goes_is_told() {
        let members = ["Jane", "Joe"].map(Member::usual).to_vec();
        let sales = Queue { id: "Sales".into(), name: "Sales".into(), members, ..Queue::default() };
        let part = |queues: Vec<Queue>| Some(QueuesPart { rules: QueueRules::default(), queues });
        let before = ConfigFile { queues: part(vec![Queue::standing(), sales.clone()]), ..file() };
        let told = |queues| {
            let after = ConfigFile { queues: part(queues), ..file() };
            before.differences(&after).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(told(vec![sales.clone(), Queue::standing()]), [""; 0], "in another order");
        assert_eq!(told(vec![sales.clone()]), [""; 0], "what is not in the file stays");
        let fewer = Queue { members: vec![Member::usual("Jane")], ..sales };
        assert_eq!(
            told(vec![fewer]),
            ["agent: \"Joe\"", "priority: 1", "skill: 3"].map(|gone| format!("- queues.queues.Sales.members.1.{gone}"))
        );
    }

    #[test]
    fn a_field_of_a_queue_that_nobody_knows_is_refused() {
        let read = |queues: &str| serde_json::from_str::<QueuesPart>(queues).map_err(|error| error.to_string());
        assert!(read(r#"{"rules": {}, "queues": [{"id": "a", "name": "A", "max_wait_s": 60}]}"#).is_ok());
        for (field, file) in [
            ("max_wait", r#"{"rules": {}, "queues": [{"id": "a", "name": "A", "max_wait": 60}]}"#),
            ("second", r#"{"rules": {"second": []}, "queues": []}"#),
        ] {
            assert!(read(file).unwrap_err().contains(field), "{file}");
        }
    }

    #[test]
    fn a_part_that_is_missing_changes_nothing_and_a_part_that_is_there_is_whole() {
        let holiday = serde_json::json!({"day": 20_812, "yearly": true, "name": "Christmas", "hours": []});
        let mut before = file();
        if let Some(hours) = &mut before.hours {
            hours.holidays = vec![serde_json::from_value(holiday).unwrap()];
        }
        let nothing = ConfigFile {
            business: None,
            hours: None,
            flows: Vec::new(),
            menus: Vec::new(),
            numbers: BTreeMap::new(),
            ..file()
        };
        assert_eq!(before.differences(&nothing).unwrap(), []);
        let without = file();
        let told = before.differences(&without).unwrap();
        assert!(told.iter().any(|change| change.at.starts_with("hours.holidays") && change.to.is_none()), "{told:?}");
    }
}
