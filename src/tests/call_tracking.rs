//! A tracked call is kept before its caller is put through: the real program is killed right after it answered, again and
//! again, and every call must be in the reports when it comes back, and the rollup must be what the calls say.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::{Connection, Row, SqliteConnection};

use crate::support::{Program, answer_webhook, signature};

const KILLS: usize = 5;

/// Runs a command of the program beside the server: whether it went well, and what it printed.
fn command(folder: &std::path::Path, arguments: &[&str]) -> (bool, String) {
    let database = format!("sqlite:{}", folder.join("switchboard.db").display());
    let output = Command::new(env!("CARGO_BIN_EXE_switchboard"))
        .args(arguments)
        .args(["--database-url", &database])
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

/// A campaign with a number of its own, which the sandbox rents out.
async fn campaign(program: &Program, key: &str) -> String {
    let body = json!({ "name": "Spring Ads", "source": "google", "destination": "447700900777", "country": "GB" });
    let request = program.client.post(format!("{}/api/campaigns", program.url)).bearer_auth(key).body(body.to_string());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    let campaign: Value = answer.json().await.unwrap();
    campaign["numbers"][0].as_str().unwrap().to_owned()
}

async fn answer(program: &Program, n: usize, number: &str) -> Option<Value> {
    let mut body = answer_webhook(n);
    body["to"] = json!(number);
    let body = body.to_string();
    let request = program
        .client
        .post(format!("{}/webhooks/answer", program.url))
        .header("authorization", signature(&body, &format!("tracked-{n}")))
        .header("content-type", "application/json")
        .timeout(Duration::from_secs(5))
        .body(body);
    request.send().await.ok()?.json().await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_right_after_the_call_flow_was_sent_it_has_the_tracked_call() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::serve(folder.path()).await;
    let (made, said) = command(folder.path(), &["api-key", "create", "--name", "test"]);
    assert!(made, "{said}");
    let key = said.split_whitespace().last().unwrap().to_owned();
    let number = campaign(&program, &key).await;
    for kill in 0..KILLS {
        let flow = answer(&program, kill, &number).await.expect("an answer");
        assert_eq!((&flow[0]["action"], &flow[0]["from"]), (&json!("connect"), &json!(number)));
        program.kill();
        program = Program::serve(folder.path()).await;
        let calls: Value = program
            .client
            .get(format!("{}/api/calls?limit=100", program.url))
            .bearer_auth(&key)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        // The caller of the tests is one and calls often: from the sixth on that is a burst.
        assert_eq!(calls["calls"].as_array().unwrap().len(), kill + 1, "{calls}");
    }
    let (equal, said) = command(folder.path(), &["verify"]);
    assert!(equal, "{said}");
    assert!(said.contains(&format!("{KILLS} tracked calls")), "{said}");
    // And it would have said so.
    let file = format!("sqlite:{}", folder.path().join("switchboard.db").display());
    let mut database = SqliteConnection::connect(&file).await.unwrap();
    sqlx::query("UPDATE tracking_rollup SET answered = answered + 1").execute(&mut database).await.unwrap();
    let rows: i64 = sqlx::query("SELECT COUNT(*) FROM tracking_rollup").fetch_one(&mut database).await.unwrap().get(0);
    let (equal, said) = command(folder.path(), &["verify"]);
    assert!(!equal && said.contains(&format!("{rows} differences")), "{said}");
}
