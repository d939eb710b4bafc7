//! What may be dialled: the one place that decides it, for agents, private calls, campaigns, call flows, test calls and
//! call backs alike.
//!
//! Toll fraud is somebody making a business call numbers that pay the caller: premium rates, islands with dear
//! termination, satellite networks. So a number passes only when its country is allowed and its kind is an ordinary one,
//! and the day's calls and money have a limit. Which kind a number is the server's numbering plans know; here is what
//! follows from it. Refusals name the setting that says otherwise.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// Countries that share a dialling code and its rates: allowing one allows all of them. Others that share a code do not
/// share the rates, such as Jamaica or the Dominican Republic with the United States, Kazakhstan with Russia.
const SAME_RATES: [&[&str]; 7] = [
    &["GB", "JE", "GG", "IM"],
    &["US", "CA", "PR", "VI"],
    &["IT", "VA"],
    &["FI", "AX"],
    &["NO", "SJ"],
    &["AU", "CX", "CC"],
    &["FR", "MF"],
];

/// The country code of networks that belong to no country: there only the kind decides.
pub const NO_COUNTRY: &str = "001";

/// Kinds of numbers that are refused unless `CALL_TYPES` allows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DearKind {
    /// The called party gets a share: `+44 909 …`, `+1 900 …`, and services of `+44 87 …`.
    Premium,
    SharedCost,
    /// Follows a person to whatever telephone, at any price: `+44 70 …`.
    Personal,
    /// Universal access numbers, at rates of their own.
    Uan,
    Pager,
    Voicemail,
    /// Satellites, ships, aircraft: `+870`, `+881`, `+882`.
    Satellite,
}

impl DearKind {
    pub const EVERY: [Self; 7] =
        [Self::Premium, Self::SharedCost, Self::Personal, Self::Uan, Self::Pager, Self::Voicemail, Self::Satellite];

    /// The word for it in `CALL_TYPES`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Premium => "premium",
            Self::SharedCost => "shared-cost",
            Self::Personal => "personal",
            Self::Uan => "uan",
            Self::Pager => "pager",
            Self::Voicemail => "voicemail",
            Self::Satellite => "satellite",
        }
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(word.trim()))
    }
}

/// Why a number is not dialled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Emergency numbers, short numbers and directory services are among these.
    #[error("no country has such a number; short numbers and directory services are not dialled")]
    NoSuchNumber,
    /// Two letters.
    #[error("calls to {0} are not allowed; CALL_COUNTRIES says which are")]
    Country(String),
    #[error("{} numbers are not called; CALL_TYPES can allow them", .0.name())]
    Kind(DearKind),
    #[error("this line has placed its {0} calls of this minute (LINE_CALLS_PER_MINUTE)")]
    Line(u32),
    #[error("the {0} calls of this day are used up (CALLS_PER_DAY)")]
    Calls(u32),
    #[error("the {0} texts of this day are used up (TEXTS_PER_DAY)")]
    Texts(u32),
    /// Euros.
    #[error("the {0} euros of the last 24 hours are spent (SPEND_PER_DAY)")]
    Spend(u32),
}

/// What is known of a number before it is dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Two letters, or [`NO_COUNTRY`].
    pub country: String,
    /// `None` for an ordinary number.
    pub dear: Option<DearKind>,
}

/// Which countries and kinds may be dialled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// Two letters each.
    pub countries: BTreeSet<String>,
    pub kinds: BTreeSet<DearKind>,
}

impl Policy {
    /// Whether a number may be dialled; `target` is `None` when no plan has it.
    ///
    /// # Errors
    /// The rule that forbids it. The kind is looked at first: it is the worse of two reasons.
    pub fn check(&self, target: Option<&Target>) -> Result<(), Rule> {
        let Some(Target { country, dear }) = target else { return Err(Rule::NoSuchNumber) };
        if let Some(kind) = dear
            && !self.kinds.contains(kind)
        {
            return Err(Rule::Kind(*kind));
        }
        if country == NO_COUNTRY || self.allows(country) { Ok(()) } else { Err(Rule::Country(country.clone())) }
    }

    fn allows(&self, country: &str) -> bool {
        self.countries.contains(country) || same_rates(country).iter().any(|country| self.countries.contains(*country))
    }
}

/// The countries that share a code and its rates with this one, itself among them; empty when none does.
#[must_use]
pub fn same_rates(country: &str) -> &'static [&'static str] {
    SAME_RATES.iter().find(|family| family.contains(&country)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(countries: &[&str], kinds: &[DearKind]) -> Policy {
        Policy {
            countries: countries.iter().map(|country| (*country).to_owned()).collect(),
            kinds: kinds.iter().copied().collect(),
        }
    }

    fn target(country: &str, dear: Option<DearKind>) -> Target {
        Target { country: country.into(), dear }
    }

    #[test]
    fn case_31_one_dialling_code_at_one_rate_is_one_country() {
        let british = policy(&["GB"], &[]);
        for country in ["GB", "JE", "GG", "IM"] {
            assert_eq!(british.check(Some(&target(country, None))), Ok(()), "{country}");
        }
        let american = policy(&["US"], &[]);
        for country in ["US", "CA", "PR", "VI"] {
            assert_eq!(american.check(Some(&target(country, None))), Ok(()), "{country}");
        }
        for country in ["JM", "DO", "BS", "BB", "TT", "AG", "KY"] {
            assert_eq!(american.check(Some(&target(country, None))), Err(Rule::Country(country.into())));
        }
        assert_eq!(policy(&["RU"], &[]).check(Some(&target("KZ", None))), Err(Rule::Country("KZ".into())));
        assert_eq!(policy(&["JE"], &[]).check(Some(&target("GB", None))), Ok(()));
    }

    #[test]
    fn f14_dear_kinds_are_refused_unless_allowed_wherever_they_are() {
        for kind in DearKind::EVERY {
            assert_eq!(DearKind::parse(kind.name()), Some(kind));
            let number = target("GB", Some(kind));
            assert_eq!(policy(&["GB"], &[]).check(Some(&number)), Err(Rule::Kind(kind)));
            assert_eq!(policy(&["GB"], &[kind]).check(Some(&number)), Ok(()));
            assert_eq!(policy(&["DE"], &[kind]).check(Some(&number)), Err(Rule::Country("GB".into())));
        }
        let satellite = target(NO_COUNTRY, Some(DearKind::Satellite));
        assert_eq!(policy(&["GB"], &[]).check(Some(&satellite)), Err(Rule::Kind(DearKind::Satellite)));
        assert_eq!(policy(&["GB"], &[DearKind::Satellite]).check(Some(&satellite)), Ok(()));
        assert_eq!(policy(&["GB"], &[]).check(None), Err(Rule::NoSuchNumber));
    }

    #[test]
    fn f14_refusals_name_the_setting() {
        for (rule, setting) in [
            (Rule::Country("JM".into()), "CALL_COUNTRIES"),
            (Rule::Kind(DearKind::Premium), "CALL_TYPES"),
            (Rule::Line(3), "LINE_CALLS_PER_MINUTE"),
            (Rule::Calls(3), "CALLS_PER_DAY"),
            (Rule::Texts(3), "TEXTS_PER_DAY"),
            (Rule::Spend(3), "SPEND_PER_DAY"),
        ] {
            assert!(rule.to_string().contains(setting), "{rule}");
        }
    }
}
