//! The content of the page of opening hours, what the support page is told of them, and the outcomes of the forms.

use serde::{Deserialize, Serialize};

use crate::domain::call_tracking::zone::Zone;
use crate::domain::contact_center::desk::Refusal;
use crate::domain::hours::calendar::CalendarError;
use crate::domain::hours::closed::WhenClosed;
use crate::domain::hours::schedule::State;
use crate::domain::hours::{ClosedNow, Holiday, MOST_INTERVALS, Week, WrongField};
use crate::domain::trouble::Trouble;

/// The page's address, and where a calendar's file is posted.
pub const HOURS: &str = "/admin/hours";
/// What the form of the week does: Tuesday to Friday get what Monday has.
pub const COPY: &str = "copy";
pub const IMPORT: &str = "/admin/hours/import";
/// Where visitors leave their number while it is closed.
pub const CALL_BACK: &str = "/call-back";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// `None`: no hours are set, so it is always open.
    pub state: Option<State>,
    /// As far as the page shows times.
    pub zone: Zone,
    /// ms UTC
    pub now: i64,
    pub week: Week,
    /// With their ids, by day.
    pub holidays: Vec<(String, Holiday)>,
    /// Only while it counts.
    pub closed: Option<ClosedNow>,
    pub when_closed: WhenClosed,
    /// Call flows, by id and name.
    pub flows: Vec<(String, String)>,
}

/// What became holidays of a calendar's file; see `service::Imported`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HolidaysRead {
    pub added: u64,
    pub known: u64,
    pub past: u64,
    pub left_out: u64,
}

/// The outcome of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    Saved,
    /// Saved, with Monday's hours on the other working days.
    Copied,
    Closed,
    Opened,
    HolidayAdded,
    HolidayDeleted,
    HolidayGone,
    Imported(HolidaysRead),
    Field(WrongField),
    /// The telephone that is to ring.
    Number(Trouble),
    Calendar(CalendarError),
}

impl Said {
    #[must_use]
    pub fn is_good(&self) -> bool {
        !matches!(self, Self::HolidayGone | Self::Field(_) | Self::Number(_) | Self::Calendar(_))
    }

    /// The field that is wrong.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        match self {
            Self::Field(wrong) => Some(&wrong.field),
            Self::Number(_) => Some("number"),
            Self::Calendar(_) => Some("file"),
            _ => None,
        }
    }
}

/// How many intervals the page shows of each day, in its address.
#[must_use]
pub fn rows_text(rows: &[usize]) -> String {
    rows.iter().map(usize::to_string).collect::<Vec<_>>().join(".")
}

/// Reads [`rows_text`]; what makes no sense is as many as the page shows by itself.
#[must_use]
pub fn rows_of(text: &str) -> [usize; 7] {
    let mut rows = [0; 7];
    for (row, word) in rows.iter_mut().zip(text.split('.')) {
        *row = word.parse::<usize>().unwrap_or_default().min(MOST_INTERVALS);
    }
    rows
}

/// What visitors are offered while it is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Offer {
    Nothing,
    Message,
    CallBack,
    /// Somebody else takes the call.
    Call,
    /// They may call, and get another call flow.
    Flow,
}

/// What the support page says of the hours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupportHours {
    pub state: State,
    pub offer: Offer,
    /// ms UTC
    pub now: i64,
    pub zone: Zone,
}

/// A number that a visitor left to be called back: what was typed, and why it was refused; `None` when it was noted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NumberLeft {
    pub number: String,
    pub refused: Option<Refusal>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_and_never_too_many() {
        assert_eq!(rows_of(&rows_text(&[2, 3, 2, 2, 2, 0, 1])), [2, 3, 2, 2, 2, 0, 1]);
        assert_eq!(rows_of("99.x.-1.3.3.3.3.3.3"), [MOST_INTERVALS, 0, 0, 3, 3, 3, 3]);
        assert_eq!(rows_of(""), [0; 7]);
    }
}
