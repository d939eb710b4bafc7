//! The Client SDK's side, with a client that speaks its protocol but carries no audio.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::world::{SUPPORT, World, was_told};

const PHONE: &str = "447700900002";
const OFFER: &str = include_str!("../media/rtc/chromium_offer.sdp");

/// A page with a session.
struct Page<'a> {
    world: &'a World,
    token: String,
    session: String,
    socket: WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>,
    /// Events so far.
    seen: Vec<(String, Value)>,
}

impl<'a> Page<'a> {
    async fn open(world: &'a World, user: &str) -> Page<'a> {
        let token = world.user_token(user);
        let base = world.url.replacen("http", "ws", 1);
        let url = format!("{base}/v2/rtc/?token={token}&EIO=4&transport=websocket");
        let (mut socket, _) = connect_async(url).await.unwrap();
        socket.send(Message::text("40")).await.unwrap();
        let mut page = Page { world, token, session: String::new(), socket, seen: Vec::new() };
        page.session = page.event("session:success").await["body"]["id"].as_str().unwrap().to_owned();
        page
    }

    /// The next event of a kind; those before it stay in `seen`.
    async fn event(&mut self, kind: &str) -> Value {
        loop {
            let next = tokio::time::timeout(Duration::from_secs(10), self.socket.next()).await;
            let next = next.unwrap_or_else(|_| panic!("no {kind} after {:?}", self.seen));
            let Message::Text(text) = next.unwrap().unwrap() else { continue };
            let Some(packet) = text.strip_prefix("42") else { continue };
            let (name, event): (String, Value) = serde_json::from_str(packet).unwrap();
            self.seen.push((name.clone(), event.clone()));
            if name == kind {
                return event;
            }
        }
    }

    fn kinds(&self) -> Vec<&str> {
        self.seen.iter().map(|(kind, _)| kind.as_str()).collect()
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.world.ask(method, path, &self.token, body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// `serverCall`: the leg and its `member:joined`.
    async fn call(&mut self, context: Value) -> (String, Value) {
        let made = json!({"originating_session": self.session, "body": {"offer": {"type": "offer", "sdp": OFFER}}});
        let leg = self.ask("POST", "/v0.3/legs", made).await;
        assert!(leg["sdp"].as_str().unwrap().contains("a=ice-lite"));
        let leg = leg["rtc_id"].as_str().unwrap().to_owned();
        assert_eq!(leg.len(), 36, "with dashes");
        let knock = json!({"originating_session": self.session,
            "channel": {"type": "app", "id": leg, "from": {"type": "app", "user": "Jane"},
                        "to": {"type": "phone", "number": context["to"].as_str().unwrap_or_default()}},
            "properties": {"custom_data": context}});
        let knock = self.ask("POST", "/v0.3/knocking", knock).await;
        assert!(knock["id"].as_str().unwrap().starts_with("KNO-"));
        let joined = self.event("member:joined").await;
        (leg, joined)
    }
}

async fn world() -> World {
    let world = World::start().await;
    for name in ["Jane", "Joe"] {
        assert_eq!(world.rest("POST", "/v1/users", json!({"name": name})).await.0, 201);
    }
    world
}

fn connect_phone() -> Value {
    json!([{"action": "connect", "from": SUPPORT, "endpoint": [{"type": "phone", "number": PHONE}]}])
}

fn member(joined: &Value) -> String {
    let (cid, mid) = (joined["cid"].as_str().unwrap(), joined["body"]["member_id"].as_str().unwrap());
    format!("conversations/{cid}/members/{mid}")
}

#[tokio::test]
async fn a_page_calls_a_phone_and_hangs_up() {
    let world = world().await;
    world.answers("/answer", [connect_phone()]);
    let mut page = Page::open(&world, "Jane").await;
    let (leg, joined) = page.call(json!({"to": SUPPORT, "visit": "v1"})).await;
    for at in ["/id", "/cid", "/timestamp", "/body/user/id", "/body/user/name", "/body/channel/type", "/body/member_id"]
    {
        assert!(joined.pointer(at).is_some_and(|value| !value.is_null()), "{at} of {joined}");
    }
    assert_eq!(joined["body"]["channel"]["id"], *leg);
    let asked = world.told("/answer", |_| true).await;
    assert_eq!((&asked["from_user"], &asked["to"]), (&json!("Jane"), &json!(SUPPORT)));
    assert!(asked.get("from").is_none());
    let data: Value = serde_json::from_str(asked["custom_data"].as_str().unwrap()).unwrap();
    assert_eq!(data, json!({"to": SUPPORT, "visit": "v1"}));
    let cid = joined["cid"].as_str().unwrap();
    assert_eq!(page.ask("GET", &format!("/v0.3/conversations/{cid}"), Value::Null).await["state"], "ACTIVE");

    world.phone_in(PHONE, "ringing").await;
    let ringing = page.event("leg:status:update").await;
    assert_eq!(ringing["body"]["status"], "ringing");
    assert_ne!(
        ringing["_embedded"]["from_user"]["id"], joined["body"]["user"]["id"],
        "own ones are dropped by the SDK"
    );
    world.phone(PHONE, "answer", json!({})).await;
    assert_eq!(page.event("leg:status:update").await["body"]["status"], "answered");

    let mute = json!({"type": "audio:mute:on", "from": joined["body"]["member_id"], "to": joined["body"]["member_id"],
                      "body": {"rtc_id": leg}});
    assert!(page.ask("POST", &format!("/v0.3/conversations/{cid}/events"), mute).await["id"].is_u64());
    assert_eq!(page.event("audio:mute:on").await["body"]["rtc_id"], *leg);
    let keys = json!({"type": "audio:dtmf", "from": joined["body"]["member_id"],
                      "body": {"digit": "12#", "channel": {"id": leg, "type": "app"}}});
    page.ask("POST", &format!("/v0.3/conversations/{cid}/events"), keys).await;
    assert_eq!(page.event("audio:dtmf").await["body"]["digit"], "12#");
    assert_eq!(page.ask("GET", &format!("/v0.3/legs/{leg}"), Value::Null).await["conversation_id"], cid);
    let me = page.ask("GET", &format!("/v0.3/conversations/{cid}/members/me"), Value::Null).await;
    assert_eq!(me["state"], "JOINED");

    assert_eq!(page.ask("DELETE", &format!("/v0.2/{}", member(&joined)), Value::Null).await, json!({}));
    let hangup = page.event("rtc:hangup").await;
    assert_eq!(hangup["body"]["reason"]["code"], "LOCAL_HANGUP");
    for field in ["bandwidth", "quality", "direction", "channel"] {
        assert!(!hangup["body"][field].is_null(), "{field}");
    }
    world.phone_in(PHONE, "idle").await;
    let ids: Vec<u64> = page.seen.iter().skip(1).map(|(_, event)| event["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..=ids.len() as u64).collect::<Vec<_>>(), "dense from one");
    world.told("/event", |body| body["uuid"] == *leg && body["status"] == "completed").await;
    assert_eq!(world.statuses(&leg), ["started", "ringing", "answered", "completed"]);
}

#[tokio::test]
async fn the_phone_hangs_up_or_rejects() {
    let world = world().await;
    world.answers("/answer", [connect_phone()]);
    let mut page = Page::open(&world, "Jane").await;
    page.call(json!({})).await;
    world.phone_in(PHONE, "ringing").await;
    world.phone(PHONE, "answer", json!({})).await;
    world.phone(PHONE, "hangup", json!({})).await;
    assert_eq!(page.event("rtc:hangup").await["body"]["reason"]["code"], "REMOTE_HANGUP");

    page.call(json!({})).await;
    world.phone_in(PHONE, "ringing").await;
    world.phone(PHONE, "reject", json!({})).await;
    assert_eq!(page.event("member:left").await["body"]["reason"]["code"], "remote_rejected");
    page.event("rtc:hangup").await;
}

#[tokio::test]
async fn a_call_that_fails_at_once_is_joined_before_it_is_hung_up() {
    let world = world().await;
    world.answers("/answer", [json!("nonsense")]);
    let mut page = Page::open(&world, "Jane").await;
    page.call(json!({"to": "1"})).await;
    page.event("rtc:hangup").await;
    assert_eq!(page.kinds(), ["session:success", "member:joined", "member:left", "rtc:hangup"]);
}

#[tokio::test]
async fn a_page_is_invited_and_its_user_rejects_elsewhere() {
    let world = world().await;
    let connect = json!([{"action": "connect", "endpoint": [{"type": "app", "user": "Joe"}]},
                         {"action": "talk", "text": "Joe is not there."}]);
    world.answers("/answer", [connect]);
    let mut first = Page::open(&world, "Joe").await;
    world.phone(PHONE, "dial", json!({"to": SUPPORT})).await;
    let invited = first.event("member:invited").await;
    let body = &invited["body"];
    assert_eq!(body["channel"]["from"], json!({"type": "phone", "number": PHONE}));
    assert!(body["sdp"].as_str().unwrap().contains("a=setup:actpass"));
    assert_eq!(body["media"]["audio_settings"]["enabled"], true);
    let mut second = Page::open(&world, "Joe").await;
    assert_eq!(second.event("member:invited").await["body"]["channel"], body["channel"], "it still rings");
    let path = format!("/v0.2/{}?reason_code=REMOTE_REJECT&reason_text=no", member(&invited));
    assert_eq!(first.ask("DELETE", &path, Value::Null).await, json!({}));
    for page in [&mut first, &mut second] {
        assert_eq!(page.event("member:left").await["body"]["reason"]["code"], "REMOTE_REJECT");
        page.event("rtc:hangup").await;
    }
    world.phone_when(PHONE, "told", |phone| was_told(phone, "Joe is not there.")).await;
}

#[tokio::test]
async fn an_invitation_is_cancelled_or_runs_out() {
    let world = world().await;
    let connect = |timeout: u64| {
        json!([{"action": "connect", "timeout": timeout,
                                         "endpoint": [{"type": "app", "user": "Joe"}]}])
    };
    world.answers("/answer", [connect(60), connect(1)]);
    let mut page = Page::open(&world, "Joe").await;
    world.phone(PHONE, "dial", json!({"to": SUPPORT})).await;
    page.event("member:invited").await;
    world.phone(PHONE, "hangup", json!({})).await;
    assert_ne!(page.event("rtc:hangup").await["body"]["reason"]["sip_code"], 487);
    world.phone(PHONE, "dial", json!({"to": SUPPORT})).await;
    page.event("member:invited").await;
    assert_eq!(page.event("rtc:hangup").await["body"]["reason"]["sip_code"], 487);
}

#[tokio::test]
async fn nobody_touches_the_legs_of_another() {
    let world = world().await;
    world.answers("/answer", [connect_phone()]);
    let mut jane = Page::open(&world, "Jane").await;
    let (leg, joined) = jane.call(json!({})).await;
    let joe = world.user_token("Joe");
    let cid = joined["cid"].as_str().unwrap();
    for (method, path) in [
        ("GET", format!("/v0.3/legs/{leg}")),
        ("GET", format!("/v0.3/conversations/{cid}")),
        ("GET", format!("/v0.3/conversations/{cid}/legs")),
        ("DELETE", format!("/v0.2/{}", member(&joined))),
        ("PUT", format!("/v0.3/{}", member(&joined))),
    ] {
        assert_eq!(world.ask(method, &path, &joe, Value::Null).await.0, 404, "{method} {path}");
    }
    assert_eq!(world.ask("GET", "/v0.3/users/me", "", Value::Null).await.0, 401);
    let nobody = world.user_token("Nobody");
    assert_eq!(world.ask("GET", "/v0.3/users/me", &nobody, Value::Null).await.1["code"], "user:error:not-found");
    let preflight = world.http.request("OPTIONS".parse().unwrap(), format!("{}/v0.3/legs", world.url));
    let preflight = preflight.header("origin", "http://page.test").header("access-control-request-method", "POST");
    let preflight = preflight.header("access-control-request-headers", "authorization,content-type");
    let answer = preflight.send().await.unwrap();
    assert_eq!(answer.headers()["access-control-allow-origin"], "http://page.test");
}

#[tokio::test]
async fn s5_what_follows_waits_until_the_conversation_was_fetched_and_s12_an_answer_is_told_as_media() {
    let world = world().await;
    world.answers("/answer", [connect_phone()]);
    let mut page = Page::open(&world, "Jane").await;
    let (leg, joined) = page.call(json!({"to": "46850000001"})).await;
    world.phone_in(PHONE, "ringing").await;
    // The phone rings, and a request is answered, while nothing more has come over the socket.
    let asked = tokio::time::timeout(Duration::from_millis(200), page.event("leg:status:update")).await;
    assert!(asked.is_err(), "{:?}", page.kinds());
    let cid = joined["cid"].as_str().unwrap().to_owned();
    page.ask("GET", &format!("/beta/conversations/{cid}"), Value::Null).await;
    assert_eq!(page.event("leg:status:update").await["body"]["status"], "ringing");
    assert_eq!(page.event("sip:ringing").await["cid"], *cid);
    world.phone(PHONE, "answer", json!({})).await;
    let theirs = page.event("member:media").await;
    assert_ne!(theirs["from"], joined["body"]["member_id"], "the other side's");
    assert_eq!((&theirs["body"]["audio"], &theirs["body"]["channel"]["type"]), (&json!(true), &json!("phone")));
    let own = page.seen.iter().find(|(kind, event)| kind == "member:media" && event["from"] == joined["from"]);
    assert_eq!(own.unwrap().1["body"]["channel"]["id"], *leg);
    world.phone(PHONE, "hangup", json!({})).await;
    page.event("rtc:hangup").await;
    let ids: Vec<u64> = page.seen.iter().skip(1).map(|(_, event)| event["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, (1..=ids.len() as u64).collect::<Vec<_>>(), "dense from one, in order");
}

#[tokio::test]
async fn s5_an_sdk_that_never_fetches_is_told_all_the_same() {
    let world = world().await;
    world.answers("/answer", [connect_phone()]);
    let mut page = Page::open(&world, "Jane").await;
    page.call(json!({"to": "1"})).await;
    assert_eq!(page.event("leg:status:update").await["body"]["status"], "ringing");
    world.phone(PHONE, "reject", json!({"how": "busy"})).await;
    assert_eq!(page.event("sip:hangup").await["body"]["reason"]["sip_code"], 486);
    page.event("rtc:hangup").await;
}

#[tokio::test]
async fn s4_an_invitation_is_answered_with_an_offer_of_the_pages_own() {
    let world = world().await;
    let connect = json!([{"action": "connect", "endpoint": [{"type": "app", "user": "Joe"}]}]);
    world.answers("/answer", [connect]);
    let mut page = Page::open(&world, "Joe").await;
    world.phone(PHONE, "dial", json!({"to": SUPPORT})).await;
    let invited = page.event("member:invited").await;
    assert_eq!(invited["body"].get("invited_by"), Some(&Value::Null), "by it the older SDK knows a call");
    let (cid, member) = (invited["cid"].as_str().unwrap(), &invited["body"]["member_id"]);
    let leg = invited["body"]["channel"]["id"].as_str().unwrap();
    page.ask("POST", &format!("/v0.3/conversations/{cid}/members"), json!({"state": "joined", "from": member})).await;
    let path = format!("/beta/conversations/{cid}/rtc");
    let (status, refused) = world.ask("POST", &path, &page.token, json!({"from": member})).await;
    assert_eq!((status, &refused["code"]), (400, &json!("http:error:validation-fail")));
    let offer = json!({"from": member, "body": {"offer": {"sdp": OFFER}}});
    assert_eq!(page.ask("POST", &path, offer).await["rtc_id"], leg);
    let answer = page.event("rtc:answer").await;
    assert_eq!(answer["body"]["rtc_id"], leg);
    assert!(answer["body"]["answer"].as_str().unwrap().contains("a=ice-lite"));
    assert!(page.kinds().contains(&"member:joined"));
    world.phone_in(PHONE, "talking").await;
    let media = page.seen.iter().find(|(kind, event)| kind == "member:media" && event["from"] == *member);
    assert_eq!(media.unwrap().1["body"]["audio"], true, "its own media: by it the older SDK says answered");
    page.ask("DELETE", &format!("/beta2/conversations/{cid}/rtc/{leg}"), Value::Null).await;
    world.phone_in(PHONE, "idle").await;
}

#[tokio::test]
async fn s8_a_call_is_knocked_for_without_a_leg_and_its_audio_brought_later() {
    let world = world().await;
    world.answers("/answer", [connect_phone()]);
    let mut page = Page::open(&world, "Jane").await;
    let knock = json!({"channel": {"type": "app", "from": {"type": "app"}, "to": {"type": "phone", "number": "46850000002"}},
                       "client_ref": "c-1"});
    assert!(page.ask("POST", "/beta/knocking", knock).await["id"].as_str().unwrap().starts_with("KNO-"));
    let joined = page.event("member:joined").await;
    assert_eq!(joined["client_ref"], "c-1");
    let cid = joined["cid"].as_str().unwrap();
    let offer = json!({"from": joined["body"]["member_id"], "body": {"offer": {"sdp": OFFER, "type": "offer"}}});
    let brought = page.ask("POST", &format!("/beta/conversations/{cid}/rtc"), offer).await;
    assert_eq!(brought["rtc_id"], joined["body"]["channel"]["id"]);
    assert!(page.event("rtc:answer").await["body"]["answer"].as_str().unwrap().starts_with("v=0"));
    world.phone_in(PHONE, "ringing").await;
    let path = format!("/beta/{}", member(&joined));
    page.ask("DELETE", &path, Value::Null).await;
    world.phone_in(PHONE, "idle").await;
}

#[tokio::test]
async fn s6_a_user_finds_its_conversations_and_what_is_not_there_is_said_in_json() {
    let world = world().await;
    world.answers("/answer", [connect_phone()]);
    let mut page = Page::open(&world, "Jane").await;
    let none = page.ask("GET", "/v0.3/users/me/conversations", Value::Null).await;
    assert_eq!(none["_embedded"]["conversations"], json!([]));
    let mut cids = Vec::new();
    for n in 0..3 {
        let (_, joined) = page.call(json!({"to": n.to_string()})).await;
        cids.push(joined["cid"].clone());
        world.phone_in(PHONE, "ringing").await;
        page.ask("DELETE", &format!("/v0.2/{}", member(&joined)), Value::Null).await;
        world.phone_in(PHONE, "idle").await;
    }
    let found = page.ask("GET", "/v0.3/users/Jane/conversations?page_size=2&order=asc", Value::Null).await;
    let rows = found["_embedded"]["conversations"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["id"].clone()).collect::<Vec<_>>(), cids[..2]);
    for field in ["name", "timestamp", "state"] {
        assert!(!rows[0][field].is_null(), "{field}");
    }
    assert_eq!(rows[0]["_embedded"]["member"]["state"], "LEFT");
    let next = found["_links"]["next"]["href"].as_str().unwrap().trim_start_matches(&world.url).to_owned();
    let rest = page.ask("GET", &next, Value::Null).await;
    assert_eq!(rest["_embedded"]["conversations"][0]["id"], cids[2]);
    assert!(rest["_links"].get("next").is_none());

    for (method, path, status, code) in [
        ("GET", "/v0.3/users/Joe/conversations", 404, "user:error:not-found"),
        ("GET", "/v0.3/users/me/conversations?page_size=0", 400, "http:error:validation-fail"),
        ("GET", "/v0.3/users/me/conversations?cursor=x", 400, "http:error:validation-fail"),
        ("GET", "/v0.3/nothing/of/the/kind", 404, "http:error:not-found"),
        ("DELETE", "/v0.3/legs", 405, "http:error:method-not-allowed"),
    ] {
        let (got, body) = world.ask(method, path, &page.token, Value::Null).await;
        assert_eq!((got, &body["code"]), (status, &json!(code)), "{method} {path}: {body}");
        assert!(body["detail"].is_string() && body["title"].is_string() && body["type"].is_string());
    }
}
