//! Randomness and ids as an argument of the services, so that tests can choose them.

use std::sync::Arc;

/// A source of randomness and of ids.
pub trait Random: Send + Sync + 'static {
    /// Fills `out` with unpredictable bytes.
    fn bytes(&self, out: &mut [u8]);

    /// A new unique id as text; later ids sort after earlier ones (UUID version 7).
    fn id(&self) -> String;
}

/// The operating system's randomness, through a generator that is reseeded from it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn bytes(&self, out: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "the one place where randomness comes from")]
        let mut rng = rand::rng();
        rand::RngCore::fill_bytes(&mut rng, out);
    }

    fn id(&self) -> String {
        #[expect(clippy::disallowed_methods, reason = "the one place where ids come from")]
        let id = uuid::Uuid::now_v7();
        id.to_string()
    }
}

/// `bytes` random bytes as text for URLs and headers (base64url): 32 bytes make 43 characters.
pub(super) fn secret(random: &Arc<dyn Random>, bytes: usize) -> String {
    use base64::Engine as _;
    let mut raw = vec![0; bytes];
    random.bytes(&mut raw);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(raw)
}
