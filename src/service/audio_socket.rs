//! A call is led to an audio socket: a one-time token for the way there, and what is kept of the call's audio.

use std::path::PathBuf;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::core::{Core, ServiceError};
use super::engines::{Engine, EngineRefusal};
use super::fail::{Fail, Refusable as _};
use super::lines::Lines;
use super::live::Live;
use super::random;
use super::received::Ask;
use super::recorder::{Finished, Recorder, Tape};
use super::shared::Shared;
use crate::domain::audio_socket::{Plan, Speaker, TOKEN_MS, identity};
use crate::domain::line::Caller;
use crate::domain::ncco::Ncco;
use crate::domain::phone::E164;
use crate::store::{AudioSocketEnd, AudioSocketRow, EngineRow, RecordingRow};

/// A call whose socket was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioCall {
    pub id: String,
    /// The platform's ids.
    pub conversation: String,
    pub leg: String,
    pub plan: Plan,
}

/// How a call's socket ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AudioEnd {
    pub ended: String,
    pub frames_in: u64,
    pub frames_out: u64,
    pub keys: String,
}

/// Calls whose audio goes to a socket.
#[derive(Clone)]
pub struct Audio {
    pub(super) core: Arc<Core>,
    pub(super) lines: Lines,
    pub(super) live: Live,
    pub(super) recorder: Recorder,
}

impl Audio {
    pub(super) fn new(shared: &Shared, recorder: Recorder) -> Self {
        Self { core: Arc::clone(&shared.core), lines: shared.lines.clone(), live: shared.live.clone(), recorder }
    }

    /// Leads a caller to the socket with a token that opens it once.
    pub(super) async fn answer_audio_socket(&self, ask: &Ask<'_>, target: &str) -> Result<Ncco, ServiceError> {
        let plan = Plan::parse(target).map_err(|error| {
            tracing::error!(error = %error, "a number leads to an audio socket that makes no sense");
            ServiceError::Internal("the audio socket's handlers make no sense")
        })?;
        if let Speaker::Relay(name) = &plan.speaker
            && let Err(refusal) = self.engine(name).await.refusable()?
        {
            tracing::error!(engine = name, %refusal, "a relay cannot be used");
            return Err(ServiceError::Internal("the relay's engine cannot be used"));
        }
        let core = &self.core;
        let now = core.clock.now_ms();
        let token = random::secret(&core.random, 32);
        let conversation = ask.answer.conversation_uuid.clone().unwrap_or_default();
        let leg = ask.answer.uuid.clone().unwrap_or_default();
        let row = AudioSocketRow {
            id: core.random.id(),
            token_hash: token_hash(&token),
            conversation: conversation.clone(),
            leg: leg.clone(),
            plan: plan.target(),
            issued_at: now,
            expires_at: now + TOKEN_MS,
            opened_at: None,
            closed_at: None,
            ended: None,
            frames_in: 0,
            frames_out: 0,
            keys: String::new(),
        };
        core.store.audio().insert_socket(&row).await?;
        let uri = format!("{}?token={token}", core.settings.audio.socket_url);
        // Omitted when the caller is a Client SDK user, as the NCCO reference has it.
        let from = ask.dialled.as_ref().filter(|_| matches!(ask.caller, Caller::Phone(_)));
        let speech = core.speech(Some(ask.language));
        Ok(plan.ncco(&uri, from, identity(&conversation, &leg), &speech))
    }

    /// Uses a token up. `None` when it is wrong, used or too old: one answer for all.
    pub async fn open_audio_call(&self, token: &str) -> Result<Option<AudioCall>, ServiceError> {
        let core = &self.core;
        let row = core.store.audio().open_socket(&token_hash(token), core.clock.now_ms()).await?;
        let Some(row) = row else { return Ok(None) };
        self.live.page_changed();
        let plan = Plan::parse(&row.plan).map_err(|_| ServiceError::Internal("a kept plan cannot be read"))?;
        Ok(Some(AudioCall { id: row.id, conversation: row.conversation, leg: row.leg, plan }))
    }

    /// Writes down how a call's socket ended.
    pub async fn close_audio_call(&self, call: &AudioCall, end: AudioEnd) -> Result<(), ServiceError> {
        let count = |frames: u64| i64::try_from(frames).unwrap_or(i64::MAX);
        let end = AudioSocketEnd {
            at: self.core.clock.now_ms(),
            ended: end.ended,
            frames_in: count(end.frames_in),
            frames_out: count(end.frames_out),
            keys: end.keys,
        };
        self.core.store.audio().close_socket(&call.id, &end).await?;
        self.live.page_changed();
        Ok(())
    }

    /// The audio sockets of a call, and its recordings.
    pub async fn audio_of(&self, conversation: &str) -> Result<(Vec<AudioSocketRow>, Vec<RecordingRow>), ServiceError> {
        let store = &self.core.store;
        Ok((store.audio().sockets(conversation).await?, store.audio().recordings(conversation).await?))
    }

    /// Begins to record a call.
    ///
    /// # Errors
    /// When the database fails, or the file cannot be made.
    pub async fn start_recording(&self, call: &AudioCall) -> Result<(String, Tape), ServiceError> {
        let core = &self.core;
        let id = core.random.id();
        let rate = call.plan.rate.hz();
        core.store.audio().insert_recording(&id, &call.conversation, i64::from(rate), core.clock.now_ms()).await?;
        match self.recorder.open(&id, rate).await {
            Ok(tape) => {
                self.live.page_changed();
                Ok((id, tape))
            }
            Err(error) => {
                let finished =
                    Finished { milliseconds: 0, bytes: 0, sha256: String::new(), problem: Some(error.to_string()) };
                self.keep_recording(&id, finished).await?;
                Err(ServiceError::Internal("the recording could not be begun"))
            }
        }
    }

    /// Keeps what a finished recording is.
    pub async fn keep_recording(&self, id: &str, finished: Finished) -> Result<(), ServiceError> {
        let row = RecordingRow {
            id: id.to_owned(),
            conversation: String::new(),
            rate: 0,
            created_at: 0,
            milliseconds: Some(finished.milliseconds),
            bytes: Some(finished.bytes),
            sha256: Some(finished.sha256).filter(|hash| !hash.is_empty()),
            problem: finished.problem,
        };
        self.core.store.audio().finish_recording(&row).await?;
        self.live.page_changed();
        Ok(())
    }

    /// A recording that can be played, and where its file is.
    pub async fn recording(&self, id: &str) -> Result<Option<(RecordingRow, PathBuf)>, ServiceError> {
        let row = self.core.store.audio().recording(id).await?;
        Ok(row.map(|row| {
            let path = self.recorder.path(&row.id);
            (row, path)
        }))
    }

    /// Deletes a recording, file first: what is not listed must not be left. Whether there was one.
    ///
    /// # Errors
    /// When the file or the database refuse.
    pub async fn delete_recording(&self, id: &str) -> Result<bool, ServiceError> {
        let Some((row, path)) = self.recording(id).await? else { return Ok(false) };
        match tokio::fs::remove_file(path).await {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(_) => return Err(ServiceError::Internal("the recording's file cannot be deleted")),
        }
        let deleted = self.core.store.audio().delete_recording(&row.id).await?;
        self.live.page_changed();
        Ok(deleted)
    }

    /// Lets visitors call a number from the support page, or not. Only audio sockets can be opened: see
    /// [`crate::domain::line::choose`].
    pub async fn open_number(&self, number: &E164, open: bool) -> Result<(), ServiceError> {
        self.core.store.audio().set_number_open(number.digits(), open).await?;
        self.lines.reload_directory().await
    }
}

/// The token is 256 bits of chance: it needs no slow hash.
fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

impl Audio {
    /// The engines that the operator gave, by name, each with why it cannot be used, if so.
    pub async fn engines(&self) -> Result<Vec<(EngineRow, Option<EngineRefusal>)>, ServiceError> {
        let rows = self.core.store.audio().engines().await?;
        let allowed = &self.core.settings.audio.engines;
        Ok(rows
            .into_iter()
            .map(|row| {
                let refusal = allowed.admit(&row.name, &row.url).err();
                (row, refusal)
            })
            .collect())
    }

    /// Gives the relay an engine, or another address to one it has.
    ///
    /// # Errors
    /// [`EngineRefusal`], or when the database fails.
    pub async fn put_engine(&self, name: &str, url: &str) -> Result<(), Fail<EngineRefusal>> {
        let engine = self.core.settings.audio.engines.admit(name, url)?;
        let created_at = self.core.clock.now_ms();
        let row = EngineRow { name: engine.name, url: engine.url.to_string(), created_at };
        self.core.store.audio().put_engine(&row).await?;
        Ok(())
    }

    /// Deletes an engine. False when no engine has this name.
    pub async fn delete_engine(&self, name: &str) -> Result<bool, ServiceError> {
        Ok(self.core.store.audio().delete_engine(name).await?)
    }

    /// The engine of this name, if it may be connected to.
    ///
    /// # Errors
    /// [`EngineRefusal`], or when the database fails.
    pub async fn engine(&self, name: &str) -> Result<Engine, Fail<EngineRefusal>> {
        let row = self.core.store.audio().engine(name).await?;
        let row = row.ok_or_else(|| EngineRefusal::Unknown(name.to_owned()))?;
        Ok(self.core.settings.audio.engines.admit(&row.name, &row.url)?)
    }
}

impl From<EngineRefusal> for Fail<EngineRefusal> {
    fn from(refusal: EngineRefusal) -> Self {
        Self::Refused(refusal)
    }
}

#[cfg(test)]
mod tests {
    use super::super::AudioSettings;

    #[test]
    fn the_socket_is_beside_the_pages() {
        assert_eq!(AudioSettings::socket_url("https://calls.example.com"), "wss://calls.example.com/socket");
        assert_eq!(AudioSettings::socket_url("http://127.0.0.1:3000/"), "ws://127.0.0.1:3000/socket");
    }
}
