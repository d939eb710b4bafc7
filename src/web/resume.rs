//! A form whose session had ended is not lost: the login page carries it on, and after signing in its page shows it again,
//! filled in and not sent. The person who signed in presses the button.
//!
//! What was typed stands in no address and is kept nowhere for strangers: it goes to the browser and comes back with the
//! sign-in as hidden fields. From then until its page is shown, a minute at most as a rule, it is a note in memory
//! (`service::flash`). Secrets are left out. A sign-in that was refused is shown the same way, with the name in it.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use leptos::prelude::provide_context;
use tower_sessions::Session;

use super::arguments::BODY_LIMIT;
use super::pages;
use super::refill::{ANCHOR, Typed, refill};
use super::sessions::ACCOUNT;
use super::state::Web;
use crate::api::account::Carried;
use crate::api::flash::FORM_REFUSED;
use crate::api::paths::{LOGIN, UNSENT, local_path};
use crate::app::unsent_notice;

const SIGN_IN: &str = "/api/sign-in";
const SANDBOX_SIGN_IN: &str = "/api/sandbox-sign-in";
/// The note that holds an [`Unsent`].
const NOTE: &str = "unsent";
/// A page is smaller.
const LARGEST_PAGE: usize = 8 << 20;

/// The hidden fields of the login page.
const ACTION: &str = "unsent.action";
const PAGE: &str = "unsent.page";
const FIELD: &str = "unsent.field.";

/// A form that was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Unsent {
    /// Path and query of the page that the form is on.
    page: String,
    typed: Typed,
    /// It was sent and refused, and the page says why.
    #[serde(default)]
    refused: bool,
}

impl Unsent {
    /// What a browser has just posted; `None` when it does not say from which page.
    fn of(head: &Parts, sent: &Bytes) -> Option<Self> {
        let referer = url::Url::parse(text(&head.headers, header::REFERER)).ok()?;
        let page = match referer.query() {
            Some(query) => format!("{}?{query}", referer.path()),
            None => referer.path().to_owned(),
        };
        let fields = url::form_urlencoded::parse(sent).into_owned().filter(|(name, _)| !is_secret(name)).collect();
        Self { page, typed: Typed { action: head.uri.path().to_owned(), fields }, refused: false }.checked()
    }

    /// What a sign-in brings back.
    fn carried(sent: &[(String, String)]) -> Option<Self> {
        let value = |name: &str| sent.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let field = |(name, value): &(String, String)| Some((name.strip_prefix(FIELD)?.to_owned(), value.clone()));
        let fields = sent.iter().filter_map(field).filter(|(name, _)| !is_secret(name)).collect();
        Self { page: value(PAGE)?, typed: Typed { action: value(ACTION)?, fields }, refused: false }.checked()
    }

    fn checked(self) -> Option<Self> {
        let page = local_path(&self.page).is_some() && !["/api/", LOGIN].iter().any(|no| self.page.starts_with(no));
        (page && self.typed.action.starts_with("/api/") && !self.typed.fields.is_empty()).then_some(self)
    }

    fn hidden(self) -> Vec<(String, String)> {
        let fields = self.typed.fields.into_iter().map(|(name, value)| (format!("{FIELD}{name}"), value));
        [(ACTION.to_owned(), self.typed.action), (PAGE.to_owned(), self.page)].into_iter().chain(fields).collect()
    }
}

/// An address without its query and fragment.
fn path_of(address: &str) -> &str {
    address.split(['?', '#']).next().unwrap_or_default()
}

/// What never leaves the request it came with; and the "yes" to a question, which is asked again.
fn is_secret(name: &str) -> bool {
    let ends = ["secret", "password", "token"];
    ends.iter().any(|end| name.ends_with(end)) || ["current", "new", "repeated", "sure"].contains(&name)
}

/// Around every page and server function.
pub(super) async fn carry(State(web): State<Web>, request: Request, next: Next) -> Response {
    let Some(session) = request.extensions().get::<Session>().cloned() else { return next.run(request).await };
    if !text(request.headers(), header::ACCEPT).contains("text/html") {
        return next.run(request).await;
    }
    match *request.method() {
        Method::POST => posted(&web, &session, request, next).await,
        Method::GET => shown(&web, &session, request, next).await,
        _ => next.run(request).await,
    }
}

async fn posted(web: &Web, session: &Session, request: Request, next: Next) -> Response {
    let (head, body) = request.into_parts();
    let Ok(sent) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return (StatusCode::PAYLOAD_TOO_LARGE, "the body is too long, or was cut off\n").into_response();
    };
    let before = head.clone();
    let mut response = next.run(Request::from_parts(head, Body::from(sent.clone()))).await;
    let to = text(response.headers(), header::LOCATION).to_owned();
    if to == UNSENT {
        return match Unsent::of(&before, &sent) {
            Some(unsent) => {
                let next: String = url::form_urlencoded::byte_serialize(unsent.page.as_bytes()).collect();
                let carried = Carried { name: String::new(), unsent: unsent.hidden() };
                login(web, before, &format!("{UNSENT}&next={next}"), carried).await
            }
            None => found(LOGIN),
        };
    }
    if response.headers_mut().remove(FORM_REFUSED).is_some() {
        let unsent = Unsent::of(&before, &sent).filter(|unsent| path_of(&unsent.page) == path_of(&to));
        if let (Some(unsent), Ok(Some(account))) = (unsent, session.get::<String>(ACCOUNT).await)
            && let Ok(note) = serde_json::to_string(&Unsent { refused: true, ..unsent })
        {
            web.services.flash.leave_flash(&account, NOTE, note);
        }
        return response;
    }
    let path = before.uri.path();
    if ![SIGN_IN, SANDBOX_SIGN_IN].contains(&path) {
        return response;
    }
    let fields: Vec<(String, String)> = url::form_urlencoded::parse(&sent).into_owned().collect();
    let unsent = Unsent::carried(&fields);
    if to.starts_with(LOGIN) && to.contains("?problem=") {
        if path == SIGN_IN || unsent.is_some() {
            let name = fields.into_iter().find(|(name, _)| path == SIGN_IN && name == "name").map(|(_, name)| name);
            let unsent = unsent.map(Unsent::hidden).unwrap_or_default();
            return login(web, before, &to, Carried { name: name.unwrap_or_default(), unsent }).await;
        }
    } else if let (Some(unsent), Ok(Some(account))) = (unsent, session.get::<String>(ACCOUNT).await)
        && let Ok(note) = serde_json::to_string(&unsent)
    {
        web.services.flash.leave_flash(&account, NOTE, note);
        if let (true, Ok(to)) = (to == unsent.page, HeaderValue::from_str(&format!("{to}#{ANCHOR}"))) {
            response.headers_mut().insert(header::LOCATION, to);
        }
    }
    response
}

/// The login page at this address, as the answer to a form.
async fn login(web: &Web, head: Parts, at: &str, carried: Carried) -> Response {
    let Ok(uri) = at.parse() else { return found(LOGIN) };
    pages::answer(web, head, uri, move || provide_context(carried.clone())).await
}

fn found(to: &str) -> Response {
    Redirect::to(to).into_response()
}

/// Fills in the form that waits for this page.
async fn shown(web: &Web, session: &Session, request: Request, next: Next) -> Response {
    if session.id().is_none() {
        return next.run(request).await;
    }
    let not_sent = unsent_notice(
        request.headers().get(header::COOKIE).and_then(|value| value.to_str().ok()),
        request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()),
    );
    let path = request.uri().path().to_owned();
    let waiting = match session.get::<String>(ACCOUNT).await {
        Ok(Some(account)) => web.services.flash.read_flash(&account, NOTE).map(|note| (account, note)),
        _ => None,
    };
    let unsent = waiting.and_then(|(account, note)| Some((account, serde_json::from_str::<Unsent>(&note).ok()?)));
    let response = next.run(request).await;
    let Some((account, unsent)) = unsent.filter(|(_, unsent)| unsent.page.split('?').next() == Some(path.as_str()))
    else {
        return response;
    };
    let html = text(response.headers(), header::CONTENT_TYPE).starts_with("text/html");
    if response.status() != StatusCode::OK || !html {
        return response;
    }
    // The page says why a form was refused.
    let notice = (!unsent.refused).then_some(not_sent);
    // Shown once.
    let _ = web.services.flash.take_flash(&account, NOTE);
    let (mut head, body) = response.into_parts();
    let Ok(body) = axum::body::to_bytes(body, LARGEST_PAGE).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let filled = std::str::from_utf8(&body).ok().and_then(|page| refill(page, &unsent.typed, notice));
    head.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(head, filled.map_or_else(|| Body::from(body), Body::from))
}

fn text(headers: &HeaderMap, name: HeaderName) -> &str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a5_what_is_carried_comes_back_and_secrets_do_not() {
        let fields = pairs(&[("name", "Menu"), ("api_secret", "x"), ("sure", "yes"), ("keys", "12")]);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
        let request = Request::post("/api/call-flow-edit").header("referer", "http://a.example/admin/flows/new?x=1#y");
        let (head, ()) = request.body(()).unwrap().into_parts();
        let unsent = Unsent::of(&head, &Bytes::from(body)).unwrap();
        assert_eq!((unsent.page.as_str(), unsent.typed.fields.len()), ("/admin/flows/new?x=1", 2));
        assert_eq!(Unsent::carried(&unsent.clone().hidden()), Some(unsent));
    }

    #[test]
    fn a5_only_pages_and_functions_of_ours_are_carried() {
        let field = ("unsent.field.name", "x");
        for (page, action) in [
            ("https://evil.example/", "/api/x"),
            ("//evil.example/", "/api/x"),
            ("/api/sign-in", "/api/x"),
            ("/login?next=/", "/api/x"),
            ("/admin/flows", "https://evil.example/"),
        ] {
            assert_eq!(Unsent::carried(&pairs(&[(PAGE, page), (ACTION, action), field])), None, "{page} {action}");
        }
        assert!(Unsent::carried(&pairs(&[(PAGE, "/admin/flows"), (ACTION, "/api/x"), field])).is_some());
        assert_eq!(Unsent::carried(&pairs(&[(PAGE, "/admin/flows"), (ACTION, "/api/x")])), None);
        assert_eq!(Unsent::carried(&[]), None);
    }
}
