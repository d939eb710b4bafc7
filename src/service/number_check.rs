//! Is this a telephone number, and of which country? Behind a seam: the platform's Number Insight ends on 2027-02-04.

use std::sync::Arc;

use async_trait::async_trait;

use super::core::Core;
use super::settings::NumberSource;
use crate::domain::numbering::{country_of, kind_of};
use crate::domain::phone::E164;
use crate::vonage;

/// The one that the operator configured.
pub(super) fn of(core: &Core) -> Arc<dyn NumberCheck> {
    match core.settings.private.numbers {
        NumberSource::Local => Arc::new(Local),
        NumberSource::Insight => Arc::new(ByInsight(core.vonage.clone())),
    }
}

/// Knows numbers.
#[async_trait]
pub(super) trait NumberCheck: Send + Sync {
    /// The country, two letters; `None` when there is no such number.
    async fn country(&self, number: &E164) -> Option<String>;
}

/// By numbering plans.
pub(super) struct Local;

#[async_trait]
impl NumberCheck for Local {
    async fn country(&self, number: &E164) -> Option<String> {
        by_plan(number)
    }
}

/// By the platform.
pub(super) struct ByInsight(pub vonage::Client);

#[async_trait]
impl NumberCheck for ByInsight {
    async fn country(&self, number: &E164) -> Option<String> {
        match self.0.number_insight(number).await {
            Ok(Some(insight)) => Some(insight.country),
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(error = %error, "number insight does not answer; the numbering plans decide");
                by_plan(number)
            }
        }
    }
}

/// A number whose country has numbers of its length and beginning.
fn by_plan(number: &E164) -> Option<String> {
    kind_of(number).and_then(|_| country_of(number))
}
