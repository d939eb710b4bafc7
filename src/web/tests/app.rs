//! An application to send requests to.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;
use wiremock::matchers::method;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::described;
use crate::domain::call_tracking::zone::Zone;
use crate::domain::click_to_call::{GREETING, SupportLine};
use crate::domain::line::Directory;
use crate::domain::phone::E164;
use crate::service::TrackingSettings;
use crate::service::{
    Clock, Deps, Limits, OperatorSettings, Random, SandboxNotice, Services, Settings, SystemRandom, VaultKey,
    VoiceEndpoints,
};
use crate::store::Store;
use crate::vonage::jwt::NewKeyPair;
use crate::vonage::signature::canonical_query;
use crate::vonage::{ApplicationKey, Client, Credentials, Urls, Verifier, client};
use crate::web::{Parts, Streams, Web, WebhookTrust, router};

pub const SECRET: &str = "my-signature-secret-0123456789abcdef";
pub const APPLICATION: &str = "aaaaaaaa-bbbb-cccc-dddd-0123456789ab";
pub const NOW: i64 = 1_795_226_880;

struct Fixed;
impl Clock for Fixed {
    fn now_ms(&self) -> i64 {
        NOW * 1000
    }
}

pub struct App {
    pub router: Router,
    pub web: Web,
    pub services: Services,
    pub store: Store,
    pub streams: Streams,
    folder: tempfile::TempDir,
    /// The platform, which makes users and knows nothing else.
    pub platform: MockServer,
    count: AtomicU32,
    /// What `/api/openapi.json` says.
    document: Value,
}

/// An answer, read to its end.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text()))
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| std::str::from_utf8(value.as_bytes()).unwrap())
    }
}

/// What a test may choose.
pub struct Choices {
    pub public_url: &'static str,
    pub trust: WebhookTrust,
    /// Origins that the relay may connect to.
    pub engines: String,
    /// Whether the platform is the sandbox.
    pub sandbox: bool,
    /// Where may be called beside our own countries.
    pub call_countries: &'static [&'static str],
    /// Where the business is.
    pub zone: Zone,
    /// The support line rings the agents.
    pub support_agents: bool,
}

impl Default for Choices {
    fn default() -> Self {
        let verifier = Verifier::new(&[SECRET]).for_application(APPLICATION);
        Self {
            public_url: "http://127.0.0.1:3000",
            trust: WebhookTrust::Signed(Box::new(verifier)),
            engines: String::new(),
            sandbox: false,
            call_countries: &[],
            zone: Zone::utc(),
            support_agents: false,
        }
    }
}

impl App {
    pub async fn start() -> Self {
        Self::with(Choices::default()).await
    }

    pub async fn sandboxed() -> Self {
        Self::with(Choices { sandbox: true, ..Choices::default() }).await
    }

    pub async fn with(choices: Choices) -> Self {
        let platform = MockServer::start().await;
        let user = json!({ "id": "USR-1", "name": "anybody" });
        Mock::given(method("POST")).respond_with(ResponseTemplate::new(201).set_body_json(user)).mount(&platform).await;
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
        store.migrate().await.unwrap();
        let urls = Urls { api: platform.uri(), rest: platform.uri() };
        let application = ApplicationKey::from_pem(APPLICATION, pem()).unwrap();
        let credentials =
            Credentials { api_key: "a1b2c3d".into(), api_secret: "x".into(), application: Some(application) };
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let ids = Arc::clone(&random);
        let vonage = Client::new(client::http().unwrap(), urls, credentials, || NOW, move || ids.id());
        let support = E164::parse("442079460000").unwrap();
        let services = Services::new(Deps {
            store: store.clone(),
            vonage,
            clock: Arc::new(Fixed),
            random: Arc::clone(&random),
            settings: Settings {
                directory: Directory::new(support.clone(), "supportuser"),
                support: SupportLine {
                    greeting: GREETING.into(),
                    number: support,
                    destination: E164::parse("447700900000").unwrap(),
                },
                country: "GB".into(),
                dial: crate::service::DialSettings {
                    countries: choices.call_countries.iter().map(|country| (*country).to_owned()).collect(),
                    ..Default::default()
                },
                private: crate::service::PrivateLine::default(),
                desk: crate::service::DeskSettings {
                    support_rings_agents: choices.support_agents,
                    ..crate::service::DeskSettings::default()
                },
                voice: VoiceEndpoints {
                    api_url: "http://127.0.0.1:3001".into(),
                    websocket_url: "ws://127.0.0.1:3001".into(),
                    websocket_path: String::new(),
                },
                sandbox: choices.sandbox.then(|| SandboxNotice { handset_page_url: "http://127.0.0.1:3001/".into() }),
                spool_dir: folder.path().join("spool"),
                tracking: TrackingSettings { zone: Arc::new(choices.zone), ..TrackingSettings::default() },
                audio: crate::service::AudioSettings {
                    socket_url: crate::service::AudioSettings::socket_url(choices.public_url),
                    recordings_dir: folder.path().join("recordings"),
                    engines: crate::service::AllowList::parse(choices.engines.split(',')).unwrap(),
                },
                limits: Limits::default(),
                operator: OperatorSettings { key: Some(VaultKey([7; 32])), ..OperatorSettings::default() },
            },
        });
        let streams = Streams::default();
        let web = Web::new(Parts {
            services: services.clone(),
            sessions: Arc::new(store.accounts().sessions(|| NOW * 1000)),
            trust: choices.trust,
            public_url: choices.public_url.into(),
            trusted_proxies: Vec::new(),
            local: choices.public_url.starts_with("http://127."),
            random,
            metrics: PrometheusBuilder::new().build_recorder().handle(),
            streams: streams.clone(),
        });
        let router = router(web.clone());
        let count = AtomicU32::new(0);
        let mut app = Self { router, web, services, store, streams, folder, platform, count, document: Value::Null };
        app.document = app.get("/api/openapi.json").await.json();
        app
    }

    /// As a client at this machine sends it, unless the request says otherwise. What is answered must be as described.
    pub async fn send(&self, mut request: Request<Body>) -> Answer {
        if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000))));
        }
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 8 << 20).await.unwrap().to_vec();
        described::hold(&self.document, &method, &path, head.status.as_u16(), &head.headers, &body);
        Answer { status: head.status, headers: head.headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// A POST that is signed as the platform signs.
    pub async fn post_signed(&self, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        let body = body.into();
        let authorization = self.signed(&hex::encode(Sha256::digest(&body)));
        self.post(path, Some(&authorization), body).await
    }

    pub async fn get_signed(&self, path: &str, query: &str) -> Answer {
        let authorization = self.signed(&hex::encode(Sha256::digest(canonical_query(query))));
        let request = Request::get(format!("{path}?{query}")).header(header::AUTHORIZATION, authorization);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, authorization: Option<&str>, body: impl Into<Body>) -> Answer {
        let mut request = Request::builder().method(Method::POST).uri(path);
        request = request.header(header::CONTENT_TYPE, "application/json");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    /// An `Authorization` value that is good once.
    pub fn signed(&self, hash: &str) -> String {
        let jti = format!("jti-{}", self.count.fetch_add(1, Ordering::Relaxed));
        sign(
            SECRET,
            &json!({ "iat": NOW, "jti": jti, "iss": "Vonage", "payload_hash": hash, "api_key": "a1b2c3d",
                              "application_id": APPLICATION }),
        )
    }

    /// Where everything is kept.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// The database's file, for what the services do not tell.
    pub async fn database(&self) -> sqlx::SqlitePool {
        sqlx::SqlitePool::connect(&format!("sqlite:{}", self.folder.path().join("test.db").display())).await.unwrap()
    }

    /// How many webhooks of a kind the inbox holds: read past the services, for these are not of any call.
    pub async fn stored(&self, kind: &str) -> usize {
        let count = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM webhooks WHERE kind = $1").bind(kind);
        usize::try_from(count.fetch_one(&self.database().await).await.unwrap()).unwrap()
    }

    /// The call log: each conversation's phase.
    pub async fn calls(&self) -> BTreeMap<String, String> {
        let page =
            self.services.log.calls(crate::service::CallFilter { limit: 200, ..Default::default() }).await.unwrap();
        page.calls.into_iter().map(|call| (call.conversation, call.phase.name().to_owned())).collect()
    }

    /// Signs the operator in, past the screens: the cookie of a session with the account in it.
    pub async fn cookie(&self) -> String {
        let first = self.services.accounts.first_start().await.unwrap().unwrap();
        let ip = std::net::IpAddr::from([192, 0, 2, 1]);
        let account = self.services.accounts.sign_in(&first.name, &first.password, ip).await.unwrap();
        let new = "a better password, chosen by a person";
        self.services.accounts.change_password(&account.id, &first.password, new, ip).await.unwrap();
        self.cookie_of(&account.id).await
    }

    /// The cookie of a session of an account.
    pub async fn cookie_of(&self, account: &str) -> String {
        use tower_sessions::{Expiry, Session, session::Id};
        let store = Arc::new(self.store.accounts().sessions(|| NOW * 1000));
        let expiry = Expiry::AtDateTime(time::OffsetDateTime::from_unix_timestamp(NOW + 3600).unwrap());
        let session = Session::new(None, store, Some(expiry));
        session.insert("account", account).await.unwrap();
        session.save().await.unwrap();
        let id: Id = session.id().unwrap();
        format!("switchboard={id}")
    }
}

fn pem() -> &'static str {
    static PEM: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    PEM.get_or_init(|| NewKeyPair::generate().unwrap().private)
}

pub fn sign(secret: &str, claims: &Value) -> String {
    let key = EncodingKey::from_secret(secret.as_bytes());
    format!("Bearer {}", jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).unwrap())
}

/// The claims of a token, unverified.
pub fn claims(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}
