//! Regions, what Repair sends, and requests as the reference has them.

use serde_json::{Value, json};
use wiremock::matchers::{any, basic_auth, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::*;
use super::{key, number, platform};
use crate::domain::outgoing::Cleared;

#[test]
fn p1_only_the_platforms_own_addresses_are_regions() {
    let urls = Urls { api: "http://127.0.0.1:3001".into(), rest: "http://127.0.0.1:3001".into() };
    let client = Client::new(http().unwrap(), urls, Credentials::default(), || 0, || "id".into());
    let client = client.known_as(&["http://sandbox.example:8001/"]);
    let own = |url: &str| client.region_of(url);
    for (told, used) in [
        ("https://api-eu-3.vonage.com", "https://api-eu-3.vonage.com"),
        ("https://api-ap-4.vonage.com/", "https://api-ap-4.vonage.com"),
        ("https://api-us-1.nexmo.com", "https://api-us-1.nexmo.com"),
        ("http://127.0.0.1:3001", "http://127.0.0.1:3001"),
        ("http://127.0.0.1:3001/regions/eu-west/", "http://127.0.0.1:3001/regions/eu-west"),
        // Our requests stay on this machine, whatever the sandbox is called in browsers.
        ("http://sandbox.example:8001/regions/na-west", "http://127.0.0.1:3001/regions/na-west"),
    ] {
        assert_eq!(own(told).as_deref(), Some(used), "{told}");
    }
    for told in [
        "",
        "api-eu-3.vonage.com",
        "http://api-eu-3.vonage.com",
        "https://api-eu-3.vonage.com:8443",
        "https://api-eu-3.vonage.com/v1",
        "https://api-eu-3.vonage.com/?x=1",
        "https://user@api-eu-3.vonage.com",
        "https://api-eu-3.vonage.com.example.org",
        "https://evilvonage.com",
        "https://example.org/#.vonage.com",
        "http://127.0.0.1:3002",
        "http://169.254.169.254",
        "file:///etc/passwd",
    ] {
        assert_eq!(own(told), None, "{told}");
        assert_eq!(client.in_region(Some(told)).voice(), "http://127.0.0.1:3001", "{told}");
    }
}

#[tokio::test]
async fn p1_every_request_about_a_call_goes_to_its_region() {
    let (server, client) = platform().await;
    let there = client.in_region(Some(&format!("{}/regions/eu-east", server.uri())));
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(json!({ "uuid": "leg-7" })))
        .mount(&server)
        .await;
    there.mute("leg-7", true).await.unwrap();
    there.earmuff("leg-7", true).await.unwrap();
    there.transfer("leg-7", &Cleared::saying("Bye")).await.unwrap();
    there.send_dtmf("leg-7", "4").await.unwrap();
    there.start_talk("leg-7", "Hi").await.unwrap();
    there.stop_talk("leg-7").await.unwrap();
    there.start_stream("leg-7", "https://calls.example.com/hold.wav", 0).await.unwrap();
    there.stop_stream("leg-7").await.unwrap();
    there.get_call("leg-7").await.unwrap();
    there.list_calls(&CallFilter::default()).await.unwrap();
    there.hang_up("leg-7").await.unwrap();
    let asked = server.received_requests().await.unwrap();
    assert_eq!(asked.len(), 11);
    for request in &asked {
        assert!(request.url.path().starts_with("/regions/eu-east/v1/calls"), "{}", request.url);
    }
    // What is the account's is not in any region.
    there.list_applications().await.unwrap();
    let last = server.received_requests().await.unwrap().pop().unwrap();
    assert_eq!(last.url.path(), "/v2/applications");
}

#[tokio::test]
async fn p1_a_404_is_over_only_when_the_leg_says_so() {
    for (status, over) in [("completed", true), ("cancelled", true), ("answered", false), ("ringing", false)] {
        let (server, client) = platform().await;
        Mock::given(method("PUT")).respond_with(ResponseTemplate::new(404)).mount(&server).await;
        let leg = json!({ "uuid": "leg-3", "status": status });
        Mock::given(method("GET"))
            .and(path("/v1/calls/leg-3"))
            .respond_with(ResponseTemplate::new(200).set_body_json(leg))
            .mount(&server)
            .await;
        assert_eq!(client.hang_up("leg-3").await.is_ok(), over, "{status}");
        assert_eq!(client.has_ended("leg-3").await, over, "{status}");
        assert!(!client.has_ended("leg-4").await, "unknown is not over");
    }
}

fn as_the_operator_has_it() -> Value {
    json!({
        "id": "app-9", "name": "Theirs", "keys": { "public_key": "PUB", "rotated_at": 7 }, "security": { "auth": "x" },
        "capabilities": {
            "voice": {
                "webhooks": {
                    "answer_url": { "address": "https://old.example.com/a", "http_method": "GET", "connect_timeout": 300,
                                    "socket_timeout": 1200, "note": "mine" },
                    "event_url": { "address": "https://old.example.com/e", "http_method": "POST", "connection_timeout": 400 },
                },
                "signed_callbacks": false, "region": "apac-sng", "conversations_ttl": 500, "leg_persistence_time": 20,
                "payment_enabled": true,
            },
            "vbc": {}, "verify": { "webhooks": { "status_url": { "address": "https://v.example.com", "http_method": "POST" } },
            "version": "v2" }, "network_apis": { "network_application_id": "n" },
        },
        "privacy": { "improve_ai": true }, "_links": { "self": { "href": "/v2/applications/app-9" } },
    })
}

async fn repaired(region: Option<&str>) -> Value {
    let (server, client) = platform().await;
    let found = ResponseTemplate::new(200).set_body_json(as_the_operator_has_it());
    Mock::given(any()).respond_with(found).mount(&server).await;
    let found = client.get_application("app-9").await.unwrap().unwrap();
    let wanted = NewApplication {
        name: found.name.clone(),
        public_url: "https://calls.example.com".into(),
        public_key: None,
        region: region.map(str::to_owned),
    };
    client.update_application(&found, &wanted).await.unwrap();
    let put = server.received_requests().await.unwrap().pop().unwrap();
    assert_eq!((put.method.as_str(), put.url.path()), ("PUT", "/v2/applications/app-9"));
    put.body_json().unwrap()
}

#[tokio::test]
async fn p2_repair_changes_what_differs_and_nothing_else() {
    let put = repaired(None).await;
    let voice = &put["capabilities"]["voice"];
    let answer = json!({ "address": "https://calls.example.com/webhooks/answer", "http_method": "POST", "connect_timeout": 300,
                         "socket_timeout": 1200, "note": "mine" });
    assert_eq!(voice["webhooks"]["answer_url"], answer);
    let event = &voice["webhooks"]["event_url"];
    assert_eq!((&event["connection_timeout"], event.get("connect_timeout")), (&json!(400), None));
    assert_eq!(voice["webhooks"]["fallback_answer_url"]["socket_timeout"], 5000);
    assert_eq!(voice["signed_callbacks"], true);
    let before = as_the_operator_has_it();
    for kept in [
        "/capabilities/vbc",
        "/capabilities/verify",
        "/capabilities/network_apis",
        "/privacy",
        "/keys",
        "/security",
        "/name",
        "/id",
        "/capabilities/voice/region",
        "/capabilities/voice/conversations_ttl",
        "/capabilities/voice/leg_persistence_time",
        "/capabilities/voice/payment_enabled",
    ] {
        assert_eq!(put.pointer(kept), if kept == "/id" { None } else { before.pointer(kept) }, "{kept}");
    }
    assert!(put["capabilities"]["rtc"].is_object() && put.get("_links").is_none());
    assert_eq!(repaired(Some("eu-east")).await["capabilities"]["voice"]["region"], "eu-east");
}

#[tokio::test]
async fn p5_a_number_is_looked_up_by_get() {
    let (server, client) = platform().await;
    let known = json!({ "status": 0, "status_message": "Success", "international_format_number": "447700900321", "country_code": "GB" });
    Mock::given(method("GET"))
        .and(path("/ni/basic/json"))
        .and(query_param("number", "447700900321"))
        .and(basic_auth("abcd1234", "s3cret"))
        .respond_with(ResponseTemplate::new(200).set_body_json(known))
        .expect(1)
        .mount(&server)
        .await;
    let found = client.number_insight(&number("447700900321")).await.unwrap().unwrap();
    assert_eq!(found.country, "GB");
}

#[tokio::test]
async fn p6_features_are_asked_for_as_the_reference_lists_them() {
    let (server, client) = platform().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(json!({}))).mount(&server).await;
    let listed = ["SMS", "VOICE", "SMS,VOICE", "MMS", "SMS,MMS", "VOICE,MMS", "SMS,MMS,VOICE"];
    for wanted in ["VOICE,SMS", "voice", "MMS,SMS", "MMS,VOICE,SMS", "SMS,VOICE,MMS", "MMS,VOICE", "VOICE,MMS"] {
        let features = wanted.split(',').map(str::to_owned).collect();
        client.offers(&NumberSearch { country: "GB".into(), features, ..NumberSearch::default() }).await.unwrap();
        let asked = server.received_requests().await.unwrap().pop().unwrap();
        let (_, sent) = asked.url.query_pairs().find(|(name, _)| name == "features").unwrap();
        assert!(listed.contains(&&*sent), "{wanted}: {sent}");
        assert_eq!(sent.split(',').count(), wanted.split(',').count());
    }
}

#[tokio::test]
async fn p7_a_forwarding_of_the_numbers_own_is_seen() {
    let (server, client) = platform().await;
    let rows = json!([
        { "country": "GB", "msisdn": "442079460101", "app_id": "app-1" },
        { "country": "GB", "msisdn": "442079460102", "app_id": "app-1", "voiceCallbackType": "sip", "voiceCallbackValue": "sip:a@b" },
        { "country": "GB", "msisdn": "442079460103", "voiceCallbackType": "tel", "voiceCallbackValue": "447700900001" },
        { "country": "GB", "msisdn": "442079460104", "voiceCallbackType": "app", "voiceCallbackValue": "app-2" },
        { "country": "GB", "msisdn": "442079460105", "voiceCallbackType": "vxml", "voiceCallbackValue": "https://x.example" },
        { "country": "GB", "msisdn": "442079460106", "voiceCallbackType": "sip", "voiceCallbackValue": "" },
    ]);
    let page = json!({ "count": 6, "numbers": rows });
    Mock::given(path("/account/numbers"))
        .respond_with(ResponseTemplate::new(200).set_body_json(page))
        .mount(&server)
        .await;
    let own = client.own_numbers().await.unwrap();
    let seen: Vec<_> =
        own.iter().map(|own| (own.application.as_deref(), own.forwarding.map(Forwarding::name))).collect();
    let expected = [
        (Some("app-1"), None),
        (Some("app-1"), Some("sip")),
        (None, Some("tel")),
        (Some("app-2"), None),
        (None, Some("vxml")),
        (None, None),
    ];
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn p1_users_and_our_own_calls_are_in_the_configured_region() {
    let (server, client) = platform().await;
    let other: MockServer = MockServer::start().await;
    let home = client.at_home(&other.uri()).with_application(key());
    Mock::given(any()).respond_with(ResponseTemplate::new(200).set_body_json(json!({}))).mount(&server).await;
    let user = ResponseTemplate::new(201).set_body_json(json!({ "id": "USR-1", "name": "Jane" }));
    Mock::given(path("/v1/users")).respond_with(user).expect(1).mount(&other).await;
    home.create_user("Jane", "Jane").await.unwrap();
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[test]
fn strict_limits_are_waited_for() {
    let ms = Duration::from_millis;
    let limited = |retry_after| VonageError::RateLimited { retry_after };
    let away = VonageError::Unavailable { reason: crate::domain::lost::Lost::NoConnection };
    for (error, wait, pause) in [
        (limited(None), ms(200), ms(1_000)),
        (limited(None), ms(1_600), ms(1_600)),
        (limited(Some(ms(3_000))), ms(200), ms(3_000)),
        (limited(Some(ms(0))), ms(400), ms(400)),
        (away, ms(400), ms(400)),
    ] {
        assert_eq!(crate::vonage::client::send::pause_after(&error, wait), pause, "{error:?}");
    }
}
