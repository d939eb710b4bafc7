//! Every request that the client can make, made once for real: the strict sandbox takes it, and it is written down for
//! `tools/openapi.mjs`, which checks it against the platform's published documents.

use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cli::platform::Effects;
use crate::domain::outgoing::{Cleared, Diallable};
use crate::domain::phone::E164;
use crate::vonage::client::{CallFilter, Callee, NewApplication, NewCall, NumberSearch, Place};
use crate::vonage::jwt::NewKeyPair;
use crate::vonage::{ApplicationKey, Client, Credentials, Urls};
use switchboard_sandbox as sandbox;

const SUPPORT: &str = "442079460000";
const PHONE: &str = "447700900071";
/// Each of the client's requests begins with this.
const SENDS: &str = "Request::new(Method::";

fn number(text: &str) -> E164 {
    E164::parse(text).unwrap()
}

fn diallable(text: &str) -> Diallable {
    Diallable::check(&number(text), |_| Ok(())).unwrap()
}

async fn phone(base: &str, what: &str, body: Value) {
    let url = format!("{base}/phones/{PHONE}/{what}");
    let answer = crate::vonage::client::http().unwrap().post(url).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{what}");
}

/// Until the leg is so.
async fn leg_is(client: &Client, leg: &str, status: &str) {
    let reached = tokio::time::timeout(Duration::from_secs(20), async {
        while client.get_call(leg).await.unwrap().unwrap().status != status {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    reached.await.unwrap_or_else(|_| panic!("the leg was never {status}"));
}

async fn applications(client: &Client, public: &str) -> String {
    let new = NewApplication {
        name: "Switchboard".into(),
        public_url: "https://calls.example.com".into(),
        public_key: Some(public.to_owned()),
        region: None,
    };
    let made = client.create_application(&new).await.unwrap();
    assert_eq!(client.list_applications().await.unwrap().len(), 1);
    let found = client.get_application(&made.id).await.unwrap().unwrap();
    let moved = NewApplication { public_url: "https://other.example.com".into(), ..new };
    client.update_application(&found, &moved).await.unwrap();
    made.id
}

async fn numbers(client: &Client, application: &str) {
    client.own_numbers().await.unwrap();
    for (features, place) in [("VOICE", Place::Start), ("VOICE,SMS", Place::Anywhere), ("MMS,VOICE,SMS", Place::End)] {
        let features = features.split(',').map(str::to_owned).collect();
        let search = NumberSearch { country: "US".into(), features, pattern: "12".into(), place, page: 1 };
        client.offers(&search).await.unwrap();
    }
    let rented = number("442079460377");
    client.buy_number(&rented, "GB").await.unwrap();
    client.link_number(&rented, "GB", application).await.unwrap();
    client.unlink_number(&rented, "GB").await.unwrap();
    client.cancel_number(&rented, "GB").await.unwrap();
    client.number_insight(&number(PHONE)).await.unwrap();
}

async fn users_and_texts(client: &Client) {
    client.create_user("Jane", "Jane D.").await.unwrap();
    client.get_user("Jane").await.unwrap().unwrap();
    client.list_users().await.unwrap();
    client.send_text(&number(SUPPORT), &diallable(PHONE), "你好").await.unwrap();
}

async fn calls(client: &Client, base: &str) {
    let call = |to: Callee| NewCall {
        to,
        from: number(SUPPORT),
        ncco: Cleared::saying("One moment."),
        ringing_seconds: Some(30),
        limit_seconds: Some(600),
    };
    let browser = client.create_call(&call(Callee::App("Jane".into()))).await.unwrap();
    let filter = CallFilter {
        status: Some("completed".into()),
        conversation_uuid: Some(browser.conversation_uuid.clone()),
        date_start: Some("2026-11-01T00:00:00Z".into()),
        date_end: Some("2027-11-01T00:00:00Z".into()),
        record_index: Some(0),
    };
    client.list_calls(&filter).await.unwrap();
    client.hang_up(&browser.uuid).await.unwrap();
    let room = crate::domain::contact_center::flows::room("requests");
    let room = Cleared::check(room, |_| Ok(())).unwrap();
    let made =
        client.create_call(&NewCall { ncco: room.clone(), ..call(Callee::Phone(diallable(PHONE))) }).await.unwrap();
    let leg = made.uuid;
    leg_is(client, &leg, "ringing").await;
    phone(base, "answer", json!({})).await;
    leg_is(client, &leg, "answered").await;
    for on in [true, false] {
        client.mute(&leg, on).await.unwrap();
        client.earmuff(&leg, on).await.unwrap();
    }
    client.send_dtmf(&leg, "1p#").await.unwrap();
    client.start_talk(&leg, "Hello").await.unwrap();
    client.stop_talk(&leg).await.unwrap();
    client.start_stream(&leg, "https://calls.example.com/audio/hold.wav", 0).await.unwrap();
    client.stop_stream(&leg).await.unwrap();
    client.transfer(&leg, &room).await.unwrap();
    client.hang_up(&leg).await.unwrap();
    // None was made here; the request is the same.
    let gone = client.recording(&format!("{base}/v1/files/00000000-0000-4000-8000-000000000000"), &[]).await;
    assert!(gone.unwrap_err().is_not_found());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_request_of_the_client_is_taken_by_the_strict_sandbox_and_written_down() {
    let log = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/openapi/client.jsonl");
    std::fs::create_dir_all(log.parent().unwrap()).unwrap();
    let _ = std::fs::remove_file(&log);
    let account = sandbox::account::Account {
        api_key: "abcd1234".into(),
        api_secret: "s3cret-s3cret".into(),
        signature_secret: "signs".into(),
    };
    let stop = CancellationToken::new();
    let config = sandbox::Config {
        addr: ([127, 0, 0, 1], 0).into(),
        public_url: None,
        account: account.clone(),
        numbers: vec![(SUPPORT.into(), "GB".into())],
        media_addrs: Vec::new(),
        allowed_origins: Vec::new(),
        strict: true,
        requests: Some(log.clone()),
        page: sandbox::pages::Page {
            app_url: String::new(),
            support_number: None,
            numbers: Vec::new(),
            shows_secret: false,
        },
    };
    let started = sandbox::start(config, stop.clone(), TaskTracker::new()).await.unwrap();
    let urls = Urls { api: started.url.clone(), rest: started.url.clone() };
    let credentials = Credentials { api_key: account.api_key, api_secret: account.api_secret, application: None };
    let client = Effects::system().client(urls, credentials).unwrap();
    let pair = NewKeyPair::generate().unwrap();
    let application = applications(&client, &pair.public).await;
    numbers(&client, &application).await;
    let client = client.with_application(ApplicationKey::from_pem(application.as_str(), &pair.private).unwrap());
    users_and_texts(&client).await;
    calls(&client, &started.url).await;
    client.delete_user("Jane").await.unwrap();
    stop.cancel();

    let lines = std::fs::read_to_string(&log).unwrap();
    let asked: std::collections::BTreeSet<(String, String)> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|line| {
            let template = |segment: &str| segment.len() > 20 || segment == "Jane";
            let path = line["path"].as_str().unwrap().split('/').map(|s| if template(s) { "*" } else { s });
            (line["method"].as_str().unwrap().to_owned(), path.collect::<Vec<_>>().join("/"))
        })
        .collect();
    let source = [
        include_str!("../../vonage/client/applications.rs"),
        include_str!("../../vonage/client/calls.rs"),
        include_str!("../../vonage/client/insight.rs"),
        include_str!("../../vonage/client/messages.rs"),
        include_str!("../../vonage/client/numbers.rs"),
        include_str!("../../vonage/client/users.rs"),
    ];
    let sent: usize = source.iter().map(|source| source.matches(SENDS).count()).sum();
    // One place of the source sends three requests: buy, cancel and update of a number.
    assert_eq!(asked.len(), sent + 2, "a request of the client is not made here: {asked:#?}");
}
