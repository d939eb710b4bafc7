//! Our own fault.

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
