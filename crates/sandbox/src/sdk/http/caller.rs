//! Who asks, and what of the exchange is theirs.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::refused::Refused;
use crate::auth::{AuthError, bearer, verify_user};
use crate::exchange::{Exchange, User};
use crate::leg::{Leg, Status};

/// Who asks: put into the request by [`authenticate`].
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) user: User,
}

pub(super) type Who = axum::Extension<Caller>;

/// Verifies the token, its ACL for this very path, and that the user exists.
pub(super) async fn authenticate(State(exchange): State<Exchange>, mut request: Request, next: Next) -> Response {
    let claims = bearer(request.headers())
        .ok_or(AuthError::Invalid)
        .and_then(|jwt| verify_user(&exchange.accounts, jwt, exchange.effects.now_s()));
    let claims = match claims {
        Ok(claims) => claims,
        Err(error) => return error.into_response(),
    };
    if !claims.allows(request.method().as_str(), request.uri().path()) {
        return AuthError::Permission.into_response();
    }
    let user = exchange.state().user(&claims.application_id, &claims.sub).cloned();
    let Some(user) = user else { return Refused::user().into_response() };
    request.extensions_mut().insert(Caller { user });
    next.run(request).await
}

impl Exchange {
    /// A leg of the caller, in any state.
    pub(super) fn own_leg<T>(&self, caller: &Caller, leg: &str, look: impl FnOnce(&Leg) -> T) -> Result<T, Refused> {
        let state = self.state();
        let found = state.legs.get(leg).filter(|leg| leg.user_id() == Some(&caller.user.id));
        found.map(look).ok_or_else(Refused::leg)
    }

    /// The caller's leg that is the member of a conversation.
    pub(super) fn own_member(&self, caller: &Caller, cid: &str, mid: &str) -> Result<(String, Status), Refused> {
        let state = self.state();
        let own = |leg: &&Leg| leg.conversation == cid && leg.member == mid && leg.user_id() == Some(&caller.user.id);
        state.legs.values().find(own).map(|leg| (leg.id.clone(), leg.status)).ok_or_else(Refused::member)
    }

    /// Refuses conversations in which the caller never had a leg.
    pub(super) fn seen_by(&self, caller: &Caller, cid: &str) -> Result<(), Refused> {
        let seen = |leg: &Leg| leg.conversation == cid && leg.user_id() == Some(&caller.user.id);
        if self.state().legs.values().any(seen) { Ok(()) } else { Err(Refused::conversation()) }
    }
}
