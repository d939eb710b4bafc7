//! Call tracking: which campaign makes the phone ring.
//!
//! | module       | use case                                                                    |
//! |--------------|-----------------------------------------------------------------------------|
//! | [`manage`]   | campaigns, their numbers, the block list, what is spam                      |
//! | [`report`]   | charts, lists, the CSV                                                      |
//! | [`visitors`] | a visitor of the operator's web site is shown a number                      |
//! | [`hooks`]    | ended calls are told to the operator's own systems                          |
//! | [`tracking`] | calls are answered and counted                                              |
//! | [`outward`]  | to addresses of the public internet only                                    |
//!

pub mod hooks;
pub mod manage;
pub mod outward;
pub mod report;
pub mod tracked;
pub mod tracking;
pub mod visitors;

pub use crate::store::call_tracking::csv::CsvFor;
pub use crate::store::call_tracking::verify::Verified;
pub use hooks::{Delivery, Hook, HookError, Hooks};
pub use manage::{Assigned, Blocked, CampaignView};
pub use report::{CallsAsk, Csv, ReportAsk, TrackedPage, TrackingReport, Versus};
pub use tracked::TrackedCall;
pub use tracking::{Tracking, verify};
pub use visitors::{Greeting, Hello};
