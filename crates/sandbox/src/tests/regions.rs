//! A call lives in one region.

use serde_json::{Value, json};

use super::world::{SUPPORT, World};

const PHONE: &str = "447700900061";

/// Asks again while there are too many requests in a second.
async fn patient(world: &World, method: &str, path: &str, body: Value) -> (u16, Value) {
    for _ in 0..200 {
        let answer = world.rest(method, path, body.clone()).await;
        if answer.0 != 429 {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{method} {path}: too many requests for ever");
}

/// Moves the application to a region.
async fn settle(world: &World, region: &str) {
    let path = format!("/v2/applications/{}", world.application);
    let (_, found) = world.account("GET", &path, Value::Null).await;
    let mut capabilities = found["capabilities"].clone();
    capabilities["voice"]["region"] = region.into();
    let body = json!({ "name": found["name"], "capabilities": capabilities });
    assert_eq!(world.account("PUT", &path, body).await.0, 200);
}

#[tokio::test]
async fn p1_a_request_about_a_call_finds_it_in_its_own_region_only() {
    let world = World::start().await;
    settle(&world, "eu-west").await;
    world.answers("/answer", [json!([{"action": "conversation", "name": "room"}])]);
    world.phone(PHONE, "dial", json!({"to": SUPPORT})).await;
    let asked = world.told("/answer", |_| true).await;
    let region = asked["region_url"].as_str().unwrap().strip_prefix(&world.url).unwrap().to_owned();
    assert_eq!(region, "/regions/eu-west");
    let call = format!("/v1/calls/{}", asked["uuid"].as_str().unwrap());
    world.phone_in(PHONE, "talking").await;
    for elsewhere in ["", "/regions/eu-east", "/regions/na-east"] {
        let (mute, dtmf) = (json!({"action": "mute"}), json!({"digits": "1"}));
        for (method, path, body) in [
            ("GET", call.clone(), Value::Null),
            ("PUT", call.clone(), mute),
            ("PUT", format!("{call}/dtmf"), dtmf),
            ("PUT", format!("{call}/talk"), json!({"text": "x"})),
            ("DELETE", format!("{call}/stream"), Value::Null),
        ] {
            let (status, _) = patient(&world, method, &format!("{elsewhere}{path}"), body).await;
            assert_eq!(status, 404, "{method} {elsewhere}{path}");
        }
        let (_, list) = patient(&world, "GET", &format!("{elsewhere}/v1/calls"), Value::Null).await;
        assert_eq!(list["count"], 0);
    }
    let there = format!("{region}{call}");
    assert_eq!(patient(&world, "GET", &there, Value::Null).await.1["status"], "answered");
    assert_eq!(patient(&world, "PUT", &there, json!({"action": "mute"})).await.0, 204);
    assert_eq!(patient(&world, "PUT", &there, json!({"action": "hangup"})).await.0, 204);
    world.phone_in(PHONE, "idle").await;
    assert_eq!(patient(&world, "PUT", &there, json!({"action": "hangup"})).await.0, 404, "over");
    assert_eq!(patient(&world, "GET", &there, Value::Null).await.1["status"], "completed");
    assert_eq!(patient(&world, "GET", "/regions/mars/v1/calls", Value::Null).await.0, 404);
}

#[tokio::test]
async fn p1_a_call_that_is_made_lives_where_it_was_made_and_rooms_are_of_one_region() {
    let world = World::start().await;
    let new = |number: &str| {
        json!({"to": [{"type": "phone", "number": number}], "from": {"type": "phone", "number": SUPPORT},
        "ncco": [{"action": "conversation", "name": "same"}]})
    };
    let mut rooms = Vec::new();
    for (region, number) in [("", "447700900062"), ("/regions/apac-sng", "447700900063")] {
        let (status, made) = world.rest("POST", &format!("{region}/v1/calls"), new(number)).await;
        assert_eq!(status, 201, "{made}");
        world.phone_in(number, "ringing").await;
        world.phone(number, "answer", json!({})).await;
        let leg = made["uuid"].clone();
        let moved = world.told("/event", |body| body["uuid"] == leg && body["conversation_uuid_to"].is_string()).await;
        rooms.push(moved["conversation_uuid_to"].clone());
        let path = format!("{region}/v1/calls/{}", leg.as_str().unwrap());
        assert_eq!(world.rest("GET", &path, Value::Null).await.0, 200);
    }
    assert_ne!(rooms[0], rooms[1]);
}

#[tokio::test]
async fn s11_errors_have_the_documented_shape() {
    let world = World::start().await;
    let call = |more: Value| {
        let mut call = json!({"to": [{"type": "phone", "number": PHONE}], "from": {"type": "phone", "number": SUPPORT},
            "ncco": [{"action": "talk", "text": "x"}]});
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call
    };
    for (more, field) in [
        (json!({"ncco": []}), "ncco"),
        (json!({"from": {"type": "phone", "number": "x"}}), "from"),
        (json!({"from": {"type": "phone", "number": "12"}}), "from"),
        (json!({"priority": 1}), "priority"),
    ] {
        let (status, refused) = world.rest("POST", "/v1/calls", call(more)).await;
        assert_eq!((status, &refused["invalid_parameters"][0]["name"]), (400, &json!(field)), "{refused}");
    }
    let message = json!({"channel": "sms", "message_type": "text", "from": SUPPORT, "to": PHONE, "text": ""});
    let (status, refused) = world.rest("POST", "/v1/messages", message.clone()).await;
    assert!(status == 422 && refused["instance"].as_str().is_some_and(|id| !id.is_empty()), "{refused}");
    let (status, refused) = world.ask("POST", "/v1/messages", "nobody", message).await;
    assert!(status == 401 && refused["details"].is_string() && refused["instance"].is_string(), "{refused}");
    let wrong = world.http.get(format!("{}/v2/applications/none", world.url));
    for request in [wrong.try_clone().unwrap(), world.as_account(wrong)] {
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_client_error());
        assert_eq!(answer.headers()["content-type"], "application/json");
    }
    let (status, found) = world.account("GET", "/number/search", Value::Null).await;
    assert_eq!((status, found), (200, json!({})));
    for (number, three, name) in
        [("8613812345678", "CHN", "People's Republic of China"), ("6591234567", "SGP", "Singapore")]
    {
        let (_, insight) = world.account("GET", &format!("/ni/basic/json?number={number}"), Value::Null).await;
        assert_eq!(
            (&insight["country_code_iso3"], &insight["country_name"]),
            (&json!(three), &json!(name)),
            "{insight}"
        );
    }
}

#[tokio::test]
async fn strict_mode_lets_three_calls_through_in_a_second() {
    let world = World::start().await;
    let new = |n: u32| {
        json!({"to": [{"type": "phone", "number": format!("4477009001{n:02}")}],
        "from": {"type": "phone", "number": SUPPORT}, "ncco": [{"action": "talk", "text": "x"}]})
    };
    // All at once: however slow the machine is, most of them come in the same second.
    let asked = (0..40).map(|n| world.rest("POST", "/v1/calls", new(n)));
    let answers = futures::future::join_all(asked).await;
    let refused: Vec<_> = answers.iter().filter(|(status, _)| *status == 429).collect();
    assert!(!refused.is_empty() && answers.iter().any(|(status, _)| *status == 201), "{answers:?}");
    for (_, body) in refused {
        assert_eq!((&body["title"], body["instance"].is_string()), (&json!("Rate Limit Hit"), true), "{body}");
    }
}
