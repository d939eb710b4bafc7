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
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', chunks @ ..] => match samples(chunks) {
            0 => Err(NoSound::Empty),
            _ => Ok("audio/wav"),
        },
        [b'O', b'g', b'g', b'S', ..] => Ok("audio/ogg"),
        [b'I', b'D', b'3', ..] => Ok("audio/mpeg"),
        // MPEG's sync word, of a layer that there is.
        [0xff, second, ..] if second & 0xe0 == 0xe0 && second & 0x06 != 0 => Ok("audio/mpeg"),
        _ => Err(NoSound::NotAudio),
    }
}

/// Bytes of sound in a WAV file behind its first twelve bytes. A stream's header may name no size, or too much.
fn samples(mut chunks: &[u8]) -> usize {
    while let [a, b, c, d, s0, s1, s2, s3, rest @ ..] = chunks {
        if [*a, *b, *c, *d] == *b"data" {
            return rest.len();
        }
        let size = u32::from_le_bytes([*s0, *s1, *s2, *s3]);
        // Chunks begin at even places.
        let next = usize::try_from(size).unwrap_or(usize::MAX).saturating_add((size & 1) as usize);
        chunks = rest.get(next..).unwrap_or_default();
    }
    0
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

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (media_type(&bytes), media_type(&[b"RIFF....WAVE", bytes.as_slice()].concat()));
        }
    }
}
