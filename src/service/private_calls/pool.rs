//! The numbers of the pool: reserved, given back; and the proof that there are enough of them.

use super::conversations::Private;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::domain::private_calls::RealNumber;
use crate::domain::trouble::Trouble;
use crate::service::core::ServiceError;
use crate::service::fail::Fail;

/// A number that nobody dials is idle after this long without use, ms.
const IDLE_MS: i64 = 30 * 24 * 60 * 60 * 1000;

/// A number of the pool as screens show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolNumberView {
    pub number: E164,
    pub country: String,
    pub features: Vec<String>,
    pub reserved: bool,
    /// Open conversations in which somebody dials it.
    pub open: u64,
    pub used_at: Option<i64>,
    /// Nobody needs it: it carries nothing, and nothing came in for a month.
    pub idle: bool,
}

/// Why a number was not given back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReleaseRefusal {
    #[error("the number is not in the pool")]
    NotInPool,
    #[error("{open} open conversations use the number; close them first, or reserve it and wait")]
    InUse { open: u64 },
    #[error("the platform did not take the number back: {0}")]
    Platform(Trouble),
}

impl From<ReleaseRefusal> for Fail<ReleaseRefusal> {
    fn from(refusal: ReleaseRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// How a country stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountryProof {
    pub country: String,
    /// Numbers that are given without asking for them by name.
    pub numbers: u64,
    pub reserved: u64,
    /// The most conversations that one person of this country has open.
    pub busiest: u64,
}

impl CountryProof {
    /// Numbers of this country that its busiest person does not use.
    #[must_use]
    pub fn headroom(&self) -> i64 {
        i64::try_from(self.numbers).unwrap_or(i64::MAX) - i64::try_from(self.busiest).unwrap_or(i64::MAX)
    }
}

/// The proof that the pool is large enough: N numbers are, as long as nobody has more than N conversations open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Numbers that are given without asking for them by name.
    pub pool: u64,
    pub reserved: u64,
    /// Open conversations, and people in them.
    pub open: u64,
    pub people: u64,
    pub closed: u64,
    /// Who has the most open: masked, where they are, how many.
    pub busiest: Option<(String, Option<String>, u64)>,
    pub countries: Vec<CountryProof>,
}

impl Proof {
    /// The least numbers that would do for what is open now.
    #[must_use]
    pub fn least(&self) -> u64 {
        self.busiest.as_ref().map_or(0, |(_, _, open)| *open)
    }

    /// How many more conversations the busiest person could have.
    #[must_use]
    pub fn headroom(&self) -> i64 {
        i64::try_from(self.pool).unwrap_or(i64::MAX) - i64::try_from(self.least()).unwrap_or(i64::MAX)
    }

    /// How many numbers one more conversation of the busiest person would need.
    #[must_use]
    pub fn missing(&self) -> u64 {
        u64::from(self.headroom() <= 0)
    }
}

impl Private {
    /// The numbers of the pool, by country.
    pub async fn private_pool(&self) -> Result<Vec<PoolNumberView>, ServiceError> {
        let now = self.core.clock.now_ms();
        let rows = self.core.store.private_pool().numbers().await?;
        let view = |row: crate::store::NumberUse| {
            Some(PoolNumberView {
                number: E164::parse(&row.number).ok()?,
                features: row.features.split(',').filter(|word| !word.is_empty()).map(str::to_owned).collect(),
                idle: row.open == 0 && row.used_at.unwrap_or(row.assigned_at) < now - IDLE_MS,
                country: row.country,
                reserved: row.reserved,
                open: u64::try_from(row.open).unwrap_or(0),
                used_at: row.used_at,
            })
        };
        Ok(rows.into_iter().filter_map(view).collect())
    }

    /// Numbers of ours that lead nowhere, and could be taken into the pool.
    pub async fn unassigned_numbers(&self) -> Result<Vec<E164>, ServiceError> {
        let rows = self.core.store.numbers().all().await?;
        let free = rows.into_iter().filter(|row| row.line == Line::Unassigned.name());
        Ok(free.filter_map(|row| E164::parse(&row.number).ok()).collect())
    }

    /// Keeps a number out of automatic choices, or lets it in again. Whether it is in the pool.
    pub async fn reserve_private_number(&self, number: &E164, reserved: bool) -> Result<bool, ServiceError> {
        Ok(self.core.store.private_pool().reserve(number.digits(), reserved).await?)
    }

    /// Takes a number out of the pool and gives it back to the platform. Calls to it are somebody else's from then on, so
    /// one that is in use is kept.
    ///
    /// # Errors
    /// [`ReleaseRefusal`], or when the database fails.
    pub async fn release_private_number(&self, number: &E164) -> Result<(), Fail<ReleaseRefusal>> {
        let (store, now) = (&self.core.store, self.core.clock.now_ms());
        store.private().close_ended(now).await?;
        let pool = store.private_pool().numbers().await?;
        let row = pool.into_iter().find(|row| row.number == number.digits()).ok_or(ReleaseRefusal::NotInPool)?;
        // The database decides: a conversation may have been opened since we looked.
        if !store.private_pool().retire(number.digits(), now).await? {
            return Err(ReleaseRefusal::InUse { open: u64::try_from(row.open.max(1)).unwrap_or(1) }.into());
        }
        self.lines.reload_directory().await?;
        // What it refuses stays ours, and costs money: it is listed among the numbers that lead nowhere.
        let cancelled = self.core.vonage.cancel_number(number, &row.country).await;
        cancelled.map_err(|error| ReleaseRefusal::Platform(error.into()))?;
        store.numbers().delete(number.digits(), now).await?;
        self.lines.reload_directory().await?;
        Ok(())
    }

    /// The proof that there are enough numbers.
    pub async fn private_proof(&self) -> Result<Proof, ServiceError> {
        let store = &self.core.store;
        store.private().close_ended(self.core.clock.now_ms()).await?;
        let (numbers, figures) = (store.private_pool().numbers().await?, store.private_pool().figures().await?);
        let mut countries: Vec<String> = numbers.iter().map(|row| row.country.clone()).collect();
        countries.extend(store.private_pool().countries().await?);
        countries.sort();
        countries.dedup();
        let count = |wanted: Option<&str>, reserved: bool| {
            let of = |row: &&crate::store::NumberUse| wanted.is_none_or(|country| row.country == country);
            numbers.iter().filter(of).filter(|row| row.reserved == reserved).count() as u64
        };
        let mut proofs = Vec::with_capacity(countries.len());
        for country in countries {
            let busiest = store.private_pool().busiest(Some(&country), 1).await?;
            proofs.push(CountryProof {
                numbers: count(Some(&country), false),
                reserved: count(Some(&country), true),
                busiest: busiest.first().map_or(0, |row| u64::try_from(row.open).unwrap_or(0)),
                country,
            });
        }
        let busiest = store.private_pool().busiest(None, 1).await?.into_iter().next().map(|row| {
            let masked = RealNumber::parse(&row.number).map(|number| number.masked()).unwrap_or_default();
            (masked, row.country, u64::try_from(row.open).unwrap_or(0))
        });
        Ok(Proof {
            pool: count(None, false),
            reserved: count(None, true),
            open: u64::try_from(figures.open).unwrap_or(0),
            people: u64::try_from(figures.people).unwrap_or(0),
            closed: u64::try_from(figures.closed).unwrap_or(0),
            busiest,
            countries: proofs,
        })
    }
}
