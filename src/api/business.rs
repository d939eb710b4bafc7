//! The business profile: the page on which it is written, and whose name, colour and words every page has.

use std::sync::Arc;

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use super::flash::Flash;
use crate::domain::business::{Draft, Profile, QuestionDraft};
use crate::domain::trouble::FieldError;

/// The page's address.
pub const BUSINESS: &str = "/admin/business";
/// Where a logo is posted to, as `multipart/form-data` with the field `logo`.
pub const LOGO: &str = "/api/business-logo";
/// Where the preview of what is being written is asked for: the form's fields, unsaved.
pub const PREVIEW: &str = "/api/business-preview";

/// Whose pages these are: a context of every page.
#[derive(Debug, Clone)]
pub struct Brand {
    pub profile: Arc<Profile>,
    /// The logo's address.
    pub logo: Option<String>,
}

impl Default for Brand {
    fn default() -> Self {
        Self { profile: Arc::new(Profile::new("UTC", "")), logo: None }
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Brand {
    /// The one in force.
    #[must_use]
    pub fn of(services: &crate::service::Services) -> Self {
        let logo = services.business.logo().map(|logo| logo_path(&logo.version));
        Self { profile: services.business.profile(), logo }
    }
}

/// The address of a logo. Another picture has another one.
#[must_use]
pub fn logo_path(version: &str) -> String {
    format!("/brand/logo/{version}")
}

/// The profile as a form, and what is wrong with what was typed into it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BusinessForm {
    pub draft: Draft,
    pub questions: Vec<QuestionDraft>,
    pub wrong: Vec<FieldError>,
    /// The names of all time zones.
    pub zones: Vec<String>,
    /// The support number, which the support page shows when no other is written. As people write it.
    pub support_number: String,
}

/// What was typed into the form and refused.
#[cfg(not(target_arch = "wasm32"))]
const TYPED: &str = "business";

/// The profile.
#[server(prefix = "/api", endpoint = "business", input = Json)]
pub async fn read_business() -> Result<Access<Page<BusinessForm>>, ApiError> {
    use super::admin::server::{page, take};
    use super::context;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let typed: Option<(Draft, Vec<QuestionDraft>)> = take(&services, &operator, TYPED);
        let wrong = typed.iter().flat_map(|(draft, questions)| services.business.problems(draft, questions)).collect();
        let (draft, questions) = typed.unwrap_or_else(|| services.business.profile().draft());
        let support_number = services.settings().support.number.grouped();
        let zones = crate::service::time_zone::names();
        Ok(page(&services, &operator, BusinessForm { draft, questions, wrong, zones, support_number }))
    })
    .await
}

/// Keeps the profile. What was refused is filled in again.
#[server(prefix = "/api", endpoint = "save-business")]
pub async fn save_business(
    #[server(flatten)] draft: Draft,
    #[server(default)] questions: Vec<QuestionDraft>,
) -> Result<(), ApiError> {
    use super::admin::server::{go, leave};
    use super::context;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let flash = match services.business.save(&draft, &questions).await.refusable()? {
            Ok(()) => Flash::BusinessSaved,
            Err(_) => {
                leave(&services, &operator, TYPED, &(&draft, &questions))?;
                Flash::FormRefused
            }
        };
        go(&services, &operator, BUSINESS, &flash)
    })
    .await
}

/// Takes the logo away.
#[server(prefix = "/api", endpoint = "remove-logo")]
pub async fn remove_logo() -> Result<(), ApiError> {
    use super::admin::server::go;
    use super::context;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        // Taking it away is never refused.
        let _ = services.business.save_logo(None).await.refusable()?;
        go(&services, &operator, BUSINESS, &Flash::LogoRemoved)
    })
    .await
}

/// Leaves the outcome of an upload for the page: `web` takes the file.
#[cfg(not(target_arch = "wasm32"))]
pub fn leave_outcome(
    services: &crate::service::Services,
    account: &crate::service::Account,
    outcome: Result<(), crate::domain::trouble::Trouble>,
) {
    let flash = outcome.map_or_else(|why| Flash::at_field("logo", why), |()| Flash::LogoSaved);
    // Cannot fail: all of it can be written as JSON.
    let _ = super::admin::server::leave_flash(services, account, BUSINESS, &flash);
}
