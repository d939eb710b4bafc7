use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::domain::line::Line;
use crate::domain::phone::E164;
use crate::domain::trouble::Trouble;
use crate::service::fail::Told as _;
use crate::service::tests::{World, answer, home};
use crate::store::testing::{Database, on_both};

on_both!(
    what_is_kept_is_said_from_the_next_call_on,
    what_is_wrong_is_refused_and_nothing_is_kept,
    one_text_goes_back_to_the_default,
    callers_hear_the_language_of_their_page_or_of_the_number,
    what_was_read_last_is_said_while_the_database_is_away,
);

fn fields(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// What somebody hears who dials a number that leads nowhere.
async fn dialled(services: &crate::service::Services, number: &str, n: usize) -> Value {
    let asked = json!({"from": "447700900123", "to": number, "uuid": format!("u{n}"),
                       "conversation_uuid": format!("CON-{n}")});
    serde_json::to_value(services.webhooks.answer(answer(&asked)).await.unwrap()).unwrap()[0].take()
}

async fn what_is_kept_is_said_from_the_next_call_on(db: Database) {
    let world = World::new(db).await;
    let spoken = &world.services.spoken;
    let usual = dialled(&world.services, "442079460001", 1).await;
    assert!(usual["text"].as_str().unwrap().starts_with("This number is not in use") && usual["language"].is_null());
    spoken.keep_texts(Place::Trouble, &fields(&[("not-in-use_en", " Nobody is here. ")]), None).await.told().unwrap();
    let voice = fields(&[("language_en", "en-GB"), ("style_en", "2"), ("premium_en", "on")]);
    spoken.keep_voices(&voice).await.told().unwrap();
    let said = json!({"action": "talk", "text": "Nobody is here.", "language": "en-GB", "style": 2, "premium": true});
    assert_eq!(dialled(&world.services, "442079460001", 2).await, said);
    assert_eq!(serde_json::to_value(spoken.apology()).unwrap()[0]["language"], "en-GB");
    // Another node hears of it with its next caller.
    let other = world.restarted(|_| {}).await;
    assert_eq!(dialled(&other, "442079460001", 3).await, said);
    spoken.keep_voices(&fields(&[])).await.told().unwrap();
    assert_eq!(dialled(&other, "442079460001", 4).await, json!({"action": "talk", "text": "Nobody is here."}));
    // Texts of other places stay as they are, whatever is sent with these.
    let more = fields(&[("goodbye_en", "Bye."), ("position_en", "Place {position}.")]);
    spoken.keep_texts(Place::Queue, &more, None).await.told().unwrap();
    let kept = spoken.read().await.unwrap();
    assert_eq!(kept.texts.keys().collect::<Vec<_>>(), [&Text::Position, &Text::NotInUse]);
}

async fn what_is_wrong_is_refused_and_nothing_is_kept(db: Database) {
    let world = World::new(db).await;
    let spoken = &world.services.spoken;
    let wrong = fields(&[("position_en", "You wait."), ("all-busy_zh", "{agent}"), ("offer_en", "Hold on.")]);
    let refused = spoken.keep_texts(Place::Queue, &wrong, None).await.told().unwrap_err();
    let refused: Vec<_> = refused.into_iter().map(|wrong| (wrong.field, wrong.reason)).collect();
    let unknown = Trouble::NoPlaceholder { word: "agent".into(), known: Vec::new() };
    assert_eq!(
        refused,
        [("all-busy_zh".to_owned(), unknown), ("position_en".to_owned(), Trouble::LacksPlaceholder("position".into()))]
    );
    let refused = spoken.keep_voices(&fields(&[("style_zh", "loud")])).await.told().unwrap_err();
    assert_eq!(refused[0].field, "style_zh");
    assert_eq!(*spoken.read().await.unwrap(), Spoken::default());
    assert_eq!(world.db.store.spoken().version().await.unwrap(), 1);
}

async fn one_text_goes_back_to_the_default(db: Database) {
    let world = World::new(db).await;
    let spoken = &world.services.spoken;
    let both = fields(&[("thanks_en", "Thanks!"), ("goodbye_en", "Bye."), ("goodbye_zh", "再会。")]);
    spoken.keep_texts(Place::Wishes, &both, None).await.told().unwrap();
    // What is typed for the others is kept with it; even something wrong for the one itself does not matter.
    let typed = fields(&[("thanks_en", "Many thanks!"), ("goodbye_en", "{broken"), ("goodbye_zh", "再会。")]);
    spoken.keep_texts(Place::Wishes, &typed, Some(Text::Goodbye)).await.told().unwrap();
    let kept = spoken.read().await.unwrap();
    assert_eq!(kept.text(Text::Thanks, Language::English), "Many thanks!");
    assert!(!kept.texts.contains_key(&Text::Goodbye), "{kept:?}");
}

async fn callers_hear_the_language_of_their_page_or_of_the_number(db: Database) {
    let world = World::new(db).await;
    let services = &world.services;
    services.business.reload().await.unwrap();
    let number = E164::parse("442079460055").unwrap();
    services.lines.add_number(&number, "GB", &["VOICE".into()], &Line::Unassigned).await.unwrap();
    let language = async |n| dialled(services, number.digits(), n).await["language"].clone();
    assert_eq!(language(1).await, Value::Null);
    services.numbers.speak_on_number(&number, Some(Language::Chinese)).await.unwrap();
    assert_eq!(language(2).await, "cmn-CN");
    services.numbers.speak_on_number(&number, None).await.unwrap();
    assert_eq!(language(3).await, Value::Null);
    // Visitors: what their page is in, whatever number the page shows.
    world.makes_users().await;
    let (draft, questions) = services.business.profile().draft();
    let both = crate::domain::business::Draft {
        name: "Acme".into(),
        greeting_en: "Hello.".into(),
        greeting_zh: "您好。".into(),
        ..draft
    };
    services.business.save(&both, &questions).await.told().unwrap();
    for (page, heard) in [(Some(Language::Chinese), "您好。"), (Some(Language::English), "Hello."), (None, "Hello.")]
    {
        let visit = services.visits.start_visit(home()).await.unwrap();
        services.visits.keep_page(&visit.id, "https://calls.example/", "", page).await.unwrap();
        let asked = json!({"to": "442079460000", "from_user": visit.user, "uuid": visit.id.clone(),
                           "conversation_uuid": format!("CON-{}", visit.id)});
        let flow = serde_json::to_value(services.webhooks.answer(answer(&asked)).await.unwrap()).unwrap();
        assert_eq!(flow[0]["text"], heard, "{page:?}: {flow}");
    }
    // While it is closed too, with all that follows.
    let support = E164::parse("442079460000").unwrap();
    services.lines.add_number(&support, "GB", &["VOICE".into()], &Line::Support).await.unwrap();
    services.numbers.speak_on_number(&support, Some(Language::Chinese)).await.unwrap();
    services.hours.close(&Texts::default(), "").await.unwrap();
    let draft = crate::service::WhenClosedDraft { outcome: "message".into(), ..Default::default() };
    services.hours.keep_when_closed(&draft).await.unwrap();
    let asked = json!({"from": "447700900123", "to": "442079460000", "uuid": "u9", "conversation_uuid": "CON-9"});
    let closed = serde_json::to_value(services.webhooks.answer(answer(&asked)).await.unwrap()).unwrap();
    let said = |at: usize| (closed[at]["text"].as_str().unwrap_or_default(), closed[at]["language"].as_str());
    assert_eq!(said(0), ("您好，现在不在营业时间内。", Some("cmn-CN")), "{closed}");
    assert_eq!((said(1).0, said(3).0), ("请在提示音后留言，留言结束请按井号键。", "谢谢，再见。"), "{closed}");
}

async fn what_was_read_last_is_said_while_the_database_is_away(db: Database) {
    let world = World::new(db).await;
    let spoken = &world.services.spoken;
    spoken.keep_texts(Place::Trouble, &fields(&[("apology_en", "Sorry!")]), None).await.told().unwrap();
    world.db.store.close().await;
    assert_eq!(
        dialled(&world.services, "442079460000", 1).await["text"],
        "Thank you for calling. Transferring you now."
    );
    assert_eq!(serde_json::to_value(spoken.apology()).unwrap()[0]["text"], "Sorry!");
}
