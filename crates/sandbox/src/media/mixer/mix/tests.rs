//! Who hears whom, checked against a model that says it in one line per rule.

use proptest::prelude::*;

use super::*;
use crate::media::LegEnd;
use crate::media::recording::Tracks;

/// Beats until a leg's steady voice is in the mix.
const WARM_UP: usize = 3;

#[derive(Default)]
struct Room {
    mix: Mix,
    ends: BTreeMap<String, (LegEnd, i16)>,
}

impl Room {
    /// A leg that says the same sample value for ever.
    fn with(mut self, name: &str, value: i16) -> Self {
        let (port, end) = Port::pair();
        self.mix.join(name.to_owned(), port);
        self.ends.insert(name.to_owned(), (end, value));
        self
    }

    fn play(&mut self, value: i16, to: Audience) {
        let playback = Playback { audio: [value; FRAME].into(), times: None, gain: 1.0, to };
        self.mix.play(playback, true);
    }

    /// Beats with everybody speaking; what each leg heard last.
    fn beats(&mut self, count: usize) -> BTreeMap<String, i16> {
        let mut heard = BTreeMap::new();
        for _ in 0..count {
            for (end, value) in self.ends.values() {
                let _ = end.to_mixer.try_send([*value; FRAME]);
            }
            self.mix.beat();
            for (name, (end, _)) in &mut self.ends {
                if let Ok(frame) = end.from_mixer.try_recv() {
                    assert!(frame.iter().all(|s| *s == frame[0]), "a frame of one value stays one");
                    heard.insert(name.clone(), frame[0]);
                }
            }
        }
        heard
    }

    fn settled(&mut self) -> BTreeMap<String, i16> {
        self.beats(WARM_UP)
    }
}

fn all(pairs: &[(&str, i16)]) -> BTreeMap<String, i16> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect()
}

#[test]
fn two_legs_hear_each_other_and_not_themselves() {
    let mut room = Room::default().with("a", 100).with("b", 7);
    assert_eq!(room.settled(), all(&[("a", 7), ("b", 100)]));
}

#[test]
fn three_loud_legs_are_clipped_not_wrapped() {
    let mut room = Room::default().with("a", 30_000).with("b", 30_000).with("c", -5);
    assert_eq!(room.settled(), all(&[("a", 29_995), ("b", 29_995), ("c", 32_767)]));
}

#[test]
fn muted_is_not_heard_and_earmuffed_hears_nothing() {
    let mut room = Room::default().with("a", 100).with("b", 7);
    assert!(room.mix.set("a", Ears { muted: true, earmuffed: false }));
    room.play(1000, Audience::All);
    assert_eq!(room.settled(), all(&[("a", 1007), ("b", 1000)]));
    assert!(room.mix.set("a", Ears { muted: false, earmuffed: true }));
    assert_eq!(room.settled(), all(&[("a", 0), ("b", 1100)]));
    assert!(!room.mix.set("nobody", Ears::default()));
}

#[test]
fn whoever_is_on_hold_hears_the_music_for_them_alone() {
    let mut room = Room::default().with("a", 100).with("b", 7);
    room.mix.set("a", Ears { muted: true, earmuffed: true });
    room.play(1000, Audience::Leg("a".into()));
    assert_eq!(room.settled(), all(&[("a", 1000), ("b", 0)]));
}

#[test]
fn a_leg_that_leaves_takes_its_audio_along() {
    let mut room = Room::default().with("a", 100).with("b", 7).with("c", 1);
    room.settled();
    let port = room.mix.leave("b").unwrap();
    assert_eq!(room.beats(1), all(&[("a", 1), ("c", 100)]));
    assert!(room.mix.leave("b").is_none());
    // In the next room those who are there hear it.
    let mut other = Room::default().with("d", 3);
    other.mix.join("b".to_owned(), port);
    let (end, value) = room.ends.remove("b").unwrap();
    other.ends.insert("b".to_owned(), (end, value));
    assert_eq!(other.settled(), all(&[("b", 3), ("d", 7)]));
}

#[test]
fn a_late_leg_contributes_silence() {
    let mut room = Room::default().with("a", 100).with("b", 7);
    room.settled();
    for _ in 0..WARM_UP {
        room.mix.beat();
    }
    let mut last_heard = |name: &str| {
        let end = &mut room.ends.get_mut(name).unwrap().0;
        std::iter::from_fn(|| end.from_mixer.try_recv().ok()).last()
    };
    assert_eq!((last_heard("a"), last_heard("b")), (Some(SILENCE), Some(SILENCE)));
    assert_eq!(room.settled(), all(&[("a", 7), ("b", 100)]), "and is heard again when it delivers");
}

#[test]
fn a_leg_that_does_not_listen_disturbs_nobody() {
    let mut room = Room::default().with("a", 100).with("b", 7);
    let (deaf, _) = room.ends.remove("a").unwrap();
    assert_eq!(room.beats(100), all(&[("b", 0)]));
    drop(deaf);
    assert_eq!(room.beats(10), all(&[("b", 0)]));
}

#[test]
fn playbacks_repeat_end_and_say_how() {
    let mut room = Room::default().with("a", 0);
    let audio: Arc<[i16]> = [[1; FRAME], [2; FRAME]].concat().into();
    let twice = Playback { audio: audio.clone(), times: Some(2), gain: 10.0, to: Audience::All };
    let (_, mut done) = room.mix.play(twice, true);
    let heard: Vec<i16> = (0..5).map(|_| room.beats(1)["a"]).collect();
    assert_eq!(heard, [10, 20, 10, 20, 0]);
    assert_eq!(done.try_recv(), Ok(Finish::Complete));

    let for_ever = Playback { audio, times: None, gain: 1.0, to: Audience::Leg("a".to_owned()) };
    let (id, mut done) = room.mix.play(for_ever.clone(), true);
    assert_eq!((0..5).map(|_| room.beats(1)["a"]).collect::<Vec<_>>(), [1, 2, 1, 2, 1]);
    assert!(done.try_recv().is_err());
    room.mix.stop(id);
    assert_eq!((room.beats(1)["a"], done.try_recv()), (0, Ok(Finish::Stopped)));

    let (_, mut done) = room.mix.play(for_ever, true);
    room.mix.leave("a");
    assert_eq!(done.try_recv(), Ok(Finish::Stopped), "its only listener left");
    let (_, mut done) = room.mix.play(Playback::once([]), true);
    room.mix.beat();
    assert_eq!(done.try_recv(), Ok(Finish::Complete), "nothing to play is played at once");
}

#[test]
fn an_odd_length_loops_without_a_gap() {
    let mut room = Room::default();
    let (port, mut end) = Port::pair();
    room.mix.join("a".to_owned(), port);
    let audio: Vec<i16> = (0..37).collect();
    room.mix.play(Playback { audio: audio.clone().into(), times: None, gain: 1.0, to: Audience::All }, true);
    let mut heard = Vec::new();
    for _ in 0..5 {
        room.mix.beat();
        heard.extend(end.from_mixer.try_recv().unwrap());
    }
    let expected: Vec<i16> = audio.into_iter().cycle().take(5 * FRAME).collect();
    assert_eq!(heard, expected);
}

#[test]
fn playbacks_are_bounded() {
    let mut mix = Mix::default();
    for _ in 0..10 * MOST_PLAYBACKS {
        let _ = mix.play(Playback { times: None, ..Playback::once([1; FRAME]) }, true);
    }
    assert_eq!(mix.playbacks.len(), MOST_PLAYBACKS);
    let (_, mut refused) = mix.play(Playback::once([1; FRAME]), true);
    assert!(matches!(refused.try_recv(), Err(oneshot::error::TryRecvError::Closed)));
}

#[test]
fn silence_is_counted_from_the_last_word() {
    let mut room = Room::default().with("a", 5_000).with("b", 20);
    room.beats(10);
    assert_eq!(room.mix.quiet_beats("a"), 0);
    assert_eq!(room.mix.quiet_beats("b"), 10, "hiss is silence");
    room.mix.set("a", Ears { muted: true, earmuffed: false });
    room.beats(4);
    assert_eq!(room.mix.quiet_beats("a"), 4);
}

#[test]
fn recordings_keep_everybody_and_their_time() {
    let mut room = Room::default().with("a", 100);
    let mixed = Recording::new(Tracks::Mixed);
    let apart = Recording::new(Tracks::PerLeg);
    room.mix.record(&mixed);
    room.mix.record(&apart);
    room.play(1000, Audience::Leg("a".to_owned()));
    room.beats(5);
    room.mix.lose(3);
    let mut room = room.with("b", 7);
    room.beats(5);
    room.mix.leave("b");
    room.beats(2);
    let mixed = mixed.stop();
    let value_at = |track: &[i16], beat: usize| track[beat * FRAME];
    let [(None, track)] = mixed.tracks.as_slice() else { panic!("{:?}", mixed.tracks.len()) };
    assert_eq!(track.len(), 15 * FRAME);
    assert_eq!([4, 6, 12, 14].map(|b| value_at(track, b)), [1100, 0, 1107, 1100]);
    let apart = apart.stop();
    assert_eq!(apart.tracks.iter().map(|(n, _)| n.as_deref()).collect::<Vec<_>>(), [Some("a"), Some("b")]);
    assert_eq!([4, 6, 12, 14].map(|b| value_at(&apart.tracks[0].1, b)), [100, 0, 100, 100]);
    assert_eq!([4, 6, 12, 14].map(|b| value_at(&apart.tracks[1].1, b)), [0, 0, 7, 0]);
    assert!(!apart.truncated);
    room.mix.beat();
    assert!(room.mix.tapes.is_empty(), "a recording that nobody holds is not kept");
}

#[test]
fn a_recording_ends_at_its_limit() {
    let mut room = Room::default().with("a", 100);
    let recording = Recording::new(Tracks::Mixed);
    room.mix.record(&recording);
    room.mix.lose(u64::MAX);
    room.beats(3);
    assert_eq!(recording.duration(), crate::media::recording::LONGEST);
    assert!(recording.stop().truncated);
}

/// A conversation of legs `0`, `1`, … with constant voices.
#[derive(Debug, Clone)]
struct Case {
    voices: Vec<i16>,
    ears: Vec<Ears>,
    reach: Vec<Reach>,
    playbacks: Vec<(i16, Audience)>,
}

fn case() -> impl Strategy<Value = Case> {
    (1_usize..7).prop_flat_map(|n| {
        let name = (0..n).prop_map(|i| i.to_string());
        let list = proptest::option::weighted(0.3, proptest::collection::vec(name.clone(), 0..n));
        let ears = (any::<bool>(), any::<bool>()).prop_map(|(muted, earmuffed)| Ears { muted, earmuffed });
        let reach = (list.clone(), list).prop_map(|(can_speak, can_hear)| Reach { can_speak, can_hear });
        let to =
            prop_oneof![Just(Audience::All), name.clone().prop_map(Audience::Leg), name.prop_map(Audience::Others)];
        (
            proptest::collection::vec(any::<i16>(), n),
            proptest::collection::vec(ears, n),
            proptest::collection::vec(reach, n),
            proptest::collection::vec((any::<i16>(), to), 0..4),
        )
            .prop_map(|(voices, ears, reach, playbacks)| Case { voices, ears, reach, playbacks })
    })
}

impl Case {
    /// What `hearer` must hear.
    fn expected(&self, hearer: usize) -> i16 {
        let deaf = self.ears[hearer].earmuffed;
        let names = |list: &Option<Vec<String>>, leg: usize| list.as_ref().is_none_or(|l| l.contains(&leg.to_string()));
        let others: i64 = (0..self.voices.len())
            .filter(|&other| !deaf && other != hearer && !self.ears[other].muted)
            .filter(|&other| names(&self.reach[hearer].can_hear, other) && names(&self.reach[other].can_speak, hearer))
            .map(|other| i64::from(self.voices[other]))
            .sum();
        let played: i64 = self
            .playbacks
            .iter()
            .filter(|(_, to)| match to {
                Audience::All => !deaf,
                Audience::Leg(leg) => *leg == hearer.to_string(),
                Audience::Others(leg) => !deaf && *leg != hearer.to_string(),
            })
            .map(|(value, _)| i64::from(*value))
            .sum();
        (others + played).clamp(i64::from(i16::MIN), i64::from(i16::MAX)) as i16
    }
}

proptest! {
    #[test]
    fn everybody_hears_what_the_rules_say(case in case()) {
        let mut room = Room::default();
        for (leg, &value) in case.voices.iter().enumerate() {
            room = room.with(&leg.to_string(), value);
        }
        for leg in 0..case.voices.len() {
            room.mix.set(&leg.to_string(), case.ears[leg]);
            room.mix.reach(&leg.to_string(), case.reach[leg].clone());
        }
        for (value, to) in &case.playbacks {
            room.play(*value, to.clone());
        }
        let heard = room.settled();
        for leg in 0..case.voices.len() {
            prop_assert_eq!(heard[&leg.to_string()], case.expected(leg), "leg {}", leg);
        }
    }

    #[test]
    fn nobody_hears_himself(values in proptest::collection::vec(any::<i16>(), 2..6), own: i16) {
        let heard_by_first = |own: i16| {
            let mut room = Room::default().with("me", own);
            for (n, &value) in values.iter().enumerate() {
                room = room.with(&n.to_string(), value);
            }
            room.settled()["me"]
        };
        prop_assert_eq!(heard_by_first(own), heard_by_first(0));
    }

    #[test]
    fn arrival_in_pieces_loses_nothing(lateness in proptest::collection::vec(0_usize..3, 1..60)) {
        // A leg delivers 0, 1 or 2 frames a beat; what comes out is what went in, in order, with silences between.
        let (port, end) = Port::pair();
        let mut mix = Mix::default();
        mix.join("a".to_owned(), port);
        let (listener, mut ear) = Port::pair();
        mix.join("b".to_owned(), listener);
        let (mut next, mut heard, mut backlog) = (1, Vec::new(), 0_usize);
        for count in lateness {
            // Never more than the buffer holds, or dropping is right.
            for _ in 0..count.min(4_usize.saturating_sub(backlog)) {
                end.to_mixer.try_send([next; FRAME]).unwrap();
                next += 1;
                backlog += 1;
            }
            mix.beat();
            let frame = ear.from_mixer.try_recv().unwrap();
            if frame[0] != 0 {
                heard.push(frame[0]);
                backlog -= 1;
            }
        }
        prop_assert_eq!(&heard, &(1..=i16::try_from(heard.len()).unwrap()).collect::<Vec<_>>());
    }
}
