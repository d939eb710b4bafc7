//! What a console shows: plain values, the same on both halves. What it asks for is a [`super::command::Command`].

mod history;
mod refusal;

use serde::{Deserialize, Serialize};

use super::console_settings::Choices;
use super::hearing::{Ear, Situation, allowed};
use super::presence::{State, Wish};
use super::word::Word;
use crate::domain::click_to_call::VoiceEndpoints;
use crate::domain::party::Party;

pub use history::{History, HistoryResult, HistoryRow, HistoryShow, Voicemail};
pub use refusal::Refusal;

/// Everything a console shows. Times are ms UTC by the server's clock, [`Desk::now`] included: show `now - since` and
/// count on from there, whatever the browser's clock says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// Grows with every change; an older picture is never to replace a newer one.
    pub version: i64,
    pub now: i64,
    pub me: Me,
    /// A call that rings at this agent, incoming or a colleague's consultation.
    pub offer: Option<Offer>,
    /// The call this agent is in, or is placing.
    pub call: Option<ActiveCall>,
    /// The call whose notes and disposition are being written: during the call too, so that nothing typed is lost.
    pub notes: Option<Notes>,
    /// Set in wrap-up.
    pub wrap_up: Option<WrapUp>,
    /// Callers nobody talks to yet, the longest waiting first.
    pub waiting: Vec<Waiting>,
    /// The other agents, by name.
    pub team: Vec<Teammate>,
    pub badges: Badges,
    /// What can be chosen, and what it is called.
    pub choices: Choices,
    /// The platform is the sandbox, whose accounts have no passwords.
    pub in_sandbox: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The agent's name, which is the name of their Client SDK user too.
    pub name: String,
    pub state: State,
    pub since: i64,
    /// Asked for during a call or wrap-up; happens when that is over. `Command::CancelPending` takes it back.
    pub pending: Option<Wish>,
    /// Offers not taken in a row; at as many as the operator allows the agent is away (no answer).
    pub misses: u32,
    /// The number shown to those whom this agent calls, as people write it.
    pub caller_id: Option<String>,
}

/// A call that rings here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub id: String,
    pub call: String,
    pub kind: OfferKind,
    pub who: Customer,
    /// When it began to ring, and when it stops.
    pub since: i64,
    pub until: i64,
    /// When the caller called: `now - called_at` is how long they waited.
    pub called_at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OfferKind {
    /// A caller.
    Call,
    /// A colleague asks, with their caller on hold; the name is the colleague's.
    Consult(String),
    /// A colleague wants this agent in a call, where everybody hears them at once.
    Add(String),
    /// A colleague hands a caller over without a word; the name is the colleague's.
    Transfer(String),
    /// A caller who rings at this many others too: the first who accepts has them. See [`super::command::Command::Take`].
    All(u32),
}

/// Who the customer is, in calls in and out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub party: Party,
    /// The number of ours that was called or is shown, as people write it.
    pub number: Option<String>,
    /// What that number is for: `support`, `agent`, `ivr`, `campaign`, ….
    pub line: String,
    /// What the line's own name is: of the campaign, or of the call flow.
    pub line_name: Option<String>,
    /// The queue that the caller is in, or came through; `None` where there is only one.
    pub queue: Option<String>,
    /// Their number is among those who come before others.
    pub is_first: bool,
    /// The campaign that brought a visitor to the support page.
    pub campaign: Option<String>,
    /// What the campaign says to the person who answers: the platform whispers to telephones, and to no browser.
    pub whisper: Option<String>,
    /// The page a visitor called from.
    pub page: Option<String>,
    /// When we last talked to them before, and to whom.
    pub last_contact: Option<LastContact>,
    /// How many calls there were with them before.
    pub earlier_calls: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastContact {
    pub at: i64,
    pub agent: Option<String>,
    pub disposition: Option<Disposition>,
    pub note: Option<String>,
}

/// The call this agent is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActiveCall {
    pub id: String,
    /// Placed by an agent, rather than by the customer.
    pub outbound: bool,
    pub who: Customer,
    pub stage: Stage,
    pub started_at: i64,
    pub answered_at: Option<i64>,
    /// The customer hears music and nobody hears them.
    pub held_since: Option<i64>,
    /// This agent is muted, as the platform confirmed.
    pub muted: bool,
    /// Everybody in the call, this agent first, then the customer.
    pub parties: Vec<PartyLine>,
    /// What this agent may do follows from it: [`super::hearing::allowed`].
    pub situation: Situation,
    /// Who goes on with the customer when this agent leaves; `None` when hanging up can mean one thing only.
    pub heir: Option<Party>,
    pub consult: Option<Consult>,
    /// What was asked for and is not confirmed yet: show it as under way.
    pub under_way: Option<Control>,
    /// Why the last thing asked for did not happen.
    pub problem: Option<Refusal>,
}

impl ActiveCall {
    /// May this agent do that now?
    #[must_use]
    pub fn allows(&self, control: Control) -> bool {
        allowed(control, &self.situation)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Being placed or joined: nobody hears anybody yet.
    Connecting,
    /// The customer's telephone rings.
    Ringing,
    Talking,
}

/// One party of the call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartyLine {
    /// For `Command::Remove`; also the id under which the SDK knows this agent's own leg.
    pub leg: String,
    pub role: Role,
    pub party: Party,
    pub stage: Stage,
    pub since: i64,
    pub ear: Ear,
    pub muted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    Me,
    Customer,
    /// A colleague who is consulted, or was joined.
    Colleague,
    /// Anybody else who was added.
    Third,
}

/// A warm transfer under way: the customer is on hold, the two talk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consult {
    pub target: Target,
    pub stage: ConsultStage,
    pub since: i64,
    /// The other side of it: this agent is the one who is consulted.
    pub asked: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsultStage {
    Ringing,
    /// `Command::Complete`, `Command::Join` and `Command::Back` are possible.
    Talking,
    /// All three hear each other.
    Joined,
}

/// Whom a call is handed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", content = "name", rename_all = "kebab-case")]
pub enum Target {
    /// A colleague, by name.
    Agent(String),
    /// A telephone number as somebody types it.
    Number(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    Hold,
    Resume,
    Mute,
    Unmute,
    HangUp,
    Transfer,
    Consult,
    Complete,
    Back,
    Join,
    Add,
    Remove,
    /// Out of a call in which others go on.
    Leave,
    /// Keys of a telephone.
    Keys,
}

impl Control {
    pub const EVERY: [Self; 14] = [
        Self::Hold,
        Self::Resume,
        Self::Mute,
        Self::Unmute,
        Self::HangUp,
        Self::Transfer,
        Self::Consult,
        Self::Complete,
        Self::Back,
        Self::Join,
        Self::Add,
        Self::Remove,
        Self::Leave,
        Self::Keys,
    ];
}

/// What is written about a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    pub call: String,
    pub who: Party,
    pub text: String,
    pub disposition: Option<Disposition>,
    /// When it was last saved; `None` before anything was.
    pub saved_at: Option<i64>,
}

/// How a call went, in a word: what the operator lets agents choose
/// ([`super::console_settings::ConsoleSettings::dispositions`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Disposition(pub Word);

impl Disposition {
    pub const RESOLVED: Self = Self(Word::known("resolved"));
    pub const FOLLOW_UP: Self = Self(Word::known("follow-up"));
    pub const SALE: Self = Self(Word::known("sale"));
    pub const COMPLAINT: Self = Self(Word::known("complaint"));
    pub const WRONG_NUMBER: Self = Self(Word::known("wrong-number"));
    pub const NO_ANSWER: Self = Self(Word::known("no-answer"));
    pub const SPAM: Self = Self(Word::known("spam"));

    /// The word for it in SQL and JSON.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.text()
    }
}

/// The time after a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapUp {
    pub call: String,
    /// Whom we called did not answer.
    pub not_reached: bool,
    /// The call's end was not told: the platform was asked.
    #[serde(default)]
    pub lost: bool,
    /// The platform did not confirm that the call has ended. It is tried again.
    #[serde(default)]
    pub unconfirmed: bool,
    pub since: i64,
    /// When it ends by itself, and the agent is ready (or what is pending); where a disposition is required, not before it is
    /// chosen.
    pub until: i64,
}

/// A caller nobody talks to yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub call: String,
    pub who: Party,
    /// The queue that they are in; `None` where there is only one.
    pub queue: Option<String>,
    /// Their number is among those who come before others.
    pub is_first: bool,
    /// Whom they asked for, if anybody.
    pub wanted: Option<String>,
    pub since: i64,
    /// 1 is next.
    pub position: u32,
    /// At whom it rings just now.
    pub ringing_at: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Teammate {
    pub name: String,
    pub state: State,
    pub since: i64,
    /// Can be called or consulted now.
    pub free: bool,
}

/// The contact centre at this moment, for supervisors.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    /// Callers nobody talks to yet, the longest waiting first.
    pub waiting: Vec<Waiting>,
    /// Every agent, by name.
    pub team: Vec<Teammate>,
    pub badges: Badges,
    /// What their away reasons are called, and how long each may last.
    pub choices: Choices,
}

impl Floor {
    /// No agent is ready, in a call, or writing notes after one: who calls now waits until somebody comes.
    #[must_use]
    pub fn is_unattended(&self) -> bool {
        let there = |mate: &Teammate| mate.state == State::Ready || mate.state.is_busy() || mate.state == State::WrapUp;
        !self.team.iter().any(there)
    }
}

/// A caller who asked to be called back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owed {
    /// The call's id in the call log.
    pub call: String,
    pub who: Party,
    /// When they called, ms UTC.
    pub at: i64,
    /// The agent who is doing it.
    pub claimed_by: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Badges {
    /// Missed calls since `Command::MissedSeen`.
    pub missed: u32,
    pub voicemails: u32,
    pub callbacks: u32,
    /// Messages that are not here yet.
    pub unfetched: u32,
}

/// The answer to a heartbeat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// This tab holds the softphone: it, and no other, opens the SDK session.
    pub softphone: bool,
    /// The newest [`Desk::version`]: if the page's is older for long, its stream is dead.
    pub version: i64,
}

/// What the SDK needs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Softphone {
    pub user: String,
    pub token: String,
    /// Ask for a new one a minute before, ms UTC.
    pub expires_at: i64,
    pub voice: VoiceEndpoints,
}

/// A call that an agent wants to place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dial {
    /// As somebody types it.
    pub number: String,
    /// The number of ours that is to be shown, its digits; `None`: as the rules say ([`super::caller_id`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The call that is returned by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back: Option<String>,
}

impl Dial {
    #[must_use]
    pub fn to(number: impl Into<String>) -> Self {
        Self { number: number.into(), ..Self::default() }
    }
}

/// What to pass to the SDK's `serverCall`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialContext {
    /// Digits with the country code.
    pub to: String,
    /// Good for one call, for a minute.
    pub intent: String,
}

/// An agent may call a number now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Go {
    pub context: DialContext,
    /// The number as people write it.
    pub shown: String,
}

/// What a typed number is, while it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberCheck {
    /// As people write it.
    pub shown: Option<String>,
    /// ISO 3166, two letters.
    pub country: Option<String>,
    /// The number of ours that is shown if nothing else is chosen, as people write it; `None` when it cannot be called.
    #[serde(default)]
    pub from: Option<String>,
    /// Why it cannot be called.
    pub refusal: Option<Refusal>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::contact_center::presence::AwayReason;

    #[test]
    fn a_contact_centre_is_unattended_while_every_agent_is_away() {
        let floor = |states: &[State]| Floor {
            waiting: Vec::new(),
            team: states
                .iter()
                .map(|state| Teammate { name: "Jane".into(), state: *state, since: 0, free: false })
                .collect(),
            badges: Badges::default(),
            choices: Choices::default(),
        };
        assert!(floor(&[]).is_unattended());
        assert!(floor(&[State::Offline, State::Away(AwayReason::LUNCH), State::Asleep]).is_unattended());
        for there in [State::Ready, State::Ringing, State::Talking, State::Hold, State::WrapUp] {
            assert!(!floor(&[State::Offline, there]).is_unattended(), "{there:?}");
        }
    }
}
