//! How loud the two sides of a call are, twenty times a second.

use serde::{Deserialize, Serialize};

/// Windows in a second.
pub const WINDOWS_PER_SECOND: u64 = 20;

/// How loud one side was for one window. 0 is silence, 1 as loud as can be.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Level {
    pub rms: f32,
    pub peak: f32,
}

/// One twentieth of a second of a call.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Window {
    /// 1, 2, 3 …
    pub number: u64,
    pub caller: Level,
    pub ours: Level,
}

/// What a run of samples adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Sum {
    squares: u64,
    samples: u32,
    peak: u16,
}

impl Sum {
    fn add(&mut self, frame: &[u8]) {
        let (samples, _) = frame.as_chunks();
        self.samples += u32::try_from(samples.len()).unwrap_or(0);
        // A frame is at most 480 samples, so 32 bits hold the sum of (sample / 16) squared; that keeps the loop in
        // vector registers. What is lost is far below a telephone's noise.
        let (mut squares, mut peak) = (0_u32, 0_u16);
        for sample in samples {
            let sample = i16::from_le_bytes(*sample).unsigned_abs();
            peak = peak.max(sample);
            let small = u32::from(sample >> 4);
            squares = squares.wrapping_add(small * small);
        }
        self.squares += u64::from(squares) << 8;
        self.peak = self.peak.max(peak);
    }

    fn take(&mut self) -> Level {
        let Self { squares, samples, peak } = std::mem::take(self);
        if samples == 0 {
            return Level::default();
        }
        let rms = (squares as f64 / f64::from(samples)).sqrt() / 32_768.0;
        Level { rms: rms as f32, peak: f32::from(peak) / 32_768.0 }
    }
}

/// How loud 20 ms were, 0 to 1.
#[must_use]
pub fn loudness(frame: &[u8]) -> f32 {
    let mut sum = Sum::default();
    sum.add(frame);
    sum.take().rms
}

/// Both sides of one call. Its clock is the caller's audio, which comes fifty times a second even in silence.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meter {
    caller: Sum,
    ours: Sum,
    frames: u64,
}

impl Meter {
    /// 20 ms of the caller's; a window when one is full.
    pub fn heard(&mut self, frame: &[u8]) -> Option<Window> {
        self.caller.add(frame);
        self.frames += 1;
        let window = |frames: u64| frames * WINDOWS_PER_SECOND / u64::from(super::FRAMES_PER_SECOND);
        let number = window(self.frames);
        (number != window(self.frames - 1)).then(|| Window {
            number,
            caller: self.caller.take(),
            ours: self.ours.take(),
        })
    }

    /// 20 ms that we sent.
    pub fn said(&mut self, frame: &[u8]) {
        self.ours.add(frame);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(samples: impl IntoIterator<Item = i16>) -> Vec<u8> {
        samples.into_iter().flat_map(i16::to_le_bytes).collect()
    }

    #[test]
    fn a_second_has_twenty_windows() {
        let mut meter = Meter::default();
        let silence = frame([0; 320]);
        let windows: Vec<Window> = (0..500).filter_map(|_| meter.heard(&silence)).collect();
        assert_eq!(windows.len(), 200);
        assert!(windows.iter().zip(1..).all(|(window, number)| window.number == number));
        assert!(windows.iter().all(|window| window.caller == Level::default()));
    }

    #[test]
    fn each_side_has_its_own_level() {
        let mut meter = Meter::default();
        let loud = frame([16_384, -16_384].repeat(160));
        let quiet = frame([1_600, -1_600].repeat(160));
        let mut windows = vec![];
        for _ in 0..5 {
            meter.said(&quiet);
            windows.extend(meter.heard(&loud));
        }
        assert_eq!(windows.len(), 2);
        for window in windows {
            assert!((window.caller.rms - 0.5).abs() < 0.001 && (window.caller.peak - 0.5).abs() < 0.001, "{window:?}");
            assert!((window.ours.rms - 0.0488).abs() < 0.001, "{window:?}");
        }
    }

    #[test]
    fn the_loudest_frame_does_not_overflow() {
        let level = loudness(&frame([i16::MIN; 480]));
        assert!((level - 1.0).abs() < 0.001, "{level}");
        assert_eq!(loudness(&[]), 0.0);
        assert_eq!(loudness(&[1]), 0.0, "half a sample is none");
    }

    proptest! {
        #[test]
        fn agrees_with_the_exact_sum(samples in prop::collection::vec(any::<i16>(), 1..480)) {
            let exact = samples.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / samples.len() as f64;
            let exact = (exact.sqrt() / 32_768.0) as f32;
            let level = loudness(&frame(samples));
            prop_assert!((level - exact).abs() < 0.001, "{} {}", level, exact);
        }
    }
}
