use super::*;
use crate::domain::lost::Lost;

fn good(what: CheckKind) -> Check {
    Check::new(what, (CheckState::Good, Found::Nothing))
}

fn open(what: CheckKind, found: Found) -> Check {
    Check::new(what, (CheckState::Open, found))
}

fn standing(checks: &[Check], skipped: &[Step]) -> Vec<(Step, Standing)> {
    let guide = guide(checks, &skipped.iter().copied().collect());
    guide.into_iter().map(|guided| (guided.step, guided.standing)).collect()
}

#[test]
fn every_step_has_a_name_that_reads_back_and_a_check() {
    for step in Step::EVERY {
        assert_eq!(Step::parse(step.name()), Some(step));
    }
    assert_eq!(Step::parse("nonsense"), None);
    let kinds = [
        CheckKind::Business,
        CheckKind::Credentials,
        CheckKind::Numbers,
        CheckKind::Users,
        CheckKind::Queue,
        CheckKind::Hours,
        CheckKind::TestCall,
    ];
    assert_eq!(kinds.map(CheckKind::step), Step::EVERY);
}

#[test]
fn the_steps_come_in_their_order_with_their_checks_in_the_order_they_were_made() {
    let checks =
        [good(CheckKind::TestCall), good(CheckKind::Forwarding), good(CheckKind::Business), good(CheckKind::Numbers)];
    let guide = guide(&checks, &BTreeSet::new());
    let of = |guided: &Guided| guided.checks.iter().map(|check| check.what).collect::<Vec<_>>();
    let found: Vec<_> = guide.iter().map(|guided| (guided.step, of(guided))).collect();
    assert_eq!(
        found,
        [
            (Step::Business, vec![CheckKind::Business]),
            (Step::Number, vec![CheckKind::Forwarding, CheckKind::Numbers]),
            (Step::TestCall, vec![CheckKind::TestCall]),
        ]
    );
}

#[test]
fn a_step_is_done_when_all_of_it_is_good_left_when_something_can_be_done_and_waits_otherwise() {
    let away = Found::Trouble(Trouble::PlatformAway(Lost::NoAnswer));
    let checks = [
        good(CheckKind::Business),
        good(CheckKind::Credentials),
        Check::new(CheckKind::Webhooks, (CheckState::Doubtful, Found::Nothing)),
        open(CheckKind::Numbers, Found::Unasked),
        open(CheckKind::Users, away),
        Check::new(CheckKind::Queue, (CheckState::Bad, Found::Takers(0))),
        open(CheckKind::Hours, Found::Hours(false)),
    ];
    assert_eq!(
        standing(&checks, &[]),
        [
            (Step::Business, Standing::Done),
            (Step::Account, Standing::Left),
            (Step::Number, Standing::Waits),
            (Step::People, Standing::Waits),
            (Step::Queue, Standing::Left),
            (Step::Hours, Standing::Left),
        ]
    );
}

#[test]
fn what_is_skipped_is_not_left_and_shows_itself_done_all_the_same() {
    let checks = [
        good(CheckKind::Business),
        open(CheckKind::Hours, Found::Hours(false)),
        open(CheckKind::TestCall, Found::Nothing),
    ];
    assert_eq!(
        standing(&checks, &[Step::Business, Step::Hours]),
        [(Step::Business, Standing::Done), (Step::Hours, Standing::Skipped), (Step::TestCall, Standing::Left)]
    );
    let done = [good(CheckKind::Hours)];
    assert_eq!(standing(&done, &[Step::Hours]), [(Step::Hours, Standing::Done)], "it was done after all");
}
