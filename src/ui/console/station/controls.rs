//! What the agent does in this browser: keys, buttons, the drawer, sound and notices.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::{ANSWER_MS, Act, Station};
use crate::api::Access;
use crate::api::contact_center::{ActiveCall, Command, Desk, Refusal, Reply, Role};
use crate::browser::{microphone, notice, page, sound};
use crate::ui::console::layout::{Drawer, View};
use crate::ui::console::{command, keyboard};

/// How long a key of the keypad looks pressed, ms.
const PRESSED_MS: u32 = 150;

impl Station {
    /// What a key means is done. Whether it meant anything.
    pub(super) fn does(self, does: keyboard::Does) -> bool {
        use keyboard::Does;
        let call = || untrack(|| self.call());
        match does {
            Does::Accept => self.act(Act::Accept),
            Does::Decline => self.act(Act::Decline),
            Does::HangUp => self.end(),
            Does::Mute => {
                if let Some(call) = call() {
                    self.mute(&call.id, !call.muted);
                }
            }
            Does::Hold => {
                if let Some(call) = call() {
                    self.ask(Command::Hold { call: call.id, on: call.held_since.is_none() });
                }
            }
            Does::Open(drawer) => self.toggle(drawer),
            Does::FocusNotes => self.write_notes(),
            Does::FocusNumber => {
                self.show_phone();
                page::focus("number");
            }
            Does::Press(key) => self.press(key),
            Does::FinishWrapUp => {
                if let Some(wrap_up) = self.desk.with_untracked(|desk| desk.wrap_up.clone()) {
                    self.ask_after_notes(Command::FinishWrapUp { call: wrap_up.call });
                }
            }
            Does::Close if self.ending.get_untracked() => {
                self.ending.set(false);
                page::focus("hang-up");
            }
            Does::Close => {
                self.drawer.set(Drawer::None);
                spawn_local(async move {
                    page::sleep(0).await;
                    if page::focus_is_lost() {
                        page::focus("panel");
                    }
                });
            }
        }
        true
    }

    /// Hangs up. Where that could mean two things it is asked first; asked for again, the question goes.
    pub fn end(self) {
        let asks = |desk: &Desk| {
            desk.call.as_ref().is_some_and(|call| desk.offer.is_none() && call.situation.asks_how_to_end())
        };
        if !self.desk.with_untracked(asks) {
            return self.act(Act::HangUp);
        }
        self.ending.update(|open| *open = !*open);
        if self.ending.get_untracked() {
            spawn_local(async {
                // When it is there.
                page::sleep(0).await;
                page::focus("leave");
            });
        }
    }

    /// The call as this page knows it: what was muted here counts before what the server says.
    #[must_use]
    pub fn call(self) -> Option<ActiveCall> {
        let mut call = self.desk.with(|desk| desk.call.clone())?;
        if let Some(muted) = self.muted_here.get() {
            call.muted = muted;
            for party in call.parties.iter_mut().filter(|party| party.role == Role::Me) {
                party.muted = muted;
            }
        }
        Some(call)
    }

    /// Mutes or unmutes. A server that does not answer is no reason to be heard: then it is done here, and the server is told
    /// when it is back.
    pub fn mute(self, call: &str, on: bool) {
        let reply = command::send(Command::Mute { call: call.to_owned(), on });
        spawn_local(async move {
            match page::within(ANSWER_MS, reply).await.flatten() {
                Some(Access::Granted(Reply::Refused(refusal))) => self.refusal.set(Some(refusal)),
                Some(Access::Granted(_)) => {
                    self.refusal.set(None);
                    self.muted_here.set(None);
                }
                Some(refused) => self.refused(&refused),
                None if self.mute_here(on).await => self.muted_here.set(Some(on)),
                None => self.refusal.set(Some(Refusal::Unavailable)),
            }
        });
    }

    /// Tells the server what was muted without it.
    pub(super) fn tell_muted(self) {
        let call = self.desk.with_untracked(|desk| desk.call.as_ref().map(|call| call.id.clone()));
        match (self.muted_here.get_untracked(), call) {
            (Some(on), Some(call)) => self.mute(&call, on),
            _ => self.muted_here.set(None),
        }
    }

    /// The call goes on without this agent. The server ends our leg, after it has led the others elsewhere: ended here and
    /// now, the call would be over for all.
    pub fn leave_call(self) {
        self.ending.set(false);
        if let Some(call) = self.desk.with_untracked(|desk| desk.call.as_ref().map(|call| call.id.clone())) {
            self.ask(Command::Leave { call });
        }
    }

    /// The panel, where it is not in sight anyway.
    pub fn show_phone(self) {
        if page::is_narrow() {
            self.view.set(View::Phone);
        }
    }

    /// The panel, if there is a call in it.
    pub(super) fn show_call(self) {
        let on = self.desk.with_untracked(|desk| desk.offer.is_some() || desk.call.is_some() || desk.wrap_up.is_some());
        if on {
            self.show_phone();
        }
    }

    pub fn write_notes(self) {
        self.show_phone();
        spawn_local(async {
            // When it is in sight.
            page::sleep(0).await;
            page::focus("notes");
        });
    }

    /// A key of the keypad.
    pub fn press(self, key: char) {
        let Some(call) = self.desk.with_untracked(|desk| desk.call.as_ref().map(|call| call.id.clone())) else {
            return;
        };
        self.keys.update(|keys| keys.push(key));
        self.pressed.set(Some(key));
        self.ask(Command::Keys { call, keys: key.to_string() });
        spawn_local(async move {
            page::sleep(PRESSED_MS).await;
            if self.pressed.get_untracked() == Some(key) {
                self.pressed.set(None);
            }
        });
    }

    pub fn toggle(self, drawer: Drawer) {
        self.drawer.update(|open| *open = if *open == drawer { Drawer::None } else { drawer });
        if self.drawer.get_untracked() != Drawer::None {
            self.show_phone();
        }
    }

    /// From the button that the browser's silence brings up.
    pub fn turn_on_sound(self) {
        spawn_local(async move { self.audible.set(sound::unlock().await) });
    }

    pub fn turn_on_notices(self) {
        spawn_local(async move { self.notices.set(notice::ask().await) });
    }

    /// Asks the browser for the microphone, so that it does not ask while a caller waits.
    pub fn turn_on_microphone(self) {
        // What comes of it is told by what watches the microphone.
        spawn_local(async move { drop(microphone::Microphone::open().await) });
    }
}
