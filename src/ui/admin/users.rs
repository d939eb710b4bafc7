//! People who may sign in, and their users at the platform.

use leptos::prelude::*;

use super::flash::wrong_at;
use super::gate::gate;
use super::page::headed;
use super::trouble::said;
use crate::api::account::CallChoice;
use crate::api::users::{InCall, Standing, USERS, UserEntry, Users as Content, users_page};
use crate::domain::account::Role;
use crate::ui::language::{Words, words};
use crate::ui::login::role as role_name;
use crate::ui::parts::code::Code;
use crate::ui::parts::confirm::RowMenu;
use crate::ui::parts::confirm::{Confirm, Post};
use crate::ui::parts::field::{Choice, Choices, Field, TextField, described};
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::table::{Column, Table};
use crate::ui::parts::time::{TimesIn, time_or_never};

#[component]
pub fn Users() -> impl IntoView {
    let words = words();
    let page = Resource::new(|| (), |()| users_page());
    let content = move || {
        Suspend::new(async move {
            gate(page.await, USERS, move |page| {
                headed(page, |content| (head(words, is_missing(&content)), show(words, content)))
            })
        })
    };
    view! {
        <Title text=words.nav_users/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

/// Whether somebody who takes calls has no user on the platform yet.
fn is_missing(content: &Content) -> bool {
    content.problem.is_none()
        && content.users.iter().any(|user| {
            user.user_id.is_none()
                && user.role.is_some_and(Role::takes_calls)
                && user.standing != Some(Standing::Disabled)
        })
}

fn head(words: &'static Words, missing: bool) -> AnyView {
    let actions = view! {
        {missing.then(|| view! {
            <form method="post" action="/api/users-in-step">
                <button type="submit" class="button quiet">{words.users_in_step}</button>
            </form>
        })}
        <a class="button" href="#add">{words.users_add}</a>
    }
    .into_any();
    view! { <PageHead title=words.nav_users lead=words.users_lead actions/> }.into_any()
}

fn show(words: &'static Words, content: Content) -> AnyView {
    let Content { users, visitors, problem, link, in_call } = content;
    let wrong = wrong_at("name");
    let (invalid, why) = (wrong.is_some().then_some("true"), described("name", true, wrong.is_some()));
    view! {
        {link.map(|(name, url)| view! {
            <section class="card secret" aria-labelledby="link">
                <h2 id="link">{words.users_link(&name)}</h2>
                <p>{words.users_link_text}</p>
                <Code text=url label=words.users_link_label.to_owned()/>
            </section>
        })}
        {problem.map(|problem| view! { <Notice tone=Tone::Bad said=true><p>{said(&problem)}</p></Notice> })}
        {in_call.map(|asked| view! { <AskAboutCall asked/> })}
        <List users/>
        <div class="fine">
            <TimesIn/>
            {(visitors > 0).then(|| view! { <p>{words.users_visitors(&visitors.to_string())}</p> })}
        </div>
        <section class="card" aria-labelledby="add">
            <div>
                <h2 id="add">{words.users_add}</h2>
                <p class="section-text">{words.users_add_lead}</p>
            </div>
            <form method="post" action="/api/user-add" class="line-form">
                <Field label=words.users_name name="name" help=Some(words.users_name_hint.to_owned()) error=wrong>
                    <input id="name" name="name" required maxlength="64" pattern="[A-Za-z0-9.@_+\\-]+" title=words.users_name_hint
                        aria-invalid=invalid aria-describedby=why autofocus=invalid.is_some()
                        autocomplete="off" spellcheck="false" autocapitalize="none"/>
                </Field>
                <TextField label=words.users_display name="display_name" longest=80 help=None error=None/>
                <Choice label=words.users_role name="role" value=Role::Agent.name() choices=roles(words) help=None error=None/>
                <button type="submit" class="button">{words.users_do_add}</button>
            </form>
        </section>
    }
    .into_any()
}

/// Somebody who is to lose their account talks to a caller just now.
#[component]
fn AskAboutCall(asked: InCall) -> impl IntoView {
    let words = words();
    let InCall { account, name, act } = asked;
    let fields =
        |choice: CallChoice| vec![("id", account.clone()), ("act", act.clone()), ("call", choice.name().to_owned())];
    let disable = act == "disable";
    let (text, end) = if disable {
        (words.users_in_call_disable(&name), words.users_in_call_end_disable)
    } else {
        (words.users_in_call_delete.to_owned(), words.users_in_call_end_delete)
    };
    view! {
        <section class="card" aria-labelledby="in-call">
            <h2 id="in-call" role="alert">{words.users_in_call(&name)}</h2>
            <p>{text}</p>
            <div class="row">
                {disable.then(|| view! {
                    <Post action="/api/user-change" label=words.users_in_call_keep fields=fields(CallChoice::Keep)/>
                })}
                <Post action="/api/user-change" label=end fields=fields(CallChoice::End)/>
                <a class="button small quiet" href=USERS>{words.users_in_call_nothing}</a>
            </div>
        </section>
    }
}

fn roles(words: &'static Words) -> Choices {
    Role::EVERY.map(|role| (role.name().to_owned(), role_name(words, role).to_owned())).to_vec()
}

#[component]
fn List(users: Vec<UserEntry>) -> impl IntoView {
    let words = words();
    let columns = vec![
        Column::text(words.users_name).sorted(),
        Column::text(words.users_role).sorted(),
        Column::text(words.users_standing).sorted(),
        Column::text(words.users_platform),
        Column::text(words.users_signed_in).sorted(),
        Column::actions(words.admin_actions),
    ];
    view! {
        <Table label=words.nav_users columns>
            {users.into_iter().map(|user| view! { <Row user/> }).collect_view()}
        </Table>
    }
}

#[component]
fn Row(user: UserEntry) -> impl IntoView {
    let words = words();
    let UserEntry { account, name, display_name, role, standing, user_id, signed_in_at, myself } = user;
    let shown = (display_name != name && !display_name.is_empty()).then_some(display_name);
    let badge = standing.map(|standing| {
        let (class, text) = match standing {
            Standing::Active => ("badge ok", words.users_active),
            Standing::Invited => ("badge", words.users_invited),
            Standing::Disabled => ("badge danger", words.users_disabled),
            Standing::Demo => ("badge plain", words.users_demo),
        };
        view! { <span class=class>{text}</span> }
    });
    let takes_calls = role.is_some_and(Role::takes_calls);
    let platform = match (&user_id, takes_calls) {
        (Some(id), _) => view! { <code title=id.clone()>{short(id)}</code> }.into_any(),
        (None, true) => view! { <span class="hint">{words.users_not_there}</span> }.into_any(),
        (None, false) => view! { <span class="hint">"–"</span> }.into_any(),
    };
    let change = match (role, account.clone()) {
        (Some(role), Some(id)) if !myself => view! { <ChangeRole id name=name.clone() role/> }.into_any(),
        (Some(role), _) => view! { {role_name(words, role)}{myself.then(|| view! { " "<span class="badge plain">{words.users_you}</span> })} }.into_any(),
        (None, _) => view! { <span class="hint">{words.users_stray}</span> }.into_any(),
    };
    let sort = role.map(|role| role_name(words, role));
    let menu = (!myself).then(|| view! { <Menu account name=name.clone() standing/> });
    view! {
        <tr>
            <th scope="row"><span>{name}</span>{shown.map(|shown| view! { <span class="hint">{shown}</span> })}</th>
            <td data-label=words.users_role class="wide" data-sort=sort>{change}</td>
            <td data-label=words.users_standing>{badge}</td>
            <td data-label=words.users_platform>{platform}</td>
            <td data-label=words.users_signed_in data-sort=signed_in_at.unwrap_or_default().to_string()>{time_or_never(signed_in_at)}</td>
            <td class="actions">{menu}</td>
        </tr>
    }
}

#[component]
fn ChangeRole(id: String, name: String, role: Role) -> impl IntoView {
    let words = words();
    let field = format!("role-{id}");
    let options = Role::EVERY
        .map(|one| view! { <option value=one.name() selected=one == role>{role_name(words, one)}</option> })
        .into_iter()
        .collect_view();
    view! {
        <form method="post" action="/api/user-change" class="pick">
            <input type="hidden" name="id" value=id/>
            <input type="hidden" name="act" value="role"/>
            <label class="unseen" for=field.clone()>{words.users_role_of(&name)}</label>
            <select id=field name="role">{options}</select>
            <button type="submit" class="button small quiet">{words.numbers_set_line}</button>
        </form>
    }
}

/// What can be done about somebody.
#[component]
fn Menu(
    /// `None`: a user of the platform that has no account here.
    account: Option<String>,
    name: String,
    standing: Option<Standing>,
) -> impl IntoView {
    let words = words();
    let menu = format!("menu-{}", account.clone().unwrap_or_else(|| name.clone()));
    let of = name.clone();
    let Some(id) = account else {
        let (text, fields) = (words.users_stray_text(&name), vec![("name", name)]);
        return view! {
            <RowMenu id=menu of>
                <Confirm label=words.admin_delete text submit=words.admin_delete action="/api/user-delete-stray" fields danger=true item=true/>
            </RowMenu>
        }
        .into_any();
    };
    let act = |act: &str| vec![("id", id.clone()), ("act", act.to_owned())];
    let off = standing == Some(Standing::Disabled);
    let demo = standing == Some(Standing::Demo);
    let (invite, enable, disable, delete) = (act("invite"), act("enable"), act("disable"), act("delete"));
    let (disabling, deleting) = (words.users_disable_text(&name), words.users_delete_text(&name));
    view! {
        <RowMenu id=menu of>
            {(!demo && !off).then(|| view! { <Post action="/api/user-change" label=words.users_invite fields=invite item=true/> })}
            {if off {
                view! { <Post action="/api/user-change" label=words.users_enable fields=enable item=true/> }.into_any()
            } else {
                view! {
                    <Confirm label=words.users_disable text=disabling submit=words.users_disable action="/api/user-change" fields=disable item=true/>
                }.into_any()
            }}
            <Confirm label=words.admin_delete text=deleting submit=words.admin_delete action="/api/user-change" fields=delete danger=true item=true/>
        </RowMenu>
    }
    .into_any()
}

/// `USR-82e0…`: the rest is in the title.
fn short(id: &str) -> String {
    if id.chars().count() <= 12 { id.to_owned() } else { format!("{}…", id.chars().take(12).collect::<String>()) }
}
