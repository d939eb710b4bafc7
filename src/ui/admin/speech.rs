//! Spoken texts: what callers hear from us, in each language, and the voices that say it.

mod names;
#[cfg(test)]
mod tests;
mod voices;

use leptos::prelude::*;

use self::names::{GROUPS, about_place, mark_of_place, name_of_place, name_of_text};
use self::voices::Voices;
use super::form::Wrong;
use super::gate::gate;
use super::page::headed;
use crate::api::speech::{SPEECH, SpeechPage, Typed, VOICES, read_speech};
use crate::domain::spoken::check::{LONGEST_TEXT, text_field};
use crate::domain::spoken::{Place, Spoken, Text};
use crate::ui::language::{Language, words};
use crate::ui::parts::field::{FormPart, TextArea};
use crate::ui::parts::icon::Icon;
use crate::ui::parts::markup::Title;
use crate::ui::parts::page_head::PageHead;

/// The page.
#[component]
pub fn Speech() -> impl IntoView {
    let words = words();
    let page = Resource::new(|| (), |()| read_speech());
    let content = move || {
        Suspend::new(async move {
            gate(page.await, SPEECH, move |page| {
                headed(page, move |content| {
                    let head = view! { <PageHead title=words.nav_speech lead=words.speech_lead/> }.into_any();
                    (head, view! { <Forms content/> }.into_any())
                })
            })
        })
    };
    view! {
        <Title text=words.nav_speech/>
        <Suspense fallback=|| ()>{content}</Suspense>
    }
}

/// A form for the voices, and one for the texts of each place.
#[component]
fn Forms(content: SpeechPage) -> impl IntoView {
    let words = words();
    let SpeechPage { spoken, typed } = content;
    let typed_into = |form: &str| typed.clone().filter(|typed| typed.form == form);
    let voices = spoken.voices.clone();
    let typed_voices = typed_into(VOICES);
    let groups = GROUPS.map(|group| {
        let id = format!("group-{}", group.name);
        let places = group.places.iter().map(|place| {
            let typed = typed_into(place.name());
            view! { <Texts place=*place spoken=spoken.clone() typed/> }
        });
        view! {
            <section class="stack" aria-labelledby=id.clone()>
                <h2 id=id.clone()>{(group.title)(words)}</h2>
                {places.collect_view()}
            </section>
        }
    });
    view! {
        <Voices voices typed=typed_voices/>
        {groups}
    }
}

/// The texts of a place.
#[component]
fn Texts(place: Place, spoken: Spoken, typed: Option<Typed>) -> impl IntoView {
    let words = words();
    let texts = Text::EVERY.iter().copied().filter(|text| text.place() == place);
    let count = words.speech_count(&texts.clone().count().to_string());
    let changed = texts.clone().filter(|text| spoken.texts.contains_key(text)).count();
    let changed =
        (changed > 0).then(|| view! { <span class="badge">{words.speech_changed(&changed.to_string())}</span> });
    let opens = typed.is_some();
    let fields = texts.map(|text| view! { <OneText text spoken=spoken.clone() typed=typed.clone()/> }).collect_view();
    view! {
        <details class="card new place" open=opens>
            <summary>
                <Icon mark=mark_of_place(place)/>
                <h3>{name_of_place(words, place)}</h3>
                <span class="hint about">{about_place(words, place)}</span>
                <span class="count">{changed}<span class="hint">{count}</span></span>
            </summary>
            // In it: an address that leads here opens it.
            <div id=place.name() class="stack">
                <form method="post" action="/api/speech-texts" class="speech">
                    <input type="hidden" name="place" value=place.name()/>
                    {fields}
                    <div class="form-end"><button type="submit" class="button">{words.speech_save}</button></div>
                </form>
            </div>
        </details>
    }
}

/// A text in both languages. What is typed again, or written, or said by default stands in its fields.
#[component]
fn OneText(text: Text, spoken: Spoken, typed: Option<Typed>) -> impl IntoView {
    let words = words();
    let name = name_of_text(words, text);
    let wrong = Wrong::new(typed.as_ref().map(|typed| typed.wrong.clone()).unwrap_or_default());
    let holds: Vec<String> = text.holds().iter().map(|holder| format!("{{{}}}", holder.name)).collect();
    let holds = (!holds.is_empty()).then(|| words.speech_placeholders(&holds.join(words.why_between)));
    let written = spoken.texts.contains_key(&text);
    let fields = Language::EVERY.map(|language| {
        let field = text_field(text, language);
        let value = match &typed {
            Some(typed) => typed.fields.get(&field).cloned().unwrap_or_default(),
            None => spoken.text(text, language).to_owned(),
        };
        let usual = text.usual(language);
        let default = (value != usual).then(|| words.speech_default(usual));
        let help: Vec<String> = holds.iter().cloned().chain(default).collect();
        let help = (!help.is_empty()).then(|| help.join(words.sentence_gap));
        let (label, error) = (language.name(), wrong.at(&field));
        view! { <TextArea label name=field value rows=2 longest=LONGEST_TEXT help error/> }
    });
    let usual = written.then(|| {
        let label = words.speech_usual_of(name);
        view! {
            <p class="wide">
                <button type="submit" class="button small quiet" name="usual" value=text.name() aria-label=label>
                    {words.speech_usual}
                </button>
            </p>
        }
    });
    view! {
        <FormPart title=name text=None>
            {fields}
            {usual}
        </FormPart>
    }
}
