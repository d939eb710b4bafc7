//! What a call flow recorded is on its call's page and plays through us.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use serde_json::{Value, json};
use wiremock::matchers::{method, path};
use wiremock::{Mock, ResponseTemplate};

use super::app::App;
use crate::ui::language::words;

const SOUND: &[u8] = b"ID3 what was said";

fn told(app: &App, change: &Value) -> String {
    let mut body = json!({"conversation_uuid": "CON-1", "recording_uuid": "rec-1", "size": 260_000,
                          "recording_url": format!("{}/v1/files/x", app.platform.uri()),
                          "start_time": "2026-11-21T08:16:43Z", "end_time": "2026-11-21T08:17:48Z",
                          "timestamp": "2026-11-21T08:17:48.500Z"});
    body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    body.to_string()
}

#[tokio::test]
async fn a_recording_of_a_flow_is_listed_once_and_played_through_us() {
    let app = App::start().await;
    let asked = json!({"from": "447700900123", "to": "442079460000", "uuid": "leg-1", "conversation_uuid": "CON-1"});
    app.post_signed("/webhooks/answer", asked.to_string()).await;
    let file = ResponseTemplate::new(200).set_body_bytes(SOUND);
    Mock::given(method("GET")).and(path("/v1/files/x")).respond_with(file).mount(&app.platform).await;
    let cookie = app.cookie().await;
    let get = async |path: &str, range: Option<&str>| {
        let mut request = Request::get(path).header(header::COOKIE, &cookie).header(header::ACCEPT, "*/*");
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        app.send(request.body(Body::empty()).unwrap()).await
    };
    let page = async || {
        let request =
            Request::get("/admin/calls/CON-1").header(header::COOKIE, &cookie).header(header::ACCEPT, "text/html");
        app.send(request.body(Body::empty()).unwrap()).await.text()
    };
    assert!(!page().await.contains(words().audio_at_platform), "nothing was recorded yet");
    for (address, change) in [
        ("/webhooks/event", json!({})),
        ("/webhooks/recording", json!({"timestamp": "2026-11-21T08:20:00.000Z"})),
        ("/webhooks/event", json!({"recording_uuid": "rec-2", "recording_url": "https://elsewhere.example/x"})),
    ] {
        assert!(app.post_signed(address, told(&app, &change)).await.status.is_success());
    }
    let page = page().await;
    assert_eq!(page.matches(r#"src="/call-recordings/"#).count(), 1, "{page}");
    for part in [r#"src="/call-recordings/rec-1""#, "1:05", words().audio_at_platform] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains(words().audio_not_opened) && !page.contains("/live/calls"), "there is no socket");

    let whole = get("/call-recordings/rec-1", None).await;
    assert_eq!((whole.status, whole.header("content-type")), (StatusCode::OK, "audio/mpeg"));
    assert_eq!((whole.body.as_slice(), whole.header("cache-control")), (SOUND, "private, no-store"));
    let part = get("/call-recordings/rec-1", Some("bytes=4-7")).await;
    assert_eq!((part.status, part.body.as_slice()), (StatusCode::PARTIAL_CONTENT, b"what".as_slice()));
    assert_eq!(part.header("content-range"), format!("bytes 4-7/{}", SOUND.len()));
    let saved = get("/call-recordings/rec-1?download=1", None).await;
    assert_eq!(saved.header("content-disposition"), "attachment; filename=\"rec-1.mp3\"");
    assert_eq!(get("/call-recordings/rec-2", None).await.status, StatusCode::NOT_FOUND);
    // The platform deleted it meanwhile.
    app.platform.reset().await;
    assert_eq!(get("/call-recordings/rec-1", None).await.status, StatusCode::BAD_GATEWAY);
}
