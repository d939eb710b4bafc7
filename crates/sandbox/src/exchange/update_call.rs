//! A leg rings, is answered, ends: and everybody who has to know is told.

use serde_json::Value;

use super::{Exchange, KEPT_LEGS, State};
use crate::account::Hook;
use crate::leg::{Direction, Ending, Leg, Party, Status};
use crate::sdk::events;
use crate::trace::Happening;

impl Exchange {
    /// Tells about a new leg.
    pub fn started(&self, leg: &str) {
        let state = self.state();
        if let Some(leg) = state.legs.get(leg) {
            self.tell_status(leg, Status::Started);
        }
    }

    /// The leg rings.
    pub fn ringing(&self, leg: &str) {
        self.ringing_in(&mut self.state(), leg);
    }

    /// The leg of a Client SDK rings: its user is invited. One change, because an SDK may answer at once, and only what
    /// rings can be answered.
    pub fn ringing_at_sdk(&self, leg: &str) {
        let mut state = self.state();
        events::invite(self, &mut state, leg, None);
        self.ringing_in(&mut state, leg);
    }

    fn ringing_in(&self, state: &mut State, leg: &str) {
        if self.advance(state, leg, Status::Ringing) {
            events::leg_status(self, state, leg, "ringing");
            events::sip(self, state, leg, "sip:ringing", None);
        }
    }

    /// The leg is answered: its audio joins the conversation, unless a whisper comes first. False when it was too late.
    pub fn answered(&self, leg: &str) -> bool {
        let mut state = self.state();
        if !self.advance(&mut state, leg, Status::Answered) {
            return false;
        }
        events::leg_status(self, &mut state, leg, "answered");
        events::media(self, &mut state, leg);
        self.phone_talks(&mut state, leg);
        if state.legs.get(leg).is_some_and(|leg| !leg.whisper) {
            state.join_audio(leg);
        }
        true
    }

    /// The leg ends. Nothing happens when it is over already.
    ///
    /// When it leads its conversation the conversation is over: who rings is cancelled, who talks is hung up.
    pub fn end(&self, leg: &str, ending: Ending) {
        let mut state = self.state();
        self.end_in(&mut state, leg, ending);
    }

    fn end_in(&self, state: &mut State, leg: &str, mut ending: Ending) {
        let Some(found) = state.legs.get_mut(leg).filter(|leg| !leg.status.is_over()) else { return };
        // Who was talking has completed, whatever the reason is called while ringing.
        if found.status == Status::Answered {
            ending.status = Status::Completed;
        } else if ending.status == Status::Completed {
            // An unanswered leg that is hung up: its own party gave up, or the platform took it away.
            ending.status = if found.direction == Direction::Inbound { Status::Completed } else { Status::Cancelled };
        }
        let conversation = found.conversation.clone();
        let never_answered = found.status != Status::Answered;
        found.ending = Some(ending.clone());
        if !self.advance(state, leg, ending.status) {
            return;
        }
        events::hangup(self, state, leg, &ending);
        events::leg_status(self, state, leg, "completed");
        if never_answered {
            events::sip(self, state, leg, "sip:hangup", Some(&ending));
        }
        if let Some(mixer) = state.mixer(&conversation) {
            mixer.leave(leg);
        }
        if let Some(over) = state.legs.get_mut(leg) {
            // After the hang-up was told: the browser takes a transport that ends first for a network failure.
            if let Some(rtc) = over.rtc.take() {
                rtc.close();
            }
            if let Some(socket) = over.socket.take() {
                socket.close();
            }
            over.port = None;
            if let Some(flow) = over.flow.take() {
                flow.cancel();
            }
            if let Some(number) = over.phone().map(str::to_owned)
                && let Some(phone) = state.phones.get_mut(&number)
            {
                phone.hung_up(leg);
            }
        }
        let mut others = Vec::new();
        if let Some(conversation) = state.conversations.get_mut(&conversation) {
            conversation.leave(leg);
            if conversation.lead.as_deref() == Some(leg) {
                others.clone_from(&conversation.legs);
            }
        }
        for other in others {
            let ringing = state.legs.get(&other).is_some_and(|leg| leg.status != Status::Answered);
            self.end_in(state, &other, if ringing { Ending::cancelled() } else { Ending::remote_hangup() });
        }
        state.over.push_back(leg.to_owned());
        state.prune();
    }

    /// Forgets a leg that nobody was told about: the Client SDK made it and never knocked.
    pub fn discard(&self, leg: &str) {
        let mut state = self.state();
        let Some(gone) = state.legs.remove(leg) else { return };
        if let Some(rtc) = gone.rtc {
            rtc.close();
        }
        state.conversations.remove(&gone.conversation);
    }

    /// Ends everybody in a conversation.
    pub fn end_conversation(&self, conversation: &str, ending: &Ending) {
        let mut state = self.state();
        let legs = state.conversations.get(conversation).map(|c| c.legs.clone()).unwrap_or_default();
        for leg in legs {
            self.end_in(&mut state, &leg, ending.clone());
        }
    }

    /// Changes the state and tells the application. False when the leg may not go there.
    fn advance(&self, state: &mut State, leg: &str, next: Status) -> bool {
        let now = self.effects.now_ms();
        let Some(found) = state.legs.get_mut(leg) else { return false };
        if !found.advance(next, now) {
            return false;
        }
        let failure = next.is_over().then(|| found.failure.take()).flatten();
        let closing = next.is_over().then(|| found.closing.take()).flatten();
        let Some(found) = state.legs.get(leg) else { return false };
        if found.ending.as_ref().is_some_and(|ending| ending.disconnected && next == Status::Completed) {
            self.tell_disconnected(found, closing);
            return true;
        }
        match failure {
            Some(failure) if failed(next) => self.tell_failure(found, failure),
            _ => self.tell_status(found, next),
        }
        true
    }

    /// Sends a status event, and `completed` after the failures that it follows.
    fn tell_status(&self, leg: &Leg, status: Status) {
        self.record_status(leg, status);
        let Some(application) = self.accounts.get(&leg.application) else { return };
        let at = self.effects.timestamp();
        for status in [Some(status), completes(status).then_some(Status::Completed)].into_iter().flatten() {
            self.sender.event(&application, leg.hook.clone(), &leg.conversation, leg.event(status, &at));
        }
    }

    fn record_status(&self, leg: &Leg, status: Status) {
        let (from, to) = (leg.from.text(), leg.to.text());
        let happening = Happening::Leg { leg: leg.id.clone(), status: status.as_str().into(), from, to };
        self.trace.record(Some(&leg.conversation), happening);
    }

    /// The application closed its WebSocket: it is told, and its answer goes to the flow that connected it.
    fn tell_disconnected(&self, leg: &Leg, waits: Option<tokio::sync::oneshot::Sender<crate::webhook::EventReply>>) {
        self.record_status(leg, leg.status);
        let Some(application) = self.accounts.get(&leg.application) else { return };
        let at = self.effects.timestamp();
        let (hook, conversation) = (leg.hook.clone(), leg.conversation.clone());
        let (disconnected, completed) = (leg.disconnected_event(&at), leg.event(Status::Completed, &at));
        let exchange = self.clone();
        self.spawn(async move {
            let reply = exchange.sender.event_and_wait(&application, hook.clone(), &conversation, disconnected).await;
            exchange.sender.event(&application, hook, &conversation, completed);
            if let Some(waits) = waits {
                let _ = waits.send(reply);
            }
        });
    }

    /// As [`Self::tell_status`] for a synchronous `connect`: hands the application's answer to who waits for it.
    fn tell_failure(&self, leg: &Leg, waits: tokio::sync::oneshot::Sender<crate::webhook::EventReply>) {
        let status = leg.status;
        self.record_status(leg, status);
        let Some(application) = self.accounts.get(&leg.application) else { return };
        let at = self.effects.timestamp();
        let (hook, conversation): (Option<Hook>, String) = (leg.hook.clone(), leg.conversation.clone());
        let failure: Value = leg.event(status, &at);
        let completed = completes(status).then(|| leg.event(Status::Completed, &at));
        let exchange = self.clone();
        self.spawn(async move {
            let reply = exchange.sender.event_and_wait(&application, hook.clone(), &conversation, failure).await;
            if let Some(completed) = completed {
                exchange.sender.event(&application, hook, &conversation, completed);
            }
            let _ = waits.send(reply);
        });
    }
}

/// A callee that was not reached.
fn failed(status: Status) -> bool {
    matches!(status, Status::Busy | Status::Rejected | Status::Timeout | Status::Unanswered | Status::Failed)
}

/// "Calls that have not received `rejected` should expect a `completed` at the end."
fn completes(status: Status) -> bool {
    (failed(status) && status != Status::Rejected) || status == Status::Cancelled
}

impl State {
    /// Forgets the oldest finished legs, and conversations that nothing points to any more.
    fn prune(&mut self) {
        while self.over.len() > KEPT_LEGS {
            let Some(oldest) = self.over.pop_front() else { break };
            let Some(gone) = self.legs.remove(&oldest) else { continue };
            let conversation = gone.conversation;
            let needed = self.legs.values().any(|leg| leg.conversation == conversation);
            if !needed {
                self.conversations.remove(&conversation);
            }
        }
        // Named rooms outlive their legs; so many of them, only those with somebody in.
        if self.conversations.len() > 2 * KEPT_LEGS {
            self.conversations.retain(|_, conversation| !conversation.legs.is_empty());
        }
    }

    /// The legs of one party that are not over.
    pub fn legs_with(&self, party: &Party) -> Vec<String> {
        let with = self.legs.values().filter(|leg| leg.party == *party && !leg.status.is_over());
        with.map(|leg| leg.id.clone()).collect()
    }
}
