//! Why an agent takes no calls: what they choose from for a break.

use leptos::prelude::*;

use super::entries::{Actions, FormEnd, LabelFields, Labels, List, filled_in};
use super::page::SettingsPage;
use crate::api::console_settings::{AWAY_REASONS, Settings};
use crate::domain::contact_center::console_settings::{Draft, YES};
use crate::ui::language::words;
use crate::ui::parts::field::{Check, FormPart, TextField};
use crate::ui::parts::table::{Column, Table};

const LIST: List = List { page: AWAY_REASONS, change: "/api/change-away-reason" };

#[component]
pub fn AwayReasons() -> impl IntoView {
    view! { <SettingsPage path=AWAY_REASONS show/> }
}

fn show(content: Settings) -> AnyView {
    let words = words();
    let Settings { settings, refused, .. } = content;
    let entries = settings.away_reasons;
    let rows = (0..entries.len())
        .map(|at| {
            let entry = entries[at].clone();
            let paid = if entry.more.paid { words.settings_paid } else { words.settings_unpaid };
            let most = entry.more.minutes.map(|minutes| words.settings_minutes_of(&minutes.to_string()));
            view! {
                <tr data-key=entry.word.text().to_owned()>
                    <Labels english=entry.label.english chinese=entry.label.chinese archived=entry.archived/>
                    <td data-label=words.settings_pay>{paid}</td>
                    <td data-label=words.settings_minutes class="number">{most.unwrap_or_else(|| "–".to_owned())}</td>
                    <td class="actions"><Actions list=LIST entries=entries.clone() at/></td>
                </tr>
            }
        })
        .collect_view();
    let columns = vec![
        Column::text(words.settings_english),
        Column::text(words.settings_chinese),
        Column::text(words.settings_pay),
        Column::number(words.settings_minutes),
        Column::actions(words.admin_actions),
    ];
    let (draft, wrong) = filled_in(refused, &entries, Draft::of_away_reason);
    let editing = !draft.word.is_empty();
    let title = if editing { words.settings_away_edit } else { words.settings_away_new };
    view! {
        <Table label=words.settings_away_reasons columns>{rows}</Table>
        <form method="post" action="/api/save-away-reason" class="card" id="form">
            <input type="hidden" name="word" value=draft.word.clone()/>
            <FormPart title text=Some(words.settings_away_text)>
                <LabelFields draft=draft.clone() wrong/>
                <TextField label=words.settings_minutes name="minutes" keys="numeric" value=draft.minutes longest=3
                    help=Some(words.settings_minutes_hint.to_owned()) first=wrong.is_first("minutes") error=wrong.at("minutes")/>
                <Check label=words.settings_paid name="paid" value=YES checked={draft.paid == YES} help=None/>
            </FormPart>
            <FormEnd page=AWAY_REASONS editing/>
        </form>
    }
    .into_any()
}
