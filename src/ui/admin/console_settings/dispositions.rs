//! How a call went: what agents choose from after it.

use leptos::prelude::*;

use super::entries::{Actions, FormEnd, LabelFields, Labels, List, dash, filled_in};
use super::page::SettingsPage;
use crate::api::console_settings::{DISPOSITIONS, Settings};
use crate::domain::contact_center::console_settings::{Draft, LONGEST_LABEL};
use crate::ui::language::words;
use crate::ui::parts::field::{FormPart, TextField};
use crate::ui::parts::table::{Column, Table};

const LIST: List = List { page: DISPOSITIONS, change: "/api/change-disposition" };

#[component]
pub fn Dispositions() -> impl IntoView {
    view! { <SettingsPage path=DISPOSITIONS show/> }
}

fn show(content: Settings) -> AnyView {
    let words = words();
    let Settings { settings, refused, .. } = content;
    let entries = settings.dispositions;
    let rows = (0..entries.len())
        .map(|at| {
            let entry = entries[at].clone();
            view! {
                <tr data-key=entry.word.text().to_owned()>
                    <Labels english=entry.label.english chinese=entry.label.chinese archived=entry.archived/>
                    <td data-label=words.settings_category class="said">{dash(entry.more.category)}</td>
                    <td class="actions"><Actions list=LIST entries=entries.clone() at/></td>
                </tr>
            }
        })
        .collect_view();
    let columns = vec![
        Column::text(words.settings_english),
        Column::text(words.settings_chinese),
        Column::text(words.settings_category),
        Column::actions(words.admin_actions),
    ];
    let (draft, wrong) = filled_in(refused, &entries, Draft::of_disposition);
    let editing = !draft.word.is_empty();
    let title = if editing { words.settings_disposition_edit } else { words.settings_disposition_new };
    view! {
        <Table label=words.settings_dispositions columns>{rows}</Table>
        <form method="post" action="/api/save-disposition" class="card" id="form">
            <input type="hidden" name="word" value=draft.word.clone()/>
            <FormPart title text=Some(words.settings_disposition_text)>
                <LabelFields draft=draft.clone() wrong/>
                <TextField label=words.settings_category name="category" value=draft.category longest=LONGEST_LABEL
                    help=Some(words.settings_category_hint.to_owned()) first=wrong.is_first("category") error=wrong.at("category")/>
            </FormPart>
            <FormEnd page=DISPOSITIONS editing/>
        </form>
    }
    .into_any()
}
