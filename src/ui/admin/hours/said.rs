//! The outcomes of the forms about opening hours, and what is wrong with a field, in words.

use crate::api::hours::Said;
use crate::domain::hours::calendar::{CalendarError, LARGEST_FILE, LONGEST_DAYS, MOST_EVENTS};
use crate::domain::hours::{MOST_HOLIDAYS, MOST_INTERVALS, Wrong, YEARS};
use crate::ui::admin::trouble;
use crate::ui::language::Words;

/// An outcome as a sentence.
pub fn sentence(words: &'static Words, said: &Said) -> String {
    match said {
        Said::Saved => words.hours_done_saved.to_owned(),
        Said::Copied => words.hours_done_copied.to_owned(),
        Said::Closed => words.hours_done_closed.to_owned(),
        Said::Opened => words.hours_done_opened.to_owned(),
        Said::HolidayAdded => words.hours_done_added.to_owned(),
        Said::HolidayDeleted => words.hours_done_deleted.to_owned(),
        Said::HolidayGone => words.hours_gone.to_owned(),
        Said::Imported(read) => {
            let count = |number: u64| number.to_string();
            let mut all = vec![words.hours_done_imported(&count(read.added))];
            if read.known > 0 {
                all.push(words.hours_done_known(&count(read.known)));
            }
            if read.past > 0 {
                all.push(words.hours_done_past(&count(read.past)));
            }
            if read.left_out > 0 {
                all.push(words.hours_done_left_out(&count(read.left_out)));
            }
            all.join(words.sentence_gap)
        }
        Said::Field(_) | Said::Number(_) => words.hours_not_saved.to_owned(),
        Said::Calendar(error) => [words.hours_not_imported.to_owned(), calendar(words, error)].join(words.sentence_gap),
    }
}

/// What is wrong with a field, if it is the one that an outcome is about.
pub fn at_field(words: &'static Words, said: Option<&Said>, field: &str) -> Option<String> {
    let said = said.filter(|said| said.field() == Some(field))?;
    match said {
        Said::Field(wrong) => Some(why(words, &wrong.why)),
        Said::Number(why) => Some(trouble::said(why)),
        Said::Calendar(error) => Some(calendar(words, error)),
        _ => None,
    }
}

fn why(words: &'static Words, why: &Wrong) -> String {
    match why {
        Wrong::NoTime => words.hours_wrong_time.to_owned(),
        Wrong::Half => words.hours_wrong_half.to_owned(),
        Wrong::Reversed => words.hours_wrong_reversed.to_owned(),
        Wrong::Overlap => words.hours_wrong_overlap.to_owned(),
        Wrong::TooManyIntervals => words.hours_wrong_intervals(&MOST_INTERVALS.to_string()),
        Wrong::NoDate => words.hours_wrong_date.to_owned(),
        Wrong::Taken => words.hours_wrong_taken.to_owned(),
        Wrong::TooManyHolidays => words.hours_wrong_holidays(&MOST_HOLIDAYS.to_string()),
        Wrong::Empty => words.why_empty.to_owned(),
        Wrong::TooLong(most) => words.why_long(&most.to_string()),
        Wrong::Past => words.hours_wrong_past.to_owned(),
        Wrong::Unspeakable => words.why_unspeakable.to_owned(),
        Wrong::Unknown => words.hours_wrong_choice.to_owned(),
    }
}

fn calendar(words: &'static Words, error: &CalendarError) -> String {
    match error {
        CalendarError::NoFile => words.hours_file_none.to_owned(),
        CalendarError::TooLarge => words.hours_file_large(&(LARGEST_FILE >> 10).to_string()),
        CalendarError::NotText => words.hours_file_text.to_owned(),
        CalendarError::NoEvents => words.hours_file_events.to_owned(),
        CalendarError::TooManyEvents => words.hours_file_many(&MOST_EVENTS.to_string()),
        CalendarError::NoWholeDays => words.hours_file_days.to_owned(),
        CalendarError::CutOff { line } => words.hours_file_cut(&line.to_string()),
        CalendarError::NoProperty { line } => words.hours_file_property(&line.to_string()),
        CalendarError::NoDate { line } => {
            words.hours_file_date(&YEARS.start().to_string(), &YEARS.end().to_string(), &line.to_string())
        }
        CalendarError::NoSpan { line } => words.hours_file_span(&LONGEST_DAYS.to_string(), &line.to_string()),
        CalendarError::Repeats { line } => words.hours_file_repeats(&line.to_string()),
        CalendarError::NoName { line } => words.hours_file_name(&line.to_string()),
    }
}
