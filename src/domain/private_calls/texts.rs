//! What people hear and read, in both languages.

use crate::domain::ncco::{Action, Talk};
use crate::domain::phone::E164;

/// The language of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    English,
    Chinese,
}

/// A sentence: English, Chinese.
pub(super) type Text = [&'static str; 2];

/// The use case's own words.
pub(super) const WAIT: Text = ["Please wait whilst we connect your call", "请稍候，正在为您接通电话"];
pub(super) const OVER: Text = [
    "This conversation is over, and this number no longer reaches the other person. Goodbye.",
    "本次隐私号通话已经结束，此号码已无法联系对方。再见。",
];
pub(super) const UNKNOWN: Text = [
    "We do not know this telephone. Please call from the number that you registered with us. Goodbye.",
    "我们无法识别这部电话。请使用您登记的号码拨打。再见。",
];
pub(super) const WITHHELD: Text = [
    "Your number is hidden, so we cannot connect you. Please show your number and call again. Goodbye.",
    "您的号码未显示，我们无法为您接通。请开启来电显示后重新拨打。再见。",
];
pub(super) const BUSY: Text = [
    "The other person cannot take your call at the moment. Please try again later. Goodbye.",
    "对方现在无法接听您的电话，请稍后再拨。再见。",
];
pub(super) const NO_ANSWER: Text =
    ["The other person does not answer. Please try again later. Goodbye.", "对方无人接听，请稍后再拨。再见。"];
pub(super) const NOT_REACHED: Text = [
    "The other person cannot be reached at the moment. Please try again later. Goodbye.",
    "暂时无法联系到对方，请稍后再拨。再见。",
];
pub(super) const PIN: Text = [
    "We do not know this telephone. Please enter your six digit PIN, then press hash.",
    "我们无法识别这部电话。请输入六位密码，按井号键结束。",
];
pub(super) const PIN_AGAIN: Text = [
    "That PIN is not right. Please enter your six digit PIN, then press hash.",
    "密码不正确。请重新输入六位密码，按井号键结束。",
];
pub(super) const PIN_WRONG: Text =
    ["That PIN is not right. Please check it and call again. Goodbye.", "密码不正确。请核对后重新拨打。再见。"];

impl Language {
    /// As HTML, HTTP and our interface write it.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// `en`, `en-GB`, `zh`, `zh-CN`, …
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "en" => Some(Self::English),
            "zh" => Some(Self::Chinese),
            _ => None,
        }
    }

    /// What is spoken where this number is dialled, as far as we speak it.
    #[must_use]
    pub fn of_number(number: &E164) -> Self {
        let chinese = number.digits().starts_with("86") || number.digits().starts_with("886");
        if chinese { Self::Chinese } else { Self::English }
    }

    fn of(self, text: Text) -> &'static str {
        match self {
            Self::English => text[0],
            Self::Chinese => text[1],
        }
    }

    pub(super) fn talk(self, text: Text) -> Talk {
        let voice = match self {
            Self::English => "en-GB",
            Self::Chinese => "cmn-CN",
        };
        Talk { text: self.of(text).to_owned(), language: Some(voice.to_owned()), ..Talk::default() }
    }

    pub(super) fn say(self, text: Text) -> Action {
        Action::Talk(self.talk(text))
    }

    /// What tells a person which number to call for whom.
    #[must_use]
    pub fn invitation(self, other: Option<&str>, pin: Option<&str>) -> String {
        let mut text = match (self, other) {
            (Self::English, Some(name)) => format!("Call or text this number to reach {name}."),
            (Self::English, None) => "Call or text this number to reach the other person.".to_owned(),
            (Self::Chinese, Some(name)) => format!("拨打此号码或回复短信即可联系{name}。"),
            (Self::Chinese, None) => "拨打此号码或回复短信即可联系对方。".to_owned(),
        };
        text.push_str(match self {
            Self::English => " Neither of you sees the other's own number.",
            Self::Chinese => "双方都不会看到对方的真实号码。",
        });
        if let Some(pin) = pin {
            text.push_str(&match self {
                Self::English => format!(" Calling from another phone? Your PIN is {pin}."),
                Self::Chinese => format!("使用其他电话拨打时，您的密码是 {pin}。"),
            });
        }
        text
    }

    /// The answer to a text that reaches nobody any more.
    #[must_use]
    pub fn not_delivered(self, over: bool) -> &'static str {
        match (self, over) {
            (Self::English, true) => "This conversation is over. Your message was not delivered.",
            (Self::Chinese, true) => "本次隐私号通话已经结束，您的短信未送达。",
            (Self::English, false) => {
                "We do not know your number here. Your message was not delivered. Please write from the phone that you registered."
            }
            (Self::Chinese, false) => "我们无法识别您的号码，短信未送达。请使用您登记的手机发送。",
        }
    }

    /// The answer to a message in which there is nothing that a text can carry.
    #[must_use]
    pub fn not_passed_on(self) -> &'static str {
        match self {
            Self::English => {
                "Your message was not delivered: only text, and links to pictures and files, can be passed on here."
            }
            Self::Chinese => "您的消息未送达：此处只能转发文字以及图片和文件的链接。",
        }
    }
}
