//! Countries: their names, and a choice of them.

use crate::ui::language::Words;
use crate::ui::parts::field::Choices;

/// The name of a country of two letters; the letters where it has none here.
pub fn country(words: &'static Words, code: &str) -> String {
    let named = words.numbers_countries.split(';').find_map(|one| one.strip_prefix(code)?.strip_prefix(' '));
    named.unwrap_or(code).to_owned()
}

/// The countries that are offered by name, and `current` whether it is among them or not.
pub fn countries(words: &'static Words, current: &str) -> Choices {
    let named = words.numbers_countries.split(';').filter_map(|one| one.split_once(' '));
    let mut all: Choices = named.map(|(code, name)| (code.to_owned(), name.to_owned())).collect();
    if !current.is_empty() && all.iter().all(|(code, _)| code != current) {
        all.push((current.to_owned(), current.to_owned()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::language::words;

    #[test]
    fn codes_have_names() {
        let words = words();
        assert_eq!(["GB", "BR", "ZZ", ""].map(|code| country(words, code)), ["United Kingdom", "Brazil", "ZZ", ""]);
        let all = countries(words, "ZZ");
        assert_eq!(all.last(), Some(&("ZZ".to_owned(), "ZZ".to_owned())));
        assert_eq!(countries(words, "GB").len() + 1, all.len());
    }
}
