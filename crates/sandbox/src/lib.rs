//! The stand-in for the platform: everything that knows its wire, as the other side of it. Imports nothing of ours.
//!
//! | module | job |
//! |---|---|
//! | [`exchange`] | users, conversations, legs, and what happens to them |
//! | [`flow`], [`ncco`] | call flows: carried out, and read |
//! | [`leg`], [`conversation`], [`recordings`] | state |
//! | [`phones`] | the simulated handsets and their JSON interface; [`pages`] is the page in front of it |
//! | [`rest`] | the REST APIs; [`front`] and [`strict`] stand before them |
//! | [`regions`] | where a call lives, and the addresses of that |
//! | [`sdk`] | what the browser's Client SDK speaks |
//! | [`media`] | audio |
//! | [`guard`] | who may work the handsets, the faults and the trace |
//! | [`account`], [`auth`] | the account, its applications and numbers; tokens |
//! | [`webhook`] | what is sent to the application |
//! | [`trace`], [`faults`] | what happened, and what is to go wrong |
//! | [`effects`] | clock and randomness |

pub mod account;
pub mod auth;
pub mod conversation;
pub mod effects;
pub mod exchange;
pub mod faults;
pub mod flow;
pub mod front;
pub mod guard;
pub mod leg;
pub mod media;
pub mod ncco;
pub mod pages;
pub mod phones;
pub mod recordings;
pub mod regions;
pub mod rest;
pub mod sdk;
pub mod strict;
pub mod trace;
pub mod webhook;

#[cfg(test)]
mod tests;

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state, map_request};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::limit::RequestBodyLimitLayer;

use account::{Account, Accounts};
use effects::Effects;
use exchange::{Exchange, Parts};
use faults::Faults;
use media::rtc::RtcNet;
use media::voice::Speaker;
use trace::{Happening, Trace};

/// Where the Client SDK's socket is: its own default.
pub const SOCKET_PATH: &str = "/v2/rtc";
/// Where `nexmo-client` before version 7 looks for it by default.
const OLDER_SOCKET_PATH: &str = "/rtc";
/// The largest request body: a voice for a phone, ten minutes of WAV in base64, does not fit; half a minute does.
const LARGEST_BODY: usize = 8 << 20;
/// How long open requests may go on when the sandbox stops. Event streams never end by themselves.
const GRACE: Duration = Duration::from_secs(1);

/// What the sandbox is started with.
#[derive(Debug, Clone)]
pub struct Config {
    /// Port 0 takes a free one.
    pub addr: SocketAddr,
    /// Where the application and the browsers reach it. None: `http://` and the address it got.
    pub public_url: Option<String>,
    pub account: Account,
    /// Numbers that the account owns from the start: E.164 digits and country.
    pub numbers: Vec<(String, String)>,
    /// Where browsers reach the audio; empty: the address of `addr`, or 127.0.0.1 when that is any.
    pub media_addrs: Vec<IpAddr>,
    /// Origins whose pages may use the Client SDK face; empty: any.
    pub allowed_origins: Vec<String>,
    /// Refuse what the platform's references do not document, and keep its limits ([`strict`]).
    pub strict: bool,
    /// A file to which each request of the REST APIs is written, a line of JSON.
    pub requests: Option<PathBuf>,
    /// What the handset page is told.
    pub page: pages::Page,
}

/// A running sandbox.
#[derive(Debug, Clone)]
pub struct Sandbox {
    pub addr: SocketAddr,
    /// Without a slash at the end.
    pub url: String,
    pub account: Account,
}

/// Starts the sandbox on its own listener. It ends with `stop`; `tasks` knows when it has ended.
///
/// # Errors
/// When the address cannot be taken, or no HTTP client can be made.
pub async fn start(config: Config, stop: CancellationToken, tasks: TaskTracker) -> std::io::Result<Sandbox> {
    let listener = TcpListener::bind(config.addr).await?;
    let addr = listener.local_addr()?;
    let url = config.public_url.clone().unwrap_or_else(|| format!("http://{addr}"));
    let url = url.trim_end_matches('/').to_owned();
    let router = assemble(&config, addr, url.clone(), stop.clone(), tasks.clone())?;
    let server = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    tasks.spawn(async move {
        let cut = async {
            stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            ended = server => if let Err(error) = ended {
                tracing::error!(%error, "sandbox.server.failed");
            },
            () = cut => {}
        }
    });
    tracing::info!(sandbox.addr = %addr, "sandbox.started");
    Ok(Sandbox { addr, url, account: config.account })
}

/// The whole router: a table of contents.
fn assemble(
    config: &Config,
    addr: SocketAddr,
    public_url: String,
    stop: CancellationToken,
    tasks: TaskTracker,
) -> std::io::Result<Router> {
    let effects = Effects::system();
    let front = front::Front::new(config.strict, config.requests.clone(), LARGEST_BODY, effects.clone());
    let accounts = Accounts::new(config.account.clone(), effects.clone());
    for (number, country) in &config.numbers {
        accounts.own(number, country);
    }
    let trace = Trace::new(effects);
    let faults = Faults::new();
    let hub = sdk::socket::Hub::new(accounts.clone(), trace.clone());
    let sender = webhook::Sender::new(accounts.clone(), trace.clone(), faults.clone(), ncco::check);
    let mut media = config.media_addrs.clone();
    if media.is_empty() && !addr.ip().is_unspecified() {
        media.push(addr.ip());
    }
    let http = reqwest::Client::builder().build().map_err(std::io::Error::other)?;
    let exchange = Exchange::new(Parts {
        accounts: accounts.clone(),
        trace: trace.clone(),
        hub: hub.clone(),
        sender,
        speaker: Speaker::default(),
        net: RtcNet::new(media),
        http,
        public_url,
        tasks,
        stop,
    });
    let users: sdk::socket::Users = {
        let exchange = exchange.clone();
        Arc::new(move |application: &str, name: &str| {
            exchange.state().user(application, name).map(|user| user.id.clone())
        })
    };
    let rest = Router::new()
        .merge(rest::applications::router(accounts.clone()))
        .merge(rest::numbers::router(accounts.clone()))
        .merge(rest::insight::router(accounts))
        .merge(rest::texts::router(exchange.clone()))
        .merge(rest::users::router(exchange.clone()))
        .merge(rest::older::router(exchange.clone()))
        .merge(rest::voice::router(exchange.clone()))
        .merge(rest::files::router(exchange.clone()))
        .layer(from_fn_with_state(faults.clone(), faults::rest))
        .layer(from_fn_with_state(front, front::pass));
    let sdk = sdk::http::router(exchange.clone()).layer(cors(&config.allowed_origins));
    let api = rest.merge(sdk).layer(from_fn_with_state(trace.clone(), record));
    // What no token protects.
    let names = guard::Names::new(config.public_url.as_deref());
    let controls = Router::new()
        .merge(phones::control_api::router(exchange))
        .merge(faults.router())
        .merge(trace.router())
        .merge(pages::router(config.page.clone(), &config.account))
        .route_layer(from_fn_with_state(names, guard::controls));
    let inside = Router::new()
        .merge(api)
        .merge(hub.router(SOCKET_PATH, users.clone()))
        .merge(hub.router(OLDER_SOCKET_PATH, users))
        .merge(controls)
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .layer(axum::extract::DefaultBodyLimit::disable());
    Ok(Router::new().fallback_service(inside).layer(map_request(regions::enter)))
}

/// Pages of other origins may use the Client SDK face. No cookies are involved.
fn cors(origins: &[String]) -> CorsLayer {
    let allowed: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    let allowed = if origins.is_empty() { AllowOrigin::mirror_request() } else { AllowOrigin::list(allowed) };
    CorsLayer::new()
        .allow_origin(allowed)
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE])
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        .max_age(Duration::from_secs(600))
}

/// Writes API requests into the trace.
async fn record(State(trace): State<Trace>, request: Request, next: Next) -> Response {
    let (method, path) = (request.method().to_string(), request.uri().path().to_owned());
    let response = next.run(request).await;
    trace.record(None, Happening::Request { method, path, status: response.status().as_u16() });
    response
}
