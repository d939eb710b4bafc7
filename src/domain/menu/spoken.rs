//! What callers hear in menus where the operator wrote nothing for it.

use super::{Action, Key, Menu, Names};
use crate::domain::language::Language;

/// What the keys are for: "To talk to Jane, please press 1, or, to talk to Joe, press 2." Keys of agents who are gone are
/// left out.
#[must_use]
pub fn prompt(menu: &Menu, names: &impl Names, language: Language) -> String {
    let gone = |action: &Action| matches!(action, Action::Agent(name) if !names.is_agent(name));
    let offered: Vec<(Key, String)> = menu
        .keys
        .iter()
        .filter(|(_, action)| !gone(action))
        .map(|(key, action)| (*key, purpose(action, names, language)))
        .collect();
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

/// The call back is noted.
#[must_use]
pub fn will_call_back(language: Language) -> &'static str {
    match language {
        Language::English => "Thank you. We will call you back as soon as somebody is free. Goodbye.",
        Language::Chinese => "谢谢，我们会尽快给您回电。再见。",
    }
}

/// A caller without a number asked to be called back.
#[must_use]
pub fn no_number(language: Language) -> &'static str {
    match language {
        Language::English => "We do not know your number, so we cannot call you back.",
        Language::Chinese => "我们看不到您的号码，无法给您回电。",
    }
}
