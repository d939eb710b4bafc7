//! Menus: the list, and the form of one of them.

mod extensions;
mod form;
mod keys;
mod others;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;

use self::form::Form;
use super::gate::gate;
use super::link::encoded;
use super::page::headed;
use super::trouble::list;
use crate::api::menus::{MENUS, MenuEntry, read_menu, read_menus};
use crate::domain::menu::MAIN;
use crate::ui::language::{Words, words};
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::empty::Empty;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::Mark;
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::{Time, TimesIn};
use crate::ui::parts::trouble::Missing;

/// The list.
#[component]
pub fn Menus() -> impl IntoView {
    let words = words();
    let page = Resource::new(|| (), |()| read_menus());
    let content = move || {
        Suspend::new(async move {
            gate(page.await, MENUS, move |page| {
                headed(page, move |menus| {
                    let new = view! { <a class="button" href=new_menu()>{words.menus_new}</a> }.into_any();
                    let head = view! { <PageHead title=words.nav_menus lead=words.menus_lead actions=new/> }.into_any();
                    (head, all(words, menus))
                })
            })
        })
    };
    view! {
        <Title text=words.nav_menus/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn new_menu() -> String {
    format!("{MENUS}/new")
}

fn all(words: &'static Words, menus: Vec<MenuEntry>) -> AnyView {
    if menus.is_empty() {
        let action = Some((new_menu(), words.menus_new));
        return view! { <Empty mark=Mark::Keypad title=words.menus_empty text=words.menus_empty_text action/> }
            .into_any();
    }
    let row = move |menu: MenuEntry| {
        let unused = menu.numbers.is_empty() && menu.menus.is_empty();
        let delete = (unused && menu.id != MAIN).then(|| {
            let (text, fields) = (words.menus_delete_text(&menu.name), vec![("id", menu.id.clone())]);
            view! { <Confirm label=words.admin_delete text submit=words.admin_delete action="/api/menu-delete" fields danger=true/> }
        });
        let dash = |things: &[String]| if things.is_empty() { "–".to_owned() } else { list(words, things) };
        view! {
            <tr>
                <th scope="row"><a href=format!("{MENUS}/{}", encoded(&menu.id))>{menu.name.clone()}</a></th>
                <td data-label=words.menus_keys class="number">{menu.keys}</td>
                <td data-label=words.menus_numbers class="said">{dash(&menu.numbers)}</td>
                <td data-label=words.menus_from class="said">{dash(&menu.menus)}</td>
                <td data-label=words.menus_changed><Time at=menu.changed_at/></td>
                <td class="actions">{delete}</td>
            </tr>
        }
    };
    let columns = vec![
        Column::text(words.menus_name).sorted(),
        Column::number(words.menus_keys).sorted(),
        Column::text(words.menus_numbers),
        Column::text(words.menus_from),
        Column::text(words.menus_changed),
        Column::actions(words.admin_actions),
    ];
    view! {
        <Table label=words.nav_menus columns>{menus.into_iter().map(row).collect_view()}</Table>
        <TimesIn/>
    }
    .into_any()
}

/// One menu, or a new one.
#[component]
pub fn Menu() -> impl IntoView {
    let words = words();
    let id = use_params_map().get_untracked().get("id").unwrap_or_default();
    let here = format!("{MENUS}/{}", encoded(&id));
    let page = Resource::new(move || id.clone(), read_menu);
    let content = move || {
        let here = here.clone();
        Suspend::new(async move {
            gate(page.await, &here, move |page| {
                let back = (MENUS, words.nav_menus);
                let Some(form) = &page.content else {
                    let (title, text) = (words.menus_missing, words.missing_text);
                    return view! { <Frame viewer=page.viewer><Missing title text back/></Frame> }.into_any();
                };
                let title = if form.id.is_some() { form.name.clone() } else { words.menus_new.to_owned() };
                view! {
                    <Title text=title.clone()/>
                    {headed(page, |form| {
                        let head = view! { <PageHead title lead=words.menus_form_lead back/> }.into_any();
                        (head, form.map_or_else(|| ().into_any(), |form| view! { <Form form/> }.into_any()))
                    })}
                }
                .into_any()
            })
        })
    };
    view! { <Suspense fallback=|| ()>{content}</Suspense> }
}

#[cfg(test)]
mod tests;
