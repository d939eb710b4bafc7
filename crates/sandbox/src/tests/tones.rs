//! A pattern of tones that is spoken at a phone, and recognised in what a phone heard. The program's own tests use this file
//! as well.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(30);
pub const TONES: usize = 25;
/// Samples of one tone of the pattern: 40 ms.
const TONE: usize = 320;

/// What the tones of the pattern are, in Hz: within what a telephone carries, and like nothing else.
fn tones() -> Vec<f64> {
    std::iter::successors(Some(12_345_u32), |seed| Some(seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223)))
        .skip(1)
        .take(TONES)
        .map(|seed| 400.0 + f64::from(seed >> 16) / 65_536.0 * 2_000.0)
        .collect()
}

/// A second of tones that follow each other.
fn pattern() -> Vec<i16> {
    let mut phase = 0.0_f64;
    tones()
        .into_iter()
        .flat_map(|hz| std::iter::repeat_n(hz, TONE))
        .map(|hz| {
            phase += 2.0 * std::f64::consts::PI * hz / 8_000.0;
            (phase.sin() * 9_000.0) as i16
        })
        .collect()
}

/// How many tones of the pattern were heard in their order, whatever was between them. Comparing the samples instead
/// would find no echo on a busy machine, where frames come too late and leave gaps.
pub fn tones_heard(heard: &[i16]) -> usize {
    /// The part of a frame's energy that is at `hz`: 1 for the tone itself, 0 for anything else.
    fn share(frame: &[i16], hz: f64) -> f64 {
        let turn = 2.0 * std::f64::consts::PI * hz / 8_000.0;
        let (mut re, mut im, mut energy) = (0.0, 0.0, 0.0);
        for (at, sample) in frame.iter().enumerate() {
            let (sample, angle) = (f64::from(*sample), turn * at as f64);
            re += sample * angle.cos();
            im += sample * angle.sin();
            energy += sample * sample;
        }
        2.0 * (re * re + im * im) / (frame.len() as f64 * energy).max(1.0)
    }
    let frames: Vec<&[i16]> = heard.windows(TONE / 2).step_by(TONE / 4).collect();
    // The longest run of tones that ends at or before each frame.
    let mut longest = vec![0_usize; frames.len() + 1];
    for hz in tones() {
        for at in (0..frames.len()).rev().filter(|at| share(frames[*at], hz) > 0.8) {
            longest[at + 1] = longest[at + 1].max(longest[at] + 1);
        }
        for at in 1..longest.len() {
            longest[at] = longest[at].max(longest[at - 1]);
        }
    }
    *longest.last().unwrap_or(&0)
}

#[test]
fn tones_are_told_from_other_sounds() {
    let pattern = pattern();
    assert_eq!(tones_heard(&pattern), TONES);
    let with_gaps: Vec<i16> = pattern.chunks(400).flat_map(|part| [part, &[0; 160]].concat()).collect();
    assert!(tones_heard(&with_gaps) > TONES / 2);
    let backwards: Vec<i16> = pattern.iter().rev().copied().collect();
    let ringing: Vec<i16> =
        (0..16_000).map(|at| ((f64::from(at) * 425.0 * 0.000_785).sin() * 9_000.0) as i16).collect();
    for other in [backwards, ringing, vec![0; 16_000]] {
        assert!(tones_heard(&other) < TONES / 3, "{}", tones_heard(&other));
    }
}

/// Speaks the pattern at a phone and returns what the phone heard from then on.
pub async fn speak_and_listen(sandbox: &str, number: &str, seconds: usize) -> Vec<i16> {
    let url = format!("{}/phones/{number}/audio", sandbox.replace("http://", "ws://"));
    let (wire, _) = connect_async(url).await.unwrap();
    let (mut microphone, mut speaker) = wire.split();
    let pattern = pattern();
    let speaking = tokio::spawn(async move {
        let mut beat = tokio::time::interval(Duration::from_millis(20));
        for frame in pattern.chunks(160) {
            beat.tick().await;
            let bytes: Vec<u8> = frame.iter().flat_map(|sample| sample.to_le_bytes()).collect();
            microphone.send(Message::binary(bytes)).await.unwrap();
        }
        microphone
    });
    let mut heard = Vec::new();
    while heard.len() < seconds * 8_000 {
        let Some(Ok(Message::Binary(bytes))) = tokio::time::timeout(PATIENCE, speaker.next()).await.unwrap() else {
            panic!("the phone's speaker went silent");
        };
        heard.extend(bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])));
    }
    drop(speaking.await.unwrap());
    heard
}
