//! What documents and comments name is there.

use std::path::{Path, PathBuf};

/// Folders of the repository. A word that begins with one of them and a slash is a path.
const FOLDERS: &[&str] =
    &["src", "crates", "tools", "end2end", "public", "style", "docs", "locales", "benches", "seeds", "reference"];
/// A word with a slash and one of these endings is a path too, of `src` or of the file's own folder.
const ENDINGS: &[&str] = &[".rs", ".md", ".sql", ".mjs", ".spec.ts"];

#[test]
fn every_path_that_a_document_or_a_comment_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    for folder in ["docs", "src", "crates", "public", "tools", "style", "benches", "end2end/tests", "end2end/support"] {
        collect(&root.join(folder), &mut files);
    }
    let top = std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    files.extend(top.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    let (mut seen, mut wrong) = (0, Vec::new());
    for file in files {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let document = file.extension().is_some_and(|ending| ending == "md");
        for (line, number) in text.lines().zip(1..) {
            for path in paths(if document { line } else { comment(line) }) {
                seen += 1;
                let own = file.parent().unwrap_or(root).to_owned();
                if ![root.to_owned(), root.join("src"), own].iter().any(|base| base.join(path).exists()) {
                    wrong.push(format!("{}:{number}: {path}", file.strip_prefix(root).unwrap().display()));
                }
            }
        }
    }
    assert!(seen > 80, "the scan found only {seen} paths: does it still read the documents?");
    assert!(wrong.is_empty(), "there is no such file:\n{}", wrong.join("\n"));
}

/// The words of a text that are paths of the repository.
fn paths(text: &str) -> Vec<&str> {
    let word = |character: char| character.is_ascii_alphanumeric() || "_-./".contains(character);
    text.split(|character| !word(character))
        .map(|path| path.trim_end_matches(['.', '-']))
        .filter(|path| {
            let Some((first, rest)) = path.split_once('/') else { return false };
            let named = ENDINGS.iter().any(|ending| rest.ends_with(ending)) && !first.is_empty();
            (FOLDERS.contains(&first) && !rest.is_empty()) || named
        })
        .collect()
}

/// The comment of a line of code; empty if it has none.
fn comment(line: &str) -> &str {
    let line = line.trim_start();
    let starts = ["//", "# ", "/*", "* "];
    if starts.iter().any(|start| line.starts_with(start)) {
        return line;
    }
    // Behind code, after a space: an address in a string has none before its slashes.
    line.split_once(" // ").map_or("", |(_, comment)| comment)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_dir() {
            files.push(path);
        } else if path.file_name().is_none_or(|name| name != "node_modules") {
            collect(&path, files);
        }
    }
}

#[test]
fn paths_are_found_in_sentences() {
    assert_eq!(paths("see `src/lib.rs` and docs/sandbox.md."), ["src/lib.rs", "docs/sandbox.md"]);
    assert_eq!(paths("(`web/audio_socket/socket.rs`)"), ["web/audio_socket/socket.rs"]);
    assert!(paths("https://example.com/docs/a.md and/or 3/4").is_empty());
    assert_eq!(comment("let a = \"https://b/src/x.rs\"; // why"), "why");
}
