//! Which two numbers a conversation gets.
//!
//! The rule: nobody has the same number to dial in two open conversations. It is a rule per person, so N numbers carry any
//! number of people as long as none of them has more than N conversations open (the property test below), which is the
//! theoretical minimum.
//!
//! Of the numbers that a person may get: one that the other person does not get, then one of the person's own country, then
//! the one that they have not had for the longest time, so that a number that was just given up is not used again at once.

use std::collections::HashMap;

use crate::domain::phone::E164;

/// A number of the pool. Reserved ones are given only by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolNumber {
    pub number: E164,
    /// ISO 3166, two letters.
    pub country: String,
    pub reserved: bool,
}

/// What a person has to do with a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Use {
    /// They dial it in an open conversation.
    Open,
    /// They had it until then, ms UTC.
    Until(i64),
}

/// One of the two, as far as allocation goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Person {
    pub country: Option<String>,
    /// By number: what they have and had.
    pub uses: HashMap<E164, Use>,
    /// A number that was asked for by name.
    pub wanted: Option<E164>,
}

/// Why there is no number for somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// 0 or 1: for whom.
    pub side: usize,
    /// Where they are, which is where to rent.
    pub country: Option<String>,
    /// What they have open.
    pub open: usize,
    /// Numbers that they may not have yet again (cool-off).
    pub cooling: usize,
    /// The pool's numbers that are given without asking for them by name.
    pub pool: usize,
    /// How many more the pool needs for this conversation.
    pub missing: usize,
    /// The number that was asked for by name is not to be had.
    pub wanted: Option<Unavailable>,
}

/// Why a number that was asked for by name is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailable {
    NotInPool,
    /// The person has it in another open conversation.
    InUse,
    Cooling,
}

/// The two numbers, for the first and for the second person: what each of them dials.
///
/// `now` and `cool_off` are milliseconds; a `cool_off` of 0 is none.
///
/// # Errors
/// One [`Shortage`] for each person who cannot have a number.
pub fn allocate(
    pool: &[PoolNumber],
    people: [&Person; 2],
    now: i64,
    cool_off: i64,
) -> Result<[E164; 2], Vec<Shortage>> {
    let [first, second] = people.map(|person| candidates(pool, person, now, cool_off));
    if first.is_empty() || second.is_empty() {
        let sides = [(0, first.is_empty()), (1, second.is_empty())];
        let short = sides.into_iter().filter(|(_, empty)| *empty);
        return Err(short.map(|(side, _)| shortage(pool, side, people[side], now, cool_off)).collect());
    }
    // The best of each; where that is the same number, the second best of one of them, whichever loses less by it.
    let (a, b) = (&first[0], &second[0]);
    let (a, b) = if a.number != b.number {
        (a, b)
    } else {
        match (first.get(1), second.get(1)) {
            (Some(next), Some(other)) if loss(a, next) < loss(b, other) => (next, b),
            (Some(next), None) => (next, b),
            (_, Some(other)) => (a, other),
            // One number carries both: who dials it is different.
            (None, None) => (a, b),
        }
    };
    Ok([a.number.clone(), b.number.clone()])
}

/// A number that a person may have, and how well it suits them; smaller is better.
struct Candidate<'a> {
    number: &'a E164,
    foreign: bool,
    /// None: never had.
    until: Option<i64>,
}

/// What taking `next` in place of `best` costs: first the country, then the time since it was last used.
fn loss(best: &Candidate<'_>, next: &Candidate<'_>) -> (bool, i64) {
    let since = |candidate: &Candidate<'_>| candidate.until.unwrap_or(i64::MIN / 2);
    (next.foreign && !best.foreign, since(next).saturating_sub(since(best)))
}

fn candidates<'a>(pool: &'a [PoolNumber], person: &Person, now: i64, cool_off: i64) -> Vec<Candidate<'a>> {
    let free = |entry: &PoolNumber| match person.uses.get(&entry.number) {
        None => Some(None),
        Some(Use::Open) => None,
        Some(Use::Until(until)) => (now - until >= cool_off).then_some(Some(*until)),
    };
    let offered = |entry: &&PoolNumber| match &person.wanted {
        Some(wanted) => entry.number == *wanted,
        None => !entry.reserved,
    };
    let mut found: Vec<Candidate<'a>> = pool
        .iter()
        .filter(offered)
        .filter_map(|entry| {
            let foreign = person.country.as_ref().is_some_and(|country| *country != entry.country);
            free(entry).map(|until| Candidate { number: &entry.number, foreign, until })
        })
        .collect();
    found.sort_by_key(|candidate| (candidate.foreign, candidate.until, candidate.number));
    found
}

fn shortage(pool: &[PoolNumber], side: usize, person: &Person, now: i64, cool_off: i64) -> Shortage {
    let is = |number: &E164, state: fn(&Use, i64, i64) -> bool| {
        person.uses.get(number).is_some_and(|used| state(used, now, cool_off))
    };
    let open = |used: &Use, _: i64, _: i64| *used == Use::Open;
    let cooling = |used: &Use, now: i64, cool_off: i64| matches!(used, Use::Until(until) if now - until < cool_off);
    let offered: Vec<&PoolNumber> = pool.iter().filter(|entry| !entry.reserved).collect();
    let wanted = person.wanted.as_ref().map(|wanted| {
        if !pool.iter().any(|entry| entry.number == *wanted) {
            Unavailable::NotInPool
        } else if is(wanted, open) {
            Unavailable::InUse
        } else {
            Unavailable::Cooling
        }
    });
    let open = person.uses.values().filter(|used| **used == Use::Open).count();
    let cooling = offered.iter().filter(|entry| is(&entry.number, cooling)).count();
    Shortage {
        side,
        country: person.country.clone(),
        open,
        cooling,
        pool: offered.len(),
        missing: usize::from(wanted.is_none()),
        wanted,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pool(countries: &[&str]) -> Vec<PoolNumber> {
        let number = |at: usize| E164::parse(&format!("4420794{:05}", at + 1)).unwrap();
        let entry = |(at, country): (usize, &&str)| PoolNumber {
            number: number(at),
            country: (*country).to_owned(),
            reserved: false,
        };
        countries.iter().enumerate().map(entry).collect()
    }

    fn person(country: &str, uses: &[(&PoolNumber, Use)]) -> Person {
        let uses = uses.iter().map(|(entry, used)| (entry.number.clone(), *used)).collect();
        Person { country: Some(country.into()), uses, wanted: None }
    }

    /// What a town of people does with a pool, and what the pool has to promise.
    struct Town {
        pool: Vec<PoolNumber>,
        cool_off: i64,
        now: i64,
        people: Vec<Person>,
        open: Vec<([usize; 2], [E164; 2])>,
    }

    impl Town {
        fn count(&self, who: usize) -> usize {
            self.people[who].uses.values().filter(|used| **used == Use::Open).count()
        }

        fn open(&mut self, who: [usize; 2]) -> Result<(), Vec<Shortage>> {
            let numbers = allocate(&self.pool, [&self.people[who[0]], &self.people[who[1]]], self.now, self.cool_off)?;
            for (who, number) in who.into_iter().zip(&numbers) {
                let before = self.people[who].uses.insert(number.clone(), Use::Open);
                assert_ne!(before, Some(Use::Open), "one number in two open conversations of one person");
                if let Some(Use::Until(until)) = before {
                    assert!(self.now - until >= self.cool_off, "used again too soon");
                }
            }
            self.open.push((who, numbers));
            Ok(())
        }

        fn close(&mut self, which: usize) {
            let (who, numbers) = self.open.swap_remove(which);
            for (who, number) in who.into_iter().zip(numbers) {
                self.people[who].uses.insert(number, Use::Until(self.now));
            }
        }

        /// (caller, dialled) leads to one other person, and what that person sees leads back.
        fn routes_are_clear(&self) {
            let mut routes = HashMap::new();
            for (who, numbers) in &self.open {
                for side in 0..2 {
                    let other = (who[1 - side], numbers[1 - side].clone());
                    let before = routes.insert((who[side], numbers[side].clone()), other);
                    assert!(before.is_none(), "crossed");
                }
            }
            for (from, to) in &routes {
                assert_eq!(&routes[to], from, "calling back reaches the caller");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

        /// N numbers carry any number of people as long as no one has more than N conversations open; and exactly then.
        #[test]
        fn n_numbers_carry_everybody_who_has_at_most_n(
            size in 1..8usize,
            townspeople in 2..24usize,
            steps in prop::collection::vec((any::<u16>(), any::<u16>(), any::<u8>()), 1..300),
        ) {
            let countries: Vec<&str> = (0..size).map(|at| if at % 3 == 0 { "US" } else { "GB" }).collect();
            let people = (0..townspeople)
                .map(|at| person(if at % 2 == 0 { "GB" } else { "FR" }, &[])).collect();
            let mut town = Town { pool: pool(&countries), cool_off: 0, now: 0, people, open: Vec::new() };
            for (one, other, what) in steps {
                town.now += 1;
                if what < 90 && !town.open.is_empty() {
                    let which = usize::from(one) % town.open.len();
                    town.close(which);
                    continue;
                }
                let (one, other) = (usize::from(one) % townspeople, usize::from(other) % townspeople);
                if one == other {
                    continue;
                }
                let full = [one, other].map(|who| town.count(who) >= size);
                match town.open([one, other]) {
                    Ok(()) => prop_assert_eq!(full, [false; 2]),
                    Err(short) => {
                        let sides: Vec<usize> = short.iter().map(|short| short.side).collect();
                        let expected: Vec<usize> = (0..2).filter(|side| full[*side]).collect();
                        prop_assert_eq!(sides, expected, "says for whom");
                        prop_assert!(short.iter().all(|short| short.missing == 1 && short.open == size));
                    }
                }
                town.routes_are_clear();
            }
        }

        /// With a cool-off nobody gets a number back before its time, and what is free is given.
        #[test]
        fn a_cool_off_is_kept(size in 1..6usize, steps in prop::collection::vec((0..6usize, 0..6usize, any::<bool>()), 1..120)) {
            let people = vec![person("GB", &[]); 6];
            let mut town = Town { pool: pool(&vec!["GB"; size]), cool_off: 10, now: 0, people, open: Vec::new() };
            for (one, other, close) in steps {
                town.now += 1;
                if close && !town.open.is_empty() {
                    town.close(one % town.open.len());
                } else if one != other {
                    let free = [one, other].map(|who| town.pool.iter().any(|entry| {
                        match town.people[who].uses.get(&entry.number) {
                            None => true,
                            Some(Use::Open) => false,
                            Some(Use::Until(until)) => town.now - until >= 10,
                        }
                    }));
                    prop_assert_eq!(town.open([one, other]).is_ok(), free == [true; 2]);
                    town.routes_are_clear();
                }
            }
        }

        /// A number that was just given up comes back last: as many conversations later as there are numbers.
        #[test]
        fn reuse_is_as_late_as_it_can_be(size in 2..8usize) {
            let mut town = Town {
                pool: pool(&vec!["GB"; size]), cool_off: 0, now: 0, people: vec![person("GB", &[]); 2], open: Vec::new(),
            };
            let mut seen: Vec<E164> = Vec::new();
            for _ in 0..3 * size {
                town.now += 1;
                town.open([0, 1]).unwrap();
                let mine = town.open[0].1[0].clone();
                let recent = seen.iter().rev().take(size - 1);
                prop_assert!(!recent.clone().any(|number| *number == mine), "{:?} after {:?}", mine, seen);
                seen.push(mine);
                town.close(0);
            }
        }
    }

    #[test]
    fn the_two_get_different_numbers_of_their_own_countries_where_there_are_any() {
        let pool = pool(&["US", "GB", "GB"]);
        let (british, american) = (person("GB", &[]), person("US", &[]));
        let [one, other] = allocate(&pool, [&british, &american], 0, 0).unwrap();
        assert_eq!((&one, &other), (&pool[1].number, &pool[0].number));
        let [one, other] = allocate(&pool, [&british, &british], 0, 0).unwrap();
        assert_eq!((&one, &other), (&pool[1].number, &pool[2].number));
        // Nobody's country: any will do, and the two still differ.
        let [one, other] = allocate(&pool, [&person("FR", &[]), &person("FR", &[])], 0, 0).unwrap();
        assert_ne!(one, other);
    }

    #[test]
    fn whoever_has_a_choice_takes_the_other_number() {
        let pool = pool(&["GB", "GB"]);
        let tight = person("GB", &[(&pool[1], Use::Open)]);
        let free = person("GB", &[]);
        assert_eq!(allocate(&pool, [&tight, &free], 0, 0).unwrap(), [pool[0].number.clone(), pool[1].number.clone()]);
        assert_eq!(allocate(&pool, [&free, &tight], 0, 0).unwrap(), [pool[1].number.clone(), pool[0].number.clone()]);
        assert_eq!(allocate(&pool, [&tight, &tight], 0, 0).unwrap(), [pool[0].number.clone(), pool[0].number.clone()]);
    }

    #[test]
    fn a_reserved_number_is_given_by_name_only() {
        let mut pool = pool(&["GB", "GB"]);
        pool[0].reserved = true;
        let anybody = person("GB", &[]);
        let asked = Person { wanted: Some(pool[0].number.clone()), ..person("GB", &[]) };
        assert_eq!(
            allocate(&pool, [&anybody, &anybody], 0, 0).unwrap(),
            [pool[1].number.clone(), pool[1].number.clone()]
        );
        assert_eq!(allocate(&pool, [&asked, &anybody], 0, 0).unwrap()[0], pool[0].number);
        let twice = Person { wanted: asked.wanted.clone(), ..person("GB", &[(&pool[0], Use::Open)]) };
        let short = allocate(&pool, [&twice, &anybody], 0, 0).unwrap_err();
        assert_eq!((short.len(), short[0].side, short[0].wanted), (1, 0, Some(Unavailable::InUse)));
        let strange = Person { wanted: E164::parse("12025550100").ok(), ..Person::default() };
        let short = allocate(&pool, [&anybody, &strange], 0, 0).unwrap_err();
        assert_eq!((short[0].side, short[0].wanted), (1, Some(Unavailable::NotInPool)));
    }

    #[test]
    fn an_empty_pool_is_short_for_both() {
        let short = allocate(&[], [&person("GB", &[]), &person("US", &[])], 0, 0).unwrap_err();
        assert_eq!(short.len(), 2);
        assert_eq!((short[1].country.as_deref(), short[1].pool, short[1].missing), (Some("US"), 0, 1));
    }
}
