//! The operator's settings of the console: dispositions, away reasons, rules, and which number is shown to those whom agents
//! call. Forms are posted plainly and answer with a redirect; one that was refused is filled in again by the page it leads back to.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use super::admin::Page;
use super::error::ApiError;
use crate::domain::call_tracking::campaign::FieldError;
use crate::domain::contact_center::caller_id::OurNumber;
use crate::domain::contact_center::console_settings::{ConsoleSettings, Draft};

/// The page of the dispositions, which is the first of the four.
pub const DISPOSITIONS: &str = "/admin/console-settings";
pub const AWAY_REASONS: &str = "/admin/console-settings/away-reasons";
pub const RULES: &str = "/admin/console-settings/rules";
pub const CALLER_ID: &str = "/admin/console-settings/caller-id";

/// What each of the pages shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    pub settings: ConsoleSettings,
    /// The agents for whom a number can be set, by name.
    pub agents: Vec<String>,
    /// Our numbers that can be shown.
    pub numbers: Vec<OurNumber>,
    /// What was typed into this page's form, and what is wrong with it.
    pub refused: Option<(Draft, Vec<FieldError>)>,
}

/// The settings, for the page with this path.
#[server(prefix = "/api", endpoint = "console-settings", input = Json)]
pub async fn read_console_settings(page: String) -> Result<Access<Page<Settings>>, ApiError> {
    use super::admin::server as admin;
    use super::context;
    use crate::domain::contact_center::caller_id::choosable;
    context::guarded(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let settings = services.desk.choices.settings().await?;
        let content = Settings {
            settings: ConsoleSettings::clone(&settings),
            agents: services.desk.choices.agents_with_numbers().await?,
            numbers: choosable(&services.lines.directory()),
            refused: admin::take(&services, &operator, &answers::typed_on(&page)),
        };
        Ok(admin::page(&services, &operator, content))
    })
    .await
}

/// Adds a disposition, or changes the one of `draft.word`.
#[server(prefix = "/api", endpoint = "save-disposition")]
pub async fn save_disposition(#[server(flatten)] draft: Draft) -> Result<(), ApiError> {
    use super::context;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let saved = services.desk.choices.put_disposition(&draft).await.refusable()?;
        answers::saved(&services, &operator, DISPOSITIONS, draft, saved)
    })
    .await
}

/// Adds an away reason, or changes the one of `draft.word`.
#[server(prefix = "/api", endpoint = "save-away-reason")]
pub async fn save_away_reason(#[server(flatten)] draft: Draft) -> Result<(), ApiError> {
    use super::context;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let saved = services.desk.choices.put_away_reason(&draft).await.refusable()?;
        answers::saved(&services, &operator, AWAY_REASONS, draft, saved)
    })
    .await
}

/// Sets the rules.
#[server(prefix = "/api", endpoint = "save-console-rules")]
pub async fn save_rules(#[server(flatten)] draft: Draft) -> Result<(), ApiError> {
    use super::context;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let saved = services.desk.choices.put_rules(&draft).await.refusable()?;
        answers::saved(&services, &operator, RULES, draft, saved)
    })
    .await
}

/// Sets which number those see whom agents call.
#[server(prefix = "/api", endpoint = "save-caller-id")]
pub async fn save_caller_id(#[server(flatten)] draft: Draft) -> Result<(), ApiError> {
    use super::context;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let saved = services.desk.choices.put_shown(&draft).await.refusable()?;
        answers::saved(&services, &operator, CALLER_ID, draft, saved)
    })
    .await
}

/// Does something to a disposition: `up`, `down`, `archive`, `restore` or `delete`.
#[server(prefix = "/api", endpoint = "change-disposition")]
pub async fn change_disposition(
    #[server(default)] word: String,
    #[server(default)] to: String,
) -> Result<(), ApiError> {
    use super::context;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let done = match answers::change(&word, &to) {
            Ok((word, to)) => services.desk.choices.change_disposition(word, to).await.refusable()?,
            Err(refused) => Err(refused),
        };
        answers::changed(&services, &operator, DISPOSITIONS, done)
    })
    .await
}

/// Does something to an away reason: `up`, `down`, `archive`, `restore` or `delete`.
#[server(prefix = "/api", endpoint = "change-away-reason")]
pub async fn change_away_reason(
    #[server(default)] word: String,
    #[server(default)] to: String,
) -> Result<(), ApiError> {
    use super::context;
    use crate::service::Refusable as _;
    context::guarded_or_nothing(async {
        let operator = context::operator().await?;
        let services = context::services()?;
        let done = match answers::change(&word, &to) {
            Ok((word, to)) => services.desk.choices.change_away_reason(word, to).await.refusable()?,
            Err(refused) => Err(refused),
        };
        answers::changed(&services, &operator, AWAY_REASONS, done)
    })
    .await
}

#[cfg(not(target_arch = "wasm32"))]
mod answers {
    use crate::api::admin::server::{go, leave};
    use crate::api::context::Stop;
    use crate::api::flash::Flash;
    use crate::domain::call_tracking::campaign::FieldError;
    use crate::domain::contact_center::console_settings::{Change, Draft};
    use crate::domain::contact_center::word::Word;
    use crate::domain::trouble::Trouble;
    use crate::service::{Account, Services};

    /// The name under which is left what a page's form was refused with.
    pub(super) fn typed_on(page: &str) -> String {
        format!("typed {page}")
    }

    /// Back to the page of a form: with what was typed where it was refused.
    pub(super) fn saved(
        services: &Services,
        operator: &Account,
        page: &str,
        draft: Draft,
        saved: Result<(), Vec<FieldError>>,
    ) -> Result<(), Stop> {
        match saved {
            Ok(()) => go(services, operator, page, &Flash::ConsoleSaved),
            Err(wrong) => {
                leave(services, operator, &typed_on(page), &(draft, wrong))?;
                go(services, operator, &format!("{page}#form"), &Flash::FormRefused)
            }
        }
    }

    /// Back to the list in which an entry was changed.
    pub(super) fn changed(
        services: &Services,
        operator: &Account,
        page: &str,
        done: Result<(), Trouble>,
    ) -> Result<(), Stop> {
        let flash = match done {
            Ok(()) => Flash::ConsoleSaved,
            Err(why) => Flash::Refused(why),
        };
        go(services, operator, page, &flash)
    }

    /// What of a list is changed, and how.
    pub(super) fn change(word: &str, to: &str) -> Result<(Word, Change), Trouble> {
        Word::parse(word).ok().zip(Change::parse(to)).ok_or(Trouble::Missing)
    }
}
