//! Does what [`Phone::step`](super::phone::Phone::step) asks for, with the voice SDK, and reports the outcome to it.
//!
//! `attempt` tells sessions apart: whatever was started for an earlier one finds another number and gives back what it got.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::command;
use super::phone::{Effect, Input, Leg, Link};
use super::station::{Station, held};
use crate::api::Access;
use crate::api::contact_center::{Command, Desk, DialContext, Refusal, Reply, Softphone, Stage};
use crate::browser::levels::{self, Arrival, Levels, Meter, Quality, Reception};
use crate::browser::voice::{Client, Config, Event};
use crate::browser::{page, sound};

/// Where session and leg are remembered over a reload, for all tabs of this browser.
const MEMORY: &str = "switchboard.softphone";
/// A token with less left is renewed, ms. Of fifteen minutes: whoever is signed out in a call gets none, and can hang up and
/// mute as long as the last one is good.
const FRESH_MS: i64 = 10 * 60 * 1000;
/// Between two attempts to open a session, ms.
const AGAIN_MS: u32 = 2_000;
/// How often a leg is tried to be brought back, and how long between, ms: the platform keeps it for twenty seconds.
const RETURNS: u32 = 6;
const RETURN_MS: u32 = 2_000;
/// How long a leg that the server has hung up may take to end here, ms.
const ENDS_MS: u32 = 1_000;
/// How often levels are shown, ms.
const TICK_MS: u32 = 100;

/// What is held for the session.
#[derive(Default)]
pub(super) struct Line {
    attempt: u32,
    client: Option<Client>,
    token: Option<Softphone>,
    /// What the next outgoing call is placed with.
    dial: Option<DialContext>,
    pub take_over: bool,
}

#[derive(Serialize, Deserialize)]
struct Memory {
    user: String,
    session: String,
    call: Option<String>,
}

fn memory() -> Option<Memory> {
    serde_json::from_str(&page::kept(MEMORY)?).ok()
}

impl Station {
    pub(super) fn input(self, input: Input) {
        let before = self.phone.get_untracked();
        let (phone, effects) = before.clone().step(input, page::now_ms());
        if phone != before {
            let lasting = (before.lasting().map(str::to_owned), phone.lasting().map(str::to_owned));
            self.phone.set(phone);
            if lasting.0 != lasting.1
                && let Some(memory) = memory()
            {
                remember(&Memory { call: lasting.1, ..memory });
            }
            self.after();
            self.publish();
        }
        effects.into_iter().for_each(|effect| self.perform(effect));
    }

    fn input_of(self, attempt: u32, input: Input) {
        if held(|held| held.line.attempt) == attempt {
            self.input(input);
        }
    }

    fn perform(self, effect: Effect) {
        let attempt = held(|held| held.line.attempt);
        match effect {
            Effect::Open => self.open(),
            Effect::OpenLater => spawn_local(async move {
                page::sleep(AGAIN_MS).await;
                let down = self.phone.with_untracked(|phone| matches!(phone.link, Link::Down { .. }));
                if down && held(|held| held.line.attempt) == attempt {
                    self.open();
                }
            }),
            Effect::Close => {
                held(|held| {
                    held.line.attempt += 1;
                    held.line.client = None;
                });
            }
            Effect::Answer(call) => self.with_client(move |client| async move {
                if client.answer(&call).await.is_err() {
                    self.could_not_take();
                    return Input::NotAnswered(call);
                }
                self.devices_of(&client, &call).await;
                Input::Answered(call)
            }),
            Effect::Reject(call) => self.with_client(move |client| async move {
                let _ = client.reject(&call).await;
                Input::Cancelled(call)
            }),
            Effect::HangUp(call) => self.with_client(move |client| async move {
                let _ = client.hang_up(&call).await;
                Input::HungUp(call)
            }),
            Effect::Return(call) => self.bring_back(call),
            Effect::Place => {
                let Some(context) = held(|held| held.line.dial.take()) else { return self.input(Input::NotPlaced) };
                self.with_client(move |client| async move {
                    let fields = [("to", context.to.as_str()), ("intent", context.intent.as_str())];
                    match client.server_call(&fields).await {
                        Ok(call) => {
                            self.devices_of(&client, &call).await;
                            Input::Placed(call)
                        }
                        Err(_) => {
                            self.check();
                            self.refusal.set(Some(self.why_not().unwrap_or(Refusal::Unavailable)));
                            Input::NotPlaced
                        }
                    }
                });
            }
        }
    }

    fn with_client<F: Future<Output = Input> + 'static>(self, work: impl FnOnce(Client) -> F + 'static) {
        let (attempt, client) = held(|held| (held.line.attempt, held.line.client.clone()));
        let Some(client) = client else { return };
        spawn_local(async move { self.input_of(attempt, work(client).await) });
    }

    /// Opens a session, or goes on with the one before.
    fn open(self) {
        let attempt = held(|held| {
            held.line.attempt += 1;
            held.line.client = None;
            held.line.attempt
        });
        spawn_local(async move {
            let input = match self.session(attempt).await {
                Ok(()) => {
                    if self.elsewhere.get_untracked() {
                        // What the other browser said of itself is not true of this one.
                        self.elsewhere.set(false);
                        self.beat();
                    }
                    Input::Opened(memory().and_then(|memory| memory.call))
                }
                Err(Refusal::OtherTab) => {
                    self.elsewhere.set(true);
                    Input::Lost
                }
                Err(_) => Input::NotOpened,
            };
            self.input_of(attempt, input);
        });
    }

    async fn session(self, attempt: u32) -> Result<(), Refusal> {
        let (tab, take_over) = held(|held| (held.tab.clone(), std::mem::take(&mut held.line.take_over)));
        let softphone = granted(tab, take_over).await?;
        if !page::sdk_is_there().await {
            return Err(Refusal::Unavailable);
        }
        let voice = softphone.voice.clone();
        let config =
            Config { api_url: voice.api_url, websocket_url: voice.websocket_url, websocket_path: voice.websocket_path };
        let listener = move |event| {
            if let Some(input) = read(event) {
                self.input_of(attempt, input);
            }
        };
        sound::on_socket_closed(move || self.input_of(attempt, Input::SessionDown));
        let client = Client::new(&config, listener).map_err(|_| Refusal::Unavailable)?;
        let before = memory().filter(|memory| memory.user == softphone.user);
        if before.is_none() {
            page::unkeep(MEMORY);
        }
        let old = before.as_ref().map(|memory| memory.session.as_str());
        let session = match client.create_session(&softphone.token, old).await {
            Ok(session) => session,
            // The platform has forgotten the old one.
            Err(_) if old.is_some() => {
                page::unkeep(MEMORY);
                return Err(Refusal::Unavailable);
            }
            Err(_) => return Err(Refusal::Unavailable),
        };
        if held(|held| held.line.attempt) != attempt {
            return Err(Refusal::Gone);
        }
        remember(&Memory { user: softphone.user.clone(), session, call: before.and_then(|memory| memory.call) });
        held(|held| {
            held.line.client = Some(client);
            held.line.token = Some(softphone);
        });
        Ok(())
    }

    fn bring_back(self, call: String) {
        self.with_client(move |client| async move {
            for attempt in 0..RETURNS {
                if attempt > 0 {
                    page::sleep(RETURN_MS).await;
                }
                if self.phone.with_untracked(|phone| phone.leg != Leg::Returning(call.clone())) {
                    break;
                }
                if client.reconnect_call(&call).await.is_ok() {
                    self.devices_of(&client, &call).await;
                    return Input::Returned(call);
                }
                // Nothing to bring back: the call is over.
                if self.desk.with_untracked(|desk| desk.call.is_none()) {
                    break;
                }
            }
            Input::NotReturned(call)
        });
    }

    /// Why no call can be placed here, when it is known.
    fn why_not(self) -> Option<Refusal> {
        self.unable.get_untracked().map(|unable| Refusal::Unable { unable })
    }

    /// Calls a number.
    pub(super) fn dial(self, number: String) {
        if let Some(refusal) = self.why_not() {
            return self.refusal.set(Some(refusal));
        }
        spawn_local(async move {
            if self.phone.with_untracked(|phone| phone.link != Link::Up || phone.leg != Leg::None) {
                return self.refusal.set(Some(Refusal::OtherTab));
            }
            match self.read(Command::Dial { number }).await {
                Some(Reply::Go { context, .. }) => {
                    self.refusal.set(None);
                    self.number.set(String::new());
                    held(|held| held.line.dial = Some(context));
                    self.input(Input::Dial);
                }
                Some(Reply::Refused(refusal)) => self.refusal.set(Some(refusal)),
                _ => {}
            }
        });
    }

    /// By the server, which knows everybody in the call. When it cannot, this end of it at least.
    pub(super) fn hang_up(self) {
        let Some(call) = self.desk.with_untracked(|desk| desk.call.as_ref().map(|call| call.id.clone())) else {
            return self.input(Input::HangUp);
        };
        // Our own leg is hung up here as well, whatever the server could do: nobody stays connected because a request
        // went nowhere. Only the leg of this call: another may ring by the time that the server has answered.
        let leg = move || self.phone.with_untracked(|phone| phone.lasting().map(str::to_owned));
        let own = leg();
        spawn_local(async move {
            let done = self.done(Command::HangUp { call }).await;
            // Told on the card of the time after the call, as long as it is so.
            let told = self.desk.with_untracked(|desk| desk.wrap_up.is_some());
            if told && self.refusal.with_untracked(|refusal| *refusal == Some(Refusal::Unconfirmed)) {
                self.refusal.set(None);
            }
            if done && own.is_some() && own == leg() {
                // The platform tells the SDK. A leg that is over already is an error to it.
                page::sleep(ENDS_MS).await;
            }
            if !done || (own.is_some() && own == leg()) {
                self.input(Input::HangUp);
            }
        });
    }

    /// Mutes this end at the platform without our server, which does nothing for those who are signed out. Whether it is done.
    pub(super) async fn mute_here(self, muted: bool) -> bool {
        let client = held(|held| held.line.client.clone());
        let call = self.phone.with_untracked(|phone| phone.lasting().map(str::to_owned));
        match (client, call) {
            (Some(client), Some(call)) => client.set_muted(&call, muted).await.is_ok(),
            _ => false,
        }
    }

    /// Gives the running call the devices that were chosen.
    pub fn use_devices(self) {
        let client = held(|held| held.line.client.clone());
        let call = self.phone.with_untracked(|phone| phone.lasting().map(str::to_owned));
        if let (Some(client), Some(call)) = (client, call) {
            spawn_local(async move { self.devices_of(&client, &call).await });
        }
    }

    async fn devices_of(self, client: &Client, call: &str) {
        let peer = client.peer_connection(call).unwrap_or(wasm_bindgen::JsValue::UNDEFINED);
        sound::apply(&peer, &client.audio_element()).await;
    }

    /// Levels, quality and the token's age, as long as the page lives.
    pub(super) fn watch(self) {
        spawn_local(async move {
            let (mut meter, mut before) = (None::<Meter>, Reception::default());
            let mut arrival = Arrival::default();
            for tick in 0_u32.. {
                page::sleep(TICK_MS).await;
                let call = self
                    .phone
                    .with_untracked(|phone| if phone.has_audio() { phone.call().map(str::to_owned) } else { None });
                let client = held(|held| held.line.client.clone());
                let peer = call.and_then(|call| client.as_ref()?.peer_connection(&call));
                if let Some(peer) = &peer {
                    if !meter.as_ref().is_some_and(|meter| meter.is_of(peer)) {
                        meter = Meter::new(peer);
                        before = Reception::default();
                    }
                } else {
                    meter = None;
                }
                set(self.levels, meter.as_ref().map_or_else(Levels::default, Meter::levels));
                if tick % 5 == 4 {
                    match peer {
                        Some(peer) => {
                            if let Some(reading) = levels::reception(peer).await {
                                let now = page::now_ms();
                                let expected = self.desk.with_untracked(hears_somebody);
                                arrival = if expected { arrival.read(reading, now) } else { Arrival::expected(now) };
                                let deaf = arrival.is_deaf(now);
                                set(self.deaf, deaf);
                                if deaf {
                                    set(self.quality, Quality::Poor);
                                }
                                if tick % 20 == 19 {
                                    let quality = levels::judge(before, reading);
                                    if quality != Quality::Unknown && !deaf {
                                        set(self.quality, quality);
                                    }
                                    before = reading;
                                }
                            }
                        }
                        None => {
                            arrival = Arrival::expected(page::now_ms());
                            set(self.deaf, false);
                            set(self.quality, Quality::Unknown);
                        }
                    }
                }
                if tick % 100 == 99 {
                    self.keep_token_fresh().await;
                }
            }
        });
    }

    async fn keep_token_fresh(self) {
        let (client, token, tab) = held(|held| (held.line.client.clone(), held.line.token.clone(), held.tab.clone()));
        let (Some(client), Some(token)) = (client, token) else { return };
        if token.expires_at - self.now.get_untracked() >= FRESH_MS {
            return;
        }
        if let Ok(fresh) = granted(tab, false).await
            && client.refresh_session(&fresh.token).await.is_ok()
        {
            held(|held| held.line.token = Some(fresh));
        }
    }
}

async fn granted(tab: String, take_over: bool) -> Result<Softphone, Refusal> {
    match command::send(Command::Softphone { tab, take_over }).await {
        Some(Access::Granted(Reply::Softphone(softphone))) => Ok(softphone),
        Some(Access::Granted(Reply::Refused(refusal))) => Err(refusal),
        _ => Err(Refusal::Unavailable),
    }
}

fn remember(memory: &Memory) {
    if let Ok(text) = serde_json::to_string(memory) {
        page::keep(MEMORY, &text);
    }
}

/// What an event of the SDK means for the softphone.
fn read(event: Event) -> Option<Input> {
    Some(match event {
        Event::Invite { call, .. } => Input::Invited(call),
        Event::InviteCancelled { call, .. } => Input::Cancelled(call),
        Event::HangUp { call, .. } => Input::HungUp(call),
        Event::MediaReconnecting { call } => Input::Silent(call),
        Event::MediaBack { call } => Input::Sounds(call),
        Event::MediaGone { call } => Input::MediaGone(call),
        Event::SessionReconnecting => Input::SessionDown,
        Event::SessionBack => Input::SessionBack,
        Event::SessionGone { .. } => Input::SessionGone,
        // The server says how far the other side is, and what is muted.
        Event::Leg { .. } | Event::Muted { .. } => return None,
    })
}

/// Whether somebody is there to be heard: nothing need arrive while the other side is called, or has music.
fn hears_somebody(desk: &Desk) -> bool {
    desk.call.as_ref().is_some_and(|call| call.stage == Stage::Talking && call.held_since.is_none())
}

/// Only when it changes: every change paints.
fn set<T: PartialEq + Copy + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.get_untracked() != value {
        signal.set(value);
    }
}
