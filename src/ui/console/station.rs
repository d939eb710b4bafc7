//! What a console page holds: the newest desk of the server's, the softphone, and the way to both.
//!
//! Several tabs of one browser are one console. The browser gives one of them a lock: that one *leads*, it has the
//! stream of live events, the signs of life and the softphone. The others follow: they show what the leader tells them,
//! ask the server themselves, and pass on to the leader what needs the softphone. So a browser has one stream and one
//! session however many tabs are open, and when the leader is closed the next one goes on with the same call.
//!
//! | module        | what                                                                 |
//! |---------------|----------------------------------------------------------------------|
//! | [`state`]     | [`Station`]: what is shown and held. The others add to it:           |
//! | [`start`]     | the page comes to life, and becomes the tab that leads               |
//! | [`controls`]  | what the agent does in this browser: keys, buttons, the drawer       |
//! | [`followers`] | the other tabs                                                       |
//! | [`readiness`] | whether a call can be taken here, and what the browser's tab says    |
//! | [`server`]    | commands and replies, the stream of desks, signs of life             |
//! | [`drafts`]    | what was written about calls goes to the server                      |
//!
//! In the browser only: nothing here is called while a page is rendered on the server.

mod controls;
mod drafts;
mod followers;
mod readiness;
mod server;
mod start;
mod state;

pub use state::{Act, Station};
pub(super) use state::{LOGIN, held, leave_for};
