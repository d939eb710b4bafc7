//! What the operator's addresses mean for the headers, and the check that a form was sent by our own page.

use tower_http::csrf::CsrfLayer;

use crate::service::VoiceEndpoints;

/// What the operator's addresses mean for the headers.
#[derive(Debug, Clone)]
pub(in crate::web) struct Policy {
    /// People reach us by https.
    pub secure: bool,
    /// Where people reach us: scheme, host, port.
    pub origin: String,
    connect_src: String,
}

impl Policy {
    pub(in crate::web) fn new(public_url: &str, voice: &VoiceEndpoints) -> Self {
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
    pub(super) fn content_security(&self, nonce: &str) -> String {
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
    pub(in crate::web) fn cross_site(&self) -> CsrfLayer {
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
