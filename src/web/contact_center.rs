//! What a console has beside the server functions: its live events, and the audio of messages.

use std::convert::Infallible;

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use futures::stream::unfold;
use tokio::sync::watch::Receiver;
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tower_sessions::Session;

use super::live::{self, full, unavailable};
use super::seats::{Holder, Seat};
use super::sessions::ACCOUNT;
use super::state::Web;
use super::watch::{Watch, allowed};
use crate::domain::account::Role;
use crate::domain::contact_center::desk::Desk;
use crate::service::{Account, Services};

/// Whoever is signed in and takes calls; otherwise the refusal.
async fn agent(web: &Web, session: &Session) -> Result<Account, Box<Response>> {
    let Ok(Some(id)) = session.get::<String>(ACCOUNT).await else {
        return Err(Box::new((StatusCode::UNAUTHORIZED, "please sign in\n").into_response()));
    };
    match web.services.account(&id).await {
        Ok(Some(account)) if allowed(&account, Role::takes_calls) => Ok(account),
        Ok(Some(account)) if !account.must_change_password => {
            Err(Box::new((StatusCode::FORBIDDEN, "this is for agents\n").into_response()))
        }
        Ok(Some(_)) => Err(Box::new((StatusCode::FORBIDDEN, "please set your password\n").into_response())),
        Ok(None) => Err(Box::new((StatusCode::UNAUTHORIZED, "please sign in\n").into_response())),
        Err(error) => Err(Box::new(unavailable(&error))),
    }
}

/// `GET /live/console`: the agent's whole desk at once and after every change of it. See [`crate::api::contact_center`].
pub(super) async fn desk(State(web): State<Web>, session: Session) -> Response {
    let account = match agent(&web, &session).await {
        Ok(account) => account,
        Err(refused) => return *refused,
    };
    let Some(id) = session.id() else { return (StatusCode::UNAUTHORIZED, "please sign in\n").into_response() };
    let Some(seat) = web.seats.take(Holder::Account(account.id.clone())) else { return full() };
    let mut changes = web.services.desk_changes();
    changes.mark_changed();
    let listener = Listener {
        services: web.services.clone(),
        watch: Watch::new(&web, id, account.id.clone(), Role::takes_calls),
        account,
        changes,
        shown: None,
        stop: web.streams.stop.clone(),
        _seat: seat,
        _open: web.streams.open.token(),
    };
    let events = unfold(listener, |mut listener| async move {
        let event = listener.next().await?;
        Some((Ok::<_, Infallible>(event), listener))
    });
    live::sse(events)
}

struct Listener {
    services: Services,
    account: Account,
    changes: Receiver<i64>,
    /// What was told last.
    shown: Option<Desk>,
    watch: Watch,
    stop: CancellationToken,
    _seat: Seat,
    _open: TaskTrackerToken,
}

impl Listener {
    /// The next picture that differs from the last; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            tokio::select! {
                biased;
                () = self.stop.cancelled() => return None,
                () = self.watch.doubted() => match self.watch.over().await {
                    true => return None,
                    false => continue,
                },
                changed = self.changes.changed() => changed.ok()?,
            }
            // However many changes there were: one picture shows them all.
            self.changes.mark_unchanged();
            let desk = match self.services.desk(&self.account.id, &self.account.name).await {
                Ok(desk) => desk,
                Err(error) => {
                    tracing::warn!(error = %error, "a desk could not be shown");
                    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    self.changes.mark_changed();
                    return Some(Event::default().event("stale").data("{}"));
                }
            };
            let same = |shown: &Desk| Desk { version: desk.version, now: desk.now, ..shown.clone() } == desk;
            if self.shown.as_ref().is_some_and(same) {
                continue;
            }
            let event = Event::default().event("desk").id(desk.version.to_string());
            let Ok(event) = event.json_data(&desk) else { return None };
            self.shown = Some(desk);
            return Some(event);
        }
    }
}

/// `GET /console/voicemails/{id}`: the audio of a message.
pub(super) async fn voicemail(State(web): State<Web>, Path(id): Path<String>, session: Session) -> Response {
    if let Err(refused) = agent(&web, &session).await {
        return *refused;
    }
    match web.services.voicemail_audio(&id).await {
        Ok(Some(Ok(audio))) => {
            let headers = [(header::CONTENT_TYPE, audio.media_type), (header::CACHE_CONTROL, "private, no-store")];
            (headers, audio.bytes).into_response()
        }
        Ok(Some(Err(error))) => {
            tracing::warn!(voicemail.id = %id, error, "a message could not be fetched");
            (StatusCode::BAD_GATEWAY, "the platform does not give the message at the moment\n").into_response()
        }
        Ok(None) => (StatusCode::NOT_FOUND, "there is no such message\n").into_response(),
        Err(error) => unavailable(&error),
    }
}
