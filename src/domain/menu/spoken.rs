//! What callers hear in menus where the operator wrote nothing for it.

use super::{Action, Key, Menu, Names};
use crate::domain::language::{Language, Written};
use crate::domain::ncco::Talk;
use crate::domain::spoken::{Speech, Text};

/// What is said before a menu listens: what its keys are for, and its prompts in other languages. Each of them is spoken by
/// a voice of its language.
#[must_use]
pub fn prompts(menu: &Menu, names: &impl Names, speech: &Speech) -> Vec<Talk> {
    let others = menu.others.iter().map(|other| Talk {
        text: other.text.clone(),
        language: Some(other.language.clone()),
        ..Talk::default()
    });
    let own = match menu.prompt.written(speech.language) {
        Written { text: "", .. } => made(menu, names, speech),
        written => vec![speech.written(written)],
    };
    if menu.others_first { others.chain(own).collect() } else { own.into_iter().chain(others).collect() }
}

/// That extensions may be dialled, the prompt that the keys make, and each language to which one leads, in that language.
fn made(menu: &Menu, names: &impl Names, speech: &Speech) -> Vec<Talk> {
    let prompt = prompt(menu, names, speech.language);
    let languages = menu.keys.iter().filter_map(|(key, action)| match action {
        // Who hears this in a language needs no key for it, unless there is nothing else.
        Action::Language(language) if *language != speech.language || prompt.is_empty() => {
            let key = key_name(*key, *language);
            Some(speech.within(*language).talk(Text::MenuLanguage, &[("key", &key)]))
        }
        _ => None,
    });
    let languages: Vec<Talk> = languages.collect();
    let extension = (!menu.extensions.is_empty()).then(|| speech.talk(Text::MenuExtension, &[]));
    let prompt = (!prompt.is_empty()).then(|| speech.read(prompt));
    extension.into_iter().chain(prompt).chain(languages).collect()
}

/// What the keys are for: "To talk to Jane, please press 1, or, to talk to Joe, press 2." Keys of agents who are gone are
/// left out, and those that choose a language are offered in it. Empty when there are no others than these,
/// or nothing but extensions.
#[must_use]
pub fn prompt(menu: &Menu, names: &impl Names, language: Language) -> String {
    let gone = |action: &Action| match action {
        Action::Agent(name) => !names.is_agent(name),
        action => matches!(action, Action::Language(_)),
    };
    let speaks = menu.keys.values().any(|action| matches!(action, Action::Language(_)));
    let offered: Vec<(Key, String)> = menu
        .keys
        .iter()
        .filter(|(_, action)| !gone(action))
        .map(|(key, action)| (*key, purpose(action, names, language)))
        .collect();
    if offered.is_empty() && (speaks || !menu.extensions.is_empty()) {
        return String::new();
    }
    match (language, offered.is_empty()) {
        (Language::English, true) => "Please press any key to be connected.".to_owned(),
        (Language::Chinese, true) => "请按任意键接通。".to_owned(),
        (Language::English, false) => in_english(&offered),
        (Language::Chinese, false) => {
            let each = offered.iter().map(|(key, purpose)| format!("{purpose}请按{}", key_name(*key, language)));
            each.collect::<Vec<_>>().join("，") + "。"
        }
    }
}

fn in_english(offered: &[(Key, String)]) -> String {
    let mut text = String::new();
    for (at, (key, purpose)) in offered.iter().enumerate() {
        let key = key_name(*key, Language::English);
        text.push_str(&match at {
            0 => format!("{}{}, please press {key}", purpose[..1].to_uppercase(), &purpose[1..]),
            _ if at + 1 == offered.len() => format!(", or, {purpose}, press {key}"),
            _ => format!(", {purpose}, press {key}"),
        });
    }
    text + "."
}

/// In English it begins with an ASCII letter.
fn purpose(action: &Action, names: &impl Names, language: Language) -> String {
    let fixed = |english: &str, chinese: &str| match language {
        Language::English => english.to_owned(),
        Language::Chinese => chinese.to_owned(),
    };
    let named = |name: Option<&str>| match (name.map(plain), language) {
        (Some(name), Language::English) => format!("for {name}"),
        (Some(name), Language::Chinese) => name,
        (None, _) => fixed("to go on", "继续"),
    };
    match action {
        Action::AnyAgent => fixed("to talk to an agent", "人工服务"),
        Action::Queue(id) => named(names.queue(id)),
        Action::Agent(name) => match language {
            Language::English => format!("to talk to {}", plain(name)),
            Language::Chinese => format!("与{}通话", plain(name)),
        },
        Action::Number(_) => fixed("to be put through to another telephone", "转接其他电话"),
        Action::Menu(id) => named(names.menu(id)),
        Action::Flow(id) => named(names.flow(id)),
        Action::Message => fixed("to leave a message", "留言"),
        Action::CallBack => fixed("to be called back", "预约回电"),
        Action::Say(_) => fixed("for information", "收听信息"),
        Action::Repeat => fixed("to hear this again", "重听"),
        // Is offered in that language, see [`made`].
        Action::Language(_) => fixed("to go on in another language", "更换语言"),
        Action::HangUp => fixed("to end the call", "结束通话"),
    }
}

/// A name without what speech would take for markup.
fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '<' | '>' | '&')).collect()
}

/// A key as it is said.
fn key_name(key: Key, language: Language) -> String {
    match (key.sign(), language) {
        ('*', Language::English) => "star".to_owned(),
        ('#', Language::English) => "hash".to_owned(),
        ('*', Language::Chinese) => "星号键".to_owned(),
        ('#', Language::Chinese) => "井号键".to_owned(),
        (sign, _) => sign.to_string(),
    }
}
