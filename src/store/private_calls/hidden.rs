//! Whose number may not be shown: what the pages of the operator ask before they show anything.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::super::text::{Text, groups};
use super::super::{Pools, Result, Store};

static PEOPLE: LazyLock<Text> =
    LazyLock::new(|| Text::list("SELECT DISTINCT number FROM private_participants WHERE number IN"));
static CALLS: LazyLock<Text> =
    LazyLock::new(|| Text::list("SELECT conversation, line FROM calls WHERE line IS NOT NULL AND conversation IN"));
static MOVED: LazyLock<Text> = LazyLock::new(|| {
    Text::list(
        "SELECT m.moved, c.line FROM call_moves m JOIN calls c ON c.conversation = m.home \
         WHERE c.line IS NOT NULL AND m.moved IN",
    )
});

impl Store {
    /// Which of these digits are somebody's in a private conversation, open or closed, that was not forgotten.
    pub async fn private_people_among(&self, numbers: &[String]) -> Result<HashSet<String>> {
        let mut found = HashSet::new();
        for group in groups(numbers) {
            let rows: Vec<String> = match &self.inner.pools {
                Pools::Sqlite(pool, _) => {
                    let query = group.iter().fold(sqlx::query_scalar(PEOPLE.sqlite(group.len())), |q, n| q.bind(n));
                    query.fetch_all(pool).await?
                }
                Pools::Postgres(pool) => {
                    let query = group.iter().fold(sqlx::query_scalar(PEOPLE.postgres(group.len())), |q, n| q.bind(n));
                    query.fetch_all(pool).await?
                }
            };
            found.extend(rows);
        }
        Ok(found)
    }

    /// The lines of the calls in these conversations, also of those whose legs moved on: conversation and line.
    pub async fn lines_of(&self, conversations: &[String]) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        for text in [&*CALLS, &*MOVED] {
            for group in groups(conversations) {
                let rows: Vec<(String, String)> = match &self.inner.pools {
                    Pools::Sqlite(pool, _) => {
                        let query = group.iter().fold(sqlx::query_as(text.sqlite(group.len())), |q, c| q.bind(c));
                        query.fetch_all(pool).await?
                    }
                    Pools::Postgres(pool) => {
                        let query = group.iter().fold(sqlx::query_as(text.postgres(group.len())), |q, c| q.bind(c));
                        query.fetch_all(pool).await?
                    }
                };
                found.extend(rows);
            }
        }
        Ok(found)
    }
}
