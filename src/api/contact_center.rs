//! The agents' console: one picture of everything an agent sees ([`Desk`]), and what they can do.
//!
//! The server owns every state. A page shows the newest [`Desk`] it has and asks for changes; what was asked for is done
//! when a newer desk says so, which arrives by `GET /live/console` (server-sent events):
//!
//! | event   | data                    | when                                                                       |
//! |---------|-------------------------|----------------------------------------------------------------------------|
//! | `desk`  | a whole [`Desk`] (JSON) | at once on opening, and within milliseconds of any change that it shows    |
//! | `stale` | `{}`                    | something was missed and the next `desk` is on its way; nothing to be done |
//!
//! The event's id is [`Desk::version`]. The stream is closed when the session ends (then [`get_desk`] answers
//! [`Access::SignIn`]) and when the server stops (then reconnect: `EventSource` does so by itself).
//!
//! How a console lives: [`get_desk`] with the page's own `tab` id (any random text kept in `sessionStorage`);
//! `GET /live/console`; [`heartbeat`] every 5 s (also from a worker: 15 s without one is *asleep*) whose answer says whether
//! this tab holds the softphone; the tab that does asks [`get_softphone`] for a token, opens the SDK session, and takes what
//! rings. Accepting an offer is the SDK's `answer(callId)`; declining is [`decline`] (or the SDK's `reject`).
//! An outgoing call is [`dial`] and then the SDK's `serverCall(context)` with exactly the returned context.

use leptos::prelude::*;
use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::Access;
use super::click_to_call::Voice;
pub use crate::domain::contact_center::desk::*;
pub use crate::domain::contact_center::presence::{AwayReason, State, Unable, Wish};

/// What the SDK needs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Softphone {
    pub user: String,
    pub token: String,
    /// Ask for a new one a minute before, ms UTC.
    pub expires_at: i64,
    pub voice: Voice,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SoftphoneOutcome {
    Granted(Softphone),
    Refused(Refusal),
}

/// The present picture. `tab` is this page's own id; a new tab opens nothing and changes nothing.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-desk", input = Json)]
pub async fn get_desk() -> Result<Access<Desk>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.desk(&me.id, &me.name).await.map(Access::Granted).map_err(super::context::fault)
}

/// A sign of life, every 5 s. The first of an offline or sleeping agent makes them ready (or what they were before).
/// `gone` is this agent's leg of the desk's call when the SDK, whose session is open, has no such leg: the platform is
/// asked whether the call goes on. `unable` is why this console cannot take calls: then its agent is offered none, and what
/// rings there goes on to the next. Sent at once when it changes.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-heartbeat", input = Json)]
pub async fn heartbeat(
    tab: String,
    gone: Option<String>,
    unable: Option<Unable>,
) -> Result<Access<Beat>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    if let Some(leg) = gone {
        services.leg_gone(&me.name, &leg).await.map_err(super::context::fault)?;
    }
    services.console_reports(&me.id, &me.name, &tab, unable).await.map_err(super::context::fault)?;
    services.heartbeat(&me.id, &me.name, &tab).await.map(Access::Granted).map_err(super::context::fault)
}

/// A token for the SDK. Refused with [`Refusal::OtherTab`] when another living tab has the softphone, unless `take_over`;
/// the other one then learns from its next [`Beat`] that it has it no longer. Never taken over during a call unless that
/// tab is silent.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-softphone", input = Json)]
pub async fn get_softphone(tab: String, take_over: bool) -> Result<Access<SoftphoneOutcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    let softphone = services.softphone(&me.id, &me.name, &tab, take_over).await.map_err(super::context::fault)?;
    Ok(Access::Granted(match softphone {
        Ok(softphone) => SoftphoneOutcome::Granted(shapes::softphone(&services, softphone)),
        Err(refusal) => SoftphoneOutcome::Refused(refusal),
    }))
}

/// This tab is being closed: the softphone is free, and the agent asleep at once if no other tab lives. Also as a
/// beacon: `navigator.sendBeacon("/api/console-leave", JSON)`.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-leave", input = Json)]
pub async fn leave(tab: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.leave_desk(&me.name, &tab).await.map(|()| Access::Granted(Outcome::Done)).map_err(super::context::fault)
}

/// Ready, away or offline. During a call or wrap-up it becomes pending ([`Me::pending`]); ready ends wrap-up and away.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-presence", input = Json)]
pub async fn set_presence(wish: Wish) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.set_presence(&me.id, &me.name, wish).await.map(Access::Granted).map_err(super::context::fault)
}

/// Takes back what is pending.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-pending-cancel", input = Json)]
pub async fn cancel_pending() -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.cancel_pending(&me.name).await.map(Access::Granted).map_err(super::context::fault)
}

/// Declines what rings. Safe beside the SDK's `reject`.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-decline", input = Json)]
pub async fn decline(offer: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.decline_offer(&me.name, &offer).await.map(Access::Granted).map_err(super::context::fault)
}

/// Puts the customer on hold with music, or takes them back.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-hold", input = Json)]
pub async fn hold(call: String, on: bool) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.hold(&me.name, &call, on).await.map(Access::Granted).map_err(super::context::fault)
}

/// Mutes this agent at the platform, or unmutes.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-mute", input = Json)]
pub async fn mute(call: String, on: bool) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.mute(&me.name, &call, on).await.map(Access::Granted).map_err(super::context::fault)
}

/// Sends keys (`0-9*#`, `p` is a pause; at most 32) to the customer's side, or to a telephone that is consulted.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-keys", input = Json)]
pub async fn send_keys(call: String, keys: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.send_keys(&me.name, &call, &keys).await.map(Access::Granted).map_err(super::context::fault)
}

/// Ends the call for everybody when it is this agent's, and is [`leave_call`] when it is a colleague's. This agent is out of it
/// at once, whatever the platform answers; [`Refusal::Unconfirmed`] when it did not confirm the end of the call, which
/// is tried again.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-hang-up", input = Json)]
pub async fn hang_up(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.hang_up(&me.name, &call).await.map(Access::Granted).map_err(super::context::fault)
}

/// This agent is out of a call that goes on: the owner leaves the customer to those who are there (a colleague before a
/// telephone), a colleague who helps leaves the owner with the customer. Refused when nobody could go on.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-leave-call", input = Json)]
pub async fn leave_call(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.leave_call(&me.name, &call).await.map(Access::Granted).map_err(super::context::fault)
}

/// Blind transfer: the customer is connected to the target, this agent is out. A target that does not answer: the caller
/// comes back to this agent if they are free, else to the queue.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-transfer", input = Json)]
pub async fn transfer(call: String, target: Target) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.transfer(&me.name, &call, &target).await.map(Access::Granted).map_err(super::context::fault)
}

/// Warm transfer, first step: the customer is put on hold and the target rung; the two then talk alone.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-consult", input = Json)]
pub async fn start_consult(call: String, target: Target) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.consult(&me.name, &call, &target).await.map(Access::Granted).map_err(super::context::fault)
}

/// Warm transfer, last step: customer and target talk, this agent is out.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-consult-complete", input = Json)]
pub async fn complete_transfer(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.complete_transfer(&me.name, &call).await.map(Access::Granted).map_err(super::context::fault)
}

/// Warm transfer given up: the target is out, the customer is back. Also while the target rings.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-consult-back", input = Json)]
pub async fn back_to_caller(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.back_to_caller(&me.name, &call).await.map(Access::Granted).map_err(super::context::fault)
}

/// All three together.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-consult-join", input = Json)]
pub async fn join_all(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.join_all(&me.name, &call).await.map(Access::Granted).map_err(super::context::fault)
}

/// Adds a third party, who everybody hears when they answer.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-add", input = Json)]
pub async fn add_party(call: String, target: Target) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.add_party(&me.name, &call, &target).await.map(Access::Granted).map_err(super::context::fault)
}

/// Hangs up a party that was added.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-remove", input = Json)]
pub async fn remove_party(call: String, leg: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.remove_party(&me.name, &call, &leg).await.map(Access::Granted).map_err(super::context::fault)
}

/// Is this a number, and may it be called? Dials nothing.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-number-check", input = Json)]
pub async fn check_number(number: String) -> Result<Access<NumberCheck>, ServerFnError> {
    let (services, _me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    Ok(Access::Granted(services.check_number(&number)))
}

/// May this number be called now? The SDK's `serverCall` with the context then calls it, once.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-dial", input = Json)]
pub async fn dial(number: String) -> Result<Access<DialOutcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.dial(&me.name, &number).await.map(Access::Granted).map_err(super::context::fault)
}

/// Saves notes and disposition, during the call or after. At most 4,000 characters.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-notes", input = Json)]
pub async fn save_notes(
    call: String,
    text: String,
    disposition: Option<Disposition>,
) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.save_notes(&me.name, &call, &text, disposition).await.map(Access::Granted).map_err(super::context::fault)
}

/// Thirty seconds more of wrap-up.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-wrap-up-extend", input = Json)]
pub async fn extend_wrap_up(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.extend_wrap_up(&me.name, &call).await.map(Access::Granted).map_err(super::context::fault)
}

/// Wrap-up is done: ready, or what is pending.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-wrap-up-done", input = Json)]
pub async fn finish_wrap_up(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.finish_wrap_up(&me.name, &call).await.map(Access::Granted).map_err(super::context::fault)
}

/// Earlier calls; `before` is [`History::older`].
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-history", input = Json)]
pub async fn get_history(show: HistoryShow, before: Option<String>) -> Result<Access<History>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.desk_history(&me.name, show, before).await.map(Access::Granted).map_err(super::context::fault)
}

/// The missed calls were looked at.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-missed-seen", input = Json)]
pub async fn missed_seen() -> Result<Access<Outcome>, ServerFnError> {
    let (services, _me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.missed_seen().await.map(Access::Granted).map_err(super::context::fault)
}

/// Takes a missed call or a call back upon oneself, so that nobody else calls too. [`Refusal::Gone`] when somebody has.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-claim", input = Json)]
pub async fn claim(call: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.claim(&me.name, &call).await.map(Access::Granted).map_err(super::context::fault)
}

/// The messages, newest first; at most 200.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-voicemails", input = Json)]
pub async fn voicemails() -> Result<Access<Vec<Voicemail>>, ServerFnError> {
    let (services, _me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.voicemails().await.map(Access::Granted).map_err(super::context::fault)
}

/// A message was listened to, or is settled.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-voicemail-heard", input = Json)]
pub async fn voicemail_heard(id: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.voicemail_heard(&me.name, &id).await.map(Access::Granted).map_err(super::context::fault)
}

/// Deletes a message and its file. [`Refusal::Gone`] when somebody has.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-voicemail-delete", input = Json)]
pub async fn voicemail_delete(id: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.voicemail_deleted(&me.name, &id).await.map(Access::Granted).map_err(super::context::fault)
}

/// A message that could not be fetched is tried again.
///
/// # Errors
/// Our own fault only.
#[server(prefix = "/api", endpoint = "console-voicemail-retry", input = Json)]
pub async fn voicemail_retry(id: String) -> Result<Access<Outcome>, ServerFnError> {
    let (services, _me) = match shapes::agent().await?.granted() {
        Ok(granted) => granted,
        Err(refused) => return Ok(refused),
    };
    services.voicemail_retry(&id).await.map(Access::Granted).map_err(super::context::fault)
}

#[cfg(not(target_arch = "wasm32"))]
mod shapes {
    use axum::http::StatusCode;
    use leptos::prelude::{ServerFnError, use_context};
    use leptos_axum::ResponseOptions;

    use super::{Softphone, Voice};
    use crate::api::{Access, context};
    use crate::service::{self, Account, Services};

    /// Somebody who takes calls, or why there is nobody.
    pub(super) async fn agent() -> Result<Access<(Services, Account)>, ServerFnError> {
        let account = match context::agent().await?.granted() {
            Ok(account) => account,
            Err(refused) => return Ok(refused),
        };
        if !account.role.takes_calls() {
            if let Some(response) = use_context::<ResponseOptions>() {
                response.set_status(StatusCode::FORBIDDEN);
            }
            return Ok(Access::Forbidden);
        }
        Ok(Access::Granted((context::services()?, account)))
    }

    pub(super) fn softphone(services: &Services, softphone: service::contact_center::Softphone) -> Softphone {
        let voice = &services.settings().voice;
        Softphone {
            user: softphone.user,
            token: softphone.token,
            expires_at: softphone.expires_at,
            voice: Voice {
                api_url: voice.api_url.clone(),
                websocket_url: voice.websocket_url.clone(),
                websocket_path: voice.websocket_path.clone(),
            },
        }
    }
}
