//! Private calls for the operator: conversations, numbers, the proof, forgetting.

pub mod content;
pub mod forms;
pub mod pages;

pub use content::*;
pub use pages::{private_detail, private_forgotten, private_overview, private_pool, private_proof};
