//! Private calls for the operator: conversations, numbers, the proof, forgetting. Every action is posted by a plain form and
//! answers with a redirect; the outcome waits in the session, because numbers do not belong in an address.

use leptos::prelude::*;
use leptos::server;
use leptos::server_fn::codec::Json;
use serde::{Deserialize, Serialize};

use super::access::Access;
use crate::domain::trouble::Trouble;

/// The pages.
pub const HOME: &str = "/admin/private-calls";
pub const NUMBERS: &str = "/admin/private-calls/numbers";
pub const PROOF: &str = "/admin/private-calls/proof";

/// Who looks, and what stands around the page.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Around {
    pub operator: String,
    pub handsets: Option<String>,
    /// What came of the form that was sent before.
    pub said: Option<Said>,
}

/// What came of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    Opened {
        id: String,
    },
    Closed,
    /// Fields are wrong: which, and why. The form is filled in again.
    Fields {
        wrong: Vec<(String, Trouble)>,
        form: Box<Form>,
    },
    TooSmall {
        shortages: Vec<Short>,
        form: Box<Form>,
    },
    Rented {
        numbers: Vec<String>,
        problem: Option<Trouble>,
    },
    Adopted,
    Reserved,
    Returned,
    Released {
        number: String,
    },
    InUse {
        open: u64,
    },
    Erased {
        conversations: u64,
        closed: u64,
        attempts: u64,
        texts: u64,
        calls: u64,
        webhooks: u64,
        desk: u64,
        notes: u64,
        recordings: u64,
        tracked: u64,
        other: u64,
        stays: u64,
    },
    /// It was not done.
    Not {
        why: Trouble,
    },
    /// Nobody was forgotten: this is no number.
    NotErased {
        number: String,
        why: Trouble,
    },
}

/// What was filled in, to be filled in again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub first: String,
    pub first_name: String,
    pub second: String,
    pub second_name: String,
    pub reference: String,
    pub life: String,
    pub rest: String,
    pub language: String,
    pub pins: bool,
    pub notify: bool,
}

/// For whom the pool is too small.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Short {
    pub side: usize,
    pub country: Option<String>,
    pub open: usize,
    pub pool: usize,
    pub missing: usize,
}

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    pub id: String,
    pub reference: Option<String>,
    pub people: Vec<Person>,
    pub created_at: i64,
    pub created_by: String,
    pub ends_at: Option<i64>,
    pub used_at: Option<i64>,
    pub closed_at: Option<i64>,
    /// closed, expired, idle, erased
    pub closed_because: Option<String>,
    pub closed_by: Option<String>,
}

/// One of the two; never their number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub masked: Option<String>,
    pub name: Option<String>,
    pub country: Option<String>,
    pub dials: String,
    pub pin: Option<String>,
    pub invited: String,
    pub problem: Option<String>,
}

/// An attempt to call or text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    pub at: i64,
    pub kind: String,
    pub side: Option<usize>,
    pub caller: Option<String>,
    pub dialled: String,
    pub outcome: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overview {
    pub around: Around,
    pub rows: Vec<Row>,
    pub next: Option<String>,
    pub open: u64,
    pub people: u64,
    pub pool: u64,
    pub headroom: i64,
}

/// Which conversations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Query {
    /// open, closed, all
    pub show: String,
    pub text: String,
    pub before: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    pub around: Around,
    pub row: Row,
    pub tried: Vec<Tried>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolNumber {
    /// E.164 with its `+`.
    pub number: String,
    pub country: String,
    pub features: Vec<String>,
    pub reserved: bool,
    pub open: u64,
    pub used_at: Option<i64>,
    pub idle: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    pub around: Around,
    pub numbers: Vec<PoolNumber>,
    /// Ours, and leading nowhere.
    pub unassigned: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Country {
    pub country: String,
    pub numbers: u64,
    pub reserved: u64,
    pub busiest: u64,
    pub headroom: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    pub at: i64,
    pub by: String,
    pub conversations: u64,
    pub attempts: u64,
    pub texts: u64,
    pub calls: u64,
    pub webhooks: u64,
    /// Calls of the contact centre, notes, recordings, tracked calls and what else there was.
    pub more: u64,
    pub stays: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    pub around: Around,
    pub pool: u64,
    pub reserved: u64,
    pub open: u64,
    pub people: u64,
    pub closed: u64,
    pub busiest: Option<(String, Option<String>, u64)>,
    pub headroom: i64,
    pub missing: u64,
    pub countries: Vec<Country>,
    pub erased: Vec<Erased>,
    pub retention_days: i64,
}

/// The conversations of a page of the list, newest first, with the figures above it.
#[server(prefix = "/api", endpoint = "private-overview", input = Json)]
pub async fn private_overview(query: Query) -> Result<Access<Overview>, ServerFnError> {
    use super::context::fault;
    let (services, around) = match inside::arrive().await? {
        Ok(arrived) => arrived,
        Err(refused) => return Ok(refused.refusal()),
    };
    let open = match query.show.as_str() {
        "all" => None,
        "closed" => Some(false),
        _ => Some(true),
    };
    let text: String = query.text.chars().take(100).collect();
    let page = services.private_conversations(open, Some(&text), query.before.as_deref(), 50).await.map_err(fault)?;
    let proof = services.private_proof().await.map_err(fault)?;
    Ok(Access::Granted(Overview {
        around,
        rows: page.conversations.iter().map(inside::row).collect(),
        next: page.next,
        open: proof.open,
        people: proof.people,
        pool: proof.pool,
        headroom: proof.headroom(),
    }))
}

/// One conversation with its participants and attempts; `None` when no conversation has this id.
#[server(prefix = "/api", endpoint = "private-detail", input = Json)]
pub async fn private_detail(id: String) -> Result<Access<Option<Detail>>, ServerFnError> {
    use super::context::fault;
    let (services, around) = match inside::arrive().await? {
        Ok(arrived) => arrived,
        Err(refused) => return Ok(refused.refusal()),
    };
    let Some(found) = services.private_conversation(&id).await.map_err(fault)? else {
        return Ok(Access::Granted(None));
    };
    let tried = services.private_attempts(Some(&id), 200).await.map_err(fault)?;
    let tried = tried.into_iter().map(inside::tried).collect();
    Ok(Access::Granted(Some(Detail { around, row: inside::row(&found), tried })))
}

/// The masking numbers, and how many conversations each has.
#[server(prefix = "/api", endpoint = "private-pool", input = Json)]
pub async fn private_pool() -> Result<Access<Pool>, ServerFnError> {
    use super::context::fault;
    let (services, around) = match inside::arrive().await? {
        Ok(arrived) => arrived,
        Err(refused) => return Ok(refused.refusal()),
    };
    let numbers = services.private_pool().await.map_err(fault)?;
    let unassigned = services.unassigned_numbers().await.map_err(fault)?;
    let number = |view: crate::service::private_calls::PoolNumberView| PoolNumber {
        number: view.number.international(),
        country: view.country,
        features: view.features,
        reserved: view.reserved,
        open: view.open,
        used_at: view.used_at,
        idle: view.idle,
    };
    Ok(Access::Granted(Pool {
        around,
        numbers: numbers.into_iter().map(number).collect(),
        unassigned: unassigned.iter().map(crate::domain::phone::E164::international).collect(),
    }))
}

/// Whether the pool is large enough, computed from what is open.
#[server(prefix = "/api", endpoint = "private-proof", input = Json)]
pub async fn private_proof() -> Result<Access<Proof>, ServerFnError> {
    use super::context::fault;
    let (services, around) = match inside::arrive().await? {
        Ok(arrived) => arrived,
        Err(refused) => return Ok(refused.refusal()),
    };
    let proof = services.private_proof().await.map_err(fault)?;
    let erased = services.erasures().await.map_err(fault)?;
    let country = |country: &crate::service::private_calls::CountryProof| Country {
        country: country.country.clone(),
        numbers: country.numbers,
        reserved: country.reserved,
        busiest: country.busiest,
        headroom: country.headroom(),
    };
    Ok(Access::Granted(Proof {
        around,
        pool: proof.pool,
        reserved: proof.reserved,
        open: proof.open,
        people: proof.people,
        closed: proof.closed,
        headroom: proof.headroom(),
        missing: proof.missing(),
        countries: proof.countries.iter().map(country).collect(),
        busiest: proof.busiest,
        erased: erased
            .into_iter()
            .map(|erasure| Erased {
                at: erasure.at,
                by: erasure.by,
                conversations: erasure.removed.conversations,
                attempts: erasure.removed.attempts,
                texts: erasure.removed.texts,
                calls: erasure.removed.calls,
                webhooks: erasure.removed.webhooks,
                more: erasure.removed.desk
                    + erasure.removed.notes
                    + erasure.removed.recordings
                    + erasure.removed.tracked
                    + erasure.removed.other,
                stays: erasure.removed.stays,
            })
            .collect(),
        retention_days: services.settings().private.retention_ms / 86_400_000,
    }))
}

/// Opens a conversation.
#[server(prefix = "/api", endpoint = "private-open")]
pub async fn open_private(
    #[server(default)] first: String,
    #[server(default)] first_name: String,
    #[server(default)] second: String,
    #[server(default)] second_name: String,
    #[server(default)] reference: String,
    #[server(default)] life: String,
    #[server(default)] rest: String,
    #[server(default)] language: String,
    #[server(default)] pins: String,
    #[server(default)] notify: String,
) -> Result<(), ServerFnError> {
    use super::context::fault;
    use crate::domain::private_calls::Language;
    use crate::service::private_calls::{NewConversation, NewParticipant, OpenRefusal};
    let Some((services, operator)) = inside::operator().await? else { return Ok(()) };
    let form = Form {
        first,
        first_name,
        second,
        second_name,
        reference,
        life,
        rest,
        language,
        pins: !pins.is_empty(),
        notify: !notify.is_empty(),
    };
    let person = |number: &str, name: &str| NewParticipant {
        number: number.to_owned(),
        name: Some(name.to_owned()),
        dials: None,
    };
    let new = NewConversation {
        participants: [person(&form.first, &form.first_name), person(&form.second, &form.second_name)],
        reference: Some(form.reference.clone()),
        expires_in: form.life.parse().ok(),
        idle_after: form.rest.parse().ok(),
        pins: form.pins,
        notify: form.notify,
        language: Language::of_tag(&form.language).unwrap_or_default(),
        request_key: None,
        by: format!("operator {operator}"),
    };
    let people = new.participants.clone();
    let said = match services.open_private_conversation(new).await.map_err(fault)? {
        Ok(opened) => {
            let id = opened.conversation.id;
            let page = format!("{HOME}/{id}");
            return inside::say(Said::Opened { id }, &page).await;
        }
        Err(OpenRefusal::Field { field, reason }) => {
            // Both numbers are read, so that both refusals are shown.
            let mut wrong = services.participant_problems(&people);
            if wrong.iter().all(|(known, _)| *known != field) {
                wrong.push((field, reason));
            }
            Said::Fields { wrong, form: Box::new(form) }
        }
        Err(OpenRefusal::TooSmall(short)) => {
            let each = |short: crate::domain::private_calls::Shortage| Short {
                side: short.side,
                country: short.country,
                open: short.open,
                pool: short.pool,
                missing: short.missing,
            };
            Said::TooSmall { shortages: short.into_iter().map(each).collect(), form: Box::new(form) }
        }
    };
    inside::say(said, HOME).await
}

/// Closes a conversation.
#[server(prefix = "/api", endpoint = "private-close")]
pub async fn close_private(#[server(default)] id: String) -> Result<(), ServerFnError> {
    use super::context::fault;
    let Some((services, operator)) = inside::operator().await? else { return Ok(()) };
    let closed = services.close_private_conversation(&id, &format!("operator {operator}")).await.map_err(fault)?;
    match closed {
        Some(closed) => inside::say(Said::Closed, &format!("{HOME}/{}", closed.id)).await,
        None => {
            leptos_axum::redirect(HOME);
            Ok(())
        }
    }
}

/// Rents numbers for the pool.
#[server(prefix = "/api", endpoint = "private-rent")]
pub async fn rent_private(
    #[server(default)] country: String,
    #[server(default)] count: String,
) -> Result<(), ServerFnError> {
    use super::context::fault;
    use crate::domain::line::Line;
    use crate::domain::phone::E164;
    use crate::service::NumberRefusal;
    /// The most numbers that are rented at once.
    const MOST_RENTED: usize = 20;
    let Some((services, _)) = inside::operator().await? else { return Ok(()) };
    let count = count.trim().parse().unwrap_or(1_usize).clamp(1, MOST_RENTED);
    let said = match services.provision_numbers(&country, count, &Line::Private).await {
        Ok(rented) => Said::Rented {
            numbers: rented.numbers.iter().map(E164::grouped).collect(),
            problem: rented.problem.map(Trouble::from),
        },
        Err(NumberRefusal::Unavailable(error)) => return Err(fault(error)),
        Err(refused) => Said::Not { why: refused.into() },
    };
    inside::say(said, NUMBERS).await
}

/// Takes a number of ours that leads nowhere into the pool.
#[server(prefix = "/api", endpoint = "private-adopt")]
pub async fn adopt_private(#[server(default)] number: String) -> Result<(), ServerFnError> {
    use super::context::fault;
    use crate::domain::line::Line;
    let Some((services, _)) = inside::operator().await? else { return Ok(()) };
    let said = match services.read_own_number(&number) {
        // Only one that leads nowhere: another line's callers must not end up here.
        Ok(number) if services.unassigned_numbers().await.map_err(fault)?.contains(&number) => {
            services.assign_number(&number, &Line::Private).await.map_err(fault)?;
            Said::Adopted
        }
        Ok(_) => Said::Not { why: Trouble::Elsewhere },
        Err(error) => Said::Not { why: error.into() },
    };
    inside::say(said, NUMBERS).await
}

/// Keeps a number out of automatic choices, or lets it in again.
#[server(prefix = "/api", endpoint = "private-reserve")]
pub async fn reserve_private(
    #[server(default)] number: String,
    #[server(default)] reserved: String,
) -> Result<(), ServerFnError> {
    use super::context::fault;
    let Some((services, _)) = inside::operator().await? else { return Ok(()) };
    let reserved = !reserved.is_empty();
    let said = match services.read_own_number(&number) {
        Ok(number) => {
            services.reserve_private_number(&number, reserved).await.map_err(fault)?;
            if reserved { Said::Reserved } else { Said::Returned }
        }
        Err(error) => Said::Not { why: error.into() },
    };
    inside::say(said, NUMBERS).await
}

/// Gives a number back to the platform.
#[server(prefix = "/api", endpoint = "private-release")]
pub async fn release_private(#[server(default)] number: String) -> Result<(), ServerFnError> {
    use super::context::fault;
    use crate::service::private_calls::ReleaseRefusal;
    let Some((services, _)) = inside::operator().await? else { return Ok(()) };
    let said = match services.read_own_number(&number) {
        Ok(number) => match services.release_private_number(&number).await.map_err(fault)? {
            Ok(()) => Said::Released { number: number.grouped() },
            Err(ReleaseRefusal::InUse { open }) => Said::InUse { open },
            Err(ReleaseRefusal::NotInPool) => Said::Not { why: Trouble::NotInPool },
            Err(ReleaseRefusal::Platform(why)) => Said::Not { why },
        },
        Err(error) => Said::Not { why: error.into() },
    };
    inside::say(said, NUMBERS).await
}

/// Forgets a person.
#[server(prefix = "/api", endpoint = "private-erase")]
pub async fn erase_private(#[server(default)] number: String) -> Result<(), ServerFnError> {
    use super::context::fault;
    let Some((services, operator)) = inside::operator().await? else { return Ok(()) };
    let said = match services.read_caller(&number) {
        Ok(number) => {
            let erasure =
                services.forget_person(&number.into(), &format!("operator {operator}")).await.map_err(fault)?;
            let removed = erasure.removed;
            Said::Erased {
                conversations: removed.conversations,
                closed: removed.closed,
                attempts: removed.attempts,
                texts: removed.texts,
                calls: removed.calls,
                webhooks: removed.webhooks,
                desk: removed.desk,
                notes: removed.notes,
                recordings: removed.recordings,
                tracked: removed.tracked,
                other: removed.other,
                stays: removed.stays,
            }
        }
        Err(error) => Said::NotErased { number, why: error.into() },
    };
    inside::say(said, PROOF).await
}

/// What the bodies share.
#[cfg(not(target_arch = "wasm32"))]
mod inside {
    use leptos::prelude::ServerFnError;

    use super::{Around, Person, Row, Said, Tried};
    use crate::api::access::Access;
    use crate::api::context::{self, fault};
    use crate::api::paths::LOGIN;
    use crate::domain::phone::grouped;
    use crate::service::Services;
    use crate::service::private_calls::{Attempt, Conversation, Participant};

    /// The session's key for the outcome of the last form.
    const SAID: &str = "private-calls-said";

    /// The refusal of a page, whatever it would have shown.
    pub(super) struct Refused(Access<()>);

    impl Refused {
        pub(super) fn refusal<T>(self) -> Access<T> {
            match self.0.granted() {
                Err(refusal) => refusal,
                Ok(()) => Access::Forbidden,
            }
        }
    }

    /// Who comes to a page, and what waits for them.
    pub(super) async fn arrive() -> Result<Result<(Services, Around), Refused>, ServerFnError> {
        let account = match context::operator().await?.granted() {
            Ok(account) => account,
            Err(refused) => return Ok(Err(Refused(refused))),
        };
        let services = context::services()?;
        // Shown once.
        let said: Option<Said> =
            if context::read_again() { None } else { context::session()?.remove(SAID).await.map_err(fault)? };
        let handsets = services.settings().sandbox.as_ref().map(|sandbox| sandbox.handset_page_url.clone());
        Ok(Ok((services, Around { operator: account.name, handsets, said })))
    }

    /// Who sends a form; nobody else gets further than the sign-in.
    pub(super) async fn operator() -> Result<Option<(Services, String)>, ServerFnError> {
        match context::operator().await? {
            Access::Granted(account) => Ok(Some((context::services()?, account.name))),
            _ => {
                leptos_axum::redirect(LOGIN);
                Ok(None)
            }
        }
    }

    pub(super) async fn say(said: Said, page: &str) -> Result<(), ServerFnError> {
        context::session()?.insert(SAID, said).await.map_err(fault)?;
        leptos_axum::redirect(page);
        Ok(())
    }

    pub(super) fn row(conversation: &Conversation) -> Row {
        let closed = conversation.closed.as_ref();
        Row {
            id: conversation.id.clone(),
            reference: conversation.reference.clone(),
            people: conversation.participants.iter().map(person).collect(),
            created_at: conversation.created_at,
            created_by: conversation.created_by.clone(),
            ends_at: conversation.ends_at,
            used_at: conversation.used_at,
            closed_at: closed.map(|(at, ..)| *at),
            closed_because: closed.map(|(_, because, _)| because.name().to_owned()),
            closed_by: closed.map(|(_, _, by)| by.clone()),
        }
    }

    fn person(person: &Participant) -> Person {
        Person {
            masked: person.masked(),
            name: person.name.clone(),
            country: person.country.clone(),
            dials: grouped(&person.dials),
            pin: person.pin.clone(),
            invited: person.invited.clone(),
            problem: person.problem.clone(),
        }
    }

    pub(super) fn tried(attempt: Attempt) -> Tried {
        Tried {
            at: attempt.at,
            kind: attempt.kind,
            side: attempt.side,
            caller: attempt.caller,
            dialled: grouped(&attempt.dialled),
            outcome: attempt.outcome,
        }
    }
}
