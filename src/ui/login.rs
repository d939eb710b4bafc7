//! Signing in, and choosing a password. Plain forms: they work without JavaScript, and what was refused comes back in the
//! page's query.

use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_query_map;

use super::language::{Words, words};
use super::parts::door::Door;
use super::parts::icon::{Icon, Mark};
use super::parts::trouble::Trouble;
use crate::api::account::{
    AccountOutcome, CallChoice, Carried, Myself, SHORTEST_PASSWORD, SandboxAccount, first_start, invited,
    sandbox_accounts, who,
};
use crate::api::paths::{LOGIN, local_path};
use crate::domain::account::Role;
use crate::ui::parts::markup::Title;

#[component]
pub fn Login() -> impl IntoView {
    let words = words();
    let query = use_query_map().get_untracked();
    let problem = outcome(&query);
    // A refused sign-in does not say which of the two fields is wrong.
    let wrong = problem == Some(AccountOutcome::Wrong);
    let next = query.get("next").as_deref().and_then(local_path).map(str::to_owned);
    let Carried { name, unsent } = use_context().unwrap_or_default();
    let notice = if query.get("signed-out").is_some() {
        Some(words.login_signed_out)
    } else if !unsent.is_empty() {
        Some(words.login_unsent)
    } else {
        (next.is_some() && problem.is_none()).then_some(words.login_needed)
    };
    let sandbox = Resource::new(|| (), |()| sandbox_accounts());
    // Of use to the one person who started the server, until they have signed in.
    let first = Resource::new(|| (), |()| first_start());
    let hint = move || {
        Suspend::new(async move {
            first.await.unwrap_or_default().then(|| view! { <p class="hint">{words.login_hint}</p> })
        })
    };
    let go_on = (next.clone(), unsent.clone());
    let one_click = move || {
        let (next, unsent) = go_on.clone();
        Suspend::new(async move {
            let accounts = sandbox.await.unwrap_or_default();
            (!accounts.is_empty()).then(|| view! { <Sandbox accounts next unsent/> })
        })
    };
    view! {
        <Title text=words.login_title/>
        <Door>
            <h1>{words.login_title}</h1>
            <p>{words.login_lead}</p>
            <Problem text=problem.map(|problem| refusal(words, problem, words.login_wrong))/>
            {notice.map(|notice| view! { <p class="notice" role="status">{notice}</p> })}
            <form method="post" action="/api/sign-in" class="form">
                {next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
                <Hidden fields=unsent/>
                <Field label=words.login_name name="name" kind="text" autocomplete="username" wrong value=name/>
                <Field label=words.login_password name="password" kind="password" autocomplete="current-password" wrong/>
                <button type="submit" class="button">{words.login_submit}</button>
            </form>
            <Suspense fallback=|| ()>{one_click}</Suspense>
            <Suspense fallback=|| ()>{hint}</Suspense>
        </Door>
    }
}

/// What a form brings back as it came.
#[component]
fn Hidden(fields: Vec<(String, String)>) -> impl IntoView {
    let one = |(name, value): (String, String)| view! { <input type="hidden" name=name value=value/> };
    fields.into_iter().map(one).collect_view()
}

/// The sandbox's accounts, which need no password. The server offers them in the sandbox only.
#[component]
fn Sandbox(accounts: Vec<SandboxAccount>, next: Option<String>, unsent: Vec<(String, String)>) -> impl IntoView {
    let words = words();
    let one = move |account: SandboxAccount| {
        let label = words.login_sandbox_as(&account.name);
        view! {
            <li>
                <form method="post" action="/api/sandbox-sign-in">
                    <input type="hidden" name="name" value=account.name/>
                    {next.clone().map(|next| view! { <input type="hidden" name="next" value=next/> })}
                    <Hidden fields=unsent.clone()/>
                    <button type="submit">
                        <Icon mark=Mark::Person/>
                        <strong>{label}</strong>
                        <span class="hint">{role(words, account.role)}</span>
                    </button>
                </form>
            </li>
        }
    };
    view! {
        <section class="accounts" aria-labelledby="sandbox">
            <h2 id="sandbox">{words.sandbox_title}</h2>
            <p>{words.login_sandbox}</p>
            <ul>{accounts.into_iter().map(one).collect_view()}</ul>
        </section>
    }
}

/// What an account may do, in words.
pub fn role(words: &'static Words, role: Role) -> &'static str {
    match role {
        Role::Agent => words.role_agent,
        Role::Supervisor => words.role_supervisor,
        Role::Operator => words.role_operator,
    }
}

/// Somebody opens the link that the operator gave them.
#[component]
pub fn AcceptInvitation() -> impl IntoView {
    let words = words();
    let query = use_query_map().get_untracked();
    let problem = outcome(&query);
    let token = query.get("token").unwrap_or_default();
    let asked = token.clone();
    let whose = Resource::new(move || asked.clone(), invited);
    let form = move || {
        let token = token.clone();
        Suspend::new(async move {
            match whose.await {
                Ok(Some(name)) => view! { <InvitationForm name token problem/> }.into_any(),
                Ok(None) => view! {
                    <h1>{words.invitation_gone_title}</h1>
                    <p class="problem" role="alert">{words.invitation_gone}</p>
                    <a class="button" href=LOGIN>{words.login_submit}</a>
                }
                .into_any(),
                Err(_) => view! { <Trouble/> }.into_any(),
            }
        })
    };
    view! {
        <Title text=words.invitation_title/>
        <Door>
            <Suspense fallback=|| ()>{form}</Suspense>
        </Door>
    }
}

#[component]
fn InvitationForm(name: String, token: String, problem: Option<AccountOutcome>) -> impl IntoView {
    let words = words();
    let [_, short, differs] = fields(problem);
    view! {
        <h1>{words.invitation_title}</h1>
        <p>{words.invitation_lead(&SHORTEST_PASSWORD.to_string(), &name)}</p>
        <Problem text=problem.map(|problem| refusal(words, problem, words.invitation_gone))/>
        <form method="post" action="/api/accept-invitation" class="form">
            <input type="hidden" name="token" value=token/>
            <input type="text" name="username" autocomplete="username" value=name readonly hidden/>
            <Field label=words.password_new name="new" kind="password" autocomplete="new-password" wrong=short/>
            <Field label=words.password_repeat name="repeated" kind="password" autocomplete="new-password" wrong=differs/>
            <button type="submit" class="button">{words.invitation_submit}</button>
        </form>
    }
}

#[component]
pub fn ChoosePassword() -> impl IntoView {
    let words = words();
    let problem = outcome(&use_query_map().get_untracked());
    let who = Resource::new(|| (), |()| who());
    let form = move || {
        Suspend::new(async move {
            match who.await {
                Ok(Some(myself)) => view! { <PasswordForm myself problem/> }.into_any(),
                Ok(None) => view! { <Redirect path=LOGIN/> }.into_any(),
                Err(_) => view! { <Trouble/> }.into_any(),
            }
        })
    };
    view! {
        <Title text=words.password_title/>
        <Door>
            <h1>{words.password_title}</h1>
            <Suspense fallback=|| ()>{form}</Suspense>
        </Door>
    }
}

#[component]
fn PasswordForm(myself: Myself, problem: Option<AccountOutcome>) -> impl IntoView {
    let words = words();
    let Myself { name, one_use, home } = myself;
    let least = SHORTEST_PASSWORD.to_string();
    let [current, short, differs] = fields(problem);
    let lead = if one_use { words.password_lead(&least) } else { words.password_lead_change(&least) };
    view! {
        <p>{lead}</p>
        <Problem text=problem.map(|problem| refusal(words, problem, words.password_wrong))/>
        <form method="post" action="/api/password" class="form">
            // For password managers: whose password this is.
            <input type="text" name="username" autocomplete="username" value=name readonly hidden/>
            <Field label=words.password_current name="current" kind="password" autocomplete="current-password" wrong=current/>
            <Field label=words.password_new name="new" kind="password" autocomplete="new-password" wrong=short/>
            <Field label=words.password_repeat name="repeated" kind="password" autocomplete="new-password" wrong=differs/>
            <button type="submit" class="button">{words.password_submit}</button>
        </form>
        // With a password for one use there is nowhere else to go.
        {(!one_use).then(|| view! { <p><a href=home>{words.password_back}</a></p> })}
    }
}

/// Somebody in a call signs out: does the call end or go on?
#[component]
pub fn Leaving() -> impl IntoView {
    let words = words();
    let query = use_query_map().get_untracked();
    let asks = if query.get("others").is_some() {
        Leaves::Told
    } else if query.get("everywhere").is_some() {
        Leaves::Everywhere
    } else {
        Leaves::Here
    };
    let who = Resource::new(|| (), |()| who());
    let content = move || {
        Suspend::new(async move {
            match who.await {
                Ok(Some(myself)) => view! { <LeavingChoice asks home=myself.home/> }.into_any(),
                Ok(None) => view! { <Redirect path=LOGIN/> }.into_any(),
                Err(_) => view! { <Trouble/> }.into_any(),
            }
        })
    };
    view! {
        <Title text=words.nav_sign_out/>
        <Door>
            <Suspense fallback=|| ()>{content}</Suspense>
        </Door>
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaves {
    Here,
    Everywhere,
    /// The other browsers are signed out.
    Told,
}

#[component]
fn LeavingChoice(asks: Leaves, home: String) -> impl IntoView {
    let words = words();
    let (action, keep, end) = match asks {
        Leaves::Told => {
            return view! {
                <h1>{words.leaving_others_done}</h1>
                <p role="status">{words.leaving_call_goes_on}</p>
                <a class="button" href=home>{words.leaving_back}</a>
            }
            .into_any();
        }
        Leaves::Everywhere => ("/api/sign-out-everywhere", words.leaving_keep_everywhere, words.leaving_end_everywhere),
        Leaves::Here => ("/api/sign-out", words.leaving_keep, words.leaving_end),
    };
    view! {
        <h1>{words.leaving_title}</h1>
        <p>{words.leaving_text}</p>
        <form method="post" action=action class="form">
            <button type="submit" class="button" name="call" value=CallChoice::Keep.name()>{keep}</button>
            <button type="submit" class="button danger" name="call" value=CallChoice::End.name()>{end}</button>
        </form>
        <p><a href=home>{words.leaving_back}</a></p>
    }
    .into_any()
}

#[component]
fn Field(
    label: &'static str,
    name: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    /// The form was refused because of what was typed here.
    #[prop(optional)]
    wrong: bool,
    /// What is in it already.
    #[prop(optional)]
    value: String,
) -> impl IntoView {
    let value = (!value.is_empty()).then_some(value);
    let least = (autocomplete == "new-password").then(|| SHORTEST_PASSWORD.to_string());
    let (invalid, why) = (wrong.then_some("true"), wrong.then_some("problem"));
    view! {
        <label for=name>{label}</label>
        <input
            id=name
            name=name
            type=kind
            value=value
            autocomplete=autocomplete
            minlength=least
            aria-invalid=invalid
            aria-describedby=why
            required
            spellcheck="false"
            autocapitalize="none"
        />
    }
}

#[component]
fn Problem(text: Option<String>) -> impl IntoView {
    text.map(|text| view! { <p class="problem" id="problem" role="alert">{text}</p> })
}

/// Which of a new password's fields is why the form came back: the current one, the new one, its repetition.
fn fields(problem: Option<AccountOutcome>) -> [bool; 3] {
    use AccountOutcome::{Differs, Same, TooShort, Wrong};
    [matches!(problem, Some(Wrong)), matches!(problem, Some(TooShort | Same)), matches!(problem, Some(Differs))]
}

fn outcome(query: &leptos_router::params::ParamsMap) -> Option<AccountOutcome> {
    AccountOutcome::of_query(&query.get("problem")?, query.get("seconds").as_deref())
}

fn refusal(words: &'static Words, outcome: AccountOutcome, wrong: &'static str) -> String {
    match outcome {
        AccountOutcome::Throttled { retry_after_s } => return words.login_throttled(&retry_after_s.to_string()),
        AccountOutcome::Wrong => wrong,
        AccountOutcome::Differs => words.password_differs,
        AccountOutcome::TooShort => words.password_short,
        AccountOutcome::Same => words.password_same,
        AccountOutcome::NoInvitation => words.invitation_gone,
        AccountOutcome::Unavailable | AccountOutcome::Done => words.internal_error,
    }
    .to_owned()
}
