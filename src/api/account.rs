//! Somebody signs in, signs out, changes the password, takes an invitation. All of it works without JavaScript: it is
//! posted by plain forms and answers with a redirect, whose query says what was refused.

use leptos::server;
use serde::{Deserialize, Serialize};

use super::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use super::paths::{INVITATION, LEAVING, LOGIN, PASSWORD, home, local_path};
use crate::domain::account::Role;

/// The shortest password, in characters, for the form's own check. The service decides.
pub const SHORTEST_PASSWORD: usize = 12;

/// Who is signed in, for pages that are for everybody who is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Myself {
    /// What they sign in with.
    pub name: String,
    /// The password was for one use: nothing but changing it is allowed.
    pub one_use: bool,
    /// Where they work.
    pub home: String,
}

/// What becomes of the call of somebody who signs out, as a form says it in `call`. Without it they are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallChoice {
    /// It is hung up first.
    End,
    /// It goes on.
    Keep,
}

impl CallChoice {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::Keep => "keep",
        }
    }

    /// Reads [`Self::name`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::End, Self::Keep].into_iter().find(|choice| choice.name() == word)
    }
}

/// What the login page is filled in with when it is shown again: by Leptos' context, from `web`. Nothing of it is in the
/// address.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Carried {
    /// The name that was typed.
    pub name: String,
    /// A form that was refused because nobody was signed in any more, as hidden fields that come back with the sign-in.
    pub unsent: Vec<(String, String)>,
}

/// Who looks at a page, for what stands around it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Viewer {
    /// What people read.
    pub name: String,
    pub role: Role,
}

/// An account of the sandbox, for the login page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxAccount {
    pub name: String,
    pub role: Role,
}

/// The outcome of a form of this module: the value of `?problem=` on the page it leads back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountOutcome {
    Done,
    Wrong,
    Throttled {
        retry_after_s: u64,
    },
    /// The two new passwords differ.
    Differs,
    TooShort,
    Same,
    Unavailable,
    /// The link was used, is too old, or is not known.
    NoInvitation,
}

impl AccountOutcome {
    /// As a query: `?problem=throttled&seconds=8`; empty when all went well.
    #[must_use]
    pub fn query(self) -> String {
        match self {
            Self::Done => String::new(),
            Self::Throttled { retry_after_s } => format!("?problem=throttled&seconds={retry_after_s}"),
            Self::Wrong => "?problem=wrong".into(),
            Self::Differs => "?problem=differs".into(),
            Self::TooShort => "?problem=short".into(),
            Self::Same => "?problem=same".into(),
            Self::Unavailable => "?problem=unavailable".into(),
            Self::NoInvitation => "?problem=link".into(),
        }
    }

    /// Reads what [`Self::query`] wrote.
    #[must_use]
    pub fn of_query(problem: &str, seconds: Option<&str>) -> Option<Self> {
        Some(match problem {
            "throttled" => Self::Throttled { retry_after_s: seconds?.parse().ok()? },
            "wrong" => Self::Wrong,
            "differs" => Self::Differs,
            "short" => Self::TooShort,
            "same" => Self::Same,
            "unavailable" => Self::Unavailable,
            "link" => Self::NoInvitation,
            _ => return None,
        })
    }
}

/// Who is signed in, whatever they may do.
#[server(prefix = "/api", endpoint = "who")]
pub async fn who() -> Result<Option<Myself>, ApiError> {
    let account = super::context::account().await?;
    Ok(account.map(|account| Myself {
        home: home(account.role).to_owned(),
        one_use: account.must_change_password,
        name: account.name,
    }))
}

/// Signs in and goes to `next`, or back to the form.
#[server(prefix = "/api", endpoint = "sign-in")]
pub async fn sign_in(
    #[server(default)] name: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<AccountOutcome, ApiError> {
    use super::context;
    use crate::service::SignInRefusal;
    let account = match context::services()?.accounts.sign_in(name.trim(), &password, context::client_ip()?).await {
        Ok(account) => account,
        Err(refusal) => {
            let outcome = match refusal {
                SignInRefusal::Wrong => AccountOutcome::Wrong,
                SignInRefusal::Throttled { retry_after_s } => AccountOutcome::Throttled { retry_after_s },
                SignInRefusal::Unavailable => AccountOutcome::Unavailable,
            };
            leptos_axum::redirect(&format!("{LOGIN}{}{}", outcome.query(), next_query(&next)));
            return Ok(outcome);
        }
    };
    enter(&account, &next).await?;
    Ok(AccountOutcome::Done)
}

/// Makes the session that of an account, and goes to `next` or to the account's home.
#[cfg(not(target_arch = "wasm32"))]
async fn enter(account: &crate::service::Account, next: &str) -> Result<(), ApiError> {
    use super::context;
    let session = context::session()?;
    // A new id: one that somebody planted before the sign-in must not become a signed-in one.
    session.cycle_id().await?;
    session.insert(context::ACCOUNT, &account.id).await?;
    let home = home(account.role);
    let path = if account.must_change_password { PASSWORD } else { local_path(next).unwrap_or(home) };
    leptos_axum::redirect(path);
    Ok(())
}

/// Who may sign in by one click: the sandbox's accounts, for people at this machine; nobody on the real platform.
#[server(prefix = "/api", endpoint = "sandbox-accounts")]
pub async fn sandbox_accounts() -> Result<Vec<SandboxAccount>, ApiError> {
    use super::context;
    if !context::same_machine() {
        return Ok(Vec::new());
    }
    let accounts = context::services()?.team.sandbox_accounts().await?;
    Ok(accounts.into_iter().map(|account| SandboxAccount { name: account.name, role: account.role }).collect())
}

/// Whether the account of the first start still waits for its first sign-in: its password stands in the terminal.
#[server(prefix = "/api", endpoint = "first-start")]
pub async fn first_start() -> Result<bool, ApiError> {
    use super::context;
    Ok(context::services()?.accounts.is_first_start().await?)
}

/// Signs one of the sandbox's accounts in; refused for every other account, on the real platform, and from any other
/// machine: there is no password that would keep strangers out.
#[server(prefix = "/api", endpoint = "sandbox-sign-in")]
pub async fn sandbox_sign_in(
    #[server(default)] name: String,
    #[server(default)] next: String,
) -> Result<AccountOutcome, ApiError> {
    use super::context;
    let account = match context::same_machine() {
        true => context::services()?.team.sandbox_sign_in(&name).await.ok(),
        false => None,
    };
    let Some(account) = account else {
        leptos_axum::redirect(&format!("{LOGIN}{}{}", AccountOutcome::Wrong.query(), next_query(&next)));
        return Ok(AccountOutcome::Wrong);
    };
    enter(&account, &next).await?;
    Ok(AccountOutcome::Done)
}

/// Whose invitation this is; `None` when the link is not good (any more).
#[server(prefix = "/api", endpoint = "invited")]
pub async fn invited(token: String) -> Result<Option<String>, ApiError> {
    use super::context;
    let invited = context::services()?.team.invited(&token).await?;
    Ok(invited.map(|account| account.name))
}

/// Takes an invitation for a password, and signs in.
#[server(prefix = "/api", endpoint = "accept-invitation")]
pub async fn accept_invitation(
    #[server(default)] token: String,
    #[server(default)] new: String,
    #[server(default)] repeated: String,
) -> Result<AccountOutcome, ApiError> {
    use super::context;
    let outcome = if new == repeated {
        match context::services()?.team.accept_invitation(&token, &new).await {
            Ok(account) => {
                enter(&account, "").await?;
                return Ok(AccountOutcome::Done);
            }
            Err(why) => match refused(why) {
                AccountOutcome::Wrong => AccountOutcome::NoInvitation,
                other => other,
            },
        }
    } else {
        AccountOutcome::Differs
    };
    let token: String = url::form_urlencoded::byte_serialize(token.as_bytes()).collect();
    leptos_axum::redirect(&format!("{INVITATION}{}&token={token}", outcome.query()));
    Ok(outcome)
}

#[cfg(not(target_arch = "wasm32"))]
fn refused(why: crate::service::PasswordRefusal) -> AccountOutcome {
    use crate::service::PasswordRefusal as Why;
    match why {
        Why::Wrong => AccountOutcome::Wrong,
        Why::TooShort { .. } => AccountOutcome::TooShort,
        Why::Same => AccountOutcome::Same,
        Why::Throttled { retry_after_s } => AccountOutcome::Throttled { retry_after_s },
        Why::TooLong { .. } | Why::Unavailable => AccountOutcome::Unavailable,
    }
}

/// `&next=…` for a page of ours.
#[cfg(not(target_arch = "wasm32"))]
fn next_query(next: &str) -> String {
    local_path(next).map_or_else(String::new, |next| {
        format!("&next={}", url::form_urlencoded::byte_serialize(next.as_bytes()).collect::<String>())
    })
}

/// Ends the session. Somebody in a call says by `call` what becomes of it ([`CallChoice`]), or is asked.
#[server(prefix = "/api", endpoint = "sign-out")]
pub async fn sign_out(#[server(default)] call: String) -> Result<(), ApiError> {
    use super::context;
    if let Some(account) = context::account().await?
        && !may_leave(&account, CallChoice::parse(&call)).await?
    {
        leptos_axum::redirect(LEAVING);
        return Ok(());
    }
    context::session()?.flush().await?;
    leptos_axum::redirect(&format!("{LOGIN}?signed-out"));
    Ok(())
}

/// Ends every session of who is signed in. This one goes on when they are in a call and keep it ([`CallChoice`]); without a
/// choice they are asked.
#[server(prefix = "/api", endpoint = "sign-out-everywhere")]
pub async fn sign_out_everywhere(#[server(default)] call: String) -> Result<(), ApiError> {
    use super::context;
    let session = context::session()?;
    let choice = CallChoice::parse(&call);
    if let Some(account) = context::account().await? {
        let services = context::services()?;
        if !may_leave(&account, choice).await? {
            leptos_axum::redirect(&format!("{LEAVING}?everywhere"));
            return Ok(());
        }
        if let (Some(CallChoice::Keep), Some(this)) = (choice, session.id()) {
            services.accounts.sign_out_elsewhere(&account.id, this).await?;
            leptos_axum::redirect(&format!("{LEAVING}?others"));
            return Ok(());
        }
        services.accounts.sign_out_everywhere(&account.id).await?;
    }
    session.flush().await?;
    leptos_axum::redirect(&format!("{LOGIN}?signed-out"));
    Ok(())
}

/// Whether somebody may be signed out: they are in no call, or said what becomes of it, which is done.
#[cfg(not(target_arch = "wasm32"))]
async fn may_leave(account: &crate::service::Account, choice: Option<CallChoice>) -> Result<bool, ApiError> {
    use super::context;
    use crate::service::Refusable;
    let services = context::services()?;
    let Some(call) = services.desk.presence.call_under_way(&account.name).await? else {
        return Ok(true);
    };
    if choice == Some(CallChoice::End) {
        // What the platform did not confirm is tried until it is so.
        drop(services.desk.ending.hang_up(&account.name, &call).await.refusable()?);
    }
    Ok(choice.is_some())
}

/// Changes the password of who is signed in, and ends their other sessions.
#[server(prefix = "/api", endpoint = "password")]
pub async fn change_password(
    #[server(default)] current: String,
    #[server(default)] new: String,
    #[server(default)] repeated: String,
) -> Result<AccountOutcome, ApiError> {
    use super::context;
    let Some(account) = context::account().await? else {
        leptos_axum::redirect(LOGIN);
        return Ok(AccountOutcome::Wrong);
    };
    let outcome = if new == repeated {
        match context::services()?.accounts.change_password(&account.id, &current, &new, context::client_ip()?).await {
            Ok(()) => AccountOutcome::Done,
            Err(why) => refused(why),
        }
    } else {
        AccountOutcome::Differs
    };
    if outcome == AccountOutcome::Done {
        // All sessions of the account were ended; a new id keeps this one.
        context::session()?.cycle_id().await?;
        leptos_axum::redirect(&format!("{}?saved", home(account.role)));
    } else {
        leptos_axum::redirect(&format!("{PASSWORD}{}", outcome.query()));
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_survives_the_query() {
        use AccountOutcome::*;
        for outcome in [Wrong, Throttled { retry_after_s: 8 }, Differs, TooShort, Same, Unavailable, NoInvitation] {
            let query = outcome.query();
            let mut fields = url::form_urlencoded::parse(query.trim_start_matches('?').as_bytes());
            let (_, problem) = fields.next().unwrap();
            let seconds = fields.next().map(|(_, seconds)| seconds.into_owned());
            assert_eq!(AccountOutcome::of_query(&problem, seconds.as_deref()), Some(outcome));
        }
        assert_eq!(AccountOutcome::of_query("<script>", None), None);
    }
}
