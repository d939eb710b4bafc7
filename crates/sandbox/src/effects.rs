//! Time and randomness of the sandbox, in one place, so that tests can supply their own.
//!
//! Depends on nothing of ours. `tokio::time` is used directly for waiting; what is *said* to have happened when comes
//! from here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Now = Arc<dyn Fn() -> i64 + Send + Sync>;
type Fill = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Wall clock and random bytes. Cheap to clone.
#[derive(Clone)]
pub struct Effects {
    now: Now,
    fill: Fill,
}

impl std::fmt::Debug for Effects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Effects")
    }
}

impl Effects {
    /// `now` answers milliseconds since 1970 UTC; `fill` overwrites the bytes it is given.
    pub fn new(
        now: impl Fn() -> i64 + Send + Sync + 'static,
        fill: impl Fn(&mut [u8]) + Send + Sync + 'static,
    ) -> Effects {
        Effects { now: Arc::new(now), fill: Arc::new(fill) }
    }

    /// The machine's own clock and generator.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place of the sandbox that reads the clock and the generator"
    )]
    pub fn system() -> Effects {
        Effects::new(
            || {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            },
            |out| rand::Rng::fill(&mut rand::rng(), out),
        )
    }

    /// Milliseconds since 1970 UTC.
    pub fn now_ms(&self) -> i64 {
        (self.now)()
    }

    /// Seconds since 1970 UTC, as JWTs count.
    pub fn now_s(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }

    /// A random (version 4) UUID with dashes.
    pub fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        (self.fill)(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    /// `bytes` random bytes as lower-case hex.
    pub fn hex(&self, bytes: usize) -> String {
        let mut out = vec![0; bytes];
        (self.fill)(&mut out);
        hex::encode(out)
    }

    /// Now as the platform writes times: `2026-11-21T02:14:14.277Z`.
    pub fn timestamp(&self) -> String {
        timestamp(self.now_ms())
    }
}

/// Milliseconds since 1970 UTC as the platform writes times: `2026-11-21T02:14:14.277Z`.
pub fn timestamp(ms: i64) -> String {
    let format =
        time::macros::format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    time::OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000)
        .ok()
        .and_then(|at| at.format(format).ok())
        .unwrap_or_default()
}

/// Locks, and goes on when another thread panicked while it held the lock: the sandbox's state is small and is never
/// left half-changed across a call that can panic.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
pub mod fixed {
    //! A clock that stands still and bytes that count: for tests.
    use super::*;
    use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

    /// A stepped clock and the effects that read it.
    pub fn effects(start_ms: i64) -> (Effects, Arc<AtomicI64>) {
        let clock = Arc::new(AtomicI64::new(start_ms));
        let seed = AtomicU64::new(1);
        let read = clock.clone();
        let effects = Effects::new(
            move || read.load(Ordering::SeqCst),
            move |out| {
                for chunk in out.chunks_mut(8) {
                    let word = seed.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
                    let (to, _) = chunk.split_at_mut(chunk.len());
                    to.copy_from_slice(&word[..to.len()]);
                }
            },
        );
        (effects, clock)
    }

    #[test]
    fn writes_times_as_the_platform_does() {
        assert_eq!(timestamp(1_577_880_002_005), "2020-01-01T12:00:02.005Z");
        let (effects, _) = effects(0);
        assert_ne!(effects.uuid(), effects.uuid());
        assert_eq!(effects.uuid().as_bytes()[14], b'4', "version nibble");
    }
}
