//! Both sides as a WAV file: the caller on the left, what they heard of us on the right.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;

use super::handler::{Handler, ToCall};
use crate::service::recorder::{BLOCK, HEADER, Tape};
use crate::service::{AudioCall, ServiceError, Services};

/// Pairs of samples that are gathered before they go to the disk: two whole pages of the file, the first with its header. To
/// write a page at a time costs the processor nearly twice as much, and four pages are no better than two.
const BUFFER: usize = (8 << 10) / BLOCK;

pub(super) struct Record {
    services: Services,
    id: String,
    tape: Tape,
    right: Right,
    buffer: Vec<[u8; BLOCK]>,
    /// How long the buffer becomes.
    full: usize,
}

/// What was sent and is not heard yet: the platform plays one frame for each of the caller's. As many as its buffer
/// holds, for the relay asks how many fit before it speaks.
///
/// Copied: a frame that is kept would keep what the socket reads into, and have it read into new memory each time.
#[derive(Default)]
struct Right {
    lengths: VecDeque<usize>,
    bytes: VecDeque<u8>,
}

impl Right {
    fn push(&mut self, frame: &[u8]) {
        self.lengths.push_back(frame.len());
        self.bytes.extend(frame);
    }

    fn clear(&mut self) {
        self.lengths.clear();
        self.bytes.clear();
    }

    /// The next frame, in one piece.
    fn first(&mut self) -> &[u8] {
        let length = self.lengths.front().copied().unwrap_or(0);
        if self.bytes.as_slices().0.len() < length {
            self.bytes.make_contiguous();
        }
        &self.bytes.as_slices().0[..length]
    }

    fn drop_first(&mut self) {
        if let Some(length) = self.lengths.pop_front() {
            self.bytes.drain(..length);
        }
    }
}

impl Record {
    pub(super) async fn start(services: Services, call: &AudioCall) -> Result<Self, ServiceError> {
        let (id, tape) = services.audio.start_recording(call).await?;
        let (right, buffer) = (Right::default(), Vec::with_capacity(BUFFER));
        Ok(Self { services, id, tape, right, buffer, full: BUFFER - HEADER / BLOCK })
    }
}

/// Appends pairs of samples; the right side is silence where it is shorter, and cut where it is longer. Written so that the
/// compiler makes wide moves of it: this runs for every frame of every recorded call.
fn interleave(left: &[u8], right: &[u8], out: &mut Vec<[u8; BLOCK]>) {
    let ((left, _), (right, _)) = (left.as_chunks(), right.as_chunks());
    let pair = |left: &[u8; 2], right: &[u8; 2]| {
        (u32::from(u16::from_le_bytes(*left)) | u32::from(u16::from_le_bytes(*right)) << 16).to_le_bytes()
    };
    let (both, alone) = left.split_at(left.len().min(right.len()));
    out.extend(both.iter().zip(right).map(|(left, right)| pair(left, right)));
    out.extend(alone.iter().map(|left| pair(left, &[0; 2])));
}

impl Handler for Record {
    fn heard(&mut self, frame: &[u8], _call: &mut ToCall) {
        let (mut left, mut right) = (frame, self.right.first());
        while !left.is_empty() {
            let fits = (self.full - self.buffer.len()) * 2;
            let (now, later) = left.split_at(left.len().min(fits));
            let (heard_now, heard_later) = right.split_at(right.len().min(fits));
            interleave(now, heard_now, &mut self.buffer);
            (left, right) = (later, heard_later);
            if self.buffer.len() == self.full {
                self.tape.write(std::mem::replace(&mut self.buffer, Vec::with_capacity(BUFFER)).into_flattened());
                self.full = BUFFER;
            }
        }
        self.right.drop_first();
    }

    fn said(&mut self, frame: &[u8]) {
        self.right.push(frame);
    }

    fn cleared(&mut self) {
        self.right.clear();
    }

    fn end(mut self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            self.tape.write(std::mem::take(&mut self.buffer).into_flattened());
            let finished = self.tape.finish().await;
            if let Err(error) = self.services.audio.keep_recording(&self.id, finished).await {
                tracing::error!(recording.id = %self.id, error = %error, "a recording could not be kept");
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Right, interleave};

    #[test]
    fn what_was_said_is_heard_frame_by_frame() {
        let mut right = Right::default();
        assert!(right.first().is_empty());
        for n in 0..100_u8 {
            right.push(&[n; 3]);
            right.push(&vec![n; usize::from(n)]);
            assert_eq!(right.first(), [n; 3]);
            right.drop_first();
            assert_eq!(right.first(), vec![n; usize::from(n)]);
            right.drop_first();
        }
        right.push(&[1; 3]);
        right.clear();
        assert!(right.first().is_empty());
    }

    #[test]
    fn left_is_the_caller_and_right_is_what_they_heard() {
        let mut out = vec![];
        interleave(&[1, 0, 2, 0, 3, 0], &[9, 0, 8, 0], &mut out);
        assert_eq!(out.as_flattened(), [1, 0, 9, 0, 2, 0, 8, 0, 3, 0, 0, 0]);
        out.clear();
        interleave(&[1, 0], &[9, 0, 8, 0], &mut out);
        assert_eq!(out.as_flattened(), [1, 0, 9, 0]);
    }
}
