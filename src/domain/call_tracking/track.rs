//! What a call that is being answered is to be counted for.

use serde::{Deserialize, Serialize};

/// What a call that is being answered is to be counted for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Track {
    /// It dialled a number of a campaign.
    Number {
        campaign: String,
        /// Digits.
        number: String,
        /// What the campaign says of its visitors, for a caller of whom nothing better is known.
        source: String,
        medium: String,
        /// The caller is on the block list.
        blocked: bool,
    },
    /// It comes from a visit of the support page, which a campaign may have brought.
    Visit { visit: String },
}
