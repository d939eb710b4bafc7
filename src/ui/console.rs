//! The agents' console: one page, `/console`.
//!
//! | module        | what it is                                                                    |
//! |---------------|-------------------------------------------------------------------------------|
//! | [`phone`]     | what this browser's softphone is doing: pure                                  |
//! | [`able`]      | whether a call can be taken here, and why not: pure                           |
//! | [`news`]      | what of a change is said, rung or focused: pure                               |
//! | [`station`]   | holds the newest picture of the server's, and asks it for changes             |
//! | [`softphone`] | does what `phone` wants, with the voice SDK                                   |
//! | `command`     | sends what it asks for                                                        |
//! | [`layout`]    | what of the page is open                                                      |
//! | [`keyboard`]  | which key means what: pure                                                    |
//! | `number_check`| what a number is while it is typed                                            |
//! | `drafts`      | what was written about calls, and is not at the server yet                    |
//! | [`view`]      | shows it; the panels are `offer`, `talking`, `wrap_up`, `idle`, and the lists |
//! | [`signed_in`] | whether somebody is still signed in: pure                                     |
//! | [`session`]   | the session has ended, and the page goes on                                   |
//! | `leaving`     | signing out in a call                                                         |
//! | [`page`]      | everything around it                                                          |
//!
//! The server owns every state; this page never decides that a call is held or an agent ready. It owns the audio alone.

pub mod able;
mod command;
mod drafts;
mod idle;
pub mod keyboard;
pub mod layout;
mod leaving;
mod lists;
pub mod news;
mod notes;
mod number_check;
mod offer;
pub mod page;
pub mod phone;
mod pick;
mod pill;
#[cfg(test)]
mod sample;
pub mod session;
pub mod signed_in;
pub mod softphone;
mod sound;
pub mod station;
mod talking;
pub(in crate::ui) mod texts;
mod view;
mod wrap_up;
