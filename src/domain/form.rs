//! Forms as somebody filled them in: what is wrong so far, and the fields that several forms have.

use super::business::is_unseen;
use super::language::Texts;
use super::ncco::{Action, Ncco};
use super::trouble::{FieldError, Trouble};

/// A form while it is read; `known` says what the operator's other data have in them.
pub struct Form<'a, K> {
    pub wrong: Vec<FieldError>,
    pub known: &'a K,
}

impl<'a, K> Form<'a, K> {
    #[must_use]
    pub fn new(known: &'a K) -> Self {
        Self { wrong: Vec::new(), known }
    }

    pub fn refuse(&mut self, field: &str, reason: Trouble) {
        self.wrong.push(FieldError { field: field.to_owned(), reason });
    }

    /// The field `name`; `longest` is in characters.
    pub fn name(&mut self, text: &str, longest: usize, is_taken: impl FnOnce(&str) -> bool) -> String {
        let name = text.trim();
        if let Some(why) = wrong_name(name, longest, is_taken) {
            self.refuse("name", why);
        }
        name.to_owned()
    }

    /// What the platform can speak, in both languages: the fields `field_en` and `field_zh`, which may be empty.
    pub fn texts(&mut self, field: &str, [en, zh]: [&String; 2], longest: usize) -> Texts {
        let (en, zh) =
            (self.spoken(&format!("{field}_en"), en, longest), self.spoken(&format!("{field}_zh"), zh, longest));
        Texts::new(&en, &zh)
    }

    /// The same in one language.
    pub fn spoken(&mut self, field: &str, text: &str, longest: usize) -> String {
        // As browsers send line breaks.
        let text = text.trim().replace("\r\n", "\n");
        if text.chars().count() > longest {
            self.refuse(field, Trouble::Long(longest));
        } else if text.chars().any(|c| c.is_control() && c != '\n') {
            self.refuse(field, Trouble::Unprintable);
        } else if !text.is_empty() && !Ncco(vec![Action::talk(text.as_str())]).check().is_empty() {
            self.refuse(field, Trouble::Unspeakable);
        }
        text
    }
}

/// What is wrong with the name of something that people make; `None` for a good one. `longest` is in characters.
#[must_use]
pub fn wrong_name(name: &str, longest: usize, is_taken: impl FnOnce(&str) -> bool) -> Option<Trouble> {
    if name.is_empty() {
        return Some(Trouble::Empty);
    }
    if name.chars().count() > longest {
        return Some(Trouble::Long(longest));
    }
    if name.chars().any(|c| c.is_control() || is_unseen(c)) {
        return Some(Trouble::Unprintable);
    }
    is_taken(name).then(|| Trouble::Taken(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_there_short_readable_and_not_taken() {
        let wrong = |name| wrong_name(name, 5, |name| name == "Sales");
        assert_eq!((wrong("Bikes"), wrong("販売")), (None, None));
        assert_eq!((wrong(""), wrong("Repair")), (Some(Trouble::Empty), Some(Trouble::Long(5))));
        for hidden in ["a\u{7}b", "\u{200b}", "\u{202e}gnp"] {
            assert_eq!(wrong(hidden), Some(Trouble::Unprintable));
        }
        assert_eq!(wrong("Sales"), Some(Trouble::Taken("Sales".into())));
    }

    #[test]
    fn texts_are_refused_at_the_field_of_their_language() {
        let mut form = Form::new(&());
        let texts = form.texts("greeting", [&" Hello\r\nyou ".to_owned(), &"您好".to_owned()], 9);
        assert_eq!((texts, form.wrong.len()), (Texts::new("Hello\nyou", "您好"), 0));
        for bad in ["much too long", "a\u{7}b", "<speak>Hi"] {
            form.texts("greeting", [&String::new(), &bad.to_owned()], 9);
        }
        let wrong = form.wrong.into_iter().map(|wrong| (wrong.field, wrong.reason)).collect::<Vec<_>>();
        let at = |reason| ("greeting_zh".to_owned(), reason);
        assert_eq!(wrong, [at(Trouble::Long(9)), at(Trouble::Unprintable), at(Trouble::Unspeakable)]);
    }
}
