//! Numbers API: which application a number of ours belongs to.

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

impl Client {
    /// Gives a number that the account owns to an application. `country` is two letters (`GB`).
    ///
    /// # Errors
    /// [`VonageError::Refused`] when the account does not own the number, or any other.
    pub async fn link_number(&self, number: &E164, country: &str, application_id: &str) -> Result<(), VonageError> {
        let url = format!("{}/number/update", self.urls.rest);
        let form = vec![
            ("country", country.to_owned()),
            ("msisdn", number.digits().to_owned()),
            ("app_id", application_id.to_owned()),
        ];
        // Linking twice links once.
        let outcome: Outcome = self.json(Request::new(Method::POST, url, Auth::Basic).form(form).repeatable()).await?;
        if outcome.code == "200" {
            return Ok(());
        }
        let status = outcome.code.parse().unwrap_or(0);
        Err(VonageError::Refused { status, code: outcome.code, detail: outcome.label })
    }
}
