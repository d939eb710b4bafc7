//! Who sends a request, as an argument of its handler: [`SignedIn`]. Streams and files of signed-in people are guarded by it;
//! server functions ask [`crate::api`]'s context, and both ask [`crate::service::Accounts::permitted`].

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use tower_sessions::Session;
use tower_sessions::session::Id;

use super::seats::{Holder, Seat};
use super::sessions::ACCOUNT;
use super::sse::unavailable;
use super::state::Web;
use super::watch::{May, Watch};
use crate::domain::account::Role;
use crate::service::{Account, Denied, Refusable as _};

/// What a handler needs of the account's role.
pub(super) trait Right: Send {
    const MAY: May;
    /// The answer to those who may not.
    const FORBIDDEN: &'static str;
}

/// Those who take calls.
pub(super) struct TakesCalls;

impl Right for TakesCalls {
    const MAY: May = Role::takes_calls;
    const FORBIDDEN: &'static str = "this is for agents\n";
}

/// Supervisors and operators.
pub(super) struct Supervisor;

impl Right for Supervisor {
    const MAY: May = |role| role.may(Role::Supervisor);
    const FORBIDDEN: &'static str = "this is for supervisors\n";
}

/// Operators only.
pub(super) struct Operator;

impl Right for Operator {
    const MAY: May = |role| role.may(Role::Operator);
    const FORBIDDEN: &'static str = "this is for operators\n";
}

/// The account that is signed in, with the right `R`. Otherwise the request is answered with 401 (no session, or its account
/// is gone or disabled), 403 (another role, or a password that must be changed first) or 503 (the database does not answer).
pub(super) struct SignedIn<R> {
    pub(super) account: Account,
    session: Id,
    right: PhantomData<R>,
}

impl<R: Right> FromRequestParts<Web> for SignedIn<R> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Response> {
        let session = Session::from_request_parts(parts, web).await.map_err(IntoResponse::into_response)?;
        let id = session.get::<String>(ACCOUNT).await.map_err(|error| unavailable(&error))?;
        let permitted = web.services.accounts.permitted(id.as_deref(), R::MAY).await.refusable();
        let permitted = permitted.map_err(|error| unavailable(&error))?;
        let (status, reason) = match (permitted, session.id()) {
            (Ok(account), Some(session)) => return Ok(Self { account, session, right: PhantomData }),
            (Ok(_), None) | (Err(Denied::SignIn), _) => (StatusCode::UNAUTHORIZED, "please sign in\n"),
            (Err(Denied::ChangePassword), _) => (StatusCode::FORBIDDEN, "please set your password\n"),
            (Err(Denied::Forbidden), _) => (StatusCode::FORBIDDEN, R::FORBIDDEN),
        };
        Err((status, reason).into_response())
    }
}

impl<R: Right> SignedIn<R> {
    /// What an open stream of this account needs: a seat, and a watch that ends it with the session or the right. `None`
    /// when the account has too many streams open.
    pub(super) fn stream(&self, web: &Web) -> Option<(Seat, Watch)> {
        let account = self.account.id.clone();
        let seat = web.seats.take(Holder::Account(account.clone()))?;
        Some((seat, Watch::new(web, self.session, account, R::MAY)))
    }
}
