//! When it opens next, in words.

use proptest::prelude::*;

use super::super::schedule::{State, Why};
use super::super::spoken::{Style, closed, when};
use super::{ms, zone};
use crate::domain::call_tracking::zone::Zone;
use crate::domain::language::{Language, Texts};
use crate::domain::spoken::Speech;

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
    let midnight = |language| says("2026-11-22T00:00:00Z", language, Style::Written);
    assert_eq!(
        midnight(Language::English),
        "tonight at midnight",
        "the day that ends is meant, not the one that begins"
    );
    assert_eq!(midnight(Language::Chinese), "今晚 24:00");
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
    let says = |why: Why, opens_at, text: &Texts, language| {
        let state = State::Closed { why, opens_at };
        let talks = closed(&state, text, now, &Zone::utc(), &Speech::usual(language)).unwrap();
        talks.into_iter().map(|talk| (talk.text, talk.language)).collect::<Vec<_>>()
    };
    let (english, chinese) = (Language::English, Language::Chinese);
    let nothing = Texts::default();
    let in_english = |text: &str| vec![(text.to_owned(), None)];
    let in_chinese = |text: &str| vec![(text.to_owned(), Some("cmn-CN".to_owned()))];
    assert_eq!(
        says(Why::Hours, tomorrow, &nothing, english),
        in_english("We are closed at the moment. We are open again tomorrow at 9 o'clock.")
    );
    assert_eq!(
        says(Why::Hours, tomorrow, &nothing, chinese),
        in_chinese("您好，现在不在营业时间内。我们将于明天上午9点恢复营业。")
    );
    let easter = || Why::Holiday("Easter".into());
    assert_eq!(says(easter(), None, &nothing, english), in_english("We are closed today: Easter."));
    assert_eq!(
        says(Why::Switched(Texts::new("Fire <alarm>!", "火警")), None, &nothing, english),
        in_english("We are closed at the moment. Fire alarm!")
    );
    assert_eq!(
        says(Why::Switched(Texts::default()), None, &nothing, english),
        in_english("We are closed at the moment.")
    );
    assert_eq!(
        says(Why::Switched(Texts::new("", "停电")), None, &nothing, chinese),
        in_chinese("您好，现在不在营业时间内。停电。")
    );
    // A reason in the other language alone is said by its voice.
    let other = [in_chinese("您好，现在不在营业时间内。"), in_english("Fire alarm.")].concat();
    assert_eq!(says(Why::Switched(Texts::new("Fire alarm", "")), None, &nothing, chinese), other);
    // What the operator wrote stands for our words, by the voice of the language in which it is written.
    let own = Texts::new(" Acme is closed ", "");
    assert_eq!(
        says(easter(), tomorrow, &own, english),
        in_english("Acme is closed. We are open again tomorrow at 9 o'clock.")
    );
    let both = [in_english("Acme is closed."), in_chinese("我们将于明天上午9点恢复营业。")].concat();
    assert_eq!(says(easter(), tomorrow, &own, chinese), both);
    let open = State::Open { closes_at: None };
    assert_eq!(closed(&open, &own, now, &Zone::utc(), &Speech::usual(english)), None);
}
