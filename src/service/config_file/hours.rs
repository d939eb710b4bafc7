//! The opening hours of a configuration's file: lines and call flows are meant by their names.

use std::collections::BTreeMap;

use super::{Parts, one};
use crate::domain::config_file::HoursPart;
use crate::domain::hours::MOST_HOLIDAYS;
use crate::domain::hours::closed::{Outcome, WhenClosed};
use crate::domain::trouble::{FieldError, Trouble};
use crate::service::CallFlow;
use crate::service::call_flows::same_name;
use crate::service::core::ServiceError;

/// With the flow that `find` says; where there is none, the call ends as it would for callers.
fn leading(when: &WhenClosed, find: impl Fn(&str) -> Option<String>) -> WhenClosed {
    let outcome = match &when.outcome {
        Outcome::Flow(flow) => find(flow).map_or(Outcome::HangUp, Outcome::Flow),
        outcome => outcome.clone(),
    };
    WhenClosed { outcome, text: when.text.clone() }
}

impl Parts<'_> {
    /// The hours as a file has them.
    pub(super) async fn exported_hours(&self, flows: &[CallFlow]) -> Result<HoursPart, ServiceError> {
        let hours = self.hours.read().await?;
        let named = |id: &str| flows.iter().find(|flow| flow.id == id).map(|flow| flow.name.clone());
        let by_line = hours.by_line.iter();
        let by_line = by_line.filter_map(|(line, when)| Some((self.named_line(line)?, leading(when, named))));
        let mut holidays: Vec<_> = hours.holidays.iter().map(|row| row.holiday.clone()).collect();
        holidays.sort_by(|one, other| (one.day, &one.name).cmp(&(other.day, &other.name)));
        Ok(HoursPart {
            week: hours.week.clone(),
            holidays,
            when_closed: leading(&hours.when_closed, named),
            by_line: by_line.collect(),
        })
    }

    /// What is wrong with the hours of a file; `flows` are the names of all flows that there will be.
    pub(super) fn hours_problems(&self, hours: &HoursPart, flows: &[&String]) -> Vec<FieldError> {
        let mut wrong = self.when_closed_problems("hours.when_closed", &hours.when_closed, flows);
        for (line, when) in &hours.by_line {
            let at = format!("hours.by_line.{line}");
            let why = match super::numbers::parse(line) {
                Ok(line) if line.has_hours() => None,
                Ok(_) => Some(Trouble::Other("calls of this line are answered at any time".to_owned())),
                Err(why) => Some(why),
            };
            wrong.extend(why.into_iter().flat_map(|why| one(&at, why)));
            wrong.extend(self.when_closed_problems(&at, when, flows));
        }
        if hours.holidays.len() > MOST_HOLIDAYS {
            wrong.extend(one("hours.holidays", Trouble::TooMany(MOST_HOLIDAYS)));
        }
        for (index, holiday) in hours.holidays.iter().enumerate() {
            if !holiday.is_sound() || hours.holidays[..index].iter().any(|other| other.is_same_date(holiday)) {
                wrong.extend(one(&format!("hours.holidays.{index}"), Trouble::Date));
            }
        }
        wrong
    }

    fn when_closed_problems(&self, at: &str, when: &WhenClosed, flows: &[&String]) -> Vec<FieldError> {
        let outcome = match &when.outcome {
            Outcome::Number(number) => self.hours.refuses(number),
            Outcome::Flow(name) => (!flows.iter().any(|there| same_name(there, name))).then_some(Trouble::NoFlow),
            Outcome::HangUp | Outcome::Message | Outcome::CallBack => None,
        };
        let mut wrong: Vec<FieldError> =
            outcome.into_iter().flat_map(|why| one(&format!("{at}.outcome"), why)).collect();
        if let Err(text) = when.clone().checked() {
            wrong.extend(one(&format!("{at}.{}", text.field), Trouble::Other(text.why.to_string())));
        }
        wrong
    }

    /// Puts the hours of a file in the place of those that are there. `flows` are the ids and names of those that there are
    /// by now.
    pub(super) async fn keep_hours(&self, hours: &HoursPart, flows: &[(String, String)]) -> Result<(), ServiceError> {
        let found = |name: &str| flows.iter().find(|(_, known)| same_name(known, name)).map(|(id, _)| id.clone());
        let by_line = hours.by_line.iter();
        let by_line: BTreeMap<String, WhenClosed> =
            by_line.filter_map(|(line, when)| Some((self.line_of(line)?.word(), leading(when, found)))).collect();
        let when_closed = leading(&hours.when_closed, found);
        self.hours.replace(&HoursPart { when_closed, by_line, ..hours.clone() }).await
    }
}
