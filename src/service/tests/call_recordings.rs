//! What call flows record is kept with its call, once, and comes from the platform alone.

use super::*;
use crate::store::CallRecordingRow;

on_both!(
    a_recording_is_kept_once_with_the_call_that_made_it,
    a_recording_in_a_room_belongs_to_the_call_that_moved_there,
    what_is_no_recording_of_a_call_of_ours_is_not_kept,
);

/// A caller hears a flow.
async fn calls(world: &World, n: usize) {
    let asked = json!({"to": "442079460000", "from": "447700900123", "uuid": format!("leg-{n}"),
                       "conversation_uuid": format!("CON-{n}")});
    world.services.webhooks.answer(answer(&asked)).await.unwrap();
}

/// A record event with what is different in it.
fn told(world: &World, change: &Value) -> Received {
    let mut body = json!({"conversation_uuid": "CON-1", "recording_uuid": "rec-1", "size": 260_000,
                          "recording_url": format!("{}/v1/files/x", world.platform.uri()),
                          "start_time": "2026-11-21T08:16:43Z", "end_time": "2026-11-21T08:17:48Z",
                          "timestamp": "2026-11-21T08:17:48.500Z"});
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    event(&body)
}

async fn kept(world: &World, conversation: &str) -> Vec<CallRecordingRow> {
    world.services.audio.call_recordings(conversation).await.unwrap()
}

async fn a_recording_is_kept_once_with_the_call_that_made_it(db: Database) {
    let world = World::new(db).await;
    calls(&world, 1).await;
    calls(&world, 2).await;
    let hears = async |change: &Value| world.services.webhooks.event(told(&world, change)).await.unwrap();
    // At the application's address, at the one that our flows name, and told again with another timestamp.
    hears(&json!({})).await;
    let again = told(&world, &json!({"timestamp": "2026-11-21T08:20:00.000Z", "size": 1_000}));
    world.services.webhooks.event(Received { kind: WebhookKind::Recording, ..again }).await.unwrap();
    hears(&json!({"recording_uuid": "rec-0", "start_time": "2026-11-21T08:10:00Z"})).await;
    let rows = kept(&world, "CON-1").await;
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids, ["rec-0", "rec-1"], "oldest first");
    assert_eq!((rows[1].bytes, rows[1].milliseconds), (Some(260_000), 65_000), "the first word counts");
    assert!(kept(&world, "CON-2").await.is_empty());

    let file = ResponseTemplate::new(200).set_body_bytes(b"ID3 sound".as_slice());
    Mock::given(method("GET")).and(path("/v1/files/x")).respond_with(file).mount(&world.platform).await;
    let sound = world.services.audio.call_recording_sound("rec-1").await.unwrap().unwrap().unwrap();
    assert_eq!((sound.media_type, sound.bytes.as_slice()), ("audio/mpeg", b"ID3 sound".as_slice()));
    let asked = world.platform.received_requests().await.unwrap().pop().unwrap();
    assert!(asked.headers["authorization"].to_str().unwrap().starts_with("Bearer "));
    assert_eq!(world.services.audio.call_recording_sound("rec-7").await.unwrap(), None);
    world.platform.reset().await;
    let page = ResponseTemplate::new(200).set_body_bytes(b"<!doctype html>".as_slice());
    Mock::given(method("GET")).respond_with(page).mount(&world.platform).await;
    let refused = world.services.audio.call_recording_sound("rec-1").await.unwrap().unwrap();
    assert_eq!(refused, Err("it is no audio".to_owned()));
}

async fn a_recording_in_a_room_belongs_to_the_call_that_moved_there(db: Database) {
    let world = World::new(db).await;
    calls(&world, 1).await;
    let moved = json!({"uuid": "leg-1", "conversation_uuid_from": "CON-1", "conversation_uuid_to": "CON-room",
                       "timestamp": "2026-11-21T08:16:40.000Z"});
    world.services.webhooks.event(event(&moved)).await.unwrap();
    world.services.webhooks.event(told(&world, &json!({"conversation_uuid": "CON-room"}))).await.unwrap();
    assert_eq!(kept(&world, "CON-1").await.len(), 1);
}

async fn what_is_no_recording_of_a_call_of_ours_is_not_kept(db: Database) {
    let world = World::new(db).await;
    calls(&world, 1).await;
    let elsewhere = MockServer::start().await;
    let theirs = format!("{}/v1/files/x", elsewhere.uri());
    for change in [
        json!({"conversation_uuid": "CON-unknown"}),
        json!({"recording_uuid": "../../escape"}),
        json!({"recording_uuid": null}),
        json!({"recording_url": ""}),
        json!({"size": 44}),
        json!({"recording_url": theirs}),
        json!({"recording_url": "file:///etc/passwd"}),
        json!({"recording_url": "https://user:secret@api.nexmo.com/v1/files/x"}),
        json!({"recording_url": "https://api.nexmo.com.example.com/v1/files/x"}),
        json!({"status": "transcribed", "recording_url": null, "transcription_url": theirs}),
    ] {
        world.services.webhooks.event(told(&world, &change)).await.unwrap();
        for conversation in ["CON-1", "CON-unknown"] {
            assert!(kept(&world, conversation).await.is_empty(), "{change}");
        }
    }
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
    // One that is in the table all the same is not asked for elsewhere.
    let row = CallRecordingRow {
        id: "rec-9".into(),
        conversation: "CON-1".into(),
        recording_url: theirs,
        bytes: None,
        milliseconds: 1_000,
        started_at: 1,
        made_at: 1,
    };
    assert!(world.db.store.audio().insert_call_recording(&row).await.unwrap());
    assert!(!world.db.store.audio().insert_call_recording(&row).await.unwrap());
    let refused = world.services.audio.call_recording_sound("rec-9").await.unwrap().unwrap().unwrap_err();
    assert!(refused.contains("not at the platform"), "{refused}");
    assert!(elsewhere.received_requests().await.unwrap().is_empty());
}
