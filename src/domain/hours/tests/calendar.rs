//! Holidays out of an iCalendar file.

use super::super::calendar::{self, Calendar, CalendarError, LARGEST_FILE};
use super::super::*;

fn file(event: &str) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
}

#[test]
fn a_governments_calendar_is_read() {
    let text = "\u{feff}BEGIN:VCALENDAR\r\nPRODID:-//x//EN\r\nX-WR-CALNAME:Bank holidays: England\r\nBEGIN:VEVENT\r\n\
        DTEND;VALUE=DATE:20261226\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas\\, the\r\n  first \r\n day\r\n\
        BEGIN:VALARM\r\nSUMMARY:no\r\nDTSTART:nonsense\r\nEND:VALARM\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\n\
        DTSTART;VALUE=DATE:20270101\r\nRRULE:FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1;INTERVAL=1\r\nSUMMARY;LANGUAGE=\"a:b\":New Year\r\n\
        END:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Europe/London:20270301T090000\r\nDTEND:20270301T100000Z\r\nSUMMARY:Meeting\r\n\
        END:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20270401T000000\r\nDTEND:20270403T000000\r\nSUMMARY:Two days\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270501\r\nDURATION:P1D\r\nSTATUS:CANCELLED\r\nSUMMARY:No\r\nEND:VEVENT\r\n\
        BEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20270402\r\nDTEND;VALUE=DATE:20270402\r\nSUMMARY:Again\r\nEND:VEVENT\r\nEND:VCALENDAR";
    let Calendar { holidays, left_out } = calendar::read(text.as_bytes()).unwrap();
    let found: Vec<_> =
        holidays.iter().map(|one| (date_of(one.day).to_string(), one.yearly, one.name.as_str())).collect();
    assert_eq!(
        found,
        [
            ("2026-12-25".to_owned(), false, "Christmas, the first day"),
            ("2027-01-01".to_owned(), true, "New Year"),
            ("2027-04-01".to_owned(), false, "Two days"),
            ("2027-04-02".to_owned(), false, "Two days"),
        ]
    );
    assert_eq!(left_out, 2);
    assert!(holidays.iter().all(|one| one.hours.is_closed()));
}

#[test]
fn a_hostile_file_is_refused_with_the_line_and_the_reason() {
    let many = |events: usize| "BEGIN:VEVENT\nDTSTART:20261225\nSUMMARY:x\nEND:VEVENT\n".repeat(events);
    let event = |text: &str| file(&text.replace('|', "\r\n"));
    let table: Vec<(Vec<u8>, CalendarError)> = vec![
        (Vec::new(), CalendarError::NoFile),
        (vec![b'x'; LARGEST_FILE + 1], CalendarError::TooLarge),
        (vec![0xff, 0xfe, b'B'], CalendarError::NotText),
        (b"BEGIN:VEVENT\0".to_vec(), CalendarError::NotText),
        (b"<html>".to_vec(), CalendarError::NoEvents),
        (b"BEGIN:VCALENDAR\r\nEND:VCALENDAR".to_vec(), CalendarError::NoEvents),
        (many(501).into_bytes(), CalendarError::TooManyEvents),
        (b"BEGIN:VEVENT\nDTSTART:20261225\nSUMMARY:x".to_vec(), CalendarError::CutOff { line: 3 }),
        (b"BEGIN:VEVENT\nBEGIN:VEVENT\n".to_vec(), CalendarError::CutOff { line: 1 }),
        (event("SUMMARY:x").into_bytes(), CalendarError::NoDate { line: 3 }),
        (event("SUMMARY:x|DTSTART:20261325").into_bytes(), CalendarError::NoDate { line: 5 }),
        (event("DTSTART:20260230|SUMMARY:x").into_bytes(), CalendarError::NoDate { line: 4 }),
        (event("DTSTART:99991231|SUMMARY:x").into_bytes(), CalendarError::NoDate { line: 4 }),
        (event("DTSTART:00010101|SUMMARY:x").into_bytes(), CalendarError::NoDate { line: 4 }),
        (event("DTSTART:-2026122|SUMMARY:x").into_bytes(), CalendarError::NoDate { line: 4 }),
        (event("DTSTART:２０２６|SUMMARY:x").into_bytes(), CalendarError::NoDate { line: 4 }),
        (event("DTSTART:20261225Tx|SUMMARY:x").into_bytes(), CalendarError::NoDate { line: 4 }),
        (event("DTSTART;VALUE=DATE:20261225T100000").into_bytes(), CalendarError::NoDate { line: 4 }),
        (event("DTSTART:20261225|DTEND:20261224|SUMMARY:x").into_bytes(), CalendarError::NoSpan { line: 5 }),
        (event("DTSTART:20000101|DTEND:21001231|SUMMARY:x").into_bytes(), CalendarError::NoSpan { line: 5 }),
        (event("DTSTART:20261225|DURATION:P9999W|SUMMARY:x").into_bytes(), CalendarError::NoSpan { line: 5 }),
        (event("DTSTART:20261225|DTEND:20261225T100000|SUMMARY:x").into_bytes(), CalendarError::NoSpan { line: 5 }),
        (event("DTSTART:20261225|RRULE:FREQ=WEEKLY|SUMMARY:x").into_bytes(), CalendarError::Repeats { line: 5 }),
        (
            event("DTSTART:20261225|RRULE:FREQ=YEARLY;COUNT=3|SUMMARY:x").into_bytes(),
            CalendarError::Repeats { line: 5 },
        ),
        (
            event("DTSTART:20261126|SUMMARY:x|RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH").into_bytes(),
            CalendarError::Repeats { line: 6 },
        ),
        (event("DTSTART:20261225|RRULE:|SUMMARY:x").into_bytes(), CalendarError::Repeats { line: 5 }),
        (event("DTSTART:20261225|RDATE:20271225|SUMMARY:x").into_bytes(), CalendarError::Repeats { line: 5 }),
        (event("DTSTART:20261225").into_bytes(), CalendarError::NoName { line: 3 }),
        (event("DTSTART:20261225|SUMMARY: \\n ").into_bytes(), CalendarError::NoName { line: 3 }),
        (event("DTSTART:20261225|what is this|SUMMARY:x").into_bytes(), CalendarError::NoProperty { line: 5 }),
        (event("DTSTART:20261225T100000Z|SUMMARY:x").into_bytes(), CalendarError::NoWholeDays),
    ];
    for (bytes, why) in table {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(120)]).into_owned();
        assert_eq!(calendar::read(&bytes), Err(why), "{start}");
    }
    assert_eq!(calendar::read(many(500).as_bytes()).unwrap().holidays.len(), 1);
    let deep = format!("BEGIN:VEVENT\n{}", "BEGIN:X\n".repeat(20_000));
    assert!(matches!(calendar::read(deep.as_bytes()), Err(CalendarError::CutOff { .. })));
    let named = calendar::read(file(&format!("DTSTART:20261225\r\nSUMMARY:{}", "é".repeat(5_000))).as_bytes()).unwrap();
    assert_eq!(named.holidays[0].name.chars().count(), LONGEST_NAME);
}
