//! The headers that every answer carries.

pub(super) mod policy;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{self, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::state::Web;

/// The value that our own scripts and styles carry, new for each answer. Pages take it from Leptos' context.
#[derive(Debug, Clone)]
pub(super) struct PageNonce(pub Arc<str>);

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
