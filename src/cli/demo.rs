//! What the sandbox's account owns at the first start, so that every job can be tried at once.

use crate::domain::business::Profile;
use crate::domain::click_to_call::GREETING;
use crate::domain::language::Texts;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::service::{ServiceError, business};
use crate::store::personal::DEMO_WIPED;
use crate::store::{NumberRow, Result, Store};

/// Numbers of the range that the regulator keeps for fiction (Ofcom: London 020 7946 0xxx).
const NUMBERS: [&str; 5] = ["442079460101", "442079460102", ECHO_NUMBER, "442079460104", "442079460105"];

/// Where each of them leads at first.
fn line_of(number: &str) -> Line {
    match number {
        "442079460101" => Line::Agent("Jane".to_owned()),
        "442079460102" => Line::Ivr("main".to_owned()),
        ECHO_NUMBER => Line::AudioSocket("echo".to_owned()),
        _ => Line::Private,
    }
}

/// The echo line, which visitors of the support page may call too.
const ECHO_NUMBER: &str = "442079460007";

/// Whether the demo data was wiped. It does not come back then.
pub(super) async fn is_wiped(store: &Store) -> Result<bool> {
    Ok(store.settings().find(DEMO_WIPED).await?.is_some())
}

/// The profile of the example's business, until the operator writes their own.
pub(super) async fn business(
    store: &Store,
    time_zone: &str,
    configured_greeting: &str,
    now: i64,
) -> std::result::Result<(), ServiceError> {
    let greeting = match configured_greeting {
        GREETING => "Thank you for calling Acme support. Transferring you now.",
        configured => configured,
    };
    let profile = Profile {
        name: business::EXAMPLE.to_owned(),
        headline: Texts::new("Acme support", "Acme 客服中心"),
        ..Profile::new(time_zone, greeting)
    };
    business::begin_with(store, &profile, now).await
}

/// The numbers that we rented, and their countries. On an empty database they are made up first, unless the demo data was
/// `wiped`: what the operator changes or releases afterwards stays so.
pub(super) async fn numbers(store: &Store, support: &E164, wiped: bool, now: i64) -> Result<Vec<(E164, String)>> {
    if !wiped && store.numbers().all().await?.is_empty() {
        for number in NUMBERS.into_iter().filter(|number| *number != support.digits()) {
            let line = line_of(number);
            let row = NumberRow {
                number: number.to_owned(),
                country: "GB".to_owned(),
                features: "VOICE,SMS".to_owned(),
                line: line.name().to_owned(),
                target: line.target().map(str::to_owned),
                reserved: false,
                created_at: now,
                assigned_at: now,
                used_at: None,
                language: None,
            };
            store.numbers().put(&row).await?;
        }
        store.audio().set_number_open(ECHO_NUMBER, true).await?;
    }
    let rented = store.numbers().all().await?.into_iter().filter(|row| row.number != support.digits());
    Ok(rented.filter_map(|row| Some((E164::parse(&row.number).ok()?, row.country))).collect())
}
