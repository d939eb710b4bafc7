//! The platform's REST APIs.

pub mod applications;
pub mod numbers;
