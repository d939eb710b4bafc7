//! Whether an open stream may go on: as long as its session is one, belongs to the same account, and the account may do
//! what the stream needs.
//!
//! Sign-outs and changes of rights on this node are heard at once. What another process did, or time, is found by asking
//! every now and then.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, Interval, interval_at};
use tower_sessions::session::Id;

use super::sessions::store::WatchedSessions;
use super::sse::Right;
use super::state::Web;
use crate::domain::account::Role;
use crate::service::Services;

/// How often a stream asks although nothing was heard.
const REVALIDATE: Duration = Duration::from_secs(30);

/// What a stream needs of the account's role.
pub(super) type May = fn(Role) -> bool;

/// The session and the account that a stream belongs to.
pub(super) struct Watch {
    session: Id,
    account: String,
    may: May,
    services: Services,
    sessions: WatchedSessions,
    ended: Receiver<Id>,
    changed: Receiver<Arc<str>>,
    check: Interval,
    doubt: Doubt,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Doubt {
    None,
    /// Something happened that may concern this stream.
    Ask,
    /// The session was ended.
    Over,
}

impl Watch {
    /// Listens from now on, and doubts at first: what changed while the caller was checking is found by [`Right::over`].
    pub(super) fn new(web: &Web, session: Id, account: String, may: May) -> Self {
        Self {
            session,
            account,
            may,
            services: web.services.clone(),
            sessions: web.sessions.clone(),
            ended: web.sessions.ended(),
            changed: web.services.rights.rights_changed(),
            check: interval_at(Instant::now() + REVALIDATE, REVALIDATE),
            doubt: Doubt::Ask,
        }
    }

    /// Asks the database. When it does not answer, the stream ends: the page opens another as soon as it can.
    async fn holds(&self) -> bool {
        if self.sessions.account(self.session).await.as_deref() != Some(self.account.as_str()) {
            return false;
        }
        self.services.accounts.permitted(Some(&self.account), self.may).await.is_ok()
    }
}

impl Right for Watch {
    async fn doubted(&mut self) {
        while self.doubt == Doubt::None {
            self.doubt = tokio::select! {
                ended = self.ended.recv() => match ended {
                    Ok(id) if id == self.session => Doubt::Over,
                    Ok(_) => Doubt::None,
                    // So much happened that we cannot know whether it was about us.
                    Err(RecvError::Lagged(_)) => Doubt::Ask,
                    Err(RecvError::Closed) => Doubt::Over,
                },
                changed = self.changed.recv() => match changed {
                    Ok(account) if *account == *self.account => Doubt::Ask,
                    Ok(_) => Doubt::None,
                    Err(RecvError::Lagged(_)) => Doubt::Ask,
                    Err(RecvError::Closed) => Doubt::Over,
                },
                _ = self.check.tick() => Doubt::Ask,
            };
        }
    }

    /// Not to be raced against the stream's events: a busy stream would never hear the answer.
    async fn over(&mut self) -> bool {
        let doubt = std::mem::replace(&mut self.doubt, Doubt::None);
        doubt == Doubt::Over || (doubt == Doubt::Ask && !self.holds().await)
    }
}
