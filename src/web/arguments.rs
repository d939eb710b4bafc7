//! What the client sent to a server function or for a console cannot be read: that is the client's mistake, so the answer is 400 and says
//! which field and why. Leptos answers 500 to all of it, or sends a form back to where it came from.
//!
//! Also refused here, and by name: the character NUL, which PostgreSQL does not keep in a text; and with 415 what is sent to
//! a form's function and is no form. Read as one it would be a form with nothing in it, which most functions take.

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What people send us is small: a form, the JSON of a server function or a console.
pub(super) const BODY_LIMIT: usize = 256 << 10;

/// The kinds of error, as Leptos writes them, that are about what the client sent.
const THEIRS: [&str; 4] = ["Args|", "MissingArg|", "Deserialization|", "Request|"];

/// The functions that read JSON; every other one reads a form. A test holds it against their declarations.
const JSON: [&str; 35] = [
    "business",
    "call",
    "call-flow",
    "call-flows",
    "call-list",
    "campaign-list",
    "closed-lines",
    "console-desk",
    "console-settings",
    "dry-run",
    "events",
    "hours",
    "menu",
    "menus",
    "numbers",
    "overview",
    "private-detail",
    "private-forgotten",
    "private-overview",
    "private-pool",
    "private-proof",
    "queue-form",
    "queue-list",
    "sdk",
    "setup",
    "speech",
    "support-page",
    "tracked-calls",
    "tracking-report",
    "tracking-webhooks",
    "users",
    "visit-renewals",
    "visit-call-back",
    "visit-message",
    "visits",
];
const FORM: &str = "application/x-www-form-urlencoded";
const JSON_TYPE: &str = "application/json";

/// What a request calls its body, where a function of ours cannot read that.
fn is_no_form(head: &Parts, sent: &Bytes) -> Option<String> {
    let name = head.uri.path().strip_prefix("/api/").filter(|_| head.method == Method::POST)?;
    if JSON.contains(&name) {
        return None;
    }
    let kind = kind_of(&head.headers);
    let fine = kind == FORM || (kind.is_empty() && sent.is_empty());
    (!fine).then_some(kind)
}

/// What a request calls its body, in small letters.
fn kind_of(headers: &HeaderMap) -> String {
    let kind = headers.get(header::CONTENT_TYPE).map(|kind| String::from_utf8_lossy(kind.as_bytes()));
    kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Reads a body of JSON, or says which field cannot be read and why.
pub(super) fn json<T: DeserializeOwned>(headers: &HeaderMap, sent: &Bytes) -> Result<T, Box<Response>> {
    let kind = kind_of(headers);
    if kind != JSON_TYPE {
        return Err(Box::new(of_another_kind("JSON", JSON_TYPE, &kind)));
    }
    if let Some(field) = nul(sent) {
        return Err(Box::new(refused(&field, "the character NUL is in no text")));
    }
    serde_json::from_slice(sent).map_err(|error| {
        let why = error.to_string();
        let (field, reason) = match error.line() {
            0 => ("the body".to_owned(), why.as_str()),
            _ => explained(sent, &why),
        };
        Box::new(refused(&field, reason))
    })
}

fn of_another_kind(reads: &str, kind: &str, sent: &str) -> Response {
    let sent = if sent.is_empty() { "of no type" } else { sent };
    let reason = format!("what is asked here is read as {reads} ({kind}), and the body is {sent}");
    answer(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content-type", &reason)
}

/// Around every page and server function.
pub(super) async fn readable(request: Request, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|uri| uri.as_str().contains("%00")) {
        return refused("the address", "the character NUL is in no text");
    }
    let (head, body) = request.into_parts();
    let Ok(sent) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long, or was cut off\n").into_response();
    };
    if let Some(field) = nul(&sent) {
        return refused(&field, "the character NUL is in no text");
    }
    if let Some(kind) = is_no_form(&head, &sent) {
        return of_another_kind("a form", FORM, &kind);
    }
    // Cheap: the bytes are shared.
    let request = Request::from_parts(head, Body::from(sent.clone()));
    let response = next.run(request).await;
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (head, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let said = String::from_utf8_lossy(&body);
    match THEIRS.iter().find_map(|kind| said.strip_prefix(kind)) {
        Some(why) => {
            let (field, reason) = explained(&sent, why);
            refused(&field, reason)
        }
        None => Response::from_parts(head, Body::from(body)),
    }
}

/// In Leptos' own writing, so that the browser's program reads it as it reads every other error.
pub(super) fn refused(field: &str, reason: &str) -> Response {
    answer(StatusCode::BAD_REQUEST, field, reason)
}

fn answer(status: StatusCode, field: &str, reason: &str) -> Response {
    let mut response = (status, format!("Args|{field}: {reason}")).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// The first field with a NUL in it.
fn nul(sent: &Bytes) -> Option<String> {
    let text = std::str::from_utf8(sent).ok()?;
    if !(text.contains('\0') || text.contains("\\u0000") || text.contains("%00")) {
        return None;
    }
    match serde_json::from_str::<Value>(text) {
        Ok(value) => nul_in(&value, String::new()),
        Err(_) => {
            pairs(text).into_iter().find(|(name, value)| format!("{name}{value}").contains('\0')).map(|(name, _)| name)
        }
    }
}

fn nul_in(value: &Value, path: String) -> Option<String> {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::String(text) if text.contains('\0') => Some(if path.is_empty() { "the body".to_owned() } else { path }),
        Value::Array(all) => all.iter().enumerate().find_map(|(at, value)| nul_in(value, below(&at.to_string()))),
        Value::Object(all) => all.iter().find_map(|(name, value)| match name.contains('\0') {
            true => Some(below(&name.replace('\0', ""))),
            false => nul_in(value, below(name)),
        }),
        _ => None,
    }
}

fn pairs(form: &str) -> Vec<(String, String)> {
    let pairs = url::form_urlencoded::parse(form.as_bytes());
    pairs.map(|(name, value)| (name.replace('\0', ""), value.into_owned())).collect()
}

/// Which field it is about, and what is wrong with it.
fn explained<'a>(sent: &[u8], why: &'a str) -> (String, &'a str) {
    let named = why.split_once("field `").and_then(|(_, rest)| rest.split_once('`')).map(|(name, _)| name.to_owned());
    let (reason, place) = match why.rsplit_once(" at line ") {
        Some((reason, place)) => (reason, offset(sent, place)),
        None => (why, None),
    };
    let mut path = match place {
        Some(end) => path_at(&sent[..end]),
        None => named.is_none().then(|| in_form(sent, why)).flatten().into_iter().collect(),
    };
    path.extend(named.filter(|name| path.last() != Some(name)));
    let field = path.join(".");
    if field.is_empty() { ("the body".to_owned(), why) } else { (field, reason) }
}

/// The number of bytes before `LINE column COLUMN`.
fn offset(sent: &[u8], place: &str) -> Option<usize> {
    let (line, column) = place.trim().split_once(" column ")?;
    let (line, column): (usize, usize) = (line.parse().ok()?, column.parse().ok()?);
    let before: usize = sent.split(|byte| *byte == b'\n').take(line.checked_sub(1)?).map(|line| line.len() + 1).sum();
    Some((before + column).min(sent.len()))
}

/// Where in a JSON text its beginning ends: the names and indices of what is open there.
fn path_at(json: &[u8]) -> Vec<String> {
    enum Open {
        Object { key: Option<String> },
        Array { at: usize },
    }
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while at < json.len() {
        match json[at] {
            b'{' => open.push(Open::Object { key: None }),
            b'[' => open.push(Open::Array { at: 0 }),
            b'}' | b']' => drop(open.pop()),
            b',' => match open.last_mut() {
                Some(Open::Object { key }) => *key = None,
                Some(Open::Array { at }) => *at += 1,
                None => {}
            },
            b'"' => {
                let begin = at;
                at += 1;
                while at < json.len() && json[at] != b'"' {
                    at += if json[at] == b'\\' { 2 } else { 1 };
                }
                if let Some(Open::Object { key: key @ None }) = open.last_mut() {
                    *key = json.get(begin..=at).and_then(|name| serde_json::from_slice(name).ok());
                }
            }
            _ => {}
        }
        at += 1;
    }
    let names = open.into_iter().filter_map(|open| match open {
        Open::Object { key } => key,
        Open::Array { at } => Some(at.to_string()),
    });
    names.collect()
}

/// The field of a form that an error without a place is about: the one whose value is quoted, else one that is no plain
/// field, else all that came.
fn in_form(sent: &[u8], why: &str) -> Option<String> {
    let fields = pairs(std::str::from_utf8(sent).ok()?);
    let quoted = fields.iter().find(|(_, value)| !value.is_empty() && why.contains(&format!("{value:?}")));
    let odd = || fields.iter().find(|(name, _)| name.contains(['[', ']']));
    let all = || fields.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
    let name = quoted.or_else(odd).map_or_else(all, |(name, _)| name.split('[').next().unwrap_or(name).to_owned());
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn f17_the_place_of_a_json_error_is_a_fields_name() {
        for (json, expected) in [
            (r#"{"id":5"#, "id"),
            (r#"{"a":"x","query":{"show":"mine","before":[1,{"c":tr"#, "query.before.1.c"),
            (r#"{"a":{"b":1},"c""#, "c"),
            (r#"{"a\"b":"}{,","d":7"#, "d"),
            ("[5", "0"),
            ("{", ""),
            ("\"\\", ""),
        ] {
            assert_eq!(path_at(json.as_bytes()).join("."), expected, "{json}");
        }
    }

    #[test]
    fn f17_every_way_of_being_wrong_names_what_is_wrong() {
        #[derive(Debug, serde::Deserialize)]
        #[expect(dead_code, reason = "only read into")]
        struct Inner {
            show: u8,
        }
        #[derive(Debug, serde::Deserialize)]
        #[expect(dead_code, reason = "only read into")]
        struct Outer {
            name: String,
            query: Inner,
        }
        for (json, expected) in [
            (r#"{"name":5,"query":{"show":1}}"#, "name"),
            ("{\n  \"name\": \"x\",\n  \"query\": {\n    \"show\": \"all\" } }", "query.show"),
            (r#"{"name":"x","query":{}}"#, "query.show"),
            (r#"{"name":"x"}"#, "query"),
            (r#"{"name":"x","name":"y"}"#, "name"),
            (r#"{"name":"x","query":[]}"#, "query"),
            (r#"{"name":"x","query":{"show":900}}"#, "query.show"),
            (r#"{"name":"\ud800","query":{"show":1}}"#, "name"),
            ("", "the body"),
            ("7", "the body"),
        ] {
            let why = serde_json::from_str::<Outer>(json).unwrap_err().to_string();
            assert_eq!(explained(json.as_bytes(), &why).0, expected, "{json}: {why}");
        }
    }

    #[test]
    fn f17_nul_is_found_wherever_it_is() {
        for (sent, expected) in [
            (r#"{"id":"a\u0000b"}"#, Some("id")),
            (r#"{"query":{"all":["x","\u0000"]}}"#, Some("query.all.1")),
            (r#"{"id":"a\\u0000b"}"#, None),
            ("name=x&text=%00", Some("text")),
            ("name=x&text=%2500", None),
            ("\"\\u0000\"", Some("the body")),
        ] {
            assert_eq!(nul(&Bytes::from(sent)).as_deref(), expected, "{sent}");
        }
    }

    #[test]
    fn which_functions_read_json_is_as_they_are_declared() {
        let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/api"));
        let (mut wrong, mut seen) = (Vec::new(), 0);
        let mut folders = vec![root.to_path_buf()];
        let mut files = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        for file in files {
            let text = std::fs::read_to_string(file).unwrap();
            for declared in text.split("#[server(prefix").skip(1) {
                let declared = declared.split(")]").next().unwrap();
                let name = declared.split("endpoint = \"").nth(1).unwrap().split('"').next().unwrap();
                let json = declared.contains("input = Json");
                seen += 1;
                if json != JSON.contains(&name) {
                    wrong.push(format!("{name}: JSON {json}"));
                }
            }
        }
        assert!(seen > 60, "{seen}: does it still read the code?");
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    #[test]
    fn a_body_that_is_no_form_is_found_out() {
        let asked = |path: &str, kind: &str, body: &'static str| {
            let mut request = axum::http::Request::post(path);
            if !kind.is_empty() {
                request = request.header(header::CONTENT_TYPE, kind);
            }
            let (head, ()) = request.body(()).unwrap().into_parts();
            is_no_form(&head, &Bytes::from_static(body.as_bytes()))
        };
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(asked("/api/sign-in", form, "name=x"), None);
        assert_eq!(asked("/api/sign-out", "", ""), None);
        assert_eq!(asked("/api/sign-in", "Application/JSON", "{}").as_deref(), Some("application/json"));
        assert_eq!(asked("/api/sign-in", "", "{}").as_deref(), Some(""));
        assert_eq!(asked("/api/console-desk", "application/json", "{}"), None);
        assert_eq!(asked("/login", "application/json", "{}"), None);
    }

    proptest! {
        #[test]
        fn f17_no_body_and_no_message_makes_it_panic(body in proptest::collection::vec(any::<u8>(), 0..60), json in "[\\[\\]{}\",:\\\\a0 \n]{0,40}", why in "\\PC{0,40}", line in 0_usize..9, column in 0_usize..99) {
            let _ = (nul(&Bytes::from(body.clone())), path_at(json.as_bytes()));
            for sent in [&body[..], json.as_bytes()] {
                let place = format!("{why} at line {line} column {column}");
                for why in [&why, &place] {
                    prop_assert!(!explained(sent, why).0.is_empty());
                }
            }
        }
    }
}
