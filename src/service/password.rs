//! Passwords: argon2id, at most two at a time.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use tokio::sync::Semaphore;

use super::random::Random;

/// OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Each takes 19 MiB and a core for some 50 ms: a flood of sign-ins must not take the callers' share.
const AT_ONCE: usize = 2;
/// How long a sign-in queues for its turn.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why there is no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HashFailure {
    /// Too many are waiting.
    Busy,
    /// The algorithm failed: a defect, or no memory.
    Broken,
}

pub(super) struct Hasher {
    permits: Arc<Semaphore>,
    random: Arc<dyn Random>,
}

impl Hasher {
    pub(super) fn new(random: Arc<dyn Random>) -> Self {
        Self { permits: Arc::new(Semaphore::new(AT_ONCE)), random }
    }

    /// The hash in PHC form, with its own salt and parameters.
    pub(super) async fn hash(&self, password: &str) -> Result<String, HashFailure> {
        let mut salt = [0; 16];
        self.random.bytes(&mut salt);
        let password = password.to_owned();
        self.run(move |argon| {
            let hash: PasswordHash = argon.hash_password_with_salt(password.as_bytes(), &salt).ok()?;
            Some(hash.to_string())
        })
        .await
    }

    /// Whether it is the password. Without a hash (no such account) it takes as long, and is not.
    pub(super) async fn verify(&self, password: &str, hash: Option<&str>) -> Result<bool, HashFailure> {
        let (password, hash) = (password.to_owned(), hash.map(str::to_owned));
        self.run(move |argon| match hash {
            Some(hash) => Some(argon.verify_password(password.as_bytes(), hash.as_str()).is_ok()),
            None => argon.hash_password_with_salt(password.as_bytes(), &[0; 16]).ok().map(|_: PasswordHash| false),
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(Argon2<'static>) -> Option<T> + Send + 'static,
    ) -> Result<T, HashFailure> {
        let waiting = tokio::time::timeout(PATIENCE, Arc::clone(&self.permits).acquire_owned()).await;
        let permit = waiting.map_err(|_| HashFailure::Busy)?.map_err(|_| HashFailure::Broken)?;
        let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| HashFailure::Broken)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work(Argon2::new(Algorithm::Argon2id, Version::V0x13, params));
            // Not before the work is done: a request that stops waiting does not stop the work.
            drop(permit);
            result
        });
        done.await.ok().flatten().ok_or(HashFailure::Broken)
    }
}

/// A password for a new account: 20 characters that nobody confuses when copying, 100 bits.
pub(super) fn generate(random: &Arc<dyn Random>) -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let mut bytes = [0; 20];
    random.bytes(&mut bytes);
    let mut text = String::with_capacity(23);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % 5 == 0 {
            text.push('-');
        }
        text.push(char::from(ALPHABET[usize::from(byte & 31)]));
    }
    text
}
