//! A tracked call as pages and the operator's systems see it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::call_tracking::zone::date_text;
use crate::service::lines::Lines;
use crate::store::call_tracking::TrackedRow;

/// A tracked call, as the operator's own systems get it: by the interface, whose description is made from this, and by
/// webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TrackedCall {
    pub id: String,
    pub campaign: String,
    /// empty when it is no campaign's any more
    pub campaign_name: String,
    /// digits; empty for Call now
    pub number: String,
    /// digits, or `visitor-…`; null when it was withheld
    pub caller: Option<String>,
    pub at: i64,
    /// where the business is
    pub date: String,
    /// where the business is
    pub hour: i64,
    /// `connecting`, `ringing`, `talking`, `answered`, `voicemail`, `busy`, `rejected`, `no-answer`, `failed`, `abandoned`
    pub outcome: String,
    pub ended: bool,
    pub answered: bool,
    pub talk_seconds: Option<i64>,
    /// euro, as decimal text
    pub price: Option<String>,
    #[serde(skip)]
    pub raw_price: Option<i64>,
    pub hung_up_by: Option<String>,
    /// the caller's first to the campaign
    pub first_call: bool,
    pub source: String,
    pub medium: String,
    pub term: String,
    pub landing_page: String,
    pub referrer: String,
    pub click: String,
    pub click_id: String,
    /// the visitor of the web site who most likely called
    pub visitor: Option<String>,
    /// percent: how sure it is that this visitor called
    pub confidence: Option<i64>,
    /// how many visitors could have called
    pub candidates: i64,
    pub spam: bool,
    /// `blocked`, `burst`, `silent`, `short`; null also when the operator said it
    pub spam_reason: Option<String>,
    /// what the operator said
    pub said: Option<bool>,
}

/// A call as pages and the operator's systems see it.
pub(super) fn tracked(lines: &Lines, row: TrackedRow) -> TrackedCall {
    TrackedCall {
        campaign_name: lines.campaign_name(&row.campaign),
        first_call: row.caller.is_some() && row.previous_day.is_none(),
        date: date_text(row.day),
        price: row.price.map(|price| format!("{}.{:08}", price / 100_000_000, price % 100_000_000)),
        raw_price: row.price,
        id: row.id,
        campaign: row.campaign,
        number: row.number,
        caller: row.shown.or(row.caller),
        at: row.at,
        hour: row.hour,
        outcome: row.outcome,
        ended: row.ended,
        answered: row.answered,
        talk_seconds: row.talk_seconds,
        hung_up_by: row.hung_up_by,
        source: row.source,
        medium: row.medium,
        term: row.term,
        landing_page: row.landing,
        referrer: row.referrer,
        click: row.click,
        click_id: row.click_id,
        visitor: row.visitor,
        confidence: row.confidence,
        candidates: row.candidates,
        spam: row.spam,
        spam_reason: row.reason,
        said: row.said,
    }
}
