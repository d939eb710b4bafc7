//! A call flow that records, from the caller's telephone to the file that the operator plays.

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::{Value, json};

use super::{config, start};
use crate::domain::call_flows::Preset;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::service::CallFilter;

const NUMBER: &str = "442079460007";
const PHONE: &str = "447700900123";
/// Tries of 50 ms: half a minute, on a machine that does much else.
const TRIES: usize = 600;

#[tokio::test]
async fn what_a_flow_records_is_kept_with_its_call_and_can_be_played() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    let server = start(&config(folder.path(), &["--sandbox", "--sandbox-addr=127.0.0.1:0"]), metrics).await.unwrap();
    let services = &server.services;
    let flow = json!([{"action": "record", "endOnKey": "#", "beepStart": true}, {"action": "talk", "text": "Kept."}]);
    let flow = services.flows.keep_call_flow(None, "Record", Preset::Custom, &flow.to_string()).await.unwrap();
    services.lines.assign_number(&E164::parse(NUMBER).unwrap(), &Line::Custom(flow)).await.unwrap();

    let sandbox = server.handset_page_url.clone().unwrap().trim_end_matches('/').to_owned();
    let http = crate::vonage::client::http().unwrap();
    let phone = async |what: &str, body: Value| {
        let sent = http.post(format!("{sandbox}/phones/{PHONE}/{what}")).json(&body).send().await.unwrap();
        assert_eq!(sent.status(), 200, "{what}");
    };
    let shown = async |is: &dyn Fn(&Value) -> bool| {
        for _ in 0..TRIES {
            let shown: Value =
                http.get(format!("{sandbox}/phones/{PHONE}")).send().await.unwrap().json().await.unwrap();
            if is(&shown) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the telephone was never so");
    };
    phone("dial", json!({"to": NUMBER})).await;
    shown(&|phone| phone["state"] == "talking").await;
    phone("voice", json!({"tone": 440})).await;
    // How long the recording is, is what passes here.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    phone("dtmf", json!({"digits": "#"})).await;
    shown(&|phone| phone["said"].to_string().contains("Kept.")).await;

    let mut kept = Vec::new();
    for _ in 0..TRIES {
        let calls = services.log.calls(CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap().calls;
        kept = services.audio.call_recordings(&calls.first().unwrap().conversation).await.unwrap();
        if !kept.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let [recording] = &kept[..] else { panic!("{kept:?}") };
    let sound = services.audio.call_recording_sound(&recording.id).await.unwrap().unwrap().unwrap();
    assert_eq!(sound.media_type, "audio/wav");
    assert_eq!(recording.bytes, i64::try_from(sound.bytes.len()).ok());
    assert!(sound.bytes.len() > 16_000, "{}", sound.bytes.len());
    server.stop().await;
}
