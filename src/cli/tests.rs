//! The server as a whole, on free ports.

use std::time::Duration;

use clap::Parser;
use metrics_exporter_prometheus::PrometheusBuilder;

use super::start;
use crate::config::Config;
use crate::vonage::jwt::NewKeyPair;

#[path = "../../crates/sandbox/src/tests/tones.rs"]
mod tones;

mod call_recordings;
mod contact_center;
mod first_run;
mod requests;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    config: Config,
}

fn config(folder: &std::path::Path, more: &[&str]) -> Config {
    let database = format!("--database-url=sqlite:{}", folder.join("test.db").display());
    let data = format!("--data-dir={}", folder.display());
    CommandLine::parse_from([&["switchboard", "--port=0", &database, &data], more].concat()).config
}

fn real() -> Vec<String> {
    let key = NewKeyPair::generate().unwrap().private;
    let options =
        ["api-key=abcd1234", "api-secret=s", "application-id=app-1"].map(|option| format!("--vonage-{option}"));
    let numbers = ["--support-phone-number=442079460000", "--destination-phone-number=447700900000"];
    options.into_iter().chain(numbers.map(str::to_owned)).chain([format!("--vonage-private-key={key}")]).collect()
}

#[tokio::test]
async fn the_real_platform_is_not_served_unsigned_unless_allowed_in_so_many_words() {
    let folder = tempfile::tempdir().unwrap();
    let real = real();
    let real: Vec<&str> = real.iter().map(String::as_str).collect();
    let metrics = || PrometheusBuilder::new().build_recorder().handle();
    let refused = start(&config(folder.path(), &real), metrics()).await.err().unwrap();
    assert!(refused.to_string().starts_with("VONAGE_SIGNATURE_SECRET is not set."), "{refused:#}");
    for allowed in ["--allow-unsigned-webhooks", "--vonage-signature-secret=a-signature-secret"] {
        let server = start(&config(folder.path(), &[&real[..], &[allowed]].concat()), metrics()).await.unwrap();
        server.stop().await;
    }
}

#[tokio::test]
async fn serves_and_stops_although_a_stream_is_open() {
    let folder = tempfile::tempdir().unwrap();
    let platform = wiremock::MockServer::start().await;
    let user = serde_json::json!({ "id": "USR-1", "name": "anybody" });
    let created = wiremock::ResponseTemplate::new(201).set_body_json(user);
    wiremock::Mock::given(wiremock::matchers::any()).respond_with(created).mount(&platform).await;
    let real = real();
    let url = format!("--vonage-api-url={}", platform.uri());
    let more: Vec<&str> =
        real.iter().map(String::as_str).chain(["--vonage-signature-secret=a-signature-secret", &url]).collect();
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let server = start(&config(folder.path(), &more), metrics).await.unwrap();
    assert!(server.first_password.is_some() && server.handset_page_url.is_none());
    let http = crate::vonage::client::http().unwrap();
    let get = |path: &str| http.get(format!("{}{path}", server.public_url)).send();
    assert_eq!(get("/healthz").await.unwrap().text().await.unwrap(), "ok\n");
    assert_eq!(get("/readyz").await.unwrap().status(), 200);
    let visit = server.services.visits.start_visit([192, 0, 2, 1].into()).await.unwrap();
    let stream = get(&format!("/live/visits/{}?secret={}", visit.id, visit.secret)).await.unwrap();
    assert_eq!(stream.status(), 200);
    let addr = server.addr;
    tokio::time::timeout(Duration::from_secs(5), server.stop()).await.expect("stopping took longer than five seconds");
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
    drop(stream);
}

/// The tutorial, from one end to the other: a caller dials the echo number, hears the greeting, says something and hears
/// it back.
#[tokio::test]
async fn a_caller_of_the_echo_line_hears_their_own_voice() {
    use tones::{TONES, speak_and_listen, tones_heard};
    let folder = tempfile::tempdir().unwrap();
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let server = start(&config(folder.path(), &["--sandbox", "--sandbox-addr=127.0.0.1:0"]), metrics).await.unwrap();
    let sandbox = server.handset_page_url.clone().unwrap().trim_end_matches('/').to_owned();
    let http = crate::vonage::client::http().unwrap();
    let phone = "447700900123";
    let body = r#"{"to": "442079460007"}"#;
    let dialled = http.post(format!("{sandbox}/phones/{phone}/dial")).body(body).send().await.unwrap();
    assert_eq!(dialled.status(), 200);
    let calls = || async {
        let calls: serde_json::Value =
            http.get(format!("{sandbox}/calls.json")).send().await.unwrap().json().await.unwrap();
        calls["legs"].as_array().unwrap().clone()
    };
    let connected = |legs: &[serde_json::Value]| {
        legs.iter().any(|leg| leg["to"]["type"] == "websocket" && leg["status"] == "answered")
    };
    for tries in 0.. {
        if connected(&calls().await) {
            break;
        }
        assert!(tries < 600, "the socket was not connected: {:?}", calls().await);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let shown: serde_json::Value =
        http.get(format!("{sandbox}/phones/{phone}")).send().await.unwrap().json().await.unwrap();
    assert_eq!(shown["said"][0]["text"], "Please wait while we connect you to the echo server");
    let heard = speak_and_listen(&sandbox, phone, 3).await;
    assert!(tones_heard(&heard) > TONES / 2, "{} of {TONES}", tones_heard(&heard));
    http.post(format!("{sandbox}/phones/{phone}/hangup")).body("{}").send().await.unwrap();

    // What is kept of it: the line, and every frame that came went back.
    let mut kept = None;
    for _ in 0..600 {
        let page =
            server.services.log.calls(crate::service::CallFilter { limit: 10, ..Default::default() }).await.unwrap();
        let call = page.calls.first().expect("the call is in the log");
        assert_eq!(call.line.as_deref(), Some("audio-socket"));
        let (sockets, _) = server.services.audio.audio_of(&call.conversation).await.unwrap();
        kept = sockets.into_iter().next().filter(|socket| socket.closed_at.is_some());
        if kept.is_some() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let kept = kept.expect("the socket is closed with the call");
    assert_eq!((kept.ended.as_deref(), kept.frames_in), (Some("closed"), kept.frames_out));
    assert!(kept.frames_in > 100, "{kept:?}");
    // Visitors may call it too.
    let opened: Vec<String> = server
        .services
        .lines
        .directory()
        .opened_numbers()
        .iter()
        .map(|(number, _)| number.digits().to_owned())
        .collect();
    assert_eq!(opened, ["442079460007"]);
    server.stop().await;
}

#[tokio::test]
async fn f0_a_database_that_knew_a_real_account_is_not_given_to_the_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = || PrometheusBuilder::new().build_recorder().handle();
    let sandbox = |more: &[&str]| config(folder.path(), &[&["--sandbox-addr=127.0.0.1:0"], more].concat());
    let real = real();
    let real: Vec<&str> =
        real.iter().map(String::as_str).chain(["--vonage-signature-secret=a-signature-secret"]).collect();
    // A trial, as often as somebody likes; then going live with the same database.
    for config in [sandbox(&[]), sandbox(&["--sandbox"]), config(folder.path(), &real)] {
        start(&config, metrics()).await.unwrap().stop().await;
    }
    let refused = start(&sandbox(&[]), metrics()).await.err().expect("the credentials are lost").to_string();
    assert!(refused.contains("the database (DATABASE_URL) has worked with a real account"), "{refused}");
    let refused = start(&sandbox(&["--sandbox"]), metrics()).await.err().expect("asked for").to_string();
    assert!(refused.contains("--database-url and --data-dir"), "{refused}");
    // With the credentials back everything is as it was.
    start(&config(folder.path(), &real), metrics()).await.unwrap().stop().await;
}

#[tokio::test]
async fn f0_a_start_that_points_to_production_is_refused_before_anything_listens() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let config = config(folder.path(), &["--host=0.0.0.0", "--public-url=https://calls.example.net"]);
    let refused = start(&config, metrics).await.err().expect("no credentials").to_string();
    for part in ["PUBLIC_URL is https://calls.example.net", "HOST is 0.0.0.0", "VONAGE_API_KEY"] {
        assert!(refused.contains(part), "{part}: {refused}");
    }
    let doctor = super::doctor::run(&super::doctor::Doctor::of(config)).await;
    assert_eq!(doctor.unwrap_err().to_string(), "serve would not start");
}

#[tokio::test]
async fn f18_metrics_have_an_address_of_their_own_where_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let sandbox = ["--sandbox", "--sandbox-addr=127.0.0.1:0"];
    let metrics = || PrometheusBuilder::new().build_recorder().handle();
    let http = crate::vonage::client::http().unwrap();
    let server =
        start(&config(folder.path(), &[&sandbox[..], &["--metrics-addr=127.0.0.1:0"]].concat()), metrics()).await;
    let server = server.unwrap();
    let own = server.metrics_addr.unwrap();
    assert!(own.ip().is_loopback());
    assert_eq!(http.get(format!("http://{own}/metrics")).send().await.unwrap().status(), 200);
    assert_eq!(http.get(format!("{}/metrics", server.public_url)).send().await.unwrap().status(), 401);
    // An address that somebody has is an error when it was asked for.
    let other = tempfile::tempdir().unwrap();
    let taken = format!("--metrics-addr={own}");
    let refused = start(&config(other.path(), &[&sandbox[..], &[&taken]].concat()), metrics()).await.err().unwrap();
    assert!(format!("{refused:#}").contains("(METRICS_ADDR)"), "{refused:#}");
    server.stop().await;
    let server =
        start(&config(folder.path(), &[&sandbox[..], &["--metrics-addr=off"]].concat()), metrics()).await.unwrap();
    assert_eq!(server.metrics_addr, None);
    server.stop().await;
}
