//! Nobody learns a number: the whole program with its sandbox, two people, a thousand random calls and texts. Whatever
//! reaches the other person, every call flow that the other person's telephone sees, every log line, live event and answer
//! of an interface is searched for their numbers.

use std::collections::BTreeMap;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Program, now_seconds};

const ADA: &str = "447700900811";
const BEN: &str = "447700900812";
const STRANGER: &str = "447700900813";
const ROUNDS: u32 = 1_000;

/// A small generator, so that a failure is repeated by its seed.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % sides
    }
}

struct World {
    program: Program,
    key: String,
}

impl World {
    async fn phone(&self, number: &str) -> Value {
        let url = format!("{}/phones/{number}", self.program.sandbox);
        self.program.client.get(url).send().await.unwrap().json().await.unwrap()
    }

    async fn press(&self, number: &str, what: &str, body: Value) -> u16 {
        let url = format!("{}/phones/{number}/{what}", self.program.sandbox);
        self.program.client.post(url).json(&body).send().await.unwrap().status().as_u16()
    }

    async fn until(&self, number: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..1_500 {
            let phone = self.phone(number).await;
            if is(&phone) {
                return phone;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("{number} never {what}: {}", self.phone(number).await);
    }

    async fn interface(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let url = format!("{}{path}", self.program.url);
        let mut request = self.program.client.request(method, url).bearer_auth(&self.key);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }
}

/// Every way in which a number could be written.
fn forms(number: &str) -> Vec<String> {
    use base64::Engine as _;
    let national = format!("0{}", &number[2..]);
    let spaced = format!("{} {}", &number[..2], &number[2..]);
    let grouped = format!("{} {} {}", &number[..2], &number[2..6], &number[6..]);
    let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(number);
    vec![number.to_owned(), national, spaced, grouped, number[2..].to_owned(), base64]
}

fn holds(text: &str, number: &str) -> Option<String> {
    forms(number).into_iter().find(|form| text.contains(form.as_str()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_and_texts_show_nobody_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let seed = u64::try_from(now_seconds()).unwrap() | 1;
    let mut dice = Dice(seed);
    let program = Program::serve_logging(folder.path(), "debug").await;
    let key = program.api_key(folder.path());
    let world = World { program, key };
    eprintln!("seed {seed}");

    let open = json!({ "participants": [{ "number": ADA, "name": "Ada" }, { "number": BEN, "name": "Ben" }] });
    let (status, opened) = world.interface(reqwest::Method::POST, "/api/private-conversations", Some(open)).await;
    assert_eq!(status, 201, "{opened}");
    let id = opened["id"].as_str().unwrap().to_owned();
    let dials: BTreeMap<&str, String> = [(ADA, 0), (BEN, 1)]
        .map(|(who, at)| (who, opened["participants"][at]["dials"].as_str().unwrap().to_owned()))
        .into();

    // What a browser is told while it happens.
    let live = Arc::new(Mutex::new(String::new()));
    let listening = world.program.listen_to_calls(Arc::clone(&live)).await;

    let (mut calls, mut texts, mut seen) = (0_u32, 0_u32, String::new());
    for round in 0..ROUNDS {
        let (from, to) = if dice.roll(2) == 0 { (ADA, BEN) } else { (BEN, ADA) };
        // A telephone that was rung by a call that was given up stops a moment later.
        for who in [ADA, BEN] {
            world.until(who, "was free", |phone| phone["state"] == "idle").await;
        }
        // What is said takes as long as it does on a telephone, so most callers hang up while they hear it.
        match dice.roll(50) {
            // A stranger tries, or somebody hides their number: no phone rings.
            0..=1 => {
                assert_eq!(world.press(STRANGER, "dial", json!({ "to": dials[from] })).await, 200);
                let phone = world.until(STRANGER, "was told", |phone| phone["said"][0].is_object()).await;
                seen.push_str(&phone.to_string());
                hang_up(&world, STRANGER).await;
            }
            2 => {
                assert_eq!(world.press(from, "dial", json!({ "to": dials[from], "withheld": true })).await, 200);
                world.until(from, "was told", |phone| phone["said"][0].is_object()).await;
                assert_eq!(world.phone(to).await["state"], "idle");
                hang_up(&world, from).await;
            }
            3..=20 => {
                calls += 1;
                assert_eq!(world.press(from, "dial", json!({ "to": dials[from] })).await, 200);
                world.until(from, "was told", |phone| phone["said"][0].is_object()).await;
                hang_up(&world, from).await;
            }
            21..=48 => {
                texts += 1;
                let words = format!("message {round} of {from}", from = dice.roll(1_000));
                assert_eq!(world.press(from, "sms", json!({ "to": dials[from], "text": words })).await, 200);
                let got = world.until(to, "got the text", |phone| phone["sms"].to_string().contains(&words)).await;
                let last = got["sms"].as_array().unwrap().iter().rfind(|sms| sms["text"] == words.as_str()).unwrap();
                assert_eq!(last["from"], dials[to].as_str(), "the text comes from the mask");
            }
            _ => {
                calls += 1;
                assert_eq!(world.press(from, "dial", json!({ "to": dials[from] })).await, 200);
                let ringing = world.until(to, "rang", |phone| phone["state"] == "ringing").await;
                assert_eq!(ringing["caller"], dials[to].as_str(), "the call comes from the mask");
                match dice.roll(4) {
                    0 => assert_eq!(world.press(to, "reject", json!({})).await, 200),
                    1 => {
                        // The caller gives up.
                        world.press(from, "hangup", json!({})).await;
                    }
                    end => {
                        assert_eq!(world.press(to, "answer", json!({ "voice": { "tone": 440 } })).await, 200);
                        world.until(from, "talks", |phone| phone["state"] == "talking").await;
                        world.press(if end == 2 { from } else { to }, "hangup", json!({})).await;
                    }
                }
                world.until(to, "ended", |phone| phone["state"] == "idle").await;
                world.until(from, "ended", |phone| phone["state"] == "idle").await;
            }
        }
        if round % 50 == 0 {
            look(&world, seed).await;
        }
    }
    assert!(calls > 200 && texts > 300, "{calls} calls, {texts} texts");
    look(&world, seed).await;
    for who in [ADA, BEN] {
        assert_eq!(holds(&seen, who), None, "seed {seed}: a stranger's telephone shows {who}");
    }

    // Interfaces, after the fact; and the files that go out.
    for path in
        [format!("/api/private-conversations/{id}"), "/api/private-conversations".to_owned(), "/metrics".to_owned()]
    {
        let url = format!("{}{path}", world.program.url);
        let text = world.program.client.get(url).bearer_auth(&world.key).send().await.unwrap().text().await.unwrap();
        for who in [ADA, BEN] {
            assert_eq!(holds(&text, who), None, "seed {seed}: {path} shows {who}");
        }
    }
    pages(&world, &id, seed).await;
    listening.abort();
    let live = live.lock().unwrap().clone();
    assert!(live.matches("event:").count() > 100, "live events were heard: {} bytes", live.len());
    let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap();
    assert!(log.lines().count() > 1_000, "the log was read: {} lines", log.lines().count());
    for who in [ADA, BEN, STRANGER] {
        assert_eq!(holds(&live, who), None, "seed {seed}: a live event shows {who}");
        let line = log.lines().find(|line| holds(line, who).is_some());
        assert_eq!(line, None, "seed {seed}: a log line shows {who}");
    }
}

/// What the operator's pages and files show of it.
async fn pages(world: &World, id: &str, seed: u64) {
    let cookie = world.program.operator().await;
    let get = async |path: &str| {
        let url = format!("{}{path}", world.program.url);
        let answer = world.program.client.get(url).header("cookie", &cookie).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    };
    let events = get("/admin/events").await;
    let calls = get("/admin/calls").await;
    assert!(events.matches("••").count() > 20 && calls.matches("••").count() > 20, "there is something to hide");
    let mut paths: Vec<String> = [
        "/admin/events?kind=answer",
        "/admin/events?kind=event",
        "/admin/events?kind=dtmf",
        "/admin/events?problems=on",
        "/admin/calls?show=missed",
        "/admin/calls?show=answered",
        "/admin/private-calls",
        "/admin/private-calls/numbers",
        "/admin/private-calls/proof",
        "/admin/private-calls/forget",
        "/admin/numbers",
        "/admin/tracking",
        "/admin/tracking/calls",
        "/admin/tracking/calls.csv",
    ]
    .map(String::from)
    .into();
    paths.push(format!("/admin/private-calls/{id}"));
    let links = calls.match_indices("href=\"/admin/calls/").map(|(at, found)| &calls[at + found.len()..]);
    let links = links.filter_map(|rest| rest.split(['"', '?']).next()).map(|id| format!("/admin/calls/{id}"));
    paths.extend(links.take(12));
    assert!(paths.len() > 20, "calls are opened: {paths:?}");
    for (path, text) in [("/admin/events".to_owned(), events), ("/admin/calls".to_owned(), calls)] {
        for who in [ADA, BEN] {
            assert_eq!(holds(&text, who), None, "seed {seed}: {path} shows {who}");
        }
    }
    for path in paths {
        let text = get(&path).await;
        for who in [ADA, BEN] {
            assert_eq!(holds(&text, who), None, "seed {seed}: {path} shows {who}");
        }
    }
}

/// Hangs up, whether or not the other side was quicker.
async fn hang_up(world: &World, number: &str) {
    world.press(number, "hangup", json!({})).await;
    world.until(number, "hung up", |phone| phone["state"] == "idle").await;
}

/// What each telephone was shown and told, and every leg as its own end sees it: none names the other person.
async fn look(world: &World, seed: u64) {
    for (who, other) in [(ADA, BEN), (BEN, ADA)] {
        let phone = world.phone(who).await.to_string();
        assert_eq!(holds(&phone, other), None, "seed {seed}: {who}'s telephone shows {other}: {phone}");
    }
    let url = format!("{}/calls.json", world.program.sandbox);
    let legs: Value = world.program.client.get(url).send().await.unwrap().json().await.unwrap();
    for leg in legs["legs"].as_array().unwrap() {
        let text = leg.to_string();
        assert!(
            !(holds(&text, ADA).is_some() && holds(&text, BEN).is_some()),
            "seed {seed}: a leg knows both people: {text}"
        );
    }
    // Call flows: the other person's number is where the platform dials, and nowhere else.
    let url = format!("{}/trace.json", world.program.sandbox);
    let trace: Value = world.program.client.get(url).send().await.unwrap().json().await.unwrap();
    let entries = trace.as_array().or_else(|| trace["entries"].as_array()).unwrap();
    for entry in entries.iter().filter(|entry| entry["kind"] == "ncco") {
        for action in entry["actions"].as_array().unwrap() {
            let mut visible = action.clone();
            if let Some(visible) = visible.as_object_mut() {
                visible.remove("endpoint");
            }
            for who in [ADA, BEN] {
                assert_eq!(holds(&visible.to_string(), who), None, "seed {seed}: {action}");
            }
        }
    }
}
