//! The support page: whole from the server, and the call widget that comes alive on intent.
//!
//! | module     | what                                                    |
//! |------------|---------------------------------------------------------|
//! | [`call`]   | the visitor's call as a pure state machine              |
//! | [`driver`] | does what the machine asks for, with `browser`          |
//! | [`widget`] | shows it                                                |
//! | [`page`]   | everything around it                                    |

pub mod call;
pub mod driver;
pub mod page;
pub mod texts;
mod widget;
