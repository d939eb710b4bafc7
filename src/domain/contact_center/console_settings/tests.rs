use proptest::prelude::*;

use super::edit::put;
use super::*;
use crate::domain::call_tracking::campaign::FieldError;
use crate::domain::phone::E164;
use crate::domain::trouble::Trouble;

fn word(text: &str) -> Word {
    Word::parse(text).unwrap()
}

fn draft(english: &str, chinese: &str) -> Draft {
    Draft { english: english.into(), chinese: chinese.into(), ..Draft::default() }
}

fn words<T>(entries: &[Entry<T>]) -> Vec<&str> {
    entries.iter().map(|entry| entry.word.text()).collect()
}

/// The one field that was refused.
fn refused<T: std::fmt::Debug>(done: Result<T, Vec<FieldError>>) -> (String, Trouble) {
    let [FieldError { field, reason }] = done.unwrap_err().try_into().unwrap();
    (field, reason)
}

#[test]
fn a_label_is_shown_in_the_other_language_where_one_is_missing() {
    let mut settings = ConsoleSettings::default();
    draft("  Refund ", "").put_disposition(&mut settings).unwrap();
    draft("", "退货").put_disposition(&mut settings).unwrap();
    let [.., refund, returned] = settings.dispositions.as_slice() else { panic!() };
    assert_eq!(
        (refund.word, refund.label.in_english(), refund.label.in_chinese()),
        (word("refund"), "Refund", "Refund")
    );
    assert_eq!(
        (returned.word, returned.label.in_english(), returned.label.in_chinese()),
        (word("disposition"), "退货", "退货")
    );
    assert_eq!(refused(draft(" ", "").put_disposition(&mut settings)), ("english".into(), Trouble::Empty));
}

#[test]
fn what_cannot_be_used_names_its_field() {
    let mut settings = ConsoleSettings::default();
    let long = "x".repeat(LONGEST_LABEL + 1);
    let put = |draft: Draft| refused(draft.put_disposition(&mut ConsoleSettings::default()));
    assert_eq!(put(draft(&long, "")), ("english".into(), Trouble::Long(LONGEST_LABEL)));
    assert_eq!(put(draft("x", "a\nb")), ("chinese".into(), Trouble::Unprintable));
    assert_eq!(put(draft("SALE", "")), ("english".into(), Trouble::Taken("SALE".into())));
    assert_eq!(put(draft("Sold", "成交")), ("chinese".into(), Trouble::Taken("成交".into())));
    assert_eq!(put(Draft { category: long, ..draft("x", "") }), ("category".into(), Trouble::Long(LONGEST_LABEL)));
    assert_eq!(put(Draft { word: "gone".into(), ..draft("x", "") }), ("english".into(), Trouble::Missing));
    for minutes in ["0", "481", "-1", "ten", "1.5"] {
        let away = Draft { minutes: minutes.into(), ..draft("Walk", "") };
        assert_eq!(refused(away.put_away_reason(&mut settings)), ("minutes".into(), Trouble::Minutes(1, 480)));
    }
    assert_eq!(settings, ConsoleSettings::default(), "nothing was changed");
    for (field, rules) in [
        ("misses", Draft { misses: "21".into(), ..Draft::of_rules(Rules::default()) }),
        ("return_minutes", Draft { return_minutes: "0".into(), ..Draft::of_rules(Rules::default()) }),
        ("wrap_up_s", Draft { wrap_up_s: "4".into(), ..Draft::of_rules(Rules::default()) }),
        ("extension_s", Draft { extension_s: String::new(), ..Draft::of_rules(Rules::default()) }),
    ] {
        assert_eq!(refused(rules.rules()).0, field);
    }
}

#[test]
fn every_field_that_is_wrong_is_named_at_once() {
    let fields = |done: Result<(), Vec<FieldError>>| -> Vec<String> {
        done.unwrap_err().into_iter().map(|wrong| wrong.field).collect()
    };
    let mut settings = ConsoleSettings::default();
    let long = "x".repeat(LONGEST_LABEL + 1);
    let all = Draft { category: long.clone(), minutes: "ten".into(), ..draft(&long, &long) };
    assert_eq!(fields(all.put_disposition(&mut settings)), ["english", "chinese", "category"]);
    assert_eq!(fields(all.put_away_reason(&mut settings)), ["english", "chinese", "minutes"]);
    let nothing = Draft { return_minutes: "never".into(), ..Draft::default() };
    assert_eq!(fields(nothing.rules().map(drop)), ["wrap_up_s", "extension_s", "misses", "return_minutes"]);
    assert_eq!(settings, ConsoleSettings::default(), "nothing was changed");
}

#[test]
fn a_form_shows_what_it_saves() {
    let mut settings = ConsoleSettings::default();
    let before = settings.clone();
    for entry in &before.dispositions {
        Draft::of_disposition(entry).put_disposition(&mut settings).unwrap();
    }
    for entry in &before.away_reasons {
        Draft::of_away_reason(entry).put_away_reason(&mut settings).unwrap();
    }
    assert_eq!(settings, before);
    let rules =
        Rules { disposition_required: true, misses: 0, return_minutes: Some(10), wrap_up_s: 5, extension_s: 900 };
    assert_eq!(Draft::of_rules(rules).rules(), Ok(rules));
}

#[test]
fn our_own_away_reason_is_never_the_operators() {
    let mut settings = ConsoleSettings::default();
    draft("No answer", "").put_away_reason(&mut settings).unwrap();
    assert_eq!(settings.away_reasons[4].word, word("no-answer-2"));
    assert!(!settings.offers_away(AwayReason::NO_ANSWER));
}

#[test]
fn an_entry_is_moved_archived_restored_and_deleted() {
    let mut away = ConsoleSettings::default().away_reasons;
    change(&mut away, word("lunch"), Change::Up).unwrap();
    change(&mut away, word("lunch"), Change::Up).unwrap();
    assert_eq!(words(&away), ["lunch", "break", "meeting", "training"]);
    assert_eq!(change(&mut away, word("break"), Change::Delete), Err(Trouble::NotArchived));
    change(&mut away, word("break"), Change::Archive).unwrap();
    change(&mut away, word("training"), Change::Down).unwrap();
    assert_eq!(words(&away), ["lunch", "meeting", "training", "break"], "the archived ones stay at the end");
    // Its name is free now, until it is wanted back.
    put(&mut away, None, Label { english: "Break".into(), ..Label::default() }, Break::default(), ("away", None))
        .unwrap();
    assert_eq!(words(&away), ["lunch", "meeting", "training", "break-2", "break"]);
    assert_eq!(change(&mut away, word("break"), Change::Restore), Err(Trouble::Taken("Break".into())));
    change(&mut away, word("break"), Change::Delete).unwrap();
    assert_eq!(change(&mut away, word("break"), Change::Restore), Err(Trouble::Missing));
    assert_eq!(words(&away), ["lunch", "meeting", "training", "break-2"]);
}

#[test]
fn a_list_has_room_for_fifty() {
    let mut settings = ConsoleSettings::default();
    while settings.dispositions.len() < MOST_ENTRIES {
        draft(&format!("Kind {}", settings.dispositions.len()), "").put_disposition(&mut settings).unwrap();
    }
    let full = ("english".to_owned(), Trouble::Full(MOST_ENTRIES));
    assert_eq!(refused(draft("One more", "").put_disposition(&mut settings)), full);
}

#[test]
fn a_disposition_is_called_by_its_label_and_one_that_is_gone_by_its_word() {
    let mut settings = ConsoleSettings::default();
    change(&mut settings.dispositions, Disposition::SALE.0, Change::Archive).unwrap();
    assert_eq!(settings.disposition_label(Disposition::SALE).in_english(), "Sale");
    assert!(!settings.offers_disposition(Disposition::SALE) && settings.offers_disposition(Disposition::SPAM));
    change(&mut settings.dispositions, Disposition::SALE.0, Change::Delete).unwrap();
    assert_eq!(settings.disposition_label(Disposition::SALE).in_chinese(), "sale");
}

proptest! {
    /// Whatever is done in whatever order: words are unique, those in use come first, and no two of them are called the same.
    #[test]
    fn a_list_keeps_its_promises(steps in proptest::collection::vec((0..6_usize, 0..12_usize, "[a-c ]{0,2}"), 0..80)) {
        let mut settings = ConsoleSettings::default();
        for (what, at, name) in steps {
            let entries = &mut settings.dispositions;
            match (Change::EVERY.get(what), entries.get(at).map(|entry| entry.word)) {
                (Some(step), Some(word)) => drop(change(entries, word, *step)),
                _ => drop(draft(&name, "").put_disposition(&mut settings)),
            }
            let entries = &settings.dispositions;
            prop_assert!(entries.len() <= MOST_ENTRIES && entries.is_sorted_by_key(|entry| entry.archived));
            for (at, one) in entries.iter().enumerate() {
                for other in &entries[at + 1..] {
                    prop_assert!(one.word != other.word);
                    let both = !one.archived && !other.archived;
                    let same = one.label.english.to_lowercase() == other.label.english.to_lowercase();
                    prop_assert!(!(both && same), "{:?}", entries);
                }
            }
        }
    }
}

#[test]
fn which_numbers_are_shown_is_written_down_and_read_back() {
    let number = |digits: &str| E164::parse(digits).unwrap();
    let ours = |one: &E164| one.digits() == "442079460101";
    let agents = ["Jane".to_owned(), "Joe".to_owned()];
    let kept = [("Anna", "442079460109"), ("Jane", "442079460102"), ("Joe", "442079460101")];
    let kept = kept.map(|(agent, digits)| (agent.to_owned(), number(digits))).into();
    let kept = ShownNumbers { by_country: true, agents: kept };
    let mut read = kept.clone();
    Draft::of_shown(&kept, &agents).put_shown(&mut read, &agents, ours).unwrap();
    assert_eq!(read, kept, "Jane’s is no longer ours and stays; Anna was not asked about");
    Draft::default().put_shown(&mut read, &agents, ours).unwrap();
    assert_eq!((read.by_country, read.agents.keys().collect::<Vec<_>>()), (false, vec![&"Anna".to_owned()]));
    let before = read.clone();
    let done = Draft::of_shown(&kept, &agents).put_shown(&mut read, &agents, ours);
    assert_eq!(refused(done), ("number_Jane".into(), Trouble::NotShown));
    assert_eq!(read, before, "nothing of it is kept");
}
