//! The support page: whole from the server, and the call widget that comes alive on intent.
//!
//! | module     | what                                                             |
//! |------------|------------------------------------------------------------------|
//! | [`call`]   | the visitor's call as a pure state machine                       |
//! | [`driver`] | does what the machine asks for, with `browser`                   |
//! | `calling`  | … the way to a call, back to it after a reload, and out of it    |
//! | `visit`    | … the user and token that a call is placed with                  |
//! | `server`   | … what our server says of the call, and what it is asked for     |
//! | `watch`    | … what is watched while a call lasts                             |
//! | `hours`    | when somebody takes calls, and what to do while nobody does      |
//! | [`widget`] | shows it                                                         |
//! | [`page`]   | everything around it                                             |

pub mod call;
mod calling;
pub mod driver;
mod hours;
pub mod page;
mod server;
pub mod texts;
mod visit;
mod watch;
mod widget;
