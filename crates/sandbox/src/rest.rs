//! The platform's REST APIs.

mod answer;
pub mod applications;
mod asked;
mod countries;
pub mod files;
pub mod insight;
pub mod numbers;
pub mod older;
mod sounds;
pub mod texts;
pub mod users;
pub mod voice;
