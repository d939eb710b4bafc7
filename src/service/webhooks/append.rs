//! What is stored of a webhook.

use super::Webhooks;
use super::decision::Decision;
use crate::domain::call::{Event, Fact};
use crate::service::received::{Received, short};
use crate::store::Append;
use crate::vonage::{Answer, Webhook};

impl Webhooks {
    /// What is stored of a webhook, with what was decided about it.
    pub(super) fn append_of(&self, received: Received, dedupe: String, decision: Option<&Decision>) -> Append {
        let Received { kind, method, raw, line: _, verified, parsed } = received;
        let signed = verified.is_some();
        let unreadable = parsed.as_ref().err().map(|unreadable| unreadable.reason.clone());
        let (conversation, leg, event) = match parsed {
            Ok(Webhook::Answer(answer)) => {
                let region = answer.region_url.as_deref().and_then(|told| self.core.vonage.region_of(told));
                if region.is_none() && answer.region_url.is_some() {
                    tracing::warn!("a webhook names a region that is no address of the platform's; it is not used");
                }
                asked(answer, decision, region)
            }
            Ok(Webhook::Event(event)) => (Some(event.conversation.clone()), event.leg.clone(), Some(event)),
            Err(_) => (None, None, None),
        };
        Append {
            id: self.core.random.id(),
            dedupe,
            signed_at: verified.as_ref().map(|verified| verified.iat.saturating_mul(1000)),
            // The time is signed too. Before the id it keeps the keys of the replay cache in the order of their coming,
            // and with that on few pages.
            jti: verified.map(|verified| short(format!("{:010}-{}", verified.iat, verified.jti))),
            kind: kind.name().to_owned(),
            method: method.name().to_owned(),
            received_at: self.core.clock.now_ms(),
            signed,
            conversation,
            leg,
            // PostgreSQL takes no NUL; its picture is the only thing that is not kept as it came.
            raw: if raw.contains('\0') { raw.replace('\0', "\u{2400}") } else { raw },
            decision: decision.map(|decision| decision.line.to_owned()),
            problem: decision.and_then(|decision| decision.problem.clone()).or(unreadable),
            ncco: decision.map(|decision| decision.ncco.to_json()),
            event,
            track: decision.and_then(|decision| decision.track.clone()),
            spooled: false,
        }
    }
}

/// What an answer webhook says about the call, once it is decided.
fn asked(
    answer: Answer,
    decision: Option<&Decision>,
    region: Option<String>,
) -> (Option<String>, Option<String>, Option<Event>) {
    let (conversation, leg) = (answer.conversation_uuid, answer.uuid);
    let event = match (&conversation, decision) {
        (Some(conversation), Some(decision)) => Some(Event {
            conversation: conversation.clone(),
            leg: leg.clone(),
            from: answer.from,
            to: answer.to,
            direction: None,
            at: None,
            fact: Fact::Asked { line: decision.line.to_owned(), user: answer.from_user, region },
        }),
        _ => None,
    };
    (conversation, leg, event)
}
