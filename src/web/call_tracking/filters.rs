//! What reports and lists of tracked calls may be asked for, as parameters of the address.

use utoipa::IntoParams;
use utoipa::openapi::Required;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};

use crate::web::openapi::parts::words;

/// A parameter: its name, what a value of it is, and its meaning.
pub(in crate::web) type Filter = (&'static str, Kind, &'static str);

/// What a value is.
#[derive(Debug, Clone, Copy)]
pub(in crate::web) enum Kind {
    Text,
    Date,
    /// From the first to the last, both included.
    Number(u32, u32),
    /// One of these.
    Words(&'static [&'static str]),
}

/// What both may be asked for.
pub(in crate::web) const BOTH: [Filter; 6] = [
    (
        "from",
        Kind::Date,
        "The first day of the period, in the time zone of the business. Without it the period is the 30 days until its last day.",
    ),
    ("to", Kind::Date, "The last day of the period; it is part of it. Without it the period ends today."),
    ("campaign", Kind::Text, "The id of a campaign. Only its calls are counted."),
    (
        "source",
        Kind::Text,
        "The source of a campaign, such as `google`. Only calls to campaigns of this source are counted.",
    ),
    (
        "medium",
        Kind::Text,
        "The medium of a campaign, such as `cpc`. Only calls to campaigns of this medium are counted.",
    ),
    (
        "number",
        Kind::Text,
        "The number of yours that was dialled, or `browser` for calls with the Call now button of the support page.",
    ),
];

/// What only a list of calls may be asked for.
pub(in crate::web) const CALLS: [Filter; 8] = [
    (
        "spam",
        Kind::Words(&["no", "only", "all"]),
        "Whether calls that are taken for spam are left out (`no`, the default), the only ones, or among the others (`all`).",
    ),
    ("outcome", Kind::Words(&["answered", "missed", "running"]), "How the calls ended, or that they go on."),
    ("hour", Kind::Number(0, 23), "The hour of the day in which the calls came, in the time zone of the business."),
    ("weekday", Kind::Number(0, 6), "The day of the week on which the calls came: 0 is Monday, 6 is Sunday."),
    (
        "first",
        Kind::Words(&["yes", "no"]),
        "Whether it was the caller's first call to the campaign (`yes`) or a later one (`no`).",
    ),
    ("caller", Kind::Text, "A part of the caller's number."),
    ("before", Kind::Text, "The `next` of the page before: the answer goes on after that page."),
    ("limit", Kind::Number(1, 1000), "How many calls a page has. Without it a page has 50."),
];

/// What only a report may be asked for.
pub(in crate::web) const REPORT: [Filter; 2] = [
    (
        "spam",
        Kind::Words(&["only"]),
        "With `only` the report is about the calls that are taken for spam, instead of the others.",
    ),
    (
        "versus",
        Kind::Words(&["none", "before", "year"]),
        "The period to compare with: as many days just before, or the same days a year earlier.",
    ),
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

fn parameter((name, kind, meaning): &Filter) -> Parameter {
    ParameterBuilder::new()
        .name(*name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(*meaning))
        .schema(Some(schema(*kind)))
        .build()
}

fn schema(kind: Kind) -> ObjectBuilder {
    let text = ObjectBuilder::new().schema_type(Type::String);
    match kind {
        Kind::Text => text,
        Kind::Date => text.format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))),
        Kind::Number(from, to) => ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(from)).maximum(Some(to)),
        Kind::Words(all) => words(all),
    }
}
