//! Sound that pages play: whole or in parts, so that a player can jump, and its picture.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::service::peaks;

/// What a player asks for: the sound, or (`as_peaks`) how loud it is along its length.
pub(super) async fn answer(bytes: Vec<u8>, media_type: &'static str, as_peaks: bool, headers: &HeaderMap) -> Response {
    if as_peaks {
        let read = move || peaks::peaks(std::io::Cursor::new(bytes));
        return picture(tokio::task::spawn_blocking(read).await.ok().flatten());
    }
    part_of(bytes, media_type, headers.get(header::RANGE).and_then(|range| range.to_str().ok()))
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
fn part_of(bytes: Vec<u8>, media_type: &'static str, wanted: Option<&str>) -> Response {
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
