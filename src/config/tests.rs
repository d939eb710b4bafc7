//! What is configured is read, checked and refused by the option's name.

use clap::Parser;

use super::vonage::{CLIENT_API_URL, CLIENT_WS_URL};
use super::*;

#[derive(Parser)]
struct CommandLine {
    #[command(flatten)]
    config: Config,
}

pub(super) fn config(arguments: &[&str]) -> Config {
    CommandLine::try_parse_from([&["switchboard"], arguments].concat()).unwrap().config
}

pub(super) const REAL: [&str; 10] = [
    "--vonage-api-key=abcd1234",
    "--vonage-api-secret=s3cret",
    "--vonage-application-id=aaaaaaaa-bbbb",
    "--vonage-private-key=KEY",
    "--vonage-signature-secret=a-new-signature-secret,an-old-signature-secret",
    "--support-phone-number=442079460000",
    "--destination-phone-number=+44 7700 900000",
    "--public-url=https://calls.example.com/",
    "--host=0.0.0.0",
    "--port=8080",
];

fn without(option: &str) -> ConfigError {
    let arguments: Vec<&str> = REAL.into_iter().filter(|argument| !argument.starts_with(option)).collect();
    config(&arguments).validate().unwrap_err()
}

#[test]
fn p1_a_region_gives_every_host_that_is_not_set() {
    let hosts = |more: &[&str]| {
        let config = config(more);
        (config.home_region_url(), config.client_api_url(), config.client_ws_url())
    };
    let usual = (None, CLIENT_API_URL.to_owned(), CLIENT_WS_URL.to_owned());
    assert_eq!(hosts(&[]), usual);
    let api = "https://api-eu-4.vonage.com".to_owned();
    let frankfurt = (Some(api.clone()), api.clone(), "wss://ws-eu-4.vonage.com".to_owned());
    assert_eq!(hosts(&["--vonage-region=EU-East"]), frankfurt);
    let own = [
        "--vonage-region=eu-east",
        "--vonage-api-url=http://127.0.0.1:1",
        "--vonage-client-api-url=https://sdk.example",
    ];
    assert_eq!(hosts(&own), (None, "https://sdk.example".to_owned(), frankfurt.2));
}

#[test]
fn bare_switchboard_serves_the_sandbox_with_fictional_numbers() {
    let config = config(&[]);
    assert!(config.uses_sandbox());
    assert_eq!(config.validate(), Ok(()));
    assert_eq!(config.support_number().unwrap().digits(), SANDBOX_SUPPORT_NUMBER);
    assert_eq!(config.destination_number().unwrap().digits(), SANDBOX_DESTINATION_NUMBER);
    assert_eq!(config.public_url(config.listen.addr()), "http://127.0.0.1:3000");
    assert_eq!(config.sandbox.addr.to_string(), "127.0.0.1:3001");
}

#[test]
fn the_real_platform_needs_everything_and_says_what_is_missing() {
    let config = config(&REAL);
    assert!(!config.uses_sandbox());
    assert_eq!(config.validate(), Ok(()));
    assert_eq!(config.public_url(config.listen.addr()), "https://calls.example.com");
    assert_eq!(config.vonage.signature_secret.len(), 2);
    for (option, name) in [
        ("--vonage-api-key", "VONAGE_API_KEY"),
        ("--vonage-api-secret", "VONAGE_API_SECRET"),
        ("--vonage-application-id", "VONAGE_APPLICATION_ID"),
        ("--vonage-private-key", "VONAGE_PRIVATE_KEY or VONAGE_PRIVATE_KEY_FILE"),
        ("--vonage-signature-secret", "VONAGE_SIGNATURE_SECRET"),
        ("--support-phone-number", "SUPPORT_PHONE_NUMBER"),
        ("--destination-phone-number", "DESTINATION_PHONE_NUMBER"),
    ] {
        assert!(without(option).to_string().starts_with(&format!("{name} is not set.")), "{option}");
    }
}

#[test]
fn blank_is_not_set() {
    let config =
        config(&["--vonage-api-key=", "--vonage-api-secret= ", "--vonage-private-key=", "--vonage-application-id="]);
    assert!(config.uses_sandbox());
    assert_eq!(config.account(), (None, None, None));
}

#[test]
fn unsigned_webhooks_must_be_allowed_in_so_many_words() {
    let arguments: Vec<&str> = REAL.into_iter().filter(|a| !a.starts_with("--vonage-signature")).collect();
    assert!(config(&arguments).validate().is_err());
    assert!(config(&[&arguments[..], &["--vonage-signature-secret= "]].concat()).validate().is_err());
    assert_eq!(config(&[&arguments[..], &["--allow-unsigned-webhooks"]].concat()).validate(), Ok(()));
}

#[test]
fn says_which_address_is_wrong() {
    for (argument, expected) in [
        ("--public-url=calls.example.com", "PUBLIC_URL: "),
        ("--public-url=ftp://calls.example.com", "PUBLIC_URL: it must start with http:// or https://"),
        ("--public-url=https://example.com/calls", "PUBLIC_URL: it must be an address only"),
        ("--vonage-api-url=https://a:b@example.com", "VONAGE_API_URL: it must not carry"),
        ("--vonage-client-ws-url=https://example.com", "VONAGE_CLIENT_WS_URL: it must start with ws://"),
        ("--support-user=a/b", "SUPPORT_USER: "),
    ] {
        let error = config(&[argument]).validate().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{argument}: {error}");
    }
    for (argument, expected) in [
        ("--support-phone-number=12", "SUPPORT_PHONE_NUMBER: a number with"),
        ("--destination-phone-number=+44 20 7946 0000 x3", "DESTINATION_PHONE_NUMBER: the number has an extension (3)"),
        ("--destination-phone-number=2025550123", "DESTINATION_PHONE_NUMBER: do you mean +1 202-555-0123"),
        ("--call-countries=GB,England", "CALL_COUNTRIES: \"England\" is no country"),
        ("--call-types=premium,cheap", "CALL_TYPES: \"cheap\" is not one of premium,"),
        ("--home-country=England", "COUNTRY: \"England\" is no country"),
    ] {
        let error = config(&[argument]).validate().unwrap_err().to_string();
        assert!(error.starts_with(expected), "{argument}: {error}");
    }
}

#[test]
fn case_1_b5_configured_numbers_are_read_as_people_write_them() {
    let written = config(&["--support-phone-number=+49 (0)30 901820", "--destination-phone-number=0171 / 2345678"]);
    assert_eq!(written.home_country(), "DE");
    assert_eq!(written.support_number().unwrap().digits(), "4930901820");
    assert_eq!(written.destination_number().unwrap().digits(), "491712345678");
    let national = config(&["--home-country=us", "--support-phone-number=(202) 555-0123"]);
    assert_eq!(national.support_number().unwrap().digits(), "12025550123");
    assert_eq!(national.home_country(), "US");
    assert!(config(&["--support-phone-number=030 901820"]).validate().is_err(), "of which country?");
}

#[test]
fn case_18_trusted_proxies_are_addresses_and_networks_and_the_wrong_one_is_named() {
    let read = |argument: &str| config(&[argument]).trusted_proxies().map(|nets| nets.len());
    assert_eq!(read("--trusted-proxies=172.16.0.0/12, fd00::/8,192.0.2.1,"), Ok(3));
    assert_eq!(read("--trusted-proxies="), Ok(0));
    let error = config(&["--trusted-proxies=10.0.0.0/8,lb.internal"]).validate().unwrap_err().to_string();
    assert!(error.starts_with("TRUSTED_PROXIES: \"lb.internal\" is neither"), "{error}");
}

#[test]
fn f19_the_public_support_user_can_be_switched_off() {
    let config = config(&["--support-user="]);
    assert_eq!((config.validate(), config.support.user.as_str()), (Ok(()), ""));
}

#[test]
fn f21_secrets_that_can_be_guessed_are_refused_by_their_options_name() {
    let short = |argument: &'static str| {
        let name = argument.split('=').next().unwrap();
        let others = REAL.into_iter().filter(|argument| !argument.starts_with(name));
        let arguments: Vec<&str> = others.chain([argument]).collect();
        config(&arguments).validate().map_err(|error| error.to_string())
    };
    for (argument, option) in [
        ("--vonage-signature-secret=x", "VONAGE_SIGNATURE_SECRET: "),
        ("--vonage-signature-secret=a-new-signature-secret,short", "VONAGE_SIGNATURE_SECRET: "),
        ("--mobile-api-key=fifteen letters", "MOBILE_API_KEY: "),
    ] {
        let error = short(argument).unwrap_err();
        assert!(error.starts_with(option) && error.contains("16 characters"), "{argument}: {error}");
        assert!(!error.contains("fifteen"), "no secret is shown: {error}");
    }
    assert_eq!(short("--mobile-api-key=sixteen letters."), Ok(()));
    assert_eq!(short("--mobile-api-key= "), Ok(()), "blank is not set");
}

#[test]
fn asking_for_the_sandbox_wins_over_credentials() {
    let config = config(&[&REAL[..], &["--sandbox"]].concat());
    assert!(config.uses_sandbox());
    assert_eq!(config.validate(), Ok(()));
}

#[test]
fn debug_shows_no_secret() {
    let shown = format!("{:?}", config(&REAL));
    for secret in ["s3cret", "KEY", "a-new-signature-secret", "an-old-signature-secret"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}
