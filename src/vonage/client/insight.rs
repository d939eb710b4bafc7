//! Number Insight Basic: is this a number, and of which country? The API ends on 2027-02-04; the services reach it through
//! a seam of theirs.

use reqwest::Method;
use serde::Deserialize;

use super::Client;
use super::send::{Auth, Request};
use crate::domain::phone::E164;
use crate::vonage::error::VonageError;

/// What is known of a number.
#[derive(Clone, PartialEq, Eq)]
pub struct Insight {
    /// As the platform writes it; the same number in another form.
    pub number: E164,
    /// ISO 3166, two letters.
    pub country: String,
}

#[derive(Deserialize)]
struct Answer {
    status: i64,
    #[serde(default)]
    status_message: String,
    #[serde(default)]
    international_format_number: String,
    #[serde(default)]
    country_code: String,
}

impl Client {
    /// Looks a number up. `None` when it is not a valid number.
    ///
    /// # Errors
    /// Any [`VonageError`], also for a refusal inside a 200: wrong credentials, too many requests, the quota.
    pub async fn number_insight(&self, number: &E164) -> Result<Option<Insight>, VonageError> {
        let url = format!("{}/ni/basic/json", self.urls.api);
        // The reference knows no other way than GET. The request goes over TLS, and we log no URLs.
        let query = vec![("number", number.digits().to_owned())];
        let request = Request::new(Method::GET, url, Auth::Basic).query(query);
        let answer: Answer = self.json(request).await?;
        match answer.status {
            0 => {
                let number = E164::parse(&answer.international_format_number);
                let number = number.map_err(|error| VonageError::Unreadable { what: error.to_string() })?;
                Ok(Some(Insight { number, country: answer.country_code }))
            }
            // Missing or invalid parameters; an invalid format.
            3 | 5 => Ok(None),
            1 => Err(VonageError::RateLimited { retry_after: None }),
            other => {
                let detail = answer.status_message.chars().filter(|c| !c.is_ascii_digit()).take(200).collect();
                Err(VonageError::Refused { status: 200, code: other.to_string(), detail })
            }
        }
    }
}
