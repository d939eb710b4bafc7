//! What the operator set up, as one file: to keep it, to compare two systems, and to carry a test system over to a new one.
//!
//! What belongs to one system is not in it: accounts, keys, calls, which numbers it owns, and that it is closed just now.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::business::Profile;
use super::call_flows::Preset;
use super::contact_center::console_settings::{Break, Entry, Outcome as DispositionMore, Rules};
use super::hours::closed::WhenClosed;
use super::hours::{Holiday, Week};

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
    /// By name. Flows that are not in the file stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub flows: Vec<FlowPart>,
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
        let whole: Vec<&str> = [("hours.", file.hours.is_some()), ("console.", file.console.is_some())]
            .into_iter()
            .chain([("business.", file.business.is_some())])
            .filter_map(|(part, there)| there.then_some(part))
            .collect();
        let gone = before.iter().filter(|(at, _)| !after.contains_key(*at));
        let gone = gone.filter(|(at, _)| whole.iter().any(|part| at.starts_with(part)));
        all.extend(gone.map(|(at, from)| Difference { at: at.clone(), from: Some(from.clone()), to: None }));
        all.sort_by(|one, other| one.at.cmp(&other.at));
        Ok(all)
    }

    /// Every value of the file by its place, as text. Flows are found by their names.
    fn leaves(&self) -> Result<BTreeMap<String, String>, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        let flows: serde_json::Map<String, Value> = self
            .flows
            .iter()
            .map(|flow| Ok((flow.name.clone(), serde_json::to_value(flow)?)))
            .collect::<Result<_, serde_json::Error>>()?;
        value["flows"] = Value::Object(flows);
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

    fn file() -> ConfigFile {
        ConfigFile {
            switchboard: FORMAT,
            business: Some(Profile { name: "Acme".into(), ..Profile::new("UTC", "Hello") }),
            logo: None,
            hours: Some(HoursPart { week: Week::default(), holidays: Vec::new(), when_closed: WhenClosed::default() }),
            console: None,
            flows: vec![FlowPart {
                name: "Welcome".into(),
                preset: Preset::Custom,
                ncco: "[]".into(),
                for_agents_calls: false,
            }],
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
            ]
        );
    }

    #[test]
    fn a_part_that_is_missing_changes_nothing_and_a_part_that_is_there_is_whole() {
        let holiday = serde_json::json!({"day": 20_812, "yearly": true, "name": "Christmas", "hours": []});
        let mut before = file();
        if let Some(hours) = &mut before.hours {
            hours.holidays = vec![serde_json::from_value(holiday).unwrap()];
        }
        let nothing = ConfigFile { business: None, hours: None, flows: Vec::new(), ..file() };
        assert_eq!(before.differences(&nothing).unwrap(), []);
        let without = file();
        let told = before.differences(&without).unwrap();
        assert!(told.iter().any(|change| change.at.starts_with("hours.holidays") && change.to.is_none()), "{told:?}");
    }
}
