//! `GET /recordings/{id}`: a recording's WAV file, for operators; in parts, so that a player can jump.

use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tower::ServiceExt as _;
use tower_http::services::ServeFile;

use crate::service::peaks;
use crate::web::guard::{SignedIn, Supervisor};
use crate::web::sound::picture;
use crate::web::state::Web;

#[derive(Deserialize)]
pub(in crate::web) struct Wanted {
    /// Save it instead of playing it.
    #[serde(default)]
    download: Option<String>,
    /// How loud it is along its length, instead of how it sounds.
    #[serde(default)]
    peaks: Option<String>,
}

pub(in crate::web) async fn recording(
    State(web): State<Web>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
    _: SignedIn<Supervisor>,
    request: Request,
) -> Response {
    let missing = || (StatusCode::NOT_FOUND, "there is no such recording\n").into_response();
    let path = match web.services.audio.recording(&id).await {
        Ok(Some((row, path))) if row.sha256.is_some() => path,
        Ok(_) => return missing(),
        Err(error) => {
            tracing::warn!(error = %error, "a recording could not be read");
            return (StatusCode::SERVICE_UNAVAILABLE, "not available at the moment\n").into_response();
        }
    };
    if wanted.peaks.is_some() {
        return picture(peaks::of_file(&path).await);
    }
    let Ok(mut response) = ServeFile::new(&path).oneshot(request).await.map(IntoResponse::into_response);
    if response.status() == StatusCode::NOT_FOUND {
        return missing();
    }
    if wanted.download.is_some()
        && let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{id}.wav\""))
    {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
