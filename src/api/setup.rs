//! The account, its application and the checklist, for operators.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use super::flash::Flash;
use crate::domain::checklist::Found;

/// The page's address.
pub const SETUP: &str = "/admin/setup";

/// The id of the field for the telephone that a test call rings.
pub const TEST_NUMBER: &str = "test-number";

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckName {
    Business,
    PublicUrl,
    Credentials,
    Application,
    Webhooks,
    Region,
    Signature,
    Numbers,
    Forwarding,
    Users,
    Clock,
    Texts,
    TestCall,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CheckMark {
    Good,
    Doubtful,
    Bad,
    Open,
}

/// A line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckEntry {
    pub name: CheckName,
    pub mark: CheckMark,
    pub found: Found,
}

/// Where the credentials in force come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    Environment,
    Kept,
    Sandbox,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setup {
    pub checks: Vec<CheckEntry>,
    pub source: Source,
    pub api_key: String,
    pub application_id: Option<String>,
    pub public_url: String,
    /// Which telephone a test call suggests, as people write it.
    pub test_number: String,
    pub waits_for_restart: bool,
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

/// A line of the checklist as the pages show it.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn check_entry(check: crate::service::Check) -> CheckEntry {
    use crate::service::{CheckKind, CheckState};
    CheckEntry {
        name: match check.what {
            CheckKind::Business => CheckName::Business,
            CheckKind::PublicUrl => CheckName::PublicUrl,
            CheckKind::Credentials => CheckName::Credentials,
            CheckKind::Application => CheckName::Application,
            CheckKind::Webhooks => CheckName::Webhooks,
            CheckKind::Region => CheckName::Region,
            CheckKind::Signature => CheckName::Signature,
            CheckKind::Numbers => CheckName::Numbers,
            CheckKind::Forwarding => CheckName::Forwarding,
            CheckKind::Users => CheckName::Users,
            CheckKind::Clock => CheckName::Clock,
            CheckKind::Texts => CheckName::Texts,
            CheckKind::TestCall => CheckName::TestCall,
        },
        mark: match check.state {
            CheckState::Good => CheckMark::Good,
            CheckState::Doubtful => CheckMark::Doubtful,
            CheckState::Bad => CheckMark::Bad,
            CheckState::Open => CheckMark::Open,
        },
        found: check.found,
    }
}

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
            checks: services.setup.checklist().await.into_iter().map(check_entry).collect(),
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
    use crate::service::SetupRefusal;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let outcome = match services.setup.create_application(&api_key, &api_secret, &signature_secret, &name).await {
            Ok(state) => Flash::SetupCreated(state.application_id.unwrap_or_default()),
            Err(SetupRefusal::Credentials) => Flash::SetupCredentials,
            Err(SetupRefusal::Unavailable(error)) => return Err(error.into()),
            Err(refusal) => refusal.into(),
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
