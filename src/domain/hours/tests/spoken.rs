//! When it opens next, in words.

use proptest::prelude::*;

use super::super::schedule::{State, Why};
use super::super::spoken::{Style, closed, when};
use super::{ms, zone};
use crate::domain::call_tracking::zone::Zone;
use crate::domain::language::Language;

proptest! {
    /// At every moment there are a day and a time, in both languages.
    #[test]
    fn every_moment_has_words(at in 0_i64..4_000_000_000_000, ahead in 0_i64..40_000_000_000) {
        for language in Language::EVERY {
            for style in [Style::Spoken, Style::Written] {
                prop_assert!(when(at + ahead, at, &Zone::utc(), language, style).chars().count() > 4);
            }
        }
    }
}

#[test]
fn when_it_opens_is_said_as_people_say_it() {
    // A Saturday.
    let (now, london) = (ms("2026-11-21T10:00:00Z"), zone("Europe/London"));
    let says = |at: &str, language, style| when(ms(at), now, &london, language, style);
    for (at, english, chinese) in [
        ("2026-11-21T14:00:00Z", "today at 2 o'clock in the afternoon", "今天下午2点"),
        ("2026-11-22T09:00:00Z", "tomorrow at 9 o'clock", "明天上午9点"),
        ("2026-11-22T00:00:00Z", "tonight at midnight", "明天凌晨0点"),
        ("2026-11-23T08:30:00Z", "on Monday at 8:30", "后天早上8点半"),
        ("2026-11-24T12:00:00Z", "on Tuesday at noon", "星期二中午12点"),
        ("2026-11-28T09:05:00Z", "on Saturday, 28 November, at 9:05", "11月28日星期六上午9点零5分"),
        ("2027-01-04T18:15:00Z", "on Monday, 4 January, at 6:15 in the evening", "1月4日星期一晚上6点15分"),
        ("2027-06-01T22:00:00Z", "on 1 June 2027, at 11 o'clock at night", "2027年6月1日晚上11点"),
    ] {
        assert_eq!(says(at, Language::English, Style::Spoken), english);
        assert_eq!(says(at, Language::Chinese, Style::Spoken), chinese);
    }
    assert_eq!(says("2026-11-22T14:05:00Z", Language::English, Style::Written), "tomorrow at 14:05");
    assert_eq!(says("2026-11-22T14:05:00Z", Language::Chinese, Style::Written), "明天 14:05");
    // Ten in the evening in London is the next morning in Shanghai.
    let shanghai = zone("Asia/Shanghai");
    let morning =
        when(ms("2026-11-23T01:00:00Z"), ms("2026-11-22T22:00:00Z"), &shanghai, Language::English, Style::Spoken);
    assert_eq!(morning, "today at 9 o'clock");
}

#[test]
fn a_caller_is_told_why_and_until_when() {
    let now = ms("2026-11-21T10:00:00Z");
    let tomorrow = Some(ms("2026-11-22T09:00:00Z"));
    let says = |why: Why, opens_at, text: &str, language| {
        closed(&State::Closed { why, opens_at }, text, now, &Zone::utc(), language).unwrap()
    };
    let (english, chinese) = (Language::English, Language::Chinese);
    assert_eq!(
        says(Why::Hours, tomorrow, "", english),
        "We are closed at the moment. We are open again tomorrow at 9 o'clock."
    );
    assert_eq!(says(Why::Hours, tomorrow, "", chinese), "您好，我们现在不在服务时间。我们将于明天上午9点恢复服务。");
    assert_eq!(says(Why::Holiday("Easter".into()), None, "", english), "We are closed today: Easter.");
    assert_eq!(
        says(Why::Switched("Fire alarm!".into()), None, "", english),
        "We are closed at the moment. Fire alarm!"
    );
    assert_eq!(says(Why::Switched("停电".into()), None, "", chinese), "您好，我们现在不在服务时间。停电。");
    assert_eq!(
        says(Why::Holiday("x".into()), tomorrow, " Acme is closed ", english),
        "Acme is closed. We are open again tomorrow at 9 o'clock."
    );
    assert_eq!(closed(&State::Open { closes_at: None }, "x", now, &Zone::utc(), english), None);
}
