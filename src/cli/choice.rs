//! Which platform this start gets, and what the database remembers of it: a database that has worked with a real account
//! is never given to the sandbox, in which one click makes anybody on this machine the operator.

use anyhow::Context as _;

use crate::config::Config;
use crate::domain::deployment::{self, Platform};
use crate::store::Store;

/// The setting that holds the platform which the database has worked with, as [`Platform::name`] writes it.
const KNOWN: &str = "known-platform";

/// Decides, and says in the log what should not be overlooked. `config` has what was entered on the setup page.
///
/// # Errors
/// [`deployment::Refusal`], or the database fails.
pub(super) async fn choose(config: &Config, store: &Store) -> anyhow::Result<Platform> {
    let known = known(store).await.context("reading which platform the database has worked with")?;
    let chosen = deployment::choose(&config.signs(known))?;
    match chosen {
        Platform::Sandbox => tracing::warn!(
            "this is the sandbox: no call is real, and everybody at this machine may sign in with one click"
        ),
        Platform::Real if known == Some(Platform::Sandbox) => tracing::warn!(
            "this database has worked with the sandbox: simulated calls and numbers stay in it among the real ones; \
             to begin without them, use another DATABASE_URL"
        ),
        Platform::Real => {}
    }
    Ok(chosen)
}

/// Keeps in mind which platform is served. Once it was a real account's, it stays so.
pub(super) async fn remember(chosen: Platform, store: &Store, now: i64) -> anyhow::Result<()> {
    let known = store.settings().find(KNOWN).await.context("reading which platform the database has worked with")?;
    if known.as_deref() != Some(chosen.name()) {
        store
            .settings()
            .put(KNOWN, chosen.name(), now)
            .await
            .context("noting which platform the database works with")?;
    }
    Ok(())
}

/// The platform that the database has worked with.
async fn known(store: &Store) -> crate::store::Result<Option<Platform>> {
    if let Some(name) = store.settings().find(KNOWN).await? {
        return Ok(Platform::parse(&name));
    }
    // No note: the database is new, or was made by a version that took none. The sandbox gave itself accounts at its first
    // start, so people who signed in where there are none did so with a real account.
    let accounts = store.accounts().all().await?;
    let of_the_sandbox = accounts.iter().any(|account| account.demo);
    let used = accounts.iter().any(|account| account.signed_in_at.is_some());
    Ok((used && !of_the_sandbox).then_some(Platform::Real))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::AccountRow;

    #[tokio::test]
    async fn f0_a_database_without_a_note_is_judged_by_who_signed_in() {
        let row = |name: &str, demo, signed_in_at| AccountRow {
            id: format!("id-{name}"),
            name: name.to_owned(),
            password_hash: String::new(),
            must_change: false,
            created_at: 1,
            changed_at: 1,
            signed_in_at,
            role: "operator".to_owned(),
            display_name: String::new(),
            demo,
            disabled_at: None,
            invite_hash: None,
            invite_expires_at: None,
            user_id: None,
        };
        for (rows, expected) in [
            (vec![row("operator", false, None)], None),
            (vec![row("operator", false, Some(5))], Some(Platform::Real)),
            (vec![row("operator", false, Some(5)), row("Olivia", true, None)], None),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let store = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
            store.migrate().await.unwrap();
            for row in &rows {
                store.accounts().insert(row).await.unwrap();
            }
            assert_eq!(known(&store).await.unwrap(), expected, "{rows:?}");
        }
    }

    #[tokio::test]
    async fn f0_a_database_remembers_a_real_account_for_good() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
        store.migrate().await.unwrap();
        assert_eq!(known(&store).await.unwrap(), None);
        for (served, expected) in [(Platform::Sandbox, Platform::Sandbox), (Platform::Real, Platform::Real)] {
            remember(served, &store, 7).await.unwrap();
            assert_eq!(known(&store).await.unwrap(), Some(expected));
        }
        remember(Platform::Real, &store, 9).await.unwrap();
        assert_eq!(store.settings().changed_at(KNOWN).await.unwrap(), Some(7), "what is known is not written again");
    }
}
