//! Fills a form of a rendered page with what was typed into it before.
//!
//! Here, on the finished page, and not in each of the operator's forty fields: a form that is added tomorrow is filled too,
//! and works without JavaScript as all of them do. It reads what our own pages are made of: tags that are closed,
//! attributes in double quotes. What it does not understand it leaves as it is. Pure.

use std::borrow::Cow;
use std::ops::Range;

/// What was typed into a form.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Typed {
    /// Where the form is posted to.
    pub action: String,
    pub fields: Vec<(String, String)>,
}

impl Typed {
    fn has(&self, name: &str, value: &str) -> bool {
        self.fields.iter().any(|(known, typed)| known == name && typed == value)
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// The id of the sentence that stands in the form.
pub(super) const ANCHOR: &str = "unsent";

/// The page with its form filled in, and `notice` in it if there is one; `None` when it has no such form.
pub(super) fn refill(page: &str, typed: &Typed, notice: Option<&str>) -> Option<String> {
    let tags = tags(page);
    let (from, to) = form(page, &tags, typed)?;
    let mut out = String::with_capacity(page.len() + 1024);
    let mut done = tags[from].at.end;
    out.push_str(&page[..done]);
    if let Some(notice) = notice {
        out.push_str(&format!("<p class=\"notice\" role=\"status\" id=\"{ANCHOR}\">{}</p>", escaped(notice)));
    }
    let mut select = None::<String>;
    for tag in &tags[from + 1..to] {
        let Some(text) = changed(page, tag, typed, &mut select) else { continue };
        out.push_str(&page[done..tag.at.start]);
        out.push_str(&text);
        done = tag.inside.as_ref().map_or(tag.at.end, |inside| inside.end);
    }
    out.push_str(&page[done..]);
    Some(out)
}

/// What a tag becomes; for a text field with what is in it. `select` is the list of choices around it.
fn changed(page: &str, tag: &Tag, typed: &Typed, select: &mut Option<String>) -> Option<String> {
    let text = &page[tag.at.clone()];
    let get = |name: &str| attribute(text, name).map(|(_, value)| value);
    match (tag.name.as_str(), tag.closing) {
        ("select", false) => *select = get("name").map(Cow::into_owned),
        ("select", true) => *select = None,
        ("option", false) => {
            typed.value(select.as_deref()?)?;
            let chosen = typed.has(select.as_deref()?, &get("value")?);
            return Some(marked(text, "selected", chosen));
        }
        ("textarea", false) => {
            let value = typed.value(&get("name")?)?;
            // A browser takes the first line break of a text field away.
            return Some(format!("{text}\n{}", escaped(value)));
        }
        ("input", false) => {
            let name = get("name")?;
            match get("type").as_deref().unwrap_or("text") {
                "hidden" | "password" | "submit" | "button" | "reset" | "image" | "file" => {}
                "checkbox" | "radio" => {
                    let value = get("value").unwrap_or(Cow::Borrowed("on"));
                    return Some(marked(text, "checked", typed.has(&name, &value)));
                }
                _ => {
                    let value = typed.value(&name)?;
                    return Some(with(&without(text, "value"), &format!("value=\"{}\"", escaped(value))));
                }
            }
        }
        _ => {}
    }
    None
}

/// The first form that is posted to the same address, says the same in its hidden fields, and has a field for what was
/// typed: the places of its two tags.
fn form(page: &str, tags: &[Tag], typed: &Typed) -> Option<(usize, usize)> {
    let is = |tag: &&(usize, &Tag), closing: bool| tag.1.name == "form" && tag.1.closing == closing;
    let all: Vec<(usize, &Tag)> = tags.iter().enumerate().collect();
    all.iter().filter(|tag| is(tag, false)).find_map(|(from, tag)| {
        let (_, action) = attribute(&page[tag.at.clone()], "action")?;
        let (to, _) = all[from + 1..].iter().find(|tag| is(tag, true))?;
        (action == typed.action && fits(page, &tags[from + 1..*to], typed)).then_some((*from, *to))
    })
}

fn fits(page: &str, tags: &[Tag], typed: &Typed) -> bool {
    let mut fillable = false;
    for tag in tags.iter().filter(|tag| !tag.closing && ["input", "select", "textarea"].contains(&tag.name.as_str())) {
        let text = &page[tag.at.clone()];
        let get = |name: &str| attribute(text, name).map(|(_, value)| value);
        let Some(name) = get("name") else { continue };
        if get("type").as_deref() == Some("hidden") {
            // Where a form leads back to is no part of what it is about.
            let same = name == "back" || typed.value(&name).is_none_or(|value| get("value").as_deref() == Some(value));
            if !same {
                return false;
            }
        } else {
            fillable |= typed.value(&name).is_some();
        }
    }
    fillable
}

struct Tag {
    name: String,
    closing: bool,
    at: Range<usize>,
    /// What is between a text field's two tags.
    inside: Option<Range<usize>>,
}

/// What is not read for tags.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];

fn tags(page: &str) -> Vec<Tag> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = page[at..].find('<').map(|open| at + open) {
        let rest = &page[open + 1..];
        if rest.starts_with("!--") {
            at = rest.find("-->").map_or(page.len(), |end| open + 1 + end + 3);
            continue;
        }
        let closing = rest.starts_with('/');
        let letters = &rest[usize::from(closing)..];
        let length = letters.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(letters.len());
        let Some(end) = end_of_tag(page, open).filter(|_| length > 0) else {
            at = open + 1;
            continue;
        };
        let name = letters[..length].to_ascii_lowercase();
        at = end;
        let mut inside = None;
        if !closing && RAW.contains(&name.as_str()) {
            let close = format!("</{name}");
            at = page[end..].find(&close).map_or(page.len(), |close| end + close);
            inside = (name == "textarea").then_some(end..at);
        }
        found.push(Tag { name, closing, at: open..end, inside });
    }
    found
}

/// Behind the `>` that ends a tag; one in quotes does not.
fn end_of_tag(page: &str, open: usize) -> Option<usize> {
    let mut quote = None;
    for (at, c) in page[open..].char_indices() {
        match (quote, c) {
            (None, '>') => return Some(open + at + 1),
            (None, '"' | '\'') => quote = Some(c),
            (Some(of), c) if of == c => quote = None,
            _ => {}
        }
    }
    None
}

/// An attribute of a tag: where it is, and its value; empty when it has none.
fn attribute<'a>(tag: &'a str, wanted: &str) -> Option<(Range<usize>, Cow<'a, str>)> {
    let mut at = tag.find(|c: char| c.is_ascii_whitespace())?;
    while at < tag.len() {
        let rest = &tag[at..];
        let start = at + rest.find(|c: char| !c.is_ascii_whitespace() && c != '/' && c != '>')?;
        let named = &tag[start..];
        let name_end = start
            + named.find(|c: char| c.is_ascii_whitespace() || ['=', '>', '/'].contains(&c)).unwrap_or(named.len());
        let (mut end, mut value) = (name_end, "");
        if tag[name_end..].starts_with('=') {
            let given = &tag[name_end + 1..];
            let quote = given.chars().next().filter(|c| ['"', '\''].contains(c));
            let from = name_end + 1 + usize::from(quote.is_some());
            let ends = |c: char| quote.map_or(c.is_ascii_whitespace() || c == '>', |quote| c == quote);
            let to = from + tag[from..].find(ends).unwrap_or(tag.len() - from);
            value = &tag[from..to];
            end = (to + usize::from(quote.is_some())).min(tag.len());
        }
        if tag[start..name_end].eq_ignore_ascii_case(wanted) {
            return Some((start..end, unescaped(value)));
        }
        // A stray sign is passed over.
        at = end.max(start + tag[start..].chars().next().map_or(1, char::len_utf8));
    }
    None
}

fn without(tag: &str, name: &str) -> String {
    match attribute(tag, name) {
        Some((at, _)) => format!("{}{}", &tag[..at.start], &tag[at.end..]),
        None => tag.to_owned(),
    }
}

fn with(tag: &str, attribute: &str) -> String {
    let body = tag.trim_end_matches('>').trim_end_matches('/').trim_end();
    format!("{body} {attribute}>")
}

fn marked(tag: &str, name: &str, on: bool) -> String {
    let bare = without(tag, name);
    if on { with(&bare, name) } else { bare }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#x27;"),
            c => out.push(c),
        }
    }
    out
}

/// Reads what escaping writes, ours and Leptos'.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#x27;", "'"), ("&#39;", "'")];
    let plain = named.iter().fold(text.to_owned(), |text, (name, sign)| text.replace(name, sign));
    Cow::Owned(plain.replace("&amp;", "&"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use scraper::{Html, Selector};

    use super::*;

    const PAGE: &str = r#"<main><form method="post" action="/api/other"><input name="name" value="theirs"></form>
        <form method="post" action="/api/save"><input type="hidden" name="id" value="7"><input name="name" value="six"></form>
        <form method="post" action="/api/save" class="a > b"><input type="hidden" name="id" value="new">
        <input type="hidden" name="back" value="/here"><input id="n" name="name" value="old &quot;x" required/>
        <input type="password" name="password" value=""><input type="checkbox" name="pool" value="true" checked>
        <input type="radio" name="colour" value="teal" checked><input type="radio" name="colour" value="red">
        <select name="role"><option value="agent" selected>Agent</option><option value="operator">Operator</option></select>
        <textarea name="text" rows="4">&lt;b&gt; old</textarea><button name="act" value="save">Save</button></form></main>"#;

    fn typed(fields: &[(&str, &str)]) -> Typed {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Typed { action: "/api/save".into(), fields }
    }

    fn all<'a>(page: &'a Html, selector: &str) -> Vec<scraper::ElementRef<'a>> {
        let selector = Selector::parse(selector).unwrap();
        page.select(&selector).collect()
    }

    #[test]
    fn a5_the_form_is_filled_with_what_was_typed_and_no_other_is() {
        let fields = [
            ("id", "new"),
            ("back", "/elsewhere"),
            ("name", "a \"name\" <b>"),
            ("colour", "red"),
            ("role", "operator"),
            ("text", "</textarea><script>alert(1)</script>\nsecond"),
            ("password", "never"),
            ("act", "save"),
        ];
        let page = refill(PAGE, &typed(&fields), Some("Not sent & not lost")).unwrap();
        let page = Html::parse_document(&page);
        let values: Vec<&str> = all(&page, "[name=name]").iter().map(|one| one.attr("value").unwrap()).collect();
        assert_eq!(values, ["theirs", "six", "a \"name\" <b>"]);
        let checked: Vec<&str> = all(&page, "[checked]").iter().map(|one| one.attr("value").unwrap()).collect();
        assert_eq!(checked, ["red"], "a box that was not ticked is not sent");
        let chosen: Vec<&str> = all(&page, "[selected]").iter().map(|one| one.attr("value").unwrap()).collect();
        assert_eq!(chosen, ["operator"]);
        let text: String = all(&page, "textarea")[0].text().collect();
        assert_eq!(text, "</textarea><script>alert(1)</script>\nsecond");
        assert!(all(&page, "script").is_empty());
        assert_eq!(all(&page, "[type=password]")[0].attr("value"), Some(""), "a secret is never filled in");
        assert_eq!(all(&page, "#unsent")[0].text().collect::<String>(), "Not sent & not lost");
        assert_eq!(all(&page, "[name=back]")[0].attr("value"), Some("/here"));
        assert_eq!(all(&page, "button").len(), 1);
    }

    #[test]
    fn a5_a_page_without_that_form_stays_as_it_is() {
        let other = Typed { action: "/api/nothing".into(), ..typed(&[("name", "x")]) };
        assert_eq!(refill(PAGE, &other, None), None);
        assert_eq!(refill(PAGE, &typed(&[("id", "8"), ("name", "x")]), None), None, "a form about something else");
        assert_eq!(refill(PAGE, &typed(&[("id", "new"), ("act", "save")]), None), None, "nothing was typed");
        assert!(refill(PAGE, &typed(&[("id", "7"), ("name", "x")]), None).unwrap().contains("value=\"x\""));
    }

    proptest! {
        /// Whatever was typed, the page has the elements that it had, and one paragraph more.
        #[test]
        fn a5_no_text_becomes_markup(name in "\\PC{0,40}", text in "[<>/\"'&a\n textarea script!-]{0,60}") {
            let filled = refill(PAGE, &typed(&[("id", "new"), ("name", &name), ("text", &text)]), Some("n")).unwrap();
            let (before, after) = (Html::parse_document(PAGE), Html::parse_document(&filled));
            let names = |page: &Html| all(page, "*").iter().map(|one| one.value().name().to_owned()).collect::<Vec<_>>();
            prop_assert_eq!(names(&after).len(), names(&before).len() + 1);
            let shown: String = all(&after, "textarea")[0].text().collect();
            prop_assert_eq!(shown, text);
            prop_assert_eq!(all(&after, "#n")[0].attr("value"), Some(name.as_str()));
        }

        #[test]
        fn a5_no_page_makes_it_panic(page in "[<>/\"'= a-f!-]{0,80}", more in "\\PC{0,40}") {
            let wanted = typed(&[("a", "b")]);
            let form = format!("<form action=\"/api/save\"><input name=\"a\" {more}{page}>{page}{more}</form>");
            for page in [&page, &more, &form] {
                let _ = refill(page, &wanted, None);
            }
        }
    }
}
