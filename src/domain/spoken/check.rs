//! What is wrong with a text or a voice that somebody wrote down. What passes makes call flows that the platform takes,
//! whatever stands in place of the placeholders.

use std::collections::BTreeMap;

use super::voice::{MOST_STYLES, Voice, kinds_of};
use super::{LONGEST_VALUE, Spoken, Text, fill};
use crate::domain::language::{Language, Texts};
use crate::domain::ncco::{Action, Ncco};
use crate::domain::trouble::{FieldError, Trouble};

/// The longest text, in characters.
pub const LONGEST_TEXT: usize = 500;

/// Where in a form the text stands in a language.
#[must_use]
pub fn text_field(text: Text, language: Language) -> String {
    format!("{}_{}", text.name(), language.suffix())
}

/// Where in a form a part of a language's voice stands: `language`, `style`, `premium`.
#[must_use]
pub fn voice_field(part: &str, language: Language) -> String {
    format!("{part}_{}", language.suffix())
}

/// What somebody wrote for a text in one language. Nothing is the default.
///
/// # Errors
/// What is wrong with it.
pub fn read(text: Text, written: &str) -> Result<String, Trouble> {
    // As browsers send line breaks.
    let written = written.trim().replace("\r\n", "\n");
    if written.is_empty() {
        return Ok(written);
    }
    if written.chars().count() > LONGEST_TEXT {
        return Err(Trouble::Long(LONGEST_TEXT));
    }
    if written.chars().any(|c| c.is_control() && c != '\n') {
        return Err(Trouble::Unprintable);
    }
    let mut rest = written.as_str();
    let (mut found, mut bare) = (Vec::new(), String::new());
    while let Some((before, after)) = rest.split_once('{') {
        bare.push_str(before);
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        let known = text.holds().iter().find(|holder| holder.name == name && after.contains('}'));
        let known = known.ok_or_else(|| no_placeholder(text, name))?;
        found.push(known.name);
        rest = behind;
    }
    bare.push_str(rest);
    if bare.contains('}') {
        return Err(no_placeholder(text, "}"));
    }
    if let Some(missing) = text.holds().iter().find(|holder| holder.needed && !found.contains(&holder.name)) {
        return Err(Trouble::LacksPlaceholder(missing.name.to_owned()));
    }
    // A long value, and one that would break marks around it.
    let values = ["x".repeat(LONGEST_VALUE), "1 = 'a\" & b/ -->".to_owned()];
    for value in &values {
        let values: Vec<(&str, &str)> = text.holds().iter().map(|holder| (holder.name, value.as_str())).collect();
        if !bare.contains(char::is_alphanumeric) || !is_spoken(&fill(&written, &values)) {
            return Err(Trouble::Unspeakable);
        }
    }
    Ok(written)
}

/// Whether the platform takes it.
fn is_spoken(text: &str) -> bool {
    Ncco(vec![Action::talk(text)]).check().is_empty()
}

fn no_placeholder(text: Text, word: &str) -> Trouble {
    let known = text.holds().iter().map(|holder| format!("{{{}}}", holder.name));
    Trouble::NoPlaceholder { word: word.chars().take(40).collect(), known: known.collect() }
}

/// What is wrong with what was written for texts, by the fields of their form. `texts` are those of which the form is.
///
/// # Errors
/// Every field that is wrong, and why.
pub fn read_texts(
    texts: impl IntoIterator<Item = Text>,
    fields: &BTreeMap<String, String>,
) -> Result<Vec<(Text, Texts)>, Vec<FieldError>> {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for text in texts {
        let mut of = |language| {
            let field = text_field(text, language);
            let written = fields.get(&field).map(String::as_str).unwrap_or_default();
            read(text, written).unwrap_or_else(|reason| {
                wrong.push(FieldError { field, reason });
                String::new()
            })
        };
        let (english, chinese) = (of(Language::English), of(Language::Chinese));
        all.push((text, Texts::new(&english, &chinese)));
    }
    if wrong.is_empty() { Ok(all) } else { Err(wrong) }
}

/// The voices that somebody chose.
///
/// # Errors
/// Every field that is wrong, and why.
pub fn read_voices(fields: &BTreeMap<String, String>) -> Result<super::Voices, Vec<FieldError>> {
    let (mut voices, mut wrong) = (super::Voices::default(), Vec::new());
    for language in Language::EVERY {
        let field = |part: &str| voice_field(part, language);
        let written = |part: &str| fields.get(&field(part)).map(|text| text.trim()).unwrap_or_default();
        let style = match written("style") {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| style_is_none()),
        };
        let style = style.unwrap_or_else(|reason| {
            wrong.push(FieldError { field: field("style"), reason });
            None
        });
        let voice = Voice { language: written("language").to_owned(), style, premium: !written("premium").is_empty() };
        wrong.extend(voice_problems(&voice, language));
        voices.put(language, voice);
    }
    if wrong.is_empty() { Ok(voices) } else { Err(wrong) }
}

fn style_is_none() -> Trouble {
    Trouble::Between(0, i64::from(MOST_STYLES))
}

/// What is wrong with a voice, by the fields of its form.
fn voice_problems(voice: &Voice, language: Language) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let mut refuse = |part: &str, reason| wrong.push(FieldError { field: voice_field(part, language), reason });
    if !voice.language.is_empty() && kinds_of(language).all(|(code, _)| code != voice.language) {
        refuse("language", Trouble::NoVoice(voice.language.clone()));
    }
    if voice.style.is_some_and(|style| style > MOST_STYLES) {
        refuse("style", style_is_none());
    }
    wrong
}

impl Spoken {
    /// What is wrong with what stands in a file, by the fields of the forms.
    #[must_use]
    pub fn problems(&self) -> Vec<FieldError> {
        let mut wrong = Vec::new();
        for language in Language::EVERY {
            wrong.extend(voice_problems(self.voices.get(language), language));
            for (text, written) in &self.texts {
                if let Err(reason) = read(*text, written.only(language)) {
                    wrong.push(FieldError { field: text_field(*text, language), reason });
                }
            }
        }
        wrong
    }
}
