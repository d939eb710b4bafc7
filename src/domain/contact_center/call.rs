//! A call of the contact centre: what is known of it beyond the platform's own record, and who is in it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::desk::{Control, Disposition, HistoryResult, Refusal};
use super::parties::Participation;
use super::story::{Moment, What};
use crate::domain::call::Left;
use crate::domain::language::Language;
use crate::domain::menu::Visited;
use crate::domain::phone::E164;

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

impl Phase {
    /// The customer is with us, and no agent is.
    #[must_use]
    pub fn is_unattended(self) -> bool {
        matches!(self, Self::Menu | Self::Waiting | Self::Ringing)
    }
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
    /// Was asked before the customer hears them: while the customer is on hold they are, and joined after that.
    pub consulted: bool,
    #[serde(default)]
    pub muted: bool,
}

/// A call back that reached nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    pub at: i64,
    pub agent: Option<String>,
}

/// What puts a caller before others, whatever their queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Precedence {
    /// Their number is among those who come first.
    pub is_first: bool,
    /// They gave up waiting earlier today.
    pub gave_up: bool,
}

/// How long a claim lasts when no call back has begun, ms.
const CLAIM_MS: i64 = 60_000;

/// A caller who waits rings at several agents together, none of whom is reserved for them: the first who accepts is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingsAll {
    /// ms UTC
    pub since: i64,
    /// ms UTC
    pub until: i64,
    /// Those who have not declined.
    pub agents: Vec<String>,
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
    /// When each of them did not take it, the last time.
    #[serde(default)]
    pub refused_at: BTreeMap<String, i64>,
    /// At whom they ring together; see [`RingsAll`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rings_all: Option<RingsAll>,
    /// Wrong and missing keys in the menu where they are.
    pub menu_tries: u32,
    /// The menus that they have been in.
    #[serde(default)]
    pub menus: Option<Visited>,
    /// Whose it is.
    pub agent: Option<String>,
    pub agent_leg: Option<String>,
    pub agent_answered_at: Option<i64>,
    pub agent_muted: bool,
    pub held_since: Option<i64>,
    pub thirds: Vec<Third>,
    /// The agents who talked in it, from when to when.
    #[serde(default)]
    pub talked: Vec<Participation>,
    /// Who handed it over without a word: it comes back to them.
    pub handed_by: Option<String>,
    /// The telephone outside that it was handed to, digits.
    #[serde(default)]
    pub handed_to: Option<String>,
    pub under_way: Option<(Control, i64)>,
    pub problem: Option<Refusal>,
    pub created_at: i64,
    pub queued_at: Option<i64>,
    /// When nobody was free for them the first time. Kept when somebody takes it: so it is known how long callers wait.
    #[serde(default)]
    pub waited_from: Option<i64>,
    pub answered_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub result: Option<HistoryResult>,
    /// Who is calling a missed caller back, or has.
    pub claimed_by: Option<String>,
    #[serde(default)]
    pub claimed_at: Option<i64>,
    /// Calls back that reached nobody.
    #[serde(default)]
    pub tries: Vec<Try>,
    /// When somebody talked to this missed caller after all.
    #[serde(default)]
    pub returned_at: Option<i64>,
    pub note: String,
    pub disposition: Option<Disposition>,
    pub noted_at: Option<i64>,
    pub voicemail: Option<String>,
    /// When its agent hung up, or it was ended by hand. Every agent has left it; the platform is asked to end its legs until
    /// it confirms that they have ended.
    #[serde(default)]
    pub hung_up_at: Option<i64>,
    /// Its end was not told: the platform was asked, and has no such call or one that is over.
    #[serde(default)]
    pub lost: bool,
    /// The business was closed when it came: no agent is rung for it. In which language that was said.
    #[serde(default)]
    pub closed: Option<Language>,
    /// In which language the caller is spoken to: decided when they come, and by keys of menus. `None`: the call is an
    /// agent's, or older than this field.
    #[serde(default)]
    pub language: Option<Language>,
    /// The queue that something led the caller to, by id; `None` for the one that is always there.
    #[serde(default)]
    pub queue: Option<String>,
    /// When they came to the agents, out of menus and flows.
    #[serde(default)]
    pub came_at: Option<i64>,
    /// When they began to wait in this queue; they keep the place that they had in an earlier one.
    #[serde(default)]
    pub in_queue_since: Option<i64>,
    /// The queues that they waited in too long, by id.
    #[serde(default)]
    pub queues_left: Vec<String>,
    /// What puts them before others.
    #[serde(default)]
    pub precedence: Precedence,
    /// Wrap-up after it, in seconds, where their queue has its own.
    #[serde(default)]
    pub wrap_up_s: Option<u32>,
    /// What has happened to it so far.
    #[serde(default)]
    pub story: Vec<Moment>,
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
        self.phase == Phase::Waiting && !self.is_ending()
    }

    /// Since when the customer has been waiting for an agent, ms UTC: also while one is rung for them, so that who is not
    /// taken keeps their place. `None` before they came to the agents.
    #[must_use]
    pub fn waits_since(&self) -> Option<i64> {
        self.queued_at.or_else(|| self.came_at.filter(|_| self.answered_at.is_none()))
    }

    /// They wait from now on, or have been.
    pub fn takes_place(&mut self, now: i64) {
        self.queued_at = self.waits_since().or(Some(now));
    }

    /// Hung up, and its end is not confirmed yet.
    #[must_use]
    pub fn is_ending(&self) -> bool {
        self.hung_up_at.is_some() && !self.is_over()
    }

    /// The legs that are known, the customer's first.
    #[must_use]
    pub fn legs(&self) -> Vec<&str> {
        let thirds = self.thirds.iter().map(|third| &third.leg);
        let all = self.customer_leg.iter().chain(&self.agent_leg).chain(thirds);
        all.map(String::as_str).filter(|leg| !leg.is_empty()).collect()
    }

    #[must_use]
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Ended
    }

    /// How long the caller was in the queue before an agent took the call, ms; `None` for who never was, or still is.
    #[must_use]
    pub fn queued_ms(&self) -> Option<i64> {
        Some((self.answered_at? - self.waited_from?).max(0))
    }

    /// The customer, as webhooks call them.
    #[must_use]
    pub fn customer(&self) -> Option<&str> {
        self.number.as_deref().or(self.user.as_deref())
    }

    /// Everything that webhooks may call the customer: carriers write some telephones in two ways.
    #[must_use]
    pub fn customer_spellings(&self) -> Vec<String> {
        let Some(customer) = self.customer() else { return Vec::new() };
        match self.number.as_deref().map(E164::parse) {
            Some(Ok(number)) => number.spellings().iter().map(|number| number.digits().to_owned()).collect(),
            _ => vec![customer.to_owned()],
        }
    }

    /// A menu did for the caller what they chose, or runs a call flow for them, and they were not led on to the agents.
    #[must_use]
    pub fn is_served(&self) -> bool {
        self.phase == Phase::Menu && self.result == Some(HistoryResult::Served)
    }

    /// Nobody talked to this caller, so somebody has to look.
    #[must_use]
    pub fn is_missed(&self) -> bool {
        let unheard = [HistoryResult::Abandoned, HistoryResult::Voicemail, HistoryResult::Callback];
        !self.outbound && self.result.is_some_and(|result| unheard.contains(&result))
    }

    /// Somebody has yet to talk to this caller.
    #[must_use]
    pub fn is_owed(&self) -> bool {
        self.is_over() && self.is_missed() && self.returned_at.is_none()
    }

    /// Who is calling this missed caller back just now. `under_way` says whether a call of theirs to that number goes on.
    #[must_use]
    pub fn claim(&self, now: i64, under_way: bool) -> Option<&str> {
        let fresh = self.claimed_at.is_some_and(|at| now - at < CLAIM_MS);
        self.claimed_by.as_deref().filter(|_| self.is_owed() && (fresh || under_way))
    }

    /// A later call with the same customer is over: the promise is kept when they were talked to, and stands otherwise,
    /// with the try noted.
    ///
    /// False when that changes nothing.
    pub fn settle(&mut self, later: &Self, now: i64) -> bool {
        if !self.is_owed() || later.created_at < self.created_at {
            return false;
        }
        if later.answered_at.is_some() {
            self.returned_at = Some(now);
            self.claimed_by.clone_from(&later.agent);
            return true;
        }
        if later.outbound {
            self.tries.push(Try { at: later.created_at, agent: later.agent.clone() });
            if self.claimed_by == later.agent {
                (self.claimed_by, self.claimed_at) = (None, None);
            }
        }
        later.outbound
    }

    /// Seconds that customer and agent were connected.
    #[must_use]
    pub fn talk_seconds(&self) -> Option<u32> {
        let since = self.answered_at?;
        // The agent talked until they hung up, even when the platform confirms the end later.
        let until = self.ended_at.into_iter().chain(self.hung_up_at).min()?;
        u32::try_from((until - since).max(0) / 1000).ok()
    }

    /// How the call ended; [`HistoryResult::Running`] while it goes on. One that was hung up goes on for nobody, even before
    /// the platform confirms its end; unless the platform refused to end it.
    #[must_use]
    pub fn shown_result(&self) -> HistoryResult {
        match self.result {
            Some(result) if self.is_over() => result,
            _ if self.is_ending() && self.problem != Some(Refusal::Unconfirmed) => self.result_now(),
            _ => HistoryResult::Running,
        }
    }

    /// How the call ended, if this is its end.
    fn result_now(&self) -> HistoryResult {
        match self.result {
            Some(result @ (HistoryResult::Voicemail | HistoryResult::Callback)) => result,
            _ if self.answered_at.is_some() => HistoryResult::Answered,
            _ if self.is_served() => HistoryResult::Served,
            _ if self.outbound => HistoryResult::NotReached,
            _ => HistoryResult::Abandoned,
        }
    }

    /// What the caller left that they had not left `before`, or that their message turned out to be empty.
    #[must_use]
    pub fn newly_left(&self, before: &Self) -> Option<Left> {
        let by = |call: &Self, result| call.result == Some(result);
        let newly = |result| by(self, result) && !by(before, result);
        if newly(HistoryResult::Callback) {
            return Some(Left::call_back());
        }
        if newly(HistoryResult::Voicemail) {
            return self.voicemail.as_deref().map(|id| Left::message(id, false));
        }
        let emptied = by(before, HistoryResult::Voicemail) && !by(self, HistoryResult::Voicemail);
        before.voicemail.as_deref().filter(|_| emptied).map(|id| Left::message(id, true))
    }

    /// Seconds until somebody answered, or the caller left.
    #[must_use]
    pub fn waited_seconds(&self) -> Option<u32> {
        u32::try_from((self.answered_at.or(self.ended_at)? - self.created_at).max(0) / 1000).ok()
    }

    /// An agent writes what there is to say. The owner's words are as they are; what colleagues write is marked with their
    /// names, added below, and stays when the owner, who may not have seen it, writes on.
    pub fn write(&mut self, agent: &str, text: &str) {
        let mark = |name: &str| format!("[{name}] ");
        let by = |name: &str, line: &str| line.starts_with(&mark(name));
        if self.agent.as_deref() == Some(agent) {
            let colleagues: BTreeSet<&str> =
                self.talked.iter().map(|part| part.agent.as_str()).filter(|name| *name != agent).collect();
            let mut note = text.to_owned();
            for line in self.note.lines() {
                if colleagues.iter().any(|name| by(name, line)) && !text.lines().any(|known| known == line) {
                    if !note.is_empty() && !note.ends_with('\n') {
                        note.push('\n');
                    }
                    note.push_str(line);
                }
            }
            self.note = note;
            return;
        }
        let mut lines: Vec<String> = self.note.lines().filter(|line| !by(agent, line)).map(str::to_owned).collect();
        // What the owner wrote is shown to colleagues, and comes back with what they write.
        let own: Vec<String> = text
            .lines()
            .filter(|line| !lines.iter().any(|known| known == line))
            .map(|line| if by(agent, line) { line.to_owned() } else { mark(agent) + line })
            .collect();
        lines.extend(own);
        self.note = lines.join("\n");
    }

    /// It is over: what is left to say about it.
    pub fn end(&mut self, now: i64) {
        if self.is_over() {
            return;
        }
        self.result = Some(self.result_now());
        self.phase = Phase::Ended;
        self.ended_at = Some(now);
        (self.under_way, self.held_since, self.queued_at) = (None, None, None);
        self.thirds.clear();
        self.all_go(self.hung_up_at.unwrap_or(now));
        self.tell(now, What::Ended);
    }
}

#[cfg(test)]
mod tests;
