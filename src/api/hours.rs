//! Opening hours for the operator: the page and its forms, which are posted plainly and answer with a redirect. What was
//! refused is filled in again by `web`. The file of a calendar comes to `web::hours`.

pub mod content;

use std::collections::BTreeMap;

use leptos::server;
use leptos::server_fn::codec::Json;

pub use content::*;

use super::access::Access;
use super::admin::Page;
use super::error::ApiError;

/// The page.
#[server(prefix = "/api", endpoint = "hours", input = Json)]
pub async fn hours_page() -> Result<Access<Page<Hours>>, ApiError> {
    use super::admin::server::page;
    use super::context;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let (in_force, now) = (services.hours.current().await, services.now_ms());
        let flows = services.flows.call_flows().await?;
        let content = Hours {
            state: services.hours.state().await,
            zone: services.hours.zone().between(now, now + SHOWN_MS),
            now,
            week: in_force.week.clone(),
            holidays: in_force.holidays.iter().map(|row| (row.id.clone(), row.holiday.clone())).collect(),
            closed: in_force.closed.clone().filter(|closed| closed.is_in_force(now)),
            when_closed: in_force.when_closed.clone(),
            flows: flows.into_iter().map(|flow| (flow.id, flow.name)).collect(),
        };
        Ok(page(&services, &operator, content))
    })
    .await
}

/// Sets the hours of the week. `times` has two for each interval, named as [`crate::domain::hours::Day::read`] says, with
/// the day (0 for Monday) as the field. `act` is a day that is to get one more interval, before anything is kept, or
/// [`COPY`]: then Tuesday to Friday are kept as Monday is.
#[server(prefix = "/api", endpoint = "hours-week")]
pub async fn keep_week(
    #[server(default)] act: String,
    #[server(flatten)] times: BTreeMap<String, String>,
) -> Result<(), ApiError> {
    use super::context;
    use crate::domain::hours::{Day, Week, WrongField, copy_monday};
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let mut written: [_; 7] = std::array::from_fn(|day| pairs(&times, &day.to_string()));
        let copies = act == COPY;
        if copies {
            copy_monday(&mut written);
        }
        let mut rows: Vec<usize> = written.iter().map(Vec::len).collect();
        if let Some(more) = act.parse::<usize>().ok().and_then(|day| rows.get_mut(day)) {
            *more += 1;
            let path = format!("{HOURS}?rows={}#day-{act}", rows_text(&rows));
            return super::admin::server::fill_in_again(&path);
        }
        let mut week = Week::default();
        let read = written.iter().enumerate().try_for_each(|(at, pairs)| {
            week.0[at] = Day::read(&at.to_string(), pairs)?;
            Ok::<_, WrongField>(())
        });
        match read {
            Ok(()) => {
                services.hours.keep_week(&week).await?;
                let said = if copies { Said::Copied } else { Said::Saved };
                outcome::go(&services, &operator, HOURS, said)
            }
            Err(wrong) => {
                let path = format!("{HOURS}?rows={}#week", rows_text(&rows));
                outcome::go(&services, &operator, &path, Said::Field(wrong))
            }
        }
    })
    .await
}

/// Adds a holiday. `times` are its own hours; none: closed all day.
#[server(prefix = "/api", endpoint = "hours-holiday-add")]
pub async fn add_holiday(
    #[server(default)] date: String,
    #[server(default)] name: String,
    #[server(default)] yearly: bool,
    #[server(flatten)] times: BTreeMap<String, String>,
) -> Result<(), ApiError> {
    use super::context;
    use crate::domain::hours::Holiday;
    use crate::service::{Fail, Refusable as _};
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let added = match Holiday::read(&date, yearly, &name, &pairs(&times, "hours")) {
            Ok(holiday) => services.hours.add_holiday(holiday).await,
            Err(wrong) => Err(Fail::Refused(wrong.into())),
        };
        let said = added.refusable()?.map_or_else(Said::from, |()| Said::HolidayAdded);
        outcome::go(&services, &operator, &format!("{HOURS}#holidays"), said)
    })
    .await
}

/// Deletes a holiday.
#[server(prefix = "/api", endpoint = "hours-holiday-delete")]
pub async fn delete_holiday(#[server(default)] id: String) -> Result<(), ApiError> {
    use super::context;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let found = services.hours.delete_holiday(&id).await?;
        let said = if found { Said::HolidayDeleted } else { Said::HolidayGone };
        outcome::go(&services, &operator, &format!("{HOURS}#holidays"), said)
    })
    .await
}

/// Closes now, or with `open` opens again.
#[server(prefix = "/api", endpoint = "hours-close")]
pub async fn close(
    #[server(default)] reason_en: String,
    #[server(default)] reason_zh: String,
    #[server(default)] until: String,
    #[server(default)] open: bool,
) -> Result<(), ApiError> {
    use super::context;
    use crate::domain::language::Texts;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        if open {
            services.hours.open_again().await?;
            return outcome::go(&services, &operator, HOURS, Said::Opened);
        }
        let closed = services.hours.close(&Texts::new(&reason_en, &reason_zh), &until).await.refusable()?;
        let said = closed.map_or_else(Said::from, |()| Said::Closed);
        let path = if said.is_good() { HOURS.to_owned() } else { format!("{HOURS}#close") };
        outcome::go(&services, &operator, &path, said)
    })
    .await
}

/// Sets what happens to callers while it is closed.
#[server(prefix = "/api", endpoint = "hours-when-closed")]
pub async fn keep_when_closed(
    #[server(default)] outcome: String,
    #[server(default)] number: String,
    #[server(default)] flow: String,
    #[server(default)] text_en: String,
    #[server(default)] text_zh: String,
) -> Result<(), ApiError> {
    use super::context;
    use crate::service::{Refusable as _, WhenClosedDraft};
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let draft = WhenClosedDraft { outcome, number, flow, text_en, text_zh };
        let kept = services.hours.keep_when_closed(&draft).await.refusable()?;
        let said = kept.map_or_else(Said::from, |()| Said::Saved);
        outcome::go(&services, &operator, &format!("{HOURS}#when-closed"), said)
    })
    .await
}

/// How far ahead pages can tell local times, ms.
#[cfg(not(target_arch = "wasm32"))]
pub(super) const SHOWN_MS: i64 = 800 * 24 * 60 * 60 * 1000;

#[cfg(not(target_arch = "wasm32"))]
pub(super) mod outcome {
    use super::{HOURS, HolidaysRead, Said};
    use crate::api::admin::server;
    use crate::api::context::Stop;
    use crate::api::flash::Flash;
    use crate::service::{Account, HoursRefusal, Imported, Services};

    pub(in crate::api) fn go(services: &Services, account: &Account, to: &str, said: Said) -> Result<(), Stop> {
        server::go(services, account, to, &Flash::Hours(said))
    }

    impl From<HoursRefusal> for Said {
        fn from(refusal: HoursRefusal) -> Self {
            match refusal {
                HoursRefusal::Field(wrong) => Self::Field(wrong),
                HoursRefusal::Number(why) => Self::Number(why),
                HoursRefusal::Calendar(why) => Self::Calendar(why),
            }
        }
    }

    /// Leaves the outcome of a calendar's file for the page: `web` takes the file.
    pub fn leave_imported(services: &Services, account: &Account, imported: Result<Imported, HoursRefusal>) {
        let said = imported.map_or_else(Said::from, |Imported { added, known, past, left_out }| {
            Said::Imported(HolidaysRead { added, known, past, left_out })
        });
        // Cannot fail: all of it can be written as JSON.
        let _ = server::leave_flash(services, account, HOURS, &Flash::Hours(said));
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub use outcome::leave_imported;

/// The times of a field, as they were typed: as many pairs as there are.
#[cfg(not(target_arch = "wasm32"))]
fn pairs(times: &BTreeMap<String, String>, field: &str) -> Vec<(String, String)> {
    use crate::domain::hours::MOST_INTERVALS;
    let typed = |at: usize, end: &str| times.get(&format!("{field}-{at}-{end}")).cloned();
    let pair = |at| match (typed(at, "from"), typed(at, "until")) {
        (None, None) => None,
        (from, until) => Some((from.unwrap_or_default(), until.unwrap_or_default())),
    };
    // One too many is refused, and not overlooked.
    (0..=MOST_INTERVALS).map_while(pair).collect()
}
