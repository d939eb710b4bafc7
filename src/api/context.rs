//! What the bodies of server functions take from their request. Server only.

use std::net::IpAddr;

use leptos::prelude::{ServerFnError, use_context};
use tower_sessions::Session;

use super::Access;
use crate::service::{Account, Services};

/// The session's key for the id of who is signed in.
pub const ACCOUNT: &str = "account";

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

/// Our own fault: the log says what, the browser only that.
pub(super) fn fault(what: impl std::fmt::Display) -> ServerFnError {
    tracing::error!(error = %what, "a server function failed");
    ServerFnError::ServerError("internal error".into())
}

/// Who is signed in, whatever they may do.
pub(super) async fn account() -> Result<Option<Account>, ServerFnError> {
    let id: Option<String> = session()?.get(ACCOUNT).await.map_err(fault)?;
    let Some(id) = id else { return Ok(None) };
    services()?.account(&id).await.map_err(fault)
}

/// The operator, or why there is none.
pub(super) async fn operator() -> Result<Access<Account>, ServerFnError> {
    Ok(match account().await? {
        None => Access::SignIn,
        Some(account) if account.must_change_password => Access::ChangePassword,
        Some(account) => Access::Granted(account),
    })
}
