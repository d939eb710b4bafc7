//! The answer webhook: our program, with everything on, against the obvious alternatives, in one run.
//!
//! Ours verifies the signature, checks for replays, commits the call with `synchronous=FULL` and then answers. Bare Axum
//! and Express only answer. The last one, Express with SQLite, commits each call but verifies nothing.
//!
//! Each server is a process of its own on the first processor, the load is on the second. Rounds are interleaved, and
//! medians are compared, so a busy machine slows all of them alike. Processor time says what a busy machine cannot change.

#![expect(clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says so and stops")]

#[path = "../support/mod.rs"]
mod support;

mod load;
mod webhooks;

use std::path::Path;

use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::json;
use tempfile::TempDir;

use support::{Server, free_port, median, pinned, report, switchboard};

const CONNECTIONS: usize = 256;
const ROUNDS: usize = 5;
/// Where the servers run.
const CORE: Option<u8> = Some(0);

struct Contestant {
    name: &'static str,
    /// Requests in one round: enough for a second or two.
    requests: usize,
    server: Server,
    rates: Vec<f64>,
    cpu_us: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let Some(at) = args.iter().position(|arg| arg == "--bare-axum") {
        return bare_axum(args[at + 1].parse().expect("a port"));
    }
    // The load leaves the servers' processor alone.
    let _ = std::process::Command::new("taskset").args(["-cp", "1", &std::process::id().to_string()]).output();

    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let mut contestants = contestants(folder.path());
    for contestant in &mut contestants {
        load::run(contestant.server.addr, 32, webhooks::requests(contestant.requests / 10));
    }
    for _ in 0..ROUNDS {
        for contestant in &mut contestants {
            contestant.round();
        }
    }
    print(&contestants);
}

impl Contestant {
    fn new(name: &'static str, requests: usize, server: Server) -> Self {
        Self { name, requests, server, rates: vec![], cpu_us: vec![], p50: vec![], p99: vec![] }
    }

    fn round(&mut self) {
        let requests = webhooks::requests(self.requests);
        let before = self.server.cpu();
        let measured = load::run(self.server.addr, CONNECTIONS, requests);
        let used = self.server.cpu() - before;
        self.rates.push(measured.per_second());
        self.cpu_us.push(used.as_secs_f64() * 1e6 / self.requests as f64);
        self.p50.push(measured.percentile_ms(0.50));
        self.p99.push(measured.percentile_ms(0.99));
    }

    fn rate(&self) -> f64 {
        median(self.rates.clone())
    }
}

fn contestants(folder: &Path) -> Vec<Contestant> {
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers/answer.mjs");
    let express = |mode: &str| {
        let port = free_port();
        let mut command = pinned("node", CORE);
        command
            .arg(&peers)
            .args([&port.to_string(), mode])
            .arg(folder.join("express.db"))
            .env("NODE_ENV", "production");
        Server::start(command, port).0
    };
    let ours = {
        let port = free_port();
        let data = folder.join("switchboard");
        std::fs::create_dir(&data).expect("a folder");
        Server::start(switchboard(port, &data, CORE), port).0
    };
    let bare = {
        let port = free_port();
        let mut command = pinned(std::env::current_exe().expect("this program"), CORE);
        command.args(["--bare-axum", &port.to_string()]);
        Server::start(command, port).0
    };
    vec![
        Contestant::new("switchboard", 20_000, ours),
        Contestant::new("bare-axum", 20_000, bare),
        Contestant::new("express", 5_000, express("memory")),
        Contestant::new("express-durable", 400, express("durable")),
    ]
}

#[expect(clippy::print_stdout, reason = "this is the report")]
fn print(contestants: &[Contestant]) {
    println!("answer webhook, {CONNECTIONS} connections, medians of {ROUNDS} interleaved rounds, one processor each");
    for contestant in contestants {
        println!(
            "  {:<16} {:>8.0}/s  {:>7.1} CPU us/op  p50 {:>7.1} ms  p99 {:>7.1} ms  {:>5.1} MB",
            contestant.name,
            contestant.rate(),
            median(contestant.cpu_us.clone()),
            median(contestant.p50.clone()),
            median(contestant.p99.clone()),
            contestant.server.resident() as f64 / 1e6,
        );
    }
    let ours = &contestants[0];
    // Vonage sends both the call and its events: these ratios are what one processor can take of them.
    for (other, bar) in contestants[1..].iter().zip([0.65, 5.5, 50.0]) {
        // Ratios of the same round, because the rounds of one contestant may be slower than those of another.
        let ratios = ours.rates.iter().zip(&other.rates).map(|(ours, other)| ours / other).collect();
        report(&format!("answer/{}", other.name), "ratio", median(ratios), bar, true);
    }
    report("answer/p99", "ms", median(ours.p99.clone()), 50.0, false);
}

/// The least that can answer: one thread, nothing read, nothing stored.
fn bare_axum(port: u16) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let answer = || async {
            Json(json!([
                { "action": "talk", "text": "Thank you for calling Acme support. Transferring you now." },
                { "action": "connect", "from": "442079460000", "endpoint": [{ "type": "phone", "number": "447700900000" }] },
            ]))
        };
        let app = Router::new()
            .route("/healthz", get(|| async { "ok" }))
            .route("/webhooks/answer", post(answer));
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.expect("a listener");
        axum::serve(listener, app).await.expect("a server");
    });
}
