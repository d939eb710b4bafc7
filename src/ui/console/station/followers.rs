//! One tab leads: it has the softphone and the stream. The others show what it tells them, and hand it what they are asked.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::state::{Act, Message, Station, held};
use crate::api::contact_center::{Command, Desk, OfferKind};
use crate::browser::page;
use crate::ui::console::phone::{Input, Leg, Phone};
use crate::ui::softphone::driver::SoftphoneDriver as _;

/// What was declined at the server stops ringing here within this time, ms.
const DECLINED_MS: u32 = 3_000;

impl Station {
    pub(super) fn tell(self, message: &str) {
        held(|held| {
            if let Some(channel) = &held.channel {
                channel.send(message);
            }
        });
    }

    /// Tells the followers what is so.
    pub(in crate::ui::console) fn publish(self) {
        let picture = held(|held| (held.followers && !held.picture.is_empty()).then(|| held.picture.clone()));
        if let (true, Some(picture)) = (self.leads.get_untracked(), picture)
            && let Ok(phone) = serde_json::to_string(&self.phone.get_untracked())
        {
            self.tell(&format!("told\n{phone}\n{picture}"));
        }
    }

    pub(super) fn heard(self, message: Message<'_>) {
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
            Act::Accept => self.accept(),
            Act::Decline => match self.desk.with_untracked(|desk| desk.offer.as_ref().map(|offer| offer.id.clone())) {
                Some(offer) => self.decline(offer),
                None => self.input(Input::Decline),
            },
            Act::Dial(dial) => self.dial(dial),
            Act::HangUp => self.hang_up(),
            Act::TakeOver => {
                held(|held| held.softphone.take_over = true);
                self.input(Input::Gained);
            }
        }
    }

    /// What rings here alone is answered; a caller who rings at others too is asked of the server first, and the invitation that
    /// comes then is answered.
    fn accept(self) {
        let shared = |desk: &Desk| {
            let offer = desk.offer.as_ref().filter(|offer| matches!(offer.kind, OfferKind::All(_)));
            offer.map(|offer| offer.call.clone())
        };
        let shared = self.desk.with_untracked(shared);
        let asked = self.phone.with_untracked(Phone::is_answering);
        self.input(Input::Accept);
        let Some(call) = shared.filter(|_| !asked) else { return };
        spawn_local(async move {
            if !self.done(Command::Take { call }).await {
                // Somebody was faster: what rings next is another call.
                self.input(Input::OfferGone);
            }
        });
    }

    /// The server leads the caller on by a transfer, which ends the ringing here as well. Rejecting the leg at the same time
    /// would make the platform ask about the same caller twice; so that is done only to a leg that rings on.
    pub(super) fn decline(self, offer: String) {
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
}
