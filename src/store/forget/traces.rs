//! What else belongs to somebody who is forgotten: notes of agents, words, keys, recordings, voicemails, visits.

use std::collections::BTreeSet;

use super::found::{Files, Forgotten, Found};
use crate::store::db::on_db;
use crate::store::doors::Erasure;
use crate::store::error::Result;

/// What a pass over the tables found beside numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Traces {
    /// Conversations of the platform in which they spoke.
    pub conversations: BTreeSet<String>,
    /// Their desk calls.
    pub desk_calls: BTreeSet<String>,
    /// Visitors of the web site who were most likely they.
    pub visitors: BTreeSet<String>,
}

impl Erasure<'_> {
    /// Notes what else belongs to somebody who is in these rows.
    pub(super) async fn trace(self, table: &str, found: &[Found], traces: &mut Traces) -> Result<()> {
        for row in found {
            match table {
                "calls" => {
                    let sql = "SELECT conversation FROM calls WHERE id = $1";
                    let call: Option<String> =
                        on_db!(self, pool => sqlx::query_scalar(sql).bind(&row.key).fetch_optional(pool).await)?;
                    traces.conversations.extend(call);
                }
                // Not where they were only consulted in somebody else's call: the note is about the customer.
                "desk_calls" if row.texts.get(1).is_some_and(Option::is_some) => {
                    let sql = "SELECT conversation FROM desk_calls WHERE id = $1";
                    let call: Option<String> =
                        on_db!(self, pool => sqlx::query_scalar(sql).bind(&row.key).fetch_optional(pool).await)?;
                    traces.conversations.extend(call);
                    traces.desk_calls.insert(row.key.clone());
                }
                "tracked_calls" => {
                    // Who most likely called is one among several: only a visitor who was alone with the number is they.
                    let sql =
                        "SELECT visitor FROM tracked_calls WHERE id = $1 AND visitor IS NOT NULL AND candidates = 1";
                    let visitor: Option<String> =
                        on_db!(self, pool => sqlx::query_scalar(sql).bind(&row.key).fetch_optional(pool).await)?;
                    traces.visitors.extend(visitor);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The files that belong to what [`Self::forget_traces`] will remove: they are deleted before it, because a file whose
    /// row is gone is never found again.
    pub async fn files_of(self, traces: &Traces) -> Result<Files> {
        let mut files = Files::default();
        for conversation in &traces.conversations {
            let tapes = "SELECT id FROM recordings WHERE conversation = $1 OR conversation IN \
                         (SELECT moved FROM call_moves WHERE home = $1 UNION SELECT home FROM call_moves WHERE moved = $1)";
            let tapes: Vec<String> =
                on_db!(self, pool => sqlx::query_scalar(tapes).bind(conversation).fetch_all(pool).await)?;
            files.recordings.extend(tapes);
        }
        for call in &traces.desk_calls {
            let messages = "SELECT id FROM voicemails WHERE call = $1";
            let messages: Vec<String> =
                on_db!(self, pool => sqlx::query_scalar(messages).bind(call).fetch_all(pool).await)?;
            files.voicemails.extend(messages);
        }
        Ok(files)
    }

    /// Removes what the traces lead to: notes of agents, words that were spoken into a menu, keys, recordings and
    /// voicemails, and what is known of the visitor.
    ///
    /// # Errors
    /// When the database fails; what was removed stays so.
    pub async fn forget_traces(self, traces: &Traces) -> Result<Forgotten> {
        let mut done = Forgotten::default();
        for conversation in &traces.conversations {
            let moved =
                "SELECT moved FROM call_moves WHERE home = $1 UNION SELECT home FROM call_moves WHERE moved = $1";
            let moved: Vec<String> =
                on_db!(self, pool => sqlx::query_scalar(moved).bind(conversation).fetch_all(pool).await)?;
            for conversation in moved.iter().chain([conversation]) {
                let _turn = self.db.turn().await;
                let tapes = "DELETE FROM recordings WHERE conversation = $1";
                let told_of = "DELETE FROM call_recordings WHERE conversation = $1";
                let keys = "UPDATE audio_sockets SET keys = '' WHERE conversation = $1";
                let told = "SELECT id, raw FROM webhooks WHERE conversation = $1 AND (raw LIKE '%speech%' OR raw LIKE '%dtmf%')";
                let told: Vec<(String, String)> = on_db!(self, pool => {
                    sqlx::query(keys).bind(conversation).execute(pool).await?;
                    done.recordings += sqlx::query(tapes).bind(conversation).execute(pool).await?.rows_affected();
                    done.recordings += sqlx::query(told_of).bind(conversation).execute(pool).await?.rows_affected();
                    sqlx::query_as(told).bind(conversation).fetch_all(pool).await?
                });
                for (id, raw) in told {
                    let Some(raw) = without_words(&raw) else { continue };
                    let sql = "UPDATE webhooks SET raw = $2 WHERE id = $1";
                    on_db!(self, pool => sqlx::query(sql).bind(id).bind(raw).execute(pool).await.map(drop))?;
                }
            }
        }
        for call in &traces.desk_calls {
            let _turn = self.db.turn().await;
            let messages = "DELETE FROM voicemails WHERE call = $1";
            let record = "SELECT record FROM desk_calls WHERE id = $1";
            let record: Option<String> = on_db!(self, pool => {
                done.recordings += sqlx::query(messages).bind(call).execute(pool).await?.rows_affected();
                sqlx::query_scalar(record).bind(call).fetch_optional(pool).await?
            });
            if let Some(record) = record.and_then(|record| without_notes(&record)) {
                let sql = "UPDATE desk_calls SET record = $2, callback = FALSE, version = version + 1 WHERE id = $1";
                on_db!(self, pool => sqlx::query(sql).bind(call).bind(record).execute(pool).await.map(drop))?;
                done.notes += 1;
            }
        }
        for visitor in &traces.visitors {
            let _turn = self.db.turn().await;
            let sql = "UPDATE tracking_visitors SET term = '', content = '', click_id = '', landing = '', referrer = '' \
                       WHERE id = $1 AND (term <> '' OR content <> '' OR click_id <> '' OR landing <> '' OR referrer <> '')";
            done.tracked += on_db!(self, pool => sqlx::query(sql).bind(visitor).execute(pool).await?.rows_affected());
        }
        Ok(done)
    }
}

/// An event without what somebody said or pressed; `None` when there is nothing of it.
fn without_words(raw: &str) -> Option<String> {
    let mut event: serde_json::Value = serde_json::from_str(raw).ok()?;
    let fields = event.as_object_mut()?;
    let mut changed = false;
    for name in ["speech", "dtmf"] {
        if let Some(said) = fields.get_mut(name) {
            *said = serde_json::json!({});
            changed = true;
        }
    }
    changed.then(|| event.to_string())
}

/// A desk call without the agent's notes and what the visitor's page said; `None` when there is nothing of it.
fn without_notes(record: &str) -> Option<String> {
    let mut call: serde_json::Value = serde_json::from_str(record).ok()?;
    let fields = call.as_object_mut()?;
    let mut changed = false;
    for (name, empty) in
        [("note", serde_json::json!("")), ("page", serde_json::Value::Null), ("voicemail", serde_json::Value::Null)]
    {
        if let Some(said) = fields.get_mut(name)
            && *said != empty
        {
            *said = empty;
            changed = true;
        }
    }
    changed.then(|| call.to_string())
}
