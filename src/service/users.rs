//! The Client SDK users at the platform, kept in step with the accounts that take calls: one user for each, of the same
//! name.

use super::core::ServiceError;
use super::fail::Fail;
use super::invitations::{AddRefusal, Invitation, Member, NewMember, Team};
use crate::domain::line::VISITOR_PREFIX;
use crate::domain::trouble::Trouble;
use crate::vonage::VonageError;

/// A user at the platform, or an account that should have one, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformUser {
    pub name: String,
    /// `USR-…`; `None` when there is none at the platform.
    pub id: Option<String>,
    pub member: Option<Member>,
}

/// Why a user was not made, changed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum UserRefusal {
    #[error(transparent)]
    Add(#[from] AddRefusal),
    #[error(transparent)]
    Platform(#[from] VonageError),
    #[error(transparent)]
    Unavailable(#[from] ServiceError),
    #[error("you cannot take your own account away")]
    Yourself,
}

impl From<UserRefusal> for Trouble {
    fn from(refusal: UserRefusal) -> Self {
        match refusal {
            UserRefusal::Add(refusal) => refusal.into(),
            UserRefusal::Platform(error) => error.into(),
            UserRefusal::Unavailable(error) => error.into(),
            UserRefusal::Yourself => Self::Yourself,
        }
    }
}

impl From<Fail<VonageError>> for UserRefusal {
    fn from(fail: Fail<VonageError>) -> Self {
        match fail {
            Fail::Refused(error) => Self::Platform(error),
            Fail::Ours(error) => Self::Unavailable(error),
        }
    }
}

impl From<crate::store::StoreError> for UserRefusal {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Unavailable(error.into())
    }
}

impl Team {
    /// Everybody: the accounts, and users at the platform that belong to none. Visitors, of whom there may be thousands, are
    /// counted only. `None` for the users when the platform cannot be asked.
    pub async fn everybody(&self) -> Result<(Vec<PlatformUser>, usize, Option<VonageError>), ServiceError> {
        let members = self.members().await?;
        let (there, trouble) = match self.core.vonage.list_users().await {
            Ok(users) => (users, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let (visitors, others): (Vec<_>, Vec<_>) =
            there.into_iter().partition(|user| user.name.starts_with(VISITOR_PREFIX));
        let mut all: Vec<PlatformUser> = Vec::new();
        for member in members {
            let id = others.iter().find(|user| user.name == member.account.name).map(|user| user.id.clone());
            all.push(PlatformUser { name: member.account.name.clone(), id, member: Some(member) });
        }
        let known: std::collections::HashSet<String> = all.iter().map(|user| user.name.clone()).collect();
        all.extend(others.into_iter().filter(|user| !known.contains(&user.name)).map(|user| PlatformUser {
            name: user.name,
            id: Some(user.id),
            member: None,
        }));
        Ok((all, visitors.len(), trouble))
    }

    /// Makes an account, its link, and its user at the platform where it takes calls. A platform that is away does not
    /// hinder it: the user is made when it is needed.
    ///
    /// # Errors
    /// [`AddRefusal`], naming the field.
    pub async fn add_user(&self, new: &NewMember) -> Result<Invitation, AddRefusal> {
        let link = self.add_member(new).await?;
        if new.role.takes_calls()
            && let Ok(Some(row)) = self.core.store.accounts().named(&link.name).await
            && let Err(error) = self.sdk.ensure_user(&row).await
        {
            tracing::warn!(error = %error, "a user could not be made at the platform");
        }
        Ok(link)
    }

    /// Makes every user that is missing at the platform. How many were there to look after.
    ///
    /// # Errors
    /// The first failure.
    pub async fn keep_users_in_step(&self) -> Result<usize, UserRefusal> {
        let rows = self.core.store.accounts().all().await?;
        let takers = self.lines.call_takers().await?;
        let mut count = 0;
        for row in rows.iter().filter(|row| takers.contains(&row.name)) {
            self.sdk.ensure_user(row).await?;
            count += 1;
        }
        Ok(count)
    }

    /// Deletes an account and its user at the platform.
    ///
    /// # Errors
    /// [`UserRefusal`].
    pub async fn delete_user(&self, account_id: &str, by: &str) -> Result<(), UserRefusal> {
        if account_id == by {
            return Err(UserRefusal::Yourself);
        }
        let Some(row) = self.core.store.accounts().find(account_id).await? else { return Ok(()) };
        self.delete_member(account_id).await?;
        self.core.vonage.delete_user(row.user_id.as_deref().unwrap_or(&row.name)).await?;
        Ok(())
    }

    /// Deletes a user at the platform that belongs to no account.
    ///
    /// # Errors
    /// [`UserRefusal`].
    pub async fn delete_stray_user(&self, name: &str) -> Result<(), UserRefusal> {
        if self.core.store.accounts().named(name).await?.is_none() {
            self.core.vonage.delete_user(name).await?;
        }
        Ok(())
    }
}
