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
    /// The two people.
    #[schema(
        min_items = 2,
        max_items = 2,
        example = json!([{"number": "+447700900001", "name": "Ada"}, {"number": "+447700900002", "name": "Ben"}])
    )]
    pub participants: Vec<WantedParticipant>,
    /// Your own name for the conversation, such as the number of an order.
    #[serde(default)]
    #[schema(example = "order 4711")]
    pub reference: Option<String>,
    /// The conversation ends after so many seconds. Without it the conversation has no such end.
    #[serde(default)]
    #[schema(example = 86400)]
    pub expires_in: Option<i64>,
    /// The conversation ends after so many seconds without a call or a text. Without it the conversation has no such end.
    #[serde(default)]
    pub idle_after: Option<i64>,
    /// Both participants get a PIN, with which they can call from another telephone.
    #[serde(default)]
    #[schema(default = false)]
    pub pin: bool,
    /// Both participants get a text that says which number to dial.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub notify: bool,
    #[serde(default)]
    #[schema(schema_with = language_wanted)]
    pub language: Option<String>,
}

/// One of the two people of a new conversation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPrivateParticipant)]
pub(super) struct WantedParticipant {
    /// The person's own number, with its country code. The other person never sees it.
    #[schema(example = "+447700900001")]
    pub number: String,
    /// The name by which the other person is told of them.
    #[serde(default)]
    #[schema(example = "Ada")]
    pub name: Option<String>,
    /// The number of the pool that this person is to dial. Without it one is chosen; a reserved number is given only so.
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
    /// The exact reference of a conversation, or the name or number of a participant.
    #[param(nullable = false)]
    pub reference: Option<String>,
    /// The `next` of the page before: the answer goes on after that page.
    #[param(nullable = false)]
    pub before: Option<String>,
    /// How many conversations a page has.
    #[param(nullable = false, minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
}

/// A conversation between two people who do not see each other's numbers.
#[derive(Serialize, ToSchema)]
#[schema(as = PrivateConversation)]
pub(super) struct Shown {
    /// The id of the conversation.
    id: String,
    /// Your own name for the conversation; null when it has none.
    reference: Option<String>,
    #[schema(schema_with = state)]
    state: &'static str,
    #[schema(schema_with = language)]
    language: &'static str,
    /// When the conversation was opened, in ms since 1970, UTC.
    created_at: i64,
    /// Who opened the conversation, such as `api shop` or `operator Jane`.
    created_by: String,
    /// When the conversation ends at the latest, in ms since 1970, UTC; null when it has no such end.
    expires_at: Option<i64>,
    /// After how many seconds without a call or a text the conversation ends; null when it has no such end.
    idle_after: Option<i64>,
    /// When the conversation ends if nothing else happens, in ms since 1970, UTC; null when it has no end.
    ends_at: Option<i64>,
    /// When the last call or text came, in ms since 1970, UTC; null when there was none.
    used_at: Option<i64>,
    /// When the conversation was closed, in ms since 1970, UTC; null while it is open.
    closed_at: Option<i64>,
    #[schema(schema_with = closed_because)]
    closed_because: Option<&'static str>,
    /// Who closed the conversation; null while it is open.
    closed_by: Option<String>,
    /// The two people.
    pub participants: Vec<ShownParticipant>,
    /// The last hundred attempts to call or text, the newest first. They are there where one conversation is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub attempts: Option<Vec<ShownAttempt>>,
}

/// One of the two people of a conversation.
#[derive(Serialize, ToSchema)]
#[schema(as = PrivateParticipant)]
pub(super) struct ShownParticipant {
    /// The person's own number: as you sent it in the answer to opening the conversation, masked everywhere else.
    pub number: Option<String>,
    /// The name by which the other person is told of them; null when they have none.
    name: Option<String>,
    /// The two letters of the country of their number (ISO 3166); null when it is of no country.
    country: Option<String>,
    /// The digits of the number that this person calls and texts to reach the other.
    dials: String,
    /// The six digits with which this person calls from another telephone; null when none were asked for.
    pin: Option<String>,
    #[schema(schema_with = notified)]
    notified: String,
    /// Why this person could not be texted; null when nothing went wrong.
    problem: Option<String>,
}

/// An attempt to call or text.
#[derive(Serialize, ToSchema)]
#[schema(as = PrivateAttempt)]
pub(super) struct ShownAttempt {
    /// When it came, in ms since 1970, UTC.
    at: i64,
    /// Which participant tried: 0 is the first, 1 is the second. It is null when it was neither.
    participant: Option<usize>,
    #[schema(schema_with = attempt_kind)]
    kind: String,
    /// The outcome: `connected`, `relayed`, `over`, `failed`, `empty` (nothing that can be passed on), `braked` (the same words
    /// again and again), or another word.
    outcome: String,
}

/// A page of conversations.
#[derive(Serialize, ToSchema)]
#[schema(as = PrivateConversationPage)]
pub(super) struct ShownPage {
    /// The conversations of this page, the newest first.
    conversations: Vec<Shown>,
    /// What to send as `before` for the next page; null on the last page.
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

const LANGUAGE: &str = "The language of the texts and of what callers hear.";

fn language() -> ObjectBuilder {
    words(&LANGUAGES).description(Some(LANGUAGE))
}

fn language_wanted() -> ObjectBuilder {
    words_or_null(&LANGUAGES).default(Some("en".into())).description(Some(LANGUAGE))
}

fn state() -> ObjectBuilder {
    words(&["open", "closed"]).description(Some("Whether the conversation is open."))
}

fn state_asked() -> ObjectBuilder {
    let about = "Whether open conversations are listed, closed ones, or both.";
    words(&["open", "closed", "all"]).default(Some("all".into())).description(Some(about))
}

fn closed_because() -> ObjectBuilder {
    let about = "Why the conversation is closed; null while it is open.";
    words_or_null(&["closed", "expired", "idle", "erased"]).description(Some(about))
}

fn notified() -> ObjectBuilder {
    let about = "How far the text is that says which number to dial.";
    words(&["none", "pending", "sent", "delivered", "failed"]).description(Some(about))
}

fn attempt_kind() -> ObjectBuilder {
    words(&["call", "text", "pin"]).description(Some("What was tried."))
}
