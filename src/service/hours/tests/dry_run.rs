//! A dry run of a call at a moment against the answer to a caller who comes then.

use super::*;
use crate::domain::call_flows::{Outcome as PeopleDo, What};
use crate::service::dry_run::{Imagined, Ran};

on_both!(a_dry_run_hears_what_callers_hear,);

/// What an answer says, from its beginning until the first action that says nothing.
fn spoken_first(flow: &Value) -> Vec<String> {
    let actions = flow.as_array().unwrap().iter();
    actions.map_while(|action| action["text"].as_str().map(str::to_owned)).collect()
}

async fn a_dry_run_hears_what_callers_hear(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let add = async |number: &str, line: &Line| {
        let number = E164::parse(number).unwrap();
        services.lines.add_number(&number, "GB", &["VOICE".into()], line).await.unwrap();
    };
    let lines =
        [(Line::Support, SUPPORT), (Line::Ivr("main".into()), MENU), (Line::Ivr("gone".into()), "442079460104")];
    add(lines[1].1, &lines[1].0).await;
    services.menus.first_start().await.unwrap();
    add(lines[2].1, &lines[2].0).await;
    let dry = async |line: &Line, at: &str, outcome| {
        let at = at.parse::<Timestamp>().unwrap().as_millisecond();
        let call = Imagined { line, at: Some(at), language: Some(Language::English), keys: "", outcome };
        services.dry_run.run(&call).await
    };
    let first = |ran: &Ran| -> Vec<String> {
        let steps = ran.steps.iter().map(|step| &step.what);
        let said = steps.filter(|what| !matches!(what, What::Enters { .. }));
        said.map_while(|what| match what {
            What::Says { text, .. } => Some(text.clone()),
            _ => None,
        })
        .collect()
    };
    when_closed(services, "message", "").await;
    // A Saturday, a second before nine on a Monday, and nine: nobody has asked the clock.
    for (n, time) in ["2026-11-28T12:00:00Z", "2026-11-30T08:59:59Z", "2026-11-30T09:00:00Z"].into_iter().enumerate() {
        for (k, (line, dialled)) in lines.iter().enumerate() {
            let imagined = dry(line, time, PeopleDo::NoAnswer).await;
            at(&world, time);
            let heard = called(services, dialled, 10 * n + k).await;
            let (imagined_first, heard_first) = (first(&imagined), spoken_first(&heard));
            assert!(!heard_first.is_empty(), "{heard}");
            assert_eq!(imagined_first[..heard_first.len()], heard_first[..], "{time} {line:?}: {:?}", imagined.steps);
            assert_eq!(imagined.state.unwrap().is_open(), n == 2, "{time}");
        }
    }
    let private = dry(&Line::Private, "2026-11-28T12:00:00Z", PeopleDo::Answered).await;
    assert!(private.steps.is_empty() && private.at_any_time, "what it does depends on who calls");
}
