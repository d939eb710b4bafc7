//! The integration tests: one binary, so that one link serves all of them.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by failing")]

mod architecture;
mod bad_disk;
mod call_flows;
mod call_tracking;
mod connections;
mod documents;
mod durability;
mod killed_desk;
mod privacy;
mod sizes;
mod softphone;
mod support;
