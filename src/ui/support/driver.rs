//! Does what [`Stage::step`] asks for, and reports the outcome to it. In the browser only: nothing here is called while a
//! page is rendered on the server.
//!
//! There is one widget on a page and one call at a time, so what is held for the call is one value. `attempt` tells its
//! late answers apart: whatever was started for an earlier attempt finds another number and gives back what it got.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::call::{Effect, Input, Live as LiveCall, Stage, Step, Why, guess, phase};
use crate::api::click_to_call::{AskRefusal, Care, Outcome, Visit, VisitOutcome, renew_visit, start_visit};
use crate::browser::levels::{self, Levels, Meter, Quality, Reception};
use crate::browser::live::{Live, Stream};
use crate::browser::microphone::{Microphone, will_ask};
use crate::browser::page::{self, LeaveWarning};
use crate::browser::post::post;
use crate::browser::voice::{Client, Config, Event};

/// Where a running call is remembered over a reload; `public/intent.js` looks there too.
const MEMORY: &str = "switchboard.call";
/// A token with less left is renewed, or not begun with, ms.
const FRESH_MS: i64 = 2 * 60 * 1000;
/// How long the server may take to say why a call ended, ms.
const OUTCOME_MS: u32 = 2_500;
/// How long the SDK may take to notice that a call ended, ms.
const NOTICE_MS: u32 = 1_500;
/// A hang-up sooner after the press is the second half of a double click, ms.
const DOUBLE_CLICK_MS: i64 = 700;
/// How often levels are shown, ms.
const TICK_MS: u32 = 100;

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// What is held for the call.
#[derive(Default)]
struct Held {
    attempt: u32,
    /// Whom the widget calls, when it is not the support line.
    to: Option<String>,
    /// Not used for a call yet.
    visit: Option<Visit>,
    /// Of the running call.
    current: Option<Visit>,
    client: Option<Client>,
    session: Option<String>,
    call: Option<String>,
    /// The SDK said that the call is over.
    gone: Rc<Cell<bool>>,
    hang_up_now: bool,
    microphone: Option<Microphone>,
    stream: Option<Stream>,
    warning: Option<LeaveWarning>,
    pressed_at: i64,
}

/// What a page remembers of its call.
#[derive(Serialize, Deserialize)]
struct Memory {
    visit: Visit,
    session: String,
    call: String,
    since: Option<i64>,
    muted: bool,
}

/// What became of what the visitor asked for while they wait.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Asked {
    #[default]
    Nothing,
    /// The server has not answered yet.
    UnderWay,
    Refused(AskRefusal),
}

/// What is posted for it.
#[derive(Serialize)]
struct Ask<'a> {
    id: &'a str,
    secret: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<&'a str>,
}

/// The widget's state, and the way to change it.
#[derive(Clone, Copy)]
pub struct Driver {
    pub stage: RwSignal<Stage>,
    /// What the agents have to do with the call.
    pub care: RwSignal<Care>,
    pub asked: RwSignal<Asked>,
    pub muted: RwSignal<bool>,
    pub levels: RwSignal<Levels>,
    pub quality: RwSignal<Quality>,
    /// Seconds of talk.
    pub elapsed: RwSignal<u32>,
    /// Keys pressed during the call.
    pub keys: RwSignal<String>,
}

fn held<T>(with: impl FnOnce(&mut Held) -> T) -> T {
    HELD.with(|held| with(&mut held.borrow_mut()))
}

impl Driver {
    #[must_use]
    pub fn new() -> Self {
        Self {
            stage: RwSignal::new(Stage::Idle),
            care: RwSignal::new(Care::None),
            asked: RwSignal::new(Asked::Nothing),
            muted: RwSignal::new(false),
            levels: RwSignal::new(Levels::default()),
            quality: RwSignal::new(Quality::Unknown),
            elapsed: RwSignal::new(0),
            keys: RwSignal::new(String::new()),
        }
    }

    /// Takes over from `intent.js`: replays an early press, or brings back the call of the page before a reload.
    /// `to` is whom the widget calls, when it is not the support line.
    pub fn wake(self, to: Option<String>) {
        held(|held| held.to = to);
        let pressed = page::take_over();
        let memory = page::remembered(MEMORY).and_then(|memory| serde_json::from_str::<Memory>(&memory).ok());
        if let Some(memory) = memory {
            self.muted.set(memory.muted);
            let since = memory.since;
            held(|held| {
                held.current = Some(memory.visit);
                held.session = Some(memory.session);
                held.call = Some(memory.call);
            });
            self.input(Input::Reloaded { since });
        } else if pressed {
            self.press();
        }
    }

    pub fn press(self) {
        held(|held| held.pressed_at = page::now_ms());
        self.input(Input::Press);
    }

    pub fn hang_up(self) {
        if page::now_ms() - held(|held| held.pressed_at) > DOUBLE_CLICK_MS {
            self.input(Input::HangUp);
        }
    }

    pub fn toggle_mute(self) {
        let muted = !self.muted.get_untracked();
        let Some((client, call)) = running() else { return };
        self.muted.set(muted);
        self.remember();
        spawn_local(async move {
            if client.set_muted(&call, muted).await.is_err() {
                self.muted.set(!muted);
            }
        });
    }

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
        let attempt = held(|held| held.attempt);
        spawn_local(async move {
            let ask = Ask { id: &visit.id, secret: &visit.secret, number: number.as_deref() };
            let answer = match serde_json::to_string(&ask) {
                Ok(body) => post(path, &body).await,
                Err(_) => None,
            };
            let outcome = answer.and_then(|text| serde_json::from_str(&text).ok());
            if held(|held| held.attempt) == attempt {
                self.asked.set(match outcome {
                    Some(Outcome::Done) => Asked::Nothing,
                    Some(Outcome::Refused(refusal)) => Asked::Refused(refusal),
                    None => Asked::Refused(AskRefusal::Unavailable),
                });
            }
        });
    }

    pub fn send_key(self, key: char) {
        let Some((client, call)) = running() else { return };
        self.keys.update(|keys| {
            if keys.len() >= 24 {
                keys.remove(0);
            }
            keys.push(key);
        });
        // A key that did not get through is pressed again by whoever waits for its effect.
        spawn_local(async move { drop(client.send_digits(&call, key.encode_utf8(&mut [0; 4])).await) });
    }

    fn input(self, input: Input) {
        let before = self.stage.get_untracked();
        let (stage, effects) = before.step(input, page::now_ms());
        if stage != before {
            self.stage.set(stage);
            held(|held| match (stage.is_call(), held.warning.is_some()) {
                (true, false) => held.warning = Some(LeaveWarning::new()),
                (false, true) => held.warning = None,
                _ => {}
            });
            if stage.since() != before.since() {
                self.remember();
            }
        }
        effects.into_iter().for_each(|effect| self.perform(effect));
    }

    /// Only if nothing else has begun in the meantime.
    fn input_of(self, attempt: u32, input: Input) {
        if held(|held| held.attempt) == attempt {
            self.input(input);
        }
    }

    fn perform(self, effect: Effect) {
        match effect {
            Effect::Prepare => self.prepare(),
            Effect::Place => self.place(),
            Effect::Return => self.bring_back(),
            Effect::AwaitOutcome => {
                let attempt = held(|held| held.attempt);
                spawn_local(async move {
                    page::sleep(OUTCOME_MS).await;
                    self.input_of(attempt, Input::OutcomeMissing);
                });
            }
            Effect::HangUp => held(|held| held.hang_up_now = true),
            Effect::Release => self.release(),
        }
    }

    /// Microphone and session, at the same time.
    fn prepare(self) {
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
                    if held(|held| held.attempt == attempt) {
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
        if held(|held| held.attempt) == attempt {
            held(|held| {
                held.client = Some(client);
                held.session = Some(session);
            });
        } else {
            client.delete_session().await;
        }
        Ok(())
    }

    fn place(self) {
        let (attempt, client, visit) = held(|held| {
            let visit = held.visit.take();
            held.current.clone_from(&visit);
            (held.attempt, held.client.clone(), visit)
        });
        let (Some(client), Some(visit)) = (client, visit) else {
            return self.input(Input::Failed(Why::NotConnected));
        };
        self.listen(&visit, attempt);
        spawn_local(async move {
            let to = held(|held| held.to.clone()).unwrap_or_else(|| visit.to.clone());
            let page = page::address();
            let placed = client.server_call(&[("to", &to), ("visit", &visit.id), ("page", &page)]).await;
            if held(|held| held.attempt) != attempt {
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
                    self.watch(attempt);
                }
                Err(_) => self.input(Input::Failed(Why::NotConnected)),
            }
        });
    }

    /// After a reload, or when the session was lost: the old session goes on, and the call gets new media.
    fn bring_back(self) {
        let attempt = begin();
        spawn_local(async move {
            let input = if self.return_to_call(attempt).await.is_some() { Input::Returned } else { Input::NotReturned };
            let returned = input == Input::Returned;
            self.input_of(attempt, input);
            if returned && held(|held| held.attempt) == attempt {
                self.watch(attempt);
                if let (true, Some((client, call))) = (self.muted.get_untracked(), running()) {
                    let _ = client.set_muted(&call, true).await;
                }
            }
        });
    }

    async fn return_to_call(self, attempt: u32) -> Option<()> {
        let (visit, session, call) =
            held(|held| Some((held.current.clone()?, held.session.clone()?, held.call.clone()?)))?;
        let visit = if visit.expires_at_ms - page::now_ms() < FRESH_MS { renewed(&visit).await? } else { visit };
        self.listen(&visit, attempt);
        if !page::sdk_is_there().await {
            return None;
        }
        let client = self.client(&visit, attempt).ok()?;
        let session = client.create_session(&visit.token, Some(&session)).await.ok()?;
        if held(|held| held.attempt) != attempt {
            client.delete_session().await;
            return None;
        }
        held(|held| {
            held.client = Some(client.clone());
            held.session = Some(session);
            held.current = Some(visit);
        });
        client.reconnect_call(&call).await.ok()
    }

    /// Hangs up if it must, ends the session, forgets the call.
    fn release(self) {
        page::forget(MEMORY);
        let (client, call, gone, now) = held(|held| {
            held.attempt += 1;
            held.microphone = None;
            held.stream = None;
            held.warning = None;
            held.session = None;
            held.current = None;
            let now = std::mem::take(&mut held.hang_up_now);
            (held.client.take(), held.call.take(), Rc::clone(&held.gone), now)
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

    fn client(self, visit: &Visit, attempt: u32) -> Result<Client, Why> {
        let voice = visit.voice.clone();
        let config =
            Config { api_url: voice.api_url, websocket_url: voice.websocket_url, websocket_path: voice.websocket_path };
        let gone = Rc::new(Cell::new(false));
        held(|held| held.gone = Rc::clone(&gone));
        let listener = move |event| {
            if matches!(event, Event::HangUp { .. }) {
                gone.set(true);
            }
            if let Some(input) = self.read(event) {
                self.input_of(attempt, input);
            }
        };
        Client::new(&config, listener).map_err(|_| Why::NotLoaded)
    }

    /// What an event of the SDK means for the call. A client has one call, so its id says nothing.
    fn read(self, event: Event) -> Option<Input> {
        Some(match event {
            Event::Leg { status, .. } => match status.as_str() {
                "RINGING" => Input::Leg(Step::Ringing),
                "ANSWERED" => Input::Leg(Step::Talking),
                _ => return None,
            },
            Event::HangUp { reason, .. } => Input::HungUp { guess: guess(&reason) },
            // Nobody calls a visitor.
            Event::Muted { .. } | Event::Invite { .. } | Event::InviteCancelled { .. } => return None,
            Event::MediaReconnecting { .. } => Input::MediaDown,
            Event::MediaBack { .. } => Input::MediaBack,
            Event::MediaGone { .. } => Input::MediaGone,
            Event::SessionReconnecting => Input::SessionDown,
            Event::SessionBack => Input::SessionBack,
            Event::SessionGone { .. } => Input::SessionGone,
        })
    }

    /// The server's own word about the call, from the platform's webhooks.
    fn listen(self, visit: &Visit, attempt: u32) {
        #[derive(Deserialize)]
        struct Told {
            phase: String,
        }
        let url = format!("/live/visits/{}?secret={}", visit.id, visit.secret);
        let stream = Stream::open(&url, &["phase", "care"], move |live| {
            let data = match live {
                Live::Event(data) => data,
                // A stream that is opened again sends the current state first.
                Live::Open if held(|held| held.attempt) == attempt => {
                    return set(self.care, self.care.get_untracked().then(Care::None));
                }
                Live::Open | Live::Broken => return,
            };
            if let Ok(told) = serde_json::from_str::<Told>(&data) {
                let Some(phase) = phase(&told.phase) else { return };
                // Not from within the stream's own listener: the call's end closes the stream.
                spawn_local(async move { self.input_of(attempt, Input::Server(phase)) });
            } else if let Ok(news) = serde_json::from_str::<Care>(&data)
                && held(|held| held.attempt) == attempt
            {
                set(self.care, self.care.get_untracked().then(news));
            }
        });
        held(|held| held.stream = stream);
    }

    fn remember(self) {
        let memory = held(|held| {
            Some(Memory {
                visit: held.current.clone()?,
                session: held.session.clone()?,
                call: held.call.clone()?,
                since: self.stage.get_untracked().since(),
                muted: self.muted.get_untracked(),
            })
        });
        if let (Some(memory), true) = (memory, self.stage.get_untracked().is_call())
            && let Ok(text) = serde_json::to_string(&memory)
        {
            page::remember(MEMORY, &text);
        }
    }

    /// Levels, length, quality and the token's age, while the call lasts.
    fn watch(self, attempt: u32) {
        spawn_local(async move {
            let (mut meter, mut before) = (None::<Meter>, Reception::default());
            for tick in 0_u32.. {
                page::sleep(TICK_MS).await;
                let stage = self.stage.get_untracked();
                if held(|held| held.attempt) != attempt || !stage.is_running() {
                    break;
                }
                let peer = running().and_then(|(client, call)| client.peer_connection(&call));
                if let (Stage::Live(LiveCall { step: Step::Talking, .. }), Some(peer)) = (stage, &peer) {
                    if !meter.as_ref().is_some_and(|meter| meter.is_of(peer)) {
                        meter = Meter::new(peer);
                        before = Reception::default();
                    }
                    if let Some(meter) = &meter {
                        set(self.levels, meter.levels());
                    }
                }
                let elapsed = stage.since().map_or(0, |since| (page::now_ms() - since).max(0) / 1000);
                set(self.elapsed, u32::try_from(elapsed).unwrap_or(u32::MAX));
                if tick % 20 == 19
                    && let Some(peer) = peer
                    && let Some(now) = levels::reception(peer).await
                {
                    let quality = levels::judge(before, now);
                    if quality != Quality::Unknown {
                        set(self.quality, quality);
                    }
                    before = now;
                }
                if tick % 100 == 99 {
                    self.keep_token_fresh().await;
                }
            }
        });
    }

    async fn keep_token_fresh(self) {
        let Some((client, visit)) = held(|held| Some((held.client.clone()?, held.current.clone()?))) else { return };
        if visit.expires_at_ms - page::now_ms() >= FRESH_MS {
            return;
        }
        let Some(visit) = renewed(&visit).await else { return };
        if client.refresh_session(&visit.token).await.is_ok() {
            held(|held| held.current = held.current.is_some().then_some(visit));
            self.remember();
        }
    }
}

impl Default for Driver {
    fn default() -> Self {
        Self::new()
    }
}

/// A new number, whose predecessors' late answers count for nothing.
fn begin() -> u32 {
    held(|held| {
        held.attempt += 1;
        held.hang_up_now = false;
        held.attempt
    })
}

fn running() -> Option<(Client, String)> {
    held(|held| Some((held.client.clone()?, held.call.clone()?)))
}

/// A visit that no call was placed with: one that was left over, the one that `intent.js` asked for, or a new one.
async fn fresh_visit() -> Result<Visit, Why> {
    let fresh = |visit: &Visit| visit.expires_at_ms - page::now_ms() > FRESH_MS;
    if let Some(visit) = held(|held| held.visit.take()).filter(fresh) {
        return Ok(visit);
    }
    let prepared = page::prepared_visit().await.and_then(|json| serde_json::from_str(&json).ok());
    if let Some(VisitOutcome::Started(visit)) = prepared
        && fresh(&visit)
    {
        return Ok(visit);
    }
    match start_visit(String::new()).await {
        Ok(VisitOutcome::Started(visit)) => Ok(visit),
        Ok(VisitOutcome::Refused(refusal)) => Err(Why::Refused(refusal)),
        Err(_) => Err(Why::Refused(crate::api::click_to_call::Refusal::Unavailable)),
    }
}

async fn renewed(visit: &Visit) -> Option<Visit> {
    match renew_visit(visit.id.clone(), visit.secret.clone()).await {
        Ok(VisitOutcome::Started(visit)) => Some(visit),
        _ => None,
    }
}

/// Only when it changes: every change paints.
fn set<T: PartialEq + Copy + Send + Sync + 'static>(signal: RwSignal<T>, value: T) {
    if signal.get_untracked() != value {
        signal.set(value);
    }
}
