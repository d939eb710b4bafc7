//! Call tracking in the database: campaigns and their numbers, the tracked calls and their rollup.
//!
//! | module       | what it holds                                                                            |
//! |--------------|------------------------------------------------------------------------------------------|
//! | [`rows`]     | a tracked call                                                                           |
//! | [`project`]  | the tracked calls and the rollup, kept in the transaction of the event that changes them |
//! | [`verify`]   | both recomputed, and compared                                                             |
//! | [`campaigns`]| campaigns, their numbers with their history, the block list                              |
//! | [`reports`]  | what charts and lists are made of                                                        |
//! | [`csv`]      | the CSV                                                                                  |
//! | [`visitors`] | visitors of the operator's web site and the numbers lent to them                         |
//! | [`hooks`]    | where ended calls are told, the queue and its log                                        |

pub mod campaigns;
pub mod csv;
pub mod hooks;
pub(super) mod project;
pub mod reports;
mod rows;
pub mod verify;
pub mod visitors;
mod zone;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::Store;
use crate::domain::call_tracking::zone::Zone;
pub use rows::TrackedRow;
pub(super) use zone::SharedZone;

impl Store {
    /// From now on calls count for days and hours of this zone. What was counted before is [`Store::recount`]ed.
    pub fn set_zone(&self, zone: Arc<Zone>) {
        self.inner.zone.set(zone);
    }
}
