//! What the platform said of a leg when it was asked, and what a caller left, written into the call log beside what the
//! platform told by itself.

use serde_json::json;

use super::core::{Core, ServiceError};
use crate::domain::call::{Event, Fact, Left};
use crate::store::Append;
use crate::vonage::client::CallResource;
use crate::vonage::webhook::{self, Raw};

/// What the platform said when it was asked.
const CHECK: &str = "check";
/// What the contact centre knows by itself.
const DESK: &str = "desk";

impl Core {
    /// What the platform said when it was asked is kept beside what it told: the call log must not show a call that goes on
    /// for ever. `None`: it has no such leg.
    pub(super) async fn write_down_leg(
        &self,
        conversation: &str,
        leg: &str,
        found: Option<&CallResource>,
    ) -> Result<Event, ServiceError> {
        let now = self.clock.now_ms();
        let mut said = json!({ "uuid": leg, "conversation_uuid": conversation, "status": "completed" });
        match found {
            Some(found) => {
                said["status"] = found.status.as_str().into();
                let times = [("start_time", &found.start_time), ("end_time", &found.end_time)];
                let rest = [("duration", &found.duration), ("price", &found.price)];
                for (name, value) in times.into_iter().chain(rest) {
                    if let Some(value) = value {
                        said[name] = value.as_str().into();
                    }
                }
            }
            None => said["detail"] = "not_found".into(),
        }
        let raw = said.to_string();
        let event = webhook::event(Raw::Body(raw.as_bytes()));
        let event = event.map_err(|_| ServiceError::Internal("what was written down of a leg cannot be read"))?;
        let event = Event { at: Some(now), ..event };
        // A status that is no end would leave the call in the log as it is.
        debug_assert!(matches!(event.fact, Fact::Status(_)));
        let status = said["status"].as_str().unwrap_or_default();
        self.write_down(CHECK, format!("check-{status}-{leg}"), raw, &event).await;
        Ok(event)
    }

    /// Somebody was called into a call. Until they come into its conversation the platform tells of their leg in one of its
    /// own, which would be a call in which nobody talked; that it is the same call is known to us alone.
    pub(super) async fn write_down_third(&self, leg: &str, own: &str, home: &str) {
        if own == home || own.is_empty() {
            return;
        }
        let said =
            json!({ "uuid": leg, "conversation_uuid_from": own, "conversation_uuid_to": home, "type": "transfer" });
        let raw = said.to_string();
        match webhook::event(Raw::Body(raw.as_bytes())) {
            Ok(event) => {
                let event = Event { at: Some(self.clock.now_ms()), ..event };
                self.write_down(CHECK, format!("check-third-{leg}"), raw, &event).await;
            }
            Err(error) => tracing::error!(error = %error, "what was written down of a leg cannot be read"),
        }
    }

    /// What a caller left for the agents, of which the platform knows nothing.
    pub(super) async fn write_down_left(&self, conversation: &str, left: Left) {
        let what = match left.messages.first_key_value() {
            None => "call-back".to_owned(),
            Some((id, false)) => format!("left-message {id}"),
            Some((id, true)) => format!("empty-message {id}"),
        };
        let raw = json!({ "type": what, "conversation_uuid": conversation }).to_string();
        let event = Event {
            conversation: conversation.to_owned(),
            leg: None,
            from: None,
            to: None,
            direction: None,
            at: Some(self.clock.now_ms()),
            fact: Fact::Left(left),
        };
        self.write_down(DESK, format!("desk-{conversation}-{what}"), raw, &event).await;
    }

    /// Of the same `dedupe` only the first is kept.
    async fn write_down(&self, kind: &str, dedupe: String, raw: String, event: &Event) {
        let append = Append {
            id: self.random.id(),
            dedupe: dedupe.chars().take(200).collect(),
            jti: None,
            kind: kind.to_owned(),
            method: "post".to_owned(),
            received_at: self.clock.now_ms(),
            signed_at: None,
            signed: true,
            conversation: Some(event.conversation.clone()),
            leg: event.leg.clone(),
            raw,
            decision: None,
            problem: None,
            ncco: None,
            event: Some(event.clone()),
            track: None,
            spooled: false,
        };
        // Nobody is to wait for the call log.
        if let Err(error) = self.store.append(append).await {
            tracing::warn!(error = %error, "a leg of a call could not be written into the log");
        }
    }
}
