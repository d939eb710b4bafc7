//! Applications are made as the reference says, and numbers lead to them.

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::KeyPair as _;
use serde_json::json;

use super::*;
use crate::effects::fixed;

fn accounts() -> Accounts {
    let effects = fixed::effects(1_700_000_000_000).0;
    Accounts::new(Account::generated(&effects), effects)
}

fn reasons(refusal: Refusal) -> Vec<(String, String)> {
    match refusal {
        Refusal::Invalid(wrong) => wrong.into_iter().map(|w| (w.name, w.reason)).collect(),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn makes_a_key_pair_that_fits_and_keeps_only_the_public_half() {
    let accounts = accounts();
    let (application, private) = accounts.create(&json!({"name": "One"})).await.unwrap();
    let private = private.unwrap();
    assert!(private.starts_with("-----BEGIN PRIVATE KEY-----\n"), "{private}");
    assert!(application.public_key_pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
    let pair = KeyPair::from_pkcs8(pem::parse(&private).unwrap().contents()).unwrap();
    let public: PublicKeyX509Der = pair.public_key().as_der().unwrap();
    assert_eq!(public_key_der(&application.public_key_pem).unwrap(), public.as_ref());
    assert_eq!(pair.public_modulus_len(), 256);
    assert!(!accounts.get(&application.id).unwrap().to_json().to_string().contains("PRIVATE"));

    let own = json!({"name": "Two", "keys": {"public_key": application.public_key_pem}});
    assert!(accounts.create(&own).await.unwrap().1.is_none());
}

#[tokio::test]
async fn names_every_field_that_is_wrong() {
    let body = json!({"keys": {"public_key": "no key"}, "capabilities": {"voice": {"signed_callbacks": "yes", "webhooks": {
        "answer_url": {"address": "ftp://x", "http_method": "PATCH"},
        "event_url": {"address": "http://x/e", "connection_timeout": 5, "socket_timeout": 60_000}}}}});
    let wrong = reasons(accounts().create(&body).await.unwrap_err());
    let names: Vec<_> = wrong.iter().map(|(name, _)| name.trim_start_matches("capabilities.voice.")).collect();
    assert_eq!(
        names,
        [
            "name",
            "keys.public_key",
            "webhooks.answer_url.address",
            "webhooks.answer_url.http_method",
            "webhooks.event_url.connect_timeout",
            "webhooks.event_url.socket_timeout",
            "signed_callbacks"
        ]
    );
    assert_eq!(wrong[3].1, "must be one of: GET, POST");
}

#[tokio::test]
async fn reads_webhooks_and_fills_in_what_the_documentation_says() {
    let accounts = accounts();
    let (application, _) = accounts
        .create(&json!({"name": "One", "capabilities": {"rtc": {}, "messages": {"kept": 1}, "voice": {"webhooks": {
            "answer_url": {"address": "https://example.com/answer", "connect_timeout": 500},
            "fallback_answer_url": {"address": ""},
            "event_url": {"address": "https://example.com/event", "http_method": "get", "socket_timeout": 3000}}}}}))
        .await
        .unwrap();
    let voice = application.voice.clone().unwrap();
    assert!(voice.signed_callbacks && application.rtc);
    let answer = voice.answer.unwrap();
    assert_eq!(
        (answer.method, answer.connect_timeout.as_millis(), answer.socket_timeout.as_millis()),
        (Method::Get, 500, 5000)
    );
    assert_eq!(voice.event.unwrap().method, Method::Get);
    assert_eq!(voice.fallback, None);
    assert_eq!(application.capabilities["messages"]["kept"], 1);

    let updated = accounts.update(&application.id, &json!({"name": "Renamed"})).unwrap();
    assert_eq!((updated.name.as_str(), updated.voice), ("Renamed", None), "capabilities are replaced");
    assert_eq!(updated.public_key_pem, application.public_key_pem);
    assert!(matches!(accounts.update("nobody", &json!({"name": "x"})), Err(Refusal::NotFound)));
}

#[tokio::test]
async fn a_number_answers_with_the_application_it_is_linked_to() {
    let accounts = accounts();
    let (application, _) = accounts.create(&json!({"name": "One"})).await.unwrap();
    assert!(accounts.own("447700900000", "gb"));
    assert!(!accounts.own("447700900000", "GB"), "owned once");
    assert!(accounts.application_of("447700900000").is_none());
    assert!(accounts.link("447700900000", Some(&application.id)));
    assert!(!accounts.link("447700900009", Some(&application.id)), "not ours");
    assert_eq!(accounts.application_of("447700900000").unwrap().id, application.id);
    assert!(accounts.delete(&application.id));
    assert_eq!(accounts.number("447700900000").unwrap().app_id, None);
}
