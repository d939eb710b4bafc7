//! Regions. On the platform each has a host of its own; here each is a path below the sandbox's address:
//! `/regions/eu-west/v1/calls/…` is what `https://api-eu-3.vonage.com/v1/calls/…` is there. The address itself is the
//! region-less API host ("Voice API: regions"; Application API v2: `capabilities.voice.region`).

use axum::extract::Request;
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

/// The names that an application's `region` may have.
pub const NAMES: [&str; 6] = ["na-east", "na-west", "eu-west", "eu-east", "apac-sng", "apac-australia"];

/// Carries the region of the address that was asked to the handlers. What a client sends under this name is dropped.
const HEADER: &str = "x-sandbox-region";

/// The address of a region; of the API host for none.
pub fn url(base: &str, region: &str) -> String {
    if region.is_empty() { base.to_owned() } else { format!("{base}/regions/{region}") }
}

/// The region whose address was asked; empty for the API host.
pub fn asked(headers: &HeaderMap) -> &str {
    headers.get(HEADER).and_then(|name| name.to_str().ok()).unwrap_or_default()
}

/// Takes the region out of the path, before anything is routed.
///
/// # Errors
/// 404 for a region that there is not.
pub async fn enter(mut request: Request) -> Result<Request, Response> {
    request.headers_mut().remove(HEADER);
    let uri = request.uri().clone();
    let Some(rest) = uri.path().strip_prefix("/regions/") else { return Ok(request) };
    let (name, path) = rest.split_once('/').unwrap_or((rest, ""));
    let known = NAMES.into_iter().find(|known| *known == name);
    let query = uri.query().map_or_else(String::new, |query| format!("?{query}"));
    let inside: Option<PathAndQuery> = format!("/{path}{query}").parse().ok();
    let (Some(known), Some(inside)) = (known, inside) else {
        return Err((StatusCode::NOT_FOUND, "There is no such region.").into_response());
    };
    request.headers_mut().insert(HEADER, HeaderValue::from_static(known));
    let mut parts = uri.into_parts();
    parts.path_and_query = Some(inside);
    *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[tokio::test]
    async fn p1_the_region_is_taken_out_of_the_path_and_never_from_a_header() {
        let through = async |path: &str| {
            let request = Request::builder().uri(path).header(HEADER, "eu-east").body(Body::empty()).unwrap();
            enter(request).await.map(|request| (request.uri().to_string(), asked(request.headers()).to_owned()))
        };
        for (path, uri, region) in [
            ("/v1/calls/leg", "/v1/calls/leg", ""),
            ("/regions/eu-west/v1/calls/leg?a=b", "/v1/calls/leg?a=b", "eu-west"),
            ("/regions/apac-sng", "/", "apac-sng"),
        ] {
            assert_eq!(through(path).await.unwrap(), (uri.to_owned(), region.to_owned()));
        }
        assert_eq!(through("/regions/mars/v1/calls").await.unwrap_err().status(), 404);
    }
}
