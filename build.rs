//! Runs before the crate is compiled. Three jobs:
//!
//! 1. `locales/*.json` becomes `$OUT_DIR/words.rs`: one struct `Words` with a field per key and one static value per
//!    language, so that a missing or surplus translation does not compile. A text with `{placeholders}` becomes a
//!    method that takes them. Why not `leptos_i18n`: see `src/ui/language.rs`.
//! 2. `target/site` exists, because `web::assets` embeds it: a bare `cargo check` must not need a built site.
//! 3. A new file in the folder of migrations is seen: the macro that reads it watches only those that it found.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

type Texts = BTreeMap<String, String>;

/// What only pages say that the server draws whole: the browser's program carries these texts empty. A test in
/// `src/ui/language.rs` sees to it that no island uses one.
const SERVER_ONLY: [&str; 16] = [
    "business_",
    "dry_run_",
    "flows_",
    "hours_",
    "menus_",
    "numbers_",
    "private_",
    "queues_",
    "sdk_",
    "settings_",
    "setup_",
    "speech_",
    "step_",
    "tracking_",
    "users_",
    "why_",
];

/// File stem and name of the generated value; the first is the one whose keys the others must have.
const LANGUAGES: [(&str, &str); 2] = [("en", "EN"), ("zh-CN", "ZH_CN")];

fn main() -> Result<(), Box<dyn Error>> {
    let mut cargo = std::io::stdout();
    writeln!(cargo, "cargo::rerun-if-changed=build.rs\ncargo::rerun-if-changed=locales")?;
    writeln!(cargo, "cargo::rerun-if-changed=src/store/migrations")?;
    if std::env::var_os("PROFILE").is_some_and(|profile| profile == "release") {
        // Embedded files are watched one by one; this tells of new ones.
        writeln!(cargo, "cargo::rerun-if-changed=target/site.stamp")?;
    }
    std::fs::create_dir_all("target/site")?;
    let mut languages = Vec::new();
    for (stem, name) in LANGUAGES {
        let path = Path::new("locales").join(format!("{stem}.json"));
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        let texts: Texts = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        languages.push((stem, name, texts));
    }
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let browser = std::env::var_os("CARGO_CFG_TARGET_ARCH").is_some_and(|arch| arch == "wasm32");
    std::fs::write(out.join("words.rs"), generate(&languages, browser)?)?;
    Ok(())
}

fn generate(languages: &[(&str, &str, Texts)], browser: bool) -> Result<String, Box<dyn Error>> {
    let (_, _, first) = languages.first().ok_or("no language")?;
    let mut code =
        String::from("/// Every text of the screens in one language; made from `locales/`.\npub struct Words {\n");
    for (key, text) in first {
        let visibility = if placeholders(text).is_empty() { "pub " } else { "" };
        writeln!(code, "    /// “{}”\n    {visibility}{key}: &'static str,", text.escape_debug())?;
    }
    code.push_str("}\n\nimpl Words {\n");
    for (key, text) in first {
        let names = placeholders(text);
        if names.is_empty() {
            continue;
        }
        let arguments: String = names.iter().map(|name| format!(", {name}: &str")).collect();
        let pairs: String = names.iter().map(|name| format!("({name:?}, {name}), ")).collect();
        writeln!(code, "    /// “{}”\n    #[must_use]", text.escape_debug())?;
        writeln!(
            code,
            "    pub fn {key}(&self{arguments}) -> String {{\n        fill(self.{key}, &[{pairs}])\n    }}"
        )?;
    }
    code.push_str("}\n");
    for (stem, name, texts) in languages {
        let (wanted, given): (BTreeSet<_>, BTreeSet<_>) = (first.keys().collect(), texts.keys().collect());
        if let Some(key) = wanted.symmetric_difference(&given).next() {
            return Err(format!("locales/{stem}.json: {key:?} is missing or surplus").into());
        }
        writeln!(code, "\nstatic {name}: Words = Words {{")?;
        for (key, text) in texts {
            if placeholders(text) != first.get(key).map(|text| placeholders(text)).unwrap_or_default() {
                return Err(format!("locales/{stem}.json: {key:?} has other placeholders than en").into());
            }
            let left_out = browser && SERVER_ONLY.iter().any(|prefix| key.starts_with(prefix));
            writeln!(code, "    {key}: {:?},", if left_out { "" } else { text })?;
        }
        code.push_str("};\n");
    }
    Ok(code)
}

/// The names between braces, each once.
fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
}
