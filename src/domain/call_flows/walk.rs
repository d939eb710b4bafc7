//! A dry run: what a caller would hear and do, step by step, without calling anybody.

use crate::domain::ncco::{Action, Endpoint, Ncco};

/// What becomes of the first `connect` in a dry run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    #[default]
    Answered,
    Busy,
    NoAnswer,
}

impl Outcome {
    pub const EVERY: [Self; 3] = [Self::Answered, Self::Busy, Self::NoAnswer];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Busy => "busy",
            Self::NoAnswer => "no-answer",
        }
    }

    /// Reads [`Self::name`]; anything else is answered.
    #[must_use]
    pub fn parse(word: &str) -> Self {
        Self::EVERY.into_iter().find(|outcome| outcome.name() == word).unwrap_or_default()
    }
}

/// A step of a dry run.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Step {
    /// Which action it is of, from 0; `None` for the end of the call.
    pub action: Option<usize>,
    /// When it begins, seconds after the call was answered, as far as that can be told.
    pub at_seconds: u32,
    pub what: What,
}

/// What happens.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum What {
    Says {
        text: String,
        times: u32,
    },
    Plays {
        url: String,
    },
    /// Waits for keys, then asks `url` how to go on; what it answers replaces the rest.
    Listens {
        seconds: u32,
        digits: u32,
        url: Option<String>,
        keys: String,
    },
    Rings {
        whom: String,
        seconds: u32,
    },
    /// Nobody came to the telephone; the next action follows.
    NotReached {
        whom: String,
        outcome: Outcome,
    },
    /// The two talk until one of them hangs up, which ends the call.
    Talks {
        whom: String,
    },
    Records {
        until_done: bool,
    },
    Joins {
        name: String,
    },
    Tells {
        url: String,
    },
    Waits {
        seconds: u32,
    },
    Moves {
        conversation: String,
    },
    /// An action that no caller reaches.
    Never {
        action: String,
    },
    Ends,
}

/// Speech is about this fast.
const CHARACTERS_A_SECOND: usize = 14;

/// Walks a flow. `keys` are pressed whenever the flow listens; every `connect` ends with `outcome`.
#[must_use]
pub fn walk(ncco: &Ncco, keys: &str, outcome: Outcome) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut now = 0_u32;
    let mut over = false;
    for (at, action) in ncco.0.iter().enumerate() {
        let mut step = |now: u32, what: What| steps.push(Step { action: Some(at), at_seconds: now, what });
        if over {
            step(now, What::Never { action: name(action).to_owned() });
            continue;
        }
        match action {
            Action::Talk(talk) => {
                let times = talk.repeat.unwrap_or(1);
                let seconds = u32::try_from(talk.text.chars().count() / CHARACTERS_A_SECOND).unwrap_or(u32::MAX).max(1);
                step(now, What::Says { text: talk.text.clone(), times });
                // Keys end the speech.
                let cut = talk.barge_in == Some(true) && !keys.is_empty();
                over |= times == 0 && talk.barge_in != Some(true);
                now = now.saturating_add(if cut { 1 } else { seconds.saturating_mul(times.max(1)) });
            }
            Action::Stream(stream) => {
                step(now, What::Plays { url: stream.stream_url.first().cloned().unwrap_or_default() });
                over |= stream.repeat == Some(0) && stream.barge_in != Some(true);
            }
            Action::Input(input) => {
                let dtmf = input.dtmf.clone().unwrap_or_default();
                let (seconds, digits) = (dtmf.time_out.unwrap_or(3), dtmf.max_digits.unwrap_or(4));
                let pressed: String = keys.chars().take(digits as usize).collect();
                let waited = if pressed.len() == digits as usize { 1 } else { seconds };
                let url = input.event_url.first().cloned();
                step(now, What::Listens { seconds, digits, url, keys: pressed });
                now = now.saturating_add(waited);
            }
            Action::Connect(connect) => {
                let whom = connect.endpoint.first().map(called).unwrap_or_default();
                let seconds = connect.timeout.unwrap_or(60);
                step(now, What::Rings { whom: whom.clone(), seconds });
                match outcome {
                    Outcome::Answered => {
                        now = now.saturating_add(5);
                        step(now, What::Talks { whom });
                        over = true;
                    }
                    outcome => {
                        now = now.saturating_add(if outcome == Outcome::Busy { 2 } else { seconds });
                        step(now, What::NotReached { whom, outcome });
                    }
                }
            }
            Action::Conversation(room) => {
                step(now, What::Joins { name: room.name.clone() });
                over = true;
            }
            Action::Record(record) => {
                let until_done =
                    record.end_on_silence.is_some() || record.end_on_key.is_some() || record.time_out.is_some();
                step(now, What::Records { until_done });
                now = now.saturating_add(if until_done { record.end_on_silence.unwrap_or(5) } else { 0 });
            }
            Action::Notify(notify) => {
                step(now, What::Tells { url: notify.event_url.first().cloned().unwrap_or_default() });
            }
            Action::Wait(wait) => {
                // At most 7,200; a fraction counts as a whole second.
                let seconds = wait.timeout.unwrap_or(10.0).ceil().clamp(0.0, 7_200.0) as u32;
                step(now, What::Waits { seconds });
                now = now.saturating_add(seconds);
            }
            Action::Transfer(transfer) => {
                step(now, What::Moves { conversation: transfer.conversation_id.clone() });
                over = true;
            }
        }
    }
    if !over {
        steps.push(Step { action: None, at_seconds: now, what: What::Ends });
    }
    steps
}

fn name(action: &Action) -> &'static str {
    match action {
        Action::Talk(_) => "talk",
        Action::Stream(_) => "stream",
        Action::Input(_) => "input",
        Action::Connect(_) => "connect",
        Action::Conversation(_) => "conversation",
        Action::Record(_) => "record",
        Action::Notify(_) => "notify",
        Action::Wait(_) => "wait",
        Action::Transfer(_) => "transfer",
    }
}

/// Whom an endpoint rings, as people read it.
fn called(endpoint: &Endpoint) -> String {
    match endpoint {
        Endpoint::Phone(phone) => phone.number.grouped(),
        Endpoint::App(app) => app.user.clone(),
        Endpoint::Websocket(socket) => socket.uri.clone(),
        Endpoint::Sip(sip) => match (&sip.uri, &sip.user, &sip.domain) {
            (Some(uri), ..) => uri.clone(),
            (None, user, domain) => {
                [user, domain].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("@")
            }
        },
        Endpoint::Vbc(vbc) => vbc.extension.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call_flows::{Filling, Preset, fill};

    fn steps(preset: Preset, keys: &str, outcome: Outcome) -> Vec<What> {
        let ncco = fill(preset.text(), &Filling::sample(), |_| false).unwrap();
        walk(&ncco, keys, outcome).into_iter().map(|step| step.what).collect()
    }

    #[test]
    fn the_inbound_preset_ends_in_a_talk_with_jane() {
        let jane = || "Jane".to_owned();
        let said = What::Says { text: "Thank you for calling Jane".into(), times: 1 };
        let rings = What::Rings { whom: jane(), seconds: 60 };
        assert_eq!(
            steps(Preset::Inbound, "", Outcome::Answered),
            [said.clone(), rings.clone(), What::Talks { whom: jane() }]
        );
        let missed = What::NotReached { whom: jane(), outcome: Outcome::NoAnswer };
        assert_eq!(steps(Preset::Inbound, "", Outcome::NoAnswer), [said, rings, missed, What::Ends]);
    }

    #[test]
    fn the_menu_listens_for_one_key_and_says_where_it_goes() {
        let listens = |keys: &str| What::Listens {
            seconds: 10,
            digits: 1,
            url: Some("https://example.com/webhooks/dtmf".into()),
            keys: keys.into(),
        };
        assert_eq!(steps(Preset::Ivr, "12", Outcome::Answered)[2], listens("1"));
        assert_eq!(steps(Preset::Ivr, "", Outcome::Answered)[2], listens(""));
    }

    #[test]
    fn what_comes_after_a_talk_without_end_is_never_reached() {
        let value = serde_json::json!([
            {"action": "talk", "text": "Please hold.", "loop": 0},
            {"action": "connect", "endpoint": [{"type": "app", "user": "Joe"}]},
        ]);
        let steps = walk(&Ncco::parse(&value).unwrap(), "", Outcome::Answered);
        assert_eq!(steps[1].what, What::Never { action: "connect".into() });
        assert_eq!(steps.len(), 2);
    }
}
