//! Parts that several screens share.

pub mod format;
pub mod frame;
pub mod icon;
pub mod keypad;
pub mod language_switch;
pub mod level;
pub mod live;
pub mod markup;
pub mod player;
pub mod sandbox_strip;
pub mod theme_switch;
pub mod trouble;
