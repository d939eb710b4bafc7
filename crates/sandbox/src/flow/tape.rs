//! `record`: what was said becomes a file that the application can fetch.

use std::time::Duration;

use serde_json::json;

use super::super::account::Hook;
use super::super::effects::timestamp;
use super::super::media::mixer::Playback;
use super::super::media::recording::{Recording, Tracks};
use super::super::media::tone;
use super::super::ncco::Record;
use super::super::recordings::File;
use super::{Flow, Next};

/// How often silence is looked for.
const LOOK: Duration = Duration::from_millis(100);

impl Flow {
    pub(super) async fn record(&mut self, record: &Record) -> Next {
        let Some(mixer) = self.mixer() else { return Next::Go };
        if record.beep_start {
            mixer.play(Playback::once(tone::beep())).done.await;
        }
        if !record.blocks() {
            self.record_in_background(record.split, record.hook.clone());
            return Next::Go;
        }
        let Some(tape) = self.tape(record.split, record.hook.clone()) else { return Next::Go };
        self.exchange.take_digits(&self.leg);
        let time_out = Duration::from_secs(record.time_out_s.unwrap_or(7_200));
        let silence = async {
            let Some(limit) = record.end_on_silence_s else { return std::future::pending().await };
            while mixer.hears_silence_for(&self.leg) < Duration::from_secs(limit) {
                tokio::time::sleep(LOOK).await;
            }
        };
        let key = async {
            let Some(end) = record.end_on_key else { return std::future::pending().await };
            loop {
                self.key().await;
                if self.exchange.take_digits(&self.leg).contains(end) {
                    return;
                }
            }
        };
        tokio::select! {
            () = silence => {}
            () = key => {}
            () = tokio::time::sleep(time_out) => {}
        }
        // Dropped, the tape is finished: so it is when the caller hangs up in the middle.
        drop(tape);
        Next::Go
    }

    /// Records until the leg is over, while the flow goes on.
    pub(super) fn record_in_background(&self, split: bool, hook: Option<Hook>) {
        let Some(tape) = self.tape(split, hook) else { return };
        let (exchange, leg) = (self.exchange.clone(), self.leg.clone());
        self.exchange.spawn(async move {
            exchange.over(&leg).await;
            drop(tape);
        });
    }

    fn tape(&self, split: bool, hook: Option<Hook>) -> Option<Tape> {
        let recording = self.mixer()?.record(if split { Tracks::PerLeg } else { Tracks::Mixed });
        Some(Tape {
            exchange: self.exchange.clone(),
            application: self.application.clone(),
            conversation: self.conversation(),
            hook,
            started_ms: self.exchange.effects.now_ms(),
            recording: Some(recording),
        })
    }
}

/// A recording under way; dropping it makes the file and sends the event.
struct Tape {
    exchange: super::Exchange,
    application: super::Application,
    conversation: String,
    hook: Option<Hook>,
    started_ms: i64,
    recording: Option<Recording>,
}

impl Drop for Tape {
    fn drop(&mut self) {
        let Some(recording) = self.recording.take() else { return };
        let audio = recording.stop();
        let wav = audio.wav();
        let (size, id) = (wav.len(), self.exchange.effects.uuid());
        let file = File { id: id.clone(), application: self.application.id.clone(), wav: wav.into() };
        self.exchange.state().recordings.keep(file);
        // Whole seconds without a fraction, unlike every other time of the API.
        let seconds = |ms: i64| timestamp(ms).split('.').next().map(|text| format!("{text}Z"));
        let body = json!({
            "start_time": seconds(self.started_ms), "end_time": seconds(self.exchange.effects.now_ms()),
            "recording_url": format!("{}/v1/files/{id}", self.exchange.public_url), "size": size,
            "recording_uuid": self.exchange.effects.uuid(), "conversation_uuid": self.conversation,
            "timestamp": self.exchange.effects.timestamp(),
        });
        let exchange = self.exchange.clone();
        exchange.sender.event(&self.application, self.hook.take(), &self.conversation, body);
    }
}
