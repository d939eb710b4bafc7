//! `GET /call-recordings/{id}`: what a call flow recorded, for those who see calls; in parts, so that a player can jump.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::contact_center::{part_of, picture};
use super::guard::{SignedIn, Supervisor};
use super::sse::unavailable;
use super::state::Web;
use crate::service::peaks;

/// What of a recording is asked for.
#[derive(Deserialize)]
pub(super) struct Wanted {
    /// Save it instead of playing it.
    download: Option<String>,
    /// How loud it is along its length, instead of how it sounds.
    peaks: Option<String>,
}

pub(super) async fn recording(
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
    _: SignedIn<Supervisor>,
    headers: HeaderMap,
) -> Response {
    let sound = match web.services.audio.call_recording_sound(&id).await {
        Ok(Some(Ok(sound))) => sound,
        Ok(Some(Err(error))) => {
            tracing::warn!(recording.id = %id, error, "a recording could not be fetched");
            let text = "the platform does not give the recording at the moment\n";
            return (StatusCode::BAD_GATEWAY, text).into_response();
        }
        Ok(None) => return (StatusCode::NOT_FOUND, "there is no such recording\n").into_response(),
        Err(error) => return unavailable(&error),
    };
    if wanted.peaks.is_some() {
        let read = move || peaks::peaks(std::io::Cursor::new(sound.bytes));
        return picture(tokio::task::spawn_blocking(read).await.ok().flatten());
    }
    let range = headers.get(header::RANGE).and_then(|range| range.to_str().ok());
    let mut response = part_of(sound.bytes, sound.media_type, range);
    let ending = match sound.media_type {
        "audio/wav" => "wav",
        "audio/ogg" => "ogg",
        _ => "mp3",
    };
    if wanted.download.is_some()
        && let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{id}.{ending}\""))
    {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
