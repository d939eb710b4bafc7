//! The pages and the server functions: Leptos behind Axum.
//!
//! What `api` and `ui` need of the outside reaches them as Leptos context, so that they never import this module.

use std::sync::LazyLock;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use leptos::nonce::Nonce;
use leptos::prelude::{provide_context, use_context};
use leptos_axum::{AxumRouteListing, LeptosRoutes, generate_route_list};
use tower_sessions::Session;

use super::peer::ClientIp;
use super::security::PageNonce;
use super::state::Web;
use crate::api::business::Brand;
use crate::api::{SameMachine, Sandboxed};
use crate::app::{App, shell};

/// The application's own routes. Made once in a process: while Leptos makes this list, a page that begins to load its
/// content anywhere else in the process never ends (leptos issue 4773), which would hang one router's pages while
/// another is put together.
static LISTED: LazyLock<Vec<AxumRouteListing>> = LazyLock::new(|| generate_route_list(App));

/// The addresses of all pages; `{id}` stands for any part.
#[cfg(test)]
pub(super) fn paths() -> Vec<String> {
    LISTED.iter().map(|listed| listed.path().to_owned()).collect()
}

/// Every route that the application's own router knows, and every server function.
pub(super) fn routes(web: &Web) -> Router<Web> {
    Router::new().leptos_routes_with_context(web, LISTED.clone(), context(web), shell)
}

/// The application's own "not found" page with status 404, for people; a line of text for everything else.
pub(super) async fn not_found(web: Web, request: Request) -> Response {
    if let Some(to) = without_slash(request.method(), request.uri()) {
        return Redirect::permanent(&to).into_response();
    }
    let wants_page = request.headers().get_all(header::ACCEPT).iter().filter_map(|accept| accept.to_str().ok());
    if !wants_page.into_iter().any(|accept| accept.contains("text/html")) {
        return (StatusCode::NOT_FOUND, "there is nothing here\n").into_response();
    }
    let render = leptos_axum::render_app_async_with_context(context(&web), shell);
    let mut response = render(request).await.into_response();
    if response.status() == StatusCode::OK {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    response
}

/// An address with slashes too many at its end leads to the page without them.
pub(super) fn without_slash(method: &Method, uri: &Uri) -> Option<String> {
    let path = uri.path().trim_end_matches('/');
    // Two at its beginning would name another server.
    let plain = path.len() < uri.path().len() && path.starts_with('/') && !path.starts_with("//");
    (plain && [Method::GET, Method::HEAD].contains(method)).then(|| match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    })
}

/// A page as the answer to something else that was sent, such as a form: `head` is what asked, and `provide` gives the page
/// what it has to know of it.
pub(super) async fn answer(
    web: &Web,
    mut head: Parts,
    page: Uri,
    provide: impl Fn() + Clone + Send + Sync + 'static,
) -> Response {
    (head.method, head.uri) = (Method::GET, page);
    for name in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        head.headers.remove(name);
    }
    let around = context(web);
    let context = move || {
        around();
        provide();
    };
    let render = leptos_axum::render_app_async_with_context(context, shell);
    render(Request::from_parts(head, Body::empty())).await.into_response()
}

/// What pages and server functions find in their context: the services, the session, the client's address and the nonce.
pub(super) fn context(web: &Web) -> impl Fn() + Clone + Send + Sync + 'static {
    let services = web.services.clone();
    move || {
        provide_context(services.clone());
        // All times on all pages are in this zone.
        provide_context(services.business.zone());
        // Whose name, colour and words a page has.
        provide_context(Brand::of(&services));
        if let Some(sandbox) = &services.settings().sandbox {
            provide_context(Sandboxed { handsets: sandbox.handset_page_url.clone() });
        }
        let Some(request) = use_context::<Parts>() else { return };
        if let Some(session) = request.extensions.get::<Session>() {
            provide_context(session.clone());
        }
        if let Some(ClientIp(ip)) = request.extensions.get::<ClientIp>() {
            provide_context(*ip);
        }
        if let Some(same) = request.extensions.get::<SameMachine>() {
            provide_context(*same);
        }
        // leptos_axum has just made a nonce of its own; the header has ours.
        if let Some(PageNonce(nonce)) = request.extensions.get::<PageNonce>() {
            provide_context(Nonce::from_value(nonce.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slash_at_the_end_of_an_address_is_left_out() {
        let of = |method: &Method, uri: &'static str| without_slash(method, &Uri::from_static(uri));
        assert_eq!(of(&Method::GET, "/admin/calls/"), Some("/admin/calls".into()));
        assert_eq!(of(&Method::GET, "/admin/calls//?show=missed"), Some("/admin/calls?show=missed".into()));
        assert_eq!(of(&Method::GET, "/admin/calls"), None);
        assert_eq!((of(&Method::GET, "/"), of(&Method::GET, "//evil.example/")), (None, None));
        assert_eq!(of(&Method::POST, "/admin/calls/"), None);
    }
}
