//! The forms of private calls. Each is posted plainly and answers with a redirect; the outcome is left for the next page,
//! because numbers do not belong in an address.

use leptos::server;

#[cfg(not(target_arch = "wasm32"))]
use super::content::{FORGET, Form, HOME, NUMBERS, RentQuery, Said, Short};
#[cfg(not(target_arch = "wasm32"))]
use crate::api::context::Stop;
use crate::api::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use crate::domain::trouble::Trouble;
#[cfg(not(target_arch = "wasm32"))]
use crate::service::{Account, Refusable as _, Services};

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
) -> Result<(), ApiError> {
    use crate::api::context;
    use crate::domain::private_calls::Language;
    use crate::service::private_calls::{NewConversation, NewParticipant, OpenRefusal};
    context::guarded_or_nothing(async {
        let (services, operator) = sender().await?;
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
        let said = match services.private.open_private_conversation(new).await.refusable()? {
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
    })
    .await
}

/// Closes a conversation.
#[server(prefix = "/api", endpoint = "private-close")]
pub async fn close_private(#[server(default)] id: String) -> Result<(), ApiError> {
    use crate::api::context;
    context::guarded_or_nothing(async {
        let (services, operator) = sender().await?;
        let closed = services.private.close_private_conversation(&id, &format!("operator {}", operator.name)).await?;
        match closed {
            Some(closed) => say(&services, &operator, Said::Closed, &format!("{HOME}/{}", closed.id)),
            None => {
                leptos_axum::redirect(HOME);
                Ok(())
            }
        }
    })
    .await
}

/// Rents numbers for the pool.
#[server(prefix = "/api", endpoint = "private-rent")]
pub async fn rent_private(
    #[server(default)] country: String,
    #[server(default)] count: String,
) -> Result<(), ApiError> {
    use crate::api::context;
    use crate::domain::line::Line;
    use crate::domain::phone::E164;
    use crate::service::NumberRefusal;
    context::guarded_or_nothing(async {
        let (services, operator) = sender().await?;
        let asked = RentQuery { country, count };
        let said = match services.numbers.provision_numbers(&asked.country, asked.numbers(), &Line::Private).await {
            Ok(rented) => Said::Rented {
                numbers: rented.numbers.iter().map(E164::grouped).collect(),
                problem: rented.problem.map(Trouble::from),
            },
            Err(NumberRefusal::Unavailable(error)) => return Err(error.into()),
            Err(refused) => Said::NotRented { country: asked.country, count: asked.count, why: refused.into() },
        };
        say(&services, &operator, said, NUMBERS)
    })
    .await
}

/// Takes a number of ours that leads nowhere into the pool.
#[server(prefix = "/api", endpoint = "private-adopt")]
pub async fn adopt_private(#[server(default)] number: String) -> Result<(), ApiError> {
    use crate::api::context;
    use crate::domain::line::Line;
    context::guarded_or_nothing(async {
        let (services, operator) = sender().await?;
        let said = match services.lines.read_own_number(&number) {
            // Only one that leads nowhere: another line's callers must not end up here.
            Ok(number) if services.private.unassigned_numbers().await?.contains(&number) => {
                services.lines.assign_number(&number, &Line::Private).await?;
                Said::Adopted
            }
            Ok(_) => Said::Not { why: Trouble::Elsewhere },
            Err(error) => Said::Not { why: error.into() },
        };
        say(&services, &operator, said, NUMBERS)
    })
    .await
}

/// Keeps a number out of automatic choices, or lets it in again.
#[server(prefix = "/api", endpoint = "private-reserve")]
pub async fn reserve_private(
    #[server(default)] number: String,
    #[server(default)] reserved: String,
) -> Result<(), ApiError> {
    use crate::api::context;
    context::guarded_or_nothing(async {
        let (services, operator) = sender().await?;
        let reserved = !reserved.is_empty();
        let said = match services.lines.read_own_number(&number) {
            Ok(number) => {
                services.private.reserve_private_number(&number, reserved).await?;
                if reserved { Said::Reserved } else { Said::Returned }
            }
            Err(error) => Said::Not { why: error.into() },
        };
        say(&services, &operator, said, NUMBERS)
    })
    .await
}

/// Gives a number back to the platform.
#[server(prefix = "/api", endpoint = "private-release")]
pub async fn release_private(#[server(default)] number: String) -> Result<(), ApiError> {
    use crate::api::context;
    use crate::service::private_calls::ReleaseRefusal;
    context::guarded_or_nothing(async {
        let (services, operator) = sender().await?;
        let said = match services.lines.read_own_number(&number) {
            Ok(number) => match services.private.release_private_number(&number).await.refusable()? {
                Ok(()) => Said::Released { number: number.grouped() },
                Err(ReleaseRefusal::InUse { open }) => Said::InUse { open },
                Err(ReleaseRefusal::NotInPool) => Said::Not { why: Trouble::NotInPool },
                Err(ReleaseRefusal::Platform(why)) => Said::Not { why },
            },
            Err(error) => Said::Not { why: error.into() },
        };
        say(&services, &operator, said, NUMBERS)
    })
    .await
}

/// Forgets a person.
#[server(prefix = "/api", endpoint = "private-erase")]
pub async fn erase_private(#[server(default)] number: String) -> Result<(), ApiError> {
    use crate::api::context;
    context::guarded_or_nothing(async {
        let (services, operator) = sender().await?;
        let said = match services.lines.read_caller(&number) {
            Ok(number) => {
                let erasure =
                    services.private.forget_person(&number.into(), &format!("operator {}", operator.name)).await?;
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
        say(&services, &operator, said, FORGET)
    })
    .await
}

/// Who sends a form; nobody else gets further than the sign-in.
#[cfg(not(target_arch = "wasm32"))]
async fn sender() -> Result<(Services, Account), Stop> {
    use crate::api::{context, paths};
    match context::operator().await {
        Ok(account) => Ok((context::services()?, account)),
        Err(Stop::Denied(why)) => {
            leptos_axum::redirect(paths::LOGIN);
            Err(why.into())
        }
        Err(fault) => Err(fault),
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn say(services: &Services, operator: &Account, said: Said, page: &str) -> Result<(), Stop> {
    use crate::api::admin::server::go;
    use crate::api::flash::Flash;
    go(services, operator, page, &Flash::PrivateCalls(said))
}
