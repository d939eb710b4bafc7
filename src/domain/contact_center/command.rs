//! What a console asks the server for, and what it gets: one enumeration each, the same on the server and in the browser.
//!
//! A command goes to `POST /api/console` as JSON, named by its variant: `{"hold":{"call":"…","on":true}}`, or
//! `"missed-seen"` for one without fields. The contact centre's service runs it.

use serde::{Deserialize, Serialize};

use super::caller_id::OurNumber;
use super::desk::{
    Beat, Dial, DialContext, Disposition, Go, History, HistoryShow, NumberCheck, Refusal, Softphone, Target, Voicemail,
};
use super::presence::{Unable, Wish};

/// What an agent's console asks for. `call` is the id of a call, `tab` the page's own id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    // ---- the console
    /// A sign of life, every 5 s; [`Reply::Beat`]. The first of an offline or sleeping agent makes them ready (or what they
    /// were before).
    Heartbeat {
        tab: String,
        /// This agent's leg of the desk's call when the SDK, whose session is open, has no such leg: the platform is asked
        /// whether the call goes on.
        gone: Option<String>,
        /// Why this console cannot take calls: then its agent is offered none, and what rings there goes on to the next.
        /// Sent at once when it changes.
        unable: Option<Unable>,
    },
    /// A token for the SDK; [`Reply::Softphone`]. Refused with [`Refusal::OtherTab`] when another living tab has the
    /// softphone, unless `take_over`; the other one then learns from its next [`Beat`] that it has it no longer. Never taken
    /// over during a call unless that tab is silent.
    Softphone { tab: String, take_over: bool },
    /// This tab is being closed: the softphone is free, and the agent asleep at once if no other tab lives. Sent as a beacon.
    CloseTab { tab: String },

    // ---- the agent
    /// Ready, away or offline. During a call or wrap-up it becomes pending ([`super::desk::Me::pending`]); ready ends wrap-up
    /// and away. [`Refusal::NotOffered`] for an away reason that the operator does not offer.
    Presence { wish: Wish },
    /// Takes back what is pending.
    CancelPending,

    // ---- the call
    /// Takes a caller who rings at several ([`super::desk::OfferKind::All`]): the platform then rings here alone, and this
    /// console answers. [`Refusal::TakenBy`] when somebody was faster.
    Take { call: String },
    /// Declines what rings. Safe beside the SDK's `reject`.
    Decline { offer: String },
    /// Puts the customer on hold with music, or takes them back.
    Hold { call: String, on: bool },
    /// Mutes this agent at the platform, or unmutes.
    Mute { call: String, on: bool },
    /// Sends keys (`0-9*#`, `p` is a pause; at most 32) to the customer's side, or to a telephone that is consulted.
    Keys { call: String, keys: String },
    /// Ends the call for everybody when it is this agent's, and is [`Command::Leave`] when it is a colleague's. This agent is
    /// out of it at once, whatever the platform answers; [`Refusal::Unconfirmed`] when it did not confirm the end of the
    /// call, which is tried again.
    HangUp { call: String },
    /// This agent is out of a call that goes on: the owner leaves the customer to those who are there (a colleague before a
    /// telephone), a colleague who helps leaves the owner with the customer. Refused when nobody could go on.
    Leave { call: String },
    /// Blind transfer: the customer is connected to the target, this agent is out. A target that does not answer: the caller
    /// comes back to this agent if they are free, else to the queue.
    Transfer { call: String, target: Target },
    /// Warm transfer, first step: the customer is put on hold and the target rung; the two then talk alone.
    Consult { call: String, target: Target },
    /// Warm transfer, last step: customer and target talk, this agent is out.
    Complete { call: String },
    /// Warm transfer given up: the target is out, the customer is back. Also while the target rings.
    Back { call: String },
    /// All three together.
    Join { call: String },
    /// Adds a third party, who everybody hears when they answer.
    Add { call: String, target: Target },
    /// Hangs up a party that was added.
    Remove { call: String, leg: String },

    // ---- calling out
    /// Is this a number, and may it be called? Dials nothing; [`Reply::Number`].
    CheckNumber { number: String },
    /// May this number be called now? [`Reply::Go`]: the SDK's `serverCall` with the context then calls it, once.
    /// [`Refusal::NotOurs`] when the number to be shown is not ours.
    Dial(Dial),
    /// The numbers of ours that can be shown; [`Reply::Numbers`].
    Numbers,

    // ---- after the call
    /// Saves notes and disposition, during the call or after. At most 4,000 characters.
    Notes { call: String, text: String, disposition: Option<Disposition> },
    /// More of wrap-up, by [`super::console_settings::Choices::extension_s`].
    ExtendWrapUp { call: String },
    /// Wrap-up is done: ready, or what is pending. [`Refusal::NoDisposition`] while one has to be chosen first.
    FinishWrapUp { call: String },

    // ---- the lists
    /// Earlier calls; `before` is [`History::older`]. [`Reply::History`].
    History { show: HistoryShow, before: Option<String> },
    /// The missed calls were looked at.
    MissedSeen,
    /// Takes a missed call or a call back upon oneself, so that nobody else calls too. [`Refusal::Gone`] when somebody has.
    Claim { call: String },
    /// The messages, newest first; at most 200. [`Reply::Voicemails`].
    Voicemails,
    /// A message was listened to, or is settled.
    VoicemailHeard { id: String },
    /// A message that could not be fetched is tried again.
    VoicemailRetry { id: String },
    /// Deletes a message and its file. [`Refusal::Gone`] when somebody has.
    VoicemailDelete { id: String },
}

/// The outcome of a [`Command`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// Accepted: the desk shows when it is so.
    Done,
    Refused(Refusal),
    Beat(Beat),
    Softphone(Softphone),
    Number(NumberCheck),
    Numbers(Vec<OurNumber>),
    /// The number may be called; `shown` is it as people write it.
    Go {
        context: DialContext,
        shown: String,
    },
    History(History),
    Voicemails(Vec<Voicemail>),
}

impl From<()> for Reply {
    fn from((): ()) -> Self {
        Self::Done
    }
}

impl From<Go> for Reply {
    fn from(Go { context, shown }: Go) -> Self {
        Self::Go { context, shown }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_named_in_json_as_people_read_it() {
        let odd = "a\"b\\c\nd é";
        for (command, json) in [
            (Command::Hold { call: "c".into(), on: true }, r#"{"hold":{"call":"c","on":true}}"#.to_owned()),
            (
                Command::Dial(Dial { from: Some("1".into()), ..Dial::to("2") }),
                r#"{"dial":{"number":"2","from":"1"}}"#.to_owned(),
            ),
            (Command::CancelPending, r#""cancel-pending""#.to_owned()),
            (Command::Presence { wish: Wish::Ready }, r#"{"presence":{"wish":{"wish":"ready"}}}"#.to_owned()),
            (
                Command::Keys { call: odd.into(), keys: "5#".into() },
                format!(r#"{{"keys":{{"call":{},"keys":"5#"}}}}"#, serde_json::to_string(odd).unwrap()),
            ),
        ] {
            assert_eq!(serde_json::to_string(&command).unwrap(), json);
            assert_eq!(serde_json::from_str::<Command>(&json).unwrap(), command);
        }
        let beat = Command::Heartbeat { tab: "t".into(), gone: None, unable: None };
        assert_eq!(serde_json::from_str::<Command>(r#"{"heartbeat":{"tab":"t"}}"#).unwrap(), beat);
    }
}
