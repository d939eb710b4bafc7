//! The guide to the first call, and the account with its application.

mod guide;

use leptos::prelude::*;

use self::guide::Guide;
use super::gate::gate;
use super::page::framed;
use crate::api::setup::{SETUP, Setup as Content, Source, Typed, setup_page};
use crate::domain::checklist::Standing;
use crate::ui::language::{Words, words};
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::field::{Field, TextField};
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::stat::{Fact, Facts};

pub use self::guide::{page_of, texts};

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
    let Content {
        guide,
        source,
        api_key,
        application_id,
        public_url,
        test_number,
        waits_for_restart,
        handset_page,
        demo,
        typed,
    } = content;
    let origin = match source {
        Source::Environment => words.setup_from_environment,
        Source::Kept => words.setup_from_here,
        Source::Sandbox => words.setup_from_sandbox,
    };
    let (first, known) = (application_id.is_none(), !api_key.is_empty());
    let is_left = |standing| matches!(standing, Standing::Left | Standing::Waits);
    let left = guide.iter().filter(|guided| is_left(guided.standing)).count();
    let ready = if left == 0 {
        view! { <Notice tone=Tone::Good><p>{words.setup_all_good}</p></Notice> }
    } else {
        let said = words.setup_left(&guide.len().to_string(), &(guide.len() - left).to_string());
        view! { <Notice tone=Tone::Info><p>{said}</p></Notice> }
    };
    view! {
        {waits_for_restart.then(|| view! { <Notice tone=Tone::Warn said=true><p>{words.setup_restart}</p></Notice> })}
        {ready}
        <Guide guide test_number/>
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
        <Create first known source handset_page typed/>
        {demo.map(|example| view! { <DemoData example/> })}
    }
    .into_any()
}

/// The sandbox's demo data, to be wiped.
#[component]
fn DemoData(
    /// The business is still the example's.
    example: bool,
) -> impl IntoView {
    let words = words();
    let business = if example { words.setup_demo_example } else { words.setup_demo_own };
    view! {
        <section class="card" id="demo" aria-labelledby="demo-title">
            <h2 id="demo-title">{words.setup_demo}</h2>
            <p class="section-text">{words.setup_demo_goes}</p>
            <p class="section-text">{words.setup_demo_stays}{words.sentence_gap}{business}</p>
            <div class="row">
                <Confirm
                    label=words.setup_wipe
                    title=words.setup_wipe_sure
                    text=words.setup_wipe_text
                    submit=words.setup_wipe
                    action="/api/setup-wipe-demo"
                    fields=Vec::new()
                    danger=true
                />
            </div>
        </section>
    }
}

/// The form that makes the application: open when there is none or it was refused, folded away otherwise.
#[component]
fn Create(
    first: bool,
    known: bool,
    source: Source,
    /// Of the sandbox.
    handset_page: Option<String>,
    typed: Option<Typed>,
) -> impl IntoView {
    let words = words();
    let lead = match handset_page {
        Some(page) => view! {
            <p class="section-text">
                {words.setup_create_sandbox}" "
                <a href=format!("{page}#account-title") target="_blank" rel="noopener">{words.setup_sandbox_account}</a>
            </p>
            <p class="section-text">{words.setup_create_real}</p>
        }
        .into_any(),
        None => view! { <p class="section-text">{words.setup_create_lead}</p> }.into_any(),
    };
    let signature_hint =
        if source == Source::Sandbox { words.setup_signature_sandbox } else { words.setup_signature_hint };
    // An account from the environment may be left out; the sandbox's account belongs to no operator.
    let needed = !known || source == Source::Sandbox;
    let again = typed.is_some();
    let typed = typed.unwrap_or(Typed { api_key: String::new(), name: "Switchboard".to_owned() });
    view! {
        <details class="card new" open={first || again}>
            <summary><Icon mark=Mark::Gear/><h2>{if first { words.setup_create } else { words.setup_create_other }}</h2></summary>
            {lead}
            {again.then(|| view! { <Notice tone=Tone::Warn><p>{words.setup_secret_again}</p></Notice> })}
            <form method="post" action="/api/setup-create" class="stack" autocomplete="off">
                <div class="form-grid">
                    <Field label=words.setup_api_key name="api_key" help=None error=None>
                        <input id="api_key" name="api_key" value=typed.api_key required=needed autocomplete="off" spellcheck="false" autocapitalize="none"/>
                    </Field>
                    <Field label=words.setup_api_secret name="api_secret" help=None error=None>
                        <input id="api_secret" name="api_secret" type="password" required=needed autocomplete="off"/>
                    </Field>
                    <Field label=words.setup_signature_secret name="signature_secret" help=Some(signature_hint.to_owned()) error=None>
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
