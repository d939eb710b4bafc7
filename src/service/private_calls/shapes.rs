//! Private conversations as somebody asks for them, and as screens and interfaces show them.

use crate::domain::private_calls::{Closed, Language, RealNumber, Shortage};
use crate::domain::trouble::Trouble;
use crate::service::fail::Fail;
use crate::store::{AttemptRow, PrivateConversationRow, PrivateParticipantRow};

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
    pub(super) fn field(field: impl Into<String>, reason: impl Into<Trouble>) -> Self {
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

/// A conversation from its rows.
pub(super) fn conversation(row: PrivateConversationRow, people: Vec<PrivateParticipantRow>) -> Conversation {
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

/// An attempt from its row.
pub(super) fn attempt(row: AttemptRow) -> Attempt {
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
