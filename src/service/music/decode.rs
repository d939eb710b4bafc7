//! A file that somebody uploaded becomes what the platform plays to callers: 16 bits, one channel, 16,000 samples a second.

use std::io::{Cursor, ErrorKind};

use symphonia::core::audio::SampleBuffer;
use symphonia::core::codecs::DecoderOptions;
use symphonia::core::errors::Error;
use symphonia::core::formats::FormatOptions;
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::{Limit, MetadataOptions};
use symphonia::core::probe::Hint;

use crate::domain::queue::music::{LARGEST_FILE, LONGEST_S};
use crate::domain::trouble::Trouble;

/// Samples a second of what is played.
pub const RATE: u32 = 16_000;
/// Shorter than this is no music: samples at [`RATE`].
const SHORTEST: usize = RATE as usize;
/// What a file may say of itself.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=192_000;
const MOST_CHANNELS: usize = 8;
/// Packets that may be broken before a file is.
const MOST_BROKEN: u32 = 20;
/// Words and pictures in a file are not for us.
const MOST_METADATA: usize = 1 << 20;
/// How many waves of the filter are on each side: more is sharper and slower.
const WAVES: f64 = 16.0;

/// Decodes a WAV or MP3.
///
/// # Errors
/// Why it cannot be played: [`Trouble::FileEmpty`], [`Trouble::FileBig`], [`Trouble::NoMusic`], [`Trouble::MusicLong`].
pub(super) fn decode(bytes: Vec<u8>) -> Result<Vec<i16>, Trouble> {
    if bytes.is_empty() {
        return Err(Trouble::FileEmpty);
    }
    if bytes.len() > LARGEST_FILE {
        return Err(Trouble::FileBig(LARGEST_FILE));
    }
    // The decoder would look for something that sounds in any file.
    if !begins_as_music(&bytes) {
        return Err(Trouble::NoMusic);
    }
    // The library panics on some headers, such as a rate of 0.
    let read = std::panic::catch_unwind(|| one_channel(bytes));
    let (samples, rate) = read.unwrap_or(Err(Trouble::NoMusic))?;
    let played = resampled(&samples, rate);
    if played.len() < SHORTEST {
        return Err(Trouble::NoMusic);
    }
    Ok(played)
}

fn begins_as_music(bytes: &[u8]) -> bool {
    let wav = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE");
    let mp3 = bytes.starts_with(b"ID3") || matches!(bytes, [0xff, second, ..] if second & 0xe0 == 0xe0);
    wav || mp3
}

/// All channels as one, and how many samples a second these are.
fn one_channel(bytes: Vec<u8>) -> Result<(Vec<f32>, u32), Trouble> {
    let no_music = |_| Trouble::NoMusic;
    let source = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
    let metadata = MetadataOptions {
        limit_metadata_bytes: Limit::Maximum(MOST_METADATA),
        limit_visual_bytes: Limit::Maximum(MOST_METADATA),
    };
    let probed = symphonia::default::get_probe().format(&Hint::new(), source, &FormatOptions::default(), &metadata);
    let mut format = probed.map_err(no_music)?.format;
    let track = format.default_track().ok_or(Trouble::NoMusic)?;
    let id = track.id;
    let decoder = symphonia::default::get_codecs().make(&track.codec_params, &DecoderOptions::default());
    let mut decoder = decoder.map_err(no_music)?;
    let (mut samples, mut rate, mut broken) = (Vec::new(), 0, 0);
    loop {
        let packet = match format.next_packet() {
            Ok(packet) => packet,
            Err(Error::IoError(error)) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(_) => return Err(Trouble::NoMusic),
        };
        if packet.track_id() != id {
            continue;
        }
        let audio = match decoder.decode(&packet) {
            Ok(audio) => audio,
            Err(Error::DecodeError(_)) if broken < MOST_BROKEN => {
                broken += 1;
                continue;
            }
            Err(_) => return Err(Trouble::NoMusic),
        };
        let (spec, channels) = (*audio.spec(), audio.spec().channels.count());
        if !RATES.contains(&spec.rate) || !(1..=MOST_CHANNELS).contains(&channels) || ![0, spec.rate].contains(&rate) {
            return Err(Trouble::NoMusic);
        }
        rate = spec.rate;
        let mut all = SampleBuffer::<f32>::new(audio.capacity() as u64, spec);
        all.copy_interleaved_ref(audio);
        samples.extend(all.samples().chunks_exact(channels).map(|each| each.iter().sum::<f32>() / channels as f32));
        if samples.len() > rate as usize * LONGEST_S as usize {
            return Err(Trouble::MusicLong(LONGEST_S));
        }
    }
    if samples.is_empty() { Err(Trouble::NoMusic) } else { Ok((samples, rate)) }
}

/// With [`RATE`] samples a second: what is too high for that is filtered out, or it would be heard as other tones.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    reason = "positions in five minutes of sound, and samples that are clamped"
)]
fn resampled(samples: &[f32], rate: u32) -> Vec<i16> {
    let shared = gcd(rate, RATE);
    let (up, down) = ((RATE / shared) as usize, (rate / shared) as usize);
    // Of the highest that the source can have.
    let cutoff = 0.95 * (f64::from(RATE.min(rate)) / f64::from(rate));
    let half = (WAVES / cutoff).ceil() as i64;
    let filters: Vec<Vec<f32>> = (0..up).map(|phase| filter(phase as f64 / up as f64, half, cutoff)).collect();
    let length = samples.len() * up / down;
    let mut played = Vec::with_capacity(length);
    for at in 0..length {
        let (first, phase) = ((at * down / up) as i64 - half + 1, at * down % up);
        let sum: f32 = filters[phase].iter().enumerate().fold(0.0, |sum, (step, weight)| {
            let sample = usize::try_from(first + step as i64).ok().and_then(|at| samples.get(at));
            sum + sample.map_or(0.0, |sample| sample * weight)
        });
        played.push((sum.clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16);
    }
    played
}

/// A low pass (windowed sinc) for samples that are taken `behind` a sample of the source.
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "weights and small steps")]
fn filter(behind: f64, half: i64, cutoff: f64) -> Vec<f32> {
    use std::f64::consts::PI;
    let weights = (1 - half..=half).map(|step| {
        let distance = step as f64 - behind;
        let wave = PI * cutoff * distance;
        let sinc = if wave.abs() < 1e-9 { 1.0 } else { wave.sin() / wave };
        // Hann
        sinc * 0.5 * (1.0 + (PI * distance / (half as f64 + 1.0)).cos())
    });
    let weights: Vec<f64> = weights.collect();
    let sum: f64 = weights.iter().sum();
    weights.into_iter().map(|weight| (weight / sum) as f32).collect()
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A tone of one hertz value as a WAV.
    fn wav(rate: u32, channels: u16, seconds: f64, hertz: f64) -> Vec<u8> {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
        for at in 0..(f64::from(rate) * seconds) as u32 {
            let wave = (std::f64::consts::TAU * hertz * f64::from(at) / f64::from(rate)).sin();
            for _ in 0..channels {
                writer.write_sample((wave * 16_000.0) as i16).unwrap();
            }
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    /// How loud a tone is in samples at [`RATE`]: Goertzel, 1.0 for one of full level.
    fn level(samples: &[i16], hertz: f64) -> f64 {
        let turn = std::f64::consts::TAU * hertz / f64::from(RATE);
        let (mut re, mut im) = (0.0, 0.0);
        for (at, sample) in samples.iter().enumerate() {
            let (sin, cos) = (turn * at as f64).sin_cos();
            re += f64::from(*sample) * cos;
            im += f64::from(*sample) * sin;
        }
        2.0 * (re * re + im * im).sqrt() / samples.len() as f64 / f64::from(i16::MAX)
    }

    #[test]
    fn a_wav_of_any_rate_keeps_its_length_and_its_tone() {
        for (rate, channels) in [(8_000, 1), (16_000, 1), (22_050, 2), (44_100, 2), (48_000, 1), (44_056, 1)] {
            let played = decode(wav(rate, channels, 2.0, 1_000.0)).unwrap();
            assert!(played.len().abs_diff(2 * RATE as usize) <= 2, "{rate}: {}", played.len());
            let tone = level(&played[1_000..31_000], 1_000.0);
            assert!((0.46..0.51).contains(&tone), "{rate}: {tone}");
        }
    }

    #[test]
    fn what_is_too_high_to_be_played_is_not_heard_as_another_tone() {
        let played = decode(wav(44_100, 1, 2.0, 13_000.0)).unwrap();
        let loudest = played[1_000..30_000].iter().map(|sample| sample.unsigned_abs()).max().unwrap();
        assert!(loudest < 200, "{loudest}");
        assert!(level(&played[1_000..30_000], 3_000.0) < 0.001);
    }

    #[test]
    fn what_is_no_music_is_refused_with_the_reason() {
        let good = wav(16_000, 1, 2.0, 440.0);
        for (bytes, why) in [
            (Vec::new(), Trouble::FileEmpty),
            (vec![0; LARGEST_FILE + 1], Trouble::FileBig(LARGEST_FILE)),
            (b"hello".to_vec(), Trouble::NoMusic),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>".repeat(1_000), Trouble::NoMusic),
            (b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f".to_vec(), Trouble::NoMusic),
            ([b"RIFF\xff\xff\xff\xffWAVE".as_slice(), &[0; 4_000]].concat(), Trouble::NoMusic),
            ([[0xff, 0xfb, 0x90, 0x00].as_slice(), &[0; 300]].concat(), Trouble::NoMusic),
            (good[..40].to_vec(), Trouble::NoMusic),
            (wav(16_000, 1, 0.5, 440.0), Trouble::NoMusic),
            (wav(8_000, 1, f64::from(LONGEST_S) + 1.0, 440.0), Trouble::MusicLong(LONGEST_S)),
        ] {
            assert_eq!(decode(bytes.clone()).err(), Some(why), "{:?}", &bytes[..bytes.len().min(40)]);
        }
        // A format with nothing or far too much in it.
        for (at, value) in [(22, 0_u8), (23, 0xff), (24, 0), (34, 0), (34, 3), (20, 0x55)] {
            let mut bytes = good.clone();
            bytes[at] = value;
            if at == 24 {
                bytes[24..28].fill(0);
            }
            assert_eq!(decode(bytes).err(), Some(Trouble::NoMusic), "byte {at} is {value}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_bytes_are_judged(head in 0..4_usize, bytes in prop::collection::vec(any::<u8>(), 0..2_000)) {
            let heads: [&[u8]; 4] = [b"RIFF\x10\x10\x00\x00WAVE", b"ID3\x03\x00\x00\x00\x00\x00\x10", &[0xff, 0xfb, 0x90, 0x64], b""];
            let _ = decode([heads[head], &bytes].concat());
        }

        #[test]
        fn a_broken_wav_is_no_music_or_music(at in 0..44_usize, byte in any::<u8>()) {
            let mut bytes = wav(8_000, 1, 1.5, 440.0);
            bytes[at] = byte;
            let _ = decode(bytes);
        }
    }
}
