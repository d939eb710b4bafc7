//! Does what [`Stage::step`] asks for, and reports the outcome to it. In the browser only: nothing here is called while a
//! page is rendered on the server.
//!
//! There is one widget on a page and one call at a time, so what is held for the call is one value.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::call::{Effect, Input, Stage, Step, guess};
use crate::api::click_to_call::{AskRefusal, Care, Visit};
use crate::browser::levels::{Levels, Quality};
use crate::browser::live::Stream;
use crate::browser::microphone::Microphone;
use crate::browser::page::{self, LeaveWarning};
use crate::browser::voice::{Client, Event};
use crate::ui::softphone::driver::{SdkSession, SoftphoneDriver};

/// Where a running call is remembered over a reload; `public/intent.js` looks there too.
const MEMORY: &str = "switchboard.call";
/// How long the server may take to say why a call ended, ms.
const OUTCOME_MS: u32 = 2_500;
/// A hang-up sooner after the press is the second half of a double click, ms.
const DOUBLE_CLICK_MS: i64 = 700;

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// What is held for the call.
#[derive(Default)]
pub(super) struct Held {
    pub sdk: SdkSession,
    /// Whom the widget calls, when it is not the support line.
    pub to: Option<String>,
    /// Not used for a call yet.
    pub visit: Option<Visit>,
    /// Of the running call.
    pub current: Option<Visit>,
    pub session: Option<String>,
    pub call: Option<String>,
    /// The SDK said that the call is over.
    pub gone: Rc<Cell<bool>>,
    pub hang_up_now: bool,
    pub microphone: Option<Microphone>,
    pub stream: Option<Stream>,
    pub warning: Option<LeaveWarning>,
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

/// The outcome of what the visitor asked for in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Asked {
    #[default]
    Nothing,
    /// The server has not answered yet.
    UnderWay,
    Refused(AskRefusal),
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

pub(super) fn held<T>(with: impl FnOnce(&mut Held) -> T) -> T {
    HELD.with(|held| with(&mut held.borrow_mut()))
}

/// The number of the present attempt at a call.
pub(super) fn attempt() -> u32 {
    held(|held| held.sdk.attempt())
}

/// The running call, as the SDK knows it.
pub(super) fn running() -> Option<(Client, String)> {
    held(|held| Some((held.sdk.client()?, held.call.clone()?)))
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

    pub fn send_key(self, key: char) {
        let Some((client, call)) = running() else { return };
        self.keys.update(|keys| {
            if keys.len() >= 24 {
                keys.remove(0);
            }
            keys.push(key);
        });
        // A key that did not get through is pressed again by the visitor, who waits for its effect.
        spawn_local(async move { drop(client.send_digits(&call, key.encode_utf8(&mut [0; 4])).await) });
    }

    fn perform(self, effect: Effect) {
        match effect {
            Effect::Prepare => self.prepare(),
            Effect::Place => self.place(),
            Effect::Return => self.bring_back(),
            Effect::AwaitOutcome => {
                let attempt = attempt();
                spawn_local(async move {
                    page::sleep(OUTCOME_MS).await;
                    self.input_of(attempt, Input::OutcomeMissing);
                });
            }
            Effect::HangUp => held(|held| held.hang_up_now = true),
            Effect::Release => self.release(),
        }
    }

    /// What is needed to bring the call back after a reload.
    pub(super) fn remember(self) {
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

    pub(super) fn forget(self) {
        page::forget(MEMORY);
    }

    /// The browser asks before the page is left during a call, but not when the call ends by itself.
    pub(super) fn warn_who_leaves(self) {
        let stage = self.stage.get_untracked();
        let warns = stage.is_call() && !stage.ends_by_itself(self.care.get_untracked());
        held(|held| match (warns, held.warning.is_some()) {
            (true, false) => held.warning = Some(LeaveWarning::new()),
            (false, true) => held.warning = None,
            _ => {}
        });
    }
}

impl Default for Driver {
    fn default() -> Self {
        Self::new()
    }
}

impl SoftphoneDriver for Driver {
    type Input = Input;

    fn sdk<T>(self, with: impl FnOnce(&mut SdkSession) -> T) -> T {
        held(|held| with(&mut held.sdk))
    }

    fn input(self, input: Input) {
        let before = self.stage.get_untracked();
        let (stage, effects) = before.step(input, page::now_ms());
        if stage != before {
            self.stage.set(stage);
            self.warn_who_leaves();
            if stage.since() != before.since() {
                self.remember();
            }
        }
        effects.into_iter().for_each(|effect| self.perform(effect));
    }

    /// A client has one call, so its id says nothing.
    fn read(event: Event) -> Option<Input> {
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
}
