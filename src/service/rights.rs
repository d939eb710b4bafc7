//! Who hears at once that what an account may do has changed: its role, its password, its sessions, or that it is gone.
//! One process, one channel, as with [`super::live`]; what another process did is found by asking again.

use std::sync::Arc;

use tokio::sync::broadcast;

/// Changes that a listener may be behind before it has to ask for itself.
const BACKLOG: usize = 256;

/// The channel. Cheap to clone.
#[derive(Clone)]
pub struct Rights(broadcast::Sender<Arc<str>>);

impl Default for Rights {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

impl Rights {
    /// The ids of accounts whose rights or sessions change from now on, each after the change is durable. It does not say
    /// what changed: the listener asks whether it still may do what it does. A receiver that lags gets
    /// [`broadcast::error::RecvError::Lagged`] and should ask too.
    #[must_use]
    pub fn rights_changed(&self) -> broadcast::Receiver<Arc<str>> {
        self.0.subscribe()
    }

    /// Tells the listeners.
    pub(super) fn tell_rights_changed(&self, account_id: &str) {
        // Nobody listening is no error.
        let _ = self.0.send(account_id.into());
    }
}
