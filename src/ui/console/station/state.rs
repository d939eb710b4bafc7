//! What a console page holds: what is shown, in [`Station`], and what is held beside it, in [`Held`].

use std::cell::RefCell;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::api::contact_center::{Desk, Dial, DialContext, Refusal, Softphone, Unable};
use crate::browser::levels::{Levels, Quality};
use crate::browser::live::Stream;
use crate::browser::notice::{Notice, Permission};
use crate::browser::page::{self, LeaveWarning};
use crate::browser::tabs::Channel;
use crate::ui::console::able::Microphone;
use crate::ui::console::drafts::Drafts;
use crate::ui::console::layout::{Drawer, View};
use crate::ui::console::news;
use crate::ui::console::phone::Phone;
use crate::ui::console::signed_in::SignedIn;
use crate::ui::softphone::driver::SdkSession;

/// Where somebody goes whose session is over.
pub(in crate::ui::console) const LOGIN: &str = "/login?next=/console";
/// How long a request may take before the server counts as out of reach, ms.
pub(super) const ANSWER_MS: u32 = 2_500;

thread_local! {
    static HELD: RefCell<Held> = RefCell::default();
}

/// What is held beside what is shown.
#[derive(Default)]
pub(in crate::ui::console) struct Held {
    /// This browser's name for itself, the same in all tabs: the server knows them as one.
    pub tab: String,
    pub channel: Option<Channel>,
    pub stream: Option<Stream>,
    pub warning: Option<LeaveWarning>,
    pub notice: Option<Notice>,
    pub followers: bool,
    pub behind: u32,
    /// The server did not answer the last sign of life.
    pub unanswered: bool,
    /// The newest desk as it came, for the followers.
    pub picture: String,
    /// The browser has said what it knows of the microphone.
    pub looked: bool,
    pub looked_at: i64,
    /// What the server was told last of what keeps calls out.
    pub reported: Option<Unable>,
    /// The page's own title, what the tab says now, and since when.
    pub title: String,
    pub tab_says: Option<news::Tab>,
    pub titled_at: i64,
    pub softphone: Session,
}

/// What is held for the session.
#[derive(Default)]
pub(in crate::ui::console) struct Session {
    pub sdk: SdkSession,
    pub token: Option<Softphone>,
    /// What the next outgoing call is placed with.
    pub dial: Option<DialContext>,
    pub take_over: bool,
}

pub(in crate::ui::console) fn held<T>(with: impl FnOnce(&mut Held) -> T) -> T {
    HELD.with(|held| with(&mut held.borrow_mut()))
}

/// Leaves the page for another one without a question: it was answered, or there is nothing to stay for.
pub(in crate::ui::console) fn leave_for(url: &str) {
    held(|held| held.warning = None);
    page::go(url);
}

/// What needs the tab with the softphone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    Accept,
    Decline,
    Dial(Dial),
    HangUp,
    /// Take the softphone away from another browser.
    TakeOver,
}

/// What tabs tell each other, in lines: `hello` by a new one; `told`, a [`Phone`] and a [`Desk`], as JSON; `act` and an
/// [`Act`].
pub(super) enum Message<'a> {
    Hello,
    Told { phone: &'a str, desk: &'a str },
    Act(&'a str),
}

impl<'a> Message<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut lines = text.split('\n');
        Some(match lines.next()? {
            "hello" => Self::Hello,
            "told" => Self::Told { phone: lines.next()?, desk: lines.next()? },
            "act" => Self::Act(lines.next()?),
            _ => return None,
        })
    }
}

/// Everything the page shows, and the way to change it.
#[derive(Clone, Copy)]
pub struct Station {
    pub desk: RwSignal<Desk>,
    pub phone: RwSignal<Phone>,
    /// The server's clock, ms UTC.
    pub now: RwSignal<i64>,
    pub(super) offset: StoredValue<i64>,
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
