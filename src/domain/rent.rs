//! What numbers cost to rent, added up from the platform's prices.

use serde::{Deserialize, Serialize};

use super::call::Price;

/// The rent of several numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Rent {
    pub numbers: usize,
    /// Of all of them together, as far as it is known.
    pub month: Option<Price>,
    /// The least and the most that one of them costs a month.
    pub each: Option<(Price, Price)>,
    /// Paid at once, for all of them together. `None` when there is nothing to pay.
    pub once: Option<Price>,
    /// How many of them have a price that is not known.
    pub unpriced: usize,
}

impl Rent {
    /// Adds up what each number costs a month, and at once, in the platform's decimals.
    #[must_use]
    pub fn of<'a>(offers: impl IntoIterator<Item = (Option<&'a str>, Option<&'a str>)>) -> Self {
        let mut rent = Self::default();
        for (month, once) in offers {
            rent.numbers += 1;
            match month.and_then(Price::parse) {
                Some(price) => {
                    rent.month = Some(sum(rent.month, price));
                    let (least, most) = rent.each.unwrap_or((price, price));
                    rent.each = Some((least.min(price), most.max(price)));
                }
                None => rent.unpriced += 1,
            }
            if let Some(price) = once.and_then(Price::parse).filter(|price| price.0 > 0) {
                rent.once = Some(sum(rent.once, price));
            }
        }
        rent
    }
}

fn sum(before: Option<Price>, more: Price) -> Price {
    Price(before.map_or(0, |before| before.0).saturating_add(more.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_added_up_and_what_is_not_is_counted() {
        let euros = |hundredths: i64| Price(hundredths * 1_000_000);
        let rent =
            Rent::of([(Some("0.90"), None), (Some("1.25"), Some("1.00")), (None, Some("0.00")), (Some("free"), None)]);
        assert_eq!((rent.numbers, rent.unpriced), (4, 2));
        assert_eq!((rent.month, rent.once), (Some(euros(215)), Some(euros(100))));
        assert_eq!(rent.each, Some((euros(90), euros(125))));
        assert_eq!(Rent::of([]), Rent::default());
    }
}
