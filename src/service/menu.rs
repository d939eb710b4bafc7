//! Whom the keys of our menu mean. The menu answers by it, and the dry run of a call flow that leads there says so.

use std::collections::HashSet;

use super::core::{Core, ServiceError};
use super::lines::Lines;

/// Agents who have been here, in the order in which their accounts were made. So a key means the same after somebody new
/// was invited, and after they came.
pub(in crate::service) async fn agents_by_key(core: &Core, lines: &Lines) -> Result<Vec<String>, ServiceError> {
    let directory = lines.directory();
    let agents = core.store.desk().agents().await?;
    let here: HashSet<String> = agents.into_iter().map(|agent| agent.name).collect();
    let mut accounts = core.store.accounts().all().await?;
    accounts.sort_by(|one, other| (one.created_at, &one.name).cmp(&(other.created_at, &other.name)));
    let names = accounts.into_iter().map(|account| account.name);
    Ok(names.filter(|name| directory.agents.contains(name) && here.contains(name)).collect())
}
