//! No 2xx before the record is durable: the real program is killed under load, and every call it answered must be
//! there when it comes back.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use sqlx::{Connection, Row, SqliteConnection};

use crate::support::{Program, answer_webhook, conversation, signature};

/// The load between two kills is about 200 webhooks a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_under_load_it_has_every_call_that_it_answered() {
    killed_under_load(4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: make soak"]
async fn soak_killed_under_load_a_hundred_times() {
    killed_under_load(100).await;
}

async fn killed_under_load(kills: usize) {
    let folder = tempfile::tempdir().unwrap();
    let next = Arc::new(AtomicUsize::new(0));
    let answered = Arc::new(Mutex::new(BTreeSet::new()));
    for kill in 0..kills {
        let program = Program::serve(folder.path()).await;
        let before = answered.lock().unwrap().len();
        let stop = Arc::new(AtomicBool::new(false));
        let callers: Vec<_> = (0..8)
            .map(|_| {
                let (url, client) = (format!("{}/webhooks/answer", program.url), program.client.clone());
                let (next, answered, stop) = (next.clone(), answered.clone(), stop.clone());
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if answer(&client, &url, n).await {
                            answered.lock().unwrap().insert(n);
                        }
                        tokio::time::sleep(Duration::from_millis(35)).await;
                    }
                })
            })
            .collect();
        // Not the same moment each time: whatever the program is doing, it must not matter.
        tokio::time::sleep(Duration::from_millis(700 + 170 * (kill % 7) as u64)).await;
        program.kill();
        stop.store(true, Ordering::Relaxed);
        for caller in callers {
            caller.await.unwrap();
        }
        let now = answered.lock().unwrap().len();
        assert!(now >= before + 20, "only {} calls were answered before the kill: this proves nothing", now - before);
    }

    let program = Program::serve(folder.path()).await;
    let answered: Vec<usize> = answered.lock().unwrap().iter().copied().collect();
    let mut database =
        SqliteConnection::connect(&format!("sqlite:{}", folder.path().join("switchboard.db").display())).await.unwrap();
    // A call that was spooled because a commit was slow is merged when the program is back.
    let mut lost = answered;
    for _ in 0..100 {
        lost = missing(&mut database, lost).await;
        if lost.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(lost.is_empty(), "answered and lost: {lost:?}");
    let integrity: String = sqlx::query("PRAGMA integrity_check").fetch_one(&mut database).await.unwrap().get(0);
    assert_eq!(integrity, "ok");
    drop(program);
}

/// Whether the call was answered with an NCCO.
async fn answer(client: &reqwest::Client, url: &str, n: usize) -> bool {
    answer_within(client, url, n, Duration::from_secs(5)).await
}

/// Whether it was, within that time.
pub async fn answer_within(client: &reqwest::Client, url: &str, n: usize, limit: Duration) -> bool {
    let body = answer_webhook(n).to_string();
    let request = client
        .post(url)
        .header("authorization", signature(&body, &format!("answer-{n}")))
        .header("content-type", "application/json")
        .timeout(limit)
        .body(body);
    let Ok(response) = request.send().await else { return false };
    let ok = response.status().is_success();
    match response.json::<Value>().await {
        Ok(ncco) => ok && ncco[1]["action"] == "connect",
        // The program was killed between the head and the body: the platform would not have taken that for an answer.
        Err(_) => false,
    }
}

pub async fn missing(database: &mut SqliteConnection, calls: Vec<usize>) -> Vec<usize> {
    let mut lost = Vec::new();
    for n in calls {
        let query = sqlx::query("SELECT count(*) FROM calls WHERE conversation = $1").bind(conversation(n));
        let found: i64 = query.fetch_one(&mut *database).await.unwrap().get(0);
        if found != 1 {
            lost.push(n);
        }
    }
    lost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_stops_when_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let program = Program::serve(folder.path()).await;
    // An open stream must not keep it from stopping.
    let stream = program.client.get(format!("{}/live/visits/none?secret=none", program.url)).send().await.unwrap();
    let status = tokio::task::spawn_blocking(move || program.terminate()).await.unwrap();
    assert!(status.success(), "{status}");
    drop(stream);
}
