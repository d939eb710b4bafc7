//! What callers hear while they wait: a WAV file, composed here, so that there is nothing to license and nothing to fetch;
//! or a file of the operator's own.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::multipart::{Multipart, MultipartRejection};
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::arguments::refused;
use super::guard::{Operator, SignedIn};
use super::state::Web;
use super::upload::form_of;
use crate::api::queues::{QUEUES, leave_music};
use crate::domain::queue::ANNOUNCE_S;
use crate::domain::queue::music::LARGEST_FILE;
use crate::domain::trouble::{FieldError, Trouble};
use crate::service::{Refusable as _, music, recorder};

/// Samples a second, 16 bits, one channel: what telephones carry.
const RATE: u32 = 8_000;
/// Notes a minute.
const TEMPO: u32 = 150;
/// Broken chords, in hertz: C, F, D minor, G; each played up and down.
const CHORDS: [[f64; 4]; 4] = [
    [261.63, 329.63, 523.25, 659.26],
    [349.23, 523.25, 698.46, 523.25],
    [293.66, 349.23, 587.33, 698.46],
    [246.94, 293.66, 587.33, 493.88],
];
/// How often the four chords go round.
const ROUNDS: usize = 2;
/// Of full loudness.
const LEVEL: f64 = 0.22;

/// How much of it is wanted.
#[derive(Debug, Deserialize)]
pub(super) struct Wanted {
    /// From 15 to 300: what is outside is as near as it may be. Without it the file is as long as the music.
    seconds: Option<u32>,
}

/// `GET /audio/hold.wav`
pub(super) async fn file(Query(wanted): Query<Wanted>) -> Response {
    static MUSIC: LazyLock<Vec<i16>> = LazyLock::new(compose);
    static FILE: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(wav(&MUSIC)));
    let file = wanted.seconds.map_or_else(|| FILE.clone(), |seconds| Bytes::from(wav(&lasting(&MUSIC, seconds))));
    let headers = [(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "public, max-age=86400")];
    (headers, file).into_response()
}

/// Over and over again until the seconds are over.
fn lasting(music: &[i16], seconds: u32) -> Vec<i16> {
    let samples = seconds.clamp(ANNOUNCE_S.0, ANNOUNCE_S.1) * RATE;
    music.iter().copied().cycle().take(samples as usize).collect()
}

/// `GET /audio/music/{id}.wav`: music of the operator's own. It never changes: other music has another id.
pub(super) async fn own(State(web): State<Web>, Path(file): Path<String>, Query(wanted): Query<Wanted>) -> Response {
    let missing = || (StatusCode::NOT_FOUND, "there is no such music\n").into_response();
    let Some(id) = file.strip_suffix(".wav") else { return missing() };
    match web.services.music.file(id).await {
        Ok(Some(file)) => {
            let headers =
                [(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
            let file = wanted.seconds.map_or_else(|| file.clone(), |seconds| file_lasting(&file, seconds));
            (headers, file).into_response()
        }
        Ok(None) => missing(),
        Err(error) => {
            tracing::error!(%error, "music could not be read");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// The same sound over and over again until the seconds are over.
fn file_lasting(file: &[u8], seconds: u32) -> Vec<u8> {
    let length = (seconds.clamp(ANNOUNCE_S.0, ANNOUNCE_S.1) * music::RATE * 2) as usize;
    let sound = file.get(recorder::HEADER..).unwrap_or_default();
    let header = recorder::header(1, music::RATE, length as u64);
    header.into_iter().chain(sound.iter().copied().cycle().take(length)).collect()
}

/// `POST /api/queue-music`: a WAV or MP3 with its name, as a browser's form sends them. Answers with the page, which says
/// whether it was taken.
pub(super) async fn upload(
    who: SignedIn<Operator>,
    State(web): State<Web>,
    form: Result<Multipart, MultipartRejection>,
) -> Response {
    let sent = match form {
        Ok(form) => form_of(form, "file", LARGEST_FILE).await,
        Err(rejection) => return refused("file", &rejection.body_text()),
    };
    let (file, mut texts) = match sent {
        Ok(sent) => sent,
        Err(error) => return refused("file", &error.body_text()),
    };
    let name = texts.remove("name").unwrap_or_default();
    let kept = match web.services.music.add(&name, file).await.refusable() {
        Ok(kept) => kept.map(drop),
        Err(error) => {
            tracing::error!(%error, "music could not be kept");
            Err(vec![FieldError { field: "file".to_owned(), reason: Trouble::Ours }])
        }
    };
    leave_music(&web.services, &who.account, name.trim().to_owned(), kept);
    Redirect::to(&format!("{QUEUES}#music")).into_response()
}

fn compose() -> Vec<i16> {
    let note = (RATE * 60 / TEMPO) as usize;
    let mut samples = vec![0.0; CHORDS.len() * ROUNDS * 8 * note];
    let length = samples.len();
    let order = [0, 1, 2, 3, 2, 3, 2, 1];
    for round in 0..ROUNDS {
        for (which, chord) in CHORDS.iter().enumerate() {
            for (at, step) in order.iter().enumerate() {
                let start = ((round * CHORDS.len() + which) * 8 + at) * note;
                pluck(&mut samples, start, chord[*step], note * 3);
            }
            let start = (round * CHORDS.len() + which) * 8 * note;
            pluck(&mut samples, start, chord[0] / 2.0, note * 8);
        }
    }
    debug_assert_eq!(samples.len(), length);
    samples.into_iter().map(sample).collect()
}

/// A plucked string that fades; what is left of it at the end sounds at the beginning, so that the loop has no seam.
fn pluck(samples: &mut [f64], start: usize, hertz: f64, length: usize) {
    let total = samples.len();
    for at in 0..length {
        let seconds = at as f64 / f64::from(RATE);
        let attack = (seconds / 0.01).min(1.0);
        let left = (length - at) as f64 / f64::from(RATE);
        let fade = (-2.2 * seconds).exp() * (left / 0.05).min(1.0);
        let turn = std::f64::consts::TAU * hertz * seconds;
        let wave = turn.sin() + 0.25 * (2.0 * turn).sin();
        samples[(start + at) % total] += LEVEL * attack * fade * wave;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of 16 bits before")]
fn sample(value: f64) -> i16 {
    (value.clamp(-1.0, 1.0) * f64::from(i16::MAX)) as i16
}

fn wav(samples: &[i16]) -> Vec<u8> {
    let mut file = recorder::header(1, RATE, samples.len() as u64 * 2);
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_music_is_audible_throughout_never_clips_and_has_no_seam() {
        let music = compose();
        let seconds = music.len() / RATE as usize;
        assert!((20..40).contains(&seconds), "{seconds} s");
        let peak = music.iter().map(|s| i32::from(*s).abs()).max().unwrap();
        assert!((6_000..30_000).contains(&peak), "{peak}");
        for part in music.chunks(RATE as usize / 2) {
            let loud = part.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / part.len() as f64;
            assert!(loud.sqrt() > 500.0, "{}", loud.sqrt());
        }
        let seam = (i32::from(music[0]) - i32::from(music[music.len() - 1])).abs();
        assert!(seam < 3_000, "{seam}");
    }

    #[test]
    fn it_lasts_as_long_as_is_wanted() {
        let seconds = |wanted| lasting(&compose(), wanted).len() / RATE as usize;
        assert_eq!([0, 15, 45, 300, u32::MAX].map(seconds), [15, 15, 45, 300, 300]);
    }

    #[test]
    fn it_is_a_wav_file() {
        let mut file = hound::WavReader::new(std::io::Cursor::new(wav(&[0, 1, -1]))).unwrap();
        let spec = file.spec();
        assert_eq!((spec.channels, spec.sample_rate, spec.bits_per_sample), (1, RATE, 16));
        assert_eq!(file.samples::<i16>().map(Result::unwrap).collect::<Vec<_>>(), [0, 1, -1]);
    }
}
