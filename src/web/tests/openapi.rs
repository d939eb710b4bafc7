//! The description of the interfaces: it has every route that answers outside systems, and nothing that is none.

use std::cell::RefCell;
use std::collections::BTreeSet;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::Value;

use super::app::App;
use crate::service::call_tracking::{CallsAsk, ReportAsk};
use crate::web::call_tracking::filters::{BOTH, CALLS, Filter, Kind, REPORT};
use crate::web::pages;

/// Routes that no outside system calls, or that are another's by a second name. A route that is neither here nor a page
/// must be described.
const NOT_DESCRIBED: [&str; 26] = [
    // Second names.
    "//api/jwt",
    "//api/queue",
    "/event",
    "/webhooks/events",
    // For people.
    "/api",
    "/audio/hold.wav",
    "/audio/music/{file}",
    "/track.js",
    "/admin/tracking/calls.csv",
    "/recordings/{recording}",
    "/call-recordings/{id}",
    "/console/voicemails/{id}",
    // The forms of our own pages.
    "/admin/hours/import",
    "/api/business-logo",
    "/api/queue-music",
    "/brand/logo/{version}",
    "/call-back",
    // For our own scripts in our own pages.
    "/api/business-preview",
    "/api/call-flow-check",
    "/api/console",
    "/live/calls",
    "/live/calls/{conversation}/audio",
    "/live/console",
    "/live/pages",
    "/live/visits/{visit}",
    "/live/webhooks",
];

/// The paths of a router: only what it shows for debugging has them.
fn paths_of<S>(router: &Router<S>) -> BTreeSet<String> {
    let shown = format!("{router:?}");
    let (_, paths) = shown.split_once("paths: {").expect("axum shows a router's paths in another way");
    let (paths, _) = paths.split_once("} }").unwrap();
    paths.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn described(document: &Value) -> BTreeSet<String> {
    document["paths"].as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn every_route_is_described_or_known_to_be_none_of_an_interface() {
    let app = App::start().await;
    let document = app.get("/api/openapi.json").await.json();
    let (routes, pages) = (paths_of(&app.router), paths_of(&pages::routes(&app.web)));
    assert!(routes.len() > 60 && pages.len() > 20, "{} routes, {} pages", routes.len(), pages.len());
    let described = described(&document);
    let known: BTreeSet<String> = NOT_DESCRIBED.iter().map(|path| (*path).to_owned()).collect();
    let forgotten: Vec<&String> = routes
        .iter()
        .filter(|path| !described.contains(*path) && !known.contains(*path) && !pages.contains(*path))
        .collect();
    assert!(forgotten.is_empty(), "not described: {forgotten:?}");
    let gone: Vec<&String> = described.iter().chain(&known).filter(|path| !routes.contains(*path)).collect();
    assert!(gone.is_empty(), "no routes: {gone:?}");
    let both: Vec<&String> = described.iter().filter(|path| known.contains(*path) || pages.contains(*path)).collect();
    assert!(both.is_empty(), "{both:?}");
}

/// The router takes what is described and nothing else.
#[tokio::test]
async fn each_route_takes_the_methods_that_are_described() {
    let app = App::start().await;
    let document = app.get("/api/openapi.json").await.json();
    for (path, item) in document["paths"].as_object().unwrap() {
        let request = Request::builder().method("TRACE").uri(path.replace(['{', '}'], "")).body(Body::empty()).unwrap();
        let answer = app.send(request).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
        let beside = ["HEAD", "OPTIONS"];
        let allowed: BTreeSet<String> = answer
            .header("allow")
            .split(',')
            .filter(|method| !beside.contains(method))
            .map(str::to_lowercase)
            .collect();
        let described: BTreeSet<String> = item.as_object().unwrap().keys().cloned().collect();
        assert_eq!(allowed, described, "{path}");
    }
}

/// Every reference leads somewhere, everything has a name of its own, a summary, and a description of each answer.
#[tokio::test]
async fn the_description_is_whole() {
    let app = App::start().await;
    let document = app.get("/api/openapi.json").await.json();
    let text = document.to_string();
    assert!(!text.contains("[`"), "a link of Rust's documentation leads nowhere here");
    let schemas = &document["components"]["schemas"];
    for (at, _) in text.match_indices("#/components/schemas/") {
        let name: String = text[at + "#/components/schemas/".len()..].chars().take_while(|c| *c != '"').collect();
        assert!(schemas[&name].is_object(), "{name} is not described");
    }
    for name in schemas.as_object().unwrap().keys().filter(|name| *name != "Problem") {
        assert!(text.contains(&format!("#/components/schemas/{name}\"")), "{name} is nobody's");
    }
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let says = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
            assert!(says(&operation["summary"]), "{method} {path} has no summary");
            assert!(names.insert(operation["operationId"].as_str().unwrap()), "{method} {path}: its name is another's");
            for (status, answer) in operation["responses"].as_object().unwrap() {
                assert!(says(&answer["description"]), "{method} {path}: {status}");
            }
            let given = path.matches('{').count();
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            assert_eq!(parameters.filter(|parameter| parameter["in"] == "path").count(), given, "{method} {path}");
        }
    }
}

/// What people read of operations, parameters, answers and fields.
fn told(document: &Value) -> Vec<(String, &Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["tags"][0] == "platform" {
                continue;
            }
            let at = format!("{method} {path}");
            all.push((at.clone(), &operation["summary"]));
            for parameter in operation["parameters"].as_array().into_iter().flatten() {
                let own = &parameter["description"];
                let says = if own.is_string() { own } else { &parameter["schema"]["description"] };
                all.push((format!("{at}: {}", parameter["name"]), says));
            }
            for (status, answer) in operation["responses"].as_object().unwrap() {
                all.push((format!("{at}: {status}"), &answer["description"]));
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        all.push((name.clone(), &schema["description"]));
        for (field, of) in schema["properties"].as_object().into_iter().flatten() {
            all.push((format!("{name}.{field}"), &of["description"]));
        }
    }
    all
}

#[tokio::test]
async fn everything_is_told_in_whole_sentences() {
    let app = App::start().await;
    let document = app.get("/api/openapi.json").await.json();
    let told = told(&document);
    assert!(told.len() > 100, "{}", told.len());
    let whole = |text: &str| {
        text.ends_with('.')
            && text.starts_with(|first: char| first.is_uppercase() || first == '`')
            && text.contains(' ')
    };
    let fragments: Vec<&String> =
        told.iter().filter(|(_, text)| !text.as_str().is_some_and(whole)).map(|(at, _)| at).collect();
    assert!(fragments.is_empty(), "{fragments:#?}");
}

#[tokio::test]
async fn parameters_have_the_type_of_their_values() {
    let app = App::start().await;
    let document = app.get("/api/openapi.json").await.json();
    let of = |path: &str, name: &str| {
        let parameters = document["paths"][path]["get"]["parameters"].as_array().unwrap();
        parameters.iter().find(|parameter| parameter["name"] == name).unwrap()["schema"].clone()
    };
    assert_eq!(of("/api/calls", "from")["format"], "date");
    assert_eq!(
        (&of("/api/calls", "hour")["type"], &of("/api/calls", "hour")["maximum"]),
        (&"integer".into(), &23.into())
    );
    assert_eq!(of("/api/calls", "first")["enum"], serde_json::json!(["yes", "no"]));
}

#[tokio::test]
async fn what_calls_and_reports_may_be_asked_for_is_described() {
    let app = App::start().await;
    let names = |more: &[Filter]| -> BTreeSet<String> {
        BOTH.iter().chain(more).map(|(name, ..)| (*name).to_owned()).collect()
    };
    let asked = RefCell::new(BTreeSet::new());
    let note = |name: &str| -> Option<String> {
        asked.borrow_mut().insert(name.to_owned());
        None
    };
    let lines = &app.services.lines;
    assert!(ReportAsk::read(note, lines).is_ok());
    let of_report = asked.take();
    assert!(CallsAsk::read(note, lines).is_ok());
    let of_calls = asked.take();
    assert_eq!(of_report, names(&REPORT));
    // A list reads what a report compares with, and does nothing with it.
    assert_eq!(of_calls, names(&[CALLS.as_slice(), &[("versus", Kind::Text, "")]].concat()));
}

/// Whatever is described for people's systems is on the page, and every link of the page leads somewhere on it.
#[tokio::test]
async fn the_page_for_people_has_everything_but_what_the_platform_calls() {
    let app = App::start().await;
    let document = app.get("/api/openapi.json").await.json();
    let page = app.get("/api").await.text();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let platform = operation["tags"][0] == "platform";
            let title = format!("aria-label=\"{} {path}\"", method.to_uppercase());
            assert_eq!(page.contains(&title), !platform, "{title}");
        }
    }
    for (at, _) in page.match_indices("href=\"#") {
        let id: String = page[at + 7..].chars().take_while(|c| *c != '"').collect();
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
    assert!(page.contains("<h1>API reference</h1>"), "{page}");
    let server = document["servers"][0]["url"].as_str().unwrap();
    let key = "-H \"Authorization: Bearer $KEY\"";
    assert!(page.contains(&format!("curl -X POST {server}/api/private-conversations {key}")), "{page}");
    assert!(page.contains(&format!("curl -X GET {server}/healthz</pre>")));
    assert!(page.contains("data-copy=\"curl -X GET") && page.contains("src=\"/admin.js\" nonce=\""));
}
