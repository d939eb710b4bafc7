//! A mixer that beats in real time: tones heard, legs moved, playbacks ended.

use super::*;
use crate::media::handset::{Handset, Voice};
use crate::media::{measure, tone, until, wav};

fn level(handset: &Handset, hz: f64) -> f64 {
    handset.heard(&[hz]).tones[0].1
}

#[tokio::test]
async fn two_handsets_talk_and_playbacks_reach_only_their_audience() {
    let mixer = Mixer::start();
    let (a, port_a) = Handset::new();
    let (b, port_b) = Handset::new();
    mixer.join("a", port_a);
    mixer.join("b", port_b);
    a.speak(Voice::Tone { hz: 440.0, level: 0.3 });
    b.speak(Voice::Tone { hz: 1000.0, level: 0.2 });
    let only_a = Audience::Leg("a".to_owned());
    let playing = mixer.play(Playback { times: None, to: only_a, ..Playback::once(tone::sine(2000.0, 0.1, 8000)) });
    until("a hears b", || level(&a, 1000.0) > 0.15).await;
    until("b hears a", || level(&b, 440.0) > 0.25).await;
    until("a hears the playback", || level(&a, 2000.0) > 0.08).await;
    let stray = [level(&a, 440.0), level(&b, 1000.0), level(&b, 2000.0)];
    assert!(stray.iter().all(|level| *level < 0.02), "{stray:?}");
    mixer.stop(playing.id);
    assert_eq!(playing.done.await, Finish::Stopped);
}

#[tokio::test]
async fn a_playback_is_over_when_all_of_it_was_heard() {
    let mixer = Mixer::start();
    let (port, mut end) = Port::pair();
    mixer.join("a", port);
    let playing = mixer.play(Playback { times: Some(3), ..Playback::once([7; 400]) });
    let listening = tokio::spawn(async move {
        let mut heard = 0;
        while let Some(frame) = end.from_mixer.recv().await {
            heard += frame.iter().filter(|s| **s == 7).count();
        }
        heard
    });
    assert_eq!(playing.done.await, Finish::Complete);
    mixer.close();
    assert_eq!(listening.await.unwrap(), 1200);
}

#[tokio::test]
async fn closing_ends_everything_but_the_recording() {
    let mixer = Mixer::start();
    let (handset, port) = Handset::new();
    mixer.join("a", port);
    handset.speak(Voice::Tone { hz: 440.0, level: 0.3 });
    let recording = mixer.record(super::super::recording::Tracks::PerLeg);
    let playing = mixer.play(Playback { times: None, ..Playback::once([1; 160]) });
    until("a second is recorded", || recording.duration() >= Duration::from_secs(1)).await;
    assert!(mixer.hears_silence_for("a") < Duration::from_secs(1));
    mixer.close();
    assert_eq!(playing.done.await, Finish::Stopped);
    assert!(mixer.legs().is_empty() && mixer.leave("a").is_none());
    let (port, end) = Port::pair();
    mixer.join("late", port);
    assert!(end.to_mixer.is_closed());
    let audio = recording.stop();
    assert!(audio.duration() >= Duration::from_secs(1));
    let read = wav::read(&audio.wav()).unwrap();
    assert!(measure::tone(&read, 440.0) > 0.2);
}

#[tokio::test]
async fn a_mixer_that_nobody_holds_ends() {
    let mixer = Mixer::start();
    let (port, end) = Port::pair();
    mixer.join("a", port);
    drop(mixer);
    until("the port is dropped", || end.to_mixer.is_closed()).await;
}

#[test]
fn levels_are_the_platforms() {
    assert_eq!([-1.0, -0.5, 0.0, 1.0, 9.0].map(gain_of_level), [0.0, 0.5, 1.0, 2.0, 2.0]);
}
