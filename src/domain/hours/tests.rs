//! Hours, holidays and the switch; the words and the calendar have tests of their own.

mod calendar;
mod spoken;

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use proptest::prelude::*;

use super::closed::Outcome;
use super::schedule::{Schedule, State, Why};
use super::*;
use crate::domain::call_tracking::zone::{Zone, parse_date};
use crate::domain::language::{Language, Texts};

fn rules(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled().get(name).unwrap()
}

fn zone(name: &str) -> Zone {
    Zone::new(name, &rules(name))
}

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn shown(at: Option<i64>) -> Option<String> {
    at.map(|at| Timestamp::from_millisecond(at).unwrap().to_string())
}

/// `9:00-12:30 13:30-18:00`
fn hours(text: &str) -> Day {
    let pairs = text.split_whitespace().map(|pair| {
        let (from, until) = pair.split_once('-').unwrap();
        (from.to_owned(), until.to_owned())
    });
    Day::read("x", &pairs.collect::<Vec<_>>()).unwrap()
}

/// The same hours from Monday to Friday.
fn weekdays(text: &str) -> Hours {
    let mut week = Week::default();
    week.0[..5].fill(hours(text));
    Hours { week, ..Hours::default() }
}

fn holiday(date: &str, yearly: bool, name: &str, open: &str) -> Holiday {
    Holiday { day: parse_date(date).unwrap(), yearly, name: name.into(), hours: hours(open) }
}

fn opens(at: &str) -> State {
    State::Closed { why: Why::Hours, opens_at: Some(ms(at)) }
}

#[test]
fn times_are_read_as_people_write_them() {
    for (text, minute) in [
        ("9", 540),
        (" 9:00 ", 540),
        ("09:30", 570),
        ("9.30", 570),
        ("0930", 570),
        ("17：45", 1065),
        ("0:00", 0),
        ("24:00", 1440),
        ("24", 1440),
    ] {
        assert_eq!(read_minute(text), Some(minute), "{text}");
    }
    for text in
        ["", "x", "25:00", "24:01", "9:60", "9:5", "-1", "+9", "9:+5", "930", "12:00:00", "９", "九:00", "99999999999"]
    {
        assert_eq!(read_minute(text), None, "{text}");
    }
    assert_eq!((minute_text(545).as_str(), minute_text(1440).as_str()), ("9:05", "24:00"));
}

#[test]
fn wrong_hours_are_refused_at_their_field() {
    let read = |pairs: &[(&str, &str)]| {
        let pairs: Vec<_> = pairs.iter().map(|(from, until)| ((*from).to_owned(), (*until).to_owned())).collect();
        Day::read("2", &pairs).map_err(|wrong| (wrong.field, wrong.why))
    };
    let refused = |field: &str, why: Wrong| Err((field.to_owned(), why));
    assert_eq!(read(&[("18:00", "9:00")]), refused("2-0-until", Wrong::Reversed));
    assert_eq!(read(&[("9:00", "9:00")]), refused("2-0-until", Wrong::Reversed));
    assert_eq!(read(&[("", ""), ("9:00", "")]), refused("2-1-until", Wrong::Half));
    assert_eq!(read(&[("", "9:00")]), refused("2-0-from", Wrong::Half));
    assert_eq!(read(&[("nine", "10")]), refused("2-0-from", Wrong::NoTime));
    assert_eq!(read(&[("24:00", "24:00")]), refused("2-0-from", Wrong::NoTime));
    assert_eq!(read(&[("9", "25:00")]), refused("2-0-until", Wrong::NoTime));
    assert_eq!(read(&[("9", "13"), ("", ""), ("12", "18")]), refused("2-2-from", Wrong::Overlap));
    assert_eq!(read(&[("12", "18"), ("9", "13")]), refused("2-0-from", Wrong::Overlap), "in any order");
    let many: Vec<(String, String)> = (0..9).map(|at| (format!("{at}:00"), format!("{at}:30"))).collect();
    assert_eq!(Day::read("2", &many).unwrap_err().why, Wrong::TooManyIntervals);
    assert_eq!(read(&[]), Ok(Day::closed()));
    assert_eq!(read(&[("0", "0:00")]), Ok(Day::all_day()), "a field for times has no 24:00");
    assert_eq!(read(&[("13", "18"), ("9", "13")]), Ok(hours("9-18")), "intervals that touch are one");
    assert_eq!(hours("13-18 9-12").intervals().len(), 2);
}

#[test]
fn what_is_kept_is_judged_again_when_it_is_read() {
    let read = |json: &str| serde_json::from_str::<Day>(json);
    assert_eq!(read(r#"[{"from":540,"until":1080}]"#).unwrap(), hours("9-18"));
    assert!(read(r#"[{"from":540,"until":1441}]"#).is_err());
    assert!(read(r#"[{"from":0,"until":600},{"from":300,"until":900}]"#).is_err());
}

#[test]
fn nothing_set_is_always_open() {
    let schedule = Schedule::new(&Hours::default());
    assert!(schedule.is_always_open() && schedule == Schedule::default());
    assert_eq!(schedule.at(ms("2026-11-21T04:08:00Z"), &Zone::utc()), State::Open { closes_at: None });
    let all = Schedule::new(&Hours { week: Week::always(), ..Hours::default() });
    assert_eq!(all.at(ms("2026-11-21T04:08:00Z"), &zone("Europe/London")), State::Open { closes_at: None });
}

#[test]
fn one_second_before_and_after_closing() {
    let (schedule, london) = (Schedule::new(&weekdays("9-12:30 13:30-18")), zone("Europe/London"));
    let at = |text: &str| schedule.at(ms(text), &london);
    let open = |until: &str| State::Open { closes_at: Some(ms(until)) };
    assert_eq!(at("2026-11-20T08:59:59Z"), opens("2026-11-20T09:00:00Z"));
    assert_eq!(at("2026-11-20T09:00:00Z"), open("2026-11-20T12:30:00Z"));
    assert_eq!(at("2026-11-20T12:29:59.999Z"), open("2026-11-20T12:30:00Z"));
    assert_eq!(at("2026-11-20T12:30:00Z"), opens("2026-11-20T13:30:00Z"));
    assert_eq!(at("2026-11-20T17:59:59Z"), open("2026-11-20T18:00:00Z"));
    assert_eq!(at("2026-11-20T18:00:00Z"), opens("2026-11-23T09:00:00Z"), "over the weekend");
    assert_eq!(schedule.next_closing(ms("2026-11-21T12:00:00Z"), &london), None);
    assert_eq!(schedule.next_opening(ms("2026-11-20T12:00:00Z"), &london), None);
}

#[test]
fn days_that_touch_at_midnight_are_one_opening() {
    let mut week = Week::default();
    (week.0[4], week.0[5]) = (hours("20-24:00"), hours("0-2"));
    let schedule = Schedule::new(&Hours { week, ..Hours::default() });
    let state = schedule.at(ms("2026-11-20T21:00:00Z"), &Zone::utc());
    assert_eq!(state, State::Open { closes_at: Some(ms("2026-11-21T02:00:00Z")) });
}

#[test]
fn a_holiday_closes_or_has_hours_of_its_own() {
    let mut set = weekdays("9-18");
    set.holidays = vec![
        holiday("2020-12-25", true, "Christmas Day", ""),
        holiday("2026-12-24", false, "Christmas Eve", "9-13"),
        holiday("2026-12-26", false, "Inventory", "10-11"),
        // The date of one year counts more than that of every year.
        holiday("2027-12-25", false, "Open for once", "8-9"),
    ];
    let (schedule, london) = (Schedule::new(&set), zone("Europe/London"));
    let at = |text: &str| schedule.at(ms(text), &london);
    assert_eq!(at("2026-12-24T12:59:59Z"), State::Open { closes_at: Some(ms("2026-12-24T13:00:00Z")) });
    let closed = |name: &str, opens: &str| State::Closed { why: Why::Holiday(name.into()), opens_at: Some(ms(opens)) };
    assert_eq!(at("2026-12-24T13:00:00Z"), closed("Christmas Eve", "2026-12-26T10:00:00Z"));
    assert_eq!(at("2026-12-25T10:00:00Z"), closed("Christmas Day", "2026-12-26T10:00:00Z"));
    assert!(at("2026-12-26T10:30:00Z").is_open(), "a Saturday");
    assert!(at("2027-12-25T08:30:00Z").is_open());
    // Holidays alone: open on every other day.
    let only = Schedule::new(&Hours { holidays: set.holidays[..1].to_vec(), ..Hours::default() });
    assert_eq!(
        only.at(ms("2026-06-01T12:00:00Z"), &Zone::utc()),
        State::Open { closes_at: Some(ms("2026-12-25T00:00:00Z")) }
    );
    assert_eq!(only.at(ms("2026-12-25T12:00:00Z"), &Zone::utc()), closed("Christmas Day", "2026-12-26T00:00:00Z"));
    let leap = Schedule::new(&Hours { holidays: vec![holiday("2024-02-29", true, "x", "")], ..Hours::default() });
    assert!(leap.is_open(ms("2027-03-01T12:00:00Z"), &Zone::utc()));
    assert!(!leap.is_open(ms("2028-02-29T12:00:00Z"), &Zone::utc()));
}

#[test]
fn the_switch_closes_until_its_end() {
    let now = ms("2026-11-20T10:00:00Z");
    let set = |until: Option<&str>| Hours {
        closed: Some(ClosedNow { reason: Texts::new("Fire alarm", ""), until: until.map(ms) }),
        ..weekdays("9-18")
    };
    let state = |hours: &Hours, at: i64| Schedule::new(hours).at(at, &Zone::utc());
    let closed = |opens: Option<&str>| State::Closed {
        why: Why::Switched(Texts::new("Fire alarm", "")),
        opens_at: opens.map(ms),
    };
    assert_eq!(state(&set(None), now), closed(None));
    let hour = set(Some("2026-11-20T11:00:00Z"));
    assert_eq!(state(&hour, now), closed(Some("2026-11-20T11:00:00Z")));
    assert_eq!(state(&hour, ms("2026-11-20T10:59:59Z")), closed(Some("2026-11-20T11:00:00Z")));
    assert_eq!(state(&hour, ms("2026-11-20T11:00:00Z")), State::Open { closes_at: Some(ms("2026-11-20T18:00:00Z")) });
    let evening = set(Some("2026-11-20T19:00:00Z"));
    assert_eq!(state(&evening, now), closed(Some("2026-11-23T09:00:00Z")), "it ends when it is closed anyway");
    assert_eq!(state(&evening, ms("2026-11-20T19:00:00Z")), opens("2026-11-23T09:00:00Z"));
    let new = |en: &str, zh: &str, until| ClosedNow::new(&Texts::new(en, zh), until, now);
    assert_eq!(new("x", "", Some(now)).unwrap_err(), WrongField::new("until", Wrong::Past));
    let long = "字".repeat(LONGEST_REASON + 1);
    assert_eq!(new(&long, "", None).unwrap_err().field, "reason_en");
    assert_eq!(new("x", &long, None).unwrap_err().field, "reason_zh");
    assert_eq!(new(" a\n b ", " 停\n电 ", None).unwrap().reason, Texts::new("a b", "停 电"));
}

#[test]
fn mondays_hours_are_copied_to_the_working_days_and_no_others() {
    let mut week = ["9-17", "10-12", "", "", "8-9", "11-14", ""];
    copy_monday(&mut week);
    assert_eq!(week, ["9-17", "9-17", "9-17", "9-17", "9-17", "11-14", ""]);
}

/// Forward at 01:00 UTC on 2026-03-29, a Sunday; back at 01:00 UTC on 2026-10-25.
#[test]
fn hours_in_the_gap_and_in_the_hour_that_comes_twice() {
    let mut week = Week::default();
    week.0[6] = hours("1:15-1:45");
    let (schedule, london) = (Schedule::new(&Hours { week, ..Hours::default() }), zone("Europe/London"));
    let next = |at: &str| shown(schedule.next_opening(ms(at), &london));
    assert_eq!(next("2026-03-28T00:00:00Z").unwrap(), "2026-04-05T00:15:00Z", "that Sunday has no 1:15");
    assert_eq!(next("2026-10-24T12:00:00Z").unwrap(), "2026-10-25T00:15:00Z");
    assert_eq!(next("2026-10-25T00:45:00Z").unwrap(), "2026-10-25T01:15:00Z", "it comes twice");
    let mut week = Week::default();
    week.0[6] = hours("1:30-3");
    let schedule = Schedule::new(&Hours { week, ..Hours::default() });
    let next = |at: &str| shown(schedule.next_opening(ms(at), &london));
    assert_eq!(next("2026-03-28T00:00:00Z").unwrap(), "2026-03-29T01:00:00Z", "it begins when the gap is over");
    let closes = schedule.next_closing(ms("2026-03-29T01:30:00Z"), &london);
    assert_eq!(shown(closes).unwrap(), "2026-03-29T02:00:00Z");
    // At 2:00 it is 1:00 again: before it opens.
    assert_eq!(shown(schedule.next_closing(ms("2026-10-25T00:45:00Z"), &london)).unwrap(), "2026-10-25T01:00:00Z");
}

/// Open by the calendar's own arithmetic.
fn open_by_jiff(hours: &Hours, rules: &TimeZone, at: i64) -> bool {
    let wall = rules.to_datetime(Timestamp::from_millisecond(at).unwrap());
    let minute = u16::try_from(i32::from(wall.hour()) * 60 + i32::from(wall.minute())).unwrap();
    let holiday = hours.holidays.iter().find(|holiday| {
        let on = date_of(holiday.day);
        holiday.yearly && (on.month(), on.day()) == (wall.month(), wall.day()) || on == wall.date()
    });
    let day = match holiday {
        Some(holiday) => &holiday.hours,
        None => {
            let days = [
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
                Weekday::Friday,
                Weekday::Saturday,
                Weekday::Sunday,
            ];
            &hours.week.0[days.iter().position(|day| *day == wall.weekday()).unwrap()]
        }
    };
    day.intervals().iter().any(|one| one.from <= minute && minute < one.until)
}

/// What is said of a moment is true: it is as the calendar says, stays so until the change that is announced, and is
/// otherwise from then on.
fn holds(hours: &Hours, schedule: &Schedule, zone: &Zone, rules: &TimeZone, at: i64, samples: i64) -> Option<i64> {
    let name = zone.name();
    let open = schedule.is_open(at, zone);
    assert_eq!(open, open_by_jiff(hours, rules, at), "{name}, {at}");
    let change = match schedule.at(at, zone) {
        State::Open { closes_at } => {
            assert!(open, "{name}, {at}: open and closed");
            assert_eq!(schedule.next_opening(at, zone), None);
            closes_at
        }
        State::Closed { opens_at, .. } => {
            assert!(!open, "{name}, {at}: open and closed");
            assert_eq!(schedule.next_closing(at, zone), None);
            opens_at
        }
    }?;
    assert!(change > at);
    assert_eq!(schedule.is_open(change, zone), !open, "{name}, {at}: nothing changes at {change}");
    assert_eq!(schedule.is_open(change - 1, zone), open, "{name}, {at}: it has changed before {change}");
    for sample in 1..samples {
        let between = at + (change - at) / samples * sample;
        assert_eq!(open_by_jiff(hours, rules, between), open, "{name}: {at}, {change}: otherwise at {between}");
    }
    Some(change)
}

fn bundled() -> Vec<String> {
    let names: Vec<String> = TimeZoneDatabase::bundled().available().map(|name| name.to_string()).collect();
    assert!(names.len() > 500, "{}", names.len());
    names
}

/// Every zone there is, around each change of its clocks in ten years.
#[test]
fn in_every_zone_the_days_of_changed_clocks_are_like_all_others() {
    let mut changes = 0;
    for name in bundled() {
        let rules = rules(&name);
        let zone = Zone::new(&name, &rules);
        let mut set = weekdays("0:30-1:15 1:45-2:30 2:45-12 13-24:00");
        (set.week.0[5], set.week.0[6]) = (hours("0-3"), hours("2-2:10 3-24:00"));
        set.holidays = vec![holiday("2020-03-29", true, "x", "1:30-2:30")];
        let schedule = Schedule::new(&set);
        let (mut second, last) = (ms("2026-01-01T00:00:00Z") / 1000, ms("2036-01-01T00:00:00Z") / 1000);
        while let Some(change) = zone.next_change(second).filter(|change| *change < last) {
            second = change;
            changes += 1;
            for around in [-86_400_i64, -7_200, -3_601, -1, 0, 1, 1_799, 3_600, 9_000] {
                holds(&set, &schedule, &zone, &rules, (change + around) * 1000 + 7, 5);
            }
        }
    }
    assert!(changes > 2_000, "{changes}");
}

/// Ten years, opening by opening, where clocks are changed by an hour, by half an hour, at midnight, and not at all.
#[test]
fn ten_years_of_openings_and_closings() {
    for name in ["Europe/London", "Australia/Lord_Howe", "America/Santiago", "Asia/Kathmandu", "Africa/Casablanca"] {
        let (rules, mut set) = (rules(name), weekdays("8-12 12:45-17:15"));
        let zone = Zone::new(name, &rules);
        set.holidays = vec![holiday("2026-12-25", true, "x", ""), holiday("2026-12-24", true, "x", "9-13")];
        let schedule = Schedule::new(&set);
        let (mut at, end, mut seen) = (ms("2026-01-01T00:00:00Z"), ms("2036-01-01T00:00:00Z"), 0);
        while at < end {
            at = holds(&set, &schedule, &zone, &rules, at, 3).expect("there is always a next one");
            seen += 1;
        }
        assert!(seen > 10_000, "{name}: {seen}");
    }
}

fn any_day() -> impl Strategy<Value = Day> {
    proptest::collection::vec(0_u16..=DAY_MINUTES, 0..8).prop_map(|mut bounds| {
        bounds.sort_unstable();
        bounds.dedup();
        let intervals = bounds.chunks_exact(2).map(|pair| Interval { from: pair[0], until: pair[1] });
        Day::new(&intervals.collect::<Vec<_>>()).unwrap()
    })
}

proptest! {
    #[test]
    fn whatever_is_set_what_is_said_is_true(
        days in proptest::array::uniform7(any_day()),
        special in any_day(),
        which in 0_usize..10_000,
        at in 1_767_225_600_000_i64..2_082_758_400_000,
        yearly in any::<bool>(),
        ahead in 0_i64..20,
    ) {
        let names = bundled();
        let rules = rules(&names[which % names.len()]);
        let zone = Zone::new(&names[which % names.len()], &rules);
        let day = zone.local_ms(at).div_euclid(86_400_000) + ahead;
        let holidays = vec![Holiday { day, yearly, name: "x".into(), hours: special }];
        let set = Hours { week: Week(days), holidays, closed: None };
        prop_assume!(set.week.is_set());
        holds(&set, &Schedule::new(&set), &zone, &rules, at, 7);
    }

    #[test]
    fn no_file_and_no_field_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in "\\PC{0,40}") {
        let _ = super::calendar::read(&bytes);
        let _ = super::calendar::read(format!("BEGIN:VEVENT\nDTSTART:{text}\nRRULE:{text}\n{text}\nEND:VEVENT").as_bytes());
        let _ = read_minute(&text);
        let _ = Holiday::read(&text, true, &text, &[(text.clone(), text.clone())]);
    }
}

#[test]
fn an_outcome_is_its_name_and_its_target() {
    for outcome in [
        Outcome::HangUp,
        Outcome::Message,
        Outcome::CallBack,
        Outcome::Number("447700900000".into()),
        Outcome::Flow("1".into()),
    ] {
        assert_eq!(Outcome::of(outcome.name(), outcome.target().unwrap_or_default()), Some(outcome));
    }
    assert_eq!((Outcome::of("number", ""), Outcome::of("x", "")), (None, None));
    for language in Language::EVERY {
        assert_eq!(Language::of_tag(language.tag()), Some(language));
    }
}

#[test]
fn a_moment_is_read_by_the_clock_on_the_wall() {
    let london = zone("Europe/London");
    for (text, at) in [
        ("2026-11-21T17:30", "2026-11-21T17:30:00Z"),
        (" 2026-07-01 09:00", "2026-07-01T08:00:00Z"),
        ("2026-03-29T00:30", "2026-03-29T00:30:00Z"),
        ("2026-03-29T01:30", "2026-03-29T01:30:00Z"),
        ("2026-03-29T12:00", "2026-03-29T11:00:00Z"),
        ("2026-10-25T01:30", "2026-10-25T00:30:00Z"),
        ("2026-10-25T12:00", "2026-10-25T12:00:00Z"),
        ("2026-11-21T24:00", "2026-11-22T00:00:00Z"),
    ] {
        assert_eq!(shown(read_moment(text, &london)).unwrap(), at, "{text}");
    }
    for text in ["", "2026-11-21", "17:30", "2026-02-30T10:00", "2026-11-21T25:00", "9999-01-01T10:00"] {
        assert_eq!(read_moment(text, &london), None, "{text}");
    }
}

#[test]
fn a_holiday_is_read_as_it_was_typed() {
    let read = |date: &str, name: &str, hours: &[(String, String)]| Holiday::read(date, false, name, hours);
    let field = |result: Result<Holiday, WrongField>| result.map_err(|wrong| (wrong.field, wrong.why)).unwrap_err();
    assert_eq!(field(read("2026-02-30", "x", &[])), ("date".to_owned(), Wrong::NoDate));
    assert_eq!(field(read("1999-12-31", "x", &[])).0, "date");
    assert_eq!(field(read("2026-12-25", " \u{7} ", &[])), ("name".to_owned(), Wrong::Empty));
    assert_eq!(field(read("2026-12-25", &"x".repeat(101), &[])).0, "name");
    let half = [("9".to_owned(), "8".to_owned())];
    assert_eq!(field(read("2026-12-25", "x", &half)), ("hours-0-until".to_owned(), Wrong::Reversed));
    let (one, other) = (holiday("2026-12-25", true, "a", ""), holiday("2030-12-25", true, "b", "9-10"));
    assert!(one.is_same_date(&other) && one.is_on(other.day));
    let once = Holiday { yearly: false, ..other.clone() };
    assert!(!one.is_same_date(&once) && once.is_on(other.day) && !once.is_on(one.day));
}
