//! Nothing grows until nobody reads it: files, functions, and the types that the services and the store are made of.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Lines of a file that is not tests.
const LONGEST_FILE: usize = 450;
/// Lines of a function. Views are exempt: a page is one piece of markup.
const LONGEST_FUNCTION: usize = 80;
/// Methods of a type of `service` or `store`.
const MOST_METHODS: usize = 40;

/// The code of a file without its tests, by its path below `src`; files that are tests are left out.
fn code() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut found, mut folders) = (BTreeMap::new(), vec![root.clone()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "tests" {
                folders.push(path);
            } else if name.ends_with(".rs") && !name.trim_end_matches(".rs").ends_with("tests") {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned();
                found.insert(path.strip_prefix(&root).unwrap().to_owned(), code);
            }
        }
    }
    assert!(found.len() > 300, "the scan found only {} files", found.len());
    found
}

/// The name of the function that a line begins.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let plain = |word: &str| matches!(word, "async" | "const" | "unsafe") || word.starts_with("pub");
    let starts = before.replace("pub(in crate::service)", "pub").split_whitespace().all(plain);
    (starts && !before.contains("//")).then(|| after.split(['(', '<']).next().unwrap_or_default())
}

#[test]
fn no_file_is_longer_than_one_reads_at_once() {
    for (path, code) in code() {
        let lines = code.lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines", path.display());
    }
}

#[test]
fn no_function_is_longer_than_a_screen() {
    let mut seen = 0;
    for (path, code) in code().iter().filter(|(path, _)| !path.starts_with("ui")) {
        let lines: Vec<&str> = code.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(name) = function_name(line) else { continue };
            let indent = &line[..line.len() - line.trim_start().len()];
            let end = lines[at..].iter().position(|line| line.strip_prefix(indent).is_some_and(|rest| rest == "}"));
            let declared = lines[at..].iter().position(|line| line.ends_with(';')).unwrap_or(usize::MAX);
            let opened = lines[at..].iter().position(|line| line.ends_with('{')).unwrap_or(usize::MAX);
            let Some(end) = end.filter(|_| opened < declared) else { continue };
            seen += 1;
            assert!(end < LONGEST_FUNCTION, "{} in {} has {} lines", name, path.display(), end + 1);
        }
    }
    assert!(seen > 2_000, "the scan found only {seen} functions: does it still read the code?");
}

#[test]
fn no_type_of_the_services_or_the_store_does_everything() {
    for layer in ["service", "store"] {
        let mut methods: BTreeMap<String, usize> = BTreeMap::new();
        for code in code().iter().filter(|(path, _)| path.starts_with(layer)).map(|(_, code)| code) {
            let mut of = None;
            for line in code.lines() {
                if let Some(name) = line.strip_prefix("impl").filter(|name| !name.contains(" for ")) {
                    // Past the parameters of the block itself.
                    let name =
                        if name.starts_with('<') { name.split_once("> ").map_or("", |(_, name)| name) } else { name };
                    let name = name.trim_start();
                    of = Some(name.split(['<', ' ']).next().unwrap_or_default().to_owned());
                } else if line == "}" {
                    of = None;
                }
                if let Some(name) = of.as_ref().filter(|_| function_name(line).is_some()) {
                    *methods.entry(name.clone()).or_default() += 1;
                }
            }
        }
        assert!(methods.len() > 20, "the scan found only {} types: does it still read the code?", methods.len());
        for (name, count) in methods {
            assert!(count <= MOST_METHODS, "{name} of {layer} has {count} methods");
        }
    }
}
