//! Does what [`Phone::step`](super::phone::Phone::step) asks for, with the voice SDK, and reports the outcome to it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::command;
use super::phone::{Effect, Input, Leg, Link, Phone};
use super::station::{Station, held};
use crate::api::Access;
use crate::api::contact_center::{Command, Desk, Dial, Refusal, Reply, Softphone, Stage};
use crate::browser::levels::{Levels, Quality};
use crate::browser::voice::{Client, Event};
use crate::browser::{page, sound};
use crate::ui::softphone::audio::{Audio, Watched, set};
use crate::ui::softphone::driver::{SdkSession, SoftphoneDriver, refreshed};

/// Where session and leg are remembered over a reload, for all tabs of this browser.
const MEMORY: &str = "switchboard.softphone";
/// A token with less left is renewed, ms. Of fifteen minutes: an agent who is signed out in a call gets none, and can
/// hang up and mute as long as the last one is good.
const FRESH_MS: i64 = 10 * 60 * 1000;
/// Between two attempts to open a session, ms.
const AGAIN_MS: u32 = 2_000;
/// How often a leg is tried to be brought back, and how long between, ms: the platform keeps it for twenty seconds.
const RETURNS: u32 = 6;
const RETURN_MS: u32 = 2_000;
/// How long a leg that the server has hung up may take to end here, ms.
const ENDS_MS: u32 = 1_000;

#[derive(Serialize, Deserialize)]
struct Memory {
    user: String,
    session: String,
    call: Option<String>,
}

fn memory() -> Option<Memory> {
    serde_json::from_str(&page::kept(MEMORY)?).ok()
}

impl SoftphoneDriver for Station {
    type Input = Input;

    fn sdk<T>(self, with: impl FnOnce(&mut SdkSession) -> T) -> T {
        held(|held| with(&mut held.softphone.sdk))
    }

    fn input(self, input: Input) {
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
}

impl Station {
    fn perform(self, effect: Effect) {
        let attempt = self.sdk(|sdk| sdk.attempt());
        match effect {
            Effect::Open => self.open(),
            Effect::OpenLater => spawn_local(async move {
                page::sleep(AGAIN_MS).await;
                let down = self.phone.with_untracked(|phone| matches!(phone.link, Link::Down { .. }));
                if down && self.is_at(attempt) {
                    self.open();
                }
            }),
            Effect::Close => drop(self.sdk(SdkSession::end)),
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
                let Some(context) = held(|held| held.softphone.dial.take()) else {
                    return self.input(Input::NotPlaced);
                };
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
        let (attempt, client) = self.sdk(|sdk| (sdk.attempt(), sdk.client()));
        let Some(client) = client else { return };
        spawn_local(async move { self.input_of(attempt, work(client).await) });
    }

    /// Opens a session, or goes on with the one before.
    fn open(self) {
        let attempt = self.sdk(|sdk| {
            drop(sdk.end());
            sdk.attempt()
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
        let (tab, take_over) = held(|held| (held.tab.clone(), std::mem::take(&mut held.softphone.take_over)));
        let softphone = granted(tab, take_over).await?;
        if !page::sdk_is_there().await {
            return Err(Refusal::Unavailable);
        }
        sound::on_socket_closed(move || self.input_of(attempt, Input::SessionDown));
        let client = self.connect(&softphone.voice, attempt, |_| ()).ok_or(Refusal::Unavailable)?;
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
        if !self.is_at(attempt) {
            return Err(Refusal::Gone);
        }
        remember(&Memory { user: softphone.user.clone(), session, call: before.and_then(|memory| memory.call) });
        held(|held| {
            held.softphone.sdk.opened(client);
            held.softphone.token = Some(softphone);
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
    pub(super) fn dial(self, dial: Dial) {
        if let Some(refusal) = self.why_not() {
            return self.refusal.set(Some(refusal));
        }
        spawn_local(async move {
            if self.phone.with_untracked(|phone| phone.link != Link::Up || phone.leg != Leg::None) {
                return self.refusal.set(Some(Refusal::OtherTab));
            }
            match self.read(Command::Dial(dial)).await {
                Some(Reply::Go { context, .. }) => {
                    self.refusal.set(None);
                    self.number.set(String::new());
                    held(|held| held.softphone.dial = Some(context));
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
        let client = self.sdk(|sdk| sdk.client());
        let call = self.phone.with_untracked(|phone| phone.lasting().map(str::to_owned));
        match (client, call) {
            (Some(client), Some(call)) => client.set_muted(&call, muted).await.is_ok(),
            _ => false,
        }
    }

    /// Gives the running call the devices that were chosen.
    pub fn use_devices(self) {
        let client = self.sdk(|sdk| sdk.client());
        let call = self.phone.with_untracked(|phone| phone.lasting().map(str::to_owned));
        if let (Some(client), Some(call)) = (client, call) {
            spawn_local(async move { self.devices_of(&client, &call).await });
        }
    }

    async fn devices_of(self, client: &Client, call: &str) {
        let peer = client.peer_connection(call).unwrap_or(wasm_bindgen::JsValue::UNDEFINED);
        sound::apply(&peer, &client.audio_element()).await;
    }
}

/// As long as the page lives.
impl Watched for Station {
    fn audio(self) -> Audio {
        let live = |phone: &Phone| if phone.has_audio() { phone.call().map(str::to_owned) } else { None };
        let client = self.sdk(|sdk| sdk.client());
        let peer = self.phone.with_untracked(live).and_then(|call| client.as_ref()?.peer_connection(&call));
        peer.map_or(Audio::None, |peer| Audio::There { peer, talks: true })
    }

    fn levels(self) -> RwSignal<Levels> {
        self.levels
    }

    fn quality(self) -> RwSignal<Quality> {
        self.quality
    }

    fn expects_sound(self) -> bool {
        self.desk.with_untracked(hears_somebody)
    }

    fn deaf(self, deaf: bool) {
        set(self.deaf, deaf);
    }

    fn silent(self) {
        set(self.quality, Quality::Unknown);
    }

    async fn keep_token_fresh(self) {
        let (client, token, tab) =
            held(|held| (held.softphone.sdk.client(), held.softphone.token.clone(), held.tab.clone()));
        let (Some(client), Some(token)) = (client, token) else { return };
        // By the server's clock, as the token's end.
        let left = token.expires_at - self.now.get_untracked();
        let renewed = async { granted(tab, false).await.ok() };
        if let Some(fresh) = refreshed(&client, left, FRESH_MS, renewed, |softphone| &softphone.token).await {
            held(|held| held.softphone.token = Some(fresh));
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

/// Whether somebody is there to be heard: nothing need arrive while the other side is called, or has music.
fn hears_somebody(desk: &Desk) -> bool {
    desk.call.as_ref().is_some_and(|call| call.stage == Stage::Talking && call.held_since.is_none())
}
