//! Numbers API: what the account owns, what is for rent; renting, giving back, and which application a number belongs to.

use reqwest::Method;
use serde::Deserialize;

use super::Client;
use super::send::{Auth, Request};
use crate::domain::phone::E164;
use crate::vonage::error::VonageError;

/// A number of the account's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnNumber {
    pub number: E164,
    /// ISO 3166, two letters.
    pub country: String,
    /// `mobile-lvn`, `landline`, `landline-toll-free`.
    pub kind: String,
    /// `VOICE`, `SMS`, `MMS`.
    pub features: Vec<String>,
    /// The application it is linked to.
    pub application: Option<String>,
}

/// A number that is for rent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub number: E164,
    pub country: String,
    pub kind: String,
    pub features: Vec<String>,
    /// Euros a month, as the platform writes it.
    pub cost: Option<String>,
    /// Euros, once.
    pub initial: Option<String>,
}

/// Where in a number the wanted digits stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Place {
    /// With the country code.
    Start,
    #[default]
    Anywhere,
    End,
}

/// What to search for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NumberSearch {
    /// ISO 3166, two letters.
    pub country: String,
    /// `VOICE`, `SMS`, `MMS`; all of them.
    pub features: Vec<String>,
    /// Digits; empty for any.
    pub pattern: String,
    pub place: Place,
    /// The page, from 1.
    pub page: u32,
}

/// How many are on a page of a search.
const PAGE: usize = 20;
/// How many of the account's are asked for at once: the most the platform gives.
const OWN_PAGE: usize = 100;

#[derive(Deserialize)]
struct Row {
    country: String,
    msisdn: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    cost: Option<String>,
    #[serde(default, rename = "initialPrice")]
    initial: Option<String>,
    #[serde(default)]
    app_id: Option<String>,
}

/// Nothing found is an empty object.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    count: usize,
    #[serde(default)]
    numbers: Vec<Row>,
}

#[derive(Deserialize)]
struct Outcome {
    #[serde(rename = "error-code")]
    code: String,
    #[serde(default, rename = "error-code-label")]
    label: String,
}

impl Client {
    /// Every number that the account owns.
    ///
    /// # Errors
    /// Any [`VonageError`].
    pub async fn own_numbers(&self) -> Result<Vec<OwnNumber>, VonageError> {
        let mut all = Vec::new();
        // A bound, should the count never be reached.
        for index in 1..=1_000_usize {
            let url = format!("{}/account/numbers", self.urls.rest);
            let query = vec![("size", OWN_PAGE.to_string()), ("index", index.to_string())];
            let page: Page = self.json(Request::new(Method::GET, url, Auth::Basic).query(query)).await?;
            let last = page.numbers.len() < OWN_PAGE || index * OWN_PAGE >= page.count;
            all.extend(page.numbers.into_iter().filter_map(|row| {
                let Row { country, msisdn, kind, features, app_id, .. } = row;
                let application = app_id.filter(|id| !id.is_empty());
                Some(OwnNumber { number: E164::parse(&msisdn).ok()?, country, kind, features, application })
            }));
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// A page of what is for rent, and how many there are in all.
    ///
    /// # Errors
    /// Any [`VonageError`].
    pub async fn offers(&self, search: &NumberSearch) -> Result<(usize, Vec<Offer>), VonageError> {
        let url = format!("{}/number/search", self.urls.rest);
        let mut query = vec![
            ("country", search.country.clone()),
            ("size", PAGE.to_string()),
            ("index", search.page.max(1).to_string()),
        ];
        if !search.features.is_empty() {
            query.push(("features", search.features.join(",")));
        }
        if !search.pattern.is_empty() {
            let place = match search.place {
                Place::Start => "0",
                Place::Anywhere => "1",
                Place::End => "2",
            };
            query.push(("pattern", search.pattern.clone()));
            query.push(("search_pattern", place.to_owned()));
        }
        let page: Page = self.json(Request::new(Method::GET, url, Auth::Basic).query(query)).await?;
        let offer = |row: Row| {
            let Row { country, msisdn, kind, features, cost, initial, .. } = row;
            Some(Offer { number: E164::parse(&msisdn).ok()?, country, kind, features, cost, initial })
        };
        Ok((page.count, page.numbers.into_iter().filter_map(offer).collect()))
    }

    /// Takes a number from its application: it is still ours, and nobody answers it.
    ///
    /// # Errors
    /// [`VonageError::Refused`] when the account does not own the number, or any other.
    pub async fn unlink_number(&self, number: &E164, country: &str) -> Result<(), VonageError> {
        self.link_number(number, country, "").await
    }

    /// Rents a number, which costs money. Never repeated.
    ///
    /// # Errors
    /// [`VonageError::Refused`] when it is no longer to be had or needs an address; [`VonageError::Ambiguous`] when no
    /// answer came.
    pub async fn buy_number(&self, number: &E164, country: &str) -> Result<(), VonageError> {
        self.change("buy", number, country, Vec::new(), false).await
    }

    /// Gives a rented number back. Calls to it are somebody else's from then on.
    ///
    /// # Errors
    /// [`VonageError::Refused`] when it is not ours.
    pub async fn cancel_number(&self, number: &E164, country: &str) -> Result<(), VonageError> {
        self.change("cancel", number, country, Vec::new(), false).await
    }

    /// Gives a number that the account owns to an application. `country` is two letters (`GB`).
    ///
    /// # Errors
    /// [`VonageError::Refused`] when the account does not own the number, or any other.
    pub async fn link_number(&self, number: &E164, country: &str, application_id: &str) -> Result<(), VonageError> {
        // Linking twice links once.
        self.change("update", number, country, vec![("app_id", application_id.to_owned())], true).await
    }

    async fn change(
        &self,
        what: &str,
        number: &E164,
        country: &str,
        more: Vec<(&'static str, String)>,
        again: bool,
    ) -> Result<(), VonageError> {
        let url = format!("{}/number/{what}", self.urls.rest);
        let mut form = vec![("country", country.to_owned()), ("msisdn", number.digits().to_owned())];
        form.extend(more);
        let request = Request::new(Method::POST, url, Auth::Basic).form(form);
        let outcome: Outcome = self.json(if again { request.repeatable() } else { request }).await?;
        if outcome.code == "200" {
            return Ok(());
        }
        let status = outcome.code.parse().unwrap_or(0);
        Err(VonageError::Refused { status, code: outcome.code, detail: outcome.label })
    }
}
