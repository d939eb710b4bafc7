//! Somebody gets an account: the operator names them and their role and hands over a link that is good once; who opens
//! it chooses the password. The same link sets a new password when one was forgotten. In the sandbox there are accounts from the first
//! start that need no password, and exist nowhere else.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};

use super::accounts::{Account, Accounts, PasswordRefusal, SignInRefusal, acceptable};
use super::contact_center::ContactCenter;
use super::core::{Core, ServiceError};
use super::lines::Lines;
use super::random::secret;
use super::rights::Rights;
use super::sdk::Sdk;
use super::shared::Shared;
use crate::domain::account::{NameProblem, Role, account_name, display_name};
use crate::domain::trouble::Trouble;
use crate::store::AccountRow;

/// How long a link is good, ms.
const LINK_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The sandbox's accounts: the two agents that the guides speak of, and an operator.
pub const DEMO: [(&str, &str, Role); 3] =
    [("Jane", "Jane", Role::Agent), ("Joe", "Joe", Role::Agent), ("Olivia", "Olivia", Role::Operator)];

/// Somebody new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMember {
    pub name: String,
    /// Empty: the name.
    pub display_name: String,
    pub role: Role,
}

/// An account as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub account: Account,
    pub demo: bool,
    pub disabled: bool,
    /// A link is out, good until then, ms UTC.
    pub invited_until: Option<i64>,
    /// Nobody chose a password yet.
    pub waiting: bool,
    pub signed_in_at: Option<i64>,
    /// `USR-…` of the Client SDK user at the platform, when it was made.
    pub user_id: Option<String>,
}

/// A link that is good once. Shown to the operator, and to nobody else.
#[derive(Clone, PartialEq, Eq)]
pub struct Invitation {
    pub name: String,
    /// The path and query under our public address.
    pub path: String,
    /// Until when it is good, ms UTC.
    pub expires_at: i64,
}

impl std::fmt::Debug for Invitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invitation").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why nobody was added.
#[derive(Debug, thiserror::Error)]
pub enum AddRefusal {
    #[error(transparent)]
    Name(#[from] NameProblem),
    #[error("name: {0:?} is taken")]
    Taken(String),
    #[error("name: {0:?} is the public support user")]
    SupportUser(String),
    #[error("the database failed: {0}")]
    Unavailable(#[from] ServiceError),
}

impl From<AddRefusal> for Trouble {
    fn from(refusal: AddRefusal) -> Self {
        match refusal {
            AddRefusal::Name(problem) => problem.into(),
            AddRefusal::Taken(name) => Self::Taken(name),
            AddRefusal::SupportUser(name) => Self::SupportUser(name),
            AddRefusal::Unavailable(error) => error.into(),
        }
    }
}

impl From<crate::store::StoreError> for AddRefusal {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

/// The accounts, and their users at the platform.
#[derive(Clone)]
pub struct Team {
    pub(super) core: Arc<Core>,
    pub(super) lines: Lines,
    pub(super) accounts: Accounts,
    pub(super) desk: Arc<ContactCenter>,
    pub(super) rights: Rights,
    pub sdk: Sdk,
}

impl Team {
    pub(super) fn new(shared: &Shared, desk: Arc<ContactCenter>, sdk: Sdk) -> Self {
        Self {
            core: Arc::clone(&shared.core),
            lines: shared.lines.clone(),
            accounts: shared.accounts.clone(),
            desk,
            rights: shared.rights.clone(),
            sdk,
        }
    }

    /// Makes an account and a link for it.
    ///
    /// # Errors
    /// [`AddRefusal`], naming the field.
    pub async fn add_member(&self, new: &NewMember) -> Result<Invitation, AddRefusal> {
        let name = account_name(&new.name)?;
        if name.eq_ignore_ascii_case(&self.core.settings.directory.support_user) {
            return Err(AddRefusal::SupportUser(name.to_owned()));
        }
        let token = secret(&self.core.random, 32);
        let expires_at = self.core.clock.now_ms() + LINK_MS;
        let mut row = self.row(name, &display_name(&new.display_name, name), new.role);
        row.invite_hash = Some(hash(&token));
        row.invite_expires_at = Some(expires_at);
        if !self.core.store.accounts().insert(&row).await? {
            return Err(AddRefusal::Taken(name.to_owned()));
        }
        tracing::info!(account.id = %row.id, account.role = %row.role, "an account was made");
        self.lines.reload_directory().await?;
        Ok(Invitation { name: name.to_owned(), path: path(&token), expires_at })
    }

    /// A new link for an account; the one before is worth nothing from now on. `None` when there is no such account, or it
    /// needs none.
    pub async fn invite(&self, account_id: &str) -> Result<Option<Invitation>, ServiceError> {
        let store = &self.core.store;
        let Some(row) = store.accounts().find(account_id).await?.filter(|row| !row.demo) else { return Ok(None) };
        let token = secret(&self.core.random, 32);
        let expires_at = self.core.clock.now_ms() + LINK_MS;
        let invited = store.accounts().invite(account_id, &hash(&token), expires_at).await?;
        Ok(invited.then(|| Invitation { name: row.name, path: path(&token), expires_at }))
    }

    /// Whose link this is; `None` when it is used up, too old, or none of ours.
    pub async fn invited(&self, token: &str) -> Result<Option<Account>, ServiceError> {
        let now = self.core.clock.now_ms();
        let row = self.core.store.accounts().invited(&hash(token)).await?;
        Ok(row
            .filter(|row| self.accounts.exists(row) && row.invite_expires_at.is_some_and(|at| at > now))
            .map(Account::from))
    }

    /// Takes a link for a password, signs in, and ends every older session of the account.
    ///
    /// # Errors
    /// [`PasswordRefusal`]; [`PasswordRefusal::Wrong`] when the link is not good.
    pub async fn accept_invitation(&self, token: &str, password: &str) -> Result<Account, PasswordRefusal> {
        acceptable(password)?;
        let broken = |error: ServiceError| {
            tracing::error!(error = %error, "an invitation could not be read");
            PasswordRefusal::Unavailable
        };
        // Asked before hashing, which is work: a link that is none costs nothing.
        let Some(account) = self.invited(token).await.map_err(broken)? else { return Err(PasswordRefusal::Wrong) };
        let core = &self.core;
        let hashed = self.accounts.hasher.hash(password).await?;
        let now = core.clock.now_ms();
        if !core.store.accounts().accept_invitation(&hash(token), &hashed, now).await? {
            return Err(PasswordRefusal::Wrong);
        }
        core.store.accounts().end_sessions_of(&account.id).await?;
        self.rights.tell_rights_changed(&account.id);
        tracing::info!(account.id = %account.id, "an invitation was accepted");
        Ok(Account { must_change_password: false, ..account })
    }

    /// Everybody, by name; the sandbox's accounts only in the sandbox.
    pub async fn members(&self) -> Result<Vec<Member>, ServiceError> {
        let now = self.core.clock.now_ms();
        let rows = self.core.store.accounts().all().await?;
        let sandbox = self.core.settings.sandbox.is_some();
        let shown = rows.into_iter().filter(|row| sandbox || !row.demo);
        Ok(shown
            .map(|row| Member {
                demo: row.demo,
                disabled: row.disabled_at.is_some(),
                invited_until: row.invite_expires_at.filter(|at| *at > now),
                waiting: row.password_hash.is_empty() && !row.demo,
                signed_in_at: row.signed_in_at,
                user_id: row.user_id.clone(),
                account: row.into(),
            })
            .collect())
    }

    /// Changes somebody's display name and role, or takes their access away (`disabled`), which ends their sessions.
    /// Whether there is such an account.
    pub async fn change_member(&self, id: &str, role: Role, shown: &str, disabled: bool) -> Result<bool, ServiceError> {
        let store = &self.core.store;
        let Some(row) = store.accounts().find(id).await? else { return Ok(false) };
        let disabled_at = disabled.then(|| row.disabled_at.unwrap_or(self.core.clock.now_ms()));
        let found = store.accounts().set_role(id, role.name(), &display_name(shown, &row.name), disabled_at).await?;
        if disabled {
            store.accounts().end_sessions_of(id).await?;
        }
        self.rights.tell_rights_changed(id);
        self.lines.reload_directory().await?;
        Ok(found)
    }

    /// Deletes an account and ends its sessions. Whether there was one.
    pub async fn delete_member(&self, id: &str) -> Result<bool, ServiceError> {
        let found = self.core.store.accounts().delete(id).await?;
        self.core.store.accounts().end_sessions_of(id).await?;
        self.rights.tell_rights_changed(id);
        self.lines.reload_directory().await?;
        Ok(found)
    }

    /// In the sandbox, makes its accounts, unless somebody already works with this database.
    pub async fn first_sandbox_start(&self) -> Result<(), ServiceError> {
        if self.core.settings.sandbox.is_none() {
            return Ok(());
        }
        let rows = self.core.store.accounts().all().await?;
        if !rows.iter().any(|row| row.demo || row.signed_in_at.is_some()) {
            for (name, shown, role) in DEMO {
                let row = AccountRow { demo: true, ..self.row(name, shown, role) };
                self.core.store.accounts().insert(&row).await?;
            }
        }
        // They are in the team from the start, as the guides say; everybody else is when they first come.
        for row in self.core.store.accounts().all().await?.iter().filter(|row| row.demo) {
            if Role::parse(&row.role).is_some_and(Role::takes_calls) {
                self.desk.presence.make_agent(&row.id, &row.name).await?;
            }
        }
        self.lines.reload_directory().await
    }

    /// Who may sign in by one click on the login page: the sandbox's accounts, in the sandbox.
    pub async fn sandbox_accounts(&self) -> Result<Vec<Account>, ServiceError> {
        let rows = self.core.store.accounts().all().await?;
        Ok(rows.into_iter().filter(|row| row.demo && self.accounts.exists(row)).map(Account::from).collect())
    }

    /// Signs one of the sandbox's accounts in.
    ///
    /// # Errors
    /// [`SignInRefusal::Wrong`] for every other account, and for all of them on the real platform.
    pub async fn sandbox_sign_in(&self, name: &str) -> Result<Account, SignInRefusal> {
        let row = self.core.store.accounts().named(name).await?;
        let row = row.filter(|row| row.demo && self.accounts.exists(row)).ok_or(SignInRefusal::Wrong)?;
        self.core.store.accounts().signed_in(&row.id, self.core.clock.now_ms()).await?;
        Ok(row.into())
    }

    /// An account without a password.
    fn row(&self, name: &str, shown: &str, role: Role) -> AccountRow {
        let now = self.core.clock.now_ms();
        AccountRow {
            id: self.core.random.id(),
            name: name.to_owned(),
            password_hash: String::new(),
            must_change: false,
            created_at: now,
            changed_at: now,
            signed_in_at: None,
            role: role.name().to_owned(),
            display_name: shown.to_owned(),
            demo: false,
            disabled_at: None,
            invite_hash: None,
            invite_expires_at: None,
            user_id: None,
        }
    }
}

fn path(token: &str) -> String {
    format!("/login/invitation?token={token}")
}

fn hash(token: &str) -> String {
    hex::encode(Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{World, home};
    use super::*;
    use crate::domain::line::{Caller, Line, choose};
    use crate::service::SandboxNotice;
    use crate::store::testing::{Database, on_both};

    on_both!(
        a_link_is_good_once_and_for_its_account,
        a_new_link_replaces_the_old_one_and_time_ends_both,
        names_are_unique_whatever_their_letters,
        the_sandboxs_accounts_exist_in_the_sandbox_only,
        who_is_disabled_is_out_and_takes_no_calls,
    );

    fn member(name: &str, role: Role) -> NewMember {
        NewMember { name: name.into(), display_name: String::new(), role }
    }

    fn token(invitation: &Invitation) -> &str {
        invitation.path.strip_prefix("/login/invitation?token=").unwrap()
    }

    const PASSWORD: &str = "a long enough password";

    async fn a_link_is_good_once_and_for_its_account(db: Database) {
        let world = World::new(db).await;
        let services = &world.services;
        let link = services.team.add_member(&member("Jane", Role::Agent)).await.unwrap();
        assert!(!format!("{link:?}").contains(token(&link)));
        assert_eq!(
            services.accounts.sign_in("Jane", "", home()).await,
            Err(SignInRefusal::Wrong),
            "no password is no password"
        );
        assert_eq!(services.team.invited("x").await.unwrap(), None);
        let invited = services.team.invited(token(&link)).await.unwrap().unwrap();
        assert_eq!((invited.name.as_str(), invited.role), ("Jane", Role::Agent));
        let short = services.team.accept_invitation(token(&link), "short").await;
        assert!(matches!(short, Err(PasswordRefusal::TooShort { .. })));
        assert!(services.team.members().await.unwrap()[0].waiting);
        let jane = services.team.accept_invitation(token(&link), PASSWORD).await.unwrap();
        assert_eq!((jane.id.as_str(), jane.must_change_password), (invited.id.as_str(), false));
        assert_eq!(services.team.accept_invitation(token(&link), PASSWORD).await, Err(PasswordRefusal::Wrong));
        assert_eq!(services.team.invited(token(&link)).await.unwrap(), None);
        assert_eq!(services.accounts.sign_in("jane", PASSWORD, home()).await.unwrap().id, jane.id);
        let [row] = &services.team.members().await.unwrap()[..] else { panic!() };
        assert!(!row.waiting && row.invited_until.is_none() && row.signed_in_at.is_some());
    }

    async fn a_new_link_replaces_the_old_one_and_time_ends_both(db: Database) {
        let world = World::new(db).await;
        let services = &world.services;
        let old = services.team.add_member(&member("Jane", Role::Supervisor)).await.unwrap();
        let id = services.team.invited(token(&old)).await.unwrap().unwrap().id;
        let new = services.team.invite(&id).await.unwrap().unwrap();
        assert_eq!(services.team.invited(token(&old)).await.unwrap(), None);
        assert!(services.team.invited(token(&new)).await.unwrap().is_some());
        world.pass(LINK_MS);
        assert_eq!(services.team.invited(token(&new)).await.unwrap(), None);
        assert_eq!(services.team.accept_invitation(token(&new), PASSWORD).await, Err(PasswordRefusal::Wrong));
        assert_eq!(services.team.invite("nobody").await.unwrap(), None);
    }

    async fn names_are_unique_whatever_their_letters(db: Database) {
        let world = World::new(db).await;
        let services = &world.services;
        services.team.add_member(&member("Jane", Role::Agent)).await.unwrap();
        let refusal =
            async |name: &str| services.team.add_member(&member(name, Role::Agent)).await.unwrap_err().to_string();
        assert_eq!(refusal("jane").await, "name: \"jane\" is taken");
        assert_eq!(refusal("SupportUser").await, "name: \"SupportUser\" is the public support user");
        assert!(refusal("a b").await.starts_with("name: ' ' is not allowed"));
    }

    async fn the_sandboxs_accounts_exist_in_the_sandbox_only(db: Database) {
        let world = World::with(db, |settings| {
            settings.sandbox = Some(SandboxNotice { handset_page_url: "http://127.0.0.1:3001/".into() });
        })
        .await;
        let services = &world.services;
        assert!(services.accounts.first_start().await.unwrap().is_some());
        services.team.first_sandbox_start().await.unwrap();
        services.team.first_sandbox_start().await.unwrap();
        let names: Vec<String> =
            services.team.sandbox_accounts().await.unwrap().into_iter().map(|account| account.name).collect();
        assert_eq!(names, ["Jane", "Joe", "Olivia"]);
        assert_eq!(services.team.sandbox_sign_in("operator").await, Err(SignInRefusal::Wrong));
        let jane = services.team.sandbox_sign_in("Jane").await.unwrap();
        assert_eq!(jane.role, Role::Agent);
        assert_eq!(services.accounts.sign_in("Jane", "", home()).await, Err(SignInRefusal::Wrong));
        assert_eq!(services.team.invite(&jane.id).await.unwrap(), None);
        let calls = |services: &crate::service::Services| {
            choose(&services.lines.directory(), &Caller::User("Jane".into()), None)
        };
        assert_eq!(calls(services), Line::Outbound("Jane".into()));
        // The same database with real credentials: nobody there, and the first operator still gets a password.
        let real = world.restarted(|_| {}).await;
        real.lines.reload_directory().await.unwrap();
        real.team.first_sandbox_start().await.unwrap();
        assert!(real.team.sandbox_accounts().await.unwrap().is_empty());
        assert_eq!(real.team.sandbox_sign_in("Jane").await, Err(SignInRefusal::Wrong));
        assert_eq!(real.accounts.account(&jane.id).await.unwrap(), None);
        assert_eq!(calls(&real), Line::Unassigned);
        assert!(real.accounts.first_start().await.unwrap().is_some());
    }

    async fn who_is_disabled_is_out_and_takes_no_calls(db: Database) {
        let world = World::new(db).await;
        let services = &world.services;
        let link = services.team.add_member(&member("Jane", Role::Agent)).await.unwrap();
        let jane = services.team.accept_invitation(token(&link), PASSWORD).await.unwrap();
        assert!(services.lines.directory().agents.contains("Jane"));
        assert!(services.team.change_member(&jane.id, Role::Agent, "Jane D.", true).await.unwrap());
        assert!(!services.lines.directory().agents.contains("Jane"));
        assert_eq!(services.accounts.account(&jane.id).await.unwrap(), None);
        assert_eq!(services.accounts.sign_in("Jane", PASSWORD, home()).await, Err(SignInRefusal::Wrong));
        assert!(services.team.change_member(&jane.id, Role::Supervisor, "Jane D.", false).await.unwrap());
        let back = services.accounts.sign_in("Jane", PASSWORD, home()).await.unwrap();
        assert_eq!((back.role, back.display_name.as_str()), (Role::Supervisor, "Jane D."));
        assert!(services.team.delete_member(&jane.id).await.unwrap());
        assert!(!services.team.delete_member(&jane.id).await.unwrap());
        assert_eq!(services.accounts.account(&jane.id).await.unwrap(), None);
    }
}
