//! A dry run: what a caller would hear and do, step by step, without calling anybody.

mod arrival;
mod menus;

pub use arrival::{AfterClosed, Arrival, walk_line};
pub use menus::Menus;

use crate::domain::contact_center::operator_flow::queue_of;
use crate::domain::language::Language;
use crate::domain::ncco::{Action, Connect, Endpoint, Input, Ncco, Talk};
use crate::domain::queue::STANDING;

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
    /// are what we answer, and `url` may be left out.
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
    /// One of our queues, of which no more is known: the next agent who is free is rung, and the caller waits for them.
    Queues,
    /// The caller comes to this queue, by name.
    Enters {
        queue: String,
    },
    /// The queue's next agent is rung.
    RingsNext {
        seconds: u32,
    },
    /// Several agents of the queue are rung at the same time; see [`crate::domain::queue::Strategy::RingAll`].
    RingsAll {
        seconds: u32,
    },
    /// The same as [`Self::Talks`], with that agent.
    TalksToNext,
    /// No agent is free: music, and the caller's place in the queue again and again.
    Holds {
        /// Seconds between two announcements; `None`: as long as the music is.
        announced_s: Option<u32>,
        /// The longest wait, in seconds; `None`: the caller waits until an agent is free.
        most_s: Option<u32>,
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
    /// The caller waits on.
    Waits,
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
    let mut walk = Walk::new(keys, outcome, menus);
    walk.flow(ncco);
    walk.steps
}

/// What one action does where a caller comes to it who presses no key and whom nobody answers, and whether nothing that stands
/// after it is reached.
pub(super) fn alone(action: &Action, menus: &Menus) -> (Option<What>, bool) {
    let mut walk = Walk::new("", Outcome::NoAnswer, menus);
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
    /// The flow has listened for the keys.
    listened: bool,
    keys: &'a str,
    outcome: Outcome,
    menus: &'a Menus,
}

impl<'a> Walk<'a> {
    fn new(keys: &'a str, outcome: Outcome, menus: &'a Menus) -> Self {
        Self { steps: Vec::new(), now: 0, over: false, asked: false, at: 0, listened: false, keys, outcome, menus }
    }

    /// A whole flow, with what no caller reaches.
    fn flow(&mut self, ncco: &Ncco) {
        for (at, action) in ncco.0.iter().enumerate() {
            self.at = at;
            if self.over {
                self.step(What::Never { action: name(action).to_owned() });
            } else {
                self.action(action);
            }
        }
        if !self.over {
            self.ends();
        }
    }

    /// What we answer in the place of the rest of a flow, until the call ends.
    fn hears(&mut self, actions: &[Action]) {
        (self.over, self.asked) = (false, false);
        for action in actions {
            if !self.over {
                self.action(action);
            }
        }
        if !self.over {
            self.ends();
        }
        self.over = true;
    }

    fn ends(&mut self) {
        let what = if self.asked { What::EndsUnanswered } else { What::Ends };
        self.steps.push(Step { action: None, line: 0, at_seconds: self.now, what });
    }

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
        self.listened = true;
        self.takes(waited);
        if ours {
            self.asks_us(&pressed);
            // Our answer replaces the rest, whatever was pressed.
            self.over = true;
        }
    }

    fn connect(&mut self, connect: &Connect) {
        let endpoint = connect.endpoint.first();
        let whom = endpoint.map(called).unwrap_or_default();
        let seconds = connect.timeout.unwrap_or(60);
        if let Some(queue) = endpoint.and_then(queue_of).and_then(|name| self.menus.queue_named(name)) {
            self.comes_to_queue(&queue);
        } else if self.menus.agents.contains(&whom) {
            // Our agents are offered the call: where one does not take it the next one is, and nothing after it is run.
            if !self.rings(whom, seconds) {
                self.comes_to_queue(STANDING);
            }
            self.over = true;
        } else {
            self.over = self.rings(whom, seconds);
        }
    }

    /// A flow leads to a queue, and is over.
    fn comes_to_queue(&mut self, id: &str) {
        if self.listened {
            // They were pressed before.
            self.keys = "";
        }
        let menus = self.menus;
        self.queue(id, None, &menus.speech);
        self.over = true;
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
mod tests;
