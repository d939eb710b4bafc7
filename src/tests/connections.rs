//! A flood of connections does not keep callers out: the real program, where the system allows it few open files.

use std::net::Ipv4Addr;

use tokio::net::TcpStream;

use crate::support::{Program, answer_webhook, signature};

/// More than the program may have files, and more than most systems allow at first.
const SILENT: usize = 1_100;

#[tokio::test]
async fn f8_with_1100_silent_connections_callers_are_answered() {
    // The flood needs files on this side too.
    let ours = rlimit::increase_nofile_limit(u64::MAX).unwrap();
    assert!(ours > SILENT as u64 + 200, "this test needs more open files than {ours} (ulimit -Hn)");
    let folder = tempfile::tempdir().unwrap();
    let program = Program::serve_with_files(folder.path(), 150, 400).await;
    let address = program.url.trim_start_matches("http://").to_owned();
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        silent.push(TcpStream::connect(&address).await.unwrap());
    }
    let elsewhere = reqwest::Client::builder().local_address(Some(Ipv4Addr::new(127, 0, 0, 2).into())).build().unwrap();
    for n in 0..20 {
        let body = answer_webhook(n).to_string();
        let request = elsewhere
            .post(format!("{}/webhooks/answer", program.url))
            .header("authorization", signature(&body, &format!("flood-{n}")))
            .body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "call {n}");
        silent.push(TcpStream::connect(&address).await.unwrap());
    }
    let health = program.client.get(format!("{}/healthz", program.url)).send().await.unwrap();
    assert_eq!(health.status(), 200);
    let log = std::fs::read_to_string(folder.path().join("server.log")).unwrap();
    assert!(log.contains("the system allows too few open files"), "{log}");
    assert!(!log.contains("could not be accepted"), "{log}");
}
