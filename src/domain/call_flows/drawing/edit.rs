//! Changes that are made at the drawing, done to the text of the flow: what was not asked to change stays byte for byte,
//! fields that we do not know, their order and how they are written among it.

use std::ops::Range;

use serde_json::{Map, Value, json};

use super::fields::{self, WHOM};
use super::spans::{Member, items, members, value};
use crate::domain::call_flows::{DTMF_URL, LONGEST};
use crate::domain::ncco::schema::{ACTIONS, ENDPOINTS, Holds};

/// One change. Actions are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// A new action, which will be the one at this place.
    Add {
        at: usize,
        kind: String,
    },
    Move {
        from: usize,
        to: usize,
    },
    Remove {
        at: usize,
    },
    /// `path` is one of [`fields::paths`]; an empty value takes the field away where it may be away.
    Set {
        at: usize,
        path: String,
        value: String,
    },
}

/// Why nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
pub enum NotEdited {
    #[error("the text is no list of actions")]
    NoList,
    #[error("there is no such action any more")]
    NoAction,
    #[error("{0} cannot be set at the drawing")]
    NotHere(String),
    #[error("{is:?} is no number")]
    NotNumber { is: String },
    #[error("the flow would have more than {most} bytes")]
    Long { most: usize },
}

/// The text with this change.
///
/// # Errors
/// [`NotEdited`]; nothing is changed then.
pub fn edited(text: &str, edit: &Edit) -> Result<String, NotEdited> {
    let text = if text.trim().is_empty() { "[]\n" } else { text };
    let Ok(Value::Array(actions)) = serde_json::from_str(text) else { return Err(NotEdited::NoList) };
    let list = value(text);
    let places = items(text, &list).filter(|places| places.len() == actions.len()).ok_or(NotEdited::NoList)?;
    let out = match edit {
        Edit::Add { at, kind } => with(text, &list, &places, *at, kind)?,
        Edit::Move { from, to } => moved(text, &places, *from, *to)?,
        Edit::Remove { at } => without(text, &list, &places, *at).ok_or(NotEdited::NoAction)?,
        Edit::Set { at, path, value } => {
            let (action, place) = actions.get(*at).zip(places.get(*at)).ok_or(NotEdited::NoAction)?;
            let one = text.get(place.clone()).unwrap_or_default();
            spliced(text, place, &set(one, action, path, value)?)
        }
    };
    if out.len() > LONGEST { Err(NotEdited::Long { most: LONGEST }) } else { Ok(out) }
}

fn spliced(text: &str, place: &Range<usize>, with: &str) -> String {
    let (before, after) = (text.get(..place.start).unwrap_or_default(), text.get(place.end..).unwrap_or_default());
    [before, with, after].concat()
}

/// The blanks before a place.
fn blanks(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    &before[before.trim_end_matches([' ', '\n', '\r', '\t']).len()..]
}

/// How the items of a list are indented, where each has a line of its own.
fn indent(blanks: &str) -> Option<&str> {
    blanks.rsplit_once('\n').map(|(_, indent)| indent)
}

/// An action with what it cannot be without.
fn made(kind: &str) -> Option<Value> {
    let shape = ACTIONS.iter().find(|shape| shape.name == kind)?;
    let mut action = Map::new();
    for field in shape.fields.iter().filter(|field| field.needed) {
        let value = match (kind, field.name) {
            (_, "type") => json!(["dtmf"]),
            (_, "endpoint") => json!([{"type": "app", "user": ""}]),
            ("notify", "eventUrl") | ("stream", "streamUrl") => json!([""]),
            (_, "payload") => json!({}),
            _ => json!(""),
        };
        action.insert(field.name.to_owned(), value);
    }
    if kind == "input" {
        action.insert("dtmf".into(), json!({"maxDigits": 1}));
        action.insert("eventUrl".into(), json!([DTMF_URL]));
    }
    Some(Value::Object(action))
}

/// Written with `action` first; a field to a line where the list is written so.
fn written(kind: &str, action: &Value, indent: Option<&str>) -> String {
    let fields = action.as_object().into_iter().flatten();
    let fields = fields.map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), flat(value)));
    let fields: Vec<String> = [format!("\"action\": {}", Value::from(kind))].into_iter().chain(fields).collect();
    match indent {
        Some(indent) => {
            let inner = format!("\n{indent}{}", if indent.contains('\t') { "\t" } else { "  " });
            format!("{{{inner}{}\n{indent}}}", fields.join(&format!(",{inner}")))
        }
        None => format!("{{ {} }}", fields.join(", ")),
    }
}

/// On one line, with blanks as people set them.
fn flat(value: &Value) -> String {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let fields = fields.iter().map(|(name, value)| format!("{}: {}", Value::from(name.as_str()), flat(value)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join(", "))
        }
        Value::Array(list) => format!("[{}]", list.iter().map(flat).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

fn with(text: &str, list: &Range<usize>, places: &[Range<usize>], at: usize, kind: &str) -> Result<String, NotEdited> {
    let action = made(kind).ok_or_else(|| NotEdited::NotHere(kind.to_owned()))?;
    let Some(first) = places.first() else {
        return Ok(spliced(text, list, &format!("[\n  {}\n]", written(kind, &action, Some("  ")))));
    };
    if at > places.len() {
        return Err(NotEdited::NoAction);
    }
    let before = at.checked_sub(1).and_then(|at| places.get(at));
    // Set off as the one that it pushes down is, or the last one.
    let blanks = blanks(text, places.get(at).or(places.last()).map_or(0, |place| place.start));
    let new = written(kind, &action, indent(blanks));
    let blanks = if blanks.is_empty() { " " } else { blanks };
    Ok(match before {
        Some(before) => spliced(text, &(before.end..before.end), &format!(",{blanks}{new}")),
        None => spliced(text, &(first.start..first.start), &format!("{new},{blanks}")),
    })
}

/// Without one of the parts between these brackets, and without a comma beside it.
fn without(text: &str, list: &Range<usize>, places: &[Range<usize>], at: usize) -> Option<String> {
    let gone = places.get(at)?;
    let place = match (at.checked_sub(1).and_then(|at| places.get(at)), places.get(at + 1)) {
        (Some(before), _) => before.end..gone.end,
        (None, Some(after)) => gone.start..after.start,
        (None, None) => list.start + 1..list.end.saturating_sub(1),
    };
    Some(spliced(text, &place, ""))
}

fn moved(text: &str, places: &[Range<usize>], from: usize, to: usize) -> Result<String, NotEdited> {
    if from >= places.len() || to >= places.len() {
        return Err(NotEdited::NoAction);
    }
    let mut order: Vec<&Range<usize>> = places.iter().collect();
    let moving = order.remove(from);
    order.insert(to, moving);
    let mut out = String::with_capacity(text.len());
    let mut read = 0;
    // What stands between the actions stays between them.
    for (place, wanted) in places.iter().zip(order) {
        out.push_str(text.get(read..place.start).unwrap_or_default());
        out.push_str(text.get(wanted.clone()).unwrap_or_default());
        read = place.end;
    }
    out.push_str(text.get(read..).unwrap_or_default());
    Ok(out)
}

/// An action with a field set. `text` is the action alone.
fn set(text: &str, action: &Value, path: &str, typed: &str) -> Result<String, NotEdited> {
    let kind = action["action"].as_str().unwrap_or_default();
    let rings = fields::rings(action);
    if !fields::paths(kind, rings).contains(&path) {
        return Err(NotEdited::NotHere(path.to_owned()));
    }
    if path == WHOM {
        return ringing(text, rings, typed);
    }
    let field = fields::field(kind, rings, path).ok_or_else(|| NotEdited::NotHere(path.to_owned()))?;
    let literal = (field.needed || !typed.trim().is_empty()).then(|| literal(field.holds, typed)).transpose()?;
    put(text, path, literal.as_deref())
}

/// What is written for what was typed.
fn literal(holds: Holds, typed: &str) -> Result<String, NotEdited> {
    let not = || NotEdited::NotNumber { is: typed.to_owned() };
    let number = typed.trim();
    Ok(match holds {
        Holds::Text => Value::from(typed).to_string(),
        Holds::Number | Holds::Url | Holds::Word(_) => Value::from(number).to_string(),
        Holds::Urls => format!("[{}]", Value::from(number)),
        Holds::Words(_) => flat(&json!(number.split_whitespace().collect::<Vec<_>>())),
        Holds::Flag if matches!(number, "true" | "false") => number.to_owned(),
        Holds::Count | Holds::Whole(..) => number.parse::<u32>().map_err(|_| not())?.to_string(),
        Holds::Decimal(..) => {
            let read = number.parse::<f64>().ok().filter(|read| read.is_finite()).ok_or_else(not)?;
            serde_json::from_str::<f64>(number).map_or_else(|_| read.to_string(), |_| number.to_owned())
        }
        Holds::Flag | Holds::Legs | Holds::Endpoint | Holds::Object(_) | Holds::Free => return Err(not()),
    })
}

/// A `connect` that rings somebody else. The endpoint keeps the fields that its new kind has too, and those that we do not know.
fn ringing(text: &str, old: &str, whom: &str) -> Result<String, NotEdited> {
    let (new, user) = whom.split_once(':').map_or((whom, None), |(new, user)| (new, Some(user)));
    let no = || NotEdited::NotHere(whom.to_owned());
    let shape = |name: &str| ENDPOINTS.iter().find(|shape| shape.name == name);
    let wanted = shape(new).filter(|shape| user.is_none() || shape.name == "app").ok_or_else(no)?;
    let read: Value = serde_json::from_str(text).map_err(|_| no())?;
    let mut out = put(text, "endpoint.type", Some(&Value::from(new).to_string()))?;
    for field in shape(old).into_iter().flat_map(|old| old.fields) {
        if !wanted.fields.iter().any(|kept| kept.name == field.name) {
            out = put(&out, &format!("endpoint.{}", field.name), None)?;
        }
    }
    if let Some(user) = user {
        return put(&out, "endpoint.user", Some(&Value::from(user).to_string()));
    }
    // A SIP address needs none of its fields by itself; it begins with its URI.
    let begins = if new == "sip" && old != new { Some("uri") } else { None };
    let needed = wanted.fields.iter().filter(|field| field.needed || begins == Some(field.name));
    for field in needed.filter(|field| read["endpoint"][0].get(field.name).is_none()) {
        let blank = if let Holds::Word(words) = field.holds { words.get(1).or(words.first()) } else { None };
        let blank = Value::from(blank.copied().unwrap_or_default()).to_string();
        out = put(&out, &format!("endpoint.{}", field.name), Some(&blank))?;
    }
    Ok(out)
}

/// An object with a value at a path, or with none there. Of a list on the way it is the first item.
fn put(text: &str, path: &str, literal: Option<&str>) -> Result<String, NotEdited> {
    let not = || NotEdited::NotHere(path.to_owned());
    let mut text = text.to_owned();
    loop {
        let mut names = path.split('.').peekable();
        let mut object = value(&text);
        let changed = loop {
            let name = names.next().ok_or_else(not)?;
            let fields = members(&text, &object).ok_or_else(not)?;
            // Of a name that stands twice the last one counts, as for every reader.
            let found = fields.iter().rposition(|field| field.name == name);
            let last = names.peek().is_none();
            let nested = |names: std::iter::Peekable<std::str::Split<'_, char>>, literal: &str| {
                names.rev().fold(literal.to_owned(), |value, name| format!("{{ \"{name}\": {value} }}"))
            };
            match (found.and_then(|at| fields.get(at).map(|field| (at, field))), literal) {
                (None, None) => return Ok(text),
                (None, Some(literal)) => {
                    let value = nested(names, literal);
                    let value = if name == "endpoint" { format!("[{value}]") } else { value };
                    break grown(&text, &object, &fields, name, &value);
                }
                (Some((_, field)), Some(literal)) if last => break spliced(&text, &field.value, literal),
                (Some((at, _)), None) if last => {
                    let places: Vec<Range<usize>> = fields.iter().map(|field| field.whole.clone()).collect();
                    break without(&text, &object, &places, at).ok_or_else(not)?;
                }
                (Some((_, field)), literal) => match (items(&text, &field.value), literal) {
                    (None, _) => object = field.value.clone(),
                    (Some(list), literal) => match (list.first(), literal) {
                        (Some(first), _) => object = first.clone(),
                        (None, None) => return Ok(text),
                        (None, Some(literal)) => {
                            break spliced(&text, &field.value, &format!("[{}]", nested(names, literal)));
                        }
                    },
                },
            }
        };
        text = changed;
        // Taken away: an earlier one of the same name would count now.
        if literal.is_some() {
            return Ok(text);
        }
    }
}

/// An object with one more field, set off as its last one is.
fn grown(text: &str, object: &Range<usize>, fields: &[Member], name: &str, value: &str) -> String {
    match fields.last() {
        None => spliced(text, object, &format!("{{ \"{name}\": {value} }}")),
        Some(last) => {
            let blanks = match blanks(text, last.whole.start) {
                "" => " ",
                blanks => blanks,
            };
            spliced(text, &(last.whole.end..last.whole.end), &format!(",{blanks}\"{name}\": {value}"))
        }
    }
}

#[cfg(test)]
mod tests;
