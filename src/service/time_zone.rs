//! The time zone of the business: found by its name, and counted in.

use std::sync::Arc;

use jiff::tz::TimeZoneDatabase;

use super::core::ServiceError;
use crate::domain::call_tracking::zone::{Zone, ZoneError};
use crate::store::Store;

/// The time zone of this name: from the machine's data, which its updates keep right, else from the program's own. Machines
/// have none at all, or only the newer names: `US/Eastern`, `PRC` and `GB` are no longer in Debian's package.
///
/// # Errors
/// [`ZoneError`] when there is none of this name.
pub fn zone(name: &str) -> Result<Zone, ZoneError> {
    let name = name.trim();
    if matches!(name, "" | "UTC" | "Etc/UTC" | "Z") {
        return Ok(Zone::utc());
    }
    let found = jiff::tz::db().get(name).or_else(|_| TimeZoneDatabase::bundled().get(name));
    match found {
        // As the database spells it, however the operator did: `europe/london` is the zone that was counted in before.
        Ok(rules) if !rules.is_unknown() => Ok(Zone::new(rules.iana_name().unwrap_or(name), &rules)),
        _ => {
            Err(ZoneError { name: name.to_owned(), reason: "there is none of this name; write it like Europe/London" })
        }
    }
}

/// Counts calls in this zone from now on, and recounts earlier ones if they were counted in another zone.
pub async fn count_in(store: &Store, zone: &Arc<Zone>) -> Result<(), ServiceError> {
    let counted = store.tracking().counted_zone().await?;
    // First: a call that is counted meanwhile counts for a day of this zone, whether or not the recount sees it.
    store.set_zone(Arc::clone(zone));
    if counted.as_deref() != Some(zone.name()) {
        // None on the first start, and after an upgrade that changed what is counted.
        if let Some(before) = counted {
            tracing::info!(zone = zone.name(), before, "tracked calls are counted again, in another time zone");
        }
        store.tracking().recount(zone).await?;
    }
    Ok(())
}

/// The names of all time zones, in order.
#[must_use]
pub fn names() -> Vec<String> {
    let mut names: Vec<String> = jiff::tz::db().available().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_names_old_and_new() {
        let summer = 1_784_548_800;
        for (name, offset) in [
            ("Europe/London", 3600),
            ("GB", 3600),
            ("US/Eastern", -4 * 3600),
            ("PRC", 8 * 3600),
            ("Asia/Kolkata", 19_800),
            ("Etc/GMT+5", -5 * 3600),
            ("UTC", 0),
            ("", 0),
        ] {
            assert_eq!(zone(name).unwrap().offset_at(summer), offset, "{name}");
        }
        // On a machine without zone files.
        for name in ["US/Eastern", "PRC", "GB"] {
            let rules = TimeZoneDatabase::bundled().get(name).unwrap();
            let (bundled, found) = (Zone::new(name, &rules), zone(name).unwrap());
            assert_eq!((bundled.name(), bundled.offset_at(summer)), (found.name(), found.offset_at(summer)));
        }
        assert_eq!(zone(" europe/london ").unwrap().name(), "Europe/London");
    }

    #[test]
    fn what_is_no_zone_is_said() {
        for name in ["Europe/Londn", "CET-1CEST", "/etc/passwd", "../../etc/passwd", "Etc/Unknown", "Europe", "\0"] {
            let error = zone(name).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{name:?} is no time zone: there is none of this name; write it like Europe/London")
            );
        }
    }
}
