//! How many streams may be open: for each account, for each visit, for all visits, and in all.
//!
//! Not for each address: an office sits behind one, and behind a proxy that was not named all the world does. A visit has
//! seats of its own, and all visits together leave some over, so a visitor never takes a colleague's seat.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Streams of one account, or of one visit: several pages in several tabs.
const EACH: usize = 64;
/// Streams of all visits together.
const VISITS: usize = 16_000;
/// Streams of all together.
const IN_ALL: usize = 20_000;

/// Whose stream it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Holder {
    /// By the account's id.
    Account(String),
    /// By the visit's id.
    Visit(String),
}

#[derive(Default)]
struct Taken {
    by: HashMap<Holder, usize>,
    visits: usize,
    all: usize,
}

/// The streams that are open.
#[derive(Clone, Default)]
pub(super) struct Seats {
    taken: Arc<Mutex<Taken>>,
}

/// One open stream's place; given back when dropped.
pub(super) struct Seat {
    seats: Seats,
    holder: Holder,
}

impl Seats {
    /// A place, if there is one left for this holder.
    pub(super) fn take(&self, holder: Holder) -> Option<Seat> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let visit = usize::from(matches!(holder, Holder::Visit(_)));
        let full = taken.all >= IN_ALL || (visit == 1 && taken.visits >= VISITS);
        if full || taken.by.get(&holder).is_some_and(|count| *count >= EACH) {
            return None;
        }
        taken.all += 1;
        taken.visits += visit;
        *taken.by.entry(holder.clone()).or_default() += 1;
        Some(Seat { seats: self.clone(), holder })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut taken = self.seats.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all -= 1;
        taken.visits -= usize::from(matches!(self.holder, Holder::Visit(_)));
        if let Some(count) = taken.by.get_mut(&self.holder) {
            *count -= 1;
            if *count == 0 {
                taken.by.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(number: usize) -> Holder {
        Holder::Visit(format!("visit-{number}"))
    }

    #[test]
    fn f10_visits_never_take_the_accounts_seats_and_all_is_bounded() {
        let seats = Seats::default();
        let mut open: Vec<Seat> = (0..).map_while(|number| seats.take(visit(number / EACH))).collect();
        assert_eq!(open.len(), VISITS);
        let agents: Vec<Seat> =
            (0..).map_while(|number| seats.take(Holder::Account(format!("agent-{number}")))).collect();
        assert_eq!(agents.len(), IN_ALL - VISITS);
        open.pop();
        assert!(seats.take(visit(9_999_999)).is_some());
        drop((open, agents));
        let taken = seats.taken.lock().unwrap();
        assert_eq!((taken.by.len(), taken.visits, taken.all), (0, 0, 0), "every place is given back");
    }

    #[test]
    fn f10_one_account_has_its_own_and_no_more() {
        let seats = Seats::default();
        let jane = || Holder::Account("jane".into());
        let mut open: Vec<Seat> = (0..).map_while(|_| seats.take(jane())).collect();
        assert_eq!(open.len(), EACH);
        // A visit of the same id is somebody else.
        assert!(
            seats.take(Holder::Visit("jane".into())).is_some() && seats.take(Holder::Account("joe".into())).is_some()
        );
        open.pop();
        assert!(seats.take(jane()).is_some());
    }
}
