//! When the business is open, and what a caller gets while it is not.
//!
//! What is in force is [`Versioned`]. While the database does not answer, what was read last is in force: callers are not
//! turned away for that.

use std::sync::Arc;

use super::core::{Core, ServiceError};
use super::dial_policy::DialPolicy;
use super::fail::Fail;
use super::lines::Lines;
use super::versioned::{Version, Versioned};
use crate::domain::call_tracking::zone::Zone;
use crate::domain::click_to_call::Recorded;
use crate::domain::config_file::HoursPart;
use crate::domain::hours::calendar::{self, CalendarError};
use crate::domain::hours::closed::{Outcome, WhenClosed};
use crate::domain::hours::schedule::{Schedule, State};
use crate::domain::hours::{ClosedNow, Holiday, Hours, MOST_HOLIDAYS, Week, Wrong, WrongField, read_moment, spoken};
use crate::domain::language::Language;
use crate::domain::line::Line;
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
    pub when_closed: WhenClosed,
    schedule: Schedule,
}

impl InForce {
    fn new(row: HoursRow, holidays: Vec<HolidayRow>) -> Self {
        let HoursRow { version, week, closed, when_closed } = row;
        let all = holidays.iter().map(|row| row.holiday.clone()).collect();
        let schedule = Schedule::new(&Hours { week: week.clone(), holidays: all, closed: closed.clone() });
        Self { version, week, holidays, closed, when_closed, schedule }
    }
}

impl Version for InForce {
    fn version(&self) -> i64 {
        self.version
    }
}

/// We are closed: what is said, and what happens then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closed {
    pub(super) said: String,
    pub(super) outcome: Outcome,
    pub(super) language: Language,
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
    pub text: String,
    /// [`Language::tag`]
    pub language: String,
}

/// When the business is open.
#[derive(Clone)]
pub struct OpeningHours {
    core: Arc<Core>,
    lines: Lines,
    dial: DialPolicy,
    in_force: Versioned<InForce>,
}

impl OpeningHours {
    pub(super) fn new(core: Arc<Core>, lines: Lines, dial: DialPolicy) -> Self {
        Self { core, lines, dial, in_force: Versioned::new(InForce::default()) }
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
        self.in_force.current_or_known("opening hours", store.version(), read).await
    }

    /// Open or closed now. `None` when no hours are set and nothing closes: then nothing is to be said of it.
    pub async fn state(&self) -> Option<State> {
        let in_force = self.current().await;
        let state = in_force.schedule.at(self.core.clock.now_ms(), &self.zone());
        (in_force.week.is_set() || !state.is_open()).then_some(state)
    }

    /// Whether calls of a line are taken only while the business is open.
    pub(super) fn are_kept_by(&self, line: &Line) -> bool {
        match line {
            Line::Support | Line::Ivr(_) | Line::Agent(_) => true,
            Line::Campaign(id) => self.lines.campaign_rings_agents(id),
            Line::Custom(_) | Line::Outbound(_) | Line::Private | Line::AudioSocket(_) | Line::Unassigned => false,
        }
    }

    /// What a caller gets who comes now; `None` while it is open.
    pub(super) async fn closed(&self) -> Option<Closed> {
        let in_force = self.current().await;
        let (now, zone) = (self.core.clock.now_ms(), self.zone());
        // When it closes is worked out for nobody.
        if in_force.schedule.is_open(now, &zone) {
            return None;
        }
        let (state, when) = (in_force.schedule.at(now, &zone), &in_force.when_closed);
        let said = spoken::closed(&state, &when.text, now, &zone, when.language)?;
        let flows = self.lines.flows();
        let outcome = match &when.outcome {
            // It was deleted.
            Outcome::Flow(id) if flows.text(id).is_none() => Outcome::HangUp,
            outcome => outcome.clone(),
        };
        Some(Closed { said, outcome, language: when.language })
    }

    /// Whether callers may leave something for the agents while it is closed, as far as is known: nothing is asked.
    pub(super) fn may_take_wishes(&self) -> bool {
        let known = self.in_force.known();
        known.version == 0 || matches!(known.when_closed.outcome, Outcome::Message | Outcome::CallBack)
    }

    /// What is true of recording, also of calls that come while it is closed. `open` is what is true while it is open.
    pub async fn recorded(&self, open: Recorded) -> Recorded {
        let in_force = self.current().await;
        match &in_force.when_closed.outcome {
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
    pub async fn close(&self, reason: &str, until: &str) -> Result<(), Fail<HoursRefusal>> {
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
        let unknown = |field: &str| WrongField::new(field, Wrong::Unknown);
        let target = match draft.outcome.as_str() {
            "number" => self.dialled(&draft.number).map_err(HoursRefusal::Number)?,
            "flow" if self.lines.flows().text(&draft.flow).is_some() => draft.flow.clone(),
            "flow" => return Err(unknown("flow").into()),
            _ => String::new(),
        };
        let when = WhenClosed {
            outcome: Outcome::of(&draft.outcome, &target).ok_or_else(|| unknown("outcome"))?,
            text: draft.text.trim().to_owned(),
            language: Language::of_tag(&draft.language).ok_or_else(|| unknown("language"))?,
        };
        self.core.store.hours().put_when_closed(&when.checked()?).await?;
        Ok(())
    }

    /// A telephone that may be rung: its digits. One of our own would lead to us again.
    fn dialled(&self, text: &str) -> Result<String, Trouble> {
        let number = self.lines.read_number(text)?;
        if self.lines.is_ours(&number) {
            return Err(Trouble::OwnNumber);
        }
        self.dial.may_be_dialled(&number)?;
        Ok(number.digits().to_owned())
    }

    /// Why a telephone cannot be rung while it is closed; `None` when it can.
    pub(super) fn refuses(&self, number: &str) -> Option<Trouble> {
        // As it is kept and exported: digits with the country code.
        let written = if number.starts_with('+') { number.to_owned() } else { format!("+{number}") };
        self.dialled(&written).err()
    }

    /// Puts a file's hours in the place of all that is there; what is open or closed by hand stays. `flows` are names and
    /// ids. It was checked before.
    pub(super) async fn replace(&self, part: &HoursPart, flows: &[(String, String)]) -> Result<(), ServiceError> {
        let store = self.core.store.hours();
        store.put_week(&part.week).await?;
        let (_, known) = store.read().await?;
        for row in known.iter().filter(|row| !part.holidays.contains(&row.holiday)) {
            store.delete_holiday(&row.id).await?;
        }
        let new = part.holidays.iter().filter(|holiday| known.iter().all(|row| row.holiday != **holiday));
        let rows: Vec<HolidayRow> =
            new.map(|holiday| HolidayRow { id: self.core.random.id(), holiday: holiday.clone() }).collect();
        store.add_holidays(&rows).await?;
        let mut when_closed = part.when_closed.clone();
        if let Outcome::Flow(name) = &when_closed.outcome {
            let id = flows.iter().find(|(known, _)| known == name).map(|(_, id)| id.clone());
            when_closed.outcome = id.map_or(Outcome::HangUp, Outcome::Flow);
        }
        store.put_when_closed(&when_closed).await?;
        Ok(())
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
