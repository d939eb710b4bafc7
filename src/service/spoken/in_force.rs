//! What callers hear, as it was read.

use std::sync::Arc;

use crate::domain::spoken::Spoken;
use crate::service::versioned::Version;

/// What callers hear, as it was read.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    /// 0: it was not read yet.
    pub(super) version: i64,
    pub spoken: Arc<Spoken>,
}

impl InForce {
    pub(in crate::service) fn new((version, spoken): (i64, Spoken)) -> Self {
        Self { version, spoken: Arc::new(spoken) }
    }
}

impl Version for InForce {
    fn version(&self) -> i64 {
        self.version
    }
}
