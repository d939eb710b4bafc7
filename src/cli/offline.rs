//! Opens the database and the services for commands that work without the server, whether or not it is running.

use std::sync::Arc;

use anyhow::Context as _;

use super::platform::{Effects, for_commands, operator_settings, with_kept};
use crate::config::{Config, ConfigError, NumberCheck, SANDBOX_DESTINATION_NUMBER, SANDBOX_SUPPORT_NUMBER};
use crate::domain::click_to_call::SupportLine;
use crate::domain::deployment::Platform;
use crate::domain::line::Directory;
use crate::domain::phone::E164;
use crate::domain::private_calls::brake::Brake;
use crate::service::PrivateLine;
use crate::service::private_calls::NumberSource;
use crate::service::{
    AudioSettings, Deps, DeskSettings, DialSettings, Limits, SandboxNotice, Services, Settings, SystemClock,
    SystemRandom, VoiceEndpoints,
};
use crate::store::Store;
use crate::vonage::{Client, Credentials, Urls};

/// The use cases, over the database that `serve` uses. Close the store at the end.
pub(super) struct Offline {
    pub store: Store,
    pub services: Services,
}

/// Opens the database, brought up to date, and joins the use cases with a client that `client` makes.
pub(super) async fn open(config: &Config, client: Client) -> anyhow::Result<Offline> {
    let store =
        Store::open(config.database.database_url.expose()).await.context("opening the database (DATABASE_URL)")?;
    store.migrate().await.context("bringing the database up to date")?;
    // A command needs no support line; where none is configured, one of fiction stands in.
    let number = |configured: Result<E164, ConfigError>, fiction| match configured {
        Err(ConfigError::Missing { .. }) => Ok(E164::parse(fiction)?),
        number => anyhow::Ok(number?),
    };
    let support = number(config.support_number(), SANDBOX_SUPPORT_NUMBER)?;
    let services = Services::new(Deps {
        store: store.clone(),
        vonage: client,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        settings: Settings {
            directory: Directory::new(support.clone(), &config.support.user),
            support: SupportLine {
                greeting: config.support.greeting.clone(),
                number: support,
                destination: number(config.destination_number(), SANDBOX_DESTINATION_NUMBER)?,
            },
            country: config.home_country(),
            dial: dial_settings(config),
            private: private_line(config, String::new()),
            voice: VoiceEndpoints::default(),
            desk: DeskSettings { voicemails_dir: config.voicemails_dir(), ..DeskSettings::default() },
            sandbox: config.uses_sandbox().then(|| SandboxNotice { handset_page_url: String::new() }),
            // The server's is the server's.
            spool_dir: config.server.data_dir.join("no-spool"),
            tracking: crate::service::TrackingSettings::default(),
            audio: AudioSettings::default(),
            limits: Limits::default(),
            operator: operator_settings(config, config.public_url(config.listen.addr()))?,
        },
    });
    Ok(Offline { store, services })
}

/// With the platform that the server talks to. The configuration is the one in force, with what was entered at /admin/setup.
pub(super) async fn with_platform(config: &Config) -> anyhow::Result<(Offline, Config)> {
    let effects = Effects::system();
    let store =
        Store::open(config.database.database_url.expose()).await.context("opening the database (DATABASE_URL)")?;
    store.migrate().await.context("bringing the database up to date")?;
    let config = with_kept(config, &store, &effects).await?;
    let client = for_commands(&config, &store, &effects).await;
    store.close().await;
    let client = client?;
    let offline = open(&config, client).await?;
    offline.services.business.reload().await.context("reading the business profile")?;
    offline.services.lines.reload_directory().await.context("reading the numbers")?;
    Ok((offline, config))
}

/// The platform that `serve` would start with.
pub(super) async fn chosen(config: &Config) -> anyhow::Result<Platform> {
    let store =
        Store::open(config.database.database_url.expose()).await.context("opening the database (DATABASE_URL)")?;
    store.migrate().await.context("bringing the database up to date")?;
    let config = with_kept(config, &store, &Effects::system()).await?;
    let chosen = super::choice::choose(&config, &store).await;
    store.close().await;
    chosen
}

/// A client that knows nobody: for commands that work on the database alone.
pub(super) fn without_platform(config: &Config) -> anyhow::Result<Client> {
    let urls = Urls { api: config.vonage.api_url.clone(), rest: config.vonage.rest_url.clone() };
    Ok(Effects::system().client(urls, Credentials::default())?)
}

/// What may be dialled.
pub(super) fn dial_settings(config: &Config) -> DialSettings {
    DialSettings {
        countries: config.dialling.call_countries.clone(),
        kinds: config.call_kinds(),
        line_calls_per_minute: config.dialling.line_calls_per_minute,
        calls_per_day: config.dialling.calls_per_day,
        spend_per_day: config.dialling.spend_per_day,
        texts_per_day: config.dialling.texts_per_day,
    }
}

/// How private calls are set up.
pub(super) fn private_line(config: &Config, public_url: String) -> PrivateLine {
    const MINUTE_MS: i64 = 60_000;
    PrivateLine {
        public_url,
        brake: Brake {
            same_an_hour: config.private_calls.same_texts_per_hour,
            a_minute: config.private_calls.texts_per_minute,
        },
        cool_off_ms: i64::from(config.private_calls.cool_off_minutes) * MINUTE_MS,
        retention_ms: i64::from(config.private_calls.retention_days) * 24 * 60 * MINUTE_MS,
        numbers: match config.private_calls.number_check {
            NumberCheck::Insight => NumberSource::Insight,
            NumberCheck::Local => NumberSource::Local,
        },
    }
}
