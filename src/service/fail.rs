//! Why a use case did not do what it was asked: it refused, or we failed. With `?` both travel to the edge, where the
//! refusal is told to whom it concerns and our failure is logged.

use super::core::ServiceError;
use crate::store::StoreError;

/// What stops a use case.
#[derive(Debug, thiserror::Error)]
pub enum Fail<R> {
    /// What was asked for is not done, for a reason of the one who asked.
    #[error(transparent)]
    Refused(R),
    /// Our own fault.
    #[error(transparent)]
    Ours(ServiceError),
}

impl<R> From<ServiceError> for Fail<R> {
    fn from(error: ServiceError) -> Self {
        Self::Ours(error)
    }
}

impl<R> From<StoreError> for Fail<R> {
    fn from(error: StoreError) -> Self {
        Self::Ours(error.into())
    }
}

impl<R> Fail<R> {
    /// The same failure with another word for the refusal. What `From` would be, if it could be written for any two.
    pub fn map<S>(self, word: impl FnOnce(R) -> S) -> Fail<S> {
        match self {
            Self::Refused(refusal) => Fail::Refused(word(refusal)),
            Self::Ours(error) => Fail::Ours(error),
        }
    }
}

/// Takes a refusal out of a result, for those who answer it: what is left are our own failures, for `?`.
pub trait Refusable<T, R> {
    /// # Errors
    /// Our own failure.
    fn refusable(self) -> Result<Result<T, R>, ServiceError>;
}

impl<T, R> Refusable<T, R> for Result<T, Fail<R>> {
    fn refusable(self) -> Result<Result<T, R>, ServiceError> {
        match self {
            Ok(value) => Ok(Ok(value)),
            Err(Fail::Refused(refusal)) => Ok(Err(refusal)),
            Err(Fail::Ours(error)) => Err(error),
        }
    }
}

/// In tests, our own failures end the test.
#[cfg(test)]
pub(crate) trait Told<T, R> {
    /// What was done, or why it was refused.
    fn told(self) -> Result<T, R>;
}

#[cfg(test)]
impl<T, R> Told<T, R> for Result<T, Fail<R>> {
    fn told(self) -> Result<T, R> {
        self.refusable().unwrap()
    }
}
