//! The account's numbers: what leads where, searching and renting, for operators.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::{LineChoice, Page};
use super::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use super::flash::Flash;
use crate::domain::language::Language;
use crate::domain::trouble::Trouble;

/// The page's address.
pub const NUMBERS: &str = "/admin/numbers";

/// A search for numbers for rent; without a country there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NumberQuery {
    /// Two letters.
    pub country: String,
    /// `VOICE`, `VOICE,SMS`, `SMS`; empty for any.
    pub features: String,
    /// Digits somewhere in it.
    pub pattern: String,
    /// From 1.
    pub page: u32,
}

/// Whose a number is at the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkState {
    Ours,
    Other,
    No,
    Gone,
}

/// A number of the account's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberEntry {
    /// E.164 with its `+`.
    pub number: String,
    pub country: String,
    pub kind: String,
    pub features: Vec<String>,
    pub linked: LinkState,
    /// The other application's id, for [`LinkState::Other`].
    pub elsewhere: Option<String>,
    /// `sip`, `tel`: where its calls go before any application is asked.
    pub forwarding: Option<String>,
    pub line: LineChoice,
    /// ms UTC
    pub used_at: Option<i64>,
    /// In which language its callers are spoken to; `None`: in that of the business.
    pub language: Option<Language>,
}

/// A number that is for rent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferEntry {
    /// E.164 with its `+`.
    pub number: String,
    pub country: String,
    pub kind: String,
    pub features: Vec<String>,
    /// Euros a month.
    pub cost: Option<String>,
    /// Euros, once.
    pub initial: Option<String>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offers {
    pub total: usize,
    pub offers: Vec<OfferEntry>,
    /// Why the platform could not be asked.
    pub problem: Option<Trouble>,
    /// Why no number can contain what was asked for. Then nothing was looked for.
    pub wrong_pattern: Option<Trouble>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    pub numbers: Vec<NumberEntry>,
    /// Why the platform could not be asked.
    pub problem: Option<Trouble>,
    pub lines: Vec<LineChoice>,
    pub found: Option<Offers>,
}

/// The numbers' page.
#[server(prefix = "/api", endpoint = "numbers", input = Json)]
pub async fn numbers_page(query: NumberQuery) -> Result<Access<Page<Numbers>>, ApiError> {
    use super::admin::server::{choice, lines, page};
    use super::context;
    use crate::service::Linked;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let lines = lines(&services).await?;
        let called = services.tracking.last_calls().await?;
        let (ours, problem) = match services.numbers.our_numbers().await {
            Ok(numbers) => (numbers, None),
            Err(error) => (Vec::new(), Some(error.into())),
        };
        let entries = ours.into_iter().map(|number| {
            let shown = choice(&number.line, None);
            let known = lines.iter().find(|choice| choice.value == shown.value).cloned();
            NumberEntry {
                number: number.number.international(),
                country: number.country,
                kind: number.kind,
                features: number.features,
                linked: match number.linked {
                    Linked::Ours => LinkState::Ours,
                    Linked::Other => LinkState::Other,
                    Linked::No => LinkState::No,
                    Linked::Gone => LinkState::Gone,
                },
                elsewhere: number.elsewhere,
                forwarding: number.forwarding.map(|kind| kind.name().to_owned()),
                language: number.language,
                line: known.unwrap_or(shown),
                used_at: number.used_at.max(called.get(number.number.digits()).copied()),
            }
        });
        let numbers = entries.collect();
        let found = if query.country.trim().is_empty() { None } else { Some(search(&services, &query).await) };
        Ok(page(&services, &account, Numbers { numbers, problem, lines, found }))
    })
    .await
}

/// Rents a number. `sure` is the confirmation: renting costs money.
#[server(prefix = "/api", endpoint = "number-rent")]
pub async fn rent_number(
    #[server(default)] number: String,
    #[server(default)] country: String,
    #[server(default)] features: String,
    #[server(default)] line: String,
    #[server(default)] sure: String,
) -> Result<Access<()>, ApiError> {
    change(Flash::NumberRented, number, move |services, number| async move {
        if sure != "yes" {
            return Err(Flash::NotConfirmed);
        }
        let line = super::admin::server::line(if line.is_empty() { "unassigned" } else { &line })?;
        let features: Vec<String> = features.split(',').map(str::to_owned).filter(|one| !one.is_empty()).collect();
        services.numbers.rent_number(&number, &country, &features, &line).await.map_err(Flash::from)
    })
    .await
}

/// Leads a number to a line.
#[server(prefix = "/api", endpoint = "number-line")]
pub async fn lead_number(
    #[server(default)] number: String,
    #[server(default)] line: String,
) -> Result<Access<()>, ApiError> {
    change(Flash::NumberLed, number, move |services, number| async move {
        let line = super::admin::server::line(&line)?;
        services.numbers.lead_number(&number, &line).await.map_err(Flash::from)
    })
    .await
}

/// Says in which language callers of a number are spoken to: its tag, or nothing for that of the business.
#[server(prefix = "/api", endpoint = "number-language")]
pub async fn speak_on_number(
    #[server(default)] number: String,
    #[server(default)] language: String,
) -> Result<Access<()>, ApiError> {
    change(Flash::NumberSpeaks, number, move |services, number| async move {
        let chosen = Language::EVERY.into_iter().find(|known| known.tag() == language);
        if chosen.is_none() && !language.is_empty() {
            return Err(Flash::at_field("language", Trouble::Missing));
        }
        services.numbers.speak_on_number(&number, chosen).await.map_err(Flash::from)
    })
    .await
}

/// Links a number to our application. `sure` is the confirmation for one that another application has: its calls stop
/// coming there.
#[server(prefix = "/api", endpoint = "number-link")]
pub async fn link_number(
    #[server(default)] number: String,
    #[server(default)] sure: String,
) -> Result<Access<()>, ApiError> {
    change(Flash::NumberLinked, number, move |services, number| async move {
        services.numbers.link_number(&number, sure == "yes").await.map_err(Flash::from)
    })
    .await
}

/// Takes a number from its application.
#[server(prefix = "/api", endpoint = "number-unlink")]
pub async fn unlink_number(#[server(default)] number: String) -> Result<Access<()>, ApiError> {
    change(Flash::NumberUnlinked, number, |services, number| async move {
        services.numbers.unlink_number(&number).await.map_err(Flash::from)
    })
    .await
}

/// Gives a number back. `sure` is the confirmation: it is somebody else's from then on.
#[server(prefix = "/api", endpoint = "number-release")]
pub async fn release_number(
    #[server(default)] number: String,
    #[server(default)] sure: String,
) -> Result<Access<()>, ApiError> {
    change(Flash::NumberReleased, number, move |services, number| async move {
        if sure != "yes" {
            return Err(Flash::NotConfirmed);
        }
        services.numbers.release_number(&number).await.map_err(Flash::from)
    })
    .await
}

/// Does something with a number and goes back to the page, which shows the outcome.
#[cfg(not(target_arch = "wasm32"))]
async fn change<F>(
    done: fn(String) -> Flash,
    number: String,
    work: impl FnOnce(crate::service::Services, crate::domain::phone::E164) -> F,
) -> Result<Access<()>, ApiError>
where
    F: Future<Output = Result<(), Flash>>,
{
    use super::admin::server::go;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = match services.lines.read_own_number(&number) {
            Ok(parsed) => {
                let shown = parsed.grouped();
                match work(services.clone(), parsed).await {
                    Ok(()) => done(shown),
                    Err(refused) => refused,
                }
            }
            Err(error) => error.into(),
        };
        go(&services, &account, NUMBERS, &outcome)
    })
    .await
}

#[cfg(not(target_arch = "wasm32"))]
async fn search(services: &crate::service::Services, query: &NumberQuery) -> Offers {
    use crate::domain::phone::digits_within;
    use crate::service::{NumberSearch, Place};
    let none = Offers { total: 0, offers: Vec::new(), problem: None, wrong_pattern: None };
    if let Err(error) = digits_within(&query.pattern) {
        return Offers { wrong_pattern: Some(error.into()), ..none };
    }
    let features = query.features.split(',').map(|one| one.trim().to_uppercase()).filter(|one| !one.is_empty());
    let search = NumberSearch {
        country: query.country.clone(),
        features: features.collect(),
        pattern: query.pattern.clone(),
        place: Place::Anywhere,
        page: query.page.clamp(1, 500),
    };
    match services.numbers.numbers_for_rent(&search).await {
        Ok((total, offers)) => Offers {
            total,
            offers: offers
                .into_iter()
                .map(|offer| OfferEntry {
                    number: offer.number.international(),
                    country: offer.country,
                    kind: offer.kind,
                    features: offer.features,
                    cost: offer.cost,
                    initial: offer.initial,
                })
                .collect(),
            ..none
        },
        Err(error) => Offers { problem: Some(error.into()), ..none },
    }
}
