//! What callers hear from us, and the voices that say it.
//!
//! What is in force is [`Versioned`](super::versioned::Versioned), and kept in the core: every job speaks. It is read again
//! when a caller comes, so a change counts for the next call. While the database does not answer, what was read last is said.

pub(super) mod in_force;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use self::in_force::InForce;
use super::core::{Core, ServiceError};
use super::fail::Fail;
use crate::domain::language::{Language, Texts};
use crate::domain::outgoing::Cleared;
use crate::domain::spoken::check::{read_texts, read_voices};
use crate::domain::spoken::{Place, Speech, Spoken, Text};
use crate::domain::trouble::FieldError;

/// How often a change is made again after somebody else was faster.
const ATTEMPTS: usize = 10;

/// What callers hear.
#[derive(Clone)]
pub struct SpokenTexts {
    core: Arc<Core>,
}

impl SpokenTexts {
    pub(super) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// What is in force, for the operator, who is told when it cannot be read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read(&self) -> Result<Arc<Spoken>, ServiceError> {
        Ok(Arc::clone(&self.in_force().await?.spoken))
    }

    async fn in_force(&self) -> Result<Arc<InForce>, ServiceError> {
        let store = self.core.store.spoken();
        let read = async { store.read().await.map(InForce::new) };
        self.core.spoken.current(store.version(), read).await
    }

    /// What callers hear in a language, as it was read last. `None`: in the language of the business.
    #[must_use]
    pub fn speech(&self, language: Option<Language>) -> Speech {
        self.core.speech(language)
    }

    /// What a caller hears when we fail.
    #[must_use]
    pub fn apology(&self) -> Cleared {
        Cleared::spoken(Text::Apology, &self.speech(None))
    }

    /// Keeps what somebody wrote for the texts of a place; see [`crate::domain::spoken::check::text_field`]. `usual` is one
    /// that is to be as by default, whatever is written for it.
    ///
    /// # Errors
    /// Refused with every field that is wrong; nothing is kept then.
    pub async fn keep_texts(
        &self,
        place: Place,
        fields: &BTreeMap<String, String>,
        usual: Option<Text>,
    ) -> Result<(), Fail<Vec<FieldError>>> {
        let all = Text::EVERY.iter().copied().filter(|text| text.place() == place);
        let written = read_texts(all.filter(|text| Some(*text) != usual), fields).map_err(Fail::Refused)?;
        let change = |spoken: &mut Spoken| {
            for (text, texts) in &written {
                spoken.put(*text, texts);
            }
            if let Some(text) = usual.filter(|text| text.place() == place) {
                spoken.put(text, &Texts::default());
            }
        };
        Ok(self.change(change).await?)
    }

    /// Keeps the voices that somebody chose; see [`crate::domain::spoken::check::voice_field`].
    ///
    /// # Errors
    /// Refused with every field that is wrong; nothing is kept then.
    pub async fn keep_voices(&self, fields: &BTreeMap<String, String>) -> Result<(), Fail<Vec<FieldError>>> {
        let voices = read_voices(fields).map_err(Fail::Refused)?;
        Ok(self.change(|spoken| spoken.voices = voices.clone()).await?)
    }

    /// Puts a file's texts and voices in the place of all that is there. It was checked before.
    pub(super) async fn replace(&self, file: &Spoken) -> Result<(), ServiceError> {
        // What is as by default is not kept, whoever wrote it.
        let mut kept = Spoken { voices: file.voices.clone(), ..Spoken::default() };
        for (text, written) in &file.texts {
            kept.put(*text, written);
        }
        self.change(|spoken| *spoken = kept.clone()).await
    }

    async fn change(&self, change: impl Fn(&mut Spoken)) -> Result<(), ServiceError> {
        for _ in 0..ATTEMPTS {
            let in_force = self.in_force().await?;
            let mut spoken = Spoken::clone(&in_force.spoken);
            change(&mut spoken);
            if self.core.store.spoken().replace(in_force.version, &spoken).await? {
                // In force at once, also where nobody calls.
                return self.in_force().await.map(drop);
            }
        }
        Err(ServiceError::Internal("the spoken texts change too fast"))
    }
}
