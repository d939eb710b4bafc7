//! `input`: keys from the caller.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::ncco::Input;
use super::{Flow, Next, replaced};

impl Flow {
    pub(super) async fn input(&mut self, input: &Input) -> Next {
        if !self.barge_in {
            // Keys pressed before anybody asked mean nothing.
            self.exchange.take_digits(&self.leg);
        }
        self.barge_in = false;
        if input.assumed {
            let note = "An input without type, which the reference requires: taken for keys.";
            self.exchange.trace.note(Some(&self.conversation()), note);
        }
        if input.asynchronous {
            if let Some(leg) = self.exchange.state().legs.get_mut(&self.leg) {
                leg.keys_to = Some(input.hook.clone());
            }
            return Next::Go;
        }
        let (digits, timed_out) = if input.dtmf { self.gather(input).await } else { (Value::Null, false) };
        let mut body = {
            let state = self.exchange.state();
            let Some(leg) = state.legs.get(&self.leg) else { return Next::Go };
            json!({
                "speech": { "results": [] }, "dtmf": { "digits": &digits, "timed_out": timed_out },
                "from": leg.from.text(), "to": leg.to.text(), "uuid": leg.id, "conversation_uuid": leg.conversation,
                "timestamp": self.exchange.effects.timestamp(),
            })
        };
        if input.old_form {
            // The form without a type is told of in the form of its time.
            body["dtmf"] = digits;
            body["timed_out"] = timed_out.into();
            if let Some(body) = body.as_object_mut() {
                body.remove("speech");
            }
        }
        if input.speech {
            // There is no speech recognition here; nobody spoke, as far as the application can tell.
            body["speech"] = json!({ "timeout_reason": "start_timeout", "results": [] });
        }
        let conversation = self.conversation();
        let sender = &self.exchange.sender;
        let reply = sender.event_and_wait(&self.application, input.hook.clone(), &conversation, body).await;
        replaced(reply.ncco)
    }

    /// Collects keys: up to `maxDigits`, to `#` or until none comes for `timeOut`.
    async fn gather(&self, input: &Input) -> (Value, bool) {
        let mut digits = String::new();
        loop {
            let waiting = self.exchange.take_digits(&self.leg);
            let mut keys = waiting.chars();
            while let Some(key) = keys.next() {
                let hash = key == '#' && input.submit_on_hash;
                if !hash {
                    digits.push(key);
                }
                if hash || digits.chars().count() >= input.max_digits {
                    self.exchange.untake_digits(&self.leg, keys.as_str());
                    return (digits.into(), false);
                }
            }
            if tokio::time::timeout(Duration::from_secs(input.time_out_s), self.key()).await.is_err() {
                return (digits.into(), true);
            }
        }
    }
}
