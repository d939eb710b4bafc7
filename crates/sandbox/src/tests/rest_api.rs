//! The REST APIs.

use serde_json::{Value, json};

use super::world::{SUPPORT, World, tone, was_told};

const PHONE: &str = "447700900001";
const OTHER: &str = "447700900002";

fn call(ncco: Value) -> Value {
    json!({"to": [{"type": "phone", "number": PHONE}], "from": {"type": "phone", "number": SUPPORT}, "ncco": ncco})
}

#[tokio::test]
async fn a_call_is_made_moved_and_hung_up() {
    let world = World::start().await;
    let talk = json!([{"action": "talk", "text": "One.", "loop": 0}]);
    let (status, made) = world.rest("POST", "/v1/calls", call(talk)).await;
    assert_eq!((status, &made["status"], &made["direction"]), (201, &json!("started"), &json!("outbound")));
    let path = format!("/v1/calls/{}", made["uuid"].as_str().unwrap());
    world.phone_in(PHONE, "ringing").await;
    let early = world.rest("PUT", &format!("{path}/talk"), json!({"text": "Too early."})).await;
    assert_eq!((early.0, &early.1["type"]), (400, &json!("BAD_REQUEST")));
    assert_eq!(world.rest("GET", &path, Value::Null).await.1["status"], "ringing");
    world.phone(PHONE, "answer", json!({})).await;
    world.phone_when(PHONE, "told", |phone| was_told(phone, "One.")).await;

    let inline = json!({"action": "transfer", "destination": {"type": "ncco",
        "ncco": [{"action": "conversation", "name": "room"}]}});
    assert_eq!(world.rest("PUT", &path, inline).await.0, 204);
    let moved = world.told("/event", |body| body["conversation_uuid_from"] == made["conversation_uuid"]).await;
    assert_eq!(moved["uuid"], made["uuid"]);
    let (_, talking) = world.rest("PUT", &format!("{path}/talk"), json!({"text": "Two.", "level": "0.4"})).await;
    assert_eq!(talking, json!({"message": "Talk started", "uuid": made["uuid"]}));
    world.phone_when(PHONE, "told", |phone| was_told(phone, "Two.")).await;
    assert_eq!(world.rest("DELETE", &format!("{path}/talk"), Value::Null).await.1["message"], "Talk stopped");
    assert_eq!(world.rest("PUT", &format!("{path}/dtmf"), json!({"digits": "12p#"})).await.1["message"], "DTMF sent");

    world.answers("/moved", [json!([{"action": "talk", "text": "Three."}])]);
    let by_url = json!({"action": "transfer", "destination": {"type": "ncco",
        "url": [format!("{}/moved", world.app_url)]}});
    assert_eq!(world.rest("PUT", &path, by_url).await.0, 204);
    world.phone_when(PHONE, "told", |phone| was_told(phone, "Three.")).await;
    world.phone_in(PHONE, "idle").await;
    let (_, over) = world.rest("GET", &path, Value::Null).await;
    assert_eq!(over["status"], "completed");
    assert!(over["duration"].is_string() && over["price"].is_string(), "{over}");
    assert_eq!(world.rest("PUT", &path, json!({"action": "hangup"})).await.0, 404, "it is over");
}

#[tokio::test]
async fn ears_are_changed_and_either_party_can_be_hung_up() {
    let world = World::start().await;
    let connect = json!({"action": "connect", "from": SUPPORT, "endpoint": [{"type": "phone", "number": OTHER}]});
    let (_, made) = world.rest("POST", "/v1/calls", call(json!([connect]))).await;
    let path = format!("/v1/calls/{}", made["uuid"].as_str().unwrap());
    world.phone_in(PHONE, "ringing").await;
    world.phone(PHONE, "answer", json!({"voice": {"tone": 440}})).await;
    let other = world.phone_in(OTHER, "ringing").await["leg"].as_str().unwrap().to_owned();
    world.phone(OTHER, "answer", json!({"voice": {"tone": 1000}})).await;
    world.phone_when(OTHER, "hears", |phone| tone(phone, "440") > 0.25).await;
    assert_eq!(world.rest("PUT", &path, json!({"action": "mute"})).await.0, 204);
    world.phone_when(OTHER, "hears nothing", |phone| tone(phone, "440") < 0.01).await;
    assert_eq!(world.rest("PUT", &path, json!({"action": "earmuff"})).await.0, 204);
    world.phone_when(PHONE, "hears nothing", |phone| tone(phone, "1000") < 0.01).await;
    assert_eq!(world.rest("PUT", &path, json!({"action": "unmute"})).await.0, 204);
    world.phone_when(OTHER, "hears", |phone| tone(phone, "440") > 0.25).await;
    assert_eq!(world.rest("PUT", &format!("/v1/calls/{other}"), json!({"action": "hangup"})).await.0, 204);
    world.phone_in(PHONE, "idle").await;
    world.phone_in(OTHER, "idle").await;

    let (_, list) = world.rest("GET", "/v1/calls?status=completed&page_size=1", Value::Null).await;
    assert_eq!((&list["count"], &list["_embedded"]["calls"][0]["uuid"]), (&json!(2), &made["uuid"]));
    assert_eq!(list["_links"]["next"]["href"], "/v1/calls?page_size=1&record_index=1");
    assert_eq!(world.rest("GET", "/v1/calls?page_size=0", Value::Null).await.0, 400);
}

#[tokio::test]
async fn wrong_calls_are_refused_by_name() {
    let world = World::start().await;
    let good = call(json!([{"action": "talk", "text": "x"}]));
    let with = |field: &str, value: Value| {
        let mut body = good.clone();
        body[field] = value;
        body
    };
    for (body, field) in [
        (with("to", json!([])), "to"),
        (with("from", Value::Null), "from"),
        (with("ncco", json!([{"action": "dance"}])), "ncco"),
        (with("ncco", Value::Null), "answer_url"),
        (with("answer_url", json!(["https://example.com"])), "answer_url"),
        (with("event_url", json!("https://example.com")), "event_url"),
        (with("ringing_timer", json!(121)), "ringing_timer"),
    ] {
        let (status, problem) = world.rest("POST", "/v1/calls", body).await;
        assert_eq!((status, &problem["invalid_parameters"][0]["name"]), (400, &json!(field)), "{problem}");
    }
    assert_eq!(world.ask("POST", "/v1/calls", "no token", good.clone()).await.0, 401);
    assert_eq!(world.ask("POST", "/v1/calls", &world.user_token("Jane"), good.clone()).await.0, 403);
    assert_eq!(world.rest("GET", "/v1/calls/nothing", Value::Null).await.0, 404);

    world.ask("POST", "/faults", "", json!({"rest": {"status": 429}})).await;
    assert_eq!(world.rest("POST", "/v1/calls", good.clone()).await.0, 429);
    assert_eq!(world.rest("POST", "/v1/calls", good).await.0, 201, "the fault was for one request");
}

#[tokio::test]
async fn users_have_one_name_each() {
    let world = World::start().await;
    let (status, jane) = world.rest("POST", "/v1/users", json!({"name": "Jane", "display_name": "Jane D."})).await;
    assert_eq!(status, 201);
    let id = jane["id"].as_str().unwrap();
    assert!(id.starts_with("USR-"));
    let (status, again) = world.rest("POST", "/v1/users", json!({"name": "Jane"})).await;
    assert_eq!((status, &again["code"]), (400, &json!("user:error:duplicate-name")));
    let (_, generated) = world.rest("POST", "/v1/users", json!({})).await;
    assert!(generated["name"].as_str().unwrap().starts_with("NAM-"));
    for bad in [json!({"name": "me"}), json!({"name": "USR-1"}), json!({"name": 5}), json!([])] {
        assert_eq!(world.rest("POST", "/v1/users", bad).await.0, 400);
    }
    let (_, first) = world.rest("GET", "/v1/users?page_size=1", Value::Null).await;
    assert_eq!(first["_embedded"]["users"][0]["name"], "Jane");
    let next = first["_links"]["next"]["href"].as_str().unwrap().trim_start_matches(&world.url).to_owned();
    let (_, second) = world.rest("GET", &next, Value::Null).await;
    assert_eq!(second["_embedded"]["users"][0]["id"], generated["id"]);
    assert!(second["_links"].get("next").is_none());

    let (status, changed) = world.rest("PATCH", &format!("/v1/users/{id}"), json!({"display_name": "J."})).await;
    assert_eq!((status, &changed["display_name"], &changed["name"]), (200, &json!("J."), &json!("Jane")));
    assert_eq!(world.rest("GET", "/v1/users/Jane", Value::Null).await.1["id"], jane["id"]);
    assert_eq!(world.rest("DELETE", &format!("/v1/users/{id}"), Value::Null).await.0, 204);
    let (status, gone) = world.rest("GET", &format!("/v1/users/{id}"), Value::Null).await;
    assert_eq!((status, &gone["code"]), (404, &json!("user:error:not-found")));
}

#[tokio::test]
async fn a_text_is_on_the_phone_at_once_and_wrong_ones_are_refused_by_name() {
    let world = World::start().await;
    let text = |from: &str, to: &str, text: &str| json!({"channel": "sms", "message_type": "text", "from": from, "to": to, "text": text});
    let (status, sent) = world.rest("POST", "/v1/messages", text(SUPPORT, PHONE, "你好")).await;
    assert_eq!(status, 202);
    assert!(sent["message_uuid"].is_string());
    let sms = world.look(PHONE).await["sms"].clone();
    assert_eq!((&sms[0]["from"], &sms[0]["text"]), (&json!(SUPPORT), &json!("你好")));
    for (body, field) in [
        (text(OTHER, PHONE, "x"), "from"),
        (text(SUPPORT, "12", "x"), "to"),
        (text(SUPPORT, PHONE, ""), "text"),
        (text(SUPPORT, PHONE, &"x".repeat(1_001)), "text"),
    ] {
        let (status, refused) = world.rest("POST", "/v1/messages", body).await;
        assert_eq!((status, &refused["invalid_parameters"][0]["name"]), (422, &json!(field)), "{refused}");
    }
    assert_eq!(world.ask("POST", "/v1/messages", "nobody", text(SUPPORT, PHONE, "x")).await.0, 401);
    let legacy = json!({"from": SUPPORT, "to": PHONE, "text": "x"});
    assert_eq!(world.ask("POST", "/sms/json", "", legacy).await.1["messages"][0]["status"], "4");
    let (status, refused) = world.try_phone(PHONE, "sms", json!({"to": OTHER, "text": "x"})).await;
    assert_eq!(status, 422, "phones write to the account's numbers only: {refused}");
    let own = world.phone(PHONE, "sms", json!({"to": SUPPORT, "text": "hello"})).await;
    assert_eq!(own["sms"][1]["text"], "hello");
}

#[tokio::test]
async fn s10_applications_users_and_the_balance_in_their_older_forms() {
    let world = World::start().await;
    let keys = format!("api_key={}&api_secret={}", world.account.api_key, world.account.api_secret);
    let older = async |method: &str, path: &str| {
        let request = world.http.request(method.parse().unwrap(), format!("{}{path}{keys}", world.url));
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap_or_default())
    };
    let (status, balance) = older("GET", "/account/get-balance?").await;
    assert!(status == 200 && balance["value"].is_f64() && balance["autoReload"] == false, "{balance}");
    assert_eq!(world.http.get(format!("{}/account/get-balance", world.url)).send().await.unwrap().status(), 401);

    let (answer, event) = ("https%3A%2F%2Fexample.com%2Fa", "https%3A%2F%2Fexample.com%2Fe");
    let fields = format!("name=Desk&type=voice&answer_url={answer}&event_url={event}&answer_method=POST&");
    let (status, made) = older("POST", &format!("/v1/applications?{fields}")).await;
    assert_eq!(status, 201, "{made}");
    assert!(made["keys"]["private_key"].as_str().unwrap().contains("PRIVATE KEY"));
    let hooks = json!([
        {"endpoint_type": "answer_url", "endpoint": "https://example.com/a", "http_method": "POST"},
        {"endpoint_type": "event_url", "endpoint": "https://example.com/e", "http_method": "POST"}]);
    assert_eq!(made["voice"]["webhooks"], hooks);
    let path = format!("/v1/applications/{}?", made["id"].as_str().unwrap());
    let (status, shown) = older("GET", &path).await;
    assert_eq!((status, &shown["name"], &shown["keys"]["private_key"]), (200, &json!("Desk"), &Value::Null));
    let changed = format!("{path}{}", fields.replace("Desk", "Bench").replace("POST", "GET"));
    let (status, changed) = older("PUT", &changed).await;
    assert_eq!((status, &changed["voice"]["webhooks"][0]["http_method"]), (200, &json!("GET")), "{changed}");
    let (_, list) = older("GET", "/v1/applications?page_size=1&page_index=2&").await;
    assert_eq!((&list["count"], list["_embedded"]["applications"].as_array().unwrap().len()), (&json!(2), 1));
    let (status, wrong) = older("POST", "/v1/applications?name=x&type=pigeon&answer_url=nowhere&event_url=&").await;
    assert_eq!((status, &wrong["type"]), (400, &json!("VALIDATION")));
    assert!(wrong["invalid_parameters"]["type"].is_string() && wrong["invalid_parameters"]["event_url"].is_string());
    assert_eq!(older("DELETE", &path).await.0, 204);
    assert_eq!(older("GET", &path).await.1["type"], "NOT_FOUND");

    let (status, ines) = world.rest("POST", "/beta/users", json!({"name": "Ines", "display_name": "Ines F."})).await;
    let id = ines["id"].as_str().unwrap();
    assert!(status == 200 && id.starts_with("USR-") && ines["href"].as_str().unwrap().ends_with(id), "{ines}");
    let (_, users) = world.rest("GET", "/beta/users", Value::Null).await;
    assert_eq!((&users[0]["id"], &users[0]["name"]), (&ines["id"], &json!("Ines")));
    assert_eq!(world.rest("GET", "/v1/users/Ines", Value::Null).await.1["id"], ines["id"], "the same user");
    let (status, again) = world.rest("POST", "/beta/users", json!({"name": "Ines"})).await;
    assert_eq!((status, &again["code"]), (400, &json!("user:error:duplicate-name")));
    let beta = format!("/beta/users/{id}");
    assert_eq!(world.rest("PUT", &beta, json!({"display_name": "I."})).await.0, 200);
    let (_, shown) = world.rest("GET", &beta, Value::Null).await;
    assert_eq!((&shown["user_id"], &shown["display_name"]), (&ines["id"], &json!("I.")));
    assert_eq!(world.rest("DELETE", &beta, Value::Null).await.0, 204);
    assert_eq!(world.rest("GET", &beta, Value::Null).await.0, 404);
}

#[tokio::test]
async fn s1_s2_insight_and_texts_take_key_secret_and_fields_from_the_query() {
    let world = World::start().await;
    let keys = format!("api_key={}&api_secret={}", world.account.api_key, world.account.api_secret);
    let older = async |method: &str, path: String| {
        let request = world.http.request(method.parse().unwrap(), format!("{}{path}", world.url));
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    for method in ["GET", "POST"] {
        let seen = older(method, format!("/ni/basic/json?number=46850000003&{keys}")).await;
        assert_eq!((&seen["status"], &seen["country_code"]), (&json!(0), &json!("SE")), "{seen}");
        assert_eq!(older(method, "/ni/basic/json?number=46850000003&api_key=a".into()).await["status"], 4);
    }
    let sent = older("POST", format!("/sms/json?from={SUPPORT}&to={PHONE}&text=Hej%20d%C3%A5&{keys}")).await;
    assert_eq!(sent["messages"][0]["status"], "0", "{sent}");
    assert_eq!(world.look(PHONE).await["sms"][0]["text"], "Hej då");
}

#[tokio::test]
async fn s3_a_diverted_number_says_where_its_calls_would_go() {
    let world = World::start().await;
    let divert = |kind: &str, value: &str| {
        let fields =
            [("country", "GB"), ("msisdn", SUPPORT), ("voiceCallbackType", kind), ("voiceCallbackValue", value)];
        let request = world.http.post(format!("{}/number/update", world.url));
        request.basic_auth(&world.account.api_key, Some(&world.account.api_secret)).form(&fields).send()
    };
    world.answers("/answer", [json!([{"action": "talk", "text": "Here."}])]);
    assert_eq!(divert("sip", "sip:desk@example.com").await.unwrap().status(), 200);
    world.phone(PHONE, "dial", json!({"to": SUPPORT})).await;
    world.phone_in(PHONE, "idle").await;
    let trace = world.ask("GET", "/trace.json", "", Value::Null).await.1.to_string();
    assert!(trace.contains("go to sip sip:desk@example.com"), "{trace}");
    assert!(world.log().iter().all(|(path, _)| path != "/answer"), "the application is not asked");
    assert_eq!(divert("app", &world.application).await.unwrap().status(), 200);
    world.phone(PHONE, "dial", json!({"to": SUPPORT})).await;
    world.phone_when(PHONE, "told", |phone| was_told(phone, "Here.")).await;
}
