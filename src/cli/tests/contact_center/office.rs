//! The program, its simulated telephones, and agents whose browsers speak the Client SDK's protocol.

use super::*;

/// An offer as Chromium makes it.
pub(super) const OFFER: &str = include_str!("../../../../crates/sandbox/src/media/rtc/chromium_offer.sdp");

pub(super) const PATIENCE: Duration = Duration::from_secs(25);

#[derive(Parser)]
pub(super) struct CommandLine {
    #[command(flatten)]
    config: Config,
}

pub(super) struct Office {
    pub(super) server: Server,
    pub(super) app: String,
    pub(super) sandbox: String,
    pub(super) http: reqwest::Client,
    pub(super) folder: tempfile::TempDir,
}

impl Office {
    pub(super) async fn open(more: &[&str]) -> Arc<Self> {
        Self::open_in(tempfile::tempdir().unwrap(), more).await
    }

    /// On what an earlier server left.
    pub(super) async fn open_in(folder: tempfile::TempDir, more: &[&str]) -> Arc<Self> {
        let database = format!("--database-url=sqlite:{}", folder.path().join("test.db").display());
        let data = format!("--data-dir={}", folder.path().display());
        let line = ["switchboard", "--port=0", "--sandbox", "--sandbox-addr=127.0.0.1:0", &database, &data];
        let config = CommandLine::parse_from([&line[..], more].concat()).config;
        let metrics = PrometheusBuilder::new().build_recorder().handle();
        // Where all tests run at once, deciding may take longer than a caller should wait. What is heard then is another
        // test's matter.
        let limits = Limits {
            answer_deadline: 2 * PATIENCE,
            decide_deadline: PATIENCE,
            event_deadline: PATIENCE,
            ..Limits::default()
        };
        let server = start_within(&config, metrics, limits).await.unwrap();
        let app = server.public_url.clone();
        let sandbox = server.handset_page_url.clone().unwrap().trim_end_matches('/').to_owned();
        let http = crate::vonage::client::http().unwrap();
        Arc::new(Self { server, app, sandbox, http, folder })
    }

    pub(super) async fn close(self: Arc<Self>) {
        if let Ok(office) = Arc::try_unwrap(self) {
            office.server.stop().await;
        }
    }

    /// Stops server and sandbox, and starts them again on the same folder: then the platform knows of no call.
    pub(super) async fn restart(self: Arc<Self>) -> Arc<Self> {
        let mut shared = self;
        // The agents who went may still be on their way out.
        let office = loop {
            match Arc::try_unwrap(shared) {
                Ok(office) => break office,
                Err(still) => shared = still,
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        office.server.stop().await;
        Self::open_in(office.folder, &[]).await
    }

    /// Signs in on the login page, as the sandbox offers it: the session's cookie, and where it leads.
    pub(super) async fn sign_in(&self, name: &str) -> (String, String) {
        let form = format!("name={name}");
        let request = self.http.post(format!("{}/api/sandbox-sign-in", self.app)).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.header("accept", "text/html").send().await.unwrap();
        assert_eq!(answer.status(), 302, "{}", answer.text().await.unwrap());
        let home = answer.headers()["location"].to_str().unwrap().to_owned();
        let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
        (cookies.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; "), home)
    }

    pub(super) async fn phone(&self, number: &str, what: &str, body: Value) {
        let url = format!("{}/phones/{number}/{what}", self.sandbox);
        let answer = self.http.post(url).json(&body).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert_eq!(status, 200, "{what}: {text}");
    }

    pub(super) async fn dial(&self, from: &str, to: &str) {
        self.phone(from, "dial", json!({"to": to})).await;
    }

    pub(super) async fn look(&self, number: &str) -> Value {
        let url = format!("{}/phones/{number}?tones=349,523,700,1100", self.sandbox);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    pub(super) async fn phone_when(&self, number: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                last = self.look(number).await;
                if is(&last) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        });
        if found.await.is_err() {
            panic!("phone {number} never: {what}; it is {last:#} after {}", self.trace().await);
        }
        last
    }

    pub(super) async fn told(&self, number: &str, text: &str) -> Value {
        self.phone_when(number, text, |phone| {
            let said = phone["said"].as_array().unwrap();
            said.iter().any(|said| said["text"].as_str().unwrap().contains(text))
        })
        .await
    }

    /// What the sandbox has seen, for a test that fails.
    pub(super) async fn trace(&self) -> String {
        let trace = self.http.get(format!("{}/trace.json", self.sandbox)).send().await.unwrap();
        trace.text().await.unwrap()
    }

    pub(super) async fn idle(&self, number: &str) {
        self.phone_when(number, "idle", |phone| phone["state"] == "idle").await;
    }
}

/// Somebody at a console.
pub(super) struct Agent {
    pub(super) office: Arc<Office>,
    pub(super) cookie: String,
    pub(super) tab: String,
    pub(super) sdk: Sdk,
    pub(super) beats: tokio::task::JoinHandle<()>,
}

pub(super) struct Sdk {
    pub(super) token: String,
    pub(super) session: String,
    pub(super) socket: Mutex<WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>>,
}

impl Agent {
    /// Signs in, opens the console, and is ready.
    pub(super) async fn open(office: &Arc<Office>, name: &str) -> Self {
        let agent = Self::come(office, name).await;
        agent.state("ready").await;
        agent
    }

    /// Signs in and opens the console, to whatever there is.
    pub(super) async fn come(office: &Arc<Office>, name: &str) -> Self {
        let (cookie, home) = office.sign_in(name).await;
        assert_eq!(home, "/console");
        let tab = format!("tab-{name}");
        let beat = reply(&command(office, &cookie, "heartbeat", json!({"tab": tab})).await);
        assert_eq!(beat["softphone"], true);
        let softphone = command(office, &cookie, "softphone", json!({"tab": tab, "take_over": false})).await;
        let token = reply(&softphone)["token"].as_str().unwrap().to_owned();
        let sdk = Sdk::open(office, token).await;
        let beats = tokio::spawn({
            let (office, cookie, tab) = (Arc::clone(office), cookie.clone(), tab.clone());
            async move {
                loop {
                    tokio::time::sleep(Duration::from_secs(4)).await;
                    command(&office, &cookie, "heartbeat", json!({"tab": tab})).await;
                }
            }
        });
        Self { office: Arc::clone(office), cookie, tab, sdk, beats }
    }

    /// What the server replies to a command.
    pub(super) async fn api(&self, name: &str, fields: Value) -> Value {
        reply(&command(&self.office, &self.cookie, name, fields).await)
    }

    pub(super) async fn done(&self, name: &str, fields: Value) {
        assert_eq!(self.api(name, fields).await, "Done", "{name}");
    }

    pub(super) async fn desk(&self) -> Value {
        granted(&post(&self.office, &self.cookie, "console-desk", json!({})).await)
    }

    pub(super) async fn when(&self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                last = self.desk().await;
                if is(&last) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        });
        if found.await.is_err() {
            panic!("{} never: {what}; the desk is {last:#} after {}", self.tab, self.office.trace().await);
        }
        last
    }

    pub(super) async fn state(&self, state: &str) -> Value {
        self.when(state, |desk| desk["me"]["state"]["state"] == state).await
    }

    /// Has nothing more to write about a call.
    pub(super) async fn free(&self) {
        let call = text(&self.state("wrap-up").await["wrap_up"]["call"]);
        self.done("finish-wrap-up", json!({"call": call})).await;
    }

    /// Takes what rings, as the SDK does.
    pub(super) async fn answer(&self) -> Value {
        let invited = self.sdk.event("member:invited").await;
        let (cid, leg) = (text(&invited["cid"]), text(&invited["body"]["channel"]["id"]));
        // An answer that fits the offer, of somebody who never sends audio.
        let offer = text(&invited["body"]["sdp"]);
        let lines = offer.lines().filter(|line| *line != "a=ice-lite" && !line.starts_with("a=candidate"));
        let lines = lines.map(|line| if line == "a=setup:actpass" { "a=setup:active" } else { line });
        let sdp = lines.map(|line| format!("{line}\r\n")).collect::<String>();
        let body = json!({"originating_session": self.sdk.session, "body": {"answer": sdp}});
        self.sdk.ask(&self.office, "POST", &format!("/v0.3/conversations/{cid}/rtc/{leg}/answer"), body).await;
        self.state("talking").await
    }

    /// The SDK's `reject`.
    pub(super) async fn reject(&self) {
        let invited = self.sdk.event("member:invited").await;
        let (cid, member) = (text(&invited["cid"]), text(&invited["body"]["member_id"]));
        let path = format!("/v0.2/conversations/{cid}/members/{member}?reason_code=REMOTE_REJECT&reason_text=no");
        self.sdk.ask(&self.office, "DELETE", &path, Value::Null).await;
    }

    /// The SDK's `serverCall`.
    pub(super) async fn server_call(&self, context: &Value) {
        let made = json!({"originating_session": self.sdk.session, "body": {"offer": {"type": "offer", "sdp": OFFER}}});
        let leg = self.sdk.ask(&self.office, "POST", "/v0.3/legs", made).await;
        let knock = json!({"originating_session": self.sdk.session,
            "channel": {"type": "app", "id": leg["rtc_id"], "from": {"type": "app", "user": "Jane"},
                        "to": {"type": "phone", "number": context["to"]}},
            "properties": {"custom_data": context}});
        self.sdk.ask(&self.office, "POST", "/v0.3/knocking", knock).await;
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.beats.abort();
    }
}

impl Sdk {
    pub(super) async fn open(office: &Office, token: String) -> Self {
        let base = office.sandbox.replacen("http", "ws", 1);
        let url = format!("{base}/v2/rtc/?token={token}&EIO=4&transport=websocket");
        let (mut socket, _) = connect_async(url).await.unwrap();
        socket.send(Message::text("40")).await.unwrap();
        let sdk = Self { token, session: String::new(), socket: Mutex::new(socket) };
        let session = text(&sdk.event("session:success").await["body"]["id"]);
        Self { session, ..sdk }
    }

    pub(super) async fn event(&self, kind: &str) -> Value {
        let mut socket = self.socket.lock().await;
        loop {
            let next = tokio::time::timeout(PATIENCE, socket.next()).await;
            let Ok(Some(Ok(message))) = next else { panic!("the SDK never heard {kind}: {next:?}") };
            let Message::Text(text) = message else { continue };
            if text.as_str() == "2" {
                socket.send(Message::text("3")).await.unwrap();
                continue;
            }
            let Some(packet) = text.strip_prefix("42") else { continue };
            let (name, event): (String, Value) = serde_json::from_str(packet).unwrap();
            if name == kind {
                return event;
            }
        }
    }

    pub(super) async fn ask(&self, office: &Office, method: &str, path: &str, body: Value) -> Value {
        let request = office.http.request(method.parse().unwrap(), format!("{}{path}", office.sandbox));
        let request = request.bearer_auth(&self.token);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        if !status.is_success() {
            panic!("{method} {path}: {status} {text} after {}", office.trace().await);
        }
        serde_json::from_str(&text).unwrap_or_default()
    }
}

pub(super) async fn post(office: &Office, cookie: &str, function: &str, body: Value) -> Value {
    let request = office.http.post(format!("{}/api/{function}", office.app)).header("cookie", cookie);
    let answer = request.json(&body).send().await.unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    serde_json::from_str(&text).unwrap_or_else(|_| panic!("{function}: {status} {text}"))
}

/// Sends a command of a console's; one without fields is its name alone.
pub(super) async fn command(office: &Office, cookie: &str, name: &str, fields: Value) -> Value {
    let command = if fields == json!({}) { json!(name) } else { json!({ name: fields }) };
    post(office, cookie, "console", command).await
}

/// What was replied to a command: what was asked for, `Done`, or what is called `Refused` or `Go`.
pub(super) fn reply(answer: &Value) -> Value {
    let reply = granted(answer);
    let content = ["Beat", "Softphone", "Number", "History", "Voicemails"].iter().find_map(|name| reply.get(name));
    content.unwrap_or(&reply).clone()
}

pub(super) fn granted(answer: &Value) -> Value {
    assert!(!answer["Granted"].is_null(), "{answer}");
    answer["Granted"].clone()
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

pub(super) fn agent_target(name: &str) -> Value {
    json!({"to": "agent", "name": name})
}
