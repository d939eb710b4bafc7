//! Who may work the sandbox's controls (telephones, faults, trace, the page): programs, and the sandbox's own page.
//!
//! There is no password, so a page of another site must not get in by a browser on the same machine. It could in three
//! ways: by a request with a foreign `Origin`, by one that browsers send without asking because its type is that of a plain
//! form, and by a name of its own that it points at this machine (DNS rebinding). Programs send no `Origin`, and pass.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use url::{Host, Url};

/// The types that a browser sends to other sites without asking them first (Fetch standard, "CORS-safelisted").
const UNASKED: [&str; 3] = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];

/// The names under which the sandbox is reached.
#[derive(Debug, Clone)]
pub struct Names {
    /// The configured address, if one is.
    configured: Option<Arc<Url>>,
}

impl Names {
    /// `public_url` is what was configured.
    #[must_use]
    pub fn new(public_url: Option<&str>) -> Names {
        Names { configured: public_url.and_then(|url| Url::parse(url).ok()).map(Arc::new) }
    }

    /// Why a request may not work the controls.
    fn refuses(&self, method: &Method, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
        let text = |name: header::HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let host = text(header::HOST);
        if host.is_some_and(|host| !self.known(host)) {
            let why = "Host: the sandbox is not known by this name; set SANDBOX_URL to use it";
            return Some((StatusCode::MISDIRECTED_REQUEST, why));
        }
        if text(header::ORIGIN).is_some_and(|origin| !self.own(origin, host)) {
            return Some((StatusCode::FORBIDDEN, "Origin: pages of other sites may not work the sandbox"));
        }
        let kind = text(header::CONTENT_TYPE).map(|kind| kind.split(';').next().unwrap_or("").trim().to_lowercase());
        if *method != Method::GET && kind.is_some_and(|kind| UNASKED.contains(&kind.as_str())) {
            return Some((StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type: must be application/json"));
        }
        None
    }

    /// An address, which no other site can name its own, this machine's own name, or the configured one.
    fn known(&self, host: &str) -> bool {
        let Some(url) = bare(host) else { return false };
        match url.host() {
            Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.');
                let configured = self.configured.as_ref().and_then(|url| url.domain());
                name == "localhost" || name.ends_with(".localhost") || configured == Some(name)
            }
            None => false,
        }
    }

    /// Whether an origin is that of the sandbox's own page: where the request went to, or the configured address.
    fn own(&self, origin: &str, host: Option<&str>) -> bool {
        let Ok(origin) = Url::parse(origin) else { return false };
        if self.configured.as_ref().is_some_and(|configured| configured.origin() == origin.origin()) {
            return true;
        }
        // Behind a proxy the scheme may be another one.
        let place = |url: &Url| (url.host().map(|host| host.to_owned()), url.port_or_known_default());
        matches!(origin.scheme(), "http" | "https")
            && host.and_then(bare).is_some_and(|url| {
                let there = (url.host().map(|host| host.to_owned()), url.port().or(origin.port_or_known_default()));
                place(&origin) == there
            })
    }
}

/// A `Host` header's value as an address; `None` when there is anything else in it.
fn bare(host: &str) -> Option<Url> {
    let url = Url::parse(&format!("http://{host}/")).ok()?;
    (url.path() == "/" && url.username().is_empty() && url.password().is_none() && url.query().is_none()).then_some(url)
}

/// Around the controls.
pub async fn controls(State(names): State<Names>, request: Request, next: Next) -> Response {
    match names.refuses(request.method(), request.headers()) {
        Some((status, why)) => (status, Json(json!({ "error": why }))).into_response(),
        None => next.run(request).await,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn refused(names: &Names, method: Method, headers: &[(&'static str, &str)]) -> u16 {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, HeaderValue::from_str(value).unwrap());
        }
        names.refuses(&method, &map).map_or(0, |(status, _)| status.as_u16())
    }

    #[test]
    fn f16_only_names_of_this_machine_addresses_and_the_configured_name_reach_the_controls() {
        let names = Names::new(Some("https://sandbox.example.com"));
        for host in [
            "127.0.0.1:3001",
            "localhost:3001",
            "LOCALHOST",
            "box.localhost:3001",
            "[::1]:3001",
            "192.168.1.7:3001",
            "sandbox.example.com",
            "Sandbox.Example.com:443",
        ] {
            assert_eq!(refused(&names, Method::GET, &[("host", host)]), 0, "{host}");
        }
        for host in [
            "evil.example:3001",
            "localhost.evil.example",
            "127.0.0.1.evil.example:3001",
            "sandbox.example.com.evil.example",
            "evil.example@127.0.0.1",
            "127.0.0.1/evil",
            "",
        ] {
            assert_eq!(refused(&names, Method::GET, &[("host", host)]), 421, "{host:?}");
        }
        assert_eq!(refused(&names, Method::POST, &[]), 0, "programs need not name it");
    }

    #[test]
    fn f16_only_its_own_page_may_work_it_from_a_browser() {
        let names = Names::new(Some("https://sandbox.example.com"));
        let post = |host: &str, origin: &str| refused(&names, Method::POST, &[("host", host), ("origin", origin)]);
        assert_eq!(post("127.0.0.1:3001", "http://127.0.0.1:3001"), 0);
        assert_eq!(post("[::1]:3001", "http://[::1]:3001"), 0);
        assert_eq!(post("sandbox.example.com", "https://sandbox.example.com"), 0);
        assert_eq!(post("127.0.0.1:3001", "https://sandbox.example.com"), 0, "a proxy that changes Host");
        for origin in [
            "http://evil.example",
            "http://127.0.0.1:3000",
            "http://localhost:3001",
            "null",
            "http://127.0.0.1.evil.example:3001",
            "chrome-extension://127.0.0.1:3001",
            "",
        ] {
            assert_eq!(post("127.0.0.1:3001", origin), 403, "{origin:?}");
        }
        // A WebSocket opens by GET.
        assert_eq!(refused(&names, Method::GET, &[("origin", "http://evil.example")]), 403);
    }

    #[test]
    fn f16_what_a_plain_form_can_send_is_refused() {
        let names = Names::new(None);
        for kind in [
            "text/plain",
            "Text/Plain;charset=UTF-8",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
        ] {
            for method in [Method::POST, Method::PUT, Method::DELETE] {
                assert_eq!(refused(&names, method, &[("content-type", kind)]), 415, "{kind}");
            }
        }
        assert_eq!(refused(&names, Method::POST, &[("content-type", "application/json; charset=utf-8")]), 0);
    }
}
