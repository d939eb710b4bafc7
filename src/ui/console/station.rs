//! What a console page holds: the newest picture of the server's ([`Desk`]), the softphone, and the way to both.
//!
//! Several tabs of one browser are one console. The browser gives one of them a lock: that one *leads*, it has the
//! stream of live events, the signs of life and the softphone. The others follow: they show what the leader tells them,
//! ask the server themselves, and pass on to the leader what needs the softphone. So a browser has one stream and one
//! session however many tabs are open, and when the leader is closed the next one goes on with the same call.
//!
//! In the browser only: nothing here is called while a page is rendered on the server.

use std::cell::RefCell;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::{Deserialize, Serialize};

use super::able::{self, Microphone, Shown};
use super::news::{self, Panel, Said, Tab, TabIcon};
use super::notes::Drafts;
use super::phone::{Input, Leg, Link, Phone};
use super::session::SignedIn;
use super::softphone::Line;
use super::{command, keyboard};
use crate::api::Access;
use crate::api::contact_center::{ActiveCall, Beat, Command, Desk, Refusal, Reply, Role, Stage, Unable};
use crate::browser::levels::{Levels, Quality};
use crate::browser::live::{Live, Stream};
use crate::browser::microphone;
use crate::browser::notice::{self, Notice, Permission};
use crate::browser::page::{self, LeaveWarning};
use crate::browser::tabs::{self, Channel};
use crate::browser::{keys, sound};
use crate::ui::language::words;

/// Where somebody goes whose session is over.
pub(super) const LOGIN: &str = "/login?next=/console";
/// How often the clocks on the page are set, ms.
const TICK_MS: u32 = 250;
/// How long a broken stream may take to come back by itself, ms.
const PATIENCE_MS: u32 = 2_000;
/// The stream is opened again after this many heartbeats that report changes it missed.
const BEATS_BEHIND: u32 = 2;
/// The server may know of our leg a little earlier than we do, ms.
const MISSING_MS: i64 = 3_000;
/// What was declined at the server stops ringing here within so long.
const DECLINED_MS: u32 = 3_000;
/// A sign of life that is not answered within so long found no server, ms.
pub(super) const ANSWER_MS: u32 = 2_500;
/// A page that has just come looks at its microphone before it says that it is there, for no longer than this, ms.
const LOOK_MS: u32 = 1_000;
/// A microphone that gives nothing is looked at again so often, ms.
const LOOK_AGAIN_MS: i64 = 5_000;
/// The page's title changes no more often, ms; what kind of thing it says changes at once.
const TITLE_MS: i64 = 1_000;
/// How long a key of the keypad looks pressed, ms.
const PRESSED_MS: u32 = 150;
/// A server that has not been heard of for this long is lost, s.
const LOST_S: u32 = 2;

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
    pub line: Line,
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
        self.watch();
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

    // ---------------------------------------------------------------- whether calls can be taken

    /// Looks whether a call can be taken here. The server is told at once when that changes.
    pub(super) fn check(self) {
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

    fn reported(self) -> Option<Unable> {
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

    /// What is shown of the agent's state.
    #[must_use]
    pub fn shown(self) -> Shown {
        let unable = self.unable.get().filter(|_| self.leads.get());
        Shown::of(self.desk.with(|desk| desk.me.state), unable, self.server_is_lost())
    }

    /// A call could not be taken here: the agent is told why, and the caller goes on to the next at once.
    pub(super) fn could_not_take(self) {
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
    fn label(self) {
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

    // ---------------------------------------------------------------- the other tabs

    fn tell(self, message: &str) {
        held(|held| {
            if let Some(channel) = &held.channel {
                channel.send(message);
            }
        });
    }

    /// Tells the followers what is so.
    pub(super) fn publish(self) {
        let picture = held(|held| (held.followers && !held.picture.is_empty()).then(|| held.picture.clone()));
        if let (true, Some(picture)) = (self.leads.get_untracked(), picture)
            && let Ok(phone) = serde_json::to_string(&self.phone.get_untracked())
        {
            self.tell(&format!("told\n{phone}\n{picture}"));
        }
    }

    fn heard(self, message: Message<'_>) {
        let leads = self.leads.get_untracked();
        match message {
            Message::Hello if leads => {
                held(|held| held.followers = true);
                page::on_leaving(None);
                self.publish();
            }
            Message::Told { phone, desk } if !leads => {
                if let Ok(phone) = serde_json::from_str(phone) {
                    self.phone.set(phone);
                }
                self.pictured(desk);
            }
            Message::Act(act) if leads => {
                if let Ok(act) = serde_json::from_str(act) {
                    self.act(act);
                }
            }
            _ => {}
        }
    }

    /// Here, or in the tab that can.
    pub fn act(self, act: Act) {
        if !self.leads.get_untracked() {
            let act = serde_json::to_string(&act).unwrap_or_default();
            return self.tell(&format!("act\n{act}"));
        }
        match act {
            Act::Accept if self.unable.get_untracked().is_some() => self.could_not_take(),
            Act::Accept => self.input(Input::Accept),
            Act::Decline => match self.desk.with_untracked(|desk| desk.offer.as_ref().map(|offer| offer.id.clone())) {
                Some(offer) => self.decline(offer),
                None => self.input(Input::Decline),
            },
            Act::Dial(number) => self.dial(number),
            Act::HangUp => self.hang_up(),
            Act::TakeOver => {
                held(|held| held.line.take_over = true);
                self.input(Input::Gained);
            }
        }
    }

    /// The server leads the caller on by a transfer, which ends the ringing here as well. Rejecting the leg at the same time
    /// would make the platform ask about the same caller twice; so that is done only to a leg that rings on.
    fn decline(self, offer: String) {
        let leg = self.phone.with_untracked(|phone| phone.call().map(str::to_owned));
        if leg.is_none() {
            self.input(Input::Decline);
        }
        spawn_local(async move {
            if self.done(Command::Decline { offer }).await {
                page::sleep(DECLINED_MS).await;
            }
            let rings = |phone: &Phone| matches!(&phone.leg, Leg::Invited(call) if Some(call) == leg.as_ref());
            if self.phone.with_untracked(rings) {
                self.input(Input::Decline);
            }
        });
    }

    // ---------------------------------------------------------------- the server

    /// Asks for something. The next desk shows that it is done; a refusal is shown at once.
    pub fn ask(self, command: Command) {
        spawn_local(async move {
            self.done(command).await;
        });
    }

    /// The same, and waits. Whether it was done.
    pub(super) async fn done(self, command: Command) -> bool {
        match self.read(command).await {
            Some(Reply::Refused(refusal)) => self.refusal.set(Some(refusal)),
            Some(_) => self.refusal.set(None),
            None => return false,
        }
        self.refusal.with_untracked(Option::is_none)
    }

    /// What the server replies; `None` when that failed, which is shown.
    pub(super) async fn read(self, command: Command) -> Option<Reply> {
        match command::send(command).await {
            Some(Access::Granted(reply)) => Some(reply),
            Some(refused) => {
                self.refused(&refused);
                None
            }
            None => {
                self.refusal.set(Some(Refusal::Unavailable));
                None
            }
        }
    }

    fn listen(self) {
        let on = move |live: Live| match live {
            Live::Open => self.connected(),
            Live::Broken => self.stream_broke(),
            Live::Event(data) => {
                self.broken.set(None);
                self.pictured(&data);
            }
        };
        let stream = Stream::open("/live/console", &["desk", "stale"], on);
        // Not from within the old stream's own listener.
        let old = held(|held| std::mem::replace(&mut held.stream, stream));
        spawn_local(async move { drop(old) });
    }

    fn connected(self) {
        self.broken.set(None);
        self.answered();
    }

    /// The server answers again. What it did not answer to before is no news any more.
    fn answered(self) {
        held(|held| held.unanswered = false);
        self.tell_muted();
        if self.refusal.get_untracked() == Some(Refusal::Unavailable) {
            self.refusal.set(None);
        }
    }

    /// The browser tries again by itself, unless the server refused: then the reason is asked for.
    fn stream_broke(self) {
        if self.broken.get_untracked().is_some() {
            return;
        }
        self.broken.set(Some(self.now.get_untracked()));
        spawn_local(async move {
            page::sleep(PATIENCE_MS).await;
            while self.broken.get_untracked().is_some() {
                let tab = held(|held| held.tab.clone());
                let beat = Command::Heartbeat { tab, gone: None, unable: self.reported() };
                match page::within(ANSWER_MS, command::send(beat)).await.flatten() {
                    Some(Access::Granted(_)) => {
                        self.answered();
                        self.listen();
                    }
                    // Signing in opens it again.
                    Some(refused) => return self.refused(&refused),
                    None => {}
                }
                page::sleep(PATIENCE_MS).await;
            }
        });
    }

    /// Signed in again: what stopped begins again.
    pub(super) fn resume(self) {
        self.broken.set(None);
        self.tell_muted();
        self.drafts.send(self);
        if self.leads.get_untracked() {
            self.listen();
            self.beat();
        }
    }

    /// A sign of life; its answer says whether the softphone is ours.
    pub(super) fn beat(self) {
        let tab = held(|held| held.tab.clone());
        let up = self.phone.with_untracked(|phone| phone.link == Link::Up);
        let gone = self.our_leg().filter(|leg| self.phone.with_untracked(|phone| phone.lacks(leg)));
        let unable = self.reported();
        held(|held| held.reported = unable);
        self.label();
        spawn_local(async move {
            let beat = Command::Heartbeat { tab, gone, unable };
            let (softphone, version) = match page::within(ANSWER_MS, command::send(beat)).await.flatten() {
                Some(Access::Granted(Reply::Beat(Beat { softphone, version }))) => (softphone, version),
                Some(refused) => return self.refused(&refused),
                None => {
                    held(|held| held.unanswered = true);
                    return self.stream_broke();
                }
            };
            if held(|held| held.unanswered) {
                self.answered();
            }
            let link = self.phone.with_untracked(|phone| phone.link);
            if softphone && link == Link::Elsewhere {
                self.input(Input::Gained);
            } else if !softphone && up && link == Link::Up {
                self.elsewhere.set(true);
                self.input(Input::Lost);
            } else if !softphone && link == Link::Elsewhere && !self.elsewhere.get_untracked() {
                self.input(Input::Gained);
            }
            // A stream that is open and says nothing may be dead. It may also have nothing to say: a new one tells.
            let behind = version > self.desk.with_untracked(|desk| desk.version);
            let long = held(|held| {
                held.behind = if behind { held.behind + 1 } else { 0 };
                held.behind > BEATS_BEHIND
            });
            if long {
                held(|held| held.behind = 0);
                self.listen();
            }
        });
        self.look_for_our_leg();
    }

    /// The server knows of a leg of ours that this page lost: it is brought back.
    fn look_for_our_leg(self) {
        if let Some(leg) = self.our_leg() {
            self.input(Input::Missing(leg));
        }
    }

    /// The leg that we have, as far as the server knows.
    fn our_leg(self) -> Option<String> {
        let now = self.now.get_untracked();
        self.desk.with_untracked(|desk| {
            let call = desk.call.as_ref()?;
            let me = call.parties.iter().find(|party| party.role == Role::Me)?;
            let long = me.stage == Stage::Talking && now - me.since > MISSING_MS && !me.leg.is_empty();
            long.then(|| me.leg.clone())
        })
    }

    /// A picture as it came. The event `stale` has none; the one that follows does.
    fn pictured(self, text: &str) {
        if let Ok(desk) = serde_json::from_str(text) {
            held(|held| text.clone_into(&mut held.picture));
            self.take(desk);
        }
    }

    /// A newer picture.
    fn take(self, desk: Desk) {
        let before = self.desk.get_untracked();
        if desk.version < before.version {
            return;
        }
        self.offset.set_value(desk.now - page::now_ms());
        self.now.set(desk.now);
        let panel = (Panel::of(&before), Panel::of(&desk));
        let said = news::said(words(), &before, &desk);
        let offer = (before.offer.map(|offer| offer.id), desk.offer.as_ref().map(|offer| offer.id.clone()));
        let noticed = news::notice(words(), &desk);
        self.desk.set(desk);
        match said {
            Some(Said::Now(text)) => self.called_out.set(text),
            Some(Said::Politely(text)) => self.said.set(text),
            None => {}
        }
        if panel.0 != panel.1 {
            self.moved_on(panel);
        }
        if offer.0 != offer.1 && self.leads.get_untracked() {
            if offer.0.is_some() {
                self.input(Input::OfferGone);
            }
            held(|held| {
                held.notice = noticed.and_then(|(title, body)| Notice::show(&title, &body, "switchboard-offer"))
            });
        }
        self.check();
        self.after();
        self.label();
        self.publish();
    }

    /// Another panel is shown: what was picked in the last one is over, and the focus must not be lost with it.
    fn moved_on(self, (before, panel): (Panel, Panel)) {
        self.drawer.set(Drawer::None);
        self.ending.set(false);
        self.keys.set(String::new());
        self.muted_here.set(None);
        // Why a call could not be taken is still worth knowing when it has gone on to the next.
        if (before, panel) != (Panel::Offer, Panel::Idle) {
            self.refusal.set(None);
        }
        if panel == Panel::Idle {
            return;
        }
        if panel != Panel::WrapUp {
            self.show_phone();
        }
        if panel == Panel::Offer {
            page::focus_unless_typing("accept");
        } else {
            spawn_local(async move {
                page::sleep(0).await;
                if page::focus_is_lost() {
                    page::focus("panel");
                }
            });
        }
    }

    /// What follows from what is so: ringing, and the question before the page is left.
    pub(super) fn after(self) {
        if !self.leads.get_untracked() {
            return;
        }
        let (answering, busy) = self.phone.with_untracked(|phone| (phone.is_answering(), phone.is_busy()));
        // Once they talk nothing rings, however late the server hears of it.
        let rings = self.desk.with_untracked(|desk| desk.offer.is_some())
            && !answering
            && !busy
            && !self.elsewhere.get_untracked()
            && self.signed_in.get_untracked() == SignedIn::Yes;
        sound::ring(rings);
        if !rings {
            held(|held| held.notice = None);
        }
        held(|held| match (busy, held.warning.is_some()) {
            (true, false) => held.warning = Some(LeaveWarning::new()),
            (false, true) => held.warning = None,
            _ => {}
        });
        let (followers, tab) = held(|held| (held.followers, held.tab.clone()));
        let (path, body) = command::posted(&Command::CloseTab { tab });
        page::on_leaving((!busy && !followers).then_some((path, &body)));
    }

    // ---------------------------------------------------------------- the browser

    /// What a key means is done. Whether it meant anything.
    fn does(self, does: keyboard::Does) -> bool {
        use keyboard::Does;
        let call = || self.desk.with_untracked(|desk| desk.call.clone());
        match does {
            Does::Accept => self.act(Act::Accept),
            Does::Decline => self.act(Act::Decline),
            Does::HangUp => self.end(),
            Does::Mute => {
                if let Some(call) = call() {
                    self.mute(&call.id, !self.is_muted(&call));
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
                    self.ask(Command::FinishWrapUp { call: wrap_up.call });
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

    /// Whether the others do not hear this agent, as far as this page knows.
    #[must_use]
    pub fn is_muted(self, call: &ActiveCall) -> bool {
        self.muted_here.get().unwrap_or(call.muted)
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
    fn tell_muted(self) {
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
            if page::is_narrow() {
                // The buttons are fixed; only what is read moves.
                page::reveal("drawer");
            } else {
                page::reveal_from_below("drawer");
            }
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
