//! What every use case works with: the database, the platform, the time, chance, and what the operator configured.

use std::sync::Arc;

use super::business::in_force::InForce;
use super::clock::Clock;
use super::random::Random;
use super::settings::Settings;
use crate::domain::call_tracking::zone::Zone;
use crate::store::Store;
use crate::vonage;

/// The ports of the use cases. One for all of them: each holds an [`Arc`] of it.
pub(super) struct Core {
    pub(super) store: Store,
    /// With an application, whose key mints the visitors' tokens.
    pub(super) vonage: vonage::Client,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) settings: Settings,
    pub(super) business: InForce,
}

impl Core {
    /// The time zone of the business.
    pub(super) fn zone(&self) -> Arc<Zone> {
        self.business.zone()
    }
}

/// Our own fault: the database is gone or does not do what it must. What a visitor or an operator did wrong is never
/// this, but a value of its own.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    /// Hashing failed, a task died: a defect of ours.
    #[error("{0}")]
    Internal(&'static str),
    /// A call flow cannot be run for this caller.
    #[error("{0}")]
    Flow(String),
}

impl From<ServiceError> for crate::domain::trouble::Trouble {
    fn from(error: ServiceError) -> Self {
        tracing::error!(error = %error, "an operator's request failed");
        Self::Ours
    }
}

/// Keys the hashes of addresses. New at each start, so that they cannot be compared for longer than that.
pub(super) fn salt(core: &Core) -> [u8; 32] {
    let mut salt = [0; 32];
    core.random.bytes(&mut salt);
    salt
}
