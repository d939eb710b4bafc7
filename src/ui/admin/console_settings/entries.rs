//! What the two lists have in common: what can be done to an entry, and the form's first fields.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use crate::domain::contact_center::console_settings::{Change, Draft, Entry, LONGEST_LABEL};
use crate::domain::trouble::FieldError;
use crate::ui::admin::form::Wrong;
use crate::ui::admin::link;
use crate::ui::console::texts;
use crate::ui::language::words;
use crate::ui::parts::confirm::{Confirm, Post, RowMenu};
use crate::ui::parts::field::TextField;

/// A page with a list: its address, and where changes of an entry are posted.
#[derive(Debug, Clone, Copy)]
pub struct List {
    pub page: &'static str,
    pub change: &'static str,
}

/// What can be done to the entry at `at`.
#[component]
pub fn Actions<T: Send + Sync + 'static>(list: List, entries: Vec<Entry<T>>, at: usize) -> impl IntoView {
    let words = words();
    let Some(entry) = entries.get(at) else { return ().into_any() };
    let (word, name) = (entry.word.text().to_owned(), texts::label(&entry.label).to_owned());
    let kind =
        |at: Option<usize>| at.and_then(|at| entries.get(at)).is_some_and(|other| other.archived == entry.archived);
    let (up, down) = (kind(at.checked_sub(1)), kind(Some(at + 1)));
    let does = |to: Change| vec![("word", word.clone()), ("to", to.name().to_owned())];
    let post = |to: Change, label| {
        let fields = does(to);
        view! { <Post action=list.change label fields item=true/> }.into_any()
    };
    let edit = format!("{}#form", link::to(list.page, [("edit", word.as_str())]));
    let end = if entry.archived {
        let (text, fields) = (words.settings_delete_text(&name, &word), does(Change::Delete));
        let restore = post(Change::Restore, words.settings_restore);
        view! {
            {restore}
            <Confirm label=words.admin_delete text submit=words.admin_delete action=list.change fields danger=true item=true/>
        }
        .into_any()
    } else {
        post(Change::Archive, words.settings_archive)
    };
    let up = up.then(|| post(Change::Up, words.settings_up));
    let down = down.then(|| post(Change::Down, words.settings_down));
    let id = format!("menu-{word}");
    view! {
        <RowMenu id of=name>
            <a class="menu-item" href=edit>{words.settings_edit}</a>
            {up}
            {down}
            {end}
        </RowMenu>
    }
    .into_any()
}

/// A dash for nothing.
pub fn dash(text: String) -> String {
    if text.is_empty() { "–".to_owned() } else { text }
}

/// What an entry is called, in the row's first two cells.
#[component]
pub fn Labels(english: String, chinese: String, archived: bool) -> impl IntoView {
    let words = words();
    view! {
        <th scope="row">
            {dash(english)}
            {archived.then(|| view! { " "<span class="badge plain">{words.settings_archived}</span> })}
        </th>
        <td data-label=words.settings_chinese class="said" lang="zh-CN">{dash(chinese)}</td>
    }
}

/// What the form shows: what was typed and refused, the entry that `?edit=` names, or nothing.
pub fn filled_in<T>(
    refused: Option<(Draft, Vec<FieldError>)>,
    entries: &[Entry<T>],
    draft: fn(&Entry<T>) -> Draft,
) -> (Draft, Wrong) {
    if let Some((draft, wrong)) = refused {
        return (draft, Wrong::new(wrong));
    }
    let edit = use_query_map().with_untracked(|query| query.get("edit")).unwrap_or_default();
    let entry = entries.iter().find(|entry| entry.word.text() == edit);
    (entry.map(draft).unwrap_or_default(), Wrong::new(Vec::new()))
}

/// The label's fields.
#[component]
pub fn LabelFields(draft: Draft, wrong: Wrong) -> impl IntoView {
    let words = words();
    view! {
        <TextField label=words.settings_english name="english" value=draft.english longest=LONGEST_LABEL
            help=Some(words.settings_label_hint.to_owned()) first=wrong.is_first("english") error=wrong.at("english")/>
        <TextField label=words.settings_chinese name="chinese" value=draft.chinese longest=LONGEST_LABEL
            help=None first=wrong.is_first("chinese") error=wrong.at("chinese")/>
    }
}

/// The end of a form.
#[component]
pub fn FormEnd(page: &'static str, editing: bool) -> impl IntoView {
    let words = words();
    view! {
        <div class="form-end">
            <button type="submit" class="button">{if editing { words.settings_save } else { words.settings_add }}</button>
            {editing.then(|| view! { <a class="button quiet" href=page>{words.admin_cancel}</a> })}
        </div>
    }
}
