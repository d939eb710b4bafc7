//! What the editor's script knows of the language of call flows: the domain's table, with a sentence for each word.

use serde::Serialize;

use crate::domain::call_flows::{DTMF_URL, OWN_NUMBER, PARAMS_TO};
use crate::domain::ncco::schema::{ACTIONS, ENDPOINTS, Field, Holds, Shape};
use crate::ui::language::Words;

#[derive(Serialize)]
struct Help {
    actions: Vec<Entry>,
    endpoints: Vec<Entry>,
    placeholders: Vec<Entry>,
    /// The editor's own words, such as those of its search panel.
    phrases: Vec<(&'static str, &'static str)>,
    needed: &'static str,
    cannot_format: &'static str,
}

/// A word, what it is, and what can be in it.
#[derive(Serialize)]
struct Entry {
    name: &'static str,
    about: &'static str,
    fields: Vec<Known>,
}

#[derive(Serialize)]
struct Known {
    name: &'static str,
    needed: bool,
    holds: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    words: &'static [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Known>,
}

/// As JSON, for an attribute of the page.
pub fn of_the_language(words: &'static Words) -> String {
    let entry =
        |shape: &Shape| Entry { name: shape.name, about: about(words, shape.name), fields: known(words, shape.fields) };
    let placeholder = |name| Entry { name, about: about(words, name), fields: Vec::new() };
    let phrases = words.flows_editor_phrases.split('|').filter_map(|pair| pair.split_once('='));
    let help = Help {
        actions: ACTIONS.iter().map(entry).collect(),
        endpoints: ENDPOINTS.iter().map(entry).collect(),
        placeholders: [OWN_NUMBER, PARAMS_TO, DTMF_URL].map(placeholder).into(),
        phrases: phrases.collect(),
        needed: words.flows_needed,
        cannot_format: words.flows_cannot_format,
    };
    // Texts and numbers alone are always written; were they not, the editor would be one without completion.
    serde_json::to_string(&help).unwrap_or_default()
}

fn known(words: &'static Words, fields: &[Field]) -> Vec<Known> {
    let one = |field: &Field| {
        let (holds, detail, choices, inner): (_, String, &'static [&'static str], _) = match field.holds {
            Holds::Text => ("text", words.flows_holds_text.into(), &[], &[][..]),
            Holds::Number => ("number", words.flows_holds_number.into(), &[], &[][..]),
            Holds::Flag => ("flag", "true / false".into(), &[], &[][..]),
            Holds::Count => ("whole", words.flows_holds_count.into(), &[], &[][..]),
            Holds::Whole(from, to) => {
                ("whole", words.flows_holds_range(&from.to_string(), &to.to_string()), &[], &[][..])
            }
            Holds::Decimal(from, to) => {
                ("whole", words.flows_holds_range(&from.to_string(), &to.to_string()), &[], &[][..])
            }
            Holds::Word(choices) => ("word", choices.join(" / "), choices, &[][..]),
            Holds::Words(choices) => ("words", choices.join(" / "), choices, &[][..]),
            Holds::Urls => ("urls", words.flows_holds_urls.into(), &[], &[][..]),
            Holds::Url => ("url", words.flows_holds_url.into(), &[], &[][..]),
            Holds::Legs => ("list", words.flows_holds_legs.into(), &[], &[][..]),
            Holds::Endpoint => ("endpoint", words.flows_holds_endpoint.into(), &[], &[][..]),
            Holds::Object(inner) => ("object", words.flows_holds_object.into(), &[], inner),
            Holds::Free => ("object", words.flows_holds_object.into(), &[], &[][..]),
        };
        Known { name: field.name, needed: field.needed, holds, detail, words: choices, fields: known(words, inner) }
    };
    fields.iter().map(one).collect()
}

/// What an action, an endpoint or a placeholder is for.
fn about(words: &'static Words, name: &str) -> &'static str {
    match name {
        "talk" => words.flows_about_talk,
        "stream" => words.flows_about_stream,
        "input" => words.flows_about_input,
        "connect" => words.flows_about_connect,
        "conversation" => words.flows_about_conversation,
        "record" => words.flows_about_record,
        "notify" => words.flows_about_notify,
        "wait" => words.flows_about_wait,
        "transfer" => words.flows_about_transfer,
        "phone" => words.flows_about_phone,
        "app" => words.flows_about_app,
        "websocket" => words.flows_about_websocket,
        "sip" => words.flows_about_sip,
        "vbc" => words.flows_about_vbc,
        OWN_NUMBER => words.flows_about_own_number,
        PARAMS_TO => words.flows_about_params_to,
        DTMF_URL => words.flows_about_dtmf_url,
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::language::Language;

    #[test]
    fn every_word_of_the_language_is_explained_in_both_languages() {
        let said: Vec<Vec<&str>> = Language::EVERY
            .map(|language| {
                let names = ACTIONS.iter().chain(ENDPOINTS).map(|shape| shape.name);
                let names = names.chain([OWN_NUMBER, PARAMS_TO, DTMF_URL]);
                names.map(|name| about(language.words(), name)).collect()
            })
            .into();
        assert_eq!(said[0].len(), 17);
        for (english, chinese) in said[0].iter().zip(&said[1]) {
            assert!(!english.is_empty() && !chinese.is_empty() && english != chinese, "{english} {chinese}");
        }
    }

    #[test]
    fn the_script_gets_fields_with_what_may_stand_in_them() {
        for language in Language::EVERY {
            let help: serde_json::Value = serde_json::from_str(&of_the_language(language.words())).unwrap();
            let record = &help["actions"][5];
            assert_eq!(
                (record["name"].as_str(), record["fields"][0]["words"][1].as_str()),
                (Some("record"), Some("wav"))
            );
            assert_eq!(help["actions"][2]["fields"][1]["fields"][0]["name"], "maxDigits");
            assert!(help["phrases"].as_array().unwrap().len() > 10);
        }
    }
}
