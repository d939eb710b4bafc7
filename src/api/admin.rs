//! What the operator's pages have in common: who looks, and the outcome of the form that led here.

use serde::{Deserialize, Serialize};

use super::account::Viewer;
use crate::domain::trouble::Trouble;

/// The header that marks the answer to a form that was refused: `web` fills the form in again with what was typed. It does
/// not leave the server.
pub const FORM_REFUSED: &str = "x-form-refused";

/// A page of the operator's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    pub viewer: Viewer,
    pub flash: Option<Flash>,
    pub content: T,
}

/// What became of a form. Shown once, on the page after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub good: bool,
    /// Which words say it; see `ui::admin::flash`.
    pub word: String,
    /// What the words are about: a number, a name, the platform's own words.
    pub about: String,
    /// Why it was not done, when `word` does not say it.
    pub why: Option<Trouble>,
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
    use leptos::prelude::{ServerFnError, use_context};
    use leptos_axum::ResponseOptions;

    use super::{FORM_REFUSED, Flash, LineChoice, Page, Trouble};
    use crate::api::account::Viewer;
    use crate::api::context;
    use crate::domain::line::Line;
    use crate::service::{Account, Services};

    const FLASH: &str = "flash";

    /// A page for an account, with the outcome of its last form.
    pub fn page<T>(services: &Services, account: &Account, content: T) -> Page<T> {
        let handsets = services.settings().sandbox.as_ref().map(|sandbox| sandbox.handset_page_url.clone());
        let viewer = Viewer { name: account.display_name.clone(), role: account.role, handsets };
        Page { viewer, flash: flash(services, account), content }
    }

    /// Whether this person's last form was accepted, and if not, why. It can be read once.
    pub fn flash(services: &Services, account: &Account) -> Option<Flash> {
        let note = (!context::read_again()).then(|| services.flash.take_flash(&account.id, FLASH)).flatten()?;
        serde_json::from_str(&note).ok()
    }

    /// Why a form was not done: a word of the page's with what it is about, or a trouble.
    pub enum Refused {
        Word(&'static str, String),
        Why(Trouble),
    }

    impl From<(&'static str, String)> for Refused {
        fn from((word, about): (&'static str, String)) -> Self {
            Self::Word(word, about)
        }
    }

    impl<T: Into<Trouble>> From<T> for Refused {
        fn from(why: T) -> Self {
            Self::Why(why.into())
        }
    }

    /// Leaves the outcome of a form for the next page, and goes there.
    pub fn go(
        services: &Services,
        account: &Account,
        to: &str,
        outcome: Result<(&str, String), Refused>,
    ) -> Result<(), ServerFnError> {
        let good = outcome.is_ok();
        let (word, about, why) = match outcome {
            Ok((word, about)) => (word, about, None),
            Err(Refused::Word(word, about)) => (word, about, None),
            Err(Refused::Why(why)) => ("", String::new(), Some(why)),
        };
        let flash = Flash { good, word: word.to_owned(), about, why };
        let text = serde_json::to_string(&flash).map_err(context::fault)?;
        services.flash.leave_flash(&account.id, FLASH, text);
        if let Some(response) = use_context::<ResponseOptions>().filter(|_| !good) {
            response.insert_header(HeaderName::from_static(FORM_REFUSED), HeaderValue::from_static("yes"));
        }
        leptos_axum::redirect(to);
        Ok(())
    }

    /// `name` or `name:target` of a form.
    pub fn line(text: &str) -> Result<Line, Trouble> {
        let (name, target) = text.split_once(':').map_or((text, None), |(name, target)| (name, Some(target)));
        Line::parse(name, target).map_err(|error| Trouble::Other(error.to_string()))
    }

    pub fn choice(line: &Line, shown: Option<String>) -> LineChoice {
        let target = line.target();
        LineChoice {
            value: target.map_or_else(|| line.name().to_owned(), |target| format!("{}:{target}", line.name())),
            line: line.name().to_owned(),
            target: shown.or_else(|| target.map(str::to_owned)),
        }
    }

    /// Everything that a number may lead to now.
    pub async fn lines(services: &Services) -> Result<Vec<LineChoice>, ServerFnError> {
        let mut all = vec![choice(&Line::Support, None)];
        let mut agents: Vec<String> = services.lines.directory().agents.iter().cloned().collect();
        agents.sort();
        all.extend(agents.into_iter().map(|name| choice(&Line::Agent(name), None)));
        all.push(choice(&Line::Ivr("main".into()), None));
        for flow in services.flows.call_flows().await.map_err(context::fault)? {
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
