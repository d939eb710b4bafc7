//! The sessions: opened, taken up again, kept for a while without a connection, and forgotten.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use serde_json::Value;
use tokio::sync::{mpsc, watch};

use super::packets::Out;
use super::{Change, Inner, Session, SessionChange};
use crate::auth::UserClaims;
use crate::effects::lock;
use crate::trace::Happening;

/// Events that may wait for one connection, or for a session without one.
pub(super) const LONGEST_QUEUE: usize = 256;

pub(super) const SESSIONS_PER_USER: usize = 50;
const SESSIONS_IN_ALL: usize = 10_000;

#[derive(Default)]
pub(super) struct Sessions {
    pub(super) by_id: HashMap<String, Held>,
    pub(super) by_user: HashMap<String, BTreeSet<String>>,
    connections: u64,
}

/// A session, and what waits for it.
pub(super) struct Held {
    pub(super) session: Session,
    /// When the token ends, seconds since 1970; refreshing moves it.
    pub(super) exp: watch::Sender<i64>,
    /// The connection and its number; a later connection takes the place of an earlier one.
    connection: Option<(u64, mpsc::Sender<Out>)>,
    /// The number of the last connection: tells a stale clean-up from a due one.
    last: u64,
    pub(super) pending: VecDeque<Value>,
}

impl Held {
    /// Sends to the connection, or keeps for the next one.
    pub(super) fn push(&mut self, out: Out) {
        let out = match &self.connection {
            None => out,
            Some((_, queue)) => match queue.try_send(out) {
                Ok(()) => return,
                // Not reading. Without its sender the connection ends by itself and what it did not send comes back.
                Err(mpsc::error::TrySendError::Full(out) | mpsc::error::TrySendError::Closed(out)) => {
                    self.connection = None;
                    self.session.connected = false;
                    out
                }
            },
        };
        self.pending.extend(out.into_event());
        if self.pending.len() > LONGEST_QUEUE {
            self.pending.pop_front();
        }
    }
}

/// A connection's place in its session.
pub(super) struct Attached {
    pub(super) session: Session,
    pub(super) number: u64,
    pub(super) queue: mpsc::Receiver<Out>,
    pub(super) exp: watch::Receiver<i64>,
    pub(super) pending: Vec<Value>,
}

impl Inner {
    /// Opens a session or takes up the one with this id.
    pub(super) fn attach(
        &self,
        user_id: &str,
        claims: &UserClaims,
        wanted: Option<&str>,
    ) -> Result<Attached, &'static str> {
        let (sender, queue) = mpsc::channel(LONGEST_QUEUE);
        let mut sessions = lock(&self.sessions);
        sessions.connections += 1;
        let number = sessions.connections;
        let wanted = wanted.filter(|id| !id.is_empty());
        if let Some(held) = wanted.and_then(|id| sessions.by_id.get_mut(id)) {
            if held.session.user_id != user_id {
                return Err("session:error:invalid");
            }
            held.connection = Some((number, sender));
            held.last = number;
            held.session.connected = true;
            held.exp.send_replace(claims.exp);
            let (session, exp) = (held.session.clone(), held.exp.subscribe());
            let pending = held.pending.drain(..).collect();
            drop(sessions);
            self.tell(&session, Change::Resumed, "resumed");
            return Ok(Attached { session, number, queue, exp, pending });
        }
        if wanted.is_some_and(|id| id.parse::<uuid::Uuid>().is_err()) {
            return Err("session:error:invalid");
        }
        let open = sessions.by_user.get(user_id).map_or(0, BTreeSet::len);
        if open >= SESSIONS_PER_USER || sessions.by_id.len() >= SESSIONS_IN_ALL {
            return Err("session:error:max-open-sessions");
        }
        let session = Session {
            id: wanted.map_or_else(|| self.effects.uuid(), str::to_owned),
            user_id: user_id.to_owned(),
            user_name: claims.sub.clone(),
            application_id: claims.application_id.clone(),
            connected: true,
        };
        let (expires, exp) = watch::channel(claims.exp);
        let held = Held {
            session: session.clone(),
            exp: expires,
            connection: Some((number, sender)),
            last: number,
            pending: VecDeque::new(),
        };
        sessions.by_id.insert(session.id.clone(), held);
        sessions.by_user.entry(user_id.to_owned()).or_default().insert(session.id.clone());
        drop(sessions);
        self.tell(&session, Change::Opened, "opened");
        Ok(Attached { session, number, queue, exp, pending: Vec::new() })
    }

    /// The connection ended but the session did not: keeps what was not sent, and forgets the session after a while.
    pub(super) fn detach(self: &Arc<Self>, session_id: &str, number: u64, mut unsent: Vec<Value>) {
        let mut sessions = lock(&self.sessions);
        let Some(held) = sessions.by_id.get_mut(session_id) else { return };
        if held.last != number {
            return;
        }
        held.connection = None;
        held.session.connected = false;
        unsent.extend(held.pending.drain(..));
        held.pending = unsent.into();
        let session = held.session.clone();
        drop(sessions);
        self.tell(&session, Change::Lost, "lost");
        let (inner, id) = (self.clone(), session_id.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(inner.kept).await;
            inner.end(&id, Some(number), "closed");
        });
    }

    /// Forgets a session; only if `number` is still its last connection, when one is given.
    pub(super) fn end(&self, session_id: &str, number: Option<u64>, why: &str) {
        let mut sessions = lock(&self.sessions);
        match sessions.by_id.get(session_id) {
            Some(held) if number.is_none_or(|number| held.last == number) => {}
            _ => return,
        }
        let Some(held) = sessions.by_id.remove(session_id) else { return };
        if let Some(ids) = sessions.by_user.get_mut(&held.session.user_id) {
            ids.remove(session_id);
            if ids.is_empty() {
                sessions.by_user.remove(&held.session.user_id);
            }
        }
        drop(sessions);
        if let Some((_, queue)) = &held.connection {
            let _ = queue.try_send(Out::Disconnect);
        }
        self.tell(&held.session, Change::Ended, why);
    }

    fn tell(&self, session: &Session, change: Change, word: &str) {
        self.trace.record(None, Happening::Session { user: session.user_name.clone(), change: word.to_owned() });
        let _ = self.changes.send(SessionChange { session: session.clone(), change });
    }
}
