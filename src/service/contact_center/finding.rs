//! Which call, and which offer, a webhook is about; who is calling whom.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use serde_json::{Map, Value};

use super::board::Board;
use crate::domain::call::Event;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::service::core::ServiceError;
use crate::service::received::{Method, Received};
use crate::store::{DeskCallRow, OfferRow};

/// How long the platform may take to say where a caller is: it waits for our reply meanwhile.
const WHERE: Duration = Duration::from_millis(400);

/// Who calls whom, as agents' names and numbers.
pub(super) type CallsOut = BTreeSet<(String, String)>;

impl Board {
    /// The calls that agents are placing or talking in: by whom, to which number.
    pub(super) async fn calls_out(&self) -> Result<CallsOut, ServiceError> {
        let mut running = CallsOut::new();
        for call in self.open_calls().await? {
            if let (true, Some(agent), Some(number)) = (call.outbound, call.agent, call.number) {
                running.insert((agent, number));
            }
        }
        Ok(running)
    }

    /// The call that an event is about: by its leg, by its conversation, or by the agent who is being rung.
    pub(super) async fn call_of(&self, event: &Event) -> Result<Option<DeskCallRow>, ServiceError> {
        let store = &self.core.store;
        if let Some(leg) = &event.leg
            && let Some(row) = store.desk().call_of_leg(leg).await?
        {
            return Ok(Some(row));
        }
        if let Some(row) = store.desk().call_in(&event.conversation).await? {
            return Ok(Some(row));
        }
        // Their conversation is new: a waiting caller was taken to them, or we called them.
        let Some(to) = &event.to else { return Ok(None) };
        let offered = match store.desk().offer_to(to).await? {
            Some(offer) => self.load_call(&offer.call).await?,
            None => None,
        };
        // What rang at an agent may be of an offer that is over, and then says nothing about the next one.
        let from = event.from.as_deref().filter(|_| self.lines.directory().agents.contains(to));
        let Some(from) = from.filter(|from| !offered.as_ref().is_some_and(|loaded| is_from(&loaded.call, from))) else {
            return Ok(offered);
        };
        Ok(self.call_from(from).await?.or(offered))
    }

    /// The newest call of a customer.
    async fn call_from(&self, from: &str) -> Result<Option<DeskCallRow>, ServiceError> {
        let open = self.core.store.desk().open_calls().await?;
        let mut newest_first = open.into_iter().rev();
        if let Some(open) = newest_first.find(|loaded| !loaded.call.outbound && is_from(&loaded.call, from)) {
            return Ok(Some(open));
        }
        let ended = self.core.store.desk().calls_with(from, i64::MAX, 1).await?;
        Ok(ended.into_iter().next())
    }

    /// The call whose caller was handed to a telephone, when that is not known by its leg: it may be busy at once, before
    /// the platform has told where the caller went. Several callers may have been handed to the same telephone, so the
    /// platform is asked which of them is in the conversation of the event.
    pub(super) async fn handed_to(&self, event: &Event) -> Result<Option<DeskCallRow>, ServiceError> {
        let Some(telephone) = event.to.as_deref() else { return Ok(None) };
        let mut handed = self.core.store.desk().open_calls().await?;
        handed.retain(|loaded| {
            loaded.call.phase == Phase::Outside && loaded.call.handed_to.as_deref() == Some(telephone)
        });
        let is_there = async |call: &DeskCall| {
            let (client, leg) = (self.platform_of(call), call.customer_leg.as_deref()?);
            match tokio::time::timeout(WHERE, client.get_call(leg)).await {
                Ok(Ok(found)) => found.map(|found| found.conversation_uuid == event.conversation),
                Ok(Err(_)) | Err(_) => None,
            }
        };
        let there = join_all(handed.iter().map(|loaded| is_there(&loaded.call))).await;
        // Of whom the platform does not say where they are, it may be the one.
        let at = there.iter().position(|there| *there == Some(true)).or(there.iter().position(Option::is_none));
        Ok(at.map(|at| handed.swap_remove(at)))
    }

    /// The open offer that an event of a ringing leg is about.
    pub(super) async fn offer_of_event(
        &self,
        call: &DeskCall,
        event: &Event,
    ) -> Result<Option<OfferRow>, ServiceError> {
        let Some(to) = &event.to else { return Ok(None) };
        let offer = self.core.store.desk().offer_to(to).await?.filter(|offer| offer.call == call.id);
        // The leg of an offer that is over says nothing about the next one.
        let Some(offer) = offer else { return Ok(None) };
        let earlier = match (&offer.leg, &event.leg) {
            (Some(rings), Some(told)) => rings != told,
            (None, Some(told)) => self.core.store.desk().call_of_leg(told).await?.is_some(),
            _ => false,
        };
        Ok(Some(offer).filter(|_| !earlier))
    }
}

/// Whether who calls as `from` is the customer of a call.
fn is_from(call: &DeskCall, from: &str) -> bool {
    call.user.as_deref() == Some(from) || call.customer_spellings().iter().any(|spelling| spelling == from)
}

/// Who is calling a missed caller back, or has.
pub(super) fn claimed_by<'a>(call: &'a DeskCall, now: i64, running: &CallsOut) -> Option<&'a str> {
    let under_way = call.claimed_by.clone().zip(call.number.clone()).is_some_and(|claimed| running.contains(&claimed));
    call.claim(now, under_way).or(call.claimed_by.as_deref().filter(|_| !call.is_owed()))
}

/// A webhook's fields, as they came.
pub(super) fn raw_fields(received: &Received) -> Map<String, Value> {
    match received.method {
        Method::Post => match serde_json::from_str(&received.raw) {
            Ok(Value::Object(fields)) => fields,
            _ => Map::new(),
        },
        Method::Get => url::form_urlencoded::parse(received.raw.as_bytes())
            .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
            .collect(),
    }
}
