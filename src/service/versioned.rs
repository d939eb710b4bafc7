//! What the operator set, in memory, with the version that the database had when it was read.
//!
//! Each question asks for the version first and reads again when it has moved, so a change counts for the next caller,
//! whichever node or command made it.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::error::ServiceError;
use crate::store::StoreError;

/// A value that knows the version it was read at.
pub(super) trait Version {
    /// Grows with each change; 0 where nothing was read yet.
    fn version(&self) -> i64;
}

/// The value that was read last. Its clones are the same value.
pub(super) struct Versioned<T>(Arc<RwLock<Arc<T>>>);

impl<T> Clone for Versioned<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: Version> Versioned<T> {
    pub(super) fn new(unread: T) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(unread))))
    }

    /// What was read last; the database is not asked.
    pub(super) fn known(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is in force.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn current(
        &self,
        version: impl Future<Output = Result<i64, StoreError>>,
        read: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<Arc<T>, ServiceError> {
        let known = self.known();
        if version.await? == known.version() {
            return Ok(known);
        }
        let newer = Arc::new(read.await?);
        let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Of two who read, the one who read the later version counts.
        if newer.version() > kept.version() {
            *kept = Arc::clone(&newer);
        }
        Ok(newer)
    }

    /// What is in force; what was read last while the database fails or needs longer than `within`
    /// ([`Limits::settings_deadline`](super::Limits::settings_deadline)). `what` is for the log.
    pub(super) async fn current_or_known(
        &self,
        what: &'static str,
        within: Duration,
        version: impl Future<Output = Result<i64, StoreError>>,
        read: impl Future<Output = Result<T, StoreError>>,
    ) -> Arc<T> {
        match tokio::time::timeout(within, self.current(version, read)).await {
            Ok(Ok(current)) => current,
            Ok(Err(error)) => {
                tracing::warn!(what, error = %error, "what the operator set could not be read; what was read last is in force");
                self.known()
            }
            Err(_) => {
                tracing::warn!(what, "what the operator set could not be read in time; what was read last is in force");
                self.known()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct At(i64);

    impl Version for At {
        fn version(&self) -> i64 {
            self.0
        }
    }

    async fn asked(kept: &Versioned<At>, version: i64, read: i64) -> i64 {
        kept.current(async { Ok(version) }, async { Ok(At(read)) }).await.unwrap().0
    }

    #[tokio::test]
    async fn it_is_read_again_when_the_version_moved_and_an_older_one_never_stays() {
        let kept = Versioned::new(At(0));
        assert_eq!((asked(&kept, 1, 1).await, kept.known().0), (1, 1));
        assert_eq!(asked(&kept, 1, 7).await, 1, "the same version is not read");
        assert_eq!((asked(&kept, 3, 3).await, kept.known().0), (3, 3));
        // Somebody who began to read earlier comes later.
        assert_eq!((asked(&kept, 2, 2).await, kept.known().0), (2, 3));
    }

    #[tokio::test]
    async fn what_was_read_last_is_in_force_while_the_database_is_silent_or_fails() {
        let kept = Versioned::new(At(4));
        let silent =
            kept.current_or_known("a test", Duration::from_millis(10), std::future::pending(), async { Ok(At(5)) });
        assert_eq!(silent.await.0, 4);
        let failing = kept.current_or_known(
            "a test",
            Duration::from_secs(20),
            async { Err(StoreError::Unreadable("x")) },
            async { Ok(At(5)) },
        );
        assert_eq!(failing.await.0, 4);
    }
}
