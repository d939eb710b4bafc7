//! `connect`: a callee is called and joins the conversation.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::super::account::Hook;
use super::super::exchange::{Exchange, Outgoing};
use super::super::leg::{Ending, Endpoint, Status};
use super::super::media::mixer::{Audience, Mixer, Playback, PlaybackId};
use super::super::media::tone;
use super::super::ncco::Connect;
use super::{Flow, Next, replaced};

/// What the caller hears while the callee rings; ends when it is dropped.
struct Ringback {
    mixer: Mixer,
    playing: PlaybackId,
}

impl Drop for Ringback {
    fn drop(&mut self) {
        self.mixer.stop(self.playing);
    }
}

/// A callee who hears a whisper is in no conversation with the caller: when the caller's flow ends, it ends the callee.
struct Alone {
    exchange: Exchange,
    callee: String,
    joins: bool,
}

impl Drop for Alone {
    fn drop(&mut self) {
        if !self.joins {
            self.exchange.end(&self.callee, Ending::remote_hangup());
        }
    }
}

impl Flow {
    pub(super) async fn connect(&mut self, connect: &Connect) -> Next {
        let conversation = self.conversation();
        let (tell, failure) = oneshot::channel();
        let (closing, closed) = oneshot::channel();
        // Nothing rings at a WebSocket.
        let silent = connect.endpoint.kind() == "websocket";
        let audio = match &connect.ringback {
            Some(url) => self.exchange.fetch_audio(url, &conversation).await,
            None => tone::ringback(),
        };
        let outgoing = Outgoing {
            application: self.application.clone(),
            conversation: conversation.clone(),
            to: connect.endpoint.clone(),
            from: self.caller_id(connect),
            hook: connect.hook.clone(),
            lead: false,
            whisper: connect.on_answer.is_some(),
            failure: connect.synchronous.then_some(tell),
            closing: silent.then_some(closing),
        };
        let callee = self.exchange.place(outgoing).await;
        let ringback = self.ringback(audio).filter(|_| !silent || connect.ringback.is_some());
        let status = self.ring(&callee, Duration::from_secs(connect.timeout_s)).await;
        if status != Status::Answered {
            drop(ringback);
            self.failed = Some(status);
            if connect.synchronous {
                return failure.await.map_or(Next::Go, |reply| replaced(reply.ncco));
            }
            return Next::Go;
        }
        self.failed = None;
        if let Some(url) = &connect.on_answer
            && !self.whisper(&callee, url, &conversation).await
        {
            return Next::End(Ending::remote_hangup());
        }
        drop(ringback);
        if let Some(keys) = &connect.dtmf_answer
            && let Some(mixer) = self.mixer()
        {
            mixer.play(Playback { to: Audience::Leg(callee.clone()), ..Playback::once(tone::dtmf(keys)) });
        }
        let next = self.talk_together(&callee, &conversation, Duration::from_secs(connect.limit_s)).await;
        // An application that closes its WebSocket ends its part of the call; the flow goes on with the caller.
        let over = self.exchange.watch(&callee).is_none_or(|seen| seen.borrow().status.is_over());
        match if over { closed.await.ok() } else { None } {
            Some(reply) => replaced(reply.ncco),
            None => next,
        }
    }

    /// Waits until the callee answered or cannot any more.
    async fn ring(&self, callee: &str, timeout: Duration) -> Status {
        let Some(mut seen) = self.exchange.watch(callee) else { return Status::Failed };
        let decided = |status: Status| !matches!(status, Status::Started | Status::Ringing);
        if let Ok(Ok(seen)) = tokio::time::timeout(timeout, seen.wait_for(|seen| decided(seen.status))).await {
            return seen.status;
        }
        self.exchange.end(callee, Ending::ring_timer());
        seen.borrow().status
    }

    /// Until one of the two hangs up, or `limit` runs out: then the call is over.
    async fn talk_together(&self, callee: &str, conversation: &str, limit: Duration) -> Next {
        let Some(mut seen) = self.exchange.watch(callee) else { return Next::End(Ending::remote_hangup()) };
        let together = seen.wait_for(|seen| seen.status.is_over() || seen.conversation != conversation);
        match tokio::time::timeout(limit, together).await {
            Ok(_) => Next::End(Ending::remote_hangup()),
            Err(_) => {
                self.exchange.end(callee, Ending::length_timer());
                Next::End(Ending::length_timer())
            }
        }
    }

    fn ringback(&self, audio: Arc<[i16]>) -> Option<Ringback> {
        let mixer = self.mixer()?;
        let to = Audience::Leg(self.leg.clone());
        let playing = mixer.play(Playback { audio, times: None, gain: 1.0, to }).id;
        Some(Ringback { mixer, playing })
    }

    /// Runs an NCCO on the callee's leg before it joins. False when the callee hung up meanwhile.
    async fn whisper(&self, callee: &str, url: &str, conversation: &str) -> bool {
        let exchange = &self.exchange;
        let aside = exchange.open_conversation_in(&self.application.id, &exchange.region_of(callee));
        exchange.move_leg(callee, &aside, false);
        exchange.state().join_audio(callee);
        let mut alone = Alone { exchange: exchange.clone(), callee: callee.to_owned(), joins: false };
        let mut flow = Flow {
            exchange: exchange.clone(),
            application: self.application.clone(),
            leg: callee.to_owned(),
            barge_in: false,
            failed: None,
        };
        let hook = Hook::answer(url, None);
        let asked = exchange.sender.answer(&self.application, Some(hook), &aside, exchange.answer_params(callee));
        let whisper = async {
            if let Ok(actions) = asked.await {
                // Boxed: a flow inside a flow is a future that contains itself.
                Box::pin(flow.run_one(&actions)).await;
            }
        };
        tokio::select! {
            () = whisper => {}
            () = exchange.over(callee) => return false,
        }
        alone.joins = exchange.move_leg(callee, conversation, false);
        if let Some(leg) = exchange.state().legs.get_mut(callee) {
            leg.whisper = false;
        }
        exchange.state().join_audio(callee);
        true
    }

    /// Whose number the callee sees: a number of the account or the original caller's; everything else is `unknown`.
    /// A user who is called sees the caller.
    fn caller_id(&self, connect: &Connect) -> Endpoint {
        let caller = self.exchange.state().legs.get(&self.leg).map(|leg| leg.from.clone());
        let accounts = &self.exchange.accounts;
        if connect.random_from {
            let linked =
                |number: &&super::super::account::OwnedNumber| number.app_id.as_deref() == Some(&self.application.id);
            if let Some(number) = accounts.numbers().iter().find(linked) {
                return Endpoint::Phone(number.msisdn.clone());
            }
        }
        let to_phone = matches!(connect.endpoint, Endpoint::Phone(_));
        match &connect.from {
            Some(from) if !to_phone || accounts.number(from).is_some() => Endpoint::Phone(from.clone()),
            Some(from) if caller == Some(Endpoint::Phone(from.clone())) => Endpoint::Phone(from.clone()),
            None if !to_phone => caller.unwrap_or_else(|| Endpoint::Phone("unknown".into())),
            _ => Endpoint::Phone("unknown".into()),
        }
    }
}
