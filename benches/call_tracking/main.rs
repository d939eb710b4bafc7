//! Call tracking over ten million calls: every chart from the rollup, and the CSV beside `sqlite3 -csv` on the same file.
//!
//! The program runs as in production and is asked over HTTP. `TRACKING_CALLS=200000` makes a small run quick. The calls
//! are written past the program, then counted by it; `verify` must find no difference before anything is measured. That
//! takes longer than the measuring: `TRACKING_FOLDER` names a folder in which the database is kept for the next run.

#![expect(clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says so and stops")]

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "what the other benches need of it")]
mod support;

mod http;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use switchboard::domain::call_tracking::zone::Zone;
use switchboard::store::Store;
use tempfile::TempDir;

use support::{Server, free_port, median, now, report, switchboard};

const CAMPAIGNS: u32 = 20;
const NUMBERS: u32 = 10;
/// Two years, the last day of which is today for nobody: the queries name their days.
const DAYS: u32 = 730;
const FIRST_DAY: u32 = 19_675; // 2023-11-14
const ROUNDS: usize = 3;

#[expect(clippy::print_stdout, reason = "this is the report")]
fn main() {
    let calls: u64 =
        std::env::var_os("TRACKING_CALLS").and_then(|text| text.to_str()?.parse().ok()).unwrap_or(10_000_000);
    let gone_after = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let kept = std::env::var_os("TRACKING_FOLDER").map(PathBuf::from);
    let folder = kept.as_deref().unwrap_or(gone_after.path());
    let file = folder.join("switchboard.db");
    let began = now();
    if !file.exists() {
        prepare(folder, &file, calls);
    }
    let url = format!("sqlite:{}", file.display());
    let said = run(&["api-key", "create", "--name", "bench"], folder, &url);
    let key = said.split_whitespace().last().expect("a key");
    let size = std::fs::metadata(&file).expect("the file").len();
    println!(
        "call tracking, {calls} calls of {CAMPAIGNS} campaigns over {DAYS} days, {:.1} GB, made in {:.0} s",
        size as f64 / 1e9,
        began.elapsed().as_secs_f64()
    );
    let port = free_port();
    let mut command = switchboard(port, folder, None);
    command.env("TIME_ZONE", "UTC");
    let (server, _) = Server::start(command, port);
    let client = http::Client::new(server.addr, key);
    charts(&client);
    csv(&client, &server, &file, calls);
}

/// The file with its calls.
fn prepare(folder: &Path, file: &Path, calls: u64) {
    let url = format!("sqlite:{}", file.display());
    run(&["migrate"], folder, &url);
    fill(file, calls);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let zone = Zone::utc();
        let store = Store::open(&url).await.expect("the file");
        store.tracking().recount(&zone).await.expect("counting");
        let found = store.tracking().verify(&zone).await.expect("counting again");
        assert_eq!((found.differences, found.calls), (0, calls), "{:?}", found.first);
        store.close().await;
    });
}

fn run(arguments: &[&str], folder: &Path, url: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_switchboard"))
        .args(arguments)
        .args(["--database-url", url])
        .current_dir(folder)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Writes the calls with the database's own means: what is measured is reading them.
fn fill(file: &Path, calls: u64) {
    let sql = format!(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -500000; PRAGMA temp_store = MEMORY;
         BEGIN;
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {CAMPAIGNS})
         INSERT INTO campaigns SELECT printf('campaign-%02d', i), printf('Campaign %02d', i), 'google', 'cpc', '',
           'indigo', 100000, {FIRST_DAY}, NULL, '447700900000', '', 30, NULL, 0, 0 FROM n;
         DROP INDEX tracked_calls_by_day; DROP INDEX tracked_calls_by_campaign; DROP INDEX tracked_calls_by_caller;
         DROP INDEX tracked_calls_by_number;
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {calls}),
         r AS (SELECT i, (i * 2654435761) % 4294967296 AS x, {FIRST_DAY} * 86400000 + i * ({DAYS} * 86400000 / {calls}) AS at
           FROM n)
         INSERT INTO tracked_calls SELECT printf('0190-%012x', i), printf('campaign-%02d', (x / 32) % {all} / {NUMBERS}),
           printf('4420794%05d', (x / 32) % {all}), CASE WHEN x % 17 = 0 THEN NULL ELSE 447700000000 + (x / 7) % ({calls} / 4 + 1) END,
           at, at / 86400000, at / 3600000 % 24, TRUE,
           CASE WHEN x % 5 = 0 THEN 'no-answer' ELSE 'answered' END, x % 5 <> 0, CASE WHEN x % 5 <> 0 THEN 10 + x % 600 END,
           20 + x % 700, 1000000 + x % 5000000, 'caller', 'google', 'cpc', 'term ' || (x % 50), '/landing/' || (x % 9), '', '', '',
           NULL, NULL, 0, FALSE, 1, NULL, NULL, FALSE, NULL, NULL FROM r;
         CREATE INDEX tracked_calls_by_day ON tracked_calls (day, at, id);
         CREATE INDEX tracked_calls_by_campaign ON tracked_calls (campaign, day, at, id);
         CREATE INDEX tracked_calls_by_number ON tracked_calls (number, day, at, id);
         CREATE INDEX tracked_calls_by_caller ON tracked_calls (caller, at, id) WHERE caller IS NOT NULL;
         UPDATE tracked_calls SET recent = (SELECT COUNT(*) FROM tracked_calls o WHERE o.caller = tracked_calls.caller
           AND o.at >= tracked_calls.at - 600000 AND o.at <= tracked_calls.at) WHERE caller IS NOT NULL;
         COMMIT; ANALYZE;",
        all = CAMPAIGNS * NUMBERS,
    );
    let mut child = Command::new("sqlite3")
        .arg(file)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("sqlite3 is installed");
    child.stdin.take().expect("a pipe").write_all(sql.as_bytes()).expect("the statements");
    assert!(child.wait().expect("sqlite3").success(), "sqlite3 failed");
}

fn date(day: u32) -> String {
    switchboard::domain::call_tracking::zone::date_text(i64::from(day))
}

/// Every kind of chart, each many times, with periods that are never the same twice.
fn charts(client: &http::Client) {
    let last = FIRST_DAY + DAYS - 1;
    let kinds: [(&str, u32, &str); 7] = [
        ("30-days", 30, ""),
        ("90-days", 90, ""),
        ("12-months", 365, ""),
        ("two-periods", 30, "&versus=before"),
        ("one-campaign", 90, "&campaign=campaign-07"),
        ("one-number", 365, "&number=442079400042"),
        ("all-time", DAYS, ""),
    ];
    for (name, days, more) in kinds {
        let mut times: Vec<f64> = (0..100)
            .map(|n| {
                let to = last - n % (DAYS - days + 1).min(200);
                let path = format!("/api/report?from={}&to={}{more}", date(to + 1 - days), date(to));
                let began = now();
                let body = client.get(&path);
                let took = began.elapsed().as_secs_f64() * 1e3;
                assert!(
                    body.starts_with(b"{\"period\"") || body.starts_with(b"{\"before\""),
                    "{}",
                    String::from_utf8_lossy(&body[..200.min(body.len())])
                );
                took
            })
            .collect();
        times.sort_by(f64::total_cmp);
        report(&format!("tracking/chart-{name}"), "p99-ms", times[98], 50.0, false);
    }
}

/// The CSV of every call, beside the database's own program, in turns.
#[expect(clippy::print_stdout, reason = "this is the report")]
fn csv(client: &http::Client, server: &Server, file: &Path, calls: u64) {
    let path = format!("/api/calls.csv?spam=all&from={}&to={}", date(FIRST_DAY), date(FIRST_DAY + DAYS));
    let before = server.resident();
    let (mut ours, mut theirs, mut first, mut most) = (Vec::new(), Vec::new(), Vec::new(), before);
    for _ in 0..ROUNDS {
        let began = now();
        let read = client.stream(&path, || most = most.max(server.resident()));
        ours.push(calls as f64 / began.elapsed().as_secs_f64());
        first.push(read.first.as_secs_f64() * 1e3);
        assert_eq!(read.lines, calls + 1, "every call is in it, once");
        theirs.push(calls as f64 / sqlite(file, calls).as_secs_f64());
    }
    println!("  ours {:.0} rows/s, sqlite3 -csv {:.0} rows/s", median(ours.clone()), median(theirs.clone()));
    let ratios = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    report("tracking/csv-vs-sqlite3", "ratio", median(ratios), 1.0, true);
    report("tracking/csv-first-byte", "ms", median(first), 100.0, false);
    report("tracking/csv-memory", "MB", (most - before) as f64 / 1e6, 16.0, false);
}

/// The same fields in the same order.
fn sqlite(file: &Path, calls: u64) -> Duration {
    let sql = "SELECT t.id, strftime('%Y-%m-%dT%H:%M:%SZ', t.at / 1000, 'unixepoch'), date(t.day * 86400, 'unixepoch'), \
               t.hour, c.name, t.number, t.caller, t.outcome, t.answered, t.previous_day IS NULL, t.talk_seconds, \
               t.price / 1e8, t.hung_up_by, t.source, t.medium, t.term, t.landing, t.referrer, t.click_id, t.confidence, \
               t.spam FROM tracked_calls t LEFT JOIN campaigns c ON c.id = t.campaign ORDER BY t.day, t.at, t.id";
    let began = now();
    let mut child = Command::new("sqlite3")
        .arg("-csv")
        .arg(file)
        .arg(sql)
        .stdout(Stdio::piped())
        .spawn()
        .expect("sqlite3 is installed");
    let lines = http::lines(&mut child.stdout.take().expect("a pipe"), || {});
    assert!(child.wait().expect("sqlite3").success() && lines == calls);
    began.elapsed()
}
