//! The database: SQL and nothing else.
//!
//! SQLite in one file (WAL, `synchronous=FULL`) or PostgreSQL, by URL; the same SQL text on both. Every query is written
//! once and type-checked for both by [`db::on_db`]. Depends on `domain` only: what is decided, and when, is the services'.
//!
//! What may be asked is behind one door for each job ([`doors`]): `store.calls().find(id)`. Webhooks go through the
//! [`writer`], which commits many at once; everything else is a plain query on a pool.
//!
//! No file imports from this one: it puts the parts together. Everything stands on [`error`], [`connect`] and [`db`].

mod accounts;
mod api_keys;
mod audio_socket;
mod call_flows;
mod call_recordings;
pub mod call_tracking;
mod calls;
mod connect;
mod contact_center;
mod db;
mod decisions;
mod dials;
mod doors;
mod error;
mod forget;
mod health;
mod hours;
mod menus;
mod music;
mod numbers;
pub mod personal;
mod private_calls;
mod queues;
mod reader;
mod sessions;
mod settings;
mod spoken;
mod text;
mod throttle;
mod tx;
mod visits;
mod voicemails;
mod webhooks;
mod writer;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use sqlx::migrate::Migrator;
use sqlx::{Connection as _, PgConnection};
use tokio::sync::{broadcast, watch};

use crate::domain::call_tracking::zone::Zone;
use db::{Db, Pools, on_db};

pub use accounts::AccountRow;
pub use api_keys::ApiKeyRow;
pub use audio_socket::{AudioSocketEnd, AudioSocketRow, EngineRow, RecordingRow};
pub use call_flows::CallFlowRow;
pub use call_recordings::CallRecordingRow;
pub use calls::{CallQuery, CallRow};
pub use contact_center::{AgentRow, AgentStateRow, DeskCallQuery, DeskCallRow, DeskChange, NewIntent, OfferRow};
pub use doors::{
    Accounts, Audio, Calls, Desk, Dials, Erasure, Flows, Hours, Menus, Music, Numbers, Private, PrivatePool, Queues,
    Settings, SpokenTexts, Tracking, Visitors, Visits, Voicemails, Webhooks,
};
pub use error::{Result, StoreError};
pub use forget::{Files, Forgotten, Traces, Wiped};
pub use hours::{HolidayRow, HoursRow};
pub use menus::MenuRow;
pub use music::MusicRow;
pub use numbers::NumberRow;
pub use private_calls::{
    AttemptRow, BusyRow, NewPrivate, NewPrivatePerson, NumberUse, OpenedPrivate, PoolFigures, PoolRow,
    PrivateConversationRow, PrivateParticipantRow, PrivateQuery, RouteRow, TextRow, UseRow,
};
pub use queues::QueueRow;
pub use sessions::{ACCOUNT as SESSION_ACCOUNT, Sessions};
pub use throttle::Throttle;
pub use visits::VisitRow;
pub use voicemails::VoicemailRow;
pub use webhooks::{WebhookQuery, WebhookRow};
pub use writer::{Append, Appended, LiveEvent};

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    db: Db,
    /// How to reach the same database outside the pools.
    target: connect::Target,
    writer: writer::Writer,
    live: broadcast::Sender<LiveEvent>,
    stored: watch::Sender<u64>,
    /// Where the business is: which day and hour a tracked call counts for.
    zone: call_tracking::zone::SharedZone,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Store").field(&self.inner.db).finish()
    }
}

/// The steps that make the tables: the files of this folder, by number. A step that was released is never changed: its
/// checksum is in every database that took it.
static MIGRATIONS: Migrator = sqlx::migrate!("src/store/migrations");

/// How many live events a slow listener may be behind before it loses some (and hears that it did).
const LIVE_BACKLOG: usize = 1024;

impl Store {
    /// Opens the database that `url` names: `sqlite:data/switchboard.db` (made when it is missing, readable by nobody
    /// else) or `postgres://…`. Starts the writer's task, so it wants a Tokio runtime. Does not touch the tables: call
    /// [`Store::migrate`].
    ///
    /// # Errors
    /// When the URL makes no sense or the database cannot be reached.
    pub async fn open(url: &str) -> Result<Self> {
        Self::open_target(connect::Target::parse(url)?).await
    }

    async fn open_target(target: connect::Target) -> Result<Self> {
        let db = Db::open(&target).await?;
        let (live, _) = broadcast::channel(LIVE_BACKLOG);
        let (stored, _) = watch::channel(0);
        let zone = call_tracking::zone::SharedZone::default();
        let writer = writer::Writer::start(target.clone(), &db, live.clone(), stored.clone(), zone.clone());
        Ok(Self { inner: Arc::new(Inner { db, target, writer, live, stored, zone }) })
    }

    /// Brings the tables up to date. Safe to run again, and beside a running server.
    ///
    /// # Errors
    /// When a step fails (nothing of it is kept), or the database is newer than this program.
    pub async fn migrate(&self) -> Result<()> {
        let _turn = self.inner.db.turn().await;
        match (&self.inner.db.pools, &self.inner.target) {
            // Another node may be at it, and a step may take long: without the pool's limits.
            (Pools::Postgres(_), connect::Target::Postgres(options)) => {
                let mut connection = PgConnection::connect_with(options).await?;
                MIGRATIONS.run(&mut connection).await?;
                connection.close().await?;
            }
            _ => on_db!(self.inner, pool => MIGRATIONS.run(pool).await)?,
        }
        Ok(())
    }

    /// Stores webhooks durably; see [`writer`].
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it must not be acknowledged, [`StoreError::Refused`] when it never will be.
    pub async fn append(&self, append: Append) -> Result<Appended> {
        self.inner.writer.append(append).await
    }

    /// Deletes the sandbox's demo data, unless calls are under way; see [`personal::Demo`]. `example`: the business is still
    /// the example's.
    ///
    /// # Errors
    /// When the database fails; nothing is deleted then.
    pub async fn wipe_demo(&self, example: bool, now: i64) -> Result<Wiped> {
        let wiped = self.erasure().wipe_demo(example, now).await?;
        if matches!(wiped, Wiped::Done(_)) {
            // It would look for the last webhook when it has to open the database again.
            self.inner.writer.forget().await;
        }
        Ok(wiped)
    }

    /// Every change of a call from now on, after it is durable.
    #[must_use]
    pub fn live(&self) -> broadcast::Receiver<LiveEvent> {
        self.inner.live.subscribe()
    }

    /// How many webhooks were stored since the start, also those that changed no call.
    #[must_use]
    pub fn stored(&self) -> watch::Receiver<u64> {
        self.inner.stored.subscribe()
    }

    /// Can it be read, does the writer answer, and did the last write succeed? After one that failed a small one is
    /// tried now, so that being ready again does not wait for the next webhook.
    ///
    /// # Errors
    /// Why not, in words for the operator.
    pub async fn ready(&self) -> std::result::Result<(), String> {
        self.inner.writer.ready().await?;
        let read = async {
            on_db!(self.inner, pool => sqlx::query("SELECT 1 FROM calls LIMIT 1").execute(pool).await.map(drop))
        };
        match tokio::time::timeout(std::time::Duration::from_secs(2), read).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(format!("the database cannot be read: {error}")),
            Err(_) => Err("the database does not answer".into()),
        }
    }

    /// Writes what is waiting and closes every connection. Appends after this fail.
    pub async fn close(&self) {
        self.inner.writer.close().await;
        self.inner.db.close().await;
    }

    /// From now on calls count for days and hours of this zone. What was counted before is recounted
    /// ([`Tracking::recount`]).
    pub fn set_zone(&self, zone: Arc<Zone>) {
        self.inner.zone.set(zone);
    }
}

/// The doors.
impl Store {
    /// Who may sign in: accounts, sessions, failed sign-ins, API keys.
    #[must_use]
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts { db: &self.inner.db }
    }

    /// Audio sockets: their tokens, what was recorded, the engines, the numbers that visitors may call.
    #[must_use]
    pub fn audio(&self) -> Audio<'_> {
        Audio { db: &self.inner.db }
    }

    /// The call log: the records that the writer makes.
    #[must_use]
    pub fn calls(&self) -> Calls<'_> {
        Calls { db: &self.inner.db }
    }

    /// The contact centre: agents, their calls, what is offered to whom.
    #[must_use]
    pub fn desk(&self) -> Desk<'_> {
        Desk { db: &self.inner.db }
    }

    /// How much was dialled and texted.
    #[must_use]
    pub fn dials(&self) -> Dials<'_> {
        Dials { db: &self.inner.db }
    }

    /// Forgetting a person, and what is too old.
    #[must_use]
    pub fn erasure(&self) -> Erasure<'_> {
        Erasure { db: &self.inner.db }
    }

    /// The call flows that the operator wrote.
    #[must_use]
    pub fn flows(&self) -> Flows<'_> {
        Flows { db: &self.inner.db }
    }

    /// When the business is open.
    #[must_use]
    pub fn hours(&self) -> Hours<'_> {
        Hours { db: &self.inner.db }
    }

    /// Menus, and where their keys lead.
    #[must_use]
    pub fn menus(&self) -> Menus<'_> {
        Menus { db: &self.inner.db }
    }

    /// Music on hold of the operator's own.
    #[must_use]
    pub fn music(&self) -> Music<'_> {
        Music { db: &self.inner.db }
    }

    /// Our numbers, and which line each leads to.
    #[must_use]
    pub fn numbers(&self) -> Numbers<'_> {
        Numbers { db: &self.inner.db }
    }

    /// Queues: who takes a caller, and where those go who wait too long.
    #[must_use]
    pub fn queues(&self) -> Queues<'_> {
        Queues { db: &self.inner.db }
    }

    /// Private calls: conversations, their two people, what they tried.
    #[must_use]
    pub fn private(&self) -> Private<'_> {
        Private { db: &self.inner.db }
    }

    /// The numbers behind private calls, and how full they are.
    #[must_use]
    pub fn private_pool(&self) -> PrivatePool<'_> {
        PrivatePool { db: &self.inner.db }
    }

    /// What the operator set.
    #[must_use]
    pub fn settings(&self) -> Settings<'_> {
        Settings { db: &self.inner.db }
    }

    /// What callers hear: texts and voices.
    #[must_use]
    pub fn spoken(&self) -> SpokenTexts<'_> {
        SpokenTexts { db: &self.inner.db }
    }

    /// Call tracking: campaigns, tracked calls, charts, and where ended calls are told.
    #[must_use]
    pub fn tracking(&self) -> Tracking<'_> {
        Tracking { db: &self.inner.db }
    }

    /// Visitors of the operator's web site, and the numbers lent to them.
    #[must_use]
    pub fn visitors(&self) -> Visitors<'_> {
        Visitors { db: &self.inner.db }
    }

    /// Visits of the support page.
    #[must_use]
    pub fn visits(&self) -> Visits<'_> {
        Visits { db: &self.inner.db }
    }

    /// What callers left for the agents.
    #[must_use]
    pub fn voicemails(&self) -> Voicemails<'_> {
        Voicemails { db: &self.inner.db }
    }

    /// The inbox, and who decides about what is in it.
    #[must_use]
    pub fn webhooks(&self) -> Webhooks<'_> {
        Webhooks { db: &self.inner.db }
    }
}
