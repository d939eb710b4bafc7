//! `conversation` and `transfer`: the leg goes to where others are.

use super::super::exchange::Exchange;
use super::super::leg::{Ending, Status};
use super::super::media::mixer::{Audience, Playback, PlaybackId, Reach};
use super::super::media::tone;
use super::super::ncco::{Conference, Rights};
use super::{Flow, Next};

impl Flow {
    pub(super) async fn conference(&mut self, conference: &Conference) -> Next {
        let exchange = self.exchange.clone();
        let region = exchange.region_of(&self.leg);
        let room = exchange.named_conversation(&self.application.id, &region, &conference.name);
        exchange.move_leg(&self.leg, &room, true);
        self.grant(&conference.rights);
        if conference.start_on_enter {
            exchange.open_room(&room);
        }
        let music = match &conference.music {
            Some(url) => exchange.fetch_audio(url, &room).await,
            None => tone::hold_music(),
        };
        if conference.record {
            self.record_in_background(false, conference.hook.clone());
        }
        let _exit = Exit { exchange: exchange.clone(), room: room.clone(), ends: conference.end_on_exit };
        // Until a moderator comes the others wait with music, and do not hear each other.
        if !conference.start_on_enter && !exchange.room_is_open(&room) {
            let playing = self.hold(music);
            exchange.set_ears(&self.leg, |ears| ears.muted = true);
            exchange.room_opens(&room).await;
            if let (Some(mixer), Some(playing)) = (self.mixer(), playing) {
                mixer.stop(playing);
            }
            exchange.set_ears(&self.leg, |ears| ears.muted = conference.rights.mute);
        }
        let Some(mut seen) = exchange.watch(&self.leg) else { return Next::Go };
        let _ = seen.wait_for(|seen| seen.status.is_over() || seen.conversation != room).await;
        Next::End(Ending::remote_hangup())
    }

    pub(super) async fn transfer(&mut self, conversation: &str, rights: &Rights) -> Next {
        let exchange = self.exchange.clone();
        let known = exchange
            .state()
            .conversations
            .get(conversation)
            .is_some_and(|c| c.application == self.application.id && !c.legs.is_empty());
        if !known {
            exchange.trace.note(Some(&self.conversation()), format!("There is no conversation {conversation}."));
            return Next::End(Ending::remote_hangup());
        }
        let from = self.conversation();
        let here = exchange.state().conversations.get(&from).map(|c| c.legs.clone());
        for leg in here.unwrap_or_default() {
            if exchange.state().legs.get(&leg).is_some_and(|leg| leg.status == Status::Answered) {
                exchange.move_leg(&leg, conversation, true);
            }
        }
        self.grant(rights);
        exchange.over(&self.leg).await;
        Next::End(Ending::remote_hangup())
    }

    fn grant(&self, rights: &Rights) {
        let reach = Reach { can_speak: rights.can_speak.clone(), can_hear: rights.can_hear.clone() };
        self.exchange.set_reach(&self.leg, reach);
        if rights.mute {
            self.exchange.set_ears(&self.leg, |ears| ears.muted = true);
        }
    }

    fn hold(&self, audio: std::sync::Arc<[i16]>) -> Option<PlaybackId> {
        let to = Audience::Leg(self.leg.clone());
        self.mixer().map(|mixer| mixer.play(Playback { audio, times: None, gain: 0.5, to }).id)
    }
}

/// `endOnExit`: when this participant goes, everybody goes. The flow is dropped when its leg ends, so this runs then.
struct Exit {
    exchange: Exchange,
    room: String,
    ends: bool,
}

impl Drop for Exit {
    fn drop(&mut self) {
        if self.ends {
            self.exchange.end_conversation(&self.room, &Ending::remote_hangup());
        }
    }
}

impl Exchange {
    /// Somebody with `startOnEnter` came in.
    fn open_room(&self, room: &str) {
        if let Some(conversation) = self.state().conversations.get_mut(room) {
            conversation.open.send_replace(true);
        }
    }

    fn room_is_open(&self, room: &str) -> bool {
        self.state().conversations.get(room).is_some_and(|room| *room.open.borrow())
    }

    async fn room_opens(&self, room: &str) {
        let opening = self.state().conversations.get(room).map(|room| room.open.subscribe());
        if let Some(mut opening) = opening {
            let _ = opening.wait_for(|open| *open).await;
        }
    }
}
