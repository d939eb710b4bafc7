//! Whether a call can be taken in this tab, and what the tab of the browser says.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::{Station, held};
use crate::api::contact_center::{Command, Refusal, Unable};
use crate::browser::{page, sound};
use crate::ui::console::able::{self, Shown};
use crate::ui::console::news::{self, Tab, TabIcon};
use crate::ui::console::phone::Phone;
use crate::ui::console::signed_in::SignedIn;
use crate::ui::language::words;

/// A microphone that gives nothing is looked at again so often, ms.
const LOOK_AGAIN_MS: i64 = 5_000;
/// The page's title changes no more often, ms; what kind of thing it says changes at once.
const TITLE_MS: i64 = 1_000;
/// A server that has not been heard of for this long is lost, s.
const LOST_S: u32 = 2;

impl Station {
    /// Looks whether a call can be taken here. The server is told at once when that changes.
    pub(in crate::ui::console) fn check(self) {
        if !self.leads.get_untracked() {
            return;
        }
        let (now, microphone) = (page::now_ms(), self.microphone.get_untracked());
        let unable = self.phone.with_untracked(|phone| able::unable(phone, microphone, now));
        if self.unable.get_untracked() != unable {
            self.unable.set(unable);
        }
        let idle = self.phone.with_untracked(|phone| !phone.is_busy());
        if microphone.is_worth_a_look() && idle && held(|held| now - held.looked_at >= LOOK_AGAIN_MS) {
            held(|held| held.looked_at = now);
            sound::look_at_microphone();
        }
        // Before the browser has said what it knows there is nothing to tell.
        if held(|held| held.looked) && self.reported() != held(|held| held.reported) {
            self.beat();
        }
    }

    pub(super) fn reported(self) -> Option<Unable> {
        let offered = self.desk.with_untracked(|desk| desk.offer.is_some());
        let unable = self.unable.get_untracked();
        self.phone.with_untracked(|phone| able::reported(unable, phone, offered))
    }

    /// The server has been out of reach for some seconds.
    #[must_use]
    pub fn server_is_lost(self) -> bool {
        let lost = self.broken.get().is_some_and(|since| self.ago(since) >= LOST_S);
        // Without a session it is the server that refuses.
        lost && self.signed_in.get() == SignedIn::Yes
    }

    /// The stream of live events is open: what is asked for now will be answered.
    #[must_use]
    pub fn has_stream(self) -> Memo<bool> {
        Memo::new(move |_| self.broken.with(Option::is_none))
    }

    /// What is shown of the agent's state.
    #[must_use]
    pub fn shown(self) -> Shown {
        let unable = self.unable.get().filter(|_| self.leads.get());
        Shown::of(self.desk.with(|desk| desk.me.state), unable, self.server_is_lost())
    }

    /// A call could not be taken here: the agent is told why, and the caller goes on to the next at once.
    pub(in crate::ui::console) fn could_not_take(self) {
        self.check();
        let offer = self.desk.with_untracked(|desk| desk.offer.as_ref().map(|offer| offer.id.clone()));
        if let Some(unable) = self.unable.get_untracked() {
            // The sign of life that says so leads the caller on.
            self.beat();
            self.refusal.set(Some(Refusal::Unable { unable }));
        } else if let Some(offer) = offer {
            spawn_local(async move {
                if self.done(Command::Decline { offer }).await {
                    self.refusal.set(Some(Refusal::Unavailable));
                }
            });
        }
    }

    /// The words and the picture of the browser's tab.
    pub(super) fn label(self) {
        let (now, title) = (page::now_ms(), held(|held| held.title.clone()));
        let says = if self.signed_in.get_untracked() != SignedIn::Yes && !self.phone.with_untracked(Phone::is_busy) {
            // What the desk says is as old as the session.
            Tab { title: title.clone(), icon: TabIcon::Own }
        } else {
            self.desk.with_untracked(|desk| news::tab(words(), &title, desk, self.now.get_untracked()))
        };
        let news = held(|held| {
            let before = held.tab_says.as_ref();
            let urgent = before.is_none_or(|before| before.icon != says.icon);
            if before == Some(&says) || !(urgent || now - held.titled_at >= TITLE_MS) {
                return false;
            }
            (held.tab_says, held.titled_at) = (Some(says.clone()), now);
            true
        });
        if news {
            page::label(&says.title, says.icon.file());
        }
    }
}
