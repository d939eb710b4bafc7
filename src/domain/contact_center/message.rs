//! A message that a caller left: what the platform says of it, and whether there is anything to hear.

use serde::{Deserialize, Serialize};

/// A WAV file's header: a recording that is not longer has no sound.
const HEADER: u64 = 44;

/// What there is of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is")]
pub enum Message {
    /// On its way from the platform. After a failure, `next` says when it is tried again, ms UTC.
    Waiting { next: Option<i64> },
    /// A file of ours.
    Kept,
    /// It could not be fetched, and nobody tries any more.
    Failed,
    /// The platform made no recording.
    NotRecorded,
    /// A recording in which nothing was said.
    Empty,
}

impl Message {
    /// There is something to hear, here or at the platform.
    #[must_use]
    pub fn can_be_heard(self) -> bool {
        matches!(self, Self::Waiting { .. } | Self::Kept)
    }
}

/// What a record webhook announces, by its `recording_url`, its `size` in bytes and its length in seconds.
#[must_use]
pub fn announced(url: &str, size: Option<u64>, seconds: Option<i64>) -> Message {
    match (size, seconds) {
        _ if url.trim().is_empty() => Message::NotRecorded,
        (Some(size), _) if size <= HEADER => Message::Empty,
        (None, Some(seconds)) if seconds <= 0 => Message::Empty,
        _ => Message::Waiting { next: None },
    }
}

/// Anything that is not longer than this is no message, ms.
const SHORTEST_MS: u64 = 1_000;
/// Voice is told from the noise of a line by its loudness: the mean of 20 ms, of 32,768, about -45 dB. Who speaks softly is
/// louder than that.
const VOICE: f64 = 180.0;
/// How much of a message has to be voice, in windows of 20 ms: a click or a breath is not enough.
const VOICED_WINDOWS: usize = 10;

/// A message that was fetched and can be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sound {
    /// Such as `audio/wav`.
    pub media_type: &'static str,
    /// How long it is, when its format tells.
    pub milliseconds: Option<u64>,
}

/// What was fetched, if something was said in it. Only of plain WAV files we know what is in them; of others the length,
/// `announced` in seconds, has to do.
///
/// # Errors
/// [`NoSound`] for what is no message.
pub fn judged(bytes: &[u8], announced: i64) -> Result<Sound, NoSound> {
    let media_type = media_type(bytes)?;
    match Pcm::read(bytes) {
        Some(pcm) if pcm.milliseconds() < SHORTEST_MS || !pcm.has_voice() => Err(NoSound::Empty),
        Some(pcm) => Ok(Sound { media_type, milliseconds: Some(pcm.milliseconds()) }),
        None if announced < 1 => Err(NoSound::Empty),
        None => Ok(Sound { media_type, milliseconds: None }),
    }
}

/// A WAV file of 16 bits, uncompressed.
struct Pcm<'a> {
    /// Of all channels, in turn.
    samples: &'a [u8],
    channels: usize,
    rate: usize,
}

impl<'a> Pcm<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', chunks @ ..] = bytes else { return None };
        let format = chunk(chunks, *b"fmt ")?;
        let [f0, f1, c0, c1, r0, r1, r2, r3, _, _, _, _, _, _, bits, 0, ..] = format else { return None };
        let channels = usize::from(u16::from_le_bytes([*c0, *c1]));
        let rate = usize::try_from(u32::from_le_bytes([*r0, *r1, *r2, *r3])).ok()?;
        let plain = u16::from_le_bytes([*f0, *f1]) == 1 && *bits == 16;
        let readable = plain && (1..=8).contains(&channels) && (4_000..=192_000).contains(&rate);
        Some(Self { samples: chunk(chunks, *b"data")?, channels, rate }).filter(|_| readable)
    }

    fn milliseconds(&self) -> u64 {
        let frames = self.samples.len() / (2 * self.channels);
        u64::try_from(frames * 1_000 / self.rate).unwrap_or(u64::MAX)
    }

    fn has_voice(&self) -> bool {
        let window = 2 * self.channels * self.rate / 50;
        self.samples.chunks_exact(window).filter(|window| loudness(window) >= VOICE).nth(VOICED_WINDOWS - 1).is_some()
    }
}

/// The root mean square of 16-bit samples around their mean: a line that only has an offset is silent.
fn loudness(window: &[u8]) -> f64 {
    let samples = || window.chunks_exact(2).map(|pair| f64::from(i16::from_le_bytes([pair[0], pair[1]])));
    let count = samples().count().max(1) as f64;
    let mean = samples().sum::<f64>() / count;
    (samples().map(|sample| (sample - mean).powi(2)).sum::<f64>() / count).sqrt()
}

/// Why bytes are no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSound {
    #[error("it is no audio")]
    NotAudio,
    #[error("it is empty")]
    Empty,
}

/// The media type of a recording.
///
/// # Errors
/// [`NoSound`] for anything else, such as an error page that was sent with status 200.
pub fn media_type(bytes: &[u8]) -> Result<&'static str, NoSound> {
    match bytes {
        [] => Err(NoSound::Empty),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', chunks @ ..] => match chunk(chunks, *b"data") {
            None | Some([]) => Err(NoSound::Empty),
            Some(_) => Ok("audio/wav"),
        },
        [b'O', b'g', b'g', b'S', ..] => Ok("audio/ogg"),
        [b'I', b'D', b'3', ..] => Ok("audio/mpeg"),
        // MPEG's sync word, of a layer that there is.
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => Ok("audio/mpeg"),
        _ => Err(NoSound::NotAudio),
    }
}

/// What a WAV file's chunks have under a name. The size that a stream's header names may be none, or too much: the sound is
/// everything that follows.
fn chunk(mut chunks: &[u8], name: [u8; 4]) -> Option<&[u8]> {
    while let [a, b, c, d, s0, s1, s2, s3, rest @ ..] = chunks {
        let size = u32::from_le_bytes([*s0, *s1, *s2, *s3]);
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if [*a, *b, *c, *d] == name {
            let whole = size > rest.len() || name == *b"data" && size == 0;
            return Some(if whole { rest } else { &rest[..size] });
        }
        // Chunks begin at even places.
        chunks = rest.get(size.saturating_add(size & 1)..).unwrap_or_default();
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wav(samples: &[u8], declared: u32) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data".to_vec();
        file.extend(declared.to_le_bytes());
        file.extend(samples);
        file
    }

    #[test]
    fn case_14_a_recording_without_an_address_or_without_sound_is_no_message() {
        let url = "https://api.nexmo.com/v1/files/x";
        let waiting = Message::Waiting { next: None };
        for (url, size, seconds, is) in [
            ("", Some(0), Some(10), Message::NotRecorded),
            ("  ", Some(90_000), None, Message::NotRecorded),
            ("", None, None, Message::NotRecorded),
            (url, Some(0), Some(3), Message::Empty),
            (url, Some(44), Some(0), Message::Empty),
            (url, None, Some(0), Message::Empty),
            (url, Some(45), Some(0), waiting),
            (url, None, None, waiting),
            (url, Some(48_044), Some(3), waiting),
        ] {
            assert_eq!(announced(url, size, seconds), is, "{url:?} {size:?} {seconds:?}");
        }
    }

    #[test]
    fn b9_what_is_fetched_is_checked_to_be_audio() {
        assert_eq!(media_type(&wav(&[0, 1], 2)), Ok("audio/wav"));
        assert_eq!(media_type(&wav(&[0, 1], u32::MAX)), Ok("audio/wav"), "a stream");
        assert_eq!(media_type(&wav(&[0, 1], 0)), Ok("audio/wav"), "a stream");
        assert_eq!(media_type(&wav(&[], 0)), Err(NoSound::Empty));
        assert_eq!(media_type(&wav(&[], 500)), Err(NoSound::Empty));
        assert_eq!(media_type(b"ID3\x04rest"), Ok("audio/mpeg"));
        assert_eq!(media_type(&[0xff, 0xfb, 0x90, 0x64]), Ok("audio/mpeg"));
        assert_eq!(media_type(b"OggS\0"), Ok("audio/ogg"));
        assert_eq!(media_type(b""), Err(NoSound::Empty));
        for other in [&b"<!doctype html>"[..], b"{\"title\":\"Not found\"}", b"RIFF\0\0\0\0AVI ", b"\xff\xd8\xff\xe0"] {
            assert_eq!(media_type(other), Err(NoSound::NotAudio));
        }
    }

    /// `milliseconds` of a tone at 8 kHz with this amplitude, and nothing else for the rest of `of` milliseconds.
    fn tone(milliseconds: usize, of: usize, amplitude: f64) -> Vec<u8> {
        let sample = |at: usize| if at < milliseconds * 8 { (at as f64 * 0.4).sin() * amplitude } else { 0.0 };
        let samples: Vec<u8> = (0..of * 8).flat_map(|at| (sample(at) as i16).to_le_bytes()).collect();
        wav(&samples, u32::try_from(samples.len()).unwrap())
    }

    #[test]
    fn b15_a_message_without_a_voice_is_none() {
        let said = |bytes: &[u8]| judged(bytes, 10).map(|sound| sound.milliseconds);
        assert_eq!(said(&tone(2_000, 2_000, 3_000.0)), Ok(Some(2_000)));
        assert_eq!(said(&tone(500, 10_000, 600.0)), Ok(Some(10_000)), "a few soft words, then nothing");
        assert_eq!(said(&tone(0, 10_000, 0.0)), Err(NoSound::Empty), "silence");
        assert_eq!(said(&tone(10_000, 10_000, 60.0)), Err(NoSound::Empty), "the noise of a line");
        assert_eq!(said(&tone(100, 10_000, 9_000.0)), Err(NoSound::Empty), "a click");
        assert_eq!(said(&tone(900, 900, 9_000.0)), Err(NoSound::Empty), "shorter than a second");
        let offset = wav(&[0x00, 0x10].repeat(16_000), 32_000);
        assert_eq!(said(&offset), Err(NoSound::Empty), "a line that only has an offset");
        // What is in other files is not known: the length that was announced decides.
        assert_eq!(said(b"ID3\x04rest"), Ok(None));
        assert_eq!(judged(b"ID3\x04rest", 0), Err(NoSound::Empty));
        assert_eq!(judged(b"<!doctype html>", 10), Err(NoSound::NotAudio));
    }

    #[test]
    fn b15_a_streams_header_hides_no_voice() {
        let voice = tone(2_000, 2_000, 3_000.0);
        for declared in [0, u32::MAX] {
            let stream = wav(&voice[44..], declared);
            assert_eq!(judged(&stream, 0).map(|sound| sound.milliseconds), Ok(Some(2_000)), "{declared}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), seconds in any::<i64>()) {
            let _ = (judged(&bytes, seconds), judged(&[b"RIFF....WAVE", bytes.as_slice()].concat(), seconds));
            let format = b"RIFF....WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data....";
            let _ = judged(&[format.as_slice(), bytes.as_slice()].concat(), seconds);
        }
    }
}
