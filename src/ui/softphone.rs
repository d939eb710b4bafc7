//! What the two softphones of the site have in common: the visitor's under the call widget (`ui::support`) and the agent's
//! under the console (`ui::console`).
//!
//! Each has a state machine of its own, which says what must be done, and a driver, which does it with the voice SDK and
//! reports the outcome. The machines differ: a visitor has one call and no session without it, an agent has a session all
//! day. The drivers share this:
//!
//! | module     | what                                                                  |
//! |------------|-----------------------------------------------------------------------|
//! | [`driver`] | the SDK's client, its events, its token, and which answers are too late |
//! | [`audio`]  | how loud both sides are and how good the connection is, while it lasts |
//!
//! In the browser only: nothing here is called while a page is rendered on the server.

pub mod audio;
pub mod driver;
