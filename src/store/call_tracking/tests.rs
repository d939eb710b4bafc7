//! The rollup equals a recount at every moment, whatever comes late, twice, out of order, or is said by the operator.

mod lending;

use super::campaigns::AssignedRow;
use super::csv::CsvFor;
use super::hooks::{HookRow, Tried};
use super::reports::{Span, TrackedQuery};
use super::visitors::VisitorRow;
use crate::domain::call::{Change, Direction, Event, Fact, Price, Status};
use crate::domain::call_tracking::campaign::{Campaign, Draft};
use crate::domain::call_tracking::counts::Counts;
use crate::domain::call_tracking::report::{Grain, Share};
use crate::domain::call_tracking::track::Track;
use crate::domain::call_tracking::zone::{Zone, day_of};
use crate::store::db::on_db;
use crate::store::testing::{Database, append, on_both, shuffle};
use crate::store::{Append, NumberRow};
use futures::future::join_all;
use jiff::civil::date;
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

on_both!(
    the_rollup_equals_a_recount_in_any_order,
    case_25_a_caller_in_two_spellings_is_one_caller,
    case_25_what_an_earlier_version_counted_twice_is_counted_anew,
    a_move_to_another_zone_is_counted_anew,
    a_difference_is_found,
);

const HOUR: i64 = 3_600_000;

const CAMPAIGNS: [&str; 3] = ["c1", "c2", "c3"];

fn london() -> Arc<Zone> {
    Arc::new(Zone::new("Europe/London", &TimeZone::posix("GMT0BST,M3.5.0/1,M10.5.0").unwrap()))
}

/// Chance from a seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// What happens to a call in a test.
#[derive(Debug, Clone)]
struct Fate {
    name: String,
    campaign: usize,
    /// `None`: withheld.
    caller: Option<String>,
    at: i64,
    /// Seconds; `None` while it goes on.
    length: Option<u32>,
    /// Seconds; `None` when nobody answers.
    talk: Option<u32>,
    blocked: bool,
    said: Option<bool>,
}

impl Fate {
    fn roll(dice: &mut Dice, n: u64) -> Self {
        // A day and a half around the hour that comes twice, in minutes, so that calls fall together and in bursts.
        let start = day_of(date(2026, 10, 24)) * 24 * HOUR + 12 * HOUR;
        let talk = [None, Some(1), Some(30), Some(200)][dice.below(4) as usize];
        let length = [Some(1), Some(40), None][dice.below(3) as usize].map(|length| length + talk.unwrap_or(0));
        Self {
            name: format!("CON-{n}"),
            campaign: dice.below(3) as usize,
            caller: (dice.below(6) > 0).then(|| format!("44770090000{}", dice.below(4))),
            at: start + i64::try_from(dice.below(36 * 60)).unwrap() * 60_000,
            length,
            talk,
            blocked: dice.below(12) == 0,
            said: [None, None, None, Some(true), Some(false)][dice.below(5) as usize],
        }
    }

    fn number(&self) -> String {
        format!("44207946000{}", self.campaign)
    }

    fn answer(&self) -> Append {
        let event = Event {
            conversation: self.name.clone(),
            leg: Some("caller".into()),
            from: Some(self.caller.clone().unwrap_or_else(|| "anonymous".into())),
            to: Some(self.number()),
            direction: None,
            at: None,
            fact: Fact::Asked { line: "campaign".into(), user: None, region: None },
        };
        let track = Track::Number {
            campaign: CAMPAIGNS[self.campaign].into(),
            number: self.number(),
            source: "google".into(),
            medium: "cpc".into(),
            blocked: self.blocked,
        };
        Append { kind: "answer".into(), received_at: self.at, track: Some(track), ..append(&event) }
    }

    fn status(&self, leg: &str, change: Change) -> Append {
        let (from, to, direction) = match leg {
            "caller" => (self.caller.clone().unwrap_or_else(|| "anonymous".into()), self.number(), Direction::Inbound),
            _ => (self.number(), "447700900999".into(), Direction::Outbound),
        };
        let event = Event {
            conversation: self.name.clone(),
            leg: Some(leg.into()),
            from: Some(from),
            to: Some(to),
            direction: Some(direction),
            at: Some(self.at),
            fact: Fact::Status(change),
        };
        Append { received_at: self.at + 1000, ..append(&event) }
    }

    fn appends(&self) -> Vec<Append> {
        let change = |status| Change { status, ..Change::default() };
        let mut all = vec![
            self.answer(),
            self.status("caller", change(Status::Started)),
            self.status("callee", change(Status::Ringing)),
        ];
        if let Some(talk) = self.talk {
            all.push(self.status("callee", change(Status::Answered)));
            if self.length.is_some() {
                let over = Change { duration_seconds: Some(talk), price: Some(Price(7)), ..change(Status::Completed) };
                all.push(self.status("callee", over));
            }
        }
        if let Some(length) = self.length {
            let over = Change { duration_seconds: Some(length), price: Some(Price(11)), ..change(Status::Completed) };
            all.push(self.status("caller", Change { disconnected_by: Some("user".into()), ..over }));
        }
        all
    }
}

/// The rollup of these calls, counted the plain way: sorted, each looked at once, nothing kept between.
fn counted(
    fates: &[Fate],
    ids: &BTreeMap<String, String>,
    zone: &Zone,
) -> BTreeMap<(String, bool, i64, String), Counts> {
    let mut sorted: Vec<&Fate> = fates.iter().collect();
    sorted.sort_by_key(|fate| (fate.at, ids[&fate.name].clone()));
    let burst = |fate: &Fate| {
        let near = |other: &&Fate| other.caller == fate.caller && (fate.at - 600_000..=fate.at).contains(&other.at);
        fate.caller.is_some() && fates.iter().filter(near).count() >= 6
    };
    let mut wanted: BTreeMap<_, Counts> = BTreeMap::new();
    let mut seen: BTreeMap<(Option<String>, usize, bool), i64> = BTreeMap::new();
    for fate in sorted {
        let odd = match (fate.length, fate.talk) {
            (Some(_), Some(talk)) => talk <= 2,
            (Some(length), None) => length <= 2,
            (None, _) => false,
        };
        let spam = fate.said.unwrap_or(fate.blocked || burst(fate) || odd);
        let (day, hour) = zone.day_and_hour(fate.at);
        let previous = seen.insert((fate.caller.clone(), fate.campaign, spam), day);
        let known = fate.caller.is_some();
        let mut one = Counts { calls: 1, withheld: i64::from(!known), ..Counts::default() };
        one.answered = i64::from(fate.talk.is_some());
        one.missed = i64::from(fate.talk.is_none() && fate.length.is_some());
        if let Some(length) = fate.length {
            one.price = if fate.talk.is_some() { 18 } else { 11 };
            one.talk_seconds = i64::from(fate.talk.unwrap_or(0));
            let _ = length;
        }
        one.first = i64::from(known && previous.is_none());
        one.unique_day = i64::from(known && previous != Some(day));
        // Both days of the test are in October.
        one.unique_month = i64::from(known && previous.is_none());
        one.by_hour[usize::from(hour)] = 1;
        one.answered_by_hour[usize::from(hour)] = one.answered;
        // Day 0 was a Thursday.
        let weekday = (day + 3).rem_euclid(7) as usize;
        one.by_weekday[weekday] = 1;
        one.answered_by_weekday[weekday] = one.answered;
        for number in ["*".to_owned(), fate.number()] {
            *wanted.entry((number, spam, day, CAMPAIGNS[fate.campaign].to_owned())).or_default() += &one;
        }
    }
    wanted
}

async fn kept(db: &Database) -> BTreeMap<(String, bool, i64, String), Counts> {
    let mut kept = BTreeMap::new();
    let numbers = (0..3).map(|n| format!("44207946000{n}"));
    for number in std::iter::once(None).chain(numbers.map(Some)) {
        for spam in [false, true] {
            for day in day_of(date(2026, 10, 20))..day_of(date(2026, 10, 30)) {
                let span = Span { from: day, to: day, number: number.clone(), spam };
                for (campaign, counts) in db.store.tracking().sums(&span).await.unwrap() {
                    if counts != Counts::default() {
                        let number = number.clone().unwrap_or_else(|| "*".into());
                        kept.insert((number, spam, day, campaign), counts);
                    }
                }
            }
        }
    }
    kept
}

/// All tests' calls are in October 2026: from its rows as a month, and day by day from those of its days.
async fn the_month_is_the_sum_of_its_days(db: &Database, days: &BTreeMap<(String, bool, i64, String), Counts>) {
    let (first, last) = (day_of(date(2026, 10, 1)), day_of(date(2026, 10, 31)));
    let mut wanted: BTreeMap<String, Counts> = BTreeMap::new();
    for ((number, spam, _, campaign), counts) in days {
        if number == "*" && !spam {
            *wanted.entry(campaign.clone()).or_default() += counts;
        }
    }
    for (from, to) in [(first, last), (first - 40, last + 40), (first + 1, last), (first, last - 1)] {
        let span = Span { from, to, number: None, spam: false };
        let sums: BTreeMap<String, Counts> = db.store.tracking().sums(&span).await.unwrap().into_iter().collect();
        assert_eq!(sums, wanted, "{from} to {to}");
        for grain in [Grain::Day, Grain::Week, Grain::Month] {
            let mut bars: BTreeMap<String, Share> = BTreeMap::new();
            for (day, campaign, share) in db.store.tracking().bars(&span, grain).await.unwrap() {
                assert!(grain == Grain::Day || from != first - 40 || grain.start(day) == day, "a bar begins on {day}");
                let sum = bars.entry(campaign).or_default();
                sum.calls += share.calls;
                sum.answered += share.answered;
            }
            let shares = |counts: &Counts| Share { calls: counts.calls, answered: counts.answered };
            let wanted = wanted.iter().map(|(campaign, counts)| (campaign.clone(), shares(counts))).collect();
            assert_eq!(bars, wanted, "{grain:?}, {from} to {to}");
        }
    }
}

async fn ids(db: &Database, fates: &[Fate]) -> BTreeMap<String, String> {
    let mut ids = BTreeMap::new();
    for fate in fates {
        ids.insert(fate.name.clone(), db.store.calls().of(&fate.name).await.unwrap().unwrap().0.id);
    }
    ids
}

async fn deliver(db: &Database, appends: &[Append]) {
    for outcome in join_all(appends.iter().map(|append| db.store.append(append.clone()))).await {
        outcome.unwrap();
    }
}

async fn the_rollup_equals_a_recount_in_any_order(db: Database) {
    db.store.set_zone(london());
    let mut dice = Dice(20_261_121);
    let mut fates: Vec<Fate> = Vec::new();
    for round in 0..6_u64 {
        let new: Vec<Fate> = (0..25).map(|n| Fate::roll(&mut dice, round * 100 + n)).collect();
        let mut appends: Vec<Append> = new.iter().flat_map(Fate::appends).collect();
        // Every third one comes twice, with a new signature, as the platform does.
        let twice: Vec<Append> = appends.iter().step_by(3).cloned().collect();
        appends.extend(twice.into_iter().map(|again| Append { id: format!("{}x", again.id), jti: None, ..again }));
        shuffle(&mut appends, dice.below(u64::from(u32::MAX)));
        for piece in appends.chunks(1 + dice.below(40) as usize) {
            deliver(&db, piece).await;
        }
        let known = ids(&db, &new).await;
        for fate in &new {
            if fate.said.is_some() {
                // Said, taken back, said again.
                for said in [fate.said, None, fate.said] {
                    db.store.tracking().say_spam(&known[&fate.name], said).await.unwrap().unwrap();
                }
            }
        }
        fates.extend(new);
        let verified = db.store.tracking().verify(&london()).await.unwrap();
        assert_eq!((verified.differences, &verified.first), (0, &Vec::new()), "round {round}");
        assert_eq!(verified.calls, fates.len() as u64);
        let ids = ids(&db, &fates).await;
        let kept = kept(&db).await;
        assert_eq!(kept, counted(&fates, &ids, &london()), "round {round}");
        the_month_is_the_sum_of_its_days(&db, &kept).await;
    }
    assert!(fates.iter().any(|fate| fate.caller.is_none()), "withheld numbers are in it");
}

/// The two spellings of one Mexican telephone.
const SPELLINGS: [&str; 2] = ["523312345678", "5213312345678"];

/// Calls of which many come from one telephone in two spellings; and the same calls, with one spelling for it.
fn spelled() -> (Vec<Fate>, Vec<Fate>) {
    let mut dice = Dice(25);
    let fates: Vec<Fate> = (0..60).map(|n| Fate::roll(&mut dice, n)).collect();
    let mapped = |spellings: [&str; 2]| {
        let with = |fate: &Fate| {
            let caller = fate.caller.as_deref().map(|caller| match caller {
                "447700900000" | "447700900001" => spellings[0].to_owned(),
                "447700900002" => spellings[1].to_owned(),
                other => other.to_owned(),
            });
            Fate { caller, ..fate.clone() }
        };
        fates.iter().map(with).collect()
    };
    (mapped(SPELLINGS), mapped([SPELLINGS[0]; 2]))
}

async fn judged(db: &Database, fates: &[Fate]) -> BTreeMap<String, String> {
    let mut appends: Vec<Append> = fates.iter().flat_map(Fate::appends).collect();
    shuffle(&mut appends, 25);
    deliver(db, &appends).await;
    let known = ids(db, fates).await;
    for fate in fates.iter().filter(|fate| fate.said.is_some()) {
        db.store.tracking().say_spam(&known[&fate.name], fate.said).await.unwrap();
    }
    known
}

async fn case_25_a_caller_in_two_spellings_is_one_caller(db: Database) {
    db.store.set_zone(london());
    let (fates, as_one) = spelled();
    let known = judged(&db, &fates).await;
    let verified = db.store.tracking().verify(&london()).await.unwrap();
    assert_eq!((verified.differences, &verified.first), (0, &Vec::new()));
    assert_eq!(kept(&db).await, counted(&as_one, &known, &london()));
    // They are shown, and found, as they came.
    let days = TrackedQuery {
        from: day_of(date(2026, 10, 20)),
        to: day_of(date(2026, 10, 30)),
        limit: 200,
        ..TrackedQuery::default()
    };
    let calls = db.store.tracking().calls(&days).await.unwrap();
    for fate in &fates {
        let call = calls.iter().find(|call| call.id == known[&fate.name]).unwrap();
        assert_eq!(call.caller_as_told(), fate.caller.as_deref());
    }
    let number = crate::domain::phone::E164::parse(SPELLINGS[0]).unwrap();
    let theirs = |caller: &str| fates.iter().filter(|fate| fate.caller.as_deref() == Some(caller)).count();
    let (one, other) = (theirs(SPELLINGS[0]), theirs(SPELLINGS[1]));
    assert!(one > 0 && other > 0);
    for (caller, found) in [(number.pattern(), one + other), (SPELLINGS[1].into(), other), ("5213".into(), other)] {
        let asked = TrackedQuery { caller: Some(caller.clone()), ..days.clone() };
        assert_eq!(db.store.tracking().calls(&asked).await.unwrap().len(), found, "{caller}");
    }
    let callers = |fates: &[Fate]| fates.iter().filter_map(|fate| fate.caller.clone()).collect::<HashSet<_>>().len();
    let unique = db.store.tracking().unique_callers(&days).await.unwrap();
    let all = unique.iter().find(|(campaign, _)| campaign.is_empty()).unwrap().1;
    assert_eq!(all, i64::try_from(callers(&as_one)).unwrap());
    // Forgotten by the spelling in which they called less often.
    let mut traces = crate::store::Traces::default();
    let done = db.store.erasure().replace_number(SPELLINGS[1], "erased-1", &mut traces).await.unwrap();
    assert_eq!((done.calls, done.tracked), ((one + other) as u64, (one + other) as u64), "{done:?}");
    let left = "SELECT COUNT(*) FROM tracked_calls WHERE caller LIKE '52%' OR shown LIKE '52%'";
    let left: i64 = on_db!(db.store.inner, pool => sqlx::query_scalar(left).fetch_one(pool).await).unwrap();
    assert_eq!(left, 0);
    let verified = db.store.tracking().verify(&london()).await.unwrap();
    assert_eq!((verified.differences, &verified.first), (0, &Vec::new()));
    assert_eq!(kept(&db).await, counted(&as_one, &known, &london()), "figures stay");
}

async fn case_25_what_an_earlier_version_counted_twice_is_counted_anew(db: Database) {
    let (fates, as_one) = spelled();
    let known = judged(&db, &fates).await;
    // As the earlier version had them, which knew of no spellings.
    for sql in [
        "UPDATE tracked_calls SET caller = COALESCE(shown, caller), recent = 1, previous_day = NULL",
        "UPDATE tracked_calls SET shown = NULL, reason = CASE WHEN reason = 'burst' THEN NULL ELSE reason END",
    ] {
        on_db!(db.store.inner, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    }
    db.store.tracking().recount(&Zone::utc()).await.unwrap();
    assert!(db.store.tracking().verify(&Zone::utc()).await.unwrap().differences > 0);
    let longer = [
        "5213312345678",
        "5493514567890",
        "5511987654321",
        "2250707123456",
        "2250505123456",
        "2250125123456",
        "2250140123456",
        "2252120123456",
        "2252724123456",
        "2252731123456",
        "2290190011234",
        "576012345678",
        "447700900123",
        "5219987654321",
        "5511887654321",
        "2250507123456",
        "2252125123456",
        "576091234567",
        "visitor-52133",
    ];
    for caller in longer {
        let sql = format!(
            "INSERT INTO tracked_calls (id, campaign, number, caller, at, day, hour, ended, outcome, answered, source, \
             medium, term, landing, referrer, click, click_id, candidates, blocked, recent, spam) VALUES ('{caller}', 'c9', \
             '442079460009', '{caller}', 0, 0, 0, TRUE, 'completed', TRUE, '', '', '', '', '', '', '', 0, FALSE, 1, FALSE)"
        );
        on_db!(db.store.inner, pool => sqlx::query(sqlx::AssertSqlSafe(sql)).execute(pool).await.map(drop)).unwrap();
    }
    let step = include_str!("../migrations/0017_spellings.sql");
    let (made, filled) = step.split_once(';').unwrap();
    assert!(made.contains("ALTER TABLE"), "the column is there");
    on_db!(db.store.inner, pool => sqlx::raw_sql(filled).execute(pool).await.map(drop)).unwrap();
    for told in longer {
        let sql = "SELECT caller, shown FROM tracked_calls WHERE id = $1";
        let (caller, shown): (String, Option<String>) =
            on_db!(db.store.inner, pool => sqlx::query_as(sql).bind(told).fetch_one(pool).await).unwrap();
        let canonical =
            crate::domain::phone::E164::parse(told).map_or(told.to_owned(), |it| it.canonical().digits().into());
        assert_eq!((caller, shown), (canonical.clone(), (canonical != told).then(|| told.to_owned())));
    }
    assert_eq!(db.store.tracking().counted_zone().await.unwrap(), None, "the next start counts again");
    db.store.tracking().recount(&Zone::utc()).await.unwrap();
    let sql = "DELETE FROM tracked_calls WHERE campaign = 'c9'";
    on_db!(db.store.inner, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    db.store.tracking().recount(&Zone::utc()).await.unwrap();
    assert_eq!(db.store.tracking().verify(&Zone::utc()).await.unwrap().first, Vec::<String>::new());
    assert_eq!(kept(&db).await, counted(&as_one, &known, &Zone::utc()));
}

async fn a_move_to_another_zone_is_counted_anew(db: Database) {
    let mut dice = Dice(7);
    let fates: Vec<Fate> = (0..40).map(|n| Fate::roll(&mut dice, n)).collect();
    // First counted in UTC.
    deliver(&db, &fates.iter().flat_map(Fate::appends).collect::<Vec<_>>()).await;
    let known = ids(&db, &fates).await;
    for fate in fates.iter().filter(|fate| fate.said.is_some()) {
        db.store.tracking().say_spam(&known[&fate.name], fate.said).await.unwrap();
    }
    let kolkata = Arc::new(Zone::new("Asia/Kolkata", &TimeZone::posix("IST-5:30").unwrap()));
    assert!(db.store.tracking().verify(&kolkata).await.unwrap().differences > 0);
    db.store.tracking().recount(&kolkata).await.unwrap();
    db.store.set_zone(Arc::clone(&kolkata));
    assert_eq!(db.store.tracking().counted_zone().await.unwrap().as_deref(), Some("Asia/Kolkata"));
    assert_eq!(db.store.tracking().verify(&kolkata).await.unwrap().first, Vec::<String>::new());
    assert_eq!(kept(&db).await, counted(&fates, &known, &kolkata));
}

async fn a_difference_is_found(db: Database) {
    let mut dice = Dice(3);
    let fates: Vec<Fate> = (0..20).map(|n| Fate::roll(&mut dice, n)).collect();
    deliver(&db, &fates.iter().flat_map(Fate::appends).collect::<Vec<_>>()).await;
    assert_eq!(db.store.tracking().verify(&Zone::utc()).await.unwrap().differences, 0);
    let mut before = 0;
    // A row that differs twice counts once: the first is taken back, the third finds more rows than the second.
    for sql in [
        "UPDATE tracking_rollup SET h13 = h13 + 1 WHERE calls > 0",
        "UPDATE tracking_rollup SET h13 = h13 - 1 WHERE calls > 0",
        "DELETE FROM tracked_calls WHERE id = (SELECT MIN(id) FROM tracked_calls)",
        "UPDATE tracked_calls SET talk_seconds = 5 WHERE answered",
    ] {
        let undo = sql.contains("h13 - 1");
        on_db!(db.store.inner, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
        let after = db.store.tracking().verify(&Zone::utc()).await.unwrap();
        if undo {
            assert_eq!(after.differences, 0);
        } else {
            assert!(after.differences > before && !after.first.is_empty(), "{sql} was not found");
        }
        before = if sql.contains("h13") { 0 } else { after.differences };
    }
}
