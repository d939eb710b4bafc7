//! Messages: announced by a webhook, fetched from the platform, kept.

use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::*;
use crate::domain::contact_center::desk::{HistoryResult, Voicemail};
use crate::domain::contact_center::message::Message;
use crate::service::CallFilter;

on_both!(
    case_14_a_recording_that_failed_or_is_empty_leaves_a_missed_call,
    case_14_a_file_without_sound_leaves_a_missed_call,
    b15_a_silent_message_is_none,
    b15_a_message_is_marked_shown_as_called_back_and_deleted,
    b9_a_message_is_fetched_when_it_is_ready_and_played_from_here,
    b9_a_message_that_cannot_be_fetched_is_tried_again_and_shown,
    b9_a_message_is_fetched_from_the_platform_only_and_kept_in_its_folder_only,
);

/// A WAV file of 8 kHz: `seconds` of a tone with this amplitude.
fn wav(seconds: usize, amplitude: f64) -> Vec<u8> {
    let mut file = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data".to_vec();
    file.extend(u32::try_from(seconds * 16_000).unwrap().to_le_bytes());
    file.extend((0..seconds * 8_000).flat_map(|at| (((at as f64 * 0.4).sin() * amplitude) as i16).to_le_bytes()));
    file
}

/// Three seconds that can be heard.
fn spoken() -> Vec<u8> {
    wav(3, 4_000.0)
}

/// A caller whom nobody answers presses the key for a message; then the recording is announced.
async fn leaves_a_message(world: &World, n: usize, recording: &Value) {
    let services = &world.services;
    services.webhooks.answer(call(n)).await.unwrap();
    services.webhooks.event(caller(n, "answered")).await.unwrap();
    let flow = services.webhooks.event(keys(n, "1")).await.unwrap().unwrap();
    assert!(says(&flow).starts_with("Please leave your message"), "{}", says(&flow));
    let mut body = json!({"conversation_uuid": format!("CON-{n}"), "recording_uuid": format!("rec-{n}"),
                          "start_time": "2026-11-21T08:16:43Z", "end_time": "2026-11-21T08:16:53Z",
                          "timestamp": "2026-11-21T08:16:53.500Z"});
    body.as_object_mut().unwrap().extend(recording.as_object().unwrap().clone());
    let told = Received { kind: WebhookKind::Recording, ..event(&body) };
    services.webhooks.event(told).await.unwrap();
    services.webhooks.event(caller(n, "completed")).await.unwrap();
}

async fn serves(world: &World, bytes: &[u8], status: u16) {
    world.platform.reset().await;
    let file = ResponseTemplate::new(status).set_body_bytes(bytes);
    Mock::given(method("GET")).and(path("/v1/files/x")).respond_with(file).mount(&world.platform).await;
}

fn at_platform(world: &World) -> Value {
    json!({ "recording_url": format!("{}/v1/files/x", world.platform.uri()), "size": 52 })
}

/// The only message, when it is as it should be.
async fn message(services: &Services, is: impl Fn(&Voicemail) -> bool) -> Voicemail {
    let look = async {
        loop {
            let shown = services.desk.voicemails.voicemails().await.unwrap();
            if let [only] = &shown[..]
                && is(only)
            {
                return only.clone();
            }
            services.desk.voicemails.fetch_voicemails().await.unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    match tokio::time::timeout(Duration::from_secs(30), look).await {
        Ok(found) => found,
        Err(_) => panic!("{:?}", services.desk.voicemails.voicemails().await.unwrap()),
    }
}

async fn missed(services: &Services, team: &[(String, String)]) -> (u32, u32, Vec<HistoryResult>) {
    let badges = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().badges;
    let rows = services.desk.consoles.history.desk_history("agent0", HistoryShow::Missed, None).await.unwrap().rows;
    (badges.missed, badges.voicemails, rows.into_iter().map(|row| row.result).collect())
}

async fn case_14_a_recording_that_failed_or_is_empty_leaves_a_missed_call(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    let url = format!("{}/v1/files/x", world.platform.uri());
    leaves_a_message(&world, 1, &json!({ "recording_url": "", "size": 0 })).await;
    leaves_a_message(&world, 2, &json!({ "recording_url": url, "size": 44, "end_time": "2026-11-21T08:16:43Z" })).await;
    leaves_a_message(&world, 3, &json!({ "recording_url": null })).await;
    let shown: Vec<(String, Message)> = services
        .desk
        .voicemails
        .voicemails()
        .await
        .unwrap()
        .into_iter()
        .map(|shown| (shown.id, shown.message))
        .collect();
    let expected = ["rec-1", "rec-3"].map(|id| (id.to_owned(), Message::NotRecorded));
    assert_eq!(shown.len(), 2, "where nothing was said there is no message: {shown:?}");
    assert!(expected.iter().all(|message| shown.contains(message)), "{shown:?}");
    for id in ["rec-1", "rec-2", "rec-3"] {
        assert_eq!(services.desk.voicemails.voicemail_audio(id).await.unwrap(), None);
    }
    assert_eq!(missed(services, &team).await, (3, 0, vec![HistoryResult::Abandoned; 3]));
    for n in 1..=3 {
        assert_eq!(logged(services, n).await, "abandoned", "call {n}");
    }
    assert!(world.platform.received_requests().await.unwrap().is_empty());
}

/// There is no message any more, and its call is a missed one.
async fn is_none(services: &Services, team: &[(String, String)]) {
    let by = tokio::time::timeout(Duration::from_secs(30), async {
        // Three writes: the message's, then the call's, then the call log's.
        while missed(services, team).await != (1, 0, vec![HistoryResult::Abandoned])
            || logged(services, 1).await != "abandoned"
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    by.await.unwrap();
    assert_eq!(services.desk.voicemails.voicemails().await.unwrap(), []);
    assert_eq!(services.desk.voicemails.voicemail_audio("rec-1").await.unwrap(), None);
    let call = services.core.store.voicemails().find("rec-1").await.unwrap().unwrap().call;
    assert!(services.desk.voicemails.voicemail_files(&call).await.unwrap().is_empty(), "nothing is kept");
}

async fn case_14_a_file_without_sound_leaves_a_missed_call(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    serves(&world, &spoken()[..44], 200).await;
    leaves_a_message(&world, 1, &json!({ "recording_url": format!("{}/v1/files/x", world.platform.uri()) })).await;
    is_none(services, &team).await;
}

async fn b15_a_silent_message_is_none(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    serves(&world, &wav(10, 20.0), 200).await;
    leaves_a_message(&world, 1, &at_platform(&world)).await;
    is_none(services, &team).await;
}

async fn b15_a_message_is_marked_shown_as_called_back_and_deleted(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    serves(&world, &spoken(), 200).await;
    leaves_a_message(&world, 1, &at_platform(&world)).await;
    let kept = message(services, |shown| shown.message == Message::Kept).await;
    assert_eq!((kept.heard, kept.owed, kept.claimed_by.as_deref()), (false, true, None));
    assert_eq!(services.desk.voicemails.voicemail_heard("agent0", "rec-1").await.told(), Ok(()));
    assert_eq!(services.desk.voicemails.voicemail_heard("agent0", "unknown").await.told(), Err(Refusal::Gone));
    assert_eq!(missed(services, &team).await.1, 0, "what was heard is not counted");
    assert_eq!(services.desk.consoles.history.claim("agent0", &kept.call).await.told(), Ok(()));
    let shown = message(services, |shown| shown.heard).await;
    assert_eq!((shown.claimed_by.as_deref(), shown.returned), (Some("agent0"), false));
    let files = services.desk.voicemails.voicemail_files(&kept.call).await.unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(services.desk.voicemails.voicemail_deleted("agent0", "rec-1").await.told(), Ok(()));
    assert!(!files[0].exists());
    assert_eq!(services.desk.voicemails.voicemails().await.unwrap(), []);
    assert_eq!(services.desk.voicemails.voicemail_audio("rec-1").await.unwrap(), None);
    assert_eq!(services.desk.voicemails.voicemail_deleted("agent0", "rec-1").await.told(), Err(Refusal::Gone));
    assert_eq!(services.desk.voicemails.voicemail_heard("agent0", "rec-1").await.told(), Err(Refusal::Gone));
    assert_eq!(missed(services, &team).await, (0, 0, vec![HistoryResult::Voicemail]), "that they called stays known");
    // Told again, it stays deleted.
    let told = json!({"conversation_uuid": "CON-1", "recording_uuid": "rec-1", "again": true,
                      "recording_url": format!("{}/v1/files/x", world.platform.uri())});
    services.webhooks.event(Received { kind: WebhookKind::Recording, ..event(&told) }).await.unwrap();
    services.desk.voicemails.fetch_voicemails().await.unwrap();
    assert_eq!(services.desk.voicemails.voicemails().await.unwrap(), []);
    assert!(services.desk.voicemails.voicemail_files(&kept.call).await.unwrap().is_empty());
}

async fn b9_a_message_is_fetched_when_it_is_ready_and_played_from_here(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    serves(&world, &spoken(), 200).await;
    leaves_a_message(&world, 1, &at_platform(&world)).await;
    let kept = message(services, |shown| shown.message == Message::Kept).await;
    assert_eq!((kept.id.as_str(), kept.seconds, kept.heard), ("rec-1", 3, false));
    assert_eq!(missed(services, &team).await, (0, 1, vec![HistoryResult::Voicemail]));
    assert_eq!(logged(services, 1).await, "left-message");
    // The webhooks alone say that the caller hung up.
    let shown = services.log.calls(CallFilter { phase: Some("missed".into()), ..CallFilter::default() }).await.unwrap();
    assert_eq!(shown.calls.len(), 1, "nobody talked to them");
    assert_eq!(services.log.today().await.unwrap().missed, 1);
    // Thirty days later the platform has forgotten it.
    world.platform.reset().await;
    let later = world.restarted(|settings| settings.limits = services.settings().limits).await;
    let audio = later.desk.voicemails.voicemail_audio("rec-1").await.unwrap().unwrap().unwrap();
    assert_eq!((audio.media_type, audio.bytes), ("audio/wav", spoken()));
    assert!(world.platform.received_requests().await.unwrap().is_empty());
    let files = services.desk.voicemails.voicemail_files(&kept.call).await.unwrap();
    assert_eq!(files.len(), 1, "{files:?}");
    // Told again, nothing changes.
    let told = json!({"conversation_uuid": "CON-1", "recording_uuid": "rec-1", "again": true,
                      "recording_url": format!("{}/v1/files/x", world.platform.uri())});
    services.webhooks.event(Received { kind: WebhookKind::Recording, ..event(&told) }).await.unwrap();
    assert_eq!(services.desk.voicemails.voicemails().await.unwrap()[0].message, Message::Kept);
    // It is listed among the messages, and not among what flows recorded.
    assert!(services.audio.call_recordings("CON-1").await.unwrap().is_empty());
    assert_eq!(services.desk.voicemails.forget_voicemails(&kept.call).await.unwrap(), 1);
    assert!(services.desk.voicemails.voicemails().await.unwrap().is_empty());
    assert!(files.iter().all(|file| !file.exists()));
    assert_eq!(services.desk.voicemails.forget_voicemails(&kept.call).await.unwrap(), 0);
}

async fn b9_a_message_that_cannot_be_fetched_is_tried_again_and_shown(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    agents(services, 1).await;
    serves(&world, b"gone", 404).await;
    leaves_a_message(&world, 1, &at_platform(&world)).await;
    let later = |shown: &Voicemail| matches!(shown.message, Message::Waiting { next: Some(_) });
    let first = message(services, later).await;
    // An error page with status 200 is no message either.
    serves(&world, b"<!doctype html>", 200).await;
    let mut last = first.message;
    for try_number in 1..24 {
        world.pass(2 * 3_600_000);
        let shown = message(services, |shown| shown.message != last).await;
        assert_eq!(matches!(shown.message, Message::Failed), try_number == 23, "{shown:?}");
        last = shown.message;
    }
    let row = services.core.store.voicemails().find("rec-1").await.unwrap().unwrap();
    assert_eq!(row.problem.as_deref(), Some("it is no audio"));
    assert!(services.desk.voicemails.voicemail_audio("rec-1").await.unwrap().unwrap().is_err());
    assert_eq!(services.desk.voicemails.voicemail_retry("nobody").await.told(), Err(Refusal::Gone));
    serves(&world, &spoken(), 200).await;
    assert_eq!(services.desk.voicemails.voicemail_retry("rec-1").await.told(), Ok(()));
    message(services, |shown| shown.message == Message::Kept).await;
    assert_eq!(services.desk.voicemails.voicemail_retry("rec-1").await.told(), Err(Refusal::Gone), "it is here");
}

async fn b9_a_message_is_fetched_from_the_platform_only_and_kept_in_its_folder_only(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    agents(services, 1).await;
    let elsewhere = wiremock::MockServer::start().await;
    let hostile =
        json!({ "recording_url": format!("{}/v1/files/x", elsewhere.uri()), "recording_uuid": "../../../escape" });
    leaves_a_message(&world, 1, &hostile).await;
    let shown = message(services, |shown| matches!(shown.message, Message::Waiting { next: Some(_) })).await;
    assert!(shown.id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{}", shown.id);
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
    let row = services.core.store.voicemails().find(&shown.id).await.unwrap().unwrap();
    assert!(row.problem.unwrap().contains("not at the platform"));
    assert!(services.desk.voicemails.voicemail_files("../..").await.unwrap().is_empty());
}
