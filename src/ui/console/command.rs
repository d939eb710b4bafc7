//! The way to the server: a [`Command`] goes out, a [`Reply`] comes back.

use crate::api::Access;
use crate::api::contact_center::{CONSOLE, Command, Reply};
use crate::browser::post::post;

/// Asks for something. `None` when nobody answered, or our own server had a fault.
pub(super) async fn send(command: Command) -> Option<Access<Reply>> {
    let (path, body) = posted(&command);
    let answer = post(path, &body).await?;
    serde_json::from_str(&answer).ok()
}

/// What is posted for a command: where to, and the body.
pub(super) fn posted(command: &Command) -> (&'static str, String) {
    (CONSOLE, serde_json::to_string(command).unwrap_or_default())
}
