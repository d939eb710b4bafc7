//! Private calls: [`conversations`] are opened ([`open`]), looked at and closed; [`answer`] decides about calls, [`texts`]
//! about text messages, [`pool`] looks after the numbers and [`privacy`] forgets.

pub(super) mod answer;
mod conversations;
mod gather;
pub(super) mod masking;
mod open;
mod pool;
mod privacy;
mod shapes;
mod texts;

#[cfg(test)]
mod tests;

pub use super::settings::NumberSource;
pub use crate::store::Forgotten;
pub use conversations::Private;
pub use pool::{CountryProof, PoolNumberView, Proof, ReleaseRefusal};
pub use privacy::Erasure;
pub use shapes::{
    Attempt, Conversation, ConversationPage, NewConversation, NewParticipant, OpenRefusal, Opened, Participant,
};
pub use texts::Texts;
