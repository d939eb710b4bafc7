//! The forms of private calls. Each is posted plainly and answers with a redirect; the outcome is left for the next page,
//! because numbers do not belong in an address.

use leptos::prelude::*;
use leptos::server;

#[cfg(not(target_arch = "wasm32"))]
use super::content::{Form, HOME, NUMBERS, PROOF, Said, Short};
#[cfg(not(target_arch = "wasm32"))]
use crate::domain::trouble::Trouble;
#[cfg(not(target_arch = "wasm32"))]
use crate::service::{Account, Services};

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
    use crate::api::context::fault;
    use crate::domain::private_calls::Language;
    use crate::service::private_calls::{NewConversation, NewParticipant, OpenRefusal};
    let Some((services, operator)) = sender().await? else { return Ok(()) };
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
        by: format!("operator {}", operator.name),
    };
    let people = new.participants.clone();
    let said = match services.private.open_private_conversation(new).await.map_err(fault)? {
        Ok(opened) => {
            let id = opened.conversation.id;
            let page = format!("{HOME}/{id}");
            return say(&services, &operator, Said::Opened { id }, &page);
        }
        Err(OpenRefusal::Field { field, reason }) => {
            // Both numbers are read, so that both refusals are shown.
            let mut wrong = services.private.participant_problems(&people);
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
    say(&services, &operator, said, HOME)
}

/// Closes a conversation.
#[server(prefix = "/api", endpoint = "private-close")]
pub async fn close_private(#[server(default)] id: String) -> Result<(), ServerFnError> {
    use crate::api::context::fault;
    let Some((services, operator)) = sender().await? else { return Ok(()) };
    let closed = services
        .private
        .close_private_conversation(&id, &format!("operator {}", operator.name))
        .await
        .map_err(fault)?;
    match closed {
        Some(closed) => say(&services, &operator, Said::Closed, &format!("{HOME}/{}", closed.id)),
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
    use crate::api::context::fault;
    use crate::domain::line::Line;
    use crate::domain::phone::E164;
    use crate::service::NumberRefusal;
    /// The most numbers that are rented at once.
    const MOST_RENTED: usize = 20;
    let Some((services, operator)) = sender().await? else { return Ok(()) };
    let count = count.trim().parse().unwrap_or(1_usize).clamp(1, MOST_RENTED);
    let said = match services.numbers.provision_numbers(&country, count, &Line::Private).await {
        Ok(rented) => Said::Rented {
            numbers: rented.numbers.iter().map(E164::grouped).collect(),
            problem: rented.problem.map(Trouble::from),
        },
        Err(NumberRefusal::Unavailable(error)) => return Err(fault(error)),
        Err(refused) => Said::Not { why: refused.into() },
    };
    say(&services, &operator, said, NUMBERS)
}

/// Takes a number of ours that leads nowhere into the pool.
#[server(prefix = "/api", endpoint = "private-adopt")]
pub async fn adopt_private(#[server(default)] number: String) -> Result<(), ServerFnError> {
    use crate::api::context::fault;
    use crate::domain::line::Line;
    let Some((services, operator)) = sender().await? else { return Ok(()) };
    let said = match services.lines.read_own_number(&number) {
        // Only one that leads nowhere: another line's callers must not end up here.
        Ok(number) if services.private.unassigned_numbers().await.map_err(fault)?.contains(&number) => {
            services.lines.assign_number(&number, &Line::Private).await.map_err(fault)?;
            Said::Adopted
        }
        Ok(_) => Said::Not { why: Trouble::Elsewhere },
        Err(error) => Said::Not { why: error.into() },
    };
    say(&services, &operator, said, NUMBERS)
}

/// Keeps a number out of automatic choices, or lets it in again.
#[server(prefix = "/api", endpoint = "private-reserve")]
pub async fn reserve_private(
    #[server(default)] number: String,
    #[server(default)] reserved: String,
) -> Result<(), ServerFnError> {
    use crate::api::context::fault;
    let Some((services, operator)) = sender().await? else { return Ok(()) };
    let reserved = !reserved.is_empty();
    let said = match services.lines.read_own_number(&number) {
        Ok(number) => {
            services.private.reserve_private_number(&number, reserved).await.map_err(fault)?;
            if reserved { Said::Reserved } else { Said::Returned }
        }
        Err(error) => Said::Not { why: error.into() },
    };
    say(&services, &operator, said, NUMBERS)
}

/// Gives a number back to the platform.
#[server(prefix = "/api", endpoint = "private-release")]
pub async fn release_private(#[server(default)] number: String) -> Result<(), ServerFnError> {
    use crate::api::context::fault;
    use crate::service::private_calls::ReleaseRefusal;
    let Some((services, operator)) = sender().await? else { return Ok(()) };
    let said = match services.lines.read_own_number(&number) {
        Ok(number) => match services.private.release_private_number(&number).await.map_err(fault)? {
            Ok(()) => Said::Released { number: number.grouped() },
            Err(ReleaseRefusal::InUse { open }) => Said::InUse { open },
            Err(ReleaseRefusal::NotInPool) => Said::Not { why: Trouble::NotInPool },
            Err(ReleaseRefusal::Platform(why)) => Said::Not { why },
        },
        Err(error) => Said::Not { why: error.into() },
    };
    say(&services, &operator, said, NUMBERS)
}

/// Forgets a person.
#[server(prefix = "/api", endpoint = "private-erase")]
pub async fn erase_private(#[server(default)] number: String) -> Result<(), ServerFnError> {
    use crate::api::context::fault;
    let Some((services, operator)) = sender().await? else { return Ok(()) };
    let said = match services.lines.read_caller(&number) {
        Ok(number) => {
            let erasure = services
                .private
                .forget_person(&number.into(), &format!("operator {}", operator.name))
                .await
                .map_err(fault)?;
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
    say(&services, &operator, said, PROOF)
}

/// Who sends a form; nobody else gets further than the sign-in.
#[cfg(not(target_arch = "wasm32"))]
async fn sender() -> Result<Option<(Services, Account)>, ServerFnError> {
    use crate::api::access::Access;
    use crate::api::{context, paths};
    match context::operator().await? {
        Access::Granted(account) => Ok(Some((context::services()?, account))),
        _ => {
            leptos_axum::redirect(paths::LOGIN);
            Ok(None)
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn say(services: &Services, operator: &Account, said: Said, page: &str) -> Result<(), ServerFnError> {
    use crate::api::admin::server::go;
    use crate::api::flash::Flash;
    go(services, operator, page, &Flash::PrivateCalls(said))
}
