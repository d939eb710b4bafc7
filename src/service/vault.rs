//! Secrets at rest: AES-256-GCM under a key that is not in the database.

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::random::Random;

/// A key of 256 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct VaultKey(pub [u8; 32]);

impl std::fmt::Debug for VaultKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VaultKey(…)")
    }
}

/// Why a secret cannot be kept or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    #[error("there is no encryption key (ENCRYPTION_KEY, or encryption.key in DATA_DIR)")]
    NoKey,
    /// Another key, another name, or damage.
    #[error("what is kept was encrypted with another key")]
    WrongKey,
}

/// What every sealed text begins with.
const VERSION: &str = "v1.";

pub(super) struct Vault {
    key: Option<LessSafeKey>,
    random: Arc<dyn Random>,
}

impl Vault {
    pub(super) fn new(key: Option<&VaultKey>, random: Arc<dyn Random>) -> Self {
        let key = key.and_then(|key| UnboundKey::new(&AES_256_GCM, &key.0).ok()).map(LessSafeKey::new);
        Self { key, random }
    }

    /// Encrypts; `name` says what it is, and what is sealed for one name does not open for another.
    pub(super) fn seal(&self, name: &str, text: &str) -> Result<String, VaultError> {
        let key = self.key.as_ref().ok_or(VaultError::NoKey)?;
        let mut nonce = [0; NONCE_LEN];
        self.random.bytes(&mut nonce);
        let mut sealed = text.as_bytes().to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(name.as_bytes()), &mut sealed)
            .map_err(|_| VaultError::NoKey)?;
        let mut whole = nonce.to_vec();
        whole.append(&mut sealed);
        Ok(format!("{VERSION}{}", STANDARD_NO_PAD.encode(whole)))
    }

    pub(super) fn open(&self, name: &str, sealed: &str) -> Result<String, VaultError> {
        let key = self.key.as_ref().ok_or(VaultError::NoKey)?;
        let whole = sealed.strip_prefix(VERSION).and_then(|text| STANDARD_NO_PAD.decode(text).ok());
        let mut whole = whole.filter(|whole| whole.len() > NONCE_LEN).ok_or(VaultError::WrongKey)?;
        let mut rest = whole.split_off(NONCE_LEN);
        let nonce = Nonce::try_assume_unique_for_key(&whole).map_err(|_| VaultError::WrongKey)?;
        let opened =
            key.open_in_place(nonce, Aad::from(name.as_bytes()), &mut rest).map_err(|_| VaultError::WrongKey)?;
        String::from_utf8(opened.to_vec()).map_err(|_| VaultError::WrongKey)
    }
}

#[cfg(test)]
mod tests {
    use super::super::SystemRandom;
    use super::*;

    #[test]
    fn opens_with_its_key_and_name_only() {
        let vault = |byte| Vault::new(Some(&VaultKey([byte; 32])), Arc::new(SystemRandom));
        let sealed = vault(1).seal("platform", "秘密").unwrap();
        assert!(!sealed.contains("秘密"));
        assert_ne!(vault(1).seal("platform", "秘密").unwrap(), sealed, "never the same twice");
        assert_eq!(vault(1).open("platform", &sealed).as_deref(), Ok("秘密"));
        assert_eq!(vault(2).open("platform", &sealed), Err(VaultError::WrongKey));
        assert_eq!(vault(1).open("other", &sealed), Err(VaultError::WrongKey));
        assert_eq!(vault(1).open("platform", "v1.AAAA"), Err(VaultError::WrongKey));
        assert_eq!(vault(1).open("platform", &sealed[1..]), Err(VaultError::WrongKey));
        assert_eq!(Vault::new(None, Arc::new(SystemRandom)).seal("a", "b"), Err(VaultError::NoKey));
        assert_eq!(format!("{:?}", VaultKey([7; 32])), "VaultKey(…)");
    }
}
