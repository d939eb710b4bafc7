//! Databases for tests: SQLite in a temporary folder, and a private PostgreSQL where its server is installed.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

use super::db::on_db;
use super::{Append, Store};
use crate::domain::call::{Change, Direction, Event, Fact, Price, Status};

/// A database of its own, and how to open it again.
pub(crate) struct Database {
    pub(crate) url: String,
    pub(crate) store: Store,
    /// The SQLite file's folder; goes with the value.
    pub(crate) folder: TempDir,
}

impl Database {
    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("made/switchboard.db").display());
        Self::open(url, folder).await
    }

    /// `None`, loudly, where there is no PostgreSQL to start.
    pub(crate) async fn postgres() -> Option<Self> {
        static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let cluster = tokio::task::spawn_blocking(|| CLUSTER.get_or_init(Cluster::start).as_ref()).await.unwrap();
        let Some(cluster) = cluster else {
            eprintln!(
                "SKIPPED on PostgreSQL: no initdb under /usr/lib/postgresql/*/bin (Debian: apt-get install postgresql)"
            );
            return None;
        };
        let name = format!("test{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut admin = PgConnection::connect(&cluster.url("postgres")).await.unwrap();
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut admin).await.unwrap();
        Some(Self::open(cluster.url(&name), tempfile::tempdir().unwrap()).await)
    }

    async fn open(url: String, folder: TempDir) -> Self {
        let store = Store::open(&url).await.unwrap();
        store.migrate().await.unwrap();
        Self { url, store, folder }
    }

    /// The same database, as another program sees it.
    pub(crate) async fn again(&self) -> Store {
        Store::open(&self.url).await.unwrap()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("made/switchboard.db")
    }
}

/// A PostgreSQL that lives as long as the test program: its keeper waits on our end of a pipe, and cleans up when it closes.
struct Cluster {
    folder: String,
    _keeper: Mutex<Child>,
}

const KEEPER: &str = r#"
set -e
bin=$1
dir=$(mktemp -d /tmp/switchboard-pg.XXXXXX)
trap 'rm -rf "$dir"' EXIT
"$bin/initdb" -D "$dir/data" -A trust -U switchboard -E UTF8 --locale=C --no-sync >"$dir/initdb.log" 2>&1
"$bin/postgres" -D "$dir/data" -k "$dir" -h '' -F -c max_connections=400 >"$dir/log" 2>&1 &
server=$!
until "$bin/pg_isready" -q -h "$dir" -U switchboard; do kill -0 $server; sleep 0.1; done
echo "$dir"
cat >/dev/null
kill -INT $server
wait $server || true
"#;

impl Cluster {
    fn start() -> Option<Self> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten().map(|entry| entry.path().join("bin"));
        let bin = versions.filter(|bin| bin.join("initdb").exists()).max()?;
        // The server refuses to run as root.
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
        let mut command = if root {
            let mut runuser = Command::new("runuser");
            runuser.args(["-u", "postgres", "--", "sh"]);
            runuser
        } else {
            Command::new("sh")
        };
        command.args(["-c", KEEPER, "keeper"]).arg(bin).current_dir("/");
        let mut keeper = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
        let mut folder = String::new();
        BufReader::new(keeper.stdout.take()?).read_line(&mut folder).ok()?;
        let folder = folder.trim().to_owned();
        (!folder.is_empty()).then(|| Self { folder, _keeper: Mutex::new(keeper) })
    }

    fn url(&self, name: &str) -> String {
        format!("postgres://switchboard@localhost/{name}?host={}", self.folder)
    }
}

/// Declares each of these `async fn(Database)` as a test on both databases.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name($crate::store::testing::Database::sqlite().await).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(database) = $crate::store::testing::Database::postgres().await {
                    super::$name(database).await;
                }
            })+
        }
    };
}
pub(crate) use on_both;

/// A status event of a leg of a call.
pub(crate) fn status(conversation: &str, leg: &str, status: Status, at: i64) -> Event {
    let over = status == Status::Completed;
    Event {
        conversation: conversation.into(),
        leg: Some(leg.into()),
        from: Some("442079460000".into()),
        to: Some("447700900000".into()),
        direction: Some(if leg == "caller" { Direction::Inbound } else { Direction::Outbound }),
        at: Some(at),
        fact: Fact::Status(Change {
            status,
            duration_seconds: over.then_some(17),
            price: over.then_some(Price(15_000)),
            end_time: over.then_some(at),
            ..Change::default()
        }),
    }
}

/// That the platform asked us what to do with a visitor.
pub(crate) fn asked(conversation: &str, visit: &str) -> Event {
    Event {
        conversation: conversation.into(),
        leg: Some("caller".into()),
        from: None,
        to: Some("442079460000".into()),
        direction: None,
        at: None,
        fact: Fact::Asked { line: "support".into(), user: Some(format!("visitor-{visit}")), region: None },
    }
}

/// The events of a call that was answered.
pub(crate) fn answered_call(conversation: &str, visit: &str) -> Vec<Event> {
    use Status::{Answered, Completed, Ringing, Started};
    let steps = [
        ("caller", Started),
        ("caller", Answered),
        ("callee", Started),
        ("callee", Ringing),
        ("callee", Answered),
        ("callee", Completed),
        ("caller", Completed),
    ];
    let statuses = steps.iter().enumerate().map(|(at, (leg, word))| status(conversation, leg, *word, 1000 + at as i64));
    std::iter::once(asked(conversation, visit)).chain(statuses).collect()
}

/// An append of an event; equal events are deliveries of the same webhook.
pub(crate) fn append(event: &Event) -> Append {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let raw = serde_json::to_string(event).unwrap();
    let received_at = 1_000_000 + number;
    // Begins with the time, like the product's own: `Calls::count_since` compares ids with it.
    let id = uuid::Builder::from_unix_timestamp_millis(received_at, &[0; 10]).into_uuid();
    Append {
        id: id.to_string(),
        dedupe: raw.clone(),
        jti: Some(format!("jti-{number}")),
        kind: "event".into(),
        method: "post".into(),
        received_at: received_at as i64,
        signed: true,
        conversation: Some(event.conversation.clone()),
        leg: event.leg.clone(),
        raw,
        decision: None,
        problem: None,
        ncco: None,
        event: Some(event.clone()),
        track: None,
        signed_at: None,
        spooled: false,
    }
}

/// A reproducible shuffle.
pub(crate) fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed | 1;
    for at in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        items.swap(at, (state >> 33) as usize % (at + 1));
    }
}

impl Store {
    /// Every row of a table as text, for tests that look for what must not be there.
    pub(crate) async fn dump(&self, table: &str) -> String {
        let columns = match table {
            "private_conversations" => "id, COALESCE(reference, ''), created_by",
            "private_participants" => "number, COALESCE(name, ''), COALESCE(problem, '')",
            "private_attempts" => "COALESCE(caller, ''), dialled, outcome",
            "private_texts" => "sender, COALESCE(body, ''), COALESCE(problem, '')",
            "calls" => "record, COALESCE(caller, ''), COALESCE(callee, '')",
            "webhooks" => "raw, COALESCE(ncco, ''), COALESCE(problem, '')",
            other => panic!("{other}"),
        };
        let sql = AssertSqlSafe(format!("SELECT {columns} FROM {table}"));
        let rows: Vec<(String, String, String)> =
            on_db!(self.inner, pool => sqlx::query_as(sql).fetch_all(pool).await).unwrap();
        rows.into_iter().map(|(a, b, c)| format!("{table}: {a} | {b} | {c}\n")).collect()
    }
}
