//! Sounds the network makes: ringback, busy, DTMF, hold music. All synthesised: nothing to load, nothing to license.

use std::f64::consts::TAU;
use std::sync::{Arc, LazyLock};

use super::RATE;

/// A sine of `hz` (below 4,000) and amplitude `level` (0 to 1 of full scale).
#[must_use]
pub fn sine(hz: f64, level: f64, samples: usize) -> Vec<i16> {
    (0..samples).map(|n| sine_at(hz, level, n)).collect()
}

/// Sample number `n` of that sine, for endless tones.
pub(super) fn sine_at(hz: f64, level: f64, n: usize) -> i16 {
    (level.clamp(0.0, 1.0) * f64::from(i16::MAX) * (TAU * hz * n as f64 / f64::from(RATE)).sin()) as i16
}

/// What a caller hears while the other phone rings: one period of 3 s of the UK cadence, 400 and 450 Hz, to be looped.
#[must_use]
pub fn ringback() -> Arc<[i16]> {
    static AUDIO: LazyLock<Arc<[i16]>> = LazyLock::new(|| {
        let ring = chord(&[400.0, 450.0], 0.12, ms(400));
        [ring.clone(), silence(ms(200)), ring, silence(ms(2000))].concat().into()
    });
    AUDIO.clone()
}

/// Busy: one period of 750 ms, UK cadence, 400 Hz, to be looped.
#[must_use]
pub fn busy() -> Arc<[i16]> {
    [chord(&[400.0], 0.2, ms(375)), silence(ms(375))].concat().into()
}

/// The beep before a recording.
#[must_use]
pub fn beep() -> Arc<[i16]> {
    chord(&[1000.0], 0.3, ms(300)).into()
}

/// The two frequencies of a DTMF key (`0`-`9`, `*`, `#`, `A`-`D`); `None` for anything else.
#[must_use]
pub fn dtmf_pair(key: char) -> Option<(f64, f64)> {
    let at = "123A456B789C*0#D".find(key.to_ascii_uppercase())?;
    Some(([697.0, 770.0, 852.0, 941.0][at / 4], [1209.0, 1336.0, 1477.0, 1633.0][at % 4]))
}

/// Keys as they are heard: 120 ms each and 80 ms between, `p` is a pause of 500 ms. Other characters are left out.
#[must_use]
pub fn dtmf(keys: &str) -> Arc<[i16]> {
    let mut audio = Vec::new();
    for key in keys.chars().take(64) {
        if let Some((low, high)) = dtmf_pair(key) {
            audio.extend(chord(&[low, high], 0.2, ms(120)));
            audio.extend(silence(ms(80)));
        } else if key == 'p' {
            audio.extend(silence(ms(500)));
        }
    }
    audio.into()
}

/// Hold music: a short melody over broken chords, 12.8 s, made to be looped.
#[must_use]
pub fn hold_music() -> Arc<[i16]> {
    static AUDIO: LazyLock<Arc<[i16]>> = LazyLock::new(compose);
    AUDIO.clone()
}

/// A beat of the hold music: 150 beats a minute.
const BEAT: usize = RATE as usize * 2 / 5;
/// Melody as (MIDI note, beats), 0 is a rest: eight bars of four.
const MELODY: &[(i32, usize)] = &[
    (76, 2),
    (79, 1),
    (76, 1),
    (74, 2),
    (72, 2),
    (72, 1),
    (74, 1),
    (76, 1),
    (72, 1),
    (69, 3),
    (0, 1),
    (69, 2),
    (72, 1),
    (69, 1),
    (67, 2),
    (72, 2),
    (74, 1),
    (76, 1),
    (74, 1),
    (71, 1),
    (72, 3),
    (0, 1),
];
/// The chord of each bar, lowest note first: C, G, Am, F, F, C, G, C.
const CHORDS: &[[i32; 3]] =
    &[[48, 55, 64], [55, 59, 62], [57, 60, 64], [53, 57, 60], [53, 57, 60], [48, 55, 64], [55, 59, 62], [48, 55, 64]];

fn compose() -> Arc<[i16]> {
    let mut sum = vec![0.0; CHORDS.len() * 4 * BEAT];
    let mut at = 0;
    for &(note, beats) in MELODY {
        if note > 0 {
            pluck(&mut sum, at * BEAT, note, 0.17, 5.0);
        }
        at += beats;
    }
    for (bar, chord) in CHORDS.iter().enumerate() {
        for (beat, note) in [chord[0], chord[1], chord[2], chord[1]].into_iter().enumerate() {
            pluck(&mut sum, (bar * 4 + beat) * BEAT, note, 0.09, 3.5);
        }
    }
    sum.into_iter().map(|s| (s * f64::from(i16::MAX)) as i16).collect()
}

/// Adds a note like a plucked string: three harmonics that die away, the higher the faster. What sounds beyond the
/// end is carried to the start, so that the loop has no seam.
fn pluck(sum: &mut [f64], start: usize, note: i32, level: f64, decay: f64) {
    let hz = 440.0 * 2_f64.powf(f64::from(note - 69) / 12.0);
    for n in 0..2 * RATE as usize {
        let t = n as f64 / f64::from(RATE);
        let attack = (t / 0.008).min(1.0);
        let voice: f64 = [(1.0, 1.0), (2.0, 0.4), (3.0, 0.15)]
            .into_iter()
            .map(|(harmonic, share)| share * (TAU * hz * harmonic * t).sin() * (-t * decay * harmonic).exp())
            .sum();
        let at = (start + n) % sum.len();
        sum[at] += level * attack * voice;
    }
}

/// Sines of equal level with 5 ms of fade at both ends, so that nothing clicks.
pub(super) fn chord(tones: &[f64], level: f64, samples: usize) -> Vec<i16> {
    let fade = ms(5) as f64;
    (0..samples)
        .map(|n| {
            let edge = (n.min(samples - 1 - n) as f64 / fade).min(1.0);
            let sum: f64 = tones.iter().map(|hz| (TAU * hz * n as f64 / f64::from(RATE)).sin()).sum();
            (edge * level * sum * f64::from(i16::MAX)).clamp(-32_768.0, 32_767.0) as i16
        })
        .collect()
}

pub(super) fn silence(samples: usize) -> Vec<i16> {
    vec![0; samples]
}

pub(super) const fn ms(milliseconds: usize) -> usize {
    RATE as usize * milliseconds / 1000
}

#[cfg(test)]
mod tests {
    use super::super::measure::{peak, rms, tone};
    use super::*;

    #[test]
    fn ringback_has_the_uk_cadence() {
        let ring = ringback();
        assert_eq!(ring.len(), ms(3000));
        assert!(tone(&ring[..ms(400)], 400.0) > 0.1);
        assert!(tone(&ring[..ms(400)], 450.0) > 0.1);
        assert_eq!(rms(&ring[ms(400)..ms(600)]), 0.0);
        assert!(rms(&ring[ms(600)..ms(1000)]) > 0.05);
        assert_eq!(rms(&ring[ms(1000)..]), 0.0);
    }

    #[test]
    fn every_key_sounds_its_two_tones_and_no_other() {
        let all = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];
        for key in "0123456789*#ABCD".chars() {
            let (low, high) = dtmf_pair(key).unwrap();
            let audio = dtmf(&key.to_string());
            for hz in all {
                let level = tone(&audio[ms(10)..ms(110)], hz);
                assert_eq!(level > 0.1, hz == low || hz == high, "{key}: {level:.3} at {hz}");
            }
        }
        assert_eq!(
            (dtmf_pair('5'), dtmf_pair('#'), dtmf_pair('x')),
            (Some((770.0, 1336.0)), Some((941.0, 1477.0)), None)
        );
        assert_eq!((dtmf("12 3").len(), dtmf("p").len(), dtmf("é").len()), (ms(600), ms(500), 0));
    }

    #[test]
    fn hold_music_is_audible_never_clips_and_loops_without_a_seam() {
        let music = hold_music();
        assert_eq!(music.len(), ms(12_800));
        assert!(peak(&music) < 0.8, "{}", peak(&music));
        assert!(music.chunks(ms(2000)).all(|part| rms(part) > 0.02));
        let seam = (i32::from(music[0]) - i32::from(music[music.len() - 1])).abs();
        assert!(seam < 3000, "a jump of {seam}");
    }

    #[test]
    fn melody_fills_its_bars() {
        assert_eq!(MELODY.iter().map(|(_, beats)| beats).sum::<usize>(), CHORDS.len() * 4);
    }
}
