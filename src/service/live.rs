//! Who hears at once that a call changed. One process, one channel; a listener that is too slow is told that it lost
//! events and reads the present state instead.

use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use super::core::{Core, ServiceError};
use crate::store::LiveEvent;

/// Who hears at once that a call changed. Cheap to clone, as every use case is.
#[derive(Clone)]
pub struct Live {
    core: Arc<Core>,
    shown: watch::Sender<u64>,
}

impl Live {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core, shown: watch::channel(0).0 }
    }

    /// Every change of every call from now on, after it is durable. A receiver that lags gets
    /// [`broadcast::error::RecvError::Lagged`] and should read the state again.
    #[must_use]
    pub fn live(&self) -> broadcast::Receiver<LiveEvent> {
        self.core.store.live()
    }

    /// Changes whenever webhooks were stored, also those that changed no call.
    #[must_use]
    pub fn stored(&self) -> watch::Receiver<u64> {
        self.core.store.stored()
    }

    /// Changes whenever something may have changed that a page shows and that no webhook told: a conversation was opened, a
    /// number given, a recording kept.
    #[must_use]
    pub fn page_changes(&self) -> watch::Receiver<u64> {
        self.shown.subscribe()
    }

    pub(super) fn page_changed(&self) {
        self.shown.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Where the newest call of a visit is now, for a listener that has just come or lost something. Subscribe first,
    /// then ask: an event in between is then heard twice instead of never; `version` tells which is newer.
    pub async fn visit_call(&self, visit: &str) -> Result<Option<LiveEvent>, ServiceError> {
        Ok(self.core.store.calls().of_visit(visit).await?)
    }
}
