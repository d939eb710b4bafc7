//! The dial policy in force: what the operator allows, what was dialled, and the one way out for call flows and numbers.
//!
//! A number is checked twice. Where somebody enters it (the dial box, a participant, a campaign's destination, a call
//! flow), so that they are told; and where the platform is told to ring it or to write to it, so that nothing that was
//! entered earlier, or by another way, is dialled against the rules of today. The second check cannot be left out:
//! webhooks are answered with [`Cleared`] flows, and the platform's client takes [`Cleared`] and [`Diallable`] only. They
//! are made here and nowhere else.
//!
//! Checking may be repeated, counting may not. A flow that is decided for a webhook is counted once for that webhook
//! ([`Self::guarded`]); what is returned to a repetition, and what was counted when the call was placed, is only
//! checked ([`Self::cleared`]).

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use super::core::{Core, ServiceError};
use super::fail::Fail;
use super::lines::Lines;
use crate::domain::dial_policy::{Policy, Rule, Target, same_rates};
use crate::domain::line::{Directory, Line};
use crate::domain::ncco::Ncco;
use crate::domain::numbering::{country_of, target_of};
use crate::domain::outgoing::{Cleared, Diallable};
use crate::domain::phone::E164;
use crate::domain::spoken::Text;
use crate::domain::trouble::Trouble;

/// Numbers of which it is kept what they are.
const MOST_KNOWN: usize = 10_000;
const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// How long a sum of prices is good for, ms: prices come when calls end.
const SPENT_MS: i64 = 5_000;
/// Hundred-millionths of a euro.
const EURO: i64 = 100_000_000;

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

/// The dial policy in force.
#[derive(Clone)]
pub struct DialPolicy {
    core: Arc<Core>,
    lines: Lines,
    dials: Arc<Dials>,
}

impl DialPolicy {
    pub(super) fn new(core: Arc<Core>, lines: Lines) -> Self {
        Self { core, lines, dials: Arc::default() }
    }

    /// Reads a telephone that callers are to be put through to, as people write it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read_destination(&self, text: &str) -> Result<E164, Trouble> {
        let number = self.lines.read_number(text)?;
        // One of our own would lead to us again.
        if self.lines.is_ours(&number) {
            return Err(Trouble::OwnNumber);
        }
        self.may_be_dialled(&number)?;
        Ok(number)
    }

    /// Whether a number may be dialled at all.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub fn may_be_dialled(&self, number: &E164) -> Result<(), Rule> {
        let target = self.target(number);
        let checked = self.policy().check(target.as_ref());
        // Who sets the support line's telephone may set the countries too.
        if matches!(checked, Err(Rule::Country(_))) && *number == self.core.settings.support.destination {
            return Ok(());
        }
        checked
    }

    /// The country whose numbers of a pool are a person's own: another of the same code and rates, when the pool has
    /// numbers of that one only. Jersey's people call British numbers as their own.
    pub(super) fn pool_country(&self, country: String) -> String {
        let directory = self.lines.directory();
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
        if let Some(target) = locked(&self.dials.targets).get(number) {
            return target.clone();
        }
        // Takes up to a millisecond for a country that was not seen lately: not while others wait for the lock.
        let target = target_of(number);
        let mut known = locked(&self.dials.targets);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(number.clone(), target.clone());
        target
    }

    /// The rules, worked out once for every state of the directory.
    fn policy(&self) -> Arc<Policy> {
        let directory = self.lines.directory();
        if let Some((of, policy)) = locked(&self.dials.allowed).as_ref()
            && Arc::ptr_eq(of, &directory)
        {
            return Arc::clone(policy);
        }
        let settings = &self.core.settings;
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
        *locked(&self.dials.allowed) = Some((directory, Arc::clone(&policy)));
        policy
    }

    /// Whether the limits leave room for one more call over a line, and counts it.
    ///
    /// # Errors
    /// Refused for the limit that is reached.
    pub(super) async fn take_call(&self, line: &str) -> Result<(), Fail<Rule>> {
        let (limits, now) = (&self.core.settings.dial, self.core.clock.now_ms());
        if limits.spend_per_day > 0 && self.spent(now).await? >= i64::from(limits.spend_per_day) * EURO {
            return Err(Rule::Spend(limits.spend_per_day).into());
        }
        if limits.line_calls_per_minute > 0 {
            let mut lines = locked(&self.dials.lines);
            lines.retain(|_, calls| calls.back().is_some_and(|last| now - last < MINUTE_MS));
            let calls = lines.entry(line.to_owned()).or_default();
            while calls.front().is_some_and(|first| now - first >= MINUTE_MS) {
                calls.pop_front();
            }
            if calls.len() >= limits.line_calls_per_minute as usize {
                return Err(Rule::Line(limits.line_calls_per_minute).into());
            }
            calls.push_back(now);
        }
        if limits.calls_per_day > 0
            && self.core.store.dials().count(self.lines.today()).await? > i64::from(limits.calls_per_day)
        {
            return Err(Rule::Calls(limits.calls_per_day).into());
        }
        Ok(())
    }

    /// Whether the day's limits are reached already; counts nothing.
    ///
    /// # Errors
    /// As [`Self::take_call`].
    pub(super) async fn has_room(&self) -> Result<(), Fail<Rule>> {
        let (limits, now) = (&self.core.settings.dial, self.core.clock.now_ms());
        if limits.spend_per_day > 0 && self.spent(now).await? >= i64::from(limits.spend_per_day) * EURO {
            return Err(Rule::Spend(limits.spend_per_day).into());
        }
        if limits.calls_per_day > 0
            && self.core.store.dials().of(self.lines.today()).await? >= i64::from(limits.calls_per_day)
        {
            return Err(Rule::Calls(limits.calls_per_day).into());
        }
        Ok(())
    }

    async fn spent(&self, now: i64) -> Result<i64, ServiceError> {
        if let Some((at, sum)) = *locked(&self.dials.spent)
            && (0..SPENT_MS).contains(&(now - at))
        {
            return Ok(sum);
        }
        let sum = self.core.store.dials().spent_since(now - DAY_MS).await?;
        *locked(&self.dials.spent) = Some((now, sum));
        Ok(sum)
    }

    /// Clears a number, for a call or a text that is about to be sent.
    ///
    /// # Errors
    /// The rule that forbids it.
    pub(super) fn diallable(&self, number: &E164) -> Result<Diallable, Rule> {
        Diallable::check(number, |number| self.may_be_dialled(number))
    }

    /// Both checks at once, for a call that we place ourselves.
    ///
    /// # Errors
    /// Refused for the rule.
    pub(super) async fn take_call_to(&self, number: &E164, line: &str) -> Result<Diallable, Fail<Rule>> {
        let number = self.diallable(number)?;
        self.take_call(line).await?;
        Ok(number)
    }

    /// Both checks at once, for a text that is sent in `parts`. What is not sent after all is given back with
    /// [`Self::give_back_texts`].
    ///
    /// # Errors
    /// Refused for the rule.
    pub(super) async fn take_text_to(&self, number: &E164, parts: usize) -> Result<Diallable, Fail<Rule>> {
        let number = self.diallable(number)?;
        let most = self.core.settings.dial.texts_per_day;
        if most == 0 {
            return Ok(number);
        }
        let sent = self.core.store.dials().count_texts(self.lines.today(), texts(parts)).await?;
        if sent <= i64::from(most) {
            return Ok(number);
        }
        self.give_back_texts(parts).await;
        Err(Rule::Texts(most).into())
    }

    /// A text that was counted did not go out.
    pub(super) async fn give_back_texts(&self, parts: usize) {
        if self.core.settings.dial.texts_per_day > 0
            && let Err(error) = self.core.store.dials().count_texts(self.lines.today(), -texts(parts)).await
        {
            tracing::warn!(error = %error, "a text that did not go out stays counted");
        }
    }

    /// A call flow that goes out without being counted, because it rings nobody whom we have not counted already: it is
    /// repeated, or the call was counted when it was placed. An apology when a telephone in it may not be rung.
    pub(super) fn cleared(&self, flow: Ncco) -> Cleared {
        self.clear(flow).unwrap_or_else(|reason| self.not_placed("repeated", &reason))
    }

    /// The same; for those who can say why it does not go out.
    ///
    /// # Errors
    /// Why not.
    pub(super) fn clear(&self, flow: Ncco) -> Result<Cleared, String> {
        Cleared::check(flow, |number| self.may_be_dialled(number))
            .map_err(|(number, rule)| format!("{} is not dialled: {rule}", number.masked()))
    }

    /// A call flow that was decided for a webhook: as it is when every telephone in it may be rung, else an apology and
    /// why. Counted once for the webhook of this key, however often it is decided.
    ///
    /// While the database does not answer, callers from outside are put through, for they reach what the operator entered,
    /// and agents are not.
    pub(super) async fn guarded(&self, line: &Line, flow: Ncco, webhook: &str) -> (Cleared, Option<String>) {
        let name = format!("{} {}", line.name(), line.target().unwrap_or_default());
        self.guard(&name, matches!(line, Line::Outbound(_)), flow, webhook).await
    }

    /// The same for a flow that goes on with a call: somebody entered keys, or did not answer. `by` is counted as a line.
    pub(super) async fn guarded_reply(&self, by: &str, flow: Ncco, webhook: &str) -> (Cleared, Option<String>) {
        self.guard(by, false, flow, webhook).await
    }

    async fn guard(&self, name: &str, must_count: bool, flow: Ncco, webhook: &str) -> (Cleared, Option<String>) {
        let refused = match self.clear(flow) {
            Err(reason) => reason,
            Ok(flow) if !flow.rings_telephones() => return (flow, None),
            Ok(flow) => match self.counted_in_time(name, webhook).await {
                Ok(()) => return (flow, None),
                Err(Fail::Refused(rule)) => format!("nobody is dialled: {rule}"),
                Err(Fail::Ours(error)) => {
                    tracing::error!(error = %error, "calls could not be counted");
                    if !must_count {
                        return (flow, None);
                    }
                    "calls could not be counted".to_owned()
                }
            },
        };
        (self.not_placed(name, &refused), Some(refused))
    }

    /// What a caller hears whose call is not placed.
    fn not_placed(&self, line: &str, reason: &str) -> Cleared {
        tracing::warn!(call.line = line, reason, "a call was not placed");
        Cleared::spoken(Text::NotPlaced, &self.core.speech(None))
    }

    /// Counting must not use up the time in which the caller has to be answered.
    async fn counted_in_time(&self, line: &str, webhook: &str) -> Result<(), Fail<Rule>> {
        let deadline = self.core.settings.limits.count_deadline;
        let counted = tokio::time::timeout(deadline, self.take_call_once(line, webhook)).await;
        counted.unwrap_or_else(|_| Err(ServiceError::Internal("counting a call took too long").into()))
    }

    /// [`Self::take_call`] for the webhook of this key, unless that was done for it already.
    async fn take_call_once(&self, line: &str, webhook: &str) -> Result<(), Fail<Rule>> {
        if !self.core.settings.dial.limits_calls() {
            return Ok(());
        }
        // What is on record was counted, however long ago. Asked first: who is second below answers at once, and what they
        // put on record must not keep the first from counting.
        let store = &self.core.store;
        if store.webhooks().reply_to(webhook).await?.is_some() {
            return Ok(());
        }
        // A claim of its own, which nobody takes over: the second finds it, on this node and on others.
        let key = format!("counted {webhook}");
        if !store.webhooks().claim_decision(&key, &self.core.random.id(), self.core.clock.now_ms(), i64::MIN).await? {
            return Ok(());
        }
        self.take_call(line).await
    }
}

impl From<Rule> for Fail<Rule> {
    fn from(rule: Rule) -> Self {
        Self::Refused(rule)
    }
}

fn texts(parts: usize) -> i64 {
    i64::try_from(parts).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
