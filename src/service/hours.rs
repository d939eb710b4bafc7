//! When the business is open, and what a caller gets while it is not.
//!
//! What is in force is [`Versioned`]. While the database does not answer, what was read last is in force: callers are not
//! turned away for that.

mod by_line;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::core::{Core, ServiceError};
use super::dial_policy::DialPolicy;
use super::fail::Fail;
use super::lines::Lines;
use super::queues::Queues;
use super::versioned::{Version, Versioned};
use crate::domain::call_tracking::zone::Zone;
use crate::domain::click_to_call::Recorded;
use crate::domain::config_file::HoursPart;
use crate::domain::hours::calendar::{self, CalendarError};
use crate::domain::hours::closed::{Outcome, WhenClosed};
use crate::domain::hours::schedule::{Schedule, State};
use crate::domain::hours::{ClosedNow, Holiday, Hours, MOST_HOLIDAYS, Week, Wrong, WrongField, read_moment, spoken};
use crate::domain::language::{Language, Texts};
use crate::domain::line::Line;
use crate::domain::ncco::Talk;
use crate::domain::trouble::Trouble;
use crate::store::{HolidayRow, HoursRow};

/// The hours as they were read.
#[derive(Debug, Default)]
pub struct InForce {
    /// 0: they were not read yet.
    version: i64,
    pub week: Week,
    pub holidays: Vec<HolidayRow>,
    pub closed: Option<ClosedNow>,
    /// For all callers, but those of [`Self::by_line`].
    pub when_closed: WhenClosed,
    /// For callers of some lines, by the [word](Line::word) of the line.
    pub by_line: BTreeMap<String, WhenClosed>,
    schedule: Schedule,
}

impl InForce {
    fn new(row: HoursRow, holidays: Vec<HolidayRow>) -> Self {
        let HoursRow { version, week, closed, when_closed, by_line } = row;
        let all = holidays.iter().map(|row| row.holiday.clone()).collect();
        let schedule = Schedule::new(&Hours { week: week.clone(), holidays: all, closed: closed.clone() });
        Self { version, week, holidays, closed, when_closed, by_line, schedule }
    }
}

impl Version for InForce {
    fn version(&self) -> i64 {
        self.version
    }
}

/// We are closed: what is said, and what happens then.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Closed {
    pub(super) said: Vec<Talk>,
    pub(super) outcome: Outcome,
}

impl Closed {
    /// Whether the contact centre has a call of the caller's then, which must not be made twice.
    pub(super) fn makes_a_call(&self) -> bool {
        matches!(self.outcome, Outcome::Message | Outcome::CallBack | Outcome::Flow(_))
    }
}

/// Why something was not kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HoursRefusal {
    #[error(transparent)]
    Field(#[from] WrongField),
    /// The telephone to be rung is none, or may not be dialled.
    #[error("number: {0}")]
    Number(Trouble),
    #[error(transparent)]
    Calendar(#[from] CalendarError),
}

impl From<HoursRefusal> for Fail<HoursRefusal> {
    fn from(refusal: HoursRefusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<WrongField> for Fail<HoursRefusal> {
    fn from(wrong: WrongField) -> Self {
        Self::Refused(wrong.into())
    }
}

/// What became holidays of a calendar's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Imported {
    pub added: u64,
    /// On dates that have a holiday already.
    pub known: u64,
    /// Over already.
    pub past: u64,
    /// Not of a whole day, or cancelled.
    pub left_out: u64,
}

/// What the operator enters for callers who come while it is closed.
#[derive(Debug, Clone, Default)]
pub struct WhenClosedDraft {
    /// [`Outcome::name`]
    pub outcome: String,
    /// As people write it.
    pub number: String,
    /// By id.
    pub flow: String,
    pub text_en: String,
    pub text_zh: String,
}

/// When the business is open.
#[derive(Clone)]
pub struct OpeningHours {
    core: Arc<Core>,
    lines: Lines,
    dial: DialPolicy,
    queues: Queues,
    in_force: Versioned<InForce>,
}

impl OpeningHours {
    pub(super) fn new(core: Arc<Core>, lines: Lines, dial: DialPolicy, queues: Queues) -> Self {
        Self { core, lines, dial, queues, in_force: Versioned::new(InForce::default()) }
    }

    /// Where the business is: the one place that says by which clock its hours are meant.
    #[must_use]
    pub fn zone(&self) -> Arc<Zone> {
        self.core.zone()
    }

    /// What is in force now.
    pub async fn current(&self) -> Arc<InForce> {
        let store = self.core.store.hours();
        let read = async { store.read().await.map(|(row, holidays)| InForce::new(row, holidays)) };
        self.in_force
            .current_or_known("opening hours", self.core.settings.limits.settings_deadline, store.version(), read)
            .await
    }

    /// The same for the operator, who is told when it cannot be read.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn read(&self) -> Result<Arc<InForce>, ServiceError> {
        let store = self.core.store.hours();
        let read = async { store.read().await.map(|(row, holidays)| InForce::new(row, holidays)) };
        self.in_force.current(store.version(), read).await
    }

    /// Open or closed now. `None` when no hours are set and nothing closes: then nothing is to be said of it.
    pub async fn state(&self) -> Option<State> {
        self.state_at(self.core.clock.now_ms()).await
    }

    /// The same at any moment, ms UTC.
    pub(super) async fn state_at(&self, at: i64) -> Option<State> {
        let in_force = self.current().await;
        let state = in_force.schedule.at(at, &self.zone());
        (in_force.week.is_set() || !state.is_open()).then_some(state)
    }

    /// Whether calls of a line are taken only while the business is open.
    #[must_use]
    pub fn are_kept_by(&self, line: &Line) -> bool {
        match line {
            Line::Campaign(id) => self.lines.campaign_rings_agents(id),
            line => line.has_hours(),
        }
    }

    /// What a caller of this line and language gets who comes now; `None` while it is open, and for lines that are answered at
    /// any time.
    pub(super) async fn closed(&self, line: &Line, language: Language) -> Option<Closed> {
        self.closed_at(self.core.clock.now_ms(), line, language).await
    }

    /// The same of a caller who comes at any moment, ms UTC.
    pub(super) async fn closed_at(&self, now: i64, line: &Line, language: Language) -> Option<Closed> {
        if !self.are_kept_by(line) {
            return None;
        }
        let (in_force, zone) = (self.current().await, self.zone());
        // Cheaper than `at`, which also looks for the next change.
        if in_force.schedule.is_open(now, &zone) {
            return None;
        }
        let (state, when) = (in_force.schedule.at(now, &zone), self.when_closed(line).await);
        let said = spoken::closed(&state, &when.text, now, &zone, &self.core.speech(Some(language)))?;
        let flows = self.lines.flows();
        let outcome = match when.outcome {
            // It was deleted.
            Outcome::Flow(id) if flows.text(&id).is_none() => Outcome::HangUp,
            outcome => outcome,
        };
        Some(Closed { said, outcome })
    }

    /// Whether callers may leave something for the agents while it is closed, as far as is known: nothing is asked.
    pub(super) fn may_take_wishes(&self) -> bool {
        let known = self.in_force.known();
        known.version == 0 || known.every().any(|when| matches!(when.outcome, Outcome::Message | Outcome::CallBack))
    }

    /// What is true of recording calls to the support line, also of those that come while it is closed. `open` is what is true
    /// while it is open.
    pub async fn recorded(&self, open: Recorded) -> Recorded {
        let in_force = self.current().await;
        match self.when_closed(&Line::Support).await.outcome {
            Outcome::Message if !in_force.schedule.is_always_open() => open.or(Recorded::Messages),
            Outcome::Flow(_) if !in_force.schedule.is_always_open() => open.or(Recorded::Maybe),
            _ => open,
        }
    }

    /// Sets the hours of the week.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_week(&self, week: &Week) -> Result<(), ServiceError> {
        Ok(self.core.store.hours().put_week(week).await?)
    }

    /// Closes now. `until` is as it was written, by the business's clock; empty is until [`Self::open_again`].
    ///
    /// # Errors
    /// Refused for the field that is wrong.
    pub async fn close(&self, reason: &Texts, until: &str) -> Result<(), Fail<HoursRefusal>> {
        let wrong = || WrongField::new("until", Wrong::NoDate);
        let until = match until.trim() {
            "" => None,
            text => Some(read_moment(text, &self.zone()).ok_or_else(wrong)?),
        };
        let closed = ClosedNow::new(reason, until, self.core.clock.now_ms())?;
        self.core.store.hours().put_closed(Some(&closed)).await?;
        tracing::info!(until = ?closed.until, "the business was closed by hand");
        Ok(())
    }

    /// From now on the week counts again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_again(&self) -> Result<(), ServiceError> {
        Ok(self.core.store.hours().put_closed(None).await?)
    }

    /// Sets what happens to callers while it is closed.
    ///
    /// # Errors
    /// Refused for the field that is wrong.
    pub async fn keep_when_closed(&self, draft: &WhenClosedDraft) -> Result<(), Fail<HoursRefusal>> {
        self.core.store.hours().put_when_closed(&self.read_when_closed(draft)?).await?;
        Ok(())
    }

    fn read_when_closed(&self, draft: &WhenClosedDraft) -> Result<WhenClosed, HoursRefusal> {
        let unknown = |field: &str| WrongField::new(field, Wrong::Unknown);
        let target = match draft.outcome.as_str() {
            "number" => self.dialled(&draft.number).map_err(HoursRefusal::Number)?,
            "flow" if self.lines.flows().text(&draft.flow).is_some() => draft.flow.clone(),
            "flow" => return Err(unknown("flow").into()),
            _ => String::new(),
        };
        let when = WhenClosed {
            outcome: Outcome::of(&draft.outcome, &target).ok_or_else(|| unknown("outcome"))?,
            text: Texts::new(&draft.text_en, &draft.text_zh),
        };
        Ok(when.checked()?)
    }

    /// A telephone that may be rung: its digits.
    fn dialled(&self, text: &str) -> Result<String, Trouble> {
        Ok(self.dial.read_destination(text)?.digits().to_owned())
    }

    /// Why a telephone cannot be rung while it is closed; `None` when it can.
    pub(super) fn refuses(&self, number: &str) -> Option<Trouble> {
        // As it is kept and exported: digits with the country code.
        let written = if number.starts_with('+') { number.to_owned() } else { format!("+{number}") };
        self.dialled(&written).err()
    }

    /// Puts these hours in the place of all that is there, at once; what is closed by hand stays. Lines and flows are meant by
    /// their ids. It was checked before.
    pub(super) async fn replace(&self, part: &HoursPart) -> Result<(), ServiceError> {
        let rows =
            part.holidays.iter().map(|holiday| HolidayRow { id: self.core.random.id(), holiday: holiday.clone() });
        let rows: Vec<HolidayRow> = rows.collect();
        Ok(self.core.store.hours().replace(&part.week, &rows, &part.when_closed, &part.by_line).await?)
    }

    /// Adds a holiday.
    ///
    /// # Errors
    /// Refused where its date has one already, or there are too many.
    pub async fn add_holiday(&self, holiday: Holiday) -> Result<(), Fail<HoursRefusal>> {
        self.have_room_for(1, "date").await?;
        let row = HolidayRow { id: self.core.random.id(), holiday };
        let added = self.core.store.hours().add_holidays(&[row]).await?;
        if added == 0 {
            return Err(WrongField::new("date", Wrong::Taken).into());
        }
        Ok(())
    }

    /// Whether there was such a holiday.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_holiday(&self, id: &str) -> Result<bool, ServiceError> {
        Ok(self.core.store.hours().delete_holiday(id).await?)
    }

    /// Adds the holidays of an iCalendar file that are not over, all of them or, when it is refused, none. Dates that have a
    /// holiday keep it, for its hours may be the operator's own.
    ///
    /// # Errors
    /// Refused for what the file has.
    pub async fn import(&self, file: &[u8]) -> Result<Imported, Fail<HoursRefusal>> {
        let read = calendar::read(file).map_err(HoursRefusal::from)?;
        let (all, today) = (read.holidays.len(), self.zone().day_and_hour(self.core.clock.now_ms()).0);
        let ahead = read.holidays.into_iter().filter(|holiday| holiday.yearly || holiday.day >= today);
        let rows: Vec<HolidayRow> = ahead.map(|holiday| HolidayRow { id: self.core.random.id(), holiday }).collect();
        self.have_room_for(rows.len(), "file").await?;
        let added = self.core.store.hours().add_holidays(&rows).await?;
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        Ok(Imported {
            added,
            known: count(rows.len()).saturating_sub(added),
            past: count(all - rows.len()),
            left_out: count(read.left_out),
        })
    }

    async fn have_room_for(&self, more: usize, field: &str) -> Result<(), Fail<HoursRefusal>> {
        let (_, known) = self.core.store.hours().read().await?;
        if known.len() + more > MOST_HOLIDAYS {
            return Err(WrongField::new(field, Wrong::TooManyHolidays).into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
