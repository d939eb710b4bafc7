//! How the operator changes the settings: forms as they were filled in, and what can be done to an entry.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Break, ConsoleSettings, Entry, LONGEST_LABEL, Label, MOST_ENTRIES, MOST_MINUTES, MOST_MISSES, Outcome, Rules,
    WRAP_UP_S,
};
use crate::domain::business::is_unseen;
use crate::domain::call_tracking::campaign::FieldError;
use crate::domain::contact_center::caller_id::ShownNumbers;
use crate::domain::contact_center::presence::AwayReason;
use crate::domain::contact_center::word::Word;
use crate::domain::phone::E164;
use crate::domain::trouble::Trouble;

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
pub(super) fn put<T>(
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
    /// `yes`, or nothing.
    pub by_country: String,
    /// The numbers shown for agents, as digits or nothing: see [`number_field`].
    #[serde(flatten)]
    pub numbers: BTreeMap<String, String>,
}

/// The field for the number that is shown for an agent.
#[must_use]
pub fn number_field(agent: &str) -> String {
    format!("number_{agent}")
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

    /// Which numbers are shown, as a form shows it that asks about these agents.
    #[must_use]
    pub fn of_shown(shown: &ShownNumbers, agents: &[String]) -> Self {
        let number = |agent: &String| shown.agents.get(agent).map(E164::digits).unwrap_or_default().to_owned();
        let numbers = agents.iter().map(|agent| (number_field(agent), number(agent))).collect();
        Self { by_country: yes(shown.by_country), numbers, ..Self::default() }
    }

    /// Writes which numbers are shown: of these agents; what is set for others stays. A number may be set that `is_ours`, or
    /// is set already.
    ///
    /// # Errors
    /// Every field that is wrong, and why.
    pub fn put_shown(
        &self,
        shown: &mut ShownNumbers,
        agents: &[String],
        is_ours: impl Fn(&E164) -> bool,
    ) -> Result<(), Vec<FieldError>> {
        let mut form = Form::default();
        let mut new = ShownNumbers { by_country: self.by_country == YES, agents: shown.agents.clone() };
        for agent in agents {
            let field = number_field(agent);
            let digits = self.numbers.get(&field).map(String::as_str).unwrap_or_default();
            let before = new.agents.remove(agent);
            if digits.is_empty() {
                continue;
            }
            let read = E164::parse(digits).ok().filter(|number| before.as_ref() == Some(number) || is_ours(number));
            let read = form.take(read.map(Some).ok_or_else(|| wrong(&field, Trouble::NotShown)));
            new.agents.extend(read.map(|number| (agent.clone(), number)));
        }
        form.end()?;
        *shown = new;
        Ok(())
    }

    /// Writes it as a disposition.
    ///
    /// # Errors
    /// Every field that is wrong, and why.
    pub fn put_disposition(&self, settings: &mut ConsoleSettings) -> Result<(), Vec<FieldError>> {
        let mut form = Form::default();
        let (word, label) = (form.take(self.word()), self.label(&mut form));
        let more = Outcome { category: form.take(line("category", &self.category)) };
        form.end()?;
        put(&mut settings.dispositions, word, label, more, ("disposition", None)).map_err(|wrong| vec![wrong])
    }

    /// Writes it as an away reason.
    ///
    /// # Errors
    /// Every field that is wrong, and why.
    pub fn put_away_reason(&self, settings: &mut ConsoleSettings) -> Result<(), Vec<FieldError>> {
        let mut form = Form::default();
        let (word, label) = (form.take(self.word()), self.label(&mut form));
        let more = Break { paid: self.paid == YES, minutes: form.take(minutes("minutes", &self.minutes)) };
        form.end()?;
        let ours = Some(AwayReason::NO_ANSWER.0);
        put(&mut settings.away_reasons, word, label, more, ("away", ours)).map_err(|wrong| vec![wrong])
    }

    /// Reads the rules.
    ///
    /// # Errors
    /// Every field that is wrong, and why.
    pub fn rules(&self) -> Result<Rules, Vec<FieldError>> {
        let mut form = Form::default();
        let (least, most) = WRAP_UP_S;
        let outside = || Trouble::Seconds(least.into(), most.into());
        let misses = || Trouble::Between(0, MOST_MISSES.into());
        let rules = Rules {
            disposition_required: self.required == YES,
            wrap_up_s: form.take(number("wrap_up_s", &self.wrap_up_s, WRAP_UP_S, outside)),
            extension_s: form.take(number("extension_s", &self.extension_s, WRAP_UP_S, outside)),
            misses: form.take(number("misses", &self.misses, (0, MOST_MISSES), misses)),
            return_minutes: form.take(minutes("return_minutes", &self.return_minutes)),
        };
        form.end()?;
        Ok(rules)
    }

    fn word(&self) -> Result<Option<Word>, FieldError> {
        match self.word.as_str() {
            "" => Ok(None),
            word => Word::parse(word).map(Some).map_err(|_| wrong("english", Trouble::Missing)),
        }
    }

    fn label(&self, form: &mut Form) -> Label {
        let (english, chinese) = (line("english", &self.english), line("chinese", &self.chinese));
        if english.as_ref().is_ok_and(String::is_empty) && chinese.as_ref().is_ok_and(String::is_empty) {
            form.0.push(wrong("english", Trouble::Empty));
        }
        Label { english: form.take(english), chinese: form.take(chinese) }
    }
}

/// What is wrong with a form, in the order of its fields.
#[derive(Default)]
struct Form(Vec<FieldError>);

impl Form {
    /// What was read of a field. Of one that is wrong, something that is thrown away at the [`Self::end`].
    fn take<T: Default>(&mut self, read: Result<T, FieldError>) -> T {
        read.unwrap_or_else(|wrong| {
            self.0.push(wrong);
            T::default()
        })
    }

    fn end(self) -> Result<(), Vec<FieldError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
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
    if text.chars().any(|c| c.is_control() || is_unseen(c)) {
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
