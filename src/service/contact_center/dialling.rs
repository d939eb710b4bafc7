//! An agent calls out: to which countries, how often, from which number, and each intent at most once.

use super::board::{Board, Done};
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::desk::{DialContext, Go, NumberCheck, Refusal};
use crate::domain::contact_center::presence::Happening;
use crate::domain::line::Line;
use crate::domain::numbering::country_of;
use crate::domain::phone::E164;

/// What agents call, and as whom.
#[derive(Clone)]
pub(in crate::service) struct Dialling {
    board: Board,
}

impl Dialling {
    pub(super) fn new(board: Board) -> Self {
        Self { board }
    }

    /// Caller ID for outgoing legs of this call.
    pub(super) fn shown_number(&self, call: &DeskCall) -> Option<E164> {
        let directory = self.board.lines.directory();
        let ours = call.ours.as_deref().and_then(|ours| E164::parse(ours).ok());
        let ours = ours.filter(|ours| directory.numbers.contains_key(ours) || *ours == directory.support);
        ours.or_else(|| self.caller_id(call.agent.as_deref().unwrap_or_default()))
    }

    /// Is this a number, and may it be called?
    pub(super) fn check_number(&self, text: &str) -> NumberCheck {
        let number = self.board.lines.read_number(text).ok();
        NumberCheck {
            shown: number.as_ref().map(E164::grouped),
            country: number.as_ref().and_then(country_of),
            refusal: self.callable(text).err(),
        }
    }

    /// Allows an agent one call to a number.
    pub(super) async fn dial(&self, agent: &str, text: &str) -> Done<Go> {
        let number = self.callable(text)?;
        if self.caller_id(agent).is_none() {
            return Err(Refusal::NoCallerId.into());
        }
        let me = self.board.agent(agent).await?.ok_or(Refusal::Gone)?;
        if let Some(unable) = me.standing.unable {
            return Err(Refusal::Unable { unable }.into());
        }
        let rules = self.board.rules().await?;
        me.standing.step(Happening::Dials, rules).map_err(Refusal::from)?;
        if self.board.lacks_disposition(&me, rules).await? {
            return Err(Refusal::NoDisposition.into());
        }
        self.may_dial(agent).await?;
        self.board.dial.has_room().await?;
        let intent = self.board.core.random.id();
        self.board.core.store.desk().insert_intent(&intent, agent, number.digits(), self.board.now(), None).await?;
        let context = DialContext { to: number.digits().to_owned(), intent };
        Ok(Go { context, shown: number.grouped() })
    }

    /// The number, if it is one that may be called.
    pub(in crate::service) fn callable(&self, text: &str) -> Result<E164, Refusal> {
        let number = self.board.lines.read_number(text).map_err(|reason| Refusal::BadNumber { reason })?;
        self.board.dial.may_be_dialled(&number)?;
        Ok(number)
    }

    /// The number shown to those whom an agent calls: their own, else the support line's.
    pub(super) fn caller_id(&self, agent: &str) -> Option<E164> {
        let directory = self.board.lines.directory();
        let own = |line: &Line| *line == Line::Agent(agent.to_owned());
        let mut own: Vec<&E164> =
            directory.numbers.iter().filter(|(_, line)| own(line)).map(|(number, _)| number).collect();
        own.sort();
        Some(own.first().map_or_else(|| directory.support.clone(), |number| (*number).clone()))
    }

    /// Does the agent place calls too fast?
    pub(super) async fn may_dial(&self, agent: &str) -> Done {
        let (settings, now) = (&self.board.core.settings.desk, self.board.now());
        for (window, most) in [
            (60_000, settings.dials_per_minute),
            (3_600_000, settings.dials_per_hour),
            (86_400_000, settings.dials_per_day),
        ] {
            let (count, first) = self.board.core.store.desk().count_intents(agent, now - window).await?;
            if count >= i64::from(most) {
                let wait = first.map_or(window, |first| first + window - now).max(1_000);
                return Err(Refusal::TooMany { retry_after_s: u64::try_from(wait / 1_000).unwrap_or(60) }.into());
            }
        }
        Ok(())
    }
}
