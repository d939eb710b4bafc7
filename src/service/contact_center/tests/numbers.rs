//! Numbers as agents type them.

use super::*;
use crate::domain::contact_center::desk::Target;
use crate::domain::phone::PhoneError;

on_both!(
    b5_a_number_is_read_as_the_businesss_country_writes_it,
    b5_what_is_wrong_with_a_number_is_said_in_the_answer_only,
);

async fn b5_a_number_is_read_as_the_businesss_country_writes_it(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    for text in ["07700 900555", "(0)7700 900555", "+44 7700 900555", "447700900555"] {
        let check = services.desk.consoles.dialling.check_number("agent0", text).await.unwrap();
        assert_eq!((check.shown.as_deref(), check.refusal), (Some("+44 7700 900555"), None), "{text}");
    }
    let Ok(Go { context, .. }) = services.desk.consoles.dialling.dial("agent0", &Dial::to("07700 900555")).await.told()
    else {
        panic!("a complete number is refused")
    };
    assert_eq!(context.to, "447700900555");
}

async fn b5_what_is_wrong_with_a_number_is_said_in_the_answer_only(db: Database) {
    let world = world(db).await;
    let services = &world.services;
    let team = agents(services, 1).await;
    beat(services, &team).await;
    services.webhooks.answer(call(1)).await.unwrap();
    services.webhooks.event(caller(1, "answered")).await.unwrap();
    services.webhooks.event(leg(1, "agent0", "answered")).await.unwrap();
    let talking = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().call.unwrap().id;
    let refused = services
        .desk
        .consoles
        .handing_over
        .transfer("agent0", &talking, &Target::Number("07700 9005".into()))
        .await
        .told();
    let reason = PhoneError::Incomplete("GB".into());
    assert_eq!(refused, Err(Refusal::BadNumber { reason: reason.clone() }));
    let number = Target::Number("07700 9005".into());
    let refused = services.desk.consoles.handing_over.consult("agent0", &talking, &number).await.told();
    assert_eq!(refused, Err(Refusal::BadNumber { reason }), "and nobody is put on hold for it");
    let shown = services.desk.view.desk(&team[0].0, "agent0").await.unwrap().call.unwrap();
    assert_eq!((shown.problem, shown.under_way), (None, None), "it would stand there for the rest of the call");
}
