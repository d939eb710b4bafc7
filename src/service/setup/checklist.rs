//! What has to be right before a call can come in, line by line, with what the platform says now.

use crate::domain::checklist::Found;
use crate::domain::clock::{TOLERANCE_SECONDS, WORTH_SAYING};
use crate::domain::line::Line;
use crate::domain::region::Region;
use crate::domain::trouble::Trouble;
use crate::service::calls::CallFilter;
use crate::service::numbers::{Linked, OurNumber};
use crate::vonage::client::{Application, Difference};

use super::{Origin, Setup};

/// One line of the checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    pub what: CheckKind,
    pub state: CheckState,
    pub found: Found,
}

impl Check {
    fn new(what: CheckKind, (state, found): (CheckState, Found)) -> Self {
        Self { what, state, found }
    }

    /// How to put it right: for the terminal. `None` where there is nothing to be done about this line.
    #[must_use]
    pub fn fix(&self) -> Option<&'static str> {
        match &self.found {
            _ if self.state == CheckState::Good => None,
            Found::Unasked => None,
            found if found.is_platform_away() => Some(
                "nothing here is known to be wrong: try again in a few minutes, and look at this machine's connection \
                 and at the platform's status page",
            ),
            _ => Some(self.what.words().1),
        }
    }
}

/// What is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CheckKind {
    /// The business profile.
    Business,
    PublicUrl,
    Credentials,
    Application,
    Webhooks,
    /// Where its calls live.
    Region,
    Signature,
    Numbers,
    /// Numbers whose calls go elsewhere before the application is asked.
    Forwarding,
    Users,
    /// How far our clock is from the platform's.
    Clock,
    /// Listed only when texts come in a format in which they cannot be taken.
    Texts,
    TestCall,
}

impl CheckKind {
    /// What it is called, and how to put it right: for the terminal. The pages have their own words.
    #[must_use]
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Business => ("Business", "write its name at /admin/business"),
            Self::PublicUrl => ("Public address", "set PUBLIC_URL to an https address that the platform can reach"),
            Self::Credentials => {
                ("API key and secret", "set VONAGE_API_KEY and VONAGE_API_SECRET, or enter them at /admin/setup")
            }
            Self::Application => {
                ("Application", "create it at /admin/setup, or set VONAGE_APPLICATION_ID and its private key")
            }
            Self::Webhooks => ("Webhooks", "press Repair at /admin/setup, or run: switchboard doctor --repair"),
            Self::Region => (
                "Region",
                "run: switchboard doctor --repair, which sets what VONAGE_REGION says; or set VONAGE_REGION to the application's region",
            ),
            Self::Signature => ("Signature secret", "set VONAGE_SIGNATURE_SECRET from the dashboard's API settings"),
            Self::Numbers => (
                "Numbers",
                "rent one at /admin/numbers, or: switchboard numbers provision --country GB --count 1 --line support",
            ),
            Self::Forwarding => (
                "Forwarded numbers",
                "the number's own forwarding outranks the application: remove it in the dashboard under Numbers",
            ),
            Self::Users => ("Users", "switchboard user add --name Jane --role agent"),
            Self::Clock => {
                ("Clock", "let the machine keep its clock right (NTP): the platform refuses what is minutes off")
            }
            Self::Texts => (
                "Text messages",
                "in the dashboard's API settings, set Default SMS Setting to Messages API: texts come unsigned",
            ),
            Self::TestCall => ("Test call", "call one of your numbers"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    Good,
    /// Works, but should not stay so.
    Doubtful,
    Bad,
    /// Cannot be said before something else is good.
    Open,
}

impl Setup {
    /// Everything that has to be right before a call can come in, with what the platform says now.
    pub async fn checklist(&self) -> Vec<Check> {
        let mut list = vec![
            Check::new(CheckKind::Business, self.business_check()),
            Check::new(CheckKind::PublicUrl, self.address_check()),
        ];
        let (known, credentials) = self.credentials_check().await;
        list.push(Check::new(CheckKind::Credentials, credentials));
        let (reached, application) = self.application_checks(known).await;
        list.extend(application);
        list.push(Check::new(CheckKind::Signature, self.signature_check()));
        // A platform that does not answer is not asked again and again: each question has a time limit of its own.
        list.extend(self.numbers_checks(known).await);
        list.push(Check::new(CheckKind::Users, self.users_check(reached).await));
        // After the requests above, whose answers told it.
        list.push(Check::new(CheckKind::Clock, self.clock_check()));
        list.extend(self.texts_check().await.map(|texts| Check::new(CheckKind::Texts, texts)));
        list.push(Check::new(CheckKind::TestCall, self.test_call_check().await));
        list
    }

    /// Whether visitors are told whose page it is.
    fn business_check(&self) -> (CheckState, Found) {
        let name = self.core.business.profile().name.clone();
        if name.is_empty() { (CheckState::Doubtful, Found::Nothing) } else { (CheckState::Good, Found::Text(name)) }
    }

    /// Whether the platform can reach us at our address.
    fn address_check(&self) -> (CheckState, Found) {
        let url = &self.core.settings.operator.public_url;
        let sandbox = self.core.settings.sandbox.is_some();
        let (public, local) = (url.starts_with("https://"), url.contains("//127.") || url.contains("//localhost"));
        let state = match (sandbox, public, local) {
            (true, ..) | (false, true, false) => CheckState::Good,
            (false, false, false) => CheckState::Doubtful,
            (false, _, true) => CheckState::Bad,
        };
        (state, Found::Text(url.clone()))
    }

    /// Whether the platform knows the account.
    async fn credentials_check(&self) -> (bool, (CheckState, Found)) {
        let credentials = self.core.vonage.credentials();
        if credentials.api_key.is_empty() {
            return (false, (CheckState::Bad, Found::Nothing));
        }
        match self.core.vonage.list_applications().await {
            Ok(_) => (true, (CheckState::Good, Found::Text(credentials.api_key.clone()))),
            Err(error) => (false, failed(error)),
        }
    }

    /// The application, its webhooks and its region; and whether it is there. `known`: the platform knows the account.
    async fn application_checks(&self, known: bool) -> (bool, Vec<Check>) {
        let core = &self.core;
        let credentials = core.vonage.credentials();
        let id = credentials.application.as_ref().map(|key| key.application_id().to_owned());
        let there = match (known, &id) {
            (true, Some(id)) => core.vonage.get_application(id).await,
            (true, None) => return (false, application_missing((CheckState::Bad, Found::Nothing))),
            (false, _) => return (false, application_missing((CheckState::Open, Found::Unasked))),
        };
        let found = match there {
            Ok(Some(found)) => found,
            Ok(None) => {
                let id = id.unwrap_or_default();
                return (false, application_missing((CheckState::Bad, Found::Text(id))));
            }
            Err(error) => return (false, application_missing(failed(error))),
        };
        let shown = Found::Text(format!("{} · {}", found.name, found.id));
        let list = vec![
            Check::new(CheckKind::Application, (CheckState::Good, shown)),
            Check::new(CheckKind::Webhooks, self.webhooks_check(&found)),
            Check::new(CheckKind::Region, self.region_check(&found)),
        ];
        (true, list)
    }

    /// Whether the application's webhooks and capabilities are what they should be.
    fn webhooks_check(&self, found: &Application) -> (CheckState, Found) {
        let url = &self.core.settings.operator.public_url;
        let wanted = self.wanted(&found.name, None);
        let mut wrong: Vec<Difference> = found.differences(&wanted);
        wrong.retain(|wrong| wrong.at != "voice.region");
        let state = if wrong.is_empty() { CheckState::Good } else { CheckState::Bad };
        let words = wrong.iter().map(|wrong| format!("{}: {} ≠ {}", wrong.at, wrong.is, wrong.should));
        let words: Vec<String> = words.collect();
        let good = || format!("{url}/webhooks/answer, {url}/webhooks/event");
        (state, Found::Text(if words.is_empty() { good() } else { words.join("\n") }))
    }

    /// Where the application's calls live, beside where they are to.
    fn region_check(&self, found: &Application) -> (CheckState, Found) {
        let wanted = self.core.settings.operator.region.map(Region::name);
        match (wanted, found.region()) {
            (None, None) => (CheckState::Good, Found::AnyRegion),
            (Some(wanted), Some(is)) if wanted == is => (CheckState::Good, Found::Text(is.to_owned())),
            // Calls come from there all the same, and each says so; but users and our own calls are elsewhere.
            (None, Some(is)) => (CheckState::Doubtful, Found::Text(is.to_owned())),
            (Some(wanted), is) => {
                (CheckState::Bad, Found::Text(format!("voice.region: {} ≠ {wanted}", is.unwrap_or("—"))))
            }
        }
    }

    /// Whether there is a secret that webhooks are signed with.
    fn signature_check(&self) -> (CheckState, Found) {
        let operator = &self.core.settings.operator;
        let signed = operator.origin == Origin::Sandbox
            || operator.signed
            || self.adopted().is_some_and(|adopted| adopted.secret.is_some());
        (if signed { CheckState::Good } else { CheckState::Bad }, Found::Secret(signed))
    }

    /// Our numbers, and those whose calls go elsewhere.
    async fn numbers_checks(&self, known: bool) -> Vec<Check> {
        if !known {
            return vec![Check::new(CheckKind::Numbers, (CheckState::Open, Found::Unasked))];
        }
        let numbers = match self.numbers.our_numbers().await {
            Ok(numbers) => numbers,
            Err(error) => return vec![Check::new(CheckKind::Numbers, failed(error))],
        };
        let ready = |number: &&OurNumber| {
            number.linked == Linked::Ours && number.line != Line::Unassigned && number.forwarding.is_none()
        };
        let good = numbers.iter().filter(ready).count();
        let state = if good > 0 { CheckState::Good } else { CheckState::Bad };
        let mut list = vec![Check::new(CheckKind::Numbers, (state, Found::Numbers { good, all: numbers.len() }))];
        let forwarded = numbers.iter().filter(|number| number.line != Line::Unassigned);
        let forwarded = forwarded
            .filter_map(|number| Some(format!("{} · {}", number.number.international(), number.forwarding?.name())));
        let forwarded: Vec<String> = forwarded.collect();
        if !forwarded.is_empty() {
            list.push(Check::new(CheckKind::Forwarding, (CheckState::Bad, Found::Text(forwarded.join("\n")))));
        }
        list
    }

    /// Whether those who take calls are users at the platform. `reached`: the application is there.
    async fn users_check(&self, reached: bool) -> (CheckState, Found) {
        if !reached {
            return (CheckState::Open, Found::Unasked);
        }
        let users = match self.core.vonage.list_users().await {
            Ok(users) => users,
            Err(error) => return failed(error),
        };
        let takers = self.lines.directory().agents.clone();
        let have = takers.iter().filter(|name| users.iter().any(|user| user.name == **name)).count();
        let state = match (have, takers.len()) {
            (_, 0) => CheckState::Doubtful,
            (have, all) if have == all => CheckState::Good,
            // They are made when they sign in.
            _ => CheckState::Doubtful,
        };
        (state, Found::Users { have, all: takers.len() })
    }

    fn clock_check(&self) -> (CheckState, Found) {
        let Some(behind) = self.clock_skew.clock_behind() else { return (CheckState::Open, Found::Unasked) };
        let state = match behind.abs() {
            0..=WORTH_SAYING => CheckState::Good,
            ..=TOLERANCE_SECONDS => CheckState::Doubtful,
            _ => CheckState::Bad,
        };
        (state, Found::Clock { behind })
    }

    /// When a text came in a format in which it could not be taken.
    async fn texts_check(&self) -> Option<(CheckState, Found)> {
        let at = self.texts.unsigned_text_at().await?;
        let at = time::OffsetDateTime::from_unix_timestamp(at / 1000).ok();
        // As times are written on the pages.
        let written = at.map(|at| format!("{} {:02}:{:02}:{:02} UTC", at.date(), at.hour(), at.minute(), at.second()));
        Some((CheckState::Bad, written.map_or(Found::Nothing, Found::Text)))
    }

    /// The last call that somebody answered.
    async fn test_call_check(&self) -> (CheckState, Found) {
        let answered = CallFilter { phase: Some("answered".into()), limit: 1, ..CallFilter::default() };
        match self.log.calls(answered).await.map(|page| page.calls.into_iter().next()) {
            Ok(Some(call)) => {
                (CheckState::Good, Found::Call { id: call.id, conversation: call.conversation, at: call.created_at })
            }
            Ok(None) => (CheckState::Open, Found::Nothing),
            Err(error) => (CheckState::Bad, Found::Trouble(error.into())),
        }
    }
}

/// The lines of an application that is not there, or cannot be asked about.
fn application_missing(found: (CheckState, Found)) -> Vec<Check> {
    let webhooks = (CheckState::Open, Found::Unasked);
    vec![Check::new(CheckKind::Application, found), Check::new(CheckKind::Webhooks, webhooks)]
}

/// What could not be found out: wrong where the platform refuses, not known where it does not answer.
fn failed(error: impl Into<Trouble>) -> (CheckState, Found) {
    let trouble = error.into();
    let state = if trouble.is_platform_away() { CheckState::Open } else { CheckState::Bad };
    (state, Found::Trouble(trouble))
}
