//! Holds what the tests are answered to what `/api/openapi.json` says of it: every status, every field, every type.

use axum::http::{HeaderMap, Method, header};
use serde_json::{Map, Value};

/// What any request may meet, whatever it asks for: a wrong method, a body that is too long or too slow.
const EVERYWHERE: [u16; 3] = [405, 408, 413];

/// Panics when the answer to a described request is not one of the described answers.
pub fn hold(document: &Value, method: &Method, path: &str, status: u16, headers: &HeaderMap, body: &[u8]) {
    let Some(operation) = operation_of(document, method, path) else { return };
    let at = format!("{method} {path}: {status}");
    let Some(answer) = operation["responses"].get(status.to_string()) else {
        assert!(EVERYWHERE.contains(&status), "{at} is not described");
        return;
    };
    let sent = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or_default()).unwrap_or_default();
    let sent = sent.split(';').next().unwrap_or_default();
    let Some(content) = answer["content"].as_object() else {
        // A flow is the answer to some events, in which nothing is described but that there may be one.
        assert!(body.is_empty() || sent == "application/json", "{at} has a body, which is not described");
        return;
    };
    let Some(content) = content.get(sent) else { panic!("{at} is {sent}, which is not described") };
    if sent.ends_with("json") {
        let body = serde_json::from_slice(body).unwrap_or_else(|error| panic!("{at}: {error}"));
        if let Err(why) = fits(document, &content["schema"], &body) {
            panic!("{at}: {why}\n{body:#}");
        }
    }
}

fn operation_of<'a>(document: &'a Value, method: &Method, path: &str) -> Option<&'a Value> {
    let fits = |template: &str| {
        let (template, path) = (template.split('/'), path.split('/'));
        template.clone().count() == path.clone().count()
            && template
                .zip(path)
                .all(|(wanted, given)| wanted == given || (wanted.starts_with('{') && !given.is_empty()))
    };
    // What is written out goes before what is a parameter.
    let mut found: Vec<(&String, &Value)> = document["paths"].as_object()?.iter().filter(|(at, _)| fits(at)).collect();
    found.sort_by_key(|(template, _)| template.matches('{').count());
    found.first()?.1.get(method.as_str().to_lowercase())
}

/// Why a value is not of a schema.
fn fits(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let pointer = name.strip_prefix('#').ok_or("a reference to elsewhere")?;
        return fits(document, document.pointer(pointer).ok_or(format!("{name} is not described"))?, value);
    }
    if let Some(either) = schema["oneOf"].as_array() {
        let any = either.iter().any(|one| fits(document, one, value).is_ok());
        return any.then_some(()).ok_or(format!("{value} matches no alternative of {either:?}"));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        Value::Null => vec![],
        one => vec![one.clone()],
    };
    if !kinds.is_empty() && !kinds.contains(&kind.into()) {
        return Err(format!("{value} is no {kinds:?}"));
    }
    if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        return Err(format!("{value} is none of {}", schema["enum"]));
    }
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| fits(document, &schema["items"], item)),
        Value::Object(fields) => object_fits(document, schema, fields),
        _ => Ok(()),
    }
}

fn object_fits(document: &Value, schema: &Value, fields: &Map<String, Value>) -> Result<(), String> {
    let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
    if let Some(missing) = required.into_iter().find(|name| !fields.contains_key(*name)) {
        return Err(format!("{missing} is missing"));
    }
    let more = schema.get("additionalProperties");
    let free = schema.get("properties").is_none() && more.is_none();
    for (name, value) in fields {
        match (schema["properties"].get(name), more) {
            (Some(of), _) => fits(document, of, value).map_err(|why| format!("{name}: {why}"))?,
            (None, Some(Value::Bool(true))) => {}
            (None, Some(of @ Value::Object(_))) => fits(document, of, value).map_err(|why| format!("{name}: {why}"))?,
            (None, _) if free => {}
            (None, _) => return Err(format!("{name} is not described")),
        }
    }
    Ok(())
}
