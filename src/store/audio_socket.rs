//! Audio sockets, their one-time tokens and recordings; the relay's engines; the numbers that visitors may call.

use super::db::on_db;
use super::doors::Audio;
use super::error::Result;
use super::text::of_call;

/// A socket; the columns are explained in the migration that makes them.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AudioSocketRow {
    pub id: String,
    pub token_hash: String,
    pub conversation: String,
    pub leg: String,
    pub plan: String,
    pub issued_at: i64,
    pub expires_at: i64,
    pub opened_at: Option<i64>,
    pub closed_at: Option<i64>,
    pub ended: Option<String>,
    pub frames_in: i64,
    pub frames_out: i64,
    pub keys: String,
}

/// How a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioSocketEnd {
    pub at: i64,
    pub ended: String,
    pub frames_in: i64,
    pub frames_out: i64,
    pub keys: String,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct RecordingRow {
    pub id: String,
    pub conversation: String,
    pub rate: i64,
    pub created_at: i64,
    pub milliseconds: Option<i64>,
    pub bytes: Option<i64>,
    pub sha256: Option<String>,
    pub problem: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct EngineRow {
    pub name: String,
    pub url: String,
    pub created_at: i64,
}

impl Audio<'_> {
    /// A token was given out.
    pub async fn insert_socket(self, row: &AudioSocketRow) -> Result<()> {
        let sql = "INSERT INTO audio_sockets (id, token_hash, conversation, leg, plan, issued_at, expires_at, \
                   opened_at, closed_at, ended, frames_in, frames_out, keys) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, NULL, NULL, 0, 0, '')";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(&row.token_hash)
            .bind(&row.conversation)
            .bind(&row.leg)
            .bind(&row.plan)
            .bind(row.issued_at)
            .bind(row.expires_at)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// Uses a token up: the socket it opens, once, while it is valid. One statement, so that of two who come at the
    /// same moment, on whatever node, one is let in.
    pub async fn open_socket(self, token_hash: &str, now: i64) -> Result<Option<AudioSocketRow>> {
        let sql = "UPDATE audio_sockets SET opened_at = $2 \
                   WHERE token_hash = $1 AND opened_at IS NULL AND expires_at > $2 \
                   RETURNING id, token_hash, conversation, leg, plan, issued_at, expires_at, opened_at, closed_at, \
                   ended, frames_in, frames_out, keys";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query_as(sql)
            .bind(token_hash)
            .bind(now)
            .fetch_optional(pool)
            .await)?)
    }

    /// Records how an audio socket ended, once.
    pub async fn close_socket(self, id: &str, end: &AudioSocketEnd) -> Result<()> {
        let sql = "UPDATE audio_sockets SET closed_at = $2, ended = $3, frames_in = $4, frames_out = $5, keys = $6 \
                   WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(end.at)
            .bind(&end.ended)
            .bind(end.frames_in)
            .bind(end.frames_out)
            .bind(&end.keys)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The sockets of a call that were opened, oldest first.
    pub async fn sockets(self, conversation: &str) -> Result<Vec<AudioSocketRow>> {
        let sql = concat!(
            "SELECT id, token_hash, conversation, leg, plan, issued_at, expires_at, opened_at, closed_at, ended, \
                   frames_in, frames_out, keys FROM audio_sockets \
                   WHERE ",
            of_call!(),
            " AND opened_at IS NOT NULL ORDER BY opened_at, id LIMIT 100"
        );
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(conversation).fetch_all(pool).await)?)
    }

    /// Forgets tokens that nobody used.
    pub async fn forget_tokens(self, before: i64) -> Result<u64> {
        let sql = "DELETE FROM audio_sockets WHERE opened_at IS NULL AND expires_at < $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(before).execute(pool).await?.rows_affected()))
    }

    /// A recording begins.
    pub async fn insert_recording(self, id: &str, conversation: &str, rate: i64, now: i64) -> Result<()> {
        let sql = "INSERT INTO recordings (id, conversation, rate, created_at) VALUES ($1, $2, $3, $4)";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(id)
            .bind(conversation)
            .bind(rate)
            .bind(now)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// A recording is finished.
    pub async fn finish_recording(self, row: &RecordingRow) -> Result<()> {
        let sql = "UPDATE recordings SET milliseconds = $2, bytes = $3, sha256 = $4, problem = $5 WHERE id = $1";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(&row.id)
            .bind(row.milliseconds)
            .bind(row.bytes)
            .bind(&row.sha256)
            .bind(&row.problem)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The recording with this id.
    pub async fn recording(self, id: &str) -> Result<Option<RecordingRow>> {
        let sql = "SELECT id, conversation, rate, created_at, milliseconds, bytes, sha256, problem FROM recordings \
                   WHERE id = $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(id).fetch_optional(pool).await)?)
    }

    /// The recordings of a call, oldest first.
    pub async fn recordings(self, conversation: &str) -> Result<Vec<RecordingRow>> {
        let sql = concat!(
            "SELECT id, conversation, rate, created_at, milliseconds, bytes, sha256, problem FROM recordings \
                   WHERE ",
            of_call!(),
            " ORDER BY id LIMIT 100"
        );
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(conversation).fetch_all(pool).await)?)
    }

    /// Whether there was one.
    pub async fn delete_recording(self, id: &str) -> Result<bool> {
        let sql = "DELETE FROM recordings WHERE id = $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(id).execute(pool).await?.rows_affected() == 1))
    }

    /// Adds an engine, or changes its address.
    pub async fn put_engine(self, row: &EngineRow) -> Result<()> {
        let sql = "INSERT INTO audio_engines (name, url, created_at) VALUES ($1, $2, $3) \
                   ON CONFLICT (name) DO UPDATE SET url = excluded.url";
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql)
            .bind(&row.name)
            .bind(&row.url)
            .bind(row.created_at)
            .execute(pool)
            .await
            .map(drop))?;
        Ok(())
    }

    /// The engine with this name.
    pub async fn engine(self, name: &str) -> Result<Option<EngineRow>> {
        let sql = "SELECT name, url, created_at FROM audio_engines WHERE name = $1";
        Ok(on_db!(self, pool => sqlx::query_as(sql).bind(name).fetch_optional(pool).await)?)
    }

    /// By name.
    pub async fn engines(self) -> Result<Vec<EngineRow>> {
        let sql = "SELECT name, url, created_at FROM audio_engines ORDER BY name";
        Ok(on_db!(self, pool => sqlx::query_as(sql).fetch_all(pool).await)?)
    }

    /// Whether there was one.
    pub async fn delete_engine(self, name: &str) -> Result<bool> {
        let sql = "DELETE FROM audio_engines WHERE name = $1";
        let _turn = self.db.turn().await;
        Ok(on_db!(self, pool => sqlx::query(sql).bind(name).execute(pool).await?.rows_affected() == 1))
    }

    /// The numbers that visitors may call, whatever line they lead to.
    pub async fn open_numbers(self) -> Result<Vec<String>> {
        let sql = "SELECT number FROM open_numbers ORDER BY number";
        Ok(on_db!(self, pool => sqlx::query_scalar(sql).fetch_all(pool).await)?)
    }

    /// Opens a number to visitors, or shuts it.
    pub async fn set_number_open(self, number: &str, open: bool) -> Result<()> {
        let sql = if open {
            "INSERT INTO open_numbers (number) VALUES ($1) ON CONFLICT (number) DO NOTHING"
        } else {
            "DELETE FROM open_numbers WHERE number = $1"
        };
        let _turn = self.db.turn().await;
        on_db!(self, pool => sqlx::query(sql).bind(number).execute(pool).await.map(drop))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Database;
    use super::*;

    async fn databases() -> Vec<Database> {
        let mut databases = vec![Database::sqlite().await];
        databases.extend(Database::postgres().await);
        databases
    }

    fn socket(id: &str, token: &str) -> AudioSocketRow {
        AudioSocketRow {
            id: id.into(),
            token_hash: token.into(),
            conversation: "CON-1".into(),
            leg: "leg-1".into(),
            plan: "echo".into(),
            issued_at: 1_000,
            expires_at: 61_000,
            opened_at: None,
            closed_at: None,
            ended: None,
            frames_in: 0,
            frames_out: 0,
            keys: String::new(),
        }
    }

    #[tokio::test]
    async fn a_token_opens_once_and_in_time() {
        for database in databases().await {
            let store = &database.store;
            store.audio().insert_socket(&socket("1", "a")).await.unwrap();
            store.audio().insert_socket(&socket("2", "b")).await.unwrap();
            assert_eq!(store.audio().open_socket("c", 2_000).await.unwrap(), None);
            assert_eq!(store.audio().open_socket("b", 61_000).await.unwrap(), None, "too late");
            let opened = store.audio().open_socket("a", 2_000).await.unwrap().unwrap();
            assert_eq!((opened.id.as_str(), opened.opened_at), ("1", Some(2_000)));
            assert_eq!(store.audio().open_socket("a", 2_001).await.unwrap(), None, "used");
            let end = AudioSocketEnd {
                at: 9_000,
                ended: "the call ended".into(),
                frames_in: 350,
                frames_out: 349,
                keys: "12#".into(),
            };
            store.audio().close_socket("1", &end).await.unwrap();
            let listed = store.audio().sockets("CON-1").await.unwrap();
            assert_eq!(listed.len(), 1, "what was never opened is not shown");
            assert_eq!((listed[0].frames_in, listed[0].keys.as_str()), (350, "12#"));
            assert_eq!(store.audio().forget_tokens(60_000).await.unwrap(), 0);
            assert_eq!(store.audio().forget_tokens(61_001).await.unwrap(), 1);
        }
    }

    /// Many come with one token at the same moment: one is let in.
    #[tokio::test]
    async fn a_race_for_a_token_has_one_winner() {
        for database in databases().await {
            let store = database.store.clone();
            store.audio().insert_socket(&socket("1", "a")).await.unwrap();
            let tries = (0..32).map(|_| {
                let store = store.clone();
                tokio::spawn(async move { store.audio().open_socket("a", 2_000).await.unwrap().is_some() })
            });
            let mut winners = 0;
            for tried in tries.collect::<Vec<_>>() {
                winners += usize::from(tried.await.unwrap());
            }
            assert_eq!(winners, 1);
        }
    }

    #[tokio::test]
    async fn recordings_engines_and_open_numbers_are_kept() {
        for database in databases().await {
            let store = &database.store;
            store.audio().insert_recording("r", "CON-1", 16_000, 5).await.unwrap();
            let mut row = store.audio().recording("r").await.unwrap().unwrap();
            assert_eq!((row.milliseconds, row.sha256.clone()), (None, None));
            (row.milliseconds, row.bytes, row.sha256) = (Some(1_000), Some(64_044), Some("ab".into()));
            store.audio().finish_recording(&row).await.unwrap();
            assert_eq!(store.audio().recordings("CON-1").await.unwrap(), vec![row]);
            assert!(
                store.audio().delete_recording("r").await.unwrap()
                    && !store.audio().delete_recording("r").await.unwrap()
            );

            let engine = |url: &str| EngineRow { name: "bot".into(), url: url.into(), created_at: 1 };
            store.audio().put_engine(&engine("wss://a")).await.unwrap();
            store.audio().put_engine(&engine("wss://b")).await.unwrap();
            assert_eq!(store.audio().engine("bot").await.unwrap().unwrap().url, "wss://b");
            assert_eq!(store.audio().engines().await.unwrap().len(), 1);
            assert!(store.audio().delete_engine("bot").await.unwrap());

            store.audio().set_number_open("442079460007", true).await.unwrap();
            store.audio().set_number_open("442079460007", true).await.unwrap();
            assert_eq!(store.audio().open_numbers().await.unwrap(), ["442079460007"]);
            store.audio().set_number_open("442079460007", false).await.unwrap();
            assert!(store.audio().open_numbers().await.unwrap().is_empty());
        }
    }
}
