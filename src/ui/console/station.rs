//! What a console page holds: the newest [`Desk`] of the server's, the softphone, and the way to both.
//!
//! Several tabs of one browser are one console. The browser gives one of them a lock: that one *leads*, it has the
//! stream of live events, the signs of life and the softphone. The others follow: they show what the leader tells them,
//! ask the server themselves, and pass on to the leader what needs the softphone. So a browser has one stream and one
//! session however many tabs are open, and when the leader is closed the next one goes on with the same call.
//!
//! | module        | what it adds to [`Station`]                                          |
//! |---------------|----------------------------------------------------------------------|
//! | [`controls`]  | what the agent does in this browser: keys, buttons, the drawer       |
//! | [`followers`] | the other tabs                                                       |
//! | [`readiness`] | whether a call can be taken here, and what the browser's tab says    |
//! | [`server`]    | commands and replies, the stream of desks, signs of life             |
//!
//! In the browser only: nothing here is called while a page is rendered on the server.

use std::cell::RefCell;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::able::Microphone;
use super::keyboard;
use super::news;
use super::notes::Drafts;
use super::phone::{Input, Phone};
use super::session::SignedIn;
use super::softphone::Session;
use crate::api::contact_center::{Desk, Refusal, Unable};
use crate::browser::levels::{Levels, Quality};
use crate::browser::live::Stream;
use crate::browser::notice::{self, Notice, Permission};
use crate::browser::page::{self, LeaveWarning};
use crate::browser::tabs::{self, Channel};
use crate::browser::{keys, sound};
use crate::ui::softphone::audio::watch;
use crate::ui::softphone::driver::SoftphoneDriver as _;

mod controls;
mod followers;
mod readiness;
mod server;

/// Where somebody goes whose session is over.
pub(super) const LOGIN: &str = "/login?next=/console";
/// How often the clocks on the page are set, ms.
const TICK_MS: u32 = 250;
/// How long a request may take before the server counts as out of reach, ms.
pub(super) const ANSWER_MS: u32 = 2_500;
/// A page that has just come looks at its microphone before it says that it is there, for no longer than this, ms.
const LOOK_MS: u32 = 1_000;

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// What is held beside what is shown.
#[derive(Default)]
pub(super) struct Held {
    /// This browser's name for itself, the same in all tabs: the server knows them as one.
    pub tab: String,
    channel: Option<Channel>,
    stream: Option<Stream>,
    warning: Option<LeaveWarning>,
    notice: Option<Notice>,
    followers: bool,
    behind: u32,
    /// The server did not answer the last sign of life.
    unanswered: bool,
    /// The newest desk as it came, for the followers.
    picture: String,
    /// The browser has said what it knows of the microphone.
    looked: bool,
    looked_at: i64,
    /// What the server was told last of what keeps calls out.
    reported: Option<Unable>,
    /// The page's own title, what the tab says now, and since when.
    title: String,
    tab_says: Option<news::Tab>,
    titled_at: i64,
    pub softphone: Session,
}

pub(super) fn held<T>(with: impl FnOnce(&mut Held) -> T) -> T {
    HELD.with(|held| with(&mut held.borrow_mut()))
}

/// Leaves the page for another one without a question: it was answered, or there is nothing to stay for.
pub(super) fn leave_for(url: &str) {
    held(|held| held.warning = None);
    page::go(url);
}

/// What needs the tab with the softphone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    Accept,
    Decline,
    Dial(String),
    HangUp,
    /// Take the softphone away from another browser.
    TakeOver,
}

/// What tabs tell each other, in lines: `hello` by a new one; `told`, a [`Phone`] and a [`Desk`], as JSON; `act` and an
/// [`Act`].
enum Message<'a> {
    Hello,
    Told { phone: &'a str, desk: &'a str },
    Act(&'a str),
}

impl<'a> Message<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut lines = text.split('\n');
        Some(match lines.next()? {
            "hello" => Self::Hello,
            "told" => Self::Told { phone: lines.next()?, desk: lines.next()? },
            "act" => Self::Act(lines.next()?),
            _ => return None,
        })
    }
}

/// Which part of the page is before the others, where there is no room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    Phone,
    #[default]
    Calls,
    Voicemail,
    Team,
    Sound,
}

impl View {
    pub const EVERY: [Self; 5] = [Self::Phone, Self::Calls, Self::Voicemail, Self::Team, Self::Sound];

    /// The value of `data-view`. **Stable**: style sheets and browser tests rely on it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Calls => "calls",
            Self::Voicemail => "voicemail",
            Self::Team => "team",
            Self::Sound => "sound",
        }
    }
}

/// What the agent picks in the panel of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Drawer {
    #[default]
    None,
    Keypad,
    Transfer,
    Add,
}

/// Everything the page shows, and the way to change it.
#[derive(Clone, Copy)]
pub struct Station {
    pub desk: RwSignal<Desk>,
    pub phone: RwSignal<Phone>,
    /// The server's clock, ms UTC.
    pub now: RwSignal<i64>,
    offset: StoredValue<i64>,
    /// This tab leads.
    pub leads: RwSignal<bool>,
    /// Another browser has the softphone.
    pub elsewhere: RwSignal<bool>,
    /// Whether the server still knows who this is.
    pub signed_in: RwSignal<SignedIn>,
    /// Live events stopped, when by the server's clock.
    pub broken: RwSignal<Option<i64>>,
    pub view: RwSignal<View>,
    pub drawer: RwSignal<Drawer>,
    /// The question what hanging up means is open.
    pub ending: RwSignal<bool>,
    /// What was said last, for those who listen: politely, and at once.
    pub said: RwSignal<String>,
    pub called_out: RwSignal<String>,
    /// Why the last thing asked for did not happen.
    pub refusal: RwSignal<Option<Refusal>>,
    pub levels: RwSignal<Levels>,
    pub quality: RwSignal<Quality>,
    pub audible: RwSignal<bool>,
    /// Nothing of the other side arrives.
    pub deaf: RwSignal<bool>,
    pub notices: RwSignal<Permission>,
    pub microphone: RwSignal<Microphone>,
    /// Why no call can be taken in this tab, which has the telephone.
    pub unable: RwSignal<Option<Unable>>,
    /// What the dial pad shows.
    pub number: RwSignal<String>,
    /// The keys that were pressed in this call, and the one that is pressed just now.
    pub keys: RwSignal<String>,
    pub pressed: RwSignal<Option<char>>,
    /// Muted or unmuted in this page while the server was out of reach; it does not know yet.
    pub muted_here: RwSignal<Option<bool>>,
    /// What was written about calls, and is not at the server yet.
    pub drafts: Drafts,
}

impl Station {
    #[must_use]
    pub fn new(desk: Desk) -> Self {
        Self {
            now: RwSignal::new(desk.now),
            drafts: Drafts::of_agent(&desk.me.name),
            desk: RwSignal::new(desk),
            phone: RwSignal::new(Phone::default()),
            offset: StoredValue::new(0),
            leads: RwSignal::new(false),
            elsewhere: RwSignal::new(false),
            signed_in: RwSignal::new(SignedIn::default()),
            broken: RwSignal::new(None),
            view: RwSignal::new(View::default()),
            drawer: RwSignal::new(Drawer::default()),
            ending: RwSignal::new(false),
            said: RwSignal::new(String::new()),
            called_out: RwSignal::new(String::new()),
            refusal: RwSignal::new(None),
            levels: RwSignal::new(Levels::default()),
            quality: RwSignal::new(Quality::default()),
            // Until the browser says otherwise nothing is wrong.
            audible: RwSignal::new(true),
            deaf: RwSignal::new(false),
            notices: RwSignal::new(Permission::default()),
            microphone: RwSignal::new(Microphone::default()),
            unable: RwSignal::new(None),
            number: RwSignal::new(String::new()),
            keys: RwSignal::new(String::new()),
            pressed: RwSignal::new(None),
            muted_here: RwSignal::new(None),
        }
    }

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
        self.drafts.send(self);
        tabs::hold(&name, false, move || self.lead(), || {});
        if first.offer.is_some() || first.call.is_some() || first.wrap_up.is_some() {
            self.show_phone();
        }
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

    /// What is left until a moment of the server's, s, rounded up; never negative.
    #[must_use]
    pub fn until(self, moment: i64) -> u32 {
        u32::try_from((moment - self.now.get() + 999).max(0) / 1000).unwrap_or(u32::MAX)
    }

    /// How long ago a moment of the server's was, s.
    #[must_use]
    pub fn ago(self, moment: i64) -> u32 {
        u32::try_from((self.now.get() - moment).max(0) / 1000).unwrap_or(u32::MAX)
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
