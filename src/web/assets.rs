//! The site: bundle, styles, the voice SDK and public files, embedded in a release and read from disk in development.
//!
//! The build puts a `.br` and a `.gz` beside each file, so nothing is compressed while serving.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::pages;
use super::state::Web;

/// What the build made. The folder may be missing: a bare `cargo check` needs no site.
#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/target/site"]
#[allow_missing = true]
struct Site;

/// A file of the site, or the page that says that there is none.
pub(super) async fn file_or_page(State(web): State<Web>, request: Request) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return (StatusCode::NOT_FOUND, "there is nothing here\n").into_response();
    }
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let version = request.uri().query().and_then(version_of).map(str::to_owned);
    match file(&path, version.as_deref(), request.headers()) {
        Some(response) => response,
        None => pages::not_found(web, request).await,
    }
}

pub(super) fn file(path: &str, version: Option<&str>, headers: &HeaderMap) -> Option<Response> {
    // Compressed twins are not files of their own.
    if path.is_empty() || path.ends_with(".br") || path.ends_with(".gz") || path.split('/').any(|part| part == "..") {
        return None;
    }
    let plain = Site::get(path)?;
    let tag = hex::encode(&plain.metadata.sha256_hash()[..16]);
    let forever = is_hashed(path) || version.is_some_and(|version| tag.starts_with(version));
    let (encoding, file) = variant(path, plain, headers);
    let etag = format!("\"{tag}{}\"", encoding.map(|name| format!("-{name}")).unwrap_or_default());
    let fresh = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let fresh = fresh.flat_map(|line| line.split(',')).any(|known| known.trim().trim_start_matches("W/") == etag);
    let mut response = match fresh {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => axum::body::Body::from(file.data.into_owned()).into_response(),
    };
    let mut set = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CONTENT_TYPE, &content_type(path));
    set(header::ETAG, &etag);
    set(header::VARY, "accept-encoding");
    set(header::CACHE_CONTROL, if forever { "public, max-age=31536000, immutable" } else { "no-cache" });
    if let Some(encoding) = encoding {
        set(header::CONTENT_ENCODING, encoding);
    }
    Some(response)
}

/// The smallest variant that the client takes.
fn variant(path: &str, plain: EmbeddedFile, headers: &HeaderMap) -> (Option<&'static str>, EmbeddedFile) {
    for (encoding, suffix) in [("br", "br"), ("gzip", "gz")] {
        if accepts(headers, encoding)
            && let Some(file) = Site::get(&format!("{path}.{suffix}"))
        {
            return (Some(encoding), file);
        }
    }
    (None, plain)
}

/// `Accept-Encoding` names the encoding and does not forbid it with `q=0`.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|item| {
        let mut parts = item.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(encoding));
        let forbidden = parts.filter_map(|part| part.strip_prefix("q=")).any(|q| q.parse() == Ok(0.0_f32));
        named && !forbidden
    })
}

/// `?v=…`, with which pages name the version of a file that they want.
pub(super) fn version_of(query: &str) -> Option<&str> {
    let version = query.split('&').find_map(|pair| pair.strip_prefix("v="))?;
    (version.len() >= 8).then_some(version)
}

/// A name that carries its content's hash: `name.0123abcd.js`, `name-0123abcdef.css`.
fn is_hashed(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut parts = name.split(['.', '-']).skip(1);
    parts.any(|part| {
        part.len() >= 8 && part.bytes().all(|b| b.is_ascii_hexdigit()) && part.contains(|c: char| c.is_ascii_digit())
    })
}

fn content_type(path: &str) -> String {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    if kind.type_() == mime_guess::mime::TEXT { format!("{kind}; charset=utf-8") } else { kind.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoding(line: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_str(line).unwrap())])
    }

    #[test]
    fn negotiates_by_name_and_quality() {
        assert!(accepts(&encoding("gzip, deflate, br"), "br"));
        assert!(accepts(&encoding("BR;q=0.5"), "br"));
        assert!(!accepts(&encoding("gzip, br;q=0"), "br"));
        assert!(!accepts(&encoding("brotli"), "br"));
        assert!(!accepts(&HeaderMap::new(), "gzip"));
    }

    #[test]
    fn knows_names_that_carry_a_hash() {
        assert!(is_hashed("pkg/switchboard.0123abcd.js"));
        assert!(is_hashed("pkg/switchboard-0f3a9be2c1.css"));
        for name in ["pkg/switchboard.js", "pkg/switchboard_bg.wasm", "vendor/vonage-client-sdk.js", "deadbeef.js"] {
            assert!(!is_hashed(name), "{name}");
        }
    }

    #[test]
    fn serves_nothing_but_files_of_the_site() {
        for path in ["", "../Cargo.toml", "pkg/../../Cargo.toml", "pkg/x.js.br", "/etc/passwd", "pkg"] {
            assert!(file(path, None, &HeaderMap::new()).is_none(), "{path}");
        }
    }

    #[test]
    fn says_what_a_file_is() {
        for (name, kind) in [
            ("pkg/switchboard.js", "text/javascript; charset=utf-8"),
            ("pkg/switchboard.css", "text/css; charset=utf-8"),
            ("pkg/switchboard.wasm", "application/wasm"),
            ("favicon.svg", "image/svg+xml"),
            ("LICENSE", "application/octet-stream"),
        ] {
            assert_eq!(content_type(name), kind, "{name}");
        }
    }

    #[test]
    fn reads_the_version_of_a_query() {
        assert_eq!(version_of("a=1&v=0123abcd"), Some("0123abcd"));
        assert_eq!(version_of("v="), None);
    }
}
