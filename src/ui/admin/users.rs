//! People who may sign in, and their users at the platform.

use leptos::prelude::*;

use super::cells::{TimesIn, time_or_never};
use super::gate::gate;
use super::page::framed;
use super::parts::{Code, Confirm, Post};
use super::trouble::said;
use crate::api::account::CallChoice;
use crate::api::users::{InCall, Standing, USERS, UserEntry, Users as Content, users_page};
use crate::domain::account::Role;
use crate::ui::language::{Words, words};
use crate::ui::login::role as role_name;
use crate::ui::parts::markup::Title;

#[component]
pub fn Users() -> impl IntoView {
    let words = words();
    let page = Resource::new(|| (), |()| users_page());
    let content = move || {
        Suspend::new(async move {
            gate(page.await, USERS, move |page| {
                framed(page, words.nav_users, words.users_lead, |content| show(words, content))
            })
        })
    };
    view! {
        <Title text=words.nav_users/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn show(words: &'static Words, content: Content) -> AnyView {
    let Content { users, visitors, problem, link, in_call } = content;
    let missing = problem.is_none()
        && users.iter().any(|user| {
            user.user_id.is_none()
                && user.role.is_some_and(Role::takes_calls)
                && user.standing != Some(Standing::Disabled)
        });
    view! {
        {link.map(|(name, url)| view! {
            <section class="card secret" aria-labelledby="link">
                <h2 id="link">{words.users_link(&name)}</h2>
                <p>{words.users_link_text}</p>
                <Code text=url label=words.users_link_label.to_owned()/>
            </section>
        })}
        {problem.map(|problem| view! { <p class="problem" role="alert">{said(&problem)}</p> })}
        {in_call.map(|asked| view! { <AskAboutCall asked/> })}
        <List users/>
        <TimesIn/>
        <div class="row">
            {missing.then(|| view! { <Post action="/api/users-in-step" label=words.users_in_step fields=Vec::new()/> })}
            {(visitors > 0).then(|| view! { <span class="hint">{words.users_visitors(&visitors.to_string())}</span> })}
        </div>
        <section class="card" aria-labelledby="add">
            <h2 id="add">{words.users_add}</h2>
            <form method="post" action="/api/user-add" class="fields">
                <div>
                    <label for="name">{words.users_name}</label>
                    <input id="name" name="name" required maxlength="64" pattern="[A-Za-z0-9.@_+\\-]+" title=words.users_name_hint autocomplete="off" spellcheck="false" autocapitalize="none"/>
                </div>
                <div>
                    <label for="display">{words.users_display}</label>
                    <input id="display" name="display_name" maxlength="80" autocomplete="off"/>
                </div>
                <div>
                    <label for="role">{words.users_role}</label>
                    <select id="role" name="role">{roles(words, Role::Agent)}</select>
                </div>
                <button type="submit" class="button small">{words.users_do_add}</button>
            </form>
            <p class="hint">{words.users_name_hint}</p>
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

fn roles(words: &'static Words, current: Role) -> impl IntoView {
    Role::EVERY
        .map(|role| view! { <option value=role.name() selected=role == current>{role_name(words, role)}</option> })
        .into_iter()
        .collect_view()
}

#[component]
fn List(users: Vec<UserEntry>) -> impl IntoView {
    let words = words();
    view! {
        <div class="scroll" role="region" aria-label=words.nav_users tabindex="0">
            <table class="roomy cards">
                <thead>
                    <tr>
                        <th scope="col">{words.users_name}</th>
                        <th scope="col">{words.users_role}</th>
                        <th scope="col">{words.users_standing}</th>
                        <th scope="col">{words.users_platform}</th>
                        <th scope="col">{words.users_signed_in}</th>
                        <th scope="col"><span class="unseen">{words.admin_actions}</span></th>
                    </tr>
                </thead>
                <tbody>{users.into_iter().map(|user| view! { <Row user/> }).collect_view()}</tbody>
            </table>
        </div>
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
            Standing::Demo => ("badge", words.users_demo),
        };
        view! { <span class=class>{text}</span> }
    });
    let takes_calls = role.is_some_and(Role::takes_calls);
    let platform = match (&user_id, takes_calls) {
        (Some(id), _) => view! { <code title=id.clone()>{short(id)}</code> }.into_any(),
        (None, true) => view! { <span class="hint">{words.users_not_there}</span> }.into_any(),
        (None, false) => view! { <span class="hint">"—"</span> }.into_any(),
    };
    let role_id = format!("role-{}", account.clone().unwrap_or_default());
    let actions = match account.clone() {
        None => view! {
            <Confirm
                label=words.admin_delete
                text=words.users_stray_text(&name)
                submit=words.admin_delete_sure
                action="/api/user-delete-stray"
                fields=vec![("name", name.clone())]
                danger=true
            />
        }
        .into_any(),
        Some(_) if myself => ().into_any(),
        Some(id) => {
            let act = |act: &str| vec![("id", id.clone()), ("act", act.to_owned())];
            let off = standing == Some(Standing::Disabled);
            let demo = standing == Some(Standing::Demo);
            let text = words.users_delete_text(&name);
            view! {
                {(!demo && !off).then(|| view! { <Post action="/api/user-change" label=words.users_invite fields=act("invite")/> })}
                {if off {
                    view! { <Post action="/api/user-change" label=words.users_enable fields=act("enable")/> }.into_any()
                } else {
                    view! { <Post action="/api/user-change" label=words.users_disable fields=act("disable")/> }.into_any()
                }}
                <Confirm
                    label=words.admin_delete
                    text
                    submit=words.admin_delete_sure
                    action="/api/user-change"
                    fields=act("delete")
                    danger=true
                />
            }
            .into_any()
        }
    };
    let change = match (role, account) {
        (Some(role), Some(id)) if !myself => view! {
            <form method="post" action="/api/user-change" class="pick">
                <input type="hidden" name="id" value=id/>
                <input type="hidden" name="act" value="role"/>
                <label class="unseen" for=role_id.clone()>{words.users_role_of(&name)}</label>
                <select id=role_id name="role">{roles(words, role)}</select>
                <button type="submit" class="button small quiet">{words.numbers_set_line}</button>
            </form>
        }
        .into_any(),
        (Some(role), _) => role_name(words, role).into_any(),
        (None, _) => view! { <span class="hint">{words.users_stray}</span> }.into_any(),
    };
    view! {
        <tr>
            <th scope="row"><span>{name}</span>{shown.map(|shown| view! { <span class="hint">{shown}</span> })}</th>
            <td data-label=words.users_role>{change}</td>
            <td data-label=words.users_standing>{badge}</td>
            <td data-label=words.users_platform>{platform}</td>
            <td data-label=words.users_signed_in>{time_or_never(signed_in_at)}</td>
            <td class="actions">{actions}</td>
        </tr>
    }
}

/// `USR-82e0…`: the rest is in the title.
fn short(id: &str) -> String {
    if id.chars().count() <= 12 { id.to_owned() } else { format!("{}…", id.chars().take(12).collect::<String>()) }
}
