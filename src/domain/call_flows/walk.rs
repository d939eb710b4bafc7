//! A dry run: what a caller would hear and do, step by step, without calling anybody.

mod menus;

pub use menus::Menus;

use crate::domain::language::Language;
use crate::domain::ncco::{Action, Connect, Endpoint, Input, Ncco, Talk};

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
    /// The line of that action in the text, from 1; 0 where nobody has looked.
    pub line: usize,
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
    /// Waits for keys, then asks `url` how to go on; what it answers replaces the rest. Where that is our own, `branches`
    /// are what we answer.
    Listens {
        seconds: u32,
        digits: u32,
        url: Option<String>,
        keys: String,
        branches: Vec<Branch>,
    },
    /// Our menu says its keys again, until the caller has used up their tries.
    AsksAgain {
        tries: u32,
        then: Leads,
    },
    /// Another call flow of the operator's, by name.
    Runs {
        flow: String,
    },
    /// The caller is promised a call back.
    CallsBack,
    /// Our queue: the next agent who is free is rung, and the caller waits for them.
    Queues,
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
    /// The call ends, unless somebody else's answer to the keys says how it goes on.
    EndsUnanswered,
}

/// What our own answer to pressed keys is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Branch {
    pub keys: Keys,
    pub to: Leads,
    /// The keys of this dry run lead here.
    pub taken: bool,
}

/// Where keys lead.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Leads {
    /// The menu is said again.
    Again,
    Agent(String),
    AnyAgent,
    /// By name.
    Queue(String),
    /// As people write it.
    Number(String),
    /// By name.
    Menu(String),
    /// By name.
    Flow(String),
    Message,
    CallBack,
    Says(String),
    /// Says the menu again in this language.
    Speaks(Language),
    HangsUp,
}

/// Which keys a branch is for.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Keys {
    These(String),
    Others,
    Nothing,
}

/// Speech is about this fast.
const CHARACTERS_A_SECOND: usize = 14;

/// About how many seconds it takes to speak a text.
#[must_use]
pub fn spoken_seconds(text: &str) -> u32 {
    u32::try_from(text.chars().count() / CHARACTERS_A_SECOND).unwrap_or(u32::MAX).max(1)
}

/// Walks a flow. `keys` are pressed whenever the flow listens; every `connect` ends with `outcome`. Keys that are sent to
/// `menus` are answered as they answer them.
#[must_use]
pub fn walk(ncco: &Ncco, keys: &str, outcome: Outcome, menus: &Menus) -> Vec<Step> {
    let mut walk = Walk { steps: Vec::new(), now: 0, over: false, asked: false, at: 0, keys, outcome, menus };
    for (at, action) in ncco.0.iter().enumerate() {
        walk.at = at;
        if walk.over {
            walk.step(What::Never { action: name(action).to_owned() });
        } else {
            walk.action(action);
        }
    }
    if !walk.over {
        let what = if walk.asked { What::EndsUnanswered } else { What::Ends };
        walk.steps.push(Step { action: None, line: 0, at_seconds: walk.now, what });
    }
    walk.steps
}

/// What one action does where a caller comes to it who presses no key and whom nobody answers, and whether nothing that stands
/// after it is reached.
pub(super) fn alone(action: &Action, menus: &Menus) -> (Option<What>, bool) {
    let (keys, outcome) = ("", Outcome::NoAnswer);
    let mut walk = Walk { steps: Vec::new(), now: 0, over: false, asked: false, at: 0, keys, outcome, menus };
    walk.action(action);
    (walk.steps.into_iter().next().map(|step| step.what), walk.over)
}

/// A dry run under way.
struct Walk<'a> {
    steps: Vec<Step>,
    now: u32,
    /// What follows is never reached.
    over: bool,
    /// Somebody else was asked how to go on, last.
    asked: bool,
    /// The action that runs.
    at: usize,
    keys: &'a str,
    outcome: Outcome,
    menus: &'a Menus,
}

impl Walk<'_> {
    fn step(&mut self, what: What) {
        self.steps.push(Step { action: Some(self.at), line: 0, at_seconds: self.now, what });
    }

    fn takes(&mut self, seconds: u32) {
        self.now = self.now.saturating_add(seconds);
    }

    fn action(&mut self, action: &Action) {
        self.asked = matches!(action, Action::Input(_));
        match action {
            Action::Talk(talk) => self.talk(talk),
            Action::Stream(stream) => {
                self.step(What::Plays { url: stream.stream_url.first().cloned().unwrap_or_default() });
                self.over = stream.repeat == Some(0) && stream.barge_in != Some(true);
            }
            Action::Input(input) => self.input(input),
            Action::Connect(connect) => self.connect(connect),
            Action::Conversation(room) => {
                self.step(What::Joins { name: room.name.clone() });
                self.over = true;
            }
            Action::Record(record) => {
                let until_done =
                    record.end_on_silence.is_some() || record.end_on_key.is_some() || record.time_out.is_some();
                self.step(What::Records { until_done });
                self.takes(if until_done { record.end_on_silence.unwrap_or(5) } else { 0 });
            }
            Action::Notify(notify) => {
                self.step(What::Tells { url: notify.event_url.first().cloned().unwrap_or_default() });
            }
            Action::Wait(wait) => {
                // At most 7,200; a fraction counts as a whole second.
                let seconds = wait.timeout.unwrap_or(10.0).ceil().clamp(0.0, 7_200.0) as u32;
                self.step(What::Waits { seconds });
                self.takes(seconds);
            }
            Action::Transfer(transfer) => {
                self.step(What::Moves { conversation: transfer.conversation_id.clone() });
                self.over = true;
            }
        }
    }

    fn talk(&mut self, talk: &Talk) {
        let times = talk.repeat.unwrap_or(1);
        let seconds = spoken_seconds(&talk.text);
        self.step(What::Says { text: talk.text.clone(), times });
        // Keys end the speech.
        let cut = talk.barge_in == Some(true) && !self.keys.is_empty();
        self.over = times == 0 && talk.barge_in != Some(true);
        self.takes(if cut { 1 } else { seconds.saturating_mul(times.max(1)) });
    }

    fn input(&mut self, input: &Input) {
        let dtmf = input.dtmf.clone().unwrap_or_default();
        let (seconds, digits) = (dtmf.time_out.unwrap_or(3), dtmf.max_digits.unwrap_or(4));
        let pressed: String = self.keys.chars().take(digits as usize).collect();
        let waited = if pressed.len() == digits as usize { 1 } else { seconds };
        let url = input.event_url.first().cloned();
        let ours = url.as_ref() == Some(&self.menus.url);
        let branches = if ours { self.main_branches(&pressed) } else { Vec::new() };
        self.step(What::Listens { seconds, digits, url, keys: pressed.clone(), branches });
        self.takes(waited);
        if ours {
            // Our answer replaces the rest, whatever was pressed.
            self.over = true;
            self.asks_us(&pressed);
        }
    }

    fn connect(&mut self, connect: &Connect) {
        let whom = connect.endpoint.first().map(called).unwrap_or_default();
        self.over = self.rings(whom, connect.timeout.unwrap_or(60));
    }

    /// Whether they talk, which is the rest of the call.
    fn rings(&mut self, whom: String, seconds: u32) -> bool {
        self.step(What::Rings { whom: whom.clone(), seconds });
        match self.outcome {
            Outcome::Answered => {
                self.takes(5);
                self.step(What::Talks { whom });
                true
            }
            outcome => {
                self.takes(if outcome == Outcome::Busy { 2 } else { seconds });
                self.step(What::NotReached { whom, outcome });
                false
            }
        }
    }
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
    use crate::domain::contact_center::routing::RING_SECONDS;
    use crate::domain::language::Texts;
    use crate::domain::menu::{Action as Does, Key, Menu};

    fn steps(preset: Preset, keys: &str, outcome: Outcome) -> Vec<What> {
        let ncco = fill(preset.text(), &Filling::sample(), |_| false).unwrap();
        walk(&ncco, keys, outcome, &menus("https://elsewhere.example")).into_iter().map(|step| step.what).collect()
    }

    fn menus(url: &str) -> Menus {
        let agents = ["Jane".to_owned(), "Joe".to_owned()];
        let mut more = Menu { id: "more".into(), name: "More".into(), ..Menu::of_agents("more", &agents[1..]) };
        more.greeting = Texts::default();
        let keys =
            [('2', Does::Say("We are in London.".into())), ('9', Does::Message), ('0', Does::Menu("more".into()))];
        more.keys.extend(keys.map(|(sign, does)| (Key::of(sign).unwrap(), does)));
        let mut main = Menu::of_agents("main", &agents);
        main.keys.extend([(Key::of('0').unwrap(), Does::Menu("more".into()))]);
        Menus { url: url.into(), all: vec![main, more], agents: agents.into(), ..Menus::default() }
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
            branches: Vec::new(),
        };
        assert_eq!(steps(Preset::Ivr, "12", Outcome::Answered)[2..], [listens("1"), What::EndsUnanswered]);
        assert_eq!(steps(Preset::Ivr, "", Outcome::Answered)[2..], [listens(""), What::EndsUnanswered]);
    }

    /// What follows the preset's own words in a dry run whose keys are sent to us.
    fn walked(keys: &str, outcome: Outcome) -> Vec<What> {
        let ncco = fill(Preset::Ivr.text(), &Filling::sample(), |_| false).unwrap();
        let steps = walk(&ncco, keys, outcome, &menus("https://example.com/webhooks/dtmf"));
        steps.into_iter().skip(2).map(|step| step.what).collect()
    }

    fn rings(whom: &str) -> What {
        What::Rings { whom: whom.into(), seconds: RING_SECONDS }
    }

    #[test]
    fn keys_that_are_sent_to_us_lead_where_our_menu_leads() {
        let joe = walked("2", Outcome::Answered);
        assert_eq!(joe[1..], [rings("Joe"), What::Talks { whom: "Joe".into() }]);
        let What::Listens { branches, .. } = &joe[0] else { panic!("{joe:?}") };
        let taken: Vec<&Branch> = branches.iter().filter(|branch| branch.taken).collect();
        assert_eq!(taken, [&Branch { keys: Keys::These("2".into()), to: Leads::Agent("Joe".into()), taken: true }]);
        assert_eq!(branches.len(), 5, "two agents, a menu, any other key, and none");
        let missed = What::NotReached { whom: "Jane".into(), outcome: Outcome::Busy };
        assert_eq!(walked("1", Outcome::Busy)[1..], [rings("Jane"), missed, What::Queues]);
        for keys in ["", "7", "*"] {
            let steps = walked(keys, Outcome::Answered);
            assert_eq!(steps[1..], [What::AsksAgain { tries: 3, then: Leads::AnyAgent }], "{keys}");
            let What::Listens { branches, .. } = &steps[0] else { panic!("{steps:?}") };
            let taken = if keys.is_empty() { Keys::Nothing } else { Keys::Others };
            assert_eq!(branches.iter().find(|branch| branch.taken).unwrap().keys, taken);
        }
    }

    #[test]
    fn a_dry_run_goes_through_menus_and_comes_to_an_end() {
        let steps = walked("021", Outcome::Answered);
        let said = |step: &What| matches!(step, What::Says { .. });
        let heard: Vec<&What> = steps.iter().filter(|step| said(step)).collect();
        assert_eq!(heard[1], &What::Says { text: "We are in London.".into(), times: 1 }, "{steps:?}");
        assert_eq!(steps.last(), Some(&What::Talks { whom: "Joe".into() }));
        let message = walked("09", Outcome::Answered);
        assert_eq!(message[message.len() - 2..], [What::Records { until_done: true }, What::Ends]);
        // Menus that lead to one another: the call leaves them after the most menus that one call may visit.
        assert_eq!(walked(&"0".repeat(300), Outcome::Answered).last(), Some(&What::Queues));
    }

    #[test]
    fn what_comes_after_a_talk_without_end_is_never_reached() {
        let value = serde_json::json!([
            {"action": "talk", "text": "Please hold.", "loop": 0},
            {"action": "connect", "endpoint": [{"type": "app", "user": "Joe"}]},
        ]);
        let steps = walk(&Ncco::parse(&value).unwrap(), "", Outcome::Answered, &Menus::default());
        assert_eq!(steps[1].what, What::Never { action: "connect".into() });
        assert_eq!(steps.len(), 2);
    }
}
