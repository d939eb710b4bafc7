//! Extensions: digits that a caller who knows them dials instead of a key.

use serde::{Deserialize, Serialize};

use super::{Action, Key, Menu};

/// Digits of an extension, at least and at most. One digit is a key.
pub const DIGITS: (usize, usize) = (2, 6);
/// The most extensions of a menu.
pub const MOST_EXTENSIONS: usize = 50;
/// How long a menu with extensions waits for the next digit, at most, in seconds. The platform has one time for the first
/// digit and for those after it, and somebody who presses a single key waits for it too.
pub const LONGEST_PAUSE_S: u32 = 3;

/// The digits of an extension.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Extension(String);

impl Extension {
    /// `None` where it is not [`DIGITS`] ASCII digits.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let (least, most) = DIGITS;
        let fits = (least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        fits.then(|| Self(text.to_owned()))
    }

    #[must_use]
    pub fn digits(&self) -> &str {
        &self.0
    }
}

impl From<Extension> for String {
    fn from(extension: Extension) -> Self {
        extension.0
    }
}

impl TryFrom<String> for Extension {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::of(&text).ok_or("an extension has 2 to 6 digits")
    }
}

impl Menu {
    pub(super) fn extension(&self, dialled: &str) -> Option<&Action> {
        Extension::of(dialled).and_then(|extension| self.extensions.get(&extension))
    }

    /// How many keys a caller may press before they count.
    #[must_use]
    pub fn longest(&self) -> u32 {
        let longest = self.extensions.keys().map(|extension| extension.0.len()).max().unwrap_or(1);
        u32::try_from(longest).unwrap_or(1)
    }

    /// How long the menu waits for a key, in seconds.
    #[must_use]
    pub fn waits_s(&self) -> u32 {
        if self.extensions.is_empty() { self.seconds } else { self.seconds.min(LONGEST_PAUSE_S) }
    }

    /// The hash key ends what was dialled: a menu has extensions, and that key for nothing else.
    #[must_use]
    pub fn ends_on_hash(&self) -> bool {
        !self.extensions.is_empty() && Key::of('#').is_some_and(|hash| !self.keys.contains_key(&hash))
    }

    /// The part of `keys` that a caller of this menu dials first: an extension, where they begin with one, else a key.
    #[must_use]
    pub fn dialled_first<'a>(&self, keys: &'a str) -> &'a str {
        let extensions = self.extensions.keys().map(Extension::digits).filter(|digits| keys.starts_with(digits));
        let first = keys.chars().next().map_or(0, char::len_utf8);
        let length = extensions.map(str::len).max().unwrap_or(first);
        keys.get(..length).unwrap_or(keys)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MAIN, Next};
    use super::*;

    fn menu() -> Menu {
        let mut menu = Menu::of_agents(MAIN, &["Jane".to_owned(), "Joe".to_owned()]);
        for (digits, agent) in [("204", "Jane"), ("2041", "Joe"), ("31", "Anna")] {
            menu.extensions.insert(Extension::of(digits).unwrap(), Action::Agent(agent.to_owned()));
        }
        menu
    }

    #[test]
    fn an_extension_is_two_to_six_digits() {
        for good in ["00", "204", "123456"] {
            assert_eq!(Extension::of(good).unwrap().digits(), good);
        }
        for bad in ["", "2", "1234567", "20a", "2 4", "２０４", "*1", "-1"] {
            assert_eq!(Extension::of(bad), None, "{bad}");
            assert!(serde_json::from_value::<Extension>(bad.into()).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_dialled_leads_to_an_extension_or_a_key() {
        let (menu, agent) = (menu(), |name: &str| Action::Agent(name.to_owned()));
        for (pressed, name) in [("204", "Jane"), ("2041", "Joe"), ("31", "Anna"), ("2", "Joe"), ("1", "Jane")] {
            assert_eq!(menu.next(pressed, 0), Next::Does(&agent(name)), "{pressed}");
        }
        for wrong in ["20", "20411", "3", "12", ""] {
            assert_eq!(menu.next(wrong, 0), Next::Again, "{wrong}");
        }
        let only = Menu { keys: Default::default(), ..menu };
        assert_eq!(only.next("31", 0), Next::Does(&agent("Anna")));
        assert_eq!(only.next("7", 0), Next::Again, "without keys, but with something that can be wrong");
    }

    #[test]
    fn a_menu_listens_as_long_as_its_longest_extension_needs() {
        let with = menu();
        assert_eq!((with.longest(), with.waits_s(), with.ends_on_hash()), (4, 3, true));
        let quick = Menu { seconds: 2, ..with.clone() };
        assert_eq!(quick.waits_s(), 2);
        let mut hash = with;
        hash.keys.insert(Key::of('#').unwrap(), Action::Repeat);
        assert!(!hash.ends_on_hash());
        let without = Menu { extensions: Default::default(), ..hash };
        assert_eq!((without.longest(), without.waits_s(), without.ends_on_hash()), (1, 10, false));
    }

    #[test]
    fn keys_of_a_dry_run_are_taken_one_choice_at_a_time() {
        let menu = menu();
        for (keys, first) in [("2041", "2041"), ("2049", "204"), ("20", "2"), ("311", "31"), ("", ""), ("é1", "é")] {
            assert_eq!(menu.dialled_first(keys), first, "{keys}");
        }
    }
}
