//! What agents choose from, and the rules of their console: a page for each of the two lists, one for the rules, and one for
//! the numbers that are shown when agents call out.

mod away_reasons;
mod caller_id;
mod dispositions;
mod entries;
mod page;
mod rules;

pub use away_reasons::AwayReasons;
pub use caller_id::CallerId;
pub use dispositions::Dispositions;
pub use rules::Rules;
