//! The SQLite file, read on the thread that asks.
//!
//! sqlx gives each connection a thread of its own, so a query changes threads twice, and a row is handed over as a copy
//! of each value. That is too slow for two who ask: the look-up of a private call, with somebody at the telephone, and
//! the CSV of millions of calls. Everything else has no need of this and stays with [`super::db::on_db`].
//!
//! What is asked here in a runtime's thread must be found by index: a few pages, nearly always in memory. In WAL mode
//! reading waits for no writer. Rejected: `block_in_place`, which costs as much as sqlx's change of threads; `mmap_size`, which
//! is quicker still and turns an error of the disk into the end of the program.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OpenFlags};
use sqlx::sqlite::SqliteConnectOptions;

use super::connect::BUSY;
use super::error::Result;

/// Connections that are kept open; more are opened when more ask at once.
const KEPT: usize = 4;

/// For each of the two who ask: their own connections, which keep what is good for them. Cheap to clone.
#[derive(Clone)]
pub(super) struct Readers {
    /// A few pages from anywhere in the file: what is kept of it is what makes it quick.
    pub(super) look_up: Reader,
    /// Every page once: keeping them would only cost memory.
    pub(super) export: Reader,
}

impl Readers {
    pub(super) fn new(options: &SqliteConnectOptions) -> Self {
        let file: Arc<Path> = options.get_filename().into();
        Self { look_up: Reader::new(Arc::clone(&file), 16 << 10), export: Reader::new(file, 2 << 10) }
    }

    /// The file that they read.
    pub(super) fn file(&self) -> &Path {
        &self.look_up.file
    }

    /// Lets go of the file.
    pub(super) fn close(&self) {
        self.look_up.idle().clear();
        self.export.idle().clear();
    }
}

/// Connections of our own to the file. They cannot write. Cheap to clone.
#[derive(Clone)]
pub(super) struct Reader {
    file: Arc<Path>,
    /// Pages that each connection may keep, KiB.
    cache: u32,
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Reader {
    fn new(file: Arc<Path>, cache: u32) -> Self {
        Self { file, cache, idle: Arc::default() }
    }

    /// Lends a connection.
    ///
    /// # Errors
    /// When the file cannot be opened, and what `read` says.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let idle = self.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.open()?,
        };
        let said = read(&connection);
        let mut idle = self.idle();
        if said.is_ok() && idle.len() < KEPT {
            idle.push(connection);
        }
        said
    }

    fn open(&self) -> rusqlite::Result<Connection> {
        // Not SQLITE_OPEN_READ_ONLY: the first reader of a WAL file has to be able to make its index.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.file, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.pragma_update(None, "query_only", true)?;
        // SQLite's unit: a negative number is KiB.
        connection.pragma_update(None, "cache_size", -i64::from(self.cache))?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
