//! Conversations that are opened together.
//!
//! Requests that come together are carried out in one transaction: a disk syncs a few hundred times a second, and an
//! operator's system may open more conversations than that.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::oneshot;

use crate::domain::phone::E164;
use crate::domain::private_calls::{Person, PoolNumber, Shortage, Use, allocate};
use crate::service::core::ServiceError;
use crate::store::{NewPrivate, NewPrivatePerson, OpenedPrivate, PoolRow, Store, StoreError, UseRow};

type Outcome = Result<OpenedPrivate<Vec<Shortage>>, ServiceError>;
type Waiting = Vec<(NewPrivate, oneshot::Sender<Outcome>)>;

/// Conversations that wait to be written. The task that has the turn writes all of them.
#[derive(Clone, Default)]
pub(super) struct Gather {
    waiting: Arc<Mutex<Waiting>>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Gather {
    pub(super) async fn open(&self, store: &Store, new: NewPrivate, now: i64, cool_off: i64) -> Outcome {
        let (tell, mut told) = oneshot::channel();
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((new, tell));
        let gone = |_| ServiceError::Internal("a conversation was lost while it was opened");
        let turn = Arc::clone(&self.turn).lock_owned().await;
        // Somebody before us may have done ours along with theirs.
        if let Ok(outcome) = told.try_recv() {
            return outcome;
        }
        let (waiting, store) = (Arc::clone(&self.waiting), store.clone());
        // On a task of its own: a requester who goes away must not take the others' along.
        tokio::spawn(async move {
            let _turn = turn;
            let jobs = std::mem::take(&mut *waiting.lock().unwrap_or_else(PoisonError::into_inner));
            let (wanted, waiters): (Vec<NewPrivate>, Vec<_>) = jobs.into_iter().unzip();
            let choose =
                |new: &NewPrivate, pool: &[PoolRow], uses: &[Vec<UseRow>; 2]| choose(new, pool, uses, now, cool_off);
            match store.private().open(&wanted, choose).await {
                Ok(opened) => {
                    for (waiter, opened) in waiters.into_iter().zip(opened) {
                        let _ = waiter.send(Ok(opened));
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %error, "conversations were not opened");
                    for waiter in waiters {
                        let why = StoreError::Unavailable("conversations were not opened".into());
                        let _ = waiter.send(Err(why.into()));
                    }
                }
            }
        });
        told.await.map_err(gone)?
    }
}

/// The domain's choice, on what the database knows.
fn choose(
    new: &NewPrivate,
    pool: &[PoolRow],
    uses: &[Vec<UseRow>; 2],
    now: i64,
    cool_off: i64,
) -> Result<[String; 2], Vec<Shortage>> {
    let number = |digits: &str| E164::parse(digits).ok();
    let pool: Vec<PoolNumber> = pool
        .iter()
        .filter_map(|row| {
            Some(PoolNumber { number: number(&row.number)?, country: row.country.clone(), reserved: row.reserved })
        })
        .collect();
    let person = |at: usize| {
        let used = |row: &UseRow| match (row.open, row.until) {
            (0, Some(until)) => Use::Until(until),
            _ => Use::Open,
        };
        let uses: HashMap<E164, Use> =
            uses[at].iter().filter_map(|row| Some((number(&row.dials)?, used(row)))).collect();
        let NewPrivatePerson { country, wanted, .. } = &new.people[at];
        Person { country: country.clone(), uses, wanted: wanted.as_deref().and_then(number) }
    };
    let [first, second] = [person(0), person(1)];
    allocate(&pool, [&first, &second], now, cool_off).map(|numbers| numbers.map(|number| number.digits().to_owned()))
}
