//! What is not documented is refused, and what comes too often.

use super::*;

fn wrong(method: &str, target: &str, body: Value) -> Option<String> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
    let asked = Asked { method, path, query, content_type: "application/json", body: &body };
    asked.wrong().map(|wrong| wrong.name)
}

#[test]
fn strict_mode_refuses_what_is_not_documented() {
    let call = |more: Value| {
        let mut call = json!({"to": [{"type": "phone", "number": "447700900001"}], "from": {"type": "phone", "number": "442079460000"}, "ncco": []});
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call
    };
    for (method, target, body, name) in [
        ("POST", "/v1/calls", call(json!({})), None),
        ("POST", "/v1/calls", call(json!({"limit": 5})), Some("limit")),
        ("POST", "/v1/calls?dry=1", call(json!({})), Some("dry")),
        ("POST", "/v1/calls", call(json!({"to": [{"type": "phone", "name": "x"}]})), Some("to.name")),
        ("POST", "/v1/calls", call(json!({"to": [{"type": "pigeon"}]})), Some("to.type")),
        ("POST", "/v1/calls", call(json!({"event_method": "PUT"})), Some("event_method")),
        ("GET", "/v1/calls?status=talking", Value::Null, Some("status")),
        ("GET", "/v1/calls?conversation_uuid=CON-1&order=desc", Value::Null, None),
        ("PUT", "/v1/calls/leg/talk", json!({"text": "x", "voice": "Amy"}), Some("voice")),
        ("PUT", "/v1/calls/leg", json!({"action": "transfer", "destination": {"type": "ncco", "ncco": []}}), None),
        (
            "PUT",
            "/v1/calls/leg",
            json!({"action": "transfer", "destination": {"type": "flow"}}),
            Some("destination.type"),
        ),
        (
            "POST",
            "/v2/applications",
            json!({"name": "x", "capabilities": {"voice": {"region": "mars"}}}),
            Some("capabilities.voice.region"),
        ),
        (
            "POST",
            "/v2/applications",
            json!({"name": "x", "capabilities": {"voice": {"webhooks": {"event_url": {"url": ""}}}}}),
            Some("capabilities.voice.webhooks.event_url.url"),
        ),
        ("PUT", "/v2/applications/a", json!({"name": "x", "id": "a"}), Some("id")),
        ("GET", "/number/search?country=GB&features=VOICE,SMS", Value::Null, Some("features")),
        ("GET", "/number/search?country=GB&features=SMS,VOICE&api_key=k&api_secret=s", Value::Null, None),
        ("GET", "/v1/calls?api_key=k", Value::Null, Some("api_key")),
        ("GET", "/ni/basic/json?number=447700900001&cnam=true", Value::Null, Some("cnam")),
        (
            "POST",
            "/v1/messages",
            json!({"channel": "sms", "sms": {"encoding_type": "utf8"}}),
            Some("sms.encoding_type"),
        ),
        ("POST", "/v1/users", json!({"name": "Jane", "email": "j@example.com"}), Some("email")),
    ] {
        assert_eq!(wrong(method, target, body).as_deref(), name, "{method} {target}");
    }
}

#[test]
fn strict_mode_knows_three_calls_and_fifteen_other_requests_a_second() {
    let limits = Limits::default();
    let calls = |at: i64| (0..5).filter(|_| limits.take("POST", "/v1/calls", at)).count();
    assert_eq!((calls(10_000), calls(10_999), calls(11_000)), (3, 0, 3));
    let others = (0..20).filter(|_| limits.take("PUT", "/v1/calls/leg", 10_000)).count();
    assert_eq!(others, 15);
    assert!((0..100).all(|_| limits.take("GET", "/v2/applications", 10_000)), "another API");
}
