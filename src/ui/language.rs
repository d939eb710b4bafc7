//! Which language a page speaks, and its words.
//!
//! The words are static tables that `build.rs` makes from `locales/`: a missing key does not compile, and the browser
//! half pays for the texts and nothing else. `leptos_i18n` was rejected: it brings locale negotiation, cookies and
//! reactive look-ups into the browser (the figures are in ARCHITECTURE.md), and sets a cookie on every visitor's first
//! page. A page has one language from its first byte to its last; choosing another one loads the page again, which works
//! without JavaScript and even in the middle of a call, because a call survives a reload.

use leptos::prelude::*;

pub use crate::domain::language::Language;

include!(concat!(env!("OUT_DIR"), "/words.rs"));

/// The cookie that remembers a choice.
pub const COOKIE: &str = "language";

impl Language {
    #[must_use]
    pub fn words(self) -> &'static Words {
        match self {
            Self::English => &EN,
            Self::Chinese => &ZH_CN,
        }
    }

    /// What a request asks for: the choice in its cookie, else the best of `Accept-Language`, else English.
    #[must_use]
    pub fn asked(cookie: Option<&str>, accept_language: Option<&str>) -> Self {
        Self::wished(cookie, accept_language).unwrap_or_default()
    }

    /// The same, and nothing where it asks for none of ours.
    fn wished(cookie: Option<&str>, accept_language: Option<&str>) -> Option<Self> {
        Self::chosen(cookie).or_else(|| best_of(accept_language?))
    }

    /// The choice in a request's cookie.
    fn chosen(cookie: Option<&str>) -> Option<Self> {
        cookie.into_iter().flat_map(|line| line.split(';')).find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (name.trim() == COOKIE).then(|| Self::of_tag(value.trim())).flatten()
        })
    }
}

/// The language with the greatest weight; of equals the first.
fn best_of(accept_language: &str) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for range in accept_language.split(',').take(32) {
        let (tag, weight) = range.split_once(";q=").unwrap_or((range, "1"));
        let weight = weight.trim().parse::<f32>().unwrap_or(0.0);
        let Some(language) = Language::of_tag(tag) else { continue };
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// The words of this page.
#[must_use]
pub fn words() -> &'static Words {
    language().words()
}

/// The language of this page. An island in the browser has no context around it and reads it from the document.
#[must_use]
pub fn language() -> Language {
    use_context().unwrap_or_else(here)
}

/// What the request asks for; on the server.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn here() -> Language {
    wished().unwrap_or_default()
}

/// The same, and nothing where it asks for none of ours.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn wished() -> Option<Language> {
    let [cookie, accept_language] = headers();
    Language::wished(cookie.as_deref(), accept_language.as_deref())
}

/// What somebody chose on a page before; nothing where the browser alone asks for a language.
#[cfg(not(target_arch = "wasm32"))]
#[must_use]
pub fn chosen() -> Option<Language> {
    let [cookie, _] = headers();
    Language::chosen(cookie.as_deref())
}

#[cfg(not(target_arch = "wasm32"))]
fn headers() -> [Option<String>; 2] {
    use axum::http::{header, request::Parts};
    let parts = use_context::<Parts>();
    [header::COOKIE, header::ACCEPT_LANGUAGE].map(|name| {
        let value = parts.as_ref()?.headers.get(name)?;
        value.to_str().ok().map(str::to_owned)
    })
}

/// What the server chose for this page; in the browser.
#[cfg(target_arch = "wasm32")]
#[must_use]
pub fn wished() -> Option<Language> {
    Some(here())
}

/// The same; in the browser.
#[cfg(target_arch = "wasm32")]
#[must_use]
pub fn chosen() -> Option<Language> {
    wished()
}

/// What the server chose for this page; in the browser.
#[cfg(target_arch = "wasm32")]
#[must_use]
pub fn here() -> Language {
    let tag = document().document_element().and_then(|html| html.get_attribute("lang"));
    tag.and_then(|tag| Language::of_tag(&tag)).unwrap_or_default()
}

/// Puts values where a text has `{name}`. In one pass: what a value contains is never read as a name.
fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else { break };
        out.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
        rest = behind;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_comes_before_the_browsers_wish() {
        let asked = |cookie: &str, accept: &str| Language::asked(Some(cookie), Some(accept)).tag();
        assert_eq!(asked("a=b; language=zh-CN", "en"), "zh-CN");
        assert_eq!(asked("language=tlh", "zh-TW,en;q=0.8"), "zh-CN");
        assert_eq!(asked("", "fr, en;q=0.3, zh;q=0.5"), "zh-CN");
        assert_eq!(asked("", "zh;q=0, en"), "en");
        assert_eq!(asked("", "en;q=0.8,zh;q=0.8"), "en");
        assert_eq!(asked("languages=zh", ""), "en");
        assert_eq!(Language::asked(None, None).tag(), "en");
    }

    /// `build.rs` leaves these texts out of the browser's program.
    #[test]
    fn islands_use_no_texts_of_the_servers_pages() {
        let build = include_str!("../../build.rs");
        let (_, list) = build.split_once("SERVER_ONLY: [&str;").unwrap();
        let (list, _) = list.split_once("];").unwrap();
        let prefixes: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        assert!(prefixes.len() > 10 && prefixes.iter().all(|prefix| prefix.ends_with('_')), "{prefixes:?}");
        let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/ui"));
        let mut unseen = vec![root.to_owned()];
        let mut islands = 0;
        while let Some(path) = unseen.pop() {
            if path.is_dir() {
                unseen.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let shared =
                ["console", "support", "parts", "admin/cells.rs"].map(|part| path.starts_with(root.join(part)));
            if !source.contains("#[island]\n") && !shared.contains(&true) {
                continue;
            }
            islands += 1;
            for prefix in &prefixes {
                assert!(!source.contains(&format!("words.{prefix}")), "{}: words.{prefix}…", path.display());
                assert!(!source.contains(&format!("words().{prefix}")), "{}: words().{prefix}…", path.display());
            }
        }
        assert!(islands > 20, "{islands}");
    }

    fn texts(json: &str) -> std::collections::BTreeMap<String, String> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_text_is_on_some_screen() {
        let mut code = String::new();
        let mut unseen = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(path) = unseen.pop() {
            if path.is_dir() {
                unseen.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                code.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
        let words: std::collections::HashSet<&str> =
            code.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).collect();
        let unused: Vec<String> = texts(include_str!("../../locales/en.json"))
            .into_keys()
            .filter(|key| !words.contains(key.as_str()))
            .collect();
        assert!(unused.is_empty(), "no screen says {unused:?}");
    }

    #[test]
    fn texts_are_set_as_each_language_sets_them() {
        for (key, text) in texts(include_str!("../../locales/en.json")) {
            assert!(!text.contains('\''), "{key}: a straight apostrophe: {text}");
            assert!(!text.contains('"'), "{key}: straight quotes: {text}");
        }
        let han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        // A list that is read by a program.
        let list = "numbers_countries";
        for (key, text) in texts(include_str!("../../locales/zh-CN.json")).into_iter().filter(|(key, _)| key != list) {
            assert!(!text.contains('"') && !text.contains('\''), "{key}: straight quotes: {text}");
            let mut before = ' ';
            for c in text.chars() {
                assert!(
                    !(han(before) && ",;:?!()".contains(c)),
                    "{key}: {c:?} is half as wide as its neighbour: {text}"
                );
                before = c;
            }
        }
    }

    #[test]
    fn fills_each_place_once() {
        assert_eq!(fill("{a} and {b}", &[("a", "{b}"), ("b", "2")]), "{b} and 2");
        assert_eq!(fill("nothing", &[]), "nothing");
        assert_eq!(EN.support_logged_in("supportuser"), "You are logged in as supportuser");
        assert!(ZH_CN.support_logged_in("supportuser").contains("supportuser"));
    }
}
