//! Overwriting what was deleted: the bytes of old rows in the database's files.

use crate::store::db::Pools;
use crate::store::doors::Erasure;
use crate::store::error::{Result, StoreError};

/// A file of this size is built again within seconds.
const SMALL: u64 = 256 << 20;

impl Erasure<'_> {
    /// Overwrites what was deleted: a database keeps the bytes of old rows in its files for as long as nothing else needs
    /// the room. SQLite's log is emptied into the file, and the file is built again: always while it is small, later when a
    /// number's digits are still found in it, as they are where settings that stay have them. PostgreSQL does this by itself
    /// (autovacuum). Whether the digits are gone from the files.
    pub async fn scrub(self, numbers: &[&str]) -> Result<bool> {
        let Pools::Sqlite(pool, readers) = &self.db.pools else { return Ok(true) };
        let file = readers.file().to_owned();
        let small = tokio::fs::metadata(&file).await.is_ok_and(|file| file.len() <= SMALL);
        for again in [false, true] {
            let _turn = self.db.turn().await;
            // With a connection of its own: both wait for readers, and neither may stand in a transaction.
            let mut connection = pool.acquire().await?;
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *connection).await?;
            let mut log = file.clone().into_os_string();
            log.push("-wal");
            let paths = [file.clone(), log.into()];
            let numbers: Vec<String> = numbers.iter().map(|number| (*number).to_owned()).collect();
            let found = tokio::task::spawn_blocking(move || {
                let mut each = paths.iter().flat_map(|path| numbers.iter().map(move |number| (path, number)));
                each.try_fold(false, |found, (path, number)| Ok(found || holds_bytes(path, number.as_bytes())?))
            });
            let found: std::io::Result<bool> =
                found.await.map_err(|_| StoreError::Unreadable("file of the database"))?;
            let found = found?;
            if !found && (again || !small) {
                return Ok(true);
            }
            if !again {
                sqlx::query("VACUUM").execute(&mut *connection).await?;
            }
        }
        Ok(false)
    }
}

/// Whether these bytes are in a file, read a piece at a time.
fn holds_bytes(path: &std::path::Path, bytes: &[u8]) -> std::io::Result<bool> {
    use std::io::Read as _;
    let mut file = match std::fs::File::open(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        opened => opened?,
    };
    let (mut buffer, mut kept) = (vec![0; 1 << 20], 0);
    loop {
        let read = file.read(&mut buffer[kept..])?;
        if read == 0 {
            return Ok(false);
        }
        let filled = kept + read;
        if buffer[..filled].windows(bytes.len()).any(|window| window == bytes) {
            return Ok(true);
        }
        // A number may lie across two pieces.
        kept = filled.min(bytes.len().saturating_sub(1));
        buffer.copy_within(filled - kept..filled, 0);
    }
}
