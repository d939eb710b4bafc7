//! SQL that is put together.

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
