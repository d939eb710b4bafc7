//! A tracked call: which calls are, what a new one is counted for, and what its record says of it.

use super::attribution::{Likely, Source};
use super::track::Track;
use crate::domain::call::{Call, Phase};
use crate::domain::line::VISITOR_PREFIX;
use crate::domain::party::caller_number;

/// Whether a call can be tracked at all: then it is worth a look whether it is.
#[must_use]
pub fn may_be_tracked(call: &Call, track: Option<&Track>) -> bool {
    let visitor = call.user.as_deref().is_some_and(|user| user.starts_with(VISITOR_PREFIX));
    track.is_some() || visitor || call.line.as_deref() == Some("campaign")
}

/// A visitor of the operator's web site, as far as a call of theirs is concerned.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Visitor {
    pub id: String,
    /// Which campaign brought them, if any did.
    pub campaign: Option<String>,
    pub source: Source,
}

/// What a new call is counted for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attributed {
    pub campaign: String,
    /// The number that was dialled; empty for a call from the support page.
    pub number: String,
    /// Who called, where it is not told by a telephone's number.
    pub caller: Option<String>,
    pub blocked: bool,
    pub source: Source,
    /// Whose call it most likely is.
    pub visitor: Option<Likely>,
}

/// What a new call is counted for; `None` when it turns out to be of no campaign. What is known of the visitor who most
/// likely made it goes before what the campaign says of all of its visitors.
#[must_use]
pub fn attribute(track: &Track, visitor: Option<(Likely, Visitor)>) -> Option<Attributed> {
    let mut told = match track {
        Track::Number { campaign, number, source, medium, blocked } => Attributed {
            campaign: campaign.clone(),
            number: number.clone(),
            blocked: *blocked,
            source: Source { source: source.clone(), medium: medium.clone(), ..Source::default() },
            ..Attributed::default()
        },
        Track::Visit { .. } => Attributed::default(),
    };
    if let Some((likely, visitor)) = visitor {
        if matches!(track, Track::Visit { .. }) {
            told.campaign = visitor.campaign.unwrap_or_default();
            told.caller = Some(format!("{VISITOR_PREFIX}{}", visitor.id));
        }
        told.source = visitor.source;
        told.visitor = Some(likely);
    }
    (!told.campaign.is_empty()).then_some(told)
}

/// Who made a call to a number, as they are counted and as they are shown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Caller {
    /// Of a telephone, the canonical spelling of its number, so that all of its calls are one caller's.
    pub counted: Option<String>,
    /// The number as it came, where that is another spelling.
    pub shown: Option<String>,
}

impl Caller {
    /// `shown` is what was shown until now.
    #[must_use]
    pub fn of(call: &Call, shown: Option<String>) -> Self {
        let from = call.caller().and_then(|leg| leg.from.as_deref());
        // A caller who was forgotten stays one caller: `erased-…` is what stands in the place of their number.
        let erased = from.filter(|from| from.starts_with("erased-"));
        match (caller_number(from), erased) {
            (Some(number), _) => {
                let counted = number.canonical().digits().to_owned();
                let shown = Some(number.digits()).filter(|it| *it != counted).map(str::to_owned);
                Self { counted: Some(counted), shown }
            }
            // Forgetting puts the same in both places.
            (None, Some(erased)) => {
                Self { counted: Some(erased.to_owned()), shown: shown.filter(|shown| shown == erased) }
            }
            (None, None) => Self::default(),
        }
    }
}

/// How a call went, as it is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    pub ended: bool,
    pub outcome: &'static str,
    pub answered: bool,
    /// Seconds that two people were connected.
    pub talk_seconds: Option<i64>,
    /// Seconds from the caller's first to their last.
    pub seconds: Option<i64>,
    /// Hundred-millionths of a euro.
    pub price: Option<i64>,
    pub hung_up_by: Option<&'static str>,
}

impl Course {
    /// What the call's record says.
    #[must_use]
    pub fn of(call: &Call) -> Self {
        let phase = call.phase();
        let ended = matches!(phase, Phase::Ended(_));
        Self {
            ended,
            outcome: phase.name(),
            answered: call.was_answered(),
            talk_seconds: call.talk_seconds().map(i64::from),
            seconds: call.caller().and_then(|leg| leg.duration_seconds).map(i64::from),
            price: call.price().map(|price| price.0),
            hung_up_by: ended.then(|| hung_up_by(call)),
        }
    }
}

/// Who ended it: the platform says of each leg whether its user did.
fn hung_up_by(call: &Call) -> &'static str {
    let by_user = |by: Option<&str>| by == Some("user");
    if call.caller().is_some_and(|leg| by_user(leg.disconnected_by.as_deref())) {
        return "caller";
    }
    let destination = call.callees().any(|leg| by_user(leg.disconnected_by.as_deref()));
    if destination { "destination" } else { "platform" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::{Change, Direction, Event, Fact, Status};

    fn told(leg: &str, from: Option<&str>, fact: Fact) -> Event {
        Event {
            conversation: "CON-1".into(),
            leg: Some(leg.into()),
            from: from.map(str::to_owned),
            to: None,
            direction: Some(if leg == "caller" { Direction::Inbound } else { Direction::Outbound }),
            at: Some(1),
            fact,
        }
    }

    fn called_from(from: Option<&str>) -> Call {
        Call::fold(&[told("caller", from, Fact::Asked { line: "campaign".into(), user: None, region: None })])
    }

    fn to_a_number() -> Track {
        Track::Number {
            campaign: "spring".into(),
            number: "447700900001".into(),
            source: "print".into(),
            medium: "poster".into(),
            blocked: true,
        }
    }

    fn from_a_page() -> Track {
        Track::Visit { visit: "v1".into() }
    }

    fn ann(campaign: Option<&str>) -> (Likely, Visitor) {
        let source = Source { source: "google".into(), medium: "cpc".into(), ..Source::default() };
        let visitor = Visitor { id: "ann".into(), campaign: campaign.map(str::to_owned), source };
        (Likely { visitor: "ann".into(), confidence: 67, candidates: 2 }, visitor)
    }

    #[test]
    fn what_is_known_of_the_visitor_goes_before_what_the_campaign_says() {
        let unknown = attribute(&to_a_number(), None).unwrap();
        assert_eq!((unknown.source.source.as_str(), unknown.visitor), ("print", None));
        let known = attribute(&to_a_number(), Some(ann(Some("other")))).unwrap();
        assert_eq!(
            (known.campaign.as_str(), known.number.as_str()),
            ("spring", "447700900001"),
            "the number's campaign"
        );
        assert_eq!((known.source.source.as_str(), known.source.medium.as_str()), ("google", "cpc"));
        assert_eq!(known.visitor.map(|likely| likely.confidence), Some(67));
        assert_eq!(known.caller, None, "their telephone says who they are");
        assert!(known.blocked);
    }

    #[test]
    fn a_call_from_the_page_is_its_visitors_campaigns() {
        let counted = attribute(&from_a_page(), Some(ann(Some("spring")))).unwrap();
        assert_eq!((counted.campaign.as_str(), counted.number.as_str()), ("spring", ""));
        assert_eq!(counted.caller, Some(format!("{VISITOR_PREFIX}ann")));
        assert_eq!(attribute(&from_a_page(), Some(ann(None))), None, "no campaign brought them");
        assert_eq!(attribute(&from_a_page(), None), None, "nobody knows whose visit it was");
    }

    #[test]
    fn only_what_can_be_tracked_is_looked_at() {
        assert!(may_be_tracked(&called_from(None), None), "a campaign's line");
        let support = Call { line: Some("support".into()), ..Call::default() };
        assert!(!may_be_tracked(&support, None));
        assert!(may_be_tracked(&support, Some(&from_a_page())));
        assert!(may_be_tracked(&Call { user: Some(format!("{VISITOR_PREFIX}1")), ..support }, None));
    }

    #[test]
    fn a_caller_is_one_in_every_spelling_and_after_being_forgotten() {
        let caller = |from, shown: Option<&str>| Caller::of(&called_from(from), shown.map(str::to_owned));
        let plain = caller(Some("447700900123"), None);
        assert_eq!(plain, Caller { counted: Some("447700900123".into()), shown: None });
        assert_eq!(caller(Some("447700900123"), Some("old")).shown, None, "the shown number follows the record");
        let erased = caller(Some("erased-1"), Some("erased-1"));
        assert_eq!(erased, Caller { counted: Some("erased-1".into()), shown: Some("erased-1".into()) });
        assert_eq!(caller(Some("erased-1"), Some("447700900123")).shown, None, "a number does not outlive its caller");
        assert_eq!(caller(Some("anonymous"), Some("447700900123")), Caller::default());
        assert_eq!(caller(None, None), Caller::default());
    }

    #[test]
    fn tells_who_hung_up() {
        let over = |leg, by: Option<&str>| {
            let change = Change {
                status: Status::Completed,
                disconnected_by: by.map(str::to_owned),
                duration_seconds: Some(9),
                ..Change::default()
            };
            told(leg, None, Fact::Status(change))
        };
        let course = |caller, callee| {
            let mut call = called_from(Some("447700900123"));
            call.apply(&over("caller", caller));
            call.apply(&over("callee", callee));
            Course::of(&call)
        };
        assert_eq!(course(Some("user"), Some("user")).hung_up_by, Some("caller"));
        assert_eq!(course(Some("platform"), Some("user")).hung_up_by, Some("destination"));
        assert_eq!(course(None, None).hung_up_by, Some("platform"));
        assert_eq!(course(None, None).seconds, Some(9));
        assert_eq!(Course::of(&called_from(None)).hung_up_by, None, "it is not over");
    }
}
