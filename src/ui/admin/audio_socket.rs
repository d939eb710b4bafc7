//! Audio sockets: which numbers lead to one, what works on their audio, and the engines of the relay.

use leptos::prelude::*;

use super::flash::FlashNotice;
use super::gate::gate;
use super::parts::plan_name;
use super::trouble::said;
use crate::api::admin::Page;
use crate::api::audio_socket::{AudioLine, AudioPage, Engine, PAGE, audio_lines_page};
use crate::api::flash::Flash;
use crate::domain::audio_socket::{Plan, Rate, Speaker};
use crate::domain::phone::grouped;
use crate::domain::trouble::Trouble;
use crate::ui::language::words;
use crate::ui::parts::code::Code;
use crate::ui::parts::confirm::Confirm;
use crate::ui::parts::empty::Empty;
use crate::ui::parts::field::{Check, Choice, TextField};
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::markup::Title;
use crate::ui::parts::notice::{Notice, Tone};
use crate::ui::parts::page_head::PageHead;
use crate::ui::parts::table::{Column, Table};

#[component]
pub fn AudioSockets() -> impl IntoView {
    let words = words();
    let found = Resource::new(|| (), |()| audio_lines_page());
    let content =
        move || Suspend::new(async move { gate(found.await, PAGE, move |page| view! { <Content page/> }.into_any()) });
    view! {
        <Title text=words.audio_title/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

#[component]
fn Content(page: Page<AudioPage>) -> impl IntoView {
    let words = words();
    let Page { viewer, flash, content } = page;
    let AudioPage { lines, free, engines, socket_url } = content;
    let names: Vec<String> = engines.iter().map(|engine| engine.name.clone()).collect();
    let listed = if lines.is_empty() {
        let action = Some(("/admin/numbers".to_owned(), words.nav_numbers));
        view! { <Empty mark=Mark::Wave title=words.audio_lines_empty text=words.audio_lines_empty_text action/> }
            .into_any()
    } else {
        let names = names.clone();
        let each = lines.into_iter().map(move |line| view! { <Line line engines=names.clone()/> }).collect_view();
        view! { <div class="audio-lines">{each}</div> }.into_any()
    };
    let adding = (!free.is_empty()).then(|| view! { <Add free engines=names/> });
    let (typed_name, typed_url, name_wrong, url_wrong) = match &flash {
        Some(Flash::EngineRefused { name, url, why }) => {
            let (at_name, at_url) = match why {
                Trouble::EngineName | Trouble::Taken(_) => (Some(said(why)), None),
                _ => (None, Some(said(why))),
            };
            (name.clone(), url.clone(), at_name, at_url)
        }
        _ => Default::default(),
    };
    // A refusal is shown at its field.
    let flash = flash.filter(|flash| !matches!(flash, Flash::EngineRefused { .. }));
    view! {
        <Frame viewer>
            <PageHead title=words.audio_title lead=words.audio_lead/>
            <FlashNotice flash/>
            <section class="stack" aria-labelledby="lines">
                <h2 id="lines">{words.audio_lines}</h2>
                {listed}
                {adding}
            </section>
            <section class="card" aria-labelledby="engines">
                <div>
                    <h2 id="engines">{words.audio_engines}</h2>
                    <p class="section-text">{words.audio_engines_lead}</p>
                </div>
                <Engines engines/>
                <form method="post" action="/api/audio-engine" class="line-form">
                    <TextField label=words.audio_engine_name name="name" value=typed_name longest=40
                        help=Some(words.audio_engine_name_help.to_owned()) first=name_wrong.is_some() error=name_wrong required=true/>
                    <TextField label=words.audio_engine_url name="url" kind="url" value=typed_url longest=500 wide=true
                        placeholder="wss://engine.example.com/v1" help=None first=url_wrong.is_some() error=url_wrong required=true/>
                    <button type="submit" class="button">{words.audio_engine_add}</button>
                </form>
            </section>
            <section class="card" aria-labelledby="address">
                <div>
                    <h2 id="address">{words.audio_socket_url}</h2>
                    <p class="section-text">{words.audio_socket_url_text}</p>
                </div>
                <Code label="WebSocket".to_owned() text=socket_url/>
            </section>
        </Frame>
    }
}

/// A number: what works on its audio, in a form of its own.
#[component]
fn Line(line: AudioLine, engines: Vec<String>) -> impl IntoView {
    let words = words();
    let AudioLine { number, plan, problem, open } = line;
    let shown = grouped(&number);
    let now = plan_name(words, &plan);
    let label = shown.clone();
    let id = number.clone();
    view! {
        <form method="post" action="/api/audio-line" class="card audio-line" aria-label=label>
            <input type="hidden" name="number" value=number/>
            <div>
                <h3 class="digits">{shown}</h3>
                <p class="section-text">{now}</p>
            </div>
            {problem.map(|problem| view! { <Notice tone=Tone::Bad><p>{said(&problem)}</p></Notice> })}
            <Choices id plan=Plan::parse(&plan).ok() open engines/>
            <div class="row"><button type="submit" class="button">{words.audio_save}</button></div>
        </form>
    }
}

/// A number that leads nowhere becomes an audio socket.
#[component]
fn Add(free: Vec<String>, engines: Vec<String>) -> impl IntoView {
    let words = words();
    let numbers = free.into_iter().map(|number| (number.clone(), grouped(&number))).collect();
    view! {
        <details class="card new" id="lead">
            <summary><Icon mark=Mark::Wave/>{words.audio_add}</summary>
            <form method="post" action="/api/audio-line" class="stack" aria-label=words.audio_add>
                <div class="form-grid">
                    <Choice label=words.audio_number name="number" choices=numbers help=None error=None/>
                </div>
                <Choices id="new".to_owned() plan=None open=false engines/>
                <div class="row"><button type="submit" class="button">{words.audio_add_submit}</button></div>
            </form>
        </details>
    }
}

#[component]
fn Choices(
    /// Prefix of the fields' ids: a page has several of these forms.
    id: String,
    plan: Option<Plan>,
    open: bool,
    engines: Vec<String>,
) -> impl IntoView {
    let words = words();
    let plan = plan.unwrap_or(Plan { speaker: Speaker::Echo, record: false, rate: Rate::default() });
    let mut speakers = vec![
        ("echo".to_owned(), words.audio_echo.to_owned(), plan.speaker == Speaker::Echo),
        ("monitor".to_owned(), words.audio_nobody.to_owned(), plan.speaker == Speaker::Nobody),
    ];
    let relay = |name: &String| {
        let chosen = plan.speaker == Speaker::Relay(name.clone());
        (format!("relay={name}"), words.audio_relay(name), chosen)
    };
    speakers.extend(engines.iter().map(relay));
    if let Speaker::Relay(gone) = &plan.speaker
        && !engines.contains(gone)
    {
        speakers.push(relay(gone));
    }
    let speakers =
        speakers.into_iter().map(|(value, name, chosen)| view! { <option value=value selected=chosen>{name}</option> });
    let rates = Rate::EVERY.map(|rate| {
        view! { <option value=rate.hz().to_string() selected=rate == plan.rate>{rate.hz() / 1_000}" kHz"</option> }
    });
    let (speaker, rate) = (format!("speaker-{id}"), format!("rate-{id}"));
    view! {
        <div class="form-grid">
            <div class="field">
                <label for=speaker.clone()>{words.audio_speaker}</label>
                <select id=speaker name="speaker">{speakers.collect_view()}</select>
            </div>
            <div class="field">
                <label for=rate.clone()>{words.audio_rate}</label>
                <select id=rate name="rate">{rates.collect_view()}</select>
            </div>
        </div>
        <div>
            <Check label=words.audio_record name="record" checked=plan.record help=None/>
            <Check label=words.audio_open name="open" checked=open help=None/>
        </div>
    }
}

#[component]
fn Engines(engines: Vec<Engine>) -> impl IntoView {
    let words = words();
    if engines.is_empty() {
        return view! { <p class="hint">{words.audio_engines_empty}</p> }.into_any();
    }
    let columns = vec![
        Column::text(words.audio_engine_name).sorted(),
        Column::text(words.audio_engine_url),
        Column::actions(words.admin_actions),
    ];
    let rows = engines.into_iter().map(|engine| view! { <EngineRow engine/> }).collect_view();
    view! { <Table label=words.audio_engines columns>{rows}</Table> }.into_any()
}

#[component]
fn EngineRow(engine: Engine) -> impl IntoView {
    let words = words();
    let Engine { name, url, problem } = engine;
    let (text, fields) = (words.audio_engine_delete_which(&name), vec![("name", name.clone())]);
    view! {
        <tr>
            <th scope="row">{name}</th>
            <td data-label=words.audio_engine_url class="wrap">
                <code>{url}</code>
                {problem.map(|problem| view! { <span class="badge danger">{said(&problem)}</span> })}
            </td>
            <td class="actions">
                <Confirm label=words.audio_engine_delete text submit=words.audio_engine_delete action="/api/delete-audio-engine" fields danger=true/>
            </td>
        </tr>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::account::Viewer;
    use crate::domain::account::Role;

    const HOSTILE: &str = "</option><script>alert(1)</script>\"";

    fn page(name: &str, flash: Flash, content: AudioPage) -> Page<AudioPage> {
        let viewer = Viewer { name: name.to_owned(), role: Role::Operator };
        Page { viewer, flash: Some(flash), content }
    }

    #[test]
    fn what_is_chosen_is_shown_and_hostile_text_stays_text() {
        let content = AudioPage {
            lines: vec![AudioLine {
                number: "442079460007".into(),
                plan: "relay=bot+record@8000".into(),
                problem: None,
                open: true,
            }],
            free: vec![],
            engines: vec![Engine {
                name: HOSTILE.into(),
                url: HOSTILE.into(),
                problem: Some(Trouble::Other(HOSTILE.into())),
            }],
            socket_url: HOSTILE.into(),
        };
        let flash = Flash::EngineRefused { why: Trouble::EngineName, name: HOSTILE.into(), url: HOSTILE.into() };
        let page = page(HOSTILE, flash, content);
        let html = Owner::new().with(|| {
            leptos_meta::provide_meta_context();
            view! { <Content page/> }.to_html()
        });
        assert!(!html.contains("<script"), "{html}");
        assert!(
            html.contains("value=\"relay=bot\" selected"),
            "an engine that is gone is still what is chosen: {html}"
        );
        assert!(html.contains("value=\"8000\" selected"), "{html}");
    }

    #[test]
    fn a_page_without_lines_says_what_to_do() {
        let content = AudioPage { lines: vec![], free: vec![], engines: vec![], socket_url: String::new() };
        let page = page("", Flash::AudioSaved, content);
        let html = Owner::new().with(|| {
            leptos_meta::provide_meta_context();
            view! { <Content page/> }.to_html()
        });
        assert!(html.contains(words().audio_lines_empty) && html.contains("/admin/numbers"));
        assert!(html.contains(words().audio_saved) && html.contains(words().audio_engines_empty));
    }
}
