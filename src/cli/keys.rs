//! Keys in files that only we may read: the sandbox's application's, the one that secrets in the database are encrypted
//! under, and the sandbox's account for commands that work beside a running server.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::config::{Config, Secret};
use crate::service::{Random, VaultKey};
use crate::vonage::jwt::NewKeyPair;

/// The key of the vault: ENCRYPTION_KEY, or the one in DATA_DIR, which is made when it is missing.
pub(super) fn encryption_key(config: &Config, random: &dyn Random) -> anyhow::Result<VaultKey> {
    if let Some(text) =
        config.server.encryption_key.as_ref().map(Secret::expose).map(str::trim).filter(|key| !key.is_empty())
    {
        return key_of(text).context("ENCRYPTION_KEY");
    }
    let file = config.server.data_dir.join("encryption.key");
    match std::fs::read_to_string(&file) {
        Ok(text) => key_of(text.trim()).with_context(|| file.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let mut key = [0; 32];
            random.bytes(&mut key);
            keep(&file, &hex::encode(key)).with_context(|| format!("writing {}", file.display()))?;
            Ok(VaultKey(key))
        }
        Err(error) => Err(error).with_context(|| format!("reading {}", file.display())),
    }
}

fn key_of(text: &str) -> anyhow::Result<VaultKey> {
    let mut key = [0; 32];
    if text.len() == 64 && hex::decode_to_slice(text, &mut key).is_ok() {
        return Ok(VaultKey(key));
    }
    if text.chars().count() < 32 {
        bail!("it must be 64 hexadecimal digits, or a text of at least 32 characters");
    }
    Ok(VaultKey(Sha256::digest(text).into()))
}

/// Where the sandbox is, and who we are to it: for commands beside a running server.
#[derive(Serialize, Deserialize)]
pub(super) struct SandboxAccess {
    pub url: String,
    pub api_key: String,
    pub api_secret: String,
    pub application_id: String,
}

const ACCESS: &str = "sandbox-access.json";

pub(super) fn keep_sandbox_access(folder: &Path, access: &SandboxAccess) -> anyhow::Result<()> {
    let file = folder.join(ACCESS);
    keep(&file, &serde_json::to_string(access)?).with_context(|| format!("writing {}", file.display()))
}

/// `None` when no sandbox was started in this folder.
pub(super) fn sandbox_access(folder: &Path) -> Option<SandboxAccess> {
    serde_json::from_str(&std::fs::read_to_string(folder.join(ACCESS)).ok()?).ok()
}

/// The pair that an earlier start left in the folder, or a new one, which is left there. Making one takes longer than all
/// the rest of the start.
pub(super) async fn sandbox_key_pair(folder: &Path) -> anyhow::Result<NewKeyPair> {
    let file = folder.join("sandbox-key.pem");
    tokio::task::spawn_blocking(move || {
        if let Ok(text) = std::fs::read_to_string(&file)
            && let Ok(pair) = NewKeyPair::from_private_pem(&text)
        {
            return Ok(pair);
        }
        let pair = NewKeyPair::generate()?;
        keep(&file, &pair.private).with_context(|| format!("writing {}", file.display()))?;
        Ok(pair)
    })
    .await?
}

/// Writes what only we may read, whole or not at all.
fn keep(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let new = file.with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&new)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&new, file)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::service::SystemRandom;

    #[derive(clap::Parser)]
    struct CommandLine {
        #[command(flatten)]
        config: Config,
    }

    #[test]
    fn the_encryption_key_is_given_or_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let data = format!("--data-dir={}", folder.path().join("data").display());
        let config = |more: &[&str]| CommandLine::parse_from([&["switchboard", &data], more].concat()).config;
        let made = encryption_key(&config(&[]), &SystemRandom).unwrap();
        assert_eq!(encryption_key(&config(&[]), &SystemRandom).unwrap(), made);
        let hex = "ab".repeat(32);
        assert_eq!(encryption_key(&config(&["--encryption-key", &hex]), &SystemRandom).unwrap(), VaultKey([0xab; 32]));
        let text = "a phrase of more than thirty-two characters";
        assert_ne!(encryption_key(&config(&["--encryption-key", text]), &SystemRandom).unwrap(), made);
        let short = encryption_key(&config(&["--encryption-key", "short"]), &SystemRandom).unwrap_err();
        assert!(format!("{short:#}").starts_with("ENCRYPTION_KEY: it must be"), "{short:#}");
    }

    #[tokio::test]
    async fn the_pair_is_kept_and_only_ours_to_read() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("data");
        let first = sandbox_key_pair(&inside).await.unwrap();
        let again = sandbox_key_pair(&inside).await.unwrap();
        assert_eq!(first.private, again.private);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(inside.join("sandbox-key.pem")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        std::fs::write(inside.join("sandbox-key.pem"), "broken").unwrap();
        assert_ne!(sandbox_key_pair(&inside).await.unwrap().private, first.private);
    }
}
