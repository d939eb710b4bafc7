//! Somebody signs in, changes the password, signs out everywhere. How they got an account: [`super::invitations`].

use std::net::IpAddr;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tower_sessions::session::Id as SessionId;

use super::core::{Core, ServiceError};
use super::fail::Fail;
use super::password::{self, HashFailure, Hasher};
use super::rate::network;
use super::rights::Rights;
use crate::domain::account::Role;
use crate::store::{AccountRow, StoreError, Throttle};

/// The account that the first start makes.
pub const FIRST_ACCOUNT: &str = "operator";

/// The shortest password that a person may choose, in characters. Longer is better; what it is made of is their affair.
pub const SHORTEST_PASSWORD: usize = 12;
/// The longest, in bytes: hashing is work.
pub const LONGEST_PASSWORD: usize = 512;

/// Somebody who may sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    pub id: String,
    /// What they sign in with, and the name of their Client SDK user.
    pub name: String,
    /// What people read.
    pub display_name: String,
    pub role: Role,
    /// The password was generated: nothing but changing it is allowed.
    pub must_change_password: bool,
}

/// Why a request of somebody's is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// No session, or its account is gone or disabled.
    SignIn,
    /// The password was for one use: nothing but changing it is allowed.
    ChangePassword,
    /// The role may not.
    Forbidden,
}

impl From<Denied> for Fail<Denied> {
    fn from(refusal: Denied) -> Self {
        Self::Refused(refusal)
    }
}

impl Account {
    /// The account itself, if its role may do what `may` says.
    ///
    /// # Errors
    /// Why not.
    pub fn permitted(self, may: impl Fn(Role) -> bool) -> Result<Self, Denied> {
        if self.must_change_password {
            return Err(Denied::ChangePassword);
        }
        if may(self.role) { Ok(self) } else { Err(Denied::Forbidden) }
    }
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        let display_name = if row.display_name.is_empty() { row.name.clone() } else { row.display_name };
        // A role that a newer version wrote may no more than the least.
        let role = Role::parse(&row.role).unwrap_or_default();
        Self { id: row.id, name: row.name, display_name, role, must_change_password: row.must_change }
    }
}

/// What is printed in the terminal, once.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimePassword {
    pub name: String,
    pub password: String,
}

impl std::fmt::Debug for OneTimePassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OneTimePassword").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why somebody was not signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignInRefusal {
    /// The name or the password; which of them is not told.
    #[error("the name or the password is wrong")]
    Wrong,
    #[error("too many attempts, try again in {retry_after_s} s")]
    Throttled { retry_after_s: u64 },
    /// Our own fault; the log says why.
    #[error("signing in is not possible at the moment")]
    Unavailable,
}

/// Why a password was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordRefusal {
    #[error("the current password is wrong")]
    Wrong,
    #[error("a password has at least {least} characters")]
    TooShort { least: usize },
    #[error("a password has at most {most} bytes")]
    TooLong { most: usize },
    #[error("the new password is the old one")]
    Same,
    #[error("too many attempts, try again in {retry_after_s} s")]
    Throttled { retry_after_s: u64 },
    #[error("changing the password is not possible at the moment")]
    Unavailable,
}

impl From<StoreError> for SignInRefusal {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "signing in failed");
        Self::Unavailable
    }
}

impl From<HashFailure> for SignInRefusal {
    fn from(failure: HashFailure) -> Self {
        match failure {
            HashFailure::Busy => Self::Throttled { retry_after_s: 1 },
            HashFailure::Broken => {
                tracing::error!("hashing a password failed");
                Self::Unavailable
            }
        }
    }
}

impl From<StoreError> for PasswordRefusal {
    fn from(error: StoreError) -> Self {
        SignInRefusal::from(error).into()
    }
}

impl From<HashFailure> for PasswordRefusal {
    fn from(failure: HashFailure) -> Self {
        SignInRefusal::from(failure).into()
    }
}

impl From<SignInRefusal> for PasswordRefusal {
    fn from(refusal: SignInRefusal) -> Self {
        match refusal {
            SignInRefusal::Wrong => Self::Wrong,
            SignInRefusal::Throttled { retry_after_s } => Self::Throttled { retry_after_s },
            SignInRefusal::Unavailable => Self::Unavailable,
        }
    }
}

/// Signing in, and what an account may.
#[derive(Clone)]
pub struct Accounts {
    pub(super) core: Arc<Core>,
    pub(super) rights: Rights,
    pub(super) hasher: Arc<Hasher>,
}

impl Accounts {
    pub(super) fn new(core: Arc<Core>, rights: Rights) -> Self {
        Self { rights, hasher: Arc::new(Hasher::new(Arc::clone(&core.random))), core }
    }

    /// On an empty database, makes the first account. As long as nobody has signed in with it, every start gives it a new
    /// password: an operator who missed the line in the terminal starts again, and an old line is worth nothing.
    ///
    /// # Errors
    /// When the database or the hashing fails.
    pub async fn first_start(&self) -> Result<Option<OneTimePassword>, ServiceError> {
        let core = &self.core;
        let found = core.store.accounts().named(FIRST_ACCOUNT).await?;
        if found.is_none() && core.store.accounts().count().await? > 0 {
            return Ok(None);
        }
        if found.as_ref().is_some_and(|account| !account.must_change || account.signed_in_at.is_some()) {
            return Ok(None);
        }
        let password = password::generate(&core.random);
        let hash = self.hasher.hash(&password).await.map_err(|_| ServiceError::Internal("hashing failed"))?;
        let now = core.clock.now_ms();
        let made = match found {
            Some(account) => {
                core.store.accounts().set_password(&account.id, &account.password_hash, &hash, true, now).await?
            }
            None => {
                let account = AccountRow {
                    id: core.random.id(),
                    name: FIRST_ACCOUNT.to_owned(),
                    password_hash: hash,
                    must_change: true,
                    created_at: now,
                    changed_at: now,
                    signed_in_at: None,
                    role: Role::Operator.name().to_owned(),
                    display_name: String::new(),
                    demo: false,
                    disabled_at: None,
                    invite_hash: None,
                    invite_expires_at: None,
                    user_id: None,
                };
                core.store.accounts().insert(&account).await?
            }
        };
        // Another node was faster, and printed its own.
        Ok(made.then(|| OneTimePassword { name: FIRST_ACCOUNT.to_owned(), password }))
    }

    /// Whether nobody has signed in yet with the account of the first start.
    pub async fn is_first_start(&self) -> Result<bool, ServiceError> {
        let found = self.core.store.accounts().named(FIRST_ACCOUNT).await?;
        Ok(found.is_some_and(|account| account.must_change && account.signed_in_at.is_none()))
    }

    /// Checks a name and a password. Every attempt counts as a failure until it turns out to be none, so that attempts in
    /// parallel are all counted.
    ///
    /// # Errors
    /// [`SignInRefusal`].
    pub async fn sign_in(&self, name: &str, password: &str, client_ip: IpAddr) -> Result<Account, SignInRefusal> {
        let row = self.check_password(name, password, client_ip).await?;
        let now = self.core.clock.now_ms();
        self.core.store.accounts().signed_in(&row.id, now).await?;
        tracing::info!(account.id = %row.id, "signed in");
        Ok(row.into())
    }

    /// The account of a session; `None` when it is gone.
    pub async fn account(&self, id: &str) -> Result<Option<Account>, ServiceError> {
        Ok(self.core.store.accounts().find(id).await?.filter(|row| self.exists(row)).map(Account::from))
    }

    /// The account of a session, if its role may do what `may` says. `id` is what the session holds.
    ///
    /// # Errors
    /// [`Denied`], or when the database fails.
    pub async fn permitted(&self, id: Option<&str>, may: impl Fn(Role) -> bool) -> Result<Account, Fail<Denied>> {
        let id = id.ok_or(Denied::SignIn)?;
        let account = self.account(id).await?.ok_or(Denied::SignIn)?;
        Ok(account.permitted(may)?)
    }

    /// Disabled accounts do not, nor do the sandbox's for the real platform.
    pub(super) fn exists(&self, row: &AccountRow) -> bool {
        row.disabled_at.is_none() && (!row.demo || self.core.settings.sandbox.is_some())
    }

    /// Ends every session of an account.
    pub async fn sign_out_everywhere(&self, account_id: &str) -> Result<(), ServiceError> {
        self.core.store.accounts().end_sessions_of(account_id).await?;
        self.rights.tell_rights_changed(account_id);
        tracing::info!(account.id = %account_id, "signed out everywhere");
        Ok(())
    }

    /// Ends every session of an account but `keep`, in which they go on.
    pub async fn sign_out_elsewhere(&self, account_id: &str, keep: SessionId) -> Result<(), ServiceError> {
        self.core.store.accounts().end_other_sessions_of(account_id, keep).await?;
        self.rights.tell_rights_changed(account_id);
        tracing::info!(account.id = %account_id, "signed out the other browsers");
        Ok(())
    }

    /// Changes a password and ends every session of the account. The caller gives its own session a new id afterwards,
    /// which keeps it.
    ///
    /// # Errors
    /// [`PasswordRefusal`].
    pub async fn change_password(
        &self,
        account_id: &str,
        current: &str,
        new: &str,
        client_ip: IpAddr,
    ) -> Result<(), PasswordRefusal> {
        acceptable(new)?;
        if new == current {
            return Err(PasswordRefusal::Same);
        }
        let core = &self.core;
        let account = core.store.accounts().find(account_id).await?.ok_or(PasswordRefusal::Wrong)?;
        let account = self.check_password(&account.name, current, client_ip).await?;
        let hash = self.hasher.hash(new).await?;
        let now = core.clock.now_ms();
        let changed = core.store.accounts().set_password(&account.id, &account.password_hash, &hash, false, now).await;
        if !changed? {
            // Somebody else changed it in the meantime, so the current one is not current.
            return Err(PasswordRefusal::Wrong);
        }
        core.store.accounts().end_sessions_of(&account.id).await?;
        self.rights.tell_rights_changed(&account.id);
        tracing::info!(account.id = %account.id, "a password was changed");
        Ok(())
    }

    async fn check_password(&self, name: &str, password: &str, client_ip: IpAddr) -> Result<AccountRow, SignInRefusal> {
        let core = &self.core;
        let keys = Keys::of(name, client_ip);
        self.count_attempt(&keys.pair, PAIR_FAILURES).await?;
        self.count_attempt(&keys.address, ADDRESS_FAILURES).await?;
        if password.len() > LONGEST_PASSWORD {
            return Err(SignInRefusal::Wrong);
        }
        let row = core.store.accounts().named(name).await?;
        // An invitation that waits has no password; checking takes as long.
        let hash = row.as_ref().map(|row| row.password_hash.as_str()).filter(|hash| !hash.is_empty());
        let right = self.hasher.verify(password, hash).await?;
        let Some(row) = row.filter(|row| right && self.exists(row)) else {
            tracing::warn!("a sign-in failed");
            return Err(SignInRefusal::Wrong);
        };
        core.store.accounts().clear_throttle(&keys.pair).await?;
        self.discount_attempt(&keys.address).await?;
        Ok(row)
    }

    /// Counts an attempt as a failure, unless none is allowed now.
    pub(super) async fn count_attempt(&self, key: &str, free: i64) -> Result<(), SignInRefusal> {
        loop {
            let now = self.core.clock.now_ms();
            let old = self.core.store.accounts().throttle(key).await?;
            let new = attempt(old, now, free).map_err(|retry_after_s| SignInRefusal::Throttled { retry_after_s })?;
            // Otherwise another attempt came in between; each round one of them succeeds.
            if self.core.store.accounts().set_throttle(key, old, new).await? {
                return Ok(());
            }
        }
    }

    /// The attempt was none of an attacker's.
    pub(super) async fn discount_attempt(&self, key: &str) -> Result<(), SignInRefusal> {
        loop {
            let Some(old) = self.core.store.accounts().throttle(key).await? else { return Ok(()) };
            let new = Throttle { failures: (old.failures - 1).max(0), ..old };
            if self.core.store.accounts().set_throttle(key, Some(old), new).await? {
                return Ok(());
            }
        }
    }
}

/// Whether a password may be chosen.
pub(super) fn acceptable(new: &str) -> Result<(), PasswordRefusal> {
    if new.chars().count() < SHORTEST_PASSWORD {
        return Err(PasswordRefusal::TooShort { least: SHORTEST_PASSWORD });
    }
    if new.len() > LONGEST_PASSWORD {
        return Err(PasswordRefusal::TooLong { most: LONGEST_PASSWORD });
    }
    Ok(())
}

/// Free attempts of one address at one account, and of one address at all accounts, before waiting begins.
const PAIR_FAILURES: i64 = 5;
const ADDRESS_FAILURES: i64 = 20;
/// Failures are forgotten after so long without one, ms.
const WINDOW_MS: i64 = 15 * 60 * 1000;
/// The longest wait, s.
const LONGEST_WAIT_S: i64 = 900;

struct Keys {
    /// The account as seen from one address: a stranger elsewhere cannot lock the owner out.
    pair: String,
    address: String,
}

impl Keys {
    fn of(name: &str, address: IpAddr) -> Self {
        // A neighbour's address is cheap to get: IPv4 counts by /24.
        let near = match network(address) {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                IpAddr::from([a, b, c, 0])
            }
            v6 @ IpAddr::V6(_) => v6,
        };
        let hash = |parts: &[&str]| hex::encode(Sha256::digest(parts.join("\n")));
        let near = near.to_string();
        Self { pair: hash(&["pair", &near, &name.to_lowercase()]), address: hash(&["address", &near]) }
    }
}

/// The throttle after one more failure, or the seconds to wait before an attempt is allowed: 1, 2, 4 … up to 900 after
/// the `free` ones.
fn attempt(old: Option<Throttle>, now: i64, free: i64) -> Result<Throttle, u64> {
    let old = old.unwrap_or_default();
    let wait = (old.blocked_until - now).min(LONGEST_WAIT_S * 1000);
    if wait > 0 {
        return Err(u64::try_from(wait).unwrap_or_default().div_ceil(1000));
    }
    let forgotten = now - old.last_at > WINDOW_MS;
    let failures = if forgotten { 1 } else { old.failures + 1 };
    let over = u32::try_from((failures - free).clamp(-1, 10)).ok();
    let wait_s = over.map_or(0, |over| (1_i64 << over).min(LONGEST_WAIT_S));
    Ok(Throttle { failures, last_at: now, blocked_until: if wait_s == 0 { 0 } else { now + wait_s * 1000 } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_after_the_free_attempts_and_has_an_end() {
        let (mut state, mut now, mut waits) = (None, 1_000_000, Vec::new());
        for _ in 0..18 {
            let after = attempt(state, now, PAIR_FAILURES).unwrap();
            let wait = (after.blocked_until - now).max(0) / 1000;
            waits.push(wait);
            if wait > 0 {
                assert_eq!(attempt(Some(after), now, PAIR_FAILURES), Err(wait as u64));
            }
            state = Some(after);
            now += wait * 1000;
        }
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900, 900]);
    }

    #[test]
    fn a_quiet_quarter_of_an_hour_is_forgiven() {
        let old = Throttle { failures: 30, last_at: 0, blocked_until: 5 };
        assert_eq!(attempt(Some(old), WINDOW_MS + 1, PAIR_FAILURES).unwrap().failures, 1);
        assert_eq!(attempt(Some(old), WINDOW_MS, PAIR_FAILURES).unwrap().failures, 31);
    }

    #[test]
    fn a_clock_that_jumps_back_locks_nobody_out_for_ever() {
        let old = Throttle { failures: 6, last_at: 10_000_000_000, blocked_until: 10_000_002_000 };
        assert_eq!(attempt(Some(old), 0, PAIR_FAILURES), Err(900));
    }

    #[test]
    fn neighbours_share_and_strangers_do_not() {
        let of = |address: &str| Keys::of("operator", address.parse().unwrap());
        assert_eq!(of("192.0.2.1").pair, of("192.0.2.200").pair);
        assert_ne!(of("192.0.2.1").pair, of("192.0.3.1").pair);
        assert_eq!(Keys::of("Operator", "192.0.2.1".parse().unwrap()).pair, of("192.0.2.1").pair);
    }
}
