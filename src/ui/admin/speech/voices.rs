//! The form of the voices.

use leptos::prelude::*;

use crate::api::speech::{Typed, VOICES};
use crate::domain::spoken::Voices as Kept;
use crate::domain::spoken::check::voice_field;
use crate::domain::spoken::voice::kinds_of;
use crate::ui::admin::form::Wrong;
use crate::ui::language::{Language, words};
use crate::ui::parts::field::{Check, Choice, FormPart, TextField};

#[component]
pub(super) fn Voices(voices: Kept, typed: Option<Typed>) -> impl IntoView {
    let words = words();
    let wrong = Wrong::new(typed.as_ref().map(|typed| typed.wrong.clone()).unwrap_or_default());
    let parts = Language::EVERY.map(|language| {
        let voice = voices.get(language);
        // The components want names that live as long as the program.
        let [kind, style, premium] = match language {
            Language::English => ["language_en", "style_en", "premium_en"],
            Language::Chinese => ["language_zh", "style_zh", "premium_zh"],
        };
        debug_assert_eq!(kind, voice_field("language", language));
        let typed = |field: &str, kept: String| match &typed {
            Some(typed) => typed.fields.get(field).cloned().unwrap_or_default(),
            None => kept,
        };
        let usual = match language.voice() {
            Some(code) => words.speech_voice_usual_of(code),
            None => words.speech_voice_usual.to_owned(),
        };
        let kinds = kinds_of(language).map(|(code, name)| (code.to_owned(), format!("{name} · {code}")));
        let choices = [(String::new(), usual)].into_iter().chain(kinds).collect();
        let chosen = typed(kind, voice.language.clone());
        let number = typed(style, voice.style.map(|style| style.to_string()).unwrap_or_default());
        let costs = !typed(premium, if voice.premium { "on".to_owned() } else { String::new() }).is_empty();
        let help = |text: &str| Some(text.to_owned());
        view! {
            <FormPart title=language.name() text=None>
                <Choice label=words.speech_voice name=kind value=chosen choices help=None error=wrong.at(kind)/>
                <TextField label=words.speech_style name=style keys="numeric" value=number longest=2
                    help=help(words.speech_style_help) first=wrong.is_first(style) error=wrong.at(style)/>
                <Check label=words.speech_premium name=premium value="on" checked=costs help=help(words.speech_premium_help)/>
            </FormPart>
        }
    });
    view! {
        <form method="post" action="/api/speech-voices" class="card" id=VOICES aria-labelledby="voices-title">
            <div>
                <h2 id="voices-title">{words.speech_voices}</h2>
                <p class="section-text">{words.speech_voices_text}</p>
            </div>
            {parts}
            <div class="form-end"><button type="submit" class="button">{words.speech_save}</button></div>
        </form>
    }
}
