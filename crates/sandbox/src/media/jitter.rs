//! What a leg delivered and the mix has not used yet.

use std::collections::VecDeque;

use tokio::sync::mpsc;

use super::{FRAME, Frame};

/// Frames that may wait; beyond this the oldest are dropped.
const MOST: usize = 10;
/// Frames gathered before a leg is heard again after it ran dry, so that uneven delivery does not chop every word.
const HEADROOM: usize = 2;
/// Beats between two looks at whether the queue has been longer than it needs to be.
const REVIEW: u32 = 50;

/// A small adaptive jitter buffer.
///
/// A leg that delivers late contributes silence. A leg whose clock runs fast would make everybody hear it later and
/// later: if during a whole second there was always a spare frame, one is dropped.
#[derive(Debug, Default)]
pub(super) struct Jitter {
    queue: VecDeque<Frame>,
    playing: bool,
    waited: bool,
    beats: u32,
    least: usize,
}

impl Jitter {
    /// Takes everything that has arrived. False when the leg's end is gone and nothing is left.
    pub(super) fn fill(&mut self, from: &mut mpsc::Receiver<Frame>) -> bool {
        loop {
            match from.try_recv() {
                Ok(frame) => self.push(frame),
                Err(mpsc::error::TryRecvError::Empty) => return true,
                Err(mpsc::error::TryRecvError::Disconnected) => return !self.queue.is_empty(),
            }
        }
    }

    fn push(&mut self, frame: Frame) {
        if self.queue.len() == MOST {
            self.queue.pop_front();
        }
        self.queue.push_back(frame);
    }

    /// The frame for this beat, if there is one.
    pub(super) fn next(&mut self) -> Option<Frame> {
        if !self.playing {
            // One frame alone waits for one beat: what follows it may never come, and it has to be heard all the same.
            let enough = self.queue.len() >= HEADROOM || (self.waited && !self.queue.is_empty());
            self.waited = !self.queue.is_empty();
            if !enough {
                return None;
            }
            *self =
                Self { queue: std::mem::take(&mut self.queue), playing: true, least: usize::MAX, ..Self::default() };
        }
        let frame = self.queue.pop_front();
        self.playing = frame.is_some();
        self.least = self.least.min(self.queue.len());
        self.beats += 1;
        if self.beats == REVIEW {
            if self.least > HEADROOM {
                self.queue.pop_front();
            }
            self.beats = 0;
            self.least = usize::MAX;
        }
        frame
    }
}

/// Samples that came in pieces of any length, handed on as frames.
#[derive(Debug, Default)]
pub(super) struct Framer {
    rest: Vec<i16>,
}

impl Framer {
    /// Calls `each` for every whole frame; less than a frame is kept for the next time.
    pub(super) fn push(&mut self, samples: impl Iterator<Item = i16>, mut each: impl FnMut(Frame)) {
        for sample in samples {
            self.rest.push(sample);
            if self.rest.len() == FRAME {
                if let Ok(frame) = Frame::try_from(self.rest.as_slice()) {
                    each(frame);
                }
                self.rest.clear();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(n: i16) -> Frame {
        [n; FRAME]
    }

    #[test]
    fn a_steady_leg_is_heard_in_order_and_whole() {
        let mut jitter = Jitter::default();
        jitter.push(numbered(1));
        let mut heard = Vec::new();
        for n in 2..100 {
            jitter.push(numbered(n));
            heard.extend(jitter.next().map(|f| f[0]));
        }
        assert_eq!(heard, (1..99).collect::<Vec<_>>());
    }

    #[test]
    fn a_single_frame_is_heard_one_beat_later() {
        let mut jitter = Jitter::default();
        jitter.push(numbered(5));
        assert_eq!(jitter.next(), None);
        assert_eq!(jitter.next(), Some(numbered(5)));
        assert_eq!(jitter.next(), None);
    }

    #[test]
    fn a_flood_keeps_the_newest_and_stays_small() {
        let mut jitter = Jitter::default();
        for n in 0..1000 {
            jitter.push(numbered(n));
        }
        assert_eq!(jitter.next(), Some(numbered(990)));
    }

    #[test]
    fn needless_delay_is_worked_off() {
        let mut jitter = Jitter::default();
        for n in 0..9 {
            jitter.push(numbered(n));
        }
        for n in 9..1000 {
            jitter.push(numbered(n));
            assert!(jitter.next().is_some());
        }
        assert!(jitter.queue.len() <= HEADROOM + 1, "{} frames still wait", jitter.queue.len());
    }

    #[test]
    fn odd_pieces_become_frames() {
        let mut framer = Framer::default();
        let mut frames = Vec::new();
        for piece in (0..800).collect::<Vec<i16>>().chunks(37) {
            framer.push(piece.iter().copied(), |f| frames.push(f));
        }
        assert_eq!(frames.concat(), (0..800).collect::<Vec<i16>>());
    }
}
