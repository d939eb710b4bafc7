//! The form of the profile.

use leptos::prelude::*;

use crate::api::business::BusinessForm;
use crate::api::speech::SPEECH;
use crate::domain::business::{
    Draft, LONGEST_GREETING, LONGEST_LINE, LONGEST_NAME, LONGEST_SHORT_NAME, LONGEST_TEXT, MOST_QUESTIONS,
    QuestionDraft, question_field,
};
use crate::ui::admin::form::{Lines, Paragraphs, Wrong, field_of, labelled};
use crate::ui::language::{Language, words};
use crate::ui::parts::field::{Check, Choice, FieldError, FormPart, TextArea, TextField};

/// Empty questions below those that are written.
const EMPTY_QUESTIONS: usize = 2;

#[component]
pub(super) fn Form(content: BusinessForm) -> impl IntoView {
    let words = words();
    let BusinessForm { draft, questions, wrong, zones, support_number } = content;
    let wrong = Wrong::new(wrong);
    let help = |text: &str| Some(text.to_owned());
    let languages = Language::EVERY.map(|language| (language.tag().to_owned(), language.name().to_owned())).to_vec();
    let Draft { headline_en, headline_zh, lead_en, lead_zh, notice_en, notice_zh, greeting_en, greeting_zh, .. } =
        draft;
    let zones = zones.into_iter().map(|zone| view! { <option value=zone></option> }).collect_view();
    view! {
        <form method="post" action="/api/save-business" class="card" id="business-form">
            <FormPart title=words.business_identity text=Some(words.business_identity_text)>
                <TextField label=words.business_name name="name" value=draft.name longest=LONGEST_NAME required=true
                    help=help(words.business_name_help) error=wrong.at("name")/>
                <TextField label=words.business_short_name name="short_name" value=draft.short_name
                    longest=LONGEST_SHORT_NAME help=help(words.business_short_name_help) error=wrong.at("short_name")/>
                <TextField label=words.business_colour name="colour" kind="color" value=draft.colour
                    help=help(words.business_colour_help) error=wrong.at("colour")/>
                <TextField label=words.business_zone name="time_zone" value=draft.time_zone list="zones" required=true
                    help=help(words.business_zone_help) error=wrong.at("time_zone")/>
                <datalist id="zones">{zones}</datalist>
            </FormPart>
            <FormPart title=words.business_languages text=Some(words.business_languages_text)>
                <div class="field">
                    <Check label="English" name="english" value="on" checked=!draft.english.is_empty() help=None/>
                    <Check label="中文" name="chinese" value="on" checked=!draft.chinese.is_empty() help=None/>
                    <FieldError name="languages" error=wrong.at("languages")/>
                </div>
                <Choice label=words.business_default_language name="default_language" value=draft.default_language
                    choices=languages help=help(words.business_default_language_help) error=wrong.at("default_language")/>
            </FormPart>
            <FormPart title=words.business_page text=Some(words.business_page_text)>
                <Lines label=words.business_headline name="headline" texts=[headline_en, headline_zh] longest=LONGEST_LINE wrong/>
                <Paragraphs label=words.business_page_lead name="lead" texts=[lead_en, lead_zh] longest=LONGEST_TEXT
                    wrong/>
                <Paragraphs label=words.business_notice name="notice" texts=[notice_en, notice_zh] longest=LONGEST_TEXT
                    help=words.business_notice_help wrong/>
                <TextField label=words.business_numbers name="numbers" value=draft.numbers longest=160 wide=true
                    help=Some(words.business_numbers_help(&support_number)) error=wrong.at("numbers")/>
            </FormPart>
            <FormPart title=words.business_speech text=Some(words.business_speech_text)>
                <Paragraphs label=words.business_greeting name="greeting" texts=[greeting_en, greeting_zh]
                    longest=LONGEST_GREETING wrong/>
                <p class="field-help wide"><a href=SPEECH>{words.business_to_speech}</a></p>
            </FormPart>
            <Questions questions wrong/>
            <div class="form-end">
                <button type="submit" class="button">{words.business_save}</button>
            </div>
        </form>
    }
}

/// The questions, and empty ones for more. One in which everything is deleted is gone when the form is saved.
#[component]
fn Questions(questions: Vec<QuestionDraft>, wrong: Wrong) -> impl IntoView {
    let words = words();
    let written = questions.len();
    let most = written.max(MOST_QUESTIONS);
    let shown = (questions.len() + EMPTY_QUESTIONS).min(most);
    let empty = std::iter::repeat_with(QuestionDraft::default);
    let each = questions.into_iter().chain(empty).take(shown).enumerate().map(|(index, draft)| {
        let QuestionDraft { question_en, question_zh, answer_en, answer_zh } = draft;
        let title = words.business_question(&(index + 1).to_string());
        let pairs = [
            ("question", words.business_question_text, [question_en, question_zh]),
            ("answer", words.business_answer, [answer_en, answer_zh]),
        ];
        let fields = pairs.map(|(part, label, texts)| {
            let each = Language::EVERY.into_iter().zip(texts).map(|(language, value)| {
                let error = wrong.at(&field_of(&question_field(index, part), language));
                let (label, name) =
                    (labelled(label, language), format!("questions[{index}][{}]", field_of(part, language)));
                match part {
                    "question" => {
                        view! { <TextField label name value longest=LONGEST_LINE help=None error/> }.into_any()
                    }
                    _ => view! { <TextArea label name value longest=LONGEST_TEXT help=None error/> }.into_any(),
                }
            });
            each.collect_view()
        });
        view! {
            <fieldset class="form-sub">
                <legend>{title}</legend>
                <div class="form-grid">{fields.into_iter().collect_view()}</div>
            </fieldset>
        }
    });
    let mut each: Vec<_> = each.collect();
    let more = each.split_off(written.min(each.len()));
    view! {
        <FormPart title=words.business_questions text=Some(words.business_questions_text)>
            <div class="stack wide"><FieldError name="questions" error=wrong.at("questions")/>{each}
                {(!more.is_empty()).then(|| view! {
                    <details class="more" open={written == 0}>
                        <summary>{words.business_question_add}</summary>
                        <div class="stack">{more}</div>
                    </details>
                })}
            </div>
        </FormPart>
    }
}
