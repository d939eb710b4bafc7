//! A leg as the Voice API shows it: the bodies of its webhooks, `GET /v1/calls/{uuid}`, and what it costs.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{By, Endpoint, Leg, Party, Status};
use crate::effects::timestamp;

impl Leg {
    /// EUR per minute: the sandbox's own price list.
    fn rate(&self) -> f64 {
        match self.party {
            Party::Phone { .. } => 0.0072,
            _ => 0.001,
        }
    }

    /// What is known once the leg is over: texts, as the platform has them.
    fn bill(&self) -> Map<String, Value> {
        let rate = self.rate();
        let price = rate / 60.0 * Duration::from_secs(self.duration_s()).as_secs_f64();
        let mut bill = Map::new();
        bill.insert("start_time".into(), self.answered_ms.map(timestamp).into());
        bill.insert("end_time".into(), self.ended_ms.map(timestamp).into());
        bill.insert("duration".into(), self.duration_s().to_string().into());
        bill.insert("rate".into(), format!("{rate:.8}").into());
        bill.insert("price".into(), format!("{price:.8}").into());
        bill.insert("network".into(), self.phone().map(|_| "SANDBOX").into());
        bill
    }

    /// The body of a status event ("Voice API: webhook reference").
    pub fn event(&self, status: Status, at: &str) -> Value {
        let mut body = Map::new();
        body.insert("headers".into(), self.headers());
        body.insert("from".into(), self.from.text().into());
        body.insert("to".into(), self.to.text().into());
        body.insert("uuid".into(), self.id.clone().into());
        body.insert("conversation_uuid".into(), self.conversation.clone().into());
        body.insert("status".into(), status.as_str().into());
        body.insert("direction".into(), self.direction.as_str().into());
        body.insert("timestamp".into(), at.into());
        match status {
            Status::Answered => {
                for field in ["start_time", "rate", "network"] {
                    body.insert(field.into(), Value::Null);
                }
            }
            Status::Completed => {
                body.extend(self.bill());
                if let Some(ending) = &self.ending {
                    let by = if ending.by == By::User { "user" } else { "platform" };
                    body.insert("disconnected_by".into(), by.into());
                    body.insert("sip_code".into(), ending.sip_code.into());
                }
            }
            Status::Busy | Status::Unanswered | Status::Rejected | Status::Failed => {
                if let Some(ending) = &self.ending {
                    if let Some(detail) = ending.detail {
                        body.insert("detail".into(), detail.into());
                    }
                    body.insert("sip_code".into(), ending.sip_code.into());
                }
            }
            _ => {}
        }
        Value::Object(body)
    }

    /// What the call flow gave the callee along.
    fn headers(&self) -> Value {
        match &self.to {
            Endpoint::Other(endpoint) if endpoint["headers"].is_object() => endpoint["headers"].clone(),
            _ => json!({}),
        }
    }

    /// The event that the application closed its WebSocket: it has no direction.
    pub fn disconnected_event(&self, at: &str) -> Value {
        json!({
            "from": self.from.text(), "to": self.to.text(), "uuid": self.id, "conversation_uuid": self.conversation,
            "status": "disconnected", "timestamp": at, "headers": self.headers(),
        })
    }

    /// As `GET /v1/calls/{uuid}` shows it.
    pub fn to_json(&self) -> Value {
        let mut call = Map::new();
        call.insert("uuid".into(), self.id.clone().into());
        call.insert("status".into(), self.status.as_str().into());
        call.insert("direction".into(), self.direction.as_str().into());
        call.insert("conversation_uuid".into(), self.conversation.clone().into());
        call.insert("from".into(), self.from.to_json());
        call.insert("to".into(), self.to.to_json());
        if self.status == Status::Completed {
            call.extend(self.bill());
        }
        let link = format!("/v1/calls/{}", self.id);
        call.insert("_links".into(), json!({ "self": { "href": link } }));
        Value::Object(call)
    }
}
