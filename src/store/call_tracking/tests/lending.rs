//! Numbers are lent, given and taken; ended calls are told; lists and the CSV.

use super::*;

on_both!(
    a_call_now_counts_for_the_campaign_that_brought_the_visit,
    a_number_is_lent_to_one_visitor_at_a_time,
    numbers_keep_their_history,
    an_ended_call_is_told_once,
    lists_and_the_csv_agree,
);

fn visitor(id: &str, campaign: &str) -> VisitorRow {
    VisitorRow {
        id: id.into(),
        campaign: Some(campaign.into()),
        source: "google".into(),
        medium: "cpc".into(),
        name: "Spring".into(),
        term: "shoes".into(),
        content: String::new(),
        landing: "/spring".into(),
        referrer: String::new(),
        click: "gclid".into(),
        click_id: "abc".into(),
        number: None,
        leased: false,
        turned_away: false,
        created_at: 0,
        seen_at: 0,
    }
}

async fn a_call_now_counts_for_the_campaign_that_brought_the_visit(db: Database) {
    db.store.visitors().insert(&visitor("v1", "c1")).await.unwrap();
    db.store.visitors().note_visit("visit1", "v1").await.unwrap();
    for (visit, conversation) in [("visit1", "CON-1"), ("visit1", "CON-2"), ("visit2", "CON-3")] {
        for (n, event) in crate::store::testing::answered_call(conversation, visit).iter().enumerate() {
            let track = (n == 0).then(|| Track::Visit { visit: visit.into() });
            db.store.append(Append { track, ..append(event) }).await.unwrap();
        }
    }
    let all = TrackedQuery { from: 0, to: 1, limit: 10, ..TrackedQuery::default() };
    let calls = db.store.tracking().calls(&all).await.unwrap();
    assert_eq!(calls.len(), 2, "the visit that nobody brought is no campaign's");
    let call = &calls[0];
    assert_eq!((call.campaign.as_str(), call.number.as_str(), call.caller.as_deref()), ("c1", "", Some("visitor-v1")));
    assert_eq!(
        (call.term.as_str(), call.click_id.as_str(), call.confidence, call.candidates),
        ("shoes", "abc", Some(100), 1)
    );
    assert_eq!((call.talk_seconds, call.answered, call.spam), (Some(17), true, false));
    let span = Span { from: 0, to: 1, number: None, spam: false };
    let (_, counts) = &db.store.tracking().sums(&span).await.unwrap()[0];
    assert_eq!((counts.calls, counts.first, counts.unique_day), (2, 1, 1));
    assert_eq!(db.store.tracking().verify(&Zone::utc()).await.unwrap().first, Vec::<String>::new());
}

fn campaign(id: &str) -> Campaign {
    let draft = Draft { name: format!("=Camp \"{id}\""), destination: "447700900000".into(), ..Draft::default() };
    Campaign::read(id.into(), &draft).unwrap()
}

async fn own(db: &Database, number: &str) {
    let row = NumberRow {
        number: number.into(),
        country: "GB".into(),
        features: "VOICE".into(),
        line: "unassigned".into(),
        target: None,
        reserved: false,
        created_at: 0,
        assigned_at: 0,
        used_at: None,
        language: None,
    };
    db.store.numbers().put(&row).await.unwrap();
}

async fn a_number_is_lent_to_one_visitor_at_a_time(db: Database) {
    db.store.tracking().put_campaign(&campaign("c1"), 0).await.unwrap();
    for n in 0..5 {
        own(&db, &format!("44207946100{n}")).await;
        assert!(
            db.store
                .tracking()
                .give_number(&format!("g{n}"), &format!("44207946100{n}"), Some(("c1", true)), 0)
                .await
                .unwrap()
        );
    }
    let lent = join_all((0..12).map(|n| {
        let store = db.store.clone();
        async move { store.visitors().lease(&format!("l{n}"), "c1", &format!("v{n}"), 1000, 2000).await.unwrap() }
    }))
    .await;
    let numbers: Vec<String> = lent.iter().flatten().cloned().collect();
    assert_eq!(numbers.len(), 5, "five numbers, twelve visitors");
    assert_eq!(numbers.iter().collect::<HashSet<_>>().len(), 5);
    // One of them stays; when the others are over, four are free.
    let (keeper, number) =
        lent.iter().enumerate().find_map(|(n, number)| number.clone().map(|number| (n, number))).unwrap();
    assert!(db.store.visitors().hold_lease(&format!("v{keeper}"), &number, 1500, 3000).await.unwrap());
    for n in 0..4 {
        let again =
            db.store.visitors().lease(&format!("m{n}"), "c1", &format!("w{n}"), 2000, 4000).await.unwrap().unwrap();
        assert_ne!(again, number);
    }
    assert_eq!(db.store.visitors().lease("m9", "c1", "w9", 2000, 4000).await.unwrap(), None);
    assert!(!db.store.visitors().hold_lease("v99", &number, 1500, 9000).await.unwrap());
    // On average, rounded either way.
    let held = db.store.visitors().pool_use("c1", 0).await.unwrap().held_ms.unwrap();
    assert_eq!(held / 10, (4 * 1000 + 2000 + 4 * 2000) / 9 / 10);
}

async fn numbers_keep_their_history(db: Database) {
    for id in ["c1", "c2"] {
        db.store.tracking().put_campaign(&campaign(id), 0).await.unwrap();
    }
    own(&db, "442079461000").await;
    assert!(!db.store.tracking().give_number("g0", "442079461999", Some(("c1", false)), 1).await.unwrap(), "not ours");
    db.store.tracking().give_number("g1", "442079461000", Some(("c1", false)), 10).await.unwrap();
    db.store.tracking().give_number("g2", "442079461000", Some(("c2", true)), 20).await.unwrap();
    db.store.tracking().give_number("g3", "442079461000", None, 30).await.unwrap();
    let rows: Vec<AssignedRow> = db.store.tracking().campaign_numbers().await.unwrap();
    let history: Vec<_> = rows.iter().map(|row| (row.campaign.as_str(), row.from_at, row.until_at)).collect();
    assert_eq!(history, [("c2", 20, Some(30)), ("c1", 10, Some(20))]);
    assert_eq!(db.store.numbers().all().await.unwrap()[0].line, "unassigned");
    assert_eq!(db.store.tracking().campaigns().await.unwrap(), [campaign("c1"), campaign("c2")]);
    db.store.tracking().block("447700900000", "robot", 5).await.unwrap();
    assert!(db.store.tracking().blocked_numbers().await.unwrap().contains("447700900000"));
    assert!(
        db.store.tracking().unblock("447700900000").await.unwrap()
            && !db.store.tracking().unblock("447700900000").await.unwrap()
    );
}

async fn an_ended_call_is_told_once(db: Database) {
    let hook =
        HookRow { id: "h1".into(), url: "https://x.test/".into(), secret: "s".into(), enabled: true, created_at: 0 };
    db.store.tracking().insert_hook(&hook).await.unwrap();
    let fate = Fate { talk: Some(30), length: Some(40), ..Fate::roll(&mut Dice(1), 1) };
    let mut appends = fate.appends();
    shuffle(&mut appends, 5);
    deliver(&db, &appends).await;
    assert!(db.store.tracking().deliveries_due(i64::MAX).await.unwrap());
    let due = db.store.tracking().due_deliveries(i64::MAX - 1, i64::MAX, 10).await.unwrap();
    assert_eq!(due.len(), 1);
    assert!(
        db.store.tracking().due_deliveries(i64::MAX - 1, i64::MAX, 10).await.unwrap().is_empty(),
        "somebody is at it"
    );
    assert_eq!(db.store.tracking().call(&due[0].call).await.unwrap().unwrap().talk_seconds, Some(30));
    let failed = Tried { at: 5, status: Some(500), error: Some("500".into()), took: 3, again_at: Some(50) };
    db.store.tracking().delivery_tried(&due[0].id, &failed).await.unwrap();
    let due = db.store.tracking().due_deliveries(50, 60, 10).await.unwrap();
    assert_eq!((due[0].tries, due[0].status), (1, Some(500)));
    let done = Tried { at: 51, status: Some(204), error: None, took: 3, again_at: None };
    db.store.tracking().delivery_tried(&due[0].id, &done).await.unwrap();
    assert_eq!(db.store.tracking().deliveries(10).await.unwrap()[0].state, "done");
    assert!(!db.store.tracking().deliveries_due(i64::MAX).await.unwrap());
    assert!(db.store.tracking().retry_delivery(&due[0].id, 70).await.unwrap());
    assert!(db.store.tracking().delete_hook("h1").await.unwrap());
    assert!(db.store.tracking().deliveries(10).await.unwrap().is_empty());
}

async fn lists_and_the_csv_agree(db: Database) {
    for id in CAMPAIGNS {
        db.store.tracking().put_campaign(&campaign(id), 0).await.unwrap();
    }
    db.store.set_zone(london());
    let mut dice = Dice(11);
    let fates: Vec<Fate> = (0..60).map(|n| Fate::roll(&mut dice, n)).collect();
    deliver(&db, &fates.iter().flat_map(Fate::appends).collect::<Vec<_>>()).await;
    let days = TrackedQuery {
        from: day_of(date(2026, 10, 20)),
        to: day_of(date(2026, 10, 30)),
        limit: 7,
        ..TrackedQuery::default()
    };
    let queries = [
        days.clone(),
        TrackedQuery { campaigns: vec!["c2".into()], ..days.clone() },
        TrackedQuery { campaigns: vec!["c2".into(), "c3".into()], spam: Some(false), ..days.clone() },
        TrackedQuery { outcome: Some("missed".into()), number: Some("442079460001".into()), ..days.clone() },
        TrackedQuery { outcome: Some("answered".into()), first: Some(true), ..days.clone() },
        TrackedQuery { outcome: Some("running".into()), caller: Some("+44 7700 900001".into()), ..days.clone() },
        TrackedQuery { hour: Some(1), weekday: Some(6), ..days.clone() },
    ];
    for asked in queries {
        let mut listed = Vec::new();
        let mut page = asked.clone();
        loop {
            let rows = db.store.tracking().calls(&page).await.unwrap();
            let Some(last) = rows.last() else { break };
            page.key = Some((last.day, last.at, last.id.clone()));
            listed.extend(rows);
        }
        listed.reverse();
        let mut csv = String::new();
        let mut piece = asked.clone();
        loop {
            let made = db.store.tracking().csv_piece(&piece, CsvFor::Programs).await.unwrap();
            csv.push_str(&made.text);
            match made.next {
                Some(next) => piece.key = Some(next),
                None => break,
            }
        }
        let lines: Vec<&str> = csv.lines().collect();
        assert_eq!(lines.len(), listed.len(), "{asked:?}");
        for (line, row) in lines.iter().zip(&listed) {
            assert!(line.starts_with(&format!("\"{}\"", row.id)), "{line}");
            assert_eq!(line.split(',').count(), 21, "{line}");
            assert!(line.contains(&format!(",\"'=Camp \"\"{}\"\"\",", row.campaign)), "a formula is defused: {line}");
            assert!(row.price.is_none() || line.contains(",\"0.000000"), "{line}");
        }
        let unique: HashSet<&String> = listed.iter().filter_map(|row| row.caller.as_ref()).collect();
        let counted = db.store.tracking().unique_callers(&asked).await.unwrap();
        assert_eq!(counted.last().unwrap().1, unique.len() as i64);
    }
    let everything = db.store.tracking().calls(&TrackedQuery { limit: 200, ..days }).await.unwrap();
    assert_eq!(everything.len(), fates.len());
    assert_eq!(db.store.tracking().latest_by_number(5).await.unwrap().len(), 5);
}
