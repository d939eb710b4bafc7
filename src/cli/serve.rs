//! `serve`: from the configuration to a listening server, and from a signal to an orderly end.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::lock::FolderLock;
use super::platform::{self, Effects, Platform};
use super::{choice, demo, edge};
use crate::config::Config;
use crate::domain::call_tracking::zone::Zone;
use crate::domain::click_to_call::SupportLine;
use crate::domain::deployment::Platform as Chosen;
use crate::domain::line::Directory;
use crate::domain::phone::E164;
use crate::service::{
    AllowList, AudioSettings, Deps, DeskSettings, Limits, OneTimePassword, SandboxNotice, Services, Settings,
    TrackingSettings, VoiceEndpoints, business, setup, time_zone,
};
use crate::store::Store;
use crate::web::{self, Streams, Web};

/// Streams end at once; this is for their last bytes.
const STREAMS_END: Duration = Duration::from_secs(1);
/// Requests under way may take this long to finish.
const REQUESTS_END: Duration = Duration::from_secs(3);
/// Then the sandbox, the janitor and the database.
const REST_ENDS: Duration = Duration::from_millis(800);

/// A running server.
pub struct Server {
    pub addr: SocketAddr,
    pub public_url: String,
    /// The page with the simulated telephones, when the platform is the sandbox.
    pub handset_page_url: Option<String>,
    /// Where metrics are told without a key.
    pub metrics_addr: Option<SocketAddr>,
    /// Only on the first start: what the operator signs in with, once.
    pub first_password: Option<OneTimePassword>,
    /// The use cases, for programs that run a server inside them: benches and tests.
    pub services: Services,
    streams: Streams,
    stop_requests: CancellationToken,
    requests: JoinHandle<std::io::Result<()>>,
    stop_rest: CancellationToken,
    rest: TaskTracker,
    store: Store,
    /// DATA_DIR is ours. Dropped last.
    lock: FolderLock,
}

/// Serves until SIGINT or SIGTERM.
pub(super) async fn serve(config: &Config) -> anyhow::Result<()> {
    let metrics = metrics()?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut server = start(config, metrics).await?;
    announce(config, &server)?;
    tokio::select! {
        _ = interrupt.recv() => tracing::info!("interrupted, stopping"),
        _ = terminate.recv() => tracing::info!("asked to terminate, stopping"),
        ended = &mut server.requests => return ended?.context("the server ended by itself"),
    }
    // Kept until the process has ended: a thread that waits for a slow disk may outlive the server for a moment.
    std::mem::forget(server.end().await);
    Ok(())
}

/// Starts everything; the server answers when this returns.
///
/// # Errors
/// What could not be started, by the name of its option.
pub async fn start(config: &Config, metrics: PrometheusHandle) -> anyhow::Result<Server> {
    let spool_memory_bytes = (config.server.spool_memory_mb as usize) << 20;
    start_within(config, metrics, Limits { spool_memory_bytes, ..Limits::default() }).await
}

/// The same with other limits, for tests of what happens and not of how fast.
pub(super) async fn start_within(config: &Config, metrics: PrometheusHandle, limits: Limits) -> anyhow::Result<Server> {
    config.validate()?;
    let effects = Effects::system();
    let (streams, stop_requests) = (Streams::default(), CancellationToken::new());
    let (stop_rest, rest) = (CancellationToken::new(), TaskTracker::new());

    // Before anything in the folder is read or made.
    let lock = FolderLock::take(&config.server.data_dir)?;
    let (store, zone) = open_store(config).await?;
    let config = &platform::with_kept(config, &store, &effects).await?;
    let chosen = choice::choose(config, &store).await?;
    config.validate()?;

    let wanted = config.listen.addr();
    let listener = TcpListener::bind(wanted).await.with_context(|| format!("listening on {wanted} (HOST, PORT)"))?;
    let addr = listener.local_addr()?;
    let watchers = edge::watchers(config).await?;
    let trusted_proxies = config.trusted_proxies()?;
    let connections = edge::connection_limits(config, &trusted_proxies);
    let public_url = config.public_url(addr);

    let platform = match chosen {
        Chosen::Sandbox => sandbox(config, &public_url, &effects, (&store, &zone), &stop_rest, &rest).await?,
        Chosen::Real => platform::real(config, &effects)?,
    };
    let Platform { client, trust, voice, sandbox } = platform;
    let handset_page_url = sandbox.as_ref().map(|notice| notice.handset_page_url.clone());
    let services = Services::new(Deps {
        store: store.clone(),
        vonage: client,
        clock: Arc::clone(&effects.clock),
        random: Arc::clone(&effects.random),
        settings: settings(config, &public_url, voice, sandbox, &zone, limits)?,
    });
    services.business.reload().await.context("reading the business profile")?;
    services.lines.reload_directory().await.context("reading the numbers")?;
    store.webhooks().give_up_claims().await.context("giving up claims of the program before")?;
    let first_password = services.accounts.first_start().await.context("making the first account")?;
    services.team.first_sandbox_start().await.context("making the sandbox's accounts")?;
    services.menus.first_start().await.context("making the first menus")?;
    choice::remember(chosen, &store, effects.clock.now_ms()).await?;

    let clock = Arc::clone(&effects.clock);
    let upkeep = metrics.clone();
    let web = Web::new(web::Parts {
        services: services.clone(),
        sessions: Arc::new(store.accounts().sessions(move || clock.now_ms())),
        trust,
        public_url: public_url.clone(),
        trusted_proxies,
        local: config.is_local(),
        random: effects.random,
        metrics,
        streams: streams.clone(),
    });
    let metrics_addr = watchers.as_ref().map(TcpListener::local_addr).transpose()?;
    if let Some(watchers) = watchers {
        let (router, stop) = (web::watchers(web.clone()), stop_rest.clone());
        rest.spawn(async move { web::serve(watchers, router, edge::watcher_limits(), stop).await });
    }
    let requests = tokio::spawn(web::serve(listener, web::router(web), connections, stop_requests.clone()));

    spawn_upkeep(&rest, &stop_rest, &services, upkeep);
    Ok(Server {
        addr,
        public_url,
        handset_page_url,
        metrics_addr,
        first_password,
        services,
        streams,
        stop_requests,
        requests,
        stop_rest,
        rest,
        store,
        lock,
    })
}

/// The sandbox, with an example's numbers and business on an empty database.
async fn sandbox(
    config: &Config,
    public_url: &str,
    effects: &Effects,
    (store, zone): (&Store, &Zone),
    stop: &CancellationToken,
    tasks: &TaskTracker,
) -> anyhow::Result<Platform> {
    let now = effects.clock.now_ms();
    setup::forget_sandbox(store).await.context("beginning a new sandbox")?;
    let wiped = demo::is_wiped(store).await.context("reading whether the demo data was wiped")?;
    let rented = demo::numbers(store, &config.support_number()?, wiped, now).await;
    let rented = rented.context("making the sandbox's numbers")?;
    if !wiped {
        let business = demo::business(store, zone.name(), &config.support.greeting, now).await;
        business.context("making the sandbox's business profile")?;
    }
    platform::with_sandbox(config, public_url, effects, &rented, stop.clone(), tasks.clone()).await
}

/// The database, up to date, and the time zone in which it counts tracked calls.
async fn open_store(config: &Config) -> anyhow::Result<(Store, Arc<Zone>)> {
    let store =
        Store::open(config.database.database_url.expose()).await.context("opening the database (DATABASE_URL)")?;
    store.migrate().await.context("bringing the database up to date")?;

    let configured = time_zone::zone(&config.server.time_zone).context("TIME_ZONE")?;
    let saved = business::saved_zone(&store).await.context("reading the business profile")?;
    let zone = Arc::new(saved.unwrap_or(configured));
    time_zone::count_in(&store, &zone).await.context("counting calls in another time zone")?;
    Ok((store, zone))
}

/// What the use cases are configured with.
fn settings(
    config: &Config,
    public_url: &str,
    voice: VoiceEndpoints,
    sandbox: Option<SandboxNotice>,
    zone: &Arc<Zone>,
    limits: Limits,
) -> anyhow::Result<Settings> {
    let support = config.support_number()?;
    Ok(Settings {
        directory: Directory::new(support.clone(), &config.support.user),
        support: SupportLine {
            greeting: config.support.greeting.clone(),
            number: support,
            destination: config.destination_number()?,
        },
        country: config.home_country(),
        dial: super::offline::dial_settings(config),
        private: super::offline::private_line(config, public_url.to_owned()),
        voice,
        desk: DeskSettings {
            public_url: public_url.to_owned(),
            dials_per_minute: config.dialling.agent_calls_per_minute,
            dials_per_hour: config.dialling.agent_calls_per_hour,
            dials_per_day: config.dialling.agent_calls_per_day,
            support_rings_agents: config.support.agents,
            voicemails_dir: config.voicemails_dir(),
        },
        sandbox,
        spool_dir: config.spool_dir(),
        tracking: TrackingSettings { zone: Arc::clone(zone), public_url: public_url.to_owned() },
        audio: AudioSettings {
            socket_url: AudioSettings::socket_url(public_url),
            recordings_dir: config.recordings_dir(),
            engines: AllowList::parse(config.audio_sockets.engines_allowed.iter().map(String::as_str))
                .map_err(|why| anyhow::anyhow!("AUDIO_ENGINES_ALLOWED: {why}"))?,
        },
        limits: Limits { retention_ms: i64::from(config.server.retention_days) * 24 * 60 * 60 * 1000, ..limits },
        operator: platform::operator_settings(config, public_url.to_owned())?,
    })
}

/// Starts what is done beside the requests until the server ends.
fn spawn_upkeep(rest: &TaskTracker, stop: &CancellationToken, services: &Services, metrics: PrometheusHandle) {
    let (ended, keeper) = (stop.clone(), services.clone());
    rest.spawn(async move { keeper.janitor(ended).await });
    let (ended, hooks) = (stop.clone(), services.tracking.hooks.clone());
    rest.spawn(async move { hooks.tell_calls(ended).await });
    let ended = stop.clone();
    rest.spawn(async move {
        // Histograms gather samples until somebody tidies them up.
        while timeout(Duration::from_secs(5), ended.cancelled()).await.is_err() {
            metrics.run_upkeep();
        }
    });
}

impl Server {
    /// Ends in order, within five seconds: streams, requests under way, the sandbox and the janitor, the database.
    pub async fn stop(self) {
        drop(self.end().await);
    }

    async fn end(mut self) -> FolderLock {
        // Streams first: the HTTP server waits for open answers, and these never end by themselves.
        self.streams.stop.cancel();
        self.streams.open.close();
        let _ = timeout(STREAMS_END, self.streams.open.wait()).await;
        self.stop_requests.cancel();
        if timeout(REQUESTS_END, &mut self.requests).await.is_err() {
            tracing::warn!("some requests were cut off");
            self.requests.abort();
        }
        self.stop_rest.cancel();
        self.rest.close();
        if timeout(REST_ENDS, self.rest.wait()).await.is_err() {
            tracing::warn!("some tasks were cut off");
        }
        let _ = timeout(REST_ENDS / 4, self.store.close()).await;
        tracing::info!("stopped");
        self.lock
    }
}

/// The recorder of the whole process.
fn metrics() -> anyhow::Result<PrometheusHandle> {
    let seconds = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0];
    let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &seconds)?;
    Ok(builder.install_recorder()?)
}

/// Tells the person at the terminal where to go and what to try.
fn announce(config: &Config, server: &Server) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let url = &server.public_url;
    writeln!(out, "\nSwitchboard is ready.\n")?;
    writeln!(out, "  support page   {url}/")?;
    writeln!(out, "  administration {url}/admin/calls")?;
    writeln!(out, "  console        {url}/console")?;
    if let Some(page) = &server.handset_page_url {
        let number = |number: Result<E164, _>| number.map(|number| number.international()).unwrap_or_default();
        writeln!(out, "  telephones     {page}   (the sandbox: no Vonage account, no real calls)")?;
        writeln!(
            out,
            "\nTry this: open the support page, press \"Call now\", and answer {} on the page with the",
            number(config.destination_number())
        )?;
        writeln!(out, "telephones. Or dial {} from a telephone there.", number(config.support_number()))?;
    }
    if let Some(first) = &server.first_password {
        writeln!(out, "\nThe operator signs in at {url}/login as {:?} with the password", first.name)?;
        writeln!(out, "\n    {}\n\nand then sets another. Until then every start prints a new one.", first.password)?;
    }
    writeln!(out, "\nStop with Ctrl-C.\n")?;
    out.flush()
}
