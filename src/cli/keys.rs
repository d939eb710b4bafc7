//! The key pair of the sandbox's application.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

use serde_json::{Value, json};

use crate::vonage::Credentials;
use crate::vonage::jwt::NewKeyPair;

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

/// The file that tells commands how to reach the sandbox of a running server.
const ACCOUNT: &str = "sandbox-account.json";

/// Writes down where the sandbox is and who we are there, for commands that run beside the server.
pub(super) fn keep_sandbox_account(
    folder: &Path,
    url: &str,
    credentials: &Credentials,
    application: &str,
) -> std::io::Result<()> {
    let Credentials { api_key, api_secret, .. } = credentials;
    let text = json!({ "url": url, "api_key": api_key, "api_secret": api_secret, "application": application });
    keep(&folder.join(ACCOUNT), &text.to_string())
}

/// What [`keep_sandbox_account`] wrote: the URL, the account, the application's id.
pub(super) fn sandbox_account(folder: &Path) -> anyhow::Result<(String, Credentials, String)> {
    let text = std::fs::read_to_string(folder.join(ACCOUNT))?;
    let read: Value = serde_json::from_str(&text)?;
    let field = |name: &str| read[name].as_str().map(str::to_owned).with_context(|| format!("{ACCOUNT} has no {name}"));
    let credentials = Credentials { api_key: field("api_key")?, api_secret: field("api_secret")?, application: None };
    Ok((field("url")?, credentials, field("application")?))
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
    use super::*;

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
