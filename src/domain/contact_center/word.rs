//! The word under which something that agents choose is stored: a disposition, an away reason. It never changes, whatever the
//! operator calls the thing, so records keep their meaning. It is as cheap to copy as a number.

use serde::{Deserialize, Serialize};

/// The longest word, in bytes.
pub const LONGEST: usize = 24;

/// Lower-case letters of English, digits and dashes; at least one and at most [`LONGEST`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Word {
    /// What is not used of it is 0.
    bytes: [u8; LONGEST],
}

/// It is no word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("1 to 24 lower-case letters, digits and dashes")]
pub struct NoWord;

impl Word {
    /// A word that this program knows.
    ///
    /// # Panics
    /// Where it is compiled, when it is none.
    #[must_use]
    #[expect(clippy::panic, reason = "of a constant: the program does not compile")]
    pub const fn known(text: &str) -> Self {
        match Self::read(text) {
            Some(word) => word,
            None => panic!("not a word"),
        }
    }

    /// Reads [`Self::text`].
    ///
    /// # Errors
    /// When it is empty, too long, or holds another character.
    pub const fn parse(text: &str) -> Result<Self, NoWord> {
        match Self::read(text) {
            Some(word) => Ok(word),
            None => Err(NoWord),
        }
    }

    const fn read(text: &str) -> Option<Self> {
        let from = text.as_bytes();
        if from.is_empty() || from.len() > LONGEST {
            return None;
        }
        let mut bytes = [0; LONGEST];
        let mut at = 0;
        while at < from.len() {
            if !matches!(from[at], b'a'..=b'z' | b'0'..=b'9' | b'-') {
                return None;
            }
            bytes[at] = from[at];
            at += 1;
        }
        Some(Self { bytes })
    }

    /// A word for something that is called `label`, and none of `taken`: its letters as far as they are English, then a
    /// number. Where it has no such letters it is `other`.
    #[must_use]
    pub fn made_of(label: &str, other: &str, taken: impl Fn(Self) -> bool) -> Self {
        let mut plain = String::new();
        for letter in label.chars().map(|letter| letter.to_ascii_lowercase()) {
            if letter.is_ascii_alphanumeric() {
                plain.push(letter);
            } else if !plain.is_empty() && !plain.ends_with('-') {
                plain.push('-');
            }
        }
        // Room for the number.
        plain.truncate(LONGEST - 4);
        let plain = match plain.trim_end_matches('-') {
            "" => other,
            plain => plain,
        };
        let numbered = (2..).map(|number| format!("{plain}-{number}"));
        let mut words = std::iter::once(plain.to_owned()).chain(numbered).map_while(|text| Self::read(&text));
        words.find(|word| !taken(*word)).unwrap_or(Self::known("other"))
    }

    /// As it is stored.
    #[must_use]
    pub fn text(&self) -> &str {
        let length = self.bytes.iter().position(|byte| *byte == 0).unwrap_or(LONGEST);
        str::from_utf8(&self.bytes[..length]).unwrap_or_default()
    }
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.text(), f)
    }
}

impl From<Word> for String {
    fn from(word: Word) -> Self {
        word.text().to_owned()
    }
}

impl TryFrom<String> for Word {
    type Error = NoWord;
    fn try_from(text: String) -> Result<Self, NoWord> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_word_is_read_as_it_was_written() {
        for text in ["a", "no-answer", "follow-up", "123456789012345678901234"] {
            let word = Word::parse(text).unwrap();
            assert_eq!((word.text(), format!("{word:?}")), (text, format!("{text:?}")));
            assert_eq!(serde_json::from_str::<Word>(&serde_json::to_string(&word).unwrap()).unwrap(), word);
        }
        for text in ["", "Lunch", "a b", "1234567890123456789012345", "é", "a\0"] {
            assert_eq!(Word::parse(text), Err(NoWord), "{text:?}");
        }
    }

    #[test]
    fn a_word_is_made_of_a_label() {
        let none = |_| false;
        assert_eq!(Word::made_of("Wants a call back!", "other", none).text(), "wants-a-call-back");
        assert_eq!(Word::made_of("退款", "disposition", none).text(), "disposition");
        assert_eq!(Word::made_of("退款 VIP", "disposition", none).text(), "vip");
        let taken = |word: Word| ["sale", "sale-2"].contains(&word.text());
        assert_eq!(Word::made_of("Sale", "other", taken).text(), "sale-3");
    }

    proptest! {
        #[test]
        fn any_label_makes_a_word_that_is_free(label in ".{0,60}", taken in 0..60_usize) {
            let mut all: Vec<Word> = Vec::new();
            for _ in 0..=taken {
                let word = Word::made_of(&label, "other", |word| all.contains(&word));
                prop_assert!(!all.contains(&word));
                prop_assert_eq!(Word::parse(word.text()), Ok(word));
                all.push(word);
            }
        }
    }
}
