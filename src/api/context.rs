//! What the bodies of server functions take from their request. Server only.

use std::net::IpAddr;

use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use leptos::prelude::{FromServerFnError as _, use_context};
use leptos::server_fn::error::ServerFnErrorErr;
use leptos_axum::ResponseOptions;
use tower_sessions::{Session, session};

use super::access::{Access, SameMachine};
use super::error::ApiError;
use super::paths::{LOGIN, UNSENT};
use crate::domain::account::Role;
use crate::service::{Account, Denied, Refusable as _, ServiceError, Services};

pub(super) use crate::service::SESSION_ACCOUNT as ACCOUNT;

pub(super) fn services() -> Result<Services, ApiError> {
    use_context().ok_or_else(|| fault("the services are not in the context"))
}

pub(super) fn session() -> Result<Session, ApiError> {
    use_context().ok_or_else(|| fault("the session is not in the context"))
}

/// Where the request came from, after trusted proxies.
pub(super) fn client_ip() -> Result<IpAddr, ApiError> {
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
pub(super) fn fault(what: impl std::fmt::Display) -> ApiError {
    tracing::error!(error = %what, "a server function failed");
    ApiError::from_server_fn_error(ServerFnErrorErr::ServerError("internal error".into()))
}

impl From<ServiceError> for ApiError {
    fn from(error: ServiceError) -> Self {
        fault(error)
    }
}

impl From<session::Error> for ApiError {
    fn from(error: session::Error) -> Self {
        fault(error)
    }
}

impl From<serde_json::Error> for ApiError {
    fn from(error: serde_json::Error) -> Self {
        fault(error)
    }
}

/// What ends the body of a server function early.
pub(super) enum Stop {
    /// Who asks may not.
    Denied(Denied),
    /// Our own fault, which is in the log.
    Fault(ApiError),
}

impl From<Denied> for Stop {
    fn from(why: Denied) -> Self {
        Self::Denied(why)
    }
}

impl<E> From<E> for Stop
where
    ApiError: From<E>,
{
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

/// The answer of a server function whose `body` checks who asks: what it made, or the refusal.
pub(super) async fn guarded<T>(body: impl Future<Output = Result<T, Stop>>) -> Result<Access<T>, ApiError> {
    match body.await {
        Ok(content) => Ok(Access::Granted(content)),
        Err(Stop::Denied(why)) => Ok(why.into()),
        Err(Stop::Fault(error)) => Err(error),
    }
}

/// The same where the answer has no word for a refusal: who is refused gets nothing.
pub(super) async fn guarded_or_nothing<T: Default>(body: impl Future<Output = Result<T, Stop>>) -> Result<T, ApiError> {
    Ok(guarded(body).await?.granted::<()>().unwrap_or_default())
}

impl<T> From<Denied> for Access<T> {
    fn from(why: Denied) -> Self {
        match why {
            Denied::SignIn => Self::SignIn,
            Denied::ChangePassword => Self::ChangePassword,
            Denied::Forbidden => Self::Forbidden,
        }
    }
}

impl<T> From<Result<T, Denied>> for Access<T> {
    fn from(permitted: Result<T, Denied>) -> Self {
        permitted.map_or_else(Self::from, Self::Granted)
    }
}

/// Who is signed in, whatever they may do.
pub(super) async fn account() -> Result<Option<Account>, ApiError> {
    let id: Option<String> = session()?.get(ACCOUNT).await?;
    let Some(id) = id else { return Ok(None) };
    Ok(services()?.accounts.account(&id).await?)
}

/// The signed-in account if its role `may`. A refusal also becomes the answer's status: 401, 403, or for a form that was
/// sent without JavaScript a redirect to the sign-in.
async fn permitted(may: impl Fn(Role) -> bool) -> Result<Account, Stop> {
    let id: Option<String> = session()?.get(ACCOUNT).await?;
    let permitted = services()?.accounts.permitted(id.as_deref(), may).await.refusable()?;
    if let (Err(why), Some(response)) = (&permitted, use_context::<ResponseOptions>()) {
        match why {
            // `web` shows the login page instead, with what was typed.
            Denied::SignIn if is_form() => leptos_axum::redirect(UNSENT),
            _ if is_form() => leptos_axum::redirect(LOGIN),
            Denied::SignIn => response.set_status(StatusCode::UNAUTHORIZED),
            Denied::ChangePassword | Denied::Forbidden => response.set_status(StatusCode::FORBIDDEN),
        }
    }
    Ok(permitted?)
}

/// Answers with status 404, for a page about something that does not exist.
pub(super) fn not_found() {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(StatusCode::NOT_FOUND);
    }
}

/// The signed-in account if its role is `least` or higher.
pub(super) async fn least(least: Role) -> Result<Account, Stop> {
    permitted(|role| role.may(least)).await
}

/// The signed-in operator.
pub(super) async fn operator() -> Result<Account, Stop> {
    least(Role::Operator).await
}

/// The signed-in supervisor or operator.
pub(super) async fn supervisor() -> Result<Account, Stop> {
    least(Role::Supervisor).await
}

/// The signed-in account if it takes calls.
pub(super) async fn agent() -> Result<Account, Stop> {
    permitted(Role::takes_calls).await
}

/// Whether a browser posted a plain form to a server function, and shows what comes back as a page.
fn is_form() -> bool {
    use_context::<Parts>().is_some_and(|parts| {
        let accepts = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        parts.method == Method::POST && accepts.is_some_and(|accepts| accepts.contains("text/html"))
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::sync::Arc;

    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn a_failure_is_logged_once_and_its_words_do_not_leave() {
        let (mut log, writer) = std::io::pipe().unwrap();
        let subscriber = tracing_subscriber::fmt().with_writer(Arc::new(writer)).finish();
        let failing = || async { Err(ServiceError::Internal("the disk is gone")) };
        let body = async {
            let done: () = failing().await?;
            Ok(done)
        };
        let answer = tracing::subscriber::with_default(subscriber, || guarded(body).now_or_never());
        let error = answer.unwrap().unwrap_err();
        assert_eq!(error.ser(), "ServerError|internal error");
        let mut said = String::new();
        log.read_to_string(&mut said).unwrap();
        assert_eq!(said.matches("the disk is gone").count(), 1, "{said}");
    }

    #[test]
    fn who_is_refused_gets_the_refusal_or_nothing() {
        let refused = || async { Err::<u8, Stop>(Denied::Forbidden.into()) };
        assert_eq!(guarded(refused()).now_or_never().unwrap(), Ok(Access::Forbidden));
        assert_eq!(guarded_or_nothing(refused()).now_or_never().unwrap(), Ok(0));
        assert_eq!(guarded(async { Ok(7) }).now_or_never().unwrap(), Ok(Access::Granted(7)));
    }
}
