//! The platform's REST APIs.

mod answer;
pub mod applications;
pub mod files;
pub mod insight;
pub mod numbers;
mod sounds;
pub mod texts;
pub mod users;
pub mod voice;
