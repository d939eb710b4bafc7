//! Where sessions are kept, and the news of those that ended.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::broadcast;
use tower_sessions::SessionStore;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::Result as StoreResult;

use crate::service::SESSION_ACCOUNT as ACCOUNT;

/// The session store, and the news of sessions that ended.
#[derive(Debug, Clone)]
pub(in crate::web) struct WatchedSessions {
    store: Arc<dyn SessionStore>,
    ended: broadcast::Sender<Id>,
}

impl WatchedSessions {
    pub(in crate::web) fn new(store: Arc<dyn SessionStore>) -> Self {
        Self { store, ended: broadcast::channel(256).0 }
    }

    /// Ids of sessions that end from now on.
    pub(in crate::web) fn ended(&self) -> broadcast::Receiver<Id> {
        self.ended.subscribe()
    }

    /// The account that is signed in to a session now, as the database says.
    pub(in crate::web) async fn account(&self, id: Id) -> Option<String> {
        let record = self.store.load(&id).await.ok()??;
        record.data.get(ACCOUNT)?.as_str().map(str::to_owned)
    }
}

#[async_trait]
impl SessionStore for WatchedSessions {
    async fn create(&self, record: &mut Record) -> StoreResult<()> {
        self.store.create(record).await
    }
    async fn save(&self, record: &Record) -> StoreResult<()> {
        self.store.save(record).await
    }
    async fn load(&self, id: &Id) -> StoreResult<Option<Record>> {
        self.store.load(id).await
    }
    async fn delete(&self, id: &Id) -> StoreResult<()> {
        let deleted = self.store.delete(id).await;
        // Nobody listening is no error. Told even when deleting failed: closing a stream too many does no harm.
        let _ = self.ended.send(*id);
        deleted
    }
}
