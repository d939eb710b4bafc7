//! People who may sign in, and the Client SDK users at the platform, for operators.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
#[cfg(not(target_arch = "wasm32"))]
use super::account::CallChoice;
use super::admin::Page;
use super::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use super::flash::Flash;
use crate::domain::account::Role;
use crate::domain::trouble::Trouble;

/// The page's address.
pub const USERS: &str = "/admin/users";

/// What an account is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    Active,
    /// Has a link and no password yet.
    Invited,
    Disabled,
    /// Of the sandbox.
    Demo,
}

/// Somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserEntry {
    /// The account's id; `None` for a user at the platform that belongs to no account.
    pub account: Option<String>,
    pub name: String,
    pub display_name: String,
    pub role: Option<Role>,
    pub standing: Option<Standing>,
    /// `USR-…`
    pub user_id: Option<String>,
    /// ms UTC
    pub signed_in_at: Option<i64>,
    pub myself: bool,
}

/// Somebody whose account was to be taken away is in a call: what becomes of it?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InCall {
    pub account: String,
    pub name: String,
    /// What was asked for: `disable` or `delete`.
    pub act: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Users {
    pub users: Vec<UserEntry>,
    /// Users of visitors at the platform.
    pub visitors: usize,
    /// Why the platform could not be asked.
    pub problem: Option<Trouble>,
    /// A link that was just made: whole, shown once.
    pub link: Option<(String, String)>,
    /// Nothing was done yet.
    pub in_call: Option<InCall>,
}

/// The users' page.
#[server(prefix = "/api", endpoint = "users", input = Json)]
pub async fn users_page() -> Result<Access<Page<Users>>, ApiError> {
    use super::admin::server::{page, take};
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let (everybody, visitors, trouble) = services.team.everybody().await?;
        let entry = |user: crate::service::PlatformUser| {
            let member = user.member.as_ref();
            UserEntry {
                account: member.map(|member| member.account.id.clone()),
                display_name: member.map(|member| member.account.display_name.clone()).unwrap_or_default(),
                role: member.map(|member| member.account.role),
                standing: member.map(|member| match member {
                    member if member.disabled => Standing::Disabled,
                    member if member.demo => Standing::Demo,
                    member if member.waiting => Standing::Invited,
                    _ => Standing::Active,
                }),
                signed_in_at: member.and_then(|member| member.signed_in_at),
                myself: member.is_some_and(|member| member.account.id == account.id),
                user_id: user.id,
                name: user.name,
            }
        };
        let users = everybody.into_iter().map(entry).collect();
        let (link, in_call) = (take(&services, &account, LINK), take(&services, &account, IN_CALL));
        let content = Users { users, visitors, problem: trouble.map(Trouble::from), link, in_call };
        Ok(page(&services, &account, content))
    })
    .await
}

/// The note that holds a link, for the next page.
#[cfg(not(target_arch = "wasm32"))]
const LINK: &str = "invitation";
/// The note that holds an [`InCall`].
#[cfg(not(target_arch = "wasm32"))]
const IN_CALL: &str = "in-call";

/// Makes an account, its user at the platform, and a link, which the next page shows once.
#[server(prefix = "/api", endpoint = "user-add")]
pub async fn add_user(
    #[server(default)] name: String,
    #[server(default)] display_name: String,
    #[server(default)] role: String,
) -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    use crate::service::{AddRefusal, NewMember};
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let new = NewMember { name, display_name, role: Role::parse(&role).unwrap_or_default() };
        let outcome = match services.team.add_user(&new).await {
            Ok(link) => {
                leave_link(&services, &account, &link)?;
                Flash::UserAdded(link.name)
            }
            Err(AddRefusal::Unavailable(error)) => return Err(error.into()),
            // Whatever else is refused is the name.
            Err(refusal) => Flash::at_field("name", refusal),
        };
        go(&services, &account, USERS, &outcome)
    })
    .await
}

#[cfg(not(target_arch = "wasm32"))]
fn leave_link(
    services: &crate::service::Services,
    account: &crate::service::Account,
    link: &crate::service::Invitation,
) -> Result<(), super::context::Stop> {
    let url = format!("{}{}", services.settings().operator.public_url, link.path);
    super::admin::server::leave(services, account, LINK, &(&link.name, url))
}

/// Does something with an account, as `act` says: `invite`, `disable`, `enable`, `delete`, `role`. Before somebody in a call
/// loses their account, `call` says what becomes of it ([`CallChoice`]); without it the next page asks.
#[server(prefix = "/api", endpoint = "user-change")]
pub async fn change_user(
    #[server(default)] id: String,
    #[server(default)] act: String,
    #[server(default)] role: String,
    #[server(default)] call: String,
) -> Result<Access<()>, ApiError> {
    use super::admin::server::{go, leave};
    use super::context;
    use crate::service::Refusable;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let members = services.team.members().await?;
        let Some(member) = members.into_iter().find(|member| member.account.id == id) else {
            go(&services, &account, USERS, &Flash::UserGone)?;
            return Ok(());
        };
        let name = member.account.name.clone();
        let takes_away = id != account.id && matches!(act.as_str(), "disable" | "delete");
        if takes_away && let Some(under_way) = services.desk.presence.call_under_way(&name).await? {
            match CallChoice::parse(&call) {
                Some(CallChoice::End) => drop(services.desk.ending.hang_up(&name, &under_way).await.refusable()?),
                // With the account goes its user at the platform, and with that the leg.
                Some(CallChoice::Keep) if act == "disable" => {}
                _ => {
                    let asked = InCall { account: id, name, act };
                    leave(&services, &account, IN_CALL, &asked)?;
                    leptos_axum::redirect(USERS);
                    return Ok(());
                }
            }
        }
        // Nobody locks themselves out.
        let outcome = if id == account.id && act != "invite" {
            Flash::UserYourself
        } else {
            let (now, shown) = (member.account.role, member.account.display_name.as_str());
            match act.as_str() {
                "invite" => match services.team.invite(&id).await? {
                    Some(link) => {
                        leave_link(&services, &account, &link)?;
                        Flash::UserInvited(name)
                    }
                    None => Flash::UserGone,
                },
                "disable" | "enable" => {
                    let off = act == "disable";
                    services.team.change_member(&id, now, shown, off).await?;
                    if off { Flash::UserDisabled(name) } else { Flash::UserEnabled(name) }
                }
                "role" => {
                    let role = Role::parse(&role).unwrap_or(now);
                    services.team.change_member(&id, role, shown, member.disabled).await?;
                    Flash::UserRole(name)
                }
                "delete" => match services.team.delete_user(&id, &account.id).await {
                    Ok(()) => Flash::UserDeleted(name),
                    Err(error) => error.into(),
                },
                _ => Flash::Refused(Trouble::Other(act)),
            }
        };
        go(&services, &account, USERS, &outcome)
    })
    .await
}

/// Makes every user that is missing at the platform.
#[server(prefix = "/api", endpoint = "users-in-step")]
pub async fn keep_users_in_step() -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = match services.team.keep_users_in_step().await {
            Ok(count) => Flash::UsersInStep(count as u64),
            Err(error) => error.into(),
        };
        go(&services, &account, USERS, &outcome)
    })
    .await
}

/// Deletes a user at the platform that belongs to no account.
#[server(prefix = "/api", endpoint = "user-delete-stray")]
pub async fn delete_stray_user(#[server(default)] name: String) -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = match services.team.delete_stray_user(&name).await {
            Ok(()) => Flash::UserDeleted(name),
            Err(error) => error.into(),
        };
        go(&services, &account, USERS, &outcome)
    })
    .await
}
