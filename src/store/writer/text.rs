//! The SQL of the writer's transaction: statements for many rows.
//!
//! A statement's text depends on how many rows it takes, so rows are taken in groups of a few fixed sizes: every text is
//! prepared once per connection and then reused.

use std::sync::{Arc, LazyLock};

use sqlx::AssertSqlSafe;

/// The sizes of the groups, largest first.
pub(in crate::store) const SIZES: [usize; 4] = [64, 16, 4, 1];

/// A statement for each size, in both databases' spelling of parameters.
pub(in crate::store) struct Text {
    sqlite: [Arc<str>; SIZES.len()],
    postgres: [Arc<str>; SIZES.len()],
}

impl Text {
    /// `head (?, ?), (?, ?) tail`, with `columns` parameters a row.
    pub(in crate::store) fn rows(head: &str, columns: usize, tail: &str) -> Self {
        let write = |numbered: bool, rows: usize| {
            let mut sql = String::from(head);
            for row in 0..rows {
                sql.push_str(if row == 0 { " (" } else { ", (" });
                for column in 0..columns {
                    if column > 0 {
                        sql.push_str(", ");
                    }
                    // SQLite looks a numbered parameter up by name, every one for every row: that is quadratic.
                    match numbered {
                        true => sql.push_str(&format!("${}", row * columns + column + 1)),
                        false => sql.push('?'),
                    }
                }
                sql.push(')');
            }
            sql.push_str(tail);
            Arc::<str>::from(sql)
        };
        Self { sqlite: SIZES.map(|rows| write(false, rows)), postgres: SIZES.map(|rows| write(true, rows)) }
    }

    /// `head (?, ?, ?)`: one list.
    pub(in crate::store) fn list(head: &str) -> Self {
        let write = |numbered: bool, items: usize| {
            let items: Vec<String> =
                (1..=items).map(|at| if numbered { format!("${at}") } else { "?".into() }).collect();
            Arc::<str>::from(format!("{head} ({})", items.join(", ")))
        };
        Self { sqlite: SIZES.map(|items| write(false, items)), postgres: SIZES.map(|items| write(true, items)) }
    }

    /// Nothing of a text comes from outside: names and parameter marks only.
    pub(in crate::store) fn sqlite(&self, size: usize) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.sqlite[place(size)]))
    }

    pub(in crate::store) fn postgres(&self, size: usize) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.postgres[place(size)]))
    }
}

fn place(size: usize) -> usize {
    SIZES.iter().position(|known| *known == size).unwrap_or(SIZES.len() - 1)
}

/// Cuts `items` into groups whose sizes are in [`SIZES`].
pub(in crate::store) fn groups<T>(mut items: &[T]) -> Vec<&[T]> {
    let mut groups = Vec::new();
    for size in SIZES {
        while items.len() >= size {
            let (group, rest) = items.split_at(size);
            groups.push(group);
            items = rest;
        }
    }
    groups
}

pub(super) static REPLAYS: LazyLock<Text> = LazyLock::new(|| {
    Text::rows("INSERT INTO replays (jti, seen_at) VALUES", 2, " ON CONFLICT DO NOTHING RETURNING jti")
});

pub(super) static WEBHOOKS: LazyLock<Text> = LazyLock::new(|| {
    Text::rows(
        "INSERT INTO webhooks (id, dedupe, kind, method, received_at, signed, conversation, leg, raw, decision, problem, \
         ncco) VALUES",
        12,
        " ON CONFLICT DO NOTHING RETURNING id",
    )
});

pub(super) static KNOWN: LazyLock<Text> =
    LazyLock::new(|| Text::list("SELECT dedupe, ncco FROM webhooks WHERE dedupe IN"));

pub(super) static HOMES: LazyLock<Text> =
    LazyLock::new(|| Text::list("SELECT moved, home FROM call_moves WHERE moved IN"));

pub(super) const MOVES: &str = "INSERT INTO call_moves (moved, home) VALUES ($1, $2) \
                                ON CONFLICT (moved) DO UPDATE SET home = excluded.home";

/// A home that moves is none any more.
pub(super) const FLATTENED: &str = "UPDATE call_moves SET home = $2 WHERE home = $1";

/// What is a home now did not move.
pub(super) const BACK: &str = "DELETE FROM call_moves WHERE moved = $1";

pub(super) const GONE: &str = "DELETE FROM calls WHERE conversation = $1";

pub(super) static CALLS: LazyLock<Text> = LazyLock::new(|| {
    Text::list("SELECT conversation, id, record, created_at, version FROM calls WHERE conversation IN")
});

pub(super) static RECORDS: LazyLock<Text> = LazyLock::new(|| {
    Text::rows(
        "INSERT INTO calls (id, conversation, record, phase, ended, line, caller, callee, visit, created_at, updated_at, \
         answered_at, ended_at, talk_seconds, price, version) VALUES",
        16,
        " ON CONFLICT (conversation) DO UPDATE SET record = excluded.record, phase = excluded.phase, \
         ended = excluded.ended, line = excluded.line, caller = excluded.caller, callee = excluded.callee, \
         visit = excluded.visit, created_at = excluded.created_at, updated_at = excluded.updated_at, \
         answered_at = excluded.answered_at, ended_at = excluded.ended_at, talk_seconds = excluded.talk_seconds, \
         price = excluded.price, version = excluded.version",
    )
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_lose_nothing_and_have_prepared_sizes() {
        for count in 0..400usize {
            let items: Vec<usize> = (0..count).collect();
            let groups = groups(&items);
            assert!(groups.iter().all(|group| SIZES.contains(&group.len())));
            assert_eq!(groups.concat(), items);
        }
    }

    #[test]
    fn numbers_parameters_for_postgresql_only() {
        let text = Text::rows("INSERT INTO t VALUES", 2, " RETURNING a");
        assert_eq!(&*text.sqlite[2], "INSERT INTO t VALUES (?, ?), (?, ?), (?, ?), (?, ?) RETURNING a");
        assert_eq!(&*text.postgres[2], "INSERT INTO t VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8) RETURNING a");
        assert_eq!(&*Text::list("SELECT 1 WHERE a IN").postgres[3], "SELECT 1 WHERE a IN ($1)");
    }
}
