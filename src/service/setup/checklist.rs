//! What has to be right before a call can come in, line by line, with what the platform says now.

use crate::domain::checklist::{Check, CheckKind, CheckState, Found};
use crate::domain::clock::{TOLERANCE_SECONDS, WORTH_SAYING};
use crate::domain::line::Line;
use crate::domain::queue::{Queue, STANDING};
use crate::domain::region::Region;
use crate::domain::trouble::Trouble;
use crate::service::calls::CallFilter;
use crate::service::core::ServiceError;
use crate::service::numbers::{Linked, OurNumber};
use crate::vonage::client::{Application, Difference};

use super::{Origin, Setup};

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
        list.push(Check::new(CheckKind::Queue, self.queue_check().await));
        list.push(Check::new(CheckKind::Hours, self.hours_check().await));
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

    /// Whether each queue has members who may take calls, and how many these are of all queues together.
    async fn queue_check(&self) -> (CheckState, Found) {
        let rows = match self.core.store.queues().read().await {
            Ok((_, _, rows)) => rows,
            Err(error) => return (CheckState::Bad, Found::Trouble(ServiceError::from(error).into())),
        };
        let directory = self.lines.directory();
        let takers = &directory.agents;
        let has_members = |queue: &Queue| takers.iter().any(|agent| queue.member(agent).is_some());
        // Until it has a row, everybody is in the queue that is always there.
        let everybody = !rows.iter().any(|row| row.queue.id == STANDING);
        let is_member = |agent: &String| everybody || rows.iter().any(|row| row.queue.member(agent).is_some());
        let all = takers.iter().filter(|agent| is_member(agent)).count();
        let good = all > 0 && rows.iter().all(|row| has_members(&row.queue));
        (if good { CheckState::Good } else { CheckState::Open }, Found::Takers(all))
    }

    /// Whether it is known when the business is open. Without hours every call is taken.
    async fn hours_check(&self) -> (CheckState, Found) {
        match self.core.store.hours().read().await {
            Ok((hours, _)) if hours.week.is_set() => (CheckState::Good, Found::Hours(true)),
            Ok(_) => (CheckState::Open, Found::Hours(false)),
            Err(error) => (CheckState::Bad, Found::Trouble(ServiceError::from(error).into())),
        }
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
