//! The agents' console: one picture of everything an agent sees ([`Desk`]), and what they can do ([`Command`]).
//!
//! The server owns every state. A page shows the newest [`Desk`] it has and asks for changes; what was asked for is done
//! when a newer desk says so, which arrives by `GET /live/console` (server-sent events):
//!
//! | event   | data                    | when                                                                       |
//! |---------|-------------------------|----------------------------------------------------------------------------|
//! | `desk`  | a whole [`Desk`] (JSON) | at once on opening, and within milliseconds of any change that it shows    |
//! | `stale` | `{}`                    | something was missed and the next `desk` is on its way; nothing to be done |
//!
//! The event's id is [`Desk::version`]. The stream is closed when the session ends (then a command is answered with
//! [`Access::SignIn`]) and when the server stops (then reconnect: `EventSource` does so by itself).
//!
//! Everything that is asked for is `POST /api/console` with one [`Command`] as JSON, answered with `Access<Reply>`.
//!
//! How a console lives: the page comes with its first desk ([`get_desk`]) and has a `tab` id of its own (any random text
//! that the browser keeps); `GET /live/console`; [`Command::Heartbeat`] every 5 s (also from a worker: 15 s without one is
//! *asleep*) whose answer says whether this tab holds the softphone; the tab that does asks for a token
//! ([`Command::Softphone`]), opens the SDK session, and takes what rings. Accepting an offer is the SDK's `answer(callId)`;
//! declining is [`Command::Decline`] (or the SDK's `reject`). An outgoing call is [`Command::Dial`] and then the SDK's
//! `serverCall(context)` with exactly the returned context.

use leptos::server;
use leptos::server_fn::codec::Json;

use super::access::Access;
use super::error::ApiError;
pub use crate::domain::contact_center::caller_id::OurNumber;
pub use crate::domain::contact_center::command::{Command, Reply};
pub use crate::domain::contact_center::desk::*;
pub use crate::domain::contact_center::presence::{AwayReason, State, Unable, Wish};

/// Where a [`Command`] is posted to.
pub const CONSOLE: &str = "/api/console";

/// The present picture, with which the page is rendered.
#[server(prefix = "/api", endpoint = "console-desk", input = Json)]
pub async fn get_desk() -> Result<Access<Desk>, ApiError> {
    use super::context;
    context::guarded(async {
        let me = context::agent().await?;
        Ok(context::services()?.desk.view.desk(&me.id, &me.name).await?)
    })
    .await
}
