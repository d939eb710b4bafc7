//! What callers hear, for the operator: the page and its forms, which are posted plainly and answer with a redirect. One that
//! was refused is filled in again by the page.

use std::collections::BTreeMap;

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::error::ApiError;
use crate::domain::spoken::Spoken;
use crate::domain::trouble::FieldError;

/// The page's address. Each form has its name behind the `#`: [`VOICES`], and those of [`crate::domain::spoken::Place`].
pub const SPEECH: &str = "/admin/speech";
/// The form of the voices.
pub const VOICES: &str = "voices";

/// What was typed into a form and refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typed {
    /// The form's name.
    pub form: String,
    pub fields: BTreeMap<String, String>,
    pub wrong: Vec<FieldError>,
}

/// The page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpeechPage {
    /// What is in force.
    pub spoken: Spoken,
    pub typed: Option<Typed>,
}

/// The page.
#[server(prefix = "/api", endpoint = "speech", input = Json)]
pub async fn read_speech() -> Result<Access<Page<SpeechPage>>, ApiError> {
    use super::admin::server::{page, take};
    use super::context;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let spoken = Spoken::clone(&*services.spoken.read().await?);
        let typed = take(&services, &operator, form::TYPED);
        Ok(page(&services, &operator, SpeechPage { spoken, typed }))
    })
    .await
}

/// Keeps the texts of a place. `usual` is one that is to be as by default, whatever is typed for it.
#[server(prefix = "/api", endpoint = "speech-texts")]
pub async fn keep_texts(
    #[server(default)] place: String,
    #[server(default)] usual: String,
    #[server(flatten)] fields: BTreeMap<String, String>,
) -> Result<(), ApiError> {
    use super::context;
    use super::flash::Flash;
    use crate::domain::spoken::{Place, Text};
    use crate::domain::trouble::Trouble;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let Some(known) = Place::of(&place) else {
            let flash = Flash::Refused(Trouble::Missing);
            return super::admin::server::go(&services, &operator, SPEECH, &flash);
        };
        let kept = services.spoken.keep_texts(known, &fields, Text::of(&usual)).await.refusable()?;
        form::go(&services, &operator, &place, fields, kept)
    })
    .await
}

/// Keeps the voices.
#[server(prefix = "/api", endpoint = "speech-voices")]
pub async fn keep_voices(#[server(flatten)] fields: BTreeMap<String, String>) -> Result<(), ApiError> {
    use super::context;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let kept = services.spoken.keep_voices(&fields).await.refusable()?;
        form::go(&services, &operator, VOICES, fields, kept)
    })
    .await
}

#[cfg(not(target_arch = "wasm32"))]
mod form {
    use std::collections::BTreeMap;

    use super::{SPEECH, Typed};
    use crate::api::admin::server;
    use crate::api::context::Stop;
    use crate::api::flash::Flash;
    use crate::domain::trouble::FieldError;
    use crate::service::{Account, Services};

    /// The name under which is left what a form was refused with.
    pub(super) const TYPED: &str = "typed speech";

    /// Leads back to the form, which says whether it was saved.
    pub(super) fn go(
        services: &Services,
        account: &Account,
        form: &str,
        fields: BTreeMap<String, String>,
        kept: Result<(), Vec<FieldError>>,
    ) -> Result<(), Stop> {
        let flash = match kept {
            Ok(()) => Flash::SpeechSaved,
            Err(wrong) => {
                let typed = Typed { form: form.to_owned(), fields, wrong };
                server::leave(services, account, TYPED, &typed)?;
                Flash::FormRefused
            }
        };
        server::go(services, account, &format!("{SPEECH}#{form}"), &flash)
    }
}
