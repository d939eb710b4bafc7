//! The guide: what leads to the first call, step by step, with what is missing and where it is put right.

use leptos::prelude::*;

use super::super::flash::wrong_at;
use super::super::link::encoded;
use super::super::trouble::said;
use crate::api::setup::TEST_NUMBER;
use crate::domain::checklist::{Check, CheckKind, CheckState, Found, Guided, Standing, Step};
use crate::ui::language::{Words, words};
use crate::ui::parts::confirm::Post;
use crate::ui::parts::field::TextField;
use crate::ui::parts::format;
use crate::ui::parts::icon::{Icon, Mark};

/// All steps in order.
#[component]
pub fn Guide(guide: Vec<Guided>, test_number: String) -> impl IntoView {
    let steps = guide.into_iter().map(|guided| view! { <GuideStep guided test_number=test_number.clone()/> });
    view! { <ol class="ruled guide">{steps.collect_view()}</ol> }
}

#[component]
fn GuideStep(guided: Guided, test_number: String) -> impl IntoView {
    let words = words();
    let Guided { step, standing, checks } = guided;
    let (class, state, icon) = match standing {
        Standing::Done => ("done", words.setup_step_done, Mark::Done),
        Standing::Skipped => ("skipped", words.setup_step_skipped, Mark::Pause),
        Standing::Left if checks.iter().any(|check| check.state == CheckState::Bad) => {
            ("bad", words.setup_step_left, Mark::Wrong)
        }
        Standing::Left => ("left", words.setup_step_left, Mark::Circle),
        Standing::Waits => ("waits", words.setup_step_waits, Mark::Clock),
    };
    let (title, lead) = step_texts(words, step);
    // What is right is folded away, but for a step of one check, which says what it found.
    let folds = checks.len() > 1;
    let (good, rest): (Vec<_>, Vec<_>) = checks.into_iter().partition(|check| folds && check.state == CheckState::Good);
    let link = match (standing, place(step, &rest)) {
        (Standing::Skipped, _) => None,
        (_, Some(place)) => {
            Some(view! { <a class="button small" href=place>{go_text(words, step)}</a> }.into_any())
        }
        (Standing::Done, None) => edit_at(step).map(|page| {
            view! { <a class="button small quiet" href=page>{words.setup_edit}<span class="unseen">": "{title}</span></a> }
                .into_any()
        }),
        _ => None,
    };
    let (skips, label) = match standing {
        Standing::Done => (None, ""),
        Standing::Skipped => (Some("false"), words.setup_unskip),
        Standing::Left | Standing::Waits => (Some("true"), words.setup_skip),
    };
    let skip = skips.map(|skip| {
        let fields = vec![("step", step.name().to_owned()), ("skip", skip.to_owned())];
        view! { <Post action="/api/setup-skip" label fields name=format!("{label}: {title}")/> }
    });
    let show = move |checks: Vec<Check>| {
        let each = checks.into_iter().map(|check| view! { <Line check named=folds/> });
        view! { <ul class="checks">{each.collect_view()}</ul> }
    };
    // Of a single check that found nothing the step has said everything.
    let tells = rest.iter().any(|check| folds || !matches!(check.found, Found::Nothing));
    let folded = (!good.is_empty()).then(|| {
        view! {
            <details>
                <summary>{words.setup_right(&good.len().to_string())}</summary>
                {show(good)}
            </details>
        }
    });
    view! {
        <li class=class id=format!("step-{}", step.name())>
            <Icon mark=icon/>
            <div class="guide-step">
                <div class="guide-head">
                    <h2>{title}</h2>
                    <span class="guide-state">{state}</span>
                </div>
                {(standing != Standing::Done).then(|| view! { <p class="hint">{lead}</p> })}
                {(tells && standing != Standing::Skipped).then(|| show(rest))}
                {folded}
            </div>
            <div class="guide-ways">
                {(step == Step::TestCall && standing != Standing::Skipped).then(|| view! { <TestCall test_number/> })}
                {link}
                {skip}
            </div>
        </li>
    }
}

/// Where what is left of a step is done: the page, at the field that comes first. `None` where it is done in the step
/// itself, or needs nothing.
fn place(step: Step, left: &[Check]) -> Option<&'static str> {
    let open = |what| left.iter().any(|check| check.what == what && check.can_be_mended());
    match step {
        Step::Business => open(CheckKind::Business).then_some("/admin/business#name"),
        Step::Account => (open(CheckKind::Credentials) || open(CheckKind::Application)).then_some("#api_key"),
        Step::Number => {
            let none = left.iter().any(|check| matches!(check.found, Found::Numbers { all: 0, .. }));
            let rent = if none { "/admin/numbers#rent" } else { "/admin/numbers" };
            (open(CheckKind::Numbers) || open(CheckKind::Forwarding)).then_some(rent)
        }
        Step::People => {
            let nobody = left.iter().any(|check| matches!(check.found, Found::Users { all: 0, .. }));
            let users = if nobody { "/admin/users#name" } else { "/admin/users" };
            open(CheckKind::Users).then_some(users)
        }
        Step::Queue => open(CheckKind::Queue).then_some("/admin/queues"),
        Step::Hours => open(CheckKind::Hours).then_some("/admin/hours"),
        Step::TestCall => None,
    }
}

/// The page on which what a step is about can be changed. `None` for what the guide's own page has.
pub fn page_of(step: Step) -> Option<&'static str> {
    match step {
        Step::Business => Some("/admin/business"),
        Step::Number => Some("/admin/numbers"),
        Step::People => Some("/admin/users"),
        Step::Queue => Some("/admin/queues"),
        Step::Hours => Some("/admin/hours"),
        Step::Account | Step::TestCall => None,
    }
}

/// Where a step that is done can be changed.
fn edit_at(step: Step) -> Option<&'static str> {
    page_of(step).or((step == Step::Account).then_some("#api_key"))
}

/// What is done where a step leads.
fn go_text(words: &'static Words, step: Step) -> &'static str {
    match step {
        Step::Business => words.setup_go_business,
        Step::Account => words.setup_go_account,
        Step::Number => words.setup_go_number,
        Step::People => words.setup_go_people,
        Step::Queue => words.setup_go_queue,
        Step::Hours => words.setup_go_hours,
        Step::TestCall => words.setup_test_call,
    }
}

/// The name of a step, and what it is for.
fn step_texts(words: &'static Words, step: Step) -> (&'static str, &'static str) {
    match step {
        Step::Business => (words.setup_step_business, words.setup_step_business_text),
        Step::Account => (words.setup_step_account, words.setup_step_account_text),
        Step::Number => (words.setup_step_number, words.setup_step_number_text),
        Step::People => (words.setup_step_people, words.setup_step_people_text),
        Step::Queue => (words.setup_queue, words.setup_step_queue_text),
        Step::Hours => (words.nav_hours, words.setup_step_hours_text),
        Step::TestCall => (words.setup_test_call, words.setup_step_test_call_text),
    }
}

/// Calls a telephone, with what was typed last in its field.
#[component]
fn TestCall(test_number: String) -> impl IntoView {
    let words = words();
    let wrong = wrong_at(TEST_NUMBER);
    view! {
        <form method="post" action="/api/setup-call" class="line-form check-call">
            <TextField label=words.setup_test_number name=TEST_NUMBER kind="tel" value=test_number required=true help=None
                first=wrong.is_some() error=wrong/>
            <button type="submit" class="button quiet">{words.setup_do_call}</button>
        </form>
    }
}

#[component]
fn Line(
    check: Check,
    /// It says what it is about: its step does not say it.
    named: bool,
) -> impl IntoView {
    let words = words();
    let Check { what, state, found } = check;
    let (class, said, icon) = match state {
        CheckState::Good => ("good", words.setup_good, Mark::Done),
        CheckState::Doubtful => ("doubtful", words.setup_doubtful, Mark::Wrong),
        CheckState::Bad => ("bad", words.setup_bad, Mark::Wrong),
        CheckState::Open => ("open", words.setup_open, Mark::Clock),
    };
    // The step of a single check says itself what to do.
    let fix = fix(words, what, state, &found).filter(|_| named || found.is_platform_away());
    let action = match what {
        CheckKind::Webhooks | CheckKind::Region if state == CheckState::Bad => {
            Some(view! { <Post action="/api/setup-repair" label=words.setup_repair fields=Vec::new()/> }.into_any())
        }
        _ => None,
    };
    view! {
        <li class=class>
            {named.then(|| view! { <Icon mark=icon/> })}
            <div>
                {named.then(|| view! { <strong>{texts(words, what).0}</strong> })}
                <span class="unseen">{said}</span>
                <p class="found">{found_text(words, found)}</p>
                {fix.map(|fix| view! { <p class="hint">{fix}</p> })}
            </div>
            {action}
        </li>
    }
}

/// What was found, in words.
fn found_text(words: &'static Words, found: Found) -> AnyView {
    match found {
        Found::Nothing => ().into_any(),
        Found::Unasked => words.setup_unasked.into_any(),
        Found::Text(text) => text.into_any(),
        Found::AnyRegion => words.setup_region_any.into_any(),
        Found::Numbers { good, all } => words.setup_linked(&good.to_string(), &all.to_string()).into_any(),
        Found::Users { have, all } => words.setup_users_there(&have.to_string(), &all.to_string()).into_any(),
        Found::Takers(count) => words.setup_takers(&count.to_string()).into_any(),
        Found::Hours(true) => words.setup_hours_set.into_any(),
        Found::Hours(false) => words.setup_hours_open.into_any(),
        Found::Secret(true) => words.setup_secret_set.into_any(),
        Found::Secret(false) => words.setup_secret_missing.into_any(),
        Found::Clock { behind: 0 } => words.setup_clock_right.into_any(),
        Found::Clock { behind } if behind < 0 => words.setup_clock_ahead(&behind.abs().to_string()).into_any(),
        Found::Clock { behind } => words.setup_clock_behind(&behind.to_string()).into_any(),
        Found::Call { id, at, .. } => {
            let text = words.setup_call_of(&format!("{} ({})", format::time(at), format::zone().name()));
            view! { <a href=format!("/admin/calls/{}", encoded(&id))>{text}</a> }.into_any()
        }
        Found::Trouble(why) => said(&why).into_any(),
    }
}

/// What to do about a line, if there is anything to be done about it.
fn fix(words: &'static Words, what: CheckKind, state: CheckState, found: &Found) -> Option<&'static str> {
    match found {
        _ if state == CheckState::Good => None,
        Found::Unasked => None,
        found if found.is_platform_away() => Some(words.setup_fix_away),
        _ => Some(texts(words, what).1),
    }
}

/// The name of what is checked, and what to do when it is not as it should be.
pub fn texts(words: &'static Words, what: CheckKind) -> (&'static str, &'static str) {
    match what {
        CheckKind::Business => (words.nav_business, words.setup_fix_business),
        CheckKind::PublicUrl => (words.setup_public_url, words.setup_fix_public_url),
        CheckKind::Credentials => (words.setup_credentials, words.setup_fix_credentials),
        CheckKind::Application => (words.setup_application, words.setup_fix_application),
        CheckKind::Webhooks => (words.setup_webhooks, words.setup_fix_webhooks),
        CheckKind::Region => (words.setup_region, words.setup_fix_region),
        CheckKind::Signature => (words.setup_signature_secret, words.setup_fix_signature),
        CheckKind::Numbers => (words.nav_numbers, words.setup_fix_numbers),
        CheckKind::Forwarding => (words.setup_forwarding, words.setup_fix_forwarding),
        CheckKind::Users => (words.nav_users, words.setup_fix_users),
        CheckKind::Clock => (words.setup_clock, words.setup_fix_clock),
        CheckKind::Texts => (words.setup_texts, words.setup_fix_texts),
        CheckKind::Queue => (words.setup_queue, words.setup_fix_queue),
        CheckKind::Hours => (words.nav_hours, words.setup_fix_hours),
        CheckKind::TestCall => (words.setup_test_call, words.setup_fix_test_call),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lost::Lost;
    use crate::domain::trouble::Trouble;

    fn html(step: Step, standing: Standing, checks: Vec<Check>) -> String {
        let guide = vec![Guided { step, standing, checks }];
        Owner::new().with(|| view! { <Guide guide test_number=String::new()/> }.to_html())
    }

    #[test]
    fn a_step_leads_to_its_page_also_when_it_is_done() {
        let words = words();
        let check = |what, state, found| vec![Check { what, state, found }];
        let left = check(CheckKind::Hours, CheckState::Open, Found::Hours(false));
        let left = html(Step::Hours, Standing::Left, left);
        assert!(left.contains("href=\"/admin/hours\"") && left.contains(words.setup_go_hours), "{left}");
        let done = html(Step::Hours, Standing::Done, check(CheckKind::Hours, CheckState::Good, Found::Hours(true)));
        assert!(done.contains("href=\"/admin/hours\"") && done.contains(words.setup_edit), "{done}");
        let skipped = html(Step::Hours, Standing::Skipped, Vec::new());
        assert!(!skipped.contains("href="), "{skipped}");
    }

    #[test]
    fn what_to_do_is_said_once() {
        let words = words();
        let check = |what, found| Check { what, state: CheckState::Open, found };
        let hours = html(Step::Hours, Standing::Left, vec![check(CheckKind::Hours, Found::Hours(false))]);
        assert!(hours.contains(words.setup_step_hours_text) && hours.contains(words.setup_hours_open), "{hours}");
        assert!(!hours.contains(words.setup_fix_hours), "{hours}");
        let call = html(Step::TestCall, Standing::Left, vec![check(CheckKind::TestCall, Found::Nothing)]);
        assert!(call.contains(words.setup_step_test_call_text) && !call.contains("class=\"checks\""), "{call}");
        // Where several things may be missing, each says what it needs.
        let found = || Found::Numbers { good: 0, all: 0 };
        let numbers = vec![check(CheckKind::Numbers, found()), check(CheckKind::Forwarding, Found::Nothing)];
        let numbers = html(Step::Number, Standing::Left, numbers);
        assert!(numbers.contains(words.setup_fix_numbers), "{numbers}");
    }

    #[test]
    fn a_platform_that_does_not_answer_is_no_reason_to_enter_other_credentials() {
        let words = words();
        let about = |found: Found, state| fix(words, CheckKind::Credentials, state, &found);
        let refused = Found::Trouble(Trouble::PlatformRefused { status: 401, detail: String::new() });
        assert_eq!(about(refused, CheckState::Bad), Some(words.setup_fix_credentials));
        let away = [
            Trouble::PlatformAway(Lost::Status(503)),
            Trouble::PlatformBusy { retry_after: Some(1) },
            Trouble::PlatformUnclear(Lost::NoAnswer),
        ];
        for why in away {
            assert_eq!(about(Found::Trouble(why), CheckState::Open), Some(words.setup_fix_away));
        }
        let webhooks = fix(words, CheckKind::Webhooks, CheckState::Open, &Found::Unasked);
        assert_eq!(webhooks, None, "nobody knows which addresses the platform has");
        assert_eq!(about(Found::Text("abcd1234".into()), CheckState::Good), None);
    }
}
