//! Forgetting: a person who asks for it, and what was kept long enough.

use crate::domain::private_calls::RealNumber;
use crate::service::{ServiceError, Services};
use crate::store::{Forgotten, StoreError};

/// Conversations that are made nameless in one sweep.
const AT_ONCE: u32 = 200;

/// That somebody was forgotten; not who.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    pub id: String,
    pub at: i64,
    pub by: String,
    pub removed: Forgotten,
}

impl Services {
    /// Removes a person's number from everything that we keep, closing their open conversations, and says what was found.
    /// The rows stay without it, so that figures stay right.
    ///
    /// # Errors
    /// When the database fails; nothing was removed then.
    pub async fn forget_person(&self, number: &RealNumber, by: &str) -> Result<Erasure, ServiceError> {
        let inner = &self.inner;
        let (id, now) = (inner.random.id(), inner.clock.now_ms());
        let token = format!("erased-{id}");
        let removed = inner.store.forget_person(number.reveal().digits(), &token, now).await?;
        let report = serde_json::json!({
            "conversations": removed.conversations, "closed": removed.closed, "attempts": removed.attempts,
            "texts": removed.texts, "calls": removed.calls, "webhooks": removed.webhooks,
        });
        inner.store.put_private_erasure(&id, now, by, &report.to_string()).await?;
        tracing::info!(erasure.id = %id, erasure.by = by, "a person was forgotten");
        Ok(Erasure { id, at: now, by: by.to_owned(), removed })
    }

    /// Who was forgotten when: the reports, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erasures(&self) -> Result<Vec<Erasure>, ServiceError> {
        let rows = self.inner.store.private_erasures(50).await?;
        let erasure = |(id, at, by, report): (String, i64, String, String)| {
            let report: serde_json::Value = serde_json::from_str(&report).unwrap_or_default();
            let count = |name: &str| report[name].as_u64().unwrap_or(0);
            let removed = Forgotten {
                conversations: count("conversations"),
                closed: count("closed"),
                attempts: count("attempts"),
                texts: count("texts"),
                calls: count("calls"),
                webhooks: count("webhooks"),
            };
            Erasure { id, at, by, removed }
        };
        Ok(rows.into_iter().map(erasure).collect())
    }

    /// Closes what has ended, and makes nameless what was closed long ago. How many of both.
    pub(in crate::service) async fn sweep_private(&self, now: i64) -> Result<u64, StoreError> {
        let store = &self.inner.store;
        let mut swept = store.close_ended_private(now).await?;
        let before = now - self.inner.settings.private.retention_ms;
        for (id, one, other) in store.private_to_forget(before, AT_ONCE).await? {
            let tokens = [0, 1].map(|side| format!("erased-{id}-{side}"));
            store.forget_private(&id, [&one, &other], [&tokens[0], &tokens[1]]).await?;
            swept += 1;
        }
        Ok(swept + store.forget_private_strangers(before).await?)
    }
}
