//! The business profile that is in force, in memory.

use std::sync::{Arc, PoisonError, RwLock};

use super::logo::Logo;
use crate::domain::business::Profile;
use crate::domain::call_tracking::zone::Zone;
use crate::service::settings::Settings;

/// What is in force.
pub(in crate::service) struct InForce(RwLock<Current>);

/// The profile, and what goes with it.
#[derive(Clone)]
pub(super) struct Current {
    pub(super) profile: Arc<Profile>,
    pub(super) zone: Arc<Zone>,
    pub(super) logo: Option<Arc<Logo>>,
}

impl InForce {
    /// Until the database was read.
    pub(in crate::service) fn new(settings: &Settings) -> Self {
        let zone = Arc::clone(&settings.tracking.zone);
        Self(RwLock::new(Current { profile: Arc::new(unwritten(settings)), zone, logo: None }))
    }

    pub(super) fn current(&self) -> Current {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(in crate::service) fn profile(&self) -> Arc<Profile> {
        self.current().profile
    }

    /// The time zone of the business.
    pub(in crate::service) fn zone(&self) -> Arc<Zone> {
        self.current().zone
    }

    pub(super) fn put(&self, current: Current) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = current;
    }
}

/// What a business begins with: what the environment says, and nothing else.
pub(super) fn unwritten(settings: &Settings) -> Profile {
    Profile::new(settings.tracking.zone.name(), &settings.support.greeting)
}
