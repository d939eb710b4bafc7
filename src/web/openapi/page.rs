//! `GET /api`: the description of the JSON interfaces as a page for people, made of the document that programs get.
//!
//! Its frame speaks the reader's language; what describes an interface is in English, like the names of its fields.
//! Rejected: a viewer from npm, which weighs over a megabyte and writes styles that our content security policy refuses.

use axum::extract::{Extension, State};
use axum::http::request::Parts;
use axum::response::Html;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use serde_json::{Map, Value};

use super::Description;
use super::parts::PLATFORM;
use crate::app::frame::{Code, LanguageSwitch, SandboxStrip, ThemeSwitch, Words, language, theme, words};
use crate::web::pages;
use crate::web::state::Web;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
const REFERENCE: &str = "#/components/schemas/";

/// What belongs together, in the order of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    TrackedCalls,
    Campaigns,
    PrivateConversations,
    Visitors,
    System,
}

impl Group {
    const EVERY: [Self; 5] =
        [Self::TrackedCalls, Self::Campaigns, Self::PrivateConversations, Self::Visitors, Self::System];

    /// By how an address begins.
    fn of(path: &str) -> Self {
        let begins = |starts: &[&str]| starts.iter().any(|start| path.starts_with(start));
        match path {
            _ if begins(&["/api/campaigns"]) => Self::Campaigns,
            _ if begins(&["/api/private-conversations"]) => Self::PrivateConversations,
            _ if begins(&["/api/calls", "/api/report", "/track"]) => Self::TrackedCalls,
            _ if begins(&["/api/jwt", "/api/queue", "/auth"]) => Self::Visitors,
            _ => Self::System,
        }
    }

    fn name(self, words: &Words) -> &'static str {
        match self {
            Self::TrackedCalls => words.sdk_api_calls,
            Self::Campaigns => words.sdk_api_campaigns,
            Self::PrivateConversations => words.sdk_api_private,
            Self::Visitors => words.sdk_api_visitors,
            Self::System => words.sdk_api_system,
        }
    }
}

/// The page.
pub(in crate::web) async fn page(
    State(web): State<Web>,
    Extension(Description(document)): Extension<Description>,
    head: Parts,
) -> Html<String> {
    let context = pages::context(&web);
    // The parts that all pages share ask the request for its language, its theme and its nonce.
    Html(Owner::new().with(|| {
        provide_context(head);
        context();
        render(&document)
    }))
}

fn render(document: &Value) -> String {
    let words = words();
    let server = text(&document["servers"][0], "url");
    let all: Vec<(&String, &str, &Value)> = members(&document["paths"])
        .flat_map(|(path, item)| METHODS.iter().filter_map(move |method| Some((path, *method, item.get(*method)?))))
        .filter(|(.., operation)| list(&operation["tags"]).all(|tag| tag != PLATFORM))
        .collect();
    let (mut index, mut folded, mut operations) = (Vec::new(), Vec::new(), Vec::new());
    for group in Group::EVERY {
        let own: Vec<_> = all.iter().filter(|(path, ..)| Group::of(path) == group).collect();
        let entries =
            || -> Vec<AnyView> { own.iter().map(|(path, method, operation)| entry(path, method, operation)).collect() };
        let name = group.name(words);
        index.push(view! { <h2>{name}</h2><ul class="operations">{entries()}</ul> }.into_any());
        folded.push(fold(name, own.len(), view! { <ul class="operations">{entries()}</ul> }.into_any()));
        operations.push(view! { <h2>{name}</h2> }.into_any());
        let sections =
            own.iter().map(|(path, method, operation)| self::operation(document, &server, path, method, operation));
        operations.extend(sections);
    }
    let schemas: Vec<AnyView> =
        members(&document["components"]["schemas"]).map(|(name, schema)| self::schema(name, schema)).collect();
    let objects = || -> Vec<AnyView> {
        let names = members(&document["components"]["schemas"]).map(|(name, _)| name.to_owned());
        names
            .map(|name| view! { <li><a href=format!("#schema-{name}")><code>{name.clone()}</code></a></li> }.into_any())
            .collect()
    };
    let list = view! { <ul class="objects">{objects()}</ul> }.into_any();
    folded.push(fold(words.sdk_api_objects, schemas.len(), list));
    let body = view! {
        <a class="skip" href="#main">{words.skip_to_content}</a>
        <SandboxStrip/>
        <header class="top">
            <a class="brand" href="/">
                <img src="/favicon.svg" width="24" height="24" alt=""/>
                <span>"Switchboard"</span>
            </a>
            <LanguageSwitch/>
            <ThemeSwitch/>
            <a class="button quiet small" href="/admin">{words.sdk_api_admin}</a>
        </header>
        <main id="main" tabindex="-1">
            <header class="page-head">
                <div class="page-title"><h1>{words.sdk_api_title}</h1></div>
                <p class="page-lead">{prose(words.sdk_api_lead)}</p>
                <p class="page-lead">{words.sdk_api_generators}" "<a href="/api/openapi.json">"openapi.json"</a></p>
            </header>
            <div class="beside">
                <nav class="card index" aria-label=words.sdk_api_on_page>
                    {index}
                    <h2>{words.sdk_api_objects}</h2>
                    <ul class="objects">{objects()}</ul>
                </nav>
                // Where the index is not beside what it leads to, it would stand before it, screen after screen.
                <nav class="card index-folded" aria-label=words.sdk_api_on_page>{folded}</nav>
                <div class="stack">
                    {operations}
                    <h2>{words.sdk_api_objects}</h2>
                    {schemas}
                </div>
            </div>
        </main>
    };
    whole(words, &body.to_html())
}

/// A group of the index on a narrow screen: its name, and how many are in it.
fn fold(name: &'static str, count: usize, list: AnyView) -> AnyView {
    view! {
        <details>
            <summary><strong>{name}</strong>" "<span class="hint">{count}</span></summary>
            {list}
        </details>
    }
    .into_any()
}

/// The document around what it shows.
fn whole(words: &Words, body: &str) -> String {
    let (theme, nonce) = (theme(), use_nonce().map(|nonce| nonce.to_string()).unwrap_or_default());
    format!(
        "<!DOCTYPE html><html lang=\"{}\" data-theme=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"color-scheme\" content=\"{}\"><title>{}</title>\
         <link rel=\"stylesheet\" href=\"/pkg/switchboard.css\"><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <script type=\"module\" src=\"/admin.js\" nonce=\"{nonce}\"></script>\
         </head><body class=\"reference\">{}</body></html>",
        language().tag(),
        theme.name(),
        theme.schemes(),
        words.sdk_api_title,
        // Between its parts stand marks for hydration, of which there is none here.
        body.replace("<!>", "")
    )
}

/// In the list at the side.
fn entry(path: &str, method: &str, operation: &Value) -> AnyView {
    let at = format!("#{}", id(method, path));
    view! {
        <li>
            <a href=at>{verb(method)}" "<code>{path.to_owned()}</code></a>
            <span class="hint" lang="en">{prose(&text(operation, "summary"))}</span>
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
    let words = words();
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
                    <div lang="en">{prose(&text(answer, "description"))}{returned}</div>
                </li>
            }
            .into_any()
        })
        .collect();
    let example = request(document, server, path, method, operation);
    view! {
        <section class="card" id=id aria-label=label>
            <h3>{verb(method)}" "<code>{path.to_owned()}</code></h3>
            <p class="section-text" lang="en">{prose(&text(operation, "summary"))}</p>
            {(!parameters.is_empty()).then(|| table(words.sdk_api_parameters, parameters))}
            {sent.map(|schema| view! { <p>{words.sdk_api_body}" "{named(schema)}</p> })}
            <ul class="answers">{answers}</ul>
            <Code text=example label=words.sdk_api_example.to_owned()/>
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
            <h3><code>{name.to_owned()}</code></h3>
            {(!about.is_empty()).then(|| view! { <p class="section-text" lang="en">{prose(&about)}</p> })}
            {table(words().sdk_api_fields, fields)}
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
    let words = words();
    let rows: Vec<AnyView> = fields
        .into_iter()
        .map(|Field { name, place, required, kind, about }| {
            let place = (!place.is_empty()).then(|| view! { <span class="hint">{place}</span> });
            let required = required.then(|| view! { " "<span class="badge plain">{words.sdk_api_required}</span> });
            view! {
                <tr>
                    <th scope="row"><code>{name}</code>{required}{place}</th>
                    <td data-label=words.sdk_api_type lang="en">{kind}</td>
                    <td data-label=words.sdk_api_meaning class="wrap" lang="en">{prose(&about)}</td>
                </tr>
            }
            .into_any()
        })
        .collect();
    view! {
        <div class="scroll" role="group" tabindex="0" aria-label=caption>
            <table class="cards">
                <thead>
                    <tr>
                        <th scope="col">{caption}</th>
                        <th scope="col">{words.sdk_api_type}</th>
                        <th scope="col">{words.sdk_api_meaning}</th>
                    </tr>
                </thead>
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
    fn what_belongs_together_stands_together() {
        let groups = ["/api/calls.csv", "/tracked-calls", "/track", "/api/report"].map(Group::of);
        assert_eq!(groups, [Group::TrackedCalls; 4]);
        assert_eq!(Group::of("/api/campaigns"), Group::Campaigns);
        assert_eq!(Group::of("/api/private-conversations/{id}"), Group::PrivateConversations);
        assert_eq!(["/auth/{user}", "/api/queue"].map(Group::of), [Group::Visitors; 2]);
        assert_eq!(["/healthz", "/api/openapi.json"].map(Group::of), [Group::System; 2]);
    }

    #[test]
    fn limits_are_said() {
        assert_eq!(limits(&json!({"minimum": 0, "maximum": 23})), Some("0 to 23".into()));
        assert_eq!(limits(&json!({"format": "date", "default": null})), Some("date, such as 2026-11-21".into()));
        assert_eq!(limits(&json!({"format": "int64"})), None);
    }
}
