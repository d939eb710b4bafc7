//! How loud both sides are, for who watches the call's page.

use super::handler::{Handler, ToCall};
use super::levels::Publisher;
use crate::domain::audio_socket::meter::Meter;

pub(super) struct Monitor {
    meter: Meter,
    levels: Publisher,
}

impl Monitor {
    pub(super) fn new(levels: Publisher) -> Self {
        Self { meter: Meter::default(), levels }
    }
}

impl Handler for Monitor {
    fn heard(&mut self, frame: &[u8], _call: &mut ToCall) {
        if let Some(window) = self.meter.heard(frame) {
            self.levels.publish(window);
        }
    }

    fn said(&mut self, frame: &[u8]) {
        self.meter.said(frame);
    }
}
