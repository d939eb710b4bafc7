//! The call log, and one call's timeline: webhooks, decisions, answers.

use std::sync::Arc;

use super::core::{Core, ServiceError};
use super::lines::Lines;
use super::private_calls::masking::Masking;
use super::timeline::{CallDetail, entries};
use crate::domain::call::CallCount;
use crate::store::CallQuery;

pub use crate::store::CallRow;

/// Which calls to show. Everything empty shows the newest of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// A [`crate::domain::call::Phase::name`] (`talking`, `busy`, …), or `open` or `ended`.
    pub phase: Option<String>,
    /// A [`crate::domain::line::Line::name`].
    pub line: Option<String>,
    /// Part of a number (however written) or name, of the caller or of whom they reached.
    pub text: Option<String>,
    /// [`CallPage::next`] of the page before.
    pub before: Option<String>,
    /// At most this many, 1 to 200; 0 means 50.
    pub limit: u32,
}

/// A page of the call log, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallPage {
    pub calls: Vec<CallRow>,
    /// Where the next page starts; `None` on the last one.
    pub next: Option<String>,
}

const PAGE: u32 = 50;
const GREATEST_PAGE: u32 = 200;

/// The call log and the inbox of webhooks.
#[derive(Clone)]
pub struct CallLog {
    pub(super) core: Arc<Core>,
    pub(super) lines: Lines,
    pub(super) masking: Masking,
}

impl CallLog {
    pub(super) fn new(core: Arc<Core>, lines: Lines, masking: Masking) -> Self {
        Self { core, lines, masking }
    }

    /// A page of the call log, newest first.
    pub async fn calls(&self, filter: CallFilter) -> Result<CallPage, ServiceError> {
        let limit = if filter.limit == 0 { PAGE } else { filter.limit.min(GREATEST_PAGE) };
        let CallFilter { phase, line, text, before, .. } = filter;
        let given = |field: Option<String>| field.filter(|value| !value.trim().is_empty());
        let number = text.as_deref().and_then(|text| self.lines.search_number(text));
        // One more than asked for tells whether there is another page.
        let query = CallQuery {
            phase: given(phase),
            line: given(line),
            number,
            text: given(text),
            before: given(before),
            limit: limit + 1,
        };
        let mut calls = self.core.store.calls().list(&query).await?;
        let more = calls.len() > limit as usize;
        calls.truncate(limit as usize);
        self.masking.mask_rows(&mut calls).await?;
        let next = calls.last().filter(|_| more).map(|call| call.id.clone());
        Ok(CallPage { calls, next })
    }

    /// The calls since midnight, where the business is.
    pub async fn today(&self) -> Result<CallCount, ServiceError> {
        let from = self.core.zone().midnight(self.core.clock.now_ms());
        Ok(self.core.store.calls().count_since(from).await?)
    }

    /// One call with its timeline, by its id, its conversation's, or that of a record or conversation that went into it;
    /// `None` when there is none.
    pub async fn call(&self, id: &str) -> Result<Option<CallDetail>, ServiceError> {
        let store = &self.core.store;
        let found = match store.calls().find(id).await? {
            Some(found) => Some(found),
            None => store.calls().of(id).await?,
        };
        let Some((row, record)) = found else { return Ok(None) };
        let webhooks = self.core.store.webhooks().of(&row.conversation).await?;
        let timeline = webhooks.into_iter().flat_map(entries).collect();
        let mut detail = CallDetail { row, record, timeline };
        self.masking.mask_call(&mut detail).await?;
        Ok(Some(detail))
    }
}
