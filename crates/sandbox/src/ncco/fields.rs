//! Reading the fields of a JSON object that anybody may have written: a type that is not the documented one is an error
//! that names the field, never a panic and never a guess.

use serde_json::{Map, Value};

use crate::account::is_web_url;

/// What is wrong, beginning with the field's name.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong(pub String);

/// An object's fields. `null` counts as absent.
#[derive(Clone, Copy)]
pub struct Fields<'a>(&'a Map<String, Value>);

impl<'a> Fields<'a> {
    pub fn new(map: &'a Map<String, Value>) -> Fields<'a> {
        Fields(map)
    }

    pub fn raw(&self) -> &'a Map<String, Value> {
        self.0
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn typed<T>(&self, name: &str, kind: &str, read: impl Fn(&'a Value) -> Option<T>) -> Result<Option<T>, Wrong> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| Wrong(format!("{name} must be {kind}"))),
        }
    }

    pub fn text(&self, name: &str) -> Result<Option<String>, Wrong> {
        self.typed(name, "a string", |value| value.as_str().map(str::to_owned))
    }

    pub fn required_text(&self, name: &str) -> Result<String, Wrong> {
        match self.text(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(Wrong(format!("{name} must not be empty"))),
            None => Err(Wrong(format!("{name} is required"))),
        }
    }

    pub fn flag(&self, name: &str) -> Result<Option<bool>, Wrong> {
        self.typed(name, "true or false", Value::as_bool)
    }

    /// A finite number.
    pub fn number(&self, name: &str) -> Result<Option<f64>, Wrong> {
        self.typed(name, "a number", Value::as_f64)
    }

    /// A whole number in a range; `3.0` is one.
    pub fn whole(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Wrong> {
        let kind = format!("a whole number from {least} to {most}");
        self.typed(name, &kind, |value| {
            let float = || value.as_f64().filter(|f| f.fract() == 0.0 && (0.0..1e9).contains(f)).map(|f| f as u64);
            value.as_u64().or_else(float).filter(|n| (least..=most).contains(n))
        })
    }

    pub fn object(&self, name: &str) -> Result<Option<&'a Map<String, Value>>, Wrong> {
        self.typed(name, "an object", Value::as_object)
    }

    pub fn array(&self, name: &str) -> Result<Option<&'a [Value]>, Wrong> {
        self.typed(name, "an array", |value| value.as_array().map(Vec::as_slice))
    }

    /// An array of strings.
    pub fn texts(&self, name: &str) -> Result<Option<Vec<String>>, Wrong> {
        self.typed(name, "an array of strings", |value| {
            value.as_array()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
        })
    }

    pub fn url(&self, name: &str) -> Result<Option<String>, Wrong> {
        self.typed(name, "a URL", |value| value.as_str().filter(|url| is_web_url(url)).map(str::to_owned))
    }

    pub fn required_url(&self, name: &str) -> Result<String, Wrong> {
        self.url(name)?.ok_or_else(|| Wrong(format!("{name} is required")))
    }

    /// An array of exactly one URL.
    pub fn one_url(&self, name: &str) -> Result<String, Wrong> {
        let urls = self.texts(name)?.ok_or_else(|| Wrong(format!("{name} is required")))?;
        match urls.as_slice() {
            [url] if is_web_url(url) => Ok(url.clone()),
            _ => Err(Wrong(format!("{name} must be an array of exactly one URL"))),
        }
    }
}
