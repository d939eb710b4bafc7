//! Call flows that the operator writes: presets, placeholders, and what is wrong with a text, by line and field.
//!
//! A flow is kept as it was typed. Its placeholders stand inside JSON strings and are filled in as *values*, after the text
//! was read: nothing that a caller sends can become an action.

pub mod drawing;
mod lines;
mod marks;
mod users;
mod walk;

use serde_json::Value;

use super::ncco::{Action, Connect, Endpoint, Ncco, Reason};
use super::phone::E164;

pub use lines::FieldLines;
pub use marks::{Change, Mark, change, mark};
pub use users::{Users, unknown_users};
pub use walk::{
    AfterClosed, Arrival, Branch, Keys, Leads, Menus, Outcome, Step, What, spoken_seconds, walk, walk_line,
};

/// Our own number: the one that was dialled, else the one that calls go out from.
pub const OWN_NUMBER: &str = "YOUR_NEXMO_NUMBER";
/// The number that a browser user dialled.
pub const PARAMS_TO: &str = "PARAMS_TO";
/// Where pressed keys are sent, and answered with the next part of the menu.
pub const DTMF_URL: &str = "DTMF_URL";

/// The longest flow that is kept, in bytes. The platform takes no longer answer either.
pub const LONGEST: usize = 64 << 10;

/// Settings of `input` that stood beside `type` until 2020. Flows of that time still have them there, where the platform
/// no longer looks.
const IGNORED_IN_INPUT: [&str; 3] = ["timeout", "maxDigits", "submitOnHash"];

/// What a flow was started from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    Inbound,
    Outbound,
    Ivr,
    #[default]
    Custom,
}

impl Preset {
    pub const EVERY: [Self; 4] = [Self::Inbound, Self::Outbound, Self::Ivr, Self::Custom];

    /// The word for it in SQL, forms and URLs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbound => "inbound",
            Self::Outbound => "outbound",
            Self::Ivr => "ivr",
            Self::Custom => "custom",
        }
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|preset| preset.name() == word)
    }

    /// What the editor begins with.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Inbound => include_str!("call_flows/inbound.json"),
            Self::Outbound => include_str!("call_flows/outbound.json"),
            Self::Ivr => include_str!("call_flows/ivr.json"),
            Self::Custom => include_str!("call_flows/custom.json"),
        }
    }
}

/// What the placeholders stand for in one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filling {
    pub own_number: E164,
    /// `None` where nobody dialled a number, such as a telephone that called ours.
    pub to: Option<E164>,
    pub dtmf_url: String,
}

impl Filling {
    /// Values of fiction, to check a flow with.
    #[must_use]
    pub fn sample() -> Self {
        // Both are of the ranges that Ofcom keeps for fiction, and parse.
        let number = |digits| E164::parse(digits).ok();
        let own_number = number("442079460000").or_else(|| number("1000000000"));
        Self {
            own_number: own_number.unwrap_or_else(|| unreachable!("a number of fiction is a number")),
            to: number("447700900123"),
            dtmf_url: "https://example.com/webhooks/dtmf".into(),
        }
    }
}

/// What is wrong with a flow, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[error("line {line}{}: {reason}", if field.is_empty() { String::new() } else { format!(", {field}") })]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// Like `[1].endpoint[0].number`; empty for the text as a whole.
    pub field: String,
    pub reason: Reason,
    /// The platform takes the flow all the same, and ignores this.
    pub only_a_warning: bool,
}

/// What is wrong with a text, in its order; empty when a call could run it. Warnings are among it. `own` tells the
/// account's numbers: only they may be shown as the caller.
#[must_use]
pub fn problems(text: &str, own: impl Fn(&E164) -> bool) -> Vec<Problem> {
    let whole = |line, reason| vec![Problem { line, field: String::new(), reason, only_a_warning: false }];
    if text.len() > LONGEST {
        return whole(1, Reason::Large { is: text.len(), most: LONGEST });
    }
    let mut value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
            let line = error.line().max(1);
            return whole(line, Reason::NotJson { reason, column: marks::column(text, line, error.column()) });
        }
    };
    let lines = FieldLines::of(text);
    let unknown = unknown_placeholder(&value);
    fill_value(&mut value, &Filling::sample());
    let Value::Array(actions) = &value else {
        return whole(1, Reason::NotList);
    };
    if actions.is_empty() {
        return whole(1, Reason::NoAction);
    }
    let mut found = Vec::new();
    let mut add = |field: String, reason, only_a_warning| {
        found.push(Problem { line: lines.of_field(&field), field, reason, only_a_warning });
    };
    // Placeholders that are none: the platform would speak them, or refuse them as numbers.
    for (field, word) in unknown {
        let known = [OWN_NUMBER, PARAMS_TO, DTMF_URL].join(", ");
        add(field, Reason::NoPlaceholder { word, known }, true);
    }
    let sample = Filling::sample();
    let mut read = Vec::new();
    for (at, action) in actions.iter().enumerate() {
        match Ncco::parse(&Value::Array(vec![action.clone()])) {
            Ok(Ncco(mut one)) => {
                for action in &one {
                    for field in action.unknown_fields() {
                        let ignored = matches!(action, Action::Input(_)) && IGNORED_IN_INPUT.contains(&field.as_str());
                        let reason = if ignored { Reason::Ignored } else { Reason::Unknown };
                        add(format!("[{at}].{field}"), reason, true);
                    }
                    if let Action::Connect(Connect { from: Some(from), endpoint, .. }) = action {
                        let shown = E164::parse(from).ok();
                        let ours = shown.is_some_and(|from| from == sample.own_number || own(&from));
                        // Only telephones are shown a number.
                        if !ours && matches!(endpoint.first(), Some(Endpoint::Phone(_))) {
                            add(format!("[{at}].from"), Reason::NotOurs, true);
                        }
                    }
                }
                read.append(&mut one);
            }
            Err(fault) => {
                let (field, reason) = culprit(action, &fault.reason);
                add(if field.is_empty() { format!("[{at}]") } else { format!("[{at}].{field}") }, reason, false);
            }
        }
    }
    // Rules between actions hold for the whole only.
    if read.len() == actions.len() {
        for fault in Ncco(read).check() {
            add(fault.at, fault.reason, false);
        }
    }
    found.sort_by_key(|problem| problem.line);
    found
}

/// Whether a flow connects to the number that an agent dials: else it is no flow for agents' own calls.
#[must_use]
pub fn calls_the_dialled_number(text: &str) -> bool {
    let Ok(Value::Array(actions)) = serde_json::from_str(text) else { return false };
    let endpoints = actions.iter().filter(|action| action["action"] == "connect").map(|action| &action["endpoint"]);
    endpoints.filter_map(Value::as_array).flatten().any(|endpoint| endpoint["number"] == PARAMS_TO)
}

/// The flow for one call.
///
/// # Errors
/// The first thing that is wrong with it now: a placeholder that has no value in this call, or a flow that never was good.
pub fn fill(text: &str, filling: &Filling, own: impl Fn(&E164) -> bool) -> Result<Ncco, String> {
    let mut value: Value = serde_json::from_str(text).map_err(|error| format!("the call flow is not JSON: {error}"))?;
    if filling.to.is_none() && mentions(&value, PARAMS_TO) {
        return Err(format!("the call flow wants {PARAMS_TO}, and this caller dialled our own number"));
    }
    fill_value(&mut value, filling);
    let mut ncco = Ncco::parse(&value).map_err(|fault| fault.to_string())?;
    for action in &mut ncco.0 {
        // With a plus or blanks the person who is called would see an unknown caller.
        if let Action::Connect(Connect { from: Some(from), .. }) = action
            && let Ok(number) = E164::parse(from)
        {
            from.replace_range(.., number.digits());
        }
    }
    if let Some(fault) = ncco.check().into_iter().next() {
        return Err(fault.to_string());
    }
    let rings_us = ncco.0.iter().any(|action| match action {
        Action::Connect(connect) => connect.endpoint.iter().any(|endpoint| match endpoint {
            Endpoint::Phone(phone) => own(&phone.number),
            _ => false,
        }),
        _ => false,
    });
    // A number of ours that rings a number of ours is a circle that costs money.
    if rings_us { Err("the call flow rings a number of ours".into()) } else { Ok(ncco) }
}

/// Puts values in the place of placeholders, in every string.
fn fill_value(value: &mut Value, filling: &Filling) {
    match value {
        Value::String(text) => {
            for (word, filled) in [
                (OWN_NUMBER, filling.own_number.digits()),
                (PARAMS_TO, filling.to.as_ref().map_or("", E164::digits)),
                (DTMF_URL, &filling.dtmf_url),
            ] {
                if text.contains(word) {
                    *text = text.replace(word, filled);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| fill_value(item, filling)),
        Value::Object(fields) => fields.values_mut().for_each(|field| fill_value(field, filling)),
        _ => {}
    }
}

fn mentions(value: &Value, word: &str) -> bool {
    match value {
        Value::String(text) => text.contains(word),
        Value::Array(items) => items.iter().any(|item| mentions(item, word)),
        Value::Object(fields) => fields.values().any(|field| mentions(field, word)),
        _ => false,
    }
}

/// Whole strings like `MY_NUMBER` that look like placeholders and are none.
fn unknown_placeholder(value: &Value) -> Vec<(String, String)> {
    fn visit(value: &Value, at: &str, found: &mut Vec<(String, String)>) {
        match value {
            Value::String(text) => {
                let shaped = text.contains('_')
                    && text.len() > 3
                    && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
                    && ![OWN_NUMBER, PARAMS_TO, DTMF_URL].contains(&text.as_str());
                if shaped {
                    found.push((at.to_owned(), text.clone()));
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(n, item)| visit(item, &format!("{at}[{n}]"), found));
            }
            Value::Object(fields) => fields.iter().for_each(|(name, field)| visit(field, &join(at, name), found)),
            _ => {}
        }
    }
    let mut found = Vec::new();
    visit(value, "", &mut found);
    found
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// Which field makes an action unreadable: the one without which the complaint is another.
fn culprit(action: &Value, complaint: &Reason) -> (String, Reason) {
    let complain = |action: Value| Ncco::parse(&Value::Array(vec![action])).err().map(|fault| fault.reason);
    let text = if let Reason::Unreadable(text) = complaint { text.as_str() } else { "" };
    if let Some(name) = between(text, "missing field `", "`") {
        // Of the action, or of its endpoint.
        let in_endpoint = action.get("endpoint").is_some()
            && complain_without(action, "endpoint", &complain).as_ref() != Some(complaint);
        let field = if in_endpoint { format!("endpoint[0].{name}") } else { name.to_owned() };
        return (field, Reason::Missing);
    }
    let Value::Object(fields) = action else {
        return (String::new(), Reason::NotObject);
    };
    if matches!(complaint, Reason::NotOneOf { allowed, .. } if allowed.iter().any(|one| one == "talk")) {
        return ("action".into(), complaint.clone());
    }
    for name in fields.keys().filter(|name| *name != "action") {
        if complain_without(action, name, &complain).as_ref() == Some(complaint) {
            continue;
        }
        // Deeper: into an endpoint, or settings.
        let inner = match &fields[name] {
            Value::Array(items) => items.first().map(|item| (format!("{name}[0]"), item, true)),
            Value::Object(_) => Some((name.clone(), &fields[name], false)),
            _ => None,
        };
        if let Some((at, Value::Object(inner), listed)) = inner.as_ref().map(|(at, value, listed)| (at, *value, listed))
        {
            for key in inner.keys() {
                let mut less = inner.clone();
                less.remove(key);
                let mut changed = fields.clone();
                let less = Value::Object(less);
                changed.insert(name.clone(), if *listed { Value::Array(vec![less]) } else { less });
                if key != "type" && complain(Value::Object(changed)).as_ref() != Some(complaint) {
                    return (format!("{at}.{key}"), complaint.clone());
                }
            }
            return (at.clone(), complaint.clone());
        }
        return (name.clone(), complaint.clone());
    }
    (String::new(), complaint.clone())
}

fn complain_without(action: &Value, name: &str, complain: &impl Fn(Value) -> Option<Reason>) -> Option<Reason> {
    let mut fields = action.as_object().cloned().unwrap_or_default();
    fields.remove(name);
    complain(Value::Object(fields))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

#[cfg(test)]
mod tests;
