//! Who hears at once that a call changed. One process, one channel; a listener that is too slow is told that it lost
//! events and reads the present state instead.

use tokio::sync::{broadcast, watch};

use super::{LiveEvent, ServiceError, Services};

impl Services {
    /// Every change of every call from now on, after it is durable. A receiver that lags gets
    /// [`broadcast::error::RecvError::Lagged`] and should read the state again.
    #[must_use]
    pub fn live(&self) -> broadcast::Receiver<LiveEvent> {
        self.inner.store.live()
    }

    /// Changes whenever webhooks were stored, also those that changed no call.
    #[must_use]
    pub fn stored(&self) -> watch::Receiver<u64> {
        self.inner.store.stored()
    }

    /// Where the newest call of a visit is now, for a listener that has just come or lost something. Subscribe first,
    /// then ask: an event in between is then heard twice instead of never; `version` tells which is newer.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn visit_call(&self, visit: &str) -> Result<Option<LiveEvent>, ServiceError> {
        Ok(self.inner.store.call_of_visit(visit).await?)
    }
}
