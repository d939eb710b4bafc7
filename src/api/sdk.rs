//! What existing web, iOS and Android clients need: the key, the address, who may ask. For operators.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use super::flash::Flash;

/// The page's address.
pub const SDK: &str = "/admin/sdk";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sdk {
    /// Where clients post to.
    pub url: String,
    /// The key that was just made: shown once.
    pub key: Option<String>,
    /// When it was last exchanged, ms UTC.
    pub since: Option<i64>,
    /// The environment sets it, so it cannot be exchanged here.
    pub configured: bool,
    pub origins: Vec<String>,
    /// A user to show in examples.
    pub example: String,
}

/// The page.
#[server(prefix = "/api", endpoint = "sdk", input = Json)]
pub async fn sdk_page() -> Result<Access<Page<Sdk>>, ApiError> {
    use super::admin::server::page;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let content = Sdk {
            url: format!("{}/api/jwt", services.settings().operator.public_url),
            key: services.flash.take_flash(&account.id, KEY),
            since: services.team.sdk.mobile_key_since().await?,
            configured: services.team.sdk.mobile_key_is_configured(),
            origins: services.team.sdk.mobile_origins().await?,
            example: services.lines.directory().agents.iter().min().cloned().unwrap_or_else(|| "Jane".into()),
        };
        Ok(page(&services, &account, content))
    })
    .await
}

/// The note that holds a new key, for the next page.
#[cfg(not(target_arch = "wasm32"))]
const KEY: &str = "mobile-key";

/// Makes a new key; the one before is worth nothing from now on.
#[server(prefix = "/api", endpoint = "sdk-key")]
pub async fn new_key() -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = match services.team.sdk.new_mobile_key().await? {
            Some(key) => {
                services.flash.leave_flash(&account.id, KEY, key);
                Flash::SdkKeyMade
            }
            None => Flash::SdkKeyConfigured,
        };
        go(&services, &account, SDK, &outcome)
    })
    .await
}

/// Sets the origins of web pages that may ask for tokens.
#[server(prefix = "/api", endpoint = "sdk-origins")]
pub async fn set_origins(#[server(default)] origins: String) -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    use crate::service::{NoOrigin, Refusable as _};
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = match services.team.sdk.set_mobile_origins(&origins).await.refusable()? {
            Ok(()) => Flash::SdkOriginsSaved,
            Err(NoOrigin(word)) => Flash::SdkOriginWrong(word),
        };
        go(&services, &account, SDK, &outcome)
    })
    .await
}
