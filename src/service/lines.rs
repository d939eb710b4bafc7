//! Which number leads where. What is in force is kept in memory: an answer webhook must not wait for a query, nor fail
//! because the database does.

use std::sync::{Arc, PoisonError};

use super::{ServiceError, Services};
use crate::domain::line::{Directory, Line};
use crate::domain::phone::E164;
use crate::store::NumberRow;

impl Services {
    /// What is in force now.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.inner.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads our numbers and agents again. At the start, after every change, and by the janitor, for another node or a
    /// command may have changed them.
    ///
    /// # Errors
    /// When the database fails; what was in force stays.
    pub async fn reload_directory(&self) -> Result<(), ServiceError> {
        let mut directory = self.inner.settings.directory.clone();
        for row in self.inner.store.numbers().all().await? {
            match (E164::parse(&row.number), Line::parse(&row.line, row.target.as_deref())) {
                (Ok(number), Ok(line)) => {
                    directory.numbers.insert(number, line);
                }
                // Written by a newer version: its callers hear that the number is not in use.
                _ => tracing::warn!(line = row.line, "a number leads to a line that this version does not know"),
            }
        }
        directory.agents = self.call_takers().await?;
        self.reload_campaigns().await?;
        let open = self.inner.store.audio().open_numbers().await?;
        directory.open = open.iter().filter_map(|number| E164::parse(number).ok()).collect();
        self.reload_flows().await?;
        *self.inner.directory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
        Ok(())
    }

    /// Leads a number of ours to a line. Whether there is such a number.
    pub async fn assign_number(&self, number: &E164, line: &Line) -> Result<bool, ServiceError> {
        let inner = &self.inner;
        let now = inner.clock.now_ms();
        let found = inner.store.numbers().assign(number.digits(), line.name(), line.target(), now).await?;
        self.reload_directory().await?;
        Ok(found)
    }

    /// Takes a number of the account's into the directory; the line of one that is known stays.
    pub async fn add_number(
        &self,
        number: &E164,
        country: &str,
        features: &[String],
        line: &Line,
    ) -> Result<(), ServiceError> {
        let now = self.inner.clock.now_ms();
        let row = NumberRow {
            number: number.digits().to_owned(),
            country: country.to_owned(),
            features: features.join(","),
            line: line.name().to_owned(),
            target: line.target().map(str::to_owned),
            reserved: false,
            created_at: now,
            assigned_at: now,
            used_at: None,
        };
        self.inner.store.numbers().put(&row).await?;
        self.reload_directory().await
    }
}
