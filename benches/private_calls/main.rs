//! Private calls with 1,000,000 open conversations in the database: finding whom a caller reaches and making the call
//! flow, beside a plain indexed `SELECT` on the same file and the sample application's linear scan; and opening
//! conversations, each durable, with everything that is checked.
//!
//! Ours is the service's own function, on the file and with the settings of the program. The rows are made by SQL.

#![expect(clippy::expect_used, clippy::panic, reason = "a benchmark that cannot run says so and stops")]

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "other benchmarks use the rest of it")]
mod support;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use metrics_exporter_prometheus::PrometheusBuilder;
use sqlx::{Connection as _, SqliteConnection};
use tempfile::TempDir;

use support::{now, report};
use switchboard::cli::{Server, start};
use switchboard::config::Config;
use switchboard::domain::phone::E164;
use switchboard::domain::private_calls::Verdict;
use switchboard::service::private_calls::{NewConversation, NewParticipant};

const CONVERSATIONS: u64 = 1_000_000;
/// Each of these has ten conversations open; each of the others has one.
const BUSY: u64 = 100_000;
const NUMBERS: u64 = 20;
const LOOKUPS: usize = 20_000;
const SCANS: usize = 20;
const CREATORS: usize = 64;
const CREATING: Duration = Duration::from_secs(6);

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    config: Config,
}

fn main() {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(run(folder.path()));
}

async fn run(folder: &Path) {
    let file = folder.join("switchboard.db");
    // Once for the tables, once more on the full file.
    serve(folder, &file).await.stop().await;
    fill(&file).await;
    let server = serve(folder, &file).await;

    let ours = look_up(&server).await;
    let plain = select(&file).await;
    let scan = sample();
    show("switchboard, look-up and call flow", &ours);
    show("plain indexed SELECT, same file", &plain);
    show("the sample's linear scan", &scan);
    report("private/lookup", "us_p99", percentile(&ours, 0.99), 50.0, false);
    report("private/select", "ratio", percentile(&plain, 0.50) / percentile(&ours, 0.50), 0.25, true);
    report("private/sample", "ratio", percentile(&scan, 0.50) / percentile(&ours, 0.50), 100.0, true);

    let rate = open(&server).await;
    report("private/open", "per_second", rate, 500.0, true);
    server.stop().await;
}

async fn serve(folder: &Path, file: &Path) -> Server {
    let database = format!("--database-url=sqlite:{}", file.display());
    let data = format!("--data-dir={}", folder.display());
    let arguments =
        ["bench", "--sandbox", "--port=0", "--sandbox-addr=127.0.0.1:0", "--number-check=local", &database, &data];
    let metrics = PrometheusBuilder::new().build_recorder().handle();
    start(&Line::parse_from(arguments).config, metrics).await.expect("the server starts")
}

fn busy(at: u64) -> String {
    format!("44{:010}", 7_400_000_000 + at)
}

fn other(at: u64) -> String {
    format!("44{:010}", 7_500_000_000 + at)
}

fn pool(at: u64) -> String {
    format!("44{:010}", 2_079_461_000 + at)
}

/// What conversation `at` is: (busy person, what they dial), (other person, what they dial).
fn conversation(at: u64) -> [(String, String); 2] {
    let slot = at / BUSY;
    [(busy(at % BUSY), pool(slot)), (other(at), pool((slot + 10) % NUMBERS))]
}

/// A million open conversations, and nobody with one number in two of them: the index would refuse it.
async fn fill(file: &Path) {
    let url = format!("sqlite:{}", file.display());
    let mut db = SqliteConnection::connect(&url).await.expect("the file");
    let numbers = "DELETE FROM numbers WHERE line = 'private'";
    sqlx::query(numbers).execute(&mut db).await.expect("no numbers");
    let count =
        format!("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {CONVERSATIONS}) ");
    let steps = [
        "PRAGMA synchronous = OFF".to_owned(),
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {NUMBERS}) \
             INSERT INTO numbers (number, country, features, line, reserved, created_at, assigned_at) \
             SELECT printf('44%010d', 2079461000 + i), 'GB', 'VOICE,SMS', 'private', 0, 0, 0 FROM n"
        ),
        format!(
            "{count} INSERT INTO private_conversations (id, language, created_by, created_at, forgotten) \
             SELECT printf('0000-%010d', i), 'en', 'bench', 0, 0 FROM n"
        ),
        format!(
            "{count} INSERT INTO private_participants (conversation, side, number, country, dials, open, invited) \
             SELECT printf('0000-%010d', i), 0, printf('44%010d', 7000000000 + i % {BUSY}), 'GB', \
             printf('44%010d', 2079461000 + i / {BUSY}), 1, 'none' FROM n"
        ),
        format!(
            "{count} INSERT INTO private_participants (conversation, side, number, country, dials, open, invited) \
             SELECT printf('0000-%010d', i), 1, printf('44%010d', 8000000000 + i), 'GB', \
             printf('44%010d', 2079461000 + (i / {BUSY} + 10) % {NUMBERS}), 1, 'none' FROM n"
        ),
        "PRAGMA wal_checkpoint(TRUNCATE)".to_owned(),
    ];
    for step in steps {
        sqlx::query(sqlx::AssertSqlSafe(step)).execute(&mut db).await.expect("rows");
    }
    db.close().await.expect("closed");
}

/// Which calls: spread over the million, either way.
fn calls(count: usize) -> impl Iterator<Item = (String, String, String)> {
    (0..count as u64).map(|n| {
        let at = n.wrapping_mul(7_919_173) % CONVERSATIONS;
        let [one, other] = conversation(at);
        if n % 2 == 0 { (one.0, one.1, other.0) } else { (other.0, other.1, one.0) }
    })
}

async fn look_up(server: &Server) -> Vec<f64> {
    let number = |digits: &str| E164::parse(digits).expect("a number");
    let mut took = Vec::with_capacity(LOOKUPS);
    for (at, (from, to, expected)) in calls(LOOKUPS + 2_000).enumerate() {
        let (from, to) = (number(&from), number(&to));
        let began = now();
        let verdict = server.services.private.masks.private_verdict(Some(&from), &to).await.expect("an answer");
        let flow = server.services.private.masks.private_flow(&verdict, &to).to_json();
        let elapsed = micros(began);
        assert!(matches!(&verdict, Verdict::Connect(route) if route.other.reveal().digits() == expected));
        assert!(flow.contains(&expected));
        // The first ones warm the caches of all contestants alike.
        if at >= 2_000 {
            took.push(elapsed);
        }
    }
    took
}

async fn select(file: &Path) -> Vec<f64> {
    let url = format!("sqlite:{}", file.display());
    let mut db = SqliteConnection::connect(&url).await.expect("the file");
    let sql = "SELECT conversation FROM private_participants WHERE number = $1 AND dials = $2 AND open";
    let mut took = Vec::with_capacity(LOOKUPS);
    for (at, (from, to, _)) in calls(LOOKUPS + 2_000).enumerate() {
        let began = now();
        let found: String = sqlx::query_scalar(sql).bind(&from).bind(&to).fetch_one(&mut db).await.expect("a row");
        let elapsed = micros(began);
        assert!(!found.is_empty());
        if at >= 2_000 {
            took.push(elapsed);
        }
    }
    took
}

/// One conversation as the sample keeps it, in memory.
struct Kept {
    real: [String; 2],
    masks: [String; 2],
}

/// The sample's `getProxyRoute`: look at each conversation until one fits.
fn sample() -> Vec<f64> {
    let kept: Vec<Kept> = (0..CONVERSATIONS)
        .map(|at| {
            let [(one, dials), (other, other_dials)] = conversation(at);
            Kept { real: [one, other], masks: [other_dials, dials] }
        })
        .collect();
    let route = |from: &str, to: &str| {
        kept.iter().find_map(|one| {
            let to_second = one.real[0] == from && one.masks[1] == to;
            let to_first = one.real[1] == from && one.masks[0] == to;
            if to_second {
                Some(&one.real[1])
            } else if to_first {
                Some(&one.real[0])
            } else {
                None
            }
        })
    };
    calls(SCANS)
        .map(|(from, to, expected)| {
            let began = now();
            let found = std::hint::black_box(route(&from, &to));
            let elapsed = micros(began);
            assert_eq!(found, Some(&expected));
            elapsed
        })
        .collect()
}

/// How many conversations are opened in a second, by requests that come together.
async fn open(server: &Server) -> f64 {
    let next = Arc::new(AtomicUsize::new(0));
    let began = now();
    let creators: Vec<_> = (0..CREATORS)
        .map(|_| {
            let (services, next) = (server.services.clone(), Arc::clone(&next));
            tokio::spawn(async move {
                let mut opened = 0_usize;
                while began.elapsed() < CREATING {
                    let at = next.fetch_add(1, Ordering::Relaxed) as u64;
                    let person = |number: String| NewParticipant { number, ..NewParticipant::default() };
                    let new = NewConversation {
                        // One who has ten open already, and somebody new.
                        participants: [person(busy(at % BUSY)), person(other(CONVERSATIONS + at))],
                        by: "bench".to_owned(),
                        ..NewConversation::default()
                    };
                    services.private.open_private_conversation(new).await.expect("an answer, and numbers enough");
                    opened += 1;
                }
                opened
            })
        })
        .collect();
    let mut opened = 0;
    for creator in creators {
        opened += creator.await.expect("a creator");
    }
    opened as f64 / began.elapsed().as_secs_f64()
}

fn micros(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e6
}

fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[((sorted.len() - 1) as f64 * part) as usize]
}

#[expect(clippy::print_stdout, reason = "this is the report")]
fn show(name: &str, values: &[f64]) {
    println!(
        "  {name:<36} p50 {:>9.1} us  p99 {:>9.1} us  ({} of {CONVERSATIONS} open)",
        percentile(values, 0.50),
        percentile(values, 0.99),
        values.len(),
    );
}
