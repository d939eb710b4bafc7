//! Knocking: the SDK asks for a call to be made with a leg of its own, and may take it back.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde_json::{Value, json};

use super::caller::Who;
use super::legs::caller_leg;
use super::refused::{Refused, read};
use crate::exchange::Exchange;
use crate::flow::{self, Source};
use crate::leg::{Ending, Endpoint, Knock, Leg, Status};
use crate::sdk::events;

/// Between the answer to a knock and `member:joined`. Earlier the SDK may not know the knock yet, and would find out
/// only after ten seconds.
const JOIN_AFTER: Duration = Duration::from_millis(150);

pub(super) async fn knock(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    bytes: Bytes,
) -> Result<Json<Value>, Refused> {
    let body = read(&bytes)?;
    let leg = match body.pointer("/channel/id").and_then(Value::as_str) {
        Some(leg) => leg.to_owned(),
        // The SDK before version 7 knocks without a leg, and brings its audio when it has joined.
        None => caller_leg(&exchange, &caller, None)?,
    };
    let to = body.pointer("/channel/to/number").and_then(Value::as_str).unwrap_or_default().to_owned();
    let custom_data = body.pointer("/properties/custom_data").cloned().unwrap_or_else(|| json!({}));
    let id = exchange.id("KNO");
    let client_ref = body["client_ref"].as_str().map(str::to_owned);
    let application = exchange.accounts.get(&caller.user.application).ok_or_else(Refused::leg)?;
    {
        let mut state = exchange.state();
        let own = |leg: &&mut Leg| leg.user_id() == Some(&caller.user.id) && leg.status == Status::Started;
        let found = state.legs.get_mut(&leg).filter(own).ok_or_else(Refused::leg)?;
        if found.knock.is_some() {
            return Err(Refused::invalid("This leg has knocked already."));
        }
        found.knock = Some(Knock { id: id.clone(), custom_data, client_ref });
        found.to = Endpoint::Phone(to);
    }
    // Joined first, the flow after it: the SDK gives ten seconds, and the answer webhook may take them all.
    let task = exchange.clone();
    exchange.spawn(async move {
        tokio::time::sleep(JOIN_AFTER).await;
        if task.state().legs.get(&leg).is_none_or(|leg| leg.status.is_over()) {
            return;
        }
        task.started(&leg);
        events::joined(&task, &mut task.state(), &leg);
        task.state().join_audio(&leg);
        task.ringing(&leg);
        flow::start(&task, &leg, application, Source::Url(None), true);
    });
    Ok(Json(json!({ "id": id })))
}

pub(super) async fn cancel_knock(
    State(exchange): State<Exchange>,
    axum::Extension(caller): Who,
    Path(id): Path<String>,
) -> Result<Json<Value>, Refused> {
    let leg = {
        let state = exchange.state();
        let of_caller = state.legs.values().filter(|leg| leg.user_id() == Some(&caller.user.id));
        let mut knocked = of_caller.filter(|leg| leg.knock.as_ref().is_some_and(|knock| knock.id == id));
        knocked.next().map(|leg| leg.id.clone()).ok_or_else(Refused::leg)?
    };
    exchange.end(&leg, Ending::own_hangup());
    Ok(Json(json!({})))
}
