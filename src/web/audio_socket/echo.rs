//! The caller's own voice comes back.

use axum::body::Bytes;

use super::handler::{Handler, ToCall};

pub(super) struct Echo;

impl Handler for Echo {
    fn heard(&mut self, frame: &Bytes, call: &mut ToCall) {
        call.say(frame.clone());
    }
}
