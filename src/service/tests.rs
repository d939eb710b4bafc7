//! The use cases, on a real database and against a platform of a few canned answers.

use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use serde_json::{Value, json};
use sqlx::Connection as _;
use tower_sessions::SessionStore as _;
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::*;
use crate::domain::call::{Call, Outcome, Phase, Status};
use crate::domain::click_to_call::{APOLOGY, GREETING, NOT_IN_USE, SupportLine, VISITOR_ACL, say};
use crate::domain::line::{Directory, Line};
use crate::domain::ncco::Ncco;
use crate::domain::phone::E164;
use crate::store::testing::{Database, on_both, status};
use crate::vonage::jwt::NewKeyPair;
use crate::vonage::signature::{PayloadHash, Verified};
use crate::vonage::webhook::{self, Raw};
use crate::vonage::{ApplicationKey, Client, Credentials, Urls};

const SUPPORT: &str = "442079460000";
const DESTINATION: &str = "447700900000";

pub(super) struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The services with everything they stand on.
pub(super) struct World {
    pub(super) db: Database,
    clock: Arc<TestClock>,
    pub(super) platform: MockServer,
    pub(super) services: Services,
}

fn key() -> ApplicationKey {
    static PAIR: OnceLock<NewKeyPair> = OnceLock::new();
    let pair = PAIR.get_or_init(|| NewKeyPair::generate().unwrap());
    ApplicationKey::from_pem("aaaaaaaa-bbbb-cccc-dddd-0123456789ab", &pair.private).unwrap()
}

fn settings(db: &Database) -> Settings {
    let number = |digits: &str| E164::parse(digits).unwrap();
    Settings {
        directory: Directory::new(number(SUPPORT), "supportuser"),
        support: SupportLine { greeting: GREETING.into(), number: number(SUPPORT), destination: number(DESTINATION) },
        country: "GB".into(),
        dial: crate::service::DialSettings::default(),
        private: crate::service::PrivateLine::default(),
        voice: VoiceEndpoints::default(),
        desk: crate::service::DeskSettings {
            voicemails_dir: db.folder.path().join("voicemails"),
            ..crate::service::DeskSettings::default()
        },
        sandbox: None,
        spool_dir: db.folder.path().join("spool"),
        tracking: super::TrackingSettings::default(),
        audio: super::AudioSettings { recordings_dir: db.folder.path().join("recordings"), ..Default::default() },
        // Many tests at once: whether calls are counted is tested, not how fast.
        limits: Limits { count_deadline: std::time::Duration::from_secs(20), ..Limits::default() },
        operator: OperatorSettings::default(),
    }
}

fn services(store: &Store, clock: &Arc<TestClock>, platform: &MockServer, settings: Settings) -> Services {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let credentials = Credentials { application: Some(key()), ..Credentials::default() };
    let urls = Urls { api: platform.uri(), rest: platform.uri() };
    let new_id = || format!("token-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let vonage = Client::new(vonage::client::http().unwrap(), urls, credentials, || 1_795_226_880, new_id);
    Services::new(Deps { store: store.clone(), vonage, clock: clock.clone(), random: Arc::new(SystemRandom), settings })
}

impl World {
    pub(super) async fn new(db: Database) -> Self {
        Self::with(db, |_| {}).await
    }

    pub(super) async fn with(db: Database, change: impl FnOnce(&mut Settings)) -> Self {
        let clock = Arc::new(TestClock(AtomicI64::new(1_795_226_880_000)));
        let platform = MockServer::start().await;
        let mut settings = settings(&db);
        change(&mut settings);
        let services = services(&db.store, &clock, &platform, settings);
        Self { db, clock, platform, services }
    }

    /// At a platform that is more than canned answers, as an account without an application.
    pub(super) async fn at(db: Database, urls: Urls, change: impl FnOnce(&mut Settings)) -> Self {
        let mut world = Self::with(db, |_| {}).await;
        let mut settings = settings(&world.db);
        change(&mut settings);
        let credentials =
            Credentials { api_key: "abcd1234".into(), api_secret: "s3cret-s3cret".into(), application: None };
        #[expect(clippy::disallowed_methods, reason = "the platform beside it reads the machine's clock too")]
        let now = || ::time::OffsetDateTime::now_utc().unix_timestamp();
        world.clock.0.store(now() * 1000, Ordering::Relaxed);
        let new_id = || SystemRandom.id();
        let vonage = Client::new(vonage::client::http().unwrap(), urls, credentials, now, new_id);
        world.services = Services::new(Deps {
            store: world.db.store.clone(),
            vonage,
            clock: world.clock.clone(),
            random: Arc::new(SystemRandom),
            settings,
        });
        world
    }

    /// The same program, configured otherwise.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Settings)) {
        let Core { store, vonage, clock, settings, .. } = &*self.services.core;
        let mut settings = settings.clone();
        change(&mut settings);
        let (store, vonage, clock) = (store.clone(), vonage.clone(), Arc::clone(clock));
        self.services = Services::new(Deps { store, vonage, clock, random: Arc::new(SystemRandom), settings });
    }

    /// The program again, on what is on the disk.
    pub(super) async fn restarted(&self, change: impl FnOnce(&mut Settings)) -> Services {
        let mut settings = settings(&self.db);
        change(&mut settings);
        services(&self.db.again().await, &self.clock, &self.platform, settings)
    }

    pub(super) fn pass(&self, ms: i64) {
        self.clock.0.fetch_add(ms, Ordering::Relaxed);
    }

    pub(super) async fn makes_users(&self) {
        let user = json!({ "id": "USR-1", "name": "x" });
        let made = ResponseTemplate::new(201).set_body_json(user);
        Mock::given(method("POST")).and(path("/v1/users")).respond_with(made).mount(&self.platform).await;
    }
}

fn verified() -> Verified {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let jti = format!("jti-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    Verified { jti, iat: 0, api_key: None, application_id: None, payload: PayloadHash::Matches }
}

pub(super) fn answer(body: &Value) -> Received {
    let raw = body.to_string();
    let parsed = webhook::answer(Raw::Body(raw.as_bytes())).map(vonage::Webhook::Answer);
    Received { kind: WebhookKind::Answer, method: Method::Post, raw, line: None, verified: Some(verified()), parsed }
}

pub(super) fn event(body: &Value) -> Received {
    let raw = body.to_string();
    let parsed = webhook::event(Raw::Body(raw.as_bytes())).map(vonage::Webhook::Event);
    Received { kind: WebhookKind::Event, method: Method::Post, raw, line: None, verified: Some(verified()), parsed }
}

/// What a visitor's call looks like to the answer URL.
fn visitor_calls(conversation: &str) -> Received {
    answer(&json!({ "to": "15550000000", "from_user": "visitor-7", "uuid": "caller", "conversation_uuid": conversation,
                    "region_url": "https://api-eu-3.vonage.com" }))
}

fn support_flow() -> Ncco {
    SupportLine {
        greeting: GREETING.into(),
        number: E164::parse(SUPPORT).unwrap(),
        destination: E164::parse(DESTINATION).unwrap(),
    }
    .ncco()
}

pub(super) fn home() -> IpAddr {
    "192.0.2.1".parse().unwrap()
}

on_both!(
    a_visitor_gets_the_support_line_and_it_is_on_record_before_they_hear_it,
    the_same_question_gets_the_same_answer,
    a_replayed_signature_is_refused,
    deciding_that_takes_too_long_is_an_apology_and_on_record,
    whatever_cannot_be_read_is_kept_and_gets_an_apology,
    events_are_stored_once_and_make_the_record,
    a_call_has_its_timeline,
    visits_have_their_own_user_token_and_secret,
    visits_are_limited_by_address_and_in_total,
    a_platform_that_is_down_refuses_visits_and_leaves_nothing_behind,
    the_support_users_token_is_for_the_support_user_only,
    the_first_start_makes_an_operator_who_signs_in,
    signing_in_is_throttled,
    answers_are_spooled_while_the_database_is_gone,
);

async fn a_visitor_gets_the_support_line_and_it_is_on_record_before_they_hear_it(db: Database) {
    let world = World::new(db).await;
    let ncco = world.services.webhooks.answer(visitor_calls("CON-1")).await.unwrap();
    assert_eq!(ncco, support_flow());
    let (row, record) = world.db.store.calls().of("CON-1").await.unwrap().unwrap();
    assert_eq!((row.line.as_deref(), row.visit.as_deref(), row.phase), (Some("support"), Some("7"), Phase::Connecting));
    assert_eq!(record.callers.iter().map(String::as_str).collect::<Vec<_>>(), ["caller"]);
    let [stored] = &world.db.store.webhooks().of("CON-1").await.unwrap()[..] else { panic!() };
    assert_eq!(stored.ncco, Some(support_flow().to_json()));
    // A telephone that dials the support number gets the same; any other number is not in use.
    let phone = |to: &str, conversation: &str| {
        answer(&json!({ "to": to, "from": "447700900999", "uuid": "u", "conversation_uuid": conversation }))
    };
    assert_eq!(world.services.webhooks.answer(phone(SUPPORT, "CON-2")).await.unwrap(), support_flow());
    assert_eq!(world.services.webhooks.answer(phone("442079460001", "CON-3")).await.unwrap(), say(NOT_IN_USE));
    let stranger = json!({ "to": SUPPORT, "from_user": "mallory", "uuid": "u", "conversation_uuid": "CON-4" });
    assert_eq!(world.services.webhooks.answer(answer(&stranger)).await.unwrap(), say(NOT_IN_USE));
}

async fn the_same_question_gets_the_same_answer(db: Database) {
    let world = World::new(db).await;
    let first = world.services.webhooks.answer(visitor_calls("CON-1")).await.unwrap();
    // Meanwhile the operator changed the greeting; the retry comes to the new program.
    let later = world.restarted(|settings| settings.support.greeting = "Changed.".into()).await;
    let mut retry = visitor_calls("CON-1");
    retry.raw.push(' ');
    assert_eq!(later.webhooks.answer(retry).await.unwrap(), first);
    assert_ne!(later.webhooks.answer(visitor_calls("CON-2")).await.unwrap(), first);
    assert_eq!(world.db.store.webhooks().of("CON-1").await.unwrap().len(), 1);
    // The fallback URL is another question about the same leg.
    let fallback = Received { kind: WebhookKind::Fallback, ..visitor_calls("CON-1") };
    assert_ne!(later.webhooks.answer(fallback).await.unwrap(), first);
    assert_eq!(world.db.store.webhooks().of("CON-1").await.unwrap().len(), 2);
}

async fn deciding_that_takes_too_long_is_an_apology_and_on_record(db: Database) {
    let ample = std::time::Duration::from_secs(20);
    let patient = |limits: &mut Limits| (limits.answer_deadline, limits.commit_deadline) = (3 * ample, ample);
    let world = World::with(db, |settings| patient(&mut settings.limits)).await;
    let number = E164::parse("442079460077").unwrap();
    world.services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Private).await.unwrap();
    let asked = |conversation: &str| {
        answer(
            &json!({ "to": number.digits(), "from": "447700900999", "uuid": "u", "conversation_uuid": conversation }),
        )
    };
    let in_time = world.restarted(|settings| {
        patient(&mut settings.limits);
        settings.limits.decide_deadline = ample;
    });
    let in_time = in_time.await;
    in_time.lines.reload_directory().await.unwrap();
    assert_ne!(in_time.webhooks.answer(asked("CON-1")).await.unwrap(), say(APOLOGY));
    let too_late = world.restarted(|settings| {
        patient(&mut settings.limits);
        settings.limits.decide_deadline = std::time::Duration::ZERO;
    });
    let too_late = too_late.await;
    too_late.lines.reload_directory().await.unwrap();
    // A deadline of nothing is a millisecond of the clock's, in which a quick machine may decide.
    let mut late = None;
    for number in 2..100 {
        let call = format!("CON-{number}");
        if too_late.webhooks.answer(asked(&call)).await.unwrap() == say(APOLOGY) {
            late = Some(call);
            break;
        }
    }
    let late = late.expect("not one decision in a hundred took a millisecond");
    let problems = ["CON-1", &late].map(|call| world.db.store.webhooks().of(call));
    let problems = futures::future::join_all(problems).await;
    let problems: Vec<_> = problems.into_iter().map(|rows| rows.unwrap()[0].problem.clone()).collect();
    assert_eq!(problems, [None, Some("deciding took too long".to_owned())]);
}

#[test]
fn deciding_gets_the_time_that_the_commit_does_not_use() {
    let limits = Limits::default();
    let second = std::time::Duration::from_secs(1);
    assert!(limits.decide_deadline > second / 2, "a stall of half a second costs no caller");
    assert!(limits.answer_deadline < second, "a caller hears something within a second");
    for decided in
        (0..=u64::try_from(limits.decide_deadline.as_millis()).unwrap()).map(std::time::Duration::from_millis)
    {
        let commit = limits.commit_time(decided);
        assert!(!commit.is_zero() && commit <= limits.commit_deadline);
        assert!(decided + commit + limits.spool_deadline <= limits.answer_deadline, "{decided:?}");
    }
    assert_eq!(limits.commit_time(std::time::Duration::ZERO), limits.commit_deadline);
    assert_eq!(limits.commit_time(second), std::time::Duration::ZERO, "then it is spooled");
}

async fn a_replayed_signature_is_refused(db: Database) {
    let world = World::new(db).await;
    let recorded = visitor_calls("CON-1");
    assert!(world.services.webhooks.answer(recorded.clone()).await.is_ok());
    for _ in 0..20 {
        assert_eq!(world.services.webhooks.answer(recorded.clone()).await, Err(Replayed));
    }
    let other = event(&json!({ "uuid": "caller", "conversation_uuid": "CON-1", "status": "answered" }));
    assert_eq!(world.services.webhooks.event(other.clone()).await, Ok(None));
    assert_eq!(world.services.webhooks.event(other.clone()).await, Err(NotStored::Replayed(Replayed)));
    // A signature is good for one webhook, whatever that is.
    let borrowed = Received { verified: other.verified, ..visitor_calls("CON-2") };
    assert_eq!(world.services.webhooks.answer(borrowed).await, Err(Replayed));
    // A retry has a new signature, so it is no replay; it changes nothing.
    let again = event(&json!({ "uuid": "caller", "conversation_uuid": "CON-1", "status": "answered" }));
    assert_eq!(world.services.webhooks.event(again).await, Ok(None));
    assert_eq!(world.db.store.webhooks().count().await.unwrap(), 2);
}

async fn whatever_cannot_be_read_is_kept_and_gets_an_apology(db: Database) {
    let world = World::new(db).await;
    let hostile = ["", "null", "[]", "{", "\0\0", "{\"to\":\"\\u0000\"", "¡\u{fffd}", &"[".repeat(60_000)];
    for raw in hostile {
        let parsed = webhook::answer(Raw::Body(raw.as_bytes())).map(vonage::Webhook::Answer);
        let received = Received {
            kind: WebhookKind::Answer,
            method: Method::Post,
            raw: raw.into(),
            line: None,
            verified: Some(verified()),
            parsed,
        };
        assert_eq!(world.services.webhooks.answer(received).await.unwrap(), say(APOLOGY), "{raw:.20}");
    }
    let parsed = webhook::event(Raw::Body(b"{}")).map(vonage::Webhook::Event);
    let received = Received {
        kind: WebhookKind::Event,
        method: Method::Post,
        raw: "{}".into(),
        line: None,
        verified: None,
        parsed,
    };
    assert_eq!(world.services.webhooks.event(received).await, Ok(None));
    // An object without anything in it is a caller, of whom nothing is known.
    assert_eq!(world.services.webhooks.answer(answer(&json!({}))).await.unwrap(), say(NOT_IN_USE));
    let kept = world.db.store.webhooks().orphans(100).await.unwrap();
    assert_eq!(kept.len(), hostile.len() + 2);
    for raw in hostile {
        let raw = raw.replace('\0', "\u{2400}");
        assert!(kept.iter().any(|webhook| webhook.raw == raw && webhook.problem.is_some()), "{raw:.20}");
    }
}

async fn events_are_stored_once_and_make_the_record(db: Database) {
    let world = World::new(db).await;
    let mut live = world.services.live.live();
    world.services.webhooks.answer(visitor_calls("CON-1")).await.unwrap();
    let body = |leg: &str, word: &str, direction: &str| {
        json!({ "uuid": leg, "conversation_uuid": "CON-1", "status": word, "direction": direction, "from": SUPPORT,
                "to": DESTINATION, "timestamp": "2026-01-01T12:00:00.000Z" })
    };
    let bodies = [
        body("callee", "completed", "outbound"),
        body("callee", "ringing", "outbound"),
        body("caller", "answered", "inbound"),
        body("callee", "answered", "outbound"),
        body("caller", "completed", "inbound"),
    ];
    for _ in 0..3 {
        for body in &bodies {
            world.services.webhooks.event(event(body)).await.unwrap();
        }
    }
    let (row, record) = world.db.store.calls().of("CON-1").await.unwrap().unwrap();
    assert_eq!(row.phase, Phase::Ended(Outcome::Answered));
    assert_eq!(row.version, 6);
    let inbox = world.db.store.webhooks().of("CON-1").await.unwrap();
    assert_eq!(inbox.len(), 6);
    // The record is the fold of what the inbox has.
    let mut recomputed = Call::fold(
        inbox
            .iter()
            .filter(|kept| kept.kind == "event")
            .map(|kept| webhook::event(Raw::Body(kept.raw.as_bytes())).unwrap())
            .collect::<Vec<_>>()
            .iter(),
    );
    recomputed.join(&Call::fold(&[crate::domain::call::Event {
        from: None,
        to: Some("15550000000".into()),
        direction: None,
        at: None,
        fact: crate::domain::call::Fact::Asked {
            line: "support".into(),
            user: Some("visitor-7".into()),
            region: Some("https://api-eu-3.vonage.com".into()),
        },
        ..status("CON-1", "caller", Status::Unknown, 0)
    }]));
    assert_eq!(record, recomputed);
    let mut last = None;
    while let Ok(heard) = live.try_recv() {
        last = Some(heard);
    }
    let last = last.unwrap();
    assert_eq!((last.seq, last.phase), (6, Phase::Ended(Outcome::Answered)));
    assert_eq!(world.services.live.visit_call("7").await.unwrap().unwrap().version, last.version);
}

async fn a_call_has_its_timeline(db: Database) {
    let world = World::new(db).await;
    world.services.webhooks.answer(visitor_calls("CON-1")).await.unwrap();
    for body in [
        json!({ "uuid": "caller", "conversation_uuid": "CON-1", "status": "started", "direction": "inbound" }),
        json!({ "uuid": "callee", "conversation_uuid": "CON-1", "status": "unanswered", "detail": "timeout" }),
        json!({ "conversation_uuid": "CON-1", "reason": "Syntax error in NCCO." }),
    ] {
        world.pass(1_000);
        world.services.webhooks.event(event(&body)).await.unwrap();
    }
    let page = world.services.log.calls(CallFilter::default()).await.unwrap();
    assert_eq!((page.calls.len(), page.next), (1, None));
    let detail = world.services.log.call(&page.calls[0].id).await.unwrap().unwrap();
    let lines: Vec<_> =
        detail.timeline.iter().map(|line| (line.kind.as_str(), line.direction, line.summary.as_str())).collect();
    assert_eq!(
        lines,
        [
            ("answer", Direction::In, ""),
            ("ncco", Direction::Out, ""),
            ("event", Direction::In, "started"),
            ("event", Direction::In, "unanswered (timeout)"),
            ("event", Direction::In, "error"),
        ]
    );
    assert_eq!(detail.timeline[1].decision.as_deref(), Some("support"));
    assert_eq!(detail.timeline[1].ncco, Some(support_flow().to_json()));
    assert_eq!(detail.timeline[4].problem.as_deref(), Some("Syntax error in NCCO."));
    assert!(detail.timeline.iter().filter(|line| line.direction == Direction::In).all(|line| line.signed));
    assert_eq!(world.services.log.call("nothing").await.unwrap(), None);
    // Pages of one.
    world.services.webhooks.answer(visitor_calls("CON-2")).await.unwrap();
    let first = world.services.log.calls(CallFilter { limit: 1, ..CallFilter::default() }).await.unwrap();
    assert_eq!(first.calls[0].conversation, "CON-2");
    let second =
        world.services.log.calls(CallFilter { limit: 1, before: first.next, ..CallFilter::default() }).await.unwrap();
    assert_eq!((second.calls[0].conversation.as_str(), second.next), ("CON-1", None));
}

fn claims(token: &str) -> Value {
    use base64::Engine as _;
    let body = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

async fn visits_have_their_own_user_token_and_secret(db: Database) {
    let world = World::new(db).await;
    world.makes_users().await;
    let one = world.services.visits.start_visit(home()).await.unwrap();
    let other = world.services.visits.start_visit(home()).await.unwrap();
    assert_ne!((&one.user, &one.secret), (&other.user, &other.secret));
    let claims = claims(&one.jwt);
    assert_eq!(
        (claims["sub"].as_str(), one.user.as_str()),
        (Some(one.user.as_str()), format!("visitor-{}", one.id).as_str())
    );
    assert_eq!(claims["exp"].as_i64().unwrap() * 1000, one.expires_at_ms);
    assert_eq!(one.expires_at_ms - world.services.now_ms(), 15 * 60 * 1000);
    let paths: Vec<&str> = claims["acl"]["paths"].as_object().unwrap().keys().map(String::as_str).collect();
    let mut allowed = VISITOR_ACL.to_vec();
    allowed.sort_unstable();
    assert_eq!(paths, allowed);
    assert!(world.services.visits.visit_opens(&one.id, &one.secret).await.unwrap().is_some());
    for (id, secret) in
        [(&one.id, &other.secret), (&other.id, &one.secret), (&one.id, &String::new()), (&"no".into(), &one.secret)]
    {
        assert!(world.services.visits.visit_opens(id, secret).await.unwrap().is_none());
    }
    let row = world.db.store.visits().find(&one.id).await.unwrap().unwrap();
    assert_eq!(row.user_id.as_deref(), Some("USR-1"));
    assert!(!format!("{row:?}{one:?}").contains(&one.secret));
    world.pass(10 * 60 * 1000);
    let renewed = world.services.visits.renew_visit(&one.id, &one.secret).await.unwrap().unwrap();
    assert_eq!((renewed.user, renewed.expires_at_ms), (one.user, one.expires_at_ms + 10 * 60 * 1000));
    assert_eq!(world.services.visits.renew_visit(&one.id, "wrong").await.unwrap(), None);
    world.pass(60 * 60 * 1000);
    assert!(world.services.visits.visit_opens(&one.id, &one.secret).await.unwrap().is_none());
    assert_eq!(world.services.visits.renew_visit(&one.id, &one.secret).await.unwrap(), None);
    // The janitor deletes both users, once.
    let gone = Mock::given(method("DELETE")).and(path("/v1/users/USR-1")).respond_with(ResponseTemplate::new(204));
    gone.expect(2).mount(&world.platform).await;
    world.services.sweep().await;
    world.services.sweep().await;
    world.pass(25 * 60 * 60 * 1000);
    world.services.sweep().await;
    assert_eq!(world.db.store.visits().find(&one.id).await.unwrap(), None);
}

async fn visits_are_limited_by_address_and_in_total(db: Database) {
    let world = World::with(db, |settings| {
        settings.limits.visits_per_minute_per_ip = 2;
        settings.limits.visits_per_minute = 5;
        settings.limits.open_visits = 7;
    })
    .await;
    world.makes_users().await;
    let visit = async |address: &str| world.services.visits.start_visit(address.parse().unwrap()).await;
    assert!(visit("192.0.2.1").await.is_ok());
    assert!(visit("192.0.2.1").await.is_ok());
    assert_eq!(visit("192.0.2.1").await.unwrap_err(), Refusal::TooManyFromYou { retry_after_s: 30 });
    assert_eq!(visit("::ffff:192.0.2.1").await.unwrap_err(), Refusal::TooManyFromYou { retry_after_s: 30 });
    for address in ["192.0.2.2", "192.0.2.3", "192.0.2.4"] {
        assert!(visit(address).await.is_ok());
    }
    assert_eq!(visit("192.0.2.5").await.unwrap_err(), Refusal::TooManyInAll);
    world.pass(30_000);
    assert!(visit("192.0.2.1").await.is_ok());
    world.pass(60_000);
    assert!(visit("192.0.2.6").await.is_ok());
    assert_eq!(visit("192.0.2.7").await.unwrap_err(), Refusal::TooManyInAll, "seven tokens are valid");
    world.pass(15 * 60 * 1000);
    assert!(visit("192.0.2.8").await.is_ok());
}

async fn a_platform_that_is_down_refuses_visits_and_leaves_nothing_behind(db: Database) {
    let world = World::new(db).await;
    // Without a mock the platform says 404 to everything; that is no user.
    assert_eq!(world.services.visits.start_visit(home()).await.unwrap_err(), Refusal::PlatformDown);
    world.pass(60 * 60 * 1000);
    let down = Mock::given(method("DELETE"))
        .respond_with(ResponseTemplate::new(403))
        .expect(2)
        .mount_as_scoped(&world.platform)
        .await;
    world.services.sweep().await;
    world.services.sweep().await;
    world.pass(60_000);
    world.services.sweep().await;
    drop(down);
    // Nothing is known of an id, so it goes by its name.
    let by_name =
        Mock::given(method("DELETE")).and(path_regex("^/v1/users/visitor-")).respond_with(ResponseTemplate::new(204));
    by_name.expect(1).mount(&world.platform).await;
    world.pass(120_000);
    world.services.sweep().await;
    world.services.sweep().await;
}

async fn the_support_users_token_is_for_the_support_user_only(db: Database) {
    let world = World::new(db).await;
    let duplicate = json!({ "code": "user:error:duplicate-name", "title": "x" });
    let made = ResponseTemplate::new(400).set_body_json(duplicate);
    Mock::given(method("POST")).and(path("/v1/users")).respond_with(made).mount(&world.platform).await;
    for name in ["jane", "", "Supportuser", "supportuser ", "visitor-1"] {
        assert_eq!(world.services.visits.support_user_token(name, home()).await, Ok(None), "{name}");
    }
    let token = world.services.visits.support_user_token("supportuser", home()).await.unwrap().unwrap();
    let user = claims(&token)["sub"].clone();
    assert!(user.as_str().unwrap().starts_with("visitor-"), "f19: a user of their own: {user}");
    let token = world.services.visits.support_user_token("supportuser", home()).await.unwrap().unwrap();
    assert_ne!(claims(&token)["sub"], user);
    for _ in 0..4 {
        assert!(world.services.visits.support_user_token("supportuser", home()).await.is_ok());
    }
    let refused = world.services.visits.support_user_token("supportuser", home()).await;
    assert!(matches!(refused, Err(Refusal::TooManyFromYou { .. })), "{refused:?}");
    let off = world.restarted(|settings| settings.directory.support_user = String::new()).await;
    for name in ["supportuser", ""] {
        assert_eq!(off.visits.support_user_token(name, home()).await, Ok(None), "f19: switched off");
    }
}

async fn the_first_start_makes_an_operator_who_signs_in(db: Database) {
    let world = World::new(db).await;
    let services = &world.services;
    let lost = services.accounts.first_start().await.unwrap().unwrap();
    let printed = services.accounts.first_start().await.unwrap().unwrap();
    assert_ne!(lost.password, printed.password);
    assert_eq!(services.accounts.sign_in("operator", &lost.password, home()).await, Err(SignInRefusal::Wrong));
    let account = services.accounts.sign_in("operator", &printed.password, home()).await.unwrap();
    assert!(account.must_change_password);
    assert_eq!(services.accounts.first_start().await.unwrap(), None, "somebody has signed in with it");
    let change =
        async |current: &str, new: &str| services.accounts.change_password(&account.id, current, new, home()).await;
    assert_eq!(change(&printed.password, "short").await, Err(PasswordRefusal::TooShort { least: 12 }));
    assert_eq!(change(&printed.password, &"x".repeat(513)).await, Err(PasswordRefusal::TooLong { most: 512 }));
    assert_eq!(change(&printed.password, &printed.password).await, Err(PasswordRefusal::Same));
    assert_eq!(change("not the password", "correct horse battery").await, Err(PasswordRefusal::Wrong));
    let sessions = world.db.store.accounts().sessions(|| 0);
    let expiry_date = time::OffsetDateTime::from_unix_timestamp(2_000_000_000).unwrap();
    let data = [("account".to_owned(), json!(account.id))].into_iter().collect();
    let mut session = tower_sessions::session::Record { id: Default::default(), data, expiry_date };
    sessions.create(&mut session).await.unwrap();
    assert_eq!(change(&printed.password, "correct horse battery").await, Ok(()));
    assert_eq!(sessions.load(&session.id).await.unwrap(), None, "every session ends");
    assert_eq!(services.accounts.sign_in("operator", &printed.password, home()).await, Err(SignInRefusal::Wrong));
    let account = services.accounts.sign_in("operator", "correct horse battery", home()).await.unwrap();
    assert!(!account.must_change_password);
    assert_eq!(services.accounts.account(&account.id).await.unwrap(), Some(account));
    assert_eq!(services.accounts.account("nobody").await.unwrap(), None);
    let again = world.restarted(|_| {}).await;
    assert_eq!(again.accounts.first_start().await.unwrap(), None);
    assert!(again.accounts.sign_in("operator", "correct horse battery", home()).await.is_ok());
}

async fn signing_in_is_throttled(db: Database) {
    let world = World::new(db).await;
    let password = world.services.accounts.first_start().await.unwrap().unwrap().password;
    // In parallel, so that none slips through between counting and checking.
    let tries =
        futures::future::join_all((0..8).map(|_| world.services.accounts.sign_in("operator", "wrong", home()))).await;
    assert_eq!(tries.iter().filter(|tried| **tried == Err(SignInRefusal::Wrong)).count(), 5, "{tries:?}");
    let wait = Err(SignInRefusal::Throttled { retry_after_s: 1 });
    assert_eq!(tries.iter().filter(|tried| **tried == wait).count(), 3, "{tries:?}");
    assert_eq!(
        world.services.accounts.sign_in("operator", &password, home()).await,
        wait,
        "not even with the password"
    );
    // A restart forgets nothing; somebody elsewhere is not locked out.
    let again = world.restarted(|_| {}).await;
    assert_eq!(again.accounts.sign_in("Operator", "wrong", home()).await, wait);
    assert!(again.accounts.sign_in("operator", &password, "198.51.100.1".parse().unwrap()).await.is_ok());
    world.pass(1_000);
    assert_eq!(again.accounts.sign_in("operator", "wrong", home()).await, Err(SignInRefusal::Wrong));
    assert_eq!(
        again.accounts.sign_in("operator", "wrong", home()).await,
        Err(SignInRefusal::Throttled { retry_after_s: 2 })
    );
    world.pass(2_000);
    assert!(again.accounts.sign_in("operator", &password, home()).await.is_ok());
    assert_eq!(
        again.accounts.sign_in("operator", "wrong", home()).await,
        Err(SignInRefusal::Wrong),
        "the count began again"
    );
    assert_eq!(
        again.accounts.sign_in("nobody", "wrong", home()).await,
        Err(SignInRefusal::Wrong),
        "as if there were one"
    );
}

async fn answers_are_spooled_while_the_database_is_gone(db: Database) {
    let world = World::new(db).await;
    world.db.store.close().await;
    let recorded = visitor_calls("CON-1");
    assert_eq!(world.services.webhooks.answer(recorded.clone()).await.unwrap(), support_flow());
    assert_eq!(world.services.webhooks.answer(recorded).await, Err(Replayed));
    let told = event(&json!({ "uuid": "caller", "conversation_uuid": "CON-1", "status": "answered" }));
    assert!(matches!(world.services.webhooks.event(told.clone()).await, Err(NotStored::Unavailable(_))));
    assert!(world.services.ready().await.is_err());
    assert!(world.services.merge_spool().await.is_err());
    // A crash, and the database is back. The retry comes before the merge, with another greeting configured.
    let again = world.restarted(|settings| settings.support.greeting = "Changed.".into()).await;
    assert_eq!(again.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), support_flow());
    assert_eq!(again.merge_spool().await.unwrap(), 1);
    assert_eq!(again.merge_spool().await.unwrap(), 0);
    assert_eq!(again.webhooks.event(told).await, Ok(None), "a signature whose webhook was not stored is not used up");
    assert_eq!(again.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), support_flow());
    let store = world.db.again().await;
    assert_eq!(store.webhooks().of("CON-1").await.unwrap().len(), 2);
    assert_eq!(store.calls().of("CON-1").await.unwrap().unwrap().0.visit.as_deref(), Some("7"));
}

// ------------------------------------------------------------------ SQLite's own

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_database_costs_no_caller_and_no_webhook() {
    let world = World::new(Database::sqlite().await).await;
    world.services.webhooks.answer(visitor_calls("CON-before")).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.db.file());
    let mut outside = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut outside).await.unwrap();
    let callers = (0..30).map(|n| {
        let services = world.services.clone();
        async move {
            let limit = std::time::Duration::from_millis(1_000);
            tokio::time::timeout(limit, services.webhooks.answer(visitor_calls(&format!("CON-{n}")))).await
        }
    });
    for heard in futures::future::join_all(callers).await {
        assert_eq!(heard.expect("an answer takes at most a second").unwrap(), support_flow());
    }
    let told = json!({ "uuid": "caller", "conversation_uuid": "CON-1", "status": "answered", "direction": "inbound" });
    assert!(matches!(world.services.webhooks.event(event(&told)).await, Err(NotStored::Unavailable(_))));
    sqlx::query("ROLLBACK").execute(&mut outside).await.unwrap();
    // The janitor finds out by itself.
    let stop = tokio_util::sync::CancellationToken::new();
    let janitor = tokio::spawn({
        let (services, stop) = (world.services.clone(), stop.clone());
        async move { services.janitor(stop).await }
    });
    let merged = async {
        while world.db.store.webhooks().count().await.unwrap() < 31 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), merged).await.expect("the spool is merged");
    stop.cancel();
    janitor.await.unwrap();
    assert_eq!(world.services.webhooks.event(event(&told)).await, Ok(None));
    for n in 0..30 {
        let (row, _) = world.db.store.calls().of(&format!("CON-{n}")).await.unwrap().unwrap();
        assert_eq!(row.line.as_deref(), Some("support"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spool_that_was_torn_or_merged_halfway_loses_nothing() {
    let world = World::new(Database::sqlite().await).await;
    let folder = world.db.folder.path().join("spool");
    world.db.store.close().await;
    for n in 0..3 {
        world.services.webhooks.answer(visitor_calls(&format!("CON-{n}"))).await.unwrap();
    }
    let spooled = std::fs::read_to_string(folder.join("spool.jsonl")).unwrap();
    assert_eq!(spooled.lines().count(), 3);
    // The program died while it was merging an older file and writing a fourth line; a line in the middle is rotten.
    std::fs::write(folder.join("merging-00000007.jsonl"), spooled.lines().next().unwrap().to_owned() + "\n").unwrap();
    std::fs::write(folder.join("spool.jsonl"), format!("rotten\n{spooled}{{\"id\":\"to")).unwrap();
    let again = world.restarted(|_| {}).await;
    assert_eq!(again.merge_spool().await.unwrap(), 4);
    let store = world.db.again().await;
    assert_eq!(store.webhooks().count().await.unwrap(), 3);
    assert_eq!(std::fs::read_to_string(folder.join("refused.jsonl")).unwrap(), "rotten\n");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["refused.jsonl"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_hears_something_even_when_nothing_can_be_written() {
    let world = World::with(Database::sqlite().await, |settings| settings.limits.spool_bytes = 10).await;
    world.db.store.close().await;
    assert_eq!(world.services.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), support_flow());
    let world =
        World::with(Database::sqlite().await, |settings| settings.spool_dir = "/proc/no/such/folder".into()).await;
    world.db.store.close().await;
    assert_eq!(world.services.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), support_flow());
}

/// Chance that runs out: there is an id for the node, and none for anything that it does.
#[derive(Default)]
struct NoChance(std::sync::atomic::AtomicBool);

impl Random for NoChance {
    fn bytes(&self, out: &mut [u8]) {
        out.fill(7);
    }

    fn id(&self) -> String {
        let first = !self.0.swap(true, std::sync::atomic::Ordering::Relaxed);
        if first { "node".to_owned() } else { panic!("no more ids") }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_inside_is_an_apology_outside() {
    let world = World::new(Database::sqlite().await).await;
    let Core { store, vonage, clock, settings, .. } = &*world.services.core;
    let (store, vonage, clock, settings) = (store.clone(), vonage.clone(), Arc::clone(clock), settings.clone());
    let broken = Services::new(Deps { store, vonage, clock, random: Arc::new(NoChance::default()), settings });
    for _ in 0..3 {
        assert_eq!(broken.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), say(APOLOGY));
    }
    assert_eq!(world.services.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), support_flow());
}
