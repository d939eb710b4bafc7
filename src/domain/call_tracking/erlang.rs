//! How many numbers a pool needs: the Erlang B formula.
//!
//! Visitors arrive, each holds a number for a while, and one who finds none free is not attributed to a visit. With
//! the offered load `a` = arrivals per hour x hours held, the share of visitors who find none free among `n` numbers is
//! B(n, a) (A. K. Erlang, 1917). "Peak visitors x minutes / 60" is only the mean: with as many numbers as that, a fifth
//! of the visitors find none.

use serde::{Deserialize, Serialize};

/// More numbers than this are not recommended; a pool that large is a mistake in its settings.
const MOST: u32 = 100_000;

/// The share of visitors, 0 to 1, who find none of `numbers` free under a load of `erlangs`.
#[must_use]
pub fn blocking(numbers: u32, erlangs: f64) -> f64 {
    if !erlangs.is_finite() || erlangs <= 0.0 {
        // Nobody comes, so nobody finds the pool empty; but an empty pool has nothing for anybody.
        return if numbers == 0 { 1.0 } else { 0.0 };
    }
    // The recursion never makes a factorial: B(0) = 1, B(n) = a B(n-1) / (n + a B(n-1)).
    (1..=numbers).fold(1.0, |b, n| erlangs * b / (f64::from(n) + erlangs * b))
}

/// The fewest numbers with which at most `share` (0 to 1) of the visitors find none free.
#[must_use]
pub fn numbers_for(erlangs: f64, share: f64) -> u32 {
    if !erlangs.is_finite() || erlangs <= 0.0 {
        return 1;
    }
    let mut b = 1.0;
    for n in 1..=MOST {
        b = erlangs * b / (f64::from(n) + erlangs * b);
        if b <= share {
            return n;
        }
    }
    MOST
}

/// The load of `visitors` an hour who each hold a number for `minutes`.
#[must_use]
pub fn load(visitors_per_hour: f64, minutes: f64) -> f64 {
    visitors_per_hour * minutes / 60.0
}

/// How a campaign's pool does.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Pool {
    /// How many numbers it has, and how many of them are lent now.
    pub numbers: u32,
    pub lent: u32,
    /// Visitors in the busiest hour of the last week.
    pub peak_visitors: u32,
    /// How long a visitor keeps a number, minutes.
    pub minutes: f64,
    /// The load of that hour, erlangs.
    pub load: f64,
    /// The share of visitors, 0 to 1, who find no number free in such an hour.
    pub blocking: f64,
    /// The fewest numbers with which it is 1 %.
    pub recommended: u32,
    /// Visitors of the last week who asked for a number, and those of them who got none of their own.
    pub asked: u32,
    pub turned_away: u32,
}

impl Pool {
    /// From what was counted.
    #[must_use]
    pub fn of(numbers: u32, lent: u32, peak_visitors: u32, minutes: f64, asked: u32, turned_away: u32) -> Self {
        let load = load(f64::from(peak_visitors), minutes);
        let (blocking, recommended) = (blocking(numbers, load), numbers_for(load, 0.01));
        Self { numbers, lent, peak_visitors, minutes, load, blocking, recommended, asked, turned_away }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_for_one_percent_are_those_of_the_tables() {
        let loads = [2.0, 5.0, 10.0, 20.0, 50.0, 100.0];
        assert_eq!(loads.map(|load| numbers_for(load, 0.01)), [7, 11, 18, 30, 64, 117]);
    }

    /// The traffic that a group carries at a given grade of service, as every table of Erlang B prints it.
    #[test]
    fn blocking_is_that_of_the_published_tables() {
        let table = [
            (1, 0.01, 0.0101),
            (2, 0.01, 0.153),
            (5, 0.01, 1.361),
            (10, 0.01, 4.461),
            (20, 0.01, 12.03),
            (30, 0.01, 20.34),
            (50, 0.01, 37.90),
            (100, 0.01, 84.06),
            (10, 0.05, 6.216),
            (20, 0.001, 9.412),
        ];
        for (numbers, share, erlangs) in table {
            let blocked = blocking(numbers, erlangs);
            assert!(
                (blocked / share - 1.0).abs() < 0.01,
                "B({numbers}, {erlangs}) = {blocked}, the table says {share}"
            );
        }
    }

    #[test]
    fn a_pool_of_the_mean_turns_a_fifth_away() {
        // 200 visitors an hour of 3 minutes each: the usual rule of thumb says 10 numbers.
        let load = load(200.0, 3.0);
        assert_eq!(load, 10.0);
        assert!((blocking(10, load) - 0.215).abs() < 0.0005);
        assert_eq!([0.05, 0.01, 0.001].map(|share| numbers_for(load, share)), [15, 18, 21]);
        // Kept for half an hour each, so that a late call is still known.
        assert_eq!(numbers_for(super::load(200.0, 30.0), 0.01), 117);
    }

    #[test]
    fn odd_input_has_an_answer() {
        assert_eq!((blocking(0, 5.0), blocking(0, 0.0), blocking(3, 0.0), blocking(3, f64::NAN)), (1.0, 1.0, 0.0, 0.0));
        assert_eq!((numbers_for(0.0, 0.01), numbers_for(f64::INFINITY, 0.01)), (1, 1));
    }

    proptest! {
        #[test]
        fn more_numbers_never_block_more_and_the_recommended_are_the_fewest(erlangs in 0.01_f64..300.0, share in 0.001_f64..0.5) {
            let n = numbers_for(erlangs, share);
            prop_assert!(blocking(n, erlangs) <= share);
            prop_assert!(n == 1 || blocking(n - 1, erlangs) > share);
            prop_assert!(blocking(n + 1, erlangs) <= blocking(n, erlangs));
        }
    }
}
