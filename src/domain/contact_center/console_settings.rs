//! What agents choose from after a call and for a break, and the rules of their console. All of it is the operator's; how
//! they change it is in [`edit`].

mod edit;

use serde::{Deserialize, Serialize};

use super::caller_id::ShownNumbers;
use super::desk::Disposition;
use super::presence::AwayReason;
use super::word::Word;

pub use edit::{Change, Draft, YES, change, number_field};

/// The longest label and category, in characters.
pub const LONGEST_LABEL: usize = 40;
/// The most entries of a list, archived ones included.
pub const MOST_ENTRIES: usize = 50;
/// The most minutes of a break, and until an agent who did not answer is ready again.
pub const MOST_MINUTES: u32 = 480;
/// Seconds of wrap-up, at least and at most; the same for each extension.
pub const WRAP_UP_S: (u32, u32) = (5, 900);
/// The most misses that may be set.
pub const MOST_MISSES: u32 = 20;

/// Everything that the operator sets for the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsoleSettings {
    /// Grows with every change.
    pub version: i64,
    /// In the order in which agents see them.
    pub dispositions: Vec<Entry<Outcome>>,
    pub away_reasons: Vec<Entry<Break>>,
    pub rules: Rules,
    /// Which number those see whom agents call.
    pub shown: ShownNumbers,
}

/// Something that agents may choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<T> {
    pub word: Word,
    pub label: Label,
    /// No longer offered to agents. Old records go on showing its label.
    pub archived: bool,
    pub more: T,
}

/// What a disposition has beside its label.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Under which the operator groups it; may be empty.
    pub category: String,
}

/// What an away reason has beside its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Break {
    pub paid: bool,
    /// How long it may last, minutes.
    pub minutes: Option<u32>,
}

/// What something is called, in each language of the interface. One of them may be empty, never both.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Label {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub english: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub chinese: String,
}

impl Label {
    /// What is shown where English is spoken.
    #[must_use]
    pub fn in_english(&self) -> &str {
        if self.english.is_empty() { &self.chinese } else { &self.english }
    }

    /// What is shown where Chinese is spoken.
    #[must_use]
    pub fn in_chinese(&self) -> &str {
        if self.chinese.is_empty() { &self.english } else { &self.chinese }
    }
}

/// The rules of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rules {
    /// The agent whose call it was cannot be ready before its disposition is chosen.
    pub disposition_required: bool,
    /// Offers not taken in a row, after which an agent is away; 0 is never.
    pub misses: u32,
    /// How many minutes an agent who missed calls stays away before they are ready again; `None` until they say so.
    pub return_minutes: Option<u32>,
    pub wrap_up_s: u32,
    /// By how much an agent makes wrap-up longer at a time.
    pub extension_s: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self { disposition_required: false, misses: 2, return_minutes: None, wrap_up_s: 30, extension_s: 30 }
    }
}

impl Rules {
    #[must_use]
    pub fn wrap_up_ms(self) -> i64 {
        i64::from(self.wrap_up_s) * 1_000
    }

    #[must_use]
    pub fn extension_ms(self) -> i64 {
        i64::from(self.extension_s) * 1_000
    }

    /// When somebody who has been away since `since` for not answering is ready again, ms UTC.
    #[must_use]
    pub fn returns_at(self, since: i64) -> Option<i64> {
        self.return_minutes.map(|minutes| since + i64::from(minutes) * 60_000)
    }

    /// Does wrap-up go on until a disposition is chosen?
    #[must_use]
    pub fn lacks_disposition(self, owner: bool, disposition: Option<Disposition>) -> bool {
        self.disposition_required && owner && disposition.is_none()
    }
}

/// As in a new database.
impl Default for ConsoleSettings {
    fn default() -> Self {
        let disposition = |(word, english, chinese): (Disposition, &str, &str)| Entry {
            word: word.0,
            label: Label { english: english.into(), chinese: chinese.into() },
            archived: false,
            more: Outcome::default(),
        };
        let away = |(reason, english, chinese, paid): (AwayReason, &str, &str, bool)| Entry {
            word: reason.0,
            label: Label { english: english.into(), chinese: chinese.into() },
            archived: false,
            more: Break { paid, minutes: None },
        };
        Self {
            version: 1,
            dispositions: [
                (Disposition::RESOLVED, "Resolved", "已解决"),
                (Disposition::FOLLOW_UP, "Follow up", "需跟进"),
                (Disposition::SALE, "Sale", "成交"),
                (Disposition::COMPLAINT, "Complaint", "投诉"),
                (Disposition::WRONG_NUMBER, "Wrong number", "打错电话"),
                (Disposition::NO_ANSWER, "No answer", "无人接听"),
                (Disposition::SPAM, "Spam", "骚扰电话"),
            ]
            .map(disposition)
            .into(),
            away_reasons: [
                (AwayReason::BREAK, "Break", "小休", true),
                (AwayReason::LUNCH, "Lunch", "就餐", false),
                (AwayReason::MEETING, "Meeting", "会议中", true),
                (AwayReason::TRAINING, "Training", "培训中", true),
            ]
            .map(away)
            .into(),
            rules: Rules::default(),
            shown: ShownNumbers::default(),
        }
    }
}

impl ConsoleSettings {
    /// May agents choose this now?
    #[must_use]
    pub fn offers_away(&self, reason: AwayReason) -> bool {
        self.away_reasons.iter().any(|entry| entry.word == reason.0 && !entry.archived)
    }

    /// May agents choose this now?
    #[must_use]
    pub fn offers_disposition(&self, disposition: Disposition) -> bool {
        self.dispositions.iter().any(|entry| entry.word == disposition.0 && !entry.archived)
    }

    /// What a disposition is called; one that is not in the list, by its word.
    #[must_use]
    pub fn disposition_label(&self, disposition: Disposition) -> Label {
        let found = self.dispositions.iter().find(|entry| entry.word == disposition.0);
        found.map_or_else(
            || Label { english: disposition.name().to_owned(), ..Label::default() },
            |entry| entry.label.clone(),
        )
    }

    /// The same with its category, which may be empty.
    #[must_use]
    pub fn disposition(&self, disposition: Disposition) -> (Label, String) {
        let found = self.dispositions.iter().find(|entry| entry.word == disposition.0);
        (self.disposition_label(disposition), found.map(|entry| entry.more.category.clone()).unwrap_or_default())
    }

    /// What a console needs of it.
    #[must_use]
    pub fn choices(&self) -> Choices {
        let outcome = |entry: &Entry<Outcome>| entry.pick(None);
        let away = |entry: &Entry<Break>| entry.pick(entry.more.minutes);
        Choices {
            dispositions: self.dispositions.iter().map(outcome).collect(),
            away: self.away_reasons.iter().map(away).collect(),
            extension_s: self.rules.extension_s,
            required: self.rules.disposition_required,
        }
    }
}

/// What a console shows of the settings, archived entries included: old calls have them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Choices {
    pub dispositions: Vec<Pick>,
    pub away: Vec<Pick>,
    /// By how much wrap-up can be made longer at a time.
    pub extension_s: u32,
    /// Wrap-up goes on until a disposition is chosen.
    pub required: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pick {
    pub word: Word,
    /// What is shown in each language.
    pub english: String,
    pub chinese: String,
    /// It is still read, but not chosen.
    pub archived: bool,
    /// How long this may last.
    pub minutes: Option<u32>,
}

impl<T> Entry<T> {
    fn pick(&self, minutes: Option<u32>) -> Pick {
        Pick {
            word: self.word,
            english: self.label.in_english().to_owned(),
            chinese: self.label.in_chinese().to_owned(),
            archived: self.archived,
            minutes,
        }
    }
}

#[cfg(test)]
mod tests;
