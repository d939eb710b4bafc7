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
    /// Where its calls go before the application is asked at all.
    pub forwarding: Option<Forwarding>,
}

/// A number's own `voiceCallbackType`: it outranks the application's voice capability (Numbers API, "Update a number").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forwarding {
    Sip,
    Tel,
    /// Retired; old numbers may still have it.
    VoiceXml,
    /// A word that we do not know.
    Other,
}

impl Forwarding {
    fn of(kind: Option<&str>, value: Option<&str>) -> Option<Self> {
        // A type without an address forwards nowhere; `app` is the application.
        value.filter(|value| !value.trim().is_empty())?;
        match kind.unwrap_or_default().to_ascii_lowercase().as_str() {
            "" | "app" => None,
            "sip" => Some(Self::Sip),
            "tel" => Some(Self::Tel),
            "vxml" => Some(Self::VoiceXml),
            _ => Some(Self::Other),
        }
    }

    /// The platform's word for it; a question mark for one that we do not know.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sip => "sip",
            Self::Tel => "tel",
            Self::VoiceXml => "vxml",
            Self::Other => "?",
        }
    }
}

/// The features as the API takes them: its list of combinations is closed, each with an order of its own (Numbers API:
/// `features` of a search).
fn features_of(wanted: &[String]) -> &'static str {
    let has = |name: &str| wanted.iter().any(|one| one.trim().eq_ignore_ascii_case(name));
    match (has("SMS"), has("MMS"), has("VOICE")) {
        (false, false, false) => "",
        (true, false, false) => "SMS",
        (false, true, false) => "MMS",
        (false, false, true) => "VOICE",
        (true, true, false) => "SMS,MMS",
        (true, false, true) => "SMS,VOICE",
        (false, true, true) => "VOICE,MMS",
        (true, true, true) => "SMS,MMS,VOICE",
    }
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
    #[serde(default, rename = "voiceCallbackType")]
    callback_type: Option<String>,
    #[serde(default, rename = "voiceCallbackValue")]
    callback_value: Option<String>,
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
    pub async fn own_numbers(&self) -> Result<Vec<OwnNumber>, VonageError> {
        let mut all = Vec::new();
        // A bound, should the count never be reached.
        for index in 1..=1_000_usize {
            let url = format!("{}/account/numbers", self.urls.rest);
            let query = vec![("size", OWN_PAGE.to_string()), ("index", index.to_string())];
            let page: Page = self.json(Request::new(Method::GET, url, Auth::Basic).query(query)).await?;
            let last = page.numbers.len() < OWN_PAGE || index * OWN_PAGE >= page.count;
            all.extend(page.numbers.into_iter().filter_map(|row| {
                let Row { country, msisdn, kind, features, app_id, callback_type, callback_value, .. } = row;
                let forwarding = Forwarding::of(callback_type.as_deref(), callback_value.as_deref());
                // Numbers that were linked in the older way have no `app_id`.
                let older = callback_value.filter(|_| callback_type.as_deref() == Some("app"));
                let application = app_id.filter(|id| !id.is_empty()).or(older).filter(|id| !id.is_empty());
                Some(OwnNumber { number: E164::parse(&msisdn).ok()?, country, kind, features, application, forwarding })
            }));
            if last {
                break;
            }
        }
        Ok(all)
    }

    /// A page of what is for rent, and how many there are in all.
    pub async fn offers(&self, search: &NumberSearch) -> Result<(usize, Vec<Offer>), VonageError> {
        let url = format!("{}/number/search", self.urls.rest);
        let mut query = vec![
            ("country", search.country.clone()),
            ("size", PAGE.to_string()),
            ("index", search.page.max(1).to_string()),
        ];
        let features = features_of(&search.features);
        if !features.is_empty() {
            query.push(("features", features.to_owned()));
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
