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
    /// The id of the call.
    pub id: String,
    /// The id of the campaign; empty when the number that was dialled is no campaign's.
    pub campaign: String,
    /// The name of the campaign; empty when the call is no campaign's any more.
    pub campaign_name: String,
    /// The digits of the number that was dialled; empty for a call with the Call now button.
    pub number: String,
    /// The digits of the caller's number, or `visitor-…` for a call with the Call now button; null when it was withheld.
    pub caller: Option<String>,
    /// When the call came, in ms since 1970, UTC.
    pub at: i64,
    /// The day on which the call came, in the time zone of the business.
    #[schema(format = Date)]
    pub date: String,
    /// The hour of the day in which the call came, 0 to 23, in the time zone of the business.
    pub hour: i64,
    /// How the call ended, or how far it is: `connecting`, `ringing`, `talking`, `answered`, `voicemail`, `busy`, `rejected`,
    /// `no-answer`, `failed`, `abandoned`, `left-message`, `call-back`.
    pub outcome: String,
    /// The call is over.
    pub ended: bool,
    /// A person answered the call.
    pub answered: bool,
    /// How many seconds they talked; null when nobody answered, and while the call goes on.
    pub talk_seconds: Option<i64>,
    /// What the platform charges for the call, in euros, as decimal text; null while it is not known.
    pub price: Option<String>,
    #[serde(skip)]
    pub raw_price: Option<i64>,
    /// Who ended the call; null when the platform does not tell.
    pub hung_up_by: Option<String>,
    /// It is the caller's first call to the campaign.
    pub first_call: bool,
    /// The source of the campaign or of the visitor, such as `google`.
    pub source: String,
    /// The medium of the campaign or of the visitor, such as `cpc`.
    pub medium: String,
    /// The search term that brought the visitor; empty when it is not known.
    pub term: String,
    /// The first page that the visitor saw; empty when it is not known.
    pub landing_page: String,
    /// The page that the visitor came from; empty when it is not known.
    pub referrer: String,
    /// The kind of the click's id, such as `gclid`; empty when there is none.
    pub click: String,
    /// The id that the advertising network gave to the click; empty when there is none.
    pub click_id: String,
    /// The id of the visitor of the web site who most likely called; null when there is none.
    pub visitor: Option<String>,
    /// How sure it is that this visitor called, in percent; null when there is no visitor.
    pub confidence: Option<i64>,
    /// How many visitors could have called.
    pub candidates: i64,
    /// The call is taken for spam.
    pub spam: bool,
    /// Why the call is taken for spam: `blocked`, `burst`, `silent` or `short`. It is null when the operator marked it.
    pub spam_reason: Option<String>,
    /// What the operator said: true is spam, false is no spam, null is nothing.
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
