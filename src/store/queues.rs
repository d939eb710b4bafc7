//! Queues, and the rules of all of them.

use std::collections::HashMap;

use super::db::on_db;
use super::doors::Queues;
use super::error::{Result, StoreError};
use crate::domain::queue::{Queue, Rules};

/// A queue, and when it was changed (ms UTC).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    pub queue: Queue,
    pub changed_at: i64,
}

/// A change of the queues, or of what they play.
pub(super) const MOVE: &str = "UPDATE queue_rules SET version = version + 1 WHERE id = 1";

const RULES: &str = "UPDATE queue_rules SET record = $1, version = version + 1 WHERE id = 1";
const INSERT: &str = "INSERT INTO queues (id, name, record, created_at, changed_at) VALUES ($1, $2, $3, $4, $4) \
                      ON CONFLICT DO NOTHING";
const UPDATE: &str = "UPDATE queues SET name = $2, record = $3, changed_at = $4 WHERE id = $1 \
                      AND NOT EXISTS (SELECT 1 FROM queues other WHERE lower(other.name) = lower($2) AND other.id <> $1)";

fn read_queue((id, name, record, changed_at): (String, String, String, i64)) -> Result<QueueRow> {
    let queue: Queue = serde_json::from_str(&record).map_err(|_| StoreError::Unreadable("queue"))?;
    Ok(QueueRow { queue: Queue { id, name, ..queue }, changed_at })
}

impl Queues<'_> {
    /// The version that is in force.
    pub async fn version(self) -> Result<i64> {
        let sql = "SELECT version FROM queue_rules WHERE id = 1";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).fetch_one(pool).await)?)
    }

    /// Version, rules, and queues by name. When they are changed meanwhile, they are of an older version than they could be,
    /// and never the other way round: so it is seen that they have to be read again.
    pub async fn read(self) -> Result<(i64, Rules, Vec<QueueRow>)> {
        let sql = "SELECT version, record FROM queue_rules WHERE id = 1";
        let (version, rules): (i64, String) = on_db!(self, pool => sqlx::query_as(sql).fetch_one(pool).await)?;
        let rules = serde_json::from_str(&rules).map_err(|_| StoreError::Unreadable("queue_rules"))?;
        let sql = "SELECT id, name, record, changed_at FROM queues ORDER BY lower(name), id";
        let rows: Vec<(String, String, String, i64)> = on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?;
        Ok((version, rules, rows.into_iter().map(read_queue).collect::<Result<_>>()?))
    }

    /// What the queues are called, by id.
    pub async fn names(self) -> Result<HashMap<String, String>> {
        let rows: Vec<(String, String)> =
            on_db!(self, pool => sqlx::query_as("SELECT id, name FROM queues").fetch_all(pool).await)?;
        Ok(rows.into_iter().collect())
    }

    /// Makes a queue, unless there is one with its id or name. Whether it was made.
    pub async fn insert(self, queue: &Queue, now: i64) -> Result<bool> {
        self.put(INSERT, queue, now).await
    }

    /// Changes a queue, unless it is gone or another one has its name. Whether it was changed.
    pub async fn update(self, queue: &Queue, now: i64) -> Result<bool> {
        self.put(UPDATE, queue, now).await
    }

    async fn put(self, sql: &'static str, queue: &Queue, now: i64) -> Result<bool> {
        let record = serde_json::to_string(queue).map_err(|_| StoreError::Unreadable("queue"))?;
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let put = sqlx::query(sql).bind(&queue.id).bind(&queue.name).bind(&record).bind(now);
            let put = put.execute(&mut *tx).await?.rows_affected() == 1;
            sqlx::query(MOVE).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(put)
        })
    }

    /// Makes and changes queues by their ids, and keeps the rules, all of it or nothing. False, and nothing is kept, where
    /// another queue has one of the names.
    pub async fn put_all(self, queues: &[Queue], rules: &Rules, now: i64) -> Result<bool> {
        let unreadable = |_| StoreError::Unreadable("queue");
        let rules = serde_json::to_string(rules).map_err(unreadable)?;
        let rows = queues.iter().map(|queue| Ok((queue, serde_json::to_string(queue).map_err(unreadable)?)));
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            for (queue, record) in &rows {
                let mut put = 0;
                for sql in [UPDATE, INSERT] {
                    if put == 0 {
                        let query = sqlx::query(sql).bind(&queue.id).bind(&queue.name).bind(record).bind(now);
                        put = query.execute(&mut *tx).await?.rows_affected();
                    }
                }
                if put != 1 {
                    return Ok(false);
                }
            }
            sqlx::query(RULES).bind(&rules).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(true)
        })
    }

    /// Whether there was such a queue.
    pub async fn delete(self, id: &str) -> Result<bool> {
        let _turn = self.db.turn().await;
        on_db!(self, pool => {
            let mut tx = pool.begin().await?;
            let found = sqlx::query("DELETE FROM queues WHERE id = $1").bind(id).execute(&mut *tx).await?;
            sqlx::query(MOVE).execute(&mut *tx).await?;
            tx.commit().await?;
            Ok(found.rows_affected() == 1)
        })
    }

    /// Changes the rules of all queues.
    pub async fn keep_rules(self, rules: &Rules) -> Result<()> {
        let record = serde_json::to_string(rules).map_err(|_| StoreError::Unreadable("queue_rules"))?;
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(RULES).bind(&record).execute(pool).await.map(drop))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::queue::{Member, Overflow, Strategy, Support};
    use crate::store::testing::{Database, on_both};

    on_both!(what_is_kept_is_read_and_moves_the_version, a_name_is_one_queues, the_rules_are_kept);

    fn queue(id: &str, name: &str) -> Queue {
        let members = vec![Member { agent: "Jane".into(), priority: 2, skill: 5 }];
        let overflow = Overflow::Queue("other".into());
        let queue = Queue { strategy: Strategy::MostSkilled, members, overflow, ..Queue::default() };
        Queue { id: id.into(), name: name.into(), ..queue }
    }

    async fn what_is_kept_is_read_and_moves_the_version(db: Database) {
        let queues = db.store.queues();
        assert_eq!(queues.read().await.unwrap(), (1, Rules::default(), Vec::new()));
        assert!(queues.insert(&queue("s", "Sales"), 5).await.unwrap());
        // Another node sees it at once.
        let other = db.again().await;
        let row = |name, changed_at| QueueRow { queue: queue("s", name), changed_at };
        assert_eq!(other.queues().read().await.unwrap(), (2, Rules::default(), vec![row("Sales", 5)]));
        assert!(queues.update(&queue("s", "Verkauf"), 6).await.unwrap());
        assert_eq!(queues.read().await.unwrap(), (3, Rules::default(), vec![row("Verkauf", 6)]));
        assert!(queues.delete("s").await.unwrap() && !queues.delete("s").await.unwrap());
        assert_eq!(queues.version().await.unwrap(), 5);
    }

    async fn a_name_is_one_queues(db: Database) {
        let queues = db.store.queues();
        assert!(queues.insert(&queue("a", "Sales"), 1).await.unwrap());
        assert!(!queues.insert(&queue("b", "sales"), 1).await.unwrap());
        assert!(queues.insert(&queue("b", "Service"), 1).await.unwrap());
        assert!(!queues.update(&queue("b", "SALES"), 2).await.unwrap());
        assert!(queues.update(&queue("a", "SALES"), 2).await.unwrap(), "its own name in other letters");
        assert!(!queues.update(&queue("gone", "Gone"), 2).await.unwrap());
    }

    async fn the_rules_are_kept(db: Database) {
        let first = vec![crate::domain::phone::E164::parse("447700900123").unwrap()];
        let rules = Rules { support: Support::Queue("a".into()), first, gave_up_first: true };
        db.store.queues().keep_rules(&rules).await.unwrap();
        assert_eq!(db.again().await.queues().read().await.unwrap(), (2, rules, Vec::new()));
    }
}
