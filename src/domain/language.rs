//! The languages of the pages, and a text in each of them.

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    English,
    #[serde(rename = "zh-CN")]
    Chinese,
}

impl Language {
    pub const EVERY: [Self; 2] = [Self::English, Self::Chinese];

    /// As HTML and HTTP write it (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }

    /// Its own name for itself.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::Chinese => "中文",
        }
    }

    /// The language of a `talk` action; `None` for the platform's own.
    /// Source: <https://developer.vonage.com/en/voice/voice-api/concepts/text-to-speech>.
    #[must_use]
    pub fn voice(self) -> Option<&'static str> {
        match self {
            Self::English => None,
            Self::Chinese => Some("cmn-CN"),
        }
    }

    /// `en`, `en-GB`, `zh`, `zh-Hans-CN`, …: by the language alone, for people who read one kind of Chinese read the
    /// other better than English.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split(['-', '_']).next()?.trim();
        Self::EVERY.into_iter().find(|language| {
            let own = language.tag().split('-').next().unwrap_or_default();
            own.eq_ignore_ascii_case(primary)
        })
    }
}

/// A text in each language; empty where there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Texts {
    pub en: String,
    #[serde(rename = "zh-CN")]
    pub zh_cn: String,
}

impl Texts {
    #[must_use]
    pub fn new(en: &str, zh_cn: &str) -> Self {
        Self { en: en.trim().to_owned(), zh_cn: zh_cn.trim().to_owned() }
    }

    /// What is written in this language, and nothing else.
    #[must_use]
    pub fn only(&self, language: Language) -> &str {
        match language {
            Language::English => &self.en,
            Language::Chinese => &self.zh_cn,
        }
    }

    /// In this language, or in another one where nothing is written in it.
    #[must_use]
    pub fn get(&self, language: Language) -> &str {
        let others = Language::EVERY.into_iter().map(|other| self.only(other));
        std::iter::once(self.only(language)).chain(others).find(|text| !text.is_empty()).unwrap_or_default()
    }

    /// Nothing is written in any language.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.get(Language::English).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_language_is_better_than_nothing() {
        let both = Texts::new(" Hello ", "您好");
        assert_eq!((both.get(Language::English), both.get(Language::Chinese)), ("Hello", "您好"));
        let one = Texts::new("", "您好");
        assert_eq!((one.get(Language::English), one.only(Language::English)), ("您好", ""));
        assert!(Texts::default().is_empty() && !one.is_empty());
    }
}
