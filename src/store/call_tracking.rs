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
pub(super) mod zone;

#[cfg(test)]
mod tests;

pub use rows::TrackedRow;
