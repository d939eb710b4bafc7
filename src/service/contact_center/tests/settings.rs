//! What the operator set holds for whatever happens next.

use super::*;
use crate::domain::contact_center::console_settings::{Change, Draft, Rules};
use crate::domain::contact_center::desk::Disposition;
use crate::domain::contact_center::word::Word;
use crate::domain::trouble::{FieldError, Trouble};

on_both!(
    wrap_up_lasts_until_a_required_disposition_is_chosen,
    an_app_that_cannot_choose_a_disposition_is_not_held,
    the_third_miss_is_away_and_comes_back_by_itself,
    no_number_of_misses_is_away_where_none_is_set,
    an_away_reason_that_was_archived_is_refused_and_still_named,
    a_disposition_that_is_not_offered_is_refused_and_the_note_kept,
    wrap_up_and_its_extension_are_as_long_as_they_are_set,
    two_operators_both_have_their_way,
    another_node_reads_what_was_changed,
);

async fn set(services: &Services, rules: Rules) {
    services.desk.choices.put_rules(&Draft::of_rules(rules)).await.told().unwrap();
}

async fn state(services: &Services, team: &[(String, String)]) -> State {
    services.desk.view.desk(&team[0].0, "agent0").await.unwrap().me.state
}

/// agent0 has talked to a caller and writes about it; the call's id.
async fn wrapping_up(services: &Services, team: &[(String, String)], n: usize) -> String {
    services.webhooks.answer(call(n)).await.unwrap();
    services.webhooks.event(leg(n, "agent0", "answered")).await.unwrap();
    services.webhooks.event(caller(n, "completed")).await.unwrap();
    services.desk.view.desk(&team[0].0, "agent0").await.unwrap().wrap_up.unwrap().call
}

/// A call rings at agent0, who does not take it; then the caller leaves.
async fn missed(services: &Services, n: usize) {
    assert_eq!(rings(&services.webhooks.answer(call(n)).await.unwrap()).as_deref(), Some("agent0"));
    services.webhooks.event(leg(n, "agent0", "timeout")).await.unwrap();
    services.webhooks.event(caller(n, "completed")).await.unwrap();
}

async fn wrap_up_lasts_until_a_required_disposition_is_chosen(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    set(services, Rules { disposition_required: true, ..Rules::default() }).await;
    let id = wrapping_up(services, &team, 1).await;
    let after_call = &services.desk.consoles.after_call;
    let ready = || services.desk.presence.set_presence(&team[0].0, "agent0", Wish::Ready);
    assert_eq!(after_call.finish_wrap_up("agent0", &id).await.told(), Err(Refusal::NoDisposition));
    assert_eq!(ready().await.told(), Err(Refusal::NoDisposition));
    let dial = services.desk.consoles.dialling.dial("agent0", &Dial::to("+447700900123")).await.told();
    assert_eq!(dial.unwrap_err(), Refusal::NoDisposition);
    // Its time runs out, and it goes on.
    world.pass(40_000);
    beat(services, &team).await;
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, State::WrapUp);
    // A break can be asked for; it comes after the disposition.
    let lunch = Wish::Away(AwayReason::LUNCH);
    assert_eq!(services.desk.presence.set_presence(&team[0].0, "agent0", lunch).await.told(), Ok(()));
    assert_eq!(state(services, &team).await, State::WrapUp);
    after_call.save_notes("agent0", &id, "", Some(Disposition::SALE)).await.told().unwrap();
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, State::Away(AwayReason::LUNCH));
    ready().await.told().unwrap();
    // Chosen in time, it is done when the agent says so.
    let id = wrapping_up(services, &team, 2).await;
    after_call.save_notes("agent0", &id, "", Some(Disposition::RESOLVED)).await.told().unwrap();
    assert_eq!(after_call.finish_wrap_up("agent0", &id).await.told(), Ok(()));
    assert_eq!(state(services, &team).await, State::Ready);
}

async fn an_app_that_cannot_choose_a_disposition_is_not_held(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    let until = services.now_ms() + 3_600_000;
    world.pass(60_000);
    services.desk.presence.agent_signed_in_elsewhere(&team[0].0, "agent0", until).await.unwrap();
    set(services, Rules { disposition_required: true, ..Rules::default() }).await;
    wrapping_up(services, &team, 1).await;
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, State::WrapUp, "it has its time");
    world.pass(30_000);
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, State::Ready);
}

async fn the_third_miss_is_away_and_comes_back_by_itself(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    set(services, Rules { misses: 3, return_minutes: Some(5), ..Rules::default() }).await;
    for n in 1..=2 {
        missed(services, n).await;
        assert_eq!(state(services, &team).await, State::Ready, "{n}");
    }
    missed(services, 3).await;
    let away = State::Away(AwayReason::NO_ANSWER);
    assert_eq!(state(services, &team).await, away);
    world.pass(5 * 60_000 - 1);
    beat(services, &team).await;
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, away, "not yet");
    world.pass(1);
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, State::Ready);
    // Of a reason that the agent chose nobody comes back by themselves.
    let lunch = Wish::Away(AwayReason::LUNCH);
    services.desk.presence.set_presence(&team[0].0, "agent0", lunch).await.told().unwrap();
    world.pass(60 * 60_000);
    beat(services, &team).await;
    services.desk.sweep.desk_upkeep().await.unwrap();
    assert_eq!(state(services, &team).await, State::Away(AwayReason::LUNCH));
}

async fn no_number_of_misses_is_away_where_none_is_set(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    set(services, Rules { misses: 0, ..Rules::default() }).await;
    for n in 1..=5 {
        missed(services, n).await;
    }
    assert_eq!(state(services, &team).await, State::Ready);
    // The next miss is counted by the rules of then.
    set(services, Rules::default()).await;
    missed(services, 6).await;
    assert_eq!(state(services, &team).await, State::Away(AwayReason::NO_ANSWER));
}

async fn an_away_reason_that_was_archived_is_refused_and_still_named(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let ask = |reason| services.desk.presence.set_presence(&team[0].0, "agent0", Wish::Away(reason));
    ask(AwayReason::LUNCH).await.told().unwrap();
    let choices = &services.desk.choices;
    choices.change_away_reason(AwayReason::LUNCH.0, Change::Archive).await.told().unwrap();
    let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
    assert_eq!(desk.me.state, State::Away(AwayReason::LUNCH), "who is away stays so");
    let lunch = desk.choices.away.iter().find(|pick| pick.word == AwayReason::LUNCH.0).unwrap();
    assert_eq!((lunch.english.as_str(), lunch.archived), ("Lunch", true));
    ask(AwayReason::BREAK).await.told().unwrap();
    assert_eq!(ask(AwayReason::LUNCH).await.told(), Err(Refusal::NotOffered));
    assert_eq!(ask(AwayReason::NO_ANSWER).await.told(), Err(Refusal::NotOffered), "it is ours");
    assert_eq!(ask(AwayReason::parse("holiday").unwrap()).await.told(), Err(Refusal::NotOffered));
    choices.change_away_reason(AwayReason::LUNCH.0, Change::Restore).await.told().unwrap();
    assert_eq!(ask(AwayReason::LUNCH).await.told(), Ok(()));
}

async fn a_disposition_that_is_not_offered_is_refused_and_the_note_kept(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    let id = wrapping_up(services, &team, 1).await;
    let save = |text: &'static str, disposition| {
        services.desk.consoles.after_call.save_notes("agent0", &id, text, Some(disposition))
    };
    save("one", Disposition::SALE).await.told().unwrap();
    services.desk.choices.change_disposition(Disposition::SALE.0, Change::Archive).await.told().unwrap();
    assert_eq!(save("one, two", Disposition::SALE).await.told(), Ok(()), "it was chosen before");
    let unknown = Disposition(Word::parse("unknown").unwrap());
    assert_eq!(save("one, two, three", unknown).await.told(), Err(Refusal::NotOffered));
    let notes = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().notes.unwrap();
    assert_eq!((notes.text.as_str(), notes.disposition), ("one, two, three", Some(Disposition::SALE)));
}

async fn wrap_up_and_its_extension_are_as_long_as_they_are_set(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    set(services, Rules { wrap_up_s: 60, extension_s: 10, ..Rules::default() }).await;
    let id = wrapping_up(services, &team, 1).await;
    services.desk.consoles.after_call.extend_wrap_up("agent0", &id).await.told().unwrap();
    let desk = services.desk.view.desk(&team[0].0, "agent0").await.unwrap();
    let wrap_up = desk.wrap_up.unwrap();
    assert_eq!((wrap_up.until - wrap_up.since, desk.choices.extension_s), (70_000, 10));
}

async fn two_operators_both_have_their_way(db: Database) {
    let world = world(db).await;
    let choices = &world.services.desk.choices;
    let new = |english: String| Draft { english, ..Draft::default() };
    let adds = (0..8).map(|n| {
        let (choices, draft) = (choices.clone(), new(format!("Kind {n}")));
        tokio::spawn(async move { choices.put_disposition(&draft).await.told() })
    });
    for added in futures::future::join_all(adds).await {
        assert_eq!(added.unwrap(), Ok(()));
    }
    let settings = choices.settings().await.unwrap();
    assert_eq!((settings.dispositions.len(), settings.version), (15, 9));
    let same = choices.put_disposition(&new("kind 7".into())).await.told().unwrap_err();
    assert_eq!(same, [FieldError { field: "english".into(), reason: Trouble::Taken("kind 7".into()) }]);
    let gone = choices.change_disposition(Word::parse("gone").unwrap(), Change::Archive).await.told();
    assert_eq!(gone, Err(Trouble::Missing));
    assert_eq!(choices.settings().await.unwrap().version, 9, "nothing was changed");
}

async fn another_node_reads_what_was_changed(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    assert_eq!(services.desk.choices.settings().await.unwrap().rules, Rules::default());
    // As another program writes it.
    let desk = services.core.store.desk();
    let mut settings = desk.console_settings().await.unwrap();
    settings.rules.misses = 1;
    assert!(desk.put_console_settings(&settings).await.unwrap());
    missed(services, 1).await;
    assert_eq!(state(services, &team).await, State::Away(AwayReason::NO_ANSWER));
}
