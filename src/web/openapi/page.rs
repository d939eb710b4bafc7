//! `GET /api`: the description of the JSON interfaces as a page for people, made of the document that programs get.
//!
//! In English only, like the names of the fields. Rejected: a viewer from npm, which weighs over a megabyte and writes
//! styles that our content security policy refuses.

use axum::extract::{Extension, State};
use axum::response::Html;
use leptos::prelude::*;
use serde_json::{Map, Value};

use super::Description;
use super::parts::PLATFORM;
use crate::web::state::Web;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const REFERENCE: &str = "#/components/schemas/";

/// The page.
pub(in crate::web) async fn page(
    State(web): State<Web>,
    Extension(Description(document)): Extension<Description>,
) -> Html<String> {
    Html(render(&document, web.services.settings().sandbox.is_some()))
}

fn render(document: &Value, sandboxed: bool) -> String {
    let server = text(&document["servers"][0], "url");
    let all: Vec<(&String, &str, &Value)> = members(&document["paths"])
        .flat_map(|(path, item)| METHODS.iter().filter_map(move |method| Some((path, *method, item.get(*method)?))))
        .filter(|(.., operation)| list(&operation["tags"]).all(|tag| tag != PLATFORM))
        .collect();
    let index: Vec<AnyView> = all.iter().map(|(path, method, operation)| entry(path, method, operation)).collect();
    let operations: Vec<AnyView> = all
        .iter()
        .map(|(path, method, operation)| self::operation(document, &server, path, method, operation))
        .collect();
    let schemas: Vec<AnyView> =
        members(&document["components"]["schemas"]).map(|(name, schema)| self::schema(name, schema)).collect();
    let objects: Vec<AnyView> = members(&document["components"]["schemas"])
        .map(|(name, _)| {
            view! { <li><a href=format!("#schema-{name}")><code>{name.to_owned()}</code></a></li> }.into_any()
        })
        .collect();
    let about = text(&document["info"], "description");
    let strip = sandboxed.then(|| {
        view! { <aside class="sandbox-strip"><strong>"This is a sandbox."</strong><span>"No call here is real."</span></aside> }
    });
    let body = view! {
        {strip}
        <a class="skip" href="#main">"Skip to content"</a>
        <header class="top">
            <a class="brand" href="/">
                <img src="/favicon.svg" width="24" height="24" alt=""/>
                "Switchboard"
            </a>
            <a class="button quiet small" href="/admin">"Administration"</a>
        </header>
        <main id="main" tabindex="-1">
            <header class="page-head">
                <div class="page-title"><h1>"API reference"</h1></div>
                <p class="page-lead">{prose(&about)}</p>
                <p class="page-lead">"For generators of clients: "<a href="/api/openapi.json">"openapi.json"</a></p>
            </header>
            <div class="beside">
                <nav class="card" aria-label="On this page">
                    <h2>"Operations"</h2>
                    <ul class="operations">{index}</ul>
                    <h2>"Objects"</h2>
                    <ul class="objects">{objects}</ul>
                </nav>
                <div class="stack">
                    {operations}
                    {schemas}
                </div>
            </div>
        </main>
    };
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"light dark\"><title>API reference</title>\
         <link rel=\"stylesheet\" href=\"/pkg/switchboard.css\"><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         </head><body class=\"reference\">{}</body></html>",
        // Between its parts stand marks for hydration, of which there is none here.
        body.to_html().replace("<!>", "")
    )
}

/// In the list at the side.
fn entry(path: &str, method: &str, operation: &Value) -> AnyView {
    let at = format!("#{}", id(method, path));
    view! {
        <li>
            <a href=at>{verb(method)}" "<code>{path.to_owned()}</code></a>
            <span class="hint">{prose(&text(operation, "summary"))}</span>
        </li>
    }
    .into_any()
}

/// The method, in a colour by what it does: read, add, change or remove.
fn verb(method: &str) -> AnyView {
    let class = match method {
        "get" => "badge info",
        "post" => "badge ok",
        "delete" => "badge danger",
        _ => "badge",
    };
    view! { <span class=class>{method.to_uppercase()}</span> }.into_any()
}

fn operation(document: &Value, server: &str, path: &str, method: &str, operation: &Value) -> AnyView {
    let upper = method.to_uppercase();
    let (id, label) = (id(method, path), format!("{upper} {path}"));
    let parameters: Vec<Field> = list(&operation["parameters"])
        .map(|parameter| Field {
            name: text(parameter, "name"),
            place: text(parameter, "in"),
            required: parameter["required"] == true,
            kind: kind(&parameter["schema"]),
            about: [text(parameter, "description"), text(&parameter["schema"], "description")].concat(),
        })
        .collect();
    let sent = content(&operation["requestBody"]);
    let answers: Vec<AnyView> = members(&operation["responses"])
        .map(|(status, answer)| {
            let status = status.clone();
            let class = if status.starts_with('2') { "badge ok" } else { "badge plain" };
            let returned = content(answer).map(|schema| view! { " "{named(schema)} });
            view! {
                <li>
                    <span class=class>{status}</span>
                    <div>{prose(&text(answer, "description"))}{returned}</div>
                </li>
            }
            .into_any()
        })
        .collect();
    let example = request(document, server, path, method, operation);
    view! {
        <section class="card" id=id aria-label=label>
            <h2>{verb(method)}" "<code>{path.to_owned()}</code></h2>
            <p class="section-text">{prose(&text(operation, "summary"))}</p>
            {(!parameters.is_empty()).then(|| table("Parameters", parameters))}
            {sent.map(|schema| view! { <p>"Body: "{named(schema)}</p> })}
            <ul class="answers">{answers}</ul>
            <div>
                <h3>"Example"</h3>
                <pre tabindex="0"><code>{example}</code></pre>
            </div>
        </section>
    }
    .into_any()
}

/// A request as one types it into a terminal. What stands in `$KEY` and `$ID` is the reader's.
fn request(document: &Value, server: &str, path: &str, method: &str, operation: &Value) -> String {
    let upper = method.to_uppercase();
    let filled: String = path
        .split('{')
        .enumerate()
        .map(|(at, part)| match part.split_once('}') {
            Some((name, rest)) if at > 0 => format!("${}{rest}", name.to_uppercase()),
            _ => part.to_owned(),
        })
        .collect();
    // An operation that says something of keys says that it wants none.
    let key = if operation.get("security").is_none() { " -H \"Authorization: Bearer $KEY\"" } else { "" };
    let data = members(&operation["requestBody"]["content"]).next().map(|(media, content)| {
        let body = serde_json::to_string_pretty(&example(document, &content["schema"])).unwrap_or_default();
        format!(" \\\n  -H 'Content-Type: {media}' \\\n  -d '{body}'")
    });
    format!("curl -X {upper} {server}{filled}{key}{}", data.unwrap_or_default())
}

/// A value of a schema: what must be there, and what says by an example that it is worth showing.
fn example(document: &Value, schema: &Value) -> Value {
    if let Some(at) = schema["$ref"].as_str().and_then(|at| at.strip_prefix('#')) {
        return document.pointer(at).map_or(Value::Null, |schema| example(document, schema));
    }
    if let Some(given) = schema.get("example").or_else(|| list(&schema["enum"]).next()) {
        return given.clone();
    }
    let kind = schema["type"].as_str().or_else(|| list(&schema["type"]).find_map(Value::as_str)).unwrap_or_default();
    match kind {
        "object" => {
            let required: Vec<&Value> = list(&schema["required"]).collect();
            let shown = members(&schema["properties"])
                .filter(|(name, of)| required.iter().any(|known| *known == *name) || of.get("example").is_some());
            shown.map(|(name, of)| (name.clone(), example(document, of))).collect::<Map<_, _>>().into()
        }
        "array" => vec![example(document, &schema["items"])].into(),
        "integer" | "number" => 1.into(),
        "boolean" => true.into(),
        _ => "text".into(),
    }
}

fn schema(name: &str, schema: &Value) -> AnyView {
    let about = text(schema, "description");
    let required: Vec<&str> = list(&schema["required"]).filter_map(Value::as_str).collect();
    let fields = members(&schema["properties"])
        .map(|(field, of)| Field {
            required: required.contains(&field.as_str()),
            name: field.clone(),
            place: String::new(),
            kind: kind(of),
            about: text(of, "description"),
        })
        .collect();
    view! {
        <section class="card" id=format!("schema-{name}") aria-label=name.to_owned()>
            <h2><code>{name.to_owned()}</code></h2>
            {(!about.is_empty()).then(|| view! { <p class="section-text">{prose(&about)}</p> })}
            {table("Fields", fields)}
        </section>
    }
    .into_any()
}

/// A row of a table of parameters or fields.
struct Field {
    name: String,
    /// Of a parameter: path, query or header.
    place: String,
    required: bool,
    kind: AnyView,
    about: String,
}

fn table(caption: &'static str, fields: Vec<Field>) -> impl IntoView {
    let rows: Vec<AnyView> = fields
        .into_iter()
        .map(|Field { name, place, required, kind, about }| {
            let place = (!place.is_empty()).then(|| view! { <span class="hint">{place}</span> });
            let required = required.then(|| view! { " "<span class="badge plain">"required"</span> });
            view! {
                <tr>
                    <th scope="row"><code>{name}</code>{required}{place}</th>
                    <td data-label="Type">{kind}</td>
                    <td data-label="Meaning" class="wrap">{prose(&about)}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="scroll" role="group" tabindex="0" aria-label=caption>
            <table class="cards">
                <thead><tr><th scope="col">{caption}</th><th scope="col">"Type"</th><th scope="col">"Meaning"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// Where an operation stands on the page.
fn id(method: &str, path: &str) -> String {
    format!("{method}{}", path.replace(|c: char| !c.is_ascii_alphanumeric(), "-"))
}

/// What a value may be: a type, a list of words, or an object that is described further down.
fn kind(schema: &Value) -> AnyView {
    if schema.get("$ref").is_some() {
        return named(schema);
    }
    let words: Vec<String> =
        list(&schema["enum"]).filter_map(Value::as_str).map(|word| format!("\"{word}\"")).collect();
    if !words.is_empty() {
        let limits = limits(schema).map(|limits| view! { <span class="hint">{limits}</span> });
        return view! { <code>{words.join(" | ")}</code>{limits} }.into_any();
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        several => list(several).filter_map(Value::as_str).collect(),
    };
    let items = schema.get("items").map(|items| view! { " of "{kind(items)} });
    let limits = limits(schema).map(|limits| view! { <span class="hint">{limits}</span> });
    view! { <span>{types.join(" | ")}</span>{items}{limits} }.into_any()
}

/// How a value is written, and its limits.
fn limits(schema: &Value) -> Option<String> {
    let format = match schema["format"].as_str() {
        Some("date") => Some("date, such as 2026-11-21".to_owned()),
        Some("date-time") => Some("date and time (RFC 3339)".to_owned()),
        _ => None,
    };
    let range = match (&schema["minimum"], &schema["maximum"]) {
        (Value::Number(from), Value::Number(to)) => Some(format!("{from} to {to}")),
        _ => None,
    };
    let longest = schema["maxLength"].as_u64().map(|most| format!("at most {most} characters"));
    let usual = schema.get("default").filter(|usual| !usual.is_null()).map(|usual| format!("default: {usual}"));
    let all: Vec<String> = [format, range, longest, usual].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// A link to the object.
fn named(schema: &Value) -> AnyView {
    let Some(name) = schema["$ref"].as_str().and_then(|at| at.strip_prefix(REFERENCE)) else {
        return if schema.get("$ref").is_none() { kind(schema) } else { ().into_any() };
    };
    view! { <a href=format!("#schema-{name}")><code>{name.to_owned()}</code></a> }.into_any()
}

/// The schema of a body, whatever its media type.
fn content(of: &Value) -> Option<&Value> {
    members(&of["content"]).next().and_then(|(_, content)| content.get("schema"))
}

/// Text in which what stands between backticks is code.
fn prose(text: &str) -> Vec<AnyView> {
    let parts = text.split('`').enumerate().filter(|(_, part)| !part.is_empty());
    parts
        .map(|(at, part)| {
            let part = part.to_owned();
            if at % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
        })
        .collect()
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_example_has_what_must_be_there_and_what_is_worth_showing() {
        let document = json!({"components": {"schemas": {"New": {
            "type": "object",
            "required": ["name", "kind"],
            "properties": {
                "name": {"type": "string", "example": "it"},
                "kind": {"type": "string", "enum": ["a", "b"]},
                "cost": {"type": ["integer", "null"], "example": 12},
                "more": {"type": "boolean"},
            },
        }}}});
        let body = json!({"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}});
        let operation = json!({"requestBody": body, "security": []});
        let typed = request(&document, "https://a.example", "/api/new/{id}/x", "post", &operation);
        assert!(typed.starts_with("curl -X POST https://a.example/api/new/$ID/x \\\n"), "{typed}");
        let sent = typed.split_once("-d '").unwrap().1.trim_end_matches('\'');
        let sent: Value = serde_json::from_str(sent).unwrap();
        assert_eq!(sent, json!({"name": "it", "kind": "a", "cost": 12}));
    }

    #[test]
    fn limits_are_said() {
        assert_eq!(limits(&json!({"minimum": 0, "maximum": 23})), Some("0 to 23".into()));
        assert_eq!(limits(&json!({"format": "date", "default": null})), Some("date, such as 2026-11-21".into()));
        assert_eq!(limits(&json!({"format": "int64"})), None);
    }
}
