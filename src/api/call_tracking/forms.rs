//! The forms of call tracking. Each is posted plainly and answers with a redirect.

use leptos::server;

#[cfg(not(target_arch = "wasm32"))]
use super::content::{CALLS, CAMPAIGNS, HOOKS, NotBlocked};
#[cfg(not(target_arch = "wasm32"))]
use super::left::{NOT_BLOCKED, SECRET, TYPED, URL};
#[cfg(not(target_arch = "wasm32"))]
use crate::api::admin::server::{go, leave};
use crate::api::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use crate::api::flash::Flash;
#[cfg(not(target_arch = "wasm32"))]
use crate::api::paths;
use crate::domain::call_tracking::campaign::Draft;
#[cfg(not(target_arch = "wasm32"))]
use crate::service::Refusable as _;

/// Makes or changes a campaign, then goes to it. What was refused is filled in again by the form it leads back to.
#[server(prefix = "/api", endpoint = "save-campaign")]
pub async fn save_campaign(
    #[server(default)] id: String,
    #[server(default)] archived: bool,
    #[server(default)] number: String,
    #[server(default)] pool: bool,
    /// `agents` sends calls to the agents and ignores `number`; anything else sends them to `number`.
    #[server(default)]
    rings: String,
    /// Which agents: `agents`, or `queue:` with an id. Empty is `agents`.
    #[server(default)]
    queue: String,
    #[server(flatten)] draft: Draft,
) -> Result<(), ApiError> {
    use crate::api::context;
    let queue = if queue.is_empty() { rings.clone() } else { queue };
    let draft = if rings == "agents" { Draft { destination: queue, ..draft } } else { draft };
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let given = Some(id.as_str()).filter(|id| !id.is_empty());
        let saved = services.tracking.save_campaign(given, &draft, archived).await.refusable()?;
        match saved {
            Ok(campaign) => {
                let mut flash = Flash::CampaignSaved;
                if !number.is_empty() {
                    let given = services.tracking.give_number(&number, Some((&campaign.id, pool))).await.refusable()?;
                    if given.is_err() {
                        flash = Flash::WrongField("number".to_owned());
                    }
                }
                go(&services, &operator, &format!("{CAMPAIGNS}/{}", campaign.id), &flash)
            }
            Err(error) => {
                let page = if id.is_empty() { "new".to_owned() } else { id };
                leave(&services, &operator, TYPED, &(&page, &draft))?;
                go(&services, &operator, &format!("{CAMPAIGNS}/{}", encoded(&page)), &Flash::WrongField(error.field))
            }
        }
    })
    .await
}

/// Gives a number to a campaign, or (without one) takes it away; then back to the campaign `page`.
#[server(prefix = "/api", endpoint = "give-number")]
pub async fn give_number(
    #[server(default)] number: String,
    #[server(default)] campaign: String,
    #[server(default)] pool: bool,
    #[server(default)] page: String,
) -> Result<(), ApiError> {
    use crate::api::context;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let to = Some((campaign.as_str(), pool)).filter(|(campaign, _)| !campaign.is_empty());
        let given = services.tracking.give_number(&number, to).await.refusable()?;
        let flash = if given.is_ok() { Flash::CampaignSaved } else { Flash::WrongField("number".to_owned()) };
        go(&services, &operator, &format!("{CAMPAIGNS}/{}", encoded(&page)), &flash)
    })
    .await
}

/// What the operator says of a call: `yes` it is spam, `no` it is not, or nothing; then back.
#[server(prefix = "/api", endpoint = "say-spam")]
pub async fn say_spam(
    #[server(default)] id: String,
    #[server(default)] spam: String,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    use crate::api::context;
    context::guarded_or_nothing(async {
        context::operator().await?;
        let said = match spam.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            _ => None,
        };
        context::services()?.tracking.say_spam(&id, said).await?;
        leptos_axum::redirect(paths::local_path(&back).unwrap_or(CALLS));
        Ok(())
    })
    .await
}

/// Puts a caller on the block list, or takes them off it; then back.
#[server(prefix = "/api", endpoint = "block-caller")]
pub async fn block_caller(
    #[server(default)] number: String,
    #[server(default)] note: String,
    #[server(default)] off: bool,
    #[server(default)] back: String,
) -> Result<(), ApiError> {
    use crate::api::context;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let mut to = paths::local_path(&back).unwrap_or(CALLS).to_owned();
        if off {
            services.tracking.unblock_caller(&number).await?;
        } else if let Err(error) = services.tracking.block_caller(&number, &note).await.refusable()? {
            let refused = NotBlocked { number, note, why: error.reason };
            leave(&services, &operator, NOT_BLOCKED, &refused)?;
            to.push_str("#blocks");
        }
        leptos_axum::redirect(&to);
        Ok(())
    })
    .await
}

/// Adds an address that is told of ended calls.
#[server(prefix = "/api", endpoint = "add-webhook")]
pub async fn add_hook(#[server(default)] url: String) -> Result<(), ApiError> {
    use crate::api::context;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        match services.tracking.hooks.add_hook(&url).await.refusable()? {
            Ok(secret) => {
                leave(&services, &operator, SECRET, &(url.trim(), secret))?;
                leptos_axum::redirect(HOOKS);
                Ok(())
            }
            Err(_) => {
                leave(&services, &operator, URL, &url)?;
                go(&services, &operator, HOOKS, &Flash::WrongField("url".to_owned()))
            }
        }
    })
    .await
}

/// Removes an address.
#[server(prefix = "/api", endpoint = "remove-webhook")]
pub async fn remove_hook(#[server(default)] id: String) -> Result<(), ApiError> {
    use crate::api::context;
    context::guarded_or_nothing(async {
        context::operator().await?;
        context::services()?.tracking.hooks.remove_hook(&id).await?;
        leptos_axum::redirect(HOOKS);
        Ok(())
    })
    .await
}

/// Sends a message again.
#[server(prefix = "/api", endpoint = "tell-again")]
pub async fn tell_again(#[server(default)] id: String) -> Result<(), ApiError> {
    use crate::api::context;
    context::guarded_or_nothing(async {
        context::operator().await?;
        context::services()?.tracking.hooks.tell_again(&id).await?;
        leptos_axum::redirect(HOOKS);
        Ok(())
    })
    .await
}

#[cfg(not(target_arch = "wasm32"))]
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
