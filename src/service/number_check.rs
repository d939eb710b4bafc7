//! Is this a telephone number, and of which country? Behind a seam: the platform's Number Insight ends on 2027-02-04.

use async_trait::async_trait;

use crate::domain::phone::E164;
use crate::vonage;

/// Who is asked about numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NumberSource {
    /// The numbering plans that this program brings along.
    Local,
    /// The platform's Number Insight; while it does not answer, the numbering plans.
    #[default]
    Insight,
}

/// Knows numbers.
#[async_trait]
pub(super) trait NumberCheck: Send + Sync {
    /// The country, two letters; `None` when there is no such number.
    async fn country(&self, number: &E164) -> Option<String>;
}

/// By numbering plans.
pub(super) struct Local;

#[async_trait]
impl NumberCheck for Local {
    async fn country(&self, number: &E164) -> Option<String> {
        country_of(number)
    }
}

/// By the platform.
pub(super) struct ByInsight(pub vonage::Client);

#[async_trait]
impl NumberCheck for ByInsight {
    async fn country(&self, number: &E164) -> Option<String> {
        match self.0.number_insight(number).await {
            Ok(Some(insight)) => Some(insight.country),
            Ok(None) => None,
            Err(error) => {
                tracing::warn!(error = %error, "number insight does not answer; the numbering plans decide");
                country_of(number)
            }
        }
    }
}

/// Two letters, such as `GB`; `None` for a number of no known country.
#[must_use]
pub fn country_of(number: &E164) -> Option<String> {
    let parsed = phonenumber::parse(None, number.international()).ok()?;
    if let Some(id) = parsed.country().id() {
        return Some(id.as_ref().to_owned());
    }
    // Of a country that shares its code with others, and in no range that is in use, such as those kept for fiction.
    let plans = phonenumber::metadata::DATABASE.by_code(&parsed.country().code())?;
    let plan = plans.iter().find(|plan| plan.is_main_country_for_code()).or(plans.first())?;
    Some(plan.id().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_countries_by_their_numbers() {
        let country = |digits: &str| country_of(&E164::parse(digits).unwrap());
        assert_eq!(country("447700900001").as_deref(), Some("GB"));
        assert_eq!(country("12025550100").as_deref(), Some("US"));
        assert_eq!(country("8613800000000").as_deref(), Some("CN"));
        assert_eq!(country("9999999999999"), None);
    }
}
