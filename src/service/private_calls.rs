//! Private calls: conversations are opened, looked at and closed; [`answer`] decides about calls, [`texts`] about text
//! messages, [`pool`] looks after the numbers and [`privacy`] forgets.

mod answer;
mod masking;
mod open;
mod pool;
mod privacy;
mod texts;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::core::{Core, ServiceError};
use super::dial_policy::DialPolicy;
use super::fail::Fail;
use super::lines::Lines;
use super::live::Live;
use super::number_check::{self, NumberCheck};
use super::recorder::Recorder;
use super::shared::Shared;
use super::spool::Spool;
use crate::domain::phone::E164;
use crate::domain::private_calls::{Closed, Language, RealNumber, Shortage};
use crate::domain::trouble::Trouble;
use crate::store::{AttemptRow, PrivateConversationRow, PrivateParticipantRow, PrivateQuery};

pub use super::number_check::NumberSource;
pub use crate::store::Forgotten;
pub use answer::Masks;
pub(super) use masking::Masking;
use open::Gather;
pub use pool::{CountryProof, PoolNumberView, Proof, ReleaseRefusal};
pub use privacy::Erasure;
pub use texts::Texts;

/// One of the two, as somebody asks for them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NewParticipant {
    /// As people write numbers.
    pub number: String,
    /// What the other person is told to call them.
    pub name: Option<String>,
    /// A number of the pool that they are to dial, by name; any other way they get the one that suits best.
    pub dials: Option<String>,
}

/// A conversation, as somebody asks for it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct NewConversation {
    pub participants: [NewParticipant; 2],
    pub reference: Option<String>,
    /// Seconds from now until it ends.
    pub expires_in: Option<i64>,
    /// Seconds without use after which it ends.
    pub idle_after: Option<i64>,
    /// Both get a PIN for calls from another telephone.
    pub pins: bool,
    /// Both get a text that tells them which number to dial.
    pub notify: bool,
    pub language: Language,
    /// A request with the same key opens one conversation.
    pub request_key: Option<String>,
    /// Who asks: `api NAME`, `operator NAME`.
    pub by: String,
}

/// Why a conversation was not opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenRefusal {
    /// A field is wrong: which, and why, in words.
    Field { field: String, reason: Trouble },
    /// The pool is too small: for whom, and by how many.
    TooSmall(Vec<Shortage>),
}

impl From<OpenRefusal> for Fail<OpenRefusal> {
    fn from(refusal: OpenRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl OpenRefusal {
    fn field(field: impl Into<String>, reason: impl Into<Trouble>) -> Self {
        Self::Field { field: field.into(), reason: reason.into() }
    }
}

/// A conversation that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    pub conversation: Conversation,
    /// Not by this request: one with the same key came before.
    pub known: bool,
}

/// A conversation as screens and interfaces show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    pub id: String,
    pub reference: Option<String>,
    pub language: Language,
    pub created_by: String,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub idle_ms: Option<i64>,
    /// When it ends, as things are now.
    pub ends_at: Option<i64>,
    pub used_at: Option<i64>,
    /// When, why and by whom it was closed; `None` while it is open.
    pub closed: Option<(i64, Closed, String)>,
    pub forgotten: bool,
    pub participants: Vec<Participant>,
}

/// One of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// `None` when it was forgotten.
    pub number: Option<RealNumber>,
    pub name: Option<String>,
    pub country: Option<String>,
    /// The number of ours that they dial.
    pub dials: String,
    pub pin: Option<String>,
    /// none, pending, sent, delivered, failed
    pub invited: String,
    /// Why the text could not be sent.
    pub problem: Option<String>,
}

impl Participant {
    /// For screens and interfaces.
    #[must_use]
    pub fn masked(&self) -> Option<String> {
        self.number.as_ref().map(RealNumber::masked)
    }
}

/// An attempt to call or to text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub at: i64,
    pub conversation: Option<String>,
    pub side: Option<usize>,
    /// call, text, pin
    pub kind: String,
    pub dialled: String,
    /// Masked; `None` when it was withheld or forgotten.
    pub caller: Option<String>,
    pub outcome: String,
}

/// A page of conversations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationPage {
    pub conversations: Vec<Conversation>,
    pub next: Option<String>,
}

/// Private calls.
#[derive(Clone)]
pub struct Private {
    core: Arc<Core>,
    lines: Lines,
    dial: DialPolicy,
    live: Live,
    pub masks: Masks,
    pub texts: Texts,
    spool: Arc<Spool>,
    recorder: Recorder,
    gather: Arc<Gather>,
    number_check: Arc<dyn NumberCheck>,
}

impl Private {
    pub(super) fn new(shared: &Shared, masks: Masks, texts: Texts, spool: Arc<Spool>, recorder: Recorder) -> Self {
        Self {
            lines: shared.lines.clone(),
            dial: shared.dial.clone(),
            live: shared.live.clone(),
            masks,
            texts,
            spool,
            recorder,
            gather: Arc::default(),
            number_check: number_check::of(&shared.core),
            core: Arc::clone(&shared.core),
        }
    }

    /// Conversations, the newest first; `text` is a reference, a name, or a number however written.
    pub async fn private_conversations(
        &self,
        open: Option<bool>,
        text: Option<&str>,
        before: Option<&str>,
        limit: u32,
    ) -> Result<ConversationPage, ServiceError> {
        self.core.store.private().close_ended(self.core.clock.now_ms()).await?;
        let limit = limit.clamp(1, 200);
        let text = text.map(str::trim).filter(|text| !text.is_empty());
        let read = |text: &str| self.lines.read_own_number(text).or_else(|_| self.lines.read_caller(text)).ok();
        let number = text.and_then(read);
        // One of our numbers, or a person's in whichever of its spellings.
        let spellings = number.as_ref().map(E164::spellings).unwrap_or_default();
        let mut spellings = spellings.iter().map(|number| number.digits().to_owned());
        let query = PrivateQuery {
            open,
            text: spellings.next().or_else(|| text.map(str::to_owned)),
            also: spellings.next(),
            before: before.map(str::to_owned),
            limit: limit + 1,
        };
        let mut rows = self.core.store.private().conversations(&query).await?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let people = self.core.store.private().people(&rows).await?;
        let next = rows.last().filter(|_| more).map(|row| row.id.clone());
        let mut people = people.into_iter().peekable();
        let conversations = rows
            .into_iter()
            .map(|row| {
                let mut own = Vec::with_capacity(2);
                while let Some(person) = people.next_if(|person| person.conversation == row.id) {
                    own.push(person);
                }
                conversation(row, own)
            })
            .collect();
        Ok(ConversationPage { conversations, next })
    }

    /// One conversation.
    pub async fn private_conversation(&self, id: &str) -> Result<Option<Conversation>, ServiceError> {
        self.core.store.private().close_ended(self.core.clock.now_ms()).await?;
        let found = self.core.store.private().conversation(id).await?;
        Ok(found.map(|(row, people)| conversation(row, people)))
    }

    /// Who tried what, the newest first: in one conversation, or anywhere.
    pub async fn private_attempts(&self, conversation: Option<&str>, limit: u32) -> Result<Vec<Attempt>, ServiceError> {
        let rows = self.core.store.private().attempts(conversation, limit.clamp(1, 10_000)).await?;
        Ok(rows.into_iter().map(attempt).collect())
    }

    /// Closes a conversation: from now on its numbers reach nobody. `None` when there is none of this id; closing one that
    /// is closed changes nothing.
    pub async fn close_private_conversation(&self, id: &str, by: &str) -> Result<Option<Conversation>, ServiceError> {
        let core = &self.core;
        core.store.private().close(id, Closed::ByRequest.name(), by, core.clock.now_ms()).await?;
        self.live.page_changed();
        self.private_conversation(id).await
    }
}

fn conversation(row: PrivateConversationRow, people: Vec<PrivateParticipantRow>) -> Conversation {
    let because = row.closed_because.as_deref().and_then(Closed::parse).unwrap_or(Closed::ByRequest);
    Conversation {
        language: Language::of_tag(&row.language).unwrap_or_default(),
        closed: row.closed_at.map(|at| (at, because, row.closed_by.clone().unwrap_or_default())),
        participants: people.into_iter().map(participant).collect(),
        id: row.id,
        reference: row.reference,
        created_by: row.created_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
        idle_ms: row.idle_ms,
        ends_at: row.ends_at,
        used_at: row.used_at,
        forgotten: row.forgotten,
    }
}

fn participant(row: PrivateParticipantRow) -> Participant {
    Participant {
        number: RealNumber::parse(&row.number).ok(),
        name: row.name,
        country: row.country,
        dials: row.dials,
        pin: row.pin,
        invited: row.invited,
        problem: row.problem,
    }
}

fn attempt(row: AttemptRow) -> Attempt {
    Attempt {
        at: row.at,
        conversation: row.conversation,
        side: row.side.and_then(|side| usize::try_from(side).ok()),
        kind: row.kind,
        dialled: row.dialled,
        caller: row.caller.as_deref().map(crate::domain::phone::mask),
        outcome: row.outcome,
    }
}
