//! A visitor wants to call: a user of their own at the platform, a token for a quarter of an hour, and a secret that
//! opens their own call's events.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use super::core::{Core, salt};
use super::lines::Lines;
use super::queues::Queues;
use super::random;
use super::rate::{Shut, VisitGate, network};
use super::shared::Shared;
use crate::domain::click_to_call::{LIMIT_SECONDS, Recorded, TOKEN_SECONDS, VISITOR_ACL, visitor_name};
use crate::domain::language::Language;
use crate::domain::line::{Caller, Line, choose};
use crate::store::VisitRow;
use crate::vonage::jwt::UserToken;

/// How long a token lives, ms.
const TOKEN_MS: i64 = TOKEN_SECONDS as i64 * 1000;
/// A call may outlast the token it began with; its page may listen until then, and a little longer for the end.
const LISTEN_MS: i64 = LIMIT_SECONDS as i64 * 1000 + 5 * 60 * 1000;

/// The longest address of a page that is kept, in characters.
const LONGEST_PAGE: usize = 300;

/// A page's address as it is kept and shown to agents: without its query and fragment, in which there may be names, numbers
/// and tokens of the site that it is of.
pub(super) fn page_to_keep(address: &str) -> String {
    let page = address.split(['?', '#']).next().unwrap_or_default();
    page.chars().filter(|c| !c.is_control()).take(LONGEST_PAGE).collect()
}

/// What a visitor's page gets.
#[derive(Clone, PartialEq, Eq)]
pub struct Visit {
    pub id: String,
    /// The Client SDK user's name.
    pub user: String,
    /// The Client SDK token.
    pub jwt: String,
    /// When the token expires, ms UTC.
    pub expires_at_ms: i64,
    /// Opens the visit's live events. Only this visitor has it.
    pub secret: String,
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Visit")
            .field("id", &self.id)
            .field("expires_at_ms", &self.expires_at_ms)
            .finish_non_exhaustive()
    }
}

/// Why a visitor gets no token. Each is shown with the number to dial instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("too many calls from this address, try again in {retry_after_s} s")]
    TooManyFromYou { retry_after_s: u64 },
    #[error("too many people are calling at the moment")]
    TooManyInAll,
    /// The platform, or our database, is not there. The log says why.
    #[error("calls from the browser are not possible at the moment")]
    PlatformDown,
}

impl From<Shut> for Refusal {
    fn from(shut: Shut) -> Self {
        match shut {
            Shut::ForYou { retry_after_s } => Self::TooManyFromYou { retry_after_s },
            Shut::ForAll => Self::TooManyInAll,
        }
    }
}

/// Visitors who call from the support page.
#[derive(Clone)]
pub struct Visits {
    core: Arc<Core>,
    lines: Lines,
    queues: Queues,
    gate: Arc<VisitGate>,
    salt: [u8; 32],
}

impl Visits {
    pub(super) fn new(shared: &Shared) -> Self {
        Self {
            lines: shared.lines.clone(),
            queues: shared.queues.clone(),
            gate: Arc::new(VisitGate::new(&shared.core.settings.limits, Arc::clone(&shared.core.clock))),
            salt: salt(&shared.core),
            core: Arc::clone(&shared.core),
        }
    }

    /// Starts a visit: counts it, makes its user at the platform, mints its token.
    ///
    /// # Errors
    /// [`Refusal`]: limits, or the platform is down.
    pub async fn start_visit(&self, client_ip: IpAddr) -> Result<Visit, Refusal> {
        let core = &self.core;
        self.gate.pass(client_ip)?;
        let now = core.clock.now_ms();
        let open = core.store.visits().count_open(now).await.map_err(down("counting visits"))?;
        if open >= i64::from(core.settings.limits.open_visits) {
            return Err(Refusal::TooManyInAll);
        }
        let id = core.random.id();
        let user = visitor_name(&id);
        let secret = random::secret(&core.random, 32);
        // The row is there before the user is: whatever happens in between, the janitor finds the user and deletes it.
        let row = VisitRow {
            id: id.clone(),
            secret_hash: secret_hash(&secret),
            user_name: user.clone(),
            user_id: None,
            user_deleted: false,
            delete_tries: 0,
            delete_after: 0,
            ip_hash: self.address_hash(client_ip),
            created_at: now,
            expires_at: now + TOKEN_MS,
        };
        core.store.visits().insert(&row).await.map_err(down("storing a visit"))?;
        let made = core.vonage.create_user(&user, "Visitor").await.map_err(down("making a visitor's user"))?;
        if let Some(made) = made {
            // Without the id the janitor deletes the user by its name.
            let _ = core.store.visits().user_made(&id, &made.id).await;
        }
        let jwt = self.visitor_token(&user, now)?;
        tracing::info!(visit.id = %id, "a visit started");
        Ok(Visit { id, user, jwt, expires_at_ms: now + TOKEN_MS, secret })
    }

    /// Keeps the page from which a visitor came, for the agent who takes the call: the one that led to the support page, or
    /// the support page's own address. And the language of the support page, in which they are spoken to.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_page(
        &self,
        visit: &str,
        page: &str,
        referrer: &str,
        language: Option<Language>,
    ) -> Result<(), super::ServiceError> {
        let came_from = if referrer.trim().is_empty() { page } else { referrer };
        let language = language.map(Language::tag);
        Ok(self.core.store.visits().set_page(visit, &page_to_keep(came_from), language).await?)
    }

    /// A new token for a visit that goes on, as long as its first call may last. `None` when the secret is wrong or the
    /// visit is over.
    ///
    /// # Errors
    /// [`Refusal::PlatformDown`].
    pub async fn renew_visit(&self, id: &str, secret: &str) -> Result<Option<Visit>, Refusal> {
        let core = &self.core;
        let now = core.clock.now_ms();
        let visit = core.store.visits().find(id).await.map_err(down("reading a visit"))?;
        let Some(visit) = visit.filter(|visit| opens(visit, secret) && now < visit.created_at + LISTEN_MS) else {
            return Ok(None);
        };
        let expires_at_ms = now + TOKEN_MS;
        if !core.store.visits().extend(id, expires_at_ms).await.map_err(down("extending a visit"))? {
            return Ok(None);
        }
        let jwt = self.visitor_token(&visit.user_name, now)?;
        Ok(Some(Visit { id: visit.id, user: visit.user_name, jwt, expires_at_ms, secret: secret.to_owned() }))
    }

    /// How long this secret opens the live events of this visit from now on, unless the visit is renewed. One answer for
    /// "wrong", "unknown" and "over": `None`.
    pub async fn visit_opens(&self, id: &str, secret: &str) -> Result<Option<Duration>, super::ServiceError> {
        let visit = self.core.store.visits().find(id).await?;
        let now = self.core.clock.now_ms();
        let left = visit.filter(|visit| opens(visit, secret)).map(|visit| visit.expires_at + LISTEN_MS - now);
        Ok(left.and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms > 0).map(Duration::from_millis))
    }

    /// A token for pages written against the click-to-call sample, which ask for one by the name of the public support
    /// user (`GET /auth/{user}`). `None` for every other name, and for all of them when there is no such user. Each
    /// request starts a visit, with a platform user of its own: one user for all of them would hear of, and could hang
    /// up, everybody's call.
    ///
    /// # Errors
    /// [`Refusal`]: limits, or the platform is down.
    pub async fn support_user_token(&self, name: &str, client_ip: IpAddr) -> Result<Option<String>, Refusal> {
        let wanted = &self.core.settings.directory.support_user;
        if wanted.is_empty() || name != wanted {
            return Ok(None);
        }
        self.start_visit(client_ip).await.map(|visit| Some(visit.jwt))
    }

    /// What the support page says of recording: of calls from the page, and of those to the number that it shows.
    #[must_use]
    pub fn support_recorded(&self) -> Recorded {
        let directory = self.lines.directory();
        let of = |line: &Line| {
            let agents = match line {
                Line::Campaign(id) => self.lines.campaign_rings_agents(id),
                Line::Support => self.queues.support_rings_agents(),
                _ => false,
            };
            Recorded::on(line, agents)
        };
        let dialled = choose(&directory, &Caller::Phone(None), Some(&directory.support));
        of(&Line::Support).or(of(&dialled))
    }

    fn visitor_token(&self, user: &str, now_ms: i64) -> Result<String, Refusal> {
        let core = &self.core;
        let token = UserToken { name: user, paths: &VISITOR_ACL, seconds: TOKEN_SECONDS };
        let key = core.vonage.application().map_err(down("finding the application's key"))?;
        key.user_token(&token, now_ms.div_euclid(1000), &core.random.id()).map_err(down("minting a token"))
    }

    /// An address that can be compared until the next start, and not be told.
    pub(super) fn address_hash(&self, address: IpAddr) -> String {
        let mut hash = Sha256::new();
        hash.update(self.salt);
        hash.update(network(address).to_string());
        hex::encode(hash.finalize())
    }

    /// Forgets who came long ago.
    pub(super) fn forget(&self) {
        self.gate.forget();
    }
}

fn opens(visit: &VisitRow, secret: &str) -> bool {
    visit.secret_hash.as_bytes().ct_eq(secret_hash(secret).as_bytes()).into()
}

/// The secret is 256 bits of chance: it needs no slow hash.
fn secret_hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret))
}

/// Logs why, and makes of it what a visitor is told.
fn down<E: std::fmt::Display>(doing: &'static str) -> impl FnOnce(E) -> Refusal {
    move |error| {
        tracing::error!(error = %error, doing, "a visit could not start");
        Refusal::PlatformDown
    }
}
