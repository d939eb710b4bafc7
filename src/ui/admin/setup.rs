//! The account, its application, and the checklist of what must be right before a call can come in.

use leptos::prelude::*;

use super::flash::wrong_at;
use super::gate::gate;
use super::link::encoded;
use super::page::framed;
use super::trouble::said;
use crate::api::business::BUSINESS;
use crate::api::setup::{
    CheckEntry, CheckMark, CheckName, SETUP, Setup as Content, Source, TEST_NUMBER, Typed, setup_page,
};
use crate::domain::checklist::Found;
use crate::ui::language::{Words, words};
use crate::ui::parts::confirm::{Confirm, Post};
use crate::ui::parts::field::{Field, FieldError, TextField, described};
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::stat::{Fact, Facts};

#[component]
pub fn Setup() -> impl IntoView {
    let words = words();
    let page = Resource::new(|| (), |()| setup_page());
    let content = move || {
        Suspend::new(async move {
            gate(page.await, SETUP, move |page| {
                framed(page, words.nav_setup, words.setup_lead, |content| show(words, content))
            })
        })
    };
    view! {
        <Title text=words.nav_setup/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

fn show(words: &'static Words, content: Content) -> AnyView {
    let Content { checks, source, api_key, application_id, public_url, test_number, waits_for_restart, typed } =
        content;
    let origin = match source {
        Source::Environment => words.setup_from_environment,
        Source::Kept => words.setup_from_here,
        Source::Sandbox => words.setup_from_sandbox,
    };
    let (first, known) = (application_id.is_none(), !api_key.is_empty());
    let left = checks.iter().filter(|check| matches!(check.mark, CheckMark::Bad | CheckMark::Doubtful)).count();
    let ready = if left == 0 {
        view! { <Notice tone=Tone::Good><p>{words.setup_all_good}</p></Notice> }
    } else {
        view! { <Notice tone=Tone::Warn><p>{words.setup_left(&left.to_string())}</p></Notice> }
    };
    view! {
        {waits_for_restart.then(|| view! { <Notice tone=Tone::Warn said=true><p>{words.setup_restart}</p></Notice> })}
        {ready}
        <ol class="ruled checks">
            {checks.into_iter().map(|check| view! { <Check check test_number=test_number.clone()/> }).collect_view()}
        </ol>
        <section class="card" aria-labelledby="account">
            <h2 id="account">{words.setup_account}</h2>
            <Facts>
                <Fact name=words.setup_source>{origin}</Fact>
                <Fact name=words.setup_api_key><code>{if api_key.is_empty() { "–".to_owned() } else { api_key.clone() }}</code></Fact>
                <Fact name=words.setup_application><code>{application_id.clone().unwrap_or_else(|| "–".into())}</code></Fact>
                <Fact name=words.setup_public_url><code>{public_url}</code></Fact>
            </Facts>
            {(source == Source::Kept || waits_for_restart).then(|| view! {
                <Confirm
                    label=words.setup_forget
                    text=words.setup_forget_text.to_owned()
                    submit=words.setup_forget
                    action="/api/setup-forget"
                    fields=Vec::new()
                    danger=true
                />
            })}
        </section>
        <Create first known source typed/>
    }
    .into_any()
}

/// The form that makes the application: open when there is none or it was refused, folded away otherwise.
#[component]
fn Create(first: bool, known: bool, source: Source, typed: Option<Typed>) -> impl IntoView {
    let words = words();
    let lead = if source == Source::Sandbox { words.setup_create_sandbox } else { words.setup_create_lead };
    // An account from the environment may be left out; the sandbox's account belongs to no operator.
    let needed = !known || source == Source::Sandbox;
    let again = typed.is_some();
    let typed = typed.unwrap_or(Typed { api_key: String::new(), name: "Switchboard".to_owned() });
    view! {
        <details class="card new" open={first || again}>
            <summary><Icon mark=Mark::Gear/><h2>{if first { words.setup_create } else { words.setup_create_other }}</h2></summary>
            <p class="section-text">{lead}</p>
            {again.then(|| view! { <Notice tone=Tone::Warn><p>{words.setup_secret_again}</p></Notice> })}
            <form method="post" action="/api/setup-create" class="stack" autocomplete="off">
                <div class="form-grid">
                    <Field label=words.setup_api_key name="api_key" help=None error=None>
                        <input id="api_key" name="api_key" value=typed.api_key required=needed autocomplete="off" spellcheck="false" autocapitalize="none"/>
                    </Field>
                    <Field label=words.setup_api_secret name="api_secret" help=None error=None>
                        <input id="api_secret" name="api_secret" type="password" required=needed autocomplete="off"/>
                    </Field>
                    <Field label=words.setup_signature_secret name="signature_secret" help=Some(words.setup_signature_hint.to_owned()) error=None>
                        <input id="signature_secret" name="signature_secret" type="password" autocomplete="off" aria-describedby="help-signature_secret"/>
                    </Field>
                    <TextField label=words.setup_name name="name" value=typed.name longest=80 help=None error=None required=true/>
                </div>
                <p class="hint">{words.setup_key_hint}</p>
                <div class="row"><button type="submit" class="button">{words.setup_do_create}</button></div>
            </form>
        </details>
    }
}

#[component]
fn Check(check: CheckEntry, test_number: String) -> impl IntoView {
    let words = words();
    let CheckEntry { name, mark, found } = check;
    let (class, state, icon) = match mark {
        CheckMark::Good => ("good", words.setup_good, Mark::Done),
        CheckMark::Doubtful => ("doubtful", words.setup_doubtful, Mark::Wrong),
        CheckMark::Bad => ("bad", words.setup_bad, Mark::Wrong),
        CheckMark::Open => ("open", words.setup_open, Mark::Clock),
    };
    let (title, _) = texts(words, name);
    let wrong = mark != CheckMark::Good;
    let fix = fix(words, name, mark, &found);
    let action = (wrong || name == CheckName::TestCall).then(|| match name {
        CheckName::Webhooks | CheckName::Region if mark == CheckMark::Bad => {
            Some(view! { <Post action="/api/setup-repair" label=words.setup_repair fields=Vec::new()/> }.into_any())
        }
        CheckName::Numbers | CheckName::Forwarding => {
            Some(view! { <a class="button small quiet" href="/admin/numbers">{words.nav_numbers}</a> }.into_any())
        }
        CheckName::Business => {
            Some(view! { <a class="button small quiet" href=BUSINESS>{words.nav_business}</a> }.into_any())
        }
        CheckName::Users => {
            Some(view! { <a class="button small quiet" href="/admin/users">{words.nav_users}</a> }.into_any())
        }
        CheckName::TestCall => {
            let wrong = wrong_at(TEST_NUMBER);
            let (invalid, why) = (wrong.is_some().then_some("true"), described(TEST_NUMBER, false, wrong.is_some()));
            let form = view! {
                <form method="post" action="/api/setup-call" class="pick check-call">
                    <input id=TEST_NUMBER type="tel" name="number" required value=test_number aria-label=words.setup_test_number
                        aria-invalid=invalid aria-describedby=why autofocus=wrong.is_some()/>
                    <button type="submit" class="button small quiet">{words.setup_do_call}</button>
                    <FieldError name=TEST_NUMBER error=wrong/>
                </form>
            };
            Some(form.into_any())
        }
        _ => None,
    });
    view! {
        <li class=class>
            <Icon mark=icon/>
            <div>
                <strong>{title}</strong>
                <span class="unseen">{state}</span>
                <p class="found">{found_text(words, found)}</p>
                {fix.map(|fix| view! { <p class="hint">{fix}</p> })}
            </div>
            {action}
        </li>
    }
}

/// What was found, in words.
fn found_text(words: &'static Words, found: Found) -> AnyView {
    match found {
        Found::Nothing => ().into_any(),
        Found::Unasked => words.setup_unasked.into_any(),
        Found::Text(text) => text.into_any(),
        Found::AnyRegion => words.setup_region_any.into_any(),
        Found::Numbers { good, all } => words.setup_linked(&good.to_string(), &all.to_string()).into_any(),
        Found::Users { have, all } => words.setup_users_there(&have.to_string(), &all.to_string()).into_any(),
        Found::Secret(true) => words.setup_secret_set.into_any(),
        Found::Secret(false) => words.setup_secret_missing.into_any(),
        Found::Clock { behind: 0 } => words.setup_clock_right.into_any(),
        Found::Clock { behind } if behind < 0 => words.setup_clock_ahead(&behind.abs().to_string()).into_any(),
        Found::Clock { behind } => words.setup_clock_behind(&behind.to_string()).into_any(),
        Found::Call { id, at, .. } => {
            let text = words.setup_call_of(&format!("{} ({})", format::time(at), format::zone().name()));
            view! { <a href=format!("/admin/calls/{}", encoded(&id))>{text}</a> }.into_any()
        }
        Found::Trouble(why) => said(&why).into_any(),
    }
}

/// What to do about a line, if there is anything to be done about it.
fn fix(words: &'static Words, name: CheckName, mark: CheckMark, found: &Found) -> Option<&'static str> {
    match found {
        _ if mark == CheckMark::Good => None,
        Found::Unasked => None,
        found if found.is_platform_away() => Some(words.setup_fix_away),
        _ => Some(texts(words, name).1),
    }
}

/// The name of what is checked, and what to do when it is not as it should be.
pub fn texts(words: &'static Words, name: CheckName) -> (&'static str, &'static str) {
    match name {
        CheckName::Business => (words.nav_business, words.setup_fix_business),
        CheckName::PublicUrl => (words.setup_public_url, words.setup_fix_public_url),
        CheckName::Credentials => (words.setup_credentials, words.setup_fix_credentials),
        CheckName::Application => (words.setup_application, words.setup_fix_application),
        CheckName::Webhooks => (words.setup_webhooks, words.setup_fix_webhooks),
        CheckName::Region => (words.setup_region, words.setup_fix_region),
        CheckName::Signature => (words.setup_signature_secret, words.setup_fix_signature),
        CheckName::Numbers => (words.nav_numbers, words.setup_fix_numbers),
        CheckName::Forwarding => (words.setup_forwarding, words.setup_fix_forwarding),
        CheckName::Users => (words.nav_users, words.setup_fix_users),
        CheckName::Clock => (words.setup_clock, words.setup_fix_clock),
        CheckName::Texts => (words.setup_texts, words.setup_fix_texts),
        CheckName::TestCall => (words.setup_test_call, words.setup_fix_test_call),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lost::Lost;
    use crate::domain::trouble::Trouble;

    #[test]
    fn a_platform_that_does_not_answer_is_no_reason_to_enter_other_credentials() {
        let words = words();
        let about = |found: Found, mark| fix(words, CheckName::Credentials, mark, &found);
        let refused = Found::Trouble(Trouble::PlatformRefused { status: 401, detail: String::new() });
        assert_eq!(about(refused, CheckMark::Bad), Some(words.setup_fix_credentials));
        let away = [
            Trouble::PlatformAway(Lost::Status(503)),
            Trouble::PlatformBusy { retry_after: Some(1) },
            Trouble::PlatformUnclear(Lost::NoAnswer),
        ];
        for why in away {
            assert_eq!(about(Found::Trouble(why), CheckMark::Open), Some(words.setup_fix_away));
        }
        let webhooks = fix(words, CheckName::Webhooks, CheckMark::Open, &Found::Unasked);
        assert_eq!(webhooks, None, "nobody knows which addresses the platform has");
        assert_eq!(about(Found::Text("abcd1234".into()), CheckMark::Good), None);
    }
}
