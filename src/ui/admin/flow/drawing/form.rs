//! The fields of an open box.

use leptos::prelude::*;

use crate::domain::call_flows::PARAMS_TO;
use crate::domain::call_flows::drawing::act::{Refused, field_id};
use crate::domain::call_flows::drawing::fields::{WHOM, field};
use crate::domain::call_flows::drawing::{Form, NotEdited};
use crate::domain::contact_center::operator_flow::QUEUE;
use crate::domain::ncco::schema::{ENDPOINTS, Holds};
use crate::domain::spoken::voice::LANGUAGES;
use crate::ui::language::{Words, words};
use crate::ui::parts::field::{Choice, Choices, TextArea, TextField};

/// A field for each path, with what was typed and refused in its place.
#[component]
pub fn Fields(form: Form, agents: Vec<String>, queues: Vec<String>, refused: Option<Refused>) -> impl IntoView {
    let words = words();
    let Form { kind, rings, fields, .. } = form;
    let one = |(path, typed): (String, String)| {
        let wrong = refused.as_ref().filter(|refused| refused.path == path);
        let error = wrong.map(|refused| not_edited(words, &refused.why));
        let value = wrong.map_or(typed, |refused| refused.typed.clone());
        let (id, label) = (field_id(&path), label(words, &kind, &path));
        if path == WHOM {
            let choices = with(whom(words, &agents, &queues), &value);
            return view! { <Choice label name=id value choices help=None error/> }.into_any();
        }
        if path == "text" {
            return view! { <TextArea label name=id value rows=2 help=None error longest=20_000 wide=true/> }
                .into_any();
        }
        let holds = field(&kind, &rings, &path).map_or(Holds::Text, |field| field.holds);
        let default = || (String::new(), words.flows_draw_default.to_owned());
        let choices: Choices = match holds {
            Holds::Flag => {
                let flag = |value: &str, text: &str| (value.to_owned(), text.to_owned());
                vec![default(), flag("true", words.flows_draw_yes), flag("false", words.flows_draw_no)]
            }
            Holds::Words(_) => [
                ("dtmf", words.flows_draw_keys),
                ("speech", words.flows_draw_speech_only),
                ("dtmf speech", words.flows_draw_both),
            ]
            .map(|(value, text)| (value.to_owned(), text.to_owned()))
            .into(),
            Holds::Word(some) if path.starts_with("endpoint.") => {
                some.iter().map(|word| ((*word).to_owned(), (*word).to_owned())).collect()
            }
            Holds::Word(some) => std::iter::once(default())
                .chain(some.iter().map(|word| ((*word).to_owned(), (*word).to_owned())))
                .collect(),
            _ if kind == "talk" && path == "language" => std::iter::once(default())
                .chain(LANGUAGES.iter().map(|(tag, name)| ((*tag).to_owned(), format!("{name} ({tag})"))))
                .collect(),
            _ => Vec::new(),
        };
        if !choices.is_empty() {
            let choices = with(choices, &value);
            return view! { <Choice label name=id value choices help=None error/> }.into_any();
        }
        let (keys, help) = match holds {
            Holds::Whole(from, to) => {
                (Some("numeric"), Some(words.flows_holds_range(&from.to_string(), &to.to_string())))
            }
            Holds::Decimal(from, to) => {
                // A telephone's keys for decimals have no minus.
                let keys = if from < 0.0 { None } else { Some("decimal") };
                (keys, Some(words.flows_holds_range(&from.to_string(), &to.to_string())))
            }
            Holds::Count => (Some("numeric"), Some(words.flows_holds_count.to_owned())),
            Holds::Number => (None, Some(words.flows_draw_number_help(PARAMS_TO))),
            _ => (None, None),
        };
        view! { <TextField label name=id value longest=2_000 keys=keys.unwrap_or("text") help error/> }.into_any()
    };
    let fields: Vec<_> = fields.into_iter().map(one).collect();
    view! { <div class="box-fields">{fields}</div> }
}

/// Why nothing was changed.
pub fn not_edited(words: &'static Words, why: &NotEdited) -> String {
    match why {
        NotEdited::NoList => words.flows_draw_broken.to_owned(),
        NotEdited::NoAction => words.flows_draw_gone.to_owned(),
        NotEdited::NotHere(field) => words.flows_draw_not_here(field),
        NotEdited::NotNumber { is } => words.flows_draw_no_number(is),
        NotEdited::Long { most } => words.flows_draw_long(&most.to_string()),
    }
}

/// The choices, with what is chosen among them: what is written there is never changed for want of a choice.
fn with(mut choices: Choices, value: &str) -> Choices {
    if !choices.iter().any(|(known, _)| known == value) {
        choices.insert(0, (value.to_owned(), value.strip_prefix("app:").unwrap_or(value).to_owned()));
    }
    choices
}

/// Whom a flow can ring.
fn whom(words: &'static Words, agents: &[String], queues: &[String]) -> Choices {
    let agents = agents.iter().map(|name| (format!("app:{name}"), words.flows_draw_agent(name)));
    let queues = queues.iter().map(|name| (format!("app:{QUEUE}{name}"), words.flows_draw_queue(name)));
    let kinds = ENDPOINTS.iter().filter_map(|shape| {
        let name = match shape.name {
            "phone" => words.flows_draw_phone,
            "websocket" => words.flows_draw_websocket,
            "sip" => words.flows_draw_sip,
            "vbc" => words.flows_draw_vbc,
            _ => return None,
        };
        Some((shape.name.to_owned(), name.to_owned()))
    });
    agents.chain(queues).chain(kinds).collect()
}

/// What a field is called.
fn label(words: &'static Words, kind: &str, path: &str) -> &'static str {
    match (kind, path) {
        (_, WHOM) => words.flows_draw_whom,
        (_, "endpoint.number") => words.flows_draw_number,
        (_, "endpoint.uri") => words.flows_draw_uri,
        (_, "endpoint.content-type") => words.flows_draw_sound,
        (_, "endpoint.domain") => words.flows_draw_domain,
        (_, "endpoint.user") => words.flows_draw_sip_user,
        (_, "endpoint.extension") => words.flows_draw_extension,
        (_, "text") => words.flows_draw_text,
        (_, "language" | "speech.language") => words.flows_draw_language,
        (_, "style") => words.flows_draw_style,
        (_, "premium") => words.flows_draw_premium,
        (_, "loop") => words.flows_draw_loop,
        (_, "level") => words.flows_draw_level,
        (_, "bargeIn") => words.flows_draw_barge_in,
        (_, "streamUrl") => words.flows_draw_stream_url,
        (_, "type") => words.flows_draw_waits_for,
        (_, "dtmf.maxDigits") => words.flows_draw_digits,
        (_, "dtmf.timeOut") => words.flows_draw_key_seconds,
        (_, "dtmf.submitOnHash") => words.flows_draw_hash,
        (_, "speech.startTimeout") => words.flows_draw_speech_start,
        (_, "speech.endOnSilence") => words.flows_draw_speech_silence,
        (_, "speech.maxDuration") => words.flows_draw_speech_longest,
        ("input", "eventUrl") => words.flows_draw_asks,
        (_, "eventUrl") => words.flows_draw_tells,
        (_, "from") => words.flows_draw_from,
        ("connect", "timeout") => words.flows_draw_rings_for,
        (_, "limit") => words.flows_draw_limit,
        (_, "name") => words.flows_draw_room,
        (_, "startOnEnter") => words.flows_draw_starts,
        (_, "endOnExit") => words.flows_draw_ends,
        ("conversation", "record") => words.flows_draw_recorded,
        (_, "mute") => words.flows_draw_muted,
        (_, "musicOnHoldUrl") => words.flows_draw_music,
        (_, "format") => words.flows_draw_format,
        ("record", "endOnSilence") => words.flows_draw_silence,
        (_, "endOnKey") => words.flows_draw_end_key,
        ("record", "timeOut") => words.flows_draw_longest,
        (_, "beepStart") => words.flows_draw_beep,
        ("wait", "timeout") => words.flows_draw_seconds,
        (_, "conversationId") => words.flows_draw_conversation_id,
        // The test below finds a field that has no name.
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call_flows::drawing::fields::paths;
    use crate::domain::ncco::schema::ACTIONS;
    use crate::ui::language::Language;

    #[test]
    fn every_field_has_a_name_of_its_own_in_its_box() {
        for words in Language::EVERY.map(Language::words) {
            for kind in ACTIONS.iter().map(|shape| shape.name) {
                for rings in ENDPOINTS.iter().map(|shape| shape.name) {
                    let paths = paths(kind, rings);
                    let labels: std::collections::BTreeSet<_> =
                        paths.iter().map(|path| label(words, kind, path)).collect();
                    assert_eq!(labels.len(), paths.len(), "{kind} {rings} {labels:?}");
                    assert!(!labels.contains(""), "{kind} {rings}");
                }
            }
        }
    }

    #[test]
    fn what_is_written_stays_although_it_is_no_choice() {
        let choices = with(whom(words(), &["Jane".into()], &["Sales".into()]), "app:Nobody");
        assert_eq!(choices[0], ("app:Nobody".to_owned(), "Nobody".to_owned()));
        assert!(choices.iter().any(|(value, _)| value == "app:queue:Sales"), "{choices:?}");
        assert_eq!(with(choices.clone(), "phone"), choices);
    }
}
