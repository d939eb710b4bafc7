//! The guide to the first call, and which of its steps the operator skips.

use std::collections::BTreeSet;

use super::Setup;
use crate::domain::checklist::{Guided, Step, guide};
use crate::service::core::ServiceError;

/// The setting that holds the names of the skipped steps, with commas between them.
const SKIPPED: &str = "setup-skipped";

impl Setup {
    /// Every step with its checks, as the platform has them now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn guide(&self) -> Result<Vec<Guided>, ServiceError> {
        let skipped = self.skipped().await?;
        Ok(guide(&self.checklist().await, &skipped))
    }

    /// Skips a step, or takes that back.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn skip(&self, step: Step, skip: bool) -> Result<(), ServiceError> {
        let mut skipped = self.skipped().await?;
        if skip {
            skipped.insert(step)
        } else {
            skipped.remove(&step)
        };
        let names: Vec<&str> = skipped.into_iter().map(Step::name).collect();
        Ok(self.core.store.settings().put(SKIPPED, &names.join(","), self.core.clock.now_ms()).await?)
    }

    async fn skipped(&self) -> Result<BTreeSet<Step>, ServiceError> {
        let names = self.core.store.settings().find(SKIPPED).await?.unwrap_or_default();
        // A name that another version wrote is none of ours.
        Ok(names.split(',').filter_map(Step::parse).collect())
    }
}
