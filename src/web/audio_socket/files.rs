//! `GET /recordings/{id}`: a recording's WAV file, for operators; in parts, so that a player can jump.

use std::io::SeekFrom;
use std::path::Path as FilePath;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream::unfold;
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tower_sessions::Session;

use crate::web::live;
use crate::web::peer::ClientIp;
use crate::web::state::Web;

/// Bytes read at once.
const PIECE: u64 = 64 << 10;

#[derive(Deserialize)]
pub(in crate::web) struct Wanted {
    /// Save it instead of playing it.
    #[serde(default)]
    download: Option<String>,
}

pub(in crate::web) async fn recording(
    State(web): State<Web>,
    Extension(ClientIp(ip)): Extension<ClientIp>,
    Path(id): Path<String>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
    session: Session,
) -> Response {
    if let Err(refused) = live::operator_stream(&web, ip, &session).await {
        return refused;
    }
    let missing = || (StatusCode::NOT_FOUND, "there is no such recording\n").into_response();
    let path = match web.services.recording(&id).await {
        Ok(Some((row, path))) if row.sha256.is_some() => path,
        Ok(_) => return missing(),
        Err(error) => {
            tracing::warn!(error = %error, "a recording could not be read");
            return (StatusCode::SERVICE_UNAVAILABLE, "not available at the moment\n").into_response();
        }
    };
    let mut response = match part(&path, headers.get(header::RANGE)).await {
        Ok(response) => response,
        Err(_) => return missing(),
    };
    if wanted.download.is_some()
        && let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{id}.wav\""))
    {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}

/// The whole file or the one range that was asked for; several are answered with the whole.
async fn part(path: &FilePath, range: Option<&HeaderValue>) -> std::io::Result<Response> {
    let mut file = File::open(path).await?;
    let size = file.metadata().await?.len();
    let asked = range.and_then(|range| range.to_str().ok()).and_then(|range| range.strip_prefix("bytes="));
    let (first, last, status) = match asked.filter(|range| !range.contains(',')).map(|range| span(range, size)) {
        None => (0, size.saturating_sub(1), StatusCode::OK),
        Some(Some((first, last))) => (first, last, StatusCode::PARTIAL_CONTENT),
        Some(None) => {
            let total = format!("bytes */{size}");
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, total)]).into_response());
        }
    };
    let length = if size == 0 { 0 } else { last - first + 1 };
    file.seek(SeekFrom::Start(first)).await?;
    let pieces = unfold((file, length), |(mut file, left)| async move {
        if left == 0 {
            return None;
        }
        let mut piece = vec![0; usize::try_from(left.min(PIECE)).unwrap_or(0)];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some((Ok(Bytes::from(piece)), (file, left - read as u64)))
            }
            Err(error) => Some((Err(error), (file, 0))),
        }
    });
    let mut response = Response::new(Body::from_stream(pieces));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/wav"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(value) = HeaderValue::from_str(&format!("bytes {first}-{last}/{size}"))
    {
        headers.insert(header::CONTENT_RANGE, value);
    }
    Ok(response)
}

/// `0-99`, `100-`, `-50`: first and last byte; `None` when there is nothing of it.
fn span(range: &str, size: u64) -> Option<(u64, u64)> {
    let (first, last) = range.trim().split_once('-')?;
    let end = size.checked_sub(1)?;
    let (first, last) = match (first.trim(), last.trim()) {
        ("", suffix) => (size.saturating_sub(suffix.parse().ok().filter(|n: &u64| *n > 0)?), end),
        (first, "") => (first.parse().ok()?, end),
        (first, last) => (first.parse().ok()?, last.parse::<u64>().ok()?.min(end)),
    };
    (first <= last && first < size).then_some((first, last))
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn ranges_are_as_players_ask() {
        assert_eq!(span("0-99", 1_000), Some((0, 99)));
        assert_eq!(span("0-", 1_000), Some((0, 999)));
        assert_eq!(span("990-5000", 1_000), Some((990, 999)));
        assert_eq!(span("-100", 1_000), Some((900, 999)));
        assert_eq!(span("-5000", 1_000), Some((0, 999)));
        for bad in ["", "-", "-0", "1000-", "5-4", "a-b", "0-99"] {
            assert!(bad == "0-99" || span(bad, 1_000).is_none(), "{bad}");
        }
        assert_eq!(span("0-99", 0), None);
    }
}
