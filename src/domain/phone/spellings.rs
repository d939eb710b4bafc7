//! One telephone, several numbers: what carriers add to mobile numbers or drop from them.
//!
//! Some countries have changed their plan, or have a digit that says "mobile" and is dialled from abroad only. Carriers
//! pass on the caller's number in either form, so numbers of callers are compared by
//! [`E164::spellings`], and callers are counted by [`E164::canonical`]. What is shown and dialled stays as it was
//! given: of two forms only one may be in service.
//!
//! | country | one form | the other | since |
//! |---|---|---|---|
//! | Mexico | `52` + 10 digits | `52 1` + 10 digits | 2019: the 1 of mobiles is gone |
//! | Argentina | `54` + 10 digits | `54 9` + 10 digits | the 9 says "mobile" to callers from abroad |
//! | Brazil | `55` + area + 8 digits | `55` + area + `9` + 8 digits | 2016: the ninth digit of mobiles |
//! | Ivory Coast | `225` + 8 digits | `225` + operator's two + 8 digits | 2021 |
//! | Benin | `229` + 8 digits | `229 01` + 8 digits | 2024 |
//! | Colombia | `57` + area + 7 digits | `57 60` + area + 7 digits | 2021: fixed lines |

use super::E164;

/// A number in both of its forms.
struct Forms {
    short: String,
    long: String,
    /// What both have: the digits before and behind the place where they differ.
    common: (String, String),
}

/// The operator's digits that Ivory Coast put in front of a number of eight digits (ARTCI, 31 January 2021).
fn ivorian_operator(old: &str) -> Option<&'static str> {
    let (first, second) = (old.as_bytes().first()?, old.as_bytes().get(1)?);
    match (first, second) {
        (b'2' | b'3', b'0') => Some("21"),
        (b'2', b'1' | b'2' | b'3' | b'4') | (b'3', b'1'..=b'6') => Some("27"),
        (_, b'7' | b'8' | b'9') => Some("07"),
        (_, b'4' | b'5' | b'6') => Some("05"),
        (_, b'0'..=b'3') => Some("01"),
        _ => None,
    }
}

/// Whether a number begins with an area of Colombia's fixed lines.
fn colombian_area(digits: &str) -> bool {
    digits.starts_with(|area| ('1'..='8').contains(&area))
}

/// Splits a number where its other form differs.
fn forms(digits: &str) -> Option<Forms> {
    let of = |head: &str, added: &str, tail: &str| Forms {
        short: format!("{head}{tail}"),
        long: format!("{head}{added}{tail}"),
        common: (head.to_owned(), tail.to_owned()),
    };
    let (two, three) = (digits.get(..2)?, digits.get(..3)?);
    match (two, three, digits.len()) {
        ("52", _, 12) => Some(of("52", "1", &digits[2..])),
        ("52", "521", 13) => Some(of("52", "1", &digits[3..])),
        ("54", _, 12) => Some(of("54", "9", &digits[2..])),
        ("54", "549", 13) => Some(of("54", "9", &digits[3..])),
        ("55", _, 12) => Some(of(&digits[..4], "9", &digits[4..])),
        ("55", _, 13) if digits[4..].starts_with('9') => Some(of(&digits[..4], "9", &digits[5..])),
        (_, "225", 11) => Some(of("225", ivorian_operator(&digits[3..])?, &digits[3..])),
        (_, "225", 13) => {
            let (operator, old) = (&digits[3..5], &digits[5..]);
            (ivorian_operator(old)? == operator).then(|| of("225", operator, old))
        }
        (_, "229", 11) => Some(of("229", "01", &digits[3..])),
        (_, "229", 13) if digits[3..].starts_with("01") => Some(of("229", "01", &digits[5..])),
        ("57", _, 10) if colombian_area(&digits[2..]) => Some(of("57", "60", &digits[2..])),
        ("57", _, 12) if digits[2..].starts_with("60") && colombian_area(&digits[4..]) => {
            Some(of("57", "60", &digits[4..]))
        }
        _ => None,
    }
}

impl E164 {
    /// Every number that is this telephone, this one first: one, or two where carriers add or drop digits.
    #[must_use]
    pub fn spellings(&self) -> Vec<Self> {
        let mut all = vec![self.clone()];
        if let Some(Forms { short, long, .. }) = forms(&self.0) {
            all.extend([short, long].into_iter().filter(|other| *other != self.0).map(Self));
        }
        all
    }

    /// The spelling by which this telephone is counted, whichever it came in. Never to be dialled: it may be the one
    /// that is out of service.
    #[must_use]
    pub fn canonical(&self) -> Self {
        forms(&self.0).map_or_else(|| self.clone(), |Forms { short, .. }| Self(short))
    }

    /// Whether two numbers are the same telephone.
    #[must_use]
    pub fn same_telephone(&self, other: &Self) -> bool {
        self == other || self.spellings().contains(other)
    }

    /// Digits for SQL's `LIKE` that find every spelling, with a `%` where they differ: `52%5555550123`.
    #[must_use]
    pub fn pattern(&self) -> String {
        forms(&self.0).map_or_else(|| self.0.clone(), |Forms { common: (head, tail), .. }| format!("{head}%{tail}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_25_both_forms_are_one_telephone() {
        for (one, other) in [
            ("523312345678", "5213312345678"),
            ("543514567890", "5493514567890"),
            ("551187654321", "5511987654321"),
            ("22507123456", "2250707123456"),
            ("22505123456", "2250505123456"),
            ("22501123456", "2250101123456"),
            ("22522412345", "2252722412345"),
            ("22990011234", "2290190011234"),
            ("5712345678", "576012345678"),
        ] {
            let (one, other) = (E164::parse(one).unwrap(), E164::parse(other).unwrap());
            assert!(one.same_telephone(&other) && other.same_telephone(&one), "{one:?} {other:?}");
            assert_eq!(one.pattern(), other.pattern());
            assert_eq!((one.canonical(), other.canonical()), (one.clone(), one.clone()));
            assert_eq!(one.spellings()[0], one, "the given form comes first");
        }
        for (one, other) in [
            ("523312345678", "523312345679"),
            ("2250507123456", "22507123456"),
            ("447700900123", "4417700900123"),
            ("5511887654321", "551187654321"),
        ] {
            assert!(!E164::parse(one).unwrap().same_telephone(&E164::parse(other).unwrap()), "{one} {other}");
        }
    }

    proptest! {
        #[test]
        fn case_25_being_the_same_telephone_is_an_equivalence(
            digits in "(5[2457]|22[59])[0-9]{7,11}|(521|549|5760|22901|55119)[0-9]{8,10}|[1-9][0-9]{6,14}"
        ) {
            let number = E164::parse(&digits).unwrap();
            let all = number.spellings();
            prop_assert!(all.len() <= 2 && all[0] == number);
            for spelling in &all {
                let mut back = spelling.spellings();
                back.sort();
                let mut sorted = all.clone();
                sorted.sort();
                prop_assert_eq!(&back, &sorted, "of {:?}", spelling);
                prop_assert_eq!(spelling.pattern(), number.pattern());
                prop_assert_eq!(spelling.canonical(), number.canonical());
                prop_assert!(all.contains(&spelling.canonical()));
                // The database looks for a number by its end (`store::forget`), and so does the reader of texts.
                let end = |number: &E164| number.digits()[number.digits().len() - 6..].to_owned();
                prop_assert_eq!(end(spelling), end(&number));
            }
        }
    }
}
