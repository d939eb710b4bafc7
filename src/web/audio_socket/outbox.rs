//! What waits to be sent to the platform, as the bytes that go over the wire (RFC 6455; a server does not mask).

use std::collections::VecDeque;

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// Messages in their order, each in one frame.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Waiting>,
    /// How much of the first was sent.
    sent: usize,
}

#[derive(Debug)]
struct Waiting {
    opcode: OpCode,
    /// Where the payload begins.
    start: usize,
    bytes: Vec<u8>,
}

impl Waiting {
    fn is_audio(&self) -> bool {
        self.opcode == OpCode::Data(Data::Binary)
    }

    fn payload(&self) -> &[u8] {
        &self.bytes[self.start..]
    }
}

impl Outbox {
    pub(super) fn audio(&mut self, frame: &[u8]) {
        self.push(OpCode::Data(Data::Binary), frame);
    }

    pub(super) fn text(&mut self, text: &str) {
        self.push(OpCode::Data(Data::Text), text.as_bytes());
    }

    pub(super) fn pong(&mut self, payload: &[u8]) {
        self.push(OpCode::Control(Control::Pong), payload);
    }

    /// The last message, instead of everything that waits.
    pub(super) fn goodbye(&mut self, code: u16, reason: &str) {
        // A frame that is sent in part has to be finished.
        self.waiting.truncate(usize::from(self.sent > 0));
        self.push(OpCode::Control(Control::Close), &[&code.to_be_bytes(), reason.as_bytes()].concat());
    }

    fn push(&mut self, opcode: OpCode, payload: &[u8]) {
        let header = FrameHeader { opcode, ..FrameHeader::default() };
        let length = payload.len() as u64;
        let mut bytes = Vec::with_capacity(header.len(length) + payload.len());
        // Writing to memory does not fail.
        let _ = header.format(length, &mut bytes);
        let start = bytes.len();
        bytes.extend_from_slice(payload);
        self.waiting.push_back(Waiting { opcode, start, bytes });
    }

    /// Audio that waits is not sent any more.
    pub(super) fn drop_audio(&mut self) {
        let mut begun = self.sent > 0;
        self.waiting.retain(|message| std::mem::take(&mut begun) || !message.is_audio());
    }

    /// Messages that wait.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// The audio among the last `count` messages, first things first.
    pub(super) fn last_audio(&self, count: usize) -> impl Iterator<Item = &[u8]> {
        let first = self.waiting.len().saturating_sub(count);
        self.waiting.range(first..).filter(|message| message.is_audio()).map(Waiting::payload)
    }

    /// What goes next.
    pub(super) fn next(&self) -> Option<&[u8]> {
        self.waiting.front().map(|first| &first.bytes[self.sent..])
    }

    /// So many bytes of [`Outbox::next`] went.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.sent += bytes;
        if self.waiting.front().is_some_and(|first| self.sent >= first.bytes.len()) {
            self.waiting.pop_front();
            self.sent = 0;
        }
    }

    /// The texts that wait.
    #[cfg(test)]
    pub(super) fn texts(&self) -> Vec<&str> {
        let texts = self.waiting.iter().filter(|message| message.opcode == OpCode::Data(Data::Text));
        texts.map(|message| std::str::from_utf8(message.payload()).unwrap()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_is_half_sent_is_finished() {
        let mut outbox = Outbox::default();
        for n in 0..3 {
            outbox.audio(&[n; 200]);
        }
        outbox.text("words");
        outbox.sent(100);
        outbox.drop_audio();
        assert_eq!((outbox.len(), outbox.texts()), (2, vec!["words"]));
        assert_eq!(outbox.next(), Some(&[0; 104][..]));
        outbox.goodbye(1000, "closed");
        assert_eq!(outbox.len(), 2);
        outbox.sent(104);
        assert_eq!(outbox.next(), Some(&b"\x88\x08\x03\xe8closed"[..]));
        outbox.sent(10);
        assert_eq!(outbox.next(), None);
        outbox.audio(&[0; 10]);
        outbox.drop_audio();
        assert_eq!(outbox.len(), 0);
    }
}
