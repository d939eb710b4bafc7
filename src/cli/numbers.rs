//! Which country a number is of, as the Numbers API wants to know.

use crate::domain::phone::E164;

/// Two letters, such as `GB`; `None` for a number of no known country.
pub(super) fn country_of(number: &E164) -> Option<String> {
    let parsed = phonenumber::parse(None, number.international()).ok()?;
    parsed.country().id().map(|id| id.as_ref().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_countries_by_their_numbers() {
        let country = |digits: &str| country_of(&E164::parse(digits).unwrap());
        assert_eq!(country("442079460000").as_deref(), Some("GB"));
        assert_eq!(country("14155550100").as_deref(), Some("US"));
        assert_eq!(country("8613800000000").as_deref(), Some("CN"));
    }
}
