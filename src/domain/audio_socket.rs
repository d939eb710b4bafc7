//! Audio socket: a call's audio goes out over a WebSocket and comes back.
//!
//! The decisions: which parts work on a call's audio ([`Plan`]), the call flow that leads there, what the platform's
//! text messages mean ([`message`]), how loud a frame is ([`meter`]), and how far ahead of the ear what we sent is
//! ([`playout`]). The wire is the platform's
//! (<https://developer.vonage.com/en/voice/voice-api/concepts/websockets>): 16-bit little-endian samples, mono, one frame of
//! 20 ms in each binary message.

pub mod message;
pub mod meter;
pub mod playout;

use serde_json::{Map, Value};

use super::ncco::{Action, Connect, Endpoint, Ncco, Websocket};
use super::phone::E164;
use super::spoken::{Speech, Text};

/// Frames in a second.
pub const FRAMES_PER_SECOND: u32 = 50;
/// Messages that the platform keeps for the caller's ear: about a minute. What is sent beyond is lost there.
pub const PLAYOUT_LIMIT: usize = 3_072;
/// How long a token opens the socket, ms: the greeting is spoken before the platform connects.
pub const TOKEN_MS: i64 = 60_000;
/// The longest call to an audio socket, in seconds.
pub const LIMIT_SECONDS: u32 = 30 * 60;

/// How many samples a second has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Rate {
    Narrow,
    /// What speech engines want.
    #[default]
    Wide,
    Full,
}

impl Rate {
    pub const EVERY: [Self; 3] = [Self::Narrow, Self::Wide, Self::Full];

    #[must_use]
    pub fn hz(self) -> u32 {
        match self {
            Self::Narrow => 8_000,
            Self::Wide => 16_000,
            Self::Full => 24_000,
        }
    }

    #[must_use]
    pub fn of_hz(hz: u32) -> Option<Self> {
        Self::EVERY.into_iter().find(|rate| rate.hz() == hz)
    }

    /// Bytes in a message of 20 ms: 320, 640 or 960.
    #[must_use]
    pub fn frame_bytes(self) -> usize {
        (self.hz() / FRAMES_PER_SECOND) as usize * 2
    }

    /// As the NCCO and the first message have it.
    #[must_use]
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Narrow => "audio/l16;rate=8000",
            Self::Wide => "audio/l16;rate=16000",
            Self::Full => "audio/l16;rate=24000",
        }
    }

    /// Reads a content type: blanks and capitals are tolerated, and `channels=1`, the only number of channels.
    #[must_use]
    pub fn of_content_type(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
        let mut parts: Vec<&str> = plain.split(';').filter(|part| !part.is_empty()).collect();
        parts.retain(|part| *part != "channels=1");
        let plain = parts.join(";");
        Self::EVERY.into_iter().find(|rate| plain == rate.content_type())
    }
}

/// Who speaks to the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Speaker {
    /// Nobody: the audio is only listened to.
    Nobody,
    /// The caller's own voice comes back.
    Echo,
    /// An engine of the operator's, by name: a bot, a transcription.
    Relay(String),
}

/// What works on a call's audio, as the target of an audio-socket line says it: `echo`, `record`, `monitor`,
/// `relay=NAME`, joined by `+`, and the rate after `@`: `echo+record@8000`. Levels are always metered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub speaker: Speaker,
    /// Both sides are kept as a WAV file.
    pub record: bool,
    pub rate: Rate,
}

/// Why a target is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("there is no audio handler {0:?}; there are echo, record, monitor, relay=NAME, joined by +")]
    Unknown(String),
    #[error("only one handler can speak to the caller: echo or relay, once")]
    TwoSpeakers,
    #[error("relay needs the name of an engine: write relay=NAME")]
    NoEngine,
    #[error("{0:?} is no rate; there are 8000, 16000 and 24000")]
    Rate(String),
}

impl Plan {
    /// # Errors
    /// [`PlanError`], in words for the person who typed it.
    pub fn parse(target: &str) -> Result<Self, PlanError> {
        let (parts, rate) = match target.split_once('@') {
            Some((parts, hz)) => {
                let rate = hz.trim().parse().ok().and_then(Rate::of_hz);
                (parts, rate.ok_or_else(|| PlanError::Rate(hz.trim().to_owned()))?)
            }
            None => (target, Rate::default()),
        };
        let mut plan = Self { speaker: Speaker::Nobody, record: false, rate };
        for part in parts.split('+').map(str::trim) {
            let speaker = match part.split_once('=').map_or((part, ""), |(name, value)| (name.trim(), value.trim())) {
                ("record", "") => {
                    plan.record = true;
                    continue;
                }
                ("monitor", "") => continue,
                ("echo", "") => Speaker::Echo,
                ("relay", "") => return Err(PlanError::NoEngine),
                ("relay", engine) => Speaker::Relay(engine.to_owned()),
                _ => return Err(PlanError::Unknown(part.to_owned())),
            };
            if plan.speaker != Speaker::Nobody {
                return Err(PlanError::TwoSpeakers);
            }
            plan.speaker = speaker;
        }
        Ok(plan)
    }

    /// The target that [`Plan::parse`] reads back.
    #[must_use]
    pub fn target(&self) -> String {
        let speaker = match &self.speaker {
            Speaker::Nobody if self.record => None,
            Speaker::Nobody => Some("monitor".to_owned()),
            Speaker::Echo => Some("echo".to_owned()),
            Speaker::Relay(engine) => Some(format!("relay={engine}")),
        };
        let parts: Vec<String> = speaker.into_iter().chain(self.record.then(|| "record".to_owned())).collect();
        let rate = if self.rate == Rate::default() { String::new() } else { format!("@{}", self.rate.hz()) };
        parts.join("+") + &rate
    }

    /// The call flow: say what happens, then connect to the socket. `identity` goes into the first message, which has
    /// no call id of its own.
    #[must_use]
    pub fn ncco(&self, socket: &str, from: Option<&E164>, identity: Map<String, Value>, speech: &Speech) -> Ncco {
        let greeting = if self.speaker == Speaker::Echo { Text::Echo } else { Text::Socket };
        let connect = Action::Connect(Connect {
            from: from.map(|from| from.digits().to_owned()),
            limit: Some(LIMIT_SECONDS),
            endpoint: vec![Endpoint::Websocket(Websocket {
                uri: socket.to_owned(),
                content_type: self.rate.content_type().to_owned(),
                headers: identity,
                ..Websocket::default()
            })],
            ..Connect::default()
        });
        let recorded = self.record.then(|| speech.say(Text::Recorded, &[]));
        Ncco(recorded.into_iter().chain([speech.say(greeting, &[]), connect]).collect())
    }
}

/// What the first message says of the call. Both ids are the platform's.
#[must_use]
pub fn identity(conversation: &str, leg: &str) -> Map<String, Value> {
    let mut headers = Map::new();
    headers.insert("call".into(), conversation.into());
    headers.insert("leg".into(), leg.into());
    headers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_frame_is_twenty_milliseconds() {
        assert_eq!(Rate::EVERY.map(Rate::frame_bytes), [320, 640, 960]);
        for rate in Rate::EVERY {
            assert_eq!(Rate::of_content_type(rate.content_type()), Some(rate));
            assert_eq!(Rate::of_hz(rate.hz()), Some(rate));
        }
        assert_eq!(Rate::of_content_type("Audio/L16; rate=8000"), Some(Rate::Narrow));
        assert_eq!(Rate::of_content_type("audio/l16;rate=44100"), None);
    }

    #[test]
    fn the_echo_line_says_what_the_tutorial_says() {
        let plan = Plan::parse("echo").unwrap();
        let from = E164::parse("442079460007").unwrap();
        let (socket, identity) = ("wss://calls.example.com/socket?token=x", identity("CON-1", "leg-1"));
        let ncco = plan.ncco(socket, Some(&from), identity, &Speech::default());
        assert_eq!(
            ncco.to_json(),
            r#"[{"action":"talk","text":"Please wait while we connect you to the echo server"},{"action":"connect","endpoint":[{"type":"websocket","uri":"wss://calls.example.com/socket?token=x","content-type":"audio/l16;rate=16000","headers":{"call":"CON-1","leg":"leg-1"}}],"from":"442079460007","limit":1800}]"#
        );
        assert_eq!(ncco.check(), vec![]);
    }

    #[test]
    fn who_is_recorded_is_told_first() {
        let ncco = Plan::parse("record@24000").unwrap().ncco("wss://x/socket", None, Map::new(), &Speech::default());
        assert_eq!(ncco.0.first(), Some(&Action::talk("This call is recorded.")));
        assert_eq!(ncco.0.len(), 3);
        assert_eq!(ncco.check(), vec![]);
    }

    #[test]
    fn targets_are_plans_or_say_what_is_wrong() {
        for (target, speaker, record, rate) in [
            ("echo", Speaker::Echo, false, Rate::Wide),
            ("echo+record", Speaker::Echo, true, Rate::Wide),
            ("record", Speaker::Nobody, true, Rate::Wide),
            ("monitor@8000", Speaker::Nobody, false, Rate::Narrow),
            ("relay=bot + record @ 24000", Speaker::Relay("bot".into()), true, Rate::Full),
        ] {
            let plan = Plan::parse(target).unwrap();
            assert_eq!(plan, Plan { speaker, record, rate }, "{target}");
            assert_eq!(Plan::parse(&plan.target()), Ok(plan));
        }
        assert_eq!(Plan::parse("echo+relay=bot"), Err(PlanError::TwoSpeakers));
        assert_eq!(Plan::parse("relay"), Err(PlanError::NoEngine));
        assert_eq!(Plan::parse("relay="), Err(PlanError::NoEngine));
        assert_eq!(Plan::parse("echo@44100"), Err(PlanError::Rate("44100".into())));
        for unknown in ["", "ecco", "echo=1", "record=x", "+"] {
            assert!(matches!(Plan::parse(unknown), Err(PlanError::Unknown(_))), "{unknown}");
        }
    }

    proptest! {
        #[test]
        fn what_a_plan_is_called_reads_back(
            speaker in prop_oneof![
                Just(Speaker::Nobody), Just(Speaker::Echo),
                "[a-z][a-z0-9-]{0,20}".prop_map(Speaker::Relay)
            ],
            record in any::<bool>(),
            rate in prop::sample::select(Rate::EVERY.to_vec()),
        ) {
            let plan = Plan { speaker, record, rate };
            prop_assert_eq!(Plan::parse(&plan.target()), Ok(plan));
        }

        #[test]
        fn any_target_is_survived(target in "\\PC{0,60}") {
            let _ = Plan::parse(&target);
        }

        #[test]
        fn every_plan_makes_a_flow_that_the_platform_takes(
            conversation in "[A-Za-z0-9-]{1,128}", leg in "[a-f0-9-]{1,128}", record in any::<bool>()
        ) {
            let plan = Plan { speaker: Speaker::Echo, record, rate: Rate::Wide };
            let flow = plan.ncco("wss://x/socket", None, identity(&conversation, &leg), &Speech::default());
            prop_assert_eq!(flow.check(), vec![]);
        }
    }
}
