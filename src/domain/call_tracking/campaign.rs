//! A campaign: what it is called, what it costs, whose telephone its calls ring, and what is said to the person who
//! answers.

use serde::{Deserialize, Serialize};

use super::zone::{date_text, parse_date};
use crate::domain::ncco::{Action, Endpoint, Ncco, OnAnswer};
use crate::domain::phone::{E164, PhoneError};
pub use crate::domain::trouble::FieldError;
use crate::domain::trouble::Trouble;

/// The longest a tracked call may last, seconds: what the platform allows.
pub const LIMIT_SECONDS: u32 = 7_200;
/// The colours that a campaign may have, in the order in which they are given: each has 3:1 on light and dark surfaces.
pub const COLOURS: [&str; 8] = ["indigo", "teal", "amber", "rose", "sky", "lime", "violet", "slate"];
/// The longest name, source and medium, in characters.
pub const LONGEST_NAME: usize = 80;
/// The longest whisper, in characters.
pub const LONGEST_WHISPER: usize = 300;
/// The most minutes for which a visitor may keep a number of a pool.
pub const LONGEST_LEASE_MINUTES: i64 = 240;

/// Whom a campaign's calls reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    Phone(E164),
    /// The agents of the contact centre, in the queue that is always there.
    Agents,
    /// Another queue of the operator's, by id.
    Queue(String),
}

/// What the word of a queue begins with.
const QUEUE: &str = "queue:";

impl Destination {
    /// The word for it in SQL and JSON: digits, `agents`, or `queue:` with an id.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Phone(number) => number.digits().to_owned(),
            Self::Agents => "agents".into(),
            Self::Queue(id) => format!("{QUEUE}{id}"),
        }
    }

    /// Reads [`Self::text`], and a number with its country code. What somebody wrote into a field is read before
    /// (`domain::numbering`).
    ///
    /// # Errors
    /// Why it is neither.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        if text.trim().eq_ignore_ascii_case("agents") {
            return Ok(Self::Agents);
        }
        if let Some(id) = text.trim().strip_prefix(QUEUE).filter(|id| !id.is_empty()) {
            return Ok(Self::Queue(id.to_owned()));
        }
        E164::parse(text).map(Self::Phone)
    }
}

/// A campaign, as far as decisions need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    pub id: String,
    pub name: String,
    /// What visitors of it come from: the value of `utm_source`, such as `google`.
    pub source: String,
    /// The value of `utm_medium`, such as `cpc`; empty for any.
    pub medium: String,
    /// Only visitors who land on a page whose path starts so; empty for any.
    pub landing: String,
    /// One of [`COLOURS`].
    pub colour: String,
    /// What it costs in all, in hundredths of the currency.
    pub cost: i64,
    /// Days since 1970-01-01, where the business is; both are in it.
    pub starts: Option<i64>,
    pub ends: Option<i64>,
    pub destination: Destination,
    /// The whisper: what the person who answers hears first; empty for nothing.
    pub whisper: String,
    /// How long a visitor of the web site keeps a number of the campaign's pool.
    pub lease_minutes: i64,
    pub archived: bool,
}

/// A campaign as somebody wrote it down: every field is text.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Draft {
    pub name: String,
    pub source: String,
    pub medium: String,
    pub landing: String,
    pub colour: String,
    /// `1234.50`
    pub cost: String,
    /// `2026-11-21`
    pub starts: String,
    pub ends: String,
    pub destination: String,
    pub whisper: String,
    pub lease_minutes: String,
}

fn wrong(field: &str, reason: Trouble) -> FieldError {
    FieldError { field: field.to_owned(), reason }
}

/// One line of text.
fn text(field: &str, value: &str, most: usize) -> Result<String, FieldError> {
    let value = value.trim();
    if value.chars().count() > most {
        return Err(wrong(field, Trouble::Long(most)));
    }
    if value.chars().any(char::is_control) {
        return Err(wrong(field, Trouble::Unprintable));
    }
    Ok(value.to_owned())
}

/// A day; none when nothing is written.
fn date(field: &str, value: &str) -> Result<Option<i64>, FieldError> {
    match value.trim() {
        "" => Ok(None),
        value => parse_date(value).map(Some).ok_or_else(|| wrong(field, Trouble::Date)),
    }
}

fn read_name(value: &str) -> Result<String, FieldError> {
    let name = text("name", value, LONGEST_NAME)?;
    if name.is_empty() { Err(wrong("name", Trouble::Empty)) } else { Ok(name) }
}

fn read_landing(value: &str) -> Result<String, FieldError> {
    let path = text("landing", value, 200)?;
    if path.is_empty() || path.starts_with('/') { Ok(path) } else { Err(wrong("landing", Trouble::Path)) }
}

fn read_colour(value: &str) -> Result<&'static str, FieldError> {
    let word = value.trim();
    let known = if word.is_empty() { Some(COLOURS[0]) } else { COLOURS.into_iter().find(|colour| *colour == word) };
    known.ok_or_else(|| wrong("colour", Trouble::Other(format!("choose one of {}", COLOURS.join(", ")))))
}

fn read_lease(value: &str) -> Result<i64, FieldError> {
    let word = value.trim();
    let minutes = if word.is_empty() { Some(30) } else { word.parse().ok() };
    let fits = minutes.filter(|minutes| (1..=LONGEST_LEASE_MINUTES).contains(minutes));
    fits.ok_or_else(|| wrong("lease_minutes", Trouble::Minutes(1, LONGEST_LEASE_MINUTES)))
}

/// The fields that are wrong, as they stand in the form.
#[derive(Default)]
struct Wrong(Vec<FieldError>);

impl Wrong {
    fn note<T>(&mut self, read: Result<T, FieldError>) -> Option<T> {
        read.map_err(|wrong| self.0.push(wrong)).ok()
    }
}

impl Campaign {
    /// Reads a draft.
    ///
    /// # Errors
    /// Every field that is wrong, and why; never none.
    pub fn read(id: String, draft: &Draft) -> Result<Self, Vec<FieldError>> {
        let starts = date("starts", &draft.starts);
        let ends = date("ends", &draft.ends).and_then(|ends| match (&starts, ends) {
            (Ok(Some(starts)), Some(ends)) if ends < *starts => Err(wrong("ends", Trouble::BeforeStart)),
            _ => Ok(ends),
        });
        let mut all = Wrong::default();
        let read = (
            all.note(read_name(&draft.name)),
            all.note(read_colour(&draft.colour)),
            all.note(
                Destination::parse(&draft.destination)
                    .map_err(|error| wrong("destination", Trouble::NoDestination(error))),
            ),
            all.note(text("whisper", &draft.whisper, LONGEST_WHISPER)),
            all.note(starts),
            all.note(ends),
            all.note(parse_money(&draft.cost).ok_or_else(|| wrong("cost", Trouble::Amount))),
            all.note(text("source", &draft.source, LONGEST_NAME)),
            all.note(text("medium", &draft.medium, LONGEST_NAME)),
            all.note(read_landing(&draft.landing)),
            all.note(read_lease(&draft.lease_minutes)),
        );
        let (
            Some(name),
            Some(colour),
            Some(destination),
            Some(whisper),
            Some(starts),
            Some(ends),
            Some(cost),
            Some(source),
            Some(medium),
            Some(landing),
            Some(lease_minutes),
        ) = read
        else {
            return Err(all.0);
        };
        let colour = colour.to_owned();
        Ok(Self {
            id,
            name,
            source,
            medium,
            landing,
            colour,
            cost,
            starts,
            ends,
            destination,
            whisper,
            lease_minutes,
            archived: false,
        })
    }

    /// As it would be written down.
    #[must_use]
    pub fn draft(&self) -> Draft {
        let date = |day: Option<i64>| day.map(date_text).unwrap_or_default();
        Draft {
            name: self.name.clone(),
            source: self.source.clone(),
            medium: self.medium.clone(),
            landing: self.landing.clone(),
            colour: self.colour.clone(),
            cost: if self.cost == 0 { String::new() } else { money(self.cost) },
            starts: date(self.starts),
            ends: date(self.ends),
            destination: match &self.destination {
                Destination::Phone(number) => number.international(),
                other => other.text(),
            },
            whisper: self.whisper.clone(),
            lease_minutes: self.lease_minutes.to_string(),
        }
    }

    /// Whether it runs on this day.
    #[must_use]
    pub fn runs_on(&self, day: i64) -> bool {
        !self.archived && self.starts.is_none_or(|starts| starts <= day) && self.ends.is_none_or(|ends| day <= ends)
    }

    /// What it cost from `from` to `to`, both included, when its cost is spread evenly over its days; one without an end
    /// is spread over the days until `today`.
    #[must_use]
    pub fn cost_between(&self, from: i64, to: i64, today: i64) -> Option<i64> {
        let starts = self.starts?;
        let ends = self.ends.unwrap_or(today.max(starts));
        let days = ends - starts + 1;
        let shared = (to.min(ends) - from.max(starts) + 1).clamp(0, days);
        (self.cost > 0 && days > 0).then(|| self.cost.saturating_mul(shared) / days)
    }

    /// The call flow of a call to one of its numbers: ring the destination, from the number that was dialled. `whisper`
    /// is the address from which the platform fetches the whisper.
    ///
    /// `None` when the agents take it: the contact centre makes that flow.
    #[must_use]
    pub fn ncco(&self, tracked: &E164, whisper: Option<String>) -> Option<Ncco> {
        let Destination::Phone(number) = &self.destination else { return None };
        Some(connect(tracked, number, whisper.filter(|_| !self.whisper.is_empty())))
    }

    /// The whisper as a call flow.
    #[must_use]
    pub fn whisper_flow(&self) -> Ncco {
        if self.whisper.is_empty() { Ncco(Vec::new()) } else { Ncco(vec![Action::talk(self.whisper.as_str())]) }
    }
}

/// Rings a telephone from the number that was dialled.
#[must_use]
pub fn connect(tracked: &E164, destination: &E164, whisper: Option<String>) -> Ncco {
    let mut action = Action::connect_phone(tracked, destination.clone(), LIMIT_SECONDS);
    if let Action::Connect(connect) = &mut action
        && let Some(Endpoint::Phone(phone)) = connect.endpoint.first_mut()
    {
        phone.on_answer = whisper.map(|url| OnAnswer { url, ..OnAnswer::default() });
    }
    Ncco(vec![action])
}

/// Hundredths of `1200.50`, `1200,5` or `1200`; empty is nothing.
#[must_use]
pub fn parse_money(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return Some(0);
    }
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 10 || fraction.len() > 2 || !digits(whole) || !digits(fraction) {
        return None;
    }
    format!("{whole}{fraction:0<2}").parse().ok()
}

/// `1200.50`
#[must_use]
pub fn money(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths.div_euclid(100), hundredths.rem_euclid(100))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn draft() -> Draft {
        Draft {
            name: " Spring Ads ".into(),
            source: "google".into(),
            medium: "cpc".into(),
            cost: "1200.5".into(),
            starts: "2026-03-01".into(),
            ends: "2026-03-10".into(),
            destination: "+44 7700 900000".into(),
            whisper: "Call from Spring Ads".into(),
            ..Draft::default()
        }
    }

    fn wrong(change: impl FnOnce(&mut Draft)) -> String {
        let mut draft = draft();
        change(&mut draft);
        fields_of(&draft).join(" ")
    }

    fn fields_of(draft: &Draft) -> Vec<String> {
        Campaign::read("1".into(), draft).unwrap_err().into_iter().map(|wrong| wrong.field).collect()
    }

    #[test]
    fn every_wrong_field_is_told() {
        let draft = Draft {
            name: String::new(),
            landing: "spring".into(),
            cost: "a lot".into(),
            starts: "yesterday".into(),
            destination: "0".into(),
            ..draft()
        };
        assert_eq!(fields_of(&draft), ["name", "destination", "starts", "cost", "landing"]);
    }

    #[test]
    fn a_draft_is_read_and_written_or_refused_by_field() {
        let campaign = Campaign::read("1".into(), &draft()).unwrap();
        assert_eq!((campaign.name.as_str(), campaign.cost, campaign.lease_minutes), ("Spring Ads", 120_050, 30));
        assert_eq!(Campaign::read("1".into(), &campaign.draft()), Ok(campaign));
        assert_eq!(wrong(|draft| draft.name = " ".into()), "name");
        assert_eq!(wrong(|draft| draft.name = "x".repeat(81)), "name");
        assert_eq!(wrong(|draft| draft.source = "a\nb".into()), "source");
        assert_eq!(wrong(|draft| draft.colour = "url(x)".into()), "colour");
        assert_eq!(wrong(|draft| draft.cost = "-1".into()), "cost");
        assert_eq!(wrong(|draft| draft.starts = "yesterday".into()), "starts");
        assert_eq!(wrong(|draft| draft.ends = "2026-02-28".into()), "ends");
        assert_eq!(wrong(|draft| draft.destination = "07700 900000".into()), "destination");
        assert_eq!(wrong(|draft| draft.lease_minutes = "0".into()), "lease_minutes");
        assert_eq!(wrong(|draft| draft.landing = "spring".into()), "landing");
        assert_eq!(Destination::parse("Agents"), Ok(Destination::Agents));
        let queue = Destination::Queue("sales".into());
        assert_eq!(Destination::parse(&queue.text()), Ok(queue.clone()));
        assert!(Destination::parse("queue:").is_err());
    }

    #[test]
    fn the_flow_rings_the_destination_from_the_tracked_number_and_whispers() {
        let campaign = Campaign::read("1".into(), &draft()).unwrap();
        let tracked = E164::parse("442079460001").unwrap();
        let flow = campaign.ncco(&tracked, Some("https://calls.example.com/webhooks/whisper/1".into())).unwrap();
        assert_eq!(
            flow.to_json(),
            r#"[{"action":"connect","endpoint":[{"type":"phone","number":"447700900000","onAnswer":{"url":"https://calls.example.com/webhooks/whisper/1"}}],"from":"442079460001","limit":7200}]"#
        );
        assert_eq!(flow.check(), vec![]);
        assert_eq!(campaign.whisper_flow().to_json(), r#"[{"action":"talk","text":"Call from Spring Ads"}]"#);
        let silent = Campaign { whisper: String::new(), ..campaign };
        assert!(!silent.ncco(&tracked, Some("https://x/".into())).unwrap().to_json().contains("onAnswer"));
        assert_eq!(Campaign { destination: Destination::Agents, ..silent }.ncco(&tracked, None), None);
    }

    #[test]
    fn costs_are_spread_over_the_days_of_the_campaign() {
        let campaign = Campaign::read("1".into(), &draft()).unwrap();
        let day = |text| parse_date(text).unwrap();
        let cost = |from, to| campaign.cost_between(day(from), day(to), day("2026-11-21"));
        assert_eq!(cost("2026-03-01", "2026-03-10"), Some(120_050));
        assert_eq!(cost("2026-02-01", "2026-03-01"), Some(12_005));
        assert_eq!(cost("2026-04-01", "2026-04-30"), Some(0));
        let endless = Campaign { ends: None, ..campaign.clone() };
        assert_eq!(endless.cost_between(day("2026-03-01"), day("2026-03-01"), day("2026-03-10")), Some(12_005));
        assert_eq!(Campaign { starts: None, ..campaign.clone() }.cost_between(0, 1, 1), None);
        assert!(campaign.runs_on(day("2026-03-10")) && !campaign.runs_on(day("2026-03-11")));
        assert!(!Campaign { archived: true, ..campaign }.runs_on(day("2026-03-10")));
    }

    proptest! {
        #[test]
        fn any_whisper_that_is_taken_makes_a_valid_flow(whisper in "\\PC{0,400}", cost in "\\PC{0,12}") {
            if let Ok(campaign) = Campaign::read("1".into(), &Draft { whisper, cost, ..draft() }) {
                prop_assert_eq!(campaign.whisper_flow().check(), vec![]);
            }
        }
    }
}
