//! A page comes to life, and becomes the tab that leads.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::{Message, Station, held};
use crate::browser::tabs::{self, Channel};
use crate::browser::{keys, notice, page, sound};
use crate::ui::console::able::Microphone;
use crate::ui::console::keyboard;
use crate::ui::console::phone::Input;
use crate::ui::console::signed_in::SignedIn;
use crate::ui::softphone::audio::watch;
use crate::ui::softphone::driver::SoftphoneDriver as _;

/// How often the clocks on the page are set, ms.
const TICK_MS: u32 = 250;
/// A page that has just come looks at its microphone before it says that it is there, for no longer than this, ms.
const LOOK_MS: u32 = 1_000;

impl Station {
    /// Brings the page to life.
    pub fn wake(self) {
        let first = self.desk.get_untracked();
        let name = format!("switchboard.console.{}", first.me.name);
        self.offset.set_value(first.now - page::now_ms());
        held(|held| (held.tab, held.title) = (browser_id(), page::title()));
        // A press or drag that happens while this page was loading is shown by the first event of the stream.
        let channel = Channel::open(&name, move |text| {
            if let Some(message) = Message::parse(&text) {
                self.heard(message);
            }
        });
        held(|held| held.channel = Some(channel));
        self.tell("hello");
        self.drafts.restore();
        self.send_drafts();
        tabs::hold(&name, false, move || self.lead(), || {});
        self.show_call();
        page::on_narrow(move || self.show_call());
        keys::listen(move |key| {
            let (drawer, ending) = (self.drawer.get_untracked(), self.ending.get_untracked());
            self.signed_in.get_untracked() == SignedIn::Yes
                && keyboard::meaning(&key, &self.desk.get_untracked(), drawer, ending)
                    .is_some_and(|does| self.does(does))
        });
        self.audible.set(sound::audible());
        sound::on_audible(move || self.audible.set(sound::audible()));
        self.notices.set(notice::permission());
        sound::on_microphone(move |permission, there, failure| {
            self.microphone.set(Microphone::read(permission, there, failure));
            held(|held| held.looked = true);
            self.check();
        });
        spawn_local(async move {
            loop {
                page::sleep(TICK_MS).await;
                self.now.set(page::now_ms() + self.offset.get_value());
                self.check();
                self.label();
            }
        });
    }

    /// This tab is the one.
    fn lead(self) {
        self.leads.set(true);
        self.listen();
        spawn_local(watch(self));
        page::on_network(move || self.beat());
        spawn_local(async move {
            for _ in 0..LOOK_MS / 50 {
                if held(|held| held.looked) {
                    break;
                }
                page::sleep(50).await;
            }
            self.check();
            page::on_beat(move || {
                // The page's own timers may be slowed down.
                self.check();
                self.beat();
            });
            // Before the softphone is asked for: the first sign of life of a newcomer is what makes them ready.
            self.beat();
            self.input(Input::Gained);
        });
    }
}

/// This browser's name for itself.
fn browser_id() -> String {
    const KEY: &str = "switchboard.browser";
    page::kept(KEY).filter(|id| !id.is_empty()).unwrap_or_else(|| {
        let id = page::random_id();
        page::keep(KEY, &id);
        id
    })
}
