//! Recordings that call flows make with `record`. The platform tells of each at the flow's `eventUrl`, or at the
//! application's where the flow names none; what comes to us is kept with its call.
//!
//! The sound stays at the platform, for thirty days, and comes from there through us when somebody plays it.

use super::audio_socket::Audio;
use super::core::ServiceError;
use super::received::Received;
use crate::domain::contact_center::message::{announced, media_type};
use crate::store::CallRecordingRow;
use crate::vonage::{Webhook, webhook};

/// A recording to be played.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// Such as `audio/mpeg`.
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

impl Audio {
    /// Keeps a recording that the platform tells of, if it is one of a call that we know and that is no caller's message.
    /// What was told before changes nothing.
    pub(super) async fn keep_call_recording(&self, received: &Received) -> Result<(), ServiceError> {
        let Ok(Webhook::Event(event)) = &received.parsed else { return Ok(()) };
        if !event.is_of_recording() {
            return Ok(());
        }
        let Ok(told) = webhook::recording(received.as_raw()) else { return Ok(()) };
        let Some(id) = told.id.clone().filter(|id| is_name(id)) else { return Ok(()) };
        let milliseconds = told.milliseconds();
        if !announced(&told.url, told.bytes, milliseconds.map(|ms| ms / 1_000)).can_be_heard() {
            return Ok(());
        }
        if !self.core.vonage.is_platform(&told.url, &self.origins()) {
            tracing::warn!(recording.id = %id, "a recording is told of that is not at the platform; it is not kept");
            return Ok(());
        }
        // The event itself makes a record; what has a leg is a call.
        let known = self.core.store.calls().of(&event.conversation).await?;
        if known.is_none_or(|(_, record)| record.legs.is_empty()) {
            return Ok(());
        }
        let now = self.core.clock.now_ms();
        let row = CallRecordingRow {
            id,
            conversation: event.conversation.clone(),
            recording_url: told.url,
            bytes: told.bytes.and_then(|bytes| i64::try_from(bytes).ok()),
            milliseconds: milliseconds.unwrap_or_default(),
            started_at: told.started_at.unwrap_or(now),
            made_at: now,
        };
        if self.core.store.audio().insert_call_recording(&row).await? {
            self.live.page_changed();
        }
        Ok(())
    }

    /// What call flows recorded of a call, oldest first.
    pub async fn call_recordings(&self, conversation: &str) -> Result<Vec<CallRecordingRow>, ServiceError> {
        Ok(self.core.store.audio().call_recordings(conversation).await?)
    }

    /// The sound of a recording that a flow made. `None` when there is no such recording; inside, why the platform does not
    /// give it now.
    pub async fn call_recording_sound(&self, id: &str) -> Result<Option<Result<Sound, String>>, ServiceError> {
        let Some(row) = self.core.store.audio().call_recording(id).await? else { return Ok(None) };
        let fetched = self.core.vonage.recording(&row.recording_url, &self.origins()).await;
        Ok(Some(fetched.map_err(|error| error.to_string()).and_then(|bytes| {
            let media_type = media_type(&bytes).map_err(|error| error.to_string())?;
            Ok(Sound { media_type, bytes })
        })))
    }

    fn origins(&self) -> [&str; 1] {
        [self.core.settings.voice.api_url.as_str()]
    }
}

/// The platform's ids stand in our addresses: nothing in them may mean anything there.
fn is_name(id: &str) -> bool {
    id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
