//! How loud a recording is along its length, for the picture of it.
//!
//! Computed on each request and not stored, because it takes milliseconds: of a long recording only a part of each bar is read.

use std::io::{Read, Seek};
use std::path::Path;

use hound::{SampleFormat, WavReader};

/// As many bars as a picture can have.
const BARS: u32 = 100;
/// How many frames are read for each bar.
const LOOKED_AT: u32 = 4_000;

/// The loudest sample of each of a hundred stretches, 0 to 255. `None` for what is no plain WAV file.
pub fn peaks(source: impl Read + Seek) -> Option<Vec<u8>> {
    let mut wav = WavReader::new(source).ok()?;
    let spec = wav.spec();
    let frames = wav.duration();
    if spec.sample_format != SampleFormat::Int || frames == 0 {
        return None;
    }
    let bars = BARS.min(frames);
    let full = f64::from(1_u32 << (spec.bits_per_sample - 1).min(31));
    (0..bars)
        .map(|bar| loudest(&mut wav, frames, bars, bar).map(|peak| (peak / full * 255.0).min(255.0) as u8))
        .collect()
}

fn loudest<R: Read + Seek>(wav: &mut WavReader<R>, frames: u32, bars: u32, bar: u32) -> Option<f64> {
    let edge = |bar: u32| u32::try_from(u64::from(frames) * u64::from(bar) / u64::from(bars)).unwrap_or(frames);
    let (first, next) = (edge(bar), edge(bar + 1));
    wav.seek(first).ok()?;
    let samples = (next - first).min(LOOKED_AT) as usize * usize::from(wav.spec().channels);
    let loudness = wav.samples::<i32>().take(samples).map_while(Result::ok).map(i32::unsigned_abs);
    Some(f64::from(loudness.max().unwrap_or(0)))
}

/// The same of a file, away from the tasks that answer callers.
pub async fn of_file(path: &Path) -> Option<Vec<u8>> {
    let path = path.to_owned();
    let read = move || peaks(std::io::BufReader::new(std::fs::File::open(path).ok()?));
    tokio::task::spawn_blocking(read).await.ok().flatten()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use hound::{WavSpec, WavWriter};

    use super::*;

    fn wav(channels: u16, samples: impl Iterator<Item = i16>) -> Cursor<Vec<u8>> {
        let spec = WavSpec { channels, sample_rate: 8_000, bits_per_sample: 16, sample_format: SampleFormat::Int };
        let mut file = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut file, spec).unwrap();
        samples.for_each(|sample| writer.write_sample(sample).unwrap());
        writer.finalize().unwrap();
        file.set_position(0);
        file
    }

    #[test]
    fn a_recording_is_as_loud_as_its_loudest_sample_in_each_stretch() {
        let quiet_then_loud = (0..16_000).map(|at: i32| if at < 8_000 { 100 } else { i16::MIN });
        let found = peaks(wav(1, quiet_then_loud)).unwrap();
        assert_eq!((found.len(), found[0], found[49], found[50], found[99]), (100, 0, 0, 255, 255));
        // Of two sides, the louder.
        let sides = (0..8_000).map(|at: i32| if at % 2 == 0 { 0 } else { 16_384 });
        assert_eq!(peaks(wav(2, sides)).unwrap(), vec![127; 100]);
    }

    #[test]
    fn a_short_recording_has_few_bars_and_what_is_none_has_no_picture() {
        assert_eq!(peaks(wav(1, [1, -32_768, 8].into_iter())).unwrap(), [0, 255, 0]);
        assert_eq!(peaks(wav(1, std::iter::empty())), None);
        assert_eq!(peaks(Cursor::new(b"ID3 an MP3 file".to_vec())), None);
    }
}
