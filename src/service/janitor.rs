//! What is done again and again, as long as the program runs.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Services;
use crate::store::StoreError;

/// How often the spool is looked at: this is how long an answer stays in it after the database is back.
const SPOOL: Duration = Duration::from_millis(500);
/// What is done every few seconds is begun again after so long.
const LONGEST: Duration = Duration::from_secs(60);
/// How long the end may wait for answers that are in memory only.
const LAST_OFFER: Duration = Duration::from_millis(500);
/// How often stale things are looked for.
const SWEEP: Duration = Duration::from_secs(60);
/// How often the contact centre looks who sleeps, and what has run out.
const DESK: Duration = Duration::from_secs(1);
/// How often it is looked which calls are silent; the platform is asked about a few of them only.
const SILENT: Duration = Duration::from_secs(10);
/// How often messages are looked for that could not be fetched at once.
const MESSAGES: Duration = Duration::from_secs(5);
/// How soon this node knows of a number that another node, or a command, led elsewhere.
const DIRECTORY: Duration = Duration::from_secs(2);
/// How soon a number says that it was called.
const USED: Duration = Duration::from_secs(2);
/// A token that has just expired may still be in use.
const GRACE_MS: i64 = 5 * 60 * 1000;
/// What counts failures, and tokens that were used, are of no use after a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Deciding takes a second or two; who decided is of no use afterwards.
const CLAIMS_MS: i64 = 10 * 60 * 1000;
/// Visits are kept this long after they ended.
const VISITS_MS: i64 = 24 * 60 * 60 * 1000;
/// Visitors of the operator's site are kept this long: a pool's load is looked at over a week.
const VISITORS_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// What was told of ended calls is kept this long.
const MESSAGES_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// How many users are deleted in one sweep: the platform allows 15 requests a second, and callers come first.
const USERS: u32 = 50;

/// Does `work` again and again until `stop`; what has begun is finished.
async fn every<F: Future<Output = ()>>(period: Duration, stop: &CancellationToken, work: impl Fn() -> F) {
    let mut tick = tokio::time::interval(period);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = tick.tick() => work().await,
        }
    }
}

/// Gives `work` a limit, so that one connection that died silently does not end it for good, and logs what failed.
async fn said<T, E: std::fmt::Display>(what: &'static str, work: impl Future<Output = Result<T, E>>) {
    match tokio::time::timeout(LONGEST, work).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(error = %error, "{what}"),
        Err(_) => tracing::warn!("{what}: it took too long"),
    }
}

impl Services {
    /// Runs until `stop`. Merges the spool, deletes stale users at the platform and expired rows.
    pub async fn janitor(&self, stop: CancellationToken) {
        let stop = &stop;
        // Side by side: callers who wait for an agent do not wait for the platform to delete users.
        tokio::join!(
            every(SPOOL, stop, || async {
                if self.webhooks.spool().has_files()
                    && let Err(error) = self.merge_spool().await
                {
                    tracing::warn!(error = %error, "the spool waits for the database");
                }
            }),
            // Beside the files: what is in memory must not wait for a disk that hangs.
            every(SPOOL, stop, || self.offer_spool()),
            every(USED, stop, || said(
                "when numbers were called could not be written down",
                self.numbers.keep_used_numbers()
            )),
            every(DIRECTORY, stop, || said("the numbers could not be read", self.lines.reload_directory())),
            every(DIRECTORY, stop, || said("the business profile could not be read", self.business.look_again())),
            every(DESK, stop, || said("the contact centre's upkeep failed", self.desk.sweep.desk_upkeep())),
            every(SILENT, stop, || said(
                "silent calls could not be checked",
                self.webhooks.silent.check_silent_calls()
            )),
            every(SWEEP, stop, || self.clock_skew.watch_the_clock()),
            every(MESSAGES, stop, || async {
                // It may be long, and what is under way is fetched again.
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = said("messages could not be fetched", self.desk.voicemails.fetch_voicemails()) => {}
                }
            }),
            every(SWEEP, stop, || async {
                // It may be long, and nothing in it minds being cut off.
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = self.sweep() => {}
                }
            }),
        );
        self.last_offer().await;
    }

    /// Brings every spooled answer into the database. How many there were. Safe to run again.
    ///
    /// # Errors
    /// When the database does not take them; they stay spooled.
    pub async fn merge_spool(&self) -> Result<usize, StoreError> {
        let merged = self.webhooks.spool().merge(&self.core.store).await?;
        if merged > 0 {
            tracing::info!(webhooks = merged, "the spool was merged");
        }
        Ok(merged)
    }

    /// Offers the database what the disk does not take, and tells the watchers how it is.
    async fn offer_spool(&self) {
        let spool = &self.webhooks.spool();
        match spool.offer(&self.core.store).await {
            Ok(0) => {}
            Ok(webhooks) => tracing::info!(webhooks, "answers that the disk did not take are in the database"),
            Err(error) => tracing::debug!(error = %error, "answers in memory wait for the disk and the database"),
        }
        let status = spool.status();
        metrics::gauge!("spool_answers").set(status.spooled as f64);
        metrics::gauge!("spool_memory_answers").set(status.in_memory as f64);
        metrics::gauge!("spool_memory_bytes").set(status.in_memory_bytes as f64);
    }

    /// A last try to bring what is in memory somewhere, for it ends with the process.
    async fn last_offer(&self) {
        if self.webhooks.spool().status().in_memory == 0 {
            return;
        }
        let merged = tokio::time::timeout(LAST_OFFER, self.webhooks.spool().merge_all(&self.core.store)).await;
        let left = self.webhooks.spool().status().in_memory;
        if left > 0 {
            tracing::error!(answers = left, merged = ?merged, "stopped with answers that neither disk nor database took");
        }
    }

    /// Deletes what is stale. Failures are logged and tried again next time.
    pub async fn sweep(&self) {
        let (store, now) = (&self.core.store, self.core.clock.now_ms());
        self.visits.forget();
        self.tracking.forget();
        self.desk.visitors.forget();
        self.delete_stale_users(now).await;
        let swept = [
            ("signatures", store.webhooks().forget_signatures(self.clock_skew.clocks().forgotten_before_ms()).await),
            ("claims", store.webhooks().forget_claims(now - CLAIMS_MS).await),
            ("visits", store.visits().forget(now - VISITS_MS).await),
            ("sessions", store.accounts().forget_sessions(now).await),
            ("private conversations", self.private.sweep_private(now).await),
            ("private texts", self.private.texts.resume_texts(now).await),
            ("what is older than RETENTION_DAYS", self.private.sweep_old(now).await),
            ("throttles", store.accounts().forget_throttles(now - DAY_MS).await),
            ("visitors", store.visitors().forget(now - VISITORS_MS).await),
            ("messages", store.tracking().forget_deliveries(now - MESSAGES_MS).await),
            ("audio tokens", store.audio().forget_tokens(now - DAY_MS).await),
        ];
        for (what, result) in swept {
            match result {
                Ok(0) => {}
                Ok(rows) => tracing::debug!(what, rows, "swept"),
                Err(error) => tracing::warn!(what, error = %error, "sweeping failed"),
            }
        }
    }

    async fn delete_stale_users(&self, now: i64) {
        let store = &self.core.store;
        let stale = match store.visits().stale(now - GRACE_MS, now, USERS).await {
            Ok(stale) => stale,
            Err(error) => return tracing::warn!(error = %error, "stale visits could not be read"),
        };
        for visit in stale {
            let user = visit.user_id.as_deref().unwrap_or(&visit.user_name);
            let noted = match self.core.vonage.delete_user(user).await {
                Ok(()) => store.visits().user_deleted(&visit.id).await,
                Err(error) => {
                    // 1, 2, 4 … minutes, at most an hour.
                    let wait = 60_000_i64 << visit.delete_tries.clamp(0, 6);
                    tracing::warn!(visit.id = %visit.id, error = %error, "a visitor's user could not be deleted");
                    store.visits().user_remains(&visit.id, now + wait.min(3_600_000)).await
                }
            };
            if let Err(error) = noted {
                tracing::warn!(visit.id = %visit.id, error = %error, "the deletion of a visitor's user could not be stored");
            }
        }
    }
}
