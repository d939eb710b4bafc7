//! What reports and lists of tracked calls may be asked for, as parameters of the address.

use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::{PartialSchema as _, openapi::Required};

/// Name and meaning of what both may be asked for.
pub(in crate::web) const BOTH: [(&str, &str); 6] = [
    ("from", "first day, where the business is: 2026-11-01; without it the last 30 days"),
    ("to", "last day, included"),
    ("campaign", "its id"),
    ("source", "of the campaign"),
    ("medium", "of the campaign"),
    ("number", "the number that was dialled; `browser` for Call now"),
];

/// Name and meaning of what only a list of calls may be asked for.
pub(in crate::web) const CALLS: [(&str, &str); 8] = [
    ("spam", "`no` (default), `only` or `all`"),
    ("outcome", "`answered`, `missed` or `running`"),
    ("hour", "0 to 23"),
    ("weekday", "0 (Monday) to 6"),
    ("first", "`yes`: the caller's first call to the campaign; `no`: a later one"),
    ("caller", "part of the caller's number"),
    ("before", "`next` of the page before"),
    ("limit", "at most 1000; 50 without it"),
];

/// Name and meaning of what only a report may be asked for.
pub(in crate::web) const REPORT: [(&str, &str); 2] = [
    ("spam", "`only`: the spam calls, instead of the others"),
    ("versus", "`before` or `year`: the period to compare with"),
];

/// The parameters of a list of calls.
pub(super) enum CallFilters {}

impl IntoParams for CallFilters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        BOTH.iter().chain(&CALLS).map(parameter).collect()
    }
}

/// The parameters of a report.
pub(super) enum ReportFilters {}

impl IntoParams for ReportFilters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        BOTH.iter().chain(&REPORT).map(parameter).collect()
    }
}

fn parameter((name, meaning): &(&str, &str)) -> Parameter {
    ParameterBuilder::new()
        .name(*name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(*meaning))
        .schema(Some(String::schema()))
        .build()
}
