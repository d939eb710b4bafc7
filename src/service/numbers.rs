//! The account's numbers: found, rented, linked to our application, given a line, released. What is rented is the
//! platform's to say; what a number is for is ours.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::call_flows::CallFlows;
use super::core::{Core, ServiceError};
use super::lines::Lines;
use super::shared::Shared;
use crate::domain::language::Language;
use crate::domain::line::Line;
use crate::domain::numbering::{self, Kind};
use crate::domain::phone::{E164, grouped};
use crate::domain::rent::Rent;
use crate::domain::trouble::Trouble;
use crate::vonage::VonageError;
use crate::vonage::client::{Forwarding, NumberSearch, Offer, OwnNumber};

/// Whose a number is at the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Linked {
    /// Our application's: its calls come to us.
    Ours,
    /// Another application's.
    Other,
    No,
    /// The platform does not know it (any more).
    Gone,
}

/// A number of the account's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OurNumber {
    pub number: E164,
    pub country: String,
    /// `mobile-lvn`, `landline`, `landline-toll-free`.
    pub kind: String,
    pub features: Vec<String>,
    pub linked: Linked,
    /// The other application's id, for [`Linked::Other`].
    pub elsewhere: Option<String>,
    /// Where its calls go before any application is asked.
    pub forwarding: Option<Forwarding>,
    pub line: Line,
    /// When a call or a text last came in over it, ms UTC.
    pub used_at: Option<i64>,
    /// In which language its callers are spoken to; `None`: in that of the business.
    pub language: Option<Language>,
}

/// What renting several numbers came to.
#[derive(Debug, Default)]
pub struct Provisioned {
    /// Ours now, linked to our application.
    pub numbers: Vec<E164>,
    /// Why it was not all of them.
    pub problem: Option<NumberRefusal>,
}

/// Why a number was not rented, linked, led or released.
#[derive(Debug, thiserror::Error)]
pub enum NumberRefusal {
    #[error("number: the account does not own {0}")]
    NotOurs(String),
    #[error("country: two letters are needed, such as GB")]
    Country,
    /// The platform refused, or is not there. Its words.
    #[error(transparent)]
    Platform(#[from] VonageError),
    #[error("number: it belongs to another application ({application}), whose calls would stop; say that you want it")]
    Elsewhere { application: String },
    #[error("the application is not set up yet")]
    NoApplication,
    #[error("only {found} of {wanted} numbers are for rent in {country}")]
    TooFew { wanted: usize, found: usize, country: String },
    #[error("line: {0}")]
    Line(String),
    #[error(transparent)]
    Unavailable(#[from] ServiceError),
}

impl From<NumberRefusal> for Trouble {
    fn from(refusal: NumberRefusal) -> Self {
        match refusal {
            NumberRefusal::NotOurs(number) => Self::NotOurs(grouped(&number)),
            NumberRefusal::Country => Self::Country,
            NumberRefusal::Platform(error) => error.into(),
            NumberRefusal::Elsewhere { application } => Self::OtherApplication(application),
            NumberRefusal::NoApplication => Self::NoApplication,
            NumberRefusal::TooFew { wanted, found, country } => Self::TooFew { wanted, found, country },
            NumberRefusal::Line(reason) => Self::Other(reason),
            NumberRefusal::Unavailable(error) => error.into(),
        }
    }
}

impl From<crate::store::StoreError> for NumberRefusal {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

/// Two letters, as the platform wants them.
fn country_code(text: &str) -> Result<String, NumberRefusal> {
    let code = text.trim().to_ascii_uppercase();
    let letters = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if letters { Ok(code) } else { Err(NumberRefusal::Country) }
}

/// The numbers of a country that a line can use: for calls, and for texts where it needs them.
fn for_line(country: &str, line: &Line) -> NumberSearch {
    let mut features = vec!["VOICE".to_owned()];
    if *line == Line::Private {
        features.push("SMS".to_owned());
    }
    NumberSearch { country: country.to_owned(), features, ..NumberSearch::default() }
}

/// The type of a number, in the platform's words: the platform calls nearly every number mobile, so where the number's
/// country has a range for it, that decides. Otherwise what was `told`.
fn type_of(number: &E164, told: String) -> String {
    match numbering::kind_of(number) {
        Some(Kind::Fixed) => "landline".to_owned(),
        Some(Kind::Mobile) => "mobile-lvn".to_owned(),
        Some(Kind::TollFree) => "landline-toll-free".to_owned(),
        _ => told,
    }
}

/// Numbers of the account.
#[derive(Clone)]
pub struct Numbers {
    core: Arc<Core>,
    lines: Lines,
    flows: CallFlows,
    /// When numbers of ours were called, until [`Numbers::keep_used_numbers`].
    used: Arc<Mutex<HashMap<E164, i64>>>,
}

impl Numbers {
    pub(super) fn new(shared: &Shared) -> Self {
        Self {
            core: Arc::clone(&shared.core),
            lines: shared.lines.clone(),
            flows: shared.flows.clone(),
            used: Arc::default(),
        }
    }

    /// Every number of the account's, and those that we know of and it does not.
    ///
    /// # Errors
    /// [`NumberRefusal::Platform`] or [`NumberRefusal::Unavailable`].
    pub async fn our_numbers(&self) -> Result<Vec<OurNumber>, NumberRefusal> {
        let core = &self.core;
        let ours = core.vonage.application().ok().map(|key| key.application_id().to_owned());
        let mut rows: HashMap<String, crate::store::NumberRow> =
            core.store.numbers().all().await?.into_iter().map(|row| (row.number.clone(), row)).collect();
        let directory = self.lines.directory();
        let line = |number: &E164| match directory.numbers.get(number) {
            Some(line) => line.clone(),
            None if *number == directory.support => Line::Support,
            None => Line::Unassigned,
        };
        let mut all: Vec<OurNumber> = Vec::new();
        for own in core.vonage.own_numbers().await? {
            let OwnNumber { number, country, kind, features, application, forwarding } = own;
            let row = rows.remove(number.digits());
            let (linked, elsewhere) = match application {
                None => (Linked::No, None),
                Some(id) if ours.as_ref() == Some(&id) => (Linked::Ours, None),
                Some(id) => (Linked::Other, Some(id)),
            };
            let used_at = row.and_then(|row| row.used_at);
            let (line, kind) = (line(&number), type_of(&number, kind));
            let language = directory.languages.get(&number).copied();
            all.push(OurNumber {
                line,
                number,
                country,
                kind,
                features,
                linked,
                elsewhere,
                forwarding,
                used_at,
                language,
            });
        }
        for row in rows.into_values() {
            let Ok(number) = E164::parse(&row.number) else { continue };
            all.push(OurNumber {
                line: line(&number),
                country: row.country,
                kind: type_of(&number, String::new()),
                number,
                features: row.features.split(',').filter(|feature| !feature.is_empty()).map(str::to_owned).collect(),
                language: row.language.as_deref().and_then(Language::of_tag),
                linked: Linked::Gone,
                elsewhere: None,
                forwarding: None,
                used_at: row.used_at,
            });
        }
        all.sort_by(|a, b| a.number.cmp(&b.number));
        Ok(all)
    }

    /// A page of what is for rent, and how many there are in all.
    ///
    /// # Errors
    /// [`NumberRefusal::Country`] or [`NumberRefusal::Platform`].
    pub async fn numbers_for_rent(&self, search: &NumberSearch) -> Result<(usize, Vec<Offer>), NumberRefusal> {
        let pattern: String = search.pattern.chars().filter(char::is_ascii_digit).take(15).collect();
        let search = NumberSearch { country: country_code(&search.country)?, pattern, ..search.clone() };
        let (count, mut offers) = self.core.vonage.offers(&search).await?;
        for offer in &mut offers {
            offer.kind = type_of(&offer.number, std::mem::take(&mut offer.kind));
        }
        Ok((count, offers))
    }

    /// Rents a number, which costs money, links it to our application and gives it a line.
    ///
    /// # Errors
    /// [`NumberRefusal`]. When only linking failed, the number is ours and says that it is not linked.
    pub async fn rent_number(
        &self,
        number: &E164,
        country: &str,
        features: &[String],
        line: &Line,
    ) -> Result<(), NumberRefusal> {
        let country = country_code(country)?;
        let core = &self.core;
        let key = core.vonage.application().map_err(|_| NumberRefusal::NoApplication)?;
        core.vonage.buy_number(number, &country).await?;
        tracing::info!(number = number.masked(), country, "a number was rented");
        self.lines.add_number(number, &country, features, line).await?;
        // A number that was ours before keeps its row; what it is for now was just chosen.
        self.lines.assign_number(number, line).await?;
        core.vonage.link_number(number, &country, key.application_id()).await?;
        Ok(())
    }

    /// Gives a number to our application: from now on its calls come to us. One that another application has is taken
    /// only when that is said (`take`): its calls stop coming there.
    ///
    /// # Errors
    /// [`NumberRefusal`]; [`NumberRefusal::Elsewhere`] when it is another application's and `take` is false.
    pub async fn link_number(&self, number: &E164, take: bool) -> Result<(), NumberRefusal> {
        let core = &self.core;
        let key = core.vonage.application().map_err(|_| NumberRefusal::NoApplication)?;
        let own = self.own(number).await?;
        if let Some(application) = own.application.filter(|id| id != key.application_id())
            && !take
        {
            return Err(NumberRefusal::Elsewhere { application });
        }
        core.vonage.link_number(number, &own.country, key.application_id()).await?;
        self.lines.add_number(number, &own.country, &own.features, &self.line_of(number)).await?;
        Ok(())
    }

    /// Takes a number from its application: nobody answers it any more.
    ///
    /// # Errors
    /// [`NumberRefusal`].
    pub async fn unlink_number(&self, number: &E164) -> Result<(), NumberRefusal> {
        let own = self.own(number).await?;
        Ok(self.core.vonage.unlink_number(number, &own.country).await?)
    }

    /// Gives a number back. It is somebody else's from then on.
    ///
    /// # Errors
    /// [`NumberRefusal`].
    pub async fn release_number(&self, number: &E164) -> Result<(), NumberRefusal> {
        match self.own(number).await {
            Ok(own) => {
                self.core.vonage.cancel_number(number, &own.country).await?;
                tracing::info!(number = number.masked(), "a number was released");
            }
            // The platform has forgotten it before us.
            Err(NumberRefusal::NotOurs(_)) => {}
            Err(other) => return Err(other),
        }
        self.core.store.numbers().delete(number.digits(), self.core.clock.now_ms()).await?;
        self.lines.reload_directory().await?;
        Ok(())
    }

    /// A number of ours was called. Written down a little later: one more update would slow every answer.
    pub(super) fn number_used(&self, number: &E164) {
        let now = self.core.clock.now_ms();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.insert(number.clone(), now);
    }

    /// Writes down when numbers were called last.
    ///
    /// # Errors
    /// When the database fails; the moments of these calls are lost, the calls are not.
    pub async fn keep_used_numbers(&self) -> Result<(), ServiceError> {
        let used = std::mem::take(&mut *self.used.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(self.core.store.numbers().used(used.iter().map(|(number, at)| (number.digits(), *at))).await?)
    }

    /// Leads a number of the account's to a line.
    ///
    /// # Errors
    /// [`NumberRefusal`]; [`NumberRefusal::Line`] when the line's target does not exist.
    pub async fn lead_number(&self, number: &E164, line: &Line) -> Result<(), NumberRefusal> {
        self.check_line(line).await?;
        if !self.lines.assign_number(number, line).await? {
            let own = self.own(number).await?;
            self.lines.add_number(number, &own.country, &own.features, line).await?;
        }
        tracing::info!(number = number.masked(), line = line.name(), "a number leads to a line");
        Ok(())
    }

    /// Says in which language callers of a number of the account's are spoken to; `None`: in that of the business.
    ///
    /// # Errors
    /// [`NumberRefusal`]; [`NumberRefusal::NotOurs`] when the account does not own it.
    pub async fn speak_on_number(&self, number: &E164, language: Option<Language>) -> Result<(), NumberRefusal> {
        if !self.lines.set_language(number, language).await? {
            let own = self.own(number).await?;
            self.lines.add_number(number, &own.country, &own.features, &self.line_of(number)).await?;
            self.lines.set_language(number, language).await?;
        }
        Ok(())
    }

    /// What [`Self::provision_numbers`] would cost with what is for rent now; fewer numbers than `count` when there are not
    /// that many.
    ///
    /// # Errors
    /// [`NumberRefusal::Country`] or [`NumberRefusal::Platform`].
    pub async fn rent_of(&self, country: &str, count: usize, line: &Line) -> Result<Rent, NumberRefusal> {
        let (_, offers) = self.core.vonage.offers(&for_line(&country_code(country)?, line)).await?;
        Ok(Rent::of(offers.iter().take(count).map(|offer| (offer.cost.as_deref(), offer.initial.as_deref()))))
    }

    /// Rents `count` numbers of a country that take calls (and texts, where the line needs them) and leads them to a line.
    /// Renting costs money, so what was rented before something failed is in the result.
    ///
    /// # Errors
    /// [`NumberRefusal`] when nothing could even be looked for.
    pub async fn provision_numbers(
        &self,
        country: &str,
        count: usize,
        line: &Line,
    ) -> Result<Provisioned, NumberRefusal> {
        self.check_line(line).await?;
        let country = country_code(country)?;
        let search = for_line(&country, line);
        let mut done = Provisioned::default();
        let mut offers = self.core.vonage.offers(&search).await?.1;
        while done.numbers.len() < count {
            let before = done.numbers.len();
            for offer in offers.into_iter().take(count - before) {
                match self.rent_number(&offer.number, &country, &offer.features, line).await {
                    Ok(()) => done.numbers.push(offer.number),
                    // Somebody else was faster, or it needs an address: the next one may do.
                    Err(refused @ NumberRefusal::Platform(VonageError::Refused { .. })) => done.problem = Some(refused),
                    Err(other) => return Ok(Provisioned { problem: Some(other), ..done }),
                }
            }
            let rented = done.numbers.len();
            if rented == count {
                break;
            }
            if rented == before {
                done.problem.get_or_insert(NumberRefusal::TooFew { wanted: count, found: rented, country });
                return Ok(done);
            }
            // What was rented is no longer offered: the first page is new each time.
            offers = match self.core.vonage.offers(&search).await {
                Ok((_, offers)) => offers,
                Err(error) => return Ok(Provisioned { problem: Some(error.into()), ..done }),
            };
        }
        Ok(Provisioned { problem: None, ..done })
    }

    /// The number as the platform knows it.
    async fn own(&self, number: &E164) -> Result<OwnNumber, NumberRefusal> {
        let all = self.core.vonage.own_numbers().await?;
        let found = all.into_iter().find(|own| own.number == *number);
        found.ok_or_else(|| NumberRefusal::NotOurs(number.international()))
    }

    fn line_of(&self, number: &E164) -> Line {
        let directory = self.lines.directory();
        match directory.numbers.get(number) {
            Some(line) => line.clone(),
            None if *number == directory.support => Line::Support,
            None => Line::Unassigned,
        }
    }

    /// Lines to flows and agents must lead somewhere; the others look after themselves.
    async fn check_line(&self, line: &Line) -> Result<(), NumberRefusal> {
        let missing = match line {
            Line::Custom(id) if self.flows.call_flow(id).await?.is_none() => {
                Some(format!("there is no call flow {id}"))
            }
            Line::Campaign(id) if self.lines.known_campaigns().campaign(id).is_none() => {
                Some(format!("there is no campaign {id}"))
            }
            Line::Agent(name) if !self.lines.directory().agents.contains(name) => {
                Some(format!("there is no agent {name}"))
            }
            _ => None,
        };
        missing.map_or(Ok(()), |missing| Err(NumberRefusal::Line(missing)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_the_type_of_its_range() {
        let shown = |digits: &str| type_of(&E164::parse(digits).unwrap(), "mobile-lvn".into());
        assert_eq!(shown("442079460000"), "landline", "London");
        assert_eq!(shown("447911123456"), "mobile-lvn");
        assert_eq!(shown("448081570000"), "landline-toll-free");
        assert_eq!(shown("12025550123"), "mobile-lvn", "nothing but the platform tells them apart there");
    }
}
