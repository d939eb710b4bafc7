//! What people write is the number that they mean.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::select;

use super::*;

static EXAMPLES: LazyLock<Vec<(String, Kind, E164)>> = LazyLock::new(examples);

fn digits(text: &str, home: &str) -> Result<String, PhoneError> {
    read(text, Some(home)).map(|number| number.digits().to_owned())
}

#[test]
fn case_1_a_trunk_zero_behind_the_country_code_goes_and_italy_keeps_its_own() {
    for (text, expected) in [
        ("+44 (0)7700 900501", "447700900501"),
        ("+44 (0) 20 7946 0000", "442079460000"),
        ("+44 07700 900501", "447700900501"),
        ("+4407700900501", "447700900501"),
        ("0044 (0)7700 900501", "447700900501"),
        ("0044 07700 900501", "447700900501"),
        ("44 (0)7700 900501", "447700900501"),
        ("4407700900501", "447700900501"),
        ("+49 (0) 30 901820", "4930901820"),
        ("+33 (0)1 42 68 53 00", "33142685300"),
        ("+31(0)20 551 0911", "31205510911"),
        ("+43 (0)1 501 500", "431501500"),
        ("+41 (0)44 668 18 00", "41446681800"),
        ("+39 06 4201 1234", "390642011234"),
        ("+39 (0)6 4201 1234", "390642011234"),
        ("+39 (06) 4201 1234", "390642011234"),
        ("+7 8 912 345 67 89", "79123456789"),
        ("+36 06 1 234 5678", "3612345678"),
        ("tel:0044-(0)20-7946-0000", "442079460000"),
    ] {
        assert_eq!(digits(text, "GB").as_deref(), Ok(expected), "{text}");
        assert_eq!(digits(text, "DE").as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn b5_national_numbers_are_of_the_businesss_country() {
    for (text, home, expected) in [
        ("07700 900555", "GB", "447700900555"),
        ("(0)7700 900555", "GB", "447700900555"),
        ("020 7946 0000", "GB", "442079460000"),
        ("030 / 901820", "DE", "4930901820"),
        ("01 42 68 53 00", "FR", "33142685300"),
        ("612 34 56 78", "ES", "34612345678"),
        ("06 4201 1234", "IT", "390642011234"),
        ("(202) 555-0123", "US", "12025550123"),
        ("1-202-555-0123", "US", "12025550123"),
        ("2025550123", "US", "12025550123"),
        ("011 44 20 7946 0000", "US", "442079460000"),
        ("0011 44 20 7946 0000", "AU", "442079460000"),
        ("010 44 20 7946 0000", "JP", "442079460000"),
        ("138 0000 0000", "CN", "8613800000000"),
        ("13802345678", "CN", "8613802345678"),
        ("8 (912) 345-67-89", "RU", "79123456789"),
        ("011 15-2345-6789", "AR", "5491123456789"),
        // Sheffield, and not America's prefix for abroad.
        ("0114 496 0000", "GB", "441144960000"),
    ] {
        assert_eq!(digits(text, home).as_deref(), Ok(expected), "{text} in {home}");
    }
    assert_eq!(digits("07700 90055", "GB"), Err(PhoneError::Incomplete("GB".into())));
    assert_eq!(digits("07700 900555", "US"), Err(PhoneError::NoCountryCode));
    assert_eq!(read("07700 900555", None), Err(PhoneError::NoCountryCode));
    assert_eq!(digits("+44 7700 90055", "GB"), Err(PhoneError::Incomplete("GB".into())));
    assert_eq!(digits("+999 1234567", "GB"), Err(PhoneError::NoCountry));
    assert_eq!(digits("+44 20 7946 0000 ext 5", "GB"), Err(PhoneError::Extension("5".into())));
}

#[test]
fn case_24_ten_digits_without_a_country_code_are_a_question() {
    let doubt = |text: &str, home: Option<&str>| match read(text, home) {
        Err(PhoneError::Doubt(meant)) => meant,
        other => panic!("{text}: {other:?}"),
    };
    for home in [None, Some("GB"), Some("DE")] {
        for text in ["2025550123", "(202) 555-0123", "202.555.0123"] {
            assert!(doubt(text, home).contains(&"+1 202-555-0123".to_owned()), "{text} in {home:?}");
        }
    }
    assert_eq!(doubt("2025550123", Some("GB"))[0], "+1 202-555-0123", "London has no numbers with 2");
    // The mirror image, and a number whose zero was forgotten.
    assert_eq!(doubt("2079460958", Some("GB"))[0], "+44 20 7946 0958");
    assert_eq!(doubt("7700900555", Some("GB")), ["+44 7700 900555"]);
    assert_eq!(digits("+52 1 33 1234 5678", "GB").as_deref(), Ok("5213312345678"));
    // With a plus there is nothing to doubt, nor where ten digits are no American number.
    assert_eq!(digits("+20 2 2555 0123", "GB").as_deref(), Ok("20225550123"));
    assert_eq!(digits("4523456789", "GB").as_deref(), Ok("4523456789"));
    assert_eq!(digits("6581234567", "SG").as_deref(), Ok("6581234567"));
    assert_eq!(digits("447700900555", "US").as_deref(), Ok("447700900555"));
    assert_eq!(read("442079460000", None).map(|number| number.digits().to_owned()).as_deref(), Ok("442079460000"));
}

#[test]
fn case_30_searches_find_numbers_as_people_say_them() {
    let found = |text: &str, number: &str| {
        let pattern = search(text, Some("GB")).unwrap_or_else(|| panic!("{text} is no number"));
        let mut rest = number;
        pattern.split('%').all(|part| rest.find(part).map(|at| rest = &rest[at + part.len()..]).is_some())
    };
    for text in [
        "07700 900123",
        "(0)7700 900123",
        "+44 (0)7700 900123",
        "0044 7700 900123",
        "07700 9",
        "0770",
        "900123",
        "900 123",
        "+44 77",
        "447700",
        "+44 (0)7700",
        "7700900123",
        "tel:+44%207700%20900123",
    ] {
        assert!(found(text, "447700900123"), "{text}: {:?}", search(text, Some("GB")));
    }
    assert!(!found("07701 900123", "447700900123"));
    assert!(found("+52 33 1234 5678", "5213312345678") && found("+521 33 1234 5678", "523312345678"));
    assert_eq!(search("Jane", Some("GB")), None);
    assert_eq!(search("visitor 12ab", Some("GB")), None);
    assert_eq!(search("0", Some("GB")).as_deref(), Some("0"));
}

#[test]
fn knows_countries_by_their_numbers() {
    let country = |digits: &str| country_of(&E164::parse(digits).unwrap());
    assert_eq!(country("447700900001").as_deref(), Some("GB"));
    assert_eq!(country("447797700123").as_deref(), Some("JE"));
    assert_eq!(country("12025550100").as_deref(), Some("US"));
    assert_eq!(country("14165550123").as_deref(), Some("CA"));
    assert_eq!(country("18765550123").as_deref(), Some("JM"));
    assert_eq!(country("390642011234").as_deref(), Some("IT"));
    assert_eq!(country("8613800000000").as_deref(), Some("CN"));
    assert_eq!(country("881612345678").as_deref(), Some("001"));
    assert_eq!(country("9999999999999"), None);
}

#[test]
fn f14_knows_what_kind_a_number_is() {
    let kind = |text: &str| kind_of(&E164::parse(text).unwrap());
    for (number, expected) in [
        ("+44 909 879 0000", Some(Kind::Premium)),
        ("+44 982 123 4567", Some(Kind::Premium)),
        ("+44 871 234 5678", Some(Kind::Premium)),
        ("+44 70 1234 5678", Some(Kind::Personal)),
        ("+44 118 500", None),
        ("+44 345 678 9012", Some(Kind::Fixed)),
        ("+44 7700 900123", Some(Kind::Unassigned)),
        ("+1 900 555 0123", Some(Kind::Premium)),
        ("+881 612 345 678", Some(Kind::Satellite)),
        ("+870 773 123 456", Some(Kind::Satellite)),
        ("+979 123 456 789", Some(Kind::Premium)),
        ("+800 1234 5678", Some(Kind::TollFree)),
        ("+39 06 4201 1234", Some(Kind::Fixed)),
        ("+999 123 4567", None),
    ] {
        assert_eq!(kind(number), expected, "{number}");
    }
}

#[test]
fn f14_every_example_is_of_its_kind_or_of_a_dearer_one() {
    let plain = [Kind::Fixed, Kind::Mobile, Kind::FixedOrMobile, Kind::Voip, Kind::TollFree, Kind::Unassigned];
    assert!(EXAMPLES.len() > 900, "{}", EXAMPLES.len());
    for (country, kind, number) in EXAMPLES.iter() {
        let is = kind_of(number).unwrap_or_else(|| panic!("{number:?} of {country} is none"));
        if country == "GB" && number.digits().starts_with("443") {
            continue;
        }
        assert!(
            !plain.contains(&is) || plain.contains(kind),
            "{} of {country}: {kind:?} is taken for {is:?}",
            number.digits()
        );
    }
}

/// What people write at home.
fn usual() -> Vec<(String, Kind, E164)> {
    let of_a_country =
        EXAMPLES.iter().filter(|(country, kind, _)| is_country(country) && matches!(kind, Kind::Fixed | Kind::Mobile));
    of_a_country.cloned().collect()
}

/// Something between two digits.
fn decoration() -> impl Strategy<Value = String> {
    "[ \\-.\u{a0}\u{2009}\u{2011}\u{2013}\u{202f}\u{200b}\u{2060}/]{0,2}"
}

fn dressed(digits: &str, between: &[String]) -> String {
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        out.push(digit);
        out.push_str(&between[at % between.len()]);
    }
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(250))]

    #[test]
    fn case_1_case_22_every_spelling_of_every_countrys_numbers_is_one_number(
        (country, _, number) in select(EXAMPLES.clone()),
        between in proptest::collection::vec(decoration(), 1..5),
        home in select(vec!["GB", "US", "DE", "IT", "CN", "JP", "AU", "BR"]),
        around in select(vec![("", ""), ("\u{202a}", "\u{202c}"), ("tel:", ""), (" ", "\t"), ("\u{2068}", "\u{2069}")]),
    ) {
        let digits = number.digits();
        let code = code_of(digits).unwrap();
        let rest = &digits[code_length(code)..];
        let mut spellings = vec![format!("+{digits}"), format!("+{code} ({rest})")];
        if country.len() == 2 {
            spellings.push(format!("00{digits}"));
        }
        if main(&plans(code)).and_then(Metadata::national_prefix) == Some("0") {
            spellings.push(format!("+{code}(0){rest}"));
            if !in_plan(main(&plans(code)).unwrap(), &format!("0{rest}")) {
                spellings.push(format!("+{code}0{rest}"));
            }
        }
        for spelling in spellings {
            let text = format!("{}{}{}", around.0, dressed(&spelling, &between), around.1);
            prop_assert_eq!(read(&text, Some(home)), Ok(number.clone()), "{:?} of {} in {}", text, country, home);
        }
        prop_assert_eq!(read(&number.grouped(), Some(home)), Ok(number.clone()));
        prop_assert_eq!(read(&number.international(), None), Ok(number));
    }

    #[test]
    fn b5_every_countrys_national_spelling_is_read_at_home(
        (country, _, number) in select(usual()),
        between in proptest::collection::vec(decoration(), 1..5),
    ) {
        let parsed = phonenumber::parse(None, number.international()).unwrap();
        let shown = parsed.format().mode(phonenumber::Mode::National).to_string();
        let text = dressed(&shown.chars().filter(char::is_ascii_digit).collect::<String>(), &between);
        match read(&text, Some(&country)) {
            Ok(read) => prop_assert!(read.same_telephone(&number), "{} of {}: {:?}", text, country, read),
            // Short numbers of small countries may be anybody's: a question is an answer, another number is none.
            Err(PhoneError::Doubt(meant)) => {
                prop_assert!(meant.contains(&number.grouped()), "{} of {}: {:?}", text, country, meant);
            }
            Err(error) => prop_assert!(false, "{} of {}: {:?}", text, country, error),
        }
    }

    #[test]
    fn reading_never_panics_and_reads_its_own_result(text in "\\PC{0,30}|[+0-9() -]{0,24}", home in select(vec!["GB", "US", "IT"])) {
        if let Ok(number) = read(&text, Some(home)) {
            prop_assert_eq!(read(&number.international(), Some(home)), Ok(number.clone()));
            prop_assert_eq!(read(&number.grouped(), Some(home)), Ok(number));
        }
        let _ = search(&text, Some(home));
    }
}

/// Over every example of the plans: what is dear passes nowhere unless it is allowed, and what is not of an allowed country
/// passes not at all.
#[test]
fn f14_the_policy_refuses_every_dear_and_every_foreign_number() {
    use crate::domain::dial_policy::{Policy, Rule};
    let dear = |kind: Kind| {
        matches!(
            kind,
            Kind::Premium
                | Kind::SharedCost
                | Kind::Personal
                | Kind::Uan
                | Kind::Pager
                | Kind::Voicemail
                | Kind::Satellite
        )
    };
    let policy = Policy { countries: ["GB".to_owned(), "US".to_owned()].into(), kinds: [].into() };
    let near = ["GB", "JE", "GG", "IM", "US", "CA", "PR", "VI"];
    let mut passed = 0;
    for (country, kind, number) in EXAMPLES.iter() {
        let regulated = number.digits().starts_with("443");
        match policy.check(target_of(number).as_ref()) {
            Ok(()) => {
                passed += 1;
                assert!(!dear(*kind) || regulated, "{} of {country} is {kind:?}", number.digits());
                let belongs = near.contains(&country.as_str()) || (country == "001" && *kind == Kind::TollFree);
                // Toll-free numbers of North America are of every country of the code.
                let shared = number.digits().starts_with('1') && *kind == Kind::TollFree;
                assert!(belongs || shared, "{} of {country}", number.digits());
            }
            Err(Rule::Country(country)) => assert!(!near.contains(&country.as_str()), "{country}"),
            Err(Rule::Kind(_)) => {}
            Err(rule) => panic!("{} of {country}: {rule}", number.digits()),
        }
    }
    assert!(passed > 10, "{passed}");
    for text in [
        "+44 909 879 0000",
        "+44 871 234 5678",
        "+44 70 1234 5678",
        "+44 118 500",
        "+881 612 345 678",
        "+1 876 555 0123",
        "+220 301 2345",
    ] {
        assert!(policy.check(target_of(&E164::parse(text).unwrap()).as_ref()).is_err(), "{text}");
    }
    for text in [
        "+44 7797 700123",
        "+44 7624 000123",
        "+44 7781 100123",
        "+44 1534 000123",
        "+1 416 555 0123",
        "+1 787 555 0123",
        "+44 7700 900123",
    ] {
        assert_eq!(policy.check(target_of(&E164::parse(text).unwrap()).as_ref()), Ok(()), "{text}");
    }
}
