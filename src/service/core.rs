//! What every use case works with: the database, the platform, the time, chance, and what the operator configured.

use std::sync::Arc;

use super::business::in_force::InForce;
use super::clock::Clock;
pub use super::error::ServiceError;
use super::random::Random;
use super::settings::Settings;
use super::spoken::in_force::InForce as SpokenInForce;
use super::versioned::Versioned;
use crate::domain::call_tracking::zone::Zone;
use crate::domain::language::Language;
use crate::domain::spoken::Speech;
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
    /// What callers hear: see [`super::spoken`].
    pub(super) spoken: Versioned<SpokenInForce>,
}

impl Core {
    /// The time zone of the business.
    pub(super) fn zone(&self) -> Arc<Zone> {
        self.business.zone()
    }

    /// What callers hear in a language, as it was read last. `None`: in the language of the business.
    pub(super) fn speech(&self, language: Option<Language>) -> Speech {
        let language = language.unwrap_or_else(|| self.business.profile().default_language);
        Speech::new(Arc::clone(&self.spoken.known().spoken), language)
    }

    /// Reads it again if it was changed: asked for each caller, and while they are in a menu or in the queue.
    pub(super) async fn look_at_speech(&self) {
        let store = self.store.spoken();
        let read = async { store.read().await.map(SpokenInForce::new) };
        self.spoken
            .current_or_known("spoken texts", self.settings.limits.settings_deadline, store.version(), read)
            .await;
    }
}

/// Keys the hashes of addresses. New at each start, so that they cannot be compared for longer than that.
pub(super) fn salt(core: &Core) -> [u8; 32] {
    let mut salt = [0; 32];
    core.random.bytes(&mut salt);
    salt
}
