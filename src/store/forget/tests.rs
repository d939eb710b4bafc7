//! Forgetting and retention over the index of personal data, on both databases.

use std::collections::BTreeSet;

use sqlx::AssertSqlSafe;

use super::{Traces, Wiped};
use crate::domain::call::{Direction, Event, Fact};
use crate::store::db::{Pools, on_db};
use crate::store::personal::{DEMO_WIPED, Demo, Holds, TABLES, of_people};
use crate::store::testing::{Database, append, on_both};

on_both!(
    b8_every_table_of_the_schema_is_in_the_index,
    b8_a_number_is_replaced_in_every_table_that_holds_people,
    f21_what_is_older_than_the_retention_goes,
    the_demo_goes_from_every_table_and_who_may_sign_in_stays,
    nothing_is_wiped_while_calls_are_under_way,
);

const NUMBER: &str = "447700900733";
const OTHER: &str = "447700900734";

async fn execute(db: &Database, sql: String) {
    on_db!(db.store.inner, pool => sqlx::query(AssertSqlSafe(sql.clone())).execute(pool).await.map(drop))
        .unwrap_or_else(|error| panic!("{error}: {sql}"));
}

async fn count(db: &Database, sql: String) -> i64 {
    on_db!(db.store.inner, pool => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await).unwrap()
}

async fn b8_every_table_of_the_schema_is_in_the_index(db: Database) {
    let sql = match db.store.inner.db.pools {
        Pools::Sqlite(..) => "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
        Pools::Postgres(_) => {
            "SELECT CAST(table_name AS TEXT) FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let made: Vec<String> = on_db!(db.store.inner, pool => sqlx::query_scalar(sql).fetch_all(pool).await).unwrap();
    let made: BTreeSet<String> = made.into_iter().collect();
    let listed: BTreeSet<String> = TABLES.iter().map(|table| table.name.to_owned()).collect();
    assert_eq!(listed.len(), TABLES.len(), "each table is listed once");
    let missing: Vec<_> = made.difference(&listed).collect();
    assert!(missing.is_empty(), "store/personal.rs does not say what these tables hold of people: {missing:?}");
    // The columns are there, and the rules can be run.
    for table in TABLES.iter().filter(|table| made.contains(table.name)) {
        let columns = match &table.holds {
            Holds::People(people) => people.columns,
            Holds::Settings(columns) => columns,
            Holds::Nothing(_) => continue,
        };
        execute(&db, format!("SELECT {} FROM {} LIMIT 0", columns.join(", "), table.name)).await;
    }
}

/// A row in every table that holds people, with a number in the first of its columns.
async fn fill(db: &Database, number: &str, n: i64) {
    let (at, id) = (n * 1_000, format!("{n:08}"));
    for sql in [
        format!(
            "INSERT INTO webhooks (id, dedupe, kind, method, received_at, signed, raw, ncco) VALUES ('{id}', '{id}', 'event', 'get', {at}, TRUE, 'from=%2B44+7700+{}', '[\"{number}\"]')",
            &number[6..]
        ),
        format!(
            "INSERT INTO calls (id, conversation, record, phase, ended, caller, created_at, updated_at, version) VALUES ('{id}', 'CON-{id}', '{{\"from\":\"{number}\"}}', 'completed', TRUE, '{number}', {at}, {at}, 1)"
        ),
        format!(
            "INSERT INTO desk_calls (id, conversation, record, ended, customer, unseen, missed, callback, created_at, version) VALUES ('{id}', 'CON-{id}', '{{\"number\":\"{number}\",\"note\":\"wants +44 7700 {}\"}}', TRUE, '{number}', TRUE, TRUE, TRUE, {at}, 1)",
            &number[6..]
        ),
        format!(
            "INSERT INTO voicemails (id, call, recording_url, seconds, made_at) VALUES ('vm-{id}', '{id}', 'https://x/1', 3, {at})"
        ),
        format!(
            "INSERT INTO recordings (id, conversation, rate, created_at) VALUES ('rec-{id}', 'CON-{id}', 16000, {at})"
        ),
        format!(
            "INSERT INTO call_recordings (id, conversation, recording_url, milliseconds, started_at, made_at) VALUES ('flow-{id}', 'CON-{id}', 'https://x/2', 3000, {at}, {at})"
        ),
        format!(
            "INSERT INTO audio_sockets (id, token_hash, conversation, leg, plan, issued_at, expires_at, frames_in, frames_out, keys) VALUES ('{id}', '{id}', 'CON-{id}', 'l', '{{}}', {at}, {at}, 0, 0, '1234')"
        ),
        format!("INSERT INTO dial_intents (id, agent, number, made_at) VALUES ('{id}', 'Jane', '{number}', {at})"),
        format!(
            "INSERT INTO tracked_calls (id, campaign, number, caller, at, day, hour, ended, outcome, answered, source, medium, term, landing, referrer, click, click_id, visitor, candidates, blocked, recent, spam) VALUES ('{id}', 'c1', '442079460001', '{number}', {at}, 0, 0, TRUE, 'completed', TRUE, '', '', '', '', '', '', 'click', 'v-{id}', 1, FALSE, 1, FALSE)"
        ),
        format!(
            "INSERT INTO tracking_visitors (id, source, medium, name, term, content, landing, referrer, click, click_id, leased, turned_away, created_at, seen_at) VALUES ('v-{id}', '', '', '', '{number}', '', '/', '', '', 'click', FALSE, FALSE, {at}, {at})"
        ),
        format!("INSERT INTO blocked_callers (number, note, created_at) VALUES ('{number}', 'rude', {at})"),
        format!(
            "INSERT INTO tracking_deliveries (id, hook, call, state, tries, next_at, created_at, error) VALUES ('{id}', 'h', '{id}', 'failed', 1, {at}, {at}, 'refused {number}')"
        ),
        format!(
            "INSERT INTO private_conversations (id, reference, language, created_by, request_key, created_at, forgotten) VALUES ('{id}', 'order of {number}', 'en', 'api x', 'key {number}', {at}, FALSE)"
        ),
        format!(
            "INSERT INTO private_participants (conversation, side, number, name, dials, pin, open, invited) VALUES ('{id}', 0, '{number}', 'Ada', '442079460001', '{n:06}', TRUE, 'none')"
        ),
        format!(
            "INSERT INTO private_attempts (id, at, conversation, side, kind, dialled, caller, outcome, call) VALUES ('{id}', {at}, '{id}', 0, 'call', '442079460001', '{number}', 'connected', 'CON-{id}')"
        ),
        format!(
            "INSERT INTO private_texts (id, at, attempt, sender, dialled, body, state, updated_at) VALUES ('{id}', {at}, '{id}', '{number}', '442079460001', 'hello', 'received', {at})"
        ),
        format!(
            "INSERT INTO sessions (id_hash, data, expires_at) VALUES ('{id}', '{{\"form\":\"+44 (0)7700 {}\"}}', {at})",
            &number[6..]
        ),
    ] {
        execute(db, sql).await;
    }
}

async fn standing(db: &Database, number: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (table, people) in of_people() {
        if !db.store.erasure().rows_with(table, people.key, people.columns, None, number, "-").await.unwrap().is_empty()
        {
            found.push(table);
        }
    }
    found
}

async fn b8_a_number_is_replaced_in_every_table_that_holds_people(db: Database) {
    fill(&db, NUMBER, 1).await;
    fill(&db, OTHER, 2).await;
    execute(&db, format!("INSERT INTO open_numbers (number) VALUES ('{NUMBER}')")).await;
    let (before, others) = (standing(&db, NUMBER).await, standing(&db, OTHER).await);
    let no_number_of_their_own = ["voicemails", "recordings", "call_recordings", "audio_sockets"];
    let expected: Vec<&str> =
        of_people().map(|(table, _)| table).filter(|table| !no_number_of_their_own.contains(table)).collect();
    assert_eq!(before, expected, "the test fills every table of the index");
    db.store.private().close_person(NUMBER, "erased-1", 5).await.unwrap();
    let mut traces = Traces::default();
    let done = db.store.erasure().replace_number(NUMBER, "erased-1", &mut traces).await.unwrap();
    assert_eq!((done.calls, done.webhooks, done.desk, done.attempts, done.texts), (1, 1, 2, 1, 1), "{done:?}");
    let files = db.store.erasure().files_of(&traces).await.unwrap();
    let more = db.store.erasure().forget_traces(&traces).await.unwrap();
    assert_eq!((files.recordings, files.voicemails), (vec!["rec-00000001".to_owned()], vec!["vm-00000001".to_owned()]));
    assert_eq!((more.notes, more.recordings, more.tracked), (1, 3, 1), "{more:?}");
    assert_eq!(standing(&db, NUMBER).await, Vec::<&str>::new());
    assert_eq!(standing(&db, OTHER).await, others, "nobody else is touched");
    assert_eq!(db.store.erasure().settings_with(NUMBER).await.unwrap(), 1);
    let again = db.store.erasure().replace_number(NUMBER, "erased-2", &mut Traces::default()).await.unwrap();
    assert_eq!(again, crate::store::Forgotten::default(), "asking again finds nothing");
    for (what, wanted) in [
        ("blocked_callers", 1),
        ("tracked_calls WHERE caller = 'erased-1' AND visitor IS NULL AND click_id = ''", 1),
        ("tracking_visitors WHERE click_id = ''", 1),
        ("audio_sockets WHERE keys = ''", 1),
        ("private_participants WHERE pin IS NULL AND name IS NULL AND NOT open", 1),
        ("private_texts WHERE body IS NULL AND state = 'refused'", 1),
        ("desk_calls WHERE record LIKE '%wants%'", 1),
        ("voicemails", 1),
        ("recordings", 1),
        ("call_recordings WHERE id = 'flow-00000002'", 1),
        ("call_recordings", 1),
    ] {
        assert_eq!(count(&db, format!("SELECT COUNT(*) FROM {what}")).await, wanted, "{what}");
    }
}

async fn f21_what_is_older_than_the_retention_goes(db: Database) {
    for n in 1..=20 {
        fill(&db, &format!("4477009007{n:02}"), n).await;
    }
    // The newest thousand webhooks stay in any case: the writer looks for its last one when it opens the database again.
    for n in 0..1_000 {
        let event = Event {
            conversation: format!("CON-new-{n}"),
            leg: Some("leg".into()),
            from: None,
            to: None,
            direction: Some(Direction::Inbound),
            at: None,
            fact: Fact::Noted { kind: "input".into() },
        };
        let id = format!("9{n:031}");
        db.store
            .append(crate::store::Append { id, received_at: 2_000_000, event: None, ..append(&event) })
            .await
            .unwrap();
    }
    let files = db.store.erasure().files_older(10_001).await.unwrap();
    let gone = db.store.erasure().forget_older(10_001).await.unwrap();
    assert!(gone >= 70, "{gone}");
    assert_eq!((files.recordings.len(), files.voicemails.len()), (10, 10));
    for (table, left) in [
        ("webhooks", 1_010),
        ("calls", 10),
        ("desk_calls", 10),
        ("voicemails", 10),
        ("recordings", 10),
        ("call_recordings", 10),
        ("audio_sockets", 10),
        ("dial_intents", 10),
        ("tracked_calls", 20),
        ("tracked_calls WHERE caller LIKE 'erased-%' AND click_id = ''", 10),
        ("blocked_callers", 20),
    ] {
        assert_eq!(count(&db, format!("SELECT COUNT(*) FROM {table}")).await, left, "{table}");
    }
    assert_eq!(db.store.erasure().forget_older(10_001).await.unwrap(), 0, "again finds nothing");
    let gone = db.store.erasure().forget_older(i64::MAX / 2).await.unwrap();
    assert!(gone >= 70, "{gone}");
    assert_eq!(count(&db, "SELECT COUNT(*) FROM webhooks WHERE raw <> '' OR ncco IS NOT NULL".into()).await, 0);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM webhooks".into()).await, 1_000, "the newest thousand");
}

/// A row in tables that hold no people, of the demo and of what stays.
async fn fill_house(db: &Database) {
    for sql in [
        "INSERT INTO campaigns (id, name, source, medium, landing, colour, cost, destination, whisper, lease_minutes, created_at, updated_at) VALUES ('c1', 'Spring', '', '', '/', '#000000', 0, 'agents', '', 30, 1, 1)",
        "INSERT INTO numbers (number, country, features, line, reserved, created_at, assigned_at) VALUES ('442079460101', 'GB', 'VOICE', 'private', FALSE, 1, 1)",
        "INSERT INTO open_numbers (number) VALUES ('442079460101')",
        "INSERT INTO call_flows (id, name, preset, ncco, created_at, changed_at) VALUES ('f1', 'Welcome', 'custom', '[]', 1, 1)",
        "INSERT INTO settings (name, value, changed_at) VALUES ('business', '{}', 1), ('outbound-flow', 'f1', 1), ('platform', 'sealed', 1)",
        "INSERT INTO accounts (id, name, password_hash, must_change, created_at, changed_at, role, display_name, demo) VALUES ('a1', 'Jane', 'hash', FALSE, 1, 1, 'agent', '', TRUE)",
        "INSERT INTO visits (id, secret_hash, user_name, user_deleted, delete_tries, delete_after, ip_hash, created_at, expires_at) VALUES ('v1', 'x', 'visitor-v1', FALSE, 0, 0, 'x', 1, 1)",
        "UPDATE hours SET outcome = 'flow', target = 'f1', version = 4 WHERE id = 1",
    ] {
        execute(db, sql.to_owned()).await;
    }
    let agents = ["Jane".to_owned()];
    let menu = |id: &str| crate::domain::menu::Menu::of_agents(id, &agents);
    db.store.menus().begin(&[menu("main"), menu("second")], 1).await.unwrap();
}

async fn the_demo_goes_from_every_table_and_who_may_sign_in_stays(db: Database) {
    fill(&db, NUMBER, 1).await;
    fill_house(&db).await;
    let event = Event {
        conversation: "CON-last".into(),
        leg: None,
        from: None,
        to: None,
        direction: None,
        at: None,
        fact: Fact::Noted { kind: "input".into() },
    };
    db.store.append(crate::store::Append { event: None, ..append(&event) }).await.unwrap();
    let Wiped::Done(rows) = db.store.wipe_demo(true, 9).await.unwrap() else { panic!("calls are under way") };
    assert!(rows >= 24, "{rows}");
    for table in TABLES {
        let left = count(&db, format!("SELECT COUNT(*) FROM {}", table.name)).await;
        match table.demo {
            Demo::Goes => assert_eq!(left, 0, "{}", table.name),
            Demo::Where(rows) => {
                assert_eq!(count(&db, format!("SELECT COUNT(*) FROM {} WHERE {rows}", table.name)).await, 0);
                assert_eq!((table.name, left), ("menus", 1));
            }
            Demo::Becomes(_) | Demo::Stays(_) | Demo::EachSetting => {}
        }
    }
    for (what, wanted) in [
        ("accounts", 1),
        ("sessions", 1),
        ("settings WHERE name = 'platform'", 1),
        ("settings WHERE name IN ('business', 'outbound-flow')", 0),
        ("menus WHERE id = 'main'", 1),
        ("menu_version WHERE version = 2", 1),
        ("hours WHERE outcome = 'hang-up' AND target IS NULL AND version = 5", 1),
    ] {
        assert_eq!(count(&db, format!("SELECT COUNT(*) FROM {what}")).await, wanted, "{what}");
    }
    assert_eq!(db.store.settings().changed_at(DEMO_WIPED).await.unwrap(), Some(9));
    assert_eq!(standing(&db, NUMBER).await, ["sessions"]);
    // The writer does not look for the webhook that is gone.
    assert_eq!(db.store.ready().await, Ok(()));
    db.store.append(crate::store::Append { event: None, ..append(&event) }).await.unwrap();
    // The operator's own profile is not the example's.
    db.store.settings().put("business", "{}", 10).await.unwrap();
    assert!(matches!(db.store.wipe_demo(false, 11).await.unwrap(), Wiped::Done(_)));
    assert!(db.store.settings().find("business").await.unwrap().is_some());
}

async fn nothing_is_wiped_while_calls_are_under_way(db: Database) {
    fill(&db, NUMBER, 1).await;
    fill_house(&db).await;
    let begin = [
        ("UPDATE calls SET ended = FALSE", "UPDATE calls SET ended = TRUE"),
        ("UPDATE desk_calls SET ended = FALSE", "UPDATE desk_calls SET ended = TRUE"),
        (
            "INSERT INTO agents (name, account, standing, since, idle_since, beat_at, elsewhere_until, tab_at, call, created_at, version) VALUES ('Jane', 'a1', '{}', 1, 1, 1, 0, 0, '00000001', 1, 1)",
            "UPDATE agents SET call = NULL",
        ),
    ];
    for (begins, ends) in begin {
        execute(&db, begins.to_owned()).await;
        assert_eq!(db.store.erasure().under_way().await.unwrap(), 1, "{begins}");
        assert_eq!(db.store.wipe_demo(true, 9).await.unwrap(), Wiped::UnderWay(1), "{begins}");
        execute(&db, ends.to_owned()).await;
    }
    assert_eq!(count(&db, "SELECT COUNT(*) FROM numbers".to_owned()).await, 1);
    assert_eq!(count(&db, "SELECT COUNT(*) FROM webhooks".to_owned()).await, 1);
    assert!(matches!(db.store.wipe_demo(true, 9).await.unwrap(), Wiped::Done(_)));
}
