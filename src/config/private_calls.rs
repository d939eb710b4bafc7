//! Private calls.

use clap::Args;

use crate::domain::private_calls::brake::Brake;

/// Private calls.
#[derive(Debug, Clone, Args)]
pub struct PrivateCalls {
    /// How many minutes a person of private calls does not get a number again that they had. Without it the number that
    /// they have not had for the longest time comes first, which is enough unless numbers are scarce.
    #[arg(
        id = "PRIVATE_COOL_OFF_MINUTES",
        long = "private-cool-off-minutes",
        env = "PRIVATE_COOL_OFF_MINUTES",
        default_value_t = 0,
        help_heading = "Private calls"
    )]
    pub cool_off_minutes: u32,
    /// How many days after its end a private conversation still says who it was; then numbers, names and texts go.
    #[arg(
        id = "PRIVATE_RETENTION_DAYS",
        long = "private-retention-days",
        env = "PRIVATE_RETENTION_DAYS",
        default_value_t = 90,
        help_heading = "Private calls"
    )]
    pub retention_days: u32,
    /// How often a minute the two of a private conversation may text each other, so that two machines do not answer each
    /// other for ever; 0 is no limit.
    #[arg(id = "PRIVATE_TEXTS_PER_MINUTE", long = "private-texts-per-minute", env = "PRIVATE_TEXTS_PER_MINUTE", default_value_t = Brake::default().a_minute, help_heading = "Private calls")]
    pub texts_per_minute: u32,
    /// How often an hour somebody may text the same words to a masking number; 0 is no limit.
    #[arg(id = "PRIVATE_SAME_TEXTS_PER_HOUR", long = "private-same-texts-per-hour", env = "PRIVATE_SAME_TEXTS_PER_HOUR", default_value_t = Brake::default().same_an_hour, help_heading = "Private calls")]
    pub same_texts_per_hour: u32,
    /// Who says whether a number is one: the platform's Number Insight (which ends in February 2027), or the numbering
    /// plans that this program brings along.
    #[arg(long, env = "NUMBER_CHECK", value_enum, default_value_t = NumberCheck::Insight, help_heading = "Private calls")]
    pub number_check: NumberCheck,
}

/// Who says whether a number is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum NumberCheck {
    Insight,
    Local,
}
