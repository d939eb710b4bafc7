//! What the platform said of a leg when it was asked, written into the call log beside what it told by itself.

use serde_json::json;

use super::core::{Core, ServiceError};
use crate::domain::call::{Event, Fact};
use crate::store::Append;
use crate::vonage::client::CallResource;
use crate::vonage::webhook::{self, Raw};

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
        let append = Append {
            id: self.random.id(),
            dedupe: format!("check-{}-{leg}", said["status"].as_str().unwrap_or_default()).chars().take(200).collect(),
            jti: None,
            kind: "check".to_owned(),
            method: "post".to_owned(),
            received_at: now,
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
            tracing::warn!(error = %error, "the end of a call could not be written into the log");
        }
        Ok(event)
    }
}
