//! What agents choose from after a call and for a break, and the rules of their console. All of it is the operator's.

use serde::{Deserialize, Serialize};

use super::desk::Disposition;
use super::presence::AwayReason;
use super::word::Word;
use crate::domain::call_tracking::campaign::FieldError;
use crate::domain::trouble::Trouble;

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
    /// After so many minutes away because of them an agent is ready again; `None` when they have to say so.
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
                (AwayReason::MEETING, "Meeting", "会议", true),
                (AwayReason::TRAINING, "Training", "培训", true),
            ]
            .map(away)
            .into(),
            rules: Rules::default(),
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
    pub label: Label,
    /// It is still read, but not chosen.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub archived: bool,
    /// How long this may last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

impl<T> Entry<T> {
    fn pick(&self, minutes: Option<u32>) -> Pick {
        Pick { word: self.word, label: self.label.clone(), archived: self.archived, minutes }
    }
}

/// What is done to an entry of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Up,
    Down,
    Archive,
    Restore,
    /// Of an archived one: records that have it show its word from then on.
    Delete,
}

impl Change {
    pub const EVERY: [Self; 5] = [Self::Up, Self::Down, Self::Archive, Self::Restore, Self::Delete];

    /// The word for it in forms.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Archive => "archive",
            Self::Restore => "restore",
            Self::Delete => "delete",
        }
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|change| change.name() == word)
    }
}

/// Does it to one entry. Those in use come first, then the archived ones; an entry moves among its kind.
///
/// # Errors
/// [`Trouble::Missing`] when it is not there; why it cannot be restored or deleted.
pub fn change<T>(entries: &mut Vec<Entry<T>>, word: Word, change: Change) -> Result<(), Trouble> {
    let at = entries.iter().position(|entry| entry.word == word).ok_or(Trouble::Missing)?;
    let archived = entries[at].archived;
    match change {
        Change::Up | Change::Down => {
            let to = if change == Change::Up { at.checked_sub(1) } else { Some(at + 1) };
            if let Some(to) = to.filter(|to| entries.get(*to).is_some_and(|other| other.archived == archived)) {
                entries.swap(at, to);
            }
        }
        Change::Archive => entries[at].archived = true,
        Change::Restore => {
            is_free(entries, Some(word), &entries[at].label).map_err(|error| error.reason)?;
            entries[at].archived = false;
        }
        Change::Delete if !archived => return Err(Trouble::NotArchived),
        Change::Delete => drop(entries.remove(at)),
    }
    entries.sort_by_key(|entry| entry.archived);
    Ok(())
}

/// Writes an entry over the one with this word, or adds it at the end of those in use, with a word of its own.
///
/// # Errors
/// The field that is wrong, and why.
pub fn put<T>(
    entries: &mut Vec<Entry<T>>,
    word: Option<Word>,
    label: Label,
    more: T,
    (other, taken): (&str, Option<Word>),
) -> Result<(), FieldError> {
    if let Some(word) = word {
        let at =
            entries.iter().position(|entry| entry.word == word).ok_or_else(|| wrong("english", Trouble::Missing))?;
        if !entries[at].archived {
            is_free(entries, Some(word), &label)?;
        }
        (entries[at].label, entries[at].more) = (label, more);
        return Ok(());
    }
    if entries.len() >= MOST_ENTRIES {
        return Err(wrong("english", Trouble::Full(MOST_ENTRIES)));
    }
    is_free(entries, None, &label)?;
    let known = |word| taken == Some(word) || entries.iter().any(|entry| entry.word == word);
    let word = Word::made_of(&label.english, other, known);
    entries.push(Entry { word, label, archived: false, more });
    entries.sort_by_key(|entry| entry.archived);
    Ok(())
}

/// Nothing else that agents may choose is called so, in either language.
fn is_free<T>(entries: &[Entry<T>], word: Option<Word>, label: &Label) -> Result<(), FieldError> {
    let others = || entries.iter().filter(|entry| !entry.archived && Some(entry.word) != word);
    let same = |one: &str, other: &str| !one.is_empty() && one.to_lowercase() == other.to_lowercase();
    if others().any(|entry| same(&label.english, &entry.label.english)) {
        return Err(wrong("english", Trouble::Taken(label.english.clone())));
    }
    if others().any(|entry| same(&label.chinese, &entry.label.chinese)) {
        return Err(wrong("chinese", Trouble::Taken(label.chinese.clone())));
    }
    Ok(())
}

fn wrong(field: &str, reason: Trouble) -> FieldError {
    FieldError { field: field.to_owned(), reason }
}

/// A form as somebody filled it in: every field is text. Each form has some of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    /// The word of the entry that is changed; empty for a new one.
    pub word: String,
    pub english: String,
    pub chinese: String,
    pub category: String,
    /// `yes`, or nothing.
    pub paid: String,
    pub minutes: String,
    /// `yes`, or nothing.
    pub required: String,
    pub misses: String,
    pub return_minutes: String,
    pub wrap_up_s: String,
    pub extension_s: String,
}

/// What a box that is ticked sends.
pub const YES: &str = "yes";

impl Draft {
    /// The entry as a form shows it.
    #[must_use]
    pub fn of_disposition(entry: &Entry<Outcome>) -> Self {
        Self { category: entry.more.category.clone(), ..Self::of(entry.word, &entry.label) }
    }

    /// The entry as a form shows it.
    #[must_use]
    pub fn of_away_reason(entry: &Entry<Break>) -> Self {
        let minutes = entry.more.minutes.map(|minutes| minutes.to_string()).unwrap_or_default();
        Self { paid: yes(entry.more.paid), minutes, ..Self::of(entry.word, &entry.label) }
    }

    fn of(word: Word, label: &Label) -> Self {
        Self { word: word.into(), english: label.english.clone(), chinese: label.chinese.clone(), ..Self::default() }
    }

    /// The rules as a form shows them.
    #[must_use]
    pub fn of_rules(rules: Rules) -> Self {
        Self {
            required: yes(rules.disposition_required),
            misses: rules.misses.to_string(),
            return_minutes: rules.return_minutes.map(|minutes| minutes.to_string()).unwrap_or_default(),
            wrap_up_s: rules.wrap_up_s.to_string(),
            extension_s: rules.extension_s.to_string(),
            ..Self::default()
        }
    }

    /// Writes it as a disposition.
    ///
    /// # Errors
    /// The first field that is wrong, and why.
    pub fn put_disposition(&self, settings: &mut ConsoleSettings) -> Result<(), FieldError> {
        let more = Outcome { category: line("category", &self.category)? };
        put(&mut settings.dispositions, self.word()?, self.label()?, more, ("disposition", None))
    }

    /// Writes it as an away reason.
    ///
    /// # Errors
    /// The first field that is wrong, and why.
    pub fn put_away_reason(&self, settings: &mut ConsoleSettings) -> Result<(), FieldError> {
        let minutes = minutes("minutes", &self.minutes)?;
        let more = Break { paid: self.paid == YES, minutes };
        let ours = Some(AwayReason::NO_ANSWER.0);
        put(&mut settings.away_reasons, self.word()?, self.label()?, more, ("away", ours))
    }

    /// Reads the rules.
    ///
    /// # Errors
    /// The first field that is wrong, and why.
    pub fn rules(&self) -> Result<Rules, FieldError> {
        let (least, most) = WRAP_UP_S;
        let outside = || Trouble::Seconds(least.into(), most.into());
        let misses = || Trouble::Between(0, MOST_MISSES.into());
        Ok(Rules {
            disposition_required: self.required == YES,
            misses: number("misses", &self.misses, (0, MOST_MISSES), misses)?,
            return_minutes: minutes("return_minutes", &self.return_minutes)?,
            wrap_up_s: number("wrap_up_s", &self.wrap_up_s, WRAP_UP_S, outside)?,
            extension_s: number("extension_s", &self.extension_s, WRAP_UP_S, outside)?,
        })
    }

    fn word(&self) -> Result<Option<Word>, FieldError> {
        match self.word.as_str() {
            "" => Ok(None),
            word => Word::parse(word).map(Some).map_err(|_| wrong("english", Trouble::Missing)),
        }
    }

    fn label(&self) -> Result<Label, FieldError> {
        let label = Label { english: line("english", &self.english)?, chinese: line("chinese", &self.chinese)? };
        if label.in_english().is_empty() {
            return Err(wrong("english", Trouble::Empty));
        }
        Ok(label)
    }
}

fn yes(is: bool) -> String {
    if is { YES.to_owned() } else { String::new() }
}

fn line(field: &str, text: &str) -> Result<String, FieldError> {
    let text = text.trim();
    if text.chars().count() > LONGEST_LABEL {
        return Err(wrong(field, Trouble::Long(LONGEST_LABEL)));
    }
    if text.chars().any(char::is_control) {
        return Err(wrong(field, Trouble::Unprintable));
    }
    Ok(text.to_owned())
}

fn number(
    field: &str,
    text: &str,
    (least, most): (u32, u32),
    outside: impl Fn() -> Trouble,
) -> Result<u32, FieldError> {
    let number = text.trim().parse().ok().filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| wrong(field, outside()))
}

/// Nothing is no limit.
fn minutes(field: &str, text: &str) -> Result<Option<u32>, FieldError> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    number(field, text, (1, MOST_MINUTES), || Trouble::Minutes(1, MOST_MINUTES.into())).map(Some)
}

#[cfg(test)]
mod tests;
