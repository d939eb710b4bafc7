//! What the bodies of server functions take from their request. Server only.

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use leptos::prelude::{ServerFnError, use_context};
use leptos_axum::ResponseOptions;
use tower_sessions::Session;

use super::access::{Access, SameMachine};
use super::paths::{LOGIN, UNSENT};
use crate::domain::account::Role;
use crate::service::{Account, Denied, Services};

pub(super) use crate::service::SESSION_ACCOUNT as ACCOUNT;

pub(super) fn services() -> Result<Services, ServerFnError> {
    use_context().ok_or_else(|| fault("the services are not in the context"))
}

pub(super) fn session() -> Result<Session, ServerFnError> {
    use_context().ok_or_else(|| fault("the session is not in the context"))
}

/// Where the request came from, after trusted proxies.
pub(super) fn client_ip() -> Result<IpAddr, ServerFnError> {
    use_context::<IpAddr>().ok_or_else(|| fault("the client's address is not in the context"))
}

/// Whether a person at this machine asks. Not known is no.
pub(super) fn same_machine() -> bool {
    use_context::<SameMachine>().is_some_and(|SameMachine(same)| same)
}

/// The address of the page that sent the request.
pub(super) fn page() -> Option<String> {
    let parts = use_context::<Parts>()?;
    parts.headers.get(header::REFERER)?.to_str().ok().map(str::to_owned)
}

/// The path of the page that is being made; where a browser calls a server function by itself, of the page that calls.
pub(super) fn page_path() -> Option<String> {
    let parts = use_context::<Parts>()?;
    match parts.uri.path() {
        path if path.starts_with("/api/") => Some(url::Url::parse(&page()?).ok()?.path().to_owned()),
        path => Some(path.to_owned()),
    }
}

/// Whether `public/live.js` reads the page again: what is said once is then not for it.
pub(super) fn read_again() -> bool {
    use_context::<Parts>().is_some_and(|parts| parts.headers.contains_key("x-read-again"))
}

/// Our own fault: the log says what, the browser only that.
pub(super) fn fault(what: impl std::fmt::Display) -> ServerFnError {
    tracing::error!(error = %what, "a server function failed");
    ServerFnError::ServerError("internal error".into())
}

/// Who is signed in, whatever they may do.
pub(super) async fn account() -> Result<Option<Account>, ServerFnError> {
    let id: Option<String> = session()?.get(ACCOUNT).await.map_err(fault)?;
    let Some(id) = id else { return Ok(None) };
    services()?.accounts.account(&id).await.map_err(fault)
}

impl From<Result<Account, Denied>> for Access<Account> {
    fn from(permitted: Result<Account, Denied>) -> Self {
        match permitted {
            Ok(account) => Self::Granted(account),
            Err(Denied::SignIn) => Self::SignIn,
            Err(Denied::ChangePassword) => Self::ChangePassword,
            Err(Denied::Forbidden) => Self::Forbidden,
        }
    }
}

/// The signed-in account if its role `may`; otherwise the refusal, which also becomes the answer's status: 401, 403, or for
/// a form that was sent without JavaScript a redirect to the sign-in.
async fn permitted(may: impl Fn(Role) -> bool) -> Result<Access<Account>, ServerFnError> {
    let id: Option<String> = session()?.get(ACCOUNT).await.map_err(fault)?;
    let access: Access<Account> = services()?.accounts.permitted(id.as_deref(), may).await.map_err(fault)?.into();
    if let Some(response) = use_context::<ResponseOptions>() {
        match &access {
            Access::Granted(_) => {}
            // `web` shows the login page instead, with what was typed.
            Access::SignIn if is_form() => leptos_axum::redirect(UNSENT),
            _ if is_form() => leptos_axum::redirect(LOGIN),
            Access::SignIn => response.set_status(StatusCode::UNAUTHORIZED),
            Access::ChangePassword | Access::Forbidden => response.set_status(StatusCode::FORBIDDEN),
        }
    }
    Ok(access)
}

/// The signed-in account if its role is `least` or higher; otherwise the refusal.
pub(super) async fn least(least: Role) -> Result<Access<Account>, ServerFnError> {
    permitted(|role| role.may(least)).await
}

/// The signed-in operator; otherwise the refusal.
pub(super) async fn operator() -> Result<Access<Account>, ServerFnError> {
    least(Role::Operator).await
}

/// The signed-in supervisor or operator; otherwise the refusal.
pub(super) async fn supervisor() -> Result<Access<Account>, ServerFnError> {
    least(Role::Supervisor).await
}

/// The signed-in account if it takes calls; otherwise the refusal.
pub(super) async fn agent() -> Result<Access<Account>, ServerFnError> {
    permitted(Role::takes_calls).await
}

/// Whether a browser posted a plain form to a server function, and shows what comes back as a page.
fn is_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accepts = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        parts.method == Method::POST && accepts.is_some_and(|accepts| accepts.contains("text/html"))
    })
}
