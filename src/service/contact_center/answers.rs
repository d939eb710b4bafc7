//! The platform asks: what with this caller, with these keys, with a caller whose agent does not answer?

use super::board::Board;
use super::dialling::Dialling;
use super::finding::raw_fields;
use super::presence::Presence;
use super::routing::{Kind, Routing};
use crate::domain::call::{Event, Fact, Status};
use crate::domain::contact_center::call::{DeskCall, Phase, Precedence};
use crate::domain::contact_center::desk::HistoryResult;
use crate::domain::contact_center::flows::{self, Hooks, Waiter};
use crate::domain::contact_center::operator_flow::{ToAgent, Whom};
use crate::domain::contact_center::presence::Happening;
use crate::domain::contact_center::story::What;
use crate::domain::language::{Language, Written};
use crate::domain::line::{Caller, Line, VISITOR_PREFIX};
use crate::domain::menu::Visited;
use crate::domain::ncco::{Ncco, Talk};
use crate::domain::party::caller_number;
use crate::domain::phone::E164;
use crate::domain::queue::STANDING;
use crate::domain::spoken::Text;
use crate::service::call_flows::CallFlows;
use crate::service::core::ServiceError;
use crate::service::hours::{Closed, OpeningHours};
use crate::service::menus::Menus;
use crate::service::queues::InForce;
use crate::service::received::{Ask, Received, WebhookKind};
use crate::store::DeskCallRow;
use crate::vonage::Webhook;

/// A transfer that is to lead a caller to an agent comes within so long, ms.
const TRANSFER_MS: i64 = 8_000;

/// Answers the platform's questions about calls.
#[derive(Clone)]
pub struct Answers {
    pub(super) board: Board,
    pub(super) routing: Routing,
    pub(super) dialling: Dialling,
    pub(super) presence: Presence,
    pub(super) flows: CallFlows,
    hours: OpeningHours,
    pub(super) menus: Menus,
}

impl Answers {
    pub(super) fn new(
        routing: Routing,
        dialling: Dialling,
        presence: Presence,
        flows: CallFlows,
        hours: OpeningHours,
        menus: Menus,
    ) -> Self {
        Self { board: routing.board().clone(), routing, dialling, presence, flows, hours, menus }
    }

    /// What a caller of a line gets while the business is closed; `None` while it is open, and for lines that are answered at
    /// any time.
    pub(in crate::service) async fn closed(&self, line: &Line, language: Language) -> Option<Closed> {
        self.hours.closed(line, language).await
    }

    /// Whether callers may leave something for the agents, also where there are none yet.
    pub(in crate::service) fn may_take_wishes(&self) -> bool {
        self.hours.may_take_wishes()
    }

    /// Whether agents take the calls to the support line.
    pub(in crate::service) async fn support_rings_agents(&self) -> bool {
        let queues = self.routing.waiting.queues();
        queues.of_support(&*queues.current().await).is_some()
    }

    /// An agent's own number.
    pub(in crate::service) async fn answer_agent(&self, ask: &Ask<'_>, agent: &str) -> Result<Ncco, ServiceError> {
        let speech = self.board.core.speech(Some(ask.language));
        let greeting = speech.text(Text::AgentGreeting, &[("agent", agent)]);
        let line = Line::Agent(agent.to_owned());
        let id = Box::pin(self.caller_comes(ask, &line, Some(agent), Phase::Ringing)).await?;
        Box::pin(self.routing.next_flow(&id, Some(Written { text: &greeting, language: ask.language }), false)).await
    }

    /// The support line, where it rings agents.
    pub(in crate::service) async fn answer_support(&self, ask: &Ask<'_>) -> Result<Ncco, ServiceError> {
        if !self.support_rings_agents().await {
            let profile = self.board.core.business.profile();
            let greeting = self.board.core.speech(Some(ask.language)).written(profile.greeting_in(ask.language));
            return Ok(self.board.core.settings.support.ncco(greeting));
        }
        self.answer_by_agents(ask, &Line::Support).await
    }

    /// A line whose calls the agents of a queue take, such as a campaign's.
    pub(in crate::service) async fn answer_by_agents(&self, ask: &Ask<'_>, line: &Line) -> Result<Ncco, ServiceError> {
        let id = Box::pin(self.caller_comes(ask, line, None, Phase::Ringing)).await?;
        let queues = self.routing.waiting.queues().current().await;
        let own = &queues.of(self.queue_of(line, &queues).as_deref()).greeting;
        let profile = self.board.core.business.profile();
        let greeting = if own.is_empty() { profile.greeting_in(ask.language) } else { own.written(ask.language) };
        Box::pin(self.routing.next_flow(&id, Some(greeting), false)).await
    }

    /// The queue that a line leads to, by id; `None` for the one that is always there.
    fn queue_of(&self, line: &Line, queues: &InForce) -> Option<String> {
        match line {
            Line::Queue(id) => Some(id.clone()),
            Line::Support => self.routing.waiting.queues().of_support(queues),
            Line::Campaign(id) => self.board.lines.queue_of_campaign(id),
            _ => None,
        }
    }

    /// What puts a caller before others.
    async fn precedence_of(&self, number: Option<&E164>, queues: &InForce) -> Result<Precedence, ServiceError> {
        let Some(number) = number else { return Ok(Precedence::default()) };
        let is_first = queues.rules.first.iter().any(|first| first == number || first.spellings().contains(number));
        if !queues.rules.gave_up_first {
            return Ok(Precedence { is_first, gave_up: false });
        }
        let now = self.board.now();
        let midnight = self.board.core.zone().midnight(now);
        let mut last: Option<DeskCallRow> = None;
        for spelling in number.spellings() {
            let newest = self.board.core.store.desk().calls_with(spelling.digits(), now, 1).await?.into_iter().next();
            last = last.into_iter().chain(newest).max_by_key(|row| row.created_at);
        }
        let gave_up =
            |row: DeskCallRow| row.created_at >= midnight && row.call.result == Some(HistoryResult::Abandoned);
        Ok(Precedence { is_first, gave_up: last.is_some_and(gave_up) })
    }

    /// A flow of the operator's: where it connects to an agent, the agent is offered the call as on their own number.
    pub(in crate::service) async fn answer_flow(
        &self,
        ask: &Ask<'_>,
        line: &Line,
        flow: Ncco,
    ) -> Result<Ncco, ServiceError> {
        let found = match ToAgent::find(flow, &self.board.lines.directory().agents) {
            Ok(found) => found,
            Err(flow) => return Ok(flow),
        };
        let queue = self.queue_named(&found.whom);
        if found.takes_long() {
            let id = Box::pin(self.caller_comes(ask, line, found.whom.agent(), Phase::Menu)).await?;
            // The number may lead to a menu, and the flow is what runs while it is closed: its keys are none of the menu's.
            let leaves = |call: &mut DeskCall| {
                if let Some(visited) = &mut call.menus {
                    visited.here = None;
                }
                call.queue = queue.clone().or(call.queue.take());
                Some(())
            };
            self.board.change_call(&id, leaves).await?;
            return Ok(found.then_ask(&self.board.hooks()));
        }
        let id = Box::pin(self.caller_comes(ask, line, found.whom.agent(), Phase::Ringing)).await?;
        if queue.is_some() {
            let enters = |call: &mut DeskCall| {
                call.queue.clone_from(&queue);
                Some(())
            };
            self.board.change_call(&id, enters).await?;
        }
        self.flow_to_agent(&id, found).await
    }

    /// The queue that a flow connects to, by id; the one that is always there for a name that no queue has.
    pub(super) fn queue_named(&self, whom: &Whom) -> Option<String> {
        let queue = self.board.lines.queue_named(whom.queue()?);
        Some(queue.unwrap_or_else(|| STANDING.to_owned()))
    }

    /// A flow that connects to an agent at once: the agent who is reserved now, or the queue.
    pub(super) async fn flow_to_agent(&self, id: &str, found: ToAgent) -> Result<Ncco, ServiceError> {
        match Box::pin(self.routing.reserve(id, false)).await? {
            Some(reserved) => Ok(found.ring(&self.board.hooks_in(reserved.language), &reserved.agent, reserved.ring_s)),
            None => {
                let wait = Box::pin(self.routing.wait_flow(id, None)).await?;
                Ok(Ncco(found.before.into_iter().chain(wait.0).collect()))
            }
        }
    }

    /// A line whose calls the agents take, while the business is closed: the caller leaves a message.
    pub(in crate::service) async fn answer_with_message(
        &self,
        ask: &Ask<'_>,
        line: &Line,
        said: &[Talk],
    ) -> Result<Ncco, ServiceError> {
        let (id, now) = (Box::pin(self.caller_comes(ask, line, None, Phase::Message)).await?, self.board.now());
        let waiter = self.closed_to(&id, ask.language, |call| call.tell(now, What::Message)).await?;
        Ok(self.board.hooks_in(Some(ask.language)).closed_message(said, waiter))
    }

    /// The same, and the caller may ask to be called back.
    pub(in crate::service) async fn answer_with_call_back(
        &self,
        ask: &Ask<'_>,
        line: &Line,
        said: &[Talk],
    ) -> Result<Ncco, ServiceError> {
        let id = Box::pin(self.caller_comes(ask, line, None, Phase::Menu)).await?;
        let waiter = self.closed_to(&id, ask.language, |_| ()).await?;
        Ok(self.board.hooks_in(Some(ask.language)).closed_call_back(said, waiter))
    }

    /// A call came while the business is closed.
    async fn closed_to(
        &self,
        id: &str,
        language: Language,
        change: impl Fn(&mut DeskCall) + Send + Sync,
    ) -> Result<Waiter, ServiceError> {
        let changed = self.board.change_call(id, |call| {
            call.closed = Some(language);
            change(call);
            Some(Waiter::of(call))
        });
        Ok(changed.await?.unwrap_or(Waiter::Withheld))
    }

    /// The key of a caller who was offered a call back; other keys, or none, end the call.
    async fn closed_key(&self, id: &str, keys: &str, language: Language) -> Result<Ncco, ServiceError> {
        let now = self.board.now();
        let promise = |call: &mut DeskCall| {
            (keys == "1" && call.number.is_some()).then(|| {
                (call.phase, call.result) = (Phase::Message, Some(HistoryResult::Callback));
                call.tell(now, What::CallBack);
            })
        };
        let promised = self.board.change_call(id, promise).await?.is_some();
        let hooks = self.board.hooks_in(Some(language));
        Ok(if promised { hooks.closed_promised() } else { hooks.goodbye() })
    }

    /// The call of a caller, made now unless the platform asks a second time.
    pub(super) async fn caller_comes(
        &self,
        ask: &Ask<'_>,
        line: &Line,
        wanted: Option<&str>,
        phase: Phase,
    ) -> Result<String, ServiceError> {
        let answer = ask.answer;
        if let Some(leg) = &answer.uuid
            && let Some(known) = self.board.core.store.desk().call_of_leg(leg).await?
        {
            return Ok(known.id);
        }
        let visit = answer.from_user.as_deref().and_then(|user| user.strip_prefix(VISITOR_PREFIX));
        let page = match visit {
            Some(visit) => self.board.core.store.visits().page(visit).await?,
            None => None,
        };
        let queues = self.routing.waiting.queues().current().await;
        let number = match &ask.caller {
            Caller::Phone(number) => number.as_ref(),
            Caller::User(_) => None,
        };
        let call = DeskCall {
            id: self.board.core.random.id(),
            queue: self.queue_of(line, &queues),
            precedence: self.precedence_of(number, &queues).await?,
            line: line.name().to_owned(),
            target: line.target().map(str::to_owned),
            ours: ask.dialled.as_ref().map(|number| number.digits().to_owned()),
            number: number.map(|number| number.digits().to_owned()),
            user: answer.from_user.clone(),
            page,
            language: Some(ask.language),
            conversation: answer.conversation_uuid.clone().unwrap_or_default(),
            region: self.board.region_of(answer),
            customer_leg: answer.uuid.clone(),
            phase,
            wanted: wanted.map(str::to_owned),
            menus: match line {
                Line::Ivr(menu) => Some(Visited::begin(menu)),
                _ => None,
            },
            created_at: self.board.now(),
            ..DeskCall::default()
        };
        self.board.begin(&call).await?;
        Ok(call.id)
    }

    /// Does this webhook want a call flow from the contact centre? Then which: `Some(None)` is "go on as you are".
    pub(in crate::service) async fn desk_reply(&self, received: &Received) -> Result<Option<Ncco>, ServiceError> {
        let Ok(Webhook::Event(event)) = &received.parsed else { return Ok(None) };
        let input = matches!(&event.fact, Fact::Noted { kind } if kind == "input");
        let pressed = raw_fields(received).get("dtmf").map(flows::digits);
        if input || (received.kind == WebhookKind::Dtmf && pressed.is_some()) {
            let keys = pressed.unwrap_or_default();
            return self.keys_pressed(event, &keys, received.kind == WebhookKind::Dtmf).await;
        }
        let Fact::Status(change) = &event.fact else { return Ok(None) };
        let happening = match change.status {
            Status::Timeout | Status::Unanswered | Status::Failed => Happening::Missed,
            Status::Rejected | Status::Busy => Happening::Declined,
            _ => return Ok(None),
        };
        self.not_taken(event, happening).await
    }

    /// Is it one that [`Self::desk_reply`] may answer with a flow? Asked before anything is read.
    pub(in crate::service) fn desk_may_reply(&self, received: &Received) -> bool {
        let Ok(Webhook::Event(event)) = &received.parsed else { return false };
        match &event.fact {
            _ if received.kind == WebhookKind::Dtmf => true,
            Fact::Noted { kind } => kind == "input",
            Fact::Status(change) => matches!(
                change.status,
                Status::Timeout | Status::Unanswered | Status::Failed | Status::Rejected | Status::Busy
            ),
            _ => false,
        }
    }

    async fn keys_pressed(&self, event: &Event, keys: &str, ours: bool) -> Result<Option<Ncco>, ServiceError> {
        let loaded = match self.board.call_of(event).await? {
            Some(loaded) if loaded.call.is_over() => return Ok(None),
            Some(loaded) => loaded,
            // A menu that we did not begin, such as one that the operator wrote: its keys mean what ours mean.
            None if ours => self.unknown_caller(event).await?,
            None => return Ok(None),
        };
        let (id, waiter, now) = (loaded.call.id.clone(), Waiter::of(&loaded.call), self.board.now());
        let hooks = self.board.hooks_in(loaded.call.language);
        match loaded.call.phase {
            Phase::Menu if loaded.call.closed.is_some() => {
                self.closed_key(&id, keys, loaded.call.closed.unwrap_or_default()).await.map(Some)
            }
            Phase::Menu => Box::pin(self.menu_key(&loaded, keys)).await.map(Some),
            Phase::Waiting => match keys {
                "1" => {
                    self.board
                        .change_call(&id, |call| {
                            call.phase = Phase::Message;
                            call.tell(now, What::Message);
                            Some(())
                        })
                        .await?;
                    Ok(Some(hooks.voicemail(waiter)))
                }
                "2" if loaded.call.number.is_some() => {
                    self.board
                        .change_call(&id, |call| {
                            (call.phase, call.result) = (Phase::Message, Some(HistoryResult::Callback));
                            call.tell(now, What::CallBack);
                            Some(())
                        })
                        .await?;
                    Ok(Some(hooks.call_back()))
                }
                // A visitor was not told of this key: it is any other.
                "2" if waiter == Waiter::Withheld => {
                    let (why, language) = (hooks.no_call_back(), hooks.speech.language);
                    Box::pin(self.routing.wait_flow(&id, Some(Written { text: &why, language }))).await.map(Some)
                }
                // The input after the announcement: without keys the flow goes on to its music.
                "" if !ours => Ok(None),
                _ => Box::pin(self.routing.next_flow(&id, None, true)).await.map(Some),
            },
            // An agent was found meanwhile, and the caller is being led there. What they hear goes on; where it is over,
            // they are kept on the line.
            Phase::Ringing if ours => self.kept_on_the_line(&id, &hooks).await.map(Some),
            _ => Ok(None),
        }
    }

    /// What a caller hears while somebody is reserved for them and a transfer is to lead them there. Should it not have
    /// come for long, the flow itself leads them.
    async fn kept_on_the_line(&self, id: &str, hooks: &Hooks) -> Result<Ncco, ServiceError> {
        let now = self.board.now();
        match self.board.open_offer_of(id).await? {
            Some(offer) if offer.leg.is_some() || now - offer.made_at < TRANSFER_MS => Ok(hooks.moment()),
            _ => Box::pin(self.routing.next_flow(id, None, false)).await,
        }
    }

    async fn unknown_caller(&self, event: &Event) -> Result<DeskCallRow, ServiceError> {
        // Its answer webhook was another line's, and told where the call lives.
        let record = self.board.core.store.calls().of(&event.conversation).await?;
        let call = DeskCall {
            region: record.and_then(|(_, record)| record.region),
            id: self.board.core.random.id(),
            line: "ivr".into(),
            language: self.language_of_number(event.to.as_deref()),
            ours: event.to.clone(),
            number: caller_number(event.from.as_deref()).map(|number| number.digits().to_owned()),
            conversation: event.conversation.clone(),
            customer_leg: event.leg.clone(),
            customer_answered_at: Some(self.board.now()),
            created_at: self.board.now(),
            ..DeskCall::default()
        };
        self.board.begin(&call).await?;
        let loaded = self.board.load_call(&call.id).await?;
        loaded.ok_or(ServiceError::Internal("a call that was made is not there"))
    }

    /// The language that was chosen for one of our numbers.
    fn language_of_number(&self, dialled: Option<&str>) -> Option<Language> {
        let number = E164::parse(dialled?).ok()?;
        self.board.lines.directory().languages.get(&number).copied()
    }

    /// Somebody whom a caller was connected to did not take it: the next one, or the queue.
    ///
    /// Nothing of a flow is run after the `connect` to an agent, so a caller who is with no agent always gets another one. The request that
    /// closes the offer leads the caller: when that was somebody else (the agent declined at the console, or is gone),
    /// a transfer is on its way, and the caller is kept on the line for it.
    async fn not_taken(&self, event: &Event, happening: Happening) -> Result<Option<Ncco>, ServiceError> {
        let loaded = match self.board.call_of(event).await? {
            Some(loaded) => Some(loaded),
            None => self.board.handed_to(event).await?,
        };
        // A call flow of the operator's says itself what follows.
        let ours = loaded.filter(|loaded| !loaded.call.is_over() && !loaded.call.is_served());
        let Some(loaded) = ours else { return Ok(None) };
        let id = loaded.call.id.clone();
        if event.leg.is_some() && event.leg == loaded.call.customer_leg {
            return Ok(None);
        }
        if let Some(offer) = self.board.offer_of_event(&loaded.call, event).await? {
            if Kind::is_helper(&offer.kind) {
                return Ok(None);
            }
            if self.routing.lose_offer(&offer, happening).await? {
                return Box::pin(self.routing.next_flow(&id, None, false)).await.map(Some);
            }
        }
        let phase = self.board.load_call(&id).await?.map(|loaded| loaded.call.phase);
        match phase {
            // A telephone outside that the caller was handed to.
            Some(Phase::Outside) => Box::pin(self.routing.next_flow(&id, None, false)).await.map(Some),
            Some(phase) if phase.is_unattended() => Ok(Some(self.board.hooks_in(loaded.call.language).moment())),
            _ => Ok(None),
        }
    }
}
