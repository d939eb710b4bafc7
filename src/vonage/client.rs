//! The platform's REST APIs, as far as we use them.
//!
//! Three rules. Hosts come from the configuration, and redirects are not followed: our tokens go where the operator said.
//! A call's region, which a webhook names, is used only when its host is the platform's ([`Client::in_region`]). What may be repeated is repeated, with the wait the platform asks for. What may
//! not (placing a call) is sent once, and when no answer comes the result is [`VonageError::Ambiguous`].

mod applications;
mod calls;
mod clock;
mod insight;
mod messages;
mod numbers;
mod regions;
mod send;
mod users;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::error::VonageError;
use super::jwt::{ApplicationKey, KeyError};

pub use applications::{Application, Difference, NewApplication};
pub use calls::{CallFilter, CallResource, Callee, Created, NewCall};
pub use insight::Insight;
pub use messages::LONGEST_TEXT;
pub use numbers::{Forwarding, NumberSearch, Offer, OwnNumber, Place};
pub use send::why_unanswered;
pub use users::User;

/// The hosts that our requests go to, without a path and without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Urls {
    /// Voice, Users, Applications: `https://api.nexmo.com`.
    pub api: String,
    /// Numbers, SMS: `https://rest.nexmo.com`.
    pub rest: String,
}

impl Default for Urls {
    fn default() -> Self {
        Self { api: "https://api.nexmo.com".into(), rest: "https://rest.nexmo.com".into() }
    }
}

/// Who we are to the platform.
#[derive(Clone, Default)]
pub struct Credentials {
    /// For the Applications and Numbers APIs.
    pub api_key: String,
    pub api_secret: String,
    /// For the Voice and Users APIs; `None` until an application exists.
    pub application: Option<ApplicationKey>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("api_key", &self.api_key)
            .field("application", &self.application)
            .finish_non_exhaustive()
    }
}

/// Seconds since 1970.
type Now = Arc<dyn Fn() -> i64 + Send + Sync>;
/// A new unique id.
type NewId = Arc<dyn Fn() -> String + Send + Sync>;

/// A client of the platform. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    urls: Arc<Urls>,
    /// Where calls and users are, when it is not [`Urls::api`]: a region's host.
    region: Option<Arc<str>>,
    /// Other names of [`Urls::api`], as webhooks may say them: the sandbox's address in browsers.
    aliases: Arc<[String]>,
    /// Exchanged when an application is created while we run; every clone sees it.
    credentials: Arc<RwLock<Arc<Credentials>>>,
    now: Now,
    new_id: NewId,
    /// What the platform's clock said last. Shared with every clone.
    clock: Arc<clock::PlatformClock>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("urls", &self.urls)
            .field("credentials", &self.credentials())
            .finish_non_exhaustive()
    }
}

/// The HTTP client that [`Client::new`] wants: no redirects, and time limits for a platform that hangs.
///
/// # Errors
/// When the TLS library cannot be set up.
pub fn http() -> reqwest::Result<reqwest::Client> {
    http_builder().build()
}

/// What every HTTP client of ours has in common, see [`http`].
pub fn http_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("switchboard/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(Duration::from_secs(3))
        .timeout(Duration::from_secs(10))
}

impl Client {
    /// `now` gives seconds since 1970, `new_id` a new unique id for each token.
    pub fn new(
        http: reqwest::Client,
        urls: Urls,
        credentials: Credentials,
        now: impl Fn() -> i64 + Send + Sync + 'static,
        new_id: impl Fn() -> String + Send + Sync + 'static,
    ) -> Self {
        let trimmed = |url: String| url.trim_end_matches('/').to_owned();
        let urls = Urls { api: trimmed(urls.api), rest: trimmed(urls.rest) };
        let (urls, credentials) = (Arc::new(urls), Arc::new(RwLock::new(Arc::new(credentials))));
        let (aliases, clock) = (Arc::from([]), Arc::default());
        let (now, new_id) = (Arc::new(now), Arc::new(new_id));
        Self { http, urls, region: None, aliases, credentials, now, new_id, clock }
    }

    /// The same client for another application: at start the application may have to be created first.
    #[must_use]
    pub fn with_application(&self, application: ApplicationKey) -> Self {
        self.with_credentials(Credentials { application: Some(application), ..(*self.credentials()).clone() })
    }

    /// A client of the same platform that is somebody else, or proves it otherwise.
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        Self { credentials: Arc::new(RwLock::new(Arc::new(credentials))), ..self.clone() }
    }

    /// A client of the platform at other hosts.
    #[must_use]
    pub fn at(&self, urls: Urls) -> Self {
        Self { urls: Arc::new(urls), region: None, aliases: Arc::from([]), ..self.clone() }
    }

    /// From now on this client and all its clones are this account and application.
    pub fn adopt(&self, credentials: Credentials) {
        *self.credentials.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(credentials);
    }

    /// Who we are.
    #[must_use]
    pub fn credentials(&self) -> Arc<Credentials> {
        Arc::clone(&self.credentials.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The hosts that we talk to.
    #[must_use]
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// The application key, which also mints the tokens of Client SDK users.
    ///
    /// # Errors
    /// [`KeyError::Missing`] when no application is configured.
    pub fn application(&self) -> Result<ApplicationKey, KeyError> {
        self.credentials().application.clone().ok_or(KeyError::Missing)
    }

    fn bearer(&self) -> Result<String, VonageError> {
        Ok(self.application()?.application_token((self.now)(), &(self.new_id)())?)
    }
}

/// One segment of a path. Ids come from webhooks: one with a slash or of dots must not lead elsewhere.
fn segment(id: &str) -> String {
    // A URL parser takes `%2E%2E` for `..` too, so these cannot be written as a segment; no id looks like them.
    if matches!(id, "" | "." | "..") {
        return "-".to_owned();
    }
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>().replace('+', "%20")
}
