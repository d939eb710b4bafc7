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

/// To clear a call flow or a number is to say that the dial policy was asked. One file does that.
#[test]
fn f14_what_leaves_us_is_cleared_in_one_place() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for file in rust_files(&root) {
        let relative = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        let test = relative.contains("tests/") || relative.ends_with("tests.rs") || relative == "domain/outgoing.rs";
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

/// A file imports from what it stands on, never from what stands on it: so each can be read, and tested, after those below
/// it. The file that declares a module imports from its parts, so the parts do not import from it.
#[test]
fn no_file_of_a_layer_imports_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (module, least) in [("store", 100), ("service", 200), ("api", 30), ("ui", 100), ("web", 100)] {
        let arrows = imports_between(&root, module);
        let seen = arrows.values().map(Vec::len).sum::<usize>();
        assert!(seen > least, "{module}: the scan found only {seen} imports: does it still read the code?");
        let circle = arrows.keys().find_map(|file| way_back(&arrows, file));
        assert_eq!(circle, None, "files that import one another");
    }
}

/// The handles of the services, and the other handles that each holds: those whose help its job needs.
const HANDLES: &[(&str, &[&str])] = &[
    ("Rights", &[]),
    ("Flash", &[]),
    ("Live", &[]),
    ("ClockSkew", &[]),
    ("Accounts", &["Rights"]),
    ("Lines", &["Live", "Accounts"]),
    ("DialPolicy", &["Lines"]),
    ("Menus", &["Lines", "DialPolicy"]),
    ("SpokenTexts", &[]),
    ("Queues", &["Lines", "DialPolicy", "Menus"]),
    ("OpeningHours", &["Lines", "DialPolicy", "Queues"]),
    ("Masking", &["Lines"]),
    ("CallLog", &["Lines", "Masking"]),
    ("Business", &["Lines"]),
    ("CallFlows", &["Lines", "DialPolicy", "Menus", "Queues"]),
    ("Visits", &["Lines", "Queues"]),
    ("Board", &["Lines", "DialPolicy"]),
    ("Dialling", &["Board", "Queues"]),
    ("WaitingCallers", &["Board", "Queues"]),
    ("Routing", &["Board", "Dialling", "WaitingCallers"]),
    ("Presence", &["Board", "Routing"]),
    ("AfterCall", &["Board", "Routing"]),
    ("Controls", &["Board", "Routing"]),
    ("Voicemails", &["Board"]),
    ("LegEvents", &["Board", "Routing", "Presence", "Controls", "Voicemails"]),
    ("Liveness", &["Board", "Routing", "Controls", "LegEvents"]),
    ("Leaving", &["Board", "Routing", "Controls"]),
    ("Ending", &["Board", "Routing", "Controls", "Leaving", "Liveness"]),
    ("HandingOver", &["Board", "Routing", "Controls", "Leaving", "Dialling"]),
    ("Tabs", &["Board", "Routing", "Presence", "Controls", "Liveness"]),
    ("History", &["Board"]),
    (
        "Consoles",
        &["Tabs", "Presence", "Controls", "Ending", "HandingOver", "Dialling", "AfterCall", "History", "Voicemails"],
    ),
    ("View", &["Board", "Presence", "Dialling", "WaitingCallers"]),
    ("Visitors", &["Board", "Dialling", "WaitingCallers", "Visits", "OpeningHours"]),
    ("Answers", &["Board", "Routing", "Dialling", "Presence", "CallFlows", "OpeningHours", "Menus"]),
    ("Sweep", &["Board", "Routing", "Controls", "Liveness"]),
    ("Choices", &["Board"]),
    (
        "ContactCenter",
        &[
            "Consoles",
            "Presence",
            "View",
            "Voicemails",
            "Visitors",
            "Ending",
            "Answers",
            "LegEvents",
            "Sweep",
            "Choices",
        ],
    ),
    ("Sdk", &["Lines", "Accounts", "ContactCenter"]),
    ("Team", &["Lines", "Accounts", "ContactCenter", "Rights", "Sdk"]),
    ("Hooks", &["Lines"]),
    ("Tracking", &["Lines", "DialPolicy", "Live", "ContactCenter", "Hooks"]),
    ("Numbers", &["Lines", "CallFlows"]),
    ("Audio", &["Lines", "Live"]),
    ("Masks", &["Lines", "Live"]),
    ("Texts", &["Lines", "DialPolicy", "Live", "Masks"]),
    ("Private", &["Lines", "DialPolicy", "Live", "Masks", "Texts"]),
    ("Decisions", &["Lines", "DialPolicy", "ContactCenter", "Masks", "Audio", "CallFlows", "Tracking", "Numbers"]),
    ("SilentCalls", &["ContactCenter"]),
    ("Webhooks", &["Lines", "DialPolicy", "ContactCenter", "Masks", "Decisions", "SilentCalls"]),
    ("Setup", &["Lines", "DialPolicy", "Team", "CallLog", "Numbers", "Texts", "ClockSkew"]),
    ("DryRun", &["Lines", "OpeningHours", "Queues", "CallFlows"]),
    ("Music", &[]),
    ("DemoData", &["Lines", "Business", "Menus", "Live"]),
];

/// The most fields of a handle: what needs more is more than one job.
const MOST_FIELDS: usize = 10;

#[test]
fn a_job_holds_only_the_jobs_that_it_needs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/service");
    let code: String = rust_files(&root).iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    for (at, (handle, expected)) in HANDLES.iter().enumerate() {
        let above: Vec<&str> = HANDLES[..at].iter().map(|(name, _)| *name).collect();
        assert!(expected.iter().all(|held| above.contains(held)), "{handle} holds one that stands below it");
        let tuple = code.contains(&format!("\npub struct {handle}("));
        let fields = fields_of(&code, handle).unwrap_or_default();
        assert!(tuple || !fields.is_empty(), "{handle} is not found");
        assert!(fields.len() <= MOST_FIELDS, "{handle} has {} fields", fields.len());
        let mut held: Vec<&str> = fields.into_iter().filter(|of| HANDLES.iter().any(|(name, _)| name == of)).collect();
        let mut expected = expected.to_vec();
        held.sort_unstable();
        expected.sort_unstable();
        assert_eq!(held, expected, "{handle}");
    }
    let whole = code.matches("impl Services {").count();
    assert!(whole <= 3, "{whole} blocks of what belongs to a job");
}

/// The types of a struct's fields; of what is shared, the type itself.
fn fields_of<'a>(code: &'a str, name: &str) -> Option<Vec<&'a str>> {
    let rest = ["pub", "pub(crate)", "pub(super)", "pub(in crate::service)"]
        .iter()
        .find_map(|shown| Some(code.split_once(&format!("\n{shown} struct {name} {{\n"))?.1))?;
    let (fields, _) = rest.split_once("\n}")?;
    let fields = fields.lines().filter(|line| !line.trim_start().starts_with("//"));
    let type_of = |line: &'a str| Some(line.split_once(": ")?.1.trim_end_matches(','));
    let shared = |of: &'a str| of.strip_prefix("Arc<").and_then(|of| of.strip_suffix('>')).unwrap_or(of);
    Some(fields.filter_map(type_of).map(shared).collect())
}

/// Of each file of a module, by its module's path, the files of the same module that it imports from.
fn imports_between(root: &Path, module: &str) -> BTreeMap<String, Vec<String>> {
    let own = root.join(module).with_extension("rs");
    let files: Vec<PathBuf> = rust_files(&root.join(module)).into_iter().chain(own.exists().then_some(own)).collect();
    let path_of = |file: &Path| {
        let name = file.strip_prefix(root).unwrap().with_extension("").to_string_lossy().replace('/', "::");
        name.trim_end_matches("::mod").to_owned()
    };
    let modules: BTreeMap<String, &PathBuf> = files.iter().map(|file| (path_of(file), file)).collect();
    let mut arrows = BTreeMap::new();
    for (here, file) in modules.iter().filter(|(here, _)| !here.contains("test")) {
        let text = std::fs::read_to_string(file).unwrap();
        let code =
            text.split("#[cfg(test)]\nmod unit").next().unwrap().split("#[cfg(test)]\nmod tests {").next().unwrap();
        let mut named: Vec<String> = code.split(';').flat_map(|statement| used_paths(statement, here)).collect();
        named.retain_mut(|path| {
            // What is not a module is an item of the module before it.
            while !modules.contains_key(path.as_str()) {
                let Some((outer, _)) = path.rsplit_once("::") else { return false };
                *path = outer.to_owned();
            }
            path != here
        });
        named.sort();
        named.dedup();
        arrows.insert(here.clone(), named);
    }
    arrows
}

/// The full paths of what a `use` names in the module `here`.
fn used_paths(statement: &str, here: &str) -> Vec<String> {
    let Some((_, used)) = statement.rsplit_once("use ") else { return Vec::new() };
    let used: String = used.split_whitespace().collect::<Vec<_>>().join(" ");
    let (head, names) = match used.split_once('{') {
        Some((head, group)) => (head.to_owned(), top_level(group.trim_end_matches('}'))),
        None => (String::new(), vec![used.as_str()]),
    };
    let full = |name: &str| {
        let path = format!("{head}{}", name.trim());
        if let Some(rest) = path.strip_prefix("crate::") {
            return rest.to_owned();
        }
        let (mut module, mut rest) = (here.to_owned(), path.as_str());
        rest = rest.strip_prefix("self::").unwrap_or(rest);
        while let Some(inner) = rest.strip_prefix("super::") {
            module = module.rsplit_once("::").map(|(outer, _)| outer.to_owned()).unwrap_or_default();
            rest = inner;
        }
        format!("{module}::{rest}")
    };
    // What stands after the last comma of a group is no name.
    names.into_iter().filter(|name| !name.trim().is_empty()).map(full).collect()
}

/// The way from a file over what it imports back to itself, if there is one.
fn way_back(arrows: &BTreeMap<String, Vec<String>>, file: &str) -> Option<Vec<String>> {
    let mut ways = vec![vec![file.to_owned()]];
    let mut seen = Vec::new();
    while let Some(way) = ways.pop() {
        for next in arrows.get(way.last()?).into_iter().flatten() {
            let mut further = way.clone();
            further.push(next.clone());
            if next == file {
                return Some(further);
            }
            if !seen.contains(next) {
                seen.push(next.clone());
                ways.push(further);
            }
        }
    }
    None
}

#[test]
fn finds_what_a_file_imports() {
    assert_eq!(used_paths("\nuse super::db::{Db, on_db}", "store::calls"), ["store::db::Db", "store::db::on_db"]);
    assert_eq!(used_paths("\npub use agents::AgentRow", "store::desk"), ["store::desk::agents::AgentRow"]);
    assert_eq!(used_paths("\nuse crate::store::tx::Tx", "store::writer::commit"), ["store::tx::Tx"]);
    assert_eq!(used_paths("\nuse super::{\n    live,\n}", "web::router"), ["web::live"]);
    assert_eq!(used_paths("\nuse self::wire::Wire", "web::audio"), ["web::audio::wire::Wire"]);
    let arrows = [("a", vec!["b".to_owned()]), ("b", vec!["c".to_owned()]), ("c", vec!["b".to_owned()])];
    let arrows: BTreeMap<_, _> = arrows.into_iter().map(|(file, named)| (file.to_owned(), named)).collect();
    assert_eq!(way_back(&arrows, "a"), None);
    assert_eq!(way_back(&arrows, "b").map(|way| way.join(" ")), Some("b c b".to_owned()));
}
