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

    /// What the names of form fields in this language end with.
    #[must_use]
    pub fn suffix(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh",
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
        self.written(language).text
    }

    /// The same, with the language that it is written in: a voice has to speak it.
    #[must_use]
    pub fn written(&self, language: Language) -> Written<'_> {
        let every = std::iter::once(language).chain(Language::EVERY);
        let mut written = every.map(|language| Written { text: self.only(language), language });
        written.find(|written| !written.text.is_empty()).unwrap_or(Written { text: "", language })
    }

    /// Nothing is written in any language.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.get(Language::English).is_empty()
    }
}

/// A text, and the language that it is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written<'a> {
    pub text: &'a str,
    pub language: Language,
}

impl<'a> Written<'a> {
    #[must_use]
    pub fn english(text: &'a str) -> Self {
        Self { text, language: Language::English }
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
        assert_eq!(one.written(Language::English).language, Language::Chinese);
        assert_eq!(Texts::default().written(Language::Chinese), Written { text: "", language: Language::Chinese });
        assert!(Texts::default().is_empty() && !one.is_empty());
    }
}
