//! The dial policy in force: what the operator allows, what was dialled, and the check of every call flow that leaves us.
//!
//! A number is checked twice. Where somebody enters it (the dial box, a participant, a campaign's destination, a call
//! flow), so that they are told; and where the platform is told to ring it, so that nothing that was entered earlier, or
//! by another way, is dialled against the rules of today. The second check is one function for every line:
//! [`Services::guarded`].

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::{ServiceError, Services};
use crate::domain::click_to_call::say;
use crate::domain::dial_policy::{DearKind, Policy, Rule, Target, same_rates};
use crate::domain::line::{Directory, Line};
use crate::domain::ncco::{Action, Endpoint, Ncco};
use crate::domain::numbering::{country_of, target_of};
use crate::domain::phone::E164;

/// What a caller hears whose call may not be placed.
const NOT_ALLOWED: &str = "This call cannot be placed.";
/// Numbers of which it is kept what they are.
const MOST_KNOWN: usize = 10_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// How long a sum of prices is good for, ms: prices come when calls end.
const SPENT_MS: i64 = 5_000;
/// Hundred-millionths of a euro.
const EURO: i64 = 100_000_000;

/// What the operator allows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DialSettings {
    /// Two letters each; empty: the countries of our own numbers and the business's own.
    pub countries: Vec<String>,
    /// Dear kinds that may be dialled all the same.
    pub kinds: BTreeSet<DearKind>,
    /// Telephone calls that one line may place in a minute; 0 is no limit.
    pub line_calls_per_minute: u32,
    /// Telephone calls of a day, over every line; 0 is no limit.
    pub calls_per_day: u32,
    /// Euros of 24 hours; 0 is no limit.
    pub spend_per_day: u32,
}

type Allowed = Option<(Arc<Directory>, Arc<Policy>)>;

/// What is kept in memory: what can be looked up again, and the calls of this minute.
#[derive(Debug, Default)]
pub(super) struct Dials {
    targets: Mutex<HashMap<E164, Option<Target>>>,
    allowed: Mutex<Allowed>,
    lines: Mutex<HashMap<String, VecDeque<i64>>>,
    /// When it was asked, ms UTC, and the sum.
    spent: Mutex<Option<(i64, i64)>>,
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Services {
    /// Whether a number may be dialled at all.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub fn may_be_dialled(&self, number: &E164) -> Result<(), Rule> {
        let target = self.target(number);
        let checked = self.policy().check(target.as_ref());
        // Who sets the support line's telephone may set the countries too.
        if matches!(checked, Err(Rule::Country(_))) && *number == self.inner.settings.support.destination {
            return Ok(());
        }
        checked
    }

    /// The country whose numbers of a pool are a person's own: another of the same code and rates, when the pool has
    /// numbers of that one only. Jersey's people call British numbers as their own.
    pub(super) fn pool_country(&self, country: String) -> String {
        let directory = self.directory();
        let has = |wanted: &str| {
            directory.numbers.iter().any(|(number, line)| {
                *line == Line::Private && self.target(number).is_some_and(|target| target.country == wanted)
            })
        };
        let family = same_rates(&country);
        if family.is_empty() || has(&country) {
            return country;
        }
        family.iter().find(|other| has(other)).map_or(country, |other| (*other).to_owned())
    }

    fn target(&self, number: &E164) -> Option<Target> {
        if let Some(target) = locked(&self.inner.dials.targets).get(number) {
            return target.clone();
        }
        // Takes up to a millisecond for a country that was not seen lately: not while others wait for the lock.
        let target = target_of(number);
        let mut known = locked(&self.inner.dials.targets);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(number.clone(), target.clone());
        target
    }

    /// The rules, worked out once for every state of the directory.
    fn policy(&self) -> Arc<Policy> {
        let directory = self.directory();
        if let Some((of, policy)) = locked(&self.inner.dials.allowed).as_ref()
            && Arc::ptr_eq(of, &directory)
        {
            return Arc::clone(policy);
        }
        let settings = &self.inner.settings;
        let mut countries: BTreeSet<String> =
            settings.dial.countries.iter().map(|country| country.trim().to_uppercase()).collect();
        countries.remove("");
        if countries.is_empty() {
            countries = directory
                .numbers
                .keys()
                .chain([&directory.support])
                .filter_map(|number| self.target(number).map(|target| target.country).or_else(|| country_of(number)))
                .collect();
            countries.insert(settings.country.clone());
        }
        let policy = Arc::new(Policy { countries, kinds: settings.dial.kinds.clone() });
        *locked(&self.inner.dials.allowed) = Some((directory, Arc::clone(&policy)));
        policy
    }

    /// Whether the limits leave room for one more call over a line, and counts it.
    ///
    /// # Errors
    /// When the database fails; the inner one is the limit that is reached.
    pub(super) async fn take_call(&self, line: &str) -> Result<Result<(), Rule>, ServiceError> {
        let (limits, now) = (&self.inner.settings.dial, self.inner.clock.now_ms());
        if limits.spend_per_day > 0 && self.spent(now).await? >= i64::from(limits.spend_per_day) * EURO {
            return Ok(Err(Rule::Spend(limits.spend_per_day)));
        }
        if limits.line_calls_per_minute > 0 {
            let mut lines = locked(&self.inner.dials.lines);
            lines.retain(|_, calls| calls.back().is_some_and(|last| now - last < MINUTE_MS));
            let calls = lines.entry(line.to_owned()).or_default();
            while calls.front().is_some_and(|first| now - first >= MINUTE_MS) {
                calls.pop_front();
            }
            if calls.len() >= limits.line_calls_per_minute as usize {
                return Ok(Err(Rule::Line(limits.line_calls_per_minute)));
            }
            calls.push_back(now);
        }
        if limits.calls_per_day > 0
            && self.inner.store.count_dial(self.today()).await? > i64::from(limits.calls_per_day)
        {
            return Ok(Err(Rule::Calls(limits.calls_per_day)));
        }
        Ok(Ok(()))
    }

    /// Whether the day's limits are reached already; counts nothing.
    ///
    /// # Errors
    /// As [`Self::take_call`].
    pub(super) async fn has_room(&self) -> Result<Result<(), Rule>, ServiceError> {
        let (limits, now) = (&self.inner.settings.dial, self.inner.clock.now_ms());
        if limits.spend_per_day > 0 && self.spent(now).await? >= i64::from(limits.spend_per_day) * EURO {
            return Ok(Err(Rule::Spend(limits.spend_per_day)));
        }
        if limits.calls_per_day > 0 && self.inner.store.dials_of(self.today()).await? >= i64::from(limits.calls_per_day)
        {
            return Ok(Err(Rule::Calls(limits.calls_per_day)));
        }
        Ok(Ok(()))
    }

    async fn spent(&self, now: i64) -> Result<i64, ServiceError> {
        if let Some((at, sum)) = *locked(&self.inner.dials.spent)
            && (0..SPENT_MS).contains(&(now - at))
        {
            return Ok(sum);
        }
        let sum = self.inner.store.spent_since(now - DAY_MS).await?;
        *locked(&self.inner.dials.spent) = Some((now, sum));
        Ok(sum)
    }

    /// Both checks at once, for a call that we place ourselves.
    ///
    /// # Errors
    /// When the database fails; the inner one is the rule.
    pub(super) async fn take_call_to(&self, number: &E164, line: &str) -> Result<Result<(), Rule>, ServiceError> {
        if let Err(rule) = self.may_be_dialled(number) {
            return Ok(Err(rule));
        }
        self.take_call(line).await
    }

    /// A call flow that is about to be returned: as it is when every telephone in it may be rung, else an apology and why.
    ///
    /// While the database does not answer, callers from outside are put through, for they reach what the operator entered,
    /// and agents are not.
    pub(super) async fn guarded(&self, line: &Line, flow: Ncco) -> (Ncco, Option<String>) {
        if flow.0.iter().flat_map(telephones).next().is_none() {
            return (flow, None);
        }
        let name = format!("{} {}", line.name(), line.target().unwrap_or_default());
        let forbidden = flow.0.iter().flat_map(telephones).find_map(|number| {
            let rule = self.may_be_dialled(number).err()?;
            Some(format!("{} is not dialled: {rule}", number.masked()))
        });
        let refused = match forbidden {
            Some(reason) => Some(reason),
            None => match self.take_call(&name).await {
                Ok(Ok(())) => None,
                Ok(Err(rule)) => Some(format!("nobody is dialled: {rule}")),
                Err(error) => {
                    tracing::error!(error = %error, "calls could not be counted");
                    matches!(line, Line::Outbound(_)).then(|| "calls could not be counted".to_owned())
                }
            },
        };
        match refused {
            None => (flow, None),
            Some(reason) => {
                tracing::warn!(call.line = line.name(), reason, "a call was not placed");
                (say(NOT_ALLOWED), Some(reason))
            }
        }
    }
}

#[cfg(test)]
#[path = "dial_policy_tests.rs"]
mod tests;

/// The telephones that an action rings.
fn telephones(action: &Action) -> impl Iterator<Item = &E164> {
    let endpoints: &[Endpoint] = match action {
        Action::Connect(connect) => &connect.endpoint,
        _ => &[],
    };
    endpoints.iter().filter_map(|endpoint| match endpoint {
        Endpoint::Phone(phone) => Some(&phone.number),
        _ => None,
    })
}
