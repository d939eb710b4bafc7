//! What every handler may need.

use std::sync::Arc;

use axum::extract::FromRef;
use ipnet::IpNet;
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_sessions::SessionStore;

use super::audio_socket::levels::Levels;
use super::seats::Seats;
use super::security::policy::Policy;
use super::sessions::store::WatchedSessions;
use crate::service::{Random, Services};
use crate::vonage::Verifier;

/// Whose webhooks are believed.
#[derive(Debug, Clone)]
pub enum WebhookTrust {
    /// Those signed with one of our secrets.
    Signed(Box<Verifier>),
    /// Anybody's. The operator said so explicitly (`--allow-unsigned-webhooks`).
    Unsigned,
}

/// How the open streams are ended: axum waits for them for ever otherwise.
#[derive(Debug, Clone, Default)]
pub struct Streams {
    /// Cancelled first when the server stops.
    pub stop: CancellationToken,
    /// Counts what is still open.
    pub open: TaskTracker,
}

/// Everything the HTTP face is built from. Cheap to clone; the router's state.
#[derive(Clone)]
pub struct Web {
    inner: Arc<Inner>,
}

/// What [`Web`] shares.
pub struct Inner {
    pub(super) services: Services,
    pub(super) sessions: WatchedSessions,
    pub(super) trust: WebhookTrust,
    pub(super) policy: Policy,
    pub(super) trusted_proxies: Vec<IpNet>,
    pub(super) local: bool,
    pub(super) random: Arc<dyn Random>,
    pub(super) metrics: PrometheusHandle,
    pub(super) streams: Streams,
    pub(super) seats: Seats,
    pub(super) levels: Levels,
    leptos: LeptosOptions,
}

impl std::ops::Deref for Web {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.inner
    }
}

/// What [`Web::new`] is built from.
pub struct Parts {
    pub services: Services,
    pub sessions: Arc<dyn SessionStore>,
    pub trust: WebhookTrust,
    /// The address in people's browsers, without a slash at the end: it decides whether cookies are `Secure`, and which
    /// origin may post.
    pub public_url: String,
    /// Behind these, `X-Forwarded-For` says who the client is.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether people reach us at an address of this machine only.
    pub local: bool,
    pub random: Arc<dyn Random>,
    pub metrics: PrometheusHandle,
    pub streams: Streams,
}

impl Web {
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { services, sessions, trust, public_url, trusted_proxies, local, random, metrics, streams } = parts;
        let inner = Inner {
            policy: Policy::new(&public_url, &services.settings().voice),
            services,
            sessions: WatchedSessions::new(sessions),
            trust,
            trusted_proxies,
            local,
            random,
            metrics,
            streams,
            seats: Seats::default(),
            levels: Levels::default(),
            leptos: LeptosOptions::builder().output_name("switchboard").site_pkg_dir("pkg").build(),
        };
        Self { inner: Arc::new(inner) }
    }
}

impl FromRef<Web> for LeptosOptions {
    fn from_ref(web: &Web) -> Self {
        web.leptos.clone()
    }
}
