//! The key pair of the sandbox's application.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;

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

/// Writes what only we may read, whole or not at all.
fn keep(file: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let new = file.with_extension("pem.new");
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
