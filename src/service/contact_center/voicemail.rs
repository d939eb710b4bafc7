//! Messages that callers left: fetched from the platform as soon as they are ready, kept in a folder of ours, and played
//! from there.
//!
//! The platform keeps a recording for thirty days. What cannot be fetched at once is tried again, later and later, for
//! most of a day; then agents see that it failed and can have it tried again.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use super::board::{Board, Done};
use super::finding::claimed_by;
use super::messages::{Folder, blocking, plain};
use crate::domain::call::Event;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::desk::{HistoryResult, Refusal, Voicemail};
use crate::domain::contact_center::message::{Message, NoSound, announced, judged, media_type};
use crate::domain::party::Party;
use crate::service::core::ServiceError;
use crate::service::received::Received;
use crate::store::{StoreError, VoicemailRow};
use crate::vonage::{VonageError, webhook};

/// Messages that are shown at once.
const SHOWN: u32 = 200;
/// Messages that are looked for at once.
const AT_ONCE: u32 = 20;
/// How long a node may take to fetch a message before another one may, ms.
const TAKEN_MS: i64 = 2 * 60 * 1000;
/// Waits between tries, ms: the first, and the longest. They double.
const FIRST_WAIT_MS: i64 = 10_000;
const LONGEST_WAIT_MS: i64 = 60 * 60 * 1000;
/// A message is given up after this many tries, which take most of a day.
const TRIES: i64 = 24;

const WAITING: &str = "waiting";
const KEPT: &str = "kept";
const FAILED: &str = "failed";
const NOT_RECORDED: &str = "not-recorded";
const EMPTY: &str = "empty";
const DELETED: &str = "deleted";

/// A message to be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audio {
    /// Such as `audio/wav`.
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Callers' messages.
#[derive(Clone)]
pub struct Voicemails {
    board: Board,
    folder: Folder,
    /// They are being fetched.
    fetching: Arc<tokio::sync::Mutex<()>>,
}

impl Voicemails {
    pub(super) fn new(board: Board) -> Self {
        let folder = Folder::new(&board.core.settings.desk.voicemails_dir);
        Self { board, folder, fetching: Arc::default() }
    }

    /// A recording is finished, or should be.
    pub(super) async fn message_left(&self, event: &Event, received: &Received) -> Result<(), ServiceError> {
        let Some(loaded) = self.board.call_of(event).await? else { return Ok(()) };
        let asked = loaded.call.phase == Phase::Message || loaded.call.result == Some(HistoryResult::Voicemail);
        if !(asked || loaded.call.is_over()) || loaded.call.answered_at.is_some() {
            return Ok(());
        }
        let told = webhook::recording(received.as_raw()).unwrap_or_default();
        let seconds = told.milliseconds().map(|ms| ms / 1_000);
        let message = announced(&told.url, told.bytes, seconds);
        let now = self.board.now();
        let row = VoicemailRow {
            id: told.id.filter(|id| plain(id)).unwrap_or_else(|| self.board.core.random.id()),
            call: loaded.call.id.clone(),
            recording_url: told.url,
            seconds: seconds.unwrap_or_default(),
            made_at: now,
            heard_at: None,
            state: match message {
                Message::NotRecorded => NOT_RECORDED,
                Message::Empty => EMPTY,
                _ => WAITING,
            }
            .to_owned(),
            tries: 0,
            try_at: now,
            problem: None,
        };
        if !self.board.core.store.voicemails().insert(&row).await? {
            // Told again; it may be heard or deleted by now.
            return Ok(());
        }
        if !message.can_be_heard() {
            tracing::warn!(call.id = %row.call, voicemail.id = %row.id, ?message, "a caller's message was not recorded");
            // The call stays a missed one.
            self.board.changed();
            return Ok(());
        }
        self.board
            .change_call(&loaded.call.id, |call| {
                (call.result, call.voicemail) = (Some(HistoryResult::Voicemail), Some(row.id.clone()));
                Some(())
            })
            .await?;
        self.fetch_soon();
        Ok(())
    }

    /// Fetches messages on a task of its own.
    fn fetch_soon(&self) {
        let messages = self.clone();
        tokio::spawn(async move {
            if let Err(error) = messages.fetch_voicemails().await {
                tracing::warn!(error = %error, "messages could not be fetched");
            }
        });
    }

    /// Fetches the messages whose time has come. To be called every few seconds.
    pub async fn fetch_voicemails(&self) -> Result<(), ServiceError> {
        // The task that holds it looks again until none is left.
        let Ok(_one) = self.fetching.try_lock() else { return Ok(()) };
        loop {
            let now = self.board.now();
            let due = self.board.core.store.voicemails().to_fetch(now, AT_ONCE).await?;
            if due.is_empty() {
                return Ok(());
            }
            for row in due {
                if self.board.core.store.voicemails().take(&row, now + TAKEN_MS).await? {
                    self.fetch(row).await?;
                }
            }
        }
    }

    async fn fetch(&self, mut row: VoicemailRow) -> Result<(), ServiceError> {
        let problem = match self.fetch_from_platform(&row).await {
            Ok(bytes) => match judged(&bytes, row.seconds) {
                Ok(sound) => {
                    let measured = sound.milliseconds.and_then(|ms| i64::try_from((ms + 500) / 1_000).ok());
                    row.seconds = measured.unwrap_or(row.seconds);
                    let (folder, copy) = (self.folder.clone(), row.clone());
                    match blocking(move || folder.keep(&copy, &bytes)).await {
                        Ok(()) => None,
                        Err(error) => Some(format!("it could not be written: {error}")),
                    }
                }
                Err(NoSound::Empty) => return self.turns_out_empty(row).await,
                Err(error) => Some(error.to_string()),
            },
            Err(error) => Some(error.to_string()),
        };
        let now = self.board.now();
        match problem {
            None => (row.state, row.problem) = (KEPT.to_owned(), None),
            Some(problem) => {
                tracing::warn!(voicemail.id = %row.id, tries = row.tries + 1, problem, "a message could not be fetched");
                row.tries += 1;
                let wait = FIRST_WAIT_MS << (row.tries - 1).clamp(0, 16);
                (row.try_at, row.problem) = (now + wait.min(LONGEST_WAIT_MS), Some(problem));
                if row.tries >= TRIES {
                    row.state = FAILED.to_owned();
                }
            }
        }
        if !self.board.core.store.voicemails().put(&row).await? {
            // Deleted while it was being fetched.
            self.delete_message_file(row).await?;
        }
        self.board.changed();
        Ok(())
    }

    async fn delete_message_file(&self, row: VoicemailRow) -> Result<(), ServiceError> {
        let folder = self.folder.clone();
        blocking(move || folder.delete_one(&row)).await.map_err(StoreError::Files)?;
        Ok(())
    }

    /// The platform gave a file in which nothing is said: it is not kept, and the call is a missed one again.
    async fn turns_out_empty(&self, mut row: VoicemailRow) -> Result<(), ServiceError> {
        row.state = EMPTY.to_owned();
        self.board.core.store.voicemails().put(&row).await?;
        self.board
            .change_call(&row.call, |call| {
                let its = call.voicemail.as_ref() == Some(&row.id) && call.result == Some(HistoryResult::Voicemail);
                its.then(|| {
                    call.voicemail = None;
                    call.result = call.is_over().then_some(HistoryResult::Abandoned);
                })
            })
            .await?;
        self.board.changed();
        Ok(())
    }

    async fn fetch_from_platform(&self, row: &VoicemailRow) -> Result<Vec<u8>, VonageError> {
        let origins = [self.board.core.settings.voice.api_url.as_str()];
        self.board.core.vonage.recording(&row.recording_url, &origins).await
    }

    /// The messages that were left, newest first.
    pub async fn voicemails(&self) -> Result<Vec<Voicemail>, ServiceError> {
        let (mut shown, now, running) = (Vec::new(), self.board.now(), self.board.calls_out().await?);
        for row in self.board.core.store.voicemails().list(SHOWN).await? {
            let call = self.board.load_call(&row.call).await?.map(|loaded| loaded.call).unwrap_or_default();
            let by = claimed_by(&call, now, &running).map(str::to_owned);
            let message = match row.state.as_str() {
                KEPT => Message::Kept,
                FAILED => Message::Failed,
                NOT_RECORDED => Message::NotRecorded,
                EMPTY => Message::Empty,
                _ => Message::Waiting { next: (row.tries > 0).then_some(row.try_at) },
            };
            shown.push(Voicemail {
                id: row.id,
                call: row.call,
                at: row.made_at,
                who: Party::of(call.customer()),
                dial: call.number.clone(),
                owed: call.is_owed(),
                claimed_by: by,
                returned: call.returned_at.is_some(),
                wanted: call.wanted,
                seconds: u32::try_from(row.seconds).unwrap_or_default(),
                heard: row.heard_at.is_some(),
                message,
            });
        }
        Ok(shown)
    }

    /// Somebody listened to a message, or says that it is settled.
    pub(super) async fn voicemail_heard(&self, name: &str, id: &str) -> Done {
        let found = self.board.core.store.voicemails().heard(id, name, self.board.now()).await?;
        self.board.changed();
        Ok(found.then_some(()).ok_or(Refusal::Gone)?)
    }

    /// Somebody deletes a message, file first: what is not listed must not be left. That its call came stays known, and
    /// whether it is to be returned.
    ///
    /// # Errors
    /// When the database or the disk fails; then the message is still listed.
    pub(super) async fn voicemail_deleted(&self, name: &str, id: &str) -> Done {
        let row = self.board.core.store.voicemails().find(id).await?.ok_or(Refusal::Gone)?;
        let call = row.call.clone();
        self.delete_message_file(row).await?;
        let deleted = self.board.core.store.voicemails().delete(id, name, self.board.now()).await?;
        deleted.then_some(()).ok_or(Refusal::Gone)?;
        tracing::info!(voicemail.id = id, call.id = %call, by = name, "a message was deleted");
        let without = |call: &mut DeskCall| (call.voicemail.as_deref() == Some(id)).then(|| call.voicemail = None);
        self.board.change_call(&call, without).await?;
        self.board.changed();
        Ok(())
    }

    /// Tries once more to fetch a message that could not be fetched.
    pub(super) async fn voicemail_retry(&self, id: &str) -> Done {
        let found = self.board.core.store.voicemails().find(id).await?;
        let mut row = found.filter(|row| matches!(row.state.as_str(), WAITING | FAILED)).ok_or(Refusal::Gone)?;
        (row.state, row.tries, row.try_at) = (WAITING.to_owned(), 0, self.board.now());
        self.board.core.store.voicemails().put(&row).await?;
        self.board.changed();
        self.fetch_soon();
        Ok(())
    }

    /// The audio of a message. `None` when there is no such message, or none that can be heard; inside, why it is not to
    /// be had now.
    pub async fn voicemail_audio(&self, id: &str) -> Result<Option<Result<Audio, String>>, ServiceError> {
        let Some(row) = self.board.core.store.voicemails().find(id).await? else { return Ok(None) };
        if matches!(row.state.as_str(), NOT_RECORDED | EMPTY | DELETED) {
            return Ok(None);
        }
        let (folder, copy) = (self.folder.clone(), row.clone());
        let bytes = match blocking(move || folder.read(&copy)).await {
            Ok(bytes) => Ok(bytes),
            // Not here yet, or fetched by another node.
            Err(_) => self.fetch_from_platform(&row).await.map_err(|error| error.to_string()),
        };
        Ok(Some(bytes.and_then(|bytes| {
            let media_type = media_type(&bytes).map_err(|error| error.to_string())?;
            Ok(Audio { media_type, bytes })
        })))
    }

    /// The files of a call's messages.
    ///
    /// # Errors
    /// When the disk fails.
    pub async fn voicemail_files(&self, call: &str) -> io::Result<Vec<PathBuf>> {
        let (folder, call) = (self.folder.clone(), call.to_owned());
        blocking(move || Ok(folder.files(&call))).await
    }

    /// Deletes a call's messages, rows and files. How many there were.
    ///
    /// # Errors
    /// When the database or the disk fails; then nothing says that they are gone.
    pub async fn forget_voicemails(&self, call: &str) -> Result<u64, ServiceError> {
        let (folder, copy) = (self.folder.clone(), call.to_owned());
        blocking(move || folder.delete(&copy)).await.map_err(StoreError::Files)?;
        let deleted = self.board.core.store.voicemails().delete_of(call).await?;
        self.board.changed();
        Ok(deleted)
    }
}
