//! The agents' console: one picture of everything an agent sees ([`Desk`]), and what they can do.
//!
//! The server owns every state. A page shows the newest [`Desk`] it has and asks for changes; what was asked for is done
//! when a newer desk says so, which arrives by `GET /live/console` (server-sent events):
//!
//! | event   | data                    | when                                                                       |
//! |---------|-------------------------|----------------------------------------------------------------------------|
//! | `desk`  | a whole [`Desk`] (JSON) | at once on opening, and within milliseconds of any change that it shows    |
//! | `stale` | `{}`                    | something was missed and the next `desk` is on its way; nothing to be done |
//!
//! The event's id is [`Desk::version`]. The stream is closed when the session ends (then [`get_desk`] answers
//! [`Access::SignIn`]) and when the server stops (then reconnect: `EventSource` does so by itself).
//!
//! How a console lives: [`get_desk`] with the page's own `tab` id (any random text kept in `sessionStorage`);
//! `GET /live/console`; [`heartbeat`] every 5 s (also from a worker: 15 s without one is *asleep*) whose answer says whether
//! this tab holds the softphone; the tab that does asks [`get_softphone`] for a token, opens the SDK session, and takes what
//! rings. Accepting an offer is the SDK's `answer(callId)`; declining is [`decline`] (or the SDK's `reject`).
//! An outgoing call is [`dial`] and then the SDK's `serverCall(context)` with exactly the returned context.

use leptos::prelude::*;
use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::Access;
use super::calls::Party;
use super::click_to_call::Voice;
use crate::domain::contact_center::presence::{State, Wish};

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
    /// The page with the simulated handsets, when the platform is the sandbox.
    pub handsets: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    /// The agent's name, which is the name of their Client SDK user too.
    pub name: String,
    pub state: State,
    pub since: i64,
    /// Asked for during a call or wrap-up; happens when that is over. [`cancel_pending`] takes it back.
    pub pending: Option<Wish>,
    /// Offers not taken in a row; at two the agent is away (no answer).
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
    /// A colleague hands a caller over without a word; the name is the colleague's.
    Transfer(String),
}

/// Who the customer is, whoever called whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    pub party: Party,
    /// The number of ours that was called or is shown, as people write it.
    pub number: Option<String>,
    /// What that number is for: `support`, `agent`, `ivr`, `campaign`, ….
    pub line: String,
    /// The campaign, or whatever the line's target is.
    pub campaign: Option<String>,
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
    pub consult: Option<Consult>,
    /// What was asked for and is not confirmed yet: show it as under way.
    pub under_way: Option<Control>,
    /// Why the last thing asked for did not happen.
    pub problem: Option<Refusal>,
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
    /// For [`remove_party`]; also the id under which the SDK knows this agent's own leg.
    pub leg: String,
    pub role: Role,
    pub party: Party,
    pub stage: Stage,
    pub since: i64,
    pub held: bool,
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
    /// [`complete_transfer`], [`join_all`] and [`back_to_caller`] are possible.
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

/// How a call went, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disposition {
    Resolved,
    FollowUp,
    Sale,
    Complaint,
    WrongNumber,
    NoAnswer,
    Spam,
}

impl Disposition {
    /// In the order of their keys, 1 to 7.
    pub const EVERY: [Self; 7] =
        [Self::Resolved, Self::FollowUp, Self::Sale, Self::Complaint, Self::WrongNumber, Self::NoAnswer, Self::Spam];

    /// The word for it in SQL and in the tables of words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Resolved => "resolved",
            Self::FollowUp => "follow-up",
            Self::Sale => "sale",
            Self::Complaint => "complaint",
            Self::WrongNumber => "wrong-number",
            Self::NoAnswer => "no-answer",
            Self::Spam => "spam",
        }
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::EVERY.into_iter().find(|disposition| disposition.name() == word)
    }
}

/// The time after a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrapUp {
    pub call: String,
    pub since: i64,
    /// When it ends by itself, and the agent is ready (or what is pending).
    pub until: i64,
}

/// A caller nobody talks to yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    pub call: String,
    pub who: Party,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Badges {
    /// Missed calls since [`missed_seen`].
    pub missed: u32,
    pub voicemails: u32,
    pub callbacks: u32,
}

/// What became of something that was asked for. `Done` means accepted: the desk shows when it is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    Done,
    Refused(Refusal),
}

/// Why not. Each has its words in the tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Refusal {
    /// The state machine says no: what is, and what was asked for.
    NotNow {
        is: State,
    },
    /// There is no such call, offer or party any more.
    Gone,
    /// Something else that was asked for is under way.
    Busy,
    /// The colleague is not free.
    NotFree {
        name: String,
    },
    /// Not a number; `reason` is for people, in English.
    BadNumber {
        reason: String,
    },
    /// The country is not on the list of those that may be called.
    Country {
        country: String,
    },
    TooMany {
        retry_after_s: u64,
    },
    /// No number of ours can be shown to those who are called.
    NoCallerId,
    /// Another tab holds the softphone.
    OtherTab,
    /// Text is too long, a key is no key: `field` says which.
    Invalid {
        field: String,
    },
    /// The platform or our database did not do it.
    Unavailable,
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
    pub voice: Voice,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SoftphoneOutcome {
    Granted(Softphone),
    Refused(Refusal),
}

/// What to pass to the SDK's `serverCall`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DialContext {
    /// Digits with the country code.
    pub to: String,
    /// Good for one call, for a minute.
    pub intent: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum DialOutcome {
    /// `shown` is the number as people write it.
    Go {
        context: DialContext,
        shown: String,
    },
    Refused(Refusal),
}

/// What a typed number is, while it is typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberCheck {
    /// As people write it.
    pub shown: Option<String>,
    /// ISO 3166, two letters.
    pub country: Option<String>,
    /// Why it cannot be called.
    pub refusal: Option<Refusal>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryShow {
    /// This agent's calls.
    #[default]
    Mine,
    /// Everybody's.
    All,
    /// Callers nobody talked to, whoever was meant.
    Missed,
    /// Callers who asked to be called back, and were not yet.
    Callbacks,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    pub call: String,
    pub at: i64,
    pub outbound: bool,
    pub who: Party,
    /// What [`dial`] takes to call back; `None` when there is no number.
    pub dial: Option<String>,
    pub agent: Option<String>,
    pub result: HistoryResult,
    pub talk_seconds: Option<u32>,
    pub waited_seconds: Option<u32>,
    pub disposition: Option<Disposition>,
    pub note: Option<String>,
    /// Who is calling back, or has.
    pub claimed_by: Option<String>,
    /// Missed or asked for a call back, and nobody has looked yet.
    pub unseen: bool,
    pub voicemail: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryResult {
    /// Still going on.
    Running,
    Answered,
    /// The caller left before anybody answered.
    Abandoned,
    Voicemail,
    Callback,
    /// An outgoing call that was not taken.
    NotReached,
}

/// A page of the history, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct History {
    pub rows: Vec<HistoryRow>,
    /// Where the next page starts; `None` on the last one.
    pub older: Option<String>,
}

/// A message somebody left. The audio is `GET /console/voicemails/{id}` (WAV or MP3, with ranges not supported).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voicemail {
    pub id: String,
    pub call: String,
    pub at: i64,
    pub who: Party,
    pub dial: Option<String>,
    /// For whom, when the caller asked for somebody.
    pub wanted: Option<String>,
    pub seconds: u32,
    pub heard: bool,
}

/// The present picture. `tab` is this page's own id; a new tab opens nothing and changes nothing.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-desk", input = Json)]
pub async fn get_desk() -> Result<Access<Desk>, ServerFnError> {
    shapes::unready()
}

/// A sign of life, every 5 s. The first of an offline or sleeping agent makes them ready (or what they were before).
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-heartbeat", input = Json)]
pub async fn heartbeat(tab: String) -> Result<Access<Beat>, ServerFnError> {
    let _ = tab;
    shapes::unready()
}

/// A token for the SDK. Refused with [`Refusal::OtherTab`] when another living tab has the softphone, unless `take_over`;
/// the other one then learns from its next [`Beat`] that it has it no longer. Never taken over during a call unless that
/// tab is silent.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-softphone", input = Json)]
pub async fn get_softphone(tab: String, take_over: bool) -> Result<Access<SoftphoneOutcome>, ServerFnError> {
    let _ = (tab, take_over);
    shapes::unready()
}

/// This tab is being closed: the softphone is free, and the agent asleep at once if no other tab lives. Also as a
/// beacon: `navigator.sendBeacon("/api/console-leave", JSON)`.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-leave", input = Json)]
pub async fn leave(tab: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = tab;
    shapes::unready()
}

/// Ready, away or offline. During a call or wrap-up it becomes pending ([`Me::pending`]); ready ends wrap-up and away.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-presence", input = Json)]
pub async fn set_presence(wish: Wish) -> Result<Access<Outcome>, ServerFnError> {
    let _ = wish;
    shapes::unready()
}

/// Takes back what is pending.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-pending-cancel", input = Json)]
pub async fn cancel_pending() -> Result<Access<Outcome>, ServerFnError> {
    shapes::unready()
}

/// Declines what rings. Safe beside the SDK's `reject`.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-decline", input = Json)]
pub async fn decline(offer: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = offer;
    shapes::unready()
}

/// Puts the customer on hold with music, or takes them back.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-hold", input = Json)]
pub async fn hold(call: String, on: bool) -> Result<Access<Outcome>, ServerFnError> {
    let _ = (call, on);
    shapes::unready()
}

/// Mutes this agent at the platform, or unmutes.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-mute", input = Json)]
pub async fn mute(call: String, on: bool) -> Result<Access<Outcome>, ServerFnError> {
    let _ = (call, on);
    shapes::unready()
}

/// Sends keys (`0-9*#`, `p` is a pause; at most 32) to the customer's side.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-keys", input = Json)]
pub async fn send_keys(call: String, keys: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = (call, keys);
    shapes::unready()
}

/// Ends the call for the customer and this agent (for everybody but a colleague it was handed to).
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-hang-up", input = Json)]
pub async fn hang_up(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = call;
    shapes::unready()
}

/// Blind transfer: the customer is connected to the target, this agent is out. A target that does not answer: the caller
/// comes back to this agent if they are free, else to the queue.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-transfer", input = Json)]
pub async fn transfer(call: String, target: Target) -> Result<Access<Outcome>, ServerFnError> {
    let _ = (call, target);
    shapes::unready()
}

/// Warm transfer, first step: the customer is put on hold and the target rung; the two then talk alone.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-consult", input = Json)]
pub async fn start_consult(call: String, target: Target) -> Result<Access<Outcome>, ServerFnError> {
    let _ = (call, target);
    shapes::unready()
}

/// Warm transfer, last step: customer and target talk, this agent is out.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-consult-complete", input = Json)]
pub async fn complete_transfer(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = call;
    shapes::unready()
}

/// Warm transfer given up: the target is out, the customer is back. Also while the target rings.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-consult-back", input = Json)]
pub async fn back_to_caller(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = call;
    shapes::unready()
}

/// All three together.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-consult-join", input = Json)]
pub async fn join_all(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = call;
    shapes::unready()
}

/// Adds a third party, who everybody hears when they answer.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-add", input = Json)]
pub async fn add_party(call: String, target: Target) -> Result<Access<Outcome>, ServerFnError> {
    let _ = (call, target);
    shapes::unready()
}

/// Hangs up a party that was added.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-remove", input = Json)]
pub async fn remove_party(call: String, leg: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = (call, leg);
    shapes::unready()
}

/// Is this a number, and may it be called? Dials nothing.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-number-check", input = Json)]
pub async fn check_number(number: String) -> Result<Access<NumberCheck>, ServerFnError> {
    let _ = number;
    shapes::unready()
}

/// May this number be called now? The SDK's `serverCall` with the context then calls it, once.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-dial", input = Json)]
pub async fn dial(number: String) -> Result<Access<DialOutcome>, ServerFnError> {
    let _ = number;
    shapes::unready()
}

/// Saves notes and disposition, during the call or after. At most 4,000 characters.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-notes", input = Json)]
pub async fn save_notes(
    call: String,
    text: String,
    disposition: Option<Disposition>,
) -> Result<Access<Outcome>, ServerFnError> {
    let _ = (call, text, disposition);
    shapes::unready()
}

/// Thirty seconds more of wrap-up.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-wrap-up-extend", input = Json)]
pub async fn extend_wrap_up(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = call;
    shapes::unready()
}

/// Wrap-up is done: ready, or what is pending.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-wrap-up-done", input = Json)]
pub async fn finish_wrap_up(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = call;
    shapes::unready()
}

/// Earlier calls; `before` is [`History::older`].
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-history", input = Json)]
pub async fn get_history(show: HistoryShow, before: Option<String>) -> Result<Access<History>, ServerFnError> {
    let _ = (show, before);
    shapes::unready()
}

/// The missed calls were looked at.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-missed-seen", input = Json)]
pub async fn missed_seen() -> Result<Access<Outcome>, ServerFnError> {
    shapes::unready()
}

/// Takes a missed call or a call back upon oneself, so that nobody else calls too. [`Refusal::Gone`] when somebody has.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-claim", input = Json)]
pub async fn claim(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = call;
    shapes::unready()
}

/// The messages, newest first; at most 200.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-voicemails", input = Json)]
pub async fn voicemails() -> Result<Access<Vec<Voicemail>>, ServerFnError> {
    shapes::unready()
}

/// A message was listened to.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-voicemail-heard", input = Json)]
pub async fn voicemail_heard(id: String) -> Result<Access<Outcome>, ServerFnError> {
    let _ = id;
    shapes::unready()
}

#[cfg(not(target_arch = "wasm32"))]
mod shapes {
    use leptos::prelude::ServerFnError;

    use super::Access;

    pub(super) fn unready<T>() -> Result<Access<T>, ServerFnError> {
        Err(crate::api::context::fault("the contact centre is not set up"))
    }
}
