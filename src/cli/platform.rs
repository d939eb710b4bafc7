//! The platform that we talk to: the real one, or the sandbox started beside us. After this, nothing can tell them apart
//! but by their addresses.

use std::net::IpAddr;
use std::sync::Arc;

use anyhow::Context as _;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{keys, numbers};
use crate::config::Config;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::sandbox;
use crate::service::{Clock, Random, SandboxNotice, VoiceEndpoints};
use crate::vonage::client::NewApplication;
use crate::vonage::{ApplicationKey, Client, Credentials, Urls, Verifier, client};
use crate::web::WebhookTrust;

/// The second phone on the handset page: a customer's, of the range that Ofcom keeps for fiction.
const CUSTOMER_PHONE: &str = "447700900123";

/// Jane's number and the menu's, of the same range.
const JANE_NUMBER: &str = "442079460101";
const MENU_NUMBER: &str = "442079460102";

/// What the sandbox's account has beside the support number, as far as that is not one of them.
fn demo_numbers(support: &E164) -> anyhow::Result<Vec<(E164, Line)>> {
    let numbers = [(JANE_NUMBER, Line::Agent("Jane".into())), (MENU_NUMBER, Line::Ivr("main".into()))];
    let numbers = numbers.into_iter().map(|(number, line)| Ok((E164::parse(number)?, line)));
    let numbers: Vec<_> = numbers.collect::<anyhow::Result<_>>()?;
    Ok(numbers.into_iter().filter(|(number, _)| number != support).collect())
}

/// The platform, ready for calls.
pub(super) struct Platform {
    pub client: Client,
    pub trust: WebhookTrust,
    pub voice: VoiceEndpoints,
    pub sandbox: Option<SandboxNotice>,
    /// Numbers of the sandbox's account, and where they lead at first.
    pub numbers: Vec<(E164, Line)>,
}

/// Time and chance, for whoever mints tokens.
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
    let key = ApplicationKey::from_pem(real.application_id.as_str(), real.private_key.expose())
        .context("VONAGE_PRIVATE_KEY or VONAGE_PRIVATE_KEY_FILE")?;
    let secrets: Vec<&str> = config.signature_secrets().collect();
    let verifier = Verifier::new(&secrets).for_application(real.application_id).strict(config.strict_webhook_hash);
    let trust = if verifier.has_secret() {
        WebhookTrust::Signed(Box::new(verifier))
    } else {
        tracing::warn!("webhooks are not verified: anybody can forge calls and their records");
        WebhookTrust::Unsigned
    };
    let credentials =
        Credentials { api_key: real.api_key, api_secret: real.api_secret.expose().to_owned(), application: Some(key) };
    let urls = Urls { api: config.vonage_api_url.clone(), rest: config.vonage_rest_url.clone() };
    let voice = VoiceEndpoints {
        api_url: trimmed(&config.vonage_client_api_url),
        websocket_url: trimmed(&config.vonage_client_ws_url),
        websocket_path: String::new(),
    };
    Ok(Platform { client: effects.client(urls, credentials)?, trust, voice, sandbox: None, numbers: Vec::new() })
}

/// Starts the sandbox and sets up an application there, through the same client and over HTTP, as an operator would on
/// the real platform.
pub(super) async fn with_sandbox(
    config: &Config,
    public_url: &str,
    effects: &Effects,
    stop: CancellationToken,
    tasks: TaskTracker,
) -> anyhow::Result<Platform> {
    let (api_key, api_secret, signature_secret) = config.account();
    let account = sandbox::account::Account {
        api_key: api_key.map_or_else(|| effects.secret(4), str::to_owned),
        api_secret: api_secret.map_or_else(|| effects.secret(8), str::to_owned),
        signature_secret: signature_secret.map_or_else(|| effects.secret(32), str::to_owned),
    };
    let media_addrs: Vec<IpAddr> = config.sandbox_media_addrs.clone();
    let support = config.support_number()?;
    let country = numbers::country_of(&support).unwrap_or_else(|| "GB".to_owned());
    let own = demo_numbers(&support)?;
    let started = sandbox::start(
        sandbox::Config {
            addr: config.sandbox_addr,
            public_url: config.sandbox_url.as_deref().map(trimmed),
            account: account.clone(),
            numbers: std::iter::once(&support)
                .chain(own.iter().map(|(number, _)| number))
                .map(|number| (number.digits().to_owned(), numbers::country_of(number).unwrap_or_else(|| "GB".into())))
                .collect(),
            media_addrs,
            // Any page may use the sandbox: it is the stand-in of a public platform, and tokens decide there too.
            allowed_origins: Vec::new(),
            page: sandbox::pages::Page {
                app_url: public_url.to_owned(),
                support_number: Some(support.digits().to_owned()),
                numbers: vec![config.destination_number()?.digits().to_owned(), CUSTOMER_PHONE.to_owned()],
            },
        },
        stop,
        tasks,
    )
    .await
    .with_context(|| format!("starting the sandbox on {} (SANDBOX_ADDR)", config.sandbox_addr))?;

    // Our own requests stay on this machine, whatever address browsers use.
    let here = format!("http://{}", crate::config::reachable(started.addr));
    let urls = Urls { api: here.clone(), rest: here };
    let credentials = Credentials { api_key: account.api_key, api_secret: account.api_secret, application: None };
    let client = effects.client(urls, credentials)?;
    let pair = keys::sandbox_key_pair(&config.data_dir).await?;
    let application = NewApplication {
        name: "Switchboard".to_owned(),
        public_url: public_url.to_owned(),
        public_key: Some(pair.public),
    };
    let application = client.create_application(&application).await.context("creating the sandbox's application")?;
    client
        .link_number(&support, &country, &application.id)
        .await
        .context("linking the support number in the sandbox")?;
    for (number, _) in &own {
        let country = numbers::country_of(number).unwrap_or_else(|| "GB".to_owned());
        client.link_number(number, &country, &application.id).await.context("linking a number in the sandbox")?;
    }

    let key = ApplicationKey::from_pem(application.id.as_str(), &pair.private)?;
    let verifier = Verifier::new(&[account.signature_secret]).for_application(application.id);
    Ok(Platform {
        client: client.with_application(key),
        trust: WebhookTrust::Signed(Box::new(verifier.strict(config.strict_webhook_hash))),
        // http(s), not ws(s): the Client SDK also posts its reconnection metrics there.
        voice: VoiceEndpoints {
            api_url: started.url.clone(),
            websocket_url: started.url.clone(),
            websocket_path: sandbox::SOCKET_PATH.to_owned(),
        },
        sandbox: Some(SandboxNotice { handset_page_url: format!("{}/", started.url) }),
        numbers: own,
    })
}

fn trimmed(url: &str) -> String {
    url.trim_end_matches('/').to_owned()
}
