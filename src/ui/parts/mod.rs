//! Parts that several screens share.

pub mod format;
pub mod frame;
pub mod icon;
pub mod language_switch;
pub mod trouble;
