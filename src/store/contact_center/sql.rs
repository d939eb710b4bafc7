//! SQL that is put together, and the JSON that columns hold.

use serde::Serialize;

use crate::store::error::Result;

/// SQL that is put together from constants of these modules only.
pub(super) struct AssertSql(String);

impl AssertSql {
    pub(super) fn new(text: String) -> Self {
        Self(text)
    }

    pub(super) fn text(&self) -> sqlx::AssertSqlSafe<String> {
        sqlx::AssertSqlSafe(self.0.clone())
    }
}

/// A value as the text of its column.
pub(super) fn text_of(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| sqlx::Error::Encode(error.into()).into())
}
