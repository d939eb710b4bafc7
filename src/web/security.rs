//! The headers that every answer carries, and the check that a form was sent by our own page.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tower_http::csrf::CsrfLayer;

use super::state::Web;
use crate::service::VoiceEndpoints;

/// The value that our own scripts and styles carry, new for each answer. Pages take it from Leptos' context.
#[derive(Debug, Clone)]
pub(super) struct PageNonce(pub Arc<str>);

/// What the operator's addresses mean for the headers.
#[derive(Debug, Clone)]
pub(super) struct Policy {
    /// People reach us by https.
    pub secure: bool,
    /// Where people reach us: scheme, host, port.
    pub origin: String,
    connect_src: String,
}

impl Policy {
    pub(super) fn new(public_url: &str, voice: &VoiceEndpoints) -> Self {
        let mut connect_src = String::from("'self'");
        for source in [&voice.api_url, &voice.websocket_url].into_iter().flat_map(|url| sources(url)) {
            if !connect_src.split(' ').any(|known| known == source) {
                connect_src.push(' ');
                connect_src.push_str(&source);
            }
        }
        let origin = url::Url::parse(public_url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        Self { secure: public_url.starts_with("https://"), origin, connect_src }
    }

    /// Only scripts with the nonce, and what those load; WebAssembly, but no `eval`; no inline style attribute. The
    /// browser talks to us and to the configured voice hosts.
    fn content_security(&self, nonce: &str) -> String {
        let Self { connect_src, .. } = self;
        format!(
            "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; \
             style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; media-src 'self' blob:; \
             connect-src {connect_src}; manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; \
             frame-ancestors 'none'"
        )
    }

    /// Refuses what another site's page posts, by `Sec-Fetch-Site` and `Origin`. Our own origin is named because a proxy
    /// may change `Host`.
    pub(super) fn cross_site(&self) -> CsrfLayer {
        CsrfLayer::new().add_trusted_origin(&self.origin).unwrap_or_default()
    }
}

/// Both schemes of a host: the SDK speaks HTTP and WebSocket with either.
fn sources(url: &str) -> Vec<String> {
    let Ok(url) = url::Url::parse(url) else { return Vec::new() };
    let Some(host) = url.host_str() else { return Vec::new() };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let schemes = if matches!(url.scheme(), "https" | "wss") { ["https", "wss"] } else { ["http", "ws"] };
    schemes.into_iter().map(|scheme| format!("{scheme}://{host}{port}")).collect()
}

/// Puts a [`PageNonce`] into the request's extensions and the headers on the answer.
pub(super) async fn headers(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let mut random = [0; 16];
    web.random.bytes(&mut random);
    let nonce: Arc<str> = STANDARD.encode(random).into();
    request.extensions_mut().insert(PageNonce(Arc::clone(&nonce)));
    let mut response = next.run(request).await;
    let mut set = |name: HeaderName, value: &str| {
        if let (false, Ok(value)) = (response.headers().contains_key(&name), HeaderValue::from_str(value)) {
            response.headers_mut().insert(name, value);
        }
    };
    set(header::CONTENT_SECURITY_POLICY, &web.policy.content_security(&nonce));
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Not `no-referrer`: with it browsers send `Origin: null` with our own forms.
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("permissions-policy"), "microphone=(self), camera=(), geolocation=(), payment=()");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::CACHE_CONTROL, "no-store");
    if web.policy.secure {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_voice_hosts_with_both_schemes_and_once() {
        let voice = VoiceEndpoints {
            api_url: "http://127.0.0.1:3001".into(),
            websocket_url: "ws://127.0.0.1:3001".into(),
            websocket_path: String::new(),
        };
        let policy = Policy::new("http://127.0.0.1:3000", &voice);
        assert_eq!(policy.connect_src, "'self' http://127.0.0.1:3001 ws://127.0.0.1:3001");
        assert!(!policy.secure);
        let text = policy.content_security("N0nce");
        assert!(text.contains("script-src 'self' 'nonce-N0nce' 'strict-dynamic' 'wasm-unsafe-eval';"));
        assert!(!text.contains("unsafe-inline") && !text.contains("'unsafe-eval'"));
        let real = VoiceEndpoints {
            api_url: "https://api-eu.vonage.com".into(),
            websocket_url: "wss://ws-eu.vonage.com".into(),
            websocket_path: String::new(),
        };
        assert_eq!(
            Policy::new("https://calls.example.com", &real).connect_src,
            "'self' https://api-eu.vonage.com wss://api-eu.vonage.com https://ws-eu.vonage.com wss://ws-eu.vonage.com"
        );
    }

    #[test]
    fn an_address_that_is_none_adds_nothing() {
        for url in ["", "x; script-src *", "data:text/html,x"] {
            assert!(sources(url).is_empty(), "{url}");
        }
    }
}
