//! Call tracking over HTTP: a tracked call from the webhook to the chart, the interfaces with a key, the web site's script.

use std::collections::HashSet;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::app::{Answer, App, NOW};
use crate::domain::call_tracking::campaign::Draft;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::service::Refusable as _;
use crate::service::call_tracking::verify;

const NUMBER: &str = "442079460001";

/// A campaign with a number of its own.
async fn campaign(app: &App, name: &str, numbers: &[&str], pool: bool) -> String {
    for number in numbers {
        app.services
            .lines
            .add_number(&E164::parse(number).unwrap(), "GB", &["VOICE".into()], &Line::Unassigned)
            .await
            .unwrap();
    }
    let draft = Draft {
        name: name.into(),
        source: "google".into(),
        medium: "cpc".into(),
        cost: "300".into(),
        starts: "2026-11-20".into(),
        ends: "2026-11-22".into(),
        destination: "+44 7700 900777".into(),
        whisper: "Call from Spring Ads".into(),
        ..Draft::default()
    };
    let campaign = app.services.tracking.save_campaign(None, &draft, false).await.unwrap();
    for number in numbers {
        app.services.tracking.give_number(number, Some((&campaign.id, pool))).await.unwrap();
    }
    campaign.id
}

fn asked(call: u32, from: &str, to: &str) -> String {
    json!({ "to": to, "from": from, "uuid": format!("leg-{call}"), "conversation_uuid": format!("CON-{call}") })
        .to_string()
}

fn completed(call: u32, leg: &str, from: &str, to: &str, direction: &str, seconds: u32) -> String {
    json!({ "from": from, "to": to, "uuid": format!("{leg}-{call}"), "conversation_uuid": format!("CON-{call}"),
            "status": "completed", "direction": direction, "duration": seconds.to_string(), "price": "0.01000000",
            "rate": "0.01", "timestamp": "2026-11-21T04:10:00.000Z", "disconnected_by": "user" })
    .to_string()
}

fn answered(call: u32, from: &str, to: &str) -> String {
    json!({ "from": from, "to": to, "uuid": format!("out-{call}"), "conversation_uuid": format!("CON-{call}"),
            "status": "answered", "direction": "outbound", "timestamp": "2026-11-21T04:00:05.000Z" })
    .to_string()
}

/// A call that is answered and talked for a while.
async fn call(app: &App, call: u32, from: &str) -> Answer {
    let flow = app.post_signed("/webhooks/answer", asked(call, from, NUMBER)).await;
    app.post_signed("/webhooks/event", answered(call, NUMBER, "447700900777")).await;
    app.post_signed("/webhooks/event", completed(call, "out", NUMBER, "447700900777", "outbound", 61)).await;
    app.post_signed("/webhooks/event", completed(call, "leg", from, NUMBER, "inbound", 70)).await;
    flow
}

async fn key(app: &App) -> String {
    let (_, secret) = app.services.accounts.create_api_key("reports").await.unwrap();
    format!("Bearer {secret}")
}

async fn get(app: &App, path: &str, key: &str) -> Answer {
    app.send(Request::get(path).header("authorization", key).body(Body::empty()).unwrap()).await
}

async fn page(app: &App, path: &str, cookie: &str) -> String {
    let request = Request::get(path).header("cookie", cookie).header("accept", "text/html");
    let answer = app.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
    answer.text()
}

#[tokio::test]
async fn a_call_to_a_campaigns_number_is_put_through_kept_and_charted() {
    let app = App::start().await;
    let id = campaign(&app, "Spring Ads", &[NUMBER], false).await;
    let flow = call(&app, 1, "447700900123").await;
    let whisper = format!("/webhooks/whisper/{id}");
    assert_eq!(
        flow.json(),
        json!([{ "action": "connect", "from": NUMBER, "limit": 7200, "endpoint": [{
            "type": "phone", "number": "447700900777", "onAnswer": { "url": whisper } }] }])
    );
    assert_eq!(app.get(&whisper).await.json(), json!([{ "action": "talk", "text": "Call from Spring Ads" }]));
    assert_eq!(app.get("/webhooks/whisper/none").await.json(), json!([]));
    call(&app, 2, "447700900123").await;
    // Nobody answers the third, who withholds the number.
    app.post_signed("/webhooks/answer", asked(3, "anonymous", NUMBER)).await;
    app.post_signed("/webhooks/event", completed(3, "leg", "anonymous", NUMBER, "inbound", 20)).await;

    let key = key(&app).await;
    let calls = get(&app, "/api/calls", &key).await.json();
    let calls = calls["calls"].as_array().unwrap();
    assert_eq!(calls.len(), 3);
    let outcomes: Vec<_> = calls.iter().map(|call| call["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["abandoned", "answered", "answered"]);
    assert_eq!(calls[0]["caller"], Value::Null);
    let first = &calls[2];
    assert_eq!((&first["campaign_name"], &first["number"]), (&json!("Spring Ads"), &json!(NUMBER)));
    assert_eq!(
        (&first["talk_seconds"], &first["price"], &first["hung_up_by"]),
        (&json!(61), &json!("0.02000000"), &json!("caller"))
    );
    assert_eq!((&first["first_call"], &calls[1]["first_call"]), (&json!(true), &json!(false)));

    let cookie = app.cookie().await;
    let report = page(&app, "/admin/tracking?from=2026-11-20&to=2026-11-22&versus=before", &cookie).await;
    assert!(report.contains("Spring Ads") && report.contains("Sat 21 Nov 2026: 3 calls, 2 answered, 1 not"), "the bar");
    assert!(report.contains("href=\"/admin/tracking/calls?"), "a bar is a link");
    assert!(report.contains("€100.00") && report.contains("€150.00"), "cost per call, and per answered call");
    let list = page(&app, "/admin/tracking/calls?from=2026-11-21&to=2026-11-21", &cookie).await;
    assert!(list.contains("+44 7700 900123") && list.contains("Spring Ads"));
    let csv = app
        .send(Request::get("/admin/tracking/calls.csv").header("cookie", &cookie).body(Body::empty()).unwrap())
        .await;
    assert_eq!(csv.text().lines().count(), 4, "{}", csv.text());
    assert_eq!(csv.body[..3], [0xef, 0xbb, 0xbf], "case 27: a spreadsheet knows by this that it is UTF-8");
    assert!(csv.text().contains("\"'+447700900123\""), "{}", csv.text());
    let api = get(&app, "/api/calls.csv", &key).await.text();
    assert!(api.starts_with("id,time,") && api.contains("\"447700900123\""), "case 27: programs get digits: {api}");
    let small = Request::get("/admin/tracking/calls.csv").header("cookie", &cookie).header("accept-encoding", "gzip");
    let small = app.send(small.body(Body::empty()).unwrap()).await;
    assert_eq!((small.header("content-encoding"), &small.body[..2]), ("gzip", &[0x1f, 0x8b][..]));
    for path in
        ["/admin/campaigns", "/admin/campaigns/new", &format!("/admin/campaigns/{id}"), "/admin/tracking/webhooks"]
    {
        page(&app, path, &cookie).await;
    }
    assert_eq!(verify(&app.store).await.unwrap().first, Vec::<String>::new());
}

#[tokio::test]
async fn the_interfaces_want_a_key_and_say_what_is_wrong() {
    let app = App::start().await;
    for path in ["/api/calls", "/api/calls.csv", "/api/campaigns", "/tracked-calls", "/admin/tracking/calls.csv"] {
        assert_eq!(app.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let key = key(&app).await;
    for (query, field) in [
        ("from=x", "from"),
        ("from=2026-11-02&to=2026-11-01", "to"),
        ("hour=24", "hour"),
        ("spam=x", "spam"),
        ("number=1", "number"),
    ] {
        let refused = get(&app, &format!("/api/calls?{query}"), &key).await;
        assert_eq!(
            (refused.status, refused.json()["field"].as_str()),
            (StatusCode::BAD_REQUEST, Some(field)),
            "{query}"
        );
    }
    let post = async |body: Value| {
        let request = Request::post("/api/campaigns").header("authorization", &key).body(Body::from(body.to_string()));
        app.send(request.unwrap()).await
    };
    let refused = post(json!({ "name": "x", "destination": "12" })).await;
    assert_eq!((refused.status, refused.json()["field"].as_str()), (StatusCode::BAD_REQUEST, Some("destination")));
    app.services
        .lines
        .add_number(&E164::parse(NUMBER).unwrap(), "GB", &["VOICE".into()], &Line::Unassigned)
        .await
        .unwrap();
    let made = post(json!({ "name": "Radio", "source": "radio", "destination": "agents", "country": "gb" })).await;
    assert_eq!((made.status, &made.json()["numbers"]), (StatusCode::CREATED, &json!([NUMBER])));
    let listed = get(&app, "/api/campaigns", &key).await.json();
    assert_eq!(listed["campaigns"][0]["name"], "Radio");
    // Case 1: a number is written as people at home write it, or as its digits.
    for number in ["020+7946+0001", "%2B44+(0)20+7946+0001", NUMBER] {
        let found = get(&app, &format!("/api/calls?number={number}"), &key).await;
        assert_eq!(found.status, StatusCode::OK, "{number}");
    }
    call(&app, 1, "447700900123").await;
    app.services.numbers.keep_used_numbers().await.unwrap();
    let numbers = app.store.numbers().all().await.unwrap();
    assert!(
        numbers.iter().any(|number| number.number == NUMBER && number.used_at.is_some()),
        "when it was called last"
    );
    let sample = get(&app, "/tracked-calls", &key).await.json();
    assert_eq!(sample, json!({ NUMBER: [{ "timestamp": NOW * 1000, "from": "447700900123" }] }));
    assert!(app.get("/api/openapi.json").await.json()["paths"]["/api/calls"].is_object());
}

#[tokio::test]
async fn the_sample_s_address_tracks_whatever_was_dialled() {
    let app = App::start().await;
    let query = "from=447700900123&to=442079469999&uuid=leg-1&conversation_uuid=CON-1";
    let flow = app.get_signed("/track-call", query).await;
    assert_eq!(flow.json()[0]["endpoint"][0]["number"], "447700900000", "the configured destination");
    assert_eq!(flow.json()[0]["from"], "442079469999");
    let key = key(&app).await;
    assert_eq!(get(&app, "/tracked-calls", &key).await.json()["442079469999"][0]["from"], "447700900123");
    assert_eq!(app.get_signed("/track-call", "").await.json()[0]["action"], "talk", "nothing said is no call");
}

#[tokio::test]
async fn a_blocked_caller_is_not_put_through_and_counts_as_spam_until_the_operator_says_otherwise() {
    let app = App::start().await;
    campaign(&app, "Spring Ads", &[NUMBER], false).await;
    app.services.tracking.block_caller("+44 7700 900666", "robot").await.unwrap();
    let flow = call(&app, 1, "447700900666").await;
    assert_eq!(flow.json()[0]["action"], "talk");
    let key = key(&app).await;
    assert_eq!(get(&app, "/api/calls", &key).await.json()["calls"], json!([]), "left out by default");
    let spam = get(&app, "/api/calls?spam=only", &key).await.json();
    assert_eq!(spam["calls"][0]["spam_reason"], "blocked");
    let id = spam["calls"][0]["id"].as_str().unwrap();
    assert!(app.services.tracking.say_spam(id, Some(false)).await.unwrap());
    assert_eq!(get(&app, "/api/calls", &key).await.json()["calls"].as_array().unwrap().len(), 1);
    assert!(app.services.tracking.unblock_caller("447700900666").await.unwrap());
    assert_eq!(call(&app, 2, "447700900666").await.json()[0]["action"], "connect");
    assert_eq!(verify(&app.store).await.unwrap().first, Vec::<String>::new());
}

#[tokio::test]
async fn case_25_a_blocked_caller_is_blocked_in_both_spellings() {
    let app = App::start().await;
    campaign(&app, "Spring Ads", &[NUMBER], false).await;
    app.services.tracking.block_caller("+52 33 1234 5678", "robot").await.unwrap();
    app.services.tracking.block_caller("+52 1 33 1234 5678", "robot again").await.unwrap();
    assert_eq!(
        app.services.tracking.blocked_callers().await.unwrap().len(),
        1,
        "one telephone is one line of the list"
    );
    for (n, caller) in (1..).zip(["523312345678", "5213312345678"]) {
        assert_eq!(call(&app, n, caller).await.json()[0]["action"], "talk", "{caller}");
    }
    assert!(app.services.tracking.unblock_caller("5213312345678").await.unwrap());
    assert_eq!(call(&app, 3, "523312345678").await.json()[0]["action"], "connect");
    assert_eq!(verify(&app.store).await.unwrap().first, Vec::<String>::new());
}

async fn greet(app: &App, body: Value) -> Value {
    let request =
        Request::post("/track").header("origin", "https://shop.example.com").header("content-type", "text/plain");
    let answer = app.send(request.body(Body::from(body.to_string())).unwrap()).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (StatusCode::OK, "*"));
    answer.json()
}

#[tokio::test]
async fn campaigns_that_choose_no_colour_get_different_ones() {
    let app = App::start().await;
    for name in ["Spring Ads", "Radio", "Leaflet"] {
        campaign(&app, name, &[], false).await;
    }
    let key = key(&app).await;
    let listed = get(&app, "/api/campaigns", &key).await.json();
    let colours: HashSet<&str> =
        listed["campaigns"].as_array().unwrap().iter().map(|campaign| campaign["colour"].as_str().unwrap()).collect();
    assert_eq!(colours.len(), 3, "{listed}");
}

#[tokio::test]
async fn a_visitor_gets_the_campaigns_number_and_in_a_pool_one_of_their_own() {
    let app = App::start().await;
    let page = "https://shop.example.com/?utm_source=google&utm_medium=cpc&utm_term=red+shoes";
    let nobody = greet(&app, json!({ "page": page, "referrer": "" })).await;
    assert_eq!((&nobody["number"], &nobody["visitor"]), (&Value::Null, &Value::Null));
    campaign(&app, "Spring Ads", &["442079460002", NUMBER], true).await;
    let (one, two) = (greet(&app, json!({ "page": page })).await, greet(&app, json!({ "page": page })).await);
    assert_ne!(one["number"], two["number"], "each their own");
    let third = greet(&app, json!({ "page": page })).await;
    assert_eq!(third["number"], Value::Null, "the pool is empty, and the campaign has no other number");
    let again = greet(&app, json!({ "page": "https://shop.example.com/b", "visitor": one["visitor"] })).await;
    assert_eq!(again["number"], one["number"], "it stays for the visit");
    assert_eq!(greet(&app, json!({ "page": "https://shop.example.com/" })).await["number"], Value::Null);

    // Who calls is known by the number.
    let dialled = one["number"].as_str().unwrap();
    app.post_signed("/webhooks/answer", asked(1, "447700900123", dialled)).await;
    let key = key(&app).await;
    let calls = get(&app, "/api/calls", &key).await.json();
    let call = &calls["calls"][0];
    assert_eq!(
        (&call["visitor"], &call["confidence"], &call["term"]),
        (&one["visitor"], &json!(100), &json!("red shoes"))
    );
    let pool = &get(&app, "/api/campaigns", &key).await.json()["campaigns"][0]["pool"];
    assert_eq!(
        (&pool["numbers"], &pool["lent"], &pool["asked"], &pool["turned_away"]),
        (&json!(2), &json!(2), &json!(3), &json!(1))
    );
}

#[tokio::test]
async fn a_visit_of_the_support_page_counts_for_the_campaign_in_its_address() {
    let app = App::start().await;
    campaign(&app, "Spring Ads", &[], false).await;
    let request = Request::post("/api/visits")
        .header("content-type", "application/json")
        .header("host", "127.0.0.1:3000")
        .header("origin", "http://127.0.0.1:3000")
        .header("referer", "http://127.0.0.1:3000/?utm_source=google&utm_medium=cpc");
    let visit = app.send(request.body(Body::from(r#"{"referrer":""}"#)).unwrap()).await.json();
    let id = visit["Started"]["id"].as_str().unwrap();
    let body = json!({ "to": "442079460000", "from_user": format!("visitor-{id}"), "uuid": "leg-1", "conversation_uuid": "CON-1" });
    app.post_signed("/webhooks/answer", body.to_string()).await;
    let key = key(&app).await;
    let calls = get(&app, "/api/calls?number=browser", &key).await.json();
    assert_eq!(
        (&calls["calls"][0]["campaign_name"], &calls["calls"][0]["confidence"]),
        (&json!("Spring Ads"), &json!(100))
    );
}

#[tokio::test]
async fn an_ended_call_is_told_signed_and_tried_again() {
    use wiremock::matchers::method;
    use wiremock::{Mock, MockServer, ResponseTemplate};
    let app = App::with(super::app::Choices { sandbox: true, ..Default::default() }).await;
    campaign(&app, "Spring Ads", &[NUMBER], false).await;
    let theirs = MockServer::start().await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(500)).up_to_n_times(1).mount(&theirs).await;
    Mock::given(method("POST")).respond_with(ResponseTemplate::new(204)).mount(&theirs).await;
    for wrong in ["ftp://x/", "no address", "https://user@x.test/"] {
        assert_eq!(
            app.services.tracking.hooks.add_hook(wrong).await.refusable().unwrap().unwrap_err().field,
            "url",
            "{wrong}"
        );
    }
    let secret = app.services.tracking.hooks.add_hook(&theirs.uri()).await.unwrap();
    assert!(secret.starts_with("whsec_"));
    let kept = async || {
        sqlx::query_scalar::<_, String>("SELECT secret FROM tracking_hooks")
            .fetch_one(&app.database().await)
            .await
            .unwrap()
    };
    let sealed = kept().await;
    assert!(sealed.starts_with("v1.") && !sealed.contains(&secret[6..]), "f21: a secret is kept sealed: {sealed}");
    call(&app, 1, "447700900123").await;
    let client = app.services.tracking.hooks.hook_client().unwrap();
    assert_eq!(app.services.tracking.hooks.tell_due(&client).await.unwrap(), 1);
    assert_eq!(app.services.tracking.hooks.tell_due(&client).await.unwrap(), 0, "not again at once");
    let log = app.services.tracking.hooks.deliveries(10).await.unwrap();
    assert_eq!((log[0].state.as_str(), log[0].tries, log[0].status), ("waiting", 1, Some(500)));
    assert!(log[0].next_at > NOW * 1000);
    assert!(app.services.tracking.hooks.tell_again(&log[0].id).await.unwrap());
    app.services.tracking.hooks.tell_due(&client).await.unwrap();
    assert_eq!(app.services.tracking.hooks.deliveries(10).await.unwrap()[0].state, "done");
    let requests = theirs.received_requests().await.unwrap();
    let body: Value = requests[0].body_json().unwrap();
    assert_eq!((&body["type"], &body["data"]["talk_seconds"]), (&json!("call.ended"), &json!(61)));
    assert!(requests[0].headers["webhook-signature"].to_str().unwrap().starts_with("v1,"));
    assert_eq!(requests[0].headers["webhook-id"], requests[1].headers["webhook-id"], "known by its id");

    // A secret that an earlier version kept as it is still signs, and is sealed at the next start.
    let old = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    sqlx::query("UPDATE tracking_hooks SET secret = $1").bind(old).execute(&app.database().await).await.unwrap();
    assert!(app.services.tracking.hooks.tell_again(&log[0].id).await.unwrap());
    app.services.tracking.hooks.tell_due(&client).await.unwrap();
    assert_eq!(app.services.tracking.hooks.seal_hook_secrets().await.unwrap(), 1, "f21: old rows are sealed");
    assert!(!kept().await.contains(&old[6..]));
    assert_eq!(app.services.tracking.hooks.seal_hook_secrets().await.unwrap(), 0);
    assert!(app.services.tracking.hooks.tell_again(&log[0].id).await.unwrap());
    app.services.tracking.hooks.tell_due(&client).await.unwrap();
    let requests = theirs.received_requests().await.unwrap();
    assert_eq!(requests.len(), 4);
    let signed = |at: usize| requests[at].headers["webhook-signature"].clone();
    assert_eq!(signed(2), signed(3), "the same secret, before and after");
    // Sealed for another address, it opens for none.
    sqlx::query("UPDATE tracking_hooks SET secret = $1").bind(&sealed).execute(&app.database().await).await.unwrap();
    sqlx::query("UPDATE tracking_hooks SET id = 'another'").execute(&app.database().await).await.unwrap();
    sqlx::query("UPDATE tracking_deliveries SET hook = 'another'").execute(&app.database().await).await.unwrap();
    assert!(app.services.tracking.hooks.tell_again(&log[0].id).await.unwrap());
    app.services.tracking.hooks.tell_due(&client).await.unwrap();
    let log = app.services.tracking.hooks.deliveries(1).await.unwrap();
    assert!(log[0].error.as_deref().unwrap().starts_with("its secret cannot be read"), "{log:?}");
}

#[tokio::test]
async fn forms_work_without_javascript_and_only_for_operators() {
    let app = App::start().await;
    let post = async |path: &str, body: &str, cookie: &str| {
        let request = Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "text/html")
            .header("host", "127.0.0.1:3000")
            .header("origin", "http://127.0.0.1:3000")
            .header("cookie", cookie);
        app.send(request.body(Body::from(body.to_owned())).unwrap()).await
    };
    let form = "id=&name=Spring+%3Cb%3E&source=google&medium=&landing=&colour=teal&cost=&starts=&ends=&destination=447700900777&whisper=&lease_minutes=30";
    let refused = post("/api/save-campaign", form, "").await;
    assert!(refused.header("location").contains("/login"), "{}", refused.text());
    assert!(app.services.tracking.campaigns().await.unwrap().is_empty());
    let cookie = app.cookie().await;
    let wrong = post("/api/save-campaign", &form.replace("447700900777", "12"), &cookie).await;
    assert_eq!(wrong.header("location"), "/admin/campaigns/new", "nothing typed is in an address");
    let again = page(&app, wrong.header("location"), &cookie).await;
    assert!(again.contains("role=\"alert\"") && again.contains("Spring &lt;b"), "what was typed is still there");
    let saved = post("/api/save-campaign", form, &cookie).await;
    let made = page(&app, saved.header("location"), &cookie).await;
    assert!(made.contains("role=\"status\"") && made.contains("k-teal"));
    // Case 1: why not is said beside the field, in the page's language, and what was typed is still there.
    let en = &["This is not a complete number (United Kingdom)"][..];
    for (language, said) in [("en", en), ("zh-CN", &["英国的号码不完整"][..])] {
        let cookie = format!("{cookie}; language={language}");
        let wrong = post("/api/save-campaign", &form.replace("447700900777", "0770+09"), &cookie).await;
        let again = page(&app, wrong.header("location"), &cookie).await;
        assert!(said.iter().all(|said| again.contains(said)), "{language}: {again}");
        assert!(again.contains("id=\"why-destination\"") && again.contains("value=\"0770 09\""), "{again}");
        let typed = "number=0770+09&note=rude&back=%2Fadmin%2Ftracking%2Fcalls%3Fspam%3Dall";
        let wrong = post("/api/block-caller", &typed.replace("0770+09", "2025550123"), &cookie).await;
        let here = "/admin/tracking/calls?spam=all#blocks";
        assert_eq!(wrong.header("location"), here);
        let again = page(&app, here.trim_end_matches("#blocks"), &cookie).await;
        let doubt = if language == "en" { "Do you mean +1 202-555-0123" } else { "您是指 +1 202-555-0123" };
        assert!(again.contains(doubt) && again.contains("id=\"why-number\""), "{language}: {again}");
        assert!(again.contains("value=\"2025550123\"") && again.contains("value=\"rude\""), "{again}");
        let later = page(&app, here.trim_end_matches("#blocks"), &cookie).await;
        assert!(!later.contains("2025550123"), "shown once");
    }
    assert!(app.services.tracking.blocked_callers().await.unwrap().is_empty());
    for path in [
        "/api/say-spam",
        "/api/block-caller",
        "/api/give-number",
        "/api/add-webhook",
        "/api/remove-webhook",
        "/api/tell-again",
    ] {
        assert!(post(path, "id=x", "").await.header("location").contains("/login"), "{path}");
        let answer = post(path, "id=x&back=//evil.example.com", &cookie).await;
        assert!(answer.header("location").starts_with("/admin/"), "{path}: {}", answer.header("location"));
    }
}

#[tokio::test]
async fn before_the_first_campaign_the_report_has_the_way_to_one_and_nothing_else() {
    let app = App::start().await;
    let cookie = app.cookie().await;
    let report = page(&app, "/admin/tracking", &cookie).await;
    assert!(report.contains("href=\"/admin/campaigns/new\""), "{report}");
    assert!(!report.contains("calls.csv") && !report.contains("name=\"from\""), "{report}");
    // Somebody who asked for a period sees which.
    let asked = page(&app, "/admin/tracking?from=2026-11-20&to=2026-11-22", &cookie).await;
    assert!(asked.contains("calls.csv") && asked.contains("name=\"from\""), "{asked}");
}
