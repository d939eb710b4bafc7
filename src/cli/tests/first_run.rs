//! The first run of an operator: the seed's step "key, secret, name, Create" in the sandbox, and the demo data wiped.

use metrics_exporter_prometheus::PrometheusBuilder;

use super::config;
use crate::cli::serve::Server;
use crate::cli::start;
use crate::config::Config;
use crate::domain::call_flows::Preset;
use crate::domain::checklist::{CheckKind, CheckState, Standing, Step};
use crate::domain::line::Line;
use crate::domain::trouble::Trouble;
use crate::service::{CallFilter, Fail, Refusable as _, Services};
use crate::store::Store;

async fn serve(config: &Config) -> Server {
    start(config, PrometheusBuilder::new().build_recorder().handle()).await.unwrap()
}

async fn check(server: &Server, what: CheckKind) -> CheckState {
    server.services.setup.checklist().await.into_iter().find(|check| check.what == what).unwrap().state
}

/// What the sandbox tells its own page.
async fn told(server: &Server) -> serde_json::Value {
    let url = format!("{}page.json", server.handset_page_url.as_deref().unwrap());
    crate::vonage::client::http().unwrap().get(url).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn the_sandbox_takes_the_key_and_secret_that_are_on_its_page_and_doctor_sees_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &["--sandbox", "--sandbox-addr=127.0.0.1:0"]);
    let server = serve(&config).await;
    let told = told(&server).await;
    let (key, secret) = (told["api_key"].as_str().unwrap(), told["api_secret"].as_str().unwrap());
    let before = server.services.setup.platform_state().await.unwrap();
    assert_eq!(before.api_key, key);
    let made = server.services.setup.create_application(key, secret, "", "Contact centre").await.unwrap();
    assert!(made.application_id != before.application_id && !made.waits_for_restart);
    for what in
        [CheckKind::Credentials, CheckKind::Application, CheckKind::Webhooks, CheckKind::Numbers, CheckKind::Users]
    {
        assert_eq!(check(&server, what).await, CheckState::Good, "{what:?}");
    }
    // A command beside the server, such as doctor, is the new application too.
    let (offline, _) = crate::cli::offline::with_platform(&config).await.unwrap();
    assert_eq!(offline.services.setup.platform_state().await.unwrap().application_id, made.application_id);
    let seen = offline.services.setup.checklist().await;
    for what in [CheckKind::Application, CheckKind::Numbers, CheckKind::Users] {
        assert!(seen.iter().any(|check| check.what == what && check.state == CheckState::Good), "{what:?}: {seen:?}");
    }
    offline.store.close().await;
    server.stop().await;
    // It ended with its sandbox, and is no account to go live with.
    let again = serve(&config).await;
    let state = again.services.setup.platform_state().await.unwrap();
    assert!(again.handset_page_url.is_some() && state.application_id != made.application_id, "{state:?}");
    again.stop().await;
}

#[tokio::test]
async fn a_secret_that_was_configured_is_not_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    let given =
        ["--sandbox", "--sandbox-addr=127.0.0.1:0", "--vonage-api-key=mykey123", "--vonage-api-secret=my-own-secret"];
    let server = serve(&config(folder.path(), &given)).await;
    let told = told(&server).await;
    assert_eq!((told["api_key"].as_str(), told["api_secret"].is_null()), (Some("mykey123"), true), "{told}");
    assert!(!told.to_string().contains("my-own-secret"));
    server.stop().await;
}

#[tokio::test]
async fn a_step_is_skipped_in_every_place_and_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &["--sandbox", "--sandbox-addr=127.0.0.1:0"]);
    let server = serve(&config).await;
    let setup = &server.services.setup;
    let standing =
        async |step| setup.guide().await.unwrap().iter().find(|guided| guided.step == step).unwrap().standing;
    assert_eq!(standing(Step::Business).await, Standing::Done, "the example has a name");
    assert_eq!((standing(Step::Hours).await, standing(Step::TestCall).await), (Standing::Left, Standing::Left));
    setup.skip(Step::Hours, true).await.unwrap();
    setup.skip(Step::TestCall, true).await.unwrap();
    setup.skip(Step::TestCall, true).await.unwrap();
    assert_eq!((standing(Step::Hours).await, standing(Step::TestCall).await), (Standing::Skipped, Standing::Skipped));
    setup.skip(Step::TestCall, false).await.unwrap();
    assert_eq!((standing(Step::Hours).await, standing(Step::TestCall).await), (Standing::Skipped, Standing::Left));
    server.stop().await;
    let again = serve(&config).await;
    let hours =
        again.services.setup.guide().await.unwrap().into_iter().find(|guided| guided.step == Step::Hours).unwrap();
    assert_eq!(hours.standing, Standing::Skipped, "it is kept");
    again.stop().await;
}

#[tokio::test]
async fn the_demo_is_wiped_and_does_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let config = config(folder.path(), &["--sandbox", "--sandbox-addr=127.0.0.1:0"]);
    let server = serve(&config).await;
    let services = &server.services;
    let store = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
    let accounts = async || {
        let rows = store.accounts().all().await.unwrap().into_iter();
        rows.map(|row| (row.id, row.name, row.password_hash, row.role)).collect::<Vec<_>>()
    };
    // Until it is changed, the one-time password is a new one at each start.
    let first = services.accounts.first_start().await.unwrap().unwrap();
    let operator = store.accounts().named(&first.name).await.unwrap().unwrap();
    let ip = [192, 0, 2, 1].into();
    services.accounts.change_password(&operator.id, &first.password, "a horse with a hat on", ip).await.unwrap();
    let before = accounts().await;
    services.flows.keep_call_flow(None, "Welcome", Preset::Custom, r#"[{"action":"talk","text":"Hi"}]"#).await.unwrap();
    for file in ["recordings/a.wav", "voicemails/call/b", "spool/refused.jsonl"] {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, "x").unwrap();
    }
    // A call that goes on is not wiped away.
    let sandbox = server.handset_page_url.clone().unwrap();
    let http = crate::vonage::client::http().unwrap();
    let phone = async |what: &str, body: &str| {
        let url = format!("{sandbox}phones/447700900123/{what}");
        http.post(url).body(body.to_owned()).send().await.unwrap().status().as_u16()
    };
    assert_eq!(phone("dial", r#"{"to": "442079460007"}"#).await, 200);
    let ended = async || {
        let page = services.log.calls(CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap();
        (page.calls.len(), store.erasure().under_way().await.unwrap())
    };
    until(async || ended().await == (1, 1)).await;
    let refused = services.demo.wipe().await;
    assert!(matches!(refused, Err(Fail::Refused(Trouble::CallsUnderWay(1)))), "{refused:?}");
    assert!(folder.path().join("recordings/a.wav").exists() && services.lines.directory().numbers.len() == 5);
    assert_eq!(phone("hangup", "{}").await, 200);
    until(async || ended().await == (1, 0)).await;

    services.demo.wipe().await.refusable().unwrap().unwrap();
    let gone = async |services: &Services| {
        assert_eq!(services.business.profile().name, "");
        assert!(services.lines.directory().numbers.is_empty());
        assert!(services.flows.call_flows().await.unwrap().is_empty());
        assert!(services.log.calls(CallFilter { limit: 10, ..CallFilter::default() }).await.unwrap().calls.is_empty());
        let menus = services.menus.current().await;
        assert_eq!(menus.menus.iter().map(|row| row.menu.id.as_str()).collect::<Vec<_>>(), ["main"]);
        assert_eq!(accounts().await, before);
        // The support line's number is the configuration's, not the demo's.
        let numbers = services.numbers.our_numbers().await.unwrap();
        assert_eq!(numbers.iter().map(|number| &number.line).collect::<Vec<_>>(), [&Line::Support]);
    };
    gone(services).await;
    for file in ["recordings/a.wav", "voicemails/call", "spool/refused.jsonl"] {
        assert!(!folder.path().join(file).exists(), "{file}");
    }
    // Calls are taken as before, by the same writer.
    assert_eq!(phone("dial", r#"{"to": "442079460000"}"#).await, 200);
    until(async || ended().await == (1, 1)).await;
    assert_eq!(phone("hangup", "{}").await, 200);
    until(async || ended().await == (1, 0)).await;
    services.demo.wipe().await.refusable().unwrap().unwrap();
    server.stop().await;

    let again = serve(&config).await;
    gone(&again.services).await;
    again.stop().await;
    store.close().await;
}

async fn until(mut is_so: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it did not come to that");
}
