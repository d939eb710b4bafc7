//! What may be dialled, and how much of it.

use std::collections::BTreeSet;

use clap::Args;

use super::Config;
use crate::domain::dial_policy::DearKind;

/// What may be dialled.
#[derive(Debug, Clone, Args)]
pub struct Dialling {
    /// The countries that may be called, by agents, private calls, campaigns and call flows: two letters each, separated by
    /// commas. Those that share a code and its rates count as one (GB with Jersey, Guernsey and the Isle of Man; US with
    /// Canada, Puerto Rico and the Virgin Islands). Without it: those of our numbers, and COUNTRY.
    #[arg(long, env = "CALL_COUNTRIES", value_delimiter = ',', help_heading = "What may be dialled")]
    pub call_countries: Vec<String>,
    /// Types of numbers that may be called although they are dear, separated by commas: premium, shared-cost, personal,
    /// uan, pager, voicemail, satellite. None, unless named here.
    #[arg(long, env = "CALL_TYPES", value_delimiter = ',', help_heading = "What may be dialled")]
    pub call_types: Vec<String>,
    /// How many calls one agent may place in a minute.
    #[arg(long, env = "AGENT_CALLS_PER_MINUTE", default_value_t = 10, help_heading = "What may be dialled")]
    pub agent_calls_per_minute: u32,
    /// How many calls one agent may place in an hour.
    #[arg(long, env = "AGENT_CALLS_PER_HOUR", default_value_t = 100, help_heading = "What may be dialled")]
    pub agent_calls_per_hour: u32,
    /// How many calls one agent may place in 24 hours.
    #[arg(long, env = "AGENT_CALLS_PER_DAY", default_value_t = 400, help_heading = "What may be dialled")]
    pub agent_calls_per_day: u32,
    /// How many telephone calls one line (the support line, a campaign, the private calls, …) may place in a minute; 0 for
    /// no limit.
    #[arg(long, env = "LINE_CALLS_PER_MINUTE", default_value_t = 0, help_heading = "What may be dialled")]
    pub line_calls_per_minute: u32,
    /// How many telephone calls all lines together may place in a day of TIME_ZONE; 0 for no limit. Callers of the support
    /// line and of campaigns are among them: when it is reached, they hear that the call cannot be placed.
    #[arg(long, env = "CALLS_PER_DAY", default_value_t = 0, help_heading = "What may be dialled")]
    pub calls_per_day: u32,
    /// How many texts (those of private conversations that are passed on, invitations, and what senders are told) may be
    /// sent in a day of TIME_ZONE; 0 for no limit.
    #[arg(long, env = "TEXTS_PER_DAY", default_value_t = 0, help_heading = "What may be dialled")]
    pub texts_per_day: u32,
    /// How many euros calls may cost in 24 hours, as far as the platform has told their prices: a call under way is not
    /// ended. 0 for no limit.
    #[arg(long, env = "SPEND_PER_DAY", default_value_t = 0, help_heading = "What may be dialled")]
    pub spend_per_day: u32,
}

impl Config {
    /// The dear kinds of numbers that may be called.
    #[must_use]
    pub fn call_kinds(&self) -> BTreeSet<DearKind> {
        self.dialling.call_types.iter().filter_map(|word| DearKind::parse(word)).collect()
    }
}
