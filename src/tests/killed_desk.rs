//! `kill -9` while agents talk: the platform is a program of its own (a sandbox), and the server beside it is killed again
//! and again. Who talks goes on talking, and every agent is usable soon after each start.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::softphone::Softphone;
use crate::support::{Program, SIGNATURE_SECRET, free_port};

const PROGRAM: &str = env!("CARGO_BIN_EXE_switchboard");
const PASSWORD: &str = "correct-horse-battery-staple-9";
/// Agents, each with their own number and voice.
const AGENTS: [(&str, &str, usize); 2] = [("Jane", "442079460101", 2_100), ("Joe", "442079460104", 2_500)];
/// Callers, each with a voice.
const CALLERS: [(&str, usize); 3] = [("447700900701", 1_000), ("447700900702", 1_300), ("447700900703", 1_700)];

const BETWEEN_KILLS: Duration = Duration::from_secs(10);
/// How long the server is away.
const AWAY: Duration = Duration::from_millis(1_500);
/// Whatever was lost, every agent is usable again within this time.
const USABLE: Duration = Duration::from_secs(15);
/// Both hear each other within this time, and never lose each other for longer.
const SILENT: Duration = Duration::from_secs(4);
/// How often everybody looks.
const LOOK: Duration = Duration::from_millis(250);
/// A tone is heard. Neither music nor what telephones say by themselves has one of these so loud.
const LOUD: f64 = 0.1;

/// What happens in the test, and what must not.
#[derive(Default)]
struct Notes {
    over: bool,
    /// Since when the server answers; `None` while it does not.
    up: Option<Instant>,
    /// Callers whose call somebody means to end.
    ending: BTreeSet<String>,
    /// Callers who talk.
    talking: BTreeSet<String>,
    faults: Vec<String>,
    talks: usize,
    talks_at_a_kill: usize,
    /// Callers whom nobody had answered when the server was away, and whom the platform dropped for that.
    not_reached: usize,
    /// The longest that an agent was not usable after the server was up.
    longest: Duration,
}

/// The server that is killed, the platform, and their addresses.
struct Desk {
    platform: Program,
    url: String,
    environment: Vec<(&'static str, String)>,
    folder: TempDir,
    notes: Mutex<Notes>,
}

impl Desk {
    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault(&self, what: String) {
        self.notes().faults.push(what);
    }

    /// The platform, with an application that is the server's.
    async fn set_up() -> Arc<Self> {
        let folder = tempfile::tempdir().unwrap();
        let of_platform = folder.path().join("platform");
        std::fs::create_dir_all(&of_platform).unwrap();
        let platform = Program::serve(&of_platform).await;
        let access = std::fs::read_to_string(of_platform.join("sandbox-access.json")).unwrap();
        let access: Value = serde_json::from_str(&access).unwrap();
        let (key, secret) = (access["api_key"].as_str().unwrap(), access["api_secret"].as_str().unwrap());
        let (port, sandbox) = (free_port(), platform.sandbox.clone());
        let url = format!("http://127.0.0.1:{port}");
        let hook = |path: &str| json!({"address": format!("{url}/webhooks/{path}"), "http_method": "POST"});
        let webhooks = json!({"answer_url": hook("answer"), "event_url": hook("event")});
        let body = json!({"name": "Killed", "capabilities": {"voice": {"webhooks": webhooks}, "rtc": {}}});
        let ask = |request: reqwest::RequestBuilder| request.basic_auth(key, Some(secret)).send();
        let made = ask(platform.client.post(format!("{sandbox}/v2/applications")).json(&body)).await.unwrap();
        let made: Value = made.json().await.unwrap();
        let application = made["id"].as_str().unwrap().to_owned();
        for (_, number, _) in AGENTS {
            let form = [("country", "GB"), ("msisdn", number), ("app_id", application.as_str())];
            let linked = ask(platform.client.post(format!("{sandbox}/number/update")).form(&form)).await.unwrap();
            assert!(linked.status().is_success(), "{}", linked.text().await.unwrap());
        }
        let pem: PathBuf = folder.path().join("private.pem");
        std::fs::write(&pem, made["keys"]["private_key"].as_str().unwrap()).unwrap();
        let data = folder.path().join("server");
        let environment = vec![
            ("PORT", port.to_string()),
            ("DATA_DIR", data.display().to_string()),
            ("DATABASE_URL", format!("sqlite:{}", data.join("switchboard.db").display())),
            ("VONAGE_API_KEY", key.to_owned()),
            ("VONAGE_API_SECRET", secret.to_owned()),
            ("VONAGE_APPLICATION_ID", application),
            ("VONAGE_PRIVATE_KEY_FILE", pem.display().to_string()),
            ("VONAGE_SIGNATURE_SECRET", SIGNATURE_SECRET.to_owned()),
            ("VONAGE_API_URL", sandbox.clone()),
            ("VONAGE_REST_URL", sandbox.clone()),
            ("VONAGE_CLIENT_API_URL", sandbox.clone()),
            ("VONAGE_CLIENT_WS_URL", sandbox.replacen("http", "ws", 1)),
            ("SUPPORT_PHONE_NUMBER", "442079460000".to_owned()),
            ("DESTINATION_PHONE_NUMBER", "447700900000".to_owned()),
            ("METRICS_ADDR", "off".to_owned()),
            ("LOG", "warn".to_owned()),
        ];
        Arc::new(Self { platform, url, environment, folder, notes: Mutex::default() })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.folder.path());
        command
    }

    /// A command beside the server: what it prints.
    fn run(&self, arguments: &[&str]) -> String {
        let done = self.command(arguments).output().unwrap();
        assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    /// Starts the server, and waits until it answers.
    async fn start(&self) -> Server {
        let server = Server(self.command(&["serve"]).stdout(Stdio::null()).spawn().unwrap());
        for _ in 0..600 {
            let ready = self.platform.client.get(format!("{}/readyz", self.url)).timeout(LOOK * 4).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                self.notes().up = Some(Instant::now());
                return server;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("the server did not become ready in 30 s");
    }

    /// What the server replies to a command of a console's; `None` when it is away.
    async fn console(&self, cookie: &str, name: &str, fields: Value) -> Option<Value> {
        self.ask(cookie, "console", json!({ name: fields })).await
    }

    /// Asks the server for something; `None` when it is away.
    async fn ask(&self, cookie: &str, function: &str, body: Value) -> Option<Value> {
        let request = self.platform.client.post(format!("{}/api/{function}", self.url)).header("cookie", cookie);
        let answer = request.json(&body).timeout(Duration::from_secs(8)).send().await.ok()?;
        let answer: Value = answer.json().await.ok()?;
        Some(answer["Granted"].clone()).filter(|granted| !granted.is_null())
    }

    /// A simulated telephone does something, or is looked at.
    async fn phone(&self, number: &str, what: &str, body: Value) -> Option<Value> {
        let url = format!("{}/phones/{number}/{what}", self.platform.sandbox);
        let answer = self.platform.client.post(url).json(&body).send().await.unwrap();
        if answer.status().is_success() { answer.json().await.ok() } else { None }
    }

    async fn look(&self, number: &str) -> Value {
        let url = format!("{}/phones/{number}?tones=2100,2500", self.platform.sandbox);
        self.platform.client.get(url).send().await.unwrap().json().await.unwrap()
    }
}

/// Killed when it is dropped, without a chance to tidy up.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An agent at the console: their session and their softphone.
struct Agent {
    name: &'static str,
    cookie: String,
    softphone: Softphone,
}

impl Agent {
    async fn sign_in(desk: &Desk, name: &'static str, hz: usize, invitation: &str) -> Self {
        let token = invitation.trim().rsplit(['/', '=']).next().unwrap();
        let form = [("token", token), ("new", PASSWORD), ("repeated", PASSWORD)];
        let stays = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let answer = stays.post(format!("{}/api/accept-invitation", desk.url)).form(&form).send().await.unwrap();
        let cookies = answer.headers().get_all("set-cookie").iter().filter_map(|cookie| cookie.to_str().ok());
        let cookie = cookies.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ");
        let tab = json!({"tab": name});
        desk.console(&cookie, "heartbeat", tab).await.unwrap_or_else(|| panic!("{name} is not signed in"));
        let asked = json!({"tab": name, "take_over": false});
        let softphone = desk.console(&cookie, "softphone", asked).await.unwrap();
        let token = softphone["Softphone"]["token"].as_str().unwrap().to_owned();
        let softphone = Softphone::open(&desk.platform.sandbox, token, hz, desk.platform.client.clone()).await;
        Self { name, cookie, softphone }
    }

    /// Takes calls, talks for a while and hangs up, until the test is over. `ends` says whether they hang up.
    async fn works(self, desk: Arc<Desk>) -> Self {
        let (mut usable, mut heard) = (Instant::now(), Instant::now());
        let (mut beat, mut n) = (Instant::now(), self.name.len());
        loop {
            sleep(LOOK).await;
            if desk.notes().over {
                return self;
            }
            if let Some(leg) = self.softphone.ringing() {
                self.softphone.answer(leg).await;
                (heard, n) = (Instant::now(), n + 1);
            }
            // Calls of 4 to 24 s: kills come before, in and after them.
            let enough = Duration::from_secs(4 + (n as u64 * 7) % 21);
            let talk = self.softphone.talks_to();
            if let Some((caller, _)) = &talk {
                if CALLERS.iter().any(|(_, hz)| self.softphone.hears(*hz as f64) > LOUD) {
                    heard = Instant::now();
                } else if heard.elapsed() > SILENT && !desk.notes().ending.contains(caller) {
                    desk.fault(format!("{} hears nothing of {caller} for {:?}", self.name, heard.elapsed()));
                    heard = Instant::now();
                }
            }
            if beat.elapsed() > Duration::from_secs(3) {
                beat = Instant::now();
                desk.console(&self.cookie, "heartbeat", json!({"tab": self.name})).await;
            }
            let Some(shown) = desk.ask(&self.cookie, "console-desk", json!({})).await else { continue };
            let state = shown["me"]["state"]["state"].as_str().unwrap_or_default().to_owned();
            let is_usable = match state.as_str() {
                "ready" | "away" | "offline" | "wrap-up" => talk.is_none(),
                "ringing" => self.softphone.ringing().is_some() || talk.is_some(),
                "talking" => talk.is_some(),
                _ => false,
            };
            let up = desk.notes().up;
            if is_usable {
                usable = Instant::now();
            } else if let Some(up) = up {
                let stuck = usable.max(up).elapsed();
                let mut notes = desk.notes();
                notes.longest = notes.longest.max(stuck);
                if stuck > USABLE {
                    notes
                        .faults
                        .push(format!("{} is {state} for {stuck:?}, and the softphone has {talk:?}", self.name));
                    usable = Instant::now();
                }
            }
            match (state.as_str(), talk) {
                ("wrap-up", _) => {
                    let call = json!({"call": shown["wrap_up"]["call"]});
                    desk.console(&self.cookie, "finish-wrap-up", call).await;
                }
                ("away" | "offline", _) => {
                    desk.console(&self.cookie, "presence", json!({"wish": {"wish": "ready"}})).await;
                }
                ("talking", Some((caller, since))) if since > enough => {
                    desk.notes().ending.insert(caller);
                    desk.console(&self.cookie, "hang-up", json!({"call": shown["call"]["id"]})).await;
                }
                _ => {}
            }
        }
    }
}

/// Calls an agent again and again, and looks whether anybody is cut off.
async fn calls(desk: Arc<Desk>, number: &'static str, hz: usize) {
    let mut n = hz / 100;
    loop {
        n += 1;
        let (_, line, _) = AGENTS[n % AGENTS.len()];
        desk.phone(number, "dial", json!({"to": line})).await;
        desk.phone(number, "voice", json!({"voice": {"tone": hz}})).await;
        let (began, mut heard) = (Instant::now(), None::<Instant>);
        loop {
            sleep(LOOK).await;
            if desk.notes().over {
                return;
            }
            let view = desk.look(number).await;
            let tones = view["heard"]["tones"].as_object();
            let hears = tones.is_some_and(|tones| tones.values().any(|level| level.as_f64() > Some(LOUD)));
            let meant = desk.notes().ending.contains(number);
            if view["state"] == "idle" {
                match heard {
                    Some(since) if !meant => {
                        desk.fault(format!("{number} was cut off after {:?} of talk", since.duration_since(began)));
                    }
                    None if !meant => desk.notes().not_reached += 1,
                    _ => {}
                }
                break;
            }
            if hears {
                if heard.is_none() {
                    let mut notes = desk.notes();
                    notes.talks += 1;
                    notes.talking.insert(number.to_owned());
                }
                heard = Some(Instant::now());
            } else if let Some(since) = heard
                && since.elapsed() > SILENT
                && !meant
            {
                desk.fault(format!("{number} hears nothing for {:?} in mid-call", since.elapsed()));
                heard = Some(Instant::now());
            }
            // Every third call is ended by who called; nobody waits for ever.
            let enough = Duration::from_secs(if n.is_multiple_of(3) { 12 } else { 60 });
            if began.elapsed() > enough && !meant {
                desk.notes().ending.insert(number.to_owned());
                desk.phone(number, "hangup", json!({})).await;
            }
        }
        {
            let mut notes = desk.notes();
            notes.ending.remove(number);
            notes.talking.remove(number);
        }
        sleep(Duration::from_millis(500 + 130 * (n as u64 % 7))).await;
    }
}

/// Each agent is rung, and talks, once more.
async fn everybody_takes_a_call(desk: &Desk, agents: &[Agent]) {
    let mut last = BTreeMap::new();
    for (agent, ((_, line, _), (number, _))) in agents.iter().zip(AGENTS.into_iter().zip(CALLERS)) {
        let taken = tokio::time::timeout(USABLE, async {
            loop {
                desk.console(&agent.cookie, "heartbeat", json!({"tab": agent.name})).await;
                let shown = desk.ask(&agent.cookie, "console-desk", json!({})).await.unwrap_or_default();
                last.insert(agent.name, shown.clone());
                match shown["me"]["state"]["state"].as_str().unwrap_or_default() {
                    "wrap-up" => {
                        let call = json!({"call": shown["wrap_up"]["call"]});
                        desk.console(&agent.cookie, "finish-wrap-up", call).await;
                    }
                    "ready" if desk.look(number).await["state"] == "idle" => {
                        desk.phone(number, "dial", json!({"to": line})).await;
                    }
                    "talking" if agent.softphone.talks_to().is_some_and(|(from, _)| from == number) => return,
                    _ => {}
                }
                if let Some(leg) = agent.softphone.ringing() {
                    agent.softphone.answer(leg).await;
                }
                sleep(LOOK).await;
            }
        });
        if taken.await.is_err() {
            desk.fault(format!("{} took no call in the end: {:#}", agent.name, last[agent.name]["me"]));
        }
    }
}

async fn killed(kills: usize) -> String {
    let desk = Desk::set_up().await;
    let mut server = desk.start().await;
    let mut agents = Vec::new();
    for (name, number, hz) in AGENTS {
        let invitation = desk.run(&["user", "add", "--name", name]);
        desk.run(&["numbers", "line", number, &format!("agent:{name}")]);
        agents.push((name, hz, invitation));
    }
    // What the commands wrote is read when the server starts.
    drop(server);
    server = desk.start().await;
    let mut working = Vec::new();
    for (name, hz, invitation) in agents {
        let agent = Agent::sign_in(&desk, name, hz, &invitation).await;
        working.push(tokio::spawn(agent.works(Arc::clone(&desk))));
    }
    let callers: Vec<_> =
        CALLERS.into_iter().map(|(number, hz)| tokio::spawn(calls(Arc::clone(&desk), number, hz))).collect();
    let mut kill_at = Instant::now();
    for kill in 0..kills {
        // Not the same moment each time.
        kill_at += BETWEEN_KILLS + Duration::from_millis(170 * (kill as u64 % 7)) - Duration::from_millis(500);
        tokio::time::sleep_until(kill_at).await;
        {
            let mut notes = desk.notes();
            notes.up = None;
            notes.talks_at_a_kill += notes.talking.len();
        }
        drop(server);
        sleep(AWAY).await;
        server = desk.start().await;
    }
    sleep(USABLE).await;
    desk.notes().over = true;
    for caller in callers {
        caller.await.unwrap();
    }
    let mut agents = Vec::new();
    for agent in working {
        agents.push(agent.await.unwrap());
    }
    for (number, _) in CALLERS {
        desk.phone(number, "hangup", json!({})).await;
    }
    everybody_takes_a_call(&desk, &agents).await;
    drop(server);
    let notes = desk.notes();
    let figures = format!(
        "{kills} kills, {} talks, {} of them at a kill; an agent was not usable for {:?} at most; {} callers whom nobody \
         had answered were dropped by the platform",
        notes.talks, notes.talks_at_a_kill, notes.longest, notes.not_reached
    );
    assert!(notes.faults.is_empty(), "{:#?}", notes.faults);
    assert!(notes.talks >= kills && notes.talks_at_a_kill * 2 >= kills, "too few talked: this proves nothing");
    figures
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a2_killed_every_ten_seconds_nobody_is_stuck_and_nobody_who_talks_is_cut_off() {
    eprintln!("{}", killed(6).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: make soak"]
async fn soak_killed_every_ten_seconds_for_five_minutes() {
    eprintln!("{}", killed(30).await);
}
