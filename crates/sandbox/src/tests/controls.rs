//! Who may work the controls of a running sandbox.

use serde_json::{Value, json};

use super::world::World;

const CUSTOMER: &str = "447700900123";

/// Every control there is, with a body that it would take.
fn controls() -> Vec<(&'static str, String, Value)> {
    let mut all = vec![
        ("GET", "/".to_owned(), Value::Null),
        ("GET", "/page.json".into(), Value::Null),
        ("GET", "/phones".into(), Value::Null),
        ("GET", "/calls.json".into(), Value::Null),
        ("GET", "/trace.json".into(), Value::Null),
        ("GET", "/trace".into(), Value::Null),
        ("GET", "/faults".into(), Value::Null),
        ("POST", "/faults".into(), json!({ "rest": { "status": 503, "times": true } })),
        ("DELETE", "/faults".into(), Value::Null),
        ("GET", format!("/phones/{CUSTOMER}"), Value::Null),
        ("GET", format!("/phones/{CUSTOMER}/audio"), Value::Null),
    ];
    let bodies = [
        ("dial", json!({ "to": "442079460000" })),
        ("answer", json!({})),
        ("reject", json!({})),
        ("hangup", json!({})),
        ("dtmf", json!({ "digits": "1" })),
        ("voice", json!("silence")),
        ("sms", json!({ "to": "442079460000", "text": "x" })),
    ];
    all.extend(bodies.map(|(what, body)| ("POST", format!("/phones/{CUSTOMER}/{what}"), body)));
    all
}

async fn ask(world: &World, method: &str, path: &str, body: &Value, headers: &[(&str, &str)]) -> u16 {
    let mut request = world.http.request(method.parse().unwrap(), format!("{}{path}", world.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = if body.is_null() { request } else { request.body(body.to_string()) };
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn f16_no_other_sites_page_works_the_sandbox() {
    let world = World::start().await;
    for (method, path, body) in controls() {
        for (headers, expected) in [
            (&[("origin", "http://evil.example"), ("content-type", "application/json")][..], 403),
            (&[("origin", "null")], 403),
            (&[("host", "evil.example:3001")], 421),
            (&[("host", "rebound.evil.example"), ("origin", "http://rebound.evil.example")], 421),
        ] {
            assert_eq!(ask(&world, method, &path, &body, headers).await, expected, "{method} {path} {headers:?}");
        }
        if method != "GET" {
            let plain = ask(&world, method, &path, &body, &[("content-type", "text/plain")]).await;
            assert_eq!(plain, 415, "{method} {path}");
        }
    }
    // Nothing of it was done.
    assert_eq!(world.look(CUSTOMER).await["state"], "idle");
    let (_, faults) = world.ask("GET", "/faults", "", Value::Null).await;
    assert_eq!(faults["rest"]["status"], 0);
}

#[tokio::test]
async fn f16_its_own_page_and_programs_work_it() {
    let world = World::start().await;
    let json = ("content-type", "application/json");
    let body = json!({ "webhooks": { "delay_ms": 1 } });
    let own = [("origin", world.url.as_str()), json];
    assert_eq!(ask(&world, "POST", "/faults", &body, &own).await, 200, "its own page");
    assert_eq!(ask(&world, "POST", "/faults", &body, &[json]).await, 200, "a program");
    assert_eq!(ask(&world, "POST", "/faults", &body, &[]).await, 200, "a program that does not say what it sends");
    let port = world.url.rsplit_once(':').unwrap().1;
    let (host, origin) = (format!("localhost:{port}"), format!("http://localhost:{port}"));
    let named = [("host", host.as_str()), ("origin", origin.as_str()), json];
    assert_eq!(ask(&world, "POST", "/faults", &body, &named).await, 200, "by this machine's own name");
    // What a token protects is for pages of every origin, as the platform's is.
    let sdk = ask(&world, "GET", "/v0.3/users/x", &Value::Null, &[("origin", "http://any.example")]).await;
    assert_eq!(sdk, 401);
}
