//! The operator's screens.

pub mod audio_socket;
pub mod business;
pub mod call;
mod call_audio;
pub mod call_tracking;
pub mod calls;
mod cells;
pub mod console_settings;
mod country;
pub mod dry_run;
pub mod events;
mod flash;
pub mod flow;
pub mod flows;
mod form;
pub mod gate;
pub mod hours;
mod link;
pub mod menus;
pub mod numbers;
pub mod overview;
mod page;
mod parts;
#[cfg(debug_assertions)]
pub mod parts_page;
pub mod private_calls;
pub mod queues;
pub mod sdk;
pub mod setup;
mod shown_number;
pub mod speech;
mod trouble;
pub mod users;
