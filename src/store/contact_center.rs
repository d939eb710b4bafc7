//! Agents, their calls, what is offered to whom. Every change is one transaction that happens whole or not at all: rows
//! are compared by version, and an open offer is unique for its call and for its agent.

mod agents;
mod calls;
mod change;
mod console_settings;
mod intents;
mod offers;
mod sql;

pub use agents::{AgentRow, AgentStateRow};
pub use calls::{DeskCallQuery, DeskCallRow};
pub use change::DeskChange;
pub use intents::NewIntent;
pub use offers::OfferRow;
