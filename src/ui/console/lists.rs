//! The lists beside the call: earlier calls, messages, who waits and who is there.

mod floor;
mod history;
mod parts;
mod voicemails;

pub use floor::Floor;
pub use history::Calls;
pub use parts::Badge;
pub use voicemails::Voicemails;
