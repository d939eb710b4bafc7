//! A visit: the user at the platform that a visitor's call is placed as, and its token.

use super::call::Why;
use super::driver::held;
use crate::api::click_to_call::{Refusal, Visit, VisitOutcome, renew_visit, start_visit};
use crate::browser::page;
use crate::ui::language::language;
use crate::ui::softphone::driver::left_until;

/// A token with less left is renewed, or not begun with, ms.
pub(super) const FRESH_MS: i64 = 2 * 60 * 1000;

/// A visit that no call was placed with: one that was left over, the one that `intent.js` asked for, or a new one.
pub(super) async fn fresh_visit() -> Result<Visit, Why> {
    let fresh = |visit: &Visit| left_until(visit.expires_at_ms) > FRESH_MS;
    if let Some(visit) = held(|held| held.visit.take()).filter(fresh) {
        return Ok(visit);
    }
    let prepared = page::prepared_visit().await.and_then(|json| serde_json::from_str(&json).ok());
    if let Some(VisitOutcome::Started(visit)) = prepared
        && fresh(&visit)
    {
        return Ok(visit);
    }
    match start_visit(String::new(), language().tag().to_owned()).await {
        Ok(VisitOutcome::Started(visit)) => Ok(visit),
        Ok(VisitOutcome::Refused(refusal)) => Err(Why::Refused(refusal)),
        Err(_) => Err(Why::Refused(Refusal::Unavailable)),
    }
}

/// The same visit with a token of now.
pub(super) async fn renewed(visit: &Visit) -> Option<Visit> {
    match renew_visit(visit.id.clone(), visit.secret.clone()).await {
        Ok(VisitOutcome::Started(visit)) => Some(visit),
        _ => None,
    }
}
