//! A call of the contact centre: what is known of it beyond the platform's own record, and who is in it.

use serde::{Deserialize, Serialize};

use super::desk::{Control, Disposition, HistoryResult, Refusal};

/// Where a call of the contact centre is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// In a menu.
    #[default]
    Menu,
    /// Rings at an agent, or an agent's call is being placed.
    Ringing,
    /// Nobody is free.
    Waiting,
    /// With an agent.
    Talking,
    /// Leaves a message.
    Message,
    /// Handed to a telephone outside.
    Outside,
    Ended,
}

/// A party beyond customer and agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Third {
    /// The platform's leg; empty until it is known.
    pub leg: String,
    /// A colleague, by name.
    pub agent: Option<String>,
    /// A telephone, digits.
    pub number: Option<String>,
    pub since: i64,
    pub answered_at: Option<i64>,
    /// Being consulted: the customer is on hold for it.
    pub consulted: bool,
}

/// A call. Times are ms UTC.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeskCall {
    pub id: String,
    pub outbound: bool,
    /// [`crate::domain::line::Line::name`] and its target.
    pub line: String,
    pub target: Option<String>,
    /// The number of ours that was called, or is shown; digits.
    pub ours: Option<String>,
    /// The customer's number, digits.
    pub number: Option<String>,
    /// The customer's Client SDK user: a visitor.
    pub user: Option<String>,
    /// What the visitor's page said about itself.
    pub page: Option<String>,
    /// Where the customer is now.
    pub conversation: String,
    /// Where the platform has the call: every request about it goes to this address. `None`: the configured one.
    #[serde(default)]
    pub region: Option<String>,
    pub customer_leg: Option<String>,
    pub customer_answered_at: Option<i64>,
    pub phase: Phase,
    /// Whom they asked for.
    pub wanted: Option<String>,
    /// Who was rung for them and did not take it.
    pub tried: Vec<String>,
    pub menu_tries: u32,
    /// Whose it is.
    pub agent: Option<String>,
    pub agent_leg: Option<String>,
    pub agent_answered_at: Option<i64>,
    pub agent_muted: bool,
    pub held_since: Option<i64>,
    pub thirds: Vec<Third>,
    /// All three hear each other.
    pub joined: bool,
    /// Who handed it over without a word: it comes back to them.
    pub handed_by: Option<String>,
    pub under_way: Option<(Control, i64)>,
    pub problem: Option<Refusal>,
    pub created_at: i64,
    pub queued_at: Option<i64>,
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub result: Option<HistoryResult>,
    pub claimed_by: Option<String>,
    pub note: String,
    pub disposition: Option<Disposition>,
    pub noted_at: Option<i64>,
    pub voicemail: Option<String>,
}

impl DeskCall {
    /// The one who is consulted, or was joined after that.
    #[must_use]
    pub fn consulted(&self) -> Option<&Third> {
        self.thirds.iter().find(|third| third.consulted)
    }

    /// The customer is on the line and nobody has them.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.phase == Phase::Waiting
    }

    #[must_use]
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// Whoever the customer is, as webhooks call them.
    #[must_use]
    pub fn customer(&self) -> Option<&str> {
        self.number.as_deref().or(self.user.as_deref())
    }

    /// Nobody talked to this caller, so somebody has to look.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        let unheard = [HistoryResult::Abandoned, HistoryResult::Voicemail, HistoryResult::Callback];
        !self.outbound && self.result.is_some_and(|result| unheard.contains(&result))
    }

    /// Seconds that customer and agent were connected.
    #[must_use]
    pub fn talk_seconds(&self) -> Option<u32> {
        let since = self.answered_at?;
        u32::try_from((self.ended_at? - since).max(0) / 1000).ok()
    }

    /// Seconds until somebody answered, or the caller left.
    #[must_use]
    pub fn waited_seconds(&self) -> Option<u32> {
        u32::try_from((self.answered_at.or(self.ended_at)? - self.created_at).max(0) / 1000).ok()
    }

    /// It is over: what is left to say about it.
    pub fn end(&mut self, now: i64) {
        if self.is_over() {
            return;
        }
        self.result = Some(match self.result {
            Some(result @ (HistoryResult::Voicemail | HistoryResult::Callback)) => result,
            _ if self.answered_at.is_some() => HistoryResult::Answered,
            _ if self.outbound => HistoryResult::NotReached,
            _ => HistoryResult::Abandoned,
        });
        self.phase = Phase::Ended;
        self.ended_at = Some(now);
        (self.under_way, self.held_since, self.queued_at) = (None, None, None);
        self.thirds.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_call_ended_is_told_by_what_happened() {
        let call = || DeskCall { created_at: 1_000, ..DeskCall::default() };
        let ended = |mut call: DeskCall| {
            call.end(61_000);
            (call.result, call.is_missed(), call.talk_seconds(), call.waited_seconds())
        };
        assert_eq!(ended(call()), (Some(HistoryResult::Abandoned), true, None, Some(60)));
        let answered = DeskCall { answered_at: Some(31_000), ..call() };
        assert_eq!(ended(answered), (Some(HistoryResult::Answered), false, Some(30), Some(30)));
        let outbound = DeskCall { outbound: true, ..call() };
        assert_eq!(ended(outbound), (Some(HistoryResult::NotReached), false, None, Some(60)));
        let message = DeskCall { result: Some(HistoryResult::Voicemail), ..call() };
        assert_eq!(ended(message), (Some(HistoryResult::Voicemail), true, None, Some(60)));
    }
}
