//! A brake on machines that answer each other: two telephones that both say "I am driving" would text each other, over us
//! and at the operator's cost, for ever.
//!
//! A person repeats themselves now and then, and writes fast now and then, so the limits leave room for that. What is not
//! passed on is not answered either: an answer would be the next turn of the loop.

/// How often the same words of one person are passed on in an hour.
pub const SAME_AN_HOUR: i64 = 5;
/// How many texts of a conversation, of both together, are passed on in a minute.
pub const A_MINUTE: i64 = 20;

/// Whether a text is held back. `same` is how often its sender's same words were passed on in the last hour, `lately` how
/// many texts of the conversation were in the last minute.
#[must_use]
pub fn brakes(same: i64, lately: i64) -> bool {
    same >= SAME_AN_HOUR || lately >= A_MINUTE
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
        assert!(!brakes(0, 0) && !brakes(SAME_AN_HOUR - 1, A_MINUTE - 1));
        assert!(brakes(SAME_AN_HOUR, 0) && brakes(0, A_MINUTE));
    }
}
