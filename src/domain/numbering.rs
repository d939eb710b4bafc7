//! The numbering plans of all countries, and the reader of what people write into a field for a number.
//!
//! **One reader.** Every field of every page, interface, setting and command goes through [`read`]; what comes from the
//! platform or the database, which is always digits with a country code, goes through [`E164::parse`]. The plans are
//! those of the `phonenumber` crate (Google's libphonenumber), which the browser does without.
//!
//! A number is read so:
//!
//! 1. The decoration goes, an extension is refused by name ([`Written::read`]).
//! 2. After `+`, `00` or the business's own prefix for abroad (`011`) comes a country code. A trunk zero behind it goes,
//!    bracketed or not, except where it belongs to the number, as in Italy.
//! 3. Without that, a number written as people write it in the business's country is of that country.
//! 4. What remains must be digits with a country code. If they may as well be somebody's number without one, the answer
//!    is a question: `2025550123` is a Washington number without its 1 far more often than one in Cairo.

use phonenumber::metadata::{DATABASE, Descriptor, Metadata};

use super::dial_policy::{DearKind, Target};
use super::phone::{E164, PhoneError, Written};

/// What a number costs and whom it reaches, by its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    Fixed,
    Mobile,
    /// Where fixed and mobile numbers look the same, as in North America.
    FixedOrMobile,
    Voip,
    TollFree,
    Premium,
    SharedCost,
    Personal,
    Pager,
    /// A company's number for the whole country, often at a rate of its own.
    Uan,
    Voicemail,
    /// Networks that belong to no country: satellites, ships, aircraft.
    Satellite,
    /// In its country's plan, and in no range that is in use.
    Unassigned,
}

/// Reads a number as people write it. `home` is the business's country, two letters: what is written without a country
/// code is of that country.
///
/// # Errors
/// What is wrong with it, for the person who wrote it.
pub fn read(text: &str, home: Option<&str>) -> Result<E164, PhoneError> {
    let written = Written::read(text)?;
    let home = home.and_then(|id| DATABASE.by_id(id));
    if let Some((digits, zero)) = international(&written, home) {
        return complete(&settled(digits, zero, true));
    }
    let digits = written.digits.as_str();
    let national = home.and_then(|plan| national(digits, plan));
    if digits.starts_with('0') {
        return match (national, home) {
            (Some(number), _) => E164::parse(&number),
            (None, Some(plan)) if plan.national_prefix() == Some("0") || in_plan(plan, digits) => {
                Err(PhoneError::Incomplete(plan.id().to_owned()))
            }
            _ => Err(PhoneError::NoCountryCode),
        };
    }
    let whole = settled(digits, written.bracketed_zero, false);
    let known = code_of(&whole).is_some_and(|code| possible_digits(code, &whole));
    let at_home = home.is_some_and(|plan| code_of(&whole) == Some(plan.country_code()));
    match national {
        _ if known && at_home => return E164::parse(&whole),
        // Both are numbers: people at home write their own numbers without a country code.
        Some(number) if !known || kind(&number).is_some_and(|kind| kind != Kind::Unassigned) => {
            return E164::parse(&number);
        }
        _ => {}
    }
    let mut meant: Vec<String> = Vec::new();
    if let Some(plan) = home
        && in_plan(plan, digits)
    {
        meant.push(format!("{}{digits}", plan.country_code()));
    }
    let in_use = |digits: &str| kind(digits).is_some_and(|kind| kind != Kind::Unassigned);
    let american = format!("1{digits}");
    if digits.len() == 10 && !meant.contains(&american) && in_use(&american) {
        meant.push(american);
    }
    // What is in use is the likelier one.
    meant.sort_by_key(|digits| !in_use(digits));
    if known && (meant.is_empty() || digits.len() != 10) {
        return E164::parse(&whole);
    }
    if meant.is_empty() {
        return complete(&whole);
    }
    meant.extend(known.then_some(whole));
    Err(PhoneError::Doubt(meant.iter().map(|digits| super::phone::grouped(digits)).collect()))
}

/// Digits for SQL's `LIKE`, with a `%` where carriers add or drop some, that find what somebody looks for: a number in
/// full or in part, written as people write it. `None` when the text is no number.
#[must_use]
pub fn search(text: &str, home: Option<&str>) -> Option<String> {
    if let Ok(number) = read(text, home) {
        return Some(number.pattern());
    }
    let written = Written::read(text).ok()?;
    let home = home.and_then(|id| DATABASE.by_id(id));
    if let Some((digits, zero)) = international(&written, home) {
        return Some(settled(digits, zero, true)).filter(|digits| !digits.is_empty());
    }
    let digits = settled(&written.digits, written.bracketed_zero, false);
    // `07700 9…`: the database has no zero in front.
    let trunk = home.and_then(Metadata::national_prefix).filter(|prefix| prefix.starts_with('0'));
    let part = trunk.and_then(|prefix| digits.strip_prefix(prefix)).filter(|part| !part.is_empty());
    Some(part.unwrap_or(&digits).to_owned())
}

/// The country, two letters such as `GB`; `001` for networks that belong to none; `None` for a number of no country.
#[must_use]
pub fn country_of(number: &E164) -> Option<String> {
    let code = code_of(number.digits())?;
    let plans = plans(code);
    let plan = plan_of(code, &number.digits()[code_length(code)..]).or_else(|| main(&plans))?;
    Some(plan.id().to_owned())
}

/// What kind of number it is; `None` when its country has no number of this length and beginning.
#[must_use]
pub fn kind_of(number: &E164) -> Option<Kind> {
    kind(number.digits())
}

/// What the dial policy decides by; `None` when no plan has the number.
#[must_use]
pub fn target_of(number: &E164) -> Option<Target> {
    let dear = match kind_of(number)? {
        Kind::Premium => Some(DearKind::Premium),
        Kind::SharedCost => Some(DearKind::SharedCost),
        Kind::Personal => Some(DearKind::Personal),
        Kind::Uan => Some(DearKind::Uan),
        Kind::Pager => Some(DearKind::Pager),
        Kind::Voicemail => Some(DearKind::Voicemail),
        Kind::Satellite => Some(DearKind::Satellite),
        Kind::Fixed | Kind::Mobile | Kind::FixedOrMobile | Kind::Voip | Kind::TollFree | Kind::Unassigned => None,
    };
    Some(Target { country: country_of(number)?, dear })
}

/// Whether two letters are a country that we know.
#[must_use]
pub fn is_country(id: &str) -> bool {
    id.len() == 2 && DATABASE.by_id(id).is_some()
}

/// The digits behind `+`, `00` or what is dialled for abroad at home, and where in them a bracketed zero is.
fn international<'a>(written: &'a Written, home: Option<&Metadata>) -> Option<(&'a str, Option<usize>)> {
    let digits = written.digits.as_str();
    let behind = |length: usize| {
        let zero = written.bracketed_zero.and_then(|at| at.checked_sub(length));
        (&digits[length..], zero)
    };
    if written.plus {
        return Some(behind(if digits.starts_with("00") { 2 } else { 0 }));
    }
    let dialled = |length: usize| {
        let (rest, zero) = behind(length);
        let whole = settled(rest, zero, true);
        code_of(&whole).is_some_and(|code| possible_digits(code, &whole))
    };
    if digits.starts_with("00") {
        // Australia dials 0011.
        let longer = home.and_then(|plan| abroad(plan, digits)).filter(|length| *length > 2 && dialled(*length));
        return Some(behind(longer.filter(|_| !dialled(2)).unwrap_or(2)));
    }
    let prefix = home.and_then(|plan| abroad(plan, digits).filter(|_| national(digits, plan).is_none()));
    let american =
        || digits.starts_with("011").then_some(3).filter(|_| home.is_none_or(|plan| national(digits, plan).is_none()));
    let length = prefix.or_else(american)?;
    dialled(length).then(|| behind(length))
}

/// How many of the digits are the prefix for abroad.
fn abroad(plan: &Metadata, digits: &str) -> Option<usize> {
    let found = plan.international_prefix()?.find(digits)?;
    (found.start() == 0 && found.end() > 0 && found.end() < digits.len()).then(|| found.end())
}

/// Digits with a country code, without the trunk prefix that people leave behind it. Unless it is `certain` that there is
/// a country code, only when a number remains.
fn settled(digits: &str, bracketed_zero: Option<usize>, certain: bool) -> String {
    let Some(code) = code_of(digits) else { return digits.to_owned() };
    let (head, rest) = digits.split_at(code_length(code));
    let plans = plans(code);
    let fits = |rest: &str| plans.iter().any(|plan| in_plan(plan, rest));
    let prefix = main(&plans).and_then(Metadata::national_prefix);
    let bracketed = bracketed_zero == Some(head.len());
    if fits(rest) && !(bracketed && prefix == Some("0")) {
        return digits.to_owned();
    }
    let without = prefix.and_then(|prefix| rest.strip_prefix(prefix));
    let without = without.filter(|without| prefix == Some("0") && (certain || bracketed) || fits(without));
    let without = without.or_else(|| rest.strip_prefix('0').filter(|without| bracketed && fits(without)));
    without.map_or_else(|| digits.to_owned(), |without| format!("{head}{without}"))
}

/// A number as people at home write it, with its country code: behind the trunk prefix, or without one where none is
/// written.
fn national(digits: &str, plan: &Metadata) -> Option<String> {
    let code = plan.country_code();
    if let Some(rest) = plan.national_prefix().and_then(|prefix| digits.strip_prefix(prefix))
        && in_plan(plan, rest)
    {
        return Some(format!("{code}{rest}"));
    }
    // Other prefixes, and those that change the number, as the 15 of mobiles in Argentina.
    if plan.national_prefix_for_parsing().is_some()
        && let Ok(id) = plan.id().parse()
        && let Ok(number) = phonenumber::parse(Some(id), digits)
        && number.code().value() == code
    {
        let rest = number.national().to_string();
        if rest != digits && in_plan(plan, &rest) {
            return Some(format!("{code}{rest}"));
        }
    }
    if !in_plan(plan, digits) {
        return None;
    }
    let number = phonenumber::parse(None, format!("+{code}{digits}")).ok()?;
    let shown = number.format().mode(phonenumber::Mode::National).to_string();
    shown.bytes().filter(u8::is_ascii_digit).eq(digits.bytes()).then(|| format!("{code}{digits}"))
}

/// The number, when its country has numbers of this length and beginning.
fn complete(digits: &str) -> Result<E164, PhoneError> {
    let number = E164::parse(digits)?;
    let Some(code) = code_of(digits) else { return Err(PhoneError::NoCountry) };
    if possible_digits(code, digits) {
        return Ok(number);
    }
    let country = main(&plans(code)).map(|plan| plan.id().to_owned()).unwrap_or_default();
    Err(PhoneError::Incomplete(country))
}

/// Also in the other form that carriers know it by: what a plan has changed is still written the old way.
fn possible_digits(code: u16, digits: &str) -> bool {
    let Ok(number) = E164::parse(digits) else { return false };
    let plans = plans(code);
    number.spellings().iter().any(|number| {
        let rest = &number.digits()[code_length(code)..];
        plans.iter().any(|plan| in_plan(plan, rest))
    })
}

/// The country code at the beginning; no code is the beginning of another.
fn code_of(digits: &str) -> Option<u16> {
    let mut codes = (1..=3).filter_map(|length| digits.get(..length)?.parse().ok());
    codes.find(|code: &u16| *code > 0 && DATABASE.region(code).is_some())
}

fn code_length(code: u16) -> usize {
    match code {
        0..=9 => 1,
        10..=99 => 2,
        _ => 3,
    }
}

fn plans(code: u16) -> Vec<&'static Metadata> {
    DATABASE.by_code(&code).unwrap_or_default()
}

fn main<'a>(plans: &[&'a Metadata]) -> Option<&'a Metadata> {
    plans.iter().find(|plan| plan.is_main_country_for_code()).or(plans.first()).copied()
}

/// Of a length and with a beginning that the plan has. Numbers that are kept for fiction are.
fn in_plan(plan: &Metadata, national: &str) -> bool {
    matches(Some(plan.descriptors().general()), national)
}

fn matches(descriptor: Option<&Descriptor>, national: &str) -> bool {
    let Some(descriptor) = descriptor else { return false };
    let whole = |pattern: &str| pattern.len() == national.len();
    descriptor.is_match(national)
        && descriptor.national_number().find(national).is_some_and(|found| whole(found.as_str()))
}

/// The plan, of those that share a code, in which the number is in use.
fn plan_of(code: u16, national: &str) -> Option<&'static Metadata> {
    let plans = plans(code);
    if let [plan] = plans.as_slice() {
        return Some(plan);
    }
    let leads = |plan: &Metadata| {
        plan.leading_digits().is_some_and(|lead| lead.find(national).is_some_and(|found| found.start() == 0))
    };
    let own = plans.iter().find(|plan| leads(plan));
    let by_kind = || plans.iter().find(|plan| plan.leading_digits().is_none() && kind_in(plan, national).is_some());
    own.or_else(by_kind).copied()
}

fn kind(digits: &str) -> Option<Kind> {
    let code = code_of(digits)?;
    let rest = &digits[code_length(code)..];
    match code {
        870 | 878 | 881..=883 | 888 => return Some(Kind::Satellite),
        979 => return Some(Kind::Premium),
        _ => {}
    }
    if !possible_digits(code, digits) {
        return None;
    }
    let all = plans(code);
    let plan = plan_of(code, rest).or_else(|| main(&all))?;
    // The United Kingdom's 03 costs what 01 and 02 cost, by regulation.
    if code == 44 && rest.starts_with('3') {
        return Some(Kind::Fixed);
    }
    let forms = E164::parse(digits).map(|number| number.spellings()).unwrap_or_default();
    let known = forms.iter().find_map(|number| kind_in(plan, &number.digits()[code_length(code)..]));
    Some(known.unwrap_or_else(|| neighbours(plan, rest)))
}

fn kind_in(plan: &Metadata, national: &str) -> Option<Kind> {
    let of = plan.descriptors();
    // The dear ones first: where two patterns overlap, caution decides.
    let kinds = [
        (Kind::Premium, of.premium_rate()),
        (Kind::SharedCost, of.shared_cost()),
        (Kind::Personal, of.personal_number()),
        (Kind::Pager, of.pager()),
        (Kind::Uan, of.uan()),
        (Kind::Voicemail, of.voicemail()),
        (Kind::TollFree, of.toll_free()),
        (Kind::Voip, of.voip()),
    ];
    if !in_plan(plan, national) {
        return None;
    }
    if let Some((kind, _)) = kinds.into_iter().find(|(_, descriptor)| matches(*descriptor, national)) {
        return Some(kind);
    }
    match (matches(of.fixed_line(), national), matches(of.mobile(), national)) {
        (true, true) => Some(Kind::FixedOrMobile),
        (true, false) => Some(Kind::Fixed),
        (false, true) => Some(Kind::Mobile),
        (false, false) => None,
    }
}

/// A number in no range that is in use: as dear as the ranges around it, for a plan grows before this program learns of
/// it, and unused ranges are where fraud is charged.
fn neighbours(plan: &Metadata, national: &str) -> Kind {
    let of = plan.descriptors();
    let begins = |descriptor: Option<&Descriptor>, length: usize| {
        descriptor
            .and_then(Descriptor::example)
            .is_some_and(|example| example.get(..length).is_some_and(|beginning| national.starts_with(beginning)))
    };
    let dear = [
        (Kind::Premium, of.premium_rate()),
        (Kind::SharedCost, of.shared_cost()),
        (Kind::Personal, of.personal_number()),
        (Kind::Uan, of.uan()),
    ];
    let plain = [of.fixed_line(), of.mobile(), of.voip(), of.toll_free()];
    for length in [2, 1] {
        if plain.iter().any(|descriptor| begins(*descriptor, length)) {
            return Kind::Unassigned;
        }
        if let Some((kind, _)) = dear.iter().find(|(_, descriptor)| begins(*descriptor, length)) {
            return *kind;
        }
    }
    Kind::Unassigned
}

/// Example numbers of every country and kind, for tests: country, kind, number.
#[cfg(test)]
pub(crate) fn examples() -> Vec<(String, Kind, E164)> {
    let mut out = Vec::new();
    for plan in DATABASE.iter() {
        let of = plan.descriptors();
        for (kind, descriptor) in [
            (Kind::Fixed, of.fixed_line()),
            (Kind::Mobile, of.mobile()),
            (Kind::Voip, of.voip()),
            (Kind::TollFree, of.toll_free()),
            (Kind::Premium, of.premium_rate()),
            (Kind::SharedCost, of.shared_cost()),
            (Kind::Personal, of.personal_number()),
            (Kind::Pager, of.pager()),
            (Kind::Uan, of.uan()),
            (Kind::Voicemail, of.voicemail()),
        ] {
            let Some(example) = descriptor.and_then(Descriptor::example) else { continue };
            if !matches(descriptor, example) || !in_plan(plan, example) {
                continue;
            }
            let digits = format!("{}{example}", plan.country_code());
            if let Ok(number) = E164::parse(&digits) {
                out.push((plan.id().to_owned(), kind, number));
            }
        }
    }
    out.sort();
    out
}

#[cfg(test)]
mod tests;
