//! Audio sockets: which numbers lead to one, what works on their audio, and the engines of the relay.

use leptos::prelude::*;

use super::flash::FlashNotice;
use super::gate::gate;
use super::trouble::said;
use crate::api::admin::Page;
use crate::api::audio_socket::{AudioLine, AudioPage, Engine, PAGE, audio_lines_page};
use crate::api::flash::Flash;
use crate::domain::audio_socket::{Plan, Rate, Speaker};
use crate::domain::phone::grouped;
use crate::ui::language::words;
use crate::ui::parts::frame::Frame;
use crate::ui::parts::icon::{Icon, Mark};
use crate::ui::parts::markup::Title;

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
        view! {
            <div class="empty">
                <Icon mark=Mark::Wave/>
                <h3>{words.audio_lines_empty}</h3>
                <p>{words.audio_lines_empty_text}</p>
                <a class="button" href="/admin/numbers">{words.nav_numbers}</a>
            </div>
        }
        .into_any()
    } else {
        let names = names.clone();
        let each = lines.into_iter().map(move |line| view! { <Line line engines=names.clone()/> }).collect_view();
        view! { <div class="audio-lines">{each}</div> }.into_any()
    };
    let adding = (!free.is_empty()).then(|| view! { <Add free engines=names/> });
    let known = if engines.is_empty() {
        view! { <p class="hint">{words.audio_engines_empty}</p> }.into_any()
    } else {
        let each = engines.into_iter().map(|engine| view! { <EngineRow engine/> }).collect_view();
        view! { <ul class="audio-engines">{each}</ul> }.into_any()
    };
    let (typed_name, typed_url) = match &flash {
        Some(Flash::EngineRefused { name, url, .. }) => (name.clone(), url.clone()),
        _ => Default::default(),
    };
    view! {
        <Frame viewer>
            <h1>{words.audio_title}</h1>
            <p class="hint">{words.audio_lead}</p>
            <FlashNotice flash/>
            <h2>{words.audio_lines}</h2>
            {listed}
            {adding}
            <h2>{words.audio_engines}</h2>
            <p class="hint">{words.audio_engines_lead}</p>
            {known}
            <form method="post" action="/api/audio-engine" class="audio-form">
                <label>{words.audio_engine_name}<input name="name" value=typed_name required maxlength="40" pattern="[A-Za-z0-9._\\-]+"/></label>
                <label class="wide">
                    {words.audio_engine_url}
                    <input name="url" type="url" value=typed_url required maxlength="500" placeholder="wss://engine.example.com/v1"/>
                </label>
                <button type="submit" class="button">{words.audio_engine_add}</button>
            </form>
            <dl class="facts"><div><dt>{words.audio_socket_url}</dt><dd>{socket_url}</dd></div></dl>
        </Frame>
    }
}

/// A number: what works on its audio, in a form of its own.
#[component]
fn Line(line: AudioLine, engines: Vec<String>) -> impl IntoView {
    let words = words();
    let AudioLine { number, plan, problem, open } = line;
    let shown = grouped(&number);
    let label = shown.clone();
    view! {
        <form method="post" action="/api/audio-line" class="audio-form card" aria-label=label>
            <input type="hidden" name="number" value=number/>
            <h3>{shown}</h3>
            {problem.map(|problem| view! { <p class="problem">{said(&problem)}</p> })}
            <Choices plan=Plan::parse(&plan).ok() open engines/>
            <button type="submit" class="button">{words.audio_save}</button>
        </form>
    }
}

/// A number that leads nowhere becomes an audio socket.
#[component]
fn Add(free: Vec<String>, engines: Vec<String>) -> impl IntoView {
    let words = words();
    let numbers = free.into_iter().map(|number| {
        let shown = grouped(&number);
        view! { <option value=number>{shown}</option> }
    });
    view! {
        <form method="post" action="/api/audio-line" class="audio-form card" aria-label=words.audio_add>
            <h3>{words.audio_add}</h3>
            <label>{words.audio_number}<select name="number">{numbers.collect_view()}</select></label>
            <Choices plan=None open=false engines/>
            <button type="submit" class="button">{words.audio_add_submit}</button>
        </form>
    }
}

#[component]
fn Choices(plan: Option<Plan>, open: bool, engines: Vec<String>) -> impl IntoView {
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
    view! {
        <label>{words.audio_speaker}<select name="speaker">{speakers.collect_view()}</select></label>
        <label>{words.audio_rate}<select name="rate">{rates.collect_view()}</select></label>
        <label class="tick"><input type="checkbox" name="record" value="1" checked=plan.record/>{words.audio_record}</label>
        <label class="tick"><input type="checkbox" name="open" value="1" checked=open/>{words.audio_open}</label>
    }
}

#[component]
fn EngineRow(engine: Engine) -> impl IntoView {
    let words = words();
    let Engine { name, url, problem } = engine;
    let label = words.audio_engine_delete_which(&name);
    view! {
        <li>
            <strong>{name.clone()}</strong>
            <code>{url}</code>
            {problem.map(|problem| view! { <span class="problem">{said(&problem)}</span> })}
            <form method="post" action="/api/delete-audio-engine">
                <input type="hidden" name="name" value=name/>
                <button type="submit" class="button quiet" aria-label=label>{words.audio_engine_delete}</button>
            </form>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::account::Viewer;
    use crate::domain::account::Role;
    use crate::domain::trouble::Trouble;

    const HOSTILE: &str = "</option><script>alert(1)</script>\"";

    fn page(name: &str, flash: Flash, content: AudioPage) -> Page<AudioPage> {
        let viewer = Viewer { name: name.to_owned(), role: Role::Operator, handsets: None };
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
