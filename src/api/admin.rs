//! What the operator's pages have in common: who looks, and the outcome of the form that led here.

use serde::{Deserialize, Serialize};

use super::account::Viewer;
use super::flash::Flash;

/// A page of the operator's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    pub viewer: Viewer,
    pub flash: Option<Flash>,
    pub content: T,
}

/// A line that a number may lead to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineChoice {
    /// `name` or `name:target`, as forms and commands write it.
    pub value: String,
    pub line: String,
    /// What people call the target.
    pub target: Option<String>,
}

#[cfg(not(target_arch = "wasm32"))]
pub(super) mod server {
    use axum::http::{HeaderName, HeaderValue};
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;
    use serde::Serialize;
    use serde::de::DeserializeOwned;

    use super::{Flash, LineChoice, Page, Viewer};
    use crate::api::context::{self, Stop};
    use crate::api::flash::FORM_REFUSED;
    use crate::domain::line::Line;
    use crate::domain::trouble::Trouble;
    use crate::service::{Account, Services};

    /// The outcome of a form waits under the path of the page that it leads to: another page that the same account opens
    /// meanwhile, perhaps in another browser, must not show it.
    fn flash_of(path: &str) -> String {
        format!("flash {}", path.split(['?', '#']).next().unwrap_or_default())
    }

    /// A page for an account, with the outcome of its last form.
    pub fn page<T>(services: &Services, account: &Account, content: T) -> Page<T> {
        let viewer = Viewer { name: account.display_name.clone(), role: account.role };
        let flash = context::page_path().and_then(|path| take(services, account, &flash_of(&path)));
        Page { viewer, flash, content }
    }

    /// Leaves something else than a [`Flash`] for the next page, and out of its address: what was typed, a secret.
    pub fn leave(services: &Services, account: &Account, kind: &str, what: &impl Serialize) -> Result<(), Stop> {
        services.flash.leave_flash(&account.id, kind, serde_json::to_string(what)?);
        Ok(())
    }

    /// What was left. It can be taken once, and not by a page that is only read again.
    pub fn take<T: DeserializeOwned>(services: &Services, account: &Account, kind: &str) -> Option<T> {
        let text = (!context::read_again()).then(|| services.flash.take_flash(&account.id, kind)).flatten()?;
        serde_json::from_str(&text).ok()
    }

    /// Leaves the outcome of a form for the page at `to`.
    pub fn leave_flash(services: &Services, account: &Account, to: &str, flash: &Flash) -> Result<(), Stop> {
        leave(services, account, &flash_of(to), flash)
    }

    /// Leaves the outcome of a form for the next page, and goes there.
    pub fn go(services: &Services, account: &Account, to: &str, flash: &Flash) -> Result<(), Stop> {
        leave_flash(services, account, to, flash)?;
        if flash.is_filled_in_by_web() {
            return fill_in_again(to);
        }
        leptos_axum::redirect(to);
        Ok(())
    }

    /// Goes to a page, on which `web` fills the form in as it was sent.
    pub fn fill_in_again(to: &str) -> Result<(), Stop> {
        if let Some(response) = use_context::<ResponseOptions>() {
            response.insert_header(HeaderName::from_static(FORM_REFUSED), HeaderValue::from_static("yes"));
        }
        leptos_axum::redirect(to);
        Ok(())
    }

    /// `name` or `name:target` of a form.
    pub fn line(text: &str) -> Result<Line, Trouble> {
        Line::of_word(text).map_err(|error| Trouble::Other(error.to_string()))
    }

    pub fn choice(line: &Line, shown: Option<String>) -> LineChoice {
        let target = shown.or_else(|| line.target().map(str::to_owned));
        LineChoice { value: line.word(), line: line.name().to_owned(), target }
    }

    /// Everything that a number may lead to now.
    pub async fn lines(services: &Services) -> Result<Vec<LineChoice>, Stop> {
        let mut all = vec![choice(&Line::Support, None)];
        let mut agents: Vec<String> = services.lines.directory().agents.iter().cloned().collect();
        agents.sort();
        all.extend(agents.into_iter().map(|name| choice(&Line::Agent(name), None)));
        for queue in services.queues.current().await.queues() {
            all.push(choice(&Line::Queue(queue.id.clone()), Some(queue.name.clone())));
        }
        for row in &services.menus.current().await.menus {
            all.push(choice(&Line::Ivr(row.menu.id.clone()), Some(row.menu.name.clone())));
        }
        for flow in services.flows.call_flows().await? {
            all.push(choice(&Line::Custom(flow.id), Some(flow.name)));
        }
        all.push(choice(&Line::Private, None));
        all.extend(
            services.tracking.open_campaigns().into_iter().map(|(id, name)| choice(&Line::Campaign(id), Some(name))),
        );
        all.push(choice(&Line::AudioSocket("echo".into()), None));
        all.push(choice(&Line::Unassigned, None));
        Ok(all)
    }
}
