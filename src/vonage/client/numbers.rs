//! Numbers API: finding, renting and giving back numbers, and which application a number of ours belongs to.

use reqwest::Method;
use serde::Deserialize;

use super::Client;
use super::send::{Auth, Request};
use crate::domain::phone::E164;
use crate::vonage::error::VonageError;

#[derive(Deserialize)]
struct Outcome {
    #[serde(rename = "error-code")]
    code: String,
    #[serde(default, rename = "error-code-label")]
    label: String,
}

/// A number that is for rent, or is ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rentable {
    pub number: E164,
    /// ISO 3166, two letters.
    pub country: String,
    /// `VOICE`, `SMS`, `MMS`.
    pub features: Vec<String>,
    /// Euros a month, as the platform writes it; `None` when it does not say.
    pub cost: Option<String>,
}

#[derive(Deserialize)]
struct Row {
    country: String,
    msisdn: String,
    #[serde(default)]
    features: Vec<String>,
    #[serde(default)]
    cost: Option<String>,
}

/// Nothing found is an empty object.
#[derive(Deserialize)]
struct Page {
    #[serde(default)]
    numbers: Vec<Row>,
}

impl Client {
    /// Numbers for rent that take calls and texts, at most `count` (1 to 100).
    ///
    /// # Errors
    /// Any [`VonageError`].
    pub async fn search_numbers(&self, country: &str, count: usize) -> Result<Vec<Rentable>, VonageError> {
        let url = format!("{}/number/search", self.urls.rest);
        let query = vec![
            ("country", country.to_owned()),
            ("features", "VOICE,SMS".to_owned()),
            ("size", count.clamp(1, 100).to_string()),
        ];
        let page: Page = self.json(Request::new(Method::GET, url, Auth::Basic).query(query)).await?;
        Ok(page.numbers.into_iter().filter_map(rentable).collect())
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

fn rentable(row: Row) -> Option<Rentable> {
    let Row { country, msisdn, features, cost } = row;
    Some(Rentable { number: E164::parse(&msisdn).ok()?, country, features, cost })
}
