//! Who may import whom. A new arrow is a decision for `ARCHITECTURE.md`, not an accident.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Every module of the crate's first level, and the modules of ours that it may name.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("vonage", &["domain"]),
    ("store", &["domain"]),
    ("service", &["domain", "store", "vonage"]),
    ("api", &["domain", "service"]),
    ("browser", &["domain"]),
    ("ui", &["api", "domain", "browser"]),
    ("app", &["ui"]),
    ("web", &["domain", "service", "api", "app", "vonage", "config"]),
    ("cli", &["domain", "web", "store", "config", "service", "vonage", "telemetry"]),
    ("config", &["domain"]),
    ("telemetry", &[]),
];

#[test]
fn modules_import_only_what_the_house_allows() {
    let arrows: BTreeMap<_, _> = ARROWS.iter().copied().collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for file in rust_files(&root) {
        let relative = file.strip_prefix(&root).unwrap();
        let first = relative.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
        let module = first.trim_end_matches(".rs").to_owned();
        if ["lib", "main", "tests"].contains(&module.as_str()) {
            continue;
        }
        // A module's own tests build the things around it that they need.
        if relative.components().any(|part| part.as_os_str() == "tests")
            || relative.to_string_lossy().ends_with("tests.rs")
        {
            continue;
        }
        let allowed = arrows.get(module.as_str()).unwrap_or_else(|| panic!("{module} has no row in ARROWS"));
        let text = std::fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            for named in crate_paths(line) {
                seen += 1;
                if named != module && arrows.contains_key(named.as_str()) && !allowed.contains(&named.as_str()) {
                    wrong.push(format!("{}:{}: {module} may not import {named}", relative.display(), number + 1));
                }
            }
        }
    }
    assert!(seen > 20, "the scan found only {seen} imports: does it still read the code?");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whoever clears a call flow or a number says that the dial policy was asked. That is one file's business.
#[test]
fn f14_what_leaves_us_is_cleared_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for file in rust_files(&root) {
        let relative = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let test = relative.starts_with("tests/") || relative.ends_with("tests.rs") || relative == "domain/outgoing.rs";
        let text = std::fs::read_to_string(&file).unwrap();
        if !test && (text.contains("Cleared::check") || text.contains("Diallable::check")) {
            found.push(relative);
        }
    }
    assert_eq!(found, ["service/dial_policy.rs"]);
}

/// Where somebody's own number may be taken out of its type: to dial, to send a text, to ask the database.
const SINKS: &[&str] = &[
    "domain/private_calls.rs",
    "service/private_calls/open.rs",
    "service/private_calls/privacy.rs",
    "service/private_calls/texts.rs",
];

#[test]
fn a_real_number_is_revealed_only_where_it_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for file in rust_files(&root) {
        let relative = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let test = relative.starts_with("tests/") || relative.ends_with("/tests.rs");
        if !test && std::fs::read_to_string(&file).unwrap().contains(".reveal()") {
            found.push(relative);
        }
    }
    found.sort();
    assert_eq!(found, SINKS);
}

/// Where text is written into a page past the framework's escaping.
const MARKUP: &str = "ui/parts/markup.rs";

#[test]
fn f11_one_file_writes_the_title_and_raw_markup() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for file in rust_files(&root) {
        let relative = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        if relative == MARKUP || relative.starts_with("tests/") {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            let head = ["provide_meta_context", "MetaTags", "{MetaTags, provide_meta_context}"];
            let past = |(at, name): (usize, &str)| &line[at + name.len()..];
            let mut odd =
                line.match_indices("leptos_meta::").map(past).any(|rest| !head.iter().any(|ok| rest.starts_with(ok)));
            odd |= line.contains("leptos_meta as") || line.contains("inner_html(");
            odd |= line.match_indices("inner_html=").map(past).any(|rest| !rest.starts_with("in_text_field("));
            seen += usize::from(line.contains("leptos_meta::") || line.contains("inner_html="));
            if odd {
                wrong.push(format!("{relative}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    assert!(seen >= 3, "the scan found only {seen} places: does it still read the code?");
    assert!(wrong.is_empty(), "{MARKUP} has what escapes:\n{}", wrong.join("\n"));
}

/// The first-level modules named in `crate::x` and `crate::{x, y::z}` on a line of code.
fn crate_paths(line: &str) -> Vec<String> {
    if line.trim_start().starts_with("//") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (at, _) in line.match_indices("crate::") {
        let rest = &line[at + "crate::".len()..];
        let names: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => top_level(group.rsplit_once('}').map_or(group, |(inside, _)| inside)),
            None => vec![rest],
        };
        found.extend(
            names
                .into_iter()
                .map(|name| name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>()),
        );
    }
    found
}

/// Splits `a, b::{c, d}, e` at the commas outside braces.
fn top_level(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut parts) = (0, 0, Vec::new());
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&group[start..]);
    parts
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}

#[test]
fn reads_grouped_imports() {
    assert_eq!(crate_paths("use crate::{domain::{call, line}, store::Store};"), ["domain", "store"]);
    assert_eq!(crate_paths("    let x = crate::web::router();"), ["web"]);
    assert!(crate_paths("// crate::web is not named in comments").is_empty());
}
