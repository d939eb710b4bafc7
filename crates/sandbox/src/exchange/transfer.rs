//! A leg goes from one conversation to another.

use serde_json::json;

use super::Exchange;
use crate::leg::{Ending, Status};
use crate::media::mixer::Reach;
use crate::sdk::events;

impl Exchange {
    /// Moves a leg; its audio goes with it and its user is told. `announce` sends the `transfer` event: moves that the
    /// application did not ask for (a whisper) have none. False when the leg or the conversation is gone.
    pub fn move_leg(&self, leg: &str, to: &str, announce: bool) -> bool {
        let new_member = self.id("MEM");
        let mut state = self.state();
        let Some(found) = state.legs.get(leg).filter(|leg| !leg.status.is_over()) else { return false };
        let (from, old_member) = (found.conversation.clone(), found.member.clone());
        if from == to || !state.conversations.contains_key(to) {
            return from == to;
        }
        let port = state.mixer(&from).and_then(|mixer| mixer.leave(leg));
        if let Some(conversation) = state.conversations.get_mut(&from) {
            conversation.leave(leg);
        }
        // A call's own conversation that everybody left is never asked for again.
        if state.conversations.get(&from).is_some_and(|left| !left.named && left.legs.is_empty()) {
            state.conversations.remove(&from);
        }
        if let Some(conversation) = state.conversations.get_mut(to) {
            conversation.enter(leg);
        }
        let Some(found) = state.legs.get_mut(leg) else { return false };
        found.conversation = to.to_owned();
        found.member = new_member;
        if port.is_some() {
            found.port = port;
        }
        (found.talk, found.stream) = (None, None);
        found.tell();
        let (answered, whisper) = (found.status == Status::Answered, found.whisper);
        let (application, hook) = (found.application.clone(), found.hook.clone());
        if answered && !whisper {
            state.join_audio(leg);
        }
        events::transfer(self, &mut state, leg, &from, &old_member);
        drop(state);
        if announce && let Some(application) = self.accounts.get(&application) {
            let body = json!({
                "conversation_uuid_from": from, "conversation_uuid_to": to, "uuid": leg,
                "timestamp": self.effects.timestamp(),
            });
            self.sender.event(&application, hook, to, body);
        }
        true
    }

    /// The leading leg has left a call: cancels the phones that ring for it and hangs up the other parties.
    pub fn abandon(&self, conversation: &str) {
        let left = {
            let state = self.state();
            let Some(conversation) = state.conversations.get(conversation).filter(|c| !c.named) else { return };
            let legs = conversation.legs.iter().filter_map(|leg| state.legs.get(leg));
            legs.map(|leg| (leg.id.clone(), leg.status)).collect::<Vec<_>>()
        };
        for (leg, status) in left {
            self.end(&leg, if status == Status::Answered { Ending::remote_hangup() } else { Ending::cancelled() });
        }
    }

    /// Says who a leg may speak to and hear.
    pub fn set_reach(&self, leg: &str, reach: Reach) {
        if let Some(mixer) = self.state().mixer_of(leg) {
            mixer.reach(leg, reach);
        }
    }
}
