//! The store's promises, on both databases.

mod accounts;

use super::testing::{Database, answered_call, append, asked, on_both, shuffle, status};
use super::*;
use crate::domain::call::{Call, CallCount, Event, Fact, Outcome, Phase, Status};
use futures::future::join_all;
use sqlx::Connection as _;
use tower_sessions::session::{Id, Record};
use tower_sessions::{ExpiredDeletion as _, SessionStore as _};

on_both!(
    migrates_again_without_harm,
    what_was_released_is_never_changed,
    a_webhook_is_new_once_then_known_and_a_signature_works_once,
    duplicates_and_replays_inside_one_batch_are_told_apart,
    group_commit_equals_the_fold,
    two_nodes_and_many_workers_make_the_same_record,
    a_call_is_one_record_wherever_it_moves,
    every_order_makes_the_same_record,
    a_row_that_cannot_be_stored_takes_no_other_with_it,
    listeners_hear_of_what_is_durable_in_order,
    what_is_stored_is_there_after_a_restart,
    pages_and_filters_find_calls,
);

async fn deliver(store: &Store, events: &[Event]) {
    for outcome in join_all(events.iter().map(|event| store.append(append(event)))).await {
        assert!(matches!(outcome.unwrap(), Appended::New | Appended::Known { .. }));
    }
}

async fn migrates_again_without_harm(db: Database) {
    deliver(&db.store, &answered_call("CON-1", "v1")).await;
    db.store.migrate().await.unwrap();
    db.again().await.migrate().await.unwrap();
    assert_eq!(db.store.webhooks().count().await.unwrap(), 8);
    assert_eq!(db.store.ready().await, Ok(()));
}

/// What stood in the databases that were made before the folder was read: number, description, checksum.
const RELEASED: &str = "
1 foundation 9386fff16ea19e8f294e9d1829b2beab0f8fcabdf8a2506a92b895611ce247cd51147872a2c4333285cf2e1db1784002
2 lines 9facf6b9a57e2f227814035e998d36d9effc4e35f15f6522eaca44487ece4c41e164514f1f9e658525303f0ea2c14323
3 accounts d3a9528c483424eff3023afdad3f6ab5d936413585270b45521516bae52124611964fa2548bef520ec403a1034638b04
4 contact_center 9cbd55665b1916f8379e6fc6aaf62bf5861d7d08c79299f6119b0b63793fe62510ce6bbe4172cc90eb418d6479a85b75
5 private_calls cf586659f9f428501d4e8110d376403c4d51e2440b3ed92fdf5e070e66d9f0a9397eba09e53a253789d51d404d8bc1b9
6 call+tracking 937be98dd1bbbc21a062a81f5ea602dcfe9afcae4969dbf4450ce2d69fae6d2e148cb1481abb03a627b373505aaf667d
7 audio_socket 4816d3ae57aa5ae114397fa24b7094cd365735c9be9f0d88d22a1c875d53fa9df3905ecfc3fec8cd52a98cb0b5335a4e
8 moves 6ef5596407dc4dcb007de7d111f6e96dd339c269bb7fbdbba60f5f69a311d18482bc08704d215719f88d90cd572875ad
9 rollup a66ad48b572ad9b0aaa6fb4f4648f3f1d903efc3974890880d65425352a00a0daa7493bccbb12338ed401ec5164d44d3
10 desk_takers 638377575544c520e0f5f97c5bfe4dd9121e6462cff10b86ce0540734383fa490ce67ea498087c83fd888c0df961022f
14 once 357419012197f12aeb2e6d47d653b3fee243af23971ecc001cc879a96525179712a74627c162739cf4852a7bfa70b3a6
15 dial_policy c3ba03e45150e89869d761e4e270b3be07caf9fc4b3ac5dad8315630857471ff73cc327479f1f7a95f1d92f5b9d5d145
16 text_words fc0d2760d79252a0c337046647244a7af4b9f485a7eda2a18527b6e1895ac196f5292dc1dca97825585b176c36661ff6
17 spellings d4000e9fd9a2f068d2535bb9e2fca0fbc0b7b499ed1240c56e0fd3681e4bfe0ed7dd900c2119c755ef86e24578cd459c
18 sent_texts 4743c336ac169430c40ec68adf4d906975218fb93b4ed90395618ba400122e4065c259babd0c33aeae1ca4648e690b2d
22 voicemails eb6f1686bbecadaffd45111941c17980817fdf83cf9cc06414e89c5716756aceacad440fdd4de502676146400451e234
23 open_calls 5dac7658c8345557462ff16acc713443d75e09cd7998e18e9c043f5f52e9e52e25446deb88f14e0d3c4801caefdaa961
24 hours 0c96077661672c6ead798547d905a855304b93d8a87d51926d3368648591d101e14a274e2a7ab5568978ea376fd7a27e
25 console_settings 9d96303e4e06ee3d9944f13115a94616d3fd7e38cad4ea23f86dbe9191f93b63489eb828eef35bef0ea0932cd07dd26b
26 visit_page caf1ae8f2791e3bd1328747d6d8fd46d59a09272a119be6f8397e541d01efbee88c3bb259c1131a3f5d3a459fe1d14f8
";

async fn what_was_released_is_never_changed(db: Database) {
    let kept = |store: Store| async move {
        let sql = "SELECT version, description, checksum FROM _sqlx_migrations ORDER BY version";
        let rows: Vec<(i64, String, Vec<u8>)> =
            on_db!(store.inner, pool => sqlx::query_as(sql).fetch_all(pool).await).unwrap();
        rows
    };
    let released = RELEASED.lines().filter(|line| !line.is_empty()).map(|line| {
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap();
        let (version, description) = (word().parse().unwrap(), word().replace('+', " "));
        (version, description, hex::decode(word()).unwrap())
    });
    let released: Vec<(i64, String, Vec<u8>)> = released.collect();
    let made = kept(db.store.clone()).await;
    for (version, description, checksum) in &released {
        let now = made.iter().find(|now| now.0 == *version).map(|now| &now.2);
        assert_eq!(now, Some(checksum), "{version} {description}");
    }
    // A description is for people: the list had it by hand, of the folder it is the file's name. Such a database is opened.
    for (version, description, checksum) in &released {
        let sql = "UPDATE _sqlx_migrations SET description = $1, checksum = $2 WHERE version = $3";
        on_db!(db.store.inner, pool => {
            sqlx::query(sql).bind(description).bind(checksum).bind(version).execute(pool).await.map(drop)
        })
        .unwrap();
    }
    db.again().await.migrate().await.unwrap();
    let after = kept(db.store.clone()).await;
    assert!(released.iter().all(|row| after.contains(row)) && after.len() == made.len());
    // And one that is newer than the program is not.
    on_db!(db.store.inner, pool => {
        sqlx::query("UPDATE _sqlx_migrations SET version = 99999 WHERE version = 23").execute(pool).await.map(drop)
    })
    .unwrap();
    assert!(matches!(db.again().await.migrate().await, Err(StoreError::Migrate(_))));
}

async fn a_webhook_is_new_once_then_known_and_a_signature_works_once(db: Database) {
    let first = Append { ncco: Some("[1]".into()), ..append(&asked("CON-1", "v1")) };
    assert_eq!(db.store.append(first.clone()).await.unwrap(), Appended::New);
    assert_eq!(db.store.append(first.clone()).await.unwrap(), Appended::Replayed);
    let again = Append { ncco: Some("[2]".into()), ..append(&asked("CON-1", "v1")) };
    assert_eq!(db.store.append(again.clone()).await.unwrap(), Appended::Known { ncco: Some("[1]".into()) });
    // The second signature was good once too.
    assert_eq!(db.store.append(again).await.unwrap(), Appended::Replayed);
    // From the spool it may come although its signature was seen.
    let spooled = Append { spooled: true, ..first };
    assert_eq!(db.store.append(spooled).await.unwrap(), Appended::Known { ncco: Some("[1]".into()) });
    let unsigned = Append { jti: None, ..append(&asked("CON-1", "v1")) };
    assert_eq!(db.store.append(unsigned).await.unwrap(), Appended::Known { ncco: Some("[1]".into()) });
    assert_eq!(db.store.webhooks().count().await.unwrap(), 1);
    assert_eq!(db.store.calls().of("CON-1").await.unwrap().unwrap().0.version, 1);
}

async fn duplicates_and_replays_inside_one_batch_are_told_apart(db: Database) {
    let one = append(&asked("CON-1", "v1"));
    let copies = (0..40).map(|_| one.clone());
    let resigned = (0..40).map(|_| append(&asked("CON-1", "v1")));
    let outcomes = join_all(copies.chain(resigned).map(|append| db.store.append(append))).await;
    let count =
        |wanted: fn(&Appended) -> bool| outcomes.iter().filter(|outcome| wanted(outcome.as_ref().unwrap())).count();
    assert_eq!(count(|outcome| *outcome == Appended::New), 1);
    assert_eq!(count(|outcome| *outcome == Appended::Replayed), 39);
    assert_eq!(count(|outcome| matches!(outcome, Appended::Known { .. })), 40);
    assert_eq!(db.store.webhooks().count().await.unwrap(), 1);
}

async fn group_commit_equals_the_fold(db: Database) {
    let calls: Vec<Vec<Event>> = (0..40).map(|n| answered_call(&format!("CON-{n}"), &format!("v{n}"))).collect();
    let mut events = calls.concat();
    events.extend(calls.concat());
    shuffle(&mut events, 7);
    deliver(&db.store, &events).await;
    for events in &calls {
        let (row, record) = db.store.calls().of(&events[0].conversation).await.unwrap().unwrap();
        assert_eq!(record, Call::fold(events));
        assert_eq!(row.phase, Phase::Ended(Outcome::Answered));
        assert_eq!((row.talk_seconds, row.price), (record.talk_seconds(), record.price()));
        assert_eq!((row.answered_at, row.ended_at), (record.answered_at(), record.ended_at()));
        assert_eq!(row.callee.as_deref(), Some("447700900000"));
        assert!(row.caller.unwrap().starts_with("visitor-v"));
        assert_eq!(db.store.webhooks().of(&row.conversation).await.unwrap().len(), 8);
    }
}

async fn a_call_is_one_record_wherever_it_moves(db: Database) {
    let moved = |from: &str, leg: &str, to: &str| Event {
        fact: Fact::Moved { to: to.into() },
        ..status(from, leg, Status::Unknown, 0)
    };
    let told = [
        asked("CON-1", "v1"),
        status("CON-1", "caller", Status::Answered, 1_000),
        moved("CON-1", "caller", "CON-2"),
        status("CON-2", "jane", Status::Answered, 2_000),
        moved("CON-2", "caller", "CON-3"),
        status("CON-3", "caller", Status::Completed, 9_000),
        status("CON-2", "jane", Status::Completed, 9_000),
    ];
    let seen = {
        deliver(&db.store, &told[..1]).await;
        let mut late = told[1..].to_vec();
        // What was told of the later conversations comes before the moves.
        late.reverse();
        for event in &late {
            deliver(&db.store, std::slice::from_ref(event)).await;
        }
        db.store.calls().list(&CallQuery { limit: 10, ..CallQuery::default() }).await.unwrap()
    };
    let [row] = seen.as_slice() else { panic!("{seen:?}") };
    assert_eq!((row.conversation.as_str(), row.phase), ("CON-1", Phase::Ended(Outcome::Answered)));
    for conversation in ["CON-1", "CON-2", "CON-3"] {
        let (found, record) = db.store.calls().of(conversation).await.unwrap().unwrap();
        assert_eq!((&found.id, record.legs.len()), (&row.id, 2), "{conversation}");
        assert_eq!(record, Call::fold(&told));
    }
    assert_eq!(db.store.webhooks().of("CON-1").await.unwrap().len(), told.len());
    deliver(&db.again().await, &[status("CON-3", "joe", Status::Answered, 3_000)]).await;
    assert_eq!(db.store.calls().of("CON-1").await.unwrap().unwrap().1.legs.len(), 3);
    assert!(db.store.calls().of("CON-4").await.unwrap().is_none());
}

async fn two_nodes_and_many_workers_make_the_same_record(db: Database) {
    let other = db.again().await;
    let calls: Vec<Vec<Event>> = (0..6).map(|n| answered_call(&format!("CON-{n}"), &format!("v{n}"))).collect();
    let workers = (0..8).map(|worker| {
        let store = if worker % 2 == 0 { db.store.clone() } else { other.clone() };
        let mut events = calls.concat();
        shuffle(&mut events, worker * 977 + 1);
        tokio::spawn(async move {
            for event in &events {
                // A node that lost eight times in a row says so, and the platform repeats.
                while let Err(error) = store.append(append(event)).await {
                    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
                }
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.unwrap();
    }
    assert_eq!(db.store.webhooks().count().await.unwrap(), 48);
    for events in &calls {
        let (row, record) = db.store.calls().of(&events[0].conversation).await.unwrap().unwrap();
        assert_eq!(record, Call::fold(events));
        assert!((1..=8).contains(&row.version));
    }
}

async fn every_order_makes_the_same_record(db: Database) {
    // The fold is permuted exhaustively in the domain; here the way through SQL is, at random.
    let mut calls = Vec::new();
    for n in 0..120 {
        let mut events = answered_call(&format!("CON-{n}"), "v");
        shuffle(&mut events, n + 3);
        calls.push(events);
    }
    let store = &db.store;
    join_all(calls.iter().map(|events| async move {
        for event in events {
            store.append(append(event)).await.unwrap();
        }
    }))
    .await;
    for events in &calls {
        let (row, record) = db.store.calls().of(&events[0].conversation).await.unwrap().unwrap();
        assert_eq!(record, Call::fold(events));
        assert_eq!(row.version, 8);
    }
}

async fn a_row_that_cannot_be_stored_takes_no_other_with_it(db: Database) {
    let good: Vec<Event> = (0..30).map(|n| asked(&format!("CON-{n}"), "v")).collect();
    // PostgreSQL takes no NUL in a text; SQLite does. (The services never send one.)
    let bad = Append { raw: "\0".into(), ..append(&asked("CON-bad", "v")) };
    let appends = good.iter().map(append).chain(Some(bad));
    let outcomes = join_all(appends.map(|append| db.store.append(append))).await;
    let (last, others) = outcomes.split_last().unwrap();
    assert!(others.iter().all(|outcome| matches!(outcome, Ok(Appended::New))), "{others:?}");
    assert!(matches!(last, Ok(Appended::New) | Err(StoreError::Refused(_))), "{last:?}");
    assert_eq!(db.url.starts_with("postgres"), last.is_err());
    assert_eq!(db.store.ready().await, Ok(()));
}

async fn listeners_hear_of_what_is_durable_in_order(db: Database) {
    let mut live = db.store.live();
    let phases = [
        (asked("CON-1", "v1"), Phase::Connecting),
        (status("CON-1", "callee", Status::Ringing, 5), Phase::Ringing),
        (status("CON-1", "callee", Status::Answered, 6), Phase::Talking),
        (status("CON-1", "caller", Status::Completed, 9), Phase::Ended(Outcome::Answered)),
    ];
    for (number, (event, phase)) in phases.into_iter().enumerate() {
        db.store.append(append(&event)).await.unwrap();
        db.store.append(append(&event)).await.unwrap();
        let heard = live.try_recv().unwrap();
        assert_eq!((heard.seq, heard.version, heard.phase), (number as u64 + 1, number as i64 + 1, phase));
        assert_eq!((heard.visit.as_deref(), heard.line.as_deref()), (Some("v1"), Some("support")));
        let now = db.store.calls().of_visit("v1").await.unwrap().unwrap();
        assert_eq!(LiveEvent { seq: 0, ..heard }, now);
        assert!(live.try_recv().is_err(), "a duplicate is no news");
    }
    assert_eq!(db.store.calls().of_visit("v2").await.unwrap(), None);
}

async fn what_is_stored_is_there_after_a_restart(db: Database) {
    let events = answered_call("CON-1", "v1");
    deliver(&db.store, &events).await;
    db.store.close().await;
    assert!(db.store.append(append(&events[0])).await.is_err());
    assert!(db.store.ready().await.is_err());
    let again = db.again().await;
    assert_eq!(again.calls().of("CON-1").await.unwrap().unwrap().1, Call::fold(&events));
    assert!(matches!(again.append(append(&events[0])).await.unwrap(), Appended::Known { .. }));
}

async fn pages_and_filters_find_calls(db: Database) {
    let mut ids = Vec::new();
    for n in 0..25 {
        let conversation = format!("CON-{n}");
        let mut events = answered_call(&conversation, &format!("v{n}"));
        if n % 5 == 0 {
            events.truncate(1);
        }
        for event in &events {
            db.store.append(append(event)).await.unwrap();
        }
        ids.push(db.store.calls().of(&conversation).await.unwrap().unwrap().0.id);
    }
    ids.reverse();
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = db.store.calls().list(&CallQuery { before, limit: 7, ..CallQuery::default() }).await.unwrap();
        if page.is_empty() {
            break;
        }
        before = page.last().map(|call| call.id.clone());
        found.extend(page.into_iter().map(|call| call.id));
    }
    assert_eq!(found, ids);
    let count = async |query: CallQuery| db.store.calls().list(&CallQuery { limit: 100, ..query }).await.unwrap().len();
    let phase = |word: &str| CallQuery { phase: Some(word.into()), ..CallQuery::default() };
    let text = |text: &str| CallQuery { text: Some(text.into()), ..CallQuery::default() };
    assert_eq!(count(phase("answered")).await, 20);
    assert_eq!(count(phase("connecting")).await, 5);
    assert_eq!((count(phase("open")).await, count(phase("ended")).await, count(phase("busy")).await), (5, 20, 0));
    let since = async |from: i64| db.store.calls().count_since(from).await.unwrap();
    assert_eq!(since(0).await, CallCount { calls: 25, answered: 20, missed: 0, running: 5 });
    let tenth = db.store.calls().of("CON-15").await.unwrap().unwrap().0.created_at;
    assert_eq!(since(tenth).await, CallCount { calls: 10, answered: 8, missed: 0, running: 2 });
    assert_eq!(since(i64::MAX).await, CallCount::default());
    assert_eq!(count(CallQuery { line: Some("support".into()), ..CallQuery::default() }).await, 25);
    assert_eq!(count(CallQuery { line: Some("unassigned".into()), ..CallQuery::default() }).await, 0);
    let number = |digits: &str| CallQuery { number: Some(digits.into()), ..CallQuery::default() };
    assert_eq!(count(number("447700900")).await, 20);
    assert_eq!(count(number("44%00900")).await, 20);
    assert_eq!(count(text("VISITOR-V1")).await, 11);
    assert_eq!((count(text("%")).await, count(text("_")).await, count(text("' OR 1=1 --")).await), (0, 0, 0));
    assert_eq!(count(CallQuery { text: Some("v1".into()), ..phase("open") }).await, 2);
}

// ------------------------------------------------------------------ SQLite's own

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_may_read_the_file_or_its_logs() {
    use std::os::unix::fs::PermissionsExt as _;
    let db = Database::sqlite().await;
    db.store.append(append(&asked("CON-1", "v1"))).await.unwrap();
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    let folder = db.file().parent().unwrap().to_owned();
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 2, "the write-ahead log is there: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_another_process_locks_takes_writes_again_afterwards() {
    let db = Database::sqlite().await;
    db.store.append(append(&asked("CON-1", "v1"))).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(db.file());
    let mut outside = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut outside).await.unwrap();
    let locked = db.store.append(append(&asked("CON-2", "v2"))).await;
    assert!(matches!(locked, Err(StoreError::Unavailable(_))), "{locked:?}");
    assert!(db.store.ready().await.is_err());
    sqlx::query("ROLLBACK").execute(&mut outside).await.unwrap();
    assert_eq!(db.store.append(append(&asked("CON-2", "v2"))).await.unwrap(), Appended::New);
    assert_eq!(db.store.ready().await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_acknowledges_nothing_and_goes_on_when_there_is_room() {
    let db = Database::sqlite().await;
    // SQLite says "full" at a number of pages just as it does at the end of the disk.
    let connect::Target::Sqlite(options) = connect::Target::parse(&db.url).unwrap() else { panic!() };
    let small = connect::Target::Sqlite(options.pragma("max_page_count", "300"));
    let store = Store::open_target(small).await.unwrap();
    let mut stored = 0;
    let error = loop {
        let big = Append { raw: "x".repeat(20_000), ..append(&asked(&format!("CON-{stored}"), "v")) };
        match store.append(big).await {
            Ok(outcome) => assert_eq!(outcome, Appended::New),
            Err(error) => break error,
        }
        stored += 1;
        assert!(stored < 1_000, "the database never gets full");
    };
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    // Asked whether it is ready, the store tries a small write, which SQLite's limit of pages lets through and a disk that is
    // really full does not: that is `tests/bad_disk.rs`.
    assert_eq!(db.store.webhooks().count().await.unwrap(), stored);
    // Room again, without a restart. The last acknowledged webhook must still be there, or nothing is acknowledged.
    let sql = "DELETE FROM webhooks WHERE id NOT IN (SELECT MAX(id) FROM webhooks)";
    on_db!(db.store.inner, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    assert_eq!(store.append(append(&asked("CON-after", "v"))).await.unwrap(), Appended::New);
    assert_eq!(store.ready().await, Ok(()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_lost_what_was_acknowledged_is_not_written_to() {
    let db = Database::sqlite().await;
    let connect::Target::Sqlite(options) = connect::Target::parse(&db.url).unwrap() else { panic!() };
    let small = connect::Target::Sqlite(options.pragma("max_page_count", "120"));
    let store = Store::open_target(small).await.unwrap();
    store.append(append(&asked("CON-1", "v"))).await.unwrap();
    let huge = Append { raw: "x".repeat(2_000_000), ..append(&asked("CON-2", "v")) };
    assert!(store.append(huge).await.is_err());
    let sql = "DELETE FROM webhooks";
    on_db!(db.store.inner, pool => sqlx::query(sql).execute(pool).await.map(drop)).unwrap();
    let refused = store.append(append(&asked("CON-3", "v"))).await;
    assert!(matches!(&refused, Err(StoreError::Unavailable(why)) if why.contains("acknowledged")), "{refused:?}");
}

#[tokio::test]
async fn says_what_a_url_must_look_like() {
    let error = Store::open("mysql://x").await.unwrap_err();
    assert!(error.to_string().contains("sqlite: or postgres:"), "{error}");
}
