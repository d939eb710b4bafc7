//! What our server says of a visitor's call, and what it is asked for while the visitor waits.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::call::{Input, phase};
use super::driver::{Asked, Driver, attempt, held};
use crate::api::click_to_call::{AskRefusal, Care, Visit};
use crate::browser::live::{Live, Stream};
use crate::browser::post::post;
use crate::ui::softphone::audio::set;
use crate::ui::softphone::driver::SoftphoneDriver as _;

/// What is posted for it.
#[derive(Serialize)]
struct Ask<'a> {
    id: &'a str,
    secret: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
}

/// What an event of the stream says of the call.
#[derive(Deserialize)]
struct Told {
    phase: String,
}

impl Driver {
    /// Instead of waiting: to leave a message.
    pub fn leave_message(self) {
        self.ask("/api/visit-message", None);
    }

    /// Instead of waiting: to be called back at this number.
    pub fn be_called_back(self, number: String) {
        self.ask("/api/visit-call-back", Some(number));
    }

    /// What comes of it is told by the server's events, as everything else is.
    fn ask(self, path: &'static str, number: Option<String>) {
        let Some(visit) = held(|held| held.current.clone()) else { return };
        if self.asked.get_untracked() == Asked::UnderWay {
            return;
        }
        self.asked.set(Asked::UnderWay);
        let attempt = attempt();
        spawn_local(async move {
            let ask = Ask { id: &visit.id, secret: &visit.secret, number: number.as_deref() };
            let answer = match serde_json::to_string(&ask) {
                Ok(body) => post(path, &body).await,
                Err(_) => None,
            };
            let done: Option<Result<(), AskRefusal>> = answer.and_then(|text| serde_json::from_str(&text).ok());
            if self.is_at(attempt) {
                self.asked.set(match done {
                    Some(Ok(())) => Asked::Nothing,
                    Some(Err(refusal)) => Asked::Refused(refusal),
                    None => Asked::Refused(AskRefusal::Unavailable),
                });
            }
        });
    }

    /// The server's own word about the call, from the platform's webhooks.
    pub(super) fn listen(self, visit: &Visit, attempt: u32) {
        let url = format!("/live/visits/{}?secret={}", visit.id, visit.secret);
        let stream = Stream::open(&url, &["phase", "care"], move |live| {
            let data = match live {
                Live::Event(data) => data,
                // A stream that is opened again sends the current state first.
                Live::Open if self.is_at(attempt) => {
                    return set(self.care, self.care.get_untracked().then(Care::None));
                }
                Live::Open | Live::Broken => return,
            };
            if let Ok(told) = serde_json::from_str::<Told>(&data) {
                let Some(phase) = phase(&told.phase) else { return };
                // Not from within the stream's own listener: the call's end closes the stream.
                spawn_local(async move { self.input_of(attempt, Input::Server(phase)) });
            } else if let Ok(news) = serde_json::from_str::<Care>(&data)
                && self.is_at(attempt)
            {
                set(self.care, self.care.get_untracked().then(news));
                self.warn_who_leaves();
            }
        });
        held(|held| held.stream = stream);
    }
}
