//! A brake on machines that answer each other: two telephones that both say "I am driving" would text each other, over us
//! and at the operator's cost, for ever.
//!
//! A person repeats themselves now and then, and writes fast now and then, so the limits leave room for that. What is not
//! passed on is not answered either: an answer would be the next turn of the loop.

/// How many texts are passed on; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brake {
    /// How often the same words of one person are passed on in an hour.
    pub same_an_hour: u32,
    /// How many texts of a conversation, of both together, are passed on in a minute.
    pub a_minute: u32,
}

impl Default for Brake {
    fn default() -> Self {
        Self { same_an_hour: 5, a_minute: 20 }
    }
}

impl Brake {
    /// Whether a text is held back. `same` is how often its sender's same words were passed on in the last hour, `lately`
    /// how many texts of the conversation were in the last minute.
    #[must_use]
    pub fn holds_back(self, same: i64, lately: i64) -> bool {
        let reached = |count: i64, limit: u32| limit > 0 && count >= i64::from(limit);
        reached(same, self.same_an_hour) || reached(lately, self.a_minute)
    }
}

/// What of a text makes it the same words: letters, in one case. A machine puts the time of day into what it says; where
/// there are hardly any letters (a code, a house number), the digits are the words.
#[must_use]
pub fn words_of(text: &str) -> String {
    let lower = || text.chars().flat_map(char::to_lowercase);
    let letters: String = lower().filter(|c| c.is_alphabetic()).collect();
    if letters.chars().count() >= 8 { letters } else { lower().filter(|c| !c.is_whitespace()).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_41_the_same_words_are_the_same_in_any_dress() {
        assert_eq!(words_of("I am driving! 10:02"), words_of("i am driving. 10:45 "));
        assert_ne!(words_of("Flat 12"), words_of("Flat 13"), "few letters: the digits count");
        assert_ne!(words_of("yes"), words_of("no"));
        assert_eq!(words_of("我正在开车，稍后回复你。"), words_of("我正在开车,稍后回复你 "));
    }

    #[test]
    fn case_41_people_are_not_braked() {
        let brake = Brake::default();
        assert!(!brake.holds_back(0, 0) && !brake.holds_back(4, 19));
        assert!(brake.holds_back(5, 0) && brake.holds_back(0, 20));
        assert!(!Brake { same_an_hour: 0, a_minute: 0 }.holds_back(1_000, 1_000), "0 is no limit");
    }
}
