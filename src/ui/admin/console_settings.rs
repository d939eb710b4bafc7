//! What agents choose from, and the rules of their console: a page for each of the two lists, and one for the rules.

mod away_reasons;
mod dispositions;
mod entries;
mod page;
mod rules;

pub use away_reasons::AwayReasons;
pub use dispositions::Dispositions;
pub use rules::Rules;
