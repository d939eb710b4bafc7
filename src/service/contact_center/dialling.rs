//! An agent calls out: to which countries, how often, from which number, and each intent at most once.

use super::board::{Board, Done};
use crate::domain::contact_center::call::DeskCall;
use crate::domain::contact_center::caller_id::{Call, OurNumber, choosable, is_ours, of_agent, of_caller};
use crate::domain::contact_center::desk::{Dial, DialContext, Go, NumberCheck, Refusal};
use crate::domain::contact_center::presence::Happening;
use crate::domain::numbering::country_of;
use crate::domain::phone::E164;
use crate::service::core::ServiceError;
use crate::service::queues::Queues;
use crate::store::NewIntent;

/// What agents call, and as whom.
#[derive(Clone)]
pub(in crate::service) struct Dialling {
    board: Board,
    queues: Queues,
}

impl Dialling {
    pub(super) fn new(board: Board, queues: Queues) -> Self {
        Self { board, queues }
    }

    /// The number shown when this call is handed on to somebody.
    pub(super) async fn shown_number(&self, call: &DeskCall, callee: Option<&E164>) -> Result<E164, ServiceError> {
        let dialled = call.ours.as_deref().and_then(|ours| E164::parse(ours).ok());
        let (queue, settings) = (self.number_of_queue(call).await, self.board.settings().await?);
        let agent = call.agent.as_deref().unwrap_or_default();
        let call = Call { agent, callee, by_hand: None, queue: queue.as_ref() };
        Ok(of_caller(&self.board.lines.directory(), &settings.shown, call, dialled.as_ref()))
    }

    /// The number shown when an agent calls out: to `callee`, where that is known.
    pub(super) async fn caller_id(&self, agent: &str, callee: Option<&E164>) -> Result<E164, ServiceError> {
        self.decided(Call { agent, callee, ..Call::default() }).await
    }

    async fn decided(&self, call: Call<'_>) -> Result<E164, ServiceError> {
        let settings = self.board.settings().await?;
        Ok(of_agent(&self.board.lines.directory(), &settings.shown, call))
    }

    /// The number that was decided on when the agent asked, while it is ours; else as if they had not.
    pub(super) async fn decided_before(
        &self,
        agent: &str,
        callee: &E164,
        shown: Option<&str>,
    ) -> Result<E164, ServiceError> {
        let by_hand = shown.and_then(|shown| E164::parse(shown).ok());
        let by_hand = by_hand.as_ref();
        self.decided(Call { agent, callee: Some(callee), by_hand, queue: None }).await
    }

    /// What is set for the queue that a caller came through.
    async fn number_of_queue(&self, call: &DeskCall) -> Option<E164> {
        // Who asked for one agent came through no queue, unless somebody led them into one.
        if call.outbound || (call.queue.is_none() && call.wanted.is_some()) {
            return None;
        }
        self.queues.current().await.of(call.queue.as_deref()).shown_number.clone()
    }

    /// The same for a call that is returned by a call to this number.
    async fn queue_returned(&self, back: Option<&str>, number: &E164) -> Result<Option<E164>, ServiceError> {
        let Some(back) = back else { return Ok(None) };
        let call = self.board.load_call(back).await?.map(|loaded| loaded.call);
        match call.filter(|call| call.number.as_deref() == Some(number.digits())) {
            Some(call) => Ok(self.number_of_queue(&call).await),
            None => Ok(None),
        }
    }

    /// The numbers of ours that can be shown, the lowest first.
    pub(super) fn numbers(&self) -> Vec<OurNumber> {
        choosable(&self.board.lines.directory())
    }

    /// Is this a number, may it be called, and which number does it see?
    pub(in crate::service) async fn check_number(&self, agent: &str, text: &str) -> Result<NumberCheck, ServiceError> {
        let number = self.board.lines.read_number(text).ok();
        let refusal = self.callable(text).err();
        let from = match number.as_ref().filter(|_| refusal.is_none()) {
            Some(number) => Some(self.caller_id(agent, Some(number)).await?.grouped()),
            None => None,
        };
        Ok(NumberCheck {
            shown: number.as_ref().map(E164::grouped),
            country: number.as_ref().and_then(country_of),
            from,
            refusal,
        })
    }

    /// Allows an agent one call to a number.
    pub(super) async fn dial(&self, agent: &str, dial: &Dial) -> Done<Go> {
        let number = self.callable(&dial.number)?;
        let by_hand = dial.from.as_deref().map(|from| self.chosen(from)).transpose()?;
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
        let queue = self.queue_returned(dial.back.as_deref(), &number).await?;
        let call = Call { agent, callee: Some(&number), by_hand: by_hand.as_ref(), queue: queue.as_ref() };
        let shown = self.decided(call).await?;
        let intent = self.board.core.random.id();
        let new = NewIntent {
            id: &intent,
            agent,
            number: number.digits(),
            shown: Some(shown.digits()),
            made_at: self.board.now(),
            used_by: None,
        };
        self.board.core.store.desk().insert_intent(new).await?;
        let context = DialContext { to: number.digits().to_owned(), intent };
        Ok(Go { context, shown: number.grouped() })
    }

    /// A number that an agent chose to show.
    fn chosen(&self, text: &str) -> Result<E164, Refusal> {
        let number =
            self.board.lines.read_own_number(text).map_err(|_| Refusal::NotOurs { number: text.to_owned() })?;
        if is_ours(&self.board.lines.directory(), &number) {
            return Ok(number);
        }
        Err(Refusal::NotOurs { number: number.grouped() })
    }

    /// The number, if it is one that may be called.
    pub(in crate::service) fn callable(&self, text: &str) -> Result<E164, Refusal> {
        let number = self.board.lines.read_number(text).map_err(|reason| Refusal::BadNumber { reason })?;
        self.board.dial.may_be_dialled(&number)?;
        Ok(number)
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
