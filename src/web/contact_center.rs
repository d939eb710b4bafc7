//! The agents' console: what it asks for, its live events, and the audio of messages.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::sync::watch::Receiver;
use tokio::sync::watch::error::RecvError;
use tower_sessions::Session;

use super::arguments;
use super::guard::{SignedIn, TakesCalls};
use super::sessions::ACCOUNT;
use super::sse::{self, News, Told, unavailable};
use super::state::Web;
use crate::api::Access;
use crate::domain::account::Role;
use crate::domain::contact_center::command::{Command, Reply};
use crate::domain::contact_center::desk::Desk;
use crate::service::peaks;
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
        Ok(Some(Ok(audio))) if wanted.peaks.is_some() => {
            let read = move || peaks::peaks(std::io::Cursor::new(audio.bytes));
            picture(tokio::task::spawn_blocking(read).await.ok().flatten())
        }
        Ok(Some(Ok(audio))) => {
            let wanted = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
            part_of(audio.bytes, audio.media_type, wanted)
        }
        Ok(Some(Err(error))) => {
            tracing::warn!(voicemail.id = %id, error, "a message could not be fetched");
            (StatusCode::BAD_GATEWAY, "the platform does not give the message at the moment\n").into_response()
        }
        Ok(None) => (StatusCode::NOT_FOUND, "there is no such message\n").into_response(),
        Err(error) => unavailable(&error),
    }
}

/// How loud something is along its length. Nothing, where its player has to look for itself. A recording never changes, so
/// a browser keeps it.
pub(super) fn picture(peaks: Option<Vec<u8>>) -> Response {
    match peaks {
        Some(peaks) => ([(header::CACHE_CONTROL, "private, max-age=86400")], Json(peaks)).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

/// A file, or the one part of it that is asked for (RFC 9110, 14.1): a list of parts, or what makes no sense, gets it whole.
pub(super) fn part_of(bytes: Vec<u8>, media_type: &'static str, wanted: Option<&str>) -> Response {
    let all = bytes.len();
    let part = wanted.and_then(|wanted| range(wanted, all));
    let (status, bytes, told) = match part {
        None => (StatusCode::OK, bytes, None),
        Some((first, last)) if first > last => {
            (StatusCode::RANGE_NOT_SATISFIABLE, Vec::new(), Some(format!("bytes */{all}")))
        }
        Some((first, last)) => {
            let told = format!("bytes {first}-{last}/{all}");
            (StatusCode::PARTIAL_CONTENT, bytes[first..=last].to_vec(), Some(told))
        }
    };
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::ACCEPT_RANGES, "bytes"),
    ];
    let mut response = (status, headers, bytes).into_response();
    if let Some(told) = told.and_then(|told| HeaderValue::from_str(&told).ok()) {
        response.headers_mut().insert(header::CONTENT_RANGE, told);
    }
    response
}

/// First and last byte of `bytes=first-last`, `bytes=first-` or `bytes=-count`; the first is greater where there is no
/// such part.
fn range(wanted: &str, all: usize) -> Option<(usize, usize)> {
    let (first, last) = wanted.trim().strip_prefix("bytes=")?.split_once('-')?;
    let nothing = (1, 0);
    if first.is_empty() {
        let count: usize = last.parse().ok()?;
        return Some(if count == 0 || all == 0 { nothing } else { (all.saturating_sub(count), all - 1) });
    }
    let first: usize = first.parse().ok()?;
    let last: usize = if last.is_empty() { usize::MAX } else { last.parse().ok()? };
    if last < first {
        return None;
    }
    Some(if first >= all { nothing } else { (first, last.min(all - 1)) })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn b15_parts_of_a_message() {
        let told = [
            ("bytes=0-3", Some((0, 3))),
            ("bytes=4-", Some((4, 9))),
            ("bytes=8-99", Some((8, 9))),
            ("bytes=-3", Some((7, 9))),
            ("bytes=-99", Some((0, 9))),
            ("bytes=10-", Some((1, 0))),
            ("bytes=-0", Some((1, 0))),
            ("bytes=3-1", None),
            ("bytes=0-1,4-5", None),
            ("seconds=0-1", None),
            ("", None),
        ];
        for (text, part) in told {
            assert_eq!(range(text, 10), part, "{text}");
        }
        let whole = part_of(vec![0; 10], "audio/wav", None);
        assert_eq!(
            (whole.status(), &whole.headers()[header::ACCEPT_RANGES]),
            (StatusCode::OK, &HeaderValue::from_static("bytes"))
        );
        let part = part_of(vec![0; 10], "audio/wav", Some("bytes=4-5"));
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
        assert_eq!(part.headers()[header::CONTENT_RANGE], "bytes 4-5/10");
        let none = part_of(vec![0; 10], "audio/wav", Some("bytes=10-"));
        assert_eq!(none.status(), StatusCode::RANGE_NOT_SATISFIABLE);
        assert_eq!(none.headers()[header::CONTENT_RANGE], "bytes */10");
    }

    proptest! {
        #[test]
        fn no_range_makes_it_panic(text in "(bytes=)?[0-9]{0,20}-?[0-9]{0,20}", all in 0..50_usize) {
            let _ = part_of(vec![0; all], "audio/wav", Some(&text));
        }
    }
}
