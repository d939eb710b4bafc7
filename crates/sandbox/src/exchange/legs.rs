//! Making legs, and what belongs to one leg alone: its ears, its keys, what is played to it.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::{Notify, oneshot, watch};

use super::{Exchange, State};
use crate::account::Hook;
use crate::leg::{Direction, Endpoint, Leg, Party, Seen, Status};
use crate::media::Port;
use crate::media::mixer::{Audience, Ears, Mixer, Playback};
use crate::media::rtc::{MediaState, RtcLeg};
use crate::media::tone;
use crate::sdk::events;
use crate::trace::Happening;
use crate::webhook::EventReply;

/// What a leg is made of.
pub struct NewLeg {
    pub application: String,
    pub conversation: String,
    pub party: Party,
    pub direction: Direction,
    pub from: Endpoint,
    pub to: Endpoint,
    pub hook: Option<Hook>,
    pub rtc: Option<RtcLeg>,
    pub port: Option<Port>,
    pub offer: Option<String>,
    /// Does the conversation end with it?
    pub lead: bool,
    pub whisper: bool,
    pub failure: Option<oneshot::Sender<EventReply>>,
    pub closing: Option<oneshot::Sender<EventReply>>,
}

impl State {
    /// The conversation's audio, if the conversation is there.
    pub fn mixer(&mut self, conversation: &str) -> Option<Mixer> {
        self.conversations.get_mut(conversation).map(|c| c.mixer())
    }

    /// The audio a leg is in.
    pub fn mixer_of(&mut self, leg: &str) -> Option<Mixer> {
        let conversation = self.legs.get(leg)?.conversation.clone();
        self.mixer(&conversation)
    }

    /// Puts an answered leg into its conversation's audio.
    pub fn join_audio(&mut self, leg: &str) {
        let Some(found) = self.legs.get_mut(leg) else { return };
        let (port, ears, conversation) = (found.port.take(), found.ears, found.conversation.clone());
        if let (Some(port), Some(mixer)) = (port, self.mixer(&conversation)) {
            mixer.join(leg, port);
            mixer.set(leg, ears);
        }
    }
}

impl Exchange {
    /// A leg in state `started`; nobody has been told yet. PSTN legs are 32 hex digits, the others UUIDs with dashes.
    pub fn new_leg(&self, new: NewLeg) -> String {
        let id = match new.party {
            Party::Phone { .. } => self.effects.uuid().replace('-', ""),
            _ => self.effects.uuid(),
        };
        let member = self.id("MEM");
        let now = self.effects.now_ms();
        let rtc = new.rtc.clone();
        {
            let mut state = self.state();
            state.last_leg += 1;
            let seen = Seen { status: Status::Started, conversation: new.conversation.clone() };
            if let Some(conversation) = state.conversations.get_mut(&new.conversation) {
                conversation.enter(&id);
                if new.lead {
                    conversation.lead = Some(id.clone());
                }
            }
            let region = state.conversations.get(&new.conversation).map(|home| home.region.clone());
            let leg = Leg {
                id: id.clone(),
                number: state.last_leg,
                application: new.application,
                conversation: new.conversation,
                region: region.unwrap_or_default(),
                member,
                party: new.party,
                direction: new.direction,
                from: new.from,
                to: new.to,
                status: Status::Started,
                history: vec![(Status::Started, now)],
                created_ms: now,
                answered_ms: None,
                ended_ms: None,
                ending: None,
                hook: new.hook,
                ears: Ears::default(),
                rtc: new.rtc,
                socket: None,
                port: new.port,
                offer: new.offer,
                joined: false,
                held: None,
                knock: None,
                whisper: new.whisper,
                digits: String::new(),
                pressed: Arc::new(Notify::new()),
                keys_to: None,
                failure: new.failure,
                closing: new.closing,
                talk: None,
                stream: None,
                flow: None,
                seen: watch::channel(seen).0,
            };
            state.legs.insert(id.clone(), leg);
        }
        if let Some(rtc) = rtc {
            self.spawn(self.clone().end_when_media_is_lost(id.clone(), rtc));
        }
        id
    }

    /// Gives a browser's leg its transport after the leg was made. False when the leg is over, or has one.
    pub fn give_media(&self, leg: &str, rtc: RtcLeg, port: Port) -> bool {
        let mut state = self.state();
        let without = |leg: &&mut Leg| leg.rtc.is_none() && !leg.status.is_over();
        let Some(found) = state.legs.get_mut(leg).filter(without) else { return false };
        (found.rtc, found.port) = (Some(rtc.clone()), Some(port));
        // An invited leg is in its conversation's audio once it is answered.
        if found.joined {
            state.join_audio(leg);
        }
        drop(state);
        self.spawn(self.clone().end_when_media_is_lost(leg.to_owned(), rtc));
        true
    }

    /// The Client SDK forgets a call whose media broke without telling anybody, so the exchange has to notice.
    async fn end_when_media_is_lost(self, leg: String, rtc: RtcLeg) {
        let mut media = rtc.state();
        // Weak hands: the transport ends with the leg, not with this task.
        drop(rtc);
        if media.wait_for(|state| *state == MediaState::Lost).await.is_ok() {
            self.trace.note(None, "A browser's leg ends: no audio came for 20 s.");
            self.end(&leg, crate::leg::Ending::media_lost());
        }
    }

    /// Changes who hears a leg and what it hears, and tells the call's users. False when it is not in a call.
    pub fn set_ears(&self, leg: &str, change: impl FnOnce(&mut Ears)) -> bool {
        let mut state = self.state();
        let Some(found) = state.legs.get_mut(leg).filter(|leg| !leg.status.is_over()) else { return false };
        let before = found.ears;
        change(&mut found.ears);
        let (after, member) = (found.ears, found.member.clone());
        if let Some(mixer) = state.mixer_of(leg) {
            mixer.set(leg, after);
        }
        let changed = [
            (before.muted, after.muted, "audio:mute:on", "audio:mute:off"),
            (before.earmuffed, after.earmuffed, "audio:earmuff:on", "audio:earmuff:off"),
        ];
        for (was, is, on, off) in changed {
            if was != is {
                let body = json!({ "rtc_id": leg });
                events::broadcast(self, &mut state, leg, &member, if is { on } else { off }, &body);
            }
        }
        true
    }

    /// A party pressed keys: an `input` action gets them, the others hear them.
    pub fn press(&self, leg: &str, keys: &str) -> bool {
        let keys: String = keys.chars().filter(|key| tone::dtmf_pair(*key).is_some()).take(64).collect();
        let mut state = self.state();
        let answered = |leg: &&mut Leg| leg.status == Status::Answered;
        let Some(found) = state.legs.get_mut(leg).filter(answered) else { return false };
        found.press(&keys);
        let member = found.member.clone();
        self.trace.note(Some(&found.conversation), format!("Keys (dtmf): {keys}"));
        let asynchronous = found.keys_to.clone().map(|hook| {
            let (from, to) = (found.from.text(), found.to.text());
            (hook, from, to, found.conversation.clone(), found.application.clone())
        });
        if let Some(mixer) = state.mixer_of(leg) {
            let heard = Playback::once(tone::dtmf(&keys));
            mixer.play(Playback { to: Audience::Others(leg.to_owned()), ..heard });
        }
        let together = state.legs.get(leg).map(|leg| leg.conversation.clone());
        let sockets =
            state.legs.values().filter(|other| other.id != leg && Some(&other.conversation) == together.as_ref());
        for socket in sockets.filter_map(|other| other.socket.as_ref()) {
            keys.chars().for_each(|key| socket.press(key));
        }
        let body = json!({ "digit": keys, "channel": { "id": leg, "type": "app" } });
        events::broadcast(self, &mut state, leg, &member, "audio:dtmf", &body);
        drop(state);
        let Some((hook, from, to, conversation, application)) = asynchronous else { return true };
        let Some(application) = self.accounts.get(&application) else { return true };
        for key in keys.chars() {
            let body = json!({
                "speech": { "results": [] }, "dtmf": { "digits": key.to_string(), "timed_out": false },
                "from": from, "to": to, "uuid": leg, "conversation_uuid": conversation,
                "timestamp": self.effects.timestamp(),
            });
            self.sender.event(&application, hook.clone(), &conversation, body);
        }
        true
    }

    /// Takes the keys that wait for an `input` action.
    pub fn take_digits(&self, leg: &str) -> String {
        self.state().legs.get_mut(leg).map(|leg| std::mem::take(&mut leg.digits)).unwrap_or_default()
    }

    /// Gives keys back that were too many.
    pub fn untake_digits(&self, leg: &str, keys: &str) {
        if let Some(leg) = self.state().legs.get_mut(leg) {
            leg.digits.insert_str(0, keys);
        }
    }

    /// Shows a text on the screens of the phones that hear it, and in the trace.
    pub fn show_said(&self, conversation: &str, leg: &str, audience: &Audience, text: &str) {
        let at = self.effects.timestamp();
        let mut state = self.state();
        let legs = state.conversations.get(conversation).map(|c| c.legs.clone()).unwrap_or_default();
        for heard_by in legs {
            let hears = match audience {
                Audience::All => true,
                Audience::Leg(only) => *only == heard_by,
                Audience::Others(not) => *not != heard_by,
            };
            let Some(found) = state.legs.get(&heard_by).filter(|leg| hears && leg.status == Status::Answered) else {
                continue;
            };
            let Some(number) = found.phone().map(str::to_owned) else { continue };
            if let Some(phone) = state.phones.get_mut(&number) {
                phone.said(text, &at);
            }
        }
        drop(state);
        let said = Happening::Said { leg: leg.to_owned(), to: None, text: text.to_owned() };
        self.trace.record(Some(conversation), said);
    }

    /// Legs of an application, in the order of their making, as the Voice API shows them.
    pub fn legs_of(&self, application: &str, wanted: impl Fn(&Leg) -> bool) -> Vec<Value> {
        let state = self.state();
        let mut legs: Vec<&Leg> =
            state.legs.values().filter(|leg| leg.application == application && wanted(leg)).collect();
        legs.sort_by_key(|leg| leg.number);
        legs.iter().map(|leg| leg.to_json()).collect()
    }
}
