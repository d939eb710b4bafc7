//! The account, its application and the checklist, for operators.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use super::flash::Flash;
use crate::domain::checklist::Guided;

/// The page's address.
pub const SETUP: &str = "/admin/setup";

/// The field for the telephone that a test call rings.
pub const TEST_NUMBER: &str = "number";

/// Where the credentials in force come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    Environment,
    Kept,
    Sandbox,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    pub guide: Vec<Guided>,
    pub source: Source,
    pub api_key: String,
    pub application_id: Option<String>,
    pub public_url: String,
    /// Which telephone a test call suggests, as people write it.
    pub test_number: String,
    pub waits_for_restart: bool,
    /// The page of the sandbox, where the key and the secret of its account are.
    pub handset_page: Option<String>,
    /// In the sandbox: whether the business is still the example's.
    pub demo: Option<bool>,
    /// What was typed before an application was refused; never a secret.
    pub typed: Option<Typed>,
}

/// What is filled in again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    pub api_key: String,
    pub name: String,
}

/// The note that holds a [`Typed`], for the next page.
#[cfg(not(target_arch = "wasm32"))]
const TYPED: &str = "setup";

/// The setup page.
#[server(prefix = "/api", endpoint = "setup", input = Json)]
pub async fn setup_page() -> Result<Access<Page<Setup>>, ApiError> {
    use super::admin::server::{page, take};
    use super::context;
    use crate::service::Origin;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let state = services.setup.platform_state().await?;
        let content = Setup {
            guide: services.setup.guide().await?,
            source: match state.origin {
                Origin::Environment => Source::Environment,
                Origin::Kept => Source::Kept,
                Origin::Sandbox => Source::Sandbox,
            },
            api_key: state.api_key,
            application_id: state.application_id,
            public_url: state.public_url,
            test_number: state.test_number.grouped(),
            waits_for_restart: state.waits_for_restart,
            handset_page: services.settings().sandbox.as_ref().map(|sandbox| sandbox.handset_page_url.clone()),
            demo: services.settings().sandbox.is_some().then(|| services.demo.is_example()),
            typed: take(&services, &account, TYPED),
        };
        Ok(page(&services, &account, content))
    })
    .await
}

/// Creates the application.
#[server(prefix = "/api", endpoint = "setup-create")]
pub async fn create_application(
    #[server(default)] api_key: String,
    #[server(default)] api_secret: String,
    #[server(default)] signature_secret: String,
    #[server(default)] name: String,
) -> Result<Access<()>, ApiError> {
    use super::admin::server::{go, leave};
    use super::context;
    use crate::domain::trouble::Trouble;
    use crate::service::{Origin, SetupRefusal};
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let state = services.setup.platform_state().await?;
        // In the sandbox another key than its own is taken for that of an account at the platform itself.
        let elsewhere = state.origin == Origin::Sandbox && ![state.api_key.as_str(), ""].contains(&api_key.trim());
        let outcome = match services.setup.create_application(&api_key, &api_secret, &signature_secret, &name).await {
            Ok(state) => Flash::SetupCreated(state.application_id.unwrap_or_default()),
            Err(SetupRefusal::Unavailable(error)) => return Err(error.into()),
            Err(refusal) => {
                let unknown = matches!(refusal, SetupRefusal::Credentials);
                match Trouble::from(refusal) {
                    why if elsewhere && (unknown || why.is_platform_away()) => Flash::SetupNotTheSandboxes,
                    _ if unknown => Flash::SetupCredentials,
                    why => why.into(),
                }
            }
        };
        if !outcome.is_good() {
            leave(&services, &account, TYPED, &Typed { api_key, name })?;
        }
        go(&services, &account, SETUP, &outcome)
    })
    .await
}

/// Brings the application at the platform to what it should be.
#[server(prefix = "/api", endpoint = "setup-repair")]
pub async fn repair_application() -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = match services.setup.repair_application().await {
            Ok(()) => Flash::SetupRepaired,
            Err(refusal) => refusal.into(),
        };
        go(&services, &account, SETUP, &outcome)
    })
    .await
}

/// Calls a telephone and says that calls work.
#[server(prefix = "/api", endpoint = "setup-call")]
pub async fn test_call(#[server(default)] number: String) -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = match services.setup.test_call(&number).await {
            Ok(number) => Flash::SetupRings(number.grouped()),
            Err(refusal) => Flash::at_field(TEST_NUMBER, refusal),
        };
        go(&services, &account, SETUP, &outcome)
    })
    .await
}

/// Forgets the account that was entered: from the next start the environment or the sandbox are in force.
#[server(prefix = "/api", endpoint = "setup-forget")]
pub async fn forget_platform() -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        services.setup.forget_platform().await?;
        go(&services, &account, SETUP, &Flash::SetupForgotten)
    })
    .await
}

/// Skips a step of the guide, or takes that back.
#[server(prefix = "/api", endpoint = "setup-skip")]
pub async fn skip_step(#[server(default)] step: String, #[server(default)] skip: bool) -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    use crate::domain::checklist::Step;
    use crate::domain::trouble::Trouble;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = match Step::parse(&step) {
            Some(step) => {
                services.setup.skip(step, skip).await?;
                if skip { Flash::SetupSkipped } else { Flash::SetupTakenBack }
            }
            None => Flash::Refused(Trouble::Missing),
        };
        go(&services, &account, SETUP, &outcome)
    })
    .await
}

/// Wipes the sandbox's demo data. `sure` is the confirmation: it cannot be undone.
#[server(prefix = "/api", endpoint = "setup-wipe-demo")]
pub async fn wipe_demo(#[server(default)] sure: String) -> Result<Access<()>, ApiError> {
    use super::admin::server::go;
    use super::context;
    use crate::service::Refusable as _;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = if sure == "yes" {
            match services.demo.wipe().await.refusable()? {
                Ok(_) => Flash::DemoWiped,
                Err(why) => why.into(),
            }
        } else {
            Flash::NotConfirmed
        };
        go(&services, &account, SETUP, &outcome)
    })
    .await
}
