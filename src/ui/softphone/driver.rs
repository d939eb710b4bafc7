//! The way from a state machine to the voice SDK, and back.

use std::future::Future;

use crate::browser::page;
use crate::browser::voice::{Client, Config, Event};
use crate::domain::click_to_call::VoiceEndpoints;

/// The SDK's client, and the number of the attempt at a call or session that it belongs to.
///
/// The number tells late answers apart: whatever was started for an earlier attempt finds another number and gives back
/// what it got.
#[derive(Default)]
pub struct SdkSession {
    attempt: u32,
    client: Option<Client>,
}

impl SdkSession {
    #[must_use]
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Begins another attempt: answers to the ones before count for nothing. Its number.
    pub fn begin(&mut self) -> u32 {
        self.attempt += 1;
        self.attempt
    }

    /// Ends the attempt. Returns its client, which may have to say goodbye to the platform.
    pub fn end(&mut self) -> Option<Client> {
        self.attempt += 1;
        self.client.take()
    }

    /// The client's session is open.
    pub fn opened(&mut self, client: Client) {
        self.client = Some(client);
    }

    /// The client, when its session is open.
    #[must_use]
    pub fn client(&self) -> Option<Client> {
        self.client.clone()
    }
}

/// Does what a state machine asks for.
pub trait SoftphoneDriver: Copy + 'static {
    /// What happened, in the machine's words.
    type Input: 'static;

    fn sdk<T>(self, with: impl FnOnce(&mut SdkSession) -> T) -> T;

    /// Gives the machine its next input, and does what it then asks for.
    fn input(self, input: Self::Input);

    /// What an event of the SDK means for the machine, if anything.
    fn read(event: Event) -> Option<Self::Input>;

    /// Whether nothing else has begun since this attempt.
    fn is_at(self, attempt: u32) -> bool {
        self.sdk(|sdk| sdk.attempt()) == attempt
    }

    /// An input of this attempt; nothing when another one has begun.
    fn input_of(self, attempt: u32, input: Self::Input) {
        if self.is_at(attempt) {
            self.input(input);
        }
    }

    /// A client whose events are inputs of this attempt. `hears` hears all of them, at any time. `None` when the SDK is not
    /// in the page.
    fn connect(self, voice: &VoiceEndpoints, attempt: u32, mut hears: impl FnMut(&Event) + 'static) -> Option<Client> {
        let VoiceEndpoints { api_url, websocket_url, websocket_path } = voice.clone();
        let listener = move |event: Event| {
            hears(&event);
            if let Some(input) = Self::read(event) {
                self.input_of(attempt, input);
            }
        };
        Client::new(&Config { api_url, websocket_url, websocket_path }, listener).ok()
    }
}

/// What is left until a moment of the page's clock, ms.
#[must_use]
pub fn left_until(moment: i64) -> i64 {
    moment - page::now_ms()
}

/// Gives a session a new token when it has less than `enough` ms left. The new one, if there had to be one and it was taken.
pub async fn refreshed<T>(
    client: &Client,
    left: i64,
    enough: i64,
    renew: impl Future<Output = Option<T>>,
    token: impl FnOnce(&T) -> &str,
) -> Option<T> {
    if left >= enough {
        return None;
    }
    let fresh = renew.await?;
    client.refresh_session(token(&fresh)).await.ok()?;
    Some(fresh)
}
