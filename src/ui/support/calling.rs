//! The way to a visitor's call, back to it after a reload, and out of it.

use std::cell::Cell;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::call::{Input, Why};
use super::driver::{Asked, Driver, held, running};
use super::visit::{FRESH_MS, fresh_visit, renewed};
use super::watch::Watch;
use crate::api::click_to_call::{Care, Visit};
use crate::browser::levels::Quality;
use crate::browser::microphone::{Microphone, will_ask};
use crate::browser::page;
use crate::browser::voice::{Client, Event};
use crate::ui::softphone::audio::{TICK_MS, watch};
use crate::ui::softphone::driver::{SoftphoneDriver as _, left_until};

/// How long the SDK may take to notice that a call ended, ms.
const NOTICE_MS: u32 = 1_500;

impl Driver {
    /// Microphone and session, at the same time.
    pub(super) fn prepare(self) {
        self.muted.set(false);
        self.keys.set(String::new());
        self.quality.set(Quality::Unknown);
        self.elapsed.set(0);
        self.care.set(Care::None);
        self.asked.set(Asked::Nothing);
        let attempt = begin();
        spawn_local(async move {
            if will_ask().await {
                self.input_of(attempt, Input::MicrophoneAsked);
            }
            match Microphone::open().await {
                Ok(microphone) => {
                    // Kept until the SDK has its own, so that the visitor is asked once.
                    if self.is_at(attempt) {
                        held(|held| held.microphone = Some(microphone));
                        self.input(Input::MicrophoneGranted);
                    }
                }
                Err(problem) => self.input_of(attempt, Input::MicrophoneRefused(problem)),
            }
        });
        spawn_local(async move {
            let input = match self.open_session(attempt).await {
                Ok(()) => Input::SessionOpened,
                Err(why) => Input::Failed(why),
            };
            self.input_of(attempt, input);
        });
    }

    async fn open_session(self, attempt: u32) -> Result<(), Why> {
        let visit = fresh_visit().await?;
        if !page::sdk_is_there().await {
            return Err(Why::NotLoaded);
        }
        let client = self.client(&visit, attempt)?;
        held(|held| held.visit = Some(visit.clone()));
        let session = client.create_session(&visit.token, None).await.map_err(|_| Why::NotConnected)?;
        if self.is_at(attempt) {
            held(|held| {
                held.sdk.opened(client);
                held.session = Some(session);
            });
        } else {
            client.delete_session().await;
        }
        Ok(())
    }

    pub(super) fn place(self) {
        let (attempt, client, visit) = held(|held| {
            let visit = held.visit.take();
            held.current.clone_from(&visit);
            (held.sdk.attempt(), held.sdk.client(), visit)
        });
        let (Some(client), Some(visit)) = (client, visit) else {
            return self.input(Input::Failed(Why::NotConnected));
        };
        self.listen(&visit, attempt);
        spawn_local(async move {
            let to = held(|held| held.to.clone()).unwrap_or_else(|| visit.to.clone());
            let page = page::address();
            let placed = client.server_call(&[("to", &to), ("visit", &visit.id), ("page", &page)]).await;
            if !self.is_at(attempt) {
                // Given up in the meantime.
                if let Ok(call) = placed {
                    let _ = client.hang_up(&call).await;
                }
                return client.delete_session().await;
            }
            held(|held| held.microphone = None);
            match placed {
                Ok(call) => {
                    held(|held| held.call = Some(call));
                    self.input(Input::Placed);
                    self.remember();
                    spawn_local(watch(Watch { driver: self, attempt }));
                }
                Err(_) => self.input(Input::Failed(Why::NotConnected)),
            }
        });
    }

    /// After a reload, or when the session was lost: the old session goes on, and the call gets new media.
    pub(super) fn bring_back(self) {
        let attempt = begin();
        spawn_local(async move {
            let input = if self.return_to_call(attempt).await.is_some() { Input::Returned } else { Input::NotReturned };
            let returned = input == Input::Returned;
            self.input_of(attempt, input);
            if returned && self.is_at(attempt) {
                spawn_local(watch(Watch { driver: self, attempt }));
                if let (true, Some((client, call))) = (self.muted.get_untracked(), running()) {
                    let _ = client.set_muted(&call, true).await;
                }
            }
        });
    }

    async fn return_to_call(self, attempt: u32) -> Option<()> {
        let (visit, session, call) =
            held(|held| Some((held.current.clone()?, held.session.clone()?, held.call.clone()?)))?;
        let visit = if left_until(visit.expires_at_ms) < FRESH_MS { renewed(&visit).await? } else { visit };
        self.listen(&visit, attempt);
        if !page::sdk_is_there().await {
            return None;
        }
        let client = self.client(&visit, attempt).ok()?;
        let session = client.create_session(&visit.token, Some(&session)).await.ok()?;
        if !self.is_at(attempt) {
            client.delete_session().await;
            return None;
        }
        held(|held| {
            held.sdk.opened(client.clone());
            held.session = Some(session);
            held.current = Some(visit);
        });
        client.reconnect_call(&call).await.ok()
    }

    /// Hangs up if it must, ends the session, forgets the call.
    pub(super) fn release(self) {
        self.forget();
        let (client, call, gone, now) = held(|held| {
            let client = held.sdk.end();
            held.microphone = None;
            held.stream = None;
            held.warning = None;
            held.session = None;
            held.current = None;
            let now = std::mem::take(&mut held.hang_up_now);
            (client, held.call.take(), Rc::clone(&held.gone), now)
        });
        let Some(client) = client else { return };
        spawn_local(async move {
            if let Some(call) = call {
                let mut waited = if now { NOTICE_MS } else { 0 };
                while !gone.get() && waited < NOTICE_MS {
                    page::sleep(TICK_MS).await;
                    waited += TICK_MS;
                }
                if !gone.get() {
                    let _ = client.hang_up(&call).await;
                }
            }
            client.delete_session().await;
        });
    }

    /// A client for a visit, which also tells when the SDK has noticed the end of its call.
    fn client(self, visit: &Visit, attempt: u32) -> Result<Client, Why> {
        let gone = Rc::new(Cell::new(false));
        held(|held| held.gone = Rc::clone(&gone));
        let hears = move |event: &Event| {
            if matches!(event, Event::HangUp { .. }) {
                gone.set(true);
            }
        };
        self.connect(&visit.voice, attempt, hears).ok_or(Why::NotLoaded)
    }
}

/// A new number, whose predecessors' late answers count for nothing.
fn begin() -> u32 {
    held(|held| {
        held.hang_up_now = false;
        held.sdk.begin()
    })
}
