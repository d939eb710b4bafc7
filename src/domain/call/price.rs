//! What a call costs: the platform's prices, read and added up.

use serde::{Deserialize, Serialize};

use super::Call;

/// Money in hundred-millionths of a euro: the platform writes eight decimals ("0.00015000").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Price(pub i64);

impl Price {
    /// Reads the platform's decimal text; `None` for anything else, for a price is never worth refusing a webhook.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        if whole.is_empty() || whole.len() > 9 || fraction.len() > 8 {
            return None;
        }
        if !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        format!("{whole}{fraction:0<8}").parse().ok().map(Self)
    }
}

impl Call {
    /// What the call cost so far: every leg is charged by itself.
    #[must_use]
    pub fn price(&self) -> Option<Price> {
        let prices: Vec<i64> = self.legs.values().filter_map(|leg| leg.price).map(|price| price.0).collect();
        (!prices.is_empty()).then(|| Price(prices.iter().sum()))
    }
}
