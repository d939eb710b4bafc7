//! What the services take from the world: the time and chance. Both are arguments, so that tests can choose them.

use std::sync::Arc;

/// The wall clock.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since 1970, UTC. May jump, backwards too.
    fn now_ms(&self) -> i64;
}

/// A source of chance.
pub trait Random: Send + Sync + 'static {
    /// Fills `out` with bytes that nobody can predict.
    fn bytes(&self, out: &mut [u8]);

    /// A new unique id as text, the later the greater (UUID version 7).
    fn id(&self) -> String;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
        let now = std::time::SystemTime::now();
        let since = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The operating system's randomness, through a generator that is reseeded from it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn bytes(&self, out: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "the one place where chance comes from")]
        let mut rng = rand::rng();
        rand::RngCore::fill_bytes(&mut rng, out);
    }

    fn id(&self) -> String {
        #[expect(clippy::disallowed_methods, reason = "the one place where ids come from")]
        let id = uuid::Uuid::now_v7();
        id.to_string()
    }
}

/// `bytes` of chance as text for URLs and headers (base64url): 32 bytes make 43 characters.
pub(super) fn secret(random: &Arc<dyn Random>, bytes: usize) -> String {
    use base64::Engine as _;
    let mut raw = vec![0; bytes];
    random.bytes(&mut raw);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(raw)
}
