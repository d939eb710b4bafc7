//! Parts that several screens share: a page is put together from them, and adds what it is about. `/admin/parts` of a debug
//! build shows each in every state.

pub mod brand;
pub mod code;
pub mod confirm;
pub mod door;
pub mod empty;
pub mod field;
pub mod format;
pub mod frame;
pub mod icon;
pub mod keypad;
pub mod language_switch;
pub mod level;
pub mod live;
pub mod markup;
pub mod notice;
pub mod page_head;
pub mod pager;
pub mod player;
pub mod sandbox_strip;
pub mod skeleton;
pub mod stat;
pub mod table;
pub mod theme_switch;
pub mod time;
pub mod timeline;
pub mod trouble;
