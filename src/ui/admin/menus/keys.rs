//! A telephone's twelve keys: what each does, and the number or text that belongs to it.

use leptos::prelude::*;

use crate::api::menus::Targets;
use crate::domain::menu::draft::{Draft, does, with};
use crate::domain::menu::{Key, LONGEST_SPOKEN};
use crate::ui::admin::form::Wrong;
use crate::ui::language::{Language, Words, words};
use crate::ui::parts::field::{FieldError, described};

/// How many keys the form of a menu without any begins with.
const FIRST_KEYS: usize = 3;

/// The keys that lead somewhere, and folded away the others.
#[component]
pub(super) fn Keys(actions: StoredValue<Draft>, targets: StoredValue<Targets>, wrong: Wrong) -> impl IntoView {
    let words = words();
    let is_shown = |key: &Key| {
        let of = key.name();
        let is_wrong = [does(of), with(of)].iter().any(|field| wrong.at(field).is_some());
        is_wrong || actions.with_value(|draft| !draft.field(&does(of)).is_empty())
    };
    let (mut shown, mut rest): (Vec<Key>, Vec<Key>) = Key::every().partition(is_shown);
    if shown.is_empty() {
        shown = rest;
        rest = shown.split_off(FIRST_KEYS);
    }
    let row = move |key: Key| {
        let of = key.name();
        let sign = key.sign().to_string();
        let (chosen, beside) =
            actions.with_value(|draft| (draft.field(&does(of)).to_owned(), draft.field(&with(of)).to_owned()));
        view! {
            <tr>
                <th scope="row"><kbd>{sign.clone()}</kbd></th>
                <td>
                    <Actions of chosen label=words.menus_does(&sign) targets wrong/>
                    <FieldError name=does(of) error=wrong.at(&does(of))/>
                </td>
                <td><Beside of value=beside label=words.menus_beside_of(&sign) wrong/></td>
            </tr>
        }
    };
    view! {
        <table class="form-table menu-keys wide">
            <thead>
                <tr>
                    <th scope="col">{words.menus_key}</th>
                    <th scope="col">{words.menus_leads}</th>
                    <th scope="col">{words.menus_beside}</th>
                </tr>
            </thead>
            <tbody>{shown.into_iter().map(row).collect_view()}</tbody>
        </table>
        {(!rest.is_empty()).then(|| view! {
            <details class="wide more">
                <summary>{words.menus_more_keys}</summary>
                <table class="form-table menu-keys">
                    <tbody>{rest.into_iter().map(row).collect_view()}</tbody>
                </table>
            </details>
        })}
    }
}

/// The number or the text of a key that needs one.
#[component]
pub(super) fn Beside(#[prop(into)] of: String, value: String, label: String, wrong: Wrong) -> impl IntoView {
    let name = with(&of);
    let error = wrong.at(&name);
    let described = described(&name, false, error.is_some());
    let invalid = error.is_some().then_some("true");
    let first = wrong.is_first(&name);
    view! {
        <input id=name.clone() name=name.clone() value=value aria-label=label maxlength=LONGEST_SPOKEN autocomplete="off"
            autofocus=first aria-invalid=invalid aria-describedby=described/>
        <FieldError name error/>
    }
}

/// A choice of what a key, or the menu after the last try (`of` is `after`), leads to.
#[component]
pub(super) fn Actions(
    #[prop(into)] of: String,
    /// As [`Draft::actions`] has it.
    chosen: String,
    label: String,
    targets: StoredValue<Targets>,
    wrong: Wrong,
) -> impl IntoView {
    let words = words();
    let name = does(&of);
    let described = described(&name, of == "after", wrong.at(&name).is_some());
    let invalid = wrong.at(&name).is_some().then_some("true");
    let first = wrong.is_first(&name);
    let groups = targets.with_value(|targets| groups(words, targets, of == "after", &chosen));
    let groups = groups.into_iter().map(|(group, options)| {
        let options = options.into_iter().map(|(value, text)| {
            let selected = value == chosen;
            view! { <option value=value selected=selected>{text}</option> }
        });
        let options = options.collect_view();
        match group {
            Some(group) => view! { <optgroup label=group>{options}</optgroup> }.into_any(),
            None => options.into_any(),
        }
    });
    view! {
        <select id=name.clone() name=name aria-label=label autofocus=first aria-invalid=invalid aria-describedby=described>
            {groups.collect_view()}
        </select>
    }
}

/// Values and what they are called.
type Options = Vec<(String, String)>;

/// What may be chosen, in groups. What is chosen is among it, also when it is gone.
fn groups(words: &'static Words, targets: &Targets, last: bool, chosen: &str) -> Vec<(Option<&'static str>, Options)> {
    let plain = |word: &str, text: &str| (word.to_owned(), text.to_owned());
    let of = |kind: &str, all: &[(String, String)]| -> Options {
        all.iter().map(|(id, name)| (format!("{kind}:{id}"), name.clone())).collect()
    };
    let agents: Options = targets.agents.iter().map(|name| (format!("agent:{name}"), name.clone())).collect();
    let mut first = if last { Vec::new() } else { vec![plain("", words.menus_nothing)] };
    first.push(plain("any-agent", words.menus_any_agent));
    let languages =
        Language::EVERY.map(|language| (format!("language:{}", language.tag()), words.menus_language(language.name())));
    let languages = if last { Vec::new() } else { languages.to_vec() };
    let mut rest = vec![
        plain("number", words.menus_number),
        plain("message", words.menus_message),
        plain("call-back", words.menus_call_back),
    ];
    if !last {
        rest.extend([plain("say", words.menus_say), plain("repeat", words.menus_repeat)]);
    }
    rest.push(plain("hang-up", words.menus_hang_up));
    let mut groups = vec![
        (None, first),
        (Some(words.menus_agents), agents),
        (Some(words.nav_queues), of("queue", &targets.queues)),
        (Some(words.nav_menus), of("menu", &targets.menus)),
        (Some(words.nav_flows), of("flow", &targets.flows)),
        (Some(words.menus_languages), languages),
        (Some(words.menus_else), rest),
    ];
    groups.retain(|(_, options)| !options.is_empty());
    let known = groups.iter().any(|(_, options)| options.iter().any(|(value, _)| value == chosen));
    if !known {
        let name = chosen.split_once(':').map_or(chosen, |(_, target)| target);
        groups.push((None, vec![(chosen.to_owned(), words.menus_gone(name))]));
    }
    groups
}
