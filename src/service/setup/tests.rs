//! Setting up, renting, users and clients: against the sandbox, over HTTP.

use std::sync::Arc;

use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::super::tests::{World, event, home};
use super::*;
use crate::domain::account::Role;
use crate::domain::checklist::{Check, CheckKind, CheckState, Found};
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::service::Services;
use crate::service::numbers::Linked;
use crate::service::{NewMember, NoOrigin, NumberRefusal, Refusable as _, SdkRefusal};
use crate::store::testing::{Database, on_both};
use crate::vonage::Urls;
use crate::vonage::client::NumberSearch;
use switchboard_sandbox as sandbox;

const SUPPORT: &str = "442079460000";

/// The services, at a sandbox in which nothing is set up yet but the account and its number.
struct Fresh {
    world: World,
    sandbox: String,
    _stop: DropGuard,
}

impl Fresh {
    async fn new(db: Database) -> Self {
        let stop = CancellationToken::new();
        let account = sandbox::account::Account {
            api_key: "abcd1234".into(),
            api_secret: "s3cret-s3cret".into(),
            signature_secret: "signs-what-is-ours".into(),
        };
        let config = sandbox::Config {
            addr: ([127, 0, 0, 1], 0).into(),
            public_url: None,
            account,
            numbers: vec![(SUPPORT.into(), "GB".into())],
            media_addrs: Vec::new(),
            allowed_origins: Vec::new(),
            strict: true,
            requests: None,
            page: sandbox::pages::Page {
                app_url: String::new(),
                support_number: None,
                numbers: Vec::new(),
                shows_secret: false,
            },
        };
        let sandbox = sandbox::start(config, stop.clone(), TaskTracker::new()).await.unwrap();
        let urls = Urls { api: sandbox.url.clone(), rest: sandbox.url.clone() };
        let world = World::at(db, urls, |settings| {
            settings.operator.key = Some(VaultKey([7; 32]));
            settings.operator.public_url = "https://calls.example.com".into();
            settings.operator.signed = false;
        })
        .await;
        Self { world, sandbox: sandbox.url, _stop: stop.drop_guard() }
    }

    fn services(&self) -> &Services {
        &self.world.services
    }

    async fn phone(&self, number: &E164) -> serde_json::Value {
        let url = format!("{}/phones/{}", self.sandbox, number.digits());
        let answer = crate::vonage::client::http().unwrap().get(url).send().await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    async fn state(&self, what: CheckKind) -> CheckState {
        self.services().setup.checklist().await.into_iter().find(|check| check.what == what).unwrap().state
    }

    async fn created(db: Database) -> Self {
        let fresh = Self::new(db).await;
        fresh
            .services()
            .setup
            .create_application("abcd1234", "s3cret-s3cret", "signs-what-is-ours", "Acme")
            .await
            .unwrap();
        fresh
    }
}

on_both!(
    an_application_is_created_kept_sealed_and_in_force_at_once,
    what_is_wrong_with_an_account_is_said,
    the_checklist_finds_what_was_changed_and_the_repair_puts_it_right,
    numbers_are_found_rented_led_and_released,
    users_are_kept_in_step_and_clients_get_tokens_for_them,
    wrong_keys_are_refused_and_slowed_down,
    a_test_call_rings_a_telephone,
    no_other_application_is_created_while_a_call_is_under_way,
    p2_repair_keeps_what_the_operator_set,
    p1_the_region_is_checked_and_set_by_the_repair,
    p7_a_number_of_another_application_is_taken_only_when_that_is_said,
    p7_a_number_that_is_forwarded_is_not_called_ready,
);

impl Fresh {
    /// As the operator would in the platform's dashboard.
    async fn dashboard(&self, method: &str, path: &str, json: bool, body: &serde_json::Value) -> serde_json::Value {
        let request =
            crate::vonage::client::http().unwrap().request(method.parse().unwrap(), format!("{}{path}", self.sandbox));
        let request = request.basic_auth("abcd1234", Some("s3cret-s3cret"));
        let request = match (body.is_null(), json) {
            (true, _) => request,
            (false, true) => request.json(body),
            (false, false) => request.form(body),
        };
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }

    async fn found(&self, what: CheckKind) -> Option<Check> {
        self.services().setup.checklist().await.into_iter().find(|check| check.what == what)
    }
}

async fn p2_repair_keeps_what_the_operator_set(db: Database) {
    let fresh = Fresh::created(db).await;
    let id = fresh.services().core.vonage.application().unwrap().application_id().to_owned();
    let path = format!("/v2/applications/{id}");
    let before = fresh.dashboard("GET", &path, true, &serde_json::Value::Null).await;
    let mut theirs = before["capabilities"].clone();
    theirs["voice"]["webhooks"]["event_url"]["address"] = "https://wrong.example.com/e".into();
    theirs["voice"]["webhooks"]["answer_url"]["socket_timeout"] = 2500.into();
    theirs["voice"]["region"] = "na-west".into();
    theirs["voice"]["conversations_ttl"] = 300.into();
    theirs["vbc"] = serde_json::json!({});
    theirs["verify"] = serde_json::json!({"webhooks": {"status_url": {"address": "https://v.example.com"}}});
    let set = serde_json::json!({"name": "Theirs", "capabilities": theirs, "privacy": {"improve_ai": true}});
    fresh.dashboard("PUT", &path, true, &set).await;
    assert_eq!(fresh.state(CheckKind::Webhooks).await, CheckState::Bad);
    fresh.services().setup.repair_application().await.unwrap();
    assert_eq!(fresh.state(CheckKind::Webhooks).await, CheckState::Good);
    let after = fresh.dashboard("GET", &path, true, &serde_json::Value::Null).await;
    theirs["voice"]["webhooks"]["event_url"]["address"] = "https://calls.example.com/webhooks/event".into();
    assert_eq!(after["capabilities"], theirs);
    assert_eq!((&after["name"], &after["privacy"], &after["keys"]), (&set["name"], &set["privacy"], &before["keys"]));
}

async fn p1_the_region_is_checked_and_set_by_the_repair(db: Database) {
    let mut fresh = Fresh::created(db).await;
    let region = async |fresh: &Fresh| {
        let check = fresh.found(CheckKind::Region).await.unwrap();
        (check.state, check.found.to_string())
    };
    assert_eq!(region(&fresh).await, (CheckState::Good, "the platform's choice".to_owned()));
    fresh.world.change(|settings| settings.operator.region = Some(crate::domain::region::Region::EuEast));
    assert_eq!(region(&fresh).await, (CheckState::Bad, "voice.region: — ≠ eu-east".to_owned()));
    fresh.services().setup.repair_application().await.unwrap();
    assert_eq!(region(&fresh).await, (CheckState::Good, "eu-east".to_owned()));
    fresh.world.change(|settings| settings.operator.region = None);
    assert_eq!(region(&fresh).await, (CheckState::Doubtful, "eu-east".to_owned()));
}

async fn p7_a_number_of_another_application_is_taken_only_when_that_is_said(db: Database) {
    let fresh = Fresh::created(db).await;
    let services = fresh.services();
    let number = E164::parse(SUPPORT).unwrap();
    let other = fresh.dashboard("POST", "/v2/applications", true, &serde_json::json!({"name": "Other"})).await;
    let other = other["id"].as_str().unwrap().to_owned();
    let link = serde_json::json!({"country": "GB", "msisdn": SUPPORT, "app_id": other});
    fresh.dashboard("POST", "/number/update", false, &link).await;
    let refused = services.numbers.link_number(&number, false).await.unwrap_err();
    assert!(matches!(&refused, NumberRefusal::Elsewhere { application } if *application == other), "{refused}");
    // Neither does the repair take it.
    services.setup.repair_application().await.unwrap();
    let ours =
        async || services.numbers.our_numbers().await.unwrap().into_iter().find(|ours| ours.number == number).unwrap();
    assert_eq!((ours().await.linked, ours().await.elsewhere), (Linked::Other, Some(other)));
    services.numbers.link_number(&number, true).await.unwrap();
    assert_eq!((ours().await.linked, ours().await.elsewhere), (Linked::Ours, None));
    services.numbers.link_number(&number, false).await.unwrap();
}

async fn p7_a_number_that_is_forwarded_is_not_called_ready(db: Database) {
    let fresh = Fresh::created(db).await;
    fresh.services().setup.repair_application().await.unwrap();
    assert_eq!(fresh.state(CheckKind::Numbers).await, CheckState::Good);
    assert!(fresh.found(CheckKind::Forwarding).await.is_none());
    let id = fresh.services().core.vonage.application().unwrap().application_id().to_owned();
    let forward = serde_json::json!({"country": "GB", "msisdn": SUPPORT, "app_id": id,
        "voiceCallbackType": "sip", "voiceCallbackValue": "sip:desk@pbx.example.com"});
    fresh.dashboard("POST", "/number/update", false, &forward).await;
    assert_eq!(fresh.state(CheckKind::Numbers).await, CheckState::Bad);
    let check = fresh.found(CheckKind::Forwarding).await.unwrap();
    assert_eq!((check.state, check.found.to_string()), (CheckState::Bad, format!("+{SUPPORT} · sip")));
}

async fn an_application_is_created_kept_sealed_and_in_force_at_once(db: Database) {
    let fresh = Fresh::new(db).await;
    let services = fresh.services();
    assert!(services.core.vonage.application().is_err());
    assert_eq!(fresh.state(CheckKind::Application).await, CheckState::Bad);
    let state =
        services.setup.create_application("abcd1234", "s3cret-s3cret", "signs-what-is-ours", " Acme ").await.unwrap();
    assert!(state.application_id.is_some() && !state.waits_for_restart);
    assert_eq!(fresh.state(CheckKind::Application).await, CheckState::Good);
    assert_eq!(fresh.state(CheckKind::Webhooks).await, CheckState::Good);
    assert_eq!(fresh.state(CheckKind::Signature).await, CheckState::Good);
    // What is kept is good for the next start, and unreadable without the key.
    let store = &fresh.world.db.store;
    let kept = kept_in(store, &VaultKey([7; 32])).await.unwrap().unwrap();
    assert_eq!(Some(&kept.application_id), state.application_id.as_ref());
    assert!(kept.private_key.contains("PRIVATE KEY"));
    let sealed = store.settings().find(KEPT).await.unwrap().unwrap();
    assert!(!sealed.contains("PRIVATE") && !sealed.contains("s3cret"));
    assert!(matches!(kept_in(store, &VaultKey([8; 32])).await, Err(SetupRefusal::Vault(VaultError::WrongKey))));
    // A token signed with the kept key is one of the application's: the platform takes it.
    assert!(services.core.vonage.list_users().await.is_ok());
    let adopted = services.setup.adopted().unwrap();
    assert!(adopted.verifier(&Verifier::new(&[""; 0])).has_secret());
}

async fn what_is_wrong_with_an_account_is_said(db: Database) {
    let fresh = Fresh::new(db).await;
    let create = async |key: &str, secret: &str, name: &str| {
        fresh.services().setup.create_application(key, secret, "", name).await.map(drop)
    };
    assert!(matches!(create("abcd1234", "s3cret-s3cret", " ").await, Err(SetupRefusal::Empty("name"))));
    assert!(matches!(create("abcd1234", "", "Acme").await, Err(SetupRefusal::Empty("api_secret"))));
    assert!(matches!(create("abcd1234", "wrong", "Acme").await, Err(SetupRefusal::Credentials)));
    assert!(matches!(create("abcd1234", "s3cret-s3cret", &"x".repeat(81)).await, Err(SetupRefusal::LongName)));
    let short = fresh.services().setup.create_application("abcd1234", "s3cret-s3cret", "x", "Acme").await;
    assert!(matches!(short, Err(SetupRefusal::ShortSecret)), "f21: {short:?}");
    assert!(fresh.services().setup.kept_platform().await.unwrap().is_none());
    assert!(fresh.services().core.vonage.list_applications().await.unwrap().is_empty());
}

async fn the_checklist_finds_what_was_changed_and_the_repair_puts_it_right(db: Database) {
    let fresh = Fresh::created(db).await;
    let vonage = &fresh.services().core.vonage;
    let id = vonage.application().unwrap().application_id().to_owned();
    let elsewhere = NewApplication {
        name: "Acme".into(),
        public_url: "https://old.example.com".into(),
        public_key: None,
        region: None,
    };
    let found = vonage.get_application(&id).await.unwrap().unwrap();
    vonage.update_application(&found, &elsewhere).await.unwrap();
    let list = fresh.services().setup.checklist().await;
    let webhooks = list.iter().find(|check| check.what == CheckKind::Webhooks).unwrap();
    assert_eq!(webhooks.state, CheckState::Bad);
    assert!(
        webhooks.found.to_string().contains(
            "voice.webhooks.answer_url.address: https://old.example.com/webhooks/answer ≠ https://calls.example.com/webhooks/answer"
        ),
        "{}",
        webhooks.found
    );
    assert_eq!(fresh.state(CheckKind::Numbers).await, CheckState::Bad);
    fresh.services().setup.repair_application().await.unwrap();
    assert_eq!(fresh.state(CheckKind::Webhooks).await, CheckState::Good);
    // The support number has a line, and no application had it.
    assert_eq!(fresh.state(CheckKind::Numbers).await, CheckState::Good);
    assert!(vonage.list_users().await.is_ok(), "the key is still the application's");
    assert_eq!(fresh.state(CheckKind::Clock).await, CheckState::Good);
    fresh.world.pass(60_000);
    assert_eq!(fresh.state(CheckKind::Clock).await, CheckState::Doubtful, "a minute ahead");
    fresh.world.pass(-10 * 60_000);
    assert_eq!(fresh.state(CheckKind::Clock).await, CheckState::Bad, "nine minutes behind");
    let clock =
        fresh.services().setup.checklist().await.into_iter().find(|check| check.what == CheckKind::Clock).unwrap();
    assert!(clock.found.to_string().ends_with("s behind the platform's"), "{}", clock.found);
}

async fn numbers_are_found_rented_led_and_released(db: Database) {
    let fresh = Fresh::created(db).await;
    let services = fresh.services();
    let search = |country: &str| NumberSearch { country: country.into(), ..NumberSearch::default() };
    let (count, offers) = services.numbers.numbers_for_rent(&search(" gb ")).await.unwrap();
    assert!(count > offers.len() && offers.iter().all(|offer| offer.country == "GB" && offer.cost.is_some()));
    assert!(matches!(services.numbers.numbers_for_rent(&search("GBR")).await, Err(NumberRefusal::Country)));
    let number = offers[0].number.clone();
    services.numbers.rent_number(&number, "GB", &offers[0].features, &Line::Unassigned).await.unwrap();
    assert!(matches!(
        services.numbers.rent_number(&number, "GB", &[], &Line::Support).await,
        Err(NumberRefusal::Platform(VonageError::Refused { .. }))
    ));
    let lead = async |line: Line| services.numbers.lead_number(&number, &line).await;
    assert!(matches!(lead(Line::Agent("Nobody".into())).await, Err(NumberRefusal::Line(_))));
    assert!(matches!(lead(Line::Custom("x".into())).await, Err(NumberRefusal::Line(_))));
    lead(Line::AudioSocket("echo".into())).await.unwrap();
    let ours = async || services.numbers.our_numbers().await.unwrap().into_iter().find(|ours| ours.number == number);
    let found = ours().await.unwrap();
    assert_eq!((found.linked, found.line), (Linked::Ours, Line::AudioSocket("echo".into())));
    services.numbers.unlink_number(&number).await.unwrap();
    assert_eq!(ours().await.unwrap().linked, Linked::No);
    services.numbers.link_number(&number, false).await.unwrap();
    assert_eq!(ours().await.unwrap().linked, Linked::Ours);
    services.numbers.release_number(&number).await.unwrap();
    assert_eq!(ours().await, None);
    let stranger = E164::parse("442079469999").unwrap();
    assert!(matches!(services.numbers.lead_number(&stranger, &Line::Support).await, Err(NumberRefusal::NotOurs(_))));
    let rented = services.numbers.provision_numbers("GB", 3, &Line::Private).await.unwrap();
    assert_eq!((rented.numbers.len(), rented.problem.is_none()), (3, true));
    assert!(rented.numbers.iter().all(|number| services.lines.directory().numbers[number] == Line::Private));
    let few = services.numbers.provision_numbers("ZZ", 1, &Line::Private).await.unwrap();
    assert!(few.numbers.is_empty() && matches!(few.problem, Some(NumberRefusal::TooFew { found: 0, .. })));
}

async fn users_are_kept_in_step_and_clients_get_tokens_for_them(db: Database) {
    let fresh = Fresh::created(db).await;
    let services = fresh.services();
    let new = |name: &str, role| NewMember { name: name.into(), display_name: String::new(), role };
    services.team.add_user(&new("Jane", Role::Agent)).await.unwrap();
    services.team.add_user(&new("Op", Role::Operator)).await.unwrap();
    services.team.add_member(&new("Joe", Role::Agent)).await.unwrap();
    services.core.vonage.create_user("stray", "Stray").await.unwrap();
    let there = async || -> Vec<(String, bool, bool)> {
        let (all, _, trouble) = services.team.everybody().await.unwrap();
        assert!(trouble.is_none());
        all.into_iter().map(|user| (user.name, user.id.is_some(), user.member.is_some())).collect()
    };
    let row = |name: &str, there, member| (name.to_owned(), there, member);
    let expected =
        [row("Jane", true, true), row("Joe", false, true), row("Op", false, true), row("stray", true, false)];
    assert_eq!(there().await, expected);
    assert_eq!(services.team.keep_users_in_step().await.unwrap(), 2);
    assert!(there().await[1].1);
    services.team.delete_stray_user("stray").await.unwrap();
    services.team.delete_stray_user("Jane").await.unwrap();
    assert_eq!(there().await.len(), 3);

    let key = services.team.sdk.new_mobile_key().await.unwrap().unwrap();
    assert!(!services.core.store.settings().find("mobile_api_key_hash").await.unwrap().unwrap().contains(&key));
    let token = services.team.sdk.sdk_token(&key, "Jane", None, home()).await.unwrap();
    assert!(token.user_id.starts_with("USR-"));
    assert_eq!(token.expires_at_ms, services.now_ms() + 24 * 3_600_000);
    let ask =
        async |name: &str, until: Option<i64>| services.team.sdk.sdk_token(&key, name, until, home()).await.map(drop);
    assert_eq!(ask("Nobody", None).await, Err(SdkRefusal::UnknownUser));
    assert_eq!(ask("Op", None).await, Err(SdkRefusal::UnknownUser), "an operator takes no calls");
    let now = services.now_ms();
    assert_eq!(ask("Joe", Some(now + 3_600_000)).await, Ok(()));
    assert_eq!(ask("Joe", Some(now + 25 * 3_600_000)).await, Err(SdkRefusal::Expiry));
    assert_eq!(ask("Joe", Some(now)).await, Err(SdkRefusal::Expiry));
    let jane = services.team.members().await.unwrap().into_iter().find(|member| member.account.name == "Jane").unwrap();
    assert!(services.team.delete_user(&jane.account.id, &jane.account.id).await.is_err());
    services.team.delete_user(&jane.account.id, "op").await.unwrap();
    assert_eq!(ask("Jane", None).await, Err(SdkRefusal::UnknownUser));
    assert!(there().await.iter().all(|(name, ..)| name != "Jane"));
}

async fn wrong_keys_are_refused_and_slowed_down(db: Database) {
    let fresh = Fresh::created(db).await;
    let services = fresh.services();
    assert_eq!(
        services.team.sdk.check_mobile_key("", home()).await,
        Err(SdkRefusal::Key),
        "no key is set, so none is right"
    );
    let old = services.team.sdk.new_mobile_key().await.unwrap().unwrap();
    assert_eq!(services.team.sdk.check_mobile_key(&old, home()).await, Ok(()));
    let new = services.team.sdk.new_mobile_key().await.unwrap().unwrap();
    assert_eq!(services.team.sdk.check_mobile_key(&old, home()).await, Err(SdkRefusal::Key));
    let mut last = Ok(());
    for _ in 0..20 {
        last = services.team.sdk.check_mobile_key("wrong", home()).await;
    }
    assert!(matches!(last, Err(SdkRefusal::Throttled { .. })), "{last:?}");
    assert!(services.team.sdk.check_mobile_key(&new, home()).await.is_err(), "the right one has to wait too");
    let elsewhere = std::net::IpAddr::from([198, 51, 100, 7]);
    assert_eq!(services.team.sdk.check_mobile_key(&new, elsewhere).await, Ok(()));
    let configured =
        fresh.world.restarted(|settings| settings.operator.mobile_api_key = Some("from outside".into())).await;
    assert_eq!(configured.team.sdk.check_mobile_key("from outside", elsewhere).await, Ok(()));
    assert_eq!(configured.team.sdk.check_mobile_key(&new, elsewhere).await, Err(SdkRefusal::Key));
    assert_eq!(configured.team.sdk.new_mobile_key().await.unwrap(), None);
    let set = async |text: &str| services.team.sdk.set_mobile_origins(text).await.refusable().unwrap();
    assert_eq!(set("https://a.example, http://b.example:8080/\nhttps://a.example").await, Ok(()));
    assert_eq!(services.team.sdk.mobile_origins().await.unwrap(), ["https://a.example", "http://b.example:8080"]);
    assert_eq!(set("https://a.example *").await, Err(NoOrigin("*".into())));
    let _ = Arc::new(());
}

async fn no_other_application_is_created_while_a_call_is_under_way(db: Database) {
    let fresh = Fresh::created(db).await;
    let services = fresh.services();
    let create = async || services.setup.create_application("", "", "", "Other").await.map(drop);
    let call = |status: &str| {
        serde_json::json!({"from": "447700900123", "to": SUPPORT, "uuid": "leg-1", "conversation_uuid": "CON-1", "status": status,
               "direction": "inbound", "timestamp": "2026-11-21T07:00:00.000Z"})
    };
    services.webhooks.event(event(&call("answered"))).await.unwrap();
    let refused = create().await;
    assert!(matches!(refused, Err(SetupRefusal::CallsUnderWay(1))), "{refused:?}");
    services.webhooks.event(event(&call("completed"))).await.unwrap();
    // Of two at once one is made.
    let mut both = <[_; 2]>::from(tokio::join!(create(), create()));
    both.sort_by_key(Result::is_err);
    assert!(matches!(both, [Ok(()), Err(SetupRefusal::BeingCreated)]), "{both:?}");
    assert_eq!(services.core.vonage.list_applications().await.unwrap().len(), 2);
}

async fn a_test_call_rings_a_telephone(db: Database) {
    let fresh = Fresh::new(db).await;
    let services = fresh.services();
    assert!(matches!(services.setup.test_call("+44 7700 900000").await, Err(SetupRefusal::NoApplication)));
    services.setup.create_application("abcd1234", "s3cret-s3cret", "signs-what-is-ours", "Acme").await.unwrap();
    let short = services.setup.test_call("07700 90000").await;
    assert!(matches!(short, Err(SetupRefusal::Number(PhoneError::Incomplete(country))) if country == "GB"));
    let rings = services.setup.test_call("+44 7700 900000").await.unwrap();
    assert_eq!(rings.digits(), "447700900000");
    let phone = fresh.phone(&rings).await;
    assert_eq!((phone["state"].as_str(), phone["caller"].as_str()), (Some("ringing"), Some(SUPPORT)), "{phone}");
}

/// The checklist at a platform that gives everybody this answer, or at none; and what becomes of creating an application.
async fn list_at(answer: Option<ResponseTemplate>) -> (Vec<Check>, SetupRefusal) {
    let platform = MockServer::start().await;
    let url = match answer {
        Some(answer) => {
            Mock::given(any()).respond_with(answer).mount(&platform).await;
            platform.uri()
        }
        // Nobody listens there.
        None => "http://127.0.0.1:1".to_owned(),
    };
    let urls = Urls { api: url.clone(), rest: url };
    let world = World::at(Database::sqlite().await, urls, |_| {}).await;
    let refusal = world.services.setup.create_application("", "", "", "Acme").await.unwrap_err();
    (world.services.setup.checklist().await, refusal)
}

#[tokio::test]
async fn a_platform_that_does_not_answer_is_not_called_wrong() {
    let of = |list: &[Check], what| list.iter().find(|check| check.what == what).cloned().unwrap();
    for status in [401, 403] {
        let (list, refusal) = list_at(Some(ResponseTemplate::new(status))).await;
        let credentials = of(&list, CheckKind::Credentials);
        assert_eq!((credentials.state, credentials.fix()), (CheckState::Bad, Some(CheckKind::Credentials.words().1)));
        assert!(matches!(refusal, SetupRefusal::Credentials), "{refusal}");
    }
    for answer in [Some(ResponseTemplate::new(503)), Some(ResponseTemplate::new(429)), None] {
        let (list, refusal) = list_at(answer).await;
        let credentials = of(&list, CheckKind::Credentials);
        assert_eq!(credentials.state, CheckState::Open, "{}", credentials.found);
        assert!(credentials.fix().is_some_and(|fix| fix.contains("try again")), "{:?}", credentials.fix());
        let webhooks = of(&list, CheckKind::Webhooks);
        assert_eq!((webhooks.state, &webhooks.found), (CheckState::Open, &Found::Unasked));
        assert_eq!(webhooks.fix(), None, "nobody knows which addresses the platform has");
        for what in [CheckKind::Application, CheckKind::Numbers, CheckKind::Users] {
            assert_eq!((of(&list, what).state, of(&list, what).fix()), (CheckState::Open, None), "{what:?}");
        }
        let trouble = Trouble::from(refusal);
        assert!(trouble.is_platform_away(), "{trouble}");
    }
}
