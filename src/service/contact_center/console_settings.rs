//! What agents choose from, and the rules of their console: read and changed by the operator. Two who change it at once both
//! have their way: each changes what is there by then.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::board::Board;
use crate::domain::call_tracking::campaign::FieldError;
use crate::domain::config_file::ConsolePart;
use crate::domain::contact_center::caller_id::{ShownNumbers, is_ours};
use crate::domain::contact_center::console_settings::{Change, ConsoleSettings, Draft, change};
use crate::domain::contact_center::word::Word;
use crate::domain::trouble::Trouble;
use crate::service::core::ServiceError;
use crate::service::fail::Fail;

/// How often a change is made again after somebody else was faster.
const ATTEMPTS: usize = 20;

/// The console's settings.
#[derive(Clone)]
pub struct Choices {
    board: Board,
}

impl Choices {
    pub(super) fn new(board: Board) -> Self {
        Self { board }
    }

    /// The settings in force.
    pub async fn settings(&self) -> Result<Arc<ConsoleSettings>, ServiceError> {
        self.board.settings().await
    }

    /// Adds a disposition, or changes the one that the draft names.
    ///
    /// # Errors
    /// Refused with every field that is wrong.
    pub async fn put_disposition(&self, draft: &Draft) -> Result<(), Fail<Vec<FieldError>>> {
        self.edit(|settings| draft.put_disposition(settings)).await
    }

    /// Adds an away reason, or changes the one that the draft names.
    ///
    /// # Errors
    /// Refused with every field that is wrong.
    pub async fn put_away_reason(&self, draft: &Draft) -> Result<(), Fail<Vec<FieldError>>> {
        self.edit(|settings| draft.put_away_reason(settings)).await
    }

    /// Sets the rules.
    ///
    /// # Errors
    /// Refused with every field that is wrong.
    pub async fn put_rules(&self, draft: &Draft) -> Result<(), Fail<Vec<FieldError>>> {
        self.edit(|settings| draft.rules().map(|rules| settings.rules = rules)).await
    }

    /// The agents for whom a number can be set, by name: all who take calls, and those for whom one is set.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn agents_with_numbers(&self) -> Result<Vec<String>, ServiceError> {
        Ok(self.agents_of(&self.board.settings().await?.shown))
    }

    fn agents_of(&self, shown: &ShownNumbers) -> Vec<String> {
        let directory = self.board.lines.directory();
        let all: BTreeSet<&String> = directory.agents.iter().chain(shown.agents.keys()).collect();
        all.into_iter().cloned().collect()
    }

    /// Sets which number those see whom agents call.
    ///
    /// # Errors
    /// Refused with every field that is wrong.
    pub async fn put_shown(&self, draft: &Draft) -> Result<(), Fail<Vec<FieldError>>> {
        let directory = self.board.lines.directory();
        self.edit(|settings| {
            let agents = self.agents_of(&settings.shown);
            draft.put_shown(&mut settings.shown, &agents, |number| is_ours(&directory, number))
        })
        .await
    }

    /// Puts a file's in the place of what is there.
    pub(in crate::service) async fn replace_shown(&self, shown: &ShownNumbers) -> Result<(), ServiceError> {
        self.edit_all(|settings| settings.shown.clone_from(shown)).await
    }

    /// Moves, archives, restores or deletes a disposition.
    ///
    /// # Errors
    /// Refused when it is not there, or cannot be restored or deleted.
    pub async fn change_disposition(&self, word: Word, to: Change) -> Result<(), Fail<Trouble>> {
        self.edit(|settings| change(&mut settings.dispositions, word, to)).await
    }

    /// Moves, archives, restores or deletes an away reason. Those who are away with it stay so.
    ///
    /// # Errors
    /// Refused when it is not there, or cannot be restored or deleted.
    pub async fn change_away_reason(&self, word: Word, to: Change) -> Result<(), Fail<Trouble>> {
        self.edit(|settings| change(&mut settings.away_reasons, word, to)).await
    }

    /// Puts a file's settings in the place of all that are there. They were checked before.
    pub(in crate::service) async fn replace(&self, part: &ConsolePart) -> Result<(), ServiceError> {
        self.edit_all(|settings| {
            settings.dispositions.clone_from(&part.dispositions);
            settings.away_reasons.clone_from(&part.away_reasons);
            settings.rules = part.rules;
        })
        .await
    }

    /// Changes what cannot be refused.
    async fn edit_all(&self, edit: impl Fn(&mut ConsoleSettings)) -> Result<(), ServiceError> {
        let edited: Result<(), Fail<Trouble>> = self
            .edit(|settings| {
                edit(settings);
                Ok(())
            })
            .await;
        match edited {
            Err(Fail::Ours(error)) => Err(error),
            _ => Ok(()),
        }
    }

    async fn edit<E>(&self, edit: impl Fn(&mut ConsoleSettings) -> Result<(), E>) -> Result<(), Fail<E>> {
        for _ in 0..ATTEMPTS {
            let before = self.board.settings().await?;
            let mut settings = ConsoleSettings::clone(&before);
            edit(&mut settings).map_err(Fail::Refused)?;
            if settings == *before {
                return Ok(());
            }
            if self.board.core.store.desk().put_console_settings(&settings).await.map_err(ServiceError::from)? {
                self.board.changed();
                return Ok(());
            }
        }
        Err(ServiceError::Internal("the console's settings change too fast").into())
    }
}
