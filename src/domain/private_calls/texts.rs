//! What people read in text messages, in both languages. What they hear is the operator's ([`crate::domain::spoken`]).

use crate::domain::language::Language;
use crate::domain::phone::E164;

impl Language {
    /// What is spoken where this number is dialled, as far as we speak it.
    #[must_use]
    pub fn of_number(number: &E164) -> Self {
        let chinese = number.digits().starts_with("86") || number.digits().starts_with("886");
        if chinese { Self::Chinese } else { Self::English }
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
