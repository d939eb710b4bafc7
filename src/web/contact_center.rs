//! The agents' console: what it asks for, its live events, and the audio of messages.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::watch::Receiver;
use tokio::sync::watch::error::RecvError;
use tower_sessions::Session;

use super::arguments;
use super::guard::{SignedIn, TakesCalls};
use super::sessions::ACCOUNT;
use super::sound;
use super::sse::{self, News, Told, unavailable};
use super::state::Web;
use crate::api::Access;
use crate::domain::account::Role;
use crate::domain::contact_center::command::{Command, Reply};
use crate::domain::contact_center::desk::Desk;
use crate::service::{Account, Refusable as _, Services};

/// `POST /api/console`: does what an agent's console asks for with a [`Command`]; the answer is `Access<Reply>`. See
/// [`crate::api::contact_center`].
pub(super) async fn command(State(web): State<Web>, session: Session, headers: HeaderMap, sent: Bytes) -> Response {
    let command: Command = match arguments::json(&headers, &sent) {
        Ok(command) => command,
        Err(refused) => return *refused,
    };
    let id = match session.get::<String>(ACCOUNT).await {
        Ok(id) => id,
        Err(error) => return fault(&error),
    };
    let permitted = web.services.accounts.permitted(id.as_deref(), Role::takes_calls).await.refusable();
    let access: Access<Account> = match permitted {
        Ok(permitted) => permitted.into(),
        Err(error) => return fault(&error),
    };
    match access.granted::<Reply>() {
        Ok(agent) => match web.services.desk.consoles.run(&agent, command).await {
            Ok(reply) => Json(Access::Granted(reply)).into_response(),
            Err(error) => fault(&error),
        },
        Err(Access::SignIn) => (StatusCode::UNAUTHORIZED, Json(Access::<Reply>::SignIn)).into_response(),
        Err(refused) => (StatusCode::FORBIDDEN, Json(refused)).into_response(),
    }
}

/// Our own fault: the log says what, the browser only that.
fn fault(error: &dyn std::fmt::Display) -> Response {
    tracing::error!(error = %error, "a console's command failed");
    (StatusCode::INTERNAL_SERVER_ERROR, "internal error\n").into_response()
}

/// `GET /live/console`: the agent's whole desk at once and after every change of it. See [`crate::api::contact_center`].
pub(super) async fn desk(State(web): State<Web>, who: SignedIn<TakesCalls>) -> Result<Response, Response> {
    let (seat, watch) = who.stream(&web).ok_or_else(sse::full)?;
    let mut changes = web.services.desk.view.changes();
    changes.mark_changed();
    let shown = DeskNews { services: web.services.clone(), account: who.account, changes, shown: None };
    Ok(sse::stream(&web, seat, watch, shown, None))
}

struct DeskNews {
    services: Services,
    account: Account,
    changes: Receiver<i64>,
    /// What was told last.
    shown: Option<Desk>,
}

impl News for DeskNews {
    type Heard = Result<(), RecvError>;

    async fn hear(&mut self) -> Self::Heard {
        self.changes.changed().await
    }

    /// The next picture that differs from the last.
    async fn tell(&mut self, heard: Self::Heard) -> Told {
        if heard.is_err() {
            return Told::End;
        }
        // However many changes there were: one picture shows them all.
        self.changes.mark_unchanged();
        let desk = match self.services.desk.view.desk(&self.account.id, &self.account.name).await {
            Ok(desk) => desk,
            Err(error) => {
                tracing::warn!(error = %error, "a desk could not be shown");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                self.changes.mark_changed();
                return Told::plain("stale");
            }
        };
        let same = |shown: &Desk| Desk { version: desk.version, now: desk.now, ..shown.clone() } == desk;
        if self.shown.as_ref().is_some_and(same) {
            return Told::Nothing;
        }
        let event = Event::default().event("desk").id(desk.version.to_string());
        let Ok(event) = event.json_data(&desk) else { return Told::End };
        self.shown = Some(desk);
        Told::Event(event)
    }
}

/// What of a message is asked for.
#[derive(Deserialize)]
pub(super) struct Wanted {
    /// How loud it is along its length, instead of how it sounds.
    peaks: Option<String>,
}

/// `GET /console/voicemails/{id}`: the audio of a message; in parts, so that a player can jump. With `?peaks=1`: its picture.
pub(super) async fn voicemail(
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
    _: SignedIn<TakesCalls>,
    headers: HeaderMap,
) -> Response {
    match web.services.desk.voicemails.voicemail_audio(&id).await {
        Ok(Some(Ok(audio))) => sound::answer(audio.bytes, audio.media_type, wanted.peaks.is_some(), &headers).await,
        Ok(Some(Err(error))) => {
            tracing::warn!(voicemail.id = %id, error, "a message could not be fetched");
            (StatusCode::BAD_GATEWAY, "the platform does not give the message at the moment\n").into_response()
        }
        Ok(None) => (StatusCode::NOT_FOUND, "there is no such message\n").into_response(),
        Err(error) => unavailable(&error),
    }
}
