//! `talk` and `stream`, and fetching what is to be heard.

use std::sync::Arc;
use std::time::Duration;

use super::super::exchange::Exchange;
use super::super::media::mixer::{Audience, Playback, gain_of_level};
use super::super::media::voice::{Utterance, plain_text};
use super::super::media::{tone, wav};
use super::super::ncco::{Play, Stream, Talk};
use super::{Flow, Next};

/// Files are read up to here: ten minutes of CD quality.
const LARGEST_FILE: usize = 32 << 20;
const FETCH_WITHIN: Duration = Duration::from_secs(10);

impl Flow {
    pub(super) async fn talk(&mut self, talk: &Talk) -> Next {
        self.open_to_keys(talk.play);
        let text = plain_text(&talk.text);
        self.exchange.show_said(&self.conversation(), &self.leg, &Audience::All, &text);
        let utterance = Utterance { text: &talk.text, language: &talk.language, style: talk.style };
        let audio = self.exchange.speaker.say(utterance).await;
        self.play(audio, talk.play).await
    }

    pub(super) async fn stream(&mut self, stream: &Stream) -> Next {
        self.open_to_keys(stream.play);
        let audio = self.exchange.fetch_audio(&stream.url, &self.conversation()).await;
        self.play(audio, stream.play).await
    }

    /// With `bargeIn` keys count from the moment the action begins: the caller may know the text before it is spoken.
    fn open_to_keys(&mut self, play: Play) {
        if play.barge_in && !self.barge_in {
            self.barge_in = true;
            self.exchange.take_digits(&self.leg);
        }
    }

    /// Plays to the whole conversation until it is over or, with `bargeIn`, a key is pressed.
    async fn play(&mut self, audio: Arc<[i16]>, play: Play) -> Next {
        let Some(mixer) = self.mixer() else { return Next::Go };
        let playback = Playback { audio, times: play.times, gain: gain_of_level(play.level), to: Audience::All };
        let playing = mixer.play(playback);
        if self.barge_in {
            tokio::select! {
                _ = playing.done => {}
                () = self.key() => mixer.stop(playing.id),
            }
        } else {
            playing.done.await;
        }
        Next::Go
    }

    /// Resolves when a key waits.
    pub(super) async fn key(&self) {
        loop {
            let pressed = {
                let state = self.exchange.state();
                match state.legs.get(&self.leg) {
                    Some(leg) if leg.digits.is_empty() => Some(leg.pressed.clone()),
                    _ => None,
                }
            };
            match pressed {
                Some(pressed) => pressed.notified().await,
                None => return,
            }
        }
    }
}

impl Exchange {
    /// Fetches a WAV file. What cannot be fetched or read (the platform also takes MP3) is a tone instead, with a note:
    /// silence would look like a fault of the call.
    pub async fn fetch_audio(&self, url: &str, conversation: &str) -> Arc<[i16]> {
        match self.fetch(url).await {
            Ok(samples) => samples.into(),
            Err(why) => {
                self.trace.note(Some(conversation), format!("A tone is played instead of {url}: {why}."));
                tone::sine(600.0, 0.15, 2 * super::super::media::RATE as usize).into()
            }
        }
    }

    async fn fetch(&self, url: &str) -> Result<Vec<i16>, String> {
        let whole = async {
            let mut response = self.http.get(url).send().await.map_err(|error| error.without_url().to_string())?;
            if !response.status().is_success() {
                return Err(format!("status {}", response.status().as_u16()));
            }
            let mut bytes = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| error.without_url().to_string())? {
                bytes.extend_from_slice(&chunk);
                if bytes.len() > LARGEST_FILE {
                    return Err("the file is too large".to_owned());
                }
            }
            Ok(bytes)
        };
        let bytes = tokio::time::timeout(FETCH_WITHIN, whole).await.map_err(|_| "it took too long".to_owned())??;
        let read =
            tokio::task::spawn_blocking(move || wav::read(&bytes)).await.map_err(|_| "not readable".to_owned())?;
        read.map_err(|error| error.to_string())
    }
}
