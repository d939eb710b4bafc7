//! What is wrong with what was typed into a form, and fields for a text in each language.

use leptos::prelude::*;

use crate::domain::language::Language;
use crate::domain::trouble::FieldError;
use crate::ui::admin::trouble::said;
use crate::ui::language::words;
use crate::ui::parts::field::{TextArea, TextField};

/// What is wrong, by field.
#[derive(Debug, Clone, Copy)]
pub struct Wrong(StoredValue<Vec<FieldError>>);

impl Wrong {
    pub fn new(wrong: Vec<FieldError>) -> Self {
        Self(StoredValue::new(wrong))
    }

    pub fn at(self, field: &str) -> Option<String> {
        self.0.with_value(|all| all.iter().find(|wrong| wrong.field == field).map(|wrong| said(&wrong.reason)))
    }

    /// The first of the wrong fields: the cursor stands in it.
    pub fn is_first(self, field: &str) -> bool {
        self.0.with_value(|all| all.first().is_some_and(|wrong| wrong.field == field))
    }
}

/// The name of a text's field in a language.
#[must_use]
pub fn field_of(name: &str, language: Language) -> String {
    format!("{name}_{}", language.suffix())
}

/// A label with the language of its field: `Headline (English)`.
#[must_use]
pub fn labelled(label: &str, language: Language) -> String {
    words().admin_in_language(label, language.name())
}

/// A line in each language.
#[component]
pub fn Lines(
    label: &'static str,
    name: &'static str,
    texts: [String; 2],
    longest: usize,
    wrong: Wrong,
) -> impl IntoView {
    let fields = Language::EVERY.into_iter().zip(texts).map(|(language, value)| {
        let name = field_of(name, language);
        let (first, error) = (wrong.is_first(&name), wrong.at(&name));
        view! { <TextField label=labelled(label, language) name value longest help=None first error/> }
    });
    fields.collect_view()
}

/// A paragraph in each language. The help is about both, and stands below the first.
#[component]
pub fn Paragraphs(
    label: &'static str,
    name: &'static str,
    texts: [String; 2],
    longest: usize,
    #[prop(default = 3)] rows: u8,
    #[prop(optional)] wide: bool,
    #[prop(optional, into)] help: Option<String>,
    wrong: Wrong,
) -> impl IntoView {
    let fields = Language::EVERY.into_iter().zip(texts).map(|(language, value)| {
        let name = field_of(name, language);
        let error = wrong.at(&name);
        let help = help.clone().filter(|_| language == Language::EVERY[0]);
        view! { <TextArea label=labelled(label, language) name value longest rows help error wide/> }
    });
    fields.collect_view()
}
