//! An offer that nobody took: withdrawn, declined, missed, expired.

use super::draft::Step;
use super::routing::{Kind, Routing};
use crate::domain::contact_center::desk::Refusal;
use crate::domain::contact_center::presence::Happening;
use crate::domain::contact_center::routing::RING_GRACE_MS;
use crate::domain::contact_center::story::What;
use crate::service::core::ServiceError;
use crate::store::OfferRow;

impl Routing {
    /// Withdraws a call's open offer. It does not count as declined or missed.
    pub(super) async fn withdraw(&self, call: &str) -> Result<(), ServiceError> {
        let board = self.board();
        board
            .commit_with(|mut draft| async move {
                let Some(offer) = board.open_offer_of(call).await? else { return Ok(Step::Nothing(())) };
                if let Some(agent) = board.agent(&offer.agent).await? {
                    draft.release(&agent, Happening::Withdrawn, false);
                }
                draft.close(&offer.id, "withdrawn");
                draft.write(())
            })
            .await
    }

    /// An offer was not taken: the agent is free or, after the second, away; the call knows that they were tried. False
    /// when the offer was closed already.
    pub(super) async fn lose_offer(&self, offer: &OfferRow, happening: Happening) -> Result<bool, ServiceError> {
        let board = self.board();
        let outcome = match happening {
            Happening::Declined => "declined",
            Happening::Missed => "missed",
            Happening::Failed => "unable",
            _ => "withdrawn",
        };
        let lost = board.commit_with(|mut draft| async move {
            if board.open_offer_of(&offer.call).await?.is_none_or(|open| open.id != offer.id) {
                return Ok(Step::Nothing(false));
            }
            let Some(mut loaded) = board.load_call(&offer.call).await? else { return Ok(Step::Nothing(false)) };
            if let Some(agent) = board.agent(&offer.agent).await? {
                draft.release(&agent, happening, false);
            }
            draft.close(&offer.id, outcome);
            let agent = offer.agent.clone();
            match happening {
                Happening::Declined => loaded.call.tell(draft.now, What::Declined { agent }),
                Happening::Missed => loaded.call.tell(draft.now, What::Missed { agent }),
                Happening::Failed => loaded.call.tell(draft.now, What::Unable { agent }),
                _ => {}
            }
            if Kind::is_helper(&offer.kind) {
                loaded.call.thirds.retain(|third| third.agent.as_deref() != Some(offer.agent.as_str()));
                if happening != Happening::Withdrawn {
                    loaded.call.problem = Some(Refusal::NotTaken {
                        name: offer.agent.clone(),
                        declined: happening == Happening::Declined,
                        consulted: offer.kind == Kind::Consult.name(),
                    });
                }
            } else if !matches!(happening, Happening::Withdrawn | Happening::Failed) {
                loaded.call.tried.push(offer.agent.clone());
                loaded.call.refused_at.insert(offer.agent.clone(), draft.now);
            }
            draft.call(&loaded);
            draft.write(true)
        });
        let lost: Result<bool, ServiceError> = lost.await;
        let lost = lost?;
        if lost {
            tracing::info!(call.id = %offer.call, agent = %offer.agent, outcome, "an offer was not taken");
        }
        if lost && happening == Happening::Missed {
            // An app that does not answer may be closed. A console says by itself that it is there.
            board.core.store.desk().agent_seen_elsewhere(&offer.agent, 0, board.now()).await?;
        }
        Ok(lost)
    }

    /// Offers that the platform forgot to tell about.
    pub(super) async fn expired_offers(&self, now: i64) -> Result<Vec<OfferRow>, ServiceError> {
        let open = self.board().core.store.desk().open_offers().await?;
        Ok(open.into_iter().filter(|offer| now > offer.expires_at + RING_GRACE_MS).collect())
    }
}
