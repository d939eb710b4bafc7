//! Reads the pages of private calls.

use leptos::server;
use leptos::server_fn::codec::Json;

#[cfg(not(target_arch = "wasm32"))]
use super::content::{Country, Erased, PoolNumber};
use super::content::{Detail, Forgotten, Overview, Pool, Proof, Query, RentQuery};
use crate::api::access::Access;
use crate::api::admin::Page;
use crate::api::error::ApiError;
#[cfg(not(target_arch = "wasm32"))]
use crate::domain::trouble::Trouble;

/// The conversations of a page of the list, newest first, with the figures above it.
#[server(prefix = "/api", endpoint = "private-overview", input = Json)]
pub async fn private_overview(query: Query) -> Result<Access<Page<Overview>>, ApiError> {
    use crate::api::admin::server::page;
    use crate::api::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let open = match query.show.as_str() {
            "all" => None,
            "closed" => Some(false),
            _ => Some(true),
        };
        let text: String = query.text.chars().take(100).collect();
        let found = services.private.private_conversations(open, Some(&text), query.before.as_deref(), 50).await?;
        let proof = services.private.private_proof().await?;
        let content = Overview {
            rows: found.conversations.iter().map(shapes::row).collect(),
            next: found.next,
            open: proof.open,
            people: proof.people,
            pool: proof.pool,
            headroom: proof.headroom(),
        };
        Ok(page(&services, &account, content))
    })
    .await
}

/// One conversation with its participants and attempts; `None` when no conversation has this id.
#[server(prefix = "/api", endpoint = "private-detail", input = Json)]
pub async fn private_detail(id: String) -> Result<Access<Page<Option<Detail>>>, ApiError> {
    use crate::api::admin::server::page;
    use crate::api::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let Some(found) = services.private.private_conversation(&id).await? else {
            return Ok(page(&services, &account, None));
        };
        let tried = services.private.private_attempts(Some(&id), 200).await?;
        let tried = tried.into_iter().map(shapes::tried).collect();
        let content = Detail { row: shapes::row(&found), tried };
        Ok(page(&services, &account, Some(content)))
    })
    .await
}

/// The masking numbers, how many conversations each has, and what renting the numbers of `asked` would cost.
#[server(prefix = "/api", endpoint = "private-pool", input = Json)]
pub async fn private_pool(asked: RentQuery) -> Result<Access<Page<Pool>>, ApiError> {
    use crate::api::admin::server::page;
    use crate::api::context;
    use crate::domain::line::Line;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let numbers = services.private.private_pool().await?;
        let unassigned = services.private.unassigned_numbers().await?;
        let number = |view: crate::service::private_calls::PoolNumberView| PoolNumber {
            number: view.number.international(),
            country: view.country,
            features: view.features,
            reserved: view.reserved,
            open: view.open,
            used_at: view.used_at,
            idle: view.idle,
        };
        let rent = if asked.country.is_empty() {
            None
        } else {
            Some(services.numbers.rent_of(&asked.country, asked.numbers(), &Line::Private).await.map_err(Trouble::from))
        };
        let content = Pool {
            numbers: numbers.into_iter().map(number).collect(),
            unassigned: unassigned.iter().map(crate::domain::phone::E164::international).collect(),
            rent,
        };
        Ok(page(&services, &account, content))
    })
    .await
}

/// Whether the pool is large enough, computed from what is open.
#[server(prefix = "/api", endpoint = "private-proof", input = Json)]
pub async fn private_proof() -> Result<Access<Page<Proof>>, ApiError> {
    use crate::api::admin::server::page;
    use crate::api::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let proof = services.private.private_proof().await?;
        let country = |country: &crate::service::private_calls::CountryProof| Country {
            country: country.country.clone(),
            numbers: country.numbers,
            reserved: country.reserved,
            busiest: country.busiest,
            headroom: country.headroom(),
        };
        let content = Proof {
            pool: proof.pool,
            reserved: proof.reserved,
            open: proof.open,
            people: proof.people,
            closed: proof.closed,
            headroom: proof.headroom(),
            missing: proof.missing(),
            countries: proof.countries.iter().map(country).collect(),
            busiest: proof.busiest,
        };
        Ok(page(&services, &account, content))
    })
    .await
}

/// Who was forgotten, the newest first.
#[server(prefix = "/api", endpoint = "private-forgotten", input = Json)]
pub async fn private_forgotten() -> Result<Access<Page<Forgotten>>, ApiError> {
    use crate::api::admin::server::page;
    use crate::api::context;
    context::guarded(async {
        let account = context::operator().await?;
        let services = context::services()?;
        let erased = services.private.erasures().await?;
        let content = Forgotten {
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
        };
        Ok(page(&services, &account, content))
    })
    .await
}

/// From the services' shapes to the screens'.
#[cfg(not(target_arch = "wasm32"))]
mod shapes {
    use super::super::content::{Person, Row, Tried};
    use crate::domain::phone::grouped;
    use crate::service::private_calls::{Attempt, Conversation, Participant};

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
