//! What the JSON interface of private calls takes and gives.

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::{IntoParams, ToSchema};

use crate::domain::private_calls::Shortage;
use crate::service::private_calls::{Attempt, Conversation, ConversationPage, Participant};
use crate::web::openapi::parts::{words, words_or_null};

/// The body of a request. `deny_unknown_fields`, because a misspelt `expires_in` would open a conversation for ever.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPrivateConversation, description = "Two people who are to call and text each other.")]
pub(super) struct Wanted {
    #[schema(min_items = 2, max_items = 2)]
    pub participants: Vec<WantedParticipant>,
    /// your own name for it, such as an order
    #[serde(default)]
    pub reference: Option<String>,
    /// seconds until it ends
    #[serde(default)]
    pub expires_in: Option<i64>,
    /// seconds without a call or text until it ends
    #[serde(default)]
    pub idle_after: Option<i64>,
    /// both get a PIN for calls from another telephone
    #[serde(default)]
    #[schema(default = false)]
    pub pin: bool,
    /// both get a text that says which number to dial
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub notify: bool,
    #[serde(default)]
    #[schema(schema_with = language_wanted)]
    pub language: Option<String>,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPrivateParticipant)]
pub(super) struct WantedParticipant {
    /// their own number, with country code
    pub number: String,
    /// what the other person is told to call them
    #[serde(default)]
    pub name: Option<String>,
    /// a number of the pool that they are to dial; a reserved one is given only so
    #[serde(default)]
    pub dials: Option<String>,
}

fn yes() -> bool {
    true
}

/// Which conversations are asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Listing {
    #[param(schema_with = state_asked)]
    pub state: Option<String>,
    /// an exact reference, name or number
    #[param(nullable = false)]
    pub reference: Option<String>,
    /// `next` of the page before
    #[param(nullable = false)]
    pub before: Option<String>,
    #[param(nullable = false, minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
}

/// A conversation as the interface shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = PrivateConversation)]
pub(super) struct Shown {
    id: String,
    reference: Option<String>,
    #[schema(schema_with = state)]
    state: &'static str,
    #[schema(schema_with = language)]
    language: &'static str,
    created_at: i64,
    created_by: String,
    /// absolute end
    expires_at: Option<i64>,
    /// seconds
    idle_after: Option<i64>,
    /// the earlier end, as things are
    ends_at: Option<i64>,
    /// the last call or text
    used_at: Option<i64>,
    closed_at: Option<i64>,
    #[schema(schema_with = closed_because)]
    closed_because: Option<&'static str>,
    closed_by: Option<String>,
    pub participants: Vec<ShownParticipant>,
    /// the last hundred, where one conversation is asked for
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attempts: Option<Vec<ShownAttempt>>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PrivateParticipant)]
pub(super) struct ShownParticipant {
    /// in the answer to opening it as you sent it, masked everywhere else
    pub number: Option<String>,
    name: Option<String>,
    /// ISO 3166
    country: Option<String>,
    /// the number that this participant calls and texts
    dials: String,
    /// six digits, where asked for
    pin: Option<String>,
    #[schema(schema_with = notified)]
    notified: String,
    /// why they could not be texted
    problem: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PrivateAttempt)]
pub(super) struct ShownAttempt {
    at: i64,
    /// 0 or 1
    participant: Option<usize>,
    #[schema(schema_with = attempt_kind)]
    kind: String,
    /// connected, relayed, over, failed, empty (nothing that can be passed on), braked (the same words again and again), …
    outcome: String,
}

#[derive(Serialize, ToSchema)]
#[schema(as = PrivateConversationPage)]
pub(super) struct ShownPage {
    conversations: Vec<Shown>,
    /// `before` of the next page
    next: Option<String>,
}

/// For whom the pool has too few numbers.
#[derive(Serialize)]
pub(super) struct ShownShortage<'a> {
    participant: usize,
    country: Option<&'a str>,
    open: usize,
    cooling: usize,
    pool: usize,
    missing: usize,
}

impl From<&Conversation> for Shown {
    /// People's own numbers masked.
    fn from(conversation: &Conversation) -> Self {
        let closed = conversation.closed.as_ref();
        Self {
            id: conversation.id.clone(),
            reference: conversation.reference.clone(),
            state: if closed.is_some() { "closed" } else { "open" },
            language: conversation.language.tag(),
            created_at: conversation.created_at,
            created_by: conversation.created_by.clone(),
            expires_at: conversation.expires_at,
            idle_after: conversation.idle_ms.map(|ms| ms / 1000),
            ends_at: conversation.ends_at,
            used_at: conversation.used_at,
            closed_at: closed.map(|(at, ..)| *at),
            closed_because: closed.map(|(_, because, _)| because.name()),
            closed_by: closed.map(|(.., by)| by.clone()),
            participants: conversation.participants.iter().map(ShownParticipant::from).collect(),
            attempts: None,
        }
    }
}

impl From<&Participant> for ShownParticipant {
    fn from(person: &Participant) -> Self {
        Self {
            number: person.masked(),
            name: person.name.clone(),
            country: person.country.clone(),
            dials: person.dials.clone(),
            pin: person.pin.clone(),
            notified: person.invited.clone(),
            problem: person.problem.clone(),
        }
    }
}

impl From<Attempt> for ShownAttempt {
    fn from(attempt: Attempt) -> Self {
        Self { at: attempt.at, participant: attempt.side, kind: attempt.kind, outcome: attempt.outcome }
    }
}

impl From<ConversationPage> for ShownPage {
    fn from(page: ConversationPage) -> Self {
        Self { conversations: page.conversations.iter().map(Shown::from).collect(), next: page.next }
    }
}

impl<'a> From<&'a Shortage> for ShownShortage<'a> {
    fn from(short: &'a Shortage) -> Self {
        Self {
            participant: short.side,
            country: short.country.as_deref(),
            open: short.open,
            cooling: short.cooling,
            pool: short.pool,
            missing: short.missing,
        }
    }
}

// ---------------------------------------------------------------- texts of which there are few

const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

fn language() -> ObjectBuilder {
    words(&LANGUAGES)
}

fn language_wanted() -> ObjectBuilder {
    words_or_null(&LANGUAGES).default(Some("en".into()))
}

fn state() -> ObjectBuilder {
    words(&["open", "closed"])
}

fn state_asked() -> ObjectBuilder {
    words(&["open", "closed", "all"]).default(Some("all".into()))
}

fn closed_because() -> ObjectBuilder {
    words_or_null(&["closed", "expired", "idle", "erased"])
}

fn notified() -> ObjectBuilder {
    words(&["none", "pending", "sent", "delivered", "failed"])
}

fn attempt_kind() -> ObjectBuilder {
    words(&["call", "text", "pin"])
}
