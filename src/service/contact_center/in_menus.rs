//! A caller is in a menu: what they hear, and where their keys lead.

use super::answers::Answers;
use super::routing::Reserved;
use crate::domain::contact_center::call::{DeskCall, Phase};
use crate::domain::contact_center::desk::HistoryResult;
use crate::domain::contact_center::flows::Waiter;
use crate::domain::contact_center::flows::menu::First;
use crate::domain::contact_center::operator_flow::{ToAgent, Whom};
use crate::domain::contact_center::story::{Way, What};
use crate::domain::language::{Language, Written};
use crate::domain::line::Line;
use crate::domain::menu::{Action, MAIN, Menu, Names as _, Next, Visited};
use crate::domain::ncco::Ncco;
use crate::domain::phone::E164;
use crate::service::core::ServiceError;
use crate::service::menus::House;
use crate::service::received::Ask;
use crate::store::DeskCallRow;

/// The menu whose keys count. Call flows send theirs to the main one.
fn here(call: &DeskCall) -> &str {
    let here = match &call.menus {
        Some(visited) => visited.here.as_deref(),
        // The call is older than this field.
        None => call.target.as_deref().filter(|_| call.line == "ivr"),
    };
    here.unwrap_or(MAIN)
}

impl Answers {
    /// A number leads to a menu. Of one that was deleted, callers get the next agent.
    pub(in crate::service) async fn answer_ivr(&self, ask: &Ask<'_>, menu: &str) -> Result<Ncco, ServiceError> {
        let id = self.caller_comes(ask, &Line::Ivr(menu.to_owned()), None, Phase::Menu).await?;
        let house = self.menus.house().await;
        match house.menus.find(menu) {
            Some(menu) => Ok(self.says(menu, &house, Some(ask.language), First::Greeting)),
            None => {
                let profile = self.board.core.business.profile();
                Box::pin(self.routing.next_flow(&id, Some(profile.greeting_in(ask.language)), false)).await
            }
        }
    }

    fn says(&self, menu: &Menu, house: &House, language: Option<Language>, first: First<'_>) -> Ncco {
        self.board.hooks_in(language).menu(menu, house, first)
    }

    /// A caller who is in a menu pressed keys, or none in time (`keys` is empty).
    pub(super) async fn menu_key(&self, loaded: &DeskCallRow, keys: &str) -> Result<Ncco, ServiceError> {
        let (call, now) = (&loaded.call, self.board.now());
        let house = self.menus.house().await;
        let menu = house.menus.find(here(call)).cloned().unwrap_or_else(Menu::missing);
        // No menu of ours: a flow of the operator's has come to the agent or the queue that it connects to.
        let in_flow = call.menus.as_ref().is_none_or(|visited| visited.here.is_none());
        if in_flow && (call.wanted.is_some() || call.queue.is_some()) && menu.action(keys).is_none() {
            return Box::pin(self.routing.next_flow(&call.id, None, false)).await;
        }
        let decide = |call: &mut DeskCall| {
            Some(match menu.next(keys, call.menu_tries) {
                Next::Does(action) => Some((action.clone(), false)),
                Next::Over(action) => {
                    call.tell(now, What::NoKey);
                    Some((action.clone(), true))
                }
                Next::Again => {
                    call.menu_tries += 1;
                    None
                }
            })
        };
        match self.board.change_call(&call.id, decide).await?.flatten() {
            Some((action, over)) => self.lead(call, &menu, action, over, &house).await,
            None => Ok(self.says(&menu, &house, call.language, First::Nothing)),
        }
    }

    /// Leads a caller where a key leads, or (`over`) where a menu leads without one.
    async fn lead(
        &self,
        call: &DeskCall,
        menu: &Menu,
        action: Action,
        over: bool,
        house: &House,
    ) -> Result<Ncco, ServiceError> {
        let action = match action {
            Action::Menu(next) => match self.enter(call, &next, house).await? {
                Ok(heard) => return Ok(heard),
                Err(way_out) => way_out,
            },
            action => action,
        };
        let (hooks, language) = (self.board.hooks_in(call.language), call.language);
        match action {
            Action::Queue(id) => self.to_queue(call, &id).await,
            Action::Agent(name) => self.to_agent(call, &name, over).await,
            Action::Number(number) => self.to_number(call, number).await,
            Action::Flow(flow) => self.to_flow(call, &flow, house).await,
            Action::Message => {
                let now = self.board.now();
                let message = |call: &mut DeskCall| {
                    call.phase = Phase::Message;
                    call.tell(now, What::Message);
                    Some(())
                };
                self.board.change_call(&call.id, message).await?;
                Ok(hooks.voicemail(Waiter::of(call)))
            }
            Action::CallBack if call.number.is_some() => {
                let now = self.board.now();
                let promise = |call: &mut DeskCall| {
                    (call.phase, call.result) = (Phase::Message, Some(HistoryResult::Callback));
                    call.tell(now, What::CallBack);
                    Some(())
                };
                self.board.change_call(&call.id, promise).await?;
                Ok(hooks.call_back())
            }
            Action::CallBack if !over => {
                let why = hooks.no_call_back();
                let why = Written { text: &why, language: hooks.speech.language };
                Ok(hooks.menu(menu, house, First::Text(why)))
            }
            Action::Say(text) => {
                self.told(call, Way::Said).await?;
                // One text for all callers, in the language of the business.
                let said = Written { text: &text, language: self.menus.language() };
                Ok(hooks.menu(menu, house, First::Text(said)))
            }
            Action::Repeat => Ok(self.says(menu, house, language, First::Nothing)),
            Action::Language(chosen) => {
                let now = self.board.now();
                let speaks = |call: &mut DeskCall| {
                    call.language = Some(chosen);
                    call.tell(now, What::Led { way: Way::Language(chosen) });
                    Some(())
                };
                self.board.change_call(&call.id, speaks).await?;
                Ok(self.says(menu, house, Some(chosen), First::Nothing))
            }
            Action::HangUp => {
                let now = self.board.now();
                let served = |call: &mut DeskCall| {
                    call.result = Some(HistoryResult::Served);
                    call.tell(now, What::Led { way: Way::HungUp });
                    Some(())
                };
                self.board.change_call(&call.id, served).await?;
                Ok(hooks.goodbye())
            }
            Action::AnyAgent | Action::CallBack | Action::Menu(_) => self.to_any_agent(call).await,
        }
    }

    async fn told(&self, call: &DeskCall, way: Way) -> Result<(), ServiceError> {
        let (way, now) = (&way, self.board.now());
        let tell = |call: &mut DeskCall| {
            call.tell(now, What::Led { way: way.clone() });
            Some(())
        };
        self.board.change_call(&call.id, tell).await.map(drop)
    }

    /// Into another menu. Who has been in too many gets the way out of the first instead.
    async fn enter(&self, call: &DeskCall, id: &str, house: &House) -> Result<Result<Ncco, Action>, ServiceError> {
        let Some(menu) = house.menus.find(id) else { return Ok(Err(Action::AnyAgent)) };
        let now = self.board.now();
        let enter = |call: &mut DeskCall| {
            let begun = Visited::begin(here(call));
            let visited = call.menus.get_or_insert(begun);
            if !visited.enter(id) {
                return Some(Some(visited.first.clone()));
            }
            (call.menu_tries, call.result) = (0, None);
            call.tell(now, What::Led { way: Way::Menu(menu.name.clone()) });
            Some(None)
        };
        match self.board.change_call(&call.id, enter).await?.flatten() {
            Some(first) => Ok(Err(house.menus.find(&first).map_or(Action::AnyAgent, Menu::way_out))),
            None => Ok(Ok(self.says(menu, house, call.language, First::Greeting))),
        }
    }

    /// To an agent, or to another one who takes the call for them.
    async fn to_agent(&self, call: &DeskCall, wanted: &str, over: bool) -> Result<Ncco, ServiceError> {
        let now = self.board.now();
        let chose = |call: &mut DeskCall| {
            call.wanted = Some(wanted.to_owned());
            if !over {
                call.tell(now, What::Chose { agent: wanted.to_owned() });
            }
            Some(())
        };
        self.board.change_call(&call.id, chose).await?;
        match Box::pin(self.routing.reserve(&call.id, false)).await? {
            Some(Reserved { agent, ring_s, .. }) if agent == wanted => {
                Ok(self.board.hooks_in(call.language).connect(&agent, ring_s))
            }
            Some(Reserved { agent, ring_s, .. }) => {
                Ok(self.board.hooks_in(call.language).inbound(None, Some(wanted), &agent, ring_s))
            }
            None => Box::pin(self.routing.wait_flow(&call.id, None)).await,
        }
    }

    /// To a queue; of one that was deleted, to the one that is always there.
    async fn to_queue(&self, call: &DeskCall, id: &str) -> Result<Ncco, ServiceError> {
        let queues = self.routing.waiting.queues().current().await;
        let (queue, now) = (queues.of(Some(id)), self.board.now());
        let enters = |call: &mut DeskCall| {
            call.queue = Some(queue.id.clone());
            call.tell(now, What::Led { way: Way::Queue(queue.name.clone()) });
            Some(())
        };
        self.board.change_call(&call.id, enters).await?;
        let language = call.language.unwrap_or_else(|| self.menus.language());
        let greeting = Some(queue.greeting.written(language));
        let greeting = greeting.filter(|greeting| !greeting.text.is_empty());
        Box::pin(self.routing.next_flow(&call.id, greeting, false)).await
    }

    async fn to_any_agent(&self, call: &DeskCall) -> Result<Ncco, ServiceError> {
        self.told(call, Way::AnyAgent).await?;
        Box::pin(self.routing.next_flow(&call.id, None, false)).await
    }

    /// To a telephone outside; the agents take callers whom nobody answers there.
    async fn to_number(&self, call: &DeskCall, number: E164) -> Result<Ncco, ServiceError> {
        // What was entered may be forbidden by now.
        if let Err(rule) = self.board.dial.may_be_dialled(&number) {
            tracing::warn!(call.id = %call.id, rule = %rule, "a menu leads to a number that is not dialled");
            return self.to_any_agent(call).await;
        }
        let (digits, now) = (number.digits(), self.board.now());
        let outside = |call: &mut DeskCall| {
            (call.phase, call.handed_to) = (Phase::Outside, Some(digits.to_owned()));
            call.tell(now, What::Led { way: Way::Number(digits.to_owned()) });
            Some(())
        };
        self.board.change_call(&call.id, outside).await?;
        let from = self.dialling.shown_number(call, Some(&number)).await?;
        Ok(self.board.hooks().hand_over(&from, number))
    }

    /// To a call flow of the operator's, as a number that leads to it.
    async fn to_flow(&self, call: &DeskCall, id: &str, house: &House) -> Result<Ncco, ServiceError> {
        let dialled = call.ours.as_deref().and_then(|ours| E164::parse(ours).ok());
        let flow = match self.flows.filled(id, dialled, None) {
            Ok(flow) => flow,
            Err(error) => {
                tracing::warn!(call.id = %call.id, error = %error, "a menu leads to a call flow that cannot be run");
                return self.to_any_agent(call).await;
            }
        };
        let name = house.flow(id).unwrap_or(id);
        let found = ToAgent::find(flow, &self.board.lines.directory().agents);
        let whom = found.as_ref().ok().map(|found| found.whom.clone());
        let wanted = whom.as_ref().and_then(Whom::agent).map(str::to_owned);
        let (queue, now) = (whom.as_ref().and_then(|whom| self.queue_named(whom)), self.board.now());
        let run = |call: &mut DeskCall| {
            let begun = Visited::begin(here(call));
            call.menus.get_or_insert(begun).here = None;
            call.menu_tries = 0;
            call.result = whom.is_none().then_some(HistoryResult::Served);
            call.wanted.clone_from(&wanted);
            call.queue.clone_from(&queue);
            call.tell(now, What::Led { way: Way::Flow(name.to_owned()) });
            Some(())
        };
        self.board.change_call(&call.id, run).await?;
        match found {
            Err(flow) => Ok(flow),
            Ok(found) if found.takes_long() => Ok(found.then_ask(&self.board.hooks())),
            Ok(found) => self.flow_to_agent(&call.id, found).await,
        }
    }
}
