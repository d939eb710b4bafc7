//! Why the database did not do what was asked.

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The URL is neither `sqlite:` nor `postgres:`.
    #[error("DATABASE_URL must start with sqlite: or postgres:, not with {0:?}")]
    Url(String),
    #[error("cannot make the folder or file of the database: {0}")]
    Files(#[from] std::io::Error),
    #[error("the database's tables cannot be brought up to date: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
    /// The same, of the SQLite file where it is read without sqlx.
    #[error("the database cannot be read: {0}")]
    File(#[from] rusqlite::Error),
    #[error("the CSV cannot be written: {0}")]
    Csv(#[from] csv::Error),
    /// Nothing was written, or it is not known whether it was: do not acknowledge.
    #[error("the database does not take writes: {0}")]
    Unavailable(String),
    /// This very row is refused, whatever else works.
    #[error("the database refuses this row: {0}")]
    Refused(String),
    /// A column holds what this version cannot read.
    #[error("the database holds an unreadable {0}")]
    Unreadable(&'static str),
}

/// What a query returns.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;
