//! `GET /call-recordings/{id}`: what a call flow recorded, for those who see calls; in parts, so that a player can jump.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::guard::{SignedIn, Supervisor};
use super::sound;
use super::sse::unavailable;
use super::state::Web;

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
    let media_type = sound.media_type;
    let mut response = sound::answer(sound.bytes, media_type, wanted.peaks.is_some(), &headers).await;
    let ending = match media_type {
        "audio/wav" => "wav",
        "audio/ogg" => "ogg",
        _ => "mp3",
    };
    if wanted.download.is_some()
        && wanted.peaks.is_none()
        && let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{id}.{ending}\""))
    {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
