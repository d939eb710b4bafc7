//! WAV files in any usual form in, 8 kHz out.

use std::f64::consts::PI;
use std::io::Cursor;
use std::time::Duration;

use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

use super::RATE;

/// The longest audio that is read; the rest is left out. 10 minutes are 9.6 MB.
pub const LONGEST: Duration = Duration::from_secs(600);

/// Why a file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    #[error("not a WAV file that can be read: {0}")]
    Unreadable(String),
    #[error("the WAV file has {channels} channels at {rate} Hz; 1 to 8 channels at 2,000 to 192,000 Hz can be used")]
    Unusual { channels: u16, rate: u32 },
}

/// Reads a WAV file (integer PCM of 8 to 32 bits or 32-bit float, any rate) as 8 kHz mono. Channels are averaged.
///
/// # Errors
/// [`WavError`] when it is no WAV file or has an unusual form. A file that is cut off is read as far as it goes.
pub fn read(bytes: &[u8]) -> Result<Vec<i16>, WavError> {
    let unreadable = |e: hound::Error| WavError::Unreadable(e.to_string());
    let reader = WavReader::new(Cursor::new(bytes)).map_err(unreadable)?;
    let WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format } = reader.spec();
    if !(1..=8).contains(&channels) || !(2_000..=192_000).contains(&rate) {
        return Err(WavError::Unusual { channels, rate });
    }
    let most = usize::try_from(LONGEST.as_secs()).unwrap_or(0) * rate as usize * usize::from(channels);
    let samples = match sample_format {
        SampleFormat::Float => until_the_end(reader.into_samples::<f32>().take(most)),
        SampleFormat::Int => {
            let full = 2_f32.powi(i32::from(bits) - 1);
            until_the_end(reader.into_samples::<i32>().take(most).map(|s| s.map(|s| s as f32 / full)))
        }
    }
    .map_err(unreadable)?;
    let mono: Vec<f32> =
        samples.chunks(usize::from(channels)).map(|c| c.iter().sum::<f32>() / c.len() as f32).collect();
    Ok(resample(&mono, rate).into_iter().map(to_i16).collect())
}

/// What can be read. A program that writes to a pipe (espeak-ng is one) cannot know the length when it writes the
/// header, so a file that ends early is as long as it is; a file of which nothing can be read is an error.
fn until_the_end(samples: impl Iterator<Item = hound::Result<f32>>) -> hound::Result<Vec<f32>> {
    let mut read = Vec::new();
    for sample in samples {
        match sample {
            Ok(sample) => read.push(sample),
            Err(error) if read.is_empty() => return Err(error),
            Err(_) => break,
        }
    }
    Ok(read)
}

/// Writes a 16-bit 8 kHz WAV file with the given channels; shorter ones end in silence.
#[must_use]
pub fn write(channels: &[&[i16]]) -> Vec<u8> {
    let spec = WavSpec {
        channels: u16::try_from(channels.len().max(1)).unwrap_or(u16::MAX),
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut file = Cursor::new(Vec::new());
    // Writing to memory cannot fail; an error leaves a shorter file.
    if let Ok(mut writer) = WavWriter::new(&mut file, spec) {
        let length = channels.iter().map(|c| c.len()).max().unwrap_or(0);
        let samples = (0..length).flat_map(|n| channels.iter().map(move |c| c.get(n).copied().unwrap_or(0)));
        for sample in samples {
            if writer.write_sample(sample).is_err() {
                break;
            }
        }
        let _ = writer.finalize();
    }
    file.into_inner()
}

fn to_i16(sample: f32) -> i16 {
    // A NaN in a float file becomes 0.
    (sample * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16
}

/// Zero crossings of the filter on either side.
const CROSSINGS: usize = 16;
/// Table entries between two zero crossings.
const STEPS: usize = 256;

/// To 8 kHz, by a windowed sinc filter.
///
/// Linear interpolation was rejected: speech at 22 kHz folds its sibilants back as a metallic hiss.
fn resample(samples: &[f32], rate: u32) -> Vec<f32> {
    if rate == RATE {
        return samples.to_vec();
    }
    let ratio = f64::from(rate) / f64::from(RATE);
    // Input samples from the centre to a zero crossing: what lies above the lower of the two Nyquist rates is cut,
    // from a little below it, because the filter's edge is not infinitely steep.
    let spread = ratio.max(1.0) / 0.95;
    let kernel = kernel();
    let reach = spread * CROSSINGS as f64;
    let length = (samples.len() as f64 / ratio).round() as usize;
    (0..length)
        .map(|n| {
            let centre = n as f64 * ratio;
            let first = (centre - reach).ceil().max(0.0) as usize;
            let last = ((centre + reach).floor() as usize).min(samples.len().saturating_sub(1));
            let mut sum = 0.0;
            for (at, &sample) in samples.iter().enumerate().take(last + 1).skip(first) {
                let position = (at as f64 - centre).abs() / spread * STEPS as f64;
                sum += sample * kernel.get(position.round() as usize).copied().unwrap_or(0.0);
            }
            sum / spread as f32
        })
        .collect()
}

/// Half of a sinc under a Blackman window.
fn kernel() -> Vec<f32> {
    (0..=CROSSINGS * STEPS)
        .map(|n| {
            let x = n as f64 / STEPS as f64;
            let sinc = if n == 0 { 1.0 } else { (PI * x).sin() / (PI * x) };
            let phase = PI * x / CROSSINGS as f64;
            (sinc * (0.42 + 0.5 * phase.cos() + 0.08 * (2.0 * phase).cos())) as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::measure::{rms, tone};
    use super::super::tone::sine;
    use super::*;
    use proptest::prelude::*;

    fn file(rate: u32, channels: u16, bits: u16, format: SampleFormat, hz: f64) -> Vec<u8> {
        let spec = WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format: format };
        let mut out = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut out, spec).unwrap();
        for n in 0..rate {
            let value = 0.5 * (2.0 * PI * hz * f64::from(n) / f64::from(rate)).sin();
            for _ in 0..channels {
                match format {
                    SampleFormat::Float => writer.write_sample(value as f32).unwrap(),
                    SampleFormat::Int => {
                        writer.write_sample((value * (2_f64.powi(i32::from(bits) - 1) - 1.0)) as i32).unwrap()
                    }
                }
            }
        }
        writer.finalize().unwrap();
        out.into_inner()
    }

    #[test]
    fn every_usual_form_keeps_pitch_level_and_length() {
        for rate in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000] {
            for (channels, bits, format) in [
                (1, 16, SampleFormat::Int),
                (2, 16, SampleFormat::Int),
                (1, 8, SampleFormat::Int),
                (2, 24, SampleFormat::Int),
                (1, 32, SampleFormat::Float),
            ] {
                let audio = read(&file(rate, channels, bits, format, 440.0)).unwrap();
                assert_eq!(audio.len(), 8_000, "{rate} {channels} {bits}");
                assert!((tone(&audio, 440.0) - 0.5).abs() < 0.02, "{rate} {channels} {bits}: {}", tone(&audio, 440.0));
            }
        }
    }

    #[test]
    fn what_eight_kilohertz_cannot_carry_is_not_folded_back() {
        let audio = read(&file(22_050, 1, 16, SampleFormat::Int, 6_000.0)).unwrap();
        assert!(rms(&audio[100..7_900]) < 0.002, "{}", rms(&audio));
    }

    #[test]
    fn rubbish_is_an_error() {
        assert!(matches!(read(b"ID3 an mp3, perhaps"), Err(WavError::Unreadable(_))));
        assert!(matches!(read(&[]), Err(WavError::Unreadable(_))));
        let strange = file(1_000, 1, 16, SampleFormat::Int, 100.0);
        assert!(matches!(read(&strange), Err(WavError::Unusual { channels: 1, rate: 1_000 })));
    }

    #[test]
    fn two_tracks_become_two_channels() {
        let bytes = write(&[&sine(440.0, 0.5, 800), &[7; 400]]);
        let mut reader = WavReader::new(Cursor::new(&bytes)).unwrap();
        assert_eq!((reader.spec().channels, reader.duration()), (2, 800));
        let right: Vec<i16> = reader.samples::<i16>().map(Result::unwrap).skip(1).step_by(2).collect();
        assert_eq!((right[399], right[400]), (7, 0));
        assert!(read(&write(&[])).unwrap().is_empty());
    }

    proptest! {
        // Every case is a second of audio.
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn what_is_written_is_read(samples in proptest::collection::vec(any::<i16>(), 0..400)) {
            prop_assert_eq!(read(&write(&[&samples])).unwrap(), samples);
        }

        #[test]
        fn resampling_keeps_pitch(hz in 200.0..3400.0_f64, rate in 8_000_u32..50_000) {
            let audio = read(&file(rate, 1, 16, SampleFormat::Int, hz)).unwrap();
            prop_assert!((tone(&audio[800..7_200], hz) - 0.5).abs() < 0.03);
        }

        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0_usize..200) {
            let _ = read(&bytes);
            let mut real = file(8_000, 1, 16, SampleFormat::Int, 440.0);
            real.truncate(cut);
            let _ = read(&real);
        }
    }
}
