//! How loud and which tone: what tests ask of a phone's ear, and what a level meter shows.

use std::f64::consts::TAU;

use super::{Frame, RATE};

/// Samples a [`Meter`] looks back on: one second.
pub const WINDOW: usize = RATE as usize;
/// Samples of one Goertzel analysis: 100 ms, tones 20 Hz apart are told apart.
const BLOCK: usize = 800;
const FULL: f64 = 32_768.0;

/// Root mean square, 0 to 1 of full scale. A full-scale sine has 0.707; nothing has 0.
#[must_use]
pub fn rms(samples: &[i16]) -> f64 {
    if samples.is_empty() {
        return 0.0;
    }
    let power: f64 = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
    (power / samples.len() as f64).sqrt() / FULL
}

/// The loudest sample, 0 to 1 of full scale.
#[must_use]
pub fn peak(samples: &[i16]) -> f64 {
    f64::from(samples.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0)) / FULL
}

/// The amplitude of the tone at `hz` (0 to 4,000), 0 to 1 of full scale: a sine of amplitude 0.5 gives 0.5.
///
/// Measured in windows of 100 ms whose powers are averaged, not over the whole second at once: a lost frame shifts the
/// phase, and a long window would then cancel the tone against itself.
#[must_use]
pub fn tone(samples: &[i16], hz: f64) -> f64 {
    let blocks = samples.chunks_exact(BLOCK);
    let count = blocks.len();
    if count == 0 {
        return 0.0;
    }
    let power: f64 = blocks.map(|block| goertzel(block, hz).powi(2)).sum();
    (power / count as f64).sqrt()
}

/// Goertzel's algorithm over one block with a Hann window.
fn goertzel(block: &[i16], hz: f64) -> f64 {
    let coefficient = 2.0 * (TAU * hz / f64::from(RATE)).cos();
    let (mut last, mut before, mut weights) = (0.0, 0.0, 0.0);
    for (n, &sample) in block.iter().enumerate() {
        let weight = 0.5 - 0.5 * (TAU * n as f64 / block.len() as f64).cos();
        let value = f64::from(sample) / FULL * weight + coefficient * last - before;
        (before, last) = (last, value);
        weights += weight;
    }
    let power = last * last + before * before - coefficient * last * before;
    2.0 * power.max(0.0).sqrt() / weights
}

/// Remembers the last second.
#[derive(Debug)]
pub struct Meter {
    ring: Vec<i16>,
    at: usize,
    frames: u64,
}

impl Default for Meter {
    fn default() -> Self {
        Self { ring: vec![0; WINDOW], at: 0, frames: 0 }
    }
}

impl Meter {
    /// Adds what was just heard.
    pub fn push(&mut self, frame: &Frame) {
        for &sample in frame {
            self.ring[self.at] = sample;
            self.at = (self.at + 1) % WINDOW;
        }
        self.frames += 1;
    }

    /// The last second, oldest first; before a second has passed it starts with silence.
    #[must_use]
    pub fn last_second(&self) -> Vec<i16> {
        [&self.ring[self.at..], &self.ring[..self.at]].concat()
    }

    /// Frames since the beginning.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }
}

#[cfg(test)]
mod tests {
    use super::super::tone::sine;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn levels_of_known_signals() {
        let loud = sine(440.0, 0.5, WINDOW);
        assert!((peak(&loud) - 0.5).abs() < 0.001);
        assert!((rms(&loud) - 0.5 / 2_f64.sqrt()).abs() < 0.001);
        assert_eq!((rms(&[]), peak(&[]), tone(&[], 440.0)), (0.0, 0.0, 0.0));
        assert!((peak(&[i16::MIN]) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn finds_two_tones_and_nothing_between() {
        let mixed: Vec<i16> =
            sine(440.0, 0.3, WINDOW).iter().zip(sine(1000.0, 0.1, WINDOW)).map(|(a, b)| a + b).collect();
        assert!((tone(&mixed, 440.0) - 0.3).abs() < 0.005);
        assert!((tone(&mixed, 1000.0) - 0.1).abs() < 0.005);
        assert!(tone(&mixed, 700.0) < 0.001);
    }

    #[test]
    fn a_lost_frame_hardly_weakens_the_tone() {
        let mut gappy = sine(440.0, 0.3, WINDOW);
        gappy.drain(3000..3160);
        gappy.extend([0; 160]);
        assert!(tone(&gappy, 440.0) > 0.25);
    }

    #[test]
    fn forgets_after_a_second() {
        let mut meter = Meter::default();
        for _ in 0..20 {
            meter.push(&[9000; 160]);
        }
        assert!(rms(&meter.last_second()) > 0.1);
        for _ in 0..50 {
            meter.push(&[0; 160]);
        }
        assert_eq!((rms(&meter.last_second()), meter.frames()), (0.0, 70));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn level_of_any_audible_tone_is_found(hz in 100.0..3800.0_f64, level in 0.01..0.9_f64) {
            prop_assert!((tone(&sine(hz, level, WINDOW), hz) - level).abs() < level * 0.02 + 0.001);
        }
    }
}
