//! PostgreSQL behind a network that swallows connections.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::{Connection as _, SqliteConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixStream};

use crate::domain::call::Status as Step;
use crate::store::testing::{Database, append, status};
use crate::store::{Append, Store};

/// Connections made before this moment carry nothing any more, and are not closed either. `u64::MAX` swallows new ones too.
#[derive(Default)]
struct Hole {
    made: AtomicU64,
    swallowed: AtomicU64,
}

impl Hole {
    /// A port that leads to PostgreSQL through the hole.
    async fn before(self: Arc<Self>, socket: PathBuf) -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let number = self.made.fetch_add(1, Ordering::SeqCst) + 1;
                let Ok(far) = UnixStream::connect(&socket).await else { continue };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::spawn(Arc::clone(&self).carry(number, near_in, far_out));
                tokio::spawn(Arc::clone(&self).carry(number, far_in, near_out));
            }
        });
        port
    }

    async fn carry(
        self: Arc<Self>,
        number: u64,
        mut from: impl tokio::io::AsyncRead + Unpin,
        mut to: impl tokio::io::AsyncWrite + Unpin,
    ) {
        let mut buffer = vec![0; 16 << 10];
        loop {
            match from.read(&mut buffer).await {
                // The other end is told nothing, as in a network that is gone.
                Ok(read) if number <= self.swallowed.load(Ordering::SeqCst) && read > 0 => {}
                Ok(0) | Err(_) if number <= self.swallowed.load(Ordering::SeqCst) => std::future::pending().await,
                Ok(0) | Err(_) => return,
                Ok(read) => {
                    if to.write_all(&buffer[..read]).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    fn swallow_what_there_is(&self) {
        self.swallowed.store(self.made.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

/// A store on PostgreSQL through a hole; `None`, loudly, where there is no PostgreSQL.
async fn through_a_hole() -> Option<(Database, Arc<Hole>, Store)> {
    let db = Database::postgres().await?;
    let (base, folder) = db.url.split_once("?host=").unwrap();
    let hole = Arc::new(Hole::default());
    let port = Arc::clone(&hole).before(PathBuf::from(folder).join(".s.PGSQL.5432")).await;
    let url = base.replace("@localhost/", &format!("@127.0.0.1:{port}/")) + "?sslmode=disable";
    let store = Store::open(&url).await.unwrap();
    Some((db, hole, store))
}

fn told(number: usize) -> Append {
    append(&status(&format!("CON-{number}"), "caller", Step::Ringing, 1_000))
}

/// Again and again, as the platform does.
async fn stored(store: &Store, append: Append) {
    let stored = tokio::time::timeout(Duration::from_secs(60), async {
        while store.append(append.clone()).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(stored.await.is_ok(), "the writer goes on waiting for a connection that is dead");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f2_the_writer_and_the_pool_replace_connections_that_died_silently() {
    let Some((db, hole, store)) = through_a_hole().await else { return };
    stored(&store, told(1)).await;
    assert_eq!(store.webhooks().count().await.unwrap(), 1);
    assert_eq!(store.ready().await, Ok(()));
    hole.swallow_what_there_is();
    stored(&store, told(2)).await;
    assert_eq!(store.webhooks().count().await.unwrap(), 2, "read through the pool");
    // Idle ones as well: the question whether we are ready gets a true answer, and a connection that works.
    hole.swallow_what_there_is();
    assert_eq!(store.ready().await, Ok(()));
    assert_eq!(db.store.webhooks().count().await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f2_not_ready_while_the_database_swallows_everything_and_ready_again_without_a_webhook() {
    let Some((_db, hole, store)) = through_a_hole().await else { return };
    stored(&store, told(1)).await;
    hole.swallowed.store(u64::MAX, Ordering::SeqCst);
    let refused = store.ready().await;
    assert!(refused.is_err(), "{refused:?}");
    assert!(store.append(told(2)).await.is_err(), "the writer gives up in time");
    assert!(store.ready().await.is_err());
    hole.swallow_what_there_is();
    let again = tokio::time::timeout(Duration::from_secs(60), async {
        while store.ready().await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(again.await.is_ok(), "ready again");
    stored(&store, told(2)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn f2_sqlite_is_ready_again_without_a_webhook_when_the_lock_is_gone() {
    let db = Database::sqlite().await;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(db.file());
    let mut outside = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("BEGIN EXCLUSIVE").execute(&mut outside).await.unwrap();
    assert!(db.store.append(told(1)).await.is_err());
    assert!(db.store.ready().await.is_err());
    sqlx::query("ROLLBACK").execute(&mut outside).await.unwrap();
    assert_eq!(db.store.ready().await, Ok(()));
}
