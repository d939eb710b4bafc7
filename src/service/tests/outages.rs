//! The database, the disk or our own code fails: nothing is lost, and a caller hears something.

use super::*;

on_both!(answers_are_spooled_while_the_database_is_gone,);

async fn answers_are_spooled_while_the_database_is_gone(db: Database) {
    let world = World::new(db).await;
    world.db.store.close().await;
    let recorded = visitor_calls("CON-1");
    assert_eq!(world.services.webhooks.answer(recorded.clone()).await.unwrap(), support_flow());
    assert_eq!(world.services.webhooks.answer(recorded).await, Err(Replayed));
    let told = event(&json!({ "uuid": "caller", "conversation_uuid": "CON-1", "status": "answered" }));
    assert!(matches!(world.services.webhooks.event(told.clone()).await, Err(NotStored::Unavailable(_))));
    assert!(world.services.ready().await.is_err());
    assert!(world.services.merge_spool().await.is_err());
    // A crash, and the database is back. The retry comes before the merge, with another greeting configured.
    let again = world.restarted(|settings| settings.support.greeting = "Changed.".into()).await;
    assert_eq!(again.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), support_flow());
    assert_eq!(again.merge_spool().await.unwrap(), 1);
    assert_eq!(again.merge_spool().await.unwrap(), 0);
    assert_eq!(again.webhooks.event(told).await, Ok(None), "a signature whose webhook was not stored is not used up");
    assert_eq!(again.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), support_flow());
    let store = world.db.again().await;
    assert_eq!(store.webhooks().of("CON-1").await.unwrap().len(), 2);
    assert_eq!(store.calls().of("CON-1").await.unwrap().unwrap().0.visit.as_deref(), Some("7"));
}

// ------------------------------------------------------------------ SQLite's own

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_database_costs_no_caller_and_no_webhook() {
    let world = World::new(Database::sqlite().await).await;
    world.services.webhooks.answer(visitor_calls("CON-before")).await.unwrap();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(world.db.file());
    let mut outside = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut outside).await.unwrap();
    let callers = (0..30).map(|n| {
        let services = world.services.clone();
        async move {
            let limit = std::time::Duration::from_millis(1_000);
            tokio::time::timeout(limit, services.webhooks.answer(visitor_calls(&format!("CON-{n}")))).await
        }
    });
    for heard in futures::future::join_all(callers).await {
        assert_eq!(heard.expect("an answer takes at most a second").unwrap(), support_flow());
    }
    let told = json!({ "uuid": "caller", "conversation_uuid": "CON-1", "status": "answered", "direction": "inbound" });
    assert!(matches!(world.services.webhooks.event(event(&told)).await, Err(NotStored::Unavailable(_))));
    sqlx::query("ROLLBACK").execute(&mut outside).await.unwrap();
    // The janitor finds out by itself.
    let stop = tokio_util::sync::CancellationToken::new();
    let janitor = tokio::spawn({
        let (services, stop) = (world.services.clone(), stop.clone());
        async move { services.janitor(stop).await }
    });
    let merged = async {
        while world.db.store.webhooks().count().await.unwrap() < 31 {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), merged).await.expect("the spool is merged");
    stop.cancel();
    janitor.await.unwrap();
    assert_eq!(world.services.webhooks.event(event(&told)).await, Ok(None));
    for n in 0..30 {
        let (row, _) = world.db.store.calls().of(&format!("CON-{n}")).await.unwrap().unwrap();
        assert_eq!(row.line.as_deref(), Some("support"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_spool_that_was_torn_or_merged_halfway_loses_nothing() {
    let world = World::new(Database::sqlite().await).await;
    let folder = world.db.folder.path().join("spool");
    world.db.store.close().await;
    for n in 0..3 {
        world.services.webhooks.answer(visitor_calls(&format!("CON-{n}"))).await.unwrap();
    }
    let spooled = std::fs::read_to_string(folder.join("spool.jsonl")).unwrap();
    assert_eq!(spooled.lines().count(), 3);
    // The program died while it was merging an older file and writing a fourth line; a line in the middle is rotten.
    std::fs::write(folder.join("merging-00000007.jsonl"), spooled.lines().next().unwrap().to_owned() + "\n").unwrap();
    std::fs::write(folder.join("spool.jsonl"), format!("rotten\n{spooled}{{\"id\":\"to")).unwrap();
    let again = world.restarted(|_| {}).await;
    assert_eq!(again.merge_spool().await.unwrap(), 4);
    let store = world.db.again().await;
    assert_eq!(store.webhooks().count().await.unwrap(), 3);
    assert_eq!(std::fs::read_to_string(folder.join("refused.jsonl")).unwrap(), "rotten\n");
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["refused.jsonl"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_hears_something_even_when_nothing_can_be_written() {
    let world = World::with(Database::sqlite().await, |settings| settings.limits.spool_bytes = 10).await;
    world.db.store.close().await;
    assert_eq!(world.services.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), support_flow());
    let world =
        World::with(Database::sqlite().await, |settings| settings.spool_dir = "/proc/no/such/folder".into()).await;
    world.db.store.close().await;
    assert_eq!(world.services.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), support_flow());
}

/// Chance that runs out: there is an id for the node, and none for anything that it does.
#[derive(Default)]
struct NoChance(std::sync::atomic::AtomicBool);

impl Random for NoChance {
    fn bytes(&self, out: &mut [u8]) {
        out.fill(7);
    }

    fn id(&self) -> String {
        let first = !self.0.swap(true, std::sync::atomic::Ordering::Relaxed);
        if first { "node".to_owned() } else { panic!("no more ids") }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_inside_is_an_apology_outside() {
    let world = World::new(Database::sqlite().await).await;
    let Core { store, vonage, clock, settings, .. } = &*world.services.core;
    let (store, vonage, clock, settings) = (store.clone(), vonage.clone(), Arc::clone(clock), settings.clone());
    let broken = Services::new(Deps { store, vonage, clock, random: Arc::new(NoChance::default()), settings });
    for _ in 0..3 {
        assert_eq!(broken.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), say(APOLOGY));
    }
    assert_eq!(world.services.webhooks.answer(visitor_calls("CON-1")).await.unwrap(), support_flow());
}
