//! Click to call: what the support page shows, and what a visitor needs to place a call.

use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::error::ApiError;
pub use super::hours::content::{NumberLeft, Offer, SupportHours};
use crate::domain::click_to_call::{Recorded, VoiceEndpoints};
pub use crate::domain::contact_center::desk::Refusal as AskRefusal;
pub use crate::domain::contact_center::visitor::Care;
#[cfg(not(target_arch = "wasm32"))]
use crate::domain::hours::schedule::State;

/// What the support page shows before anybody calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    /// The support number as digits with the country code.
    pub number: String,
    /// The same for people: `+44 20 7946 0000`.
    pub shown: String,
    /// The public support user of the sample's contract.
    pub user: String,
    /// Whether calls of the support line are recorded.
    pub recorded: Recorded,
    /// The number of an echo line that the operator opened to visitors, as digits.
    pub echo: Option<String>,
    /// Whether calls to that one are.
    pub echo_recorded: Recorded,
    /// The page with the simulated handsets, when the platform is the sandbox.
    pub handsets: Option<String>,
    /// When somebody takes calls; `None` where no hours are set.
    pub hours: Option<SupportHours>,
}

/// Everything that one visit's call needs. The page keeps it in its session storage.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    pub id: String,
    /// Opens the visit's live events and renews its token.
    pub secret: String,
    /// The Client SDK token.
    pub token: String,
    /// When the token expires, ms UTC.
    pub expires_at_ms: i64,
    /// The support number, as digits.
    pub to: String,
    pub voice: VoiceEndpoints,
}

/// Why a visitor gets no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    TooManyFromYou {
        retry_after_s: u64,
    },
    TooManyInAll,
    /// The platform or our database is not there.
    Unavailable,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum VisitOutcome {
    Started(Visit),
    Refused(Refusal),
}

/// What the support page shows.
#[server(prefix = "/api", endpoint = "support-page", input = Json)]
pub async fn support_page() -> Result<Support, ApiError> {
    let services = super::context::services()?;
    let settings = services.settings();
    let directory = services.lines.directory();
    let echoes = |line: &crate::domain::line::Line| {
        let plan = line.target().and_then(|target| crate::domain::audio_socket::Plan::parse(target).ok());
        plan.is_some_and(|plan| plan.speaker == crate::domain::audio_socket::Speaker::Echo)
    };
    let echo = directory.opened_numbers().into_iter().find(|(_, line)| echoes(line));
    Ok(Support {
        recorded: services.hours.recorded(services.visits.support_recorded()).await,
        echo_recorded: echo.map_or(Recorded::No, |(_, line)| Recorded::on(line, false)),
        echo: echo.map(|(number, _)| number.digits().to_owned()),
        number: settings.support.number.digits().to_owned(),
        shown: settings.support.number.grouped(),
        user: settings.directory.support_user.clone(),
        handsets: settings.sandbox.as_ref().map(|sandbox| sandbox.handset_page_url.clone()),
        hours: support_hours(&services).await,
    })
}

#[cfg(not(target_arch = "wasm32"))]
async fn support_hours(services: &crate::service::Services) -> Option<SupportHours> {
    use crate::domain::hours::closed::Outcome;
    let state = services.hours.state().await?;
    let offer = match services.hours.when_closed(&crate::domain::line::Line::Support).await.outcome {
        Outcome::HangUp => Offer::Nothing,
        Outcome::Message => Offer::Message,
        Outcome::CallBack => Offer::CallBack,
        Outcome::Number(_) => Offer::Call,
        Outcome::Flow(_) => Offer::Flow,
    };
    let now = services.now_ms();
    // The zone from now until the state changes: the page names no moment behind it.
    let changes_at = match &state {
        State::Open { closes_at: at } | State::Closed { opens_at: at, .. } => at.unwrap_or(now),
    };
    Some(SupportHours { state, offer, now, zone: services.hours.zone().between(now, changes_at) })
}

/// Starts a visit: a user of its own at the platform and a short-lived token. Limited per address and in total.
/// `referrer` is the page that led the visitor to ours, for the campaign that they count for; `language` is that of our
/// page, as BCP 47 writes it: the visitor is spoken to in it.
#[server(prefix = "/api", endpoint = "visits", input = Json)]
pub async fn start_visit(
    #[server(default)] referrer: String,
    #[server(default)] language: String,
) -> Result<VisitOutcome, ApiError> {
    use super::context;
    use crate::domain::language::Language;
    use crate::service::call_tracking::Hello;
    let services = context::services()?;
    let visit = services.visits.start_visit(context::client_ip()?).await;
    if let Ok(visit) = &visit {
        // Our own page, with its query: browsers say so in requests to the same origin.
        let page = context::page().unwrap_or_default();
        // Nobody is kept from calling because of where they came from.
        let language = Language::of_tag(&language);
        if let Err(error) = services.visits.keep_page(&visit.id, &page, &referrer, language).await {
            tracing::warn!(visit.id = %visit.id, error = %error, "the page of a visit could not be stored");
        }
        // Nor because a campaign cannot be counted.
        if let Err(error) = services.tracking.attribute_visit(&visit.id, &Hello { visitor: None, page, referrer }).await
        {
            tracing::warn!(visit.id = %visit.id, error = %error, "the campaign of a visit could not be stored");
        }
    }
    Ok(outcome(&services, visit.map(Some)))
}

/// A new token for a visit that goes on.
#[server(prefix = "/api", endpoint = "visit-renewals", input = Json)]
pub async fn renew_visit(id: String, secret: String) -> Result<VisitOutcome, ApiError> {
    let services = super::context::services()?;
    let visit = services.visits.renew_visit(&id, &secret).await;
    Ok(outcome(&services, visit))
}

/// A visitor who waits for an agent leaves a message instead.
#[server(prefix = "/api", endpoint = "visit-message", input = Json)]
pub async fn leave_message(id: String, secret: String) -> Result<Result<(), AskRefusal>, ApiError> {
    use super::context;
    use crate::service::Refusable;
    Ok(context::services()?.desk.visitors.visit_message(&id, &secret).await.refusable()?)
}

/// A visitor who waits for an agent is called back instead. Limited per address and in total.
#[server(prefix = "/api", endpoint = "visit-call-back", input = Json)]
pub async fn be_called_back(id: String, secret: String, number: String) -> Result<Result<(), AskRefusal>, ApiError> {
    use super::context;
    use crate::service::Refusable;
    let services = context::services()?;
    Ok(services.desk.visitors.visit_call_back(&id, &secret, &number, context::client_ip()?).await.refusable()?)
}

#[cfg(not(target_arch = "wasm32"))]
fn outcome(
    services: &crate::service::Services,
    visit: Result<Option<crate::service::Visit>, crate::service::Refusal>,
) -> VisitOutcome {
    use crate::service::Refusal as Why;
    let settings = services.settings();
    match visit {
        Ok(Some(visit)) => VisitOutcome::Started(Visit {
            id: visit.id,
            secret: visit.secret,
            token: visit.jwt,
            expires_at_ms: visit.expires_at_ms,
            to: settings.support.number.digits().to_owned(),
            voice: settings.voice.clone(),
        }),
        // A visit that is over cannot go on; the page says what it says when the platform is gone.
        Ok(None) | Err(Why::PlatformDown) => VisitOutcome::Refused(Refusal::Unavailable),
        Err(Why::TooManyFromYou { retry_after_s }) => VisitOutcome::Refused(Refusal::TooManyFromYou { retry_after_s }),
        Err(Why::TooManyInAll) => VisitOutcome::Refused(Refusal::TooManyInAll),
    }
}
