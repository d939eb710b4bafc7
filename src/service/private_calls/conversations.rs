//! Conversations are looked at and closed.

use std::sync::Arc;

use super::answer::Masks;
use super::gather::Gather;
use super::shapes::{Attempt, Conversation, ConversationPage, attempt, conversation};
use super::texts::Texts;
use crate::domain::phone::E164;
use crate::domain::private_calls::Closed;
use crate::service::core::{Core, ServiceError};
use crate::service::dial_policy::DialPolicy;
use crate::service::lines::Lines;
use crate::service::live::Live;
use crate::service::number_check::{self, NumberCheck};
use crate::service::recorder::Recorder;
use crate::service::shared::Shared;
use crate::service::spool::Spool;
use crate::store::PrivateQuery;

/// Private calls.
#[derive(Clone)]
pub struct Private {
    pub(super) core: Arc<Core>,
    pub(super) lines: Lines,
    pub(super) dial: DialPolicy,
    pub(super) live: Live,
    pub masks: Masks,
    pub texts: Texts,
    pub(super) spool: Arc<Spool>,
    pub(super) recorder: Recorder,
    pub(super) gather: Arc<Gather>,
    pub(super) number_check: Arc<dyn NumberCheck>,
}

impl Private {
    pub(in crate::service) fn new(
        shared: &Shared,
        masks: Masks,
        texts: Texts,
        spool: Arc<Spool>,
        recorder: Recorder,
    ) -> Self {
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

    /// Closes a conversation: from now on its numbers reach nobody. `None` when the id is unknown; closing one that
    /// is closed changes nothing.
    pub async fn close_private_conversation(&self, id: &str, by: &str) -> Result<Option<Conversation>, ServiceError> {
        let core = &self.core;
        core.store.private().close(id, Closed::ByRequest.name(), by, core.clock.now_ms()).await?;
        self.live.page_changed();
        self.private_conversation(id).await
    }
}
