//! The server as a whole, on free ports.

use std::time::Duration;

use clap::Parser;
use metrics_exporter_prometheus::PrometheusBuilder;

use super::start;
use crate::config::Config;
use crate::vonage::jwt::NewKeyPair;

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    config: Config,
}

fn config(folder: &std::path::Path, more: &[&str]) -> Config {
    let database = format!("--database-url=sqlite:{}", folder.join("test.db").display());
    let data = format!("--data-dir={}", folder.display());
    Line::parse_from([&["switchboard", "--port=0", &database, &data], more].concat()).config
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
    for allowed in ["--allow-unsigned-webhooks", "--vonage-signature-secret=abc"] {
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
    let more: Vec<&str> = real.iter().map(String::as_str).chain(["--vonage-signature-secret=abc", &url]).collect();
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let server = start(&config(folder.path(), &more), metrics).await.unwrap();
    assert!(server.first_password.is_some() && server.handset_page_url.is_none());
    let http = crate::vonage::client::http().unwrap();
    let get = |path: &str| http.get(format!("{}{path}", server.public_url)).send();
    assert_eq!(get("/healthz").await.unwrap().text().await.unwrap(), "ok\n");
    assert_eq!(get("/readyz").await.unwrap().status(), 200);
    let visit = server.services.start_visit([192, 0, 2, 1].into()).await.unwrap();
    let stream = get(&format!("/live/visits/{}?secret={}", visit.id, visit.secret)).await.unwrap();
    assert_eq!(stream.status(), 200);
    let addr = server.addr;
    tokio::time::timeout(Duration::from_secs(5), server.stop()).await.expect("stopping took longer than five seconds");
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
    drop(stream);
}
