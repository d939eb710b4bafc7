//! Where the business is: which day and hour a call counts for.

use std::sync::{Arc, PoisonError, RwLock};

use crate::domain::call_tracking::zone::Zone;

/// Where the business is, shared with the writer.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct SharedZone(Arc<RwLock<Arc<Zone>>>);

impl SharedZone {
    pub(in crate::store) fn get(&self) -> Arc<Zone> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(in crate::store) fn set(&self, zone: Arc<Zone>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = zone;
    }
}
