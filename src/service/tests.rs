//! The use cases, on a real database and against a platform of a few canned answers.

mod call_recordings;
mod config_file;
mod outages;
mod sign_in;
mod visits;

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
use serde_json::{Value, json};
use sqlx::Connection as _;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tower_sessions::SessionStore as _;
use wiremock::matchers::{method, path, path_regex};
use wiremock::{Mock, MockServer, ResponseTemplate};

pub(super) const SUPPORT: &str = "442079460000";

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
        // Many tests at once: whether calls are counted and settings are read is tested, not how fast.
        limits: Limits {
            count_deadline: std::time::Duration::from_secs(20),
            settings_deadline: std::time::Duration::from_secs(2),
            ..Limits::default()
        },
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
    .ncco(crate::domain::ncco::Talk::new(GREETING, crate::domain::language::Language::English))
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
