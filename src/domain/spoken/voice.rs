//! Which voice of the platform speaks a language.

use serde::{Deserialize, Serialize};

use crate::domain::language::Language;
use crate::domain::ncco::Talk;

/// The languages that the platform speaks: how a `talk` names them, and their own names for themselves.
/// Source: <https://developer.vonage.com/en/voice/voice-api/concepts/text-to-speech>.
pub const LANGUAGES: [(&str, &str); 46] = [
    ("ar", "العربية"),
    ("ca-ES", "Català"),
    ("cmn-CN", "普通话（中国大陆）"),
    ("cmn-TW", "國語（台灣）"),
    ("cs-CZ", "Čeština"),
    ("cy-GB", "Cymraeg"),
    ("da-DK", "Dansk"),
    ("de-DE", "Deutsch"),
    ("el-GR", "Ελληνικά"),
    ("en-AU", "English (Australia)"),
    ("en-GB", "English (United Kingdom)"),
    ("en-GB-WLS", "English (Wales)"),
    ("en-IN", "English (India)"),
    ("en-US", "English (United States)"),
    ("en-ZA", "English (South Africa)"),
    ("es-ES", "Español (España)"),
    ("es-MX", "Español (México)"),
    ("es-US", "Español (Estados Unidos)"),
    ("eu-ES", "Euskara"),
    ("fi-FI", "Suomi"),
    ("fil-PH", "Filipino"),
    ("fr-CA", "Français (Canada)"),
    ("fr-FR", "Français (France)"),
    ("he-IL", "עברית"),
    ("hi-IN", "हिन्दी"),
    ("hu-HU", "Magyar"),
    ("id-ID", "Bahasa Indonesia"),
    ("is-IS", "Íslenska"),
    ("it-IT", "Italiano"),
    ("ja-JP", "日本語"),
    ("ko-KR", "한국어"),
    ("nb-NO", "Norsk bokmål"),
    ("nl-NL", "Nederlands"),
    ("no-NO", "Norsk"),
    ("pl-PL", "Polski"),
    ("pt-BR", "Português (Brasil)"),
    ("pt-PT", "Português (Portugal)"),
    ("ro-RO", "Română"),
    ("ru-RU", "Русский"),
    ("sk-SK", "Slovenčina"),
    ("sv-SE", "Svenska"),
    ("th-TH", "ไทย"),
    ("tr-TR", "Türkçe"),
    ("uk-UA", "Українська"),
    ("vi-VN", "Tiếng Việt"),
    ("yue-CN", "粵語"),
];

/// The greatest number of a style. The platform has about twenty for some languages; which of them a language has is its
/// matter.
pub const MOST_STYLES: u32 = 99;

/// Whether the platform speaks it.
#[must_use]
pub fn is_spoken(language: &str) -> bool {
    name_of(language).is_some()
}

/// Its own name for itself.
#[must_use]
pub fn name_of(language: &str) -> Option<&'static str> {
    LANGUAGES.into_iter().find(|(code, _)| *code == language).map(|(_, name)| name)
}

/// The platform's kinds of a language.
pub fn kinds_of(language: Language) -> impl Iterator<Item = (&'static str, &'static str)> {
    let begins: &[&str] = match language {
        Language::English => &["en-"],
        Language::Chinese => &["cmn-", "yue-"],
    };
    LANGUAGES.into_iter().filter(|(code, _)| begins.iter().any(|begin| code.starts_with(begin)))
}

/// A voice of the platform.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Voice {
    /// One of [`kinds_of`] its language. Empty: [`Language::voice`].
    pub language: String,
    /// Which of the language's voices. `None`: the platform's first one.
    pub style: Option<u32>,
    /// One that costs more.
    pub premium: bool,
}

impl Voice {
    /// A text as this voice speaks it.
    #[must_use]
    pub fn speak(&self, text: impl Into<String>, language: Language) -> Talk {
        let code = Some(self.language.clone()).filter(|code| !code.is_empty());
        Talk {
            text: text.into(),
            language: code.or_else(|| language.voice().map(str::to_owned)),
            style: self.style,
            premium: self.premium.then_some(true),
            ..Talk::default()
        }
    }
}

/// The voice of each language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Voices {
    pub en: Voice,
    #[serde(rename = "zh-CN")]
    pub zh_cn: Voice,
}

impl Voices {
    #[must_use]
    pub fn get(&self, language: Language) -> &Voice {
        match language {
            Language::English => &self.en,
            Language::Chinese => &self.zh_cn,
        }
    }

    pub fn put(&mut self, language: Language, voice: Voice) {
        match language {
            Language::English => self.en = voice,
            Language::Chinese => self.zh_cn = voice,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_kinds_and_a_usual_one() {
        let kinds = |language| kinds_of(language).map(|(code, _)| code).collect::<Vec<_>>();
        assert_eq!(kinds(Language::English), ["en-AU", "en-GB", "en-GB-WLS", "en-IN", "en-US", "en-ZA"]);
        assert_eq!(kinds(Language::Chinese), ["cmn-CN", "cmn-TW", "yue-CN"]);
        for language in Language::EVERY {
            assert!(language.voice().is_none_or(is_spoken));
        }
        assert!(is_spoken("de-DE") && !is_spoken("zh-CN") && !is_spoken(""));
    }

    #[test]
    fn a_voice_that_nobody_chose_is_the_platforms_own() {
        let said = |voice: &Voice, language| serde_json::to_value(voice.speak("Hi", language)).unwrap();
        let usual = Voice::default();
        assert_eq!(said(&usual, Language::English), serde_json::json!({"text": "Hi"}));
        assert_eq!(said(&usual, Language::Chinese), serde_json::json!({"text": "Hi", "language": "cmn-CN"}));
        let chosen = Voice { language: "en-GB".into(), style: Some(2), premium: true };
        let expected = serde_json::json!({"text": "Hi", "language": "en-GB", "style": 2, "premium": true});
        assert_eq!(said(&chosen, Language::English), expected);
    }
}
