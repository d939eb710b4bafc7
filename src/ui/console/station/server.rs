//! The way to the server: commands and their replies, the stream of desks, signs of life.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::{ANSWER_MS, Station, held};
use crate::api::Access;
use crate::api::contact_center::{Beat, Command, Desk, OfferKind, Refusal, Reply, Role, Stage};
use crate::browser::live::{Live, Stream};
use crate::browser::notice::Notice;
use crate::browser::page::{self, LeaveWarning};
use crate::browser::sound;
use crate::ui::console::command;
use crate::ui::console::layout::Drawer;
use crate::ui::console::news::{self, Panel, Said};
use crate::ui::console::phone::{Input, Link};
use crate::ui::console::signed_in::SignedIn;
use crate::ui::language::words;
use crate::ui::softphone::driver::SoftphoneDriver as _;

/// How long a broken stream may take to come back by itself, ms.
const PATIENCE_MS: u32 = 2_000;
/// The stream is opened again after this many heartbeats that report changes it missed.
const BEATS_BEHIND: u32 = 2;
/// The server may know of our leg a little earlier than we do, ms.
const MISSING_MS: i64 = 3_000;

impl Station {
    /// Asks for something. The next desk shows that it is done; a refusal is shown at once.
    pub fn ask(self, command: Command) {
        spawn_local(async move {
            self.done(command).await;
        });
    }

    /// The same, and waits. Whether it was done.
    pub(in crate::ui::console) async fn done(self, command: Command) -> bool {
        match self.read(command).await {
            Some(Reply::Refused(refusal)) => self.refusal.set(Some(refusal)),
            Some(_) => self.refusal.set(None),
            None => return false,
        }
        self.refusal.with_untracked(Option::is_none)
    }

    /// What the server replies; `None` when that failed, which is shown.
    pub(in crate::ui::console) async fn read(self, command: Command) -> Option<Reply> {
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

    pub(super) fn listen(self) {
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

    pub(super) fn connected(self) {
        self.broken.set(None);
        self.answered();
    }

    /// The server answers again. What it did not answer to before is no news any more.
    pub(super) fn answered(self) {
        held(|held| held.unanswered = false);
        self.tell_muted();
        if self.refusal.get_untracked() == Some(Refusal::Unavailable) {
            self.refusal.set(None);
        }
    }

    /// The browser tries again by itself, unless the server refused: then the reason is asked for.
    pub(super) fn stream_broke(self) {
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
    pub(in crate::ui::console) fn resume(self) {
        self.connected();
        self.send_drafts();
        if self.leads.get_untracked() {
            self.listen();
            self.beat();
        }
    }

    /// A sign of life; its answer says whether the softphone is ours.
    pub(in crate::ui::console) fn beat(self) {
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
    pub(super) fn look_for_our_leg(self) {
        if let Some(leg) = self.our_leg() {
            self.input(Input::Missing(leg));
        }
    }

    /// The leg that we have, as far as the server knows.
    pub(super) fn our_leg(self) -> Option<String> {
        let now = self.now.get_untracked();
        self.desk.with_untracked(|desk| {
            let call = desk.call.as_ref()?;
            let me = call.parties.iter().find(|party| party.role == Role::Me)?;
            let long = me.stage == Stage::Talking && now - me.since > MISSING_MS && !me.leg.is_empty();
            long.then(|| me.leg.clone())
        })
    }

    /// A picture as it came. The event `stale` has none; the one that follows does.
    pub(super) fn pictured(self, text: &str) {
        if let Ok(desk) = serde_json::from_str(text) {
            held(|held| text.clone_into(&mut held.picture));
            self.take(desk);
        }
    }

    /// A newer picture.
    pub(super) fn take(self, desk: Desk) {
        let before = self.desk.get_untracked();
        if desk.version < before.version {
            return;
        }
        self.offset.set_value(desk.now - page::now_ms());
        self.now.set(desk.now);
        let panel = (Panel::of(&before), Panel::of(&desk));
        let said = news::said(words(), &before, &desk);
        // Who rang at several and is now this agent's is the same caller.
        let taken = match (&before.offer, &desk.offer) {
            (Some(before), Some(now)) => matches!(before.kind, OfferKind::All(_)) && before.call == now.call,
            _ => false,
        };
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
            if offer.0.is_some() && !taken {
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
    pub(super) fn moved_on(self, (before, panel): (Panel, Panel)) {
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
    pub(in crate::ui::console) fn after(self) {
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
}
