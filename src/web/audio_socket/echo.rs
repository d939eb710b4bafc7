//! The caller's own voice comes back.

use super::handler::{Handler, ToCall};

pub(super) struct Echo;

impl Handler for Echo {
    fn heard(&mut self, frame: &[u8], call: &mut ToCall) {
        call.say(frame);
    }
}
