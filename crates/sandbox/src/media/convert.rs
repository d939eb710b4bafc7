//! Between the sandbox's 8 kHz and the rates of WebSocket legs, frame by frame.
//!
//! A windowed-sinc filter in pieces, with the end of the last frame kept for the next, so that there is no seam. It
//! delays by four milliseconds both ways together.

use std::collections::VecDeque;
use std::f64::consts::PI;

use super::{FRAME, Frame};

/// Filter taps for each sample at 8 kHz.
const TAPS: usize = 32;

fn kernel(times: usize) -> Vec<f32> {
    let length = TAPS * times;
    let centre = (length - 1) as f64 / 2.0;
    let taps: Vec<f64> = (0..length)
        .map(|n| {
            // Cut a little below 4 kHz, because the filter's edge is not infinitely steep.
            let x = (n as f64 - centre) * 0.92 / times as f64;
            let sinc = if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) };
            let phase = 2.0 * PI * (n as f64 + 0.5) / length as f64;
            sinc * (0.42 - 0.5 * phase.cos() + 0.08 * (2.0 * phase).cos())
        })
        .collect();
    let sum: f64 = taps.iter().sum();
    taps.into_iter().map(|tap| (tap / sum) as f32).collect()
}

/// From 8 kHz to a multiple of it.
#[derive(Debug, Clone)]
pub struct Up {
    times: usize,
    kernel: Vec<f32>,
    past: VecDeque<f32>,
}

impl Up {
    #[must_use]
    pub fn new(times: usize) -> Up {
        Up { times, kernel: kernel(times), past: VecDeque::from(vec![0.0; TAPS]) }
    }

    /// 20 ms, as samples of 16 bits, little-endian.
    pub fn frame(&mut self, frame: &Frame) -> Vec<u8> {
        if self.times == 1 {
            return frame.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        }
        let mut out = Vec::with_capacity(FRAME * self.times * 2);
        for &sample in frame {
            self.past.pop_back();
            self.past.push_front(f32::from(sample));
            for phase in 0..self.times {
                let taps = self.kernel.iter().skip(phase).step_by(self.times);
                let sum: f32 = taps.zip(&self.past).map(|(tap, past)| tap * past).sum();
                out.extend_from_slice(&clip(sum * self.times as f32).to_le_bytes());
            }
        }
        out
    }
}

/// From a multiple of 8 kHz down to it.
#[derive(Debug, Clone)]
pub struct Down {
    times: usize,
    kernel: Vec<f32>,
    past: VecDeque<f32>,
}

impl Down {
    #[must_use]
    pub fn new(times: usize) -> Down {
        Down { times, kernel: kernel(times), past: VecDeque::from(vec![0.0; TAPS * times]) }
    }

    /// A frame; what is missing of it is silence.
    pub fn frame(&mut self, bytes: &[u8]) -> Frame {
        let mut samples = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
        std::array::from_fn(|_| {
            if self.times == 1 {
                return samples.next().unwrap_or(0);
            }
            for _ in 0..self.times {
                self.past.pop_back();
                self.past.push_front(f32::from(samples.next().unwrap_or(0)));
            }
            clip(self.kernel.iter().zip(&self.past).map(|(tap, past)| tap * past).sum())
        })
    }
}

fn clip(sample: f32) -> i16 {
    sample.round().clamp(-32_768.0, 32_767.0) as i16
}

#[cfg(test)]
mod tests {
    use super::super::measure::{rms, tone};
    use super::super::tone::sine;
    use super::*;

    fn there_and_back(times: usize, audio: &[i16]) -> Vec<i16> {
        let (mut up, mut down) = (Up::new(times), Down::new(times));
        let mut out = Vec::new();
        for chunk in audio.chunks_exact(FRAME) {
            let frame: Frame = std::array::from_fn(|n| chunk[n]);
            let wire = up.frame(&frame);
            assert_eq!(wire.len(), FRAME * times * 2);
            out.extend(down.frame(&wire));
        }
        out
    }

    #[test]
    fn what_goes_up_comes_down_without_a_seam() {
        for times in 1..=3 {
            for hz in [200.0, 700.0, 1_600.0, 3_000.0] {
                let back = there_and_back(times, &sine(hz, 0.4, 8_000));
                let level = tone(&back[1_600..], hz);
                assert!((level - 0.4).abs() < 0.03, "{times} {hz}: {level}");
                let all = rms(&back[1_600..]);
                assert!((all - 0.4 / 2_f64.sqrt()).abs() < 0.03, "{times} {hz}: nothing else is heard, {all}");
            }
        }
    }

    #[test]
    fn what_eight_kilohertz_cannot_carry_is_not_folded_back() {
        let high: Vec<u8> = (0..16_000)
            .map(|n| (8_000.0 * (2.0 * PI * 6_000.0 * f64::from(n) / 16_000.0).sin()) as i16)
            .flat_map(i16::to_le_bytes)
            .collect();
        let mut down = Down::new(2);
        let heard: Vec<i16> = high.chunks(640).flat_map(|bytes| down.frame(bytes)).collect();
        assert!(rms(&heard[400..]) < 0.005, "{}", rms(&heard[400..]));
    }

    #[test]
    fn half_a_frame_ends_in_silence_and_half_a_sample_is_none() {
        let mut down = Down::new(1);
        let frame = down.frame(&[1, 0, 2, 0, 3]);
        assert_eq!((frame[0], frame[1], frame[2], frame[159]), (1, 2, 0, 0));
    }
}
