//! Both sides as a WAV file: the caller on the left, what they heard of us on the right.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;

use axum::body::Bytes;

use super::handler::{Handler, ToCall};
use crate::service::recorder::{BLOCK, Tape};
use crate::service::{AudioCall, ServiceError, Services};

/// What is gathered before it goes to the disk.
const BUFFER: usize = 8 << 10;

pub(super) struct Record {
    services: Services,
    id: String,
    tape: Tape,
    /// What was sent and is not heard yet: the platform plays one frame for each of the caller's. As many as its buffer
    /// holds, for the relay asks how many fit before it speaks.
    right: VecDeque<Bytes>,
    buffer: Vec<u8>,
}

impl Record {
    pub(super) async fn start(services: Services, call: &AudioCall) -> Result<Self, ServiceError> {
        let (id, tape) = services.start_recording(call).await?;
        Ok(Self { services, id, tape, right: VecDeque::new(), buffer: Vec::with_capacity(BUFFER) })
    }
}

/// Appends pairs of samples; the right side is silence where it is shorter, and cut where it is longer. Side by side, so that
/// the compiler makes wide moves of it: this runs for every frame of every recorded call.
fn interleave(left: &[u8], right: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + left.len() / 2 * BLOCK, 0);
    for (offset, side) in [(0, left), (2, right)] {
        for (pair, sample) in out[start..].chunks_exact_mut(BLOCK).zip(side.chunks_exact(2)) {
            pair[offset..offset + 2].copy_from_slice(sample);
        }
    }
}

impl Handler for Record {
    fn heard(&mut self, frame: &Bytes, _call: &mut ToCall) {
        let right = self.right.pop_front().unwrap_or_default();
        let pairs = frame.len() / 2 * BLOCK;
        if self.buffer.len() + pairs > BUFFER {
            self.tape.write(std::mem::replace(&mut self.buffer, Vec::with_capacity(BUFFER)));
        }
        interleave(frame, &right, &mut self.buffer);
    }

    fn said(&mut self, frame: &Bytes) {
        self.right.push_back(frame.clone());
    }

    fn cleared(&mut self) {
        self.right.clear();
    }

    fn end(mut self: Box<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(async move {
            self.tape.write(std::mem::take(&mut self.buffer));
            let finished = self.tape.finish().await;
            if let Err(error) = self.services.keep_recording(&self.id, finished).await {
                tracing::error!(recording.id = %self.id, error = %error, "a recording could not be kept");
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::interleave;

    #[test]
    fn left_is_the_caller_and_right_is_what_they_heard() {
        let mut out = vec![];
        interleave(&[1, 0, 2, 0, 3, 0], &[9, 0, 8, 0], &mut out);
        assert_eq!(out, [1, 0, 9, 0, 2, 0, 8, 0, 3, 0, 0, 0]);
        out.clear();
        interleave(&[1, 0], &[9, 0, 8, 0], &mut out);
        assert_eq!(out, [1, 0, 9, 0]);
    }
}
