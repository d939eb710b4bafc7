//! The platform that we talk to: the real one, or the sandbox started beside us. After this, nothing can tell them apart
//! but by their addresses.

use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::keys;
use crate::config::{Config, SANDBOX_SUPPORT_NUMBER};
use crate::domain::phone::E164;
use crate::service::{Clock, OperatorSettings, Origin, Random, SandboxNotice, VoiceEndpoints, country_of, setup};
use crate::store::Store;
use crate::vonage::client::{Application, NewApplication};
use crate::vonage::{ApplicationKey, Client, Credentials, Urls, Verifier, client};
use crate::web::WebhookTrust;
use switchboard_sandbox as sandbox;

/// The second phone on the handset page: a customer's, of the range that Ofcom keeps for fiction.
const CUSTOMER_PHONE: &str = "447700900123";

/// The platform, ready for calls.
pub(super) struct Platform {
    pub client: Client,
    pub trust: WebhookTrust,
    pub voice: VoiceEndpoints,
    pub sandbox: Option<SandboxNotice>,
}

/// Time and chance, for minting tokens.
pub(super) struct Effects {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
}

impl Effects {
    /// The machine's.
    pub(super) fn system() -> Self {
        use crate::service::{SystemClock, SystemRandom};
        Self { clock: Arc::new(SystemClock), random: Arc::new(SystemRandom) }
    }

    pub(super) fn client(&self, urls: Urls, credentials: Credentials) -> reqwest::Result<Client> {
        let (clock, random) = (Arc::clone(&self.clock), Arc::clone(&self.random));
        Ok(Client::new(client::http()?, urls, credentials, move || clock.now_ms() / 1000, move || random.id()))
    }

    fn secret(&self, bytes: usize) -> String {
        let mut out = vec![0; bytes];
        self.random.bytes(&mut out);
        hex::encode(out)
    }
}

/// The real platform, as configured. The application and its webhooks are the operator's to set up.
pub(super) fn real(config: &Config, effects: &Effects) -> anyhow::Result<Platform> {
    let real = config.real_platform()?;
    let key = real.application.map(|(id, key)| ApplicationKey::from_pem(id, key.expose()));
    let key = key.transpose().context("VONAGE_PRIVATE_KEY or VONAGE_PRIVATE_KEY_FILE")?;
    let secrets: Vec<&str> = config.signature_secrets().collect();
    let mut verifier = Verifier::new(&secrets).strict(config.vonage.strict_webhook_hash);
    if let Some(key) = &key {
        verifier = verifier.for_application(key.application_id());
    }
    let trust = if verifier.has_secret() || !config.vonage.allow_unsigned_webhooks {
        // Without a secret every webhook is refused: the setup page asks for one.
        WebhookTrust::Signed(Box::new(verifier))
    } else {
        tracing::warn!("webhooks are not verified: anybody can forge calls and their records");
        WebhookTrust::Unsigned
    };
    let credentials =
        Credentials { api_key: real.api_key, api_secret: real.api_secret.expose().to_owned(), application: key };
    let urls = Urls { api: config.vonage.api_url.clone(), rest: config.vonage.rest_url.clone() };
    let voice = VoiceEndpoints {
        api_url: trimmed(&config.client_api_url()),
        websocket_url: trimmed(&config.client_ws_url()),
        websocket_path: String::new(),
    };
    let client = effects.client(urls, credentials)?;
    let client = match config.home_region_url() {
        Some(url) => client.at_home(&url),
        None => client,
    };
    Ok(Platform { client, trust, voice, sandbox: None })
}

/// Starts the sandbox and sets up an application there, through the same client and over HTTP, as an operator would on
/// the real platform.
pub(super) async fn with_sandbox(
    config: &Config,
    public_url: &str,
    effects: &Effects,
    rented: &[(E164, String)],
    stop: CancellationToken,
    tasks: TaskTracker,
) -> anyhow::Result<Platform> {
    let (api_key, api_secret, signature_secret) = config.account();
    let account = sandbox::account::Account {
        api_key: api_key.map_or_else(|| effects.secret(4), str::to_owned),
        api_secret: api_secret.map_or_else(|| effects.secret(8), str::to_owned),
        signature_secret: signature_secret.map_or_else(|| effects.secret(32), str::to_owned),
    };
    let support = config.support_number()?;
    // The numbering plans take a tenth of a second to load, which the number that everybody starts with need not cost.
    let known = support.digits() == SANDBOX_SUPPORT_NUMBER;
    let country = if known { None } else { country_of(&support) }.unwrap_or_else(|| "GB".to_owned());
    let numbers: Vec<(&E164, &str)> = std::iter::once((&support, country.as_str()))
        .chain(rented.iter().map(|(number, country)| (number, country.as_str())))
        .collect();
    let settings = sandbox_config(config, public_url, account.clone(), &numbers)?;
    let started = sandbox::start(settings, stop, tasks)
        .await
        .with_context(|| format!("starting the sandbox on {} (SANDBOX_ADDR)", config.sandbox.addr))?;

    // Our own requests stay on this machine, whatever address browsers use.
    let own = format!("http://{}", crate::config::reachable(started.addr));
    let urls = Urls { api: own.clone(), rest: own };
    let credentials =
        Credentials { api_key: account.api_key.clone(), api_secret: account.api_secret.clone(), application: None };
    let client = effects.client(urls.clone(), credentials)?;
    let pair = keys::sandbox_key_pair(&config.server.data_dir).await?;
    let application = sandbox_application(config, &client, public_url, pair.public, &numbers).await?;
    keys::keep_sandbox_access(
        &config.server.data_dir,
        &keys::SandboxAccess {
            url: urls.api.clone(),
            api_key: account.api_key.clone(),
            api_secret: account.api_secret.clone(),
            application_id: application.id.clone(),
        },
    )?;

    let key = ApplicationKey::from_pem(application.id.as_str(), &pair.private)?;
    let verifier = Verifier::new(&[account.signature_secret]).for_application(application.id);
    let client = client.with_application(key).known_as(&[&started.url]);
    let client = match config.vonage.region {
        Some(region) => client.at_home(&format!("{}/regions/{}", urls.api, region.name())),
        None => client,
    };
    Ok(Platform {
        client,
        trust: WebhookTrust::Signed(Box::new(verifier.strict(config.vonage.strict_webhook_hash))),
        // http(s), not ws(s): the Client SDK also posts its reconnection metrics there.
        voice: VoiceEndpoints {
            api_url: started.url.clone(),
            websocket_url: started.url.clone(),
            websocket_path: sandbox::SOCKET_PATH.to_owned(),
        },
        sandbox: Some(SandboxNotice { handset_page_url: format!("{}/", started.url) }),
    })
}

/// The sandbox's own settings. The first of the numbers is the support line's; those that were rented before the sandbox
/// stopped are still ours.
fn sandbox_config(
    config: &Config,
    public_url: &str,
    account: sandbox::account::Account,
    numbers: &[(&E164, &str)],
) -> anyhow::Result<sandbox::Config> {
    let texts = numbers.iter().map(|(number, country)| (number.digits().to_owned(), (*country).to_owned()));
    Ok(sandbox::Config {
        addr: config.sandbox.addr,
        public_url: config.sandbox.url.as_deref().map(trimmed),
        account,
        numbers: texts.collect(),
        media_addrs: config.sandbox.media_addrs.clone(),
        // Any page may use the sandbox: it is the stand-in of a public platform, and tokens decide there too.
        allowed_origins: Vec::new(),
        strict: !config.sandbox.lenient,
        requests: config.sandbox.requests.clone(),
        page: sandbox::pages::Page {
            app_url: public_url.to_owned(),
            support_number: numbers.first().map(|(number, _)| number.digits().to_owned()),
            numbers: vec![config.destination_number()?.digits().to_owned(), CUSTOMER_PHONE.to_owned()],
            shows_secret: config.account().1.is_none(),
        },
    })
}

/// Makes the application in the sandbox, and links our numbers to it.
async fn sandbox_application(
    config: &Config,
    client: &Client,
    public_url: &str,
    public_key: String,
    numbers: &[(&E164, &str)],
) -> anyhow::Result<Application> {
    let wanted = NewApplication {
        name: "Switchboard".to_owned(),
        public_url: public_url.to_owned(),
        public_key: Some(public_key),
        region: config.vonage.region.map(|region| region.name().to_owned()),
    };
    let application = client.create_application(&wanted).await.context("creating the sandbox's application")?;
    for (number, country) in numbers {
        client.link_number(number, country, &application.id).await.context("linking a number in the sandbox")?;
    }
    Ok(application)
}

/// What the operator's use cases are configured with.
pub(super) fn operator_settings(config: &Config, public_url: String) -> anyhow::Result<OperatorSettings> {
    let origin = match (config.uses_sandbox(), config.kept) {
        (true, _) => Origin::Sandbox,
        (false, true) => Origin::Kept,
        (false, false) => Origin::Environment,
    };
    let mobile = config.server.mobile_api_key.as_ref().map(|key| key.expose().trim().to_owned());
    Ok(OperatorSettings {
        public_url,
        key: Some(keys::encryption_key(config, &crate::service::SystemRandom)?),
        mobile_api_key: mobile.filter(|key| !key.is_empty()),
        real: Urls { api: config.vonage.api_url.clone(), rest: config.vonage.rest_url.clone() },
        origin,
        signed: config.signature_secrets().next().is_some(),
        region: config.vonage.region,
    })
}

/// The configuration with what was entered on the setup page, where the environment says nothing.
pub(super) async fn with_kept(config: &Config, store: &Store, effects: &Effects) -> anyhow::Result<Config> {
    let mut whole = config.clone();
    // Who asks for the sandbox gets it, and who configures everything needs nothing kept.
    if config.sandbox.wanted || !(config.uses_sandbox() || config.is_being_set_up()) {
        return Ok(whole);
    }
    let key = keys::encryption_key(config, effects.random.as_ref())?;
    let Some(kept) = setup::kept_in(store, &key).await.context("what was entered at /admin/setup")? else {
        return Ok(whole);
    };
    if config.is_being_set_up() && config.vonage.api_key.as_deref().map(str::trim) != Some(kept.api_key.as_str()) {
        // Another account is configured than the one whose application is kept.
        return Ok(whole);
    }
    whole.vonage.api_key = Some(kept.api_key);
    if !config.is_being_set_up() {
        whole.vonage.api_secret = Some(kept.api_secret.into());
    }
    whole.vonage.application_id = Some(kept.application_id);
    whole.vonage.private_key = Some(kept.private_key.into());
    if whole.signature_secrets().next().is_none() && !kept.signature_secret.is_empty() {
        whole.vonage.signature_secret = vec![kept.signature_secret.into()];
    }
    whole.kept = true;
    Ok(whole)
}

/// The platform for a command beside a running server: the real one, or the sandbox that runs in the same DATA_DIR.
pub(super) async fn for_commands(config: &Config, store: &Store, effects: &Effects) -> anyhow::Result<Client> {
    if !config.uses_sandbox() {
        return Ok(real(config, effects)?.client);
    }
    let Some(access) = keys::sandbox_access(&config.server.data_dir) else {
        anyhow::bail!(
            "there are no Vonage credentials, and no sandbox was started in {} (DATA_DIR); start switchboard first",
            config.server.data_dir.display()
        );
    };
    let vault = keys::encryption_key(config, effects.random.as_ref())?;
    let made = setup::made_in_sandbox(store, &vault).await.context("what was made in the sandbox at /admin/setup")?;
    let key = match made.filter(|made| made.api_key == access.api_key) {
        Some(made) => ApplicationKey::from_pem(made.application_id, &made.private_key)?,
        None => {
            let file = config.server.data_dir.join("sandbox-key.pem");
            let pem = std::fs::read_to_string(file).context("the sandbox's key")?;
            ApplicationKey::from_pem(access.application_id, &pem)?
        }
    };
    let urls = Urls { api: access.url.clone(), rest: access.url };
    let credentials = Credentials { api_key: access.api_key, api_secret: access.api_secret, application: Some(key) };
    Ok(effects.client(urls, credentials)?)
}

fn trimmed(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}
