//! Sessions, throttles, visits, accounts.

use super::*;

on_both!(
    sessions_live_hashed_and_end,
    throttles_count_every_attempt_in_parallel,
    stale_visits_are_those_without_a_call,
    accounts_change_passwords_once,
    forgets_what_is_old,
);

async fn sessions_live_hashed_and_end(db: Database) {
    let clock = Arc::new(std::sync::atomic::AtomicI64::new(1_000_000));
    let now = Arc::clone(&clock);
    let sessions = db.store.accounts().sessions(move || now.load(std::sync::atomic::Ordering::Relaxed));
    let expiry_date = time::OffsetDateTime::from_unix_timestamp(2_000).unwrap();
    let data = [("account".to_owned(), serde_json::json!("a1"))].into_iter().collect();
    let mut record = Record { id: Id(42), data, expiry_date };
    sessions.create(&mut record).await.unwrap();
    assert_eq!(sessions.load(&record.id).await.unwrap(), Some(record.clone()));
    // Another session of the same id gets another.
    let mut second = record.clone();
    sessions.create(&mut second).await.unwrap();
    assert_ne!(second.id, record.id);
    record.data.insert("more".into(), serde_json::json!({ "x": 1 }));
    sessions.save(&record).await.unwrap();
    assert_eq!(sessions.load(&record.id).await.unwrap().unwrap().data["more"]["x"], 1);
    let sql = "SELECT id_hash FROM sessions";
    let hashes: Vec<String> = on_db!(db.store.inner, pool => sqlx::query_scalar(sql).fetch_all(pool).await).unwrap();
    assert!(hashes.iter().all(|hash| hash.len() == 64 && !hash.contains(&record.id.to_string())));
    sessions.delete(&second.id).await.unwrap();
    assert_eq!(sessions.load(&second.id).await.unwrap(), None);
    clock.store(2_000_000, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(sessions.load(&record.id).await.unwrap(), None);
    sessions.delete_expired().await.unwrap();
    clock.store(0, std::sync::atomic::Ordering::Relaxed);
    assert_eq!(sessions.load(&record.id).await.unwrap(), None);
    sessions.save(&record).await.unwrap();
    assert_eq!(sessions.load(&record.id).await.unwrap(), None, "what was ended does not come back");
    sessions.create(&mut record).await.unwrap();
    assert_eq!(db.store.accounts().end_sessions_of("a2").await.unwrap(), 0);
    assert_eq!(db.store.accounts().end_sessions_of("a1").await.unwrap(), 1);
    assert_eq!(sessions.load(&record.id).await.unwrap(), None);
}

async fn throttles_count_every_attempt_in_parallel(db: Database) {
    let attempts = (0..20).map(|_| async {
        loop {
            let old = db.store.accounts().throttle("key").await.unwrap();
            let new = Throttle { failures: old.unwrap_or_default().failures + 1, last_at: 5, blocked_until: 0 };
            if db.store.accounts().set_throttle("key", old, new).await.unwrap() {
                return;
            }
        }
    });
    join_all(attempts).await;
    assert_eq!(db.store.accounts().throttle("key").await.unwrap().unwrap().failures, 20);
    db.store.accounts().clear_throttle("key").await.unwrap();
    assert_eq!(db.store.accounts().throttle("key").await.unwrap(), None);
}

fn visit(id: &str, expires_at: i64) -> VisitRow {
    VisitRow {
        id: id.into(),
        secret_hash: "s".into(),
        user_name: format!("visitor-{id}"),
        user_id: None,
        user_deleted: false,
        delete_tries: 0,
        delete_after: 0,
        ip_hash: "i".into(),
        created_at: 0,
        expires_at,
    }
}

async fn stale_visits_are_those_without_a_call(db: Database) {
    for (id, expires_at) in [("v1", 100), ("v2", 200), ("v3", 5_000_000)] {
        db.store.visits().insert(&visit(id, expires_at)).await.unwrap();
    }
    assert_eq!(db.store.visits().count_open(150).await.unwrap(), 2);
    // v1 is in a call.
    db.store.append(append(&asked("CON-1", "v1"))).await.unwrap();
    let stale = async |now| {
        let rows = db.store.visits().stale(1_000, now, 10).await.unwrap();
        rows.into_iter().map(|visit| visit.id).collect::<Vec<_>>()
    };
    assert_eq!(stale(1_000).await, ["v2"]);
    db.store.append(append(&status("CON-1", "caller", Status::Completed, 9))).await.unwrap();
    assert_eq!(stale(1_000).await, ["v1", "v2"]);
    db.store.visits().user_remains("v1", 60_000).await.unwrap();
    assert_eq!(stale(1_000).await, ["v2"]);
    assert_eq!(stale(60_000).await, ["v1", "v2"]);
    db.store.visits().user_made("v1", "USR-1").await.unwrap();
    assert!(db.store.visits().extend("v1", 900).await.unwrap());
    db.store.visits().user_deleted("v1").await.unwrap();
    assert!(!db.store.visits().extend("v1", 901).await.unwrap());
    let row = db.store.visits().find("v1").await.unwrap().unwrap();
    assert_eq!((row.user_id.as_deref(), row.delete_tries, row.expires_at), (Some("USR-1"), 1, 900));
    assert_eq!(db.store.visits().forget(1_000).await.unwrap(), 1);
    assert_eq!(db.store.visits().find("v1").await.unwrap(), None);
}

async fn accounts_change_passwords_once(db: Database) {
    let account = AccountRow {
        id: "a1".into(),
        name: "operator".into(),
        password_hash: "one".into(),
        must_change: true,
        created_at: 1,
        changed_at: 1,
        signed_in_at: None,
        role: "operator".into(),
        display_name: String::new(),
        demo: false,
        disabled_at: None,
        invite_hash: None,
        invite_expires_at: None,
        user_id: None,
    };
    assert!(db.store.accounts().insert(&account).await.unwrap());
    assert!(!db.store.accounts().insert(&AccountRow { id: "a2".into(), ..account.clone() }).await.unwrap());
    assert_eq!(db.store.accounts().count().await.unwrap(), 1);
    assert!(db.store.accounts().set_password("a1", "one", "two", false, 2).await.unwrap());
    assert!(!db.store.accounts().set_password("a1", "one", "three", false, 3).await.unwrap());
    db.store.accounts().signed_in("a1", 4).await.unwrap();
    let found = db.store.accounts().named("operator").await.unwrap().unwrap();
    assert_eq!((found.password_hash.as_str(), found.must_change, found.signed_in_at), ("two", false, Some(4)));
    assert!(!format!("{found:?}").contains("two"));
    assert_eq!(db.store.accounts().find("nobody").await.unwrap(), None);
}

async fn forgets_what_is_old(db: Database) {
    let old = Append { received_at: 10, ..append(&asked("CON-1", "v1")) };
    let new = Append { received_at: 30, ..append(&asked("CON-2", "v2")) };
    db.store.append(old.clone()).await.unwrap();
    db.store.append(new.clone()).await.unwrap();
    assert_eq!(db.store.webhooks().forget_signatures(20).await.unwrap(), 1);
    assert!(matches!(db.store.append(old).await.unwrap(), Appended::Known { .. }));
    assert_eq!(db.store.append(new).await.unwrap(), Appended::Replayed);
    let throttle = Throttle { failures: 1, last_at: 10, blocked_until: 0 };
    db.store.accounts().set_throttle("key", None, throttle).await.unwrap();
    assert_eq!(db.store.accounts().forget_throttles(10).await.unwrap(), 0);
    assert_eq!(db.store.accounts().forget_throttles(11).await.unwrap(), 1);
}
