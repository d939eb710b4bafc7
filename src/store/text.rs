//! Texts of SQL that several files use, and statements for many rows.
//!
//! A statement's text depends on how many rows it takes, so rows are taken in groups of a few fixed sizes: every text is
//! prepared once per connection and then reused.

use std::sync::Arc;

use sqlx::AssertSqlSafe;

/// The condition that `conversation` is the one bound first, or one that a leg of its call moved to.
macro_rules! of_call {
    () => {
        "(conversation = $1 OR conversation IN (SELECT moved FROM call_moves WHERE home = $1))"
    };
}
pub(super) use of_call;

/// The sizes of the groups, largest first.
pub(super) const SIZES: [usize; 4] = [64, 16, 4, 1];

/// A statement for each size, in both databases' spelling of parameters.
pub(super) struct Text {
    sqlite: [Arc<str>; SIZES.len()],
    postgres: [Arc<str>; SIZES.len()],
}

impl Text {
    /// `head (?, ?), (?, ?) tail`, with `columns` parameters a row.
    pub(super) fn rows(head: &str, columns: usize, tail: &str) -> Self {
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
    pub(super) fn list(head: &str) -> Self {
        let write = |numbered: bool, items: usize| {
            let items: Vec<String> =
                (1..=items).map(|at| if numbered { format!("${at}") } else { "?".into() }).collect();
            Arc::<str>::from(format!("{head} ({})", items.join(", ")))
        };
        Self { sqlite: SIZES.map(|items| write(false, items)), postgres: SIZES.map(|items| write(true, items)) }
    }

    /// Nothing of a text comes from outside: names and parameter marks only.
    pub(super) fn sqlite(&self, size: usize) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.sqlite[place(size)]))
    }

    pub(super) fn postgres(&self, size: usize) -> AssertSqlSafe<Arc<str>> {
        AssertSqlSafe(Arc::clone(&self.postgres[place(size)]))
    }
}

fn place(size: usize) -> usize {
    SIZES.iter().position(|known| *known == size).unwrap_or(SIZES.len() - 1)
}

/// Cuts `items` into groups whose sizes are in [`SIZES`].
pub(super) fn groups<T>(mut items: &[T]) -> Vec<&[T]> {
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
